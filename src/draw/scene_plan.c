#include "scene.h"

#include <math.h>

/* How many flowers, and how large: radius as a share of the picture's width. */
struct layout {
	double weight;
	int n[2];
	double radius[2];
};

static const struct layout layouts[] = {
    {48, {1, 1}, {0.26, 0.44}}, /* a portrait */
    {12, {1, 1}, {0.46, 0.68}}, /* a close-up */
    {22, {2, 3}, {0.17, 0.28}}, /* a few */
    {18, {3, 6}, {0.12, 0.20}}, /* a group */
};
static const struct layout field = {0, {7, 16}, {0.06, 0.115}};

static struct rgb colour_of(struct dice *d, int kind)
{
	const struct tint *tints = species_table[kind].tints;
	int n = 0;
	while (tints[n].weight > 0)
		n++;
	return colour_draw(d, &tints[dice_pick(d, &tints[0].weight, sizeof(*tints), n)]);
}

/* The farthest of a few tries from the flowers that stand already. */
static void place(struct scene *s, struct plant *p, int i, double margin)
{
	double best = -1;
	for (int tries = 0; tries < 8; tries++) {
		double x = s->size * dice_in(&s->dice, margin, 1 - margin);
		double y = s->size * dice_in(&s->dice, margin, 1 - margin);
		double nearest = 1e9;
		for (int k = 0; k < i; k++) {
			double gap = hypot(s->plants[k].x - x, s->plants[k].y - y);
			nearest = fmin(nearest, gap / (s->plants[k].radius + p->radius));
		}
		if (nearest > best) {
			best = nearest;
			p->x = x;
			p->y = y;
		}
	}
}

/* So that a fair part of the flower lies outside the picture. */
static void push_out(struct scene *s, struct plant *p)
{
	double off = p->radius * dice_in(&s->dice, -0.35, 0.25);
	bool high = dice_chance(&s->dice, 0.5);
	double edge = high ? s->size + off : -off;
	if (dice_chance(&s->dice, 0.6))
		p->x = edge;
	else
		p->y = edge;
}

static void plan_plants(struct scene *s)
{
	struct dice *d = &s->dice;
	int n_layouts = sizeof(layouts) / sizeof(*layouts);
	const struct layout *l =
	    &layouts[dice_pick(d, &layouts[0].weight, sizeof(*layouts), n_layouts)];
	if (dice_chance(d, s->knobs->v[KNOB_SMALL]))
		l = &field;
	const struct species *kind = &species_table[s->kind];
	int palette = s->kind;
	if (dice_chance(d, s->knobs->v[KNOB_FOREIGN]))
		palette = (s->kind + dice_int(d, 1, SPECIES_N - 1)) % SPECIES_N;
	bool mixed = dice_chance(d, s->knobs->v[KNOB_MIXED]);
	struct rgb colour = colour_of(d, palette);
	double tilt = dice_in(d, kind->tilt[0], kind->tilt[1]);
	s->n_plants = dice_int(d, l->n[0], l->n[1]);
	for (int i = 0; i < s->n_plants; i++) {
		struct plant *p = &s->plants[i];
		p->kind = s->kind;
		p->radius = s->size * kind->radius * dice_in(d, l->radius[0], l->radius[1]);
		place(s, p, i, l->n[1] == 1 ? 0.36 : 0.1);
		p->tilt =
		    fmin(1.5, s->knobs->v[KNOB_TILT] * fmax(0, tilt + dice_normal(d, 0, 0.2)));
		p->roll = dice_normal(d, 0, 0.3);
		p->colour = mixed ? colour_of(d, palette) : colour_jitter(d, colour, 0.03);
	}
	if (dice_chance(d, s->knobs->v[KNOB_CUT]))
		push_out(s, &s->plants[0]);
}

/* ---- hard cases ---- */

static void make_blurred(struct scene *s)
{
	s->finish.blur = dice_in(&s->dice, 2.2, 3.8);
}

static void make_tiny(struct scene *s)
{
	for (int i = 0; i < s->n_plants; i++)
		s->plants[i].radius =
		    fmin(s->plants[i].radius, s->size * dice_in(&s->dice, 0.07, 0.1));
}

static void make_dark(struct scene *s)
{
	s->finish.exposure = dice_in(&s->dice, 0.22, 0.4);
	s->finish.noise *= 1.5;
}

static void make_glaring(struct scene *s)
{
	s->finish.exposure = dice_in(&s->dice, 1.5, 2.0);
	s->finish.glare = 0.7;
}

static void make_hidden(struct scene *s)
{
	s->in_front = dice_in(&s->dice, 1.2, 1.8);
}

static void (*const hard_cases[])(struct scene *s) = {make_blurred, make_tiny, make_dark,
						      make_glaring, make_hidden};

void scene_plan(struct scene *s, int kind, int size, const struct knobs *knobs, struct dice dice)
{
	*s = (struct scene){.kind = kind, .size = size, .knobs = knobs, .dice = dice};
	struct dice *d = &s->dice;
	s->light.x = dice_in(d, -0.9, 0.9);
	s->light.y = dice_in(d, -1, 0.1);
	s->light.z = dice_in(d, 0.4, 1);
	s->light = vec_unit(s->light);
	s->ambient = dice_in(d, 0.42, 0.72);
	plan_plants(s);
	if (dice_chance(d, knobs->v[KNOB_STRANGER])) {
		s->stranger = (kind + dice_int(d, 1, SPECIES_N - 1)) % SPECIES_N;
		s->n_strangers = dice_int(d, 1, 3);
	}
	if (dice_chance(d, knobs->v[KNOB_OCCLUSION]))
		s->in_front = dice_in(d, 0.3, 1);
	s->depth = dice_in(d, 0.1, 1);
	s->finish = finish_draw(d, knobs->v[KNOB_NOISE]);
	if (dice_chance(d, knobs->v[KNOB_HARD]))
		hard_cases[dice_below(d, sizeof(hard_cases) / sizeof(*hard_cases))](s);
}
