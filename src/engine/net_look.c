/* Looking at what layers put out: activation maps, and traces of pictures on their way through. */
#include "net_core.h"

#include "thaw/base/alloc.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASS_MAP_MAX = 64 };

/* One channel of one image, side by side. */
static void copy_channel(const struct tensor *t, int i, int c, float *out)
{
	size_t stride;
	const float *v = tensor_channel(t, i, c, &stride);
	for (int k = 0; k < t->h * t->w; k++)
		out[k] = v[(size_t)k * stride];
}

bool net_activation_map(struct net *net, int i, int c, float *map, int *w, int *h)
{
	struct plan *p = net_plan(net, net->batch, false);
	const struct tensor *t = p->head_map;
	if (t->h * t->w <= 1 || t->h > CLASS_MAP_MAX || t->w > CLASS_MAP_MAX || c >= t->c)
		return false;
	copy_channel(t, i, c, map);
	*w = t->w;
	*h = t->h;
	return true;
}

/* Mean over the rows y0..y1-1 and columns x0..x1-1. */
static float box_mean(const float *map, int w, int y0, int y1, int x0, int x1)
{
	double sum = 0;
	for (int y = y0; y < y1; y++)
		for (int x = x0; x < x1; x++)
			sum += (double)map[y * w + x];
	return (float)(sum / ((y1 - y0) * (x1 - x0)));
}

void net_map_resize(const float *map, int w, int h, float *out, int out_w, int out_h)
{
	for (int y = 0; y < out_h; y++)
		for (int x = 0; x < out_w; x++)
			out[y * out_w + x] =
			    box_mean(map, w, y * h / out_h, ((y + 1) * h + out_h - 1) / out_h,
				     x * w / out_w, ((x + 1) * w + out_w - 1) / out_w);
}

/* ---- which layers ---- */

static bool learns(const struct net *net, int layer)
{
	return net->params[layer].n && !layerset_has(&net->frozen, layer);
}

/* The highest frozen layer below the head, the highest below it that learns, the head: those that
 * are not beneath the border, where nothing but the lanes computes. */
static int layers_worth_it(const struct net *net, const struct plan *p, int *out)
{
	int frozen = net->head - 1, fine = net->head - 1, n = 0;
	while (frozen >= 0 && !layerset_has(&net->frozen, frozen))
		frozen--;
	while (fine >= 0 && !learns(net, fine))
		fine--;
	const int found[NET_TRACES] = {frozen < fine ? frozen : fine, frozen < fine ? fine : frozen,
				       net->head};
	int lowest = p->border_layer < 0 ? 0 : p->border_layer;
	for (int i = 0; i < NET_TRACES; i++)
		if (found[i] >= lowest)
			out[n++] = found[i];
	return n;
}

/* ---- figures ---- */

struct looker {
	struct watcher watcher;
	struct net_trace *traces; /* [n][NET_TRACES] */
	int n;
	int layers[NET_TRACES];
	double *means; /* of the channels; scratch */
	size_t cap_means;
};

/* The figures of a layer's whole output, and the mean of each channel. */
static void measure(const struct tensor *t, int i, struct net_trace *out, double *means)
{
	int pixels = t->h * t->w;
	double sum = 0, squares = 0, n = (double)t->c * pixels, n_active = 0;
	for (int c = 0; c < t->c; c++) {
		size_t stride;
		const float *v = tensor_channel(t, i, c, &stride);
		double channel = 0;
		for (int k = 0; k < pixels; k++) {
			double value = (double)v[(size_t)k * stride];
			channel += value;
			squares += value * value;
			n_active += value > 0;
		}
		means[c] = channel / pixels;
		sum += channel;
	}
	out->mean = sum / n;
	out->sd = sqrt(fmax(squares / n - out->mean * out->mean, 0));
	out->active = n_active / n;
}

/* Take the highest of the means that are left; -1 when they are not numbers. */
static int take_strongest(double *means, int n)
{
	int best = -1;
	for (int c = 0; c < n; c++)
		if (means[c] > -INFINITY && (best < 0 || means[c] > means[best]))
			best = c;
	return best;
}

static void draw_map(const struct tensor *t, int i, const struct net_trace *trace,
		     struct net_map *map)
{
	float *whole = xcalloc((size_t)t->h * (size_t)t->w, sizeof(*whole));
	float small[NET_MAP_SIDE * NET_MAP_SIDE], largest = 0;
	int n = trace->w * trace->h;
	copy_channel(t, i, map->channel, whole);
	net_map_resize(whole, t->w, t->h, small, trace->w, trace->h);
	for (int k = 0; k < n; k++)
		largest = small[k] > largest ? small[k] : largest;
	for (int k = 0; k < n; k++) {
		float share = largest > 0 ? small[k] / largest : 0;
		map->pixels[k] = share > 0 ? (uint8_t)(255 * fminf(share, 1) + .5f) : 0;
	}
	free(whole);
}

static void draw_maps(const struct tensor *t, int i, struct net_trace *trace, double *means)
{
	for (int k = 0; k < NET_MAPS && k < t->c && t->h * t->w > 1; k++) {
		int c = take_strongest(means, t->c);
		if (c < 0)
			return;
		struct net_map *map = &trace->maps[trace->n_maps++];
		*map = (struct net_map){.channel = c, .mean = means[c]};
		means[c] = NAN;
		draw_map(t, i, trace, map);
	}
}

static int at_most_side(int n)
{
	return n < NET_MAP_SIDE ? n : NET_MAP_SIDE;
}

static void see(struct watcher *w, int which, const struct tensor *t)
{
	struct looker *l = (struct looker *)w;
	ALLOC_GROW(l->means, (size_t)t->c, l->cap_means);
	for (int i = 0; i < l->n; i++) {
		struct net_trace *trace = &l->traces[i * NET_TRACES + which];
		*trace = (struct net_trace){
		    .layer = l->layers[which], .w = at_most_side(t->w), .h = at_most_side(t->h)};
		measure(t, i, trace, l->means);
		draw_maps(t, i, trace, l->means);
	}
}

int net_look(struct net *net, const float *x, int n, float *probs, struct net_trace *traces)
{
	struct looker l = {.watcher = {.see = see}};
	size_t floats = (size_t)net->g->w * (size_t)net->g->h * (size_t)net->g->c;
	l.watcher.n_layers = layers_worth_it(net, net_plan(net, net->batch, false), l.layers);
	l.watcher.layers = l.layers;
	memset(traces, 0, (size_t)n * NET_TRACES * sizeof(*traces));
	net->watcher = &l.watcher;
	for (int at = 0; at < n; at += net->batch) {
		l.n = n - at < net->batch ? n - at : net->batch;
		l.traces = traces + (size_t)at * NET_TRACES;
		net_predict(net, x + (size_t)at * floats, NULL, l.n,
			    probs + (size_t)at * (size_t)net->classes);
	}
	net->watcher = NULL;
	free(l.means);
	return l.watcher.n_layers;
}
