/* Our kernels as the host's compiler makes them. */
/* Arguments are looked through for addresses: there is to be nothing between them. */
#pragma GCC diagnostic error "-Wpadded"
#include "../../src/engine/cuda/kernels.h"
#pragma GCC diagnostic ignored "-Wpadded"
#include "../../src/engine/cuda/kernels.cu"

#include "standin.h"

_Thread_local struct host_block host_block;

void standin_block(int x, int y, int blocks_x, int threads)
{
	host_block = (struct host_block){x, y, blocks_x, threads};
}

#define RUN(name)                                                                                  \
	static void run_##name(const void *args)                                                   \
	{                                                                                          \
		name(*(const struct name##_args *)args);                                           \
	}
KERNELS(RUN)

#define ROW(name) {#name, sizeof(struct name##_args), run_##name},
const struct standin_kernel standin_kernels[] = {KERNELS(ROW){NULL, 0, NULL}};
