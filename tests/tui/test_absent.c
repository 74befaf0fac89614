/* What a log does not tell is absent on every page: no 0, no nan. */
#include "check.h"

#include "../../src/tui/curves.h"

#include "thaw/base/alloc.h"

/* A run as other programs may log it; what an epoch and a step tell is put in. */
static void fold_odd(struct history *h, const char *step, const char *epoch, int odd_iter,
		     const char *odd_step)
{
	static const char run[] = "{\"seq\":1,\"t\":0,\"ev\":\"run\",\"name\":\"told\","
				  "\"classes\":[\"a\",\"b\"],\"epochs\":3,\"iterations\":4}";
	history_init(h);
	for (int i = 0; i < 16; i++) {
		struct event ev;
		struct strbuf line = STRBUF_INIT;
		int at = i - 1;
		if (i == 0)
			strbuf_addstr(&line, run);
		else if (at % 5 < 4)
			strbuf_addf(
			    &line,
			    "{\"seq\":%d,\"t\":%d,\"ev\":\"step\",\"iter\":%d,\"epoch\":%d%s}",
			    i + 1, i * 100, at / 5 * 4 + at % 5 + 1, at / 5 + 1,
			    at / 5 * 4 + at % 5 + 1 == odd_iter ? odd_step : step);
		else
			strbuf_addf(
			    &line,
			    "{\"seq\":%d,\"t\":%d,\"ev\":\"epoch\",\"epoch\":%d,\"iter\":%d%s}",
			    i + 1, i * 100, at / 5 + 1, at / 5 * 4 + 4, epoch);
		assert_int_equal(event_decode(&ev, line.buf, line.len, NULL), ERR_OK);
		history_apply(h, &ev);
		event_release(&ev);
		strbuf_release(&line);
	}
	assert_int_equal(h->n_epochs, 3);
	assert_int_equal(h->n_steps, 12);
}

static void fold(struct history *h, const char *step, const char *epoch)
{
	fold_odd(h, step, epoch, 0, NULL);
}

/* One page as text; the caller frees it. */
static char *page(const struct history *h, enum page which, int w, int height, bool utf8)
{
	struct view v;
	view_init(&v, VIEW_REPLAY, "told");
	v.page = which;
	return check_screen(h, &v, w, height, utf8);
}

static const struct {
	const char *step, *epoch;
} logs[] = {
    {"", ""},
    {",\"loss\":0.5", ""},
    {",\"lr\":0.125", ",\"train\":{\"acc\":0.5}"},
    {",\"ips\":40", ",\"valid\":{\"loss\":0.75},\"lr\":0.125"},
    {"", ",\"valid\":{\"acc\":0.75},\"seconds\":{\"valid\":2}"},
};

static void no_page_makes_it_up(void **state)
{
	(void)state;
	static const char *const made_up[] = {"nan", "0 img/s", "inf", " 0.000", " 0.0 ", "lr 0 "};
	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++) {
		struct history h;
		fold(&h, logs[i].step, logs[i].epoch);
		for (int p = 0; p < PAGE_N; p++)
			for (int k = 0; k < 8; k++) {
				char *screen = page(&h, (enum page)p, k % 4 < 2 ? 80 : 160,
						    k < 4 ? 24 : 50, k % 2);
				for (size_t m = 0; m < sizeof(made_up) / sizeof(*made_up); m++)
					if (strstr(screen, made_up[m]) &&
					    !(m == 1 && strstr(screen, "40 img/s")))
						fail_msg("log %zu: \"%s\" is made up:\n%s", i,
							 made_up[m], screen);
				free(screen);
			}
		history_release(&h);
	}
}

static void a_row_has_dashes(void **state)
{
	(void)state;
	struct history h;
	struct view v;
	view_init(&v, VIEW_REPLAY, "told");
	fold(&h, "", ",\"train\":{\"loss\":0.375}");
	check_texts(&h, &v, 160, 50,
		    (const char *const[]){"0.375      -         -          -        -      -",
					  "⠤⠤ train 0.375 ● valid -", "the log does not tell it",
					  NULL});
	v.cross = true;
	v.cross_iter = 4;
	check_texts(&h, &v, 160, 50,
		    (const char *const[]){"epoch 1 · loss - · validation -, - % · lr -", NULL});
	history_release(&h);
}

/* Another program's log without an accuracy: the table has no column of it, and no title without a cell. */
static void what_is_never_told_has_no_column(void **state)
{
	(void)state;
	struct history h;
	struct view v;
	view_init(&v, VIEW_REPLAY, "told");
	fold(&h, ",\"loss\":0.5", ",\"train\":{\"loss\":0.375},\"valid\":{\"loss\":0.75}");
	char *ours = check_screen(&h, &v, 160, 50, true);
	h.run.format = xstrdup("timm");
	v.lacks = view_lacks(&h);
	char *theirs = check_screen(&h, &v, 160, 50, true);
	for (size_t i = 0; i < 2; i++) {
		assert_true(strstr(ours, (const char *const[]){"acc %", "phase"}[i]) != NULL);
		assert_null(strstr(theirs, (const char *const[]){"acc %", "phase"}[i]));
	}
	assert_non_null(strstr(theirs, "val loss"));
	free(ours);
	free(theirs);
	history_release(&h);
}

/* A run that does not say how long it is to be. */
static void a_plan_is_not_made_up(void **state)
{
	(void)state;
	struct history h;
	struct view v;
	view_init(&v, VIEW_REPLAY, "told");
	fold(&h, "", "");
	h.run.epochs = h.run.iterations = 0;
	check_texts(&h, &v, 120, 40, (const char *const[]){"epoch 3  iter 12 ", NULL});
	history_release(&h);
}

static struct opt_double loss_of(const struct history_epoch *e)
{
	return e->valid.loss;
}

static void a_curve_has_a_gap(void **state)
{
	(void)state;
	struct history h;
	fold_odd(&h, ",\"loss\":0.5", ",\"valid\":{\"loss\":0.75}", 6, "");
	h.epochs[1].valid.loss = (struct opt_double){0};
	struct series epochs = epoch_series(&h, loss_of, (struct range){0, 3, true}, 0);
	assert_int_equal(epochs.n, 3);
	assert_true(isnan(epochs.y[1]) && !epochs.known[1] && epochs.known[0]);
	assert_false(series_at(&epochs, 2).valid);
	assert_true(series_at(&epochs, 3).valid);
	struct series steps = step_series(&h, STEP_LOSS, (struct range){0, 3, true}, 12, 0);
	size_t gaps = 0;
	for (size_t i = 0; i < steps.n; i++)
		gaps += isnan(steps.y[i]) && !steps.known[i];
	assert_int_equal(gaps, 1);
	series_free(&steps);
	history_release(&h); /* one that was not finite leaves one too, and is known */
	fold_odd(&h, ",\"loss\":0.5", "", 6, ",\"loss\":\"nan\"");
	steps = step_series(&h, STEP_LOSS, (struct range){0, 3, true}, 12, 0);
	for (size_t i = 0; i < steps.n; i++)
		assert_true(steps.known[i]);
	series_free(&steps);
	series_free(&epochs);
	history_release(&h);
}

int main(void)
{
	setlocale(LC_ALL, "C.UTF-8");
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_page_makes_it_up),
	    cmocka_unit_test(a_row_has_dashes),
	    cmocka_unit_test(what_is_never_told_has_no_column),
	    cmocka_unit_test(a_plan_is_not_made_up),
	    cmocka_unit_test(a_curve_has_a_gap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
