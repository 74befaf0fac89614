#include "rows.h"

#include "thaw/base/alloc.h"
#include "thaw/base/simd.h"

#include <stdlib.h>

void rows_init(struct rows *r, const struct image *im, const struct tap *taps, int n)
{
	float *memory = xcalloc(6 * (size_t)n, sizeof(*memory));
	*r = (struct rows){im, taps, n, {memory, memory + 3 * (size_t)n}, {-1, -1}};
}

void rows_release(struct rows *r)
{
	free(r->row[0]);
	r->row[0] = r->row[1] = NULL;
}

/* The horizontal pass: one source row to three planar rows of n values. */
static void resample_row(const uint8_t *rgb, const struct tap *taps, int n, float *out)
{
	float *red = out, *green = out + n, *blue = out + 2 * (size_t)n;
	for (int i = 0; i < n; i++) {
		const uint8_t *a = rgb + 3 * (size_t)taps[i].at,
			      *b = rgb + 3 * (size_t)taps[i].next;
		float v = taps[i].share, u = 1 - v;
		red[i] = u * a[0] + v * b[0];
		green[i] = u * a[1] + v * b[1];
		blue[i] = u * a[2] + v * b[2];
	}
}

static const float *source_row(struct rows *r, int y)
{
	int slot = y & 1;
	if (r->held[slot] != y) {
		resample_row(r->im->rgb + (size_t)y * (size_t)r->im->w * 3, r->taps, r->n,
			     r->row[slot]);
		r->held[slot] = y;
	}
	return r->row[slot];
}

SIMD(static, mix, (const float *a, const float *b, float u, float v, int n, float *out),
     (a, b, u, v, n, out))
{
	if (!b) {
		for (int i = 0; i < n; i++)
			out[i] = u * a[i];
		return;
	}
	for (int i = 0; i < n; i++)
		out[i] = u * a[i] + v * b[i];
}

void rows_get(struct rows *r, const struct tap *t, float *out, size_t plane)
{
	size_t n = (size_t)r->n;
	const float *a = source_row(r, t->at), *b = t->next < 0 ? NULL : source_row(r, t->next);
	float u = (1 - t->share) / 255, v = t->share / 255;
	for (size_t c = 0; c < 3; c++)
		mix(a + c * n, b ? b + c * n : NULL, u, v, r->n, out + c * plane);
}
