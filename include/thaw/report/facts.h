/* What a run is and came to, as pairs of a name and a few words: the head of a document. What its
 * log does not tell is not among them. */
#ifndef THAW_REPORT_FACTS_H
#define THAW_REPORT_FACTS_H

#include "thaw/base/strbuf.h"
#include "thaw/history/history.h"
#include "thaw/report/times.h"

#include <stddef.h>

#define REPORT_FACTS_MAX 32

struct report_facts {
	struct {
		const char *name; /* static */
		char *text;       /* owned, never "" */
	} facts[REPORT_FACTS_MAX];
	size_t n;
};

void report_facts(struct report_facts *f, const struct history *h, const struct times *t);
void report_facts_release(struct report_facts *f);

/* "epoch 7 of 10, validation accuracy 91.5 %, loss 0.301", appended; nothing when there is none. */
void report_best_words(const struct history *h, struct strbuf *out);

#endif
