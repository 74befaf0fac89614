/* Views of pictures that lie on the card, as src/data/render.c makes them on the CPU: where a pixel
 * looks is computed to the bit, what it sees to rounding. */

/* a * b + c, rounded twice as on the CPU, whatever the compiler may contract: a pixel on the picture's
 * edge is inside on both or on neither. */
FN float view_linear(float a, float b, float c)
{
#ifdef CARD
	float product, sum;
	asm("mul.rn.f32 %0, %1, %2;" : "=f"(product) : "f"(a), "f"(b));
	asm("add.rn.f32 %0, %1, %2;" : "=f"(sum) : "f"(product), "f"(c));
	return sum;
#else
	return a * b + c;
#endif
}

FN double view_linear_double(double a, double b, double c)
{
#ifdef CARD
	double product, sum;
	asm("mul.rn.f64 %0, %1, %2;" : "=d"(product) : "d"(a), "d"(b));
	asm("add.rn.f64 %0, %1, %2;" : "=d"(sum) : "d"(product), "d"(c));
	return sum;
#else
	return a * b + c;
#endif
}

/* Along one axis: (1 - share) [at] + share [next], in blocks. */
struct view_tap {
	int at, next;
	float share;
};

struct rgb {
	float r, g, b;
};

/* Where a place in the frame is in the picture, in blocks. */
FN float view_place(float q, const struct view_axis *a)
{
	return view_linear((float)((double)q - a->from), a->scale, a->add);
}

/* Held to blocks 0..last. */
FN struct view_tap view_tap_of(float s, int last)
{
	float top = (float)last;
	s = s > 0 ? s : 0;
	s = s < top ? s : top;
	int at = (int)s, most = last > 0 ? last - 1 : 0;
	at = at < most ? at : most;
	struct view_tap t = {at, last > 0 ? at + 1 : at, s - (float)at};
	return t;
}

/* Columns of a plain view: the last one exactly, whatever rounding says. */
FN struct view_tap view_column(const struct view_recipe *r, float q, int last)
{
	struct view_tap exact = {last, last, 0};
	return r->flags & VIEW_PLAIN && q == (float)r->last_x
		   ? exact
		   : view_tap_of(view_place(q, &r->x), last);
}

/* Rows of a plain view: beneath the last one is nothing, not even the last row itself (next -1). */
FN struct view_tap view_row(const struct view_recipe *r, float q, int last)
{
	float s = view_place(q, &r->y);
	int at = (int)s < last ? (int)s : last;
	struct view_tap alone = {at, -1, s - (float)at};
	return r->flags & VIEW_PLAIN && q == (float)r->last_y ? alone : view_tap_of(s, last);
}

/* The mean of a block of the picture as a byte, or the pixel itself. */
FN struct rgb view_block(const struct card_view *v, int column, int row)
{
	int by = v->recipe.reduce, x = column * by, y = row * by;
	int nx = v->w - x < by ? v->w - x : by, ny = v->h - y < by ? v->h - y : by;
	const unsigned char *p = v->rgb + ((long)y * v->w + x) * 3;
	if (by == 1)
		return (struct rgb){(float)p[0], (float)p[1], (float)p[2]};
	unsigned n = (unsigned)(nx * ny), r = n / 2, g = n / 2, b = n / 2;
	for (int j = 0; j < ny; j++, p += (long)v->w * 3)
		for (int i = 0; i < nx; i++) {
			r += p[3 * i];
			g += p[3 * i + 1];
			b += p[3 * i + 2];
		}
	return (struct rgb){(float)(r / n), (float)(g / n), (float)(b / n)};
}

FN struct rgb view_mix(struct rgb a, float u, struct rgb b, float v)
{
	return (struct rgb){u * a.r + v * b.r, u * a.g + v * b.g, u * a.b + v * b.b};
}

FN float view_least(float a, float b)
{
	return a < b ? a : b;
}

FN float view_most(float a, float b)
{
	return a > b ? a : b;
}

/* Back into [0, 6), from at most one turn off. */
FN float view_turned(float hue)
{
	return hue - 6 * (float)((int)(hue * (1 / 6.0f) + 1) - 1);
}

/* src/data/colour.c tells what this is. */
FN float view_channel(float turn, float hue, float value, float chroma)
{
	float k = view_turned(turn + hue), rise = k < 2 ? k : 4 - k;
	float ramp = view_most(view_least(rise, 1), 0);
	return view_most(view_least(value - chroma * ramp, 1), 0);
}

FN struct rgb view_colour(const struct view_recipe *v, struct rgb c)
{
	float most = view_most(view_most(c.r, c.g), c.b);
	float delta = most - view_least(view_least(c.r, c.g), c.b), scale = 1 / (delta + 1e-12f);
	float hue = c.r == most   ? (c.g - c.b) * scale
		    : c.g == most ? 2 + (c.b - c.r) * scale
				  : 4 + (c.r - c.g) * scale;
	hue = view_turned(6 * (v->hue - FLOOR(v->hue)) + hue);
	float value = most * v->exposure, chroma = delta * (v->saturation * v->exposure);
	return (struct rgb){view_channel(5, hue, value, chroma),
			    view_channel(3, hue, value, chroma),
			    view_channel(1, hue, value, chroma)};
}

/* The picture at (qx, qy) of the frame. */
FN struct rgb view_sample(const struct card_view *v, float qx, float qy)
{
	const struct view_recipe *r = &v->recipe;
	int last_x = (v->w + r->reduce - 1) / r->reduce - 1;
	int last_y = (v->h + r->reduce - 1) / r->reduce - 1;
	struct view_tap x = view_column(r, qx, last_x), y = view_row(r, qy, last_y);
	float up = (1 - y.share) * (1 / 255.0f), down = y.next < 0 ? 0 : y.share * (1 / 255.0f);
	int next = y.next < 0 ? y.at : y.next;
	struct rgb upper = view_mix(view_block(v, x.at, y.at), 1 - x.share,
				    view_block(v, x.next, y.at), x.share);
	struct rgb lower = view_mix(view_block(v, x.at, next), 1 - x.share,
				    view_block(v, x.next, next), x.share);
	return view_mix(upper, up, lower, down);
}

FN bool view_erased(const struct view_recipe *r, int x, int y)
{
	return x >= r->erase_x && x < r->erase_x + r->erase_w && y >= r->erase_y &&
	       y < r->erase_y + r->erase_h;
}

FN struct rgb view_pixel(const struct card_view *v, int x, int y)
{
	const struct view_recipe *r = &v->recipe;
	float left = (float)view_linear_double(r->xy, y, r->x0);
	float top = (float)view_linear_double(r->yy, y, r->y0);
	float qx = view_linear((float)r->xx, (float)x, left);
	float qy = view_linear((float)r->yx, (float)x, top);
	bool in = qx >= r->x.low && qx < r->x.high && qy >= r->y.low && qy < r->y.high;
	if (!in || view_erased(r, x, y))
		return (struct rgb){VIEW_FILL, VIEW_FILL, VIEW_FILL};
	struct rgb c = view_sample(v, qx, qy);
	return r->flags & VIEW_COLOUR ? view_colour(r, c) : c;
}

/* Views down, pixels of a view across. */
KERNEL(render_views)
{
	const struct card_view *v = &a.views[BLOCK_Y];
	long plane = (long)a.w * a.h;
	float *out = a.out + (long)v->at * 3 * plane;
	EACH(i, plane)
	{
		int y = (int)((unsigned)i / (unsigned)a.w), x = (int)i - y * a.w;
		struct rgb c = view_pixel(v, x, y);
		out[i] = c.r;
		out[i + plane] = c.g;
		out[i + 2 * plane] = c.b;
	}
}
