/* Numbers and sizes as people write them. Static buffers of each thread rotate; at most 8 live at
 * once. */
#ifndef THAW_BASE_WORDS_H
#define THAW_BASE_WORDS_H

#include <stdint.h>

const char *words_count(int64_t n); /* 1046488 -> "1,046,488" */
const char *words_bytes(double n);  /* 4185968 -> "4.2 MB" */

#endif
