/* What is known of the run under the cursor, below the list: what was asked of it, where it stands, how
 * good it is, why it ended, where it lies; beside that its validation curve. */
#include "browser_pages.h"

#include "browser_row.h"
#include "panel.h"
#include "prose.h"
#include "thaw/base/file.h"
#include "thaw/base/words.h"
#include "thaw/term/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_W = 11, CURVE_FROM_W = 96 };

static void add_part(struct strbuf *out, const char *before, const char *text)
{
	if (*text)
		strbuf_addf(out, "%s%s%s", out->len ? ", " : "", before, text);
}

static void say_now(const struct browser_row *r, struct strbuf *out)
{
	const struct run_summary *s = r->run;
	if (!browser_row_live(r))
		return;
	strbuf_addstr(out, *s->doing ? s->doing : "training");
	add_part(out, "phase ", s->phase);
	if (s->lr.valid)
		add_part(out, "lr ", words_rate(s->lr.value));
	if (s->speed.valid)
		strbuf_addf(out, ", %.0f images/s", s->speed.value);
	if (s->eta_ms.valid)
		add_part(out, "done in ", words_duration(s->eta_ms.value / 1000));
}

static void say_end(const struct browser_row *r, struct strbuf *out)
{
	const struct run_summary *s = r->run;
	strbuf_addstr(out, s->why);
	if (!*s->why && s->status == RUN_STATUS_CRASHED)
		strbuf_addstr(out, "the trainer is gone without an end in the log");
	if (out->len && s->resumable)
		strbuf_addstr(out, "; r goes on with it");
}

static void say_trouble(const struct browser_row *r, struct strbuf *out)
{
	const struct run_summary *s = r->run;
	strbuf_addstr(out, s->unsaved ? s->unsaved : s->asks ? s->asks : "");
}

static void say_best(const struct browser_row *r, struct strbuf *out)
{
	const struct run_summary *s = r->run;
	if (s->best_acc.valid)
		strbuf_addf(out, "%s %% in epoch %lld", words_percent(s->best_acc.value),
			    (long long)s->best_epoch);
	if (s->last_acc.valid)
		strbuf_addf(out, "; last %s %%", words_percent(s->last_acc.value));
	if (s->last_loss.valid)
		add_part(out, "loss ", words_loss(s->last_loss.value));
	if (s->train_loss.valid)
		add_part(out, "training loss ", words_loss(s->train_loss.value));
}

static void say_observation(const struct browser_row *r, struct strbuf *out)
{
	strbuf_addstr(out, r->run->observation);
}

static void say_phases(const struct browser_row *r, struct strbuf *out)
{
	strbuf_addstr(out, r->run->phases);
}

static void say_network(const struct browser_row *r, struct strbuf *out)
{
	const struct run_summary *s = r->run;
	add_part(out, "", path_tail(s->cfg, 2));
	add_part(out, "from ", path_tail(s->weights, 2));
	if (s->input_w > 0)
		strbuf_addf(out, ", %lldx%lld", (long long)s->input_w, (long long)s->input_h);
	add_part(out, "", s->optimizer);
	if (s->batch > 0)
		strbuf_addf(out, ", batch %lld, seed %lld", (long long)s->batch,
			    (long long)s->seed);
}

static void say_pictures(const struct browser_row *r, struct strbuf *out)
{
	const struct run_summary *s = r->run;
	strbuf_addstr(out, s->data);
	if (s->n_classes)
		add_part(out, "", words_n(s->n_classes, "class"));
	if (s->n_train)
		strbuf_addf(out, ", %s to learn, %s to validate", words_count(s->n_train),
			    words_count(s->n_valid));
}

static void say_path(const struct browser_row *r, struct strbuf *out)
{
	if (r->host)
		strbuf_addf(out, "%s: ", r->host);
	strbuf_addf(out, "%s", r->run->path);
	if (r->run->log_bytes > 0)
		strbuf_addf(out, ", log %s", words_bytes((double)r->run->log_bytes));
	if (*r->run->parent)
		strbuf_addf(out, ", branched off %s", r->run->parent);
}

static void say_times(const struct browser_row *r, struct strbuf *out)
{
	const struct run_summary *s = r->run;
	if (s->started > 0)
		strbuf_addf(out, "%s, ", words_moment(s->started));
	strbuf_addf(out, "%s of work", words_duration(s->seconds));
	add_part(out, "on ", s->device);
}

static const struct {
	const char *label;
	void (*say)(const struct browser_row *r, struct strbuf *out);
} facts[] = {
    {"waits for", say_trouble}, {"now", say_now},           {"ended", say_end},
    {"best", say_best},         {"seen", say_observation},  {"plan", say_phases},
    {"network", say_network},   {"pictures", say_pictures}, {"started", say_times},
    {"in", say_path},
};

static void draw_curve(const struct run_summary *s, struct canvas *c, struct rect r)
{
	struct plot p;
	struct range x = {0}, y = {0};
	double xs[RUN_CURVE_MAX], ys[RUN_CURVE_MAX];
	for (size_t i = 0; i < s->n_curve; i++) {
		range_add(&x, xs[i] = (double)s->curve[i].epoch);
		range_add(&y, ys[i] = s->curve[i].acc);
	}
	if (!s->n_curve ||
	    !plot_begin_counting(&p, c, r, x, y, PLOT_PERCENT, (struct plot_count){1, "epoch"}))
		return;
	p.letter = 'o';
	plot_line(&p, xs, ys, s->n_curve, STYLE(INK_VALID));
	plot_points(&p, xs, ys, s->n_curve, 0x25CF, STYLE(INK_VALID));
	if (s->best_acc.valid)
		plot_point(&p, (double)s->best_epoch, s->best_acc.value, 0x2605,
			   STYLE_BOLD(INK_ACCENT));
}

static void draw_error(const char *error, struct canvas *c, struct rect r)
{
	struct prose p;
	prose_init(&p, c, r.w);
	prose_add(&p, 0, STYLE(INK_BAD), error);
	prose_draw(&p, c, r, 0);
	prose_release(&p);
}

/* One a line. */
static void draw_facts(const struct browser_row *row, struct canvas *c, struct rect r)
{
	struct strbuf text = STRBUF_INIT;
	int y = 0;
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts) && y < r.h; i++) {
		strbuf_reset(&text);
		facts[i].say(row, &text);
		if (!text.len)
			continue;
		canvas_text(c, r.x, r.y + y, LABEL_W - 1, STYLE(INK_MUTED), facts[i].label);
		struct style s = STYLE(i ? INK_NONE : INK_BAD);
		if (facts[i].say == say_path) /* it differs at its end */
			canvas_name(c, r.x + LABEL_W, r.y + y, r.w - LABEL_W, s, text.buf);
		else
			canvas_text(c, r.x + LABEL_W, r.y + y, r.w - LABEL_W, s, text.buf);
		y++;
	}
	strbuf_release(&text);
}

void browser_facts(const struct browser_view *v, const struct browser_row *row, struct canvas *c,
		   struct rect r)
{
	(void)v;
	struct rect in = panel_head(c, r, row->run->name);
	in = (struct rect){in.x + 1, in.y, in.w - 2, in.h};
	if (!row->known) {
		canvas_text(c, in.x, in.y, in.w, STYLE(INK_MUTED), "its log is still to be read");
		return;
	}
	if (row->run->error) {
		draw_error(row->run->error, c, in);
		return;
	}
	if (in.w >= CURVE_FROM_W && row->run->n_curve > 1) {
		int w = in.w * 2 / 5;
		draw_curve(row->run, c, (struct rect){in.x + in.w - w, in.y, w, in.h});
		in.w -= w + 2;
	}
	draw_facts(row, c, in);
}
