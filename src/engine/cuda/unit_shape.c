/* Layers that move numbers about: layouts, pooling, concatenation, addition, enlarging, cropping,
 * dropout. */
#include "card.h"
#include "joining.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>

/* ---- layouts ---- */

/* From `from`'s layout and type to the other one's. */
static void convert(const struct tensor *from, const float *x, const struct tensor *to, float *y,
		    bool add)
{
	int pixels = from->h * from->w;
	bool planes = from->layout == PLAIN;
	struct transpose_args a = {.x = x,
				   .y = y,
				   .rows = planes ? from->c : pixels,
				   .cols = planes ? pixels : from->c,
				   .add = add,
				   .x_half = from->half,
				   .y_half = to->half};
	unsigned tiles = (unsigned)((a.rows + 31) / 32) * (unsigned)((a.cols + 31) / 32);
	if (a.rows <= 4)
		tiles = each_blocks(a.cols);
	cuda_launch(KERNEL_transpose, tiles, (unsigned)from->n, BLOCK_THREADS, &a);
}

static void layout_forward(struct plan *p, struct unit *n)
{
	(void)p;
	convert(n->in[0], n->in[0]->data->data, n->out, n->out->data->data, false);
}

static void layout_backward(struct plan *p, struct unit *n)
{
	(void)p;
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (dx)
		convert(n->out, n->out->grad->data, n->in[0], dx, add);
}

static const struct kernel kernel_layout = {
    .name = "convert", .forward = layout_forward, .backward = layout_backward};

/* Of a single pixel both layouts are the same, but for the type. */
struct tensor *card_layout(struct plan *p, struct tensor *t, enum layout layout, int layer)
{
	if (t->layout == layout ||
	    (t->h * t->w == 1 && card_precision() != PRECISION_BF16))
		return t;
	struct tensor *out = card_tensor(p, t->c, t->h, t->w, layout, t->grad);
	plan_unit(p, &kernel_layout, layer, &t, 1, out, NULL);
	return out;
}

/* ---- max pooling ---- */

struct maxpool_state {
	const struct layer *l;
};

/* [out floats]; NULL without backward */
static unsigned short *places(const struct unit *n)
{
	return n->kept ? (unsigned short *)(void *)n->kept->data : NULL;
}

static void maxpool_forward(struct plan *p, struct unit *n)
{
	(void)p;
	struct maxpool_state *s = n->state;
	const struct tensor *in = n->in[0], *out = n->out;
	struct maxpool_args a = {.x = in->data->data,
				 .y = out->data->data,
				 .at = places(n),
				 .n = in->n,
				 .h = in->h,
				 .w = in->w,
				 .c = in->c,
				 .out_h = out->h,
				 .out_w = out->w,
				 .size = s->l->size,
				 .stride = s->l->stride,
				 .left = s->l->pad / 2,
				 .half = in->half};
	cuda_launch(KERNEL_maxpool, each_blocks((long)tensor_floats(out) / 4), 1, BLOCK_THREADS, &a);
}

static void maxpool_backward(struct plan *p, struct unit *n)
{
	(void)p;
	struct maxpool_state *s = n->state;
	const struct tensor *in = n->in[0], *out = n->out;
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (!dx)
		return;
	struct maxpool_grad_args a = {.dy = out->grad->data,
				      .at = places(n),
				      .dx = dx,
				      .n = in->n,
				      .h = in->h,
				      .w = in->w,
				      .c = in->c,
				      .out_h = out->h,
				      .out_w = out->w,
				      .size = s->l->size,
				      .stride = s->l->stride,
				      .left = s->l->pad / 2,
				      .add = add,
				      .half = in->half};
	cuda_launch(KERNEL_maxpool_grad, each_blocks((long)tensor_floats(in) / 4), 1,
		    BLOCK_THREADS, &a);
}

static const struct kernel kernel_maxpool = {.name = "maxpool",
					     .forward = maxpool_forward,
					     .backward = maxpool_backward};

void card_maxpool(struct plan *p, int layer)
{
	const struct layer *l = &p->graph->layers[layer];
	struct tensor *in = card_layout(p, plan_layer_input(p, layer), BLOCKED, layer);
	struct tensor *out = card_tensor(p, l->c, l->out_h, l->out_w, BLOCKED, in->grad);
	struct maxpool_state *s = xcalloc(1, sizeof(*s));
	s->l = l;
	struct unit *n = plan_unit(p, &kernel_maxpool, layer, &in, 1, out, s);
	if (out->grad)
		n->kept = plan_kept(p, (tensor_floats(out) + 1) / 2);
	p->out[layer] = out;
}

/* ---- average pooling over the whole plane: [n][h][w][c] -> [n][c] ---- */

static void avgpool_forward(struct plan *p, struct unit *n)
{
	(void)p;
	const struct tensor *in = n->in[0];
	struct avgpool_args a = {.x = in->data->data,
				 .y = n->out->data->data,
				 .n = in->n,
				 .pixels = in->h * in->w,
				 .c = in->c,
				 .half = in->half};
	cuda_launch(KERNEL_avgpool, (unsigned)(in->c + 31) / 32, (unsigned)in->n, BLOCK_THREADS, &a);
}

static void avgpool_backward(struct plan *p, struct unit *n)
{
	(void)p;
	const struct tensor *in = n->in[0];
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (!dx)
		return;
	struct avgpool_grad_args a = {.dy = n->out->grad->data,
				      .dx = dx,
				      .n = in->n,
				      .pixels = in->h * in->w,
				      .c = in->c,
				      .add = add,
				      .half = in->half};
	cuda_launch(KERNEL_avgpool_grad, each_blocks((long)tensor_floats(in)), 1, BLOCK_THREADS, &a);
}

static const struct kernel kernel_avgpool = {
    .name = "avgpool", .forward = avgpool_forward, .backward = avgpool_backward};

void card_avgpool(struct plan *p, int layer)
{
	struct tensor *in = card_layout(p, plan_layer_input(p, layer), BLOCKED, layer);
	struct tensor *out = plan_tensor(p, in->c, 1, 1, PLAIN, in->grad);
	plan_unit(p, &kernel_avgpool, layer, &in, 1, out, NULL);
	p->out[layer] = out;
}

/* ---- concatenation of channels ---- */

static void move_channels(const struct tensor *part, float *a, const struct tensor *whole, float *b,
			  int at, bool back, bool add)
{
	struct slice_args s = {.part = a,
			       .whole = b,
			       .rows = card_rows(part),
			       .c = part->c,
			       .c_whole = whole->c,
			       .at = at,
			       .back = back,
			       .add = add,
			       .half = part->half};
	cuda_launch(KERNEL_slice, each_blocks((long)tensor_floats(part) / 4), 1, BLOCK_THREADS, &s);
}

static void route_forward(struct plan *p, struct unit *n)
{
	(void)p;
	for (int i = 0, at = 0; i < n->n_in; at += n->in[i++]->c)
		move_channels(n->in[i], n->in[i]->data->data, n->out, n->out->data->data, at, false,
			      false);
}

static void route_backward(struct plan *p, struct unit *n)
{
	(void)p;
	for (int i = 0, at = 0; i < n->n_in; at += n->in[i++]->c) {
		bool add;
		float *dx = gradient_target(n, i, &add);
		if (dx)
			move_channels(n->in[i], dx, n->out, n->out->grad->data, at, true, add);
	}
}

static const struct kernel kernel_route = {
    .name = "route", .forward = route_forward, .backward = route_backward};

void card_route(struct plan *p, int layer)
{
	const struct layer *l = &p->graph->layers[layer];
	if (l->n == 1) {
		p->out[layer] = p->out[l->input_layers[0]];
		return;
	}
	struct route r = route_of(p, layer, card_layout);
	p->out[layer] = card_tensor(p, r.c, r.in[0]->h, r.in[0]->w, BLOCKED, r.grad);
	plan_unit(p, &kernel_route, layer, r.in, r.n, p->out[layer], NULL);
	free(r.in);
}

/* ---- shortcut: joining.h ---- */

static int lesser(int a, int b)
{
	return a < b ? a : b;
}

static void shortcut_part(const struct shortcut *s, const struct tensor *other, float *o,
			  const struct tensor *out, float *y, bool back)
{
	struct shortcut_part_args a = {.other = o,
				       .out = y,
				       .n = out->n,
				       .h = lesser(other->h, out->h),
				       .w = lesser(other->w, out->w),
				       .c = lesser(other->c, out->c),
				       .other_h = other->h,
				       .other_w = other->w,
				       .other_c = other->c,
				       .out_h = out->h,
				       .out_w = out->w,
				       .out_c = out->c,
				       .stride = s->stride,
				       .sample = s->sample,
				       .alpha = s->alpha,
				       .beta = s->beta,
				       .back = back,
				       .half = out->half};
	cuda_launch(KERNEL_shortcut_part, each_blocks((long)a.n * a.h * a.w * a.c), 1,
		    BLOCK_THREADS, &a);
}

/* y = act(alpha x + beta other). */
static void shortcut_whole(const struct shortcut *s, const float *x, const float *other,
			   const struct tensor *out, float alpha)
{
	struct shortcut_args a = {.x = x,
				  .other = other,
				  .y = out->data->data,
				  .n = (long)tensor_floats(out),
				  .alpha = alpha,
				  .beta = s->beta,
				  .act = (int)s->act,
				  .half = out->half};
	cuda_launch(KERNEL_shortcut, each_blocks(a.n / 4), 1, BLOCK_THREADS, &a);
}

static void shortcut_forward(struct plan *p, struct unit *n)
{
	(void)p;
	struct shortcut *s = n->state;
	const float *x = n->in[0]->data->data;
	float *other = n->in[1]->data->data, *y = n->out->data->data;
	if (shortcut_is_even(n->in[1], n->out)) {
		shortcut_whole(s, x, other, n->out, s->alpha);
		return;
	}
	cuda_copy(x, tensor_memory(n->out), y);
	shortcut_part(s, n->in[1], other, n->out, y, false);
	if (s->act != LINEAR)
		shortcut_whole(s, y, NULL, n->out, 1);
}

static void shortcut_backward(struct plan *p, struct unit *n)
{
	(void)p;
	struct shortcut *s = n->state;
	float *dy = n->out->grad->data;
	bool add;
	if (s->act != LINEAR) {
		struct act_grad_args a = {n->out->data->data,
					  dy,
					  dy,
					  (long)tensor_floats(n->out),
					  (int)s->act,
					  n->out->half};
		cuda_launch(KERNEL_act_grad, each_blocks(a.n / 4), 1, BLOCK_THREADS, &a);
	}
	float *dx = gradient_target(n, 0, &add);
	if (dx)
		card_blend(dy, dx, n->out, s->alpha, add ? 1 : 0);
	float *d_other = gradient_target(n, 1, &add);
	if (!d_other)
		return;
	if (shortcut_is_even(n->in[1], n->out)) {
		card_blend(dy, d_other, n->out, s->beta, add ? 1 : 0);
		return;
	}
	if (!add)
		cuda_clear(d_other, tensor_memory(n->in[1]));
	shortcut_part(s, n->in[1], d_other, n->out, dy, true);
}

static const struct kernel kernel_shortcut = {
    .name = "shortcut", .forward = shortcut_forward, .backward = shortcut_backward};

void card_shortcut(struct plan *p, int layer)
{
	const struct layer *l = &p->graph->layers[layer];
	struct tensor *in[2] = {card_layout(p, plan_layer_input(p, layer), BLOCKED, layer),
				card_layout(p, p->out[l->index], BLOCKED, layer)};
	struct shortcut *s = xcalloc(1, sizeof(*s));
	*s = shortcut_of(l, in[0], in[1]);
	struct tensor *out =
	    card_tensor(p, in[0]->c, in[0]->h, in[0]->w, BLOCKED, in[0]->grad || in[1]->grad);
	plan_unit(p, &kernel_shortcut, layer, in, 2, out, s)->keep_out = s->act != LINEAR;
	p->out[layer] = out;
}

/* ---- upsample: nearest neighbour times a scale ---- */

struct upsample_state {
	int stride;
	float scale;
};

static void upsample(const struct unit *n, const float *x, float *y, bool back, bool add)
{
	const struct upsample_state *s = n->state;
	const struct tensor *in = n->in[0];
	struct upsample_args a = {.x = x,
				  .y = y,
				  .n = in->n,
				  .h = in->h,
				  .w = in->w,
				  .c = in->c,
				  .stride = s->stride,
				  .scale = s->scale,
				  .back = back,
				  .add = add,
				  .half = in->half};
	long floats = (long)tensor_floats(back ? in : n->out);
	cuda_launch(KERNEL_upsample, each_blocks(floats / 4), 1, BLOCK_THREADS, &a);
}

static void upsample_forward(struct plan *p, struct unit *n)
{
	(void)p;
	upsample(n, n->in[0]->data->data, n->out->data->data, false, false);
}

static void upsample_backward(struct plan *p, struct unit *n)
{
	(void)p;
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (dx)
		upsample(n, n->out->grad->data, dx, true, add);
}

static const struct kernel kernel_upsample = {
    .name = "upsample", .forward = upsample_forward, .backward = upsample_backward};

void card_upsample(struct plan *p, int layer)
{
	const struct layer *l = &p->graph->layers[layer];
	struct tensor *in = card_layout(p, plan_layer_input(p, layer), BLOCKED, layer);
	struct upsample_state *s = xcalloc(1, sizeof(*s));
	*s = (struct upsample_state){l->stride, l->scale};
	p->out[layer] = card_tensor(p, in->c, l->out_h, l->out_w, BLOCKED, in->grad);
	plan_unit(p, &kernel_upsample, layer, &in, 1, p->out[layer], s);
}

/* ---- dropout, drawn by counter: the backward pass draws the same again ---- */

struct dropout_state {
	float probability;
};

static void dropout(const struct unit *n, const float *x, float *y, bool add)
{
	const struct dropout_state *s = n->state;
	const struct tensor *t = n->in[0];
	struct dropout_args a = {.x = x,
				 .y = y,
				 .step = card_inputs(),
				 .n = t->n,
				 .pixels = t->h * t->w,
				 .c = t->c,
				 .plain = t->layout == PLAIN,
				 .layer = (unsigned long long)n->layer,
				 .probability = s->probability,
				 .add = add,
				 .half = t->half};
	cuda_launch(KERNEL_dropout, each_blocks((long)tensor_floats(t)), 1, BLOCK_THREADS, &a);
}

static void dropout_forward(struct plan *p, struct unit *n)
{
	(void)p;
	dropout(n, n->in[0]->data->data, n->out->data->data, false);
}

static void dropout_backward(struct plan *p, struct unit *n)
{
	(void)p;
	bool add;
	float *dx = gradient_target(n, 0, &add);
	if (dx)
		dropout(n, n->out->grad->data, dx, add);
}

static const struct kernel kernel_dropout = {
    .name = "dropout", .forward = dropout_forward, .backward = dropout_backward};

void card_dropout(struct plan *p, int layer)
{
	struct tensor *in = plan_layer_input(p, layer);
	float probability = p->graph->layers[layer].probability;
	bool off = !p->spec.training || layerset_has(&p->spec.frozen, layer) || probability <= 0;
	p->out[layer] = in;
	if (off)
		return;
	struct dropout_state *s = xcalloc(1, sizeof(*s));
	s->probability = probability;
	p->out[layer] = card_tensor(p, in->c, in->h, in->w, in->layout, in->grad);
	plan_unit(p, &kernel_dropout, layer, &in, 1, p->out[layer], s);
}

/* ---- crop: a window of the image, random (with flip) in training, the middle otherwise ---- */

struct crop_state {
	bool random, flip;
	float scale, shift;
};

static void crop_forward(struct plan *p, struct unit *n)
{
	(void)p;
	const struct crop_state *s = n->state;
	const struct tensor *in = n->in[0], *out = n->out;
	struct crop_args a = {.x = in->data->data,
			      .y = out->data->data,
			      .step = card_inputs(),
			      .planes = in->n * in->c,
			      .h = in->h,
			      .w = in->w,
			      .out_h = out->h,
			      .out_w = out->w,
			      .random = s->random,
			      .flip = s->flip,
			      .layer = (unsigned long long)n->layer,
			      .scale = s->scale,
			      .shift = s->shift};
	cuda_launch(KERNEL_crop, each_blocks((long)tensor_floats(out)), 1, BLOCK_THREADS, &a);
}

static const struct kernel kernel_crop = {.name = "crop", .forward = crop_forward};

void card_crop(struct plan *p, int layer)
{
	const struct layer *l = &p->graph->layers[layer];
	struct tensor *in = card_layout(p, plan_layer_input(p, layer), PLAIN, layer);
	struct crop_state *s = xcalloc(1, sizeof(*s));
	bool frozen = layerset_has(&p->spec.frozen, layer);
	*s = (struct crop_state){p->spec.training && !frozen, l->flip, l->noadjust ? 1 : 2,
				 l->noadjust ? 0 : -1};
	p->out[layer] = plan_tensor(p, in->c, l->out_h, l->out_w, PLAIN, false);
	plan_unit(p, &kernel_crop, layer, &in, 1, p->out[layer], s);
}
