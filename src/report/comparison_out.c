#include "thaw/report/comparison_out.h"

#include "thaw/base/alloc.h"
#include "thaw/base/say.h"
#include "thaw/base/shorten.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/words.h"
#include "thaw/report/classes.h"
#include "thaw/report/figure.h"
#include "thaw/report/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- JSON ---- */

static void put_opt(struct json_writer *w, const char *key, struct opt_double v)
{
	if (v.valid)
		json_put_double(w, key, v.value);
}

static void put_settings(struct json_writer *w, const struct run_settings *s)
{
	json_begin_object(w, "settings");
	for (size_t i = 0; i < s->n; i++)
		json_put_string(w, s->at[i].key, s->at[i].value);
	json_end_object(w);
}

static void put_interventions(struct json_writer *w, const struct history *h)
{
	json_begin_array(w, "interventions");
	for (size_t i = 0; i < h->n_markers; i++) {
		const struct history_marker *m = &h->markers[i];
		if (!is_intervention(m))
			continue;
		json_begin_object(w, NULL);
		json_put_int(w, "iteration", m->iter);
		json_put_string(w, "cause", cause_name(m->cause));
		json_put_string(w, "text", m->text);
		json_end_object(w);
	}
	json_end_array(w);
}

static void put_epoch(struct json_writer *w, const char *key, const struct history_epoch *e)
{
	if (!e)
		return;
	json_begin_object(w, key);
	json_put_int(w, "epoch", e->epoch);
	for (size_t i = 0; i < n_figures; i++)
		if (figures[i].of_epoch)
			put_opt(w, figures[i].key, figures[i].of_epoch(e));
	json_end_object(w);
}

/* The columns of a figure's points. */
enum column { COLUMN_ITERATION, COLUMN_EPOCH, COLUMN_SECONDS, COLUMN_VALUE, COLUMN_N };

static double column_of(const struct figure_point *p, enum column column)
{
	static const enum axis axes[] = {AXIS_ITERATION, AXIS_EPOCH, AXIS_TIME};
	return column == COLUMN_VALUE ? p->value : p->at[axes[column]];
}

static void put_column(struct json_writer *w, const struct comparand *r, const struct figure *f,
		       enum column column)
{
	static const char *const names[COLUMN_N] = {"iteration", "epoch", "seconds", "value"};
	struct figure_walk walk;
	struct figure_point p;
	json_begin_array(w, names[column]);
	figure_walk(&walk, r->course, f);
	while (figure_next(&walk, &p))
		json_put_double(w, NULL, column_of(&p, column));
	json_end_array(w);
}

static void put_figures(struct json_writer *w, const struct comparand *r)
{
	json_begin_object(w, "figures");
	for (size_t i = 0; i < n_figures; i++) {
		struct figure_walk walk;
		struct figure_point p;
		figure_walk(&walk, r->course, &figures[i]);
		bool by_step = walk.steps;
		if (!figure_next(&walk, &p))
			continue;
		json_begin_object(w, figures[i].key);
		json_put_string(w, "by", by_step ? "iteration" : "epoch");
		for (int k = 0; k < COLUMN_N; k++)
			put_column(w, r, &figures[i], (enum column)k);
		json_end_object(w);
	}
	json_end_object(w);
}

static void put_run(struct json_writer *w, const struct comparand *r)
{
	const struct history *h = &r->course->history;
	const struct history_epoch *classes = report_classes(h);
	char letter[2] = {comparison_letter(r->slot), '\0'};
	json_begin_object(w, NULL);
	json_put_string(w, "name", r->name);
	json_put_string(w, "path", r->path);
	json_put_string(w, "letter", letter);
	json_put_string(w, "status", run_status_name(r->status));
	json_put_string(w, "device", h->run.device ? h->run.device : "");
	json_put_double(w, "seconds", history_seconds(h));
	json_put_int(w, "epochs", (int64_t)h->n_epochs);
	json_put_int(w, "iterations", h->iter);
	put_epoch(w, "best", report_best(h));
	put_epoch(w, "last", h->n_epochs ? &h->epochs[h->n_epochs - 1] : NULL);
	put_settings(w, r->settings);
	put_interventions(w, h);
	if (classes) {
		json_put_int(w, "classes_epoch", classes->epoch);
		classes_json(w, classes->classes, classes->n_classes, true);
	}
	put_figures(w, r);
	json_end_object(w);
}

static void put_differing(struct json_writer *w, const struct comparand *runs, size_t n)
{
	const struct run_settings **of = xcalloc(n + 1, sizeof(*of));
	struct setting_rows rows;
	for (size_t i = 0; i < n; i++)
		of[i] = runs[i].settings;
	setting_rows_make(&rows, of, n);
	json_begin_array(w, "differ");
	for (size_t k = 0; k < rows.n; k++)
		if (rows.at[k].differs)
			json_put_string(w, NULL, rows.at[k].key);
	json_end_array(w);
	setting_rows_release(&rows);
	free(of);
}

void comparison_json(struct json_writer *w, const struct comparand *runs, size_t n)
{
	json_begin_object(w, NULL);
	json_begin_array(w, "runs");
	for (size_t i = 0; i < n; i++)
		put_run(w, &runs[i]);
	json_end_array(w);
	put_differing(w, runs, n);
	json_end_object(w);
}

/* ---- CSV ---- */

static void csv_text(struct strbuf *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		strbuf_addstr(out, text);
		return;
	}
	strbuf_addch(out, '"');
	for (; *text; text++) {
		strbuf_addch(out, *text);
		if (*text == '"')
			strbuf_addch(out, '"');
	}
	strbuf_addch(out, '"');
}

/* ",V": as many digits as tell it; a place that is not known is empty, a value that is no number is
 * what the log says. */
static void csv_number(struct strbuf *out, double v, bool is_value)
{
	if (isfinite(v))
		strbuf_addf(out, ",%.10g", v);
	else if (!is_value)
		strbuf_addch(out, ',');
	else
		strbuf_addstr(out, isnan(v) ? ",nan" : v > 0 ? ",inf" : ",-inf");
}

static void csv_figure(FILE *out, const struct comparand *r, const struct figure *f)
{
	static const enum column order[] = {COLUMN_EPOCH, COLUMN_ITERATION, COLUMN_SECONDS,
					    COLUMN_VALUE};
	struct strbuf line = STRBUF_INIT;
	struct figure_walk walk;
	struct figure_point p;
	figure_walk(&walk, r->course, f);
	csv_text(&line, r->name);
	strbuf_addf(&line, ",%s,%s", f->key, walk.steps ? "iteration" : "epoch");
	size_t head = line.len;
	while (figure_next(&walk, &p)) {
		strbuf_remove(&line, head, line.len - head);
		for (int k = 0; k < COLUMN_N; k++)
			csv_number(&line, column_of(&p, order[k]), order[k] == COLUMN_VALUE);
		say(out, "%s", line.buf);
	}
	strbuf_release(&line);
}

void comparison_csv(FILE *out, const struct comparand *runs, size_t n)
{
	say(out, "run,figure,x_kind,epoch,iteration,seconds,value");
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n_figures; k++)
			csv_figure(out, &runs[i], &figures[k]);
}

/* ---- text ---- */

enum { TITLE_W = 24, CELL_W = 24 };

static void add_cell(struct strbuf *line, const char *text, int w)
{
	struct strbuf cell = STRBUF_INIT;
	shorten(&cell, text, w, true);
	strbuf_addf(line, "%s%*s", cell.buf, w - columns_of(cell.buf, true), "");
	strbuf_release(&cell);
}

static void end_line(FILE *out, struct strbuf *line)
{
	while (line->len && line->buf[line->len - 1] == ' ')
		strbuf_remove(line, line->len - 1, 1);
	say(out, "%s", line->buf);
	strbuf_reset(line);
}

static void print_names(FILE *out, const char *title, const struct comparand *runs, size_t n)
{
	struct strbuf line = STRBUF_INIT;
	add_cell(&line, title, TITLE_W);
	for (size_t i = 0; i < n; i++) {
		strbuf_addstr(&line, "  ");
		add_cell(&line, runs[i].name, CELL_W);
	}
	end_line(out, &line);
	strbuf_release(&line);
}

static void print_sheet(FILE *out, const struct comparand *runs, size_t n)
{
	struct strbuf line = STRBUF_INIT;
	struct sheet s;
	sheet_make(&s, runs, n, false);
	for (size_t i = 0; i < s.n_rows; i++) {
		if (i && s.rows[i].part != s.rows[i - 1].part)
			print_names(out, sheet_titles[s.rows[i].part], runs, n);
		add_cell(&line, s.rows[i].title, TITLE_W);
		for (size_t k = 0; k < n; k++) {
			strbuf_addstr(&line, "  ");
			add_cell(&line, s.rows[i].cells[k] ? s.rows[i].cells[k] : "", CELL_W);
		}
		end_line(out, &line);
	}
	if (s.n_same)
		say(out, "%s the same in all of them", words_n((int64_t)s.n_same, "setting"));
	strbuf_release(&line);
	sheet_release(&s);
}

static void print_classes(FILE *out, const struct comparand *runs, size_t n)
{
	struct strbuf line = STRBUF_INIT;
	struct class_rows r;
	class_rows_make(&r, runs, n, CLASS_RECALL, false, CLASSES_AS_THEY_ARE, false);
	if (r.n)
		print_names(out, "Recall of each class, %", runs, n);
	for (size_t i = 0; i < r.n; i++) {
		add_cell(&line, r.at[i].name, TITLE_W);
		for (size_t k = 0; k < n; k++) {
			struct opt_double v = r.at[i].values[k], first = r.at[i].values[0];
			struct strbuf cell = STRBUF_INIT;
			if (v.valid)
				strbuf_addstr(&cell, words_percent(v.value));
			if (v.valid && k && first.valid)
				strbuf_addf(&cell, " (%+.1f)", (v.value - first.value) * 100);
			strbuf_addstr(&line, "  ");
			add_cell(&line, cell.buf, CELL_W);
			strbuf_release(&cell);
		}
		end_line(out, &line);
	}
	strbuf_release(&line);
	class_rows_release(&r);
}

void comparison_text(FILE *out, const struct comparand *runs, size_t n)
{
	print_names(out, sheet_titles[SHEET_FIGURES], runs, n);
	print_sheet(out, runs, n);
	print_classes(out, runs, n);
}
