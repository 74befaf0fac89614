/* The five stages: done, running or to come, with what goes in and what comes out. */
#include "panel.h"

#include <stdio.h>

static const char *const short_titles[STAGE_N] = {"Load model", "Replace head", "Freeze base",
						  "Train head", "Fine-tune"};

struct stage_look {
	uint32_t mark;
	struct style title, frame;
};

static struct stage_look look_of(const struct history_stage *st)
{
	if (!st->seen)
		return (struct stage_look){0xB7, STYLE(INK_MUTED), STYLE(INK_FRAME)};
	if (st->state == STAGE_DONE)
		return (struct stage_look){0x2713, STYLE(INK_GOOD), STYLE(INK_FRAME)};
	if (st->state == STAGE_SKIPPED)
		return (struct stage_look){'-', STYLE(INK_MUTED), STYLE(INK_FRAME)};
	return (struct stage_look){0x25B6, STYLE_BOLD(INK_ACCENT), STYLE(INK_ACCENT)};
}

static const char *title_for(int stage, int room, bool utf8)
{
	if (text_width(stage_title(stage), utf8) <= room)
		return stage_title(stage);
	return text_width(short_titles[stage], utf8) <= room ? short_titles[stage]
							     : stage_name(stage);
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static void draw_line(const struct history_stage *st, int stage, struct canvas *c, struct rect r,
		      bool last)
{
	struct stage_look look = look_of(st);
	canvas_put(c, r.x, r.y, look.mark, look.title);
	int used =
	    canvas_text(c, r.x + 2, r.y, r.w - 4, look.title, title_for(stage, r.w - 4, c->utf8));
	if (!last)
		canvas_hline(c, r.x + 3 + used, r.y, r.w - 4 - used, 0x2500, STYLE(INK_FRAME));
	if (r.h < 2 || !st->seen)
		return;
	bool done = st->state == STAGE_DONE;
	canvas_text(c, r.x + 2, r.y + 1, r.w - 3, STYLE(INK_MUTED),
		    or_empty(done ? st->out : st->in));
}

static void draw_card(const struct history_stage *st, int stage, struct canvas *c, struct rect r)
{
	struct stage_look look = look_of(st);
	int right = r.x + r.w - 1;
	for (int y = 0; y < 4; y += 3) {
		canvas_put(c, r.x, r.y + y, y ? 0x2570 : 0x256D, look.frame);
		canvas_hline(c, r.x + 1, r.y + y, r.w - 2, 0x2500, look.frame);
		canvas_put(c, right, r.y + y, y ? 0x256F : 0x256E, look.frame);
	}
	for (int y = 1; y < 3; y++) {
		canvas_put(c, r.x, r.y + y, 0x2502, look.frame);
		canvas_put(c, right, r.y + y, 0x2502, look.frame);
	}
	canvas_put(c, r.x + 1, r.y, ' ', look.title);
	canvas_put(c, r.x + 2, r.y, look.mark, look.title);
	canvas_put(c, r.x + 3, r.y, ' ', look.title);
	int used =
	    canvas_text(c, r.x + 4, r.y, r.w - 6, look.title, title_for(stage, r.w - 6, c->utf8));
	canvas_put(c, r.x + 4 + used, r.y, ' ', look.title);
	if (!st->seen)
		return;
	canvas_text(c, r.x + 2, r.y + 1, r.w - 4, STYLE(INK_MUTED), or_empty(st->in));
	if (!st->out || !*st->out)
		return;
	canvas_put(c, r.x + 2, r.y + 2, 0x2192, STYLE(INK_GOOD));
	canvas_text(c, r.x + 4, r.y + 2, r.w - 6, STYLE(INK_NONE), st->out);
}

void panel_pipeline(const struct scene *s, struct canvas *c, struct rect r)
{
	for (int i = 0; i < STAGE_N; i++) {
		int x = r.x + r.w * i / STAGE_N, next = r.x + r.w * (i + 1) / STAGE_N;
		const struct history_stage *st = &s->history->stages[i];
		bool last = i == STAGE_N - 1;
		if (r.h < 4) {
			draw_line(st, i, c, (struct rect){x + 1, r.y, next - x, r.h}, last);
			continue;
		}
		draw_card(st, i, c, (struct rect){x, r.y, next - x - !last, 4});
		if (!last)
			canvas_put(c, next - 1, r.y + 1, 0x25B8,
				   STYLE(st->seen ? INK_ACCENT : INK_FRAME));
	}
}
