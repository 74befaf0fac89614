/* Pictures decoded smaller than their files: the same views, for less work. */
#include "../../src/data/shrink.h"
#include "pictures.h"

#include "thaw/base/clock.h"
#include "thaw/data/loader.h"

#include <math.h>

static const struct augment_config zooms = {
    .flip = true, .crop = 1.15, .aspect = 1, .saturation = 1, .exposure = 1, .views = 2};

static void as_small_as_every_view_allows(void **state)
{
	(void)state;
	static const struct {
		int mode, w, h; /* of the file; the frame is 100x100 */
		double zoom;
		int by;
	} cases[] = {
	    {RESIZE_LETTERBOX, 199, 100, 1, 1},   {RESIZE_LETTERBOX, 200, 100, 1, 2},
	    {RESIZE_LETTERBOX, 100, 400, 1, 4},   {RESIZE_LETTERBOX, 400, 100, 1.01, 2},
	    {RESIZE_LETTERBOX, 799, 799, 1, 4},   {RESIZE_LETTERBOX, 800, 800, 1, 8},
	    {RESIZE_LETTERBOX, 9999, 9999, 1, 8}, {RESIZE_LETTERBOX, 800, 800, 2, 4},
	    {RESIZE_CROP, 400, 100, 1, 1},        {RESIZE_CROP, 800, 200, 1, 2},
	    {RESIZE_STRETCH, 800, 200, 1, 2},     {RESIZE_STRETCH, 800, 100, 1, 1},
	    {RESIZE_LETTERBOX, 1, 1, 1, 1},       {RESIZE_LETTERBOX, 90000, 1, 1, 1},
	    {RESIZE_CROP, 1, 90000, 1, 1},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct shrink s = {cases[i].mode, 100, 100, cases[i].zoom};
		if (shrink_choose(&s, cases[i].w, cases[i].h) != cases[i].by)
			fail_msg("case %zu: %d", i, shrink_choose(&s, cases[i].w, cases[i].h));
	}
}

/* The un-augmented view mirrors Darknet's, which sees the whole picture. */
static void plain_views_need_all(void **state)
{
	(void)state;
	struct augment_config a = {.crop = 1, .aspect = 1, .saturation = 0.5, .exposure = 1};
	struct shrink s;
	a.flip = true;
	assert_false(augment_shrink(&s, &a, RESIZE_LETTERBOX, 9, 9));
	a.angle = 5;
	assert_true(augment_shrink(&s, &a, RESIZE_LETTERBOX, 9, 9));
	assert_true(s.zoom == 1);
	a.aspect = 0.64;
	a.crop = 2;
	assert_true(augment_shrink(&s, &a, RESIZE_LETTERBOX, 9, 9));
	assert_true(fabs(s.zoom - 2 * 1.25) < 1e-12);
}

/* Colours that tell the place, without texture. */
static void make_ramp(struct strbuf *out, int w, int h, int flags)
{
	uint8_t *px = xmalloc((size_t)w * (size_t)h * 3), *p = px;
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++, p += 3) {
			p[0] = (uint8_t)(20 + 210 * x / w);
			p[1] = (uint8_t)(20 + 210 * y / h);
			p[2] = (uint8_t)(20 + 105 * x / w + 105 * (h - y) / h);
		}
	make_jpeg(out, px, w, h, TJPF_RGB, flags);
	free(px);
}

enum { SIDE = 56, N_FLOATS = 3 * SIDE * SIDE };

static void assert_same_view(const struct strbuf *jpeg, const struct augment_config *a, int mode,
			     uint64_t key, int by)
{
	static float want[N_FLOATS], got[N_FLOATS];
	struct shrunk whole, small;
	struct shrink s;
	assert_true(augment_shrink(&s, a, mode, SIDE, SIDE));
	assert_int_equal(image_shrunk_memory(&whole, jpeg->buf, jpeg->len, NULL, NULL), ERR_OK);
	assert_int_equal(image_shrunk_memory(&small, jpeg->buf, jpeg->len, &s, NULL), ERR_OK);
	assert_int_equal(whole.by, 1);
	assert_int_equal(small.by, by);
	assert_int_equal(small.w, whole.im.w);
	assert_int_equal(small.h, whole.im.h);
	assert_int_equal(small.im.w, (whole.im.w + by - 1) / by);
	assert_int_equal(small.im.h, (whole.im.h + by - 1) / by);
	augment_shrunk(&whole, a, mode, key, SIDE, SIDE, want);
	augment_shrunk(&small, a, mode, key, SIDE, SIDE, got);
	/* Decoding rounds here and there; a place that is off makes a quarter of a frame brighter
	 * or darker: a quarter of a frame's pixel by 0.0037. */
	double sum[3][2][2] = {{{0}}}, off = 0;
	for (int i = 0; i < N_FLOATS; i++) {
		double diff = (double)got[i] - (double)want[i];
		sum[i / (SIDE * SIDE)][i / SIDE % SIDE / (SIDE / 2)][i % SIDE / (SIDE / 2)] += diff;
		off = fmax(off, fabs(diff));
	}
	double mean = 0;
	for (int i = 0; i < 12; i++)
		mean = fmax(mean, fabs(sum[i / 4][i / 2 % 2][i % 2]) / (SIDE * SIDE / 4));
	if (mean > 0.0017 || off > 0.03)
		fail_msg("by %d mode %d: mean %g, most %g", by, mode, mean, off);
	image_release(&whole.im);
	image_release(&small.im);
}

static void the_same_views(void **state)
{
	(void)state;
	static const struct {
		int w, h, by;
	} sizes[] = {{131, 131, 2}, {259, 263, 4}, {601, 541, 8}};
	for (size_t i = 0; i < 3; i++)
		for (int orientation = 1; orientation <= 8; orientation++) {
			struct strbuf jpeg = STRBUF_INIT;
			make_ramp(&jpeg, sizes[i].w, sizes[i].h,
				  orientation % 2 ? 0 : TJFLAG_PROGRESSIVE);
			add_exif(&jpeg, orientation, false);
			for (int mode = 0; mode < RESIZE_N; mode++)
				for (uint64_t key = 0; key < 4; key++)
					assert_same_view(&jpeg, &zooms, mode, key, sizes[i].by);
			strbuf_release(&jpeg);
		}
}

/* The picture lies on its side: what counts is how it stands. */
static void orientation_comes_first(void **state)
{
	(void)state;
	struct shrink s = {RESIZE_STRETCH, 100, 25, 1};
	struct strbuf jpeg = STRBUF_INIT;
	struct shrunk out;
	make_ramp(&jpeg, 100, 400, 0); /* 400 x 100 upright: four times the frame either way */
	add_exif(&jpeg, 6, true);
	assert_int_equal(image_shrunk_memory(&out, jpeg.buf, jpeg.len, &s, NULL), ERR_OK);
	assert_int_equal(out.by, 4);
	assert_int_equal(out.w, 400);
	assert_int_equal(out.h, 100);
	assert_int_equal(out.im.w, 100);
	assert_int_equal(out.im.h, 25);
	image_release(&out.im);
	strbuf_release(&jpeg);
}

static void inks_and_png_come_whole(void **state)
{
	(void)state;
	struct shrink s = {RESIZE_LETTERBOX, 8, 8, 1};
	struct strbuf inks = STRBUF_INIT, png = STRBUF_INIT;
	uint8_t *px = make_pixels(80, 80, 4, 1);
	make_jpeg(&inks, px, 80, 80, TJPF_CMYK, 0);
	make_png(&png, px, 80 * 3, 80, 80, (struct png_kind){PNG_COLOR_TYPE_RGB, 8, false, false});
	const struct strbuf *files[] = {&inks, &png};
	for (int i = 0; i < 2; i++) {
		struct shrunk out;
		assert_int_equal(image_shrunk_memory(&out, files[i]->buf, files[i]->len, &s, NULL),
				 ERR_OK);
		assert_int_equal(out.by, 1);
		assert_int_equal(out.im.w, 80);
		image_release(&out.im);
	}
	free(px);
	strbuf_release(&inks);
	strbuf_release(&png);
}

/* A damaged file is refused for the same reason, whatever its size in memory. */
static void the_same_verdicts(void **state)
{
	(void)state;
	static const struct shrink tiny = {RESIZE_STRETCH, 1, 1, 1};
	int refused = 0;
	for (int flags = 0; flags <= TJFLAG_PROGRESSIVE; flags += TJFLAG_PROGRESSIVE) {
		struct strbuf jpeg = STRBUF_INIT;
		make_ramp(&jpeg, 97, 61, flags);
		for (uint64_t key = 0; key < 3000; key++) {
			struct strbuf bad = STRBUF_INIT;
			strbuf_add(&bad, jpeg.buf, jpeg.len);
			for (uint64_t i = 0; i < 3; i++)
				bad.buf[rng_below(key, 2 * i, bad.len)] =
				    (char)rng_below(key, 2 * i + 1, 256);
			struct shrunk whole = {.by = 0}, small = {.by = 0};
			struct errinfo a = {.msg = ""}, b = {.msg = ""};
			enum err ra = image_shrunk_memory(&whole, bad.buf, bad.len, NULL, &a),
				 rb = image_shrunk_memory(&small, bad.buf, bad.len, &tiny, &b);
			assert_int_equal(ra, rb);
			assert_string_equal(a.msg, b.msg);
			refused += ra != ERR_OK;
			image_release(&whole.im);
			image_release(&small.im);
			strbuf_release(&bad);
		}
		strbuf_release(&jpeg);
	}
	assert_in_range(refused, 100, 5900);
}

static struct dataset *make_set(struct experiment *x)
{
	static char train[] = "train", valid[] = "valid";
	struct dataset *d;
	static const char *const paths[] = {"train/a/1.jpg", "train/a/2.jpg", "train/b/1.jpg",
					    "train/b/2.jpg", "valid/a/1.jpg", "valid/b/1.jpg"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		char *folder = xstrdup(paths[i]);
		*strrchr(folder, '/') = '\0';
		assert_int_equal(file_mkdirs(folder, NULL), ERR_OK);
		free(folder);
		write_jpeg(paths[i], 80 + 90 * (int)i, 333, i);
	}
	*x = plain_experiment(train);
	x->data.valid_dir = valid;
	x->data.augment = zooms;
	assert_int_equal(dataset_open(&d, x, NULL), ERR_OK);
	return d;
}

/* What the loader must show of picture `at` in an epoch. Returns how much smaller it was
 * decoded. */
static int view_of_sample(const struct experiment *x, const struct split *split, bool train,
			  uint32_t at, uint64_t epoch, float *out)
{
	struct shrunk im;
	struct shrink s;
	assert_true(augment_shrink(&s, &x->data.augment, x->data.resize, SIDE, SIDE));
	assert_int_equal(image_decode_shrunk(&im, split->samples[at].path, train ? &s : NULL, NULL),
			 ERR_OK);
	uint64_t first = rng_below(rng_key(1, RNG_AUGMENT, UINT64_MAX, at), 0, 2);
	uint64_t key = rng_key(1, RNG_AUGMENT, (epoch - 1 + first) % 2, at);
	if (train)
		augment_shrunk(&im, &x->data.augment, x->data.resize, key, SIDE, SIDE, out);
	else
		image_to_input(&im.im, x->data.resize, SIDE, SIDE, out);
	image_release(&im.im);
	return im.by;
}

/* Three epochs; returns the pictures that came small. */
static int check_epochs(const struct dataset *d, const struct experiment *x, bool train,
			size_t keep)
{
	static float want[N_FLOATS];
	int n_small = 0;
	struct loader *l = loader_new(d, x, train, SIDE, SIDE, 3, 2, keep);
	for (uint64_t epoch = 1; epoch <= 3; epoch++) {
		struct batch b;
		bool more;
		loader_start(l, epoch, 0);
		while (loader_next(l, &b, &more, NULL) == ERR_OK && more)
			for (int i = 0; i < b.n; i++) {
				n_small += view_of_sample(x, train ? &d->train : &d->valid, train,
							  b.index[i], epoch, want) > 1;
				assert_memory_equal(b.x + (size_t)i * N_FLOATS, want, sizeof(want));
			}
	}
	loader_free(l);
	return n_small;
}

/* Training pictures come small, whether kept or not; validation ones whole. */
static void batches_do_not_depend_on_memory(void **state)
{
	(void)state;
	struct experiment x;
	struct dataset *d = make_set(&x);
	for (size_t keep = 0; keep <= 1 << 20; keep = keep * 2 + 10000) {
		assert_true(check_epochs(d, &x, true, keep) > 0);
		assert_int_equal(check_epochs(d, &x, false, keep), 0);
	}
	dataset_free(d);
}

/* Views a second of a large photograph. A figure to look at. */
static void speed(void **state)
{
	(void)state;
	struct strbuf jpeg = STRBUF_INIT;
	uint8_t *px = make_pixels(3000, 2000, 3, 1);
	float *out = xcalloc(3 * 224 * 224, sizeof(*out));
	make_jpeg(&jpeg, px, 3000, 2000, TJPF_RGB, 0);
	struct shrink s;
	augment_shrink(&s, &zooms, RESIZE_LETTERBOX, 224, 224);
	for (int small = 0; small < 2; small++) {
		double began = clock_seconds();
		for (uint64_t i = 0; i < 3; i++) {
			struct shrunk im;
			assert_int_equal(
			    image_shrunk_memory(&im, jpeg.buf, jpeg.len, small ? &s : NULL, NULL),
			    ERR_OK);
			augment_shrunk(&im, &zooms, RESIZE_LETTERBOX, i, 224, 224, out);
			image_release(&im.im);
		}
		print_message("3000x2000 decoded %s: %.1f views a second\n",
			      small ? "small" : "whole", 3 / (clock_seconds() - began));
	}
	free(px);
	free(out);
	strbuf_release(&jpeg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(as_small_as_every_view_allows),
	    cmocka_unit_test(plain_views_need_all),
	    cmocka_unit_test(the_same_views),
	    cmocka_unit_test(orientation_comes_first),
	    cmocka_unit_test(inks_and_png_come_whole),
	    cmocka_unit_test(the_same_verdicts),
	    cmocka_unit_test_setup_teardown(batches_do_not_depend_on_memory, scratch_setup,
					    scratch_teardown),
	    cmocka_unit_test(speed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
