/* One try of the quiz: the questions that suit the run, filled in as it stood when the try began,
 * their choices shuffled, and the answers given so far.
 *
 * The order of the choices is drawn by counter from the number of the try and of the question, so
 * that positions cannot be learnt. Invariant: n_right counts the items whose `given` is `right`;
 * at == n means that all are answered.
 */
#ifndef THAW_LEARN_QUIZ_ROUND_H
#define THAW_LEARN_QUIZ_ROUND_H

#include "thaw/base/quiz.h"
#include "thaw/history/history.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct quiz_item {
	char *text, *explain; /* filled in */
	char *choices[QUIZ_MAX_CHOICES];
	int n_choices, right, given; /* right, given: index of a choice; given -1 = not yet */
};

struct quiz_round {
	struct quiz_item *items;
	size_t n, at;   /* at: of the item that is shown */
	size_t n_right; /* of those answered */
	int cursor;     /* the choice under it */
	int down;       /* rows that the result is scrolled down */
};

/* Begin a try. NULL when no question suits the run. `try` counts from 1. */
struct quiz_round *quiz_round_new(const struct quiz *q, const struct history *h, int64_t try);
void quiz_round_free(struct quiz_round *r); /* NULL is allowed */

/* Answer the item that is shown; false when it has been answered, or has no such choice. */
bool quiz_round_answer(struct quiz_round *r, int choice);

/* On to the next item once this one is answered; false when it is not. */
bool quiz_round_next(struct quiz_round *r);

/* All are answered, and the last explanation was read. */
bool quiz_round_over(const struct quiz_round *r);

#endif
