/* What an experiment's rules ask for, before any epoch: in words, and whether it can be.
 *
 * Three rules end things early or cut the rate: `stop`, `plateau` and each phase's `until`; rules.h
 * carries them out. The words of a rule hold all of its settings: two rules with the same words are
 * the same.
 */
#ifndef THAW_TRAIN_RULE_PLAN_H
#define THAW_TRAIN_RULE_PLAN_H

#include "preflight.h"
#include "thaw/base/metric.h"

struct goal { /* a figure that a phase is to reach */
	struct metric metric;
	double wanted;
	char *class_name; /* what metric.of points to; owned; or NULL */
};

struct goals {
	struct goal *items; /* [n] owned */
	size_t n, cap;
};

/* What a phase is to reach; goals_release() when done. */
struct goals goals_of(const struct until_config *u);
void goals_release(struct goals *g);

/* A rule's metric, of which "best" stands for the run's. */
struct metric rule_metric(const struct experiment *x, const char *text);

/* Appended; false, and nothing appended, where there is no such rule. */
bool rule_stop_words(const struct experiment *x, struct strbuf *out);
bool rule_plateau_words(const struct experiment *x, struct strbuf *out);
bool rule_until_words(const struct phase_config *p, struct strbuf *out);

/* The classes that rules name exist, and there are validation pictures of them.
 * Errors: ERR_VALUE, with the place. */
enum err rule_plan_check(const struct preflight *p, struct errinfo *e);

/* Warn of rules that would leave phases out, or that never come to act. */
void rule_plan_warn(struct preflight *p);

/* Lines of a check's report: all but `until`, and that of phase `i`. */
void rule_plan_report(const struct preflight *p, FILE *out);
void rule_plan_report_until(const struct preflight *p, size_t i, FILE *out);

#endif
