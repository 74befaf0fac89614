/* A measurement that may not have been made: absent is absent, not 0. */
#ifndef THAW_BASE_OPT_DOUBLE_H
#define THAW_BASE_OPT_DOUBLE_H

#include <math.h>
#include <stdbool.h>

struct opt_double {
	double value; /* any, NaN too; 0 when it was not made */
	bool valid;   /* it was made */
};

static inline struct opt_double opt_of(double value)
{
	return (struct opt_double){value, true};
}

/* NaN when there is none, which no comparison holds for: for reckoning, never for keeping. */
static inline double opt_or_nan(struct opt_double v)
{
	return v.valid ? v.value : (double)NAN;
}

static inline bool opt_finite(struct opt_double v)
{
	return v.valid && isfinite(v.value);
}

#endif
