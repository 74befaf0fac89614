#include "onednn.h"

#include "thaw/base/alloc.h"
#include "thaw/base/die.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(call) check((call), #call)

static void check(dnnl_status_t st, const char *call)
{
	if (st == dnnl_success)
		return;
	if (st == dnnl_out_of_memory)
		die("out of memory in oneDNN: use a smaller train.batch or network.input");
	fprintf(stderr, "oneDNN: status %d from %s\n", (int)st, call);
	abort();
}

static dnnl_engine_t engine(void)
{
	static dnnl_engine_t e;
	if (!e)
		CHECK(dnnl_engine_create(&e, dnnl_cpu, 0));
	return e;
}

static pthread_key_t stream_key;

static void drop_stream(void *s)
{
	dnnl_stream_destroy(s);
}

static void make_stream_key(void)
{
	pthread_key_create(&stream_key, drop_stream);
}

/* One for each thread, gone with it. */
static dnnl_stream_t stream(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	static _Thread_local dnnl_stream_t s;
	if (!s) {
		CHECK(dnnl_stream_create(&s, engine(), dnnl_stream_default_flags));
		pthread_once(&once, make_stream_key);
		pthread_setspecific(stream_key, s);
	}
	return s;
}

static const struct {
	dnnl_cpu_isa_t isa;
	const char *name;
} isa_names[] = {
    {dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx"},
    {dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"},
    {dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"},
    {dnnl_cpu_isa_avx512_core, "avx512_core"},
    {dnnl_cpu_isa_avx2_vnni, "avx2_vnni"},
    {dnnl_cpu_isa_avx2, "avx2"},
    {dnnl_cpu_isa_avx, "avx"},
    {dnnl_cpu_isa_sse41, "sse4.1"},
};

const char *onednn_isa(void)
{
	dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
	for (size_t i = 0; i < sizeof(isa_names) / sizeof(*isa_names); i++)
		if (isa_names[i].isa == isa)
			return isa_names[i].name;
	return "generic";
}

int onednn_block(void)
{
	return strncmp(onednn_isa(), "avx512", 6) == 0 ? 16 : 8;
}

struct weights_layout {
	dnnl_memory_desc_t md;
	struct weights_layout *next;
};

/* All that were ever chosen, a handful: they stay. */
static const struct weights_layout *layout_of(const dnnl_memory_desc_t *md)
{
	static struct weights_layout *known;
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&lock);
	struct weights_layout *l = known;
	while (l && !dnnl_memory_desc_equal(&l->md, md))
		l = l->next;
	if (!l) {
		l = xcalloc(1, sizeof(*l));
		*l = (struct weights_layout){*md, known};
		known = l;
	}
	pthread_mutex_unlock(&lock);
	return l;
}

size_t weights_layout_floats(const struct weights_layout *layout)
{
	return dnnl_memory_desc_get_size(&layout->md) / sizeof(float);
}

static dnnl_memory_desc_t activation_md(int n, int c, int h, int w, enum layout layout)
{
	dnnl_dims_t dims = {n, c, h, w};
	dnnl_format_tag_t blocked = onednn_block() == 16 ? dnnl_nChw16c : dnnl_nChw8c;
	dnnl_memory_desc_t md;
	CHECK(dnnl_memory_desc_init_by_tag(&md, 4, dims, dnnl_f32,
					   layout == BLOCKED ? blocked : dnnl_nchw));
	return md;
}

static dnnl_memory_desc_t vector_md(int n)
{
	dnnl_dims_t dims = {n};
	dnnl_memory_desc_t md;
	CHECK(dnnl_memory_desc_init_by_tag(&md, 1, dims, dnnl_f32, dnnl_x));
	return md;
}

/* Darknet's weights are [out][in/groups][size][size], plain; a dense layer's [out][c*h*w]. oneDNN
 * chooses how it keeps them. */
static dnnl_memory_desc_t weights_md(const struct conv_shape *s)
{
	dnnl_memory_desc_t md;
	int ndims = 4;
	dnnl_dims_t dims = {s->out_c, s->c, s->inner ? s->h : s->size, s->inner ? s->w : s->size};
	if (!s->inner && s->groups > 1) {
		dnnl_dims_t grouped = {s->groups, s->out_c / s->groups, s->c / s->groups, s->size,
				       s->size};
		memcpy(dims, grouped, sizeof(dims));
		ndims = 5;
	}
	CHECK(dnnl_memory_desc_init_by_tag(&md, ndims, dims, dnnl_f32, dnnl_format_tag_any));
	return md;
}

const struct weights_layout *weights_layout_blocked(const struct conv_shape *s)
{
	dnnl_dims_t dims = {s->out_c, s->c, s->size, s->size};
	dnnl_memory_desc_t md;
	CHECK(dnnl_memory_desc_init_by_tag(&md, 4, dims, dnnl_f32,
					   onednn_block() == 16 ? dnnl_OIhw16i16o
								: dnnl_OIhw8i8o));
	return layout_of(&md);
}

static dnnl_memory_t memory_new(const dnnl_memory_desc_t *md)
{
	dnnl_memory_t m;
	CHECK(dnnl_memory_create(&m, md, engine(), DNNL_MEMORY_NONE));
	return m;
}

static void point(dnnl_memory_t m, const void *data)
{
	CHECK(dnnl_memory_set_data_handle(m, (void *)(uintptr_t)data));
}

static void reorder(const dnnl_memory_desc_t *from, const float *in, const dnnl_memory_desc_t *to,
		    float *out)
{
	dnnl_primitive_desc_t pd;
	dnnl_primitive_t p;
	CHECK(dnnl_reorder_primitive_desc_create(&pd, from, engine(), to, engine(), NULL));
	CHECK(dnnl_primitive_create(&p, pd));
	dnnl_memory_t a = memory_new(from), b = memory_new(to);
	point(a, in);
	point(b, out);
	dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, a}, {DNNL_ARG_TO, b}};
	CHECK(dnnl_primitive_execute(p, stream(), 2, args));
	CHECK(dnnl_stream_wait(stream()));
	dnnl_memory_destroy(a);
	dnnl_memory_destroy(b);
	dnnl_primitive_destroy(p);
	dnnl_primitive_desc_destroy(pd);
}

static dnnl_memory_desc_t plain_md(const struct weights_layout *like)
{
	dnnl_memory_desc_t md;
	CHECK(dnnl_memory_desc_init_by_tag(&md, like->md.ndims, like->md.dims, dnnl_f32,
					   like->md.ndims == 5 ? dnnl_abcde : dnnl_abcd));
	return md;
}

void weights_from_plain(const struct weights_layout *to, const float *plain, float *out)
{
	dnnl_memory_desc_t md = plain_md(to);
	reorder(&md, plain, &to->md, out);
}

void weights_to_plain(const struct weights_layout *from, const float *in, float *plain)
{
	dnnl_memory_desc_t md = plain_md(from);
	reorder(&from->md, in, &md, plain);
}

/* One primitive with its memories, bound to data at each call. */
#define OP_ARGS 6
struct op {
	dnnl_primitive_desc_t pd;
	dnnl_primitive_t p;
	dnnl_exec_arg_t args[OP_ARGS];
	int n;
	float *scratch; /* of a forward pass; NULL: none is needed, or oneDNN's own serves */
};

static void op_create(struct op *op)
{
	CHECK(dnnl_primitive_create(&op->p, op->pd));
}

static void op_arg(struct op *op, int arg, const dnnl_memory_desc_t *md)
{
	op->args[op->n++] = (dnnl_exec_arg_t){arg, memory_new(md)};
}

static const dnnl_memory_desc_t *op_md(const struct op *op, dnnl_query_t what)
{
	return dnnl_primitive_desc_query_md(op->pd, what, 0);
}

static void op_run(struct op *op)
{
	CHECK(dnnl_primitive_execute(op->p, stream(), op->n, op->args));
	CHECK(dnnl_stream_wait(stream()));
}

static void op_release(struct op *op)
{
	for (int i = 0; i < op->n; i++)
		dnnl_memory_destroy(op->args[i].memory);
	if (op->p)
		dnnl_primitive_destroy(op->p);
	if (op->pd)
		dnnl_primitive_desc_destroy(op->pd);
	free(op->scratch);
}

static float *floats_new(const dnnl_memory_desc_t *md)
{
	size_t size = (dnnl_memory_desc_get_size(md) + 63) / 64 * 64;
	float *p = aligned_alloc(64, size);
	if (!p)
		p = xmalloc(size);
	memset(p, 0, size);
	return p;
}

/* oneDNN's own scratch belongs to the thread that made a primitive; lanes run on any. Last, as its
 * data stays the same. */
static void op_scratch(struct op *op)
{
	const dnnl_memory_desc_t *md = op_md(op, dnnl_query_scratchpad_md);
	if (!dnnl_memory_desc_get_size(md))
		return;
	op->scratch = floats_new(md);
	op_arg(op, DNNL_ARG_SCRATCHPAD, md);
	point(op->args[op->n - 1].memory, op->scratch);
}

struct conv_op {
	struct op forward, data, weights;
	struct op to_data;       /* reorder: weights -> the layout the data gradient wants */
	struct op from_gradient; /* reorder: weight gradient -> the weights' layout */
	const struct weights_layout *layout;
	float *data_weights, *raw_gradient; /* scratch for the two reorders, or NULL */
	bool bias;
};

static dnnl_primitive_attr_t attr_new(const struct post_op *post)
{
	dnnl_primitive_attr_t attr;
	CHECK(dnnl_primitive_attr_create(&attr));
	CHECK(dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user));
	if (post && post->present) {
		dnnl_post_ops_t ops;
		CHECK(dnnl_post_ops_create(&ops));
		CHECK(dnnl_post_ops_append_eltwise(ops, 1.0f, post->alg, post->alpha, post->beta));
		CHECK(dnnl_primitive_attr_set_post_ops(attr, ops));
		dnnl_post_ops_destroy(ops);
	}
	return attr;
}

struct conv_mds {
	dnnl_memory_desc_t src, dst, weights, bias;
	dnnl_dims_t strides, pad_l, pad_r;
};

static struct conv_mds conv_mds(const struct conv_shape *s)
{
	struct conv_mds m = {.strides = {s->stride, s->stride}, .pad_l = {s->pad, s->pad}};
	m.src = activation_md(s->n, s->c, s->h, s->w, s->in_layout);
	if (s->inner) {
		dnnl_dims_t dims = {s->n, s->out_c};
		CHECK(dnnl_memory_desc_init_by_tag(&m.dst, 2, dims, dnnl_f32, dnnl_nc));
	} else {
		m.dst = activation_md(s->n, s->out_c, s->out_h, s->out_w, s->out_layout);
		m.pad_r[0] = (s->out_h - 1) * s->stride + s->size - s->h - s->pad;
		m.pad_r[1] = (s->out_w - 1) * s->stride + s->size - s->w - s->pad;
	}
	m.weights = weights_md(s);
	m.bias = vector_md(s->out_c);
	return m;
}

static void forward_new(struct conv_op *op, const struct conv_shape *s, struct conv_mds *m,
			enum conv_use use, const struct post_op *post)
{
	dnnl_prop_kind_t prop =
	    use == CONV_TRAINING ? dnnl_forward_training : dnnl_forward_inference;
	dnnl_primitive_attr_t attr = attr_new(post);
	const dnnl_memory_desc_t *bias = s->bias ? &m->bias : NULL;
	if (s->inner) {
		dnnl_inner_product_desc_t d;
		CHECK(dnnl_inner_product_forward_desc_init(&d, prop, &m->src, &m->weights, bias,
							   &m->dst));
		CHECK(dnnl_primitive_desc_create(&op->forward.pd, &d, attr, engine(), NULL));
	} else {
		dnnl_convolution_desc_t d;
		CHECK(dnnl_convolution_forward_desc_init(&d, prop, dnnl_convolution_direct, &m->src,
							 &m->weights, bias, &m->dst, m->strides,
							 m->pad_l, m->pad_r));
		CHECK(dnnl_primitive_desc_create(&op->forward.pd, &d, attr, engine(), NULL));
	}
	dnnl_primitive_attr_destroy(attr);
	op_create(&op->forward);
	op->layout = layout_of(op_md(&op->forward, dnnl_query_weights_md));
	op_arg(&op->forward, DNNL_ARG_SRC, &m->src);
	op_arg(&op->forward, DNNL_ARG_WEIGHTS, &op->layout->md);
	op_arg(&op->forward, DNNL_ARG_DST, &m->dst);
	if (s->bias)
		op_arg(&op->forward, DNNL_ARG_BIAS, &m->bias);
	op_scratch(&op->forward);
}

static void reorder_new(struct op *op, const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to)
{
	CHECK(dnnl_reorder_primitive_desc_create(&op->pd, from, engine(), to, engine(), NULL));
	op_create(op);
	op_arg(op, DNNL_ARG_FROM, from);
	op_arg(op, DNNL_ARG_TO, to);
}

static void data_new(struct conv_op *op, const struct conv_shape *s, struct conv_mds *m)
{
	if (s->inner) {
		dnnl_inner_product_desc_t d;
		CHECK(
		    dnnl_inner_product_backward_data_desc_init(&d, &m->src, &m->weights, &m->dst));
		CHECK(dnnl_primitive_desc_create(&op->data.pd, &d, NULL, engine(), op->forward.pd));
	} else {
		dnnl_convolution_desc_t d;
		CHECK(dnnl_convolution_backward_data_desc_init(&d, dnnl_convolution_direct, &m->src,
							       &m->weights, &m->dst, m->strides,
							       m->pad_l, m->pad_r));
		CHECK(dnnl_primitive_desc_create(&op->data.pd, &d, NULL, engine(), op->forward.pd));
	}
	op_create(&op->data);
	const dnnl_memory_desc_t *w = op_md(&op->data, dnnl_query_weights_md);
	op_arg(&op->data, DNNL_ARG_DIFF_DST, &m->dst);
	op_arg(&op->data, DNNL_ARG_WEIGHTS, w);
	op_arg(&op->data, DNNL_ARG_DIFF_SRC, &m->src);
	if (!dnnl_memory_desc_equal(w, &op->layout->md)) {
		reorder_new(&op->to_data, &op->layout->md, w);
		op->data_weights = floats_new(w);
	}
}

static void weights_new(struct conv_op *op, const struct conv_shape *s, struct conv_mds *m)
{
	const dnnl_memory_desc_t *bias = s->bias ? &m->bias : NULL;
	if (s->inner) {
		dnnl_inner_product_desc_t d;
		CHECK(dnnl_inner_product_backward_weights_desc_init(&d, &m->src, &m->weights, bias,
								    &m->dst));
		CHECK(dnnl_primitive_desc_create(&op->weights.pd, &d, NULL, engine(),
						 op->forward.pd));
	} else {
		dnnl_convolution_desc_t d;
		CHECK(dnnl_convolution_backward_weights_desc_init(
		    &d, dnnl_convolution_direct, &m->src, &m->weights, bias, &m->dst, m->strides,
		    m->pad_l, m->pad_r));
		CHECK(dnnl_primitive_desc_create(&op->weights.pd, &d, NULL, engine(),
						 op->forward.pd));
	}
	op_create(&op->weights);
	const dnnl_memory_desc_t *w = op_md(&op->weights, dnnl_query_diff_weights_md);
	op_arg(&op->weights, DNNL_ARG_SRC, &m->src);
	op_arg(&op->weights, DNNL_ARG_DIFF_DST, &m->dst);
	op_arg(&op->weights, DNNL_ARG_DIFF_WEIGHTS, w);
	if (s->bias)
		op_arg(&op->weights, DNNL_ARG_DIFF_BIAS, &m->bias);
	if (!dnnl_memory_desc_equal(w, &op->layout->md)) {
		reorder_new(&op->from_gradient, w, &op->layout->md);
		op->raw_gradient = floats_new(w);
	}
}

struct conv_op *conv_op_new(const struct conv_shape *s, enum conv_use use,
			    const struct post_op *post, const struct weights_layout *want,
			    bool data_gradient, bool weight_gradient)
{
	struct conv_op *op = xcalloc(1, sizeof(*op));
	struct conv_mds m = conv_mds(s);
	op->bias = s->bias;
	if (want)
		m.weights = want->md;
	forward_new(op, s, &m, use, post);
	m.weights = weights_md(s);
	if (data_gradient)
		data_new(op, s, &m);
	if (weight_gradient)
		weights_new(op, s, &m);
	return op;
}

void conv_op_free(struct conv_op *op)
{
	if (!op)
		return;
	struct op *all[] = {&op->forward, &op->data, &op->weights, &op->to_data,
			    &op->from_gradient};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		op_release(all[i]);
	free(op->data_weights);
	free(op->raw_gradient);
	free(op);
}

const struct weights_layout *conv_op_layout(const struct conv_op *op)
{
	return op->layout;
}

void conv_op_forward(struct conv_op *op, const float *src, const float *weights, const float *bias,
		     float *dst)
{
	const float *data[] = {src, weights, dst, bias};
	for (int i = 0; i < (op->bias ? 4 : 3); i++)
		point(op->forward.args[i].memory, data[i]);
	op_run(&op->forward);
}

static void run_reorder(struct op *op, const float *from, float *to)
{
	point(op->args[0].memory, from);
	point(op->args[1].memory, to);
	op_run(op);
}

void conv_op_backward_data(struct conv_op *op, const float *diff_dst, const float *weights,
			   float *diff_src)
{
	if (op->data_weights) {
		run_reorder(&op->to_data, weights, op->data_weights);
		weights = op->data_weights;
	}
	const float *data[] = {diff_dst, weights, diff_src};
	for (int i = 0; i < op->data.n; i++)
		point(op->data.args[i].memory, data[i]);
	op_run(&op->data);
}

void conv_op_backward_weights(struct conv_op *op, const float *src, const float *diff_dst,
			      float *diff_weights, float *diff_bias)
{
	float *gradient = op->raw_gradient ? op->raw_gradient : diff_weights;
	const float *data[] = {src, diff_dst, gradient, diff_bias};
	for (int i = 0; i < op->weights.n; i++)
		point(op->weights.args[i].memory, data[i]);
	op_run(&op->weights);
	if (op->raw_gradient)
		run_reorder(&op->from_gradient, gradient, diff_weights);
}

struct pool_op {
	struct op forward, backward;
	void *workspace;
};

struct pool_op *pool_op_new(const struct pool_shape *s, bool training)
{
	struct pool_op *op = xcalloc(1, sizeof(*op));
	dnnl_memory_desc_t src = activation_md(s->n, s->c, s->h, s->w, BLOCKED);
	dnnl_memory_desc_t dst = activation_md(s->n, s->c, s->out_h, s->out_w, BLOCKED);
	int left = s->pad / 2;
	int bottom = (s->out_h - 1) * s->stride + s->size - s->h - left;
	int right = (s->out_w - 1) * s->stride + s->size - s->w - left;
	dnnl_dims_t strides = {s->stride, s->stride}, kernel = {s->size, s->size},
		    pad_l = {left, left};
	dnnl_dims_t pad_r = {bottom > 0 ? bottom : 0, right > 0 ? right : 0};
	dnnl_pooling_desc_t d;
	CHECK(dnnl_pooling_forward_desc_init(
	    &d, training ? dnnl_forward_training : dnnl_forward_inference, dnnl_pooling_max, &src,
	    &dst, strides, kernel, pad_l, pad_r));
	CHECK(dnnl_primitive_desc_create(&op->forward.pd, &d, NULL, engine(), NULL));
	op_create(&op->forward);
	op_arg(&op->forward, DNNL_ARG_SRC, &src);
	op_arg(&op->forward, DNNL_ARG_DST, &dst);
	if (!training)
		return op;
	const dnnl_memory_desc_t *ws = op_md(&op->forward, dnnl_query_workspace_md);
	op->workspace = floats_new(ws);
	op_arg(&op->forward, DNNL_ARG_WORKSPACE, ws);
	point(op->forward.args[2].memory, op->workspace);
	CHECK(dnnl_pooling_backward_desc_init(&d, dnnl_pooling_max, &src, &dst, strides, kernel,
					      pad_l, pad_r));
	CHECK(dnnl_primitive_desc_create(&op->backward.pd, &d, NULL, engine(), op->forward.pd));
	op_create(&op->backward);
	op_arg(&op->backward, DNNL_ARG_DIFF_DST, &dst);
	op_arg(&op->backward, DNNL_ARG_DIFF_SRC, &src);
	op_arg(&op->backward, DNNL_ARG_WORKSPACE, ws);
	point(op->backward.args[2].memory, op->workspace);
	return op;
}

void pool_op_free(struct pool_op *op)
{
	if (!op)
		return;
	op_release(&op->forward);
	op_release(&op->backward);
	free(op->workspace);
	free(op);
}

void pool_op_forward(struct pool_op *op, const float *src, float *dst)
{
	point(op->forward.args[0].memory, src);
	point(op->forward.args[1].memory, dst);
	op_run(&op->forward);
}

void pool_op_backward(struct pool_op *op, const float *diff_dst, float *diff_src)
{
	point(op->backward.args[0].memory, diff_dst);
	point(op->backward.args[1].memory, diff_src);
	op_run(&op->backward);
}
