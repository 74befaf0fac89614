/* What networks compute on: the CPU, or a graphics card.
 *
 * A program chooses once, before it opens its first network; without a choice it is the CPU. Nothing
 * of a card is linked: the driver (libcuda.so.1), cuDNN 9 and NVML are opened at run time.
 */
#ifndef THAW_ENGINE_DEVICE_H
#define THAW_ENGINE_DEVICE_H

#include "thaw/base/err.h"
#include "thaw/config/experiment.h"

#include <stdbool.h>
#include <stdint.h>

/* `name` is one of "auto" (a card that works, else the CPU), "cpu", "cuda" (the first card), "cuda:N"
 * (counted as CUDA_VISIBLE_DEVICES leaves them); NULL is "auto". `precision` is of the card's
 * multiplications; the CPU computes in fp32 whatever it says.
 * Errors: ERR_VALUE, a name of another form; ERR_NOT_FOUND, a card was asked for and there is none,
 * or a library or driver that it needs: the message says which, and what to install. */
enum err device_choose(const char *name, enum precision precision, struct errinfo *e);

/* The device in one line: "cuda:0 NVIDIA H100 80GB HBM3, driver 580.159.04, cuDNN 9.19 from
 * /usr/lib/…, tf32", "cpu (avx512_core)". Static. */
const char *device_name(void);

/* Why "auto" took the CPU, e.g. "no NVIDIA driver: libcuda.so.1 is not there"; "" when there is
 * nothing to say. Static. */
const char *device_reason(void);

/* Did "auto" take the CPU although there is a driver? Then something can be mended. */
bool device_missed(void);

bool device_is_card(void);

/* Memory of the card that nobody has taken, and all; false on the CPU. */
bool device_memory(uint64_t *free_bytes, uint64_t *total_bytes);

/* A measurement of the card, by NVML; NaN for what it does not tell. Shares are of 1. */
struct device_use {
	double busy;                              /* share of the last moment with a kernel running */
	uint64_t memory_bytes, memory_total_bytes; /* 0: not told */
	double celsius, watts, clock_mhz;
};
/* False on the CPU, or without NVML. Takes microseconds to a few milliseconds; from any thread. */
bool device_measure(struct device_use *out);

#endif
