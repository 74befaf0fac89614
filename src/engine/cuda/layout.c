/* Weights as cuDNN reads them with channels innermost: [out][size][size][c], where Darknet has
 * [out][c][size][size]; those that do not learn may be bf16. */
#include "card.h"
#include "bf16.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>
#include <string.h>

struct weights_layout {
	int out_c, c, pixels; /* pixels: of a kernel */
	bool half;
	struct weights_layout *next;
};

const struct weights_layout *card_weights_layout(int out_c, int c, int size, bool half)
{
	static struct weights_layout *known;
	for (struct weights_layout *l = known; l; l = l->next)
		if (l->out_c == out_c && l->c == c && l->pixels == size * size && l->half == half)
			return l;
	struct weights_layout *l = xcalloc(1, sizeof(*l));
	*l = (struct weights_layout){out_c, c, size * size, half, known};
	return known = l;
}

size_t card_layout_floats(const struct weights_layout *l)
{
	size_t n = (size_t)l->out_c * (size_t)l->c * (size_t)l->pixels;
	return l->half ? (n + 1) / 2 : n;
}

/* to[out][cols][rows] = from[out][rows][cols] */
static void turn(const float *from, float *to, int out_c, int rows, int cols)
{
	size_t each = (size_t)rows * (size_t)cols;
	for (int o = 0; o < out_c; o++)
		for (int r = 0; r < rows; r++)
			for (int c = 0; c < cols; c++)
				to[(size_t)o * each + (size_t)c * (size_t)rows + (size_t)r] =
				    from[(size_t)o * each + (size_t)r * (size_t)cols + (size_t)c];
}

static bool turned(const struct weights_layout *l)
{
	return l && l->pixels > 1 && l->c > 1;
}

void card_upload(const float *host, size_t n, const struct weights_layout *l, float *to)
{
	float *out = turned(l) || (l && l->half) ? xcalloc(n, sizeof(*out)) : NULL;
	const float *from = host;
	size_t bytes = n * sizeof(*host);
	if (turned(l)) {
		turn(host, out, l->out_c, l->c, l->pixels);
		from = out;
	}
	if (l && l->half) {
		bf16_narrow(from, n, out);
		from = out;
		bytes /= 2;
	}
	cuda_to_card(to, from, bytes);
	free(out);
}

void card_download(const float *from, const struct weights_layout *l, size_t n, float *host)
{
	if (!turned(l)) {
		cuda_to_host(host, from, n * sizeof(*host));
		return;
	}
	float *in = xcalloc(n, sizeof(*in));
	cuda_to_host(in, from, n * sizeof(*in));
	turn(in, host, l->out_c, l->pixels, l->c);
	free(in);
}
