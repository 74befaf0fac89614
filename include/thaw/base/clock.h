/* Clocks. The monotonic one for durations, the wall clock for the `run` event only. */
#ifndef THAW_BASE_CLOCK_H
#define THAW_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void);      /* monotonic, milliseconds from an arbitrary start */
double clock_seconds(void);  /* monotonic, seconds */
int64_t clock_unix_ms(void); /* wall clock, milliseconds since 1970 */

#endif
