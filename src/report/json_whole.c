/* A run as JSON with everything that was told of it: what `show --json` says, and the lists behind
 * it. */
#include "thaw/report/export.h"

#include "thaw/report/classes.h"
#include "thaw/report/json.h"

/* What was not measured is left out. */
static void put_opt(struct json_writer *w, const char *key, struct opt_double v)
{
	if (v.valid)
		json_put_double(w, key, v.value);
}

static void put_seconds(struct json_writer *w, struct opt_double ms)
{
	if (ms.valid)
		json_put_double(w, "t", ms.value / 1000);
}

static void put_score(struct json_writer *w, const char *key, const struct event_score *s)
{
	json_begin_object(w, key);
	put_opt(w, "loss", s->loss);
	put_opt(w, "acc", s->acc);
	put_opt(w, "top2", s->top2);
	put_opt(w, "top5", s->top5);
	json_end_object(w);
}

/* Rows of true classes, of predicted counts. */
static void put_confusion(struct json_writer *w, const struct history_epoch *e)
{
	json_begin_array(w, "confusion");
	for (size_t i = 0; i < e->n_classes; i++) {
		json_begin_array(w, NULL);
		for (size_t k = 0; k < e->n_classes; k++)
			json_put_int(w, NULL, e->confusion[i * e->n_classes + k]);
		json_end_array(w);
	}
	json_end_array(w);
}

static void put_epoch(struct json_writer *w, const struct export_run *x,
		      const struct history_epoch *e)
{
	json_begin_object(w, NULL);
	json_put_int(w, "epoch", e->epoch);
	json_put_int(w, "iter", e->iter);
	json_put_string(w, "phase", e->phase);
	put_seconds(w, times_epoch_ms(x->times, e->epoch));
	put_opt(w, "lr", e->lr);
	put_score(w, "train", &e->train);
	put_score(w, "valid", &e->valid);
	put_opt(w, "seconds", history_epoch_seconds(e));
	put_opt(w, "score", e->score);
	json_put_bool(w, "best", e->best);
	json_put_string(w, "observation", e->words);
	if (e->n_classes)
		classes_json(w, e->classes, e->n_classes, true);
	json_end_object(w);
}

static void put_epochs(struct json_writer *w, const struct export_run *x)
{
	const struct history *h = x->report.history;
	const struct history_epoch *e = report_classes(h);
	json_begin_array(w, "epoch_list");
	for (size_t i = 0; i < h->n_epochs; i++)
		put_epoch(w, x, &h->epochs[i]);
	json_end_array(w);
	if (e && e->confusion)
		put_confusion(w, e); /* of classes_epoch */
}

static void put_interventions(struct json_writer *w, const struct export_run *x)
{
	const struct history *h = x->report.history;
	json_begin_array(w, "interventions");
	for (const struct history_marker *m = h->markers; m < h->markers + h->n_markers; m++) {
		json_begin_object(w, NULL);
		json_put_int(w, "iter", m->iter);
		put_seconds(w, opt_of((double)m->t_ms));
		json_put_string(w, "cause", cause_name(m->cause));
		json_put_string(w, "text", m->text);
		json_end_object(w);
	}
	json_end_array(w);
}

static void put_layers(struct json_writer *w, const struct export_run *x)
{
	const struct history *h = x->report.history;
	json_begin_array(w, "layers");
	for (size_t i = 0; i < h->n_layers; i++) {
		const struct history_layer *l = &h->layers[i];
		json_begin_object(w, NULL);
		json_put_int(w, "index", (int64_t)i);
		json_put_string(w, "kind", l->info.kind);
		json_put_string(w, "activation", l->info.activation);
		json_begin_array(w, "out");
		json_put_int(w, NULL, l->info.out_w);
		json_put_int(w, NULL, l->info.out_h);
		json_put_int(w, NULL, l->info.out_c);
		json_end_array(w);
		json_put_int(w, "params", l->info.params);
		json_put_bool(w, "batchnorm", l->info.batchnorm);
		json_put_string(w, "origin", origin_name(l->info.origin));
		json_put_bool(w, "frozen", l->frozen);
		json_end_object(w);
	}
	json_end_array(w);
}

static void put_notes(struct json_writer *w, const struct export_run *x)
{
	const struct history *h = x->report.history;
	json_begin_array(w, "notes");
	for (const struct history_note *n = h->notes; n < h->notes + h->n_notes; n++) {
		json_begin_object(w, NULL);
		put_seconds(w, opt_of((double)n->t_ms));
		json_put_string(w, "level", note_level_name(n->level));
		json_put_string(w, "text", n->text);
		json_end_object(w);
	}
	json_end_array(w);
}

static void put_series(struct json_writer *w, const struct export_run *x)
{
	const struct history *h = x->report.history;
	json_begin_object(w, "series");
	for (size_t i = 0; i < h->n_series; i++) {
		json_begin_array(w, h->series[i].name);
		for (size_t k = 0; k < h->series[i].n_points; k++) {
			json_begin_array(w, NULL);
			json_put_int(w, NULL, history_point(&h->series[i], k)->iter);
			json_put_double(w, NULL, history_point(&h->series[i], k)->value);
			json_end_array(w);
		}
		json_end_array(w);
	}
	json_end_object(w);
}

static void put_steps(struct json_writer *w, const struct export_run *x)
{
	const struct history *h = x->report.history;
	json_begin_array(w, "steps");
	for (size_t i = 0, spell = 0; i < h->n_steps; i++) {
		struct history_step s = history_step_next(h, i, &spell);
		json_begin_object(w, NULL);
		json_put_int(w, "iter", s.iter);
		json_put_int(w, "epoch", s.epoch);
		put_seconds(w, times_step_ms(x->times, s.iter));
		put_opt(w, "loss", s.loss);
		put_opt(w, "lr", s.lr);
		put_opt(w, "ips", s.ips);
		put_opt(w, "wait", s.wait);
		json_end_object(w);
	}
	json_end_array(w);
}

void export_json(struct strbuf *out, const struct export_run *x)
{
	struct json_writer w = JSON_WRITER_INIT;
	json_begin_object(&w, NULL);
	report_json_members(&w, &x->report);
	put_epochs(&w, x);
	put_interventions(&w, x);
	put_layers(&w, x);
	put_notes(&w, x);
	if (x->report.history->n_series)
		put_series(&w, x);
	if (x->steps)
		put_steps(&w, x);
	json_end_object(&w);
	strbuf_addstr(out, w.text.buf);
	strbuf_addch(out, '\n');
	strbuf_release(&w.text);
}
