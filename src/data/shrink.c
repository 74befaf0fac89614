#include "shrink.h"
#include "view.h"

#include <math.h>

int shrink_choose(const struct shrink *s, int w, int h)
{
	struct image whole = {w, h, NULL};
	struct view v = view_of(&whole, s->mode, s->w, s->h);
	double across = w / fmax((double)v.w, 1), down = h / fmax((double)v.h, 1);
	double least = fmin(across, down) / s->zoom;
	int by = 8;
	while (by > 1 && by > least)
		by /= 2;
	return by;
}
