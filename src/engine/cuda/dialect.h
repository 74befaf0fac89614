/* The dialect that our kernels are written in: C that clang compiles for the card (-x cuda) and any
 * compiler for the host, where tests run the same text.
 *
 * A kernel takes one struct of arguments by value. Its body is a sequence of pieces that each thread
 * of a block runs: THREADS(t) { … } between which SYNC() lets all threads of the block arrive. What
 * lives across a SYNC() lies in SHARED memory; on the host a block's threads run one after the other
 * within each piece. No function of a mathematics library exists on the card: see below.
 */
#ifndef THAW_ENGINE_CUDA_DIALECT_H
#define THAW_ENGINE_CUDA_DIALECT_H

#if defined(__CUDA__) || defined(__CUDACC__)

#define CARD 1
#define FN static inline __attribute__((device, always_inline))
#define KERNEL(name)                                                                               \
	extern "C" __attribute__((global)) void name(const struct name##_args a)
#define SHARED static __attribute__((shared))
#ifdef __clang__
#define THREAD_X ((int)__nvvm_read_ptx_sreg_tid_x())
#define BLOCK_X ((int)__nvvm_read_ptx_sreg_ctaid_x())
#define BLOCK_Y ((int)__nvvm_read_ptx_sreg_ctaid_y())
#define BLOCKS_X ((int)__nvvm_read_ptx_sreg_nctaid_x())
#define N_THREADS ((int)__nvvm_read_ptx_sreg_ntid_x())
#define SYNC() __syncthreads()
#define SQRT(x) __nvvm_sqrt_rn_f(x)
#define EXP2(x) __nvvm_ex2_approx_f(x)
#define LOG2(x) __nvvm_lg2_approx_f(x)
#define FLOOR(x) __nvvm_floor_f(x)
#define HIGH_WORD(a, b) __nvvm_mulhi_ull(a, b)
#else
#error "the card's kernels are compiled by clang"
#endif
#define THREADS(t) for (int t = THREAD_X, t##_once = 1; t##_once; t##_once = 0)
#define EXP(x) EXP2((x)*1.442695041f)
#define LOG(x) (LOG2(x) * .6931471806f)

#else /* the host */

#include <math.h>

#define FN static inline
#define KERNEL(name)                                                                               \
	void name(const struct name##_args a);                                                     \
	void name(const struct name##_args a)
#define SHARED static _Thread_local
/* Set before each block. */
struct host_block {
	int x, y, blocks_x, threads;
};
extern _Thread_local struct host_block host_block;
#define BLOCK_X (host_block.x)
#define BLOCK_Y (host_block.y)
#define BLOCKS_X (host_block.blocks_x)
#define N_THREADS (host_block.threads)
#define SYNC() ((void)0)
#define THREADS(t) for (int t = 0; t < N_THREADS; t++)
#define SQRT(x) sqrtf(x)
#define EXP(x) expf(x)
#define LOG(x) logf(x)
#define FLOOR(x) floorf(x)
#define HIGH_WORD(a, b) ((unsigned long long)(((unsigned __int128)(a) * (b)) >> 64))

#endif

/* Every i below n, shared out among all threads of the grid. */
#define EACH(i, n)                                                                                 \
	THREADS(t_)                                                                                \
	for (long i = (long)BLOCK_X * N_THREADS + t_; i < (n); i += (long)BLOCKS_X * N_THREADS)

#endif
