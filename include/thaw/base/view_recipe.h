/* How one view of one picture is made, in numbers: who draws it and who renders it may be two.
 *
 * A pixel (x, y) of the view shows the frame at q = (xx x + xy y + x0, yx x + yy y + y0), the frame
 * being what the picture was laid into; it is inside the picture while low <= q < high on both
 * axes, and shows it at s = (q - from) * scale + add, in pixels of the picture averaged down by
 * blocks of reduce x reduce, held to what there is, bilinearly. Colours are shifted then, what is
 * outside is VIEW_FILL, and so is the rectangle erased.
 *
 * Fixed widths and no pointers, as it is copied to where it is rendered.
 */
#ifndef THAW_BASE_VIEW_RECIPE_H
#define THAW_BASE_VIEW_RECIPE_H

#include <stdint.h>

#define VIEW_FILL 0.5f /* what is outside the picture */

enum {
	VIEW_PLAIN = 1,  /* the un-augmented view or its mirror image: Darknet's arithmetic */
	VIEW_COLOUR = 2, /* hue, saturation and exposure are shifted */
};

struct view_axis {
	double from;      /* a float's value in views that are not VIEW_PLAIN */
	float scale, add; /* add: 0 in a plain view of more than a pixel */
	float low, high;
};

struct view_recipe {
	double xx, xy, x0, yx, yy, y0;
	struct view_axis x, y;
	float hue, saturation, exposure;             /* turns; factors */
	uint16_t erase_x, erase_y, erase_w, erase_h; /* of the view; erase_w 0: nothing */
	uint16_t reduce; /* 1: none; blocks at the right and bottom may be smaller */
	uint16_t flags;
	/* VIEW_PLAIN: the frame's pixels that show the picture's last column, exactly, and its last
	 * row, where the row below is left out as in Darknet; -1: outside the frame. */
	int32_t last_x, last_y;
};

/* The recipe of the mirror image, left to right, of a view `w` pixels wide. */
static inline void view_recipe_mirror(struct view_recipe *r, int w)
{
	r->x0 += r->xx * (w - 1);
	r->y0 += r->yx * (w - 1);
	r->xx = -r->xx;
	r->yx = -r->yx;
	r->erase_x = (uint16_t)(w - r->erase_x - r->erase_w);
}

#endif
