/* When each step and epoch of a run was told, also where a run went back or another trainer went on. */
#include "../report/courses.h"

#include "thaw/base/file.h"

#include <stdio.h>
#include <unistd.h>

static void steps_told_together_lie_evenly(void **state)
{
	(void)state;
	struct course_feed f;
	double losses[] = {4, 3, 2, 1};
	feed_init(&f);
	feed_run(&f, 10, 1700000000000);
	feed_steps(&f, 1, 1, losses, 4, 1000);
	assert_int_equal(f.course.n_steps, 4);
	for (int i = 0; i < 4; i++)
		near(f.course.step_s[i], 0.25 * (i + 1));
	feed_step(&f, 5, 1, 1, 500);
	near(f.course.step_s[4], 1.5);
	feed_release(&f);
}

/* As many times as the history has steps and epochs, whatever comes. */
static void what_is_dropped_takes_its_times_along(void **state)
{
	(void)state;
	struct course_feed f;
	feed_init(&f);
	feed_run(&f, 2, 1700000000000);
	for (int i = 1; i <= 6; i++) {
		feed_step(&f, i, (i + 1) / 2, 1, 1000);
		if (i % 2 == 0)
			feed_epoch(&f, i / 2, i, 0.5, 1, 1000);
	}
	struct event back = {.type = EV_CONTROL};
	back.control.what = CONTROL_CONTINUED;
	back.control.iter = 3;
	feed(&f, &back, 50000);
	assert_int_equal(f.course.n_steps, f.course.history.n_steps);
	assert_int_equal(f.course.n_steps, 3);
	assert_int_equal(f.course.n_epochs, 1);
	feed_step(&f, 4, 2, 1, 1000);
	feed_epoch(&f, 2, 4, 0.6, 1, 1000);
	near(f.course.step_s[2], 4);
	near(f.course.step_s[3], 60);
	near(f.course.epoch_s[1], 61);
	feed_step(&f, 4, 2, 1, 1000); /* the same again replaces it */
	assert_int_equal(f.course.n_steps, 4);
	near(f.course.step_s[3], 62);
	feed_release(&f);
}

static void each_trainer_has_its_clock(void **state)
{
	(void)state;
	struct course_feed f;
	feed_init(&f);
	assert_true(isnan(course_wall_s(&f.course, 0)));
	feed_run(&f, 10, 1700000000000);
	feed_step(&f, 1, 1, 1, 2000);
	feed_run(&f, 10, 1700009000000); /* at 2 s of the run */
	feed_step(&f, 2, 1, 1, 3000);
	near(course_wall_s(&f.course, 1), 1700000001);
	near(course_wall_s(&f.course, 5), 1700009003);
	feed_release(&f);
}

static void hostile_events_leave_it_whole(void **state)
{
	(void)state;
	static const int64_t iters[] = {5, 0, -3, INT64_MAX, 2147483647, 1, 1, 9, 3};
	struct course_feed f;
	double losses[] = {1, 2, 3};
	feed_init(&f);
	for (size_t i = 0; i < sizeof(iters) / sizeof(*iters); i++) {
		feed_steps(&f, iters[i], 1, losses, i % 3, 10);
		feed_step(&f, iters[i], (int64_t)i, 1, 10);
		feed_epoch(&f, iters[i], iters[8 - i], 2, (double)NAN, 10);
		assert_int_equal(f.course.n_steps, f.course.history.n_steps);
		assert_int_equal(f.course.n_epochs, f.course.history.n_epochs);
	}
	feed_release(&f);
}

/* A log that grows between two looks. */
static void it_is_read_on_where_it_stood(void **state)
{
	(void)state;
	char path[] = P_tmpdir "/thaw-course-XXXXXX";
	int fd = mkstemp(path);
	static const char first[] =
	    "{\"seq\":1,\"t\":0,\"ev\":\"run\",\"version\":1,\"iterations\":5}\n"
	    "{\"seq\":2,\"t\":40,\"ev\":\"step\",\"iter\":1,\"epoch\":1,\"loss\":1}\n{\"seq\":3,";
	static const char rest[] = "\"t\":80,\"ev\":\"step\",\"iter\":2,\"epoch\":1,\"loss\":1}\n";
	struct course c;
	struct errinfo e;
	course_init(&c);
	assert_int_equal(write(fd, first, sizeof(first) - 1), sizeof(first) - 1);
	assert_int_equal(course_open(&c, path, &e), ERR_OK);
	course_read_head(&c);
	assert_true(c.history.has_run);
	assert_int_equal(c.n_steps, 0);
	assert_false(course_read(&c, -1));
	assert_int_equal(c.n_steps, 1);
	assert_true(c.whole && course_progress(&c) < 1);
	assert_int_equal(write(fd, rest, sizeof(rest) - 1), sizeof(rest) - 1);
	uint64_t version = c.version;
	assert_false(course_read(&c, 0));
	assert_int_equal(c.n_steps, 2);
	assert_true(c.version > version);
	near(course_progress(&c), 1);
	near(c.step_s[1], 0.08);
	course_release(&c);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(steps_told_together_lie_evenly),
	    cmocka_unit_test(what_is_dropped_takes_its_times_along),
	    cmocka_unit_test(each_trainer_has_its_clock),
	    cmocka_unit_test(hostile_events_leave_it_whole),
	    cmocka_unit_test(it_is_read_on_where_it_stood),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
