#include "stream.h"

#include "thaw/base/alloc.h"

#include <stdio.h>
#include <stdlib.h>

/* The text of kernels.cu as PTX, which the driver compiles for its card; made by the Makefile. */
extern const char kernels_ptx[];
__asm__(".section .rodata\n"
	".globl kernels_ptx\n"
	"kernels_ptx:\n"
	".incbin \"" KERNELS_PTX "\"\n"
	".byte 0\n"
	".previous\n");

#define KERNEL_NAME(name) #name,
static const char *const kernel_names[] = {KERNELS(KERNEL_NAME)};

/* Volta: what the kernels are compiled for. */
enum { OLDEST_MAJOR = 7 };

static struct {
	bool open;
	int ordinal;
	char name[128], bus_id[32];
	struct cu_context *context;
	struct cu_stream *stream;
	struct cu_function *kernel[KERNELS_N];
	struct cu_event *base, *now; /* of cuda_clock() */
} card;

static enum err find_card(int ordinal, int *device, struct errinfo *e)
{
	int n = 0, major = 0, minor = 0, code = driver.cuDeviceGetCount(&n);
	if (code || n == 0)
		return err_set(e, ERR_NOT_FOUND, "no card: %s",
			       code ? driver_words(code)
				    : "the driver shows none (CUDA_VISIBLE_DEVICES?)");
	if (ordinal >= n)
		return err_set(e, ERR_VALUE, "no card cuda:%d: there %s %d, counted from 0", ordinal,
			       n == 1 ? "is" : "are", n);
	CU(cuDeviceGet, device, ordinal);
	CU(cuDeviceGetName, card.name, sizeof(card.name), *device);
	CU(cuDeviceGetPCIBusId, card.bus_id, sizeof(card.bus_id), *device);
	CU(cuDeviceGetAttribute, &major, CU_ATTRIBUTE_MAJOR, *device);
	CU(cuDeviceGetAttribute, &minor, CU_ATTRIBUTE_MINOR, *device);
	if (major < OLDEST_MAJOR)
		return err_set(e, ERR_NOT_FOUND,
			       "%s is too old: of compute capability %d.%d, %d.0 is the oldest that "
			       "is used",
			       card.name, major, minor, OLDEST_MAJOR);
	return ERR_OK;
}

static enum err load_kernels(struct errinfo *e)
{
	struct cu_module *module;
	int code = driver.cuModuleLoadData(&module, kernels_ptx);
	if (code)
		return err_set(e, ERR_NOT_FOUND,
			       "the driver does not take the kernels: %s; install a newer one",
			       driver_words(code));
	for (int i = 0; i < KERNELS_N; i++)
		CU(cuModuleGetFunction, &card.kernel[i], module, kernel_names[i]);
	return ERR_OK;
}

enum err stream_open(int ordinal, struct errinfo *e)
{
	int device = 0;
	if (card.open && card.ordinal == ordinal)
		return ERR_OK;
	if (card.open)
		return err_set(e, ERR_VALUE, "cuda:%d is in use: a process computes on one card",
			       card.ordinal);
	enum err r = find_card(ordinal, &device, e);
	if (r)
		return r;
	int code = driver.cuDevicePrimaryCtxRetain(&card.context, device);
	if (code)
		return err_set(e, ERR_NOT_FOUND, "cuda:%d %s does not open: %s", ordinal, card.name,
			       driver_words(code));
	cuda_enter();
	r = load_kernels(e);
	if (r)
		return r;
	CU(cuStreamCreate, &card.stream, CU_STREAM_NON_BLOCKING);
	CU(cuEventCreate, &card.base, 0);
	CU(cuEventCreate, &card.now, 0);
	CU(cuEventRecord, card.base, card.stream);
	card.ordinal = ordinal;
	card.open = true;
	return ERR_OK;
}

const char *stream_card(void)
{
	return card.name;
}

const char *stream_pci_bus_id(void)
{
	return card.bus_id;
}

struct cu_stream *cuda_stream(void)
{
	return card.stream;
}

void cuda_enter(void)
{
	CU(cuCtxSetCurrent, card.context);
}

void cuda_wait(void)
{
	CU(cuStreamSynchronize, card.stream);
}

double cuda_clock(void)
{
	float ms = 0;
	CU(cuEventRecord, card.now, card.stream);
	CU(cuEventSynchronize, card.now);
	CU(cuEventElapsedTime, &ms, card.base, card.now);
	return (double)ms / 1000;
}

/* ---- memory ---- */

static void fail_full(size_t bytes)
{
	size_t rest = 0, total = 0;
	driver.cuMemGetInfo_v2(&rest, &total);
	driver_fail("out of memory on cuda:%d: %.2f GB more are wanted, %.2f of %.2f GB are free; use "
		    "a smaller train.batch or network.input, or end what else computes there",
		    card.ordinal, (double)bytes / 1e9, (double)rest / 1e9, (double)total / 1e9);
}

float *cuda_alloc(size_t floats)
{
	device_address at = 0;
	size_t bytes = (floats ? floats : 1) * sizeof(float);
	int code = driver.cuMemAlloc_v2(&at, bytes);
	if (code == CU_OUT_OF_MEMORY)
		fail_full(bytes);
	driver_check(code, "cuMemAlloc");
	return (float *)(uintptr_t)at;
}

void cuda_release(float *p)
{
	if (p)
		CU(cuMemFree_v2, card_address(p));
}

void cuda_clear(float *p, size_t n)
{
	if (n)
		CU(cuMemsetD8Async, card_address(p), 0, n * sizeof(*p), card.stream);
}

void cuda_copy(const float *from, size_t n, float *to)
{
	CU(cuMemcpyDtoDAsync_v2, card_address(to), card_address(from), n * sizeof(*to), card.stream);
}

uint64_t cuda_free_bytes(void)
{
	size_t rest = 0, total = 0;
	CU(cuMemGetInfo_v2, &rest, &total);
	return rest;
}

void cuda_to_card(void *to, const void *host, size_t bytes)
{
	CU(cuMemcpyHtoDAsync_v2, card_address(to), host, bytes, card.stream);
}

void cuda_to_host(void *host, const void *from, size_t bytes)
{
	CU(cuMemcpyDtoHAsync_v2, host, card_address(from), bytes, card.stream);
	cuda_wait();
}

void *cuda_pinned(size_t bytes)
{
	void *p = NULL;
	CU(cuMemHostAlloc, &p, bytes, CU_HOST_PORTABLE);
	return p;
}

void cuda_pinned_free(void *p)
{
	if (p)
		CU(cuMemFreeHost, p);
}

/* ---- work ---- */

void cuda_launch(enum kernel_number k, unsigned blocks_x, unsigned blocks_y, unsigned threads,
		 const void *args)
{
	void *list[] = {(void *)(uintptr_t)args};
	int code = driver.cuLaunchKernel(card.kernel[k], blocks_x, blocks_y, 1, threads, 1, 1, 0,
					 card.stream, list, NULL);
	if (code)
		driver_fail("kernel %s: %s", kernel_names[k], driver_words(code));
}

struct recording {
	uint64_t key;
	struct cu_graph_exec *graph; /* NULL: the work was done once, to warm up */
};

static void drop(struct recording *r)
{
	if (r->graph)
		CU(cuGraphExecDestroy, r->graph);
	r->graph = NULL;
}

static void record(struct recording *r, void (*work)(void *arg), void *arg)
{
	struct cu_graph *graph = NULL;
	CU(cuStreamBeginCapture_v2, card.stream, CU_CAPTURE_THREAD_LOCAL);
	work(arg);
	CU(cuStreamEndCapture, card.stream, &graph);
	CU(cuGraphInstantiateWithFlags, &r->graph, graph, 0);
	CU(cuGraphDestroy, graph);
}

void recording_play(struct recording **r, uint64_t key, void (*work)(void *arg), void *arg)
{
	if (!*r || (*r)->key != key) {
		recording_forget(*r);
		*r = xcalloc(1, sizeof(**r));
		(*r)->key = key;
		work(arg); /* libraries load what they need: that cannot be recorded */
		return;
	}
	if (!(*r)->graph)
		record(*r, work, arg);
	CU(cuGraphLaunch, (*r)->graph, card.stream);
}

void recording_forget(struct recording *r)
{
	if (!r)
		return;
	drop(r);
	free(r);
}
