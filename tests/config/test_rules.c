/* The settings of rules: written, read back, and every mistake with its place. */
#include "thaw/config/experiment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Three lines before what is tested. */
#define HEAD                                                                                       \
	"network: {cfg: /a.cfg, weights: /a.weights}\ndata: {images: /pictures}\n"                 \
	"phases: [{name: one, epochs: 3, lr: 0.01}]\n"

static struct experiment *good(const char *yaml)
{
	struct experiment *x = NULL;
	struct errinfo e = {.msg = ""};
	if (experiment_parse(&x, "plan.yaml", yaml, strlen(yaml), NULL, 0, &e))
		fail_msg("%s", e.msg);
	return x;
}

static void without_any_nothing_is_ruled(void **state)
{
	(void)state;
	struct experiment *x = good(HEAD);
	const struct until_config *u = &x->phases[0].until;
	assert_int_equal(x->stop.patience, 0);
	assert_int_equal(x->plateau.patience, 0);
	assert_true(u->acc == 0 && u->loss == 0 && u->f1 == 0);
	assert_string_equal(u->recall, "");
	assert_string_equal(x->train.best, "accuracy");
	assert_string_equal(x->stop.metric, "best");
	experiment_free(x);
}

static void check_rules(const struct experiment *x)
{
	assert_int_equal(x->stop.patience, 5);
	assert_true(x->stop.min_delta == 0.002);
	assert_string_equal(x->stop.metric, "recall:a rose");
	assert_int_equal(x->stop.ends, STOP_ENDS_PHASE);
	assert_int_equal(x->plateau.patience, 3);
	assert_true(x->plateau.factor == 0.1);
	assert_string_equal(x->plateau.metric, "accuracy");
	assert_int_equal(x->plateau.cooldown, 2);
	assert_string_equal(x->train.best, "f1");
	assert_true(x->phases[0].until.acc == 0.9);
	assert_string_equal(x->phases[0].until.recall, "{\"a rose\": 0.8}");
	assert_true(x->phases[1].until.loss == 0.3);
	assert_string_equal(x->phases[1].name, "two");
}

static void what_is_written_is_read_back(void **state)
{
	(void)state;
	static const char yaml[] =
	    "network: {cfg: /a.cfg, weights: /a.weights}\ndata: {images: /pictures}\n"
	    "train: {best: f1}\n"
	    "stop: {patience: 5, min_delta: 0.002, metric: \"recall:a rose\", ends: phase}\n"
	    "plateau: {factor: 0.1, patience: 3, metric: acc, cooldown: 2}\n"
	    "phases:\n  - {name: one, epochs: 3, lr: 0.01, until: {acc: 0.9, recall: {a rose: "
	    "0.8}}}\n"
	    "  - name: two\n    epochs: 3\n    lr: 0.01\n    until:\n      loss: 0.3\n";
	struct strbuf once = STRBUF_INIT, twice = STRBUF_INIT;
	struct experiment *x = good(yaml), *again;
	check_rules(x);
	experiment_write(x, &once);
	assert_non_null(strstr(once.buf, "    until:\n      acc: 0.9\n"));
	again = good(once.buf);
	check_rules(again);
	experiment_write(again, &twice);
	assert_string_equal(once.buf, twice.buf);
	strbuf_release(&once);
	strbuf_release(&twice);
	experiment_free(x);
	experiment_free(again);
}

static const struct {
	const char *yaml, *set;
	const char *begins, *says;
} wrong[] = {
    {HEAD "stop: {patience: -1}\n", NULL, "plan.yaml:4:18: ", "a whole number from 0"},
    {HEAD "stop: {patients: 3}\n", NULL, "plan.yaml:4:8: ", "did you mean 'stop.patience'?"},
    {HEAD "stop: 3\n", NULL, "plan.yaml:4:7: ", "must be a group of keys"},
    {HEAD "stop: {metric: f2}\n", NULL, "plan.yaml:4:16: ", "did you mean 'f1'?"},
    {HEAD "stop: {metric: recall}\n", NULL, "plan.yaml:4:16: ", "recall: and the name of a class"},
    {HEAD "stop: {ends: all}\n", NULL, "plan.yaml:4:14: ", "one of run, phase"},
    {HEAD "plateau: {factor: 1}\n", NULL, "plan.yaml:4:19: ", "from 0.01 to 0.99"},
    {HEAD "train: {best: best}\n", NULL, "plan.yaml:4:15: ", "accuracy, loss, f1, or recall:"},
    {HEAD, "phases.one.until.acc=90 %", "--set phases.one.until.acc=90 %: ", "from 0 to 1"},
    {HEAD, "phases.one.until.recall={a: 1.5}",
     "--set phases.one.until.recall={a: 1.5}: ", "'1.5' is no share"},
    {HEAD, "phases.one.until.recall=0.9", "--set phases.one.until.recall=0.9: ", "{rose: 0.8}"},
    {HEAD, "phases.one.until=0.9", "--set phases.one.until=0.9: ", "is a group of settings"},
    {HEAD, "phases.one.until.accuracy=0.9", "--set phases.one.until.accuracy=0.9: ", "unknown key"},
};

static void mistakes_have_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct experiment *x;
		struct errinfo e = {.msg = ""};
		enum err r = experiment_parse(&x, "plan.yaml", wrong[i].yaml, strlen(wrong[i].yaml),
					      &wrong[i].set, wrong[i].set != NULL, &e);
		if (!r || strncmp(e.msg, wrong[i].begins, strlen(wrong[i].begins)) != 0 ||
		    !strstr(e.msg, wrong[i].says))
			fail_msg("case %zu: %s", i, e.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_any_nothing_is_ruled),
	    cmocka_unit_test(what_is_written_is_read_back),
	    cmocka_unit_test(mistakes_have_places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
