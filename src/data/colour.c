#include "colour.h"

#include "thaw/base/simd.h"

#include <math.h>

/* Comparisons, not fminf(): these become single vector instructions. */
static inline float lesser(float a, float b)
{
	return a < b ? a : b;
}

static inline float greater(float a, float b)
{
	return a > b ? a : b;
}

/* `a` if `first`, else `b`, without a branch: the loop must become vector code. Both are finite. */
static inline float choose(int first, float a, float b)
{
	float share = (float)first;
	return share * a + (1 - share) * b;
}

/* Back into [0, 6), give or take rounding, from at most one turn off. */
static inline float turned(float hue)
{
	int turns = (int)(hue * (1 / 6.0f) + 1) - 1;
	return hue - 6 * (float)turns;
}

/* One channel of (hue, saturation, value): `turn` is 5 for red, 3 for green, 1 for blue; hue in
 * [0, 6). The ramp is the piecewise-linear form of the six sectors. */
static inline float channel(float turn, float hue, float value, float chroma)
{
	float k = turned(turn + hue);
	float rise = 2 - fabsf(k - 2);
	float ramp = 0.5f * (fabsf(rise) - fabsf(rise - 1) + 1); /* rise, held to [0, 1] */
	return greater(lesser(value - chroma * ramp, 1), 0);
}

SIMD(, colour_row, (const struct colour_shift *s, float *restrict red, float *restrict green,
      float *restrict blue, size_t n),
     (s, red, green, blue, n))
{
	float hue_shift = 6 * (s->hue - floorf(s->hue)), saturation = s->saturation * s->exposure,
	      exposure = s->exposure;
	for (size_t i = 0; i < n; i++) {
		float r = red[i], g = green[i], b = blue[i];
		float most = greater(greater(r, g), b), delta = most - lesser(lesser(r, g), b);
		float scale = 1 / (delta + 1e-12f);
		float hue = choose(g == most, 2 + (b - r) * scale, 4 + (r - g) * scale);
		hue = turned(hue_shift + choose(r == most, (g - b) * scale, hue));
		/* chroma = saturation * value = delta, scaled by both factors */
		float value = most * exposure, chroma = delta * saturation;
		red[i] = channel(5, hue, value, chroma);
		green[i] = channel(3, hue, value, chroma);
		blue[i] = channel(1, hue, value, chroma);
	}
}
