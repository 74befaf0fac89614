/* What batch-norm multiplies a channel by, for descent in the folded weights. */
#include "cpu.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>

float channel_gain(struct params *ps, size_t channel)
{
	const struct param *scale = params_get(ps, ARRAY_SCALES),
			   *variance = params_get(ps, ARRAY_VARIANCE);
	const float *s = ps->training ? scale->value : scale->rest,
		    *v = ps->training ? variance->value : variance->rest;
	return s[channel] / (sqrtf(v[channel]) + .000001f);
}

/* A channel that is almost switched off is not sped up without bound. */
static const float smallest_square = 1e-4f;

float folded_gain(struct params *ps, size_t channel)
{
	return fmaxf(fabsf(channel_gain(ps, channel)), sqrtf(smallest_square));
}

/* Scales and statistics stay as they are while a layer descends in its folded weights. */
const float *measured_gain(struct params *ps, struct param *w)
{
	if (w->gain)
		return w->gain;
	size_t channels = params_get(ps, ARRAY_SCALES)->n_rest, row = w->n_rest / channels;
	float *plain = xcalloc(w->n_rest, sizeof(*plain));
	for (size_t i = 0; i < w->n_rest; i++)
		plain[i] = folded_gain(ps, i / row);
	w->gain = ps->backend->alloc(w->n);
	ps->backend->clear(w->gain, w->n);
	ps->backend->upload(plain, w->n_rest, w->layout, w->gain);
	free(plain);
	return w->gain;
}
