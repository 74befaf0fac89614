/* What an experiment says of learning itself: the optimiser and its numbers, and what pictures of
 * each class weigh.
 */
#ifndef THAW_TRAIN_OPTIMIZING_H
#define THAW_TRAIN_OPTIMIZING_H

#include "preflight.h"

/* What every step of the experiment has in common; pictures, rate and dropout are to be added. It
 * borrows p->class_weights. */
struct step optimizing_step(const struct preflight *p);

/* Fill p->class_weights from train.class_weights and the training pictures as they are now:
 * balanced is n / (classes * n_c), as scikit-learn's compute_class_weight(); a class that a map does
 * not name weighs 1. Errors: ERR_VALUE, a name that is no class, with its place. */
enum err optimizing_weigh(struct preflight *p, struct errinfo *e);

/* Warn of a cfg whose adam=1 is not obeyed, and of rates that are for another optimiser. */
void optimizing_warn(struct preflight *p);

/* "sgd, momentum 0.9" or "adamw, b1 0.9, b2 0.999". */
void optimizing_words(const struct experiment *x, struct strbuf *out);

/* "none", "balanced" or "by name". */
const char *optimizing_weighting(const struct experiment *x);

/* Numbers that the optimiser keeps of each that learns. */
int optimizing_moments(const struct experiment *x);

/* Lines of a check's report. */
void optimizing_report(const struct preflight *p, FILE *out);

#endif
