/* Which rows the epoch table shows: at every height, length and place of scrolling. */
#include "check.h"

#include "../../src/tui/epoch_rows.h"

enum { MOST_ROWS = 40 };

static bool shows(const struct epoch_row *rows, int n, int epoch)
{
	for (int i = 0; i < n; i++)
		if (rows[i].first == epoch && rows[i].last == epoch)
			return true;
	return false;
}

/* Ascending, within the run; each epoch at most once but the best, which stands below its group
 * too. Returns how many epochs the rows hold. */
static int check_order(const struct epoch_table *t, const struct epoch_row *rows, int n)
{
	int next = 0, held = 0;
	for (int i = 0; i < n; i++) {
		bool again = rows[i].first == t->best && rows[i].last == t->best && i > 0 &&
			     rows[i - 1].first <= t->best && rows[i - 1].last >= t->best;
		assert_true(rows[i].first <= rows[i].last && rows[i].last < t->n);
		assert_true(again || rows[i].first >= next);
		next = again ? next : rows[i].last + 1;
		held += again ? 0 : rows[i].last - rows[i].first + 1;
	}
	return held;
}

/* The best and the newest are in sight wherever one looks; with groups the whole run is. */
static void test_all_in_sight(void **state)
{
	(void)state;
	static const int lengths[] = {1, 2, 5, 12, 40, 99, 100, 101, 500, 5000};
	struct epoch_row rows[MOST_ROWS];
	for (size_t k = 0; k < sizeof(lengths) / sizeof(*lengths); k++)
		for (int height = 1; height < MOST_ROWS; height++)
			for (int part = -1; part <= 20; part++) {
				struct epoch_table t = {.n = lengths[k], .rows = height};
				int first, end;
				t.best = part < 0 ? -1 : (int)((long)t.n * (part * 7 % 21) / 21);
				t.end = t.n * (part + 1) / 20;
				int n = epoch_rows(&t, rows, &first, &end);
				assert_true(n >= 1 && n <= height);
				assert_true(0 <= first && first < end && end <= t.n);
				int held = check_order(&t, rows, n);
				if (height >= 3) {
					assert_true(shows(rows, n, t.n - 1));
					assert_true(t.best < 0 || shows(rows, n, t.best));
				}
				if (t.n <= height || (height >= 6 && t.n >= EPOCHS_GROUPED))
					assert_int_equal(held, t.n);
				for (int i = first; i < end && height >= 3; i++)
					assert_true(shows(rows, n, i));
			}
}

/* Most of the rows are single epochs, and what is scrolled to is among them. */
static void test_scrolled_to(void **state)
{
	(void)state;
	struct epoch_row rows[MOST_ROWS];
	for (int to = 20; to <= 500; to++) {
		struct epoch_table t = {500, to, 371, 16};
		int first, end, n = epoch_rows(&t, rows, &first, &end);
		assert_true(shows(rows, n, to - 1));
		assert_true(end - first >= 6);
	}
}

/* Few epochs are not grouped: they are scrolled. */
static void test_few_are_single(void **state)
{
	(void)state;
	struct epoch_row rows[MOST_ROWS];
	struct epoch_table t = {40, 40, 3, 11};
	int first, end, n = epoch_rows(&t, rows, &first, &end);
	assert_int_equal(n, 11);
	assert_int_equal(first, 30);
	assert_true(rows[0].first == 3 && rows[0].last == 3);
	for (int i = 1; i < n; i++)
		assert_true(rows[i].first == rows[i].last && rows[i].first == 29 + i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_in_sight),
	    cmocka_unit_test(test_scrolled_to),
	    cmocka_unit_test(test_few_are_single),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
