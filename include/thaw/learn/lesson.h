/* What the Learn page says, in one table of pieces for the stages and the insight, and one for the
 * points of the trace. Pure text: no drawing.
 */
#ifndef THAW_LEARN_LESSON_H
#define THAW_LEARN_LESSON_H

#include "thaw/learn/facts.h"

enum { LESSON_INSIGHT = STAGE_N, LESSON_N }; /* sections: the stages, then this */

typedef void lesson_fn(void *arg, bool figure, const char *text);

/* Tell a section piece by piece, as far as the run has come; figures are measured, in few words. */
void lesson_tell(const struct facts *f, int section, lesson_fn *tell, void *arg);

/* Append what the point of `f` shows and why, in a few sentences. */
void lesson_point(const struct facts *f, struct strbuf *out);

/* What such an intervention does, in one sentence. */
const char *lesson_marker(enum marker_kind kind);

/* Whether a marker acts on, or happened in, an epoch that followed on `before` (NULL = the
 * first). */
bool lesson_near(const struct history_marker *m, const struct history_epoch *before,
		 const struct history_epoch *e);

#endif
