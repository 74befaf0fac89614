/* The quiz, in the place of the Learn page: one question at a time, then the result. */
#include "panel.h"
#include "prose.h"
#include "thaw/tui/action.h"
#include "thaw/base/words.h"
#include "thaw/learn/quiz_round.h"

#include <stdio.h>

#define READABLE_W 88

/* How much is left out where rows are dear. */
enum brevity { WHOLE, NO_GAPS, ANSWERS_ONLY, BREVITY_N };

static void gap(struct prose *p, enum brevity brief)
{
	if (brief == WHOLE)
		prose_gap(p);
}

static void add_choice(struct prose *p, const struct quiz_item *item, int i, int cursor)
{
	const bool open = item->given < 0, right = !open && i == item->right,
		   wrong = !open && i == item->given && !right;
	char text[1100];
	snprintf(text, sizeof(text), "%c  %s", 'a' + i, item->choices[i]);
	enum ink ink = open ? INK_NONE : right ? INK_GOOD : wrong ? INK_BAD : INK_MUTED;
	size_t at = prose_hang(p, 3, 3, STYLE(ink), text);
	if (open && i == cursor) {
		prose_select(p, at);
		prose_mark(p, at, 0x25B8, STYLE(INK_ACCENT));
	} else if (right || wrong) {
		prose_mark(p, at, right ? 0x2713 : 0x2717, STYLE(ink));
	}
}

static void add_verdict(struct prose *p, const struct quiz_item *item)
{
	bool right = item->given == item->right;
	char text[64];
	snprintf(text, sizeof(text), right ? "Right." : "Not so: it is %c.", 'a' + item->right);
	prose_add(p, 1, STYLE_BOLD(right ? INK_GOOD : INK_BAD), text);
	prose_add(p, 1, STYLE(INK_NONE), item->explain);
}

static void add_item(struct prose *p, const struct quiz_round *q, enum brevity brief)
{
	const struct quiz_item *item = &q->items[q->at];
	prose_add(p, 1, STYLE_BOLD(INK_TITLE), item->text);
	gap(p, brief);
	for (int i = 0; i < item->n_choices; i++)
		if (brief < ANSWERS_ONLY || item->given < 0 || i == item->given || i == item->right)
			add_choice(p, item, i, q->cursor);
	gap(p, brief);
	if (item->given >= 0)
		add_verdict(p, item);
}

/* The score, and what to read again. */
static void add_result(struct prose *p, const struct quiz_round *q, const struct scores *s)
{
	char text[160];
	snprintf(text, sizeof(text), "%zu of %zu right", q->n_right, q->n);
	prose_add(p, 1, STYLE_BOLD(q->n_right == q->n ? INK_GOOD : INK_TITLE), text);
	snprintf(text, sizeof(text), "best of %s: %lld of %lld", words_n(s->tries, "try"),
		 (long long)s->best_right,
		 (long long)s->best_asked);
	if (s->best_asked)
		prose_add(p, 1, STYLE(INK_MUTED), text);
	prose_gap(p);
	if (q->n_right < q->n)
		prose_add(p, 1, STYLE_BOLD(INK_TITLE), "Worth another look");
	for (size_t i = 0; i < q->n; i++) {
		const struct quiz_item *item = &q->items[i];
		if (item->given == item->right)
			continue;
		prose_mark(p, prose_add(p, 3, STYLE(INK_NONE), item->text), 0x2717, STYLE(INK_BAD));
		prose_mark(p, prose_add(p, 3, STYLE(INK_GOOD), item->choices[item->right]), 0x2713,
			   STYLE(INK_GOOD));
	}
}

static void keys_of(const struct view *v, char *out, size_t size)
{
	const struct quiz_round *q = v->round;
	const char *leaves = action_call("quiz", v->mode, PAGE_LEARN);
	if (quiz_round_over(q))
		snprintf(out, size, "Enter tries again · ↑ ↓ scroll · %s leaves", leaves);
	else if (q->items[q->at].given >= 0)
		snprintf(out, size, "Enter goes on · %s leaves", leaves);
	else
		snprintf(out, size, "a-%c, or ↑ ↓ and Enter, answer · %s leaves",
			 'a' + q->items[q->at].n_choices - 1, leaves);
}

static void note_progress(const struct quiz_round *q, struct canvas *c, struct rect r)
{
	char text[64];
	if (quiz_round_over(q))
		return;
	snprintf(text, sizeof(text), "%zu of %zu, %zu right", q->at + 1, q->n, q->n_right);
	panel_note(c, r, 0, STYLE(INK_ACCENT), text);
}

void panel_quiz(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct quiz_round *q = s->view->round;
	struct prose p = {0};
	if (!q)
		return;
	struct rect body = {r.x, r.y, r.w, r.h > 4 ? r.h - 1 : r.h};
	int width = r.w - 2 < READABLE_W ? r.w - 2 : READABLE_W, top = 0;
	for (int brief = 0; brief < BREVITY_N; brief++) {
		prose_release(&p);
		prose_init(&p, c, width);
		if (quiz_round_over(q))
			add_result(&p, q, &s->view->scores);
		else
			add_item(&p, q, (enum brevity)brief);
		if ((int)p.n <= body.h)
			break;
	}
	int most = prose_most(&p, body.h);
	if (quiz_round_over(q))
		top = q->down < most ? q->down : most;
	else if (q->items[q->at].given >= 0 || q->cursor > 1)
		top = most; /* the explanation, or the choice under the cursor, must be seen */
	if (r.w > READABLE_W + 8 &&
	    (int)p.n + 8 <= body.h) /* not into the corner of a large screen */
		body = (struct rect){r.x + (r.w - READABLE_W) / 2, r.y + body.h / 8, READABLE_W,
				     body.h - body.h / 8};
	prose_draw(&p, c, body, top);
	note_progress(q, c, r);
	char keys[96];
	keys_of(s->view, keys, sizeof(keys));
	if (r.h > 4)
		canvas_text(c, body.x + 1, r.y + r.h - 1, r.w - 2, STYLE(INK_MUTED), keys);
	prose_release(&p);
}
