/* One petal: a strip of the flower's surface, bent along its length and across, projected, and
 * painted in bands across, each with the light that falls on it. */
#include "bloom.h"

#include <math.h>

enum { STEPS = 10, BANDS_MAX = 8 };

static const double pi = 3.14159265358979;

struct outline {
	double a, b;
};

static const struct outline outlines[PETAL_N] = {
    [PETAL_STRAP] = {0.40, 0.16}, [PETAL_LANCE] = {0.60, 0.75}, [PETAL_OVAL] = {0.65, 0.38},
    [PETAL_BROAD] = {0.70, 0.24}, [PETAL_EGG] = {0.55, 0.55},
};

struct mesh {
	struct vec at[STEPS + 1][BANDS_MAX + 1]; /* along, across; view space */
	int bands;
};

static double half_width(const struct petal *p, double u)
{
	const struct outline *o = &outlines[p->shape];
	double widest = o->a / (o->a + o->b);
	double peak = pow(widest, o->a) * pow(1 - widest, o->b);
	/* No petal starts or ends at a point of no width. */
	u = 0.04 + 0.955 * u;
	return 0.5 * p->width * pow(u, o->a) * pow(1 - u, o->b) / peak;
}

/* Closer together towards the tip, where the outline bends most. */
static double along(int i)
{
	return sin(0.5 * pi * i / STEPS);
}

/* Where the middle line is at each step: distance from the axis, and along it. */
static void middle_line(const struct petal *p, double rho[STEPS + 1], double z[STEPS + 1])
{
	rho[0] = p->base;
	z[0] = p->height;
	for (int i = 1; i <= STEPS; i++) {
		double u = 0.5 * (along(i) + along(i - 1)), du = along(i) - along(i - 1);
		double elevation = p->lift + p->curl * u;
		rho[i] = rho[i - 1] + p->length * du * cos(elevation);
		z[i] = z[i - 1] + p->length * du * sin(elevation);
	}
}

/* Of the petal's surface, at u along it and v across (-1 to 1); `half` is half its width there. */
static struct vec surface(const struct petal *p, double rho, double z, double u, double v,
			  double half)
{
	double off = v * half;
	double turn = off / fmax(rho, 0.18);
	turn = fmax(-1.3, fmin(1.3, turn));
	double flat_x = rho * cos(p->angle) - off * sin(p->angle);
	double flat_y = rho * sin(p->angle) + off * cos(p->angle);
	double bent_x = rho * cos(p->angle + turn), bent_y = rho * sin(p->angle + turn);
	double w = p->wrap;
	z += p->trough * v * v * 0.5 * p->width * sin(pi * fmin(u, 0.9));
	z += p->ruffle * u * u * sin(3.1 * v + 5 * u + p->phase);
	return (struct vec){w * bent_x + (1 - w) * flat_x, w * bent_y + (1 - w) * flat_y, z};
}

static void make_mesh(struct mesh *m, const struct pose *pose, const struct petal *p)
{
	double rho[STEPS + 1], z[STEPS + 1];
	middle_line(p, rho, z);
	m->bands = p->strips < 1 ? 1 : p->strips > BANDS_MAX ? BANDS_MAX : p->strips;
	for (int i = 0; i <= STEPS; i++) {
		double u = along(i), half = half_width(p, u);
		for (int j = 0; j <= m->bands; j++) {
			double v = 2.0 * j / m->bands - 1;
			struct vec at = surface(p, rho[i], z[i], u, v, half);
			m->at[i][j] = pose_project(pose, at);
		}
	}
}

static struct vec normal_at(const struct mesh *m, int i, int band)
{
	int below = i > 1 ? i - 2 : 0, above = below + 2;
	struct vec up = vec_sub(m->at[above][band], m->at[below][band]);
	struct vec across = vec_sub(m->at[i][band + 1], m->at[i][band]);
	return vec_unit(vec_cross(up, across));
}

/* From `from`, past `to` by so many pixels: bands overlap, or their seams would show. */
static void line_past(cairo_t *cr, struct vec from, struct vec to, double pixels)
{
	double dx = to.x - from.x, dy = to.y - from.y, n = sqrt(dx * dx + dy * dy);
	double t = n > 0.01 ? pixels / n : 0;
	cairo_line_to(cr, to.x + dx * t, to.y + dy * t);
}

static void trace(cairo_t *cr, const struct mesh *m, int left, int right)
{
	double over_left = left > 0 ? 0.5 : 0, over_right = right < m->bands ? 0.5 : 0;
	cairo_new_path(cr);
	for (int i = 0; i <= STEPS; i++)
		line_past(cr, m->at[i][right], m->at[i][left], over_left);
	for (int j = left + 1; j < right; j++)
		cairo_line_to(cr, m->at[STEPS][j].x, m->at[STEPS][j].y);
	for (int i = STEPS; i >= 0; i--)
		line_past(cr, m->at[i][left], m->at[i][right], over_right);
	cairo_close_path(cr);
}

static struct rgb colour_at(const struct petal *p, double u, bool front)
{
	double t = u / fmax(p->blend, 0.02);
	struct rgb c = colour_mix(p->inner, p->tip, t > 1 ? 1 : t * t * (3 - 2 * t));
	return front ? c : colour_mix(c, p->back, 0.85);
}

static void paint_band(cairo_t *cr, const struct pose *pose, const struct petal *p,
		       const struct mesh *m, int band)
{
	static const int stops[] = {0, 3, 6, STEPS};
	struct vec from = m->at[0][band], to = m->at[STEPS][band];
	cairo_pattern_t *paint = cairo_pattern_create_linear(from.x, from.y, to.x, to.y);
	for (size_t s = 0; s < sizeof(stops) / sizeof(*stops); s++) {
		int i = stops[s];
		struct vec n = normal_at(m, i, band);
		double u = along(i), deep = 0.82 + 0.18 * fmin(1, 2 * u);
		struct rgb c = colour_at(p, u, n.z >= 0);
		struct vec here = vec_sub(m->at[i][band], from), all = vec_sub(to, from);
		double length = all.x * all.x + all.y * all.y;
		double at = length > 0 ? (here.x * all.x + here.y * all.y) / length : 0;
		colour_stop(paint, fmax(0, fmin(1, at)),
			    colour_scale(c, pose_shade(pose, n) * deep), 1);
	}
	trace(cr, m, band, band + 1);
	cairo_set_source(cr, paint);
	cairo_fill(cr);
	cairo_pattern_destroy(paint);
}

/* Bands from the farthest to the nearest: a cup's far side is behind its near one. */
static void paint_bands(cairo_t *cr, const struct pose *pose, const struct petal *p,
			const struct mesh *m)
{
	int order[BANDS_MAX];
	for (int i = 0; i < m->bands; i++) {
		int k = i;
		double depth = m->at[STEPS / 2][i].z + m->at[STEPS / 2][i + 1].z;
		for (; k > 0; k--) {
			int o = order[k - 1];
			if (m->at[STEPS / 2][o].z + m->at[STEPS / 2][o + 1].z <= depth)
				break;
			order[k] = o;
		}
		order[k] = i;
	}
	for (int i = 0; i < m->bands; i++)
		paint_band(cr, pose, p, m, order[i]);
}

static void paint_veins(cairo_t *cr, const struct petal *p, const struct mesh *m, double pixels)
{
	int n = m->bands < 2 ? 0 : m->bands - 1;
	cairo_set_line_width(cr, fmax(0.4, pixels * 0.012));
	colour_source(cr, colour_scale(p->inner, 0.7), 0.35 * p->veins);
	for (int j = 1; j <= n; j++) {
		cairo_move_to(cr, m->at[1][j].x, m->at[1][j].y);
		for (int i = 2; i <= STEPS - 2; i++)
			cairo_line_to(cr, m->at[i][j].x, m->at[i][j].y);
	}
	cairo_stroke(cr);
}

static void paint_rim(cairo_t *cr, const struct petal *p, const struct mesh *m, double pixels)
{
	struct rgb white = {1, 1, 1};
	struct rgb c = p->rim < 0 ? colour_scale(p->tip, 0.45) : colour_mix(p->tip, white, 0.5);
	cairo_set_line_width(cr, fmax(0.5, pixels * 0.014));
	colour_source(cr, c, fabs(p->rim));
	cairo_new_path(cr);
	int from = STEPS / 4;
	for (int i = from; i <= STEPS; i++)
		cairo_line_to(cr, m->at[i][0].x, m->at[i][0].y);
	for (int j = 1; j < m->bands; j++)
		cairo_line_to(cr, m->at[STEPS][j].x, m->at[STEPS][j].y);
	for (int i = STEPS; i >= from; i--)
		cairo_line_to(cr, m->at[i][m->bands].x, m->at[i][m->bands].y);
	cairo_stroke(cr);
}

static void paint_shadow(cairo_t *cr, const struct pose *v, const struct mesh *m, double pixels)
{
	cairo_save(cr);
	cairo_translate(cr, -v->light.x * pixels * 0.05, -v->light.y * pixels * 0.05);
	trace(cr, m, 0, m->bands);
	cairo_set_source_rgba(cr, 0, 0, 0, 0.13);
	cairo_fill(cr);
	cairo_restore(cr);
}

double petal_depth(const struct pose *v, const struct petal *p)
{
	double rho[STEPS + 1], z[STEPS + 1];
	middle_line(p, rho, z);
	int i = 3;
	double x = rho[i] * cos(p->angle), y = rho[i] * sin(p->angle);
	return pose_project(v, (struct vec){x, y, z[i] - p->sink}).z;
}

void petal_paint(cairo_t *cr, const struct pose *v, const struct petal *p)
{
	struct mesh m;
	double pixels = v->size * p->length;
	make_mesh(&m, v, p);
	if (pixels > 9)
		paint_shadow(cr, v, &m, pixels);
	paint_bands(cr, v, p, &m);
	if (p->veins > 0 && pixels > 18)
		paint_veins(cr, p, &m, pixels);
	if (p->rim != 0 && pixels > 7)
		paint_rim(cr, p, &m, pixels);
}
