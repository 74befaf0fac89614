/* Lines that nobody wrote on purpose: every prefix, thousands of mutations, depth, size. Nothing
 * may crash, and what is accepted must survive being written and read again. */
#include "generate.h"
#include "thaw/event/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define MUTATIONS 30000

static void test_every_prefix(void **state)
{
	(void)state;
	for (int type = 0; type < EV_N; type++) {
		struct event ev = generate_event(5, (enum event_type)type), back;
		struct strbuf out = STRBUF_INIT;
		event_encode(&ev, &out);
		for (size_t cut = 0; cut < out.len - 1; cut++) {
			char *exact =
			    xmalloc(cut + 1); /* so that a sanitizer sees any step past the end */
			memcpy(exact, out.buf, cut);
			assert_int_equal(event_decode(&back, exact, cut, NULL), ERR_FORMAT);
			free(exact);
		}
		event_release(&ev);
		strbuf_release(&out);
	}
}

static void splice(struct strbuf *s, size_t at, size_t cut, const char *put, size_t n)
{
	char *tail = xstrndup("", 0);
	size_t n_tail = s->len - at - cut;
	tail = xrealloc(tail, n_tail + 1, 1);
	memcpy(tail, s->buf + at + cut, n_tail);
	strbuf_remove(s, at, s->len - at);
	strbuf_add(s, put, n);
	strbuf_add(s, tail, n_tail);
	free(tail);
}

static void mutate(struct source *s, struct strbuf *line)
{
	static const char *const tokens[] = {"{",       "}",          "[",
					     "]",       ",",          ":",
					     "\"",      "\\",         "\\u",
					     "\\ud800", "null",       "true",
					     "-",       "1e999",      "99999999999999999999",
					     "\"nan\"", "0x1",        "1.",
					     "\xff",    "\xf0\x9f",   "[[[[[[",
					     "{\"a\":", "\"seq\":1,", "\"ev\":\"step\",",
					     "\n"};
	size_t at = draw(s, line->len + 1), room = line->len - at;
	size_t n = draw(s, room < 40 ? room + 1 : 40);
	const char *token = tokens[draw(s, sizeof(tokens) / sizeof(tokens[0]))];
	char byte = (char)draw(s, 256), copy[40];
	memcpy(copy, line->buf + at, n);
	switch (draw(s, 6)) {
	case 0:
		splice(line, at, room ? 1 : 0, &byte, 1);
		break;
	case 1:
		splice(line, at, n, "", 0);
		break;
	case 2:
		splice(line, at, 0, copy, n);
		break;
	case 3:
		splice(line, at, n, token, strlen(token));
		break;
	case 4:
		splice(line, at, 0, token, strlen(token));
		break;
	default:
		splice(line, draw(s, line->len - n + 1), 0, copy, n);
		break;
	}
}

static void test_mutations(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < MUTATIONS; i++) {
		struct source s = {rng_key(i, RNG_PROBE, 1, 0), 0};
		struct event ev = generate_event(i, (enum event_type)(i % EV_N));
		struct strbuf line = STRBUF_INIT;
		event_encode(&ev, &line);
		event_release(&ev);
		for (uint64_t n = 1 + draw(&s, 4); n > 0; n--)
			mutate(&s, &line);
		if (!decode_is_stable(line.buf, line.len))
			fail_msg("mutation %d: %s", (int)i, line.buf);
		strbuf_release(&line);
	}
}

static void test_mutated_commands(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < MUTATIONS / 3; i++) {
		struct source s = {rng_key(i, RNG_PROBE, 2, 0), 0};
		struct strbuf line = STRBUF_INIT;
		struct command c;
		struct reply r;
		static const char *const lines[] = {
		    "{\"id\":4,\"cmd\":\"freeze\",\"arg\":\"0-12,15\"}\n",
		    "{\"id\":4,\"cmd\":\"lr\",\"arg\":\"1e-4\"}\n",
		    "{\"id\":4,\"cmd\":\"lr-scale\",\"arg\":\"last 3 x0.5\"}\n",
		};
		strbuf_addstr(&line, lines[i % 3]);
		mutate(&s, &line);
		if (!command_decode(&c, line.buf, line.len, NULL))
			command_release(&c);
		if (!reply_decode(&r, line.buf, line.len, NULL))
			reply_release(&r);
		strbuf_release(&line);
	}
}

static void expect_refused(struct strbuf *line)
{
	struct event ev;
	assert_int_equal(event_decode(&ev, line->buf, line->len, NULL), ERR_FORMAT);
	strbuf_release(line);
}

static void test_depth_and_size(void **state)
{
	(void)state;
	static const char *const openings[] = {"[", "{\"a\":", "[[{\"a\":"};
	for (size_t i = 0; i < 3; i++) {
		struct strbuf line = STRBUF_INIT;
		strbuf_addstr(&line, "{\"seq\":1,\"t\":1,\"ev\":\"note\",\"x\":");
		for (int k = 0; k < 300000; k++)
			strbuf_addstr(&line, openings[i]);
		expect_refused(&line);
	}
	struct strbuf line = STRBUF_INIT;
	strbuf_addstr(&line, "{\"seq\":1,\"t\":1,\"ev\":\"layers\",\"layers\":[{}");
	for (int k = 0; k < RECORD_ARRAY_MAX; k++)
		strbuf_addstr(&line, ",{}");
	strbuf_addstr(&line, "]}");
	expect_refused(&line);
	strbuf_addstr(&line, "{\"seq\":");
	for (int k = 0; k < 100000; k++)
		strbuf_addch(&line, '9');
	strbuf_addstr(&line, ",\"t\":1,\"ev\":\"note\"}");
	expect_refused(&line);
	static const char nuls[] = "{\"seq\":1,\0\0\0\0\"t\":1,\"ev\":\"note\"}";
	strbuf_add(&line, nuls, sizeof(nuls) - 1);
	expect_refused(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_prefix),
	    cmocka_unit_test(test_mutations),
	    cmocka_unit_test(test_mutated_commands),
	    cmocka_unit_test(test_depth_and_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
