/* Everything that can be found wrong before a run exists: settings, cfg, weights, images, disk.
 *
 * Cheap checks come first; decoding every picture comes last. What it opens (network with the
 * pretrained weights, data set) is what the run then uses.
 */
#ifndef THAW_TRAIN_PREFLIGHT_H
#define THAW_TRAIN_PREFLIGHT_H

#include "at_end.h"
#include "thaw/base/layerset.h"
#include "thaw/base/warnings.h"
#include "thaw/config/experiment.h"
#include "thaw/data/dataset.h"
#include "thaw/engine/model.h"
#include "thaw/engine/net.h"
#include "thaw/train/trainer.h"

#include <stdio.h>

struct resume;

struct preflight {
	struct resume *resume; /* the run that goes on; NULL: a new one */
	struct experiment *x;
	struct dataset *data;
	uint64_t data_sum; /* dataset_fingerprint() */
	uint64_t loaded_sum; /* of a new run's loaded layers; 0: none were */
	int64_t iters_per_epoch;
	struct net *net;
	struct strbuf model_cfg; /* text of model.cfg */
	struct head_report head;
	struct weights_audit audit;
	struct layerset *frozen;       /* [x->n_phases] when it begins */
	struct layerset *thawed; /* [x->n_phases] when it ends as planned: thawing.h */
	float *class_weights;    /* [data->n_classes]; NULL: none */
	uint64_t disk_need, disk_free; /* bytes */
	struct at_end at_end;	       /* commands for the end */
	uint64_t memory_need, memory_left; /* bytes; of need 0: not known */
	struct warnings warnings;      /* what stands in no way but should be known */
	const char *runs; /* NULL: nothing is to be written */
};

/* Errors: any; one line with its place. `p` is released then. */
enum err preflight_run(struct preflight *p, const struct trainer_options *o, struct errinfo *e);
/* The same for a run that goes on with its last weights, as replan() makes its plan: what it is
 * made of must not have changed. o->experiment is its own file. */
enum err preflight_resume(struct preflight *p, const struct trainer_options *o,
			  struct resume *resume, struct errinfo *e);
void preflight_release(struct preflight *p);

void preflight_report(const struct preflight *p, FILE *out);

/* Parts of the above, for structure.c: on the device that was chosen, the network of the experiment
 * p->x with a new head for `n_classes`, the layers below it from a weights file ("" = none), and
 * lines of the report. */
enum err preflight_open_model(struct preflight *p, int n_classes, struct errinfo *e);
enum err preflight_load_base(struct preflight *p, const char *weights, struct errinfo *e);
void preflight_report_network(const struct preflight *p, FILE *out);
void preflight_report_weights(const struct preflight *p, FILE *out);
void preflight_report_phases(const struct preflight *p, FILE *out);
void preflight_report_device(const struct preflight *p, FILE *out);
void preflight_report_warnings(const struct preflight *p, FILE *out);
/* The last line: `well`, unless there are warnings. */
void preflight_report_verdict(const struct preflight *p, const char *well, FILE *out);

#endif
