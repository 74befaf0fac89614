/* The group gpu: thaw on the graphics card against PyTorch on the same card.
 *
 * PyTorch is asked in two ways: plainly (eager, fp32, planar), and in the fastest of `gpu_ways`. It
 * must do the same work: see gpu_nets.c.
 */
#ifndef THAW_TESTS_BENCH_GPU_H
#define THAW_TESTS_BENCH_GPU_H

#include "bench.h"

struct gpu_way {
	const char *name; /* peer_torch_gpu.py knows it by this */
	int precision;    /* enum precision */
};
enum { GPU_EAGER, GPU_WAYS = 5 };
extern const struct gpu_way gpu_ways[GPU_WAYS];

/* b->torch is the script for the card, or NULL. */
void gpu_nets(struct bench *b);
void gpu_head(struct bench *b);
void gpu_flowers(struct bench *b);
void gpu_viewer(struct bench *b);

/* A row of the table and of its two peers, PyTorch's plain way and its fastest; a value of 0: not
 * measured. */
void gpu_report(const char *name, const char *unit, bool less, int runs, const double values[3],
		const char *fastest);

#endif
