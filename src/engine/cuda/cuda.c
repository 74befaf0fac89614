#include "cuda.h"
#include "card.h"
#include "dnn.h"
#include "nvml.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

static char name[1024];
static enum precision precision;

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

enum precision card_precision(void)
{
	return precision;
}

enum err cuda_open(int ordinal, enum precision wanted, struct errinfo *e)
{
	enum err r = driver_open(e);
	if (!r)
		r = stream_open(ordinal, e);
	if (!r)
		r = dnn_open(cuda_stream(), e);
	if (r)
		return r;
	precision = wanted;
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

/* ---- what units share ---- */

int card_rows(const struct tensor *t)
{
	return t->n * t->h * t->w;
}

enum { ROWS_A_THREAD = 4 };

unsigned rows_blocks(int rows, int c, unsigned most, unsigned *across)
{
	int quads = c % 4 ? c : c / 4, lanes = quads < NORM_LANES ? quads : NORM_LANES;
	int each = BLOCK_THREADS / lanes * ROWS_A_THREAD;
	unsigned blocks = (unsigned)((rows + each - 1) / each);
	*across = (unsigned)((quads + NORM_LANES - 1) / NORM_LANES);
	return blocks < most ? blocks : most;
}

unsigned each_blocks(long n)
{
	long blocks = (n + BLOCK_THREADS - 1) / BLOCK_THREADS;
	return blocks < 1 ? 1 : blocks > 16384 ? 16384 : (unsigned)blocks;
}

struct tensor *card_tensor(struct plan *p, int c, int h, int w, enum layout layout, bool grad)
{
	bool half = precision == PRECISION_BF16 && layout == BLOCKED;
	return (half ? plan_half_tensor : plan_tensor)(p, c, h, w, layout, grad);
}

void card_blend(const float *x, float *y, const struct tensor *t, float alpha, float beta)
{
	struct blend_args a = {.x = x,
			       .y = y,
			       .n = (long)tensor_floats(t),
			       .alpha = alpha,
			       .beta = beta,
			       .half = t->half};
	cuda_launch(KERNEL_blend, each_blocks(a.n / 4), 1, BLOCK_THREADS, &a);
}

void card_gather(const float *const *from, int n, size_t floats, float *to)
{
	for (int at = 0; at < n; at += GATHER_ROWS) {
		int rows = n - at < GATHER_ROWS ? n - at : GATHER_ROWS;
		struct gather_args a = {.to = to + (size_t)at * floats, .floats = (long)floats};
		memcpy(a.from, from + at, (size_t)rows * sizeof(*a.from));
		unsigned blocks = each_blocks(a.floats / 4);
		cuda_launch(KERNEL_gather, blocks < 64 ? blocks : 64, (unsigned)rows, BLOCK_THREADS,
			    &a);
	}
}

bool card_is_slope(ACTIVATION act)
{
	return act == LEAKY || act == RELU || act == RELIE || act == LINEAR;
}
