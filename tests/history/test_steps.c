/* Iterations that are told together are the same as told one by one, whatever comes between. */
#include "fold.h"

#include "thaw/base/rng.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { MOST = 40, TURNS = 400 };

static uint64_t drawn;

static uint64_t draw(uint64_t n)
{
	return rng_below(5, drawn++, n);
}

struct pack {
	struct event_steps steps;
	double loss[MOST], lr[MOST];
};

/* Loss and rate change or stay, are lost, wild, or not told. */
static void fill(struct pack *p, int64_t iter, int64_t epoch)
{
	size_t n = 1 + (size_t)draw(MOST);
	p->steps = (struct event_steps){.iter = iter, .epoch = epoch, .loss = p->loss, .n_loss = n};
	p->steps.lr = p->lr;
	p->steps.n_lr = draw(3) == 0 ? 0 : draw(2) ? 1 : n;
	p->steps.ips = (struct opt_double){draw(2) ? 64 : 128, draw(4) > 0};
	p->steps.wait = (struct opt_double){0.25, draw(4) > 0};
	for (size_t i = 0; i < n; i++) {
		p->loss[i] = draw(60) == 0 ? NAN : draw(60) == 0 ? 1e6 : (double)draw(100) / 64;
		p->lr[i] = draw(2) ? 0.5 : 0.125;
	}
}

static void put(struct history *h, struct event *ev)
{
	ev->seq = h->seq + 1;
	ev->t_ms = h->t_ms + 100;
	history_apply(h, ev);
}

/* The same to both; the second one hears of each iteration by itself. */
static void put_both(struct history *together, struct history *alone, const struct pack *p)
{
	struct event ev = {.type = EV_STEPS, .steps = p->steps};
	put(together, &ev);
	for (size_t i = 0; i < p->steps.n_loss; i++) {
		struct event one = {.type = EV_STEP, .step = event_steps_at(&p->steps, i)};
		put(alone, &one);
	}
}

static void put_back(struct history *together, struct history *alone, int64_t iter)
{
	struct history *both[] = {together, alone};
	for (int i = 0; i < 2; i++) {
		struct event ev = {.type = EV_CONTROL,
				   .control = {.what = CONTROL_BACK, .iter = iter}};
		put(both[i], &ev);
	}
}

static void want_same(const struct opt_double a, const struct opt_double b)
{
	assert_int_equal(a.valid, b.valid);
	assert_true(a.value == b.value || (isnan(a.value) && isnan(b.value)));
}

static void want_same_steps(const struct history *a, const struct history *b)
{
	assert_int_equal(a->n_steps, b->n_steps);
	assert_int_equal(a->n_markers, b->n_markers);
	assert_int_equal(a->iter, b->iter);
	assert_int_equal(a->epoch, b->epoch);
	want_same(a->lr, b->lr);
	size_t spell = 0;
	for (size_t i = 0; i < a->n_steps; i++) {
		struct history_step one = history_step_next(a, i, &spell),
				    two = history_step_at(b, i);
		assert_int_equal(one.iter, two.iter);
		assert_int_equal(one.epoch, two.epoch);
		assert_int_equal(one.wild, two.wild);
		want_same(one.loss, two.loss);
		want_same(one.lr, two.lr);
		want_same(one.ips, two.ips);
		want_same(one.wait, two.wait);
	}
	double share[2] = {0};
	assert_int_equal(history_wait(a, a->n_steps, &share[0]),
			 history_wait(b, b->n_steps, &share[1]));
	assert_float_equal(share[0], share[1], 1e-9);
}

static void told_together_or_alone(void **state)
{
	(void)state;
	struct history together, alone;
	history_init(&together);
	history_init(&alone);
	int64_t iter = 1;
	for (int64_t turn = 0; turn < TURNS; turn++) {
		struct pack p;
		fill(&p, iter, 1 + turn / 10);
		put_both(&together, &alone, &p);
		iter += (int64_t)p.steps.n_loss;
		uint64_t next = draw(12);
		if (next == 0)
			iter += 5; /* lines were lost */
		if (next == 1)     /* another trainer took up an earlier state without saying so */
			iter -= (int64_t)draw((uint64_t)(iter < 60 ? iter : 60));
		if (next == 2) {
			iter -= (int64_t)draw((uint64_t)(iter < 60 ? iter : 60));
			put_back(&together, &alone, iter - 1);
		}
	}
	want_same_steps(&together, &alone);
	assert_true(together.n_steps > MOST * 10);
	history_release(&together);
	history_release(&alone);
}

/* Found by iteration as looking at each finds it. */
static void found_by_iteration(void **state)
{
	(void)state;
	struct history h;
	history_init(&h);
	int64_t iter = 1;
	for (int turn = 0; turn < 30; turn++) {
		struct pack p;
		fill(&p, iter, 1);
		struct event ev = {.type = EV_STEPS, .steps = p.steps};
		put(&h, &ev);
		iter += (int64_t)(p.steps.n_loss + draw(4));
	}
	for (int64_t want = -1; want < iter + 3; want++) {
		size_t i = 0;
		while (i < h.n_steps && history_step_at(&h, i).iter < want)
			i++;
		assert_int_equal(history_step_from(&h, want), i);
	}
	assert_int_equal(history_step_from(&h, INT64_MAX), h.n_steps);
	history_release(&h);
}

static void odd_ones_are_left_out(void **state)
{
	(void)state;
	double loss[] = {1, 2}, lr[] = {3};
	struct event_steps odd[] = {{.iter = -1, .loss = loss, .n_loss = 2},
				    {.iter = 1, .loss = loss, .n_loss = 0},
				    {.iter = RECORD_COUNT_MAX, .loss = loss, .n_loss = 2}};
	struct history h;
	history_init(&h);
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		struct event ev = {.type = EV_STEPS, .steps = odd[i]};
		put(&h, &ev);
	}
	assert_int_equal(h.n_steps, 0);
	struct event last = {.type = EV_STEPS,
			     .steps = {.iter = RECORD_COUNT_MAX - 1,
				       .loss = loss,
				       .n_loss = 2,
				       .lr = lr,
				       .n_lr = 1,
				       .ips = {DBL_MAX, true}}};
	put(&h, &last);
	assert_int_equal(h.n_steps, 2);
	assert_int_equal(history_step_at(&h, 1).iter, RECORD_COUNT_MAX);
	assert_true(history_step_at(&h, 1).lr.value == 3);
	history_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(told_together_or_alone),
	    cmocka_unit_test(found_by_iteration),
	    cmocka_unit_test(odd_ones_are_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
