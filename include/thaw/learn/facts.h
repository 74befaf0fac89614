/* What a run has shown so far, in words: the {facts} of lessons and quiz questions, and what may be
 * needed of a run for them to make sense.
 *
 * All pure functions of the history. Invariant: every name of
 * quiz_facts[] (base/quiz.h) is known here.
 */
#ifndef THAW_LEARN_FACTS_H
#define THAW_LEARN_FACTS_H

#include "thaw/base/quiz.h"
#include "thaw/base/strbuf.h"
#include "thaw/history/history.h"

#include <stdbool.h>

struct facts {
	const struct history *history;
	const struct history_epoch *point; /* of facts about one epoch; NULL = there is none */
};

/* Append a text with its {facts} filled in. False, with nothing appended, when the run does not
 * know one of them. */
bool facts_fill(const struct facts *f, const char *text, struct strbuf *out);

/* Whether there is a fact of that name, known to this run or not. */
bool facts_has(const char *name, size_t len);

/* Whether all needs (bits 1 << enum quiz_need) hold. */
bool facts_meet(const struct facts *f, unsigned needs);

#endif
