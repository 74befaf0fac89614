/* A recorded run with accidents (tests/recorded/accidents.sh), folded event by event: what was gone
 * back from is gone, and nothing runs backwards. */
#include "thaw/base/alloc.h"
#include "thaw/event/log_reader.h"
#include "thaw/history/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define LOG "tests/recorded/accidents.jsonl"

static void check_order(const struct history *h)
{
	for (size_t i = 1; i < h->n_steps; i++)
		assert_true(history_step_at(h, i).iter > history_step_at(h, i - 1).iter);
	for (size_t i = 1; i < h->n_epochs; i++) {
		assert_true(h->epochs[i].epoch > h->epochs[i - 1].epoch);
		assert_true(h->epochs[i].iter > h->epochs[i - 1].iter);
	}
	for (size_t i = 0; i < h->n_markers; i++)
		assert_true(h->markers[i].iter <= h->iter);
	for (size_t i = 1; i < h->n_points; i++)
		assert_true(h->points[i].iter > h->points[i - 1].iter);
	assert_true(h->phase < (int64_t)h->n_phases);
	assert_int_equal(history_digests_changed(h), 0);
}

static size_t n_marked(const struct history *h, enum marker_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < h->n_markers; i++)
		n += h->markers[i].kind == kind;
	return n;
}

/* What the fold of all events up to one tells, at the moments that matter. */
static void look(const struct history *h, const struct event *ev, int64_t *asked, int64_t *back_to)
{
	if (ev->type != EV_CONTROL)
		return;
	if (ev->control.why) {
		++*asked;
		assert_true(h->trouble.on && h->state == RUN_PAUSED);
		assert_string_equal(h->trouble.why, ev->control.why);
		assert_string_equal(h->trouble.undo, "");
		assert_true(h->trouble.wait.valid);
		assert_int_equal(h->phase, 1);
	} else if (ev->control.what == CONTROL_BACK) {
		*back_to = ev->control.iter;
		assert_int_equal(h->iter, ev->control.iter);
		assert_int_equal(history_step_at(h, h->n_steps - 1).iter, ev->control.iter);
		assert_int_equal(h->epochs[h->n_epochs - 1].iter, ev->control.iter);
		assert_int_equal(h->phase, 0); /* the end of the first phase's last epoch */
		assert_int_equal(h->markers[h->n_markers - 1].kind, MARK_BACK);
	} else {
		assert_false(h->trouble.on);
	}
}

static void nothing_runs_backwards(void **state)
{
	(void)state;
	struct history h;
	struct log_reader *r;
	struct event ev;
	struct errinfo e;
	int64_t asked = 0, back_to = -1;
	history_init(&h);
	assert_int_equal(log_reader_open(&r, LOG, &e), ERR_OK);
	while (log_reader_next(r, &ev, &e) == LOG_EVENT) {
		history_apply(&h, &ev);
		check_order(&h);
		look(&h, &ev, &asked, &back_to);
		event_release(&ev);
	}
	log_reader_close(r);
	assert_int_equal(asked, 2);
	assert_true(back_to > 0);
	assert_int_equal(h.n_back, 1);
	assert_int_equal(n_marked(&h, MARK_BACK), 1);
	assert_true(n_marked(&h, MARK_NONFINITE) >= 3);
	assert_true(h.ended && h.end.status == END_FINISHED);
	history_release(&h);
}

/* A spike is there, and what was taken back is told in words. */
static void the_slip_is_told(void **state)
{
	(void)state;
	struct history h;
	struct log_reader *r;
	struct event ev;
	struct errinfo e;
	bool told = false;
	double most = 0;
	history_init(&h);
	assert_int_equal(log_reader_open(&r, LOG, &e), ERR_OK);
	while (log_reader_next(r, &ev, &e) == LOG_EVENT) {
		history_apply(&h, &ev);
		event_release(&ev);
	}
	log_reader_close(r);
	for (size_t i = 0; i < h.n_steps; i++)
		most = history_step_at(&h, i).loss.value > most ? history_step_at(&h, i).loss.value : most;
	for (size_t i = 0; i < h.n_markers; i++)
		told = told || strstr(h.markers[i].text, "taken back to 0.05");
	assert_true(most > 1e4);
	assert_true(told);
	history_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_runs_backwards),
	    cmocka_unit_test(the_slip_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
