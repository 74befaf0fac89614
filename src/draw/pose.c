#include "pose.h"

#include <math.h>

struct vec vec_sub(struct vec a, struct vec b)
{
	return (struct vec){a.x - b.x, a.y - b.y, a.z - b.z};
}

struct vec vec_cross(struct vec a, struct vec b)
{
	return (struct vec){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

struct vec vec_unit(struct vec a)
{
	double n = sqrt(a.x * a.x + a.y * a.y + a.z * a.z);
	return n > 1e-12 ? (struct vec){a.x / n, a.y / n, a.z / n} : a;
}

struct pose pose_make(double x, double y, double size, double tilt, double roll)
{
	return (struct pose){
	    x,         y,         size,      cos(tilt),
	    sin(tilt), cos(roll), sin(roll), vec_unit((struct vec){-0.4, -0.6, 0.7}),
	    0.6};
}

struct vec pose_project(const struct pose *v, struct vec p)
{
	double y = p.y * v->cos_tilt - p.z * v->sin_tilt;
	double z = p.y * v->sin_tilt + p.z * v->cos_tilt;
	return (struct vec){v->x + v->size * (p.x * v->cos_roll - y * v->sin_roll),
			    v->y + v->size * (p.x * v->sin_roll + y * v->cos_roll), v->size * z};
}

double pose_shade(const struct pose *v, struct vec n)
{
	double side = n.z < 0 ? -1 : 1;
	double dot = side * (n.x * v->light.x + n.y * v->light.y + n.z * v->light.z);
	/* Petals let light through: the side turned away is dim, not black. */
	double lit = dot > 0 ? dot : -0.35 * dot;
	return v->ambient + (1.15 - v->ambient) * lit;
}
