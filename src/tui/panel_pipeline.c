/* The five stages: done, running or to come, with what goes in and what comes out; once they are
 * history in one row. */
#include "panel.h"

#include <stdio.h>
#include <string.h>

static const char *const short_titles[STAGE_N] = {"Load model", "Replace head", "Freeze base",
						  "Train head", "Fine-tune"};

struct stage_look {
	uint32_t mark;
	struct style title, frame;
};

static bool is_over(const struct scene *s)
{
	return s->history->ended || (s->view->crashed && view_at_end(s->view));
}

/* A stage that the run's end cut short is done only when the run says that all is. */
static struct stage_look look_of(const struct scene *s, int stage)
{
	const struct history_stage *st = &s->history->stages[stage];
	bool whole = s->history->ended && s->history->end.status == END_FINISHED;
	bool stopped = s->history->ended && s->history->end.status == END_STOPPED;
	if (!st->seen)
		return (struct stage_look){0x25CB, STYLE(INK_MUTED), STYLE(INK_FRAME)};
	if (st->state == STAGE_DONE || (st->state == STAGE_STARTED && whole))
		return (struct stage_look){0x2713, STYLE(INK_GOOD), STYLE(INK_FRAME)};
	if (st->state == STAGE_SKIPPED)
		return (struct stage_look){'-', STYLE(INK_MUTED), STYLE(INK_FRAME)};
	if (is_over(s))
		return (struct stage_look){0x2717, STYLE_BOLD(stopped ? INK_WARN : INK_BAD),
					   STYLE(INK_FRAME)};
	return (struct stage_look){0x25B6, STYLE_BOLD(INK_ACCENT), STYLE(INK_ACCENT)};
}

static const char *title_for(int stage, int room, bool utf8)
{
	if (text_width(stage_title(stage), utf8) <= room)
		return stage_title(stage);
	return text_width(short_titles[stage], utf8) <= room ? short_titles[stage]
							     : stage_name(stage);
}

/* Shorter words for narrow cards; the first rows cost the least meaning. */
static const struct {
	const char *from, *to;
} shorter[] = {
    {" with weights loaded", " loaded"},
    {"validation accuracy", "val. accuracy"},
    {", initialised at random", ", random"},
    {" parameters", " params"},
    {"val. accuracy", "acc"},
    {" of ", "/"},
};

#define TEXT_SIZE 160

/* Draw words into at most r.h rows, the first one `indent` columns in; c == NULL only counts.
 * Returns the rows that all of the text needs. */
static int wrap(struct canvas *c, bool utf8, struct rect r, int indent, struct style s,
		const char *text)
{
	int row = 0;
	while (*text) {
		char line[TEXT_SIZE];
		size_t end = strlen(text), cut;
		int room = r.w - (row ? 0 : indent);
		for (cut = end; cut > 0; cut = end) {
			snprintf(line, sizeof(line), "%.*s", (int)cut, text);
			if (text_width(line, utf8) <= room)
				break;
			while (end > 0 && text[end - 1] != ' ')
				end--;
			while (end > 0 && text[end - 1] == ' ')
				end--;
		}
		bool whole = cut == 0 || row + 1 == r.h; /* a long word, or the last row: cut */
		if (c && row < r.h)
			canvas_text(c, r.x + r.w - room, r.y + row, room, s, whole ? text : line);
		text += cut ? cut : strcspn(text, " ");
		text += strspn(text, " ");
		row++;
	}
	return row;
}

/* Copy a stage's text, with shorter words while it does not fit. */
static void fit(char out[TEXT_SIZE], const char *text, bool utf8, struct rect r, int indent)
{
	const char *rest = text && strncmp(text, "phase ", 6) == 0 ? strstr(text, ": ") : NULL;
	snprintf(out, TEXT_SIZE, "%s", text ? text : "");
	if (rest && wrap(NULL, utf8, r, indent, STYLE(INK_NONE), out) > r.h)
		snprintf(out, TEXT_SIZE, "%s", rest + 2);
	for (size_t i = 0; i < sizeof(shorter) / sizeof(*shorter); i++) {
		if (wrap(NULL, utf8, r, indent, STYLE(INK_NONE), out) <= r.h)
			return;
		size_t from = strlen(shorter[i].from), to = strlen(shorter[i].to);
		for (char *at = out; (at = strstr(at, shorter[i].from)); at += to) {
			memcpy(at, shorter[i].to, to);
			memmove(at + to, at + from, strlen(at + from) + 1);
		}
	}
}

/* Returns the rows used. */
static int draw_text(struct canvas *c, struct rect r, int indent, struct style s, const char *text)
{
	char fitted[TEXT_SIZE];
	fit(fitted, text, c->utf8, r, indent);
	int rows = wrap(c, c->utf8, r, indent, s, fitted);
	return rows < r.h ? rows : r.h;
}

static void draw_line(const struct scene *s, int stage, struct canvas *c, struct rect r)
{
	const struct history_stage *st = &s->history->stages[stage];
	struct stage_look look = look_of(s, stage);
	canvas_put(c, r.x, r.y, look.mark, look.title);
	int used =
	    canvas_text(c, r.x + 2, r.y, r.w - 4, look.title, title_for(stage, r.w - 4, c->utf8));
	if (stage < STAGE_N - 1)
		canvas_hline(c, r.x + 3 + used, r.y, r.w - 4 - used, 0x2500, STYLE(INK_FRAME));
	if (!st->seen)
		return;
	struct rect text = {r.x + 2, r.y + 1, r.w - 3, 1};
	draw_text(c, text, 0, STYLE(INK_MUTED), st->state == STAGE_DONE ? st->out : st->in);
}

static void draw_card(const struct scene *s, int stage, struct canvas *c, struct rect r)
{
	const struct history_stage *st = &s->history->stages[stage];
	struct stage_look look = look_of(s, stage);
	canvas_frame(c, r, look.frame);
	canvas_put(c, r.x + 1, r.y, ' ', look.title);
	canvas_put(c, r.x + 2, r.y, look.mark, look.title);
	canvas_put(c, r.x + 3, r.y, ' ', look.title);
	int used =
	    canvas_text(c, r.x + 4, r.y, r.w - 6, look.title, title_for(stage, r.w - 6, c->utf8));
	canvas_put(c, r.x + 4 + used, r.y, ' ', look.title);
	if (!st->seen)
		return;
	struct rect in = {r.x + 2, r.y + 1, r.w - 3, (r.h - 2) / 2}, out = in;
	out.y += draw_text(c, in, 0, STYLE(INK_MUTED), st->in);
	out.h = r.y + r.h - 1 - out.y;
	if (!st->out || !*st->out)
		return;
	canvas_put(c, out.x, out.y, 0x2192, STYLE(INK_GOOD));
	draw_text(c, out, 2, STYLE(INK_NONE), st->out);
}

/* How much the folded row says: names in full, short ones, the running stage's alone. */
enum fold { FOLD_TITLES, FOLD_NAMES, FOLD_ONE, FOLD_N };

static void folded_text(const struct scene *s, int stage, enum fold fold, char *out, size_t size)
{
	const struct history *h = s->history;
	bool runs = h->stages[stage].seen && h->stages[stage].state == STAGE_STARTED && !is_over(s);
	const char *name = fold == FOLD_TITLES ? short_titles[stage] : stage_name(stage);
	int64_t at = 0;
	out[0] = '\0';
	if (fold == FOLD_ONE && !runs)
		return;
	if (runs && stage >= STAGE_HEAD && h->phase >= 0 && (size_t)h->phase < h->n_phases)
		at = h->epoch - h->phases[h->phase].first_epoch + 1;
	if (at > 0 && at <= h->phases[h->phase].epochs)
		snprintf(out, size, " %s %lld/%lld", name, (long long)at,
			 (long long)h->phases[h->phase].epochs);
	else
		snprintf(out, size, " %s", name);
}

/* Returns the columns it takes; c == NULL only counts. */
static int draw_folded(const struct scene *s, enum fold fold, struct canvas *c, struct rect r,
		       bool utf8)
{
	int x = r.x + 1;
	for (int i = 0; i < STAGE_N; i++) {
		struct stage_look look = look_of(s, i);
		char text[64];
		folded_text(s, i, fold, text, sizeof(text));
		if (c)
			canvas_put(c, x, r.y, look.mark, look.title);
		if (c)
			canvas_text(c, x + 1, r.y, r.x + r.w - x - 1, look.title, text);
		x += 1 + text_width(text, utf8) + (i + 1 < STAGE_N ? fold == FOLD_ONE ? 1 : 2 : 0);
	}
	return x - r.x;
}

static void draw_fold(const struct scene *s, struct canvas *c, struct rect r)
{
	int fold = FOLD_TITLES;
	while (fold + 1 < FOLD_N && draw_folded(s, (enum fold)fold, NULL, r, c->utf8) > r.w)
		fold++;
	draw_folded(s, (enum fold)fold, c, r, c->utf8);
}

void panel_pipeline(const struct scene *s, struct canvas *c, struct rect r)
{
	if (r.h == 1) {
		draw_fold(s, c, r);
		return;
	}
	for (int i = 0; i < STAGE_N; i++) {
		int x = r.x + r.w * i / STAGE_N, next = r.x + r.w * (i + 1) / STAGE_N;
		bool last = i == STAGE_N - 1;
		if (r.h < 4) {
			draw_line(s, i, c, (struct rect){x + 1, r.y, next - x, r.h});
			continue;
		}
		draw_card(s, i, c, (struct rect){x, r.y, next - x - !last, r.h});
		if (!last)
			canvas_put(c, next - 1, r.y + r.h / 2 - 1, 0x25B8,
				   STYLE(s->history->stages[i].seen ? INK_ACCENT : INK_FRAME));
	}
}
