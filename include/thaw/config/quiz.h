/* Reads the quiz: a YAML list of questions, each with id, question, choices, answer, explain and,
 * where it asks something of the run on screen, needs.
 *
 *	- id: low-rate
 *	  question: Why is the rate of fine-tuning {lr_ratio} times lower?
 *	  choices: [The thawed layers …, …]
 *	  answer: a                    # a letter: the first choice; the viewer shuffles them
 *	  explain: Layers that …
 *	  here: In this run the rate fell from {lr_head} to {lr_tune}.   # may be left out
 *	  needs: [thawed, epochs 6]    # one of quiz_needs, or epochs that have ended
 *
 * Invariant: every {fact} and every need of a quiz that was read is one of base/quiz.h.
 */
#ifndef THAW_CONFIG_QUIZ_H
#define THAW_CONFIG_QUIZ_H

#include "thaw/base/err.h"
#include "thaw/base/quiz.h"

/* Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (not YAML), ERR_VALUE; msg is "FILE:LINE:COLUMN: what;
 * how to mend it", line and col are set; on error *out is untouched */
enum err quiz_load(const char *path, struct quiz *out, struct errinfo *e);

/* The same from bytes; `path` names them in messages. */
enum err quiz_parse(struct quiz *out, const char *path, const char *data, size_t len,
		    struct errinfo *e);

#endif
