/* How much room a run will need on the disk: what it saves, and its log, which grows with every
 * iteration and epoch. From above, but not far: a run that would not fit is refused before it
 * begins.
 */
#ifndef THAW_TRAIN_ESTIMATE_H
#define THAW_TRAIN_ESTIMATE_H

#include <stdint.h>

struct preflight;

/* Bytes of the events of `epochs` epochs, and of those at the begin. */
uint64_t estimate_log(const struct preflight *p, int64_t epochs);

/* Bytes in all; of a run that goes on those that are not there yet. */
uint64_t estimate_disk(const struct preflight *p);

#endif
