#include "recipe.h"
#include "view.h"

static struct view letterbox_view(const struct image *im, int w, int h)
{
	int64_t iw = im->w, ih = im->h;
	struct view v = {.w = w, .h = h};
	/* in float, because Darknet chooses the side in float */
	if ((float)w / (float)im->w < (float)h / (float)im->h)
		v.h = ih * w / iw;
	else
		v.w = iw * h / ih;
	return v;
}

static struct view crop_view(const struct image *im, int w, int h)
{
	int64_t iw = im->w, ih = im->h;
	struct view v = {.w = w, .h = h};
	if (w * ih > h * iw)
		v.h = ih * w / iw;
	else
		v.w = iw * h / ih;
	return v;
}

static struct view stretch_view(const struct image *im, int w, int h)
{
	(void)im;
	return (struct view){.w = w, .h = h};
}

struct view view_of(const struct image *im, enum resize_mode mode, int w, int h)
{
	static struct view (*const views[RESIZE_N])(const struct image *, int, int) = {
	    [RESIZE_LETTERBOX] = letterbox_view,
	    [RESIZE_CROP] = crop_view,
	    [RESIZE_STRETCH] = stretch_view,
	};
	struct view v = views[mode](im, w, h);
	v.x = (w - v.w) / 2;
	v.y = (h - v.h) / 2;
	return v;
}

struct view_axis view_axis_of(int64_t at, int64_t size, int n_in)
{
	return (struct view_axis){
	    .from = (double)(float)at,
	    .scale = size > 1 ? (float)(n_in - 1) / (float)(size - 1) : (float)n_in,
	    .add = size > 1 ? 0 : (float)(n_in - 1) / 2,
	    .low = (float)((double)at - 0.5),
	    .high = (float)((double)(at + size) - 0.5),
	};
}

/* An axis as Darknet's resize_image() has it: a side of one pixel shows the last column, the first
 * row. */
static struct view_axis plain_axis(int64_t at, int64_t size, int n_in, int alone)
{
	struct view_axis a = view_axis_of(at, size, n_in);
	a.from = (double)at;
	if (size <= 1) {
		a.scale = 0;
		a.add = (float)alone;
	}
	return a;
}

static int32_t last_pixel(int64_t at, int64_t size, int limit)
{
	int64_t last = at + size - 1;
	return last >= 0 && last < limit ? (int32_t)last : -1;
}

void recipe_plain(struct view_recipe *r, const struct image *im, enum resize_mode mode, int w,
		  int h)
{
	struct view v = view_of(im, mode, w, h);
	*r = (struct view_recipe){
	    .xx = 1,
	    .yy = 1,
	    .x = plain_axis(v.x, v.w, im->w, im->w - 1),
	    .y = plain_axis(v.y, v.h, im->h, 0),
	    .reduce = 1,
	    .flags = VIEW_PLAIN,
	    .last_x = last_pixel(v.x, v.w, w),
	    .last_y = last_pixel(v.y, v.h, h),
	};
}

void image_to_input(const struct image *im, enum resize_mode mode, int w, int h, float *out)
{
	struct view_recipe r;
	recipe_plain(&r, im, mode, w, h);
	recipe_render(&r, im, w, h, out);
}
