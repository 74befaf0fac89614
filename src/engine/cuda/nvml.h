/* NVML, which tells what a card does: opened at run time, at the first call, once for the program.
 *
 * Everything may be called from any thread. Without the library nothing is told.
 * Source: NVML API reference.
 */
#ifndef THAW_ENGINE_CUDA_NVML_H
#define THAW_ENGINE_CUDA_NVML_H

#include "thaw/engine/device.h"

#include <stdbool.h>

/* What the card at `pci_bus_id` ("0000:1b:00.0", as the driver writes it) does; what it does not tell
 * is NaN, or 0 bytes. False when NVML is not there or does not know the card. */
bool nvml_measure(const char *pci_bus_id, struct device_use *out);

/* Of the driver, e.g. "580.159.04"; "" when it is not told. Static. */
const char *nvml_driver_version(void);

#endif
