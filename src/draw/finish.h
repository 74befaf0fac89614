/* What a camera adds: exposure, colour cast, vignette, blur, noise, and the JPEG's own
 * artefacts. */
#ifndef THAW_SRC_DRAW_FINISH_H
#define THAW_SRC_DRAW_FINISH_H

#include "dice.h"

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <cairo.h>

struct finish {
	double exposure, contrast, saturation; /* 1 = as drawn */
	double warmth;                         /* -1 blue to 1 yellow */
	double vignette;                       /* 0 to 1 */
	double glare;                          /* 0 to 1: light that veils a corner */
	double blur;                           /* pixels at 224 */
	double noise;                          /* standard deviation, of 255 */
	int quality;                           /* of the JPEG, 1 to 100 */
};

struct finish finish_draw(struct dice *d,
			  double strength); /* `strength` of noise and blur: 1 usual */

/* Finish a square picture and append it to `out` as a JPEG. Errors: ERR_IO for want of memory. */
enum err finish_write(struct strbuf *out, cairo_surface_t *s, const struct finish *f,
		      struct dice *d, struct errinfo *e);

#endif
