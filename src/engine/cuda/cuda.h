/* The backend of NVIDIA's cards: convolutions by cuDNN, everything else by kernels of our own
 * (kernels.cu), all queued on one stream. Private to the engine room.
 */
#ifndef THAW_ENGINE_CUDA_CUDA_H
#define THAW_ENGINE_CUDA_CUDA_H

#include "backend.h"

extern const struct backend cuda_backend; /* of the card that cuda_open() opened */

/* Open the driver, the card and cuDNN, once for the process; again for the same card: a new
 * precision. Errors: ERR_NOT_FOUND, with what is missing; ERR_VALUE, no such card. */
enum err cuda_open(int ordinal, enum precision precision, struct errinfo *e);

/* Has cuda_open() found a driver, whatever came of it? */
bool cuda_seen(void);

bool cuda_memory(uint64_t *free_bytes, uint64_t *total_bytes); /* device.h */

/* By NVML; device.h. */
bool cuda_measure(struct device_use *out);

#endif
