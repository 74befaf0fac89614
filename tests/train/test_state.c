/* .state files: every bit comes back, and no damaged one is taken. */
#include "../../src/train/state.h"

#include "thaw/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void fill(struct state *st)
{
	*st = (struct state){
	    .phase = 1,
	    .epoch = 7,
	    .epochs_done = 6,
	    .iter = 412,
	    .iter_in_phase = 100,
	    .iter_in_epoch = 12,
	    .seen = 6592,
	    .seed = -1,
	    .next_phase = 1,
	    .data_sum = UINT64_C(0x0123456789abcdef),
	    .whole = 1,
	    .is_best = 1,
	    .keep = 3,
	    .thaw_every = 2,
	    .has_best = 1,
	    .best_epoch = 5,
	    .factor = 0.1 + 0.2,
	    .last_lr = 1e-300,
	    .best_acc = 0.836,
	    .best_loss = M_PI,
	    .optimizer = "adamw",
	    .frozen = "0-12,15",
	    .held = "3,5-6",
	    .scales = "12:0x1.999999999999ap-4 13:0x1p-1",
	    .weights_sum = UINT64_C(0xfedcba9876543210),
	    .momentum = STRBUF_INIT,
	};
	for (int i = 0; i < 1000; i++)
		strbuf_addch(&st->momentum, (char)rng_u64(3, (uint64_t)i));
}

static void everything_comes_back(void **state)
{
	(void)state;
	struct state a, b;
	struct strbuf file = STRBUF_INIT, again = STRBUF_INIT;
	fill(&a);
	state_encode(&a, &file);
	assert_int_equal(state_decode(&b, file.buf, file.len, NULL), ERR_OK);
	assert_int_equal(b.iter, 412);
	assert_true(b.factor == a.factor && b.last_lr == a.last_lr && b.best_loss == a.best_loss);
	assert_string_equal(b.frozen, "0-12,15");
	assert_string_equal(b.held, "3,5-6");
	assert_int_equal(b.thaw_every, 2);
	assert_string_equal(b.scales, a.scales);
	assert_string_equal(b.optimizer, "adamw");
	assert_true(b.weights_sum == a.weights_sum && b.data_sum == a.data_sum);
	assert_int_equal(b.next_phase, 1);
	assert_int_equal(b.momentum.len, 1000);
	state_encode(&b, &again);
	assert_int_equal(again.len, file.len);
	assert_memory_equal(again.buf, file.buf, file.len);
	strbuf_release(&file);
	strbuf_release(&again);
	state_release(&a);
	state_release(&b);
}

/* A stranger's file may have digits that match: what would overflow when it is counted on is
 * refused. */
static void numbers_have_limits(void **state)
{
	(void)state;
	static const int64_t far[] = {INT64_MAX, INT64_MIN, INT64_C(1) << 51};
	for (size_t i = 0; i < 2 * sizeof(far) / sizeof(*far); i++) {
		struct state a, b;
		struct strbuf file = STRBUF_INIT;
		fill(&a);
		*(i % 2 ? &a.iter : &a.epochs_done) = far[i / 2];
		a.seed = far[i / 2];
		state_encode(&a, &file);
		assert_int_equal(state_decode(&b, file.buf, file.len, NULL), ERR_FORMAT);
		strbuf_release(&file);
		state_release(&a);
	}
}

static void seal(struct strbuf *file)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < file->len; i++)
		h = (h ^ (unsigned char)file->buf[i]) * UINT64_C(0x100000001b3);
	strbuf_addf(file, "%016llx\n", (unsigned long long)h);
}

/* Without the lines that came later, from `first_new` on. */
static void read_older(const char *magic, const char *first_new, struct state *b)
{
	struct state a;
	struct strbuf file = STRBUF_INIT, old = STRBUF_INIT;
	fill(&a);
	state_encode(&a, &file);
	strbuf_addstr(&old, magic);
	char *from = file.buf + old.len, *new = strstr(from, first_new),
	     *rest = strstr(from, "bytes ");
	assert_true(new && rest && new < rest);
	strbuf_add(&old, from, (size_t)(new - from));
	strbuf_add(&old, rest, file.len - 17 - (size_t)(rest - file.buf));
	seal(&old);
	assert_int_equal(state_decode(b, old.buf, old.len, NULL), ERR_OK);
	assert_int_equal(b->iter, a.iter);
	assert_true(b->weights_sum == a.weights_sum);
	assert_int_equal(b->momentum.len, a.momentum.len);
	assert_string_equal(b->optimizer, "sgd");
	state_release(&a);
	strbuf_release(&file);
	strbuf_release(&old);
}

static void older_states_are_read(void **state)
{
	(void)state;
	struct state b;
	read_older("thaw-state 1\n", "next_phase ", &b);
	assert_true(b.next_phase == 0 && b.data_sum == 0);
	assert_string_equal(b.scales, "");
	state_release(&b);
	read_older("thaw-state 2\n", "scales ", &b);
	assert_true(b.next_phase == 1 && b.data_sum == UINT64_C(0x0123456789abcdef));
	assert_string_equal(b.scales, "");
	state_release(&b);
	read_older("thaw-state 5\n", "thaw_every ", &b);
	assert_int_equal(b.keep, 3);
	assert_string_equal(b.scales, "12:0x1.999999999999ap-4 13:0x1p-1");
	state_release(&b);
}

static void every_cut_and_every_flipped_byte_is_refused(void **state)
{
	(void)state;
	struct state a, b;
	struct errinfo e = {0};
	struct strbuf file = STRBUF_INIT;
	fill(&a);
	state_encode(&a, &file);
	for (size_t n = 0; n < file.len; n++)
		assert_int_equal(state_decode(&b, file.buf, n, &e), ERR_FORMAT);
	for (size_t i = 0; i < file.len; i++) {
		file.buf[i] ^= 1;
		assert_int_equal(state_decode(&b, file.buf, file.len, &e), ERR_FORMAT);
		file.buf[i] ^= 1;
	}
	assert_int_equal(state_decode(&b, file.buf, file.len, &e), ERR_OK);
	state_release(&b);
	state_release(&a);
	strbuf_release(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_comes_back),
	    cmocka_unit_test(numbers_have_limits),
	    cmocka_unit_test(older_states_are_read),
	    cmocka_unit_test(every_cut_and_every_flipped_byte_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
