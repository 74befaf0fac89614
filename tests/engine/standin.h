/* The stand-in's libraries, for the tests of itself. */
#ifndef THAW_TESTS_ENGINE_STANDIN_H
#define THAW_TESTS_ENGINE_STANDIN_H

#include "card.h"

#include "../../src/engine/cuda/dnn.h"
#include "../../src/engine/cuda/driver.h"
#include "../../src/engine/cuda/kernels.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MEMBER(name, args) int(*name) args;
static struct {
	DRIVER_FUNCTIONS(MEMBER)
} cu;

static struct {
	DNN_FUNCTIONS(MEMBER)
} dnn;

static struct cu_stream *stream;

static inline void *standin_open(const char *name)
{
	char path[4096 + 64];
	snprintf(path, sizeof(path), "%s/%s", standin_folder(), name);
	void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!lib)
		fail_msg("%s", dlerror());
	return lib;
}

static inline void standin_symbol(void *lib, const char *name, void *to)
{
	void *f = dlsym(lib, name);
	if (!f)
		fail_msg("there is no %s", name);
	memcpy(to, &f, sizeof(f));
}

static inline void standin_load(void)
{
	void *driver_lib = standin_open("libcuda.so.1"), *dnn_lib = standin_open("libcudnn.so.9");
#define LOAD(name, args) standin_symbol(driver_lib, #name, &cu.name);
	DRIVER_FUNCTIONS(LOAD)
#undef LOAD
#define LOAD(name, args) standin_symbol(dnn_lib, #name, &dnn.name);
	DNN_FUNCTIONS(LOAD)
#undef LOAD
}

#define OK(name, ...) assert_int_equal(cu.name(__VA_ARGS__), CU_OK)

/* The first card that is visible, and a stream on it. */
static inline void standin_start(void)
{
	struct cu_context *context;
	int device;
	if (stream)
		return;
	standin_load();
	OK(cuInit, 0);
	OK(cuDeviceGet, &device, 0);
	OK(cuDevicePrimaryCtxRetain, &context, device);
	OK(cuCtxSetCurrent, context);
	OK(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);
}

static inline device_address standin_floats(size_t n)
{
	device_address at;
	OK(cuMemAlloc_v2, &at, n * sizeof(float));
	return at;
}

static inline void to_card(device_address to, const float *from, size_t n)
{
	OK(cuMemcpyHtoDAsync_v2, to, from, n * sizeof(float), stream);
}

/* Waits. */
static inline void to_host(float *to, device_address from, size_t n)
{
	OK(cuMemcpyDtoHAsync_v2, to, from, n * sizeof(float), stream);
}

#endif
