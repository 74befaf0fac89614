/* The frame and the messages of Weights & Biases' files, whose bytes come from bytes.h: it follows the
 * descriptions and shares nothing with the code. */
#include "bytes.h"

#include "../../src/import/wandb_log.h"
#include "../../src/import/wandb_record.h"

#include <math.h>
#include <stdlib.h>

static void fill(struct strbuf *record, size_t len, int with)
{
	for (size_t i = 0; i < len; i++)
		strbuf_addch(record, (char)((i * 31 + (size_t)with) % 251));
}

/* Sizes that leave less than a header at the end of a block, fill one exactly, or need several. */
static const size_t sizes[] = {1,     0,     100,   32629, 5,    32768 - 10 - 7,
			       40000, 32761, 32762, 200000,                 3,    65522};
#define N_SIZES (sizeof(sizes) / sizeof(*sizes))

static void write_file(struct strbuf *file)
{
	put_wandb_header(file);
	for (size_t i = 0; i < N_SIZES; i++) {
		struct strbuf record = STRBUF_INIT;
		fill(&record, sizes[i], (int)i);
		put_wandb(file, &record);
	}
}

/* In pieces of at most `piece` new bytes at a time; returns how many records came. */
static size_t read_in_pieces(const struct strbuf *file, size_t piece)
{
	struct wandb_log l;
	size_t from = 0, to = 0, n = 0, used;
	wandb_log_init(&l);
	while (true) {
		enum wandb_next next =
		    wandb_log_next(&l, (const uint8_t *)file->buf + from, to - from, &used);
		from += used;
		assert_true(l.at == from);
		if (next == WANDB_RECORD) {
			struct strbuf record = STRBUF_INIT;
			fill(&record, sizes[n], (int)n);
			assert_int_equal(l.record.len, record.len);
			assert_memory_equal(l.record.buf, record.buf, record.len);
			strbuf_release(&record);
			n++;
		} else {
			assert_int_equal(next, WANDB_MORE);
			if (to == file->len)
				break;
			to = to + piece < file->len ? to + piece : file->len;
		}
	}
	assert_int_equal(from, file->len);
	wandb_log_release(&l);
	return n;
}

static void test_records(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT;
	write_file(&file);
	assert_int_equal(read_in_pieces(&file, file.len), N_SIZES);
	assert_int_equal(read_in_pieces(&file, 32768), N_SIZES);
	assert_int_equal(read_in_pieces(&file, 1000), N_SIZES);
	assert_int_equal(read_in_pieces(&file, 7), N_SIZES);
	strbuf_release(&file);
}

static void test_header(void **state)
{
	(void)state;
	struct wandb_log l;
	size_t used;
	assert_true(wandb_is_header(":W&B\xe1\xbe", 7));
	assert_false(wandb_is_header(":W&B\xe1\xbe", 6));
	assert_false(wandb_is_header(":W&B\xe1\xbe\x01", 7)); /* another version */
	wandb_log_init(&l);
	assert_int_equal(wandb_log_next(&l, (const uint8_t *)"events:", 7, &used), WANDB_BAD);
	wandb_log_release(&l);
}

/* Wherever a bit is wrong nothing false comes: those before it, and no more. */
static void test_damage(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT;
	put_wandb_header(&file);
	size_t ends[4];
	for (int i = 0; i < 4; i++) {
		struct strbuf record = STRBUF_INIT;
		fill(&record, 20, i);
		put_wandb(&file, &record);
		ends[i] = file.len;
	}
	for (size_t i = WANDB_HEADER; i < file.len; i++) {
		struct wandb_log l;
		size_t n = 0, from = 0, used, whole = 0;
		enum wandb_next next;
		while (whole < 4 && ends[whole] <= i)
			whole++;
		file.buf[i] ^= 0x40;
		wandb_log_init(&l);
		while ((next = wandb_log_next(&l, (const uint8_t *)file.buf + from, file.len - from,
					      &used)) == WANDB_RECORD) {
			from += used;
			n++;
		}
		assert_int_equal(n, whole);
		assert_true(next == WANDB_BAD ? l.why != NULL : next == WANDB_MORE);
		wandb_log_release(&l);
		file.buf[i] ^= 0x40;
	}
	strbuf_release(&file);
}

/* One too long to hold is passed over, and its memory is not kept. */
static void test_long_record(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT, record = STRBUF_INIT;
	struct wandb_log l;
	size_t used;
	put_wandb_header(&file);
	for (size_t i = 0; i < 600; i++) { /* an honest checksum of them all takes too long */
		char zeros[32761] = {0};
		static struct strbuf first = STRBUF_INIT, middle = STRBUF_INIT, last = STRBUF_INIT;
		if (!middle.len) {
			put_chunk(&first, 2, zeros, 32754);
			put_chunk(&middle, 3, zeros, 32761);
			put_chunk(&last, 4, zeros, 5);
		}
		const struct strbuf *chunk = i == 0 ? &first : i < 599 ? &middle : &last;
		strbuf_add(&file, chunk->buf, chunk->len);
	}
	strbuf_addstr(&record, "the next");
	put_wandb(&file, &record);
	wandb_log_init(&l);
	assert_int_equal(wandb_log_next(&l, (const uint8_t *)file.buf, file.len, &used), WANDB_LONG);
	assert_true(l.record.cap < 1 << 20);
	size_t from = used;
	assert_int_equal(
	    wandb_log_next(&l, (const uint8_t *)file.buf + from, file.len - from, &used),
	    WANDB_RECORD);
	assert_string_equal(l.record.buf, "the next");
	wandb_log_release(&l);
	strbuf_release(&file);
}

/* ---- records ---- */

static void expect(struct wandb_item *item, const char *json, struct opt_double number)
{
	struct strbuf history = STRBUF_INIT;
	put_item(&history, "key", json);
	struct protobuf body = protobuf_of(history.buf, history.len);
	assert_true(wandb_item_next(&body, item));
	assert_string_equal(item->key.buf, "key");
	assert_int_equal(item->number.valid, number.valid);
	if (number.valid && isnan(number.value))
		assert_true(isnan(item->number.value));
	else if (number.valid)
		assert_true(item->number.value == number.value);
	assert_false(wandb_item_next(&body, item));
	strbuf_release(&history);
}

static void test_values(void **state)
{
	(void)state;
	static const struct opt_double none = {0, false};
	struct wandb_item item;
	wandb_item_init(&item);
	expect(&item, "0.5", opt_of(0.5));
	expect(&item, "-12", opt_of(-12));
	expect(&item, "1e-05", opt_of(1e-05));
	expect(&item, "NaN", opt_of(NAN));
	expect(&item, "\"NaN\"", opt_of(NAN));
	expect(&item, "Infinity", opt_of(INFINITY));
	expect(&item, "\"-Infinity\"", opt_of(-INFINITY));
	expect(&item, "\"0.5\"", none);
	expect(&item, "null", none);
	expect(&item, "true", none);
	expect(&item, "", none);
	expect(&item, "-", none);
	expect(&item, "{\"_type\":\"image-file\"}", none);
	expect(&item, "[1,2]", none);
	expect(&item, "1 2", none);
	expect(&item, "0x10", none);
	wandb_item_release(&item);
}

static void test_nested_key(void **state)
{
	(void)state;
	struct strbuf history = STRBUF_INIT, i = STRBUF_INIT, step = STRBUF_INIT;
	struct wandb_item item;
	put_text(&i, 2, "a");
	put_text(&i, 2, "b");
	put_text(&i, 16, "3");
	put_message(&history, 1, &i);
	put_item(&history, "", "4"); /* a name that is none */
	put_int(&step, 1, 7);
	put_message(&history, 2, &step);
	struct protobuf body = protobuf_of(history.buf, history.len);
	assert_true(wandb_history_step(body).value == 7);
	wandb_item_init(&item);
	assert_true(wandb_item_next(&body, &item));
	assert_string_equal(item.key.buf, "a.b");
	assert_false(wandb_item_next(&body, &item));
	wandb_item_release(&item);
	strbuf_release(&history);
}

static void test_run(void **state)
{
	(void)state;
	struct strbuf record = STRBUF_INIT, run = STRBUF_INIT, time = STRBUF_INIT, config = STRBUF_INIT;
	struct wandb_record r;
	struct wandb_run facts;
	struct wandb_item item;
	put_int(&time, 1, 1700000000);
	put_int(&time, 2, 250000000);
	put_item(&config, "epochs", "10");
	put_text(&run, 1, "abc");
	put_text(&run, 8, "fast-river-3");
	put_message(&run, 4, &config);
	put_message(&run, 17, &time);
	put_message(&record, 17, &run);
	assert_true(wandb_record_decode(&r, record.buf, record.len));
	assert_int_equal(r.kind, WANDB_RUN);
	wandb_run_decode(&facts, r.body);
	assert_true(facts.started_ms == INT64_C(1700000000250));
	char *name = protobuf_text(&facts.name);
	assert_string_equal(name, "fast-river-3");
	free(name);
	assert_int_equal(facts.host.number, 0);
	wandb_item_init(&item);
	assert_true(wandb_item_next(&facts.config, &item) && item.number.value == 10);
	wandb_item_release(&item);
	for (size_t n = 0; n < record.len; n++) {
		uint8_t *exact = malloc(n ? n : 1);
		memcpy(exact, record.buf, n);
		wandb_record_decode(&r, exact, n);
		free(exact);
	}
	strbuf_release(&record);
}

static void test_exit(void **state)
{
	(void)state;
	struct strbuf record = STRBUF_INIT, end = STRBUF_INIT;
	struct wandb_record r;
	put_int(&end, 1, 255);
	put_message(&record, 18, &end);
	assert_true(wandb_record_decode(&r, record.buf, record.len));
	assert_true(r.kind == WANDB_EXIT && wandb_exit_code(r.body) == 255);
	strbuf_reset(&record);
	put_message(&record, 18, &end); /* 0 is not written */
	assert_true(wandb_record_decode(&r, record.buf, record.len));
	assert_true(r.kind == WANDB_EXIT && wandb_exit_code(r.body) == 0);
	strbuf_release(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_records), cmocka_unit_test(test_header),
	    cmocka_unit_test(test_damage),  cmocka_unit_test(test_long_record),
	    cmocka_unit_test(test_values),  cmocka_unit_test(test_nested_key),
	    cmocka_unit_test(test_run),     cmocka_unit_test(test_exit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
