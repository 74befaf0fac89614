/* What a list shows of a run: the rows of `thaw ls` and of the browser, the lines of its index, and
 * those that come from other machines.
 *
 * It is made of a history and of what the run's directory tells; it is not the history, and nothing
 * can be folded on. As text it is one JSON object on one line, whose fields are the members below by
 * name; a reader skips those that it does not know, and what is absent is 0, "", or not measured.
 * Texts are as they were written: whoever shows them goes by plain.h.
 *
 * Invariant: texts are never NULL but for those that say so, and at most RUN_SUMMARY_TEXT bytes;
 * the curve has at most RUN_CURVE_MAX points, ascending by epoch, with finite accuracies: in one that
 * was decoded, too, whatever the line held. It owns what it points to.
 */
#ifndef THAW_RUN_SUMMARY_H
#define THAW_RUN_SUMMARY_H

#include "thaw/base/err.h"
#include "thaw/base/opt_double.h"
#include "thaw/base/strbuf.h"
#include "thaw/run/run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUN_SUMMARY_TEXT 4096          /* bytes of one text; more is cut off */
#define RUN_SUMMARY_LINE_MAX (1 << 19) /* bytes of a line, newline included */
#define RUN_CURVE_MAX 64

struct run_point { /* of the validation after an epoch */
	int64_t epoch;
	double acc;
	struct opt_double loss;
};

struct run_summary {
	const char *name, *path; /* of the directory, where it is */
	int64_t status;          /* enum run_status, written by name */
	const char *unsaved;     /* why it waits, for it cannot save; NULL: it can */
	const char *error; /* why its log cannot be read; then nothing below counts. NULL: it can */
	const char *asks;  /* it is paused after accidents, which were; NULL: it asks nothing */
	const char *doing; /* besides plain training: "validating 40 %", "paused"; "" */
	const char *why;   /* it ended, in words; "" before */
	bool resumable;    /* not at work, not finished, and a checkpoint is there */
	int64_t started;   /* its (last) trainer, ms since 1970; 0 = not known */
	int64_t changed;   /* its log, ms since 1970 */
	int64_t log_bytes;
	int64_t seq; /* of the last event */

	int64_t n_epochs;              /* done */
	int64_t epoch, epochs;         /* the one being trained, 1-based; as planned */
	int64_t iteration, iterations; /* done, and of one epoch */
	double progress;               /* 0..1 */
	struct opt_double eta_ms;      /* until it ends; absent where that is not known */
	double seconds;                /* that it took so far, by its own clock */
	const char *phase;

	struct opt_double best_acc; /* validation accuracy, a share; in epoch best_epoch */
	int64_t best_epoch;         /* 0 = none */
	struct opt_double last_acc, last_loss, train_loss; /* of the last epoch */
	struct opt_double lr, speed;                       /* now; images a second */
	const char *observation;                           /* of the last epoch, in few words */
	struct run_point *curve; /* thinned: highest and lowest accuracies stay, and the last */
	size_t n_curve;

	const char *device; /* its name, and of a run that goes on how busy it is */
	const char *lately; /* how busy of late, a block of text each; "" */

	const char *cfg, *weights, *data; /* paths as given */
	int64_t n_classes, n_train, n_valid, input_w, input_h, batch, seed;
	const char *optimizer, *phases; /* "head 5 x 0.01, tune 5 x 0.0001" */
	const char *parent;             /* the run that it branched off; "" */
};

/* What is known of a run besides its log; all borrowed. */
struct run_facts {
	const char *path; /* named after its last part */
	enum run_status status;
	const char *unsaved; /* NULL: nothing keeps it from saving */
	bool resumable;
	int64_t changed, log_bytes;
};

/* Fill `s`, which needs no init. Release it. */
void run_summary_make(struct run_summary *s, const struct run_facts *f, const struct history *h);

/* The same of one whose log cannot be read; f->status does not count. */
void run_summary_broken(struct run_summary *s, const struct run_facts *f, const char *error);

/* Where a trainer is at work. */
bool run_summary_live(const struct run_summary *s);

/* Append it as one line, newline included. */
void run_summary_encode(const struct run_summary *s, struct strbuf *out);

/* Errors: ERR_FORMAT (no summary, too long, a status that is not known here); *s is zeroed then, and
 *         needs no release */
enum err run_summary_decode(struct run_summary *s, const char *line, size_t len, struct errinfo *e);

void run_summary_copy(struct run_summary *to, const struct run_summary *from);
void run_summary_release(struct run_summary *s); /* a zeroed one is allowed */

#endif
