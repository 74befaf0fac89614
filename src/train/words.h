/* Small pieces of text for people: numbers and sizes. Static buffers rotate; at most 8 live at
 * once. */
#ifndef THAW_TRAIN_WORDS_H
#define THAW_TRAIN_WORDS_H

#include <stdint.h>

const char *words_count(int64_t n); /* 1046488 -> "1,046,488" */
const char *words_bytes(double n);  /* 4185968 -> "4.2 MB" */

/* A borrowed string for an event, whose members are not const because a decoded event owns them. */
char *words_borrow(const char *s);

#endif
