#include "thaw/report/comparison.h"

#include "thaw/base/alloc.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/words.h"
#include "thaw/report/figure.h"
#include "thaw/report/run.h"

#include <stdlib.h>
#include <string.h>

char comparison_letter(int slot)
{
	if (slot < 0 || slot >= COMPARISON_MOST)
		return '?';
	return (char)(slot < 26 ? 'a' + slot : 'A' + slot - 26);
}

bool is_intervention(const struct history_marker *m)
{
	static const bool planned[CAUSE_N] = {
	    [CAUSE_PHASE] = true, [CAUSE_SCHEDULE] = true, [CAUSE_RESUME] = true};
	bool known = m->cause >= 0 && m->cause < CAUSE_N;
	if (m->kind == MARK_NONFINITE && !(m->value > 0)) /* nothing was done about it */
		return false;
	return m->kind != MARK_PHASE && !(known && planned[m->cause]);
}

size_t n_interventions(const struct history *h)
{
	size_t n = 0;
	for (size_t i = 0; i < h->n_markers; i++)
		n += is_intervention(&h->markers[i]);
	return n;
}

/* ---- figures of a run, a cell each ---- */

static void say_status(const struct comparand *r, struct strbuf *out)
{
	strbuf_addstr(out, run_status_name(r->status));
}

static void say_epochs(const struct comparand *r, struct strbuf *out)
{
	const struct history *h = &r->course->history;
	if (!h->n_epochs && h->run.epochs <= 0)
		return;
	strbuf_addf(out, "%zu", h->n_epochs);
	if (h->run.epochs > 0)
		strbuf_addf(out, "/%lld", (long long)h->run.epochs);
}

static void say_iterations(const struct comparand *r, struct strbuf *out)
{
	if (r->course->history.iter > 0)
		strbuf_addstr(out, words_count(r->course->history.iter));
}

static void say_best_epoch(const struct comparand *r, struct strbuf *out)
{
	struct history_best best = history_best(&r->course->history);
	if (best.epoch)
		strbuf_addf(out, "%lld%s", (long long)best.epoch, best.dropped ? " (gone)" : "");
}

static void say_opt(struct strbuf *out, const char *(*words)(double), struct opt_double v,
		    const char *unit)
{
	if (v.valid)
		strbuf_addf(out, "%s%s", words(v.value), unit);
}

static void say_best_acc(const struct comparand *r, struct strbuf *out)
{
	say_opt(out, words_percent, history_best(&r->course->history).acc, " %");
}

static void say_best_loss(const struct comparand *r, struct strbuf *out)
{
	say_opt(out, words_loss, history_best(&r->course->history).loss, "");
}

static struct opt_double figure_of(const char *key, const struct history_epoch *e)
{
	return e ? figure_find(key)->of_epoch(e) : (struct opt_double){0};
}

static void say_best_f1(const struct comparand *r, struct strbuf *out)
{
	say_opt(out, words_percent, figure_of("macro_f1", report_best(&r->course->history)), " %");
}

static const struct history_epoch *last_epoch(const struct comparand *r)
{
	const struct history *h = &r->course->history;
	return h->n_epochs ? &h->epochs[h->n_epochs - 1] : NULL;
}

static void say_last_acc(const struct comparand *r, struct strbuf *out)
{
	say_opt(out, words_percent, figure_of("valid_acc", last_epoch(r)), " %");
}

static void say_last_loss(const struct comparand *r, struct strbuf *out)
{
	say_opt(out, words_loss, figure_of("valid_loss", last_epoch(r)), "");
}

static void say_train_loss(const struct comparand *r, struct strbuf *out)
{
	say_opt(out, words_loss, figure_of("train_loss", last_epoch(r)), "");
}

static void say_seconds(const struct comparand *r, struct strbuf *out)
{
	double seconds = history_seconds(&r->course->history);
	if (seconds > 0)
		strbuf_addstr(out, words_duration(seconds));
}

static void say_started(const struct comparand *r, struct strbuf *out)
{
	if (r->course->n_clocks)
		strbuf_addstr(out, words_moment(r->course->clocks[0].started_ms));
}

static void say_device(const struct comparand *r, struct strbuf *out)
{
	const char *device = r->course->history.run.device;
	strbuf_addstr(out, device ? device : "");
}

static void say_interventions(const struct comparand *r, struct strbuf *out)
{
	if (r->course->history.has_run)
		strbuf_addf(out, "%zu", n_interventions(&r->course->history));
}

static const struct {
	const char *title;
	void (*say)(const struct comparand *r, struct strbuf *out);
} facts[] = {
    {"status", say_status},          {"epochs", say_epochs},
    {"iterations", say_iterations},  {"best epoch", say_best_epoch},
    {"best accuracy", say_best_acc}, {"best loss", say_best_loss},
    {"best macro F1", say_best_f1},  {"last accuracy", say_last_acc},
    {"last loss", say_last_loss},    {"last training loss", say_train_loss},
    {"took", say_seconds},           {"started", say_started},
    {"device", say_device},          {"interventions", say_interventions},
};

/* ---- the sheet ---- */

const char *const sheet_titles[SHEET_PART_N] = {"How they came out", "Settings", "Interventions"};

static struct sheet_row *add_row(struct sheet *s, enum sheet_part part, char *title)
{
	ALLOC_GROW(s->rows, s->n_rows + 1, s->cap);
	s->rows[s->n_rows] = (struct sheet_row){
	    .part = part, .title = title, .cells = xcalloc(s->n_runs + 1, sizeof(char *))};
	return &s->rows[s->n_rows++];
}

static void add_facts(struct sheet *s, const struct comparand *runs)
{
	for (size_t f = 0; f < sizeof(facts) / sizeof(*facts); f++) {
		struct sheet_row *row = add_row(s, SHEET_FIGURES, xstrdup(facts[f].title));
		for (size_t i = 0; i < s->n_runs; i++) {
			struct strbuf text = STRBUF_INIT;
			facts[f].say(&runs[i], &text);
			row->cells[i] = text.len ? strbuf_detach(&text) : NULL;
			strbuf_release(&text);
		}
	}
}

static void add_settings(struct sheet *s, const struct comparand *runs, bool all)
{
	const struct run_settings **of = xcalloc(s->n_runs + 1, sizeof(*of));
	struct setting_rows rows;
	for (size_t i = 0; i < s->n_runs; i++)
		of[i] = runs[i].settings;
	setting_rows_make(&rows, of, s->n_runs);
	for (size_t k = 0; k < rows.n; k++) {
		s->n_same += !rows.at[k].differs && !all;
		if (!rows.at[k].differs && !all)
			continue;
		struct sheet_row *row = add_row(s, SHEET_SETTINGS, xstrdup(rows.at[k].key));
		row->differs = rows.at[k].differs;
		for (size_t i = 0; i < s->n_runs; i++)
			row->cells[i] = xstrdup(rows.at[k].values[i]);
	}
	setting_rows_release(&rows);
	free(of);
}

/* Row `k` holds each run's k-th. */
static void add_interventions(struct sheet *s, const struct comparand *runs)
{
	size_t first = s->n_rows;
	for (size_t i = 0; i < s->n_runs; i++) {
		const struct history *h = &runs[i].course->history;
		size_t k = 0;
		for (size_t m = 0; m < h->n_markers; m++) {
			const struct history_marker *mark = &h->markers[m];
			if (!is_intervention(mark))
				continue;
			if (first + k == s->n_rows)
				add_row(s, SHEET_INTERVENTIONS, xasprintf("%zu", k + 1));
			s->rows[first + k++].cells[i] =
			    xasprintf("%lld %s", (long long)mark->iter, mark->text);
		}
	}
}

void sheet_make(struct sheet *s, const struct comparand *runs, size_t n, bool all)
{
	*s = (struct sheet){.n_runs = n};
	add_facts(s, runs);
	add_settings(s, runs, all);
	add_interventions(s, runs);
}

void sheet_release(struct sheet *s)
{
	for (size_t i = 0; i < s->n_rows; i++) {
		for (size_t k = 0; k < s->n_runs; k++)
			free(s->rows[i].cells[k]);
		free(s->rows[i].cells);
		free(s->rows[i].title);
	}
	free(s->rows);
	*s = (struct sheet){0};
}
