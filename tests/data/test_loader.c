/* The prefetching loader: what a batch holds depends on epoch and position, never on threads,
 * memory or timing. */
#include "pictures.h"

#include "thaw/base/clock.h"
#include "thaw/data/augment.h"
#include "thaw/data/loader.h"

#include <math.h>

enum { SIDE = 24, PLANE = SIDE * SIDE * 3, N = 37, BATCH = 8 };

static struct experiment x;
static struct dataset *d;

/* N training pictures of several sizes in two classes, and 11 for validation. */
static int make_data(void **state)
{
	if (scratch_setup(state) != 0)
		return -1;
	static char images[] = "pictures";
	for (int i = 0; i < N + 11; i++) {
		char path[64];
		snprintf(path, sizeof(path), "%s/%s", i < N ? "pictures" : "held-out",
			 i % 2 ? "odd" : "even");
		if (file_mkdirs(path, NULL))
			return -1;
		size_t at = strlen(path);
		snprintf(path + at, sizeof(path) - at, "/%02d.jpg", i);
		write_jpeg(path, 20 + i, 50 - i, (uint64_t)i);
	}
	static char held_out[] = "held-out";
	x = plain_experiment(images);
	x.data.valid_dir = held_out;
	x.data.augment.flip = true;
	x.data.augment.crop = 1.2;
	x.data.augment.hue = 0.1;
	x.data.augment.views = 3;
	return dataset_open(&d, &x, NULL) == ERR_OK ? 0 : -1;
}

static int drop_data(void **state)
{
	dataset_free(d);
	return scratch_teardown(state);
}

struct seen {
	size_t n;
	uint32_t index[N + 1];
	uint64_t key[N + 1];
	int label[N + 1];
	float pixels[N + 1][PLANE];
};

/* Everything that the rest of the epoch gives, image by image. */
static void drain(struct loader *l, struct seen *s, int batch)
{
	struct batch b;
	bool more = true;
	s->n = 0;
	for (;;) {
		assert_int_equal(loader_next(l, &b, &more, NULL), ERR_OK);
		if (!more)
			break;
		assert_true(b.n > 0 && b.n <= batch && b.wait >= 0);
		for (int i = 0; i < b.n; i++, s->n++) {
			assert_true(s->n < N);
			s->index[s->n] = b.index[i];
			s->key[s->n] = b.key[i];
			s->label[s->n] = b.labels[i];
			memcpy(s->pixels[s->n], b.x + (size_t)i * PLANE, sizeof(s->pixels[0]));
		}
	}
	assert_int_equal(loader_next(l, &b, &more, NULL), ERR_OK);
	assert_false(more);
}

static struct seen *epoch(struct loader *l, uint64_t number, size_t start)
{
	struct seen *s = xcalloc(1, sizeof(*s));
	loader_start(l, number, start);
	drain(l, s, BATCH);
	return s;
}

static struct loader *make_loader(bool train, int threads, size_t keep_bytes)
{
	return loader_new(d, &x, train, SIDE, SIDE, BATCH, threads, keep_bytes);
}

static void assert_same(const struct seen *a, const struct seen *b)
{
	assert_int_equal(a->n, b->n);
	assert_memory_equal(a->index, b->index, sizeof(a->index));
	assert_memory_equal(a->key, b->key, sizeof(a->key));
	assert_memory_equal(a->label, b->label, sizeof(a->label));
	assert_memory_equal(a->pixels, b->pixels, sizeof(a->pixels));
}

static void every_image_once_in_seeded_order(void **state)
{
	(void)state;
	struct loader *l = make_loader(true, 2, 1 << 20);
	uint32_t order[N];
	for (uint64_t e = 1; e <= 3; e++) {
		struct seen *s = epoch(l, e, 0);
		assert_int_equal(s->n, N);
		rng_permutation(rng_key(x.train.seed, RNG_SHUFFLE, e, 0), order, N);
		assert_memory_equal(s->index, order, sizeof(order));
		for (size_t i = 0; i < N; i++)
			assert_int_equal(s->label[i], d->train.samples[s->index[i]].label);
		free(s);
	}
	loader_free(l);
}

static void same_bits_with_any_threads_and_memory(void **state)
{
	(void)state;
	static const size_t budgets[] = {0, 9000, 1 << 20};
	for (int views = 0; views <= 3; views += 3) {
		x.data.augment.views = views;
		struct seen *want[3] = {NULL, NULL, NULL};
		for (int threads = 1; threads <= 4; threads++) {
			struct loader *l = make_loader(true, threads, budgets[threads % 3]);
			for (uint64_t e = 1; e <= 3; e++) {
				struct seen *s = epoch(l, e, 0);
				if (!want[e - 1]) {
					want[e - 1] = s;
					continue;
				}
				assert_same(s, want[e - 1]);
				free(s);
			}
			loader_free(l);
		}
		for (int e = 0; e < 3; e++)
			free(want[e]);
	}
	x.data.augment.views = 3;
}

static const float *pixels_of(const struct seen *s, uint32_t index, uint64_t *key)
{
	*key = 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->index[i] == index) {
			*key = s->key[i];
			return s->pixels[i];
		}
	fail();
	return NULL;
}

/* Equal keys, equal pixels; a fixed number of views goes round and every image shows each of
 * them. */
static void keys_tell_views_apart(void **state)
{
	(void)state;
	struct loader *l = make_loader(true, 2, 1 << 20);
	struct seen *epochs[7];
	for (uint64_t e = 0; e < 7; e++)
		epochs[e] = epoch(l, e + 1, 0);
	for (uint32_t i = 0; i < N; i++)
		for (int a = 0; a < 7; a++)
			for (int b = 0; b < a; b++) {
				uint64_t key_a, key_b;
				const float *pa = pixels_of(epochs[a], i, &key_a),
					    *pb = pixels_of(epochs[b], i, &key_b);
				assert_true((key_a == key_b) == ((a - b) % 3 == 0));
				assert_true((key_a == key_b) ==
					    (memcmp(pa, pb, sizeof(epochs[0]->pixels[0])) == 0));
			}
	/* the images are not all in the same view at once */
	uint64_t first, same = 0;
	for (uint32_t i = 0; i < N; i++) {
		pixels_of(epochs[0], i, &first);
		float out[PLANE];
		struct image im;
		assert_int_equal(image_decode(&im, d->train.samples[i].path, NULL), ERR_OK);
		augment_to_input(&im, &x.data.augment, x.data.resize,
				 rng_key(x.train.seed, RNG_AUGMENT, 0, i), SIDE, SIDE, out);
		same += memcmp(out, pixels_of(epochs[0], i, &first), sizeof(out)) == 0;
		image_release(&im);
	}
	assert_in_range(same, 3, N - 3);
	for (int e = 0; e < 7; e++)
		free(epochs[e]);
	loader_free(l);
}

static void no_fixed_views_means_new_ones(void **state)
{
	(void)state;
	x.data.augment.views = 0;
	struct loader *l = make_loader(true, 2, 1 << 20);
	struct seen *a = epoch(l, 1, 0), *b = epoch(l, 2, 0), *again = epoch(l, 1, 0);
	for (uint32_t i = 0; i < N; i++) {
		uint64_t key_a, key_b;
		const float *pa = pixels_of(a, i, &key_a), *pb = pixels_of(b, i, &key_b);
		assert_true(key_a != key_b && memcmp(pa, pb, sizeof(a->pixels[0])) != 0);
	}
	assert_same(a, again);
	free(a);
	free(b);
	free(again);
	loader_free(l);
	x.data.augment.views = 3;
}

static void without_augmentation_epochs_differ_in_order_only(void **state)
{
	(void)state;
	struct augment_config before = x.data.augment;
	x.data.augment = (struct augment_config){
	    .crop = 1, .aspect = 1, .saturation = 1, .exposure = 1, .views = 4};
	struct loader *l = make_loader(true, 2, 1 << 20);
	struct seen *a = epoch(l, 1, 0), *b = epoch(l, 2, 0);
	for (uint32_t i = 0; i < N; i++) {
		uint64_t key_a, key_b;
		const float *pa = pixels_of(a, i, &key_a), *pb = pixels_of(b, i, &key_b);
		assert_true(key_a == key_b);
		assert_memory_equal(pa, pb, sizeof(a->pixels[0]));
	}
	assert_true(memcmp(a->index, b->index, sizeof(a->index)) != 0);
	free(a);
	free(b);
	loader_free(l);
	x.data.augment = before;
}

static void validation_is_plain_and_in_order(void **state)
{
	(void)state;
	struct loader *l = make_loader(false, 3, 1 << 20);
	struct seen *a = epoch(l, 1, 0), *b = epoch(l, 9, 0);
	assert_int_equal(a->n, 11);
	assert_same(a, b);
	for (uint32_t i = 0; i < 11; i++) {
		float out[PLANE];
		struct image im;
		assert_int_equal(a->index[i], i);
		assert_int_equal(image_decode(&im, d->valid.samples[i].path, NULL), ERR_OK);
		image_to_input(&im, x.data.resize, SIDE, SIDE, out);
		assert_memory_equal(a->pixels[i], out, sizeof(out));
		image_release(&im);
		for (uint32_t j = 0; j < i; j++)
			assert_true(a->key[i] != a->key[j]);
	}
	/* training and validation never share a key */
	struct loader *t = make_loader(true, 1, 0);
	struct seen *s = epoch(t, 1, 0);
	for (size_t i = 0; i < s->n; i++)
		for (size_t j = 0; j < a->n; j++)
			assert_true(s->key[i] != a->key[j]);
	loader_free(t);
	free(s);
	free(a);
	free(b);
	loader_free(l);
}

/* A resumed epoch is the rest of the whole one. */
static void start_in_the_middle(void **state)
{
	(void)state;
	struct loader *l = make_loader(true, 2, 1 << 20);
	struct seen *whole = epoch(l, 4, 0);
	static const size_t starts[] = {0, 1, BATCH, 2 * BATCH, N - 1, N, N + 5};
	for (size_t k = 0; k < sizeof(starts) / sizeof(*starts); k++) {
		struct seen *rest = epoch(l, 4, starts[k]);
		size_t skip = starts[k] < N ? starts[k] : N;
		assert_int_equal(rest->n, N - skip);
		assert_memory_equal(rest->index, whole->index + skip,
				    rest->n * sizeof(rest->index[0]));
		assert_memory_equal(rest->pixels, whole->pixels + skip,
				    rest->n * sizeof(rest->pixels[0]));
		free(rest);
	}
	free(whole);
	loader_free(l);
}

/* Sizes of the batches that an epoch is made of from `start` on; returns how many. */
static size_t batch_sizes(struct loader *l, size_t start, int sizes[N])
{
	size_t n = 0, images = 0;
	struct batch b;
	bool more = true, seen[N] = {false};
	loader_start(l, 2, start);
	for (;;) {
		assert_int_equal(loader_next(l, &b, &more, NULL), ERR_OK);
		if (!more)
			break;
		sizes[n++] = b.n;
		for (int i = 0; i < b.n; i++, images++) {
			assert_false(seen[b.index[i]]);
			seen[b.index[i]] = true;
		}
	}
	assert_true(start > 0 || images == N);
	return n;
}

/* A rest of one training picture goes with the batch before it, also where an epoch goes on. */
static void a_last_picture_is_not_alone(void **state)
{
	(void)state;
	for (int batch = 1; batch <= N + 1; batch++) {
		struct loader *l = loader_new(d, &x, true, SIDE, SIDE, batch, 2, 1 << 20);
		int whole[N], rest[N];
		size_t n = batch_sizes(l, 0, whole);
		assert_int_equal(n, loader_n_batches(N, batch));
		for (size_t i = 0; i < n; i++) {
			assert_true(whole[i] > 1 || batch == 1);
			assert_true(i + 1 == n ? whole[i] <= batch + 1 : whole[i] == batch);
		}
		for (size_t i = 1; i <= n; i++) {
			assert_int_equal(batch_sizes(l, i * (size_t)batch, rest), n - i);
			assert_memory_equal(rest, whole + i, (n - i) * sizeof(*rest));
		}
		loader_free(l);
	}
	assert_int_equal(loader_n_batches(1, 4), 1);
	assert_int_equal(loader_n_batches(0, 4), 0);
}

static void restart_and_free_at_any_moment(void **state)
{
	(void)state;
	struct loader *fresh = make_loader(true, 1, 0);
	struct seen *want = epoch(fresh, 7, 0);
	loader_free(fresh);
	for (int round = 0; round < 60; round++) {
		struct loader *l = make_loader(true, 1 + round % 4, round % 2 ? 1 << 20 : 0);
		for (int i = 0; i < round % 5; i++) {
			struct batch b;
			bool more;
			loader_start(l, (uint64_t)(i + 1), 0);
			for (int j = 0; j < (round + i) % 4; j++)
				assert_int_equal(loader_next(l, &b, &more, NULL), ERR_OK);
		}
		if (round % 3 == 0) {
			struct seen *s = epoch(l, 7, 0);
			assert_same(s, want);
			free(s);
		}
		loader_free(l);
	}
	free(want);
	loader_free(NULL);
}

static void nothing_before_a_start(void **state)
{
	(void)state;
	struct loader *l = make_loader(true, 2, 0);
	struct batch b;
	bool more = true;
	assert_int_equal(loader_next(l, &b, &more, NULL), ERR_OK);
	assert_false(more);
	loader_free(l);
}

/* The batch stays as it is while its successors are prepared. */
static void a_lent_batch_is_left_alone(void **state)
{
	(void)state;
	struct loader *l = make_loader(true, 2, 1 << 20);
	struct batch b, other;
	bool more;
	loader_start(l, 1, 0);
	assert_int_equal(loader_next(l, &b, &more, NULL), ERR_OK);
	float *copy = xcalloc(BATCH, PLANE * sizeof(*copy));
	memcpy(copy, b.x, BATCH * PLANE * sizeof(*copy));
	uint32_t first = b.index[0];
	/* another loader does a whole epoch meanwhile: time enough to fill every slot of this
	 * one */
	struct loader *m = make_loader(true, 2, 0);
	free(epoch(m, 1, 0));
	loader_free(m);
	assert_memory_equal(copy, b.x, BATCH * PLANE * sizeof(*copy));
	assert_int_equal(b.index[0], first);
	assert_int_equal(loader_next(l, &other, &more, NULL), ERR_OK);
	assert_true(other.x != b.x);
	free(copy);
	loader_free(l);
}

static void a_picture_that_vanished(void **state)
{
	(void)state;
	struct loader *l = make_loader(false, 2, 0);
	assert_int_equal(unlink(d->valid.samples[9].path), 0);
	for (int round = 0; round < 3; round++) {
		struct batch b;
		bool more;
		struct errinfo e = {.msg = ""};
		loader_start(l, 1, 0);
		assert_int_equal(loader_next(l, &b, &more, &e), ERR_OK);
		assert_true(more);
		assert_int_equal(loader_next(l, &b, &more, &e), ERR_IO);
		assert_false(more);
		assert_non_null(strstr(e.msg, d->valid.samples[9].path));
		assert_non_null(strstr(e.msg, "No such file"));
	}
	loader_free(l);
}

static void a_lenient_loader_goes_on_without_it(void **state)
{
	(void)state;
	struct loader *l = make_loader(false, 2, 0);
	struct seen *whole = epoch(l, 1, 0);
	loader_free(l);
	l = make_loader(false, 2, 0);
	loader_set_lenient(l);
	assert_int_equal(unlink(d->valid.samples[9].path), 0);
	loader_start(l, 1, 0);
	struct batch b;
	bool more;
	size_t n = 0;
	while (loader_next(l, &b, &more, NULL) == ERR_OK && more)
		for (int i = 0; i < b.n; i++, n++) {
			struct errinfo e = {.msg = ""};
			assert_int_equal(b.index[i], n);
			assert_int_equal(b.blank[i], n == 9);
			assert_int_equal(loader_fill(l, &b, i, &e), n == 9 ? ERR_IO : ERR_OK);
			if (n == 9)
				assert_non_null(strstr(e.msg, d->valid.samples[9].path));
			else
				assert_memory_equal(b.x + (size_t)i * PLANE, whole->pixels[n],
						    sizeof(whole->pixels[n]));
		}
	assert_int_equal(n, d->valid.n);
	free(whole);
	loader_free(l);
}

/* Kept pictures are not read again: the second epoch survives without the files. */
static void kept_pictures_need_no_files(void **state)
{
	(void)state;
	struct loader *l = make_loader(true, 2, 1 << 20);
	struct seen *before = epoch(l, 1, 0);
	for (size_t i = 0; i < d->train.n; i++)
		assert_int_equal(unlink(d->train.samples[i].path), 0);
	struct seen *after = epoch(l, 1, 0);
	assert_same(before, after);
	free(before);
	free(after);
	loader_free(l);
}

/* Left out are those whose key ends in a zero bit. */
static bool skip_even(void *arg, uint64_t key)
{
	(void)arg;
	return key % 2 == 0;
}

/* All in the batch is as without, but for the pixels of what is left out; they can be had. */
static void pictures_can_be_left_out(void **state)
{
	(void)state;
	struct loader *whole = make_loader(true, 2, 0), *l = make_loader(true, 2, 0);
	int n_blank = 0;
	loader_set_skip(l, skip_even, NULL);
	for (uint64_t e = 1; e <= 2; e++) {
		struct seen *want = epoch(whole, e, 0);
		struct batch b;
		bool more;
		loader_start(l, e, 0);
		for (size_t at = 0; loader_next(l, &b, &more, NULL) == ERR_OK && more;
		     at += (size_t)b.n)
			for (int i = 0; i < b.n; i++) {
				size_t k = at + (size_t)i;
				const float *px = b.x + (size_t)i * PLANE;
				assert_int_equal(b.index[i], want->index[k]);
				assert_int_equal(b.labels[i], want->label[k]);
				assert_true(b.key[i] == want->key[k]);
				assert_true(b.blank[i] == (b.key[i] % 2 == 0));
				n_blank += b.blank[i];
				for (int twice = 0; twice < 2; twice++)
					assert_int_equal(loader_fill(l, &b, i, NULL), ERR_OK);
				assert_false(b.blank[i]);
				assert_memory_equal(px, want->pixels[k], sizeof(want->pixels[k]));
			}
		free(want);
	}
	assert_in_range(n_blank, 10, 2 * N - 10);
	loader_free(whole);
	loader_free(l);
}

static void what_is_left_out_is_not_read(void **state)
{
	(void)state;
	struct loader *l = make_loader(true, 2, 0);
	struct batch b;
	bool more;
	struct errinfo e = {.msg = ""};
	loader_set_skip(l, skip_even, NULL);
	loader_start(l, 1, 0);
	while (loader_next(l, &b, &more, NULL) == ERR_OK && more)
		for (int i = 0; i < b.n; i++)
			if (b.blank[i])
				assert_int_equal(unlink(d->train.samples[b.index[i]].path), 0);
	loader_start(l, 1, 0);
	size_t n = 0;
	bool refused = false;
	while (loader_next(l, &b, &more, NULL) == ERR_OK && more) {
		n += (size_t)b.n;
		for (int i = 0; i < b.n; i++) {
			if (!b.blank[i])
				continue;
			assert_int_equal(loader_fill(l, &b, i, &e), ERR_IO);
			assert_non_null(strstr(e.msg, d->train.samples[b.index[i]].path));
			assert_true(b.blank[i]);
			refused = true;
		}
	}
	assert_int_equal(n, N);
	assert_true(refused);
	loader_free(l);
}

/* Pictures a second through two threads, first epoch and kept. A figure to look at. */
static void speed(void **state)
{
	(void)state;
	static char train[] = "../shared/flower_photos/train";
	if (!file_is_dir(train)) {
		print_message("skipped: no %s\n", train);
		return;
	}
	struct experiment photos = plain_experiment(train);
	struct dataset *set;
	photos.data.augment = (struct augment_config){.flip = true,
						      .crop = 1.15,
						      .aspect = 1,
						      .hue = 0.1,
						      .saturation = 0.75,
						      .exposure = 0.75,
						      .views = 4};
	assert_int_equal(dataset_open(&set, &photos, NULL), ERR_OK);
	struct loader *l = loader_new(set, &photos, true, 224, 224, 16, 2, (size_t)1 << 30);
	for (uint64_t e = 1; e <= 2; e++) {
		struct batch b;
		bool more = true;
		size_t n = 0;
		double began = clock_seconds();
		loader_start(l, e, 0);
		while (loader_next(l, &b, &more, NULL) == ERR_OK && more)
			n += (size_t)b.n;
		assert_int_equal(n, set->train.n);
		print_message("epoch %d: %.0f photographs a second\n", (int)e,
			      (double)n / (clock_seconds() - began));
	}
	loader_free(l);
	dataset_free(set);
}

#define WITH_DATA(test) cmocka_unit_test_setup_teardown(test, make_data, drop_data)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_DATA(every_image_once_in_seeded_order),
	    WITH_DATA(same_bits_with_any_threads_and_memory),
	    WITH_DATA(keys_tell_views_apart),
	    WITH_DATA(no_fixed_views_means_new_ones),
	    WITH_DATA(without_augmentation_epochs_differ_in_order_only),
	    WITH_DATA(validation_is_plain_and_in_order),
	    WITH_DATA(start_in_the_middle),
	    WITH_DATA(a_last_picture_is_not_alone),
	    WITH_DATA(restart_and_free_at_any_moment),
	    WITH_DATA(nothing_before_a_start),
	    WITH_DATA(a_lent_batch_is_left_alone),
	    WITH_DATA(a_picture_that_vanished),
	    WITH_DATA(a_lenient_loader_goes_on_without_it),
	    WITH_DATA(kept_pictures_need_no_files),
	    WITH_DATA(pictures_can_be_left_out),
	    WITH_DATA(what_is_left_out_is_not_read),
	    cmocka_unit_test(speed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
