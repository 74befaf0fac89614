/* Runs beside each other: where their settings differ, what was done to them, their classes, and all of it
 * for other programs. */
#include "courses.h"

#include "thaw/report/comparison_out.h"
#include "thaw/report/figure.h"

#include <cjson/cJSON.h>
#include <locale.h>
#include <stdio.h>

/* ---- settings ---- */

static struct run_settings settings_of(bool whole, const char *const *pairs)
{
	struct run_settings s = {.whole = whole};
	for (; *pairs; pairs += 2)
		run_settings_add(&s, pairs[0], pairs[1]);
	return s;
}

#define SETTINGS(whole, ...) settings_of(whole, (const char *const[]){__VA_ARGS__, NULL})

static bool differs(const struct setting_rows *r, const char *key)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->at[i].key, key) == 0)
			return r->at[i].differs;
	fail_msg("no row %s", key);
	return false;
}

static void settings_differ_by_what_they_are_worth(void **state)
{
	(void)state;
	struct run_settings a =
	    SETTINGS(true, "train.batch", "16", "phases.tune.lr", "0.001", "train.seed", "1",
		     "stop.patience", "3", "data.valid", "0.2");
	struct run_settings b = SETTINGS(true, "train.batch", "16", "phases.tune.lr", "1e-3",
					 "train.seed", "2", "data.valid", "held-out");
	struct run_settings log = SETTINGS(false, "train.batch", "16");
	const struct run_settings *runs[] = {&a, &b, &log};
	struct setting_rows rows;
	setting_rows_make(&rows, runs, 3);
	assert_int_equal(rows.n, 5);
	assert_string_equal(rows.at[0].key, "train.batch"); /* in the order of the first */
	assert_false(differs(&rows, "train.batch"));
	assert_false(differs(&rows, "phases.tune.lr"));
	assert_true(differs(&rows, "train.seed"));
	assert_true(differs(&rows, "stop.patience")); /* the second's settings are whole */
	assert_true(differs(&rows, "data.valid"));
	assert_null(rows.at[2].values[2]);
	setting_rows_release(&rows);
	/* A log that tells less is not different for it. */
	const struct run_settings *two[] = {&a, &log};
	setting_rows_make(&rows, two, 2);
	assert_false(differs(&rows, "stop.patience"));
	setting_rows_release(&rows);
	run_settings_release(&a);
	run_settings_release(&b);
	run_settings_release(&log);
}

static void a_log_tells_what_its_experiment_does_not(void **state)
{
	(void)state;
	struct course_feed f;
	struct run_settings given = SETTINGS(true, "train.batch", "32"), merged;
	feed_init(&f);
	feed_run(&f, 10, 1700000000000);
	run_settings_merge(&merged, &given, &f.course.history);
	assert_string_equal(run_settings_get(&merged, "train.batch"), "32");
	assert_string_equal(run_settings_get(&merged, "train.seed"), "1");
	assert_null(run_settings_get(&merged, "phases.tune.lr")); /* the experiment is whole */
	run_settings_release(&merged);
	run_settings_merge(&merged, NULL, &f.course.history);
	assert_string_equal(run_settings_get(&merged, "train.batch"), "16");
	assert_string_equal(run_settings_get(&merged, "phases.tune.lr"), "0.001");
	assert_string_equal(run_settings_get(&merged, "phases.head.freeze"), "0-3");
	assert_string_equal(run_settings_get(&merged, "network.cfg"), "tiny.cfg");
	run_settings_release(&merged);
	run_settings_release(&given);
	feed_release(&f);
}

/* ---- three runs ---- */

struct three { /* ours, ours steered by hand, and one that only has losses */
	struct course_feed feeds[3];
	struct run_settings settings[3];
	struct comparand runs[3];
};

static void make_three(struct three *t)
{
	static const char *const names[] = {"plain", "by \"hand\", later", "foreign"};
	for (int i = 0; i < 3; i++)
		feed_init(&t->feeds[i]);
	feed_run(&t->feeds[0], 2, 1700000000000);
	feed_run(&t->feeds[1], 2, 1700000500000);
	feed_lr(&t->feeds[0], 0, CAUSE_PHASE, 0, 0.01);
	feed_lr(&t->feeds[1], 1, CAUSE_USER, 0.01, 0.005);
	for (int i = 0; i < 3; i++)
		for (int k = 1; k <= 4; k++) {
			feed_step(&t->feeds[i], k, (k + 1) / 2, k == 3 ? (double)NAN : 1.0 / k,
				  500);
			if (i < 2 && k % 2 == 0)
				feed_classes(&t->feeds[i], k / 2, k, 5 + k / 2, 6 - 2 * i, 9 - i);
		}
	for (int i = 0; i < 3; i++) {
		run_settings_merge(&t->settings[i], NULL, &t->feeds[i].course.history);
		t->runs[i] = (struct comparand){.name = names[i],
						.path = names[i],
						.slot = i,
						.course = &t->feeds[i].course,
						.settings = &t->settings[i],
						.status = RUN_STATUS_FINISHED};
	}
}

static void release_three(struct three *t)
{
	for (int i = 0; i < 3; i++) {
		run_settings_release(&t->settings[i]);
		feed_release(&t->feeds[i]);
	}
}

static const struct sheet_row *row_named(const struct sheet *s, const char *title)
{
	for (size_t i = 0; i < s->n_rows; i++)
		if (strcmp(s->rows[i].title, title) == 0)
			return &s->rows[i];
	fail_msg("no row %s", title);
	return NULL;
}

static void the_sheet_has_blanks_and_no_zeros(void **state)
{
	(void)state;
	struct three t;
	struct sheet s;
	make_three(&t);
	sheet_make(&s, t.runs, 3, false);
	const struct sheet_row *best = row_named(&s, "best accuracy");
	assert_string_equal(best->cells[0], "73.3 %");
	assert_null(best->cells[2]);
	assert_null(row_named(&s, "best macro F1")->cells[2]);
	assert_null(row_named(&s, "interventions")->cells[2]);
	assert_string_equal(row_named(&s, "interventions")->cells[0], "0"); /* of a NaN alone */
	assert_string_equal(row_named(&s, "interventions")->cells[1], "1");
	const struct sheet_row *first = row_named(&s, "1");
	assert_int_equal(first->part, SHEET_INTERVENTIONS);
	assert_string_equal(first->cells[1], "1 learning rate 0.01 -> 0.005 (user)");
	assert_null(first->cells[2]);
	assert_true(s.n_same > 5);
	size_t same = s.n_same, rows = s.n_rows;
	sheet_release(&s);
	sheet_make(&s, t.runs, 3, true);
	assert_int_equal(s.n_rows, rows + same);
	assert_int_equal(s.n_same, 0);
	sheet_release(&s);
	release_three(&t);
}

static void classes_differ_from_the_first_run(void **state)
{
	(void)state;
	struct three t;
	struct class_rows r;
	make_three(&t);
	class_rows_make(&r, t.runs, 3, CLASS_RECALL, false, CLASSES_AS_THEY_ARE, false);
	assert_int_equal(r.n, 3);
	assert_string_equal(r.at[0].name, "daisy");
	near(r.at[0].values[0].value, 0.7);
	near(r.at[1].values[1].value, 0.4);
	near(r.at[1].spread.value, 0.2);
	assert_false(r.at[0].values[2].valid); /* a log without classes */
	assert_int_equal(r.epochs[0], 2);
	assert_int_equal(r.epochs[2], 0);
	class_rows_release(&r);
	class_rows_make(&r, t.runs, 3, CLASS_RECALL, true, CLASSES_BY_DIFFERENCE, false);
	assert_string_equal(r.at[0].name, "rose, \"red\"");
	assert_string_equal(r.at[1].name, "tulip");
	class_rows_release(&r);
	class_rows_make(&r, t.runs, 3, CLASS_RECALL, true, CLASSES_BY_DIFFERENCE, true);
	assert_string_equal(r.at[0].name, "daisy");
	class_rows_release(&r);
	class_rows_make(&r, t.runs, 3, CLASS_RECALL, true, CLASSES_WORST, false);
	assert_string_equal(r.at[0].name, "rose, \"red\"");
	class_rows_release(&r);
	release_three(&t);
}

static void letters_are_slots(void **state)
{
	(void)state;
	bool seen[256] = {false};
	for (int i = 0; i < COMPARISON_MOST; i++) {
		unsigned char letter = (unsigned char)comparison_letter(i);
		assert_true(letter < 0x80 && !seen[letter]);
		seen[letter] = true;
	}
	assert_int_equal(comparison_letter(0), 'a');
	assert_int_equal(comparison_letter(COMPARISON_MOST), '?');
	assert_int_equal(comparison_letter(-1), '?');
}

/* ---- for others ---- */

static char *printed(void (*print)(FILE *out, const struct comparand *runs, size_t n),
		     const struct comparand *runs, size_t n)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	print(out, runs, n);
	fclose(out);
	return text;
}

static const cJSON *member(const cJSON *of, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(of, name);
	if (!m)
		fail_msg("no member %s", name);
	return m;
}

static void json_has_every_point_and_no_absent_figure(void **state)
{
	(void)state;
	struct three t;
	struct json_writer w = JSON_WRITER_INIT;
	make_three(&t);
	comparison_json(&w, t.runs, 3);
	cJSON *all = cJSON_Parse(w.text.buf);
	assert_non_null(all);
	const cJSON *runs = member(all, "runs"), *hand = cJSON_GetArrayItem(runs, 1);
	assert_int_equal(cJSON_GetArraySize(runs), 3);
	assert_string_equal(member(hand, "name")->valuestring, "by \"hand\", later");
	const cJSON *acc = member(member(hand, "figures"), "valid_acc");
	assert_string_equal(member(acc, "by")->valuestring, "epoch");
	assert_int_equal(cJSON_GetArraySize(member(acc, "value")), 2);
	near(cJSON_GetArrayItem(member(acc, "iteration"), 1)->valuedouble, 4);
	const cJSON *loss = member(member(hand, "figures"), "train_loss");
	assert_string_equal(member(loss, "by")->valuestring, "iteration");
	assert_int_equal(cJSON_GetArraySize(member(loss, "value")), 4);
	assert_true(cJSON_IsNull(cJSON_GetArrayItem(member(loss, "value"), 2)));
	near(cJSON_GetArrayItem(member(loss, "epoch"), 0)->valuedouble, 0.5);
	const cJSON *foreign = cJSON_GetArrayItem(runs, 2);
	assert_null(cJSON_GetObjectItem(member(foreign, "figures"), "valid_acc"));
	assert_null(cJSON_GetObjectItem(foreign, "best"));
	assert_null(cJSON_GetObjectItem(foreign, "classes"));
	assert_true(cJSON_IsNull(cJSON_GetArrayItem(
			member(member(member(foreign, "figures"), "train_loss"), "epoch"), 0)) ==
		    0);
	assert_int_equal(cJSON_GetArraySize(member(hand, "interventions")), 1);
	assert_int_equal(cJSON_GetArraySize(member(all, "differ")), 0);
	cJSON_Delete(all);
	strbuf_release(&w.text);
	release_three(&t);
}

/* Fields of one line of CSV, quotes taken away; returns how many. */
static int csv_fields(char *line, char *fields[8])
{
	int n = 0;
	for (char *in = line, *out = line; n < 8; n++) {
		bool quoted = *in == '"';
		fields[n] = out = in += quoted;
		while (*in && (quoted || *in != ',')) {
			if (quoted && *in == '"' && in[1] != '"') {
				in++;
				break;
			}
			in += quoted && *in == '"';
			*out++ = *in++;
		}
		char was = *in;
		*out = '\0';
		in++;
		if (was != ',')
			return n + 1;
	}
	return n;
}

static void csv_is_tidy_and_quoted(void **state)
{
	(void)state;
	struct three t;
	make_three(&t);
	char *text = printed(comparison_csv, t.runs, 3), *rest = text, *line, *fields[8];
	int n = 0, hand = 0, nan = 0, blank = 0;
	line = strsep(&rest, "\n");
	assert_string_equal(line, "run,figure,x_kind,epoch,iteration,seconds,value");
	while ((line = strsep(&rest, "\n")) && *line) {
		assert_int_equal(csv_fields(line, fields), 7);
		assert_non_null(figure_find(fields[1]));
		hand += strcmp(fields[0], "by \"hand\", later") == 0;
		nan += strcmp(fields[6], "nan") == 0;
		blank += !*fields[3];
		n++;
	}
	/* Of each run 4 losses and rates; of two 2 epochs' accuracy and F1. */
	assert_int_equal(n, 3 * 8 + 2 * 4);
	assert_int_equal(hand, 12);
	assert_int_equal(nan, 3);
	assert_int_equal(blank, 0);
	free(text);
	release_three(&t);
}

static void text_has_a_column_a_run(void **state)
{
	(void)state;
	struct three t;
	make_three(&t);
	char *text = printed(comparison_text, t.runs, 3);
	static const char *const want[] = {
	    "best accuracy             73.3 %                    63.3 %\n",
	    "daisy                     70.0                      70.0 (+0.0)\n",
	    "60.0                      40.0 (-20.0)\n", "\n1                                                   1 learning"};
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		if (!strstr(text, want[i]))
			fail_msg("no '%s' in:\n%s", want[i], text);
	free(text);
	text = printed(comparison_text, t.runs, 0);
	free(text);
	release_three(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settings_differ_by_what_they_are_worth),
	    cmocka_unit_test(a_log_tells_what_its_experiment_does_not),
	    cmocka_unit_test(the_sheet_has_blanks_and_no_zeros),
	    cmocka_unit_test(classes_differ_from_the_first_run),
	    cmocka_unit_test(letters_are_slots),
	    cmocka_unit_test(json_has_every_point_and_no_absent_figure),
	    cmocka_unit_test(csv_is_tidy_and_quoted),
	    cmocka_unit_test(text_has_a_column_a_run),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
