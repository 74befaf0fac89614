/* The quiz of the Learn page as its file has it: questions, choices, answers, explanations.
 *
 * Texts may hold {facts} of the run on screen, e.g. {lr_head}; the viewer fills them in, and leaves
 * a question out when the run does not know one, or does not meet what the question needs. The
 * names of facts and needs stand here, so that a reader of the file can refuse others. Ownership:
 * everything belongs to the quiz.
 * Invariant: a quiz that was read has at least one question; no two have one id.
 */
#ifndef THAW_BASE_QUIZ_H
#define THAW_BASE_QUIZ_H

#include <stdbool.h>
#include <stddef.h>

#define QUIZ_MAX_QUESTIONS 64
#define QUIZ_MIN_CHOICES 2
#define QUIZ_MAX_CHOICES 4

/* What may be true of a run; all of them hold of what has happened so far. */
enum quiz_need {
	NEED_PRETRAINED, /* weights were loaded */
	NEED_FROZEN,   /* layers were frozen when training began */
	NEED_THAWED,   /* layers were thawed later, and an epoch has ended since */
	NEED_GAINED,   /* thawed, and the best epoch after is half a point above the last before */
	NEED_DROPPED,  /* thawed, and the first epoch after is half a point below the last before */
	NEED_SLOWER,   /* thawed, at a lower rate than training began with */
	NEED_CACHED,   /* kept outputs of frozen layers have spared work */
	NEED_OVERFIT,  /* an epoch showed overfitting */
	NEED_NONFINITE, /* a loss was not finite */
	NEED_BY_HAND,  /* a person intervened */
	NEED_N
};

extern const char *const quiz_needs[]; /* names, by enum quiz_need; NULL at the end */
extern const char *const quiz_facts[]; /* names of facts; NULL at the end */

struct quiz_question {
	char *id;
	char *text, *explain;
	char *here; /* of this run, behind the explanation if it knows the facts; NULL = nothing */
	char *choices[QUIZ_MAX_CHOICES];
	size_t n_choices, answer; /* answer: index of the right choice */
	unsigned needs;           /* bits 1 << enum quiz_need */
	int epochs;               /* that must have ended */
};

struct quiz {
	struct quiz_question *questions;
	size_t n;
};

void quiz_release(struct quiz *q); /* back to empty */

/* The next {fact} of a text from byte *at on: its name, without braces, and *at behind it. False
 * when there is none; *name is NULL then, or where a brace has no partner. */
bool quiz_next_fact(const char *text, size_t *at, const char **name, size_t *len);

#endif
