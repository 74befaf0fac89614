#include "train_cli.h"

#include "thaw/base/run_files.h"
#include "thaw/base/say.h"
#include "thaw/event/command.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const struct option long_options[] = {
    {"runs", required_argument, NULL, 'r'},
    {"name", required_argument, NULL, 'n'},
    {"set", required_argument, NULL, 's'},
    {"threads", required_argument, NULL, 't'},
    {"device", required_argument, NULL, 'd'},
    {"epochs", required_argument, NULL, 'e'},
    {"pause-at", required_argument, NULL, 'p'},
    {"batches", required_argument, NULL, 'b'},
    {"report-fd", required_argument, NULL, 'f'},
    {"weights", required_argument, NULL, 'w'},
    {"mistakes", required_argument, NULL, 'm'},
    {"json", no_argument, NULL, 'j'},
    {"structure", no_argument, NULL, 'S'},
    {"phase", required_argument, NULL, 'P'},
    {"from", required_argument, NULL, 'F'},
    {"until", required_argument, NULL, 'U'},
    {"at", required_argument, NULL, 'A'},
    {"to", required_argument, NULL, 'T'},
    {"iterations", required_argument, NULL, 'i'},
    {"ascii", no_argument, NULL, 'a'},
    {"notify", required_argument, NULL, 'N'},
    {"no-sandbox", no_argument, NULL, 'X'},
    {"force", no_argument, NULL, 'o'},
    {0},
};

static enum err number(const char *option, const char *text, int min, int max, int *out,
		       struct errinfo *e)
{
	char *end;
	long v = strtol(text, &end, 10);
	if (end == text || *end || v < min || v > max)
		return err_set(e, ERR_VALUE, "--%s wants a number from %d to %d, not '%s'", option,
			       min, max, text);
	*out = (int)v;
	return ERR_OK;
}

static enum err rate(const char *option, const char *text, double *out, struct errinfo *e)
{
	char *end;
	double v = strtod(text, &end);
	if (end == text || *end || !(v > 0) || !(v <= COMMAND_LR_MAX))
		return err_set(e, ERR_VALUE, "--%s wants a learning rate, above 0 and at most %g, not '%s'",
			       option, COMMAND_LR_MAX, text);
	*out = v;
	return ERR_OK;
}

static enum err take(const struct train_command *c, struct train_args *a, int letter, char *value,
		     struct errinfo *e)
{
	struct trainer_options *t = &a->trainer;
	switch (letter) {
	case 'r':
		t->runs = value;
		return ERR_OK;
	case 'n':
		t->name = value;
		return ERR_OK;
	case 'A':
		t->at = value;
		return ERR_OK;
	case 'U':
		t->until = value;
		return ERR_OK;
	case 'd':
		t->device = value;
		return ERR_OK;
	case 's':
		a->sets[t->n_sets++] = value;
		return ERR_OK;
	case 'N':
		a->notify[t->n_notify++] = value;
		return ERR_OK;
	case 'X':
		t->sandbox = false;
		return ERR_OK;
	case 'j':
		a->json = true;
		return ERR_OK;
	case 'S':
		a->structure = true;
		return ERR_OK;
	case 'w':
		a->weights = value;
		return ERR_OK;
	case 'm':
		return number("mistakes", value, 0, 1000000, &a->mistakes, e);
	case 'a':
		a->ascii = true;
		return ERR_OK;
	case 'o':
		t->force = true;
		return ERR_OK;
	case 'P':
		a->phase = value;
		return ERR_OK;
	case 'F': /* a point of a run, or a rate: --to comes with that alone */
		t->from = value;
		return strchr(c->options, 'T') ? rate("from", value, &a->from, e) : ERR_OK;
	case 'T':
		return rate("to", value, &a->to, e);
	case 'i':
		return number("iterations", value, 1, 100000, &a->iterations, e);
	case 't':
		return number("threads", value, 1, 9999, &t->threads, e);
	case 'e':
		return number("epochs", value, 1, 100000, &t->more_epochs, e);
	case 'b':
		return number("batches", value, 1, 100000, &a->batches, e);
	case 'p':
		t->pause = true;
		return number("pause-at", value, 0, INT_MAX, &t->pause_at, e);
	case 'f':
		return number("report-fd", value, 1, INT_MAX, &t->report_fd, e);
	}
	return err_set(e, ERR_VALUE, "unknown option");
}

static enum err unwanted(const struct train_command *c, int letter, const char *word,
			 struct errinfo *e)
{
	for (const struct option *o = long_options; o->name; o++)
		if (o->val == letter)
			return err_set(e, ERR_VALUE,
				       "%s takes no option --%s; usage: thaw-train %s %s", c->name,
				       o->name, c->name, c->usage);
	return err_set(e, ERR_VALUE, "unknown option %s; usage: thaw-train %s %s", word, c->name,
		       c->usage);
}

enum err train_parse(const struct train_command *c, struct train_args *a, int argc, char **argv,
		     struct errinfo *e)
{
	int letter;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		char small[] = {'-', (char)optopt, '\0'};
		if (letter == ':')
			return err_set(e, ERR_VALUE, "%s wants a value", argv[optind - 1]);
		if (letter == '?' || !strchr(c->options, letter))
			return unwanted(c, letter, optopt ? small : argv[optind - 1], e);
		enum err r = take(c, a, letter, optarg, e);
		if (r)
			return r;
	}
	a->operands = argv + optind;
	a->n_operands = (size_t)(argc - optind);
	if (a->n_operands < c->min_operands || a->n_operands > c->max_operands)
		return err_set(e, ERR_VALUE, "usage: thaw-train %s %s", c->name, c->usage);
	return ERR_OK;
}

int train_complain(const struct errinfo *e, int status)
{
	if (e->msg[0])
		say(stderr, "thaw: %s", e->msg);
	return status;
}

void train_tell_weights(const struct train_args *a, const char *weights)
{
	if (!a->weights && strcmp(weights, RUN_BEST) != 0)
		say(stderr, "thaw: %s has no " RUN_BEST "; %s was taken", a->operands[0], weights);
}
