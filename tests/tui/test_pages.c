/* The panels of the Layers, Classes and Images pages: at every size, with odd numbers and names,
 * and what they say of the sample run. */
#include "check.h"

#include "../../src/tui/panel.h"
#include "thaw/term/picture.h"

#include <math.h>

static struct history whole, part, empty, odd, many, old;

static void write_part(struct sample *s)
{
	sample_begin(s);
	sample_epochs(s, 1, 4);
	sample_steps(s, 5, 0.005, 13);
}

static void write_nothing(struct sample *s)
{
	(void)s;
}

#define WIDE "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字"
#define LONG "a class with a name of forty characters!"

static void put_run(struct sample *s, const char *const *classes, size_t n)
{
	struct event ev = {.type = EV_RUN};
	ev.run = (struct event_run){.version = EVENT_VERSION,
				    .name = "odd",
				    .classes = classes,
				    .n_classes = n,
				    .n_train = 100,
				    .n_valid = 100,
				    .epochs = 5,
				    .iterations = 10};
	sample_put(s, &ev, 0);
}

/* Every number that can be is none, a name is wide, and a probe has no label. */
static void write_odd(struct sample *s)
{
	const char *names[3] = {WIDE, LONG, "c"};
	put_run(s, names, 3);
	sample_layers(s);
	sample_thumbs(s);
	struct event_layer_stat stats[] = {
	    {.layer = 0, .weight_norm = {NAN, true}, .update_ratio = {INFINITY, true}},
	    {.layer = 19,
	     .weight_norm = {-1, true},
	     .update_ratio = {0, true},
	     .forward_ms = {NAN, true}}};
	struct event ev = {.type = EV_STATS, .stats = {1, stats, 2}};
	sample_put(s, &ev, 5);
	double probs[3] = {NAN, NAN, NAN};
	char pixel[] = "////";
	struct event_map maps[2] = {{7, NAN, pixel}, {0, -INFINITY, pixel}};
	struct event_trace traces[2] = {{19, NAN, NAN, NAN, 3, 1, maps, 1, {0, false}},
					{21, 1e300, 0, 2, 3, 1, maps, 2, {NAN, true}}};
	struct event_probe_image images[] = {{0, probs, 3, pixel, traces, 2},
					     {99, probs, 3, NULL, NULL, 0}};
	ev = (struct event){.type = EV_PROBE, .probe = {1, 3, 1, images, 2}};
	sample_put(s, &ev, 5);
	int64_t counts[3][3] = {{5, 0, 123456789}, {0, 0, 0}, {1, -2}};
	struct event_row rows[] = {{counts[0], 3}, {counts[1], 3}, {counts[2], 2}};
	struct event_class classes[] = {
	    {names[0], 0, 0, 0}, {names[1], 7, 9, -2}, {names[2], 1, 0, 0}};
	ev = (struct event){.type = EV_EPOCH};
	ev.epoch = (struct event_epoch){.epoch = 1,
					.iter = 10,
					.train = {.loss = {NAN, true}, .acc = {NAN, true}},
					.valid = {.loss = {NAN, true}, .acc = {NAN, true}},
					.classes = classes,
					.n_classes = 3,
					.confusion = rows,
					.n_confusion = 3};
	sample_put(s, &ev, 5);
	struct event_mistake mistakes[] = {{NULL, 0, 1, NAN, NAN, NULL}, {NULL, 1, 2, 1, 0, pixel}};
	ev = (struct event){.type = EV_MISTAKES, .mistakes = {1, 1, 1, mistakes, 2}};
	sample_put(s, &ev, 5);
}

#define MANY 1000

static void write_many(struct sample *s)
{
	static char names[MANY][16];
	static const char *classes[MANY];
	static int64_t counts[MANY][MANY];
	static struct event_row rows[MANY];
	static struct event_class figures[MANY];
	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "class %d", i + 1);
		classes[i] = names[i];
		counts[i][i] = 40;
		counts[i][(i + 1) % MANY] = i == 500 ? 9 : 1;
		rows[i] = (struct event_row){counts[i], MANY};
		figures[i] = (struct event_class){names[i], 50, 40, 1};
	}
	put_run(s, classes, MANY);
	struct event ev = {.type = EV_EPOCH};
	ev.epoch = (struct event_epoch){.epoch = 1,
					.iter = 10,
					.valid = {.loss = {1, true}, .acc = {0.8, true}},
					.classes = figures,
					.n_classes = MANY,
					.confusion = rows,
					.n_confusion = MANY};
	sample_put(s, &ev, 5);
	sample_thumbs(s);
	static double probs[MANY];
	for (int i = 0; i < MANY; i++)
		probs[i] = i == 776 ? 0.5 : 0.5 / (MANY - 1);
	struct event_probe_image image = {0, probs, MANY, NULL, NULL, 0};
	ev = (struct event){.type = EV_PROBE, .probe = {1, 0, 0, &image, 1}};
	sample_put(s, &ev, 5);
}

/* A log from before statistics, activation maps and mistakes were told. */
static void write_old(struct sample *s)
{
	sample_begin(s);
	sample_steps(s, 1, 0.01, SAMPLE_ITERS);
	sample_epoch(s, 1, 0.01);
	double probs[SAMPLE_CLASSES] = {0.6, 0.1, 0.1, 0.1, 0.1};
	struct event_probe_image images[SAMPLE_PROBES];
	for (int i = 0; i < SAMPLE_PROBES; i++)
		images[i] = (struct event_probe_image){i, probs, SAMPLE_CLASSES, NULL, NULL, 0};
	for (int epoch = 0; epoch < 2; epoch++) {
		struct event ev = {.type = EV_PROBE, .probe = {epoch, 0, 0, images, SAMPLE_PROBES}};
		sample_put(s, &ev, 5);
	}
}

static const struct {
	struct history *h;
	void (*write)(struct sample *s);
} histories[] = {{&whole, sample_whole}, {&part, write_part}, {&empty, write_nothing},
		 {&odd, write_odd},      {&many, write_many}, {&old, write_old}};
#define N_HISTORIES (sizeof(histories) / sizeof(*histories))

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_HISTORIES; i++)
		check_fold(histories[i].h, histories[i].write);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_HISTORIES; i++)
		history_release(histories[i].h);
	return 0;
}

static struct view page_view(enum page page)
{
	struct view v;
	view_init(&v, VIEW_REPLAY, "runs/flower-photos-1");
	v.page = page;
	return v;
}

#define EXPECT(h, v, w, height, ...)                                                               \
	check_texts(h, v, w, height, (const char *const[]){__VA_ARGS__, NULL})

/* ---- every size ---- */

static const enum panel_id panels[] = {PANEL_LAYER_TABLE, PANEL_LAYER_DETAIL, PANEL_LAYERS,
				       PANEL_CONFUSION,   PANEL_CLASS_TABLE,  PANEL_CLASS_CURVES,
				       PANEL_MISTAKES,    PANEL_CLASSES,      PANEL_IMAGE_LIST,
				       PANEL_IMAGE,       PANEL_PREDICTION};
#define N_PANELS (sizeof(panels) / sizeof(*panels))

/* The panel alone in the midst of a larger canvas. Where a layout would never put it, the clip
 * holds it as it does on a screen; else it must keep to its place by itself. */
static void check_inside(const struct history *h, const struct view *v, enum panel_id id, int w,
			 int height, bool utf8, int colours)
{
	struct view seen = *v;
	view_clamp(&seen, h);
	struct scene s = {h, &seen, NULL};
	struct canvas c;
	struct rect r = {2, 2, w, height};
	canvas_init(&c, w + 4, height + 4, utf8, colours);
	canvas_fill(&c, (struct rect){0, 0, c.w, c.h}, STYLE(INK_KEY));
	if (w < 27 || height < 3)
		canvas_clip(&c, (struct rect){r.x, r.y - 1, r.w, r.h + 1});
	panel_table[id].draw(&s, &c, r);
	for (int y = 0; y < c.h; y++)
		for (int x = 0; x < c.w; x++) {
			bool head = y == r.y - 1 && x >= r.x && x < r.x + r.w; /* for notes */
			bool inside = x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h;
			const struct cell *cell = canvas_at(&c, x, y);
			if (!inside && !head && (cell->ch != ' ' || cell->style.fg != INK_KEY))
				fail_msg("%s at %dx%d draws at %d,%d", panel_table[id].title, w,
					 height, x, y);
			if (cell->width == 2 && x + 1 == r.x + r.w)
				fail_msg("%s at %dx%d: half a character", panel_table[id].title, w,
					 height);
		}
	canvas_release(&c);
}

static void test_every_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_HISTORIES; i++) {
		bool big = histories[i].h == &many;
		for (int w = 1; w <= 300; w += 1 + w / (big ? 2 : 7))
			for (int height = 1; height <= 100; height += 1 + height / (big ? 2 : 5))
				for (size_t k = 0; k < N_PANELS; k++) {
					struct view v = page_view(PAGE_LAYERS);
					int odds = w * 31 + height;
					v.shares = odds % 2;
					v.mistakes = odds % 3 == 0;
					v.look = odds % 5 < 2;
					v.layer = v.probe = v.class_index = v.mistake = odds % 40;
					v.mark = odds % 4 ? -1 : odds % 23;
					check_inside(histories[i].h, &v, panels[k], w, height,
						     odds % 3 > 0, odds % 7 < 3 ? 8 : 256);
				}
	}
}

/* ---- layers ---- */

static void test_layer_table(void **state)
{
	(void)state;
	struct view v = page_view(PAGE_LAYERS);
	v.layer = 16;
	EXPECT(&whole, &v, 80, 24, "layer", "update by epoch", "ms/img", "weights", "×0.1", "❄✓",
	       "cached", "▸ 16 conv 1×1");
	EXPECT(&whole, &v, 120, 40, "Under the cursor",
	       "layer 16: convolutional 1×1, step 1, leaky, batch-norm",
	       "14×14×512 in, 14×14×64 out", "32.9k parameters (3.6% of all)",
	       "☀ learns at ×0.1 of the learning rate", "weight norm 15.7",
	       "an update changes 2.1e-4 of it: slow",
	       "ms an image: 0.2 forward, 0.5 backward (11% of all)", "update / weights by epoch");
	EXPECT(&whole, &v, 60, 20, "×0.1", "update", "weights");
	v.layer = 2;
	EXPECT(&whole, &v, 120, 40, "❄ frozen ✓ not one byte has changed", "no update while frozen",
	       "not computed: its output is kept in the cache");
	v.layer = 21;
	EXPECT(&whole, &v, 120, 40, "nothing to learn or to freeze here");
	EXPECT(&whole, &v, 200, 60, "digest", "activation", "fresh", "9e3779b97f4a7c15",
	       "22 layers, ");
}

static void test_old_log_has_no_statistics(void **state)
{
	(void)state;
	struct view v = page_view(PAGE_LAYERS);
	EXPECT(&old, &v, 120, 40, "this log tells no statistics of layers", "digest");
	char *screen = check_screen(&old, &v, 200, 50, true);
	assert_null(strstr(screen, "update"));
	assert_null(strstr(screen, "ms/img"));
	free(screen);
}

/* Every row between the mark and the cursor stands on the ground of a choice. */
static void test_marked_rows(void **state)
{
	(void)state;
	struct view v = page_view(PAGE_LAYERS);
	struct scene s = {&whole, &v, NULL};
	struct canvas c;
	v.layer = 5;
	v.mark = 3;
	canvas_init(&c, 80, 23, true, 256);
	panel_layer_table(&s, &c, (struct rect){0, 0, 80, 23});
	for (int i = 0; i < 10; i++)
		assert_int_equal(canvas_at(&c, 40, 1 + i)->style.bg == INK_SELECT_BG,
				 i >= 3 && i <= 5);
	assert_int_equal(canvas_at(&c, 0, 1 + 5)->ch, 0x25B8);
	assert_int_equal(canvas_at(&c, 0, 1 + 3)->ch, 0x2502);
	canvas_release(&c);
}

/* ---- classes ---- */

static void test_confusion(void **state)
{
	(void)state;
	struct view v = page_view(PAGE_CLASSES);
	EXPECT(&whole, &v, 120, 40, "counts, c: shares",
	       "daisy: 79 of 100 right, 14 taken for dandelion", "14×  14%  daisy → dandelion",
	       "true → predicted", "+/-", "rec");
	v.shares = true;
	v.class_index = 4;
	EXPECT(&whole, &v, 120, 40, "% of the row, c: counts", "tulips: 91 of 100 right");
	EXPECT(&whole, &v, 80, 24, "Recall % by epoch", "prec", "F1");
	EXPECT(&whole, &v, 60, 20, "tulips");
}

/* The share of a row and its colour: the diagonal in the good ramp, mistakes in the bad one. */
static void test_confusion_heat(void **state)
{
	(void)state;
	struct view v = page_view(PAGE_CLASSES);
	struct scene s = {&whole, &v, NULL};
	struct canvas c;
	int good = 0, bad = 0;
	canvas_init(&c, 60, 12, true, 256);
	panel_confusion(&s, &c, (struct rect){0, 0, 60, 12});
	for (int i = 0; i < c.w * c.h; i++) {
		uint32_t bg = c.cells[i].style.bg;
		good += bg >= INK_RAMP(RAMP_GOOD, 0) && bg < INK_RAMP(RAMP_GOOD, RAMP_LEVELS);
		bad += bg >= INK_RAMP(RAMP_BAD, 0) && bg < INK_RAMP(RAMP_BAD, RAMP_LEVELS);
	}
	assert_true(good > 0 && bad == 2 * good); /* each class is mistaken for two others */
	canvas_release(&c);
}

static void test_thousand_classes(void **state)
{
	(void)state;
	struct view v = page_view(PAGE_CLASSES);
	v.class_index = 500;
	EXPECT(&many, &v, 120, 40, "class 501: 40 of 49 right, 9 taken for class 502",
	       "part of 1000", "9×  18%  class 501 → class 502", "of 1000");
	v.class_index = 999;
	EXPECT(&many, &v, 80, 24, "class 1000", "part of 1000");
	v = page_view(PAGE_IMAGES);
	EXPECT(&many, &v, 120, 40, "class 777", "50.0%", "▸class 1");
}

/* A name may be as wide as it likes: the figures of all rows stand below their title. */
static void test_names_keep_columns(void **state)
{
	(void)state;
	struct view v = page_view(PAGE_CLASSES);
	struct scene s = {&odd, &v, NULL};
	static const int widths[] = {34, 40, 52, 90};
	for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
		struct canvas c;
		int title = 0;
		canvas_init(&c, widths[i], 6, true, 256);
		panel_class_table(&s, &c, (struct rect){0, 0, widths[i], 6});
		while (title < c.w && canvas_at(&c, title, 0)->ch != 'F')
			title++;
		assert_true(title < c.w);
		for (int row = 1; row <= 3; row++) {
			uint32_t ch =
			    canvas_at(&c, title + 1, row)->ch; /* the last digit, or none */
			assert_true((ch >= '0' && ch <= '9') || ch == '-');
			assert_true(canvas_at(&c, title + 2, row)->ch == ' ' ||
				    canvas_at(&c, title + 2, row)->ch >= 0x80);
		}
		canvas_release(&c);
	}
	EXPECT(&odd, &v, 120, 40, "漢字…", " → ");
}

/* ---- images ---- */

static void test_images(void **state)
{
	(void)state;
	struct view v = page_view(PAGE_IMAGES);
	v.probe = 3;
	EXPECT(&whole, &v, 120, 40, "probes, m: mistakes", "a: where it looks",
	       "Enter: layer by layer", "▸sunflowers", "▀▀▀▀", "probability of each class",
	       "✗ tulips");
	v.mistakes = true;
	v.mistake = 2;
	EXPECT(&whole, &v, 120, 40, "epoch 10 mistakes, m: probes", "is roses",
	       "✗ taken for sunflowers", "3 of 5, the surest first", "85.0%",
	       "roses was taken for sunflowers 10 times of 100 in epoch 10");
	EXPECT(&whole, &v, 80, 24, "85.0%", "is daisy", "mistakes, m: probes");
	EXPECT(&old, &v, 80, 24, "no mistakes in this log");
	EXPECT(&empty, &v, 80, 24, "after the first epoch");
	v.mistakes = false;
	v.look = true;
	EXPECT(&old, &v, 120, 40, "no activation map in this log");
}

/* Cells of the largest picture, and how many there are. */
static int largest_picture(const struct history *h, const struct view *v, int w, int height,
			   size_t *n)
{
	struct canvas c;
	int most = 0;
	canvas_init(&c, w, height, true, 256);
	c.pictures = true;
	screen_draw(&c, h, v);
	*n = c.n_images;
	for (size_t i = 0; i < c.n_images; i++) {
		int size = c.images[i].r.w * c.images[i].r.h;
		most = size > most ? size : most;
		assert_true(c.images[i].r.x + c.images[i].r.w <= w);
		assert_true(c.images[i].r.y + c.images[i].r.h <= height - 2);
	}
	canvas_release(&c);
	return most;
}

/* More room makes larger pictures, and from some on there are two of the one under the cursor. */
static void test_larger_pictures(void **state)
{
	(void)state;
	static const struct {
		int w, h;
	} sizes[] = {{80, 24}, {120, 40}, {200, 60}};
	struct view v = page_view(PAGE_IMAGES);
	int before = 0;
	size_t n;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		int size = largest_picture(&whole, &v, sizes[i].w, sizes[i].h, &n);
		assert_true(size > before);
		before = size;
	}
	assert_int_equal(n, SAMPLE_PROBES + 2);
	v.trace = true;
	int small = largest_picture(&whole, &v, 120, 40, &n);
	assert_true(largest_picture(&whole, &v, 200, 60, &n) > 2 * small);
}

/* The picture under the cursor is in sight, however few fit. */
static void test_gallery_scrolls(void **state)
{
	(void)state;
	struct view v = page_view(PAGE_IMAGES);
	struct scene s = {&whole, &v, NULL};
	struct list list;
	list_make(&list, LIST_PROBES, &whole, &v);
	for (int height = 6; height <= 30; height++)
		for (v.probe = 0; v.probe < SAMPLE_PROBES; v.probe++) {
			struct canvas c;
			int selected = 0;
			canvas_init(&c, 26, height, true, 256);
			int top;
			assert_true(
			    draw_gallery(&s, &c, (struct rect){0, 0, 26, height}, &list, &top) > 0);
			for (int i = 0; i < c.w * c.h; i++)
				selected += c.cells[i].style.bg == INK_SELECT_BG;
			assert_true(selected > 0);
			canvas_release(&c);
		}
	list_release(&list);
}

static void test_prediction(void **state)
{
	(void)state;
	struct view v = page_view(PAGE_IMAGES);
	v.trace = true;
	v.probe = 2;
	EXPECT(&whole, &v, 120, 40, "How a picture becomes a prediction", "picture ─",
	       "▶ frozen base", "▶ fine-tuned", "▶ new last layer", "▶ prediction", "13 max 2×2",
	       "14×14×256", "mean 0.1", "sd 1.7", "30% above 0", "where it looks",
	       "softmax: ", "✓ roses", "3 of 8", "epoch 10", "% by epoch", "#11", "▸roses");
	EXPECT(&whole, &v, 80, 24, "frozen base", "fine-tuned", "prediction", "▸roses");
	EXPECT(&whole, &v, 60, 20, "fine-tuned", "prediction", "▸roses");
	EXPECT(&whole, &v, 50, 60, "frozen base", "↓", "fine-tuned", "new last layer", "▸roses");
	EXPECT(&old, &v, 120, 40, "this log tells nothing of what its layers put out",
	       "▶ prediction", "▸roses");
	EXPECT(&empty, &v, 80, 24, "no probe images in this log");
}

/* Nothing else is on the page then, and the title, state, message and keys stay. */
static void test_prediction_layout(void **state)
{
	(void)state;
	struct view v = page_view(PAGE_IMAGES);
	struct layout l;
	v.trace = true;
	layout_view(&l, &v, 80, 24);
	assert_int_equal(l.n, 5);
	struct rect r = layout_find(&l, PANEL_PREDICTION);
	assert_true(r.x == 0 && r.w == 80 && r.y == 2 && r.h == 20);
	v.page = PAGE_TRAIN;
	layout_view(&l, &v, 80, 24);
	assert_int_equal(layout_find(&l, PANEL_PREDICTION).w, 0);
	v.page = PAGE_IMAGES;
	layout_view(&l, &v, 20, 5);
	assert_int_equal(layout_find(&l, PANEL_PREDICTION).w, 0);
}

/* ---- pictures ---- */

static void draw_into(struct canvas *c, const struct picture *p, int w, int height, bool utf8,
		      int colours, double most)
{
	canvas_init(c, w, height, utf8, colours);
	picture_draw(c, p, (struct rect){0, 0, w, height}, most);
}

static void test_picture_colours(void **state)
{
	(void)state;
	const uint8_t rgb[2 * 2 * 3] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7};
	struct picture p = {.w = 2, .h = 2, .rgb = rgb};
	struct canvas c;
	draw_into(&c, &p, 2, 1, true, 256, 1);
	assert_int_equal(canvas_at(&c, 0, 0)->ch, 0x2580);
	assert_int_equal(canvas_at(&c, 0, 0)->style.fg, INK_RGB(255, 0, 0));
	assert_int_equal(canvas_at(&c, 0, 0)->style.bg, INK_RGB(0, 0, 255));
	assert_int_equal(canvas_at(&c, 1, 0)->style.fg, INK_RGB(0, 255, 0));
	assert_int_equal(canvas_at(&c, 1, 0)->style.bg, INK_RGB(9, 8, 7));
	canvas_release(&c);
}

/* Heat is darkest at 0 and brightest at 255, in colours and in shades. */
static void test_heat(void **state)
{
	(void)state;
	const uint8_t heat[] = {0, 64, 128, 192, 255, 0, 64, 128, 192, 255};
	struct picture p = {.heat_w = 5, .heat_h = 2, .heat = heat};
	struct canvas colour, shade;
	draw_into(&colour, &p, 5, 1, true, 256, 1);
	draw_into(&shade, &p, 5, 1, false, 0, 1);
	uint32_t before = 0;
	for (int x = 0; x < 5; x++) {
		uint32_t ink = canvas_at(&colour, x, 0)->style.fg & 0xFFFFFF;
		uint32_t light = (ink >> 16) + 2 * (ink >> 8 & 0xFF) + (ink & 0xFF);
		assert_true(light > before);
		before = light;
		assert_int_equal(canvas_at(&shade, x, 0)->ch, " :=*@"[x]);
	}
	canvas_release(&colour);
	canvas_release(&shade);
}

/* Where the map is hot the picture takes its colour, elsewhere it stays near its own. */
static void test_heat_over_picture(void **state)
{
	(void)state;
	uint8_t rgb[4 * 4 * 3], heat[16] = {0};
	memset(rgb, 120, sizeof(rgb));
	heat[0] = 255;
	struct picture p = {4, 4, rgb, 4, 4, heat};
	struct canvas c;
	draw_into(&c, &p, 4, 2, true, 256, 1);
	uint32_t hot = canvas_at(&c, 0, 0)->style.fg, cold = canvas_at(&c, 3, 1)->style.bg;
	assert_true((hot >> 16 & 0xFF) > (cold >> 16 & 0xFF) + 60);
	assert_true((cold & 0xFF) > 60);
	canvas_release(&c);
}

/* Square dots, never outside, never larger than asked. */
static void test_picture_box(void **state)
{
	(void)state;
	const uint8_t rgb[3] = {0};
	for (int w = 1; w <= 40; w++)
		for (int h = 1; h <= 40; h++)
			for (int room = 0; room < 30; room++) {
				struct picture p = {.w = w, .h = h, .rgb = rgb};
				struct rect box =
				    picture_box(&p, (struct rect){3, 4, room, room / 2}, 2);
				assert_true(box.w <= room && box.h <= room / 2);
				assert_true(box.w <= 2 * w && box.h <= (2 * h + 1) / 2);
			}
	struct picture none = {.w = 5, .h = 5};
	assert_int_equal(picture_box(&none, (struct rect){0, 0, 9, 9}, 2).w, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_size),
	    cmocka_unit_test(test_layer_table),
	    cmocka_unit_test(test_old_log_has_no_statistics),
	    cmocka_unit_test(test_marked_rows),
	    cmocka_unit_test(test_confusion),
	    cmocka_unit_test(test_confusion_heat),
	    cmocka_unit_test(test_thousand_classes),
	    cmocka_unit_test(test_names_keep_columns),
	    cmocka_unit_test(test_images),
	    cmocka_unit_test(test_gallery_scrolls),
	    cmocka_unit_test(test_larger_pictures),
	    cmocka_unit_test(test_prediction),
	    cmocka_unit_test(test_prediction_layout),
	    cmocka_unit_test(test_picture_colours),
	    cmocka_unit_test(test_heat),
	    cmocka_unit_test(test_heat_over_picture),
	    cmocka_unit_test(test_picture_box),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, setup, teardown);
}
