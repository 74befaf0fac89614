/* YAML as flat lines: phases by name, defaults filled in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "thaw/base/strbuf.h"
#include "thaw/config/flatten.h"

#include <string.h>

static void take(void *arg, const char *key, const char *value)
{
	strbuf_addf(arg, "%s=%s\n", key, value);
}

static void expect(const char *yaml, const char *want)
{
	struct strbuf out = STRBUF_INIT;
	struct errinfo e;
	assert_int_equal(yaml_flatten("x.yaml", yaml, strlen(yaml), take, &out, &e), ERR_OK);
	assert_string_equal(out.buf, want);
	strbuf_release(&out);
}

static void values_have_paths(void **state)
{
	(void)state;
	expect("a: 1\nb:\n  c: x y\n  d: {e: ~, f: 'q'}\n", "a=1\nb.c=x y\nb.d.e=\nb.d.f=q\n");
	expect("l: [1, two]\n", "l=1, two\n");
	expect("phases:\n  - {name: head, lr: 0.01}\n  - {name: tune, lr: 1e-3}\n"
	       "  - {name: tune, lr: 2}\n  - {lr: 3}\n",
	       "phases.head.name=head\nphases.head.lr=0.01\nphases.tune.name=tune\n"
	       "phases.tune.lr=1e-3\nphases.tune#3.name=tune\nphases.tune#3.lr=2\nphases.3.lr=3\n");
	expect("just a word", "=just a word\n");
}

static void what_is_no_yaml_says_where(void **state)
{
	(void)state;
	struct strbuf out = STRBUF_INIT;
	struct errinfo e;
	static const char bad[] = "a: 1\nb: [1,\n";
	assert_int_equal(yaml_flatten("x.yaml", bad, strlen(bad), take, &out, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "x.yaml:3:1"));
	assert_int_equal(yaml_flatten("x.yaml", "", 0, take, &out, &e), ERR_FORMAT);
	strbuf_release(&out);
}

static int count(const char *text, const char *what)
{
	int n = 0;
	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static void defaults_are_filled_in(void **state)
{
	(void)state;
	static const char yaml[] =
	    "train: {batch: 32}\nphases:\n  - {name: head, epochs: 2, lr: 1}\n";
	struct strbuf out = STRBUF_INIT;
	struct errinfo e;
	assert_int_equal(experiment_flatten("x.yaml", yaml, strlen(yaml), take, &out, &e), ERR_OK);
	assert_int_equal(count(out.buf, "train.batch="), 1);
	assert_non_null(strstr(out.buf, "train.batch=32\n"));
	assert_non_null(strstr(out.buf, "train.momentum=0.9\n"));
	assert_non_null(strstr(out.buf, "phases.head.schedule=constant\n"));
	assert_int_equal(count(out.buf, "phases.head.lr="), 1);
	assert_int_equal(count(out.buf, "*"), 0);
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_have_paths),
	    cmocka_unit_test(what_is_no_yaml_says_where),
	    cmocka_unit_test(defaults_are_filled_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
