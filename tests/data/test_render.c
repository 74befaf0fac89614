/* The card's kernel that renders views, run on the host: it shows what the CPU shows. */
#include "../../src/data/recipe.h"
#include "../../src/data/shrink.h"
#include "../../src/engine/cuda/dialect.h"
#include "../../src/engine/cuda/kernels.h"
#include "../../src/engine/cuda/pictures.inc"
#include "pictures.h"

#include "thaw/data/augment.h"

#include <math.h>

_Thread_local struct host_block host_block;

enum { THREADS_EACH = 64 };

/* Fewer threads than pixels, too: they go round. */
static void launch(struct render_views_args a, int views)
{
	int blocks = a.w * a.h / THREADS_EACH / 2 + 1;
	for (int y = 0; y < views; y++)
		for (int x = 0; x < blocks; x++) {
			host_block = (struct host_block){x, y, blocks, THREADS_EACH};
			render_views(a);
		}
}

/* A view both ways. */
struct pair {
	struct shrunk s;
	struct view_recipe recipe;
	int w, h;
	float *cpu, *card; /* [3][h][w] */
};

static void render_both(struct pair *p)
{
	size_t n = (size_t)(3 * p->w * p->h);
	struct card_view views[2] = {
	    {.recipe = p->recipe, .rgb = p->s.im.rgb, .w = p->s.im.w, .h = p->s.im.h, .at = 1},
	};
	views[1] = views[0];
	views[1].at = 0;
	p->cpu = xcalloc(n, sizeof(*p->cpu));
	p->card = xcalloc(2 * n, sizeof(*p->card));
	recipe_render(&p->recipe, &p->s.im, p->w, p->h, p->cpu);
	launch((struct render_views_args){views, p->card, p->w, p->h}, 2);
	assert_memory_equal(p->card, p->card + n, n * sizeof(*p->card));
}

static void release_both(struct pair *p)
{
	free(p->cpu);
	free(p->card);
	image_release(&p->s.im);
}

struct difference {
	double worst, sum;
	size_t n;
};

static void compare(const struct pair *p, struct difference *d)
{
	for (int i = 0; i < 3 * p->w * p->h; i++, d->n++) {
		double far = fabs((double)p->cpu[i] - (double)p->card[i]);
		d->worst = far > d->worst || isnan(far) ? far : d->worst;
		d->sum += far;
	}
}

static double between(uint64_t key, uint64_t draw, double low, double high)
{
	return low + (high - low) * rng_uniform(key, draw);
}

static bool often(uint64_t key, uint64_t draw)
{
	return rng_uniform(key, draw) < 0.4;
}

static struct augment_config any_setting(uint64_t key)
{
	struct augment_config a = {.crop = 1, .aspect = 1, .saturation = 1, .exposure = 1};
	a.flip = often(key, 0);
	a.crop = often(key, 1) ? between(key, 2, 1, 2) : 1;
	a.translate = often(key, 3) ? between(key, 4, 0, .3) : 0;
	a.aspect = often(key, 5) ? between(key, 6, .5, 1.5) : 1;
	a.angle = often(key, 7) ? between(key, 8, 0, 90) : 0;
	a.hue = often(key, 9) ? between(key, 10, 0, .3) : 0;
	a.saturation = often(key, 11) ? between(key, 12, .4, 2) : 1;
	a.exposure = often(key, 13) ? between(key, 14, .4, 2) : 1;
	a.erase = often(key, 15) ? .5 : 0;
	return a;
}

/* Noise: neighbours differ as much as they can. */
static void roughen(struct image *im, uint64_t key)
{
	for (int i = 0; i < 3 * im->w * im->h; i++)
		im->rgb[i] = (uint8_t)rng_below(key, (uint64_t)i, 256);
}

static struct pair any_view(uint64_t number)
{
	static const int sizes[][2] = {{120, 90}, {300, 200}, {40, 30},  {1, 50},    {100, 2},
				       {1, 1},    {640, 480}, {3, 500},  {90000, 1}, {2, 2},
				       {64, 64},  {700, 33},  {33, 700}, {512, 1024}};
	uint64_t key = rng_key(8, RNG_INIT, number, 0);
	const int *size = sizes[rng_below(key, 20, sizeof(sizes) / sizeof(*sizes))];
	int mode = (int)rng_below(key, 21, RESIZE_N);
	struct augment_config a = any_setting(key);
	struct pair p = {.w = 1 + (int)rng_below(key, 22, 80),
			 .h = 1 + (int)rng_below(key, 23, 80)};
	struct image im = make_image(size[0], size[1], number);
	if (often(key, 24))
		roughen(&im, key);
	p.s = (struct shrunk){.im = im, .by = 1, .w = im.w, .h = im.h};
	if (augment_shrink(&(struct shrink){.w = 0}, &a, mode, p.w, p.h) && often(key, 25))
		p.s = (struct shrunk){im, 2, 2 * im.w - 1, 2 * im.h, 1, 0};
	if (often(key, 26))
		recipe_plain(&p.recipe, &im, (enum resize_mode)mode, p.w, p.h);
	else
		recipe_draw(&p.recipe, &p.s, &a, (enum resize_mode)mode, key, p.w, p.h);
	return p;
}

static void any_view_is_the_same(void **state)
{
	(void)state;
	struct difference all = {0};
	int plain = 0, reduced = 0, turned = 0, coloured = 0, erased = 0;
	for (uint64_t i = 0; i < 1500; i++) {
		struct pair p = any_view(i);
		const struct view_recipe *r = &p.recipe;
		struct difference d = {0};
		render_both(&p);
		compare(&p, &d);
		if (!(d.worst <= 1e-5))
			fail_msg("view %d: %g", (int)i, d.worst);
		all.sum += d.sum;
		all.n += d.n;
		plain += (r->flags & VIEW_PLAIN) != 0;
		coloured += (r->flags & VIEW_COLOUR) != 0;
		reduced += r->reduce > 1;
		turned += r->xy != 0;
		erased += r->erase_w > 0;
		release_both(&p);
	}
	assert_true(all.sum / (double)all.n < 1e-6);
	assert_true(plain > 300 && reduced > 100 && turned > 200 && coloured > 300 && erased > 50);
}

/* Mirrored by its recipe is mirrored by its pixels. */
static void mirrored_recipes(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 300; i++) {
		struct pair p = any_view(i), m = any_view(i);
		struct difference d = {0};
		bool plain = p.recipe.flags & VIEW_PLAIN;
		view_recipe_mirror(&m.recipe, m.w);
		render_both(&p);
		render_both(&m);
		compare(&m, &d);
		assert_true(d.worst <= 1e-5);
		for (int k = 0; k < 3 * p.h * p.w && plain; k++)
			assert_true(m.cpu[k] == p.cpu[k / p.w * p.w + p.w - 1 - k % p.w]);
		release_both(&p);
		release_both(&m);
	}
}

int main(void)
{
	_Static_assert(sizeof(struct view_recipe) == 128, "it is copied for each view");
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_view_is_the_same),
	    cmocka_unit_test(mirrored_recipes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
