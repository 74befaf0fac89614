/* Looking at what layers put out: activation maps, and traces of pictures on their way through. */
#include "net_core.h"

#include "thaw/base/alloc.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASS_MAP_MAX = 64 };

/* An image of a tensor, on the host. */
struct shown {
	const struct tensor *t;
	const float *picture;
};

static struct shown show(struct plan *p, const struct tensor *t, int i)
{
	return (struct shown){t, plan_view(p, t, i)};
}

/* One channel, side by side. */
static void copy_channel(struct shown s, int c, float *out)
{
	size_t stride;
	const float *v = tensor_channel(s.t, s.picture, c, &stride);
	for (int k = 0; k < s.t->h * s.t->w; k++)
		out[k] = v[(size_t)k * stride];
}

bool net_activation_map(struct net *net, int i, int c, float *map, int *w, int *h)
{
	const struct head_maps *m = &net->maps;
	size_t floats = (size_t)m->h * (size_t)m->w;
	if (i >= m->n || c >= m->c)
		return false;
	memcpy(map, m->data + ((size_t)i * (size_t)m->c + (size_t)c) * floats,
	       floats * sizeof(*map));
	*w = m->w;
	*h = m->h;
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

/* ---- figures ---- */

struct looker {
	struct lane_sink sink;
	float *probs;             /* [][classes] */
	struct net_trace *traces; /* [][NET_TRACES] */
	int layers[NET_TRACES], n_layers;
	struct head_maps *maps;
};

/* The figures of a layer's whole output, and the mean of each channel. */
static void measure(struct shown s, struct net_trace *out, double *means)
{
	const struct tensor *t = s.t;
	int pixels = t->h * t->w;
	double sum = 0, squares = 0, n = (double)t->c * pixels, n_active = 0;
	for (int c = 0; c < t->c; c++) {
		size_t stride;
		const float *v = tensor_channel(t, s.picture, c, &stride);
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

static void draw_map(struct shown s, const struct net_trace *trace, struct net_map *map)
{
	const struct tensor *t = s.t;
	float *whole = xcalloc((size_t)t->h * (size_t)t->w, sizeof(*whole));
	float small[NET_MAP_SIDE * NET_MAP_SIDE], largest = 0;
	int n = trace->w * trace->h;
	copy_channel(s, map->channel, whole);
	net_map_resize(whole, t->w, t->h, small, trace->w, trace->h);
	for (int k = 0; k < n; k++)
		largest = small[k] > largest ? small[k] : largest;
	for (int k = 0; k < n; k++) {
		float share = largest > 0 ? small[k] / largest : 0;
		map->pixels[k] = share > 0 ? (uint8_t)(255 * fminf(share, 1) + .5f) : 0;
	}
	free(whole);
}

static void draw_maps(struct shown s, struct net_trace *trace, double *means)
{
	const struct tensor *t = s.t;
	for (int k = 0; k < NET_MAPS && k < t->c && t->h * t->w > 1; k++) {
		int c = take_strongest(means, t->c);
		if (c < 0)
			return;
		struct net_map *map = &trace->maps[trace->n_maps++];
		*map = (struct net_map){.channel = c, .mean = means[c]};
		means[c] = NAN;
		draw_map(s, trace, map);
	}
}

static int at_most_side(int n)
{
	return n < NET_MAP_SIDE ? n : NET_MAP_SIDE;
}

static void take_trace(struct shown s, int layer, struct net_trace *trace)
{
	const struct tensor *t = s.t;
	double *means = xcalloc((size_t)t->c, sizeof(*means));
	*trace = (struct net_trace){
	    .layer = layer, .w = at_most_side(t->w), .h = at_most_side(t->h)};
	measure(s, trace, means);
	draw_maps(s, trace, means);
	free(means);
}

static void take_look(const struct lane_sink *s, struct plan *p, int i, int picture)
{
	const struct looker *l = (const struct looker *)s;
	const struct head_maps *m = l->maps;
	size_t classes = (size_t)p->probs->c, map = (size_t)m->h * (size_t)m->w;
	memcpy(l->probs + (size_t)picture * classes, plan_view(p, p->probs, i),
	       classes * sizeof(float));
	for (int k = 0; k < l->n_layers; k++)
		take_trace(show(p, p->out[l->layers[k]], i), l->layers[k],
			   &l->traces[picture * NET_TRACES + k]);
	if (picture >= m->n)
		return;
	struct shown head = show(p, p->head_map, i);
	for (int c = 0; c < m->c; c++)
		copy_channel(head, c, m->data + ((size_t)picture * (size_t)m->c + (size_t)c) * map);
}

static void make_room(struct head_maps *m, const struct tensor *t, int n)
{
	bool none = t->h * t->w <= 1 || t->h > CLASS_MAP_MAX || t->w > CLASS_MAP_MAX;
	m->n = none ? 0 : n;
	m->c = t->c;
	m->h = t->h;
	m->w = t->w;
	ALLOC_GROW(m->data, (size_t)m->n * (size_t)m->c * (size_t)(m->h * m->w), m->cap);
}

/* Nothing but the lanes sees what is beneath the border. */
static int layers_in_sight(const struct net *net, const struct plan *p, int *out)
{
	int traced[NET_TRACES], n_traced = net_traced(net, traced), n = 0;
	for (int i = 0; i < n_traced; i++)
		if (traced[i] >= p->border_layer)
			out[n++] = traced[i];
	return n;
}

int net_look(struct net *net, const float *x, int n, float *probs, struct net_trace *traces)
{
	struct looker l = {
	    .sink = {take_look}, .probs = probs, .traces = traces, .maps = &net->maps};
	memset(traces, 0, (size_t)n * NET_TRACES * sizeof(*traces));
	if (net_above(net, NULL))
		abort(); /* net_open() planned the same layers */
	const struct plan *p = lanes_plan(net->above);
	l.n_layers = layers_in_sight(net, p, l.layers);
	make_room(&net->maps, p->head_map, n);
	net_infer(net, &(struct net_images){.x = x, .n = n}, &l.sink);
	return l.n_layers;
}
