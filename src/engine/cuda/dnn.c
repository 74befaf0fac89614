#include "dnn.h"
#include "library.h"

#include "thaw/base/alloc.h"

#include <dlfcn.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMBER(name, args) int(*name) args;
static struct {
	DNN_FUNCTIONS(MEMBER)
} dnn;

#define NAME(name, args) #name,
static const char *const names[] = {DNN_FUNCTIONS(NAME)};

static struct dnn_handle *handle;
static char words[600];

/* What cuDNN looks for when it is asked for a matrix product; without it, it has fewer ways. */
static const char *const helpers[] = {"libcublasLt.so.13", "libcublasLt.so.12"};

static const char *(*error_string)(int status);

static void check(int status, const char *call)
{
	if (status)
		driver_fail("%s: %s", call, error_string(status));
}
#define DNN(name, ...) check(dnn.name(__VA_ARGS__), #name)

static void name_it(void *lib, size_t version)
{
	Dl_info info;
	void *f = dlsym(lib, "cudnnCreate");
	char path[512] = "?";
	if (f && dladdr(f, &info))
		snprintf(path, sizeof(path), "%s", info.dli_fname);
	snprintf(words, sizeof(words), "cuDNN %zu.%zu from %s", version / 10000,
		 version % 10000 / 100, dirname(path));
}

static void *symbol(void *lib, const char *name)
{
	return dlsym(lib, name);
}

static enum err open_library(struct errinfo *e)
{
	static const char mend[] = "install cuDNN 9 (pip install nvidia-cudnn-cu12 or -cu13), or name "
				   "its folder in THAW_CUDNN";
	struct errinfo why;
	for (size_t i = 0; i < sizeof(helpers) / sizeof(*helpers); i++)
		if (library_open(helpers[i], "THAW_CUDNN", &why))
			break;
	void *lib = library_open("libcudnn.so.9", "THAW_CUDNN", &why);
	if (!lib)
		return err_set(e, ERR_NOT_FOUND, "%s: %s", why.msg, mend);
	size_t (*version)(void);
	void *f = symbol(lib, "cudnnGetVersion"), *g = symbol(lib, "cudnnGetErrorString");
	if (!f || !g ||
	    library_functions(lib, names, sizeof(names) / sizeof(*names), &dnn, &why))
		return err_set(e, ERR_NOT_FOUND, "libcudnn.so.9 is of another kind: %s", mend);
	memcpy(&version, &f, sizeof(f));
	memcpy(&error_string, &g, sizeof(g));
	name_it(lib, version());
	return ERR_OK;
}

enum err dnn_open(struct cu_stream *s, struct errinfo *e)
{
	if (handle)
		return ERR_OK;
	enum err r = open_library(e);
	if (r)
		return r;
	int status = dnn.cudnnCreate(&handle);
	if (status) {
		handle = NULL;
		return err_set(e, ERR_NOT_FOUND, "%s does not start: %s", words,
			       error_string(status));
	}
	DNN(cudnnSetStream, handle, s);
	return ERR_OK;
}

const char *dnn_words(void)
{
	return words;
}

/* ---- convolutions ---- */

enum direction { FORWARD, DATA, WEIGHTS, DIRECTIONS };

struct way {
	struct dnn_convolution *convolution; /* NULL: not wanted */
	int algorithm;
	size_t bytes; /* of workspace */
};

struct dnn_conv {
	struct dnn_tensor *x, *y;
	struct dnn_filter *w;
	struct way way[DIRECTIONS];
};

enum { WAYS_MAX = 16 };
#define WORKSPACE_MAX ((size_t)1 << 30)

static int list_ways(const struct dnn_conv *c, enum direction d, struct dnn_convolution *k,
		     struct dnn_performance *p)
{
	int n = 0;
	if (d == FORWARD)
		DNN(cudnnGetConvolutionForwardAlgorithm_v7, handle, c->x, c->w, k, c->y, WAYS_MAX,
		    &n, p);
	else if (d == DATA)
		DNN(cudnnGetConvolutionBackwardDataAlgorithm_v7, handle, c->w, c->y, k, c->x,
		    WAYS_MAX, &n, p);
	else
		DNN(cudnnGetConvolutionBackwardFilterAlgorithm_v7, handle, c->x, c->y, k, c->w,
		    WAYS_MAX, &n, p);
	return n;
}

static int workspace_of(const struct dnn_conv *c, enum direction d, struct dnn_convolution *k,
			int algorithm, size_t *bytes)
{
	if (d == FORWARD)
		return dnn.cudnnGetConvolutionForwardWorkspaceSize(handle, c->x, c->w, k, c->y,
								   algorithm, bytes);
	if (d == DATA)
		return dnn.cudnnGetConvolutionBackwardDataWorkspaceSize(handle, c->w, c->y, k, c->x,
									algorithm, bytes);
	return dnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(handle, c->x, c->y, k, c->w,
								  algorithm, bytes);
}

/* The first that cuDNN proposes, of those that are allowed and take no more than WORKSPACE_MAX; where
 * all take more, the one that takes least. */
static void choose(struct dnn_conv *c, enum direction d, bool full)
{
	struct dnn_performance p[WAYS_MAX];
	struct way *way = &c->way[d];
	int n = list_ways(c, d, way->convolution, p), math = 0;
	way->bytes = SIZE_MAX;
	for (int i = 0; i < n && way->bytes > WORKSPACE_MAX; i++) {
		size_t bytes;
		bool tensor = p[i].math != DNN_MATH_DEFAULT && p[i].math != DNN_MATH_FMA;
		if (p[i].status || p[i].determinism != DNN_DETERMINISTIC || (full && tensor))
			continue;
		int as = full ? DNN_MATH_FMA : p[i].math;
		DNN(cudnnSetConvolutionMathType, way->convolution, as);
		if (workspace_of(c, d, way->convolution, p[i].algorithm, &bytes) ||
		    bytes >= way->bytes)
			continue;
		way->algorithm = p[i].algorithm;
		way->bytes = bytes;
		math = as;
	}
	if (way->bytes == SIZE_MAX)
		driver_fail("cuDNN has no convolution of this shape that gives the same bits each "
			    "time");
	DNN(cudnnSetConvolutionMathType, way->convolution, math);
}

static void add_way(struct dnn_conv *c, enum direction d, const struct dnn_shape *s)
{
	struct dnn_convolution **k = &c->way[d].convolution;
	bool full = s->precision == PRECISION_FP32;
	DNN(cudnnCreateConvolutionDescriptor, k);
	DNN(cudnnSetConvolution2dDescriptor, *k, s->pad, s->pad, s->stride, s->stride, 1, 1,
	    DNN_CROSS_CORRELATION, DNN_FLOAT);
	DNN(cudnnSetConvolutionGroupCount, *k, s->groups);
	DNN(cudnnSetConvolutionMathType, *k,
	    full ? DNN_MATH_FMA : s->half ? DNN_MATH_TENSOR_OP : DNN_MATH_DEFAULT);
	choose(c, d, full);
}

struct dnn_conv *dnn_conv_new(const struct dnn_shape *s, bool data_gradient, bool weight_gradient)
{
	struct dnn_conv *c = xcalloc(1, sizeof(*c));
	int type = s->half ? DNN_BFLOAT16 : DNN_FLOAT;
	DNN(cudnnCreateTensorDescriptor, &c->x);
	DNN(cudnnCreateTensorDescriptor, &c->y);
	DNN(cudnnCreateFilterDescriptor, &c->w);
	DNN(cudnnSetTensor4dDescriptor, c->x, DNN_NHWC, type, s->n, s->c, s->h, s->w);
	DNN(cudnnSetTensor4dDescriptor, c->y, DNN_NHWC, type, s->n, s->out_c, s->out_h, s->out_w);
	DNN(cudnnSetFilter4dDescriptor, c->w, type, DNN_NHWC, s->out_c, s->c / s->groups, s->size,
	    s->size);
	add_way(c, FORWARD, s);
	if (data_gradient)
		add_way(c, DATA, s);
	if (weight_gradient)
		add_way(c, WEIGHTS, s);
	return c;
}

void dnn_conv_free(struct dnn_conv *c)
{
	if (!c)
		return;
	for (int d = 0; d < DIRECTIONS; d++)
		if (c->way[d].convolution)
			DNN(cudnnDestroyConvolutionDescriptor, c->way[d].convolution);
	DNN(cudnnDestroyTensorDescriptor, c->x);
	DNN(cudnnDestroyTensorDescriptor, c->y);
	DNN(cudnnDestroyFilterDescriptor, c->w);
	free(c);
}

size_t dnn_conv_workspace_bytes(const struct dnn_conv *c)
{
	size_t most = 0;
	for (int d = 0; d < DIRECTIONS; d++)
		most = c->way[d].bytes > most ? c->way[d].bytes : most;
	return most;
}

static const float one = 1, zero = 0;

void dnn_conv_forward(struct dnn_conv *c, const void *x, const void *w, void *y, void *workspace)
{
	const struct way *k = &c->way[FORWARD];
	DNN(cudnnConvolutionForward, handle, &one, c->x, x, c->w, w, k->convolution, k->algorithm,
	    workspace, k->bytes, &zero, c->y, y);
}

void dnn_conv_backward_data(struct dnn_conv *c, const void *dy, const void *w, void *dx, bool add,
			    void *workspace)
{
	const struct way *k = &c->way[DATA];
	DNN(cudnnConvolutionBackwardData, handle, &one, c->w, w, c->y, dy, k->convolution,
	    k->algorithm, workspace, k->bytes, add ? &one : &zero, c->x, dx);
}

void dnn_conv_backward_weights(struct dnn_conv *c, const void *x, const void *dy, void *dw,
			       void *workspace)
{
	const struct way *k = &c->way[WEIGHTS];
	DNN(cudnnConvolutionBackwardFilter, handle, &one, c->x, x, c->y, dy, k->convolution,
	    k->algorithm, workspace, k->bytes, &zero, c->w, dw);
}
