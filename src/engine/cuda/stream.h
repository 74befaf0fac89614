/* The card: its memory, and the one stream on which everything is queued.
 *
 * Nothing here waits, unless it says so. Pointers to the card's memory are `float *`, as in
 * backend.h.
 */
#ifndef THAW_ENGINE_CUDA_STREAM_H
#define THAW_ENGINE_CUDA_STREAM_H

#include "driver.h"
#include "kernels.h"

#include <stdbool.h>

#define KERNEL_NUMBER(name) KERNEL_##name,
enum kernel_number { KERNELS(KERNEL_NUMBER) KERNELS_N };

/* Open the card, counted as CUDA_VISIBLE_DEVICES leaves them, once. Errors: ERR_NOT_FOUND, no card,
 * or one that is too old; ERR_VALUE, not so many. */
enum err stream_open(int ordinal, struct errinfo *e);

const char *stream_card(void);       /* "NVIDIA H100 80GB HBM3"; static */
const char *stream_pci_bus_id(void); /* "0000:0a:00.0"; static */
struct cu_stream *cuda_stream(void);
void cuda_enter(void); /* to be called by each thread, before it calls anything else */
void cuda_wait(void);  /* until all that is queued is done */
double cuda_clock(void); /* of struct backend: waits */

static inline device_address card_address(const void *p)
{
	return (device_address)(uintptr_t)p;
}

/* Of struct backend. The message of a full card tells how much is free, of how much. */
float *cuda_alloc(size_t floats);
void cuda_release(float *p); /* waits */
void cuda_clear(float *p, size_t n);
void cuda_copy(const float *from, size_t n, float *to);
uint64_t cuda_free_bytes(void);

void cuda_to_card(void *to, const void *host, size_t bytes); /* `host` is free again */
void cuda_to_host(void *host, const void *from, size_t bytes); /* waits */

/* Memory of the host that the card reads and writes while the host goes on. */
void *cuda_pinned(size_t bytes);
void cuda_pinned_free(void *p);

/* Queue a kernel; `args` is its struct NAME_args, copied. */
void cuda_launch(enum kernel_number k, unsigned blocks_x, unsigned blocks_y, unsigned threads,
		 const void *args);

/* Of struct queue. */
struct recording;
void recording_play(struct recording **r, uint64_t key, void (*work)(void *arg), void *arg);
void recording_forget(struct recording *r);

#endif
