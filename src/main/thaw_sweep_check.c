/* Would every combination of a sweep run? Settings are read for each; the trainer is asked once for all that
 * differ in plain numbers and seeds alone, which make neither another network nor other pictures. */
#include "thaw_sweep.h"

#include "thaw_trainer.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/say.h"
#include "thaw/base/words.h"
#include "thaw/config/grid.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct checking {
	const struct sweep_plan *plan;
	char **shapes; /* [n_shapes] owned: what was asked of the trainer */
	size_t n_shapes, cap_shapes;
	size_t n, n_there;
	int64_t epochs;
	char *disk; /* that one run needs, as the trainer says; NULL: not known */
};

/* The values of combination `i` that make another network or another set of pictures. */
static char *shape_of(const struct sweep *s, size_t i)
{
	struct strbuf shape = STRBUF_INIT;
	for (size_t k = 0; k < s->n_keys; k++)
		if (grid_shapes(s->keys[k].key))
			strbuf_addf(&shape, "%zu ", sweep_at(s, i, k));
	return strbuf_detach(&shape);
}

static bool is_new_shape(struct checking *k, size_t i)
{
	char *shape = shape_of(&k->plan->sweep, i);
	for (size_t j = 0; j < k->n_shapes; j++)
		if (strcmp(k->shapes[j], shape) == 0) {
			free(shape);
			return false;
		}
	ALLOC_GROW(k->shapes, k->n_shapes + 1, k->cap_shapes);
	k->shapes[k->n_shapes++] = shape;
	return true;
}

/* "about 84 kB" of the line that tells of the disk. */
static void take_disk(struct checking *k, const char *text)
{
	static const char before[] = ": about ", after[] = " needed";
	const char *line = strstr(text, "disk  "), *from = line ? strstr(line, before) : NULL;
	const char *to = from ? strstr(from, after) : NULL;
	if (to && !k->disk)
		k->disk = xstrndup(from + strlen(before), (size_t)(to - from) - strlen(before));
}

static int ask(char *const *words, struct strbuf *said, struct errinfo *e)
{
	struct trainer_child t;
	int status = 0;
	enum err r = trainer_spawn(words, &t, e);
	if (!r)
		file_read_fd(t.said, INT_MAX, said);
	close(t.said);
	close(t.report);
	while (!r && waitpid(t.pid, &status, 0) < 0 && errno == EINTR)
		;
	return r || !WIFEXITED(status) ? STATUS_FAILED : WEXITSTATUS(status);
}

static int check_shape(struct checking *k, size_t i)
{
	const struct sweep_plan *p = k->plan;
	char **words = sweep_check_words(p, i, NULL);
	struct strbuf said = STRBUF_INIT;
	struct errinfo e = {0};
	int status = ask(words, &said, &e);
	sweep_words_free(words);
	if (status == STATUS_OK)
		take_disk(k, said.buf);
	else {
		char *name = sweep_run_name(&p->sweep, i);
		say(stderr, "thaw sweep: %s: %s", name, *e.msg ? e.msg : sweep_last_line(said.buf));
		free(name);
	}
	strbuf_release(&said);
	return status;
}

static int check_one(struct checking *k, size_t i)
{
	const struct sweep *s = &k->plan->sweep;
	struct experiment *x;
	struct errinfo e;
	char *name = sweep_run_name(s, i), *dir = path_join(k->plan->runs, name);
	bool there = file_exists(dir);
	int status = STATUS_OK;
	k->n++;
	k->n_there += there;
	if (there)
		;
	else if (sweep_experiment(s, i, &x, &e)) {
		say(stderr, "thaw sweep: %s: %s", name, e.msg);
		status = STATUS_USAGE;
	} else {
		k->epochs += experiment_epochs(x);
		experiment_free(x);
		status = is_new_shape(k, i) ? check_shape(k, i) : STATUS_OK;
	}
	free(name);
	free(dir);
	return status;
}

static void tell_amount(const struct checking *k)
{
	const struct sweep_plan *p = k->plan;
	struct strbuf line = STRBUF_INIT;
	strbuf_addf(&line, "sweep %s: %s", p->sweep.name, words_n((int64_t)k->n, "run"));
	if (k->n_there)
		strbuf_addf(&line, ", %zu of them there", k->n_there);
	if (k->epochs)
		strbuf_addf(&line, "; %s to train from the start", words_n(k->epochs, "epoch"));
	strbuf_addf(&line, ", %s at a time", words_n((int64_t)p->jobs, "run"));
	if (p->threads)
		strbuf_addf(&line, " with %s each", words_n(p->threads, "thread"));
	for (size_t i = 0; i < p->n_devices; i++)
		strbuf_addf(&line, "%s%s", i ? ", " : " on ", p->devices[i]);
	if (k->disk)
		strbuf_addf(&line, "; about %s of disk a run", k->disk);
	say(stdout, "%s", line.buf);
	fflush(stdout);
	strbuf_release(&line);
}

/* ---- cards ---- */

static bool is_left_to_us(const struct sweep_plan *p)
{
	struct experiment *x;
	if (p->n_devices || p->jobs < 2 || sweep_key_find(&p->sweep, "train.device") ||
	    sweep_experiment(&p->sweep, 0, &x, NULL))
		return false;
	bool is = strcmp(x->train.device, "auto") == 0;
	experiment_free(x);
	return is;
}

/* Would the trainer compute on it? */
static bool works(const struct sweep_plan *p, const char *device)
{
	struct strbuf said = STRBUF_INIT;
	char **words = sweep_check_words(p, 0, device);
	char *line = xasprintf("\ndevice      %s ", device);
	bool is = ask(words, &said, NULL) == STATUS_OK && strstr(said.buf, line);
	sweep_words_free(words);
	strbuf_release(&said);
	free(line);
	return is;
}

/* One each, where there are several: a trainer that is told none takes the first. */
static void find_cards(struct sweep_plan *p)
{
	bool more = is_left_to_us(p);
	while (more && p->n_devices < p->jobs) {
		char *device = xasprintf("cuda:%zu", p->n_devices);
		more = works(p, device);
		if (more)
			sweep_add_device(p, device, strlen(device));
		free(device);
	}
}

int sweep_plan_check(struct sweep_plan *p, bool quiet)
{
	struct checking k = {.plan = p};
	int status = STATUS_OK;
	for (size_t i = 0; status == STATUS_OK && i < sweep_count(&p->sweep); i++)
		status = check_one(&k, i);
	if (status == STATUS_OK)
		find_cards(p);
	if (status == STATUS_OK && !quiet)
		tell_amount(&k);
	for (size_t i = 0; i < k.n_shapes; i++)
		free(k.shapes[i]);
	free(k.shapes);
	free(k.disk);
	return status;
}
