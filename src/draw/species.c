#include "species.h"

/* Ranges overlap between the kinds on purpose: colour alone must not decide. */
/* clang-format off */
static const struct tint daisy_tints[] = {
	{50, {0.12, 0.17}, {0.00, 0.08}, {0.92, 1.00}}, /* white */
	{16, {0.86, 0.97}, {0.18, 0.55}, {0.85, 1.00}}, /* pink */
	{16, {0.11, 0.16}, {0.65, 0.95}, {0.88, 1.00}}, /* yellow */
	{ 8, {0.72, 0.80}, {0.25, 0.50}, {0.75, 0.95}}, /* lilac */
	{10, {0.98, 1.08}, {0.75, 0.95}, {0.75, 0.98}}, /* red to orange */
	{0, {0}, {0}, {0}},
};
static const struct tint dandelion_tints[] = {
	{70, {0.125, 0.165}, {0.80, 1.00}, {0.90, 1.00}}, /* yellow */
	{14, {0.07, 0.11}, {0.80, 0.98}, {0.85, 1.00}},   /* orange */
	{10, {0.13, 0.17}, {0.08, 0.30}, {0.92, 1.00}},   /* white */
	{ 6, {0.90, 0.97}, {0.25, 0.45}, {0.85, 0.98}},   /* pink */
	{0, {0}, {0}, {0}},
};
static const struct tint rose_tints[] = {
	{30, {0.95, 1.00}, {0.75, 0.95}, {0.55, 0.90}}, /* red */
	{25, {0.90, 0.98}, {0.25, 0.65}, {0.85, 1.00}}, /* pink */
	{15, {0.10, 0.15}, {0.03, 0.16}, {0.92, 1.00}}, /* white */
	{15, {0.12, 0.155}, {0.50, 0.85}, {0.90, 1.00}}, /* yellow */
	{10, {0.04, 0.09}, {0.45, 0.85}, {0.90, 1.00}}, /* peach to orange */
	{ 5, {0.76, 0.84}, {0.20, 0.45}, {0.70, 0.90}}, /* lilac */
	{0, {0}, {0}, {0}},
};
static const struct tint sunflower_tints[] = {
	{70, {0.115, 0.150}, {0.82, 1.00}, {0.90, 1.00}}, /* yellow */
	{12, {0.07, 0.11}, {0.85, 1.00}, {0.85, 1.00}},   /* orange */
	{10, {0.00, 0.05}, {0.75, 0.95}, {0.50, 0.80}},   /* red to brown */
	{ 8, {0.14, 0.16}, {0.15, 0.45}, {0.94, 1.00}},   /* lemon to cream */
	{0, {0}, {0}, {0}},
};
static const struct tint tulip_tints[] = {
	{25, {0.96, 1.02}, {0.80, 0.98}, {0.70, 0.95}}, /* red */
	{18, {0.12, 0.155}, {0.70, 0.98}, {0.90, 1.00}}, /* yellow */
	{20, {0.88, 0.97}, {0.30, 0.70}, {0.85, 1.00}}, /* pink */
	{14, {0.76, 0.86}, {0.45, 0.75}, {0.40, 0.80}}, /* purple */
	{12, {0.10, 0.18}, {0.02, 0.12}, {0.92, 1.00}}, /* white */
	{11, {0.04, 0.09}, {0.75, 0.95}, {0.88, 1.00}}, /* orange */
	{0, {0}, {0}, {0}},
};

const struct species species_table[SPECIES_N] = {
	{"daisy",     daisy_tints,     daisy_draw,     {0.0, 1.2}, 0.95, 0.09, {0.36, 0.52, 0.20}, LEAF_SPOON, 1.3, 0.8, 0},
	{"dandelion", dandelion_tints, dandelion_draw, {0.0, 1.3}, 0.95, 0.12, {0.52, 0.56, 0.30}, LEAF_SAW,   2.3, 1.0, 0},
	{"rose",      rose_tints,      rose_draw,      {0.1, 1.25}, 1.0, 0.11, {0.28, 0.42, 0.18}, LEAF_SERRATE, 1.9, 0.2, 5},
	{"sunflower", sunflower_tints, sunflower_draw, {0.0, 1.0}, 1.1,  0.15, {0.38, 0.52, 0.20}, LEAF_HEART, 1.7, 0.0, 0},
	{"tulip",     tulip_tints,     tulip_draw,     {0.6, 1.55}, 0.85, 0.15, {0.42, 0.58, 0.32}, LEAF_LANCE, 3.6, 0.9, 0},
};
/* clang-format on */

struct bloom bloom_of(struct flower *f)
{
	struct bloom b = {.view = f->view};
	b.dice = dice_fork(&f->dice);
	return b;
}

void bloom_add_bracts(struct bloom *b, struct dice *d, int n, double length, double lift)
{
	struct rgb green = colour_jitter(d, (struct rgb){0.34, 0.50, 0.20}, 0.05);
	for (int i = 0; i < n; i++) {
		struct petal p = {.shape = PETAL_LANCE, .strips = 1, .blend = 1, .rim = -0.3};
		p.angle = (i + dice_in(d, -0.2, 0.2)) * 6.2831853 / n;
		p.base = 0.08;
		p.height = -0.2;
		p.sink = 0.8;
		p.length = length * dice_in(d, 0.85, 1.15);
		p.width = 4.2 * length / n + 0.06;
		p.lift = lift + dice_in(d, -0.15, 0.15);
		p.inner = p.back = colour_scale(green, 0.8);
		p.tip = colour_scale(green, dice_in(d, 0.9, 1.15));
		bloom_add_petal(b, &p);
	}
}
