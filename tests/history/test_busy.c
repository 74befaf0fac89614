/* The fold of what a trainer does besides iterations, what is left of a run, and what it takes of
 * the machine. */
#include "feed.h"
#include "sample.h"

static int set_up(void **state)
{
	static struct history h;
	history_init(&h);
	*state = &h;
	return 0;
}

static int tear_down(void **state)
{
	history_release(*state);
	strbuf_reset(&feed_log);
	return 0;
}

/* An event `ms` after the last one. */
static void feed_after(struct history *h, struct event *ev, int64_t ms)
{
	ev->seq = h->seq + 1;
	ev->t_ms = h->t_ms + ms;
	history_apply(h, ev);
}

static void feed_progress(struct history *h, enum progress_what what, int64_t done, int64_t total,
			  int64_t ms)
{
	struct event ev = {.type = EV_PROGRESS, .progress = {what, done, total, NULL}};
	feed_after(h, &ev, ms);
}

static int64_t eta(const struct history *h)
{
	int64_t ms = -1;
	return history_eta_ms(h, &ms) ? ms : -1;
}

static void test_from_begin_to_end(void **state)
{
	struct history *h = *state;
	int64_t left;
	feed_run(h, 2, 20);
	assert_string_equal(history_state(h), "preparing");
	feed_progress(h, PROGRESS_VALID, 0, 20, 100);
	assert_true(h->busy.on && h->busy.what == PROGRESS_VALID);
	assert_string_equal(history_state(h), "validating");
	assert_false(history_busy_left_ms(h, &left)); /* nothing was measured yet */
	feed_progress(h, PROGRESS_VALID, 5, 20, 1000);
	assert_true(history_busy_left_ms(h, &left));
	assert_int_equal(left, 3000);
	feed_progress(h, PROGRESS_VALID, 20, 20, 3000);
	assert_false(h->busy.on);
	assert_false(history_busy_left_ms(h, &left));
	assert_string_equal(history_state(h), "preparing");
}

/* Where no total is known what comes next tells that it is over. */
static void test_ended_by_what_follows(void **state)
{
	struct history *h = *state;
	feed_run(h, 2, 20);
	feed_progress(h, PROGRESS_RIDGE, 0, 0, 100);
	assert_true(h->busy.on);
	feed_stage(h, STAGE_REPLACE, STAGE_DONE, "", "");
	assert_false(h->busy.on);
	feed_progress(h, PROGRESS_SAVE, 0, 0, 100);
	assert_string_equal(history_state(h), "saving");
	struct event saved = {.type = EV_CHECKPOINT,
			      .checkpoint = {.kind = CHECKPOINT_LAST, .path = "last.weights"}};
	feed_after(h, &saved, 10);
	assert_false(h->busy.on);
	feed_progress(h, PROGRESS_SAVE, 0, 0, 100);
	feed_steps(h, 1, 0.5);
	assert_false(h->busy.on);
	feed_progress(h, PROGRESS_VALID, 0, 20, 100);
	struct event end = {.type = EV_END, .end = {.status = END_FAILED, .reason = "broken"}};
	feed_after(h, &end, 10);
	assert_false(h->busy.on);
	assert_string_equal(history_state(h), "failed");
}

static void test_waiting_command(void **state)
{
	struct history *h = *state;
	struct event ev = {.type = EV_PROGRESS, .progress = {PROGRESS_VALID, 5, 20, "stop"}};
	feed_run(h, 2, 20);
	feed_progress(h, PROGRESS_VALID, 0, 20, 100);
	feed_after(h, &ev, 1000);
	assert_string_equal(h->busy.waits, "stop");
	feed_progress(h, PROGRESS_VALID, 20, 20, 100);
	assert_null(h->busy.waits);
}

/* 10 epochs of 25 iterations on 400 pictures, 100 a second; 20 to validate on. */
static void test_left_of_the_run(void **state)
{
	struct history *h = *state;
	feed_run(h, 2, 20);
	assert_int_equal(eta(h), -1); /* nothing is known */
	feed_progress(h, PROGRESS_FEATURES, 0, 400, 100);
	feed_progress(h, PROGRESS_FEATURES, 400, 400, 2000); /* 5 ms each */
	assert_int_equal(eta(h), -1);
	feed_phase(h, 0, "head", 1, 0.01);
	feed_steps(h, 25, 0.5);
	assert_int_equal(eta(h), 9 * 4000 + 10 * 100);
	feed_progress(h, PROGRESS_VALID, 0, 20, 100);
	assert_int_equal(eta(h), 9 * 4000 + 10 * 100);
	feed_progress(h, PROGRESS_VALID, 5, 20, 1000); /* 200 ms each: 4 s a validation */
	assert_int_equal(eta(h), 9 * 4000 + 3000 + 9 * 4000);
}

static void test_no_eta_where_none_can_be(void **state)
{
	struct history *h = *state;
	feed_run(h, 2, 20);
	feed_phase(h, 0, "head", 1, 0.01);
	feed_steps(h, 5, 0.5);
	assert_true(eta(h) > 0);
	struct event ev = {.type = EV_CONTROL, .control = {.what = CONTROL_PAUSED, .iter = 5, .cause = CAUSE_USER}};
	feed_after(h, &ev, 10);
	assert_int_equal(eta(h), -1);
	ev.control.what = CONTROL_UNPAUSED;
	feed_after(h, &ev, 10);
	assert_true(eta(h) > 0);
	feed_phase(h, 1, "tune", 1, 0.001); /* no iteration of it yet */
	assert_int_equal(eta(h), -1);
	feed_steps(h, 1, 0.5);
	assert_true(eta(h) > 0);
	ev.control.what = CONTROL_STOPPING;
	feed_after(h, &ev, 10);
	assert_int_equal(eta(h), -1);
}

/* What goes by between an epoch and the next: pictures followed, files written. */
static void test_between_epochs(void **state)
{
	struct history *h = *state;
	feed_run(h, 2, 20);
	feed_phase(h, 0, "head", 1, 0.01);
	feed_steps(h, 25, 0.5);
	feed_epoch(h, "head", (struct scores){0.5, 0.5, 0.5}); /* of 3 seconds */
	assert_int_equal(eta(h), 27000);
	struct event ev = {.type = EV_STEP,
			   .step = {.iter = 26, .epoch = 2, .ips = {100, true}}}; /* 160 ms */
	feed_after(h, &ev, 1160);
	assert_true(h->between_ms.valid);
	assert_float_equal(h->between_ms.value, 1000, 1e-6);
	assert_true(eta(h) > 27000 + 7 * 1000 && eta(h) < 27000 + 8 * 1000);
}

static void test_machine(void **state)
{
	struct history *h = *state;
	struct event ev = {
	    .type = EV_DEVICE,
	    .device = {.iter = 3, .cpu = {1.5, true}, .cores = 2, .rss = {2e8, true}}};
	feed_run(h, 2, 20);
	feed_after(h, &ev, 1000);
	ev.device = (struct event_device){.iter = 4};
	feed_after(h, &ev, 1000);
	assert_int_equal(h->n_devices, 2);
	assert_float_equal(history_cpu(history_device(h, 0)).value, 0.75, 1e-9);
	assert_false(history_cpu(history_device(h, 1)).valid);
	assert_true(isnan(history_device(h, 1)->rss));
}

/* ---- a card ---- */

/* As people call it. */
static void test_names_of_devices(void **state)
{
	static const char *const names[][2] = {
	    {"cuda:0 NVIDIA H100 80GB HBM3, driver 580.159.04, cuDNN 9.19 from /usr/lib, tf32", "H100"},
	    {"cuda:1 NVIDIA A100-SXM4-40GB, driver 535", "A100"},
	    {"cuda:0 Tesla V100-SXM2-16GB, driver 470", "V100"},
	    {"cuda:0 Tesla T4", "T4"},
	    {"cuda:0 Stand-in card, driver 1", "Stand-in card"},
	    {"cuda:0 NVIDIA GeForce RTX 4070 Ti SUPER, driver 550", "RTX 4070 Ti SUPER"},
	    {"cuda:0 NVIDIA RTX A6000, driver 550", "RTX A6000"},
	    {"cuda:0 NVIDIA H100 PCIe", "H100"},
	    {"cuda:0 NVIDIA H200 NVL", "H200"},
	    {"cuda:0 NVIDIA GH200 480GB", "GH200"},
	    {"cuda:0", "cuda:0"},
	    {"cuda:0 NVIDIA", "cuda:0"},
	    {"cuda:0, driver 1", "cuda:0"},
	    {"cpu (avx512_core), 2", "cpu"},
	    {"cpu", "cpu"},
	    {"", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct history h = {.run = {.device = names[i][0]}};
		struct strbuf out = STRBUF_INIT;
		history_device_name(&h, &out);
		if (strcmp(out.buf, names[i][1]) != 0)
			fail_msg("%s: '%s', not '%s'", names[i][0], out.buf, names[i][1]);
		strbuf_release(&out);
	}
}

static void assert_words(const struct history *h, int brevity, const char *words, const char *heat)
{
	const struct history_device *d = history_device_now(h);
	struct strbuf out = STRBUF_INIT, hot = STRBUF_INIT;
	assert_int_equal(history_device_words(h, d, brevity, &out), *words != 0);
	assert_int_equal(history_device_heat(d, brevity, &hot), *heat != 0);
	assert_string_equal(out.buf, words);
	assert_string_equal(hot.buf, heat);
	strbuf_release(&out);
	strbuf_release(&hot);
}

static void feed_card(struct history *h, struct event_device d)
{
	struct event ev = {.type = EV_DEVICE};
	ev.device = d;
	feed_after(h, &ev, 1000);
}

static void test_card(void **state)
{
	struct history *h = *state;
	feed_run(h, 2, 20);
	feed_card(h, (struct event_device){.cpu = {1.5, true},
					   .cores = 2,
					   .rss = {2e8, true},
					   .card_busy = {0.934, true},
					   .card_memory = {12.3e9, true},
					   .card_total = {85.5e9, true},
					   .celsius = {61, true},
					   .watts = {412.4, true},
					   .clock_mhz = {1980, true}});
	assert_true(history_device_is_card(history_device_now(h)));
	assert_words(h, 0, " 93 %, 12.3/85.5 GB", "61°C, 412 W, 1.98 GHz");
	assert_words(h, 1, " 93 %, 12.3 GB", "61°C, 412 W");
	assert_words(h, 2, " 93 %", "61°C, 412 W");
	feed_card(h, (struct event_device){.card_memory = {950e6, true}, .card_total = {8e9, true}});
	assert_words(h, 0, " 950.0 MB/8.0 GB", "");
	assert_words(h, 2, " 950.0 MB", "");
	feed_card(h, (struct event_device){.card_busy = {0, true}, .watts = {9.6, true}});
	assert_words(h, 0, " 0 %", "10 W");
	struct strbuf lately = STRBUF_INIT;
	history_device_lately(h, 9, &lately);
	assert_string_equal(lately.buf, "█·▁"); /* the second did not tell */
	strbuf_reset(&lately);
	history_device_lately(h, 1, &lately);
	assert_string_equal(lately.buf, "▁");
	strbuf_release(&lately);
	assert_true(history_card_peak(h).valid);
	assert_float_equal(history_card_peak(h).value, 12.3e9, 1);
}

/* What cannot be is not known. */
static void test_no_card(void **state)
{
	struct history *h = *state;
	feed_run(h, 2, 20);
	feed_card(h, (struct event_device){.cpu = {1, true},
					   .cores = 2,
					   .rss = {2e8, true},
					   .card_busy = {1.5, true},
					   .card_memory = {-1, true},
					   .card_total = {INFINITY, true},
					   .celsius = {NAN, true},
					   .watts = {1e300, true},
					   .clock_mhz = {-5, true}});
	assert_false(history_device_is_card(history_device_now(h)));
	assert_words(h, 0, "cpu 50 %, 200.0 MB", "");
	assert_words(h, 2, "", "");
	assert_false(history_card_peak(h).valid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_from_begin_to_end, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_ended_by_what_follows, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_waiting_command, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_left_of_the_run, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_no_eta_where_none_can_be, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_between_epochs, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_machine, set_up, tear_down),
	    cmocka_unit_test(test_names_of_devices),
	    cmocka_unit_test_setup_teardown(test_card, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_no_card, set_up, tear_down),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	strbuf_release(&feed_log);
	return failed;
}
