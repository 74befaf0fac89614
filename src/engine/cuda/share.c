/* What the units share: the type of their tensors, and how their kernels are shared out. */
#include "card.h"

static enum precision precision;

void card_set_precision(enum precision p)
{
	precision = p;
}

enum precision card_precision(void)
{
	return precision;
}

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
