#include "thaw/draw/picture.h"

#include "scene.h"

#include "thaw/base/rng.h"

int picture_n_kinds(void)
{
	return SPECIES_N;
}

const char *picture_kind_name(int kind)
{
	return species_table[kind].name;
}

enum err picture_draw(struct strbuf *out, const struct picture_request *r, struct errinfo *e)
{
	uint64_t item = (uint64_t)r->kind << 32 | (uint32_t)r->number;
	struct dice dice = {rng_key(r->seed, RNG_DRAW, (uint64_t)r->set, item), 0};
	struct scene s;
	scene_plan(&s, r->kind, r->size, &r->knobs, dice);
	cairo_surface_t *surface = scene_paint(&s);
	enum err code = finish_write(out, surface, &s.finish, &s.dice, e);
	cairo_surface_destroy(surface);
	return code;
}
