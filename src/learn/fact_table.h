/* Inside facts: the table of them. */
#ifndef LEARN_FACT_TABLE_H
#define LEARN_FACT_TABLE_H

#include "thaw/learn/facts.h"

struct fact {
	const char *name;
	void (*add)(const struct facts *f, struct strbuf *out); /* nothing when it is not known */
};

extern const struct fact fact_table[];
extern const size_t n_facts;

#endif
