/* NVIDIA's driver, opened at run time: the functions that are used, each under the name that the
 * library exports.
 *
 * Types and values are those of its documentation; nothing of a toolkit is needed. A failure after
 * the card was opened is the machine's, never input: driver_check() ends the program's run with the
 * driver's words.
 * Source: CUDA Driver API reference.
 */
#ifndef THAW_ENGINE_CUDA_DRIVER_H
#define THAW_ENGINE_CUDA_DRIVER_H

#include "thaw/base/err.h"

#include <stddef.h>
#include <stdint.h>

typedef uint64_t device_address; /* CUdeviceptr */
struct cu_context;
struct cu_event;
struct cu_function;
struct cu_graph;
struct cu_graph_exec;
struct cu_module;
struct cu_stream;

enum {
	CU_OK = 0,
	CU_OUT_OF_MEMORY = 2,
	CU_STREAM_NON_BLOCKING = 1,
	CU_CAPTURE_THREAD_LOCAL = 1,
	CU_EVENT_DISABLE_TIMING = 2,
	CU_HOST_PORTABLE = 1,
	CU_ATTRIBUTE_MULTIPROCESSORS = 16,
	CU_ATTRIBUTE_MAJOR = 75,
	CU_ATTRIBUTE_MINOR = 76,
};

/* result, name, arguments */
#define DRIVER_FUNCTIONS(X)                                                                        \
	X(cuInit, (unsigned flags))                                                                \
	X(cuDriverGetVersion, (int *version))                                                      \
	X(cuGetErrorName, (int code, const char **name))                                           \
	X(cuGetErrorString, (int code, const char **text))                                         \
	X(cuDeviceGetCount, (int *n))                                                              \
	X(cuDeviceGet, (int *device, int ordinal))                                                 \
	X(cuDeviceGetName, (char *name, int size, int device))                                     \
	X(cuDeviceGetAttribute, (int *value, int attribute, int device))                           \
	X(cuDeviceGetPCIBusId, (char *id, int size, int device))                                   \
	X(cuDevicePrimaryCtxRetain, (struct cu_context * *c, int device))                          \
	X(cuCtxSetCurrent, (struct cu_context * c))                                                \
	X(cuMemGetInfo_v2, (size_t *free, size_t *total))                                          \
	X(cuMemAlloc_v2, (device_address * at, size_t bytes))                                      \
	X(cuMemFree_v2, (device_address at))                                                       \
	X(cuMemHostAlloc, (void **at, size_t bytes, unsigned flags))                               \
	X(cuMemFreeHost, (void *at))                                                               \
	X(cuMemcpyHtoDAsync_v2,                                                                    \
	  (device_address to, const void *from, size_t bytes, struct cu_stream *s))                \
	X(cuMemcpyDtoHAsync_v2, (void *to, device_address from, size_t bytes, struct cu_stream *s))\
	X(cuMemcpyDtoDAsync_v2,                                                                    \
	  (device_address to, device_address from, size_t bytes, struct cu_stream *s))             \
	X(cuMemsetD8Async, (device_address to, unsigned char value, size_t n, struct cu_stream *s))\
	X(cuModuleLoadData, (struct cu_module * *m, const void *image))                            \
	X(cuModuleGetFunction, (struct cu_function * *f, struct cu_module *m, const char *name))   \
	X(cuLaunchKernel, (struct cu_function * f, unsigned grid_x, unsigned grid_y,               \
			   unsigned grid_z, unsigned block_x, unsigned block_y, unsigned block_z,  \
			   unsigned shared_bytes, struct cu_stream *s, void **args, void **extra)) \
	X(cuStreamCreate, (struct cu_stream * *s, unsigned flags))                                 \
	X(cuStreamDestroy_v2, (struct cu_stream * s))                                              \
	X(cuStreamSynchronize, (struct cu_stream * s))                                             \
	X(cuStreamWaitEvent, (struct cu_stream * s, struct cu_event *e, unsigned flags))           \
	X(cuStreamBeginCapture_v2, (struct cu_stream * s, int mode))                               \
	X(cuStreamEndCapture, (struct cu_stream * s, struct cu_graph **g))                         \
	X(cuGraphInstantiateWithFlags,                                                             \
	  (struct cu_graph_exec * *x, struct cu_graph *g, unsigned long long flags))               \
	X(cuGraphLaunch, (struct cu_graph_exec * x, struct cu_stream *s))                          \
	X(cuGraphExecDestroy, (struct cu_graph_exec * x))                                          \
	X(cuGraphDestroy, (struct cu_graph * g))                                                   \
	X(cuEventCreate, (struct cu_event * *e, unsigned flags))                                   \
	X(cuEventDestroy_v2, (struct cu_event * e))                                                \
	X(cuEventRecord, (struct cu_event * e, struct cu_stream *s))                               \
	X(cuEventSynchronize, (struct cu_event * e))                                               \
	X(cuEventElapsedTime, (float *ms, struct cu_event *from, struct cu_event *to))

#define DRIVER_MEMBER(name, args) int(*name) args;
struct driver {
	DRIVER_FUNCTIONS(DRIVER_MEMBER)
};
#undef DRIVER_MEMBER
extern struct driver driver;

/* Open libcuda.so.1, once. Errors: ERR_NOT_FOUND, it is not there, or too old. */
enum err driver_open(struct errinfo *e);

/* "CUDA_ERROR_OUT_OF_MEMORY: out of memory"; static. */
const char *driver_words(int code);

/* A call that has no way to fail but the machine's: die() with the call's name and the words. */
#define CU(name, ...) driver_check(driver.name(__VA_ARGS__), #name)
void driver_check(int code, const char *call);

/* The run cannot go on: say why, in one line; die.h. */
void driver_fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
