/* The stand-in for cuDNN: its convolutions against plain sums in double. */
#include "standin.h"

#include <math.h>

enum { BAD_PARAM = 2000, NOT_SUPPORTED = 3000 };
enum direction { FORWARD, DATA, FILTER, DIRECTIONS };
enum { DETERMINISTIC = 1, WORKSPACE = 4096 }; /* an algorithm, and what it wants */

static const struct shape {
	int n, c, h, w, k, size, groups, stride, pad;
} shapes[] = {
    {2, 3, 7, 9, 8, 3, 1, 1, 1},   {1, 16, 6, 6, 5, 1, 1, 1, 0},  {3, 8, 9, 8, 12, 3, 4, 2, 1},
    {2, 6, 5, 5, 6, 3, 6, 1, 1},   {1, 4, 11, 11, 7, 5, 1, 2, 2}, {2, 5, 4, 4, 3, 4, 1, 1, 0},
    {1, 2, 12, 12, 4, 3, 2, 3, 0}, {4, 20, 1, 1, 10, 1, 1, 1, 0},
};
enum { N_SHAPES = sizeof(shapes) / sizeof(*shapes) };

static struct dnn_handle *handle;

#define DNN(name, ...) assert_int_equal(dnn.name(__VA_ARGS__), 0)

struct set { /* descriptors of a shape, and how many numbers each tensor has */
	struct dnn_tensor *x, *y;
	struct dnn_filter *w;
	struct dnn_convolution *c;
	int out_h, out_w;
	size_t n_x, n_y, n_w;
};

static struct set set_new(const struct shape *s, int type, int math)
{
	struct set d = {.out_h = (s->h + 2 * s->pad - s->size) / s->stride + 1,
			.out_w = (s->w + 2 * s->pad - s->size) / s->stride + 1};
	standin_start();
	if (!handle) {
		DNN(cudnnCreate, &handle);
		DNN(cudnnSetStream, handle, stream);
	}
	DNN(cudnnCreateTensorDescriptor, &d.x);
	DNN(cudnnCreateTensorDescriptor, &d.y);
	DNN(cudnnCreateFilterDescriptor, &d.w);
	DNN(cudnnCreateConvolutionDescriptor, &d.c);
	DNN(cudnnSetTensor4dDescriptor, d.x, DNN_NHWC, type, s->n, s->c, s->h, s->w);
	DNN(cudnnSetTensor4dDescriptor, d.y, DNN_NHWC, type, s->n, s->k, d.out_h, d.out_w);
	DNN(cudnnSetFilter4dDescriptor, d.w, type, DNN_NHWC, s->k, s->c / s->groups, s->size,
	    s->size);
	DNN(cudnnSetConvolution2dDescriptor, d.c, s->pad, s->pad, s->stride, s->stride, 1, 1,
	    DNN_CROSS_CORRELATION, DNN_FLOAT);
	DNN(cudnnSetConvolutionGroupCount, d.c, s->groups);
	DNN(cudnnSetConvolutionMathType, d.c, math);
	d.n_x = (size_t)(s->n * s->c * s->h * s->w);
	d.n_y = (size_t)(s->n * s->k * d.out_h * d.out_w);
	d.n_w = (size_t)(s->k * s->size * s->size * s->c / s->groups);
	return d;
}

static void set_free(struct set *d)
{
	DNN(cudnnDestroyTensorDescriptor, d->x);
	DNN(cudnnDestroyTensorDescriptor, d->y);
	DNN(cudnnDestroyFilterDescriptor, d->w);
	DNN(cudnnDestroyConvolutionDescriptor, d->c);
}

/* The sums of all three directions from what they read: for each product of x, w and y. */
static void plain(const struct shape *s, const struct set *d, enum direction way, const float *x,
		  const float *w, const float *y, double *out)
{
	int c = s->c / s->groups, k = s->k / s->groups;
	for (int n = 0; n < s->n; n++)
		for (int oy = 0; oy < d->out_h; oy++)
			for (int ox = 0; ox < d->out_w; ox++)
				for (int f = 0; f < s->k; f++)
					for (int t = 0; t < s->size * s->size * c; t++) {
						int i = t % c, q = t / c % s->size,
						    r = t / c / s->size;
						int iy = oy * s->stride + r - s->pad;
						int ix = ox * s->stride + q - s->pad;
						if (iy < 0 || iy >= s->h || ix < 0 || ix >= s->w)
							continue;
						int at_x = ((n * s->h + iy) * s->w + ix) * s->c +
							   f / k * c + i;
						int at_y =
						    ((n * d->out_h + oy) * d->out_w + ox) * s->k +
						    f;
						int at_w = f * s->size * s->size * c + t;
						if (way == FORWARD)
							out[at_y] +=
							    (double)x[at_x] * (double)w[at_w];
						else if (way == DATA)
							out[at_x] +=
							    (double)y[at_y] * (double)w[at_w];
						else
							out[at_w] +=
							    (double)x[at_x] * (double)y[at_y];
					}
}

struct tensors { /* of one shape: on the host and on the card */
	float *x, *w, *y;
	device_address at_x, at_w, at_y, workspace;
};

static float *made_up(size_t n, unsigned seed)
{
	float *v = calloc(n, sizeof(*v));
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		v[i] = (float)(seed >> 8) / (1 << 23) - 1;
	}
	return v;
}

static device_address sent(const float *v, size_t n)
{
	device_address at = standin_floats(n);
	to_card(at, v, n);
	return at;
}

static struct tensors tensors_new(const struct set *d)
{
	struct tensors t = {made_up(d->n_x, 1), made_up(d->n_w, 2), made_up(d->n_y, 3), 0, 0, 0, 0};
	t.at_x = sent(t.x, d->n_x);
	t.at_w = sent(t.w, d->n_w);
	t.at_y = sent(t.y, d->n_y);
	t.workspace = standin_floats(WORKSPACE / sizeof(float));
	return t;
}

static void tensors_free(struct tensors *t)
{
	OK(cuMemFree_v2, t->at_x);
	OK(cuMemFree_v2, t->at_w);
	OK(cuMemFree_v2, t->at_y);
	OK(cuMemFree_v2, t->workspace);
	free(t->x);
	free(t->w);
	free(t->y);
}

static void *pointer(device_address at)
{
	return (void *)(uintptr_t)at;
}

static int convolve(const struct set *d, const struct tensors *t, enum direction way, int algorithm,
		    float alpha, float beta, device_address out)
{
	void *x = pointer(t->at_x), *w = pointer(t->at_w), *y = pointer(t->at_y);
	void *space = pointer(t->workspace), *to = pointer(out);
	if (way == FORWARD)
		return dnn.cudnnConvolutionForward(handle, &alpha, d->x, x, d->w, w, d->c,
						   algorithm, space, WORKSPACE, &beta, d->y, to);
	if (way == DATA)
		return dnn.cudnnConvolutionBackwardData(handle, &alpha, d->w, w, d->y, y, d->c,
							algorithm, space, WORKSPACE, &beta, d->x,
							to);
	return dnn.cudnnConvolutionBackwardFilter(handle, &alpha, d->x, x, d->y, y, d->c, algorithm,
						  space, WORKSPACE, &beta, d->w, to);
}

static size_t n_out(const struct set *d, enum direction way)
{
	return way == FORWARD ? d->n_y : way == DATA ? d->n_x : d->n_w;
}

/* Beta 0 does not read what was there, NaN; beta 1 adds to it. */
static void compare(const struct shape *s, enum direction way)
{
	struct set d = set_new(s, DNN_FLOAT, DNN_MATH_FMA);
	struct tensors t = tensors_new(&d);
	size_t n = n_out(&d, way);
	double *want = calloc(n, sizeof(*want));
	float *got = calloc(n, sizeof(*got)), space;
	device_address out = standin_floats(n);
	plain(s, &d, way, t.x, t.w, t.y, want);
	assert_int_equal(convolve(&d, &t, way, DETERMINISTIC, 1, 0, out), 0);
	assert_int_equal(convolve(&d, &t, way, DETERMINISTIC, .5f, 1, out), 0);
	to_host(got, out, n);
	to_host(&space, t.workspace, 1);
	assert_true(isnan(space)); /* scribbled over, whatever it was */
	for (size_t i = 0; i < n; i++)
		if (fabs((double)got[i] - 1.5 * want[i]) > 1e-5 * (1 + fabs(want[i])))
			fail_msg("shape %d, direction %d, [%zu]: %g, and not %g", (int)(s - shapes),
				 way, i, (double)got[i], 1.5 * want[i]);
	OK(cuMemFree_v2, out);
	free(want);
	free(got);
	tensors_free(&t);
	set_free(&d);
}

static void sums_are_right(void **state)
{
	(void)state;
	for (int i = 0; i < N_SHAPES; i++)
		for (int way = 0; way < DIRECTIONS; way++)
			compare(&shapes[i], (enum direction)way);
}

/* Twice by each algorithm that is offered. */
static void the_first_algorithm_is_not_deterministic(void **state)
{
	(void)state;
	struct set d = set_new(&shapes[0], DNN_FLOAT, DNN_MATH_FMA);
	struct tensors t = tensors_new(&d);
	struct dnn_performance p[8];
	int n = 0, sure = 0;
	device_address out = standin_floats(d.n_y);
	float *got[2] = {calloc(d.n_y, sizeof(float)), calloc(d.n_y, sizeof(float))};
	DNN(cudnnGetConvolutionForwardAlgorithm_v7, handle, d.x, d.w, d.c, d.y, 8, &n, p);
	assert_true(n > 1 && p[0].determinism == 0);
	for (int i = 0; i < n; i++) {
		size_t bytes = 0;
		int status = convolve(&d, &t, FORWARD, p[i].algorithm, 1, 0, out);
		assert_int_equal(status != 0, p[i].status != 0);
		if (status)
			continue;
		DNN(cudnnGetConvolutionForwardWorkspaceSize, handle, d.x, d.w, d.c, d.y,
		    p[i].algorithm, &bytes);
		assert_true(bytes > 0 && bytes == p[i].workspace_bytes);
		to_host(got[0], out, d.n_y);
		DNN(cudnnConvolutionForward, handle, &(float){1}, d.x, pointer(t.at_x), d.w,
		    pointer(t.at_w), d.c, p[i].algorithm, pointer(t.workspace), bytes, &(float){0},
		    d.y, pointer(out));
		to_host(got[1], out, d.n_y);
		bool same = memcmp(got[0], got[1], d.n_y * sizeof(float)) == 0;
		assert_int_equal(same, p[i].determinism == DNN_DETERMINISTIC);
		sure += same;
	}
	assert_true(sure > 0);
	free(got[0]);
	free(got[1]);
	OK(cuMemFree_v2, out);
	tensors_free(&t);
	set_free(&d);
}

/* The largest difference from what FMA gives, as a share of the largest number. */
static double rounding(int math)
{
	struct set d = set_new(&shapes[0], DNN_FLOAT, math);
	struct tensors t = tensors_new(&d);
	double *want = calloc(d.n_y, sizeof(*want)), worst = 0, largest = 0;
	float *got = calloc(d.n_y, sizeof(*got));
	device_address out = standin_floats(d.n_y);
	plain(&shapes[0], &d, FORWARD, t.x, t.w, t.y, want);
	assert_int_equal(convolve(&d, &t, FORWARD, DETERMINISTIC, 1, 0, out), 0);
	to_host(got, out, d.n_y);
	for (size_t i = 0; i < d.n_y; i++) {
		worst = fmax(worst, fabs((double)got[i] - want[i]));
		largest = fmax(largest, fabs(want[i]));
	}
	OK(cuMemFree_v2, out);
	free(want);
	free(got);
	tensors_free(&t);
	set_free(&d);
	return worst / largest;
}

static void what_may_round_rounds(void **state)
{
	(void)state;
	assert_true(rounding(DNN_MATH_FMA) < 1e-6);
	assert_true(rounding(DNN_MATH_DEFAULT) > 1e-5 && rounding(DNN_MATH_DEFAULT) < 2e-3);
}

/* Numbers that bf16 holds exactly, and sums rounded to it. */
static void halves_are_rounded_sums(void **state)
{
	(void)state;
	const struct shape *s = &shapes[2];
	struct set d = set_new(s, DNN_BFLOAT16, DNN_MATH_TENSOR_OP);
	struct tensors t = tensors_new(&d);
	double *want = calloc(d.n_y, sizeof(*want));
	uint16_t *half = calloc(d.n_x + d.n_w + d.n_y, sizeof(*half));
	float *of[] = {t.x, t.w};
	size_t sizes[] = {d.n_x, d.n_w};
	device_address to[] = {t.at_x, t.at_w}, out = standin_floats(d.n_y);
	for (int k = 0; k < 2; k++) {
		for (size_t i = 0; i < sizes[k]; i++) {
			uint32_t bits;
			memcpy(&bits, &of[k][i], sizeof(bits));
			bits &= 0xffff0000;
			memcpy(&of[k][i], &bits, sizeof(bits));
			half[i] = (uint16_t)(bits >> 16);
		}
		OK(cuMemcpyHtoDAsync_v2, to[k], half, sizes[k] * sizeof(*half), stream);
	}
	plain(s, &d, FORWARD, t.x, t.w, t.y, want);
	assert_int_equal(convolve(&d, &t, FORWARD, DETERMINISTIC, 1, 0, out), 0);
	OK(cuMemcpyDtoHAsync_v2, half, out, d.n_y * sizeof(*half), stream);
	for (size_t i = 0; i < d.n_y; i++) {
		uint32_t bits = (uint32_t)half[i] << 16;
		float got;
		memcpy(&got, &bits, sizeof(got));
		assert_true(fabs((double)got - want[i]) <= fabs(want[i]) / 256 + 1e-6);
	}
	OK(cuMemFree_v2, out);
	free(want);
	free(half);
	tensors_free(&t);
	set_free(&d);
}

static void what_does_not_fit_is_refused(void **state)
{
	(void)state;
	struct set d = set_new(&shapes[0], DNN_FLOAT, DNN_MATH_FMA);
	struct tensors t = tensors_new(&d);
	struct dnn_performance p;
	int n;
	float one = 1, zero = 0;
	device_address out = standin_floats(d.n_y);
	assert_int_equal(convolve(&d, &t, FORWARD, DETERMINISTIC, 1, 0, out + 4), BAD_PARAM);
	assert_int_equal(convolve(&d, &t, FORWARD, 99, 1, 0, out), BAD_PARAM);
	assert_int_equal(dnn.cudnnConvolutionForward(handle, &one, d.x, pointer(t.at_x), d.w,
						     pointer(t.at_w), d.c, DETERMINISTIC,
						     pointer(t.workspace), WORKSPACE - 1, &zero,
						     d.y, pointer(out)),
			 BAD_PARAM);
	DNN(cudnnSetTensor4dDescriptor, d.y, DNN_NHWC, DNN_FLOAT, 2, 8, 7, 8);
	assert_int_equal(
	    dnn.cudnnGetConvolutionForwardAlgorithm_v7(handle, d.x, d.w, d.c, d.y, 1, &n, &p),
	    BAD_PARAM);
	assert_int_equal(convolve(&d, &t, FORWARD, DETERMINISTIC, 1, 0, out), BAD_PARAM);
	DNN(cudnnSetTensor4dDescriptor, d.y, DNN_NCHW, DNN_FLOAT, 2, 8, 7, 9);
	assert_int_equal(convolve(&d, &t, FORWARD, DETERMINISTIC, 1, 0, out), NOT_SUPPORTED);
	OK(cuMemFree_v2, out);
	tensors_free(&t);
	set_free(&d);
}

static void convolutions_are_queued_and_recorded(void **state)
{
	(void)state;
	struct set d = set_new(&shapes[0], DNN_FLOAT, DNN_MATH_FMA);
	struct tensors t = tensors_new(&d);
	struct cu_graph *g;
	struct cu_graph_exec *x;
	float v;
	device_address out = standin_floats(d.n_y);
	OK(cuMemsetD8Async, out, 0, d.n_y * sizeof(float), stream);
	OK(cuStreamBeginCapture_v2, stream, CU_CAPTURE_THREAD_LOCAL);
	assert_int_equal(convolve(&d, &t, FORWARD, DETERMINISTIC, 1, 1, out), 0);
	OK(cuStreamEndCapture, stream, &g);
	OK(cuGraphInstantiateWithFlags, &x, g, 0);
	to_host(&v, out, 1);
	assert_true(v == 0);
	OK(cuGraphLaunch, x, stream);
	to_host(&v, out, 1);
	float once = v;
	OK(cuGraphLaunch, x, stream); /* adds */
	to_host(&v, out, 1);
	assert_true(once != 0 && v == 2 * once);
	OK(cuGraphExecDestroy, x);
	OK(cuGraphDestroy, g);
	OK(cuMemFree_v2, out);
	tensors_free(&t);
	set_free(&d);
}

int main(void)
{
	unsetenv("CUDA_VISIBLE_DEVICES");
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sums_are_right),
	    cmocka_unit_test(the_first_algorithm_is_not_deterministic),
	    cmocka_unit_test(what_may_round_rounds),
	    cmocka_unit_test(halves_are_rounded_sums),
	    cmocka_unit_test(what_does_not_fit_is_refused),
	    cmocka_unit_test(convolutions_are_queued_and_recorded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
