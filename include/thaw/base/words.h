/* Numbers, sizes and times as people write them.
 *
 * Every function returns one of WORDS_BUFFERS buffers of its thread, which rotate: so many results
 * live at once.
 */
#ifndef THAW_BASE_WORDS_H
#define THAW_BASE_WORDS_H

#include "thaw/base/opt_double.h"

#include <stdint.h>

#define WORDS_BUFFERS 16
#define WORDS_SIZE 48 /* bytes of each */

char *words_buffer(void); /* the next one, for other words that live as briefly */

const char *words_count(int64_t n);         /* 1046488 -> "1,046,488" */
/* A count of things, of which `one` names a single: "1 epoch", "12 classes", "1,200 images". */
const char *words_n(int64_t n, const char *one);
/* The thing alone, as many of it ask for: "epoch" or "epochs". */
const char *words_plural(int64_t n, const char *one);
const char *words_short(double n);          /* 1046488 -> "1.05M" */
const char *words_bytes(double n);          /* 4185968 -> "4.2 MB" */
const char *words_duration(double seconds); /* "4m 05s"; "-" when it is none */
const char *words_loss(double v);           /* 0.412, 12.31, nan */
const char *words_percent(double v);        /* 0.861 -> 86.1; full marks are 100 */
const char *words_rate(double v);           /* a learning rate: 0.0067, 1e-5 */
const char *words_rate_column(double v);    /* one below another: 0.0100, 0.00981, 9.55e-5 */
const char *words_moment(int64_t unix_ms);  /* "2026-11-02 14:03", by the local clock */

/* As one of the above writes it; "-" when it was not measured. */
const char *words_opt(const char *(*words)(double), struct opt_double v);

#endif
