/* A run's summary: what it holds, its line, and lines that somebody else wrote. */
#include "../tui/sample.h"

#include "thaw/history/history.h"
#include "thaw/run/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct run_facts facts = {.path = "runs/flowers-3",
				       .status = RUN_STATUS_RUNNING,
				       .changed = 1790000000000,
				       .log_bytes = 4242};

static void fold(struct history *h, void (*write)(struct sample *s))
{
	char *text = NULL;
	size_t len = 0;
	struct sample s = {open_memstream(&text, &len), 0, 0, 1};
	write(&s);
	fclose(s.out);
	history_init(h);
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		struct event ev;
		assert_int_equal(event_decode(&ev, line, (size_t)(end - line), NULL), ERR_OK);
		history_apply(h, &ev);
		event_release(&ev);
	}
	free(text);
}

static void write_half(struct sample *s)
{
	sample_begin(s);
	sample_epochs(s, 1, 4);
	sample_steps(s, 5, 0.005, 13);
}

static void write_all(struct sample *s)
{
	sample_whole(s);
}

static void write_long(struct sample *s)
{
	sample_begin(s);
	for (int64_t i = 1; i <= 1000; i++) {
		struct event ev = {.type = EV_EPOCH};
		ev.epoch.epoch = i;
		ev.epoch.phase = "head";
		ev.epoch.valid.acc = opt_of(i == 501   ? 0.01
					    : i == 777 ? 0.99
						       : 0.5 + (double)(i % 7) / 100);
		ev.epoch.valid.loss = opt_of(i == 3 ? (double)NAN : 1);
		sample_put(s, &ev, 10);
	}
}

static void a_summary_tells_what_the_history_does(void **state)
{
	(void)state;
	struct history h;
	struct run_summary s;
	fold(&h, write_half);
	run_summary_make(&s, &facts, &h);
	assert_string_equal(s.name, "flowers-3");
	assert_string_equal(s.path, "runs/flowers-3");
	assert_true(run_summary_live(&s));
	assert_int_equal(s.n_epochs, 4);
	assert_int_equal(s.epoch, 5);
	assert_int_equal(s.epochs, SAMPLE_EPOCHS);
	assert_int_equal(s.iteration, h.iter);
	assert_true(s.progress > 0.4 && s.progress < 0.5);
	assert_true(s.eta_ms.valid && s.eta_ms.value > 0);
	assert_true(s.best_acc.value == h.epochs[h.best_epoch].valid.acc.value);
	assert_int_equal(s.n_curve, 4);
	assert_int_equal(s.curve[3].epoch, 4);
	assert_true(fabs(s.curve[3].acc - h.epochs[3].valid.acc.value) < 1e-5);
	assert_string_equal(s.why, "");
	assert_string_equal(s.phase, "head");
	run_summary_release(&s);
	history_release(&h);
	fold(&h, write_all);
	struct run_facts ended = facts;
	ended.status = run_status(&h, true);
	run_summary_make(&s, &ended, &h);
	assert_false(run_summary_live(&s));
	assert_int_equal(s.status, RUN_STATUS_FINISHED);
	assert_true(s.progress == 1 && !s.eta_ms.valid);
	assert_non_null(strstr(s.why, "finished"));
	run_summary_release(&s);
	history_release(&h);
}

static void a_long_curve_keeps_its_extremes_and_its_end(void **state)
{
	(void)state;
	struct history h;
	struct run_summary s;
	bool low = false, high = false;
	fold(&h, write_long);
	run_summary_make(&s, &facts, &h);
	assert_true(s.n_curve <= RUN_CURVE_MAX && s.n_curve > RUN_CURVE_MAX / 2);
	for (size_t i = 0; i < s.n_curve; i++) {
		assert_true(i == 0 || s.curve[i].epoch > s.curve[i - 1].epoch);
		low = low || (s.curve[i].epoch == 501 && s.curve[i].acc == 0.01);
		high = high || (s.curve[i].epoch == 777 && s.curve[i].acc == 0.99);
	}
	assert_true(low && high);
	assert_int_equal(s.curve[s.n_curve - 1].epoch, 1000);
	run_summary_release(&s);
	history_release(&h);
}

static void expect_round_trip(const struct run_summary *s)
{
	struct strbuf one = STRBUF_INIT, two = STRBUF_INIT;
	struct run_summary back, copy;
	run_summary_encode(s, &one);
	assert_int_equal(one.buf[one.len - 1], '\n');
	assert_true(one.len <= RUN_SUMMARY_LINE_MAX);
	assert_ptr_equal(strchr(one.buf, '\n'), one.buf + one.len - 1);
	assert_int_equal(run_summary_decode(&back, one.buf, one.len, NULL), ERR_OK);
	run_summary_copy(&copy, &back);
	run_summary_encode(&copy, &two);
	assert_string_equal(one.buf, two.buf);
	run_summary_release(&back);
	run_summary_release(&copy);
	strbuf_release(&one);
	strbuf_release(&two);
}

static void its_line_reads_back(void **state)
{
	(void)state;
	static void (*const writes[])(struct sample * s) = {write_half, write_all, write_long};
	struct run_facts f = facts;
	f.unsaved = "the disk is full";
	for (size_t i = 0; i < sizeof(writes) / sizeof(*writes); i++) {
		struct history h;
		struct run_summary s;
		fold(&h, writes[i]);
		run_summary_make(&s, i ? &facts : &f, &h);
		expect_round_trip(&s);
		run_summary_release(&s);
		history_release(&h);
	}
}

static void one_that_cannot_be_read_says_why(void **state)
{
	(void)state;
	struct run_summary s;
	run_summary_broken(&s, &facts, "runs/flowers-3/events.jsonl: it is a picture");
	assert_string_equal(s.name, "flowers-3");
	assert_non_null(strstr(s.error, "a picture"));
	assert_false(run_summary_live(&s));
	expect_round_trip(&s);
	run_summary_release(&s);
}

static void write_hostile(struct sample *s)
{
	static char huge[100000];
	memset(huge, '\x1b', sizeof(huge) - 1);
	struct event ev = {.type = EV_RUN};
	ev.run.name = ev.run.cfg = ev.run.weights = ev.run.data = ev.run.device = huge;
	ev.run.optimizer = ev.run.parent = huge;
	ev.run.started = INT64_MIN;
	sample_put(s, &ev, 0);
}

static void a_log_that_means_ill_gives_a_line_of_bounded_length(void **state)
{
	(void)state;
	struct history h;
	struct run_summary s;
	fold(&h, write_hostile);
	run_summary_make(&s, &facts, &h);
	assert_int_equal(strlen(s.data), RUN_SUMMARY_TEXT);
	expect_round_trip(&s);
	struct strbuf line = STRBUF_INIT;
	run_summary_encode(&s, &line);
	for (size_t i = 0; i + 1 < line.len; i++)
		assert_true((unsigned char)line.buf[i] >= ' ');
	strbuf_release(&line);
	run_summary_release(&s);
	history_release(&h);
}

static void a_cut_text_ends_with_a_whole_character(void **state)
{
	(void)state;
	struct history h;
	struct run_summary s;
	char path[RUN_SUMMARY_TEXT + 100] = "x";
	while (strlen(path) < RUN_SUMMARY_TEXT + 50)
		strcat(path, "ü");
	history_init(&h);
	run_summary_make(&s, &(struct run_facts){.path = path}, &h);
	assert_int_equal(strlen(s.path), RUN_SUMMARY_TEXT - 1);
	run_summary_release(&s);
	history_release(&h);
}

static void lines_that_are_none_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    "",
	    "{",
	    "[]",
	    "{}",
	    "{\"name\":\"\"}",
	    "{\"name\":\"a\",\"status\":\"levitating\"}",
	    "{\"name\":\"a\",\"epochs\":\"many\"}",
	    "{\"name\":\"a\"} {\"name\":\"b\"}",
	    "{\"name\":\"a\",\"curve\":[1,2]}",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct run_summary s;
		struct errinfo e = {0};
		assert_int_equal(run_summary_decode(&s, bad[i], strlen(bad[i]), &e), ERR_FORMAT);
		assert_true(e.msg[0]);
		assert_null(s.name);
	}
}

static void strangers_lines_are_tamed(void **state)
{
	(void)state;
	struct run_summary s;
	struct strbuf line = STRBUF_INIT;
	strbuf_addstr(&line,
		      "{\"name\":\"a\",\"status\":\"failed\",\"later\":{\"x\":[1]},"
		      "\"progress\":\"inf\",\"seconds\":\"nan\",\"curve\":[{\"epoch\":5,\"acc\":1},"
		      "{\"epoch\":4,\"acc\":0.1},{\"epoch\":6,\"acc\":\"nan\"}");
	for (int i = 7; i < 1000; i++)
		strbuf_addf(&line, ",{\"epoch\":%d,\"acc\":0.5}", i);
	strbuf_addstr(&line, "],\"why\":\"");
	for (int i = 0; i < 5000; i++)
		strbuf_addch(&line, 'w');
	strbuf_addstr(&line, "\"}");
	assert_int_equal(run_summary_decode(&s, line.buf, line.len, NULL), ERR_OK);
	assert_int_equal(s.status, RUN_STATUS_FAILED);
	assert_int_equal(s.n_curve, RUN_CURVE_MAX);
	assert_int_equal(s.curve[0].epoch, 5);
	assert_int_equal(s.curve[1].epoch, 7);
	assert_true(s.progress == 0 && s.seconds == 0);
	assert_int_equal(strlen(s.why), RUN_SUMMARY_TEXT);
	assert_string_equal(s.path, "");
	assert_null(s.unsaved);
	run_summary_release(&s);
	strbuf_release(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_summary_tells_what_the_history_does),
	    cmocka_unit_test(a_long_curve_keeps_its_extremes_and_its_end),
	    cmocka_unit_test(its_line_reads_back),
	    cmocka_unit_test(one_that_cannot_be_read_says_why),
	    cmocka_unit_test(a_log_that_means_ill_gives_a_line_of_bounded_length),
	    cmocka_unit_test(a_cut_text_ends_with_a_whole_character),
	    cmocka_unit_test(lines_that_are_none_are_refused),
	    cmocka_unit_test(strangers_lines_are_tamed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
