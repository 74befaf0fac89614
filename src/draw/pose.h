/* How a flower is seen: where, how large, how far turned away, and from where the light comes.
 *
 * A flower stands at its own origin, its face in the plane x, y, its axis along z, its radius about
 * 1. Seen without tilt, z points at the viewer; with a tilt of 90 degrees, up the picture. View
 * space is in pixels: x right, y down, z towards the viewer.
 */
#ifndef THAW_SRC_DRAW_POSE_H
#define THAW_SRC_DRAW_POSE_H

struct vec {
	double x, y, z;
};

struct pose {
	double x, y, size; /* where the origin falls, and what length 1 is, in pixels */
	double cos_tilt, sin_tilt, cos_roll, sin_roll;
	struct vec light; /* unit, towards it, in view space */
	double ambient;   /* light that comes from everywhere, 0 to 1 */
};

struct pose pose_make(double x, double y, double size, double tilt, double roll); /* radians */
struct vec pose_project(const struct pose *v, struct vec p);

/* Brightness, about 0.4 to 1.2, of a patch with this normal in view space; either side may show. */
double pose_shade(const struct pose *v, struct vec normal);

struct vec vec_sub(struct vec a, struct vec b);
struct vec vec_cross(struct vec a, struct vec b);
struct vec vec_unit(struct vec a); /* the zero vector stays */

#endif
