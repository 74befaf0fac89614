/* What the history keeps of single pictures and layers: the probe images and what the network looks
 * at in them, statistics, the surest mistakes. */
#include "fold.h"

#include <math.h>
#include <stdio.h>

static void test_probes(void **state)
{
	struct history *h = *state;
	feed_run(h, 2, 20);
	feed_thumbs(h);
	assert_int_equal(h->n_probes, 2);
	const uint8_t pixels[] = {0, 1, 2, 3, 4, 5};
	assert_memory_equal(h->probes[0].rgb, pixels, sizeof(pixels));
	assert_null(h->probes[1].rgb);
	feed_probe(h, 0, 0, 0.25);
	feed_probe(h, 0, 7, 0.5);
	feed_probe(h, 1, 7, 0.75);
	assert_int_equal(h->n_probe_epochs, 2);
	assert_float_equal(history_probe_probs(h, 0, 0)[1], 0.75, 1e-12);
	assert_true(isnan(history_probe_probs(h, 0, 1)[0]));
	assert_float_equal(history_probe_probs(h, 1, 1)[0], 0.75, 1e-12);
	feed_probe(h, 1, 9, 0.1); /* one without a picture */
	assert_int_equal(h->n_probes, 3);
	assert_int_equal(h->probes[2].label, -1);
	assert_null(history_probe_probs(h, 2, 0));
	feed_run(h, 3, 20); /* other classes: the figures mean nothing now */
	assert_int_equal(h->n_probe_epochs, 0);
	feed_probe(h, 2, 7, 0.75);
	assert_null(history_probe_probs(h, 0, 0));
}

static void test_sights(void **state)
{
	struct history *h = *state;
	feed_run(h, 2, 20);
	feed_layers(h);
	feed_probe(h, 1, 7, 0.25);
	assert_int_equal(h->cam_w, 2);
	const struct history_probe *p = &h->probes[0];
	assert_true(p->cam[0] == 255 && p->cam[1] == 0);
	assert_int_equal(p->n_traces, 2);
	assert_int_equal(p->traces[0].layer, 18);
	assert_float_equal(p->traces[0].active, 0.75, 0);
	assert_int_equal(p->traces[0].n_maps, 1); /* the second was cut short */
	assert_int_equal(p->traces[0].maps[0].channel, 3);
	assert_int_equal(p->traces[0].maps[0].pixels[1], 255);
	feed_probe(h, 2, 9, 0.5); /* the newest alone */
	assert_true(!h->probes[0].cam && !h->probes[0].n_traces);
	assert_float_equal(h->probes[1].traces[1].mean, 0.5, 0);
	feed_probe(h, 1, 7, 0.25); /* told once more, but not the newest */
	assert_true(!h->probes[0].cam && h->probes[1].cam);
	feed_layers(h);
	assert_true(!h->probes[1].cam && !h->probes[1].n_traces && !h->cam_w);
}

static void test_odd_sights(void **state)
{
	struct history *h = *state;
	struct event_map map = {0, 1, "/w=="};
	struct event_trace traces[] = {{.layer = -1},
				       {.layer = 4, .w = 1, .h = 1, .maps = &map, .n_maps = 1},
				       {.layer = 4},
				       {.layer = N_LAYERS},
				       {.layer = 5, .w = 65, .h = 1, .maps = &map, .n_maps = 1},
				       {.layer = 6, .w = -1, .h = -1, .maps = &map, .n_maps = 1}};
	double probs[] = {0.5, 0.5};
	struct event_probe_image image = {1, probs, 2, "/w==", traces, 6};
	struct event ev = {.type = EV_PROBE, .probe = {1, 65, 1, &image, 1}};
	feed_run(h, 2, 20);
	feed_layers(h);
	feed(h, &ev);
	assert_true(!h->probes[0].cam && h->cam_w == 0 && h->cam_h == 0);
	assert_int_equal(h->probes[0].n_traces, 3);
	assert_int_equal(h->probes[0].traces[0].n_maps, 1);
	assert_int_equal(h->probes[0].traces[1].layer, 5);
	assert_int_equal(h->probes[0].traces[1].n_maps, 0);
	assert_int_equal(h->probes[0].traces[2].n_maps, 0);
}

static void test_stats(void **state)
{
	struct history *h = *state;
	feed_stats(h, 1);
	feed_layers(h);
	feed_stats(h, 1);
	feed_stats(h, 2);
	feed_stats(h, 4);
	const struct history_layer *head = &h->layers[HEAD];
	assert_int_equal(head->n_stats, 3);
	assert_float_equal(history_stat(head, 1)->update_ratio, 0.25, 0);
	assert_float_equal(history_stat(head, 1)->backward_ms, 3, 0);
	assert_float_equal(history_stat(&h->layers[0], 2)->weight_norm, 4, 0);
	assert_true(isnan(history_stat(&h->layers[0], 2)->update_ratio));
	assert_int_equal(h->layers[1].n_stats, 0);
	feed_stats(h, 2); /* gone back */
	assert_int_equal(head->n_stats, 2);
	struct event_layer_stat odd[] = {{.layer = -1},
					 {.layer = N_LAYERS},
					 {.layer = 1, .weight_norm = {-1, true}},
					 {.layer = 1, .weight_norm = {7, true}}};
	struct event ev = {.type = EV_STATS, .stats = {5, odd, 4}};
	feed(h, &ev);
	assert_int_equal(h->layers[1].n_stats, 1);
	assert_true(isnan(history_stat(&h->layers[1], 0)->weight_norm));
}

static void test_mistakes(void **state)
{
	struct history *h = *state;
	feed_mistakes(h, 1);
	assert_int_equal(h->n_mistakes, 0); /* of classes that nobody knows */
	feed_run(h, 2, 20);
	feed_mistakes(h, 2);
	assert_int_equal(h->n_mistakes, 2);
	assert_int_equal(h->mistakes_epoch, 2);
	assert_string_equal(h->mistakes[0].path, "c.jpg");
	assert_int_equal(h->mistakes[0].rgb[5], 5);
	assert_null(h->mistakes[1].rgb);
	feed_run(h, 3, 20); /* other classes */
	assert_int_equal(h->n_mistakes, 0);
	struct event_mistake odd[] = {
	    {.label = 3}, {.label = 1, .said = 1}, {.said = -1, .label = 1}, {.label = 2}};
	struct event ev = {.type = EV_MISTAKES, .mistakes = {3, -1, 5000, odd, 4}};
	feed(h, &ev);
	assert_int_equal(h->n_mistakes, 1);
	assert_int_equal(h->mistakes[0].label, 2);
	assert_int_equal(h->mistake_w, 0);
	assert_string_equal(h->mistakes[0].path, "");
}

static void feed_picture(struct history *h, int64_t epoch, const char *path, const char *rgb)
{
	struct event_mistake image = {.path = path, .label = 1, .said = 0, .rgb = rgb};
	struct event ev = {.type = EV_MISTAKES, .mistakes = {epoch, 2, 1, &image, 1}};
	feed(h, &ev);
}

/* A picture is told once for a path, until so many others were. */
static void test_pictures_told_once(void **state)
{
	struct history *h = *state;
	feed_run(h, 2, 20);
	feed_picture(h, 1, "a.jpg", "ABCDEF");
	assert_int_equal(h->mistakes[0].rgb[5], (5 * 255 + 31) / 63);
	feed_picture(h, 2, "b.jpg", "");
	assert_null(h->mistakes[0].rgb);
	feed_picture(h, 3, "a.jpg", "");
	assert_int_equal(h->mistakes[0].rgb[5], (5 * 255 + 31) / 63);
	feed_picture(h, 4, "a.jpg", "//////"); /* told anew: it counts */
	feed_picture(h, 5, "a.jpg", NULL);
	assert_int_equal(h->mistakes[0].rgb[0], 255);
	for (int i = 1; i < EVENT_PICTURES_MAX; i++) {
		char path[32];
		snprintf(path, sizeof(path), "%d.jpg", i);
		feed_picture(h, 6, path, "AAAAAA");
	}
	feed_picture(h, 7, "a.jpg", "");
	assert_non_null(h->mistakes[0].rgb);
	feed_picture(h, 8, "one more.jpg", "AAAAAA");
	feed_picture(h, 9, "a.jpg", "");
	assert_null(h->mistakes[0].rgb);
	feed_picture(h, 10, "1.jpg", "not so long"); /* what is told wrongly is not another's */
	assert_null(h->mistakes[0].rgb);
}

static void feed_since(struct history *h, int64_t epoch, int64_t w, double since)
{
	double probs[] = {0.5, 0.5};
	struct event_trace trace = {18, 0.5, 1, 0.5, w, 1, NULL, 0, {since, true}};
	struct event_probe_image image = {
	    .id = 7, .probs = probs, .n_probs = 2, .traces = &trace, .n_traces = 1};
	struct event ev = {.type = EV_PROBE,
			   .probe = {.epoch = epoch, .images = &image, .n_images = 1}};
	feed(h, &ev);
}

/* Maps that did not change are those of the epoch before. */
static void test_maps_told_once(void **state)
{
	struct history *h = *state;
	feed_run(h, 2, 20);
	feed_layers(h);
	feed_probe(h, 1, 7, 0.25);
	feed_since(h, 2, 2, 1);
	feed_since(h, 3, 2, 1);
	const struct history_trace *t = &h->probes[0].traces[0];
	assert_int_equal(h->probes[0].n_traces, 1);
	assert_true(t->layer == 18 && t->n_maps == 1 && t->maps[0].channel == 3);
	assert_float_equal(t->mean, 0.5, 0);
	feed_since(h, 4, 3, 1); /* of another size */
	assert_int_equal(h->probes[0].traces[0].n_maps, 0);
	feed_since(h, 5, 2, 1); /* nothing was there the epoch before */
	assert_int_equal(h->probes[0].traces[0].n_maps, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    FOLD(test_probes),         FOLD(test_sights),
	    FOLD(test_odd_sights),     FOLD(test_pictures_told_once),
	    FOLD(test_maps_told_once), FOLD(test_stats),
	    FOLD(test_mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
