#include "cuda.h"
#include "card.h"
#include "dnn.h"
#include "nvml.h"

#include "thaw/base/rng.h"

#include <stdio.h>

static const struct layer_kind kinds[] = {
    {CONVOLUTIONAL, card_convolutional},
    {CONNECTED, card_connected},
    {BATCHNORM, card_batchnorm},
    {ACTIVE, card_activation},
    {MAXPOOL, card_maxpool},
    {AVGPOOL, card_avgpool},
    {ROUTE, card_route},
    {SHORTCUT, card_shortcut},
    {UPSAMPLE, card_upsample},
    {DROPOUT, card_dropout},
    {CROP, card_crop},
    {SOFTMAX, card_softmax},
    {COST, plan_pass_on},
    {.add = NULL},
};

/* kernels.h counts activations as Darknet does. */
_Static_assert(ACT_LOGISTIC == (int)LOGISTIC && ACT_RELU == (int)RELU && ACT_LINEAR == (int)LINEAR &&
		   ACT_LEAKY == (int)LEAKY && ACT_ELU == (int)ELU && ACT_STAIR == (int)STAIR &&
		   ACT_SELU == (int)SELU,
	       "activations are numbered otherwise");
_Static_assert(STREAM_AUGMENT == (int)RNG_AUGMENT && STREAM_DROPOUT == (int)RNG_DROPOUT,
	       "streams are numbered otherwise");

static char name[1024];

static const char *device(void)
{
	return name;
}

static int block(int channels)
{
	return channels;
}

static const struct queue queue = {.play = recording_play,
				   .forget = recording_forget,
				   .inputs = card_step_inputs,
				   .score = card_score,
				   .results = card_results};

/* Sixteen pictures a lane: with fewer, weights are read too often; with more, a few pictures would
 * cost as much as many. */
const struct backend cuda_backend = {.name = "cuda",
				     .kinds = kinds,
				     .queue = &queue,
				     .lane_pictures = 16,
				     .max_lanes = 1,
				     .device = device,
				     .block = block,
				     .clock = cuda_clock,
				     .alloc = cuda_alloc,
				     .release = cuda_release,
				     .clear = cuda_clear,
				     .copy = cuda_copy,
				     .free_bytes = cuda_free_bytes,
				     .gather = card_gather,
				     .upload = card_upload,
				     .download = card_download,
				     .layout_floats = card_layout_floats,
				     .update = card_update};

enum err cuda_open(int ordinal, enum precision wanted, struct errinfo *e)
{
	enum err r = driver_open(e);
	if (!r)
		r = stream_open(ordinal, e);
	if (!r)
		r = dnn_open(cuda_stream(), e);
	if (r)
		return r;
	card_set_precision(wanted);
	const char *version = nvml_driver_version();
	snprintf(name, sizeof(name), "cuda:%d %s, %s%s%s%s, %s", ordinal, stream_card(),
		 *version ? "driver " : "", version, *version ? ", " : "", dnn_words(),
		 precision_name(wanted));
	return ERR_OK;
}

bool cuda_seen(void)
{
	return driver.cuInit != NULL;
}

bool cuda_measure(struct device_use *out)
{
	return nvml_measure(stream_pci_bus_id(), out);
}

bool cuda_memory(uint64_t *free_bytes, uint64_t *total_bytes)
{
	size_t rest = 0, total = 0;
	CU(cuMemGetInfo_v2, &rest, &total);
	*free_bytes = rest;
	*total_bytes = total;
	return true;
}
