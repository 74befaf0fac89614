/* Inside facts: the table of them, and what it shares with the needs. */
#ifndef TUI_FACT_TABLE_H
#define TUI_FACT_TABLE_H

#include "thaw/tui/facts.h"

struct fact {
	const char *name;
	void (*add)(const struct facts *f, struct strbuf *out); /* nothing when it is not known */
};

extern const struct fact fact_table[];
extern const size_t n_facts;

/* The freeze before the first iteration; NULL when nothing was frozen then. */
const struct history_marker *facts_first_freeze(const struct history *h);

/* There is a thaw, with epochs on both sides of it. */
bool facts_thawed(const struct history *h);

/* The rate that training began with, and the one after the thaw: the highest of an epoch, so that a
 * warm-up counts as what it leads to. NaN when not known. */
double facts_rate_head(const struct history *h);
double facts_rate_tune(const struct history *h);

/* The first one; NULL when there is none. */
const struct history_epoch *facts_overfit(const struct history *h);
const struct history_marker *facts_nonfinite(const struct history *h);

#endif
