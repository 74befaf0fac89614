/* Pictures in half blocks: two dots a cell, the upper in the foreground's colour, the lower in the
 * background's. Where colours or characters are few, shades of " .:-=+*#%@".
 *
 * The one place that turns colours and heat into cells. Heat runs from dark to bright whatever the
 * hue, so it reads without colour too.
 */
#ifndef THAW_TERM_PICTURE_H
#define THAW_TERM_PICTURE_H

#include "thaw/term/canvas.h"

#include <stdbool.h>
#include <stdint.h>

struct picture {
	int64_t w, h;
	const uint8_t *rgb; /* [h][w][3]; NULL = heat alone */
	int64_t heat_w, heat_h;
	const uint8_t *heat; /* [heat_h][heat_w], laid over all of the picture; NULL = none */
};

/* What picture_draw() would cover: square dots, at most `most` dots for one of the picture's. Empty
 * when there is nothing to draw or no room for it. */
struct rect picture_box(const struct picture *p, struct rect r, double most);

/* Draw it at the upper left of `r`. Returns what it covers. */
struct rect picture_draw(struct canvas *c, const struct picture *p, struct rect r, double most);

/* Figures on a ground as hot as `share` (0..1); where colours are few, hot figures. */
struct style heat_style(const struct canvas *c, double share, enum ramp ramp);

#endif
