#include "cpu.h"
#include "onednn.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const struct layer_kind kinds[] = {
    {CONVOLUTIONAL, add_convolutional},
    {CONNECTED, add_connected},
    {BATCHNORM, add_batchnorm},
    {ACTIVE, add_activation},
    {MAXPOOL, add_maxpool},
    {AVGPOOL, add_avgpool},
    {ROUTE, add_route},
    {SHORTCUT, add_shortcut},
    {UPSAMPLE, add_upsample},
    {DROPOUT, add_dropout},
    {CROP, add_crop},
    {SOFTMAX, add_softmax},
    {COST, plan_pass_on},
    {LOCAL, add_darknet},
    {NORMALIZATION, add_darknet},
    {DECONVOLUTIONAL, add_darknet},
    {REORG, add_darknet},
    {.add = NULL},
};

static const char *device(void)
{
	static char text[64];
	snprintf(text, sizeof(text), "cpu (%s)", onednn_isa());
	return text;
}

static int block(int channels)
{
	(void)channels;
	return onednn_block();
}

#define LINE ((size_t)64)
#define HUGE_PAGE ((size_t)2 << 20)

/* Large memory in large pages, where the system has them: fewer faults when it is first touched, and
 * blocked tensors are read at steps that would touch a small page each. */
static float *alloc(size_t n)
{
	size_t size = (n * sizeof(float) / LINE + 1) * LINE, whole = size / HUGE_PAGE * HUGE_PAGE;
	void *p = NULL;
	if (posix_memalign(&p, whole ? HUGE_PAGE : LINE, size))
		return xmalloc(size);
	if (whole)
		madvise(p, whole, MADV_HUGEPAGE); /* a wish */
	return p;
}

static void release(float *p)
{
	free(p);
}

static void clear(float *p, size_t n)
{
	memset(p, 0, n * sizeof(*p));
}

static void copy(const float *from, size_t n, float *to)
{
	memcpy(to, from, n * sizeof(*to));
}

static void upload(const float *host, size_t n, const struct weights_layout *layout, float *to)
{
	if (layout)
		weights_from_plain(layout, host, to);
	else
		copy(host, n, to);
}

static void download(const float *from, const struct weights_layout *layout, size_t n, float *host)
{
	if (layout)
		weights_to_plain(layout, from, host);
	else
		copy(from, n, host);
}

/* Two pictures a lane: with one, large weights would be read from memory too often; with four,
 * activations leave the caches. */
const struct backend cpu_backend = {.name = "cpu",
				    .kinds = kinds,
				    .shares_memory = true,
				    .lane_pictures = 2,
				    .device = device,
				    .block = block,
				    .clock = clock_seconds,
				    .alloc = alloc,
				    .release = release,
				    .clear = clear,
				    .copy = copy,
				    .upload = upload,
				    .download = download,
				    .layout_floats = weights_layout_floats,
				    .update = cpu_update};
