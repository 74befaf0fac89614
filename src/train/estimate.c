#include "estimate.h"
#include "mistakes.h"
#include "optimizing.h"
#include "preflight.h"
#include "probes.h"
#include "resume.h"

#include <string.h>

/* Bytes of events, or of their parts, with the longest numbers that are usual. */
enum {
	BEGIN = 16384, /* run, stages, phases, the end, a few notes */
	STEP = 150,        /* one that is told by itself */
	EPOCH = 1024,      /* with its cache, and four checkpoints */
	LAYER = 256,       /* of the table of layers, and what Darknet prints of it */
	LAYER_EPOCH = 160, /* its statistics and digest */
	CLASS = 64,        /* without its name, in an epoch's figures */
	CELL = 3,          /* of the confusion matrix */
	PROBABILITY = 8,
	PICTURE = 160, /* of a probe or a mistake, without path and pixels */
	TRACE = 128,
	MAP = 64,
};

static uint64_t path_bytes(const struct preflight *p)
{
	return p->data->valid.n ? strlen(p->data->valid.samples[0].path) + 32 : 0;
}

static uint64_t n_probes(const struct preflight *p)
{
	uint64_t n = p->x->data.probes > 0 ? (uint64_t)p->x->data.probes : 0;
	return n < p->data->valid.n ? n : p->data->valid.n;
}

static uint64_t class_names(const struct preflight *p)
{
	uint64_t bytes = 0;
	for (size_t i = 0; i < p->data->n_classes; i++)
		bytes += strlen(p->data->classes[i]);
	return bytes;
}

/* One picture that is looked at after an epoch. */
static uint64_t probe_bytes(const struct preflight *p)
{
	const uint64_t map = MAP + NET_MAP_SIDE * NET_MAP_SIDE;
	return PICTURE + p->data->n_classes * PROBABILITY +
	       PROBE_CAM_SIDE * PROBE_CAM_SIDE +
	       NET_TRACES * (TRACE + NET_MAPS * map);
}

static uint64_t epoch_bytes(const struct preflight *p)
{
	uint64_t batch = (uint64_t)p->x->train.batch, classes = p->data->n_classes;
	uint64_t mistakes =
	    n_probes(p) ? MISTAKES_MAX * (PICTURE + path_bytes(p) + MISTAKE_BYTES)
			: 0;
	return (p->data->train.n + batch - 1) / batch * STEP + EPOCH +
	       (uint64_t)net_n_layers(p->net) * LAYER_EPOCH + class_names(p) + classes * CLASS +
	       classes * classes * CELL + mistakes + n_probes(p) * probe_bytes(p);
}

uint64_t estimate_log(const struct preflight *p, int64_t epochs)
{
	uint64_t thumb = PICTURE + path_bytes(p) + THUMB_SIZE * THUMB_SIZE * 3;
	uint64_t begin = BEGIN + (uint64_t)net_n_layers(p->net) * LAYER + class_names(p) * 2 +
			 (p->data->n_bad + p->warnings.n) * (PICTURE + path_bytes(p)) +
			 n_probes(p) * (thumb + probe_bytes(p));
	return begin + (uint64_t)(epochs > 0 ? epochs : 0) * epoch_bytes(p);
}

/* best, last, the one before and the next, and the kept epochs; moments beside each. */
uint64_t estimate_disk(const struct preflight *p)
{
	uint64_t weights = 0, moments = 0;
	for (int i = 0; i < net_n_layers(p->net); i++) {
		struct layer_info info;
		net_layer(p->net, i, &info);
		weights += info.weight_bytes;
		moments += info.n_params * sizeof(float) * (uint64_t)optimizing_moments(p->x);
	}
	int64_t epochs = experiment_epochs(p->x);
	if (p->resume) /* the others are there already */
		return weights + moments + estimate_log(p, epochs - p->resume->state.epochs_done);
	uint64_t keep = (uint64_t)(p->x->train.keep > 0 ? p->x->train.keep : 0);
	return (weights + moments) * (4 + keep) + estimate_log(p, epochs);
}
