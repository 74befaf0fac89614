/* Thousands of damaged experiment files: each is read or refused with one clear line, none crashes,
 * and what is read survives being written. */
#include "thaw/base/rng.h"
#include "thaw/base/strbuf.h"
#include "thaw/config/experiment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char seed_yaml[] =
    "name: flowers\n"
    "network: {cfg: /a.cfg, weights: \"/b w\", input: 224x224, cut: 17}\n"
    "head: {init: ridge, ridge: 1e-2, dropout: 0.5}\n"
    "data:\n"
    "  images: &p /pictures\n"
    "  valid: 0.2\n"
    "  augment: {flip: true, crop: 1.15, hue: .1}\n"
    "train:\n"
    "  batch: 16 # comment\n"
    "  seed: 1\n"
    "  cache: 2GiB\n"
    "phases:\n"
    "  - {name: head, freeze: base, epochs: 5, lr: 0.01, warmup: 1}\n"
    "  - name: tune\n"
    "    freeze: '0-13,15'\n"
    "    epochs: 5\n"
    "    lr: 1e-4\n"
    "    schedule: cosine\n";

/* Bits of YAML that mean something, thrown in to get past the tokenizer. */
static const char *const pieces[] = {":",        ": ",
				     "- ",       "\n",
				     "\t",       "{",
				     "}",        "[",
				     "]",        "&p ",
				     "*p",       "!!int ",
				     "|\n",      ">",
				     "'",        "\"",
				     "#",        "---\n",
				     "...\n",    "? ",
				     "<<: *p",   "~",
				     "null",     "\\x00",
				     "%YAML",    "\xff",
				     "\xc3\xbc", "\xef\xbb\xbf",
				     "0x1p3",    "-1",
				     "1e999",    "999999999999999999999",
				     ".nan",     "phases:",
				     "name: ",   "  ",
				     "\r",       "\xe2\x80\xa8",
				     "\x7f",     ","};

static void check_one(const char *data, size_t len, const char *set, size_t *n_good)
{
	struct experiment *x = NULL, *again = NULL;
	struct errinfo e = {.msg = ""};
	if (experiment_parse(&x, "m.yaml", data, len, &set, set != NULL, &e)) {
		assert_null(x);
		assert_true(strncmp(e.msg, "m.yaml:", 7) == 0 || strncmp(e.msg, "--set ", 6) == 0);
		assert_true(strlen(e.msg) > 15);
		for (const char *p = e.msg; *p; p++)
			assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
		return;
	}
	struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;
	experiment_write(x, &first);
	if (experiment_parse(&again, "m.yaml", first.buf, first.len, NULL, 0, &e))
		fail_msg("%s\n%s", e.msg, first.buf);
	experiment_write(again, &second);
	assert_string_equal(first.buf, second.buf);
	strbuf_release(&first);
	strbuf_release(&second);
	experiment_free(x);
	experiment_free(again);
	++*n_good;
}

static void mutate(struct strbuf *sb, uint64_t key)
{
	uint64_t draw = 0, edits = 1 + rng_below(key, draw++, 4);
	while (edits--) {
		size_t at = rng_below(key, draw++, sb->len + 1), left = sb->len - at;
		const char *piece =
		    pieces[rng_below(key, draw++, sizeof(pieces) / sizeof(*pieces))];
		struct strbuf out = STRBUF_INIT;
		size_t cut = 0;
		strbuf_add(&out, sb->buf, at);
		switch (rng_below(key, draw++, 4)) {
		case 0: /* another byte */
			strbuf_addch(&out, (char)rng_below(key, draw++, 256));
			cut = left > 0;
			break;
		case 1: /* a piece more */
			strbuf_addstr(&out, piece);
			break;
		case 2: /* some bytes less */
			cut = rng_below(key, draw++, 12);
			break;
		default: { /* a part of it once more */
			size_t from = rng_below(key, draw++, sb->len + 1), rest = sb->len - from;
			strbuf_add(&out, sb->buf + from, rng_below(key, draw++, 30) % (rest + 1));
		}
		}
		cut = cut > left ? left : cut;
		strbuf_add(&out, sb->buf + at + cut, left - cut);
		strbuf_release(sb);
		*sb = out;
	}
}

static void test_mutations(void **state)
{
	(void)state;
	size_t n_good = 0;
	for (uint64_t i = 0; i < 20000; i++) {
		struct strbuf sb = STRBUF_INIT;
		strbuf_addstr(&sb, seed_yaml);
		mutate(&sb, rng_key(7, RNG_SPLIT, 0, i));
		check_one(sb.buf, sb.len, NULL, &n_good);
		strbuf_release(&sb);
	}
	assert_true(n_good > 500 && n_good < 19000); /* it tries both sides */
}

static void test_every_cut(void **state)
{
	(void)state;
	size_t n_good = 0;
	for (size_t len = 0; len < sizeof(seed_yaml); len++)
		check_one(seed_yaml, len, NULL, &n_good);
	assert_true(n_good > 0);
}

static void test_mutated_sets(void **state)
{
	(void)state;
	static const char *const sets[] = {"train.batch=8",           "phases.head.lr=1e-3",
					   "phases.0.freeze=0-13,15", "data.valid=./x",
					   "network.input=64x64",     "train.cache=1.5GiB"};
	size_t n_good = 0;
	for (uint64_t i = 0; i < 5000; i++) {
		struct strbuf sb = STRBUF_INIT;
		strbuf_addstr(&sb, sets[i % 6]);
		mutate(&sb, rng_key(8, RNG_SPLIT, 0, i));
		check_one(seed_yaml, strlen(seed_yaml), sb.buf, &n_good);
		strbuf_release(&sb);
	}
	assert_true(n_good > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mutations),
	    cmocka_unit_test(test_every_cut),
	    cmocka_unit_test(test_mutated_sets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
