/* What a sweep is made of: the command line, what an earlier call has kept, and whether all of it would run. */
#include "thaw_sweep.h"

#include "thaw_run_dir.h"
#include "thaw_trainer.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/folder.h"
#include "thaw/base/fnv.h"
#include "thaw/base/say.h"
#include "thaw/base/words.h"
#include "thaw/config/experiment.h"
#include "thaw/config/grid.h"
#include "thaw/run/resumable.h"
#include "thaw/run/run_dir.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Read combination `i`; the caller frees *x. */
static enum err read_one(const struct sweep *s, size_t i, struct experiment **x, struct errinfo *e)
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
		r = read_one(s, 0, &x, e);
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

static enum err take_devices(struct sweep_plan *p, struct errinfo *e)
{
	const char *text = cli_value(p->cli, "--device", "");
	while (*text) {
		size_t len = strcspn(text, ",");
		if (!len)
			return err_set(e, ERR_VALUE,
				       "--device: an empty name; write cuda:0,cuda:1");
		p->devices = xrealloc(p->devices, p->n_devices + 1, sizeof(*p->devices));
		p->devices[p->n_devices++] = xstrndup(text, len);
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
		p->changed = !r && (tell_more(&old, &p->sweep, "is new") |
				    tell_more(&p->sweep, &old, "belongs to the sweep no more"));
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

/* ---- one combination ---- */

enum sweep_todo sweep_todo(const char *dir, struct errinfo *why)
{
	struct history h;
	enum run_status status;
	enum sweep_todo todo = SWEEP_LEAVE;
	if (!file_exists(dir))
		return SWEEP_START;
	if (run_live(dir))
		return SWEEP_WATCH;
	history_init(&h);
	enum err r = run_load(dir, &h, &status, why);
	if (!r && status == RUN_STATUS_FINISHED)
		todo = SWEEP_KEEP;
	else if (!r && status == RUN_STATUS_RUNNING)
		todo = SWEEP_WATCH;
	else if (!r && !(r = run_resumable(dir, status, why)))
		todo = SWEEP_RESUME;
	else if (r == ERR_NOT_FOUND && !h.n_epochs)
		todo = SWEEP_ANEW;
	history_release(&h);
	return todo;
}

struct words {
	char **at;
	size_t n;
};

static void add(struct words *w, const char *word)
{
	w->at[w->n++] = xstrdup(word);
}

static void add_option(struct words *w, const char *option, const char *value)
{
	add(w, option);
	add(w, value);
}

static void add_run(struct words *w, const struct sweep_plan *p, size_t i)
{
	char *name = sweep_run_name(&p->sweep, i), **sets = sweep_sets(&p->sweep, i);
	add_option(w, "--runs", p->runs);
	add_option(w, "--name", name);
	for (size_t k = 0; k < p->sweep.n_keys; k++) {
		add_option(w, "--set", sets[k]);
		free(sets[k]);
	}
	free(sets);
	free(name);
}

/* What every command of the trainer takes. */
static void add_common(struct words *w, const struct sweep_plan *p, const char *device)
{
	char threads[16];
	snprintf(threads, sizeof(threads), "%d", p->threads);
	if (p->threads)
		add_option(w, "--threads", threads);
	if (device)
		add_option(w, "--device", device);
}

char **sweep_words(const struct sweep_plan *p, size_t i, enum sweep_todo todo, const char *device,
		   bool report)
{
	bool resume = todo == SWEEP_RESUME;
	struct words w = {xcalloc(2 * p->sweep.n_keys + 20, sizeof(*w.at)), 1};
	add(&w, resume ? "resume" : "run");
	if (!resume)
		add_run(&w, p, i);
	add_common(&w, p, device);
	if (cli_flag(p->cli, "--no-sandbox"))
		add(&w, "--no-sandbox");
	if (cli_flag(p->cli, "--force"))
		add(&w, "--force");
	if (report)
		add_option(&w, "--report-fd", "3");
	add(&w, "--");
	char *name = sweep_run_name(&p->sweep, i), *dir = path_join(p->runs, name);
	add(&w, resume ? dir : p->sweep.experiment);
	free(name);
	free(dir);
	return w.at;
}

void sweep_words_free(char **words)
{
	for (size_t i = 1; words[i]; i++)
		free(words[i]);
	free(words);
}

/* ---- would all of it run? ---- */

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

/* The last line that is not empty, without "thaw: "; borrowed. */
static const char *last_line(char *text)
{
	char *last = text, *line;
	while ((line = strsep(&text, "\n")))
		if (*line)
			last = line;
	return strncmp(last, "thaw: ", 6) == 0 ? last + 6 : last;
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
	struct words w = {xcalloc(2 * p->sweep.n_keys + 20, sizeof(*w.at)), 1};
	struct strbuf said = STRBUF_INIT;
	struct errinfo e = {0};
	add(&w, "check");
	add_run(&w, p, i);
	add_common(&w, p, p->n_devices ? p->devices[0] : NULL);
	add_option(&w, "--", p->sweep.experiment);
	int status = ask(w.at, &said, &e);
	sweep_words_free(w.at);
	if (status == STATUS_OK)
		take_disk(k, said.buf);
	else {
		char *name = sweep_run_name(&p->sweep, i);
		say(stderr, "thaw sweep: %s: %s", name, *e.msg ? e.msg : last_line(said.buf));
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
	else if (read_one(s, i, &x, &e)) {
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
	if (k->disk)
		strbuf_addf(&line, "; about %s of disk a run", k->disk);
	say(stdout, "%s", line.buf);
	fflush(stdout);
	strbuf_release(&line);
}

int sweep_plan_check(const struct sweep_plan *p, bool quiet)
{
	struct checking k = {.plan = p};
	int status = STATUS_OK;
	for (size_t i = 0; status == STATUS_OK && i < sweep_count(&p->sweep); i++)
		status = check_one(&k, i);
	if (status == STATUS_OK && !quiet)
		tell_amount(&k);
	for (size_t i = 0; i < k.n_shapes; i++)
		free(k.shapes[i]);
	free(k.shapes);
	free(k.disk);
	return status;
}
