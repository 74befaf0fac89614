/* The activation cache alone: what is put is got, until it is reset, within its budget. */
#include "../../src/engine/cache.h"
#include "card.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define FLOATS 1000

static void fill(float *v, uint64_t key)
{
	for (size_t i = 0; i < FLOATS; i++)
		v[i] = (float)(key * 7 % 1000) + (float)i;
}

static bool has_none(struct cache *c, uint64_t key)
{
	float out[FLOATS];
	int missing;
	return cache_get(c, &key, 1, out, &missing) == 1 && missing == 0;
}

static size_t put_many(struct cache *c, uint64_t n)
{
	float in[FLOATS], out[FLOATS];
	int missing;
	size_t found = 0;
	for (uint64_t k = 0; k < n; k++) {
		fill(in, k);
		cache_put(c, k * k + 1, in);
	}
	for (uint64_t k = 0; k < n; k++) {
		fill(in, k);
		if (cache_get(c, &(uint64_t){k * k + 1}, 1, out, &missing))
			continue;
		assert_memory_equal(in, out, sizeof(in));
		found++;
	}
	return found;
}

static void what_is_put_is_got(void **state)
{
	(void)state;
	struct cache *c = cache_new(UINT64_C(1) << 30, NULL, &cpu_backend);
	struct cache_usage u;
	cache_reset(c, FLOATS);
	assert_true(has_none(c, 1));
	assert_int_equal(put_many(c, 10000), 10000);
	cache_usage(c, &u);
	assert_int_equal(u.entries, 10000);
	assert_int_equal(u.bytes[CACHE_IN_FILE], 0);
	assert_true(u.bytes[CACHE_IN_MEMORY] >= 10000 * FLOATS * sizeof(float));
	cache_reset(c, FLOATS);
	assert_true(has_none(c, 1));
	cache_free(c);
}

static void beyond_the_budget_comes_the_file(void **state)
{
	(void)state;
	struct folder tmp;
	assert_int_equal(folder_open(&tmp, P_tmpdir, NULL), ERR_OK);
	struct cache *c = cache_new(UINT64_C(20) << 20, &tmp, &cpu_backend);
	folder_close(&tmp); /* the cache has its own */
	struct cache_usage u;
	cache_reset(c, FLOATS);
	assert_int_equal(put_many(c, 12000), 12000);
	cache_usage(c, &u);
	assert_true(u.bytes[CACHE_IN_MEMORY] <= UINT64_C(20) << 20);
	assert_true(u.bytes[CACHE_IN_FILE] > 0);
	cache_free(c);
}

static void without_room_nothing_is_kept(void **state)
{
	(void)state;
	struct folder proc; /* no files can be made there */
	assert_int_equal(folder_open(&proc, "/proc", NULL), ERR_OK);
	const struct folder *const dirs[] = {NULL, &proc};
	for (int i = 0; i < 2; i++) {
		struct cache *c = cache_new(UINT64_C(20) << 20, dirs[i], &cpu_backend);
		cache_reset(c, FLOATS);
		size_t found = put_many(c, 12000);
		assert_true(found > 3000 && found < 6000);
		cache_free(c);
	}
	folder_close(&proc);
	struct cache *none = cache_new(0, NULL, &cpu_backend);
	cache_reset(none, FLOATS);
	assert_int_equal(put_many(none, 10), 0);
	cache_free(none);
}

/* Values of the card's are kept there, up to half of what is free, then on the host; got back from
 * all places at once. */
static void a_card_keeps_them_first(void **state)
{
	(void)state;
	enum { KEYS = 4500, BATCH = 260, FREE = 40 << 20 };
	struct errinfo e;
	card_use();
	setenv("THAW_STANDIN_MEMORY", "100000000", 1);
	if (device_choose("cuda", PRECISION_FP32, &e))
		fail_msg("%s", e.msg);
	const struct backend *b = backend_current();
	float *taken = b->alloc((size_t)(b->free_bytes() - FREE) / sizeof(float)),
	      *to = b->alloc((size_t)BATCH * FLOATS), *from = b->alloc(FLOATS);
	static float in[FLOATS], out[(size_t)BATCH * FLOATS];
	static uint64_t key[BATCH];
	static int missing[BATCH];
	struct cache *c = cache_new(UINT64_C(1) << 30, NULL, b);
	cache_reset(c, FLOATS);
	for (uint64_t k = 0; k < KEYS; k++) {
		fill(in, k);
		b->upload(in, FLOATS, NULL, from);
		cache_put(c, k, from);
	}
	for (uint64_t i = 0; i < BATCH; i++)
		key[i] = i % 10 ? i * 17 : KEYS + i; /* every tenth is not there */
	assert_int_equal(cache_get(c, key, BATCH, to, missing), BATCH / 10);
	b->download(to, NULL, (size_t)BATCH * FLOATS, out);
	for (uint64_t i = 0; i < BATCH; i++) {
		fill(in, key[i]);
		if (i % 10)
			assert_memory_equal(out + i * FLOATS, in, sizeof(in));
		else
			assert_int_equal(missing[i / 10], i);
	}
	struct cache_usage u;
	cache_usage(c, &u);
	assert_true(u.bytes[CACHE_ON_DEVICE] > FREE / 8 && u.bytes[CACHE_ON_DEVICE] <= FREE / 2);
	assert_true(u.bytes[CACHE_IN_MEMORY] > 0);
	assert_int_equal(u.hits, BATCH - BATCH / 10);
	cache_free(c);
	b->release(taken);
	b->release(to);
	b->release(from);
	assert_int_equal(device_choose("cpu", PRECISION_FP32, NULL), ERR_OK);
}

struct asking {
	struct cache *c;
	atomic_ullong n_put; /* keys 1..n_put are there; 0 while it is reset */
	atomic_ullong resets;
	atomic_bool over, wrong;
};

/* Ask for what is there and what is not, while the owner puts and resets. */
static void *ask(void *arg)
{
	struct asking *a = arg;
	for (uint64_t i = 0; !atomic_load(&a->over); i++) {
		uint64_t resets = atomic_load(&a->resets), n = atomic_load(&a->n_put);
		bool has = n && cache_has(a->c, i % n + 1), none = cache_has(a->c, 1 << 30);
		if (none || (n && !has && atomic_load(&a->resets) == resets))
			atomic_store(&a->wrong, true);
	}
	return NULL;
}

static void others_may_ask(void **state)
{
	(void)state;
	enum { ASKERS = 3, ROUNDS = 30, KEYS = 3000 };
	static float in[4];
	struct asking a = {.c = cache_new(UINT64_C(64) << 20, NULL, &cpu_backend)};
	pthread_t threads[ASKERS];
	cache_reset(a.c, 4);
	for (int i = 0; i < ASKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask, &a), 0);
	for (int round = 0; round < ROUNDS; round++) {
		for (uint64_t k = 1; k <= KEYS; k++) {
			cache_put(a.c, k, in);
			atomic_store(&a.n_put, k);
		}
		atomic_store(&a.n_put, 0);
		atomic_fetch_add(&a.resets, 1);
		cache_reset(a.c, 4);
	}
	atomic_store(&a.over, true);
	for (int i = 0; i < ASKERS; i++)
		pthread_join(threads[i], NULL);
	assert_false(atomic_load(&a.wrong));
	cache_free(a.c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_put_is_got),
	    cmocka_unit_test(beyond_the_budget_comes_the_file),
	    cmocka_unit_test(without_room_nothing_is_kept),
	    cmocka_unit_test(a_card_keeps_them_first),
	    cmocka_unit_test(others_may_ask),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
