/* thaw-flowers: draw flowers to train on, where no photographs are at hand. */
#include "thaw/base/clock.h"
#include "thaw/base/say.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/version.h"
#include "thaw/draw/album.h"
#include "thaw/draw/picture.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

static const struct option long_options[] = {
    {"out", required_argument, NULL, 'o'},   {"train", required_argument, NULL, 't'},
    {"valid", required_argument, NULL, 'v'}, {"size", required_argument, NULL, 'z'},
    {"seed", required_argument, NULL, 's'},  {"threads", required_argument, NULL, 'j'},
    {"set", required_argument, NULL, 'k'},   {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},     {0},
};

static int help(void)
{
	struct strbuf kinds = STRBUF_INIT;
	printf("usage: thaw-flowers [OPTION]...\n\n"
	       "Draw flowers to train on: OUT/train/KIND/*.jpg and OUT/valid/KIND/*.jpg, the same\n"
	       "pictures every time. What is there already is left as it is; a folder that holds\n"
	       "anything else is not touched.\n\n");
	for (int i = 0; i < picture_n_kinds(); i++)
		strbuf_addf(&kinds, "%s %s", i ? "," : "", picture_kind_name(i));
	say(stdout, "Kinds:%s", kinds.buf);
	strbuf_release(&kinds);
	printf("\n"
	       "  --out DIR         where to (data/flowers)\n"
	       "  --train N         training pictures, shared between the kinds (500)\n"
	       "  --valid N         validation pictures (250)\n"
	       "  --size N          width and height in pixels, %d to %d (224)\n"
	       "  --seed N          other pictures (1)\n"
	       "  --threads N       0 = all cores (0); the pictures do not depend on it\n"
	       "  --set KNOB=VALUE  how hard they are to tell apart; may be repeated\n\nKnobs:\n",
	       PICTURE_SIZE_MIN, PICTURE_SIZE_MAX);
	for (int i = 0; i < KNOB_N; i++)
		say(stdout, "  %-10s 0 to %g, usually %-5g %s", knob_table[i].name,
		    knob_table[i].max, knob_table[i].value, knob_table[i].what);
	printf("\nExit status: 0 all there, 1 failed, 2 bad usage.\n");
	return STATUS_OK;
}

static enum err number(const char *option, const char *text, uint64_t min, uint64_t max,
		       uint64_t *out, struct errinfo *e)
{
	char *end;
	errno = 0;
	unsigned long long v = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || v < min || v > max)
		return err_set(e, ERR_VALUE,
			       "--%s wants a whole number from %" PRIu64 " to %" PRIu64
			       ", not '%s'",
			       option, min, max, text);
	*out = v;
	return ERR_OK;
}

static enum err small_number(const char *option, const char *text, int min, int max, int *out,
			     struct errinfo *e)
{
	uint64_t v;
	enum err r = number(option, text, (uint64_t)min, (uint64_t)max, &v, e);
	if (!r)
		*out = (int)v;
	return r;
}

static enum err take(struct album *a, int letter, const char *text, struct errinfo *e)
{
	int kinds = picture_n_kinds();
	switch (letter) {
	case 'o':
		a->out = text;
		return *text ? ERR_OK : err_set(e, ERR_VALUE, "--out wants a folder");
	case 't':
		return small_number("train", text, kinds, ALBUM_PICTURES_MAX, &a->n_train, e);
	case 'v':
		return small_number("valid", text, 0, ALBUM_PICTURES_MAX, &a->n_valid, e);
	case 'z':
		return small_number("size", text, PICTURE_SIZE_MIN, PICTURE_SIZE_MAX, &a->size, e);
	case 's':
		return number("seed", text, 0, UINT64_MAX, &a->seed, e);
	case 'j':
		return small_number("threads", text, 0, 1024, &a->threads, e);
	case 'k':
		return knobs_set(&a->knobs, text, e);
	}
	return err_set(e, ERR_VALUE, "unknown option");
}

static void show_progress(int done, int of)
{
	fprintf(stderr, "\rdrawing %d/%d", done, of);
	fputs(done == of ? "\n" : "", stderr);
}

static int complain(const struct errinfo *e, int status)
{
	say(stderr, "thaw-flowers: %s", e->msg);
	return status;
}

static int draw(const struct album *a)
{
	struct errinfo e;
	int drawn;
	double start = clock_seconds();
	if (album_draw(a, &drawn, &e))
		return complain(&e, e.code == ERR_STATE ? STATUS_USAGE : STATUS_FAILED);
	char how[40] = "there already";
	if (drawn)
		snprintf(how, sizeof(how), "drawn in %.1f s", clock_seconds() - start);
	say(stdout,
	    "%s: %d training and %d validation pictures of %d kinds, %dx%d, seed %" PRIu64 ", %s",
	    a->out, a->n_train, a->n_valid, picture_n_kinds(), a->size, a->size, a->seed, how);
	return STATUS_OK;
}

int main(int argc, char **argv)
{
	struct album a = {
	    .out = "data/flowers", .n_train = 500, .n_valid = 250, .size = 224, .seed = 1};
	struct errinfo e;
	int letter;
	a.knobs = knobs_default();
	a.progress = isatty(STDERR_FILENO) ? show_progress : NULL;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		if (letter == 'h')
			return help();
		if (letter == 'V')
			return puts("thaw-flowers " THAW_VERSION) < 0;
		if (letter == ':' || letter == '?') {
			err_set(&e, ERR_VALUE, "%s '%s'; --help tells what it takes",
				letter == ':' ? "a value is missing after" : "unknown option",
				argv[optind - 1]);
			return complain(&e, STATUS_USAGE);
		}
		if (take(&a, letter, optarg, &e))
			return complain(&e, STATUS_USAGE);
	}
	if (optind < argc) {
		err_set(&e, ERR_VALUE, "'%s' is not an option; --help tells what it takes",
			argv[optind]);
		return complain(&e, STATUS_USAGE);
	}
	return draw(&a);
}
