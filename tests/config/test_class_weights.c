/* train.class_weights: words and maps, from a file and from --set, every mistake with its place. */
#include "thaw/config/class_weights.h"
#include "thaw/config/experiment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Three lines before what is tested. */
#define HEAD                                                                                       \
	"network: {cfg: /a.cfg, weights: /a.weights}\ndata: {images: /pictures}\n"                 \
	"phases: [{name: one, epochs: 3, lr: 0.01}]\n"

static enum err parse(struct experiment **x, const char *yaml, const char *set, struct errinfo *e)
{
	return experiment_parse(x, "plan.yaml", yaml, strlen(yaml), &set, set != NULL, e);
}

static struct experiment *good(const char *yaml, const char *set)
{
	struct experiment *x = NULL;
	struct errinfo e = {.msg = ""};
	if (parse(&x, yaml, set, &e))
		fail_msg("%s", e.msg);
	return x;
}

static void holds(const char *yaml, const char *set, const char *text)
{
	struct experiment *x = good(yaml, set), *again;
	struct strbuf written = STRBUF_INIT;
	assert_string_equal(x->train.class_weights, text);
	experiment_write(x, &written);
	again = good(written.buf, NULL);
	assert_string_equal(again->train.class_weights, text);
	strbuf_release(&written);
	experiment_free(x);
	experiment_free(again);
}

static void words_and_maps(void **state)
{
	(void)state;
	static const char map[] = "{\"daisy\": 2, \"a rose\": 0.5}";
	holds(HEAD, NULL, "");
	holds(HEAD "train: {class_weights: none}\n", NULL, "");
	holds(HEAD "train: {class_weights: balanced}\n", NULL, "balanced");
	holds(HEAD "train: {class_weights: {daisy: 2, a rose: 0.5}}\n", NULL, map);
	holds(HEAD "train:\n  class_weights:\n    daisy: 2\n    \"a rose\": .5\n", NULL, map);
	holds(HEAD, "train.class_weights={daisy: 2, 'a rose': 5e-1}", map);
	holds(HEAD "train: {class_weights: {tulip: 3}}\n", "train.class_weights=none", "");
	holds(HEAD "train: {class_weights: {tulip: 3}}\n", "train.class_weights=balanced",
	      "balanced");
	holds(HEAD "train: {class_weights: balanced}\n",
	      "train.class_weights={daisy: 2, a rose: 0.5}", map);
	holds(HEAD "train: {class_weights: {0: 1, 1.5: 2, \"a.b\": 3}}\n", NULL,
	      "{\"0\": 1, \"1.5\": 2, \"a.b\": 3}");
	holds(HEAD "train: {class_weights: {\"say \\\"a\\\\\": 1e6, é: 1e-6}}\n", NULL,
	      "{\"say \\\"a\\\\\": 1000000, \"é\": 1e-6}");
}

static void names_come_back(void **state)
{
	(void)state;
	struct experiment *x =
	    good(HEAD "train: {class_weights: {\"q\\\"}, {\": 2, \"back\\\\\": 0.25}}\n", NULL);
	const char *at = x->train.class_weights;
	struct strbuf name = STRBUF_INIT;
	double weight;
	assert_true(class_weight_next(&at, &name, &weight));
	assert_string_equal(name.buf, "q\"}, {");
	assert_true(weight == 2);
	assert_true(class_weight_next(&at, &name, &weight));
	assert_string_equal(name.buf, "back\\");
	assert_true(weight == 0.25);
	assert_false(class_weight_next(&at, &name, &weight));
	assert_true(class_weights_are_map(x->train.class_weights));
	strbuf_release(&name);
	experiment_free(x);
}

/* Where each class was named, for who knows the classes. */
static void names_have_places(void **state)
{
	(void)state;
	static const char yaml[] = HEAD "train:\n  class_weights: {daisy: 2,\n    a.rose: 3}\n";
	struct experiment *x = good(yaml, NULL);
	assert_string_equal(experiment_where(x, "train.class_weights.daisy"), "plan.yaml:5:19");
	assert_string_equal(experiment_where(x, "train.class_weights.a.rose"), "plan.yaml:6:5");
	experiment_free(x);
	x = good(yaml, "train.class_weights={daisy: 1, tulip: 2}");
	assert_string_equal(experiment_where(x, "train.class_weights.daisy"),
			    "--set train.class_weights={daisy: 1, tulip: 2}");
	assert_string_equal(experiment_where(x, "train.class_weights.tulip"),
			    "--set train.class_weights={daisy: 1, tulip: 2}");
	experiment_free(x);
}

#define MAP(text) HEAD "train: {class_weights: " text "}\n"

static const struct {
	const char *yaml, *set;
	const char *begins, *says;
} wrong[] = {
    {MAP("balance"), NULL, "plan.yaml:4:24: ", "did you mean 'balanced'?"},
    {MAP("2"), NULL, "plan.yaml:4:24: ", "none, balanced"},
    {MAP("[a, b]"), NULL, "plan.yaml:4:24: ", "not a list"},
    {MAP("{}"), NULL, "plan.yaml:4:24: ", "an empty map"},
    {MAP("\"{a: 1}\""), NULL, "plan.yaml:4:24: ", "none, balanced"},
    {MAP("{daisy: 0}"), NULL, "plan.yaml:4:32: ", "daisy: '0' is no weight"},
    {MAP("{daisy: -0.0}"), NULL, "plan.yaml:4:32: ", "above 0"},
    {MAP("{daisy: -2}"), NULL, "plan.yaml:4:32: ", "above 0"},
    {MAP("{daisy: 1e-7}"), NULL, "plan.yaml:4:32: ", "from 1e-6"},
    {MAP("{daisy: 1e7}"), NULL, "plan.yaml:4:32: ", "to 1e6"},
    {MAP("{daisy: .nan}"), NULL, "plan.yaml:4:32: ", "'.nan' is no weight"},
    {MAP("{daisy: .inf}"), NULL, "plan.yaml:4:32: ", "'.inf' is no weight"},
    {MAP("{daisy: \"2\"}"), NULL, "plan.yaml:4:32: ", "must be a number"},
    {MAP("{daisy: {a: 1}}"), NULL, "plan.yaml:4:32: ", "must be a number"},
    {MAP("{daisy: }"), NULL, "plan.yaml:4:32: ", "must be a number"},
    {MAP("{daisy:2}"), NULL, "plan.yaml:4:32: ", "a space goes behind the ':'"},
    {MAP("{daisy: 1, rose: 2, daisy: 3}"), NULL, "plan.yaml:4:44: ", "given twice"},
    {MAP("{[a]: 1}"), NULL, "plan.yaml:4:25: ", "named by a word"},
    {MAP("{\"a\\u0007\": 1}"), NULL, "plan.yaml:4:25: ", "named by a word"},
    {HEAD, "train.class_weights={a: 1", "--set train.class_weights={a: 1: ", "not a map"},
    {HEAD, "train.class_weights={a: 1} x", "--set train.class_weights={a: 1} x: ", "not a map"},
    {HEAD, "train.class_weights={a: no}",
     "--set train.class_weights={a: no}: ", "'no' is no weight"},
    {HEAD, "train.class_weights=", "--set train.class_weights=: ", "none, balanced"},
    {HEAD, "train.class_weights.a=1",
     "--set train.class_weights.a=1: ", "did you mean 'train.class_weights'?"},
    {MAP("{a: 1}"), "train.class_weights={b: 0}", "--set train.class_weights={b: 0}: ", "b: '0'"},
};

static void mistakes_have_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct experiment *x = NULL;
		struct errinfo e = {.msg = ""};
		if (!parse(&x, wrong[i].yaml, wrong[i].set, &e))
			fail_msg("row %zu was taken: %s", i, x->train.class_weights);
		if (strncmp(e.msg, wrong[i].begins, strlen(wrong[i].begins)) != 0 ||
		    !strstr(e.msg, wrong[i].says) || strchr(e.msg, '\n'))
			fail_msg("row %zu: wanted %s … %s\n     got %s", i, wrong[i].begins,
				 wrong[i].says, e.msg);
	}
}

static void optimizers(void **state)
{
	(void)state;
	struct experiment *x = good(HEAD, NULL);
	assert_int_equal(x->train.optimizer, OPTIMIZER_SGD);
	assert_true(x->train.b1 == .9 && x->train.b2 == .999 && x->train.eps == 1e-7);
	experiment_free(x);
	x = good(HEAD "train: {optimizer: adamw, b1: 0.8, b2: 0.99, eps: 1e-8}\n", NULL);
	assert_int_equal(x->train.optimizer, OPTIMIZER_ADAMW);
	assert_string_equal(optimizer_name(x->train.optimizer), "adamw");
	assert_true(x->train.b1 == .8 && x->train.b2 == .99 && x->train.eps == 1e-8);
	experiment_free(x);
	struct errinfo e = {.msg = ""};
	assert_int_not_equal(parse(&x, HEAD "train: {optimizer: adamv}\n", NULL, &e), ERR_OK);
	assert_non_null(strstr(e.msg, "plan.yaml:4:20: "));
	assert_non_null(strstr(e.msg, "did you mean 'adam"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_and_maps),    cmocka_unit_test(names_come_back),
	    cmocka_unit_test(names_have_places), cmocka_unit_test(mistakes_have_places),
	    cmocka_unit_test(optimizers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
