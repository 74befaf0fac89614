/* The stand-in for NVIDIA's driver and NVML: it queues, it forgets, it refuses. */
#include "standin.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

enum { N = 1000, MEMORY = 64 << 20 };
enum { INVALID_VALUE = 1, NO_DEVICE = 100, INVALID_DEVICE, INVALID_IMAGE = 200 };
enum { NOT_FOUND = 500, NOT_READY = 600, ILLEGAL_ADDRESS = 700, LAUNCH_FAILED = 719 };
enum { UNSUPPORTED = 900, INVALIDATED, UNJOINED = 904, ISOLATION, CAPTURED = 907 };

static struct cu_function *fill_kernel;

static char *fill_text(size_t args)
{
	static char text[256];
	snprintf(text, sizeof(text),
		 ".version 7.0\n.target sm_70\n.visible .entry fill(\n"
		 ".param .align 8 .b8 fill_param_0[%zu]\n)\n",
		 args);
	return text;
}

static void start(void)
{
	struct cu_module *m;
	standin_start();
	if (fill_kernel)
		return;
	OK(cuModuleLoadData, &m, fill_text(sizeof(struct fill_args)));
	OK(cuModuleGetFunction, &fill_kernel, m, "fill");
}

static int launch(unsigned x, unsigned y, unsigned threads, struct fill_args args,
		  struct cu_stream *s)
{
	void *list[] = {&args};
	return cu.cuLaunchKernel(fill_kernel, x, y, 1, threads, 1, 1, 0, s, list, NULL);
}

static struct fill_args args_of(device_address at, long n, float value)
{
	return (struct fill_args){.p = (float *)(uintptr_t)at, .n = n, .value = value};
}

static int fill(device_address at, float value)
{
	return launch(2, 1, 128, args_of(at, N, value), stream);
}

static float *pinned(void)
{
	void *p;
	OK(cuMemHostAlloc, &p, N * sizeof(float), CU_HOST_PORTABLE);
	memset(p, 0, N * sizeof(float));
	return p;
}

/* What is there after all that was queued. */
static float first_of(device_address at)
{
	float v;
	to_host(&v, at, 1);
	return v;
}

/* ---- in processes of their own, since a card is opened once ---- */

static bool ends_well(void (*body)(void))
{
	int status = -1;
	fflush(NULL);
	pid_t child = fork();
	if (!child) {
		signal(SIGSEGV, SIG_DFL); /* cmocka would go on */
		body();
		_exit(0);
	}
	assert_true(child > 0 && waitpid(child, &status, 0) == child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void must(bool held)
{
	if (!held)
		_exit(1);
}

static void none_is_visible(void)
{
	setenv("CUDA_VISIBLE_DEVICES", "", 1);
	standin_load();
	must(cu.cuInit(0) == NO_DEVICE);
}

static void none_is_there(void)
{
	setenv("THAW_STANDIN_CARDS", "0", 1);
	standin_load();
	must(cu.cuInit(0) == NO_DEVICE);
}

static void second_is_visible(void)
{
	int n, device;
	char id[32];
	setenv("CUDA_VISIBLE_DEVICES", "1,7", 1); /* the list ends at what there is not */
	standin_load();
	must(cu.cuInit(0) == CU_OK && cu.cuDeviceGetCount(&n) == CU_OK && n == 1);
	must(cu.cuDeviceGet(&device, 0) == CU_OK && cu.cuDeviceGet(&n, 1) == INVALID_DEVICE);
	must(cu.cuDeviceGetPCIBusId(id, sizeof(id), device) == CU_OK);
	must(strcmp(id, "0000:1C:00.0") == 0);
}

static void memory_is_the_cards(void)
{
	start();
	volatile const float *at = (const float *)(uintptr_t)standin_floats(N);
	(void)at[0]; /* a fault */
}

static void released_memory_is_gone(void)
{
	start();
	device_address at = standin_floats(N);
	must(cu.cuMemFree_v2(at) == CU_OK);
	must(fill(at, 1) == CU_OK);
	cu.cuStreamSynchronize(stream); /* a fault, or the card's error */
	must(cu.cuMemGetInfo_v2(&(size_t){0}, &(size_t){0}) == CU_OK);
}

static void beyond_memory_is_nothing(void)
{
	start();
	device_address at = standin_floats(64); /* 256 bytes */
	struct fill_args args = args_of(at, 65, 1);
	must(launch(1, 1, 32, args, stream) == CU_OK);
	cu.cuStreamSynchronize(stream);
}

static void second_kernel_fails(void)
{
	setenv("THAW_STANDIN_FAIL", "2", 1);
	start();
	device_address at = standin_floats(N), more;
	must(fill(at, 1) == CU_OK && cu.cuStreamSynchronize(stream) == CU_OK);
	must(fill(at, 1) == CU_OK && cu.cuStreamSynchronize(stream) == LAUNCH_FAILED);
	must(fill(at, 1) == LAUNCH_FAILED);
	must(cu.cuMemAlloc_v2(&more, 4) == LAUNCH_FAILED);
}

static void hosts_memory_is_out_of_reach(void)
{
	start();
	float *host = calloc(N, sizeof(float));
	must(launch(1, 1, 32, args_of((uintptr_t)host, N, 1), stream) == CU_OK);
	must(cu.cuStreamSynchronize(stream) == ILLEGAL_ADDRESS);
	must(host[0] == 0);
}

static void others_hold_memory(void)
{
	size_t rest, total;
	setenv("THAW_STANDIN_TAKEN", "60000000", 1);
	start();
	must(cu.cuMemGetInfo_v2(&rest, &total) == CU_OK);
	must(total == MEMORY && rest == MEMORY - 60000000);
	device_address at;
	must(cu.cuMemAlloc_v2(&at, rest + 1) == CU_OUT_OF_MEMORY);
}

static void it_obeys_the_environment(void **state)
{
	(void)state;
	assert_true(ends_well(none_is_visible));
	assert_true(ends_well(none_is_there));
	assert_true(ends_well(second_is_visible));
	assert_true(ends_well(second_kernel_fails));
	assert_true(ends_well(others_hold_memory));
}

static void what_is_not_the_cards_is_out_of_reach(void **state)
{
	(void)state;
	assert_false(ends_well(memory_is_the_cards));
	assert_false(ends_well(released_memory_is_gone));
	assert_false(ends_well(beyond_memory_is_nothing));
	assert_true(ends_well(hosts_memory_is_out_of_reach));
}

/* ---- memory ---- */

static void fresh_memory_is_garbage(void **state)
{
	(void)state;
	start();
	float v[N];
	for (int round = 0; round < 2; round++) {
		device_address at = standin_floats(N);
		assert_int_equal(at % 256, 0);
		to_host(v, at, N);
		for (int i = 0; i < N; i++)
			assert_true(isnan(v[i]));
		OK(cuMemsetD8Async, at, 0, N * sizeof(float), stream);
		to_host(v, at, N);
		for (int i = 0; i < N; i++)
			assert_true(v[i] == 0);
		OK(cuMemFree_v2, at);
	}
}

static void memory_runs_out(void **state)
{
	(void)state;
	size_t rest, total, after;
	device_address at, more;
	start();
	OK(cuMemGetInfo_v2, &rest, &total);
	assert_int_equal(total, MEMORY);
	assert_int_equal(cu.cuMemAlloc_v2(&at, MEMORY + 1), CU_OUT_OF_MEMORY);
	OK(cuMemAlloc_v2, &at, rest / 4096 * 4096);
	assert_int_equal(cu.cuMemAlloc_v2(&more, 4096), CU_OUT_OF_MEMORY);
	OK(cuMemFree_v2, at);
	OK(cuMemGetInfo_v2, &after, &total);
	assert_int_equal(after, rest);
	assert_int_equal(cu.cuMemFree_v2(at), INVALID_VALUE); /* twice */
}

static void copies_stay_within_memory(void **state)
{
	(void)state;
	start();
	float v[N] = {0};
	device_address at = standin_floats(N);
	assert_int_equal(cu.cuMemcpyHtoDAsync_v2(at + 4, v, sizeof(v), stream), INVALID_VALUE);
	assert_int_equal(cu.cuMemcpyDtoHAsync_v2(v, at - 4, sizeof(v), stream), INVALID_VALUE);
	assert_int_equal(cu.cuMemsetD8Async(at, 0, sizeof(v) + 1, stream), INVALID_VALUE);
	assert_int_equal(cu.cuMemcpyHtoDAsync_v2(at, v, 4, NULL), INVALID_VALUE);
	OK(cuMemFree_v2, at);
}

/* ---- queues ---- */

static void work_runs_when_something_waits(void **state)
{
	(void)state;
	start();
	float *host = pinned();
	device_address at = standin_floats(N);
	struct cu_event *e;
	OK(cuEventCreate, &e, CU_EVENT_DISABLE_TIMING);
	OK(cuMemsetD8Async, at, 0, N * sizeof(float), stream);
	assert_int_equal(fill(at, 3), CU_OK);
	to_host(host, at, N); /* pinned: queued */
	OK(cuEventRecord, e, stream);
	assert_int_equal(fill(at, 4), CU_OK);
	assert_true(host[0] == 0);
	OK(cuEventSynchronize, e);
	assert_true(host[0] == 3 && host[N - 1] == 3);
	assert_true(first_of(at) == 4);
	OK(cuMemFreeHost, host);
	OK(cuMemFree_v2, at);
}

static void pinned_memory_is_read_when_the_copy_runs(void **state)
{
	(void)state;
	start();
	float *host = pinned(), other[N] = {5};
	device_address at = standin_floats(N);
	host[0] = 1;
	to_card(at, host, N);
	host[0] = 2;
	assert_true(first_of(at) == 2);
	to_card(at, other, N); /* not pinned: taken at the call */
	other[0] = 6;
	assert_true(first_of(at) == 5);
	OK(cuMemFreeHost, host);
	OK(cuMemFree_v2, at);
}

static void streams_are_ordered_by_events_alone(void **state)
{
	(void)state;
	start();
	struct cu_stream *second;
	struct cu_event *e;
	float *host = pinned();
	device_address at = standin_floats(N);
	OK(cuStreamCreate, &second, CU_STREAM_NON_BLOCKING);
	OK(cuEventCreate, &e, CU_EVENT_DISABLE_TIMING);
	for (int waits = 0; waits < 2; waits++) {
		OK(cuMemsetD8Async, at, 0, N * sizeof(float), stream);
		OK(cuStreamSynchronize, stream);
		assert_int_equal(fill(at, 3), CU_OK);
		OK(cuEventRecord, e, stream);
		if (waits)
			OK(cuStreamWaitEvent, second, e, 0);
		OK(cuMemcpyDtoHAsync_v2, host, at, N * sizeof(float), second);
		OK(cuStreamSynchronize, second);
		assert_true(host[0] == (waits ? 3 : 0));
		OK(cuStreamSynchronize, stream);
	}
	OK(cuMemFreeHost, host);
	OK(cuMemFree_v2, at);
}

static void events_tell_the_time(void **state)
{
	(void)state;
	start();
	struct cu_event *from, *to, *untimed;
	float ms = -1;
	OK(cuEventCreate, &from, 0);
	OK(cuEventCreate, &to, 0);
	OK(cuEventCreate, &untimed, CU_EVENT_DISABLE_TIMING);
	OK(cuEventRecord, from, stream);
	OK(cuEventRecord, to, stream);
	OK(cuEventRecord, untimed, stream);
	assert_int_equal(cu.cuEventElapsedTime(&ms, from, to), NOT_READY);
	OK(cuEventSynchronize, to);
	OK(cuEventElapsedTime, &ms, from, to);
	assert_true(ms >= 0);
	assert_int_not_equal(cu.cuEventElapsedTime(&ms, from, untimed), CU_OK);
}

/* ---- kernels ---- */

static void launches_of_a_wrong_shape_are_refused(void **state)
{
	(void)state;
	start();
	device_address at = standin_floats(N);
	struct fill_args args = args_of(at, N, 7);
	assert_int_equal(launch(1, 1, 1025, args, stream), INVALID_VALUE);
	assert_int_equal(launch(1, 1, 0, args, stream), INVALID_VALUE);
	assert_int_equal(launch(0, 1, 32, args, stream), INVALID_VALUE);
	assert_int_equal(launch(1, 0, 32, args, stream), INVALID_VALUE);
	assert_int_equal(launch(1, 65536, 32, args, stream), INVALID_VALUE);
	assert_int_equal(launch(1, 65535, 1, args, stream), CU_OK);
	assert_int_equal(launch(1, 1, 1024, args, stream), CU_OK);
	assert_true(first_of(at) == 7);
	OK(cuMemFree_v2, at);
}

static void modules_are_ptx_with_the_kernels_asked_for(void **state)
{
	(void)state;
	start();
	struct cu_module *m;
	struct cu_function *f;
	assert_int_equal(cu.cuModuleLoadData(&m, "\x7f"
						 "ELF"),
			 INVALID_IMAGE);
	OK(cuModuleLoadData, &m, fill_text(sizeof(struct fill_args)));
	assert_int_equal(cu.cuModuleGetFunction(&f, m, "no_such_kernel"), NOT_FOUND);
	OK(cuModuleLoadData, &m, fill_text(sizeof(struct fill_args) + 8)); /* other arguments */
	assert_int_equal(cu.cuModuleGetFunction(&f, m, "fill"), NOT_FOUND);
}

/* ---- captures ---- */

static void begin(void)
{
	OK(cuStreamBeginCapture_v2, stream, CU_CAPTURE_THREAD_LOCAL);
}

static void void_now(void)
{
	struct cu_graph *g;
	assert_int_equal(cu.cuStreamEndCapture(stream, &g), INVALIDATED);
	assert_null(g);
}

static void graphs_play_what_was_recorded(void **state)
{
	(void)state;
	start();
	struct cu_graph *g;
	struct cu_graph_exec *x;
	float *host = pinned(), *back = pinned();
	device_address at = standin_floats(N), copy = standin_floats(N);
	OK(cuMemsetD8Async, at, 0, N * sizeof(float), stream);
	OK(cuStreamSynchronize, stream);
	begin();
	struct fill_args args = args_of(at, N - 1, 3);
	to_card(at, host, N);
	assert_int_equal(launch(1, 1, 32, args, stream), CU_OK);
	args.value = 9; /* after the launch: not what is recorded */
	OK(cuMemcpyDtoDAsync_v2, copy, at, N * sizeof(float), stream);
	to_host(back, copy, N);
	OK(cuStreamEndCapture, stream, &g);
	OK(cuGraphInstantiateWithFlags, &x, g, 0);
	OK(cuGraphDestroy, g);
	assert_true(first_of(at) == 0); /* nothing ran */
	for (int i = 1; i < 3; i++) {
		host[N - 1] = (float)i; /* pinned: of the time it runs */
		OK(cuGraphLaunch, x, stream);
		assert_true(back[N - 1] == (float)(i - 1));
		OK(cuStreamSynchronize, stream);
		assert_true(back[0] == 3 && back[N - 1] == (float)i);
	}
	OK(cuGraphLaunch, x, stream);
	OK(cuGraphExecDestroy, x); /* what was launched runs all the same */
	host[N - 1] = 8;
	OK(cuStreamSynchronize, stream);
	assert_true(back[N - 1] == 8);
	OK(cuMemFreeHost, host);
	OK(cuMemFreeHost, back);
	OK(cuMemFree_v2, at);
	OK(cuMemFree_v2, copy);
}

static void captures_refuse_to_wait(void **state)
{
	(void)state;
	start();
	float host[N] = {0};
	void *p;
	float *old = pinned();
	device_address at = standin_floats(N), more;
	struct cu_module *m;
	begin();
	assert_int_equal(cu.cuStreamSynchronize(stream), UNSUPPORTED);
	assert_int_equal(fill(at, 1), INVALIDATED);
	void_now();
	begin();
	assert_int_equal(cu.cuMemAlloc_v2(&more, 4), UNSUPPORTED);
	void_now();
	begin();
	assert_int_equal(cu.cuMemFree_v2(at), UNSUPPORTED);
	void_now();
	begin();
	assert_int_equal(cu.cuMemHostAlloc(&p, 4, 0), UNSUPPORTED);
	void_now();
	begin();
	assert_int_equal(cu.cuMemFreeHost(old), UNSUPPORTED);
	void_now();
	begin();
	assert_int_equal(cu.cuModuleLoadData(&m, "// "), UNSUPPORTED);
	void_now();
	begin();
	assert_int_equal(cu.cuMemcpyHtoDAsync_v2(at, host, 4, stream), UNSUPPORTED);
	void_now();
	begin();
	assert_int_equal(cu.cuMemcpyDtoHAsync_v2(host, at, 4, stream), UNSUPPORTED);
	void_now();
	OK(cuMemFreeHost, old);
	OK(cuMemFree_v2, at);
}

static struct cu_context *context_now;

static void *allocate(void *code)
{
	device_address at;
	cu.cuCtxSetCurrent(context_now);
	*(int *)code = cu.cuMemAlloc_v2(&at, 4);
	return NULL;
}

static void captures_bind_their_own_thread(void **state)
{
	(void)state;
	int device, code = -1;
	pthread_t other;
	struct cu_graph *g;
	start();
	OK(cuDeviceGet, &device, 0);
	OK(cuDevicePrimaryCtxRetain, &context_now, device);
	begin();
	pthread_create(&other, NULL, allocate, &code);
	pthread_join(other, NULL);
	assert_int_equal(code, CU_OK);
	OK(cuStreamEndCapture, stream, &g);
	OK(cuGraphDestroy, g);
}

static void captures_fork_and_join(void **state)
{
	(void)state;
	start();
	struct cu_stream *second;
	struct cu_event *e, *done;
	struct cu_graph *g;
	device_address at = standin_floats(N);
	OK(cuStreamCreate, &second, CU_STREAM_NON_BLOCKING);
	OK(cuEventCreate, &e, CU_EVENT_DISABLE_TIMING);
	OK(cuEventCreate, &done, CU_EVENT_DISABLE_TIMING);
	for (int joins = 0; joins < 2; joins++) {
		begin();
		OK(cuEventRecord, e, stream);
		OK(cuStreamWaitEvent, second, e, 0);
		OK(cuMemsetD8Async, at, 0, 4, second);
		OK(cuEventRecord, done, second);
		if (joins)
			OK(cuStreamWaitEvent, stream, done, 0);
		assert_int_equal(cu.cuStreamEndCapture(stream, &g), joins ? CU_OK : UNJOINED);
		assert_int_equal(cu.cuEventSynchronize(e), CAPTURED);
	}
	OK(cuGraphDestroy, g);
	OK(cuEventRecord, e, second); /* of a stream that is not captured */
	begin();
	assert_int_equal(cu.cuStreamWaitEvent(stream, e, 0), ISOLATION);
	void_now();
	OK(cuMemFree_v2, at);
}

/* ---- NVML ---- */

struct use {
	unsigned gpu, memory;
};

static void a_look_is_a_percent_more(void **state)
{
	(void)state;
	void *lib = standin_open("libnvidia-ml.so.1"), *card = NULL;
	int (*init)(void), (*find)(const char *, void **), (*look)(void *, struct use *);
	int (*version)(char *, unsigned), (*celsius)(void *, int, unsigned *);
	char text[32];
	struct use u;
	unsigned t;
	standin_symbol(lib, "nvmlInit_v2", &init);
	standin_symbol(lib, "nvmlSystemGetDriverVersion", &version);
	standin_symbol(lib, "nvmlDeviceGetHandleByPciBusId_v2", &find);
	standin_symbol(lib, "nvmlDeviceGetUtilizationRates", &look);
	standin_symbol(lib, "nvmlDeviceGetTemperature", &celsius);
	assert_int_not_equal(find("0000:1B:00.0", &card), 0); /* not begun */
	assert_int_equal(init(), 0);
	assert_int_equal(version(text, sizeof(text)), 0);
	assert_string_equal(text, "580.159.04");
	assert_int_not_equal(find("0000:0A:00.0", &card), 0);
	assert_int_equal(find("0000:1B:00.0", &card), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(look(card, &u), 0);
		assert_int_equal(u.gpu, 10 + i);
		assert_int_equal(celsius(card, 0, &t), 0);
		assert_int_equal(t, 41 + i);
	}
}

int main(void)
{
	char memory[32];
	snprintf(memory, sizeof(memory), "%d", MEMORY);
	setenv("THAW_STANDIN_MEMORY", memory, 1);
	unsetenv("CUDA_VISIBLE_DEVICES");
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_obeys_the_environment), /* before a card is opened */
	    cmocka_unit_test(what_is_not_the_cards_is_out_of_reach),
	    cmocka_unit_test(fresh_memory_is_garbage),
	    cmocka_unit_test(memory_runs_out),
	    cmocka_unit_test(copies_stay_within_memory),
	    cmocka_unit_test(work_runs_when_something_waits),
	    cmocka_unit_test(pinned_memory_is_read_when_the_copy_runs),
	    cmocka_unit_test(streams_are_ordered_by_events_alone),
	    cmocka_unit_test(events_tell_the_time),
	    cmocka_unit_test(launches_of_a_wrong_shape_are_refused),
	    cmocka_unit_test(modules_are_ptx_with_the_kernels_asked_for),
	    cmocka_unit_test(graphs_play_what_was_recorded),
	    cmocka_unit_test(captures_refuse_to_wait),
	    cmocka_unit_test(captures_bind_their_own_thread),
	    cmocka_unit_test(captures_fork_and_join),
	    cmocka_unit_test(a_look_is_a_percent_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
