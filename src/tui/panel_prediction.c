/* The prediction trace: how one probe picture becomes a prediction, stage by stage.
 *
 * Stages stand side by side with an arrow from each to the next, or below each other where the
 * screen is narrow and tall. A stage is a heading, a few figures, and pictures.
 */
#include "panel.h"
#include "thaw/term/picture.h"
#include "thaw/base/file.h"

#include <math.h>
#include <stdio.h>

#define LEAST_W 11 /* of a stage */
#define ARROW_W 3  /* between two */
#define MOST_STAGES 12
#define MOST_LINES 6
#define LARGER 5 /* at most that many dots for one of a picture's: maps are small */

enum stage_kind { STAGE_PICTURE, STAGE_LAYER, STAGE_SOFTMAX };

struct stage_card {
	enum stage_kind kind;
	const struct history_trace *trace; /* of STAGE_LAYER */
	const char *title;
	enum ink ink;
	char lines[MOST_LINES][64];
	int n_lines;
	const char *mark; /* before the class that its first line names; NULL = it names none */
	int64_t class;
};

/* What a stage is drawn from. */
struct journey {
	const struct scene *s;
	const struct history *h;
	const struct history_probe *probe;
	const double *probs; /* the newest; NULL = none */
	int said;            /* -1 = nothing yet */
};

static void add_line(struct stage_card *k, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void add_line(struct stage_card *k, const char *fmt, ...)
{
	va_list ap;
	if (k->n_lines == MOST_LINES)
		return;
	va_start(ap, fmt);
	vsnprintf(k->lines[k->n_lines++], sizeof(k->lines[0]), fmt, ap);
	va_end(ap);
}

static struct stage_card picture_stage(const struct journey *j)
{
	struct stage_card k = {.kind = STAGE_PICTURE, .title = "picture", .ink = INK_TITLE};
	add_line(&k, "%s", "");
	k.mark = "";
	k.class = j->probe->label;
	add_line(&k, "%lld×%lld×%lld", (long long)j->h->run.input_w, (long long)j->h->run.input_h,
		 (long long)j->h->run.input_c);
	add_line(&k, "%.60s", path_tail(j->probe->path, 1));
	return k;
}

static struct stage_card layer_stage(const struct journey *j, const struct history_trace *t)
{
	const struct history_layer *l = &j->h->layers[t->layer];
	struct stage_card k = {.kind = STAGE_LAYER, .trace = t};
	char kind[40];
	bool head = t->layer == j->h->head;
	k.title = head ? "new last layer" : l->frozen ? "frozen base" : "fine-tuned";
	k.ink = head ? INK_ACCENT : l->frozen ? INK_FROZEN : INK_HOT;
	layer_kind(&l->info, kind, sizeof(kind));
	add_line(&k, "%lld %s", (long long)t->layer, kind);
	add_line(&k, "%lld×%lld×%lld", (long long)l->info.out_w, (long long)l->info.out_h,
		 (long long)l->info.out_c);
	add_line(&k, "mean %.2g", t->mean);
	add_line(&k, "sd %.2g", t->sd);
	if (isfinite(t->active))
		add_line(&k, "%.0f%% above 0", t->active * 100);
	return k;
}

static struct stage_card softmax_stage(const struct journey *j)
{
	struct stage_card k = {.kind = STAGE_SOFTMAX, .title = "prediction", .ink = INK_TITLE};
	bool right = j->said == j->probe->label;
	if (j->said < 0) {
		add_line(&k, "after the first epoch");
		return k;
	}
	k.ink = right ? INK_GOOD : INK_BAD;
	add_line(&k, "%s", "");
	k.mark = right ? "✓ " : "✗ ";
	k.class = j->said;
	add_line(&k, "softmax: %.1f%%", j->probs[j->said] * 100);
	return k;
}

/* All stages; of more layers than fit the first are left out. */
static int stages_of(const struct journey *j, int most, struct stage_card *out)
{
	int n = 0, n_traces = (int)j->probe->n_traces, room = most - 2 > 0 ? most - 2 : 0;
	out[n++] = picture_stage(j);
	for (int i = n_traces > room ? n_traces - room : 0; i < n_traces; i++)
		out[n++] = layer_stage(j, &j->probe->traces[i]);
	out[n++] = softmax_stage(j);
	return n;
}

/* Pictures of the strongest channels, as large as all of them fit. */
static void draw_maps(const struct journey *j, const struct history_trace *t, struct canvas *c,
		      struct rect r)
{
	int n = (int)t->n_maps, best = 0;
	struct rect cell = {0, 0, 0, 0};
	for (int cols = 1; cols <= n; cols++) {
		int rows = (n + cols - 1) / cols, w = (r.w - cols + 1) / cols, h = r.h / rows - 1;
		struct picture p = {.heat_w = t->w, .heat_h = t->h, .heat = t->maps[0].pixels};
		struct rect box = picture_box(&p, (struct rect){0, 0, w, h}, LARGER);
		if (h >= 1 && box.w * box.h > cell.w * cell.h) {
			cell = box;
			best = cols;
		}
	}
	bool head = t->layer == j->h->head;
	for (int i = 0; i < n && best; i++) {
		const struct history_map *m = &t->maps[i];
		struct picture p = {.heat_w = t->w, .heat_h = t->h, .heat = m->pixels};
		struct rect at = {r.x + i % best * (cell.w + 1), r.y + i / best * (cell.h + 1),
				  cell.w, cell.h};
		picture_draw(c, &p, at, LARGER);
		if (head && m->channel >= 0 && (size_t)m->channel < j->h->run.n_classes)
			canvas_text(c, at.x, at.y + at.h, at.w, STYLE(INK_MUTED),
				    class_short(j->s, m->channel, at.w, c->utf8));
		else
			canvas_textf(c, at.x, at.y + at.h, at.w, STYLE(INK_MUTED), "#%lld",
				     (long long)m->channel);
	}
}

/* Where there is no picture left: the strongest channels as numbers. */
static void draw_channels(const struct journey *j, const struct history_trace *t, struct canvas *c,
			  struct rect r)
{
	bool head = t->layer == j->h->head;
	for (int i = 0; i < (int)t->n_maps && i < r.h; i++) {
		const struct history_map *m = &t->maps[i];
		if (head && m->channel >= 0 && (size_t)m->channel < j->h->run.n_classes)
			canvas_text(c, r.x, r.y + i, r.w - 7, STYLE(INK_MUTED),
				    class_short(j->s, m->channel, r.w - 7, c->utf8));
		else
			canvas_textf(c, r.x, r.y + i, r.w - 7, STYLE(INK_MUTED), "#%lld",
				     (long long)m->channel);
		canvas_textf(c, r.x + r.w - 6, r.y + i, 6, STYLE(INK_NONE), "%6.2f", m->mean);
	}
}

/* The picture, and below or beside it where the network looks. */
static void draw_pictures(const struct journey *j, struct canvas *c, struct rect r)
{
	size_t at = (size_t)(j->probe - j->h->probes);
	struct picture plain = probe_picture(j->h, at, false), look = probe_picture(j->h, at, true);
	bool beside = r.w > 3 * r.h;
	struct rect half = beside ? (struct rect){r.x, r.y, (r.w - 1) / 2, r.h}
				  : (struct rect){r.x, r.y, r.w, (r.h - 1) / 2};
	struct rect box = picture_draw(c, &plain, j->probe->cam ? half : r, LARGER);
	if (!j->probe->cam || !box.w)
		return;
	struct rect rest = beside ? (struct rect){box.x + box.w + 1, r.y, r.w - box.w - 1, r.h}
				  : (struct rect){r.x, box.y + box.h + 1, r.w, box.h};
	if (!beside)
		canvas_text(c, r.x, rest.y - 1, r.w, STYLE(INK_ACCENT), "where it looks");
	picture_draw(c, &look, rest, LARGER);
}

/* What came out, and how that went over the epochs. */
static void draw_outcome(const struct journey *j, struct canvas *c, struct rect r)
{
	int n = (int)j->h->run.n_classes, chart = r.h - n - 1;
	draw_probs(j->s, j->probs, j->probe->label, c, r);
	if (chart >= 7)
		draw_prob_chart(j->s, (size_t)(j->probe - j->h->probes), c,
				(struct rect){r.x, r.y + n + 1, r.w, chart > 14 ? 14 : chart});
}

static void draw_art(const struct journey *j, const struct stage_card *k, struct canvas *c,
		     struct rect r)
{
	if (r.w < 4 || r.h < 2)
		return;
	if (k->kind == STAGE_PICTURE)
		draw_pictures(j, c, r);
	else if (k->kind == STAGE_SOFTMAX && j->said >= 0)
		draw_outcome(j, c, r);
	else if (k->kind == STAGE_LAYER && k->trace->w * k->trace->h == 1)
		draw_channels(j, k->trace, c, r);
	else if (k->kind == STAGE_LAYER && k->trace->n_maps)
		draw_maps(j, k->trace, c, r);
}

/* Heading and figures. Returns the rows used. */
static int draw_words(const struct journey *j, const struct stage_card *k, struct canvas *c,
		      struct rect r)
{
	canvas_text(c, r.x, r.y, r.w, STYLE_BOLD(k->ink), k->title);
	if (k->mark && r.h > 1) {
		int x = r.x + canvas_text(c, r.x, r.y + 1, r.w, STYLE(k->ink), k->mark),
		    w = r.x + r.w - x;
		canvas_text(c, x, r.y + 1, w, STYLE(k->ink),
			    class_short(j->s, k->class, w, c->utf8));
	}
	for (int i = k->mark != NULL; i < k->n_lines && i + 1 < r.h; i++)
		canvas_name(c, r.x, r.y + 1 + i, r.w, STYLE(i ? INK_MUTED : k->ink), k->lines[i]);
	return 1 + k->n_lines;
}

/* "─▶" behind a heading, to where the next stage begins. */
static void draw_arrow(struct canvas *c, const struct stage_card *k, struct rect r, int next)
{
	int x = r.x + text_width(k->title, c->utf8) + 1;
	x = x > r.x + r.w ? r.x + r.w : x;
	canvas_hline(c, x, r.y, next - 2 - x, 0x2500, STYLE(INK_FRAME));
	canvas_put(c, next - 2, r.y, 0x25B6, STYLE(INK_ACCENT));
}

static void draw_across(const struct journey *j, struct canvas *c, struct rect r)
{
	struct stage_card cards[MOST_STAGES];
	int most = (r.w + ARROW_W) / (LEAST_W + ARROW_W);
	int n = stages_of(j, most > MOST_STAGES ? MOST_STAGES : most, cards), x = r.x, words = 0;
	for (int i = 0; i < n; i++)
		words = cards[i].n_lines + 1 > words ? cards[i].n_lines + 1 : words;
	for (int i = 0; i < n; i++) {
		int next = r.x + (r.w + ARROW_W) * (i + 1) / n;
		struct rect column = {x, r.y, next - ARROW_W - x, r.h};
		int used = draw_words(j, &cards[i], c, column), from = r.h >= 14 ? words + 1 : used;
		if (i + 1 < n)
			draw_arrow(c, &cards[i], column, next);
		draw_art(j, &cards[i], c, (struct rect){x, r.y + from, column.w, r.h - from});
		x = next;
	}
}

static void draw_down(const struct journey *j, struct canvas *c, struct rect r)
{
	struct stage_card cards[MOST_STAGES];
	int most = r.h / 8, n = stages_of(j, most > MOST_STAGES ? MOST_STAGES : most, cards),
	    y = r.y, words_w = 16;
	for (int i = 0; i < n; i++) {
		int next = r.y + (r.h + 1) * (i + 1) / n;
		struct rect row = {r.x, y, r.w, next - 1 - y};
		draw_words(j, &cards[i], c, (struct rect){r.x, y, words_w, row.h});
		draw_art(j, &cards[i], c,
			 (struct rect){r.x + words_w + 1, y, r.w - words_w - 1, row.h});
		if (i + 1 < n)
			canvas_put(c, r.x, next - 1, 0x2193, STYLE(INK_ACCENT));
		y = next;
	}
}

/* Which probe of which epoch, and what the log lacks. */
static void note_journey(const struct journey *j, struct canvas *c, struct rect r)
{
	const struct history *h = j->h;
	char text[64];
	int used = 0;
	if (h->n_probe_epochs) {
		snprintf(text, sizeof(text), "epoch %lld",
			 (long long)h->probe_rows[h->n_probe_epochs - 1].epoch);
		used = panel_note(c, r, used, STYLE(INK_MUTED), text);
	}
	struct list list;
	int at = (int)(j->probe - h->probes);
	list_make(&list, LIST_PROBES, h, j->s->view);
	snprintf(text, sizeof(text), "%d of %d%s", list_row(&list, at) + 1, list.n,
		 *list.filter ? ", filtered" : "");
	list_release(&list);
	used = panel_note(c, r, used, STYLE(INK_MUTED), text);
	panel_note(c, r, used, STYLE(INK_ACCENT), "↑↓: another, Esc: back");
}

void panel_prediction(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	if (h->n_probes == 0 || !h->has_run) {
		panel_empty(c, r, "no probe images in this log");
		return;
	}
	struct journey j = {s, h, &h->probes[s->view->probe], NULL, -1};
	if (h->n_probe_epochs)
		j.probs = history_probe_probs(h, (size_t)s->view->probe, h->n_probe_epochs - 1);
	int top = j.probs ? history_probe_top(h, j.probs) : 0;
	j.said = j.probs && isfinite(j.probs[top]) ? top : -1;
	struct rect inside = {r.x + 1, r.y, r.w - 2, r.h};
	if (!j.probe->n_traces && !j.probe->cam && r.h > 4) {
		canvas_text(c, inside.x, r.y + r.h - 1, inside.w, STYLE(INK_WARN),
			    "this log tells nothing of what its layers put out");
		inside.h -= 2;
	}
	if (r.w < 60 && r.h >= 40)
		draw_down(&j, c, inside);
	else
		draw_across(&j, c, inside);
	note_journey(&j, c, r);
}
