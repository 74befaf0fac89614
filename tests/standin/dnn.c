/* cuDNN's convolutions, queued on the handle's stream. */
#include "../../src/engine/cuda/dnn.h"
#include "convolution.h"
#include "standin.h"

#include <stdlib.h>
#include <string.h>

enum { DNN_OK, BAD_PARAM = 2000, NOT_SUPPORTED = 3000, EXECUTION_FAILED = 5000 };
enum { VERSION = 91900, TENSOR_ALIGNMENT = 16 };

struct dnn_handle {
	struct cu_stream *stream;
};

struct dnn_tensor {
	int format, type, n, c, h, w;
};

struct dnn_filter {
	int format, type, k, c, h, w;
};

struct dnn_convolution {
	int pad_h, pad_w, stride_h, stride_w, groups, math;
};

DNN_FUNCTIONS(DECLARE)
EXPORT size_t cudnnGetVersion(void);
EXPORT const char *cudnnGetErrorString(int status);

size_t cudnnGetVersion(void)
{
	return VERSION;
}

const char *cudnnGetErrorString(int status)
{
	return status == DNN_OK          ? "CUDNN_STATUS_SUCCESS"
	       : status == BAD_PARAM     ? "CUDNN_STATUS_BAD_PARAM"
	       : status == NOT_SUPPORTED ? "CUDNN_STATUS_NOT_SUPPORTED"
					 : "CUDNN_STATUS_EXECUTION_FAILED";
}

/* ---- handles and descriptors ---- */

#define CREATE(name, type)                                                                         \
	int name(struct type **out)                                                                \
	{                                                                                          \
		*out = calloc(1, sizeof(**out));                                                   \
		return DNN_OK;                                                                     \
	}
#define DESTROY(name, type)                                                                        \
	int name(struct type *p)                                                                   \
	{                                                                                          \
		free(p);                                                                           \
		return DNN_OK;                                                                     \
	}
CREATE(cudnnCreate, dnn_handle)
CREATE(cudnnCreateTensorDescriptor, dnn_tensor)
CREATE(cudnnCreateFilterDescriptor, dnn_filter)
CREATE(cudnnCreateConvolutionDescriptor, dnn_convolution)
DESTROY(cudnnDestroyTensorDescriptor, dnn_tensor)
DESTROY(cudnnDestroyFilterDescriptor, dnn_filter)
DESTROY(cudnnDestroyConvolutionDescriptor, dnn_convolution)

int cudnnSetStream(struct dnn_handle *h, struct cu_stream *s)
{
	h->stream = s;
	return DNN_OK;
}

static bool type_is_known(int type)
{
	return type == DNN_FLOAT || type == DNN_BFLOAT16;
}

int cudnnSetTensor4dDescriptor(struct dnn_tensor *t, int format, int type, int n, int c, int h,
			       int w)
{
	*t = (struct dnn_tensor){format, type, n, c, h, w};
	return type_is_known(type) && n > 0 && c > 0 && h > 0 && w > 0 ? DNN_OK : BAD_PARAM;
}

int cudnnSetFilter4dDescriptor(struct dnn_filter *f, int type, int format, int k, int c, int h,
			       int w)
{
	*f = (struct dnn_filter){format, type, k, c, h, w};
	return type_is_known(type) && k > 0 && c > 0 && h > 0 && w > 0 ? DNN_OK : BAD_PARAM;
}

int cudnnSetConvolution2dDescriptor(struct dnn_convolution *c, int pad_h, int pad_w, int stride_h,
				    int stride_w, int dilation_h, int dilation_w, int mode,
				    int compute_type)
{
	*c = (struct dnn_convolution){pad_h, pad_w, stride_h, stride_w, 1, DNN_MATH_DEFAULT};
	if (pad_h < 0 || pad_w < 0 || stride_h < 1 || stride_w < 1)
		return BAD_PARAM;
	return dilation_h == 1 && dilation_w == 1 && mode == DNN_CROSS_CORRELATION &&
		       compute_type == DNN_FLOAT
		   ? DNN_OK
		   : NOT_SUPPORTED;
}

int cudnnSetConvolutionGroupCount(struct dnn_convolution *c, int groups)
{
	c->groups = groups;
	return groups > 0 ? DNN_OK : BAD_PARAM;
}

int cudnnSetConvolutionMathType(struct dnn_convolution *c, int math)
{
	c->math = math;
	return math >= 0 && math <= DNN_MATH_FMA ? DNN_OK : BAD_PARAM;
}

static int geometry_of(const struct dnn_tensor *x, const struct dnn_filter *w,
		       const struct dnn_convolution *c, const struct dnn_tensor *y,
		       struct geometry *g)
{
	int out_h = (x->h + 2 * c->pad_h - w->h) / c->stride_h + 1;
	int out_w = (x->w + 2 * c->pad_w - w->w) / c->stride_w + 1;
	*g = (struct geometry){x->n,     x->c,     x->h,        x->w,       w->k,
			       w->h,     w->w,     c->groups,   out_h,      out_w,
			       c->pad_h, c->pad_w, c->stride_h, c->stride_w};
	if (x->format != DNN_NHWC || y->format != DNN_NHWC || w->format != DNN_NHWC ||
	    x->type != y->type || x->type != w->type)
		return NOT_SUPPORTED;
	return x->n == y->n && w->c * c->groups == x->c && w->k % c->groups == 0 && w->k == y->c &&
		       x->h + 2 * c->pad_h >= w->h && x->w + 2 * c->pad_w >= w->w &&
		       out_h == y->h && out_w == y->w
		   ? DNN_OK
		   : BAD_PARAM;
}

/* ---- algorithms ---- */

/* The fastest may give other bits each time; the next does not do it. */
static const struct algorithm {
	int number, status, determinism;
	size_t workspace;
} algorithms[] = {
    {0, DNN_OK, 0, 1024},
    {5, NOT_SUPPORTED, DNN_DETERMINISTIC, 0},
    {1, DNN_OK, DNN_DETERMINISTIC, 4096},
    {3, DNN_OK, DNN_DETERMINISTIC, 64},
};
enum { ALGORITHMS = sizeof(algorithms) / sizeof(*algorithms) };

static const struct algorithm *algorithm_of(int number)
{
	for (int i = 0; i < ALGORITHMS; i++)
		if (algorithms[i].number == number && !algorithms[i].status)
			return &algorithms[i];
	return NULL;
}

static int list_algorithms(const struct dnn_tensor *x, const struct dnn_filter *w,
			   const struct dnn_convolution *c, const struct dnn_tensor *y, int wanted,
			   int *returned, struct dnn_performance *p)
{
	struct geometry g;
	int status = wanted > 0 ? geometry_of(x, w, c, y, &g) : BAD_PARAM;
	*returned = 0;
	for (int i = 0; !status && i < ALGORITHMS && i < wanted; i++) {
		const struct algorithm *a = &algorithms[i];
		p[i] = (struct dnn_performance){.algorithm = a->number,
						.status = a->status,
						.ms = a->status ? -1 : .1f * (float)(i + 1),
						.workspace_bytes = a->workspace,
						.determinism = a->determinism,
						.math = c->math};
		*returned = i + 1;
	}
	return status;
}

static int workspace_of(const struct dnn_tensor *x, const struct dnn_filter *w,
			const struct dnn_convolution *c, const struct dnn_tensor *y, int algorithm,
			size_t *bytes)
{
	struct geometry g;
	int status = geometry_of(x, w, c, y, &g);
	const struct algorithm *a = algorithm_of(algorithm);
	if (status || !a)
		return status ? status : NOT_SUPPORTED;
	*bytes = a->workspace;
	return DNN_OK;
}

int cudnnGetConvolutionForwardAlgorithm_v7(struct dnn_handle *h, struct dnn_tensor *x,
					   struct dnn_filter *w, struct dnn_convolution *c,
					   struct dnn_tensor *y, int wanted, int *returned,
					   struct dnn_performance *p)
{
	return h ? list_algorithms(x, w, c, y, wanted, returned, p) : BAD_PARAM;
}

int cudnnGetConvolutionBackwardDataAlgorithm_v7(struct dnn_handle *h, struct dnn_filter *w,
						struct dnn_tensor *dy, struct dnn_convolution *c,
						struct dnn_tensor *dx, int wanted, int *returned,
						struct dnn_performance *p)
{
	return h ? list_algorithms(dx, w, c, dy, wanted, returned, p) : BAD_PARAM;
}

int cudnnGetConvolutionBackwardFilterAlgorithm_v7(struct dnn_handle *h, struct dnn_tensor *x,
						  struct dnn_tensor *dy, struct dnn_convolution *c,
						  struct dnn_filter *dw, int wanted, int *returned,
						  struct dnn_performance *p)
{
	return h ? list_algorithms(x, dw, c, dy, wanted, returned, p) : BAD_PARAM;
}

int cudnnGetConvolutionForwardWorkspaceSize(struct dnn_handle *h, struct dnn_tensor *x,
					    struct dnn_filter *w, struct dnn_convolution *c,
					    struct dnn_tensor *y, int algorithm, size_t *bytes)
{
	return h ? workspace_of(x, w, c, y, algorithm, bytes) : BAD_PARAM;
}

int cudnnGetConvolutionBackwardDataWorkspaceSize(struct dnn_handle *h, struct dnn_filter *w,
						 struct dnn_tensor *dy, struct dnn_convolution *c,
						 struct dnn_tensor *dx, int algorithm,
						 size_t *bytes)
{
	return h ? workspace_of(dx, w, c, dy, algorithm, bytes) : BAD_PARAM;
}

EXPORT int
cudnnGetConvolutionBackwardFilterWorkspaceSize(struct dnn_handle *h, struct dnn_tensor *x,
					       struct dnn_tensor *dy, struct dnn_convolution *c,
					       struct dnn_filter *dw, int algorithm, size_t *bytes)
{
	return h ? workspace_of(x, dw, c, dy, algorithm, bytes) : BAD_PARAM;
}

/* ---- convolving ---- */

struct job {
	struct geometry g;
	enum direction direction;
	bool half, rounds, noisy; /* bf16; as TF32; not deterministic */
	const void *a, *b;
	void *out, *workspace;
	float alpha, beta;
	size_t n_a, n_b, n_out, workspace_bytes;
};

static float of_half(uint16_t h)
{
	uint32_t bits = (uint32_t)h << 16;
	float f;
	memcpy(&f, &bits, sizeof(f));
	return f;
}

/* To the nearest, ties to even. */
static uint16_t to_half(float f)
{
	uint32_t bits;
	memcpy(&bits, &f, sizeof(bits));
	if (f != f)
		return 0x7fc0;
	return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* To the ten bits of TF32's mantissa. */
static float to_tf32(float f)
{
	uint32_t bits;
	memcpy(&bits, &f, sizeof(bits));
	if ((bits & 0x7f800000) == 0x7f800000)
		return f;
	bits = (bits + 0x1000) & ~(uint32_t)0x1fff;
	memcpy(&f, &bits, sizeof(f));
	return f;
}

static float read_number(const struct job *j, const void *from, size_t i)
{
	if (j->half)
		return of_half(((const uint16_t *)from)[i]);
	float f = ((const float *)from)[i];
	return j->rounds ? to_tf32(f) : f;
}

static float *read_all(const struct job *j, const void *from, size_t n)
{
	float *out = malloc(n * sizeof(*out));
	for (size_t i = 0; i < n; i++)
		out[i] = read_number(j, from, i);
	return out;
}

static void write_number(const struct job *j, size_t i, float sum)
{
	float value = j->alpha * sum;
	if (j->half) {
		uint16_t *to = (uint16_t *)j->out + i;
		*to = to_half(j->beta != 0 ? value + j->beta * of_half(*to) : value);
	} else {
		float *to = (float *)j->out + i;
		*to = j->beta != 0 ? value + j->beta * *to : value;
	}
}

static int run_job(void *payload)
{
	static unsigned times;
	const struct job *j = payload;
	standin_open();
	float *a = read_all(j, j->a, j->n_a), *b = read_all(j, j->b, j->n_b);
	float *out = malloc(j->n_out * sizeof(*out));
	convolve(&j->g, j->direction, a, b, out);
	times++;
	for (size_t i = 0; i < j->n_out; i++) {
		float noise = j->noisy ? 1e-3f * (float)((times * 31 + i) % 17) : 0;
		write_number(j, i, out[i] * (1 + noise));
	}
	memset(j->workspace, 0xff, j->workspace_bytes);
	free(a);
	free(b);
	free(out);
	return CU_OK;
}

static bool is_tensor(const struct dnn_handle *h, const struct job *j, const void *at, size_t n)
{
	return (uintptr_t)at % TENSOR_ALIGNMENT == 0 &&
	       standin_is_card(h->stream, at, n * (j->half ? sizeof(uint16_t) : sizeof(float)));
}

static int queue_job(const struct dnn_handle *h, struct job *j, const struct dnn_convolution *c,
		     int algorithm, size_t workspace_bytes)
{
	const struct algorithm *a = algorithm_of(algorithm);
	if (!h->stream || !a || workspace_bytes < a->workspace ||
	    !standin_is_card(h->stream, j->workspace, workspace_bytes) ||
	    !is_tensor(h, j, j->a, j->n_a) || !is_tensor(h, j, j->b, j->n_b) ||
	    !is_tensor(h, j, j->out, j->n_out))
		return BAD_PARAM;
	j->workspace_bytes = workspace_bytes;
	j->rounds = !j->half && c->math != DNN_MATH_FMA;
	j->noisy = a->determinism != DNN_DETERMINISTIC;
	return standin_queue(h->stream, run_job, j, sizeof(*j)) ? EXECUTION_FAILED : DNN_OK;
}

static size_t tensor_size(const struct dnn_tensor *t)
{
	return (size_t)t->n * (size_t)t->c * (size_t)t->h * (size_t)t->w;
}

static size_t filter_size(const struct dnn_filter *f)
{
	return (size_t)f->k * (size_t)f->c * (size_t)f->h * (size_t)f->w;
}

int cudnnConvolutionForward(struct dnn_handle *h, const void *alpha, struct dnn_tensor *tx,
			    const void *x, struct dnn_filter *tw, const void *w,
			    struct dnn_convolution *c, int algorithm, void *workspace, size_t bytes,
			    const void *beta, struct dnn_tensor *ty, void *y)
{
	struct job j = {.direction = FORWARD,
			.half = tx->type == DNN_BFLOAT16,
			.a = x,
			.b = w,
			.out = y,
			.workspace = workspace,
			.alpha = *(const float *)alpha,
			.beta = *(const float *)beta,
			.n_a = tensor_size(tx),
			.n_b = filter_size(tw),
			.n_out = tensor_size(ty)};
	int status = geometry_of(tx, tw, c, ty, &j.g);
	return status ? status : queue_job(h, &j, c, algorithm, bytes);
}

int cudnnConvolutionBackwardData(struct dnn_handle *h, const void *alpha, struct dnn_filter *tw,
				 const void *w, struct dnn_tensor *tdy, const void *dy,
				 struct dnn_convolution *c, int algorithm, void *workspace,
				 size_t bytes, const void *beta, struct dnn_tensor *tdx, void *dx)
{
	struct job j = {.direction = DATA,
			.half = tdy->type == DNN_BFLOAT16,
			.a = dy,
			.b = w,
			.out = dx,
			.workspace = workspace,
			.alpha = *(const float *)alpha,
			.beta = *(const float *)beta,
			.n_a = tensor_size(tdy),
			.n_b = filter_size(tw),
			.n_out = tensor_size(tdx)};
	int status = geometry_of(tdx, tw, c, tdy, &j.g);
	return status ? status : queue_job(h, &j, c, algorithm, bytes);
}

int cudnnConvolutionBackwardFilter(struct dnn_handle *h, const void *alpha, struct dnn_tensor *tx,
				   const void *x, struct dnn_tensor *tdy, const void *dy,
				   struct dnn_convolution *c, int algorithm, void *workspace,
				   size_t bytes, const void *beta, struct dnn_filter *tdw, void *dw)
{
	struct job j = {.direction = FILTER,
			.half = tx->type == DNN_BFLOAT16,
			.a = x,
			.b = dy,
			.out = dw,
			.workspace = workspace,
			.alpha = *(const float *)alpha,
			.beta = *(const float *)beta,
			.n_a = tensor_size(tx),
			.n_b = tensor_size(tdy),
			.n_out = filter_size(tdw)};
	int status = geometry_of(tx, tdw, c, tdy, &j.g);
	return status ? status : queue_job(h, &j, c, algorithm, bytes);
}
