#include "thaw_compare_runs.h"

#include "thaw_foreign.h"
#include "thaw_remote.h"
#include "thaw_run_dir.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/folder.h"
#include "thaw/base/log_filter.h"
#include "thaw/base/run_files.h"
#include "thaw/base/say.h"
#include "thaw/base/words.h"
#include "thaw/config/experiment.h"
#include "thaw/config/flatten.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void compare_runs_init(struct compare_runs *r, const struct cli *c, bool live)
{
	*r = (struct compare_runs){.cli = c, .live = live, .loop = loop_new()};
}

static void run_release(struct compare_source_run *run)
{
	remote_free(run->remote);
	course_release(&run->course);
	run_settings_release(&run->given);
	run_settings_release(&run->settings);
	free(run->name);
	free(run->dir);
}

void compare_runs_release(struct compare_runs *r)
{
	for (size_t i = 0; i < r->n; i++)
		run_release(&r->at[i]);
	free(r->at);
	loop_free(r->loop);
	*r = (struct compare_runs){0};
}

static void fail(struct compare_runs *r, const struct errinfo *e)
{
	say(stderr, "thaw %s: %s", r->cli->cmd->name, e->msg);
	snprintf(r->last_words, sizeof(r->last_words), "%s", e->msg);
	r->n_failed++;
}

/* ---- what a run was set to ---- */

/* The run's own name is no setting. */
static void take_setting(void *arg, const char *key, const char *value)
{
	size_t n = strlen(key);
	bool is_name = strcmp(key, "name") == 0 ||
		       (strncmp(key, "phases.", 7) == 0 && strcmp(key + n - 5, ".name") == 0);
	if (!is_name)
		run_settings_add(arg, key, value);
}

/* Of a log alone, or where the file is damaged, there are none: the log tells what it tells. */
static void read_settings(struct run_settings *s, const char *dir)
{
	struct folder f = FOLDER_INIT;
	struct strbuf text = STRBUF_INIT;
	bool there = folder_open(&f, dir, NULL) == ERR_OK && folder_has(&f, RUN_EXPERIMENT) &&
		     !folder_read(&f, RUN_EXPERIMENT, EXPERIMENT_MAX_BYTES, &text, NULL);
	if (there)
		s->whole =
		    !experiment_flatten(RUN_EXPERIMENT, text.buf, text.len, take_setting, s, NULL);
	if (!s->whole)
		run_settings_release(s);
	folder_close(&f);
	strbuf_release(&text);
}

/* ---- opening ---- */

static bool is_there(const struct compare_runs *r, const char *dir)
{
	char *real = realpath(foreign_name(dir), NULL);
	bool there = false;
	for (size_t i = 0; real && i < r->n && !there; i++) {
		char *other = realpath(foreign_name(r->at[i].dir), NULL);
		there = other && strcmp(other, real) == 0;
		free(other);
	}
	free(real);
	return there;
}

/* A run that is followed on its machine. */
static enum err follow(struct compare_runs *r, const char *operand, struct compare_source_run *run,
		       struct errinfo *e)
{
	struct remote_url url;
	enum err err = remote_url_parse(&url, operand, e);
	if (err)
		return err;
	const struct remote_options o = {.runs = cli_value(r->cli, "--runs", NULL)};
	err = remote_new(&run->remote, r->loop, &url, &o, e);
	remote_url_release(&url);
	if (!err)
		err = remote_greet(run->remote, e);
	if (err == ERR_STATE && remote_mirror_size(run->remote) > 0) {
		say(stderr, "thaw %s: %s; this is what came before", r->cli->cmd->name, e->msg);
		remote_start(run->remote);
		err = ERR_OK;
	}
	if (!err) {
		run->dir = xstrdup(remote_dir(run->remote));
		run->alive = remote_alive(run->remote);
	}
	return err;
}

static enum err find(struct compare_runs *r, const char *operand, struct compare_source_run *run,
		     struct errinfo *e)
{
	struct cli one = *r->cli;
	if (r->live && remote_url_is(operand))
		return follow(r, operand, run, e);
	one.operands = &operand;
	one.n_operands = 1;
	enum err err = run_asked_anywhere(&run->dir, &run->alive, &one, e);
	return err ? err : run_check(run->dir, e);
}

void compare_runs_add(struct compare_runs *r, const char *operand, int slot)
{
	struct compare_source_run run = {.slot = slot};
	struct errinfo e;
	course_init(&run.course);
	enum err err = find(r, operand, &run, &e);
	if (err || is_there(r, run.dir)) {
		if (err)
			fail(r, &e);
		run_release(&run);
		return;
	}
	bool named = remote_url_is(operand) || foreign_opened(run.dir);
	run.name = named ? xstrdup(operand) : run_name(run.dir);
	read_settings(&run.given, run.dir);
	ALLOC_GROW(r->at, r->n + 1, r->cap);
	r->at[r->n++] = run;
}

/* ---- choosing ---- */

/* All runs of the folder, by name. */
static void add_all(struct compare_runs *r)
{
	struct catalogue *all = run_catalogue(NULL);
	catalogue_add(all, cli_value(r->cli, "--runs", RUNS_DIR));
	catalogue_work(all, -1);
	for (size_t i = 0; i < catalogue_count(all); i++) {
		const struct catalogue_row *row = catalogue_at(all, i);
		if (row)
			compare_runs_add(r, row->run.path, (int)r->n);
	}
	catalogue_free(all);
}

/* Of a log its first lines are enough. */
static bool matches(struct compare_source_run *run, const struct log_filter *f)
{
	char *match;
	if (!course_open(&run->course, run->dir, NULL))
		course_read_head(&run->course);
	run_settings_merge(&run->settings, &run->given, &run->course.history);
	bool found = run_settings_match(&run->settings, run->name, f, &match);
	free(match);
	course_release(&run->course);
	course_init(&run->course);
	run_settings_release(&run->settings);
	return found;
}

/* Letters count those that are left. */
static void keep_matching(struct compare_runs *r, const char *filter)
{
	struct log_filter f;
	size_t n = 0;
	log_filter_init(&f, filter);
	for (size_t i = 0; i < r->n; i++)
		if (matches(&r->at[i], &f)) {
			r->at[n] = r->at[i];
			r->at[n].slot = (int)n;
			n++;
		} else {
			run_release(&r->at[i]);
		}
	r->n = n;
	log_filter_release(&f);
}

/* Two runs of one name are called by more of their paths. */
static void tell_names_apart(struct compare_runs *r)
{
	bool *again = xcalloc(r->n + 1, sizeof(bool));
	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < r->n; k++)
			again[i] =
			    again[i] || (k != i && strcmp(r->at[k].name, r->at[i].name) == 0);
	for (size_t i = 0; i < r->n; i++)
		if (again[i] && !r->at[i].remote && !remote_url_is(r->at[i].name)) {
			free(r->at[i].name);
			r->at[i].name = xstrdup(r->at[i].dir);
		}
	free(again);
}

/* Why there is nothing to compare, or too much; STATUS_OK: neither. */
static int check_number(const struct compare_runs *r, const char *filter)
{
	if (r->n > COMPARISON_MOST)
		return cli_usage(
		    r->cli->cmd,
		    "%zu runs are too many, %d can be told apart; name some, or choose "
		    "them by --filter",
		    r->n, COMPARISON_MOST);
	if (r->n)
		return STATUS_OK;
	if (r->n_failed && !filter) /* it was said why */
		return STATUS_USAGE;
	if (filter)
		return cli_usage(r->cli->cmd, "no run matches '%s'", filter);
	return cli_usage(r->cli->cmd, "no runs in %s; name them",
			 cli_value(r->cli, "--runs", RUNS_DIR));
}

int compare_runs_choose(struct compare_runs *r, const char *filter)
{
	const struct cli *c = r->cli;
	for (size_t i = 0; i < c->n_operands; i++)
		compare_runs_add(r, c->operands[i], (int)r->n);
	if (!c->n_operands)
		add_all(r);
	if (filter)
		keep_matching(r, filter);
	tell_names_apart(r);
	return check_number(r, filter);
}

struct comparand *compare_runs_read(struct compare_runs *r)
{
	struct comparand *all = xcalloc(r->n + 1, sizeof(*all));
	size_t n = 0;
	for (size_t i = 0; i < r->n; i++) {
		struct compare_source_run *run = &r->at[i];
		struct errinfo e;
		if (course_open(&run->course, run->dir, &e)) {
			fail(r, &e);
			run_release(run);
			continue;
		}
		course_read(&run->course, -1);
		run_settings_merge(&run->settings, &run->given, &run->course.history);
		r->at[n] = *run;
		run = &r->at[n];
		all[n++] =
		    (struct comparand){.name = run->name,
				       .path = foreign_name(run->dir),
				       .slot = run->slot,
				       .course = &run->course,
				       .settings = &run->settings,
				       .status = run_status(&run->course.history, run->alive)};
	}
	r->n = n;
	return all;
}
