/* A sweep as a table, as CSV and as JSON. */
#include "thaw/report/sweep_table.h"

#include "thaw/base/alloc.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct sweep sweep;
static struct run_summary runs[4];
static const struct run_summary *at[4];
static const struct report_sweep report = {.sweep = &sweep, .runs = at};

/* freeze = 0-3,7 and none, seeds 1 and 2; the last has no run, the third goes on. */
static int make(void **state)
{
	(void)state;
	sweep = (struct sweep){.name = xstrdup("fl"), .experiment = xstrdup("/x.yaml")};
	sweep_add(&sweep, "phases.tune.freeze", "0-3,7");
	sweep_add(&sweep, "phases.tune.freeze", "none");
	sweep_add(&sweep, "train.batch", "8");
	sweep_add(&sweep, "train.seed", "1");
	sweep_add(&sweep, "train.seed", "2");
	for (size_t i = 0; i < 3; i++) {
		runs[i] =
		    (struct run_summary){.path = "runs/x",
					 .status = i < 2 ? RUN_STATUS_FINISHED : RUN_STATUS_RUNNING,
					 .best_acc = {0.5 + 0.25 * (double)i, i < 2},
					 .best_epoch = 2,
					 .n_epochs = 3,
					 .epochs = 4,
					 .seconds = 65.5};
		at[i] = &runs[i];
	}
	return 0;
}

static int drop(void **state)
{
	(void)state;
	sweep_release(&sweep);
	return 0;
}

static void has_line(const struct strbuf *text, const char *words)
{
	char line[256] = "", *out = line; /* white space as one blank */
	for (const char *c = text->buf; *c; c++) {
		if (*c == '\n') {
			*out = '\0';
			if (strcmp(line, words) == 0)
				return;
			out = line;
		} else if ((*c != ' ' || (out > line && out[-1] != ' ')) && out < line + 255) {
			*out++ = *c;
		}
	}
	fail_msg("no line '%s' in:\n%s", words, text->buf);
}

static void a_row_a_combination_and_means(void **state)
{
	(void)state;
	struct strbuf text = STRBUF_INIT;
	report_sweep_text(&report, &text);
	has_line(&text, "sweep fl of /x.yaml, 4 runs: 2 finished, 1 running, 1 waiting");
	has_line(&text, "freeze seed STATUS BEST % EPOCHS TIME");
	has_line(&text, "0-3,7 1 finished 50.0 3/4 1m 06s");
	has_line(&text, "0-3,7 2 finished 75.0 3/4 1m 06s");
	has_line(&text, "none 1 running - 3/4 1m 06s");
	has_line(&text, "none 2 waiting - - -");
	has_line(&text, "Means over train.seed:");
	has_line(&text, "freeze FINISHED BEST % +- SD EPOCHS TIME");
	has_line(&text, "0-3,7 2/2 62.5 +- 17.7 3.0 1m 06s");
	has_line(&text, "none 0/2 - - -");
	strbuf_release(&text);
}

static void as_csv(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	report_sweep_csv(out, &report);
	fclose(out);
	assert_string_equal(
	    text,
	    "run,status,phases.tune.freeze,train.seed,best_accuracy,best_epoch,epochs,seconds\n"
	    "\"fl-freeze=0-3,7-seed=1\",finished,\"0-3,7\",1,0.5,2,3,65.5\n"
	    "\"fl-freeze=0-3,7-seed=2\",finished,\"0-3,7\",2,0.75,2,3,65.5\n"
	    "fl-freeze=none-seed=1,running,none,1,,,3,65.5\n"
	    "fl-freeze=none-seed=2,waiting,none,2,,,,\n");
	free(text);
}

static double number(const cJSON *of, const char *key)
{
	const cJSON *v = cJSON_GetObjectItem(of, key);
	assert_true(cJSON_IsNumber(v));
	return v->valuedouble;
}

static void as_json(void **state)
{
	(void)state;
	struct json_writer w = JSON_WRITER_PRETTY;
	report_sweep_json(&w, &report);
	cJSON *all = cJSON_Parse(w.text.buf);
	strbuf_release(&w.text);
	assert_non_null(all);
	const cJSON *run = cJSON_GetArrayItem(cJSON_GetObjectItem(all, "runs"), 1);
	const cJSON *settings = cJSON_GetObjectItem(run, "settings");
	assert_string_equal(cJSON_GetObjectItem(settings, "phases.tune.freeze")->valuestring,
			    "0-3,7");
	assert_null(cJSON_GetObjectItem(settings, "train.batch"));
	assert_true(number(run, "best_accuracy") == 0.75);
	const cJSON *group = cJSON_GetArrayItem(cJSON_GetObjectItem(all, "groups"), 0);
	assert_true(number(cJSON_GetObjectItem(group, "best_accuracy"), "mean") == 0.625);
	assert_true(number(group, "finished") == 2);
	assert_null(cJSON_GetObjectItem(cJSON_GetObjectItem(group, "settings"), "train.seed"));
	const cJSON *fixed = cJSON_GetObjectItem(all, "fixed");
	assert_string_equal(cJSON_GetObjectItem(fixed, "train.batch")->valuestring, "8");
	cJSON_Delete(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_row_a_combination_and_means),
	    cmocka_unit_test(as_csv),
	    cmocka_unit_test(as_json),
	};
	return cmocka_run_group_tests(tests, make, drop);
}
