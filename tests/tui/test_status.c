/* The line that is there on every page at every size, what the run is busy with, the stages folded
 * into a row, and the machine: by keys on a terminal, and as drawn. */
#include "stage.h"

#include "thaw/base/alloc.h"

static const struct {
	int w, h;
} sizes[] = {{80, 24}, {120, 40}, {60, 20}, {200, 60}};
#define N_SIZES (sizeof(sizes) / sizeof(*sizes))

static void put_progress(struct sample *s, enum progress_what what, int64_t done, int64_t total,
			 const char *waits, int64_t after_ms)
{
	struct event ev = {.type = EV_PROGRESS, .progress = {what, done, total, waits}};
	sample_put(s, &ev, after_ms);
}

static void put_device(struct sample *s, double cpu)
{
	struct event ev = {.type = EV_DEVICE,
			   .device = {.iter = 1,
				      .cpu = {cpu, true},
				      .cores = 2,
				      .rss = {412e6, true},
				      .peak_rss = 430000000}};
	sample_put(s, &ev, 5);
}

/* ---- by keys ---- */

/* Every page has it, at every size, while the run goes on and when it has ended. */
static void test_on_every_page(void **state)
{
	(void)state;
	static const char keys[] = "123456";
	for (size_t i = 0; i < N_SIZES; i++) {
		struct stage_run r;
		stage_begin(&r);
		struct pty *p = pty_call(sizes[i].w, sizes[i].h, "xterm-256color", stage_view, &r);
		for (const char *key = keys; *key; key++) {
			const char text[] = {*key, '\0'};
			pty_send(p, text);
			stage_expect(p, "▶ training");
			stage_expect(p, "valid 79.0 %");
			stage_expect(p, "best 79.0 % @4");
			stage_expect(p, "ETA ");
		}
		assert_true(pty_lacks(p, "B/s", WAIT_MS));
		pty_send(p, "1");
		put_progress(&r.sample, PROGRESS_VALID, 0, 500, NULL, 100);
		put_progress(&r.sample, PROGRESS_VALID, 200, 500, NULL, 1000);
		fflush(r.sample.out);
		stage_expect(p, "▶ validating 40 %");
		put_progress(&r.sample, PROGRESS_VALID, 250, 500, "stop", 250);
		fflush(r.sample.out);
		stage_expect(p, "after validation");
		stage_expect(p, "■ stop");
		assert_true(pty_lacks(p, "ETA ", WAIT_MS));
		sample_end(&r.sample, END_STOPPED, "stopped by the user");
		fflush(r.sample.out);
		stage_expect(p, "■ stopped");
		assert_true(pty_lacks(p, "ETA ", WAIT_MS));
		pty_send(p, "q");
		pty_wait_exit(p, WAIT_MS);
		pty_free(p);
		stage_close(&r);
	}
}

/* What can be told as the window shrinks is told whole, and the rest not at all. */
static void test_resized(void **state)
{
	(void)state;
	struct stage_run r;
	stage_begin(&r);
	struct pty *p = pty_call(200, 60, "xterm-256color", stage_view, &r);
	stage_expect(p, "head 5/5 · lr 0.005 · loss ");
	pty_resize(p, 60, 20);
	assert_true(pty_lacks(p, "head 5/5 ·", WAIT_MS));
	stage_expect(p, "valid 79.0 % · best 79.0 % @4 · ETA ");
	pty_resize(p, 40, 12);
	assert_true(pty_lacks(p, "best", WAIT_MS));
	stage_expect(p, "▶ training · valid 79.0 % · ETA ");
	pty_send(p, "q");
	pty_wait_exit(p, WAIT_MS);
	pty_free(p);
	stage_close(&r);
}

/* ---- as drawn ---- */

static char *row_of(const struct history *h, const struct view *v, int w, int height, int row)
{
	char *screen = check_screen(h, v, w, height, true), *at = screen;
	while (row-- > 0)
		at += strcspn(at, "\n") + 1;
	char *out = xstrndup(at, strcspn(at, "\n"));
	free(screen);
	return out;
}

/* Each width shows a choice of the widest's parts, none of them cut. */
static void test_nothing_is_cut(void **state)
{
	(void)state;
	struct history h;
	check_fold(&h, sample_whole);
	h.ended = false; /* as before the last event */
	h.state = RUN_TRAINING;
	struct view v;
	view_init(&v, VIEW_LIVE, "runs/x");
	char *all = row_of(&h, &v, 200, 40, 1);
	assert_non_null(strstr(all, "tune 5/5 · lr 0.0005 cosine · loss"));
	assert_non_null(strstr(all, "best 86.0 % @8 (2 ago)"));
	for (int w = 40; w < 200; w++) {
		char *row = row_of(&h, &v, w, 40, 1), *rest = row, *part;
		assert_null(strstr(row, "…"));
		assert_non_null(strstr(row, "▶ training"));
		while ((part = rest)) {
			rest = strstr(part, " · ");
			if (rest)
				*rest = '\0';
			rest = rest ? rest + strlen(" · ") : NULL;
			if (!strstr(all, part))
				fail_msg("%d columns: \"%s\" is no part of \"%s\"", w, part, all);
		}
		free(row);
	}
	free(all);
	history_release(&h);
}

static void write_start(struct sample *s)
{
	sample_run(s);
	sample_stage(s, STAGE_LOAD, STAGE_DONE, "tiny.weights", "22 layers, 1000 classes");
	sample_stage(s, STAGE_REPLACE, STAGE_STARTED, "1000 classes", "");
	put_progress(s, PROGRESS_FEATURES, 0, 500, NULL, 5);
	put_progress(s, PROGRESS_FEATURES, 100, 500, NULL, 3000);
}

/* The stages have their boxes as long as they are news. */
static void test_stages_fold(void **state)
{
	(void)state;
	struct history h;
	struct view v;
	view_init(&v, VIEW_LIVE, "runs/x");
	check_fold(&h, write_start);
	check_texts(&h, &v, 120, 40,
		    (const char *const[]){"▶ head: features 20 %, ~12s", "→ 22 layers,",
					  "▶ Replace head", NULL});
	check_texts(&h, &v, 60, 20, (const char *const[]){"✓ load  ▶ replace  ○ freeze", NULL});
	history_release(&h);
}

static void write_part(struct sample *s)
{
	sample_begin(s);
	sample_epochs(s, 1, 2);
	sample_steps(s, 3, 0.01, 4);
	put_device(s, 1);
	put_device(s, 1.88);
}

static void test_folded(void **state)
{
	(void)state;
	struct history h;
	struct view v;
	view_init(&v, VIEW_LIVE, "runs/x");
	check_fold(&h, write_part);
	for (size_t i = 0; i < N_SIZES; i++) {
		char *row = row_of(&h, &v, sizes[i].w, sizes[i].h, 2);
		assert_non_null(strstr(row, sizes[i].w < 80 ? "▶ head 3/5  ○ tune"
							    : "▶ Train head 3/5  ○ Fine-tune"));
		free(row);
	}
	char *narrow = row_of(&h, &v, 40, 12, 2);
	assert_non_null(strstr(narrow, "✓ ✓ ✓ ▶ head 3/5 ○"));
	free(narrow);
	history_release(&h);
}

/* No stage runs once the run has ended: it was done, or it failed. */
static void write_failed(struct sample *s)
{
	write_part(s);
	sample_end(s, END_FAILED, "the loss is not finite");
}

static void write_finished(struct sample *s)
{
	write_part(s);
	sample_end(s, END_FINISHED, "all phases are done");
}

static void test_no_stage_runs_after_the_end(void **state)
{
	(void)state;
	static void (*const writes[])(struct sample *) = {write_failed, write_finished, write_part};
	for (int i = 0; i < 3; i++) {
		struct history h;
		struct view v;
		view_init(&v, VIEW_REPLAY, "runs/x");
		v.crashed = i == 2;
		check_fold(&h, writes[i]);
		char *row = row_of(&h, &v, 80, 24, 2);
		assert_null(strstr(row, "▶"));
		assert_non_null(strstr(row, i == 1 ? "✓ Train head" : "✗ Train head"));
		free(row);
		history_release(&h);
	}
}

static void test_machine_is_shown(void **state)
{
	(void)state;
	struct history h;
	struct view v;
	view_init(&v, VIEW_LIVE, "runs/x");
	check_fold(&h, write_part);
	check_texts(&h, &v, 120, 40, (const char *const[]){"cpu 94 %, 412.0 MB", NULL});
	check_texts(&h, &v, 80, 24, (const char *const[]){"cpu 94 %, 412.0 MB", NULL});
	check_texts(&h, &v, 200, 60, (const char *const[]){"2 cores ▅█, peak 430.0 MB", NULL});
	history_release(&h);
}

static void write_card(struct sample *s)
{
	struct event ev = {.type = EV_DEVICE,
			   .device = {.iter = 1,
				      .cpu = {1, true},
				      .cores = 2,
				      .rss = {412e6, true},
				      .card_busy = {0.93, true},
				      .card_memory = {12.3e9, true},
				      .card_total = {85.5e9, true},
				      .celsius = {61, true},
				      .watts = {412, true},
				      .clock_mhz = {1980, true}}};
	write_part(s);
	sample_put(s, &ev, 5);
}

/* The line of a card says as much as there is room for; what it is, in full, the Log page. */
static void test_card_is_shown(void **state)
{
	(void)state;
	static const struct {
		int w, h;
		const char *says[3];
	} at[] = {
	    {200, 60, {"H100 93 %, 12.3/85.5 GB   ▅██ 61°C, 412 W, 1.98 GHz   ", "cpu 50 %, 412.0 MB",
		       "cuda:0 NVIDIA H100 80GB HBM3, 2 threads"}},
	    {120, 40, {"H100 93 %, 12.3/85.5 GB   ▅██ 61°C, 412 W, 1.98 GHz   "}},
	    {100, 24, {"H100 93 %, 12.3/85.5 GB   ▅██ 61°C, 412 W   cache"}},
	    {80, 24, {"H100 93 %, 12.3/85.5 GB   ▅██   cache"}},
	    {72, 24, {"H100 93 %, 12.3 GB   ▅██   cache"}},
	    {66, 24, {"H100 93 %   ▅██   cache"}},
	};
	struct history h;
	struct view v;
	view_init(&v, VIEW_LIVE, "runs/x");
	sample_device = "cuda:0 NVIDIA H100 80GB HBM3, driver 580, tf32";
	check_fold(&h, write_card);
	sample_device = "cpu";
	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++) {
		const char *const texts[] = {at[i].says[0], at[i].says[1], at[i].says[2], NULL};
		check_texts(&h, &v, at[i].w, at[i].h, texts);
	}
	char *plain = check_screen(&h, &v, 120, 40, false);
	assert_non_null(strstr(plain, "H100 93 %, 12.3/85.5 GB   -## 61 C, 412 W, 1.98 GHz"));
	free(plain);
	v.page = PAGE_LOG;
	check_texts(&h, &v, 120, 40,
		    (const char *const[]){
			"computes on cuda:0 NVIDIA H100 80GB HBM3, driver 580, tf32", NULL});
	history_release(&h);
}

/* A replay in the middle of a run shows that moment. */
static void test_moment_of_a_replay(void **state)
{
	(void)state;
	struct history h;
	struct view v;
	view_init(&v, VIEW_REPLAY, "runs/x");
	v.position = 10;
	v.n_events = 1000;
	check_fold(&h, write_part);
	for (size_t i = 0; i < N_SIZES; i++)
		check_texts(&h, &v, sizes[i].w, sizes[i].h,
			    (const char *const[]){"▶ training", "ETA ", NULL});
	v.crashed = true;
	v.position = v.n_events;
	char *screen = check_screen(&h, &v, 120, 40, true);
	assert_non_null(strstr(screen, "✗ crashed"));
	assert_null(strstr(screen, "ETA"));
	free(screen);
	history_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_on_every_page),
	    cmocka_unit_test(test_resized),
	    cmocka_unit_test(test_nothing_is_cut),
	    cmocka_unit_test(test_stages_fold),
	    cmocka_unit_test(test_folded),
	    cmocka_unit_test(test_no_stage_runs_after_the_end),
	    cmocka_unit_test(test_machine_is_shown),
	    cmocka_unit_test(test_card_is_shown),
	    cmocka_unit_test(test_moment_of_a_replay),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
