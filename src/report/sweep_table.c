#include "thaw/report/sweep_table.h"

#include "thaw/base/alloc.h"
#include "thaw/base/say.h"
#include "thaw/base/words.h"
#include "thaw/run/sweep_groups.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_W_MAX = 28 };

const char *report_sweep_status(const struct run_summary *r)
{
	return !r         ? "waiting"
	       : r->error ? "unreadable"
			  : run_status_name((enum run_status)r->status);
}

static bool varies(const struct sweep *s, size_t k)
{
	return s->keys[k].n > 1;
}

static bool is_seed(const struct sweep *s, size_t k)
{
	return strcmp(s->keys[k].key, SWEEP_SEED) == 0;
}

static bool has_seeds(const struct sweep *s)
{
	const struct sweep_key *seed = sweep_key_find(s, SWEEP_SEED);
	return seed && seed->n > 1;
}

/* ---- as text ---- */

void report_sweep_words(const struct report_sweep *r, struct strbuf *out)
{
	static const char *const more[] = {"unreadable", "waiting"};
	const size_t n = sweep_count(r->sweep);
	strbuf_addf(out, "%s:", words_n((int64_t)n, "run"));
	const char *before = " ";
	for (size_t s = 0; s < RUN_STATUS_N + 2; s++) {
		const char *name = s < RUN_STATUS_N ? run_status_names[s] : more[s - RUN_STATUS_N];
		size_t found = 0;
		for (size_t i = 0; i < n; i++)
			found += strcmp(report_sweep_status(r->runs[i]), name) == 0;
		if (!found)
			continue;
		strbuf_addf(out, "%s%zu %s", before, found, name);
		before = ", ";
	}
}

static int key_width(const struct sweep *s, size_t k)
{
	size_t w = strlen(sweep_short(s, k));
	for (size_t i = 0; i < s->keys[k].n; i++)
		if (strlen(s->keys[k].values[i]) > w)
			w = strlen(s->keys[k].values[i]);
	return w < KEY_W_MAX ? (int)w : KEY_W_MAX;
}

/* The cells of combination `i`, or of the head (SIZE_MAX); `seeds`: train.seed among them. */
static void add_keys(const struct sweep *s, size_t i, bool seeds, struct strbuf *line)
{
	for (size_t k = 0; k < s->n_keys; k++)
		if (varies(s, k) && (seeds || !is_seed(s, k))) {
			int w = key_width(s, k);
			strbuf_addf(line, "%-*.*s  ", w, w,
				    i == SIZE_MAX ? sweep_short(s, k) : sweep_value(s, i, k));
		}
}

static void add_run(const struct run_summary *r, struct strbuf *line)
{
	char epochs[32] = "-", best[32] = "-";
	if (r && !r->error) {
		snprintf(epochs, sizeof(epochs), "%lld/%lld", (long long)r->n_epochs,
			 (long long)r->epochs);
		snprintf(best, sizeof(best), "%s", words_opt(words_percent, r->best_acc));
	}
	strbuf_addf(line, "%-10s  %6s  %9s  %9s", report_sweep_status(r), best, epochs,
		    r && !r->error ? words_duration(r->seconds) : "-");
}

/* The group's combinations are those that it differs from in the seed alone. */
static bool in_group(const struct sweep *s, const struct sweep_group *g, size_t i)
{
	for (size_t k = 0; k < s->n_keys; k++)
		if (!is_seed(s, k) && sweep_at(s, i, k) != sweep_at(s, g->first, k))
			return false;
	return true;
}

static void add_runs(const struct report_sweep *r, const struct sweep_group *groups, size_t n,
		     struct strbuf *out)
{
	add_keys(r->sweep, SIZE_MAX, true, out);
	strbuf_addf(out, "%-10s  %6s  %9s  %9s\n", "STATUS", "BEST %", "EPOCHS", "TIME");
	for (size_t g = 0; g < n; g++)
		for (size_t i = groups[g].first, left = groups[g].n; left; i++) {
			if (!in_group(r->sweep, &groups[g], i))
				continue;
			add_keys(r->sweep, i, true, out);
			add_run(r->runs[i], out);
			strbuf_addch(out, '\n');
			left--;
		}
}

static void add_mean(const struct sweep_group *g, struct strbuf *line)
{
	char best[64] = "-", runs[48], epochs[32] = "-";
	snprintf(runs, sizeof(runs), "%zu/%zu", g->n_finished, g->n);
	if (g->best.mean.valid)
		snprintf(best, sizeof(best), "%s%s%s", words_percent(g->best.mean.value),
			 g->best.sd.valid ? " +- " : "",
			 g->best.sd.valid ? words_percent(g->best.sd.value) : "");
	if (g->epochs.mean.valid)
		snprintf(epochs, sizeof(epochs), "%.1f", g->epochs.mean.value);
	strbuf_addf(line, "%8s  %14s  %9s  %9s\n", runs, best, epochs,
		    words_opt(words_duration, g->seconds.mean));
}

static void add_means(const struct report_sweep *r, const struct sweep_group *groups, size_t n,
		      struct strbuf *out)
{
	add_keys(r->sweep, SIZE_MAX, false, out);
	strbuf_addf(out, "%8s  %14s  %9s  %9s\n", "FINISHED", "BEST % +- SD", "EPOCHS", "TIME");
	for (size_t g = 0; g < n; g++) {
		add_keys(r->sweep, groups[g].first, false, out);
		add_mean(&groups[g], out);
	}
}

void report_sweep_means(const struct report_sweep *r, struct strbuf *out)
{
	size_t n;
	struct sweep_group *groups = sweep_groups(r->sweep, r->runs, &n);
	(has_seeds(r->sweep) ? add_means : add_runs)(r, groups, n, out);
	free(groups);
}

void report_sweep_text(const struct report_sweep *r, struct strbuf *out)
{
	size_t n;
	struct sweep_group *groups = sweep_groups(r->sweep, r->runs, &n);
	strbuf_addf(out, "sweep %s of %s, ", r->sweep->name, r->sweep->experiment);
	report_sweep_words(r, out);
	strbuf_addstr(out, "\n\n");
	add_runs(r, groups, n, out);
	if (has_seeds(r->sweep)) {
		strbuf_addstr(out, "\nMeans over " SWEEP_SEED ":\n");
		add_means(r, groups, n, out);
	}
	free(groups);
}

void report_sweep_print(FILE *out, const struct strbuf *lines)
{
	for (const char *at = lines->buf, *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		say(out, "%.*s", (int)(end - at), at);
	}
}

/* ---- as JSON ---- */

static void put_settings(struct json_writer *w, const struct sweep *s, size_t i, bool seeds)
{
	json_begin_object(w, "settings");
	for (size_t k = 0; k < s->n_keys; k++)
		if (varies(s, k) && (seeds || !is_seed(s, k)))
			json_put_string(w, s->keys[k].key, sweep_value(s, i, k));
	json_end_object(w);
}

static void put_run(struct json_writer *w, const struct report_sweep *r, size_t i)
{
	const struct run_summary *run = r->runs[i];
	char *name = sweep_run_name(r->sweep, i);
	json_begin_object(w, NULL);
	json_put_string(w, "name", name);
	json_put_string(w, "status", report_sweep_status(run));
	put_settings(w, r->sweep, i, true);
	if (run && !run->error) {
		json_put_string(w, "path", run->path);
		if (run->best_acc.valid) {
			json_put_double(w, "best_accuracy", run->best_acc.value);
			json_put_int(w, "best_epoch", run->best_epoch);
		}
		json_put_int(w, "epochs", run->n_epochs);
		json_put_int(w, "epochs_planned", run->epochs);
		json_put_double(w, "seconds", run->seconds);
	}
	json_end_object(w);
	free(name);
}

static void put_mean(struct json_writer *w, const char *key, const struct sweep_mean *m)
{
	if (!m->mean.valid)
		return;
	json_begin_object(w, key);
	json_put_double(w, "mean", m->mean.value);
	if (m->sd.valid)
		json_put_double(w, "sd", m->sd.value);
	json_end_object(w);
}

static void put_groups(struct json_writer *w, const struct report_sweep *r)
{
	size_t n;
	struct sweep_group *groups = sweep_groups(r->sweep, r->runs, &n);
	json_begin_array(w, "groups");
	for (size_t g = 0; g < n; g++) {
		json_begin_object(w, NULL);
		put_settings(w, r->sweep, groups[g].first, false);
		json_put_int(w, "runs", (int64_t)groups[g].n);
		json_put_int(w, "finished", (int64_t)groups[g].n_finished);
		put_mean(w, "best_accuracy", &groups[g].best);
		put_mean(w, "epochs", &groups[g].epochs);
		put_mean(w, "seconds", &groups[g].seconds);
		json_end_object(w);
	}
	json_end_array(w);
	free(groups);
}

void report_sweep_json(struct json_writer *w, const struct report_sweep *r)
{
	const struct sweep *s = r->sweep;
	json_begin_object(w, NULL);
	json_put_string(w, "name", s->name);
	json_put_string(w, "experiment", s->experiment);
	json_begin_object(w, "fixed");
	for (size_t k = 0; k < s->n_keys; k++)
		if (!varies(s, k))
			json_put_string(w, s->keys[k].key, s->keys[k].values[0]);
	json_end_object(w);
	json_begin_array(w, "runs");
	for (size_t i = 0; i < sweep_count(s); i++)
		put_run(w, r, i);
	json_end_array(w);
	put_groups(w, r);
	json_end_object(w);
}

/* ---- as CSV ---- */

static void add_cell(struct strbuf *line, const char *text)
{
	if (line->len)
		strbuf_addch(line, ',');
	if (!strpbrk(text, ",\"\r\n")) {
		strbuf_addstr(line, text);
		return;
	}
	strbuf_addch(line, '"');
	for (; *text; text++)
		strbuf_addf(line, *text == '"' ? "\"%c" : "%c", *text);
	strbuf_addch(line, '"');
}

/* Numbers need no quotes; what was not measured is empty. */
static void add_number(struct strbuf *line, struct opt_double v)
{
	strbuf_addch(line, ',');
	if (v.valid)
		strbuf_addf(line, "%.15g", v.value);
}

static void csv_row(FILE *out, const struct report_sweep *r, size_t i)
{
	const struct run_summary *run = r->runs[i];
	bool known = run && !run->error, best = known && run->best_acc.valid;
	const struct opt_double none = {0};
	struct strbuf line = STRBUF_INIT;
	char *name = sweep_run_name(r->sweep, i);
	add_cell(&line, name);
	add_cell(&line, report_sweep_status(run));
	for (size_t k = 0; k < r->sweep->n_keys; k++)
		if (varies(r->sweep, k))
			add_cell(&line, sweep_value(r->sweep, i, k));
	add_number(&line, best ? run->best_acc : none);
	add_number(&line, best ? opt_of((double)run->best_epoch) : none);
	add_number(&line, known ? opt_of((double)run->n_epochs) : none);
	add_number(&line, known ? opt_of(run->seconds) : none);
	say(out, "%s", line.buf);
	strbuf_release(&line);
	free(name);
}

void report_sweep_csv(FILE *out, const struct report_sweep *r)
{
	struct strbuf line = STRBUF_INIT;
	strbuf_addstr(&line, "run,status");
	for (size_t k = 0; k < r->sweep->n_keys; k++)
		if (varies(r->sweep, k))
			add_cell(&line, r->sweep->keys[k].key);
	say(out, "%s,best_accuracy,best_epoch,epochs,seconds", line.buf);
	for (size_t i = 0; i < sweep_count(r->sweep); i++)
		csv_row(out, r, i);
	strbuf_release(&line);
}
