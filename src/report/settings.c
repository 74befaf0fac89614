#include "thaw/report/settings.h"

#include "thaw/base/alloc.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *run_settings_get(const struct run_settings *s, const char *key)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->at[i].key, key) == 0)
			return s->at[i].value;
	return NULL;
}

void run_settings_add(struct run_settings *s, const char *key, const char *value)
{
	if (run_settings_get(s, key))
		return;
	ALLOC_GROW(s->at, s->n + 1, s->cap);
	s->at[s->n++] = (struct run_setting){xstrdup(key), xstrdup(value)};
}

void run_settings_release(struct run_settings *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->at[i].key);
		free(s->at[i].value);
	}
	free(s->at);
	*s = (struct run_settings){0};
}

/* ---- what a log tells ---- */

static void add_text(struct run_settings *s, const char *key, const char *value)
{
	if (value && *value)
		run_settings_add(s, key, value);
}

static void add_count(struct run_settings *s, const char *key, int64_t value)
{
	struct strbuf text = STRBUF_INIT;
	strbuf_addf(&text, "%" PRId64, value);
	if (value > 0)
		run_settings_add(s, key, text.buf);
	strbuf_release(&text);
}

static void add_number(struct run_settings *s, const char *key, double value)
{
	struct strbuf text = STRBUF_INIT;
	strbuf_addf(&text, "%.7g", value);
	run_settings_add(s, key, text.buf);
	strbuf_release(&text);
}

static void add_opt(struct run_settings *s, const char *key, struct opt_double v)
{
	if (v.valid)
		add_number(s, key, v.value);
}

/* The key of a phase's setting; two phases of one name differ by their number. */
static const char *phase_key(const struct history *h, size_t i, const char *what,
			     struct strbuf *out)
{
	const char *name = h->phases[i].name;
	bool again = !*name;
	for (size_t k = 0; k < i; k++)
		again = again || strcmp(h->phases[k].name, name) == 0;
	strbuf_reset(out);
	if (again)
		strbuf_addf(out, "phases.%s%s%zu.%s", name, *name ? "#" : "", i + 1, what);
	else
		strbuf_addf(out, "phases.%s.%s", name, what);
	return out->buf;
}

static void add_phase(struct run_settings *s, const struct history *h, size_t i)
{
	const struct event_phase_plan *p = &h->phases[i];
	struct strbuf key = STRBUF_INIT;
	add_count(s, phase_key(h, i, "epochs", &key), p->epochs);
	if (p->lr > 0)
		add_number(s, phase_key(h, i, "lr", &key), p->lr);
	add_text(s, phase_key(h, i, "schedule", &key), p->schedule);
	add_text(s, phase_key(h, i, "freeze", &key), p->freeze);
	add_text(s, phase_key(h, i, "batchnorm", &key), p->batchnorm);
	add_opt(s, phase_key(h, i, "thaw_every", &key), p->thaw_every);
	add_text(s, phase_key(h, i, "until", &key), p->until);
	strbuf_release(&key);
}

static void add_input(struct run_settings *s, const struct event_run *r)
{
	struct strbuf text = STRBUF_INIT;
	strbuf_addf(&text, "%" PRId64 "x%" PRId64, r->input_w, r->input_h);
	if (r->input_w > 0 && r->input_h > 0)
		run_settings_add(s, "network.input", text.buf);
	strbuf_release(&text);
}

static void add_run(struct run_settings *s, const struct history *h)
{
	const struct event_run *r = &h->run;
	add_text(s, "network.cfg", r->cfg);
	add_text(s, "network.weights", r->weights);
	add_input(s, r);
	if (!s->whole) /* there the experiment has its own names for it */
		add_text(s, "data.images", r->data);
	add_count(s, "train.batch", r->batch);
	add_count(s, "train.seed", r->seed);
	add_text(s, "train.optimizer", r->optimizer);
	add_opt(s, "train.momentum", r->momentum);
	add_opt(s, "train.b1", r->b1);
	add_opt(s, "train.b2", r->b2);
	add_text(s, "train.class_weights", r->weighting);
	add_text(s, "train.best", r->best_by);
	if (!s->whole) { /* rules, in words */
		add_text(s, "stop", r->stop);
		add_text(s, "plateau", r->plateau);
	}
	add_text(s, "parent", r->parent);
}

void run_settings_merge(struct run_settings *out, const struct run_settings *given,
			const struct history *h)
{
	*out = (struct run_settings){.whole = given && given->whole};
	for (size_t i = 0; given && i < given->n; i++)
		run_settings_add(out, given->at[i].key, given->at[i].value);
	if (!h->has_run)
		return;
	add_run(out, h);
	for (size_t i = 0; !out->whole && i < h->n_phases; i++)
		add_phase(out, h, i);
}

bool run_settings_match(const struct run_settings *s, const char *name, const struct log_filter *f,
			char **match)
{
	size_t from, to;
	*match = NULL;
	if (log_filter_match(f, name, &from, &to))
		return true;
	for (size_t i = 0; i < s->n; i++) {
		char *line = xasprintf("%s=%s", s->at[i].key, s->at[i].value);
		if (log_filter_match(f, line, &from, &to)) {
			*match = line;
			return true;
		}
		free(line);
	}
	return false;
}

/* ---- where they differ ---- */

static struct setting_row *row_of(struct setting_rows *r, const char *key, size_t n_runs)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->at[i].key, key) == 0)
			return &r->at[i];
	ALLOC_GROW(r->at, r->n + 1, r->cap);
	r->at[r->n] = (struct setting_row){key, xcalloc(n_runs + 1, sizeof(char *)), false};
	return &r->at[r->n++];
}

static bool same_number(const char *a, const char *b)
{
	char *end_a, *end_b;
	double x = strtod(a, &end_a), y = strtod(b, &end_b);
	bool numbers = end_a != a && !*end_a && end_b != b && !*end_b;
	return numbers && fabs(x - y) <= 1e-6 * fmax(fabs(x), fabs(y));
}

static bool row_differs(const struct setting_row *row, const struct run_settings *const *runs,
			size_t n_runs)
{
	const char *first = NULL;
	bool lacks = false;
	for (size_t i = 0; i < n_runs; i++) {
		const char *v = row->values[i];
		lacks = lacks || (!v && runs[i]->whole);
		if (v && first && strcmp(v, first) != 0 && !same_number(v, first))
			return true;
		first = first ? first : v;
	}
	return lacks;
}

void setting_rows_make(struct setting_rows *out, const struct run_settings *const *runs,
		       size_t n_runs)
{
	*out = (struct setting_rows){0};
	for (size_t i = 0; i < n_runs; i++)
		for (size_t k = 0; k < runs[i]->n; k++)
			row_of(out, runs[i]->at[k].key, n_runs)->values[i] = runs[i]->at[k].value;
	for (size_t i = 0; i < out->n; i++)
		out->at[i].differs = row_differs(&out->at[i], runs, n_runs);
}

void setting_rows_release(struct setting_rows *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->at[i].values);
	free(r->at);
	*r = (struct setting_rows){0};
}
