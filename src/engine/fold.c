#include "fold.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <string.h>

float *fold_plain(struct params *ps, int out_c, float *bias)
{
	params_sync(ps);
	const struct param *w = params_get(ps, ARRAY_WEIGHTS), *b = params_get(ps, ARRAY_BIASES),
			   *scale = params_get(ps, ARRAY_SCALES);
	float *plain = xcalloc(w->n_rest, sizeof(*plain));
	memcpy(plain, w->rest, w->n_rest * sizeof(*plain));
	memcpy(bias, b->rest, (size_t)out_c * sizeof(*bias));
	if (!scale)
		return plain;
	const float *mean = params_get(ps, ARRAY_MEAN)->rest,
		    *variance = params_get(ps, ARRAY_VARIANCE)->rest;
	size_t row = w->n_rest / (size_t)out_c;
	for (int o = 0; o < out_c; o++) {
		float a = scale->rest[o] / (sqrtf(variance[o]) + .000001f);
		bias[o] -= mean[o] * a;
		for (size_t i = 0; i < row; i++)
			plain[(size_t)o * row + i] *= a;
	}
	return plain;
}
