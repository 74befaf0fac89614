#include "quiz_keys.h"

#include "panel.h"
#include "thaw/base/clock.h"
#include "thaw/tui/action.h"
#include "thaw/learn/quiz_round.h"

#include <stddef.h>

static void begin_round(struct tui *t)
{
	quiz_round_free(t->view.round);
	t->view.round = quiz_round_new(t->quiz, &t->timeline.history, t->view.scores.tries + 1);
	t->view.quiz_on = t->view.round != NULL;
	if (!t->view.round)
		app_say(t, MESSAGE_INFO, "no question suits a run that has shown so little yet");
}

void quiz_toggle(struct tui *t, int arg)
{
	struct view *v = &t->view;
	(void)arg;
	bool leaves = v->quiz_on && v->page == PAGE_LEARN;
	v->page = PAGE_LEARN;
	if (!t->quiz)
		app_say(t, MESSAGE_BAD, "no quiz: %s", v->quiz_why);
	else if (leaves)
		v->quiz_on = false;
	else if (v->round && !quiz_round_over(v->round))
		v->quiz_on = true; /* where it was left */
	else
		begin_round(t);
}

static void keep_score(struct tui *t)
{
	const struct quiz_round *r = t->view.round;
	struct score score = {.at = clock_unix_ms() / 1000,
			      .asked = (int64_t)r->n,
			      .right = (int64_t)r->n_right,
			      .run = t->timeline.history.run.name};
	struct errinfo e = {.code = ERR_OK};
	if (scores_add(t->scores_path, &score, &t->view.scores, &e))
		app_say(t, MESSAGE_BAD, "the score is not kept: %s", e.msg);
}

static void go_on(struct tui *t)
{
	struct quiz_round *r = t->view.round;
	if (quiz_round_over(r)) {
		begin_round(t);
	} else if (quiz_round_next(r)) {
		if (quiz_round_over(r))
			keep_score(t);
	} else {
		quiz_round_answer(r, r->cursor);
	}
}

static void move(struct quiz_round *r, int rows)
{
	if (quiz_round_over(r)) {
		r->down = r->down + rows < 0 ? 0 : r->down + rows;
		return;
	}
	int n = r->items[r->at].n_choices;
	r->cursor = (r->cursor + rows + n) % n;
}

/* A letter that could be meant as an answer is none of another kind. */
static void answer(struct tui *t, int choice)
{
	struct quiz_round *r = t->view.round;
	bool asked = !quiz_round_over(r) && r->items[r->at].given < 0;
	if (!quiz_round_answer(r, choice) && asked)
		app_say(t, MESSAGE_INFO, "the answers here are a to %c",
			'a' + r->items[r->at].n_choices - 1);
}

#define LETTERS_MOST 8 /* a to h are tried as answers, however few there are */

bool quiz_key(struct tui *t, int key)
{
	const struct view *v = &t->view;
	if (!v->quiz_on || v->page != PAGE_LEARN || v->help)
		return false;
	int choice = key >= 'a' && key < 'a' + LETTERS_MOST       ? key - 'a'
		     : key >= '1' && key < '1' + QUIZ_MAX_CHOICES ? key - '1'
								  : -1;
	if (choice >= 0)
		answer(t, choice);
	else if (key == K_ENTER || key == ' ')
		go_on(t);
	else if (key == K_UP || key == 'k')
		move(v->round, -1);
	else if (key == K_DOWN || key == 'j')
		move(v->round, 1);
	else
		return false;
	return true;
}

void summary_toggle(struct tui *t, int arg)
{
	struct view *v = &t->view;
	(void)arg;
	bool shown = view_summary(v);
	if (!view_at_end(v)) {
		app_say(t, MESSAGE_INFO,
			v->mode == VIEW_LIVE
			    ? "the summary comes when the run has ended"
			    : "the summary is at the end of the run: End goes there");
		return;
	}
	v->page = PAGE_TRAIN;
	v->summary = !shown;
	v->summary_down = 0;
}
