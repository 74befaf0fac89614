/* What a sweep is made of: the command line, what an earlier call has kept, and what has changed since. */
#include "thaw_sweep.h"

#include "thaw_run_dir.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/folder.h"
#include "thaw/base/fnv.h"
#include "thaw/base/say.h"
#include "thaw/config/experiment.h"
#include "thaw/config/grid.h"
#include "thaw/run/run_dir.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

void sweep_plan_release(struct sweep_plan *p)
{
	sweep_release(&p->sweep);
	free(p->runs);
	free(p->path);
	for (size_t i = 0; i < p->n_devices; i++)
		free(p->devices[i]);
	free(p->devices);
}

/* ---- which one is meant ---- */

static bool is_file(const char *path)
{
	return file_exists(path) && !file_is_dir(path);
}

char *sweep_named(const char *word, const char *runs)
{
	size_t len = strlen(word), n = strlen(SWEEP_ENDING);
	if (is_file(word))
		return len > n && strcmp(word + len - n, SWEEP_ENDING) == 0 ? xstrdup(word) : NULL;
	char *path = sweep_path(runs ? runs : RUNS_DIR, word);
	if (is_file(path))
		return path;
	free(path);
	return NULL;
}

static enum err sum_experiment(const char *path, uint64_t *sum, struct errinfo *e)
{
	struct strbuf text = STRBUF_INIT;
	enum err r = file_read_max(path, EXPERIMENT_MAX_BYTES + 1, &text, e);
	*sum = fnv(text.buf, text.len);
	strbuf_release(&text);
	return r;
}

/* ---- the command line ---- */

static enum err take_set(struct sweep *s, const char *text, struct errinfo *e)
{
	const char *equals = strchr(text, '=');
	struct grid g = {0};
	if (!equals || equals == text)
		return err_set(e, ERR_VALUE, "--set needs KEY=VALUES, not '%s'", text);
	char *key = xstrndup(text, (size_t)(equals - text));
	const struct sweep_key *before = sweep_key_find(s, key);
	for (size_t i = 0; before && i < before->n; i++) {
		ALLOC_GROW(g.values, g.n + 1, g.cap);
		g.values[g.n++] = xstrdup(before->values[i]);
	}
	size_t known = g.n;
	enum err r = grid_add(&g, key, equals + 1, e);
	for (size_t i = known; !r && i < g.n; i++)
		sweep_add(s, key, g.values[i]);
	grid_release(&g);
	free(key);
	return r;
}

static enum err take_sets(struct sweep *s, const struct cli *c, struct errinfo *e)
{
	enum err r = ERR_OK;
	for (size_t i = 0; !r && i < c->n_given; i++)
		if (strcmp(c->given[i].option->name, "--set") == 0)
			r = take_set(s, c->given[i].value, e);
	return r;
}

enum err sweep_experiment(const struct sweep *s, size_t i, struct experiment **x, struct errinfo *e)
{
	char **sets = sweep_sets(s, i);
	enum err r = experiment_read(x, s->experiment, (const char *const *)sets, s->n_keys, e);
	for (size_t k = 0; k < s->n_keys; k++)
		free(sets[k]);
	free(sets);
	return r;
}

static enum err name_sweep(struct sweep *s, const char *given, struct errinfo *e)
{
	struct experiment *x = NULL;
	enum err r = ERR_OK;
	if (!given) {
		r = sweep_experiment(s, 0, &x, e);
		s->name = r ? NULL : xstrdup(x->name);
		if (!r)
			experiment_free(x);
	} else {
		s->name = xstrdup(given);
	}
	return r ? r : run_dir_check_name(s->name, e);
}

/* The sweep that the command line tells of. */
static enum err from_words(struct sweep *s, const struct cli *c, struct errinfo *e)
{
	const char *word = c->operands[0];
	char *real = realpath(word, NULL);
	if (!real)
		return err_set(e, ERR_NOT_FOUND, "%s: %s, and there is no sweep of that name in %s",
			       word, strerror(errno), cli_value(c, "--runs", RUNS_DIR));
	s->experiment = real;
	enum err r = sum_experiment(real, &s->sum, e);
	if (!r)
		r = take_sets(s, c, e);
	if (!r && sweep_count(s) < 2)
		r = err_set(e, ERR_VALUE,
			    "there is nothing to sweep: give some --set several values, like "
			    "--set train.seed=1..3");
	return r ? r : name_sweep(s, cli_value(c, "--name", NULL), e);
}

void sweep_add_device(struct sweep_plan *p, const char *name, size_t len)
{
	p->devices = xrealloc(p->devices, p->n_devices + 1, sizeof(*p->devices));
	p->devices[p->n_devices++] = xstrndup(name, len);
}

static enum err take_devices(struct sweep_plan *p, struct errinfo *e)
{
	const char *text = cli_value(p->cli, "--device", "");
	while (*text) {
		size_t len = strcspn(text, ",");
		if (!len)
			return err_set(e, ERR_VALUE,
				       "--device: an empty name; write cuda:0,cuda:1");
		sweep_add_device(p, text, len);
		text += len;
		text += *text == ',';
	}
	return ERR_OK;
}

static int cores(void)
{
	cpu_set_t set;
	return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

static enum err take_counts(struct sweep_plan *p, struct errinfo *e)
{
	static const char *const names[] = {"--jobs", "--threads"};
	for (size_t i = 0; i < 2; i++) {
		const char *text = cli_value(p->cli, names[i], NULL);
		if (text && !cli_is_count(text))
			return err_set(e, ERR_VALUE, "%s needs a number from 1 to 9999, not '%s'",
				       names[i], text);
	}
	p->jobs = strtoul(cli_value(p->cli, "--jobs", "1"), NULL, 10);
	p->threads = (int)strtol(cli_value(p->cli, "--threads", "0"), NULL, 10);
	int share = cores() / (int)p->jobs;
	if (!p->threads && p->jobs > 1)
		p->threads = share > 1 ? share : 1;
	return take_devices(p, e);
}

/* ---- what has changed since ---- */

static bool has(const struct sweep_key *k, const char *value)
{
	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->values[i], value) == 0)
			return true;
	return false;
}

/* What in no run's name tells that they are of another sweep. */
static bool is_other(const struct sweep_key *a, const struct sweep_key *b)
{
	return !a || !b || (a->n > 1) != (b->n > 1) || (a->n == 1 && !has(b, a->values[0]));
}

/* The values of a key as a person would give them; "not given". */
static void add_values(const struct sweep_key *k, struct strbuf *out)
{
	for (size_t i = 0; k && i < k->n; i++)
		strbuf_addf(out, "%s%s", i ? "," : "", k->values[i]);
	if (!k)
		strbuf_addstr(out, "not given");
}

/* Is a key of `one` another in the second? Values may come and go, where there are several. */
static enum err compare(const struct sweep *old, const struct sweep *new, const struct sweep *one,
			struct errinfo *e)
{
	struct strbuf was = STRBUF_INIT, is = STRBUF_INIT;
	enum err r = ERR_OK;
	for (size_t k = 0; !r && k < one->n_keys; k++) {
		const char *key = one->keys[k].key;
		const struct sweep_key *a = sweep_key_find(old, key), *b = sweep_key_find(new, key);
		if (!is_other(a, b))
			continue;
		add_values(a, &was);
		add_values(b, &is);
		r = err_set(
		    e, ERR_STATE,
		    "there is another sweep %s: %s was %s, and is %s; choose another --name",
		    old->name, key, was.buf, is.buf);
	}
	strbuf_release(&was);
	strbuf_release(&is);
	return r;
}

static enum err compare_all(const struct sweep *old, const struct sweep *new, struct errinfo *e)
{
	if (strcmp(old->experiment, new->experiment) != 0)
		return err_set(e, ERR_STATE,
			       "there is another sweep %s, of %s; choose another --name", old->name,
			       old->experiment);
	enum err r = compare(old, new, old, e);
	return r ? r : compare(old, new, new, e);
}

/* Values that the second has and the first has not; true: there are any. */
static bool tell_more(const struct sweep *a, const struct sweep *b, const char *what)
{
	bool any = false;
	for (size_t k = 0; k < b->n_keys; k++)
		for (size_t i = 0; i < b->keys[k].n; i++) {
			const char *key = b->keys[k].key, *value = b->keys[k].values[i];
			if (has(sweep_key_find(a, key), value))
				continue;
			say(stderr, "thaw sweep: %s=%s %s", key, value, what);
			any = true;
		}
	return any;
}

static void tell_file_changed(const struct sweep *s)
{
	say(stderr,
	    "thaw sweep: %s has changed since the sweep began: runs that there are keep what they "
	    "began "
	    "with, the others take it as it is",
	    s->experiment);
}

static enum err refuse_settings(const struct cli *c, struct errinfo *e)
{
	static const char *const names[] = {"--set", "--name"};
	for (size_t i = 0; i < 2; i++)
		if (cli_flag(c, names[i]))
			return err_set(e, ERR_VALUE,
				       "%s goes with an experiment; %s is a sweep that was begun",
				       names[i], c->operands[0]);
	return ERR_OK;
}

/* The file that is there becomes the sweep, or is compared with it. The sum stays what it was: a change is told
 * at every call. */
static enum err take_kept(struct sweep_plan *p, struct errinfo *e)
{
	struct sweep old;
	uint64_t sum = 0;
	enum err r = sweep_read(&old, p->path, e);
	if (r)
		return r;
	if (p->sweep.name) {
		r = compare_all(&old, &p->sweep, e);
		p->sweep.sum = old.sum;
		if (!r) {
			bool more = tell_more(&old, &p->sweep, "is new");
			bool less = tell_more(&p->sweep, &old, "belongs to the sweep no more");
			p->changed = more || less;
		}
		sweep_release(&old);
	} else {
		p->sweep = old;
	}
	if (!r)
		r = sum_experiment(p->sweep.experiment, &sum, e);
	if (!r && sum != p->sweep.sum)
		tell_file_changed(&p->sweep);
	return r;
}

static enum err make(struct sweep_plan *p, struct errinfo *e)
{
	const struct cli *c = p->cli;
	const char *runs = cli_value(c, "--runs", NULL);
	p->path = sweep_named(c->operands[0], runs);
	if (p->path) {
		p->runs = path_dir(p->path);
		enum err r = refuse_settings(c, e);
		return r ? r : take_kept(p, e);
	}
	p->runs = xstrdup(runs ? runs : RUNS_DIR);
	enum err r = from_words(&p->sweep, c, e);
	if (r)
		return r;
	p->path = sweep_path(p->runs, p->sweep.name);
	p->changed = !file_exists(p->path);
	return p->changed ? ERR_OK : take_kept(p, e);
}

int sweep_plan_make(struct sweep_plan *p, const struct cli *c)
{
	struct errinfo e;
	*p = (struct sweep_plan){.cli = c};
	if (take_counts(p, &e))
		return cli_usage(c->cmd, "%s", e.msg);
	return make(p, &e) ? cli_bad_input(c->cmd, &e) : STATUS_OK;
}

/* A queue that is at work on it holds the file that was. */
static enum err write_sweep(const struct sweep_plan *p, struct errinfo *e)
{
	struct folder runs;
	char *file = xasprintf("%s" SWEEP_ENDING, p->sweep.name);
	enum err r = folder_open(&runs, p->runs, e);
	if (!r && folder_locked(&runs, file))
		r = sweep_at_work(p, e);
	folder_close(&runs);
	free(file);
	return r ? r : sweep_write(&p->sweep, p->path, e);
}

enum err sweep_at_work(const struct sweep_plan *p, struct errinfo *e)
{
	return err_set(e, ERR_STATE, "%s: a queue is at work on it already", p->path);
}

int sweep_plan_keep(struct sweep_plan *p)
{
	struct errinfo e;
	if (file_mkdirs(p->runs, &e) || (p->changed && write_sweep(p, &e)))
		return cli_fail(p->cli->cmd, &e);
	char *real = realpath(p->runs, NULL); /* lines for another queue may be run elsewhere */
	if (real) {
		free(p->runs);
		p->runs = real;
	}
	return STATUS_OK;
}
