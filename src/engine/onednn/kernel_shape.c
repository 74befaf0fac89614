/* Layers that move numbers about: pooling, concatenation, addition, enlarging, cropping,
 * dropout. */
#include "cpu.h"
#include "joining.h"
#include "onednn.h"

#include "thaw/base/alloc.h"
#include "thaw/base/rng.h"

#include <stdlib.h>
#include <string.h>

/* ---- max pooling ---- */

static void maxpool_forward(struct plan *p, struct unit *n)
{
	(void)p;
	pool_op_forward(n->state, n->in[0]->data->data, n->out->data->data);
}

static void maxpool_backward(struct plan *p, struct unit *n)
{
	(void)p;
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (!dx)
		return;
	pool_op_backward(n->state, n->out->grad->data, add ? n->scratch->data : dx);
	if (add)
		floats_add(tensor_floats(n->in[0]), n->scratch->data, dx, true);
}

static void maxpool_release(struct unit *n)
{
	pool_op_free(n->state);
}

static const struct kernel kernel_maxpool = {.name = "maxpool",
					     .forward = maxpool_forward,
					     .backward = maxpool_backward,
					     .release = maxpool_release,
					     .overwrites = true};

void add_maxpool(struct plan *p, int layer)
{
	const struct layer *l = &p->graph->layers[layer];
	struct tensor *in = in_layout(p, plan_layer_input(p, layer), BLOCKED, layer);
	struct pool_shape s = {p->spec.n, l->c,    l->h,      l->w,  l->out_h,
			       l->out_w,  l->size, l->stride, l->pad};
	struct tensor *out = plan_tensor(p, l->c, l->out_h, l->out_w, BLOCKED, in->grad);
	plan_unit(p, &kernel_maxpool, layer, &in, 1, out, pool_op_new(&s, out->grad != NULL));
	p->out[layer] = out;
}

/* ---- average pooling over the whole plane: [n][c][h][w] -> [n][c] ---- */

static void avgpool_forward(struct plan *p, struct unit *n)
{
	(void)p;
	struct view v = tensor_view(n->in[0]);
	int channels = n->out->c;
	const float *x = n->in[0]->data->data;
	float *y = n->out->data->data, share = 1.f / (float)v.pixels;
	long pieces = (long)v.n * v.blocks;
#pragma omp parallel for schedule(static)
	for (long i = 0; i < pieces; i++) {
		const float *piece = x + (size_t)i * (size_t)v.pixels * (size_t)v.lanes;
		int first = (int)(i % v.blocks) * v.lanes;
		for (int l = 0; l < v.lanes && first + l < channels; l++) {
			float sum = 0;
			for (int k = 0; k < v.pixels; k++)
				sum += piece[k * v.lanes + l];
			y[i / v.blocks * channels + first + l] = sum * share;
		}
	}
}

static void avgpool_backward(struct plan *p, struct unit *n)
{
	(void)p;
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (!dx)
		return;
	struct view v = tensor_view(n->in[0]);
	int channels = n->out->c;
	const float *dy = n->out->grad->data;
	float share = 1.f / (float)v.pixels;
	long pieces = (long)v.n * v.blocks;
#pragma omp parallel for schedule(static)
	for (long i = 0; i < pieces; i++) {
		float *piece = dx + (size_t)i * (size_t)v.pixels * (size_t)v.lanes;
		int first = (int)(i % v.blocks) * v.lanes;
		for (int l = 0; l < v.lanes; l++) {
			float g = first + l < channels
				      ? dy[i / v.blocks * channels + first + l] * share
				      : 0;
			for (int k = 0; k < v.pixels; k++)
				piece[k * v.lanes + l] = add ? piece[k * v.lanes + l] + g : g;
		}
	}
}

static const struct kernel kernel_avgpool = {
    .name = "avgpool", .forward = avgpool_forward, .backward = avgpool_backward};

void add_avgpool(struct plan *p, int layer)
{
	struct tensor *in = plan_layer_input(p, layer);
	struct tensor *out = plan_tensor(p, in->c, 1, 1, PLAIN, in->grad);
	plan_unit(p, &kernel_avgpool, layer, &in, 1, out, NULL);
	p->out[layer] = out;
}

/* ---- concatenation of channels ---- */

enum direction { GATHER, SCATTER, SCATTER_ADD };

/* n numbers, `a` and `b` each `step` apart. */
static inline void move_some(float *a, size_t a_step, float *b, size_t b_step, size_t n,
			     enum direction dir)
{
	for (size_t k = 0; k < n; k++) {
		float *x = a + k * a_step, *y = b + k * b_step;
		if (dir == GATHER)
			*y = *x;
		else
			*x = dir == SCATTER ? *y : *x + *y;
	}
}

/* Move channel c of `part` from or to channel at + c of `whole`: whole blocks of channels where
 * they lie so in both. */
static void move_channels(const struct tensor *part, float *a, const struct tensor *whole, float *b,
			  int at, enum direction dir)
{
	struct view f = tensor_view(part), t = tensor_view(whole);
	bool blocks = f.lanes == t.lanes && at % t.lanes == 0 && part->c % t.lanes == 0;
	int width = blocks ? f.lanes : 1, n_pieces = part->c / width;
#pragma omp parallel for schedule(static)
	for (long i = 0; i < (long)part->n * n_pieces; i++) {
		int n = (int)(i / n_pieces), c = (int)(i % n_pieces) * width, w = at + c;
		float *x =
		    a + (size_t)(n * f.blocks + c / f.lanes) * (size_t)f.pixels * (size_t)f.lanes +
		    c % f.lanes;
		float *y =
		    b + (size_t)(n * t.blocks + w / t.lanes) * (size_t)t.pixels * (size_t)t.lanes +
		    w % t.lanes;
		if (blocks)
			move_some(x, 1, y, 1, (size_t)(f.pixels * f.lanes), dir);
		else
			move_some(x, (size_t)f.lanes, y, (size_t)t.lanes, (size_t)f.pixels, dir);
	}
}

static void route_forward(struct plan *p, struct unit *n)
{
	(void)p;
	int at = 0;
	if (n->out->c % n->out->block)
		memset(n->out->data->data, 0, tensor_floats(n->out) * sizeof(float));
	for (int i = 0; i < n->n_in; i++) {
		move_channels(n->in[i], n->in[i]->data->data, n->out, n->out->data->data, at,
			      GATHER);
		at += n->in[i]->c;
	}
}

static void route_backward(struct plan *p, struct unit *n)
{
	(void)p;
	int at = 0;
	for (int i = 0; i < n->n_in; i++) {
		bool add;
		float *dx = gradient_target(n, i, &add);
		if (dx && !add && n->in[i]->c % n->in[i]->block)
			memset(dx, 0, tensor_floats(n->in[i]) * sizeof(*dx));
		if (dx)
			move_channels(n->in[i], dx, n->out, n->out->grad->data, at,
				      add ? SCATTER_ADD : SCATTER);
		at += n->in[i]->c;
	}
}

static const struct kernel kernel_route = {
    .name = "route", .forward = route_forward, .backward = route_backward};

void add_route(struct plan *p, int layer)
{
	const struct layer *l = &p->graph->layers[layer];
	if (l->n == 1) {
		p->out[layer] = p->out[l->input_layers[0]];
		return;
	}
	struct route r = route_of(p, layer, in_layout);
	p->out[layer] = plan_tensor(p, r.c, r.in[0]->h, r.in[0]->w, BLOCKED, r.grad);
	plan_unit(p, &kernel_route, layer, r.in, r.n, p->out[layer], NULL);
	free(r.in);
}

/* ---- shortcut: joining.h ---- */

/* Walk the pixels and channels that both share, a block of channels at a time: both are BLOCKED.
 * `to_other` when the gradient flows back to the other layer. */
static void shortcut_other(const struct shortcut *s, const struct tensor *other, float *o,
			   const struct tensor *out, float *y, bool to_other)
{
	struct view a = tensor_view(other), b = tensor_view(out);
	int channels = other->c < out->c ? other->c : out->c, lanes = b.lanes;
	int w = other->w < out->w ? other->w : out->w, h = other->h < out->h ? other->h : out->h;
	int blocks = (channels + lanes - 1) / lanes;
	float alpha = s->alpha, beta = s->beta;
#pragma omp parallel for schedule(static)
	for (long i = 0; i < (long)out->n * blocks; i++) {
		int n = (int)(i / blocks), block = (int)(i % blocks);
		int rest = channels - block * lanes, width = rest < lanes ? rest : lanes;
		float *po = o + (size_t)(n * a.blocks + block) * (size_t)a.pixels * (size_t)lanes;
		float *py = y + (size_t)(n * b.blocks + block) * (size_t)b.pixels * (size_t)lanes;
		for (int k = 0; k < w * h; k++) {
			int row = k / w, col = k % w;
			float *from = po + (row * s->stride * other->w + col * s->stride) * lanes;
			float *to = py + (row * s->sample * out->w + col * s->sample) * lanes;
#pragma omp simd
			for (int c = 0; c < width; c++)
				if (to_other)
					from[c] += beta * to[c];
				else
					to[c] = alpha * to[c] + beta * from[c];
		}
	}
}

static void shortcut_forward(struct plan *p, struct unit *n)
{
	(void)p;
	struct shortcut *s = n->state;
	size_t total = tensor_floats(n->out);
	const float *x = n->in[0]->data->data;
	float *other = n->in[1]->data->data, *y = n->out->data->data;
	if (shortcut_is_even(n->in[1], n->out)) {
#pragma omp parallel for simd schedule(static)
		for (size_t i = 0; i < total; i++)
			y[i] = s->alpha * x[i] + s->beta * other[i];
	} else {
		floats_add(total, x, y, false);
		shortcut_other(s, n->in[1], other, n->out, y, false);
	}
	if (s->act != LINEAR) {
		activation_apply(s->act, total, y, y);
		clear_padding(n->out);
	}
}

static void scaled_add(size_t n, float scale, const float *src, float *dst, bool add)
{
#pragma omp parallel for simd schedule(static)
	for (size_t i = 0; i < n; i++)
		dst[i] = add ? dst[i] + scale * src[i] : scale * src[i];
}

static void shortcut_backward(struct plan *p, struct unit *n)
{
	(void)p;
	struct shortcut *s = n->state;
	size_t total = tensor_floats(n->out);
	float *dy = n->out->grad->data;
	bool add;
	if (s->act != LINEAR)
		activation_backward(s->act, total, n->out->data->data, dy, dy);
	float *dx = gradient_target(n, 0, &add);
	if (dx)
		scaled_add(total, s->alpha, dy, dx, add);
	float *d_other = gradient_target(n, 1, &add);
	if (!d_other)
		return;
	if (shortcut_is_even(n->in[1], n->out)) {
		scaled_add(total, s->beta, dy, d_other, add);
		return;
	}
	if (!add)
		memset(d_other, 0, tensor_floats(n->in[1]) * sizeof(*d_other));
	shortcut_other(s, n->in[1], d_other, n->out, dy, true);
}

static const struct kernel kernel_shortcut = {
    .name = "shortcut", .forward = shortcut_forward, .backward = shortcut_backward};

void add_shortcut(struct plan *p, int layer)
{
	const struct layer *l = &p->graph->layers[layer];
	struct tensor *in[2] = {in_layout(p, plan_layer_input(p, layer), BLOCKED, layer),
				in_layout(p, p->out[l->index], BLOCKED, layer)};
	struct shortcut *s = xcalloc(1, sizeof(*s));
	*s = shortcut_of(l, in[0], in[1]);
	struct tensor *out =
	    plan_tensor(p, in[0]->c, in[0]->h, in[0]->w, BLOCKED, in[0]->grad || in[1]->grad);
	plan_unit(p, &kernel_shortcut, layer, in, 2, out, s)->keep_out = s->act != LINEAR;
	p->out[layer] = out;
}

/* ---- upsample: nearest neighbour times a scale ---- */

struct upsample_state {
	int stride;
	float scale;
};

static void upsample_planes(struct unit *n, float *small, float *large, bool back)
{
	struct upsample_state *s = n->state;
	struct view v = tensor_view(n->in[0]);
	int w = n->in[0]->w, out_w = n->out->w, out_h = n->out->h;
	long pieces = (long)v.n * v.blocks;
#pragma omp parallel for schedule(static)
	for (long i = 0; i < pieces; i++) {
		float *a = small + (size_t)i * (size_t)v.pixels * (size_t)v.lanes;
		float *b = large + (size_t)i * (size_t)(out_w * out_h) * (size_t)v.lanes;
		for (int row = 0; row < out_h; row++)
			for (int col = 0; col < out_w; col++)
				for (int l = 0; l < v.lanes; l++) {
					float *x =
					    a + (row / s->stride * w + col / s->stride) * v.lanes +
					    l;
					float *y = b + (row * out_w + col) * v.lanes + l;
					if (back)
						*x += s->scale * *y;
					else
						*y = s->scale * *x;
				}
	}
}

static void upsample_forward(struct plan *p, struct unit *n)
{
	(void)p;
	upsample_planes(n, n->in[0]->data->data, n->out->data->data, false);
}

static void upsample_backward(struct plan *p, struct unit *n)
{
	(void)p;
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (!dx)
		return;
	if (!add)
		memset(dx, 0, tensor_floats(n->in[0]) * sizeof(*dx));
	upsample_planes(n, dx, n->out->grad->data, true);
}

static const struct kernel kernel_upsample = {
    .name = "upsample", .forward = upsample_forward, .backward = upsample_backward};

void add_upsample(struct plan *p, int layer)
{
	const struct layer *l = &p->graph->layers[layer];
	if (l->reverse) {
		add_darknet(p, layer);
		return;
	}
	struct tensor *in = plan_layer_input(p, layer);
	struct upsample_state *s = xcalloc(1, sizeof(*s));
	*s = (struct upsample_state){l->stride, l->scale};
	p->out[layer] = plan_tensor(p, in->c, l->out_h, l->out_w, in->layout, in->grad);
	plan_unit(p, &kernel_upsample, layer, &in, 1, p->out[layer], s);
}

/* ---- dropout, drawn by counter: the backward pass draws the same again. Counted as [n][c][h][w],
 * however the tensor lies: the masks are those of every device ---- */

struct dropout_state {
	float probability;
};

static void dropout_apply(struct plan *p, struct unit *n, const float *src, float *dst, bool add)
{
	struct dropout_state *s = n->state;
	struct view v = tensor_view(n->in[0]);
	uint64_t key = rng_key(p->dropout_key, RNG_DROPOUT, (uint64_t)n->layer, 0);
	float scale = 1.f / (1.f - s->probability);
	long pieces = (long)v.n * v.blocks;
	size_t stride = (size_t)v.pixels * (size_t)v.lanes;
#pragma omp parallel for schedule(static)
	for (long i = 0; i < pieces; i++)
		for (size_t k = 0; k < stride; k++) {
			size_t at = (size_t)i * stride + k, lanes = (size_t)v.lanes;
			size_t plane = (size_t)(i / v.blocks) * (size_t)n->out->c +
				       (size_t)(i % v.blocks) * lanes + k % lanes;
			size_t count = plane * (size_t)v.pixels + k / lanes;
			float value =
			    rng_uniform(key, count) < (double)s->probability ? 0 : src[at] * scale;
			dst[at] = add ? dst[at] + value : value;
		}
}

static void dropout_forward(struct plan *p, struct unit *n)
{
	dropout_apply(p, n, n->in[0]->data->data, n->out->data->data, false);
}

static void dropout_backward(struct plan *p, struct unit *n)
{
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (dx)
		dropout_apply(p, n, n->out->grad->data, dx, add);
}

static const struct kernel kernel_dropout = {
    .name = "dropout", .forward = dropout_forward, .backward = dropout_backward};

void add_dropout(struct plan *p, int layer)
{
	struct tensor *in = plan_layer_input(p, layer);
	float probability = p->graph->layers[layer].probability;
	bool off = !p->spec.training || layerset_has(&p->spec.frozen, layer) || probability <= 0;
	p->out[layer] = in;
	if (off)
		return;
	struct dropout_state *s = xcalloc(1, sizeof(*s));
	s->probability = probability;
	p->out[layer] = plan_tensor(p, in->c, in->h, in->w, in->layout, in->grad);
	plan_unit(p, &kernel_dropout, layer, &in, 1, p->out[layer], s);
}

/* ---- crop: a window of the image, random (with flip) in training, the middle otherwise ---- */

struct crop_state {
	bool random, flip;
	float scale, shift;
};

static void crop_forward(struct plan *p, struct unit *n)
{
	struct crop_state *s = n->state;
	struct tensor *in = n->in[0], *out = n->out;
	int room_h = in->h - out->h, room_w = in->w - out->w, dh = room_h / 2, dw = room_w / 2;
	bool flip = false;
	if (s->random) {
		uint64_t key = rng_key(p->dropout_key, RNG_AUGMENT, (uint64_t)n->layer, 0);
		dh = (int)rng_below(key, 0, (uint64_t)room_h + 1);
		dw = (int)rng_below(key, 1, (uint64_t)room_w + 1);
		flip = s->flip && rng_below(key, 2, 2);
	}
	long rows = (long)out->n * out->c * out->h;
#pragma omp parallel for schedule(static)
	for (long i = 0; i < rows; i++) {
		long plane = i / out->h, row = i % out->h;
		const float *src = in->data->data + (plane * in->h + row + dh) * in->w;
		float *dst = out->data->data + i * out->w;
		for (int col = 0; col < out->w; col++)
			dst[col] =
			    src[flip ? in->w - dw - col - 1 : col + dw] * s->scale + s->shift;
	}
}

static const struct kernel kernel_crop = {.name = "crop", .forward = crop_forward};

void add_crop(struct plan *p, int layer)
{
	const struct layer *l = &p->graph->layers[layer];
	struct tensor *in = in_layout(p, plan_layer_input(p, layer), PLAIN, layer);
	struct crop_state *s = xcalloc(1, sizeof(*s));
	bool frozen = layerset_has(&p->spec.frozen, layer);
	*s = (struct crop_state){p->spec.training && !frozen, l->flip, l->noadjust ? 1 : 2,
				 l->noadjust ? 0 : -1};
	p->out[layer] = plan_tensor(p, in->c, l->out_h, l->out_w, PLAIN, false);
	plan_unit(p, &kernel_crop, layer, &in, 1, p->out[layer], s);
}
