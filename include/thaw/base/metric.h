/* The figure by which an epoch is judged: which epoch is the best, whether a rule sees a gain.
 *
 * It is written accuracy, loss, f1 (the mean of the classes' F1), or recall:CLASS. What its value
 * is in an epoch is told by history.h. Of the loss less is better, of all others more.
 */
#ifndef THAW_BASE_METRIC_H
#define THAW_BASE_METRIC_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>

enum metric_kind { METRIC_ACCURACY, METRIC_LOSS, METRIC_F1, METRIC_RECALL, METRIC_N };

struct metric {
	enum metric_kind kind;
	const char *of; /* the class of METRIC_RECALL; borrowed from the text; else NULL */
};

/* NULL and "" are accuracy. False: it is none, and *m is accuracy. */
bool metric_parse(const char *text, struct metric *m);

/* The names to choose from, NULL-terminated; recall: wants a class behind it. */
extern const char *const metric_names[];

/* Is `now` better than `before` by more than `least`? */
bool metric_gains(const struct metric *m, double now, double before, double least);
/* Is it at least as good as `wanted`? */
bool metric_reaches(const struct metric *m, double now, double wanted);

/* In words: "accuracy", "loss", "macro F1", "recall of rose". */
void metric_words(const struct metric *m, struct strbuf *out);

#endif
