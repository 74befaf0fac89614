/* The table of settings itself: it is complete, in order, and its own defaults are values it
 * allows. */
#include "thaw/base/strbuf.h"
#include "thaw/config/experiment.h"
#include "thaw/config/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_rows(void **state)
{
	(void)state;
	size_t n = 0;
	for (const struct setting *s = NULL; (s = settings_next(s)); n++) {
		assert_true(s->type < SETTING_TYPE_N);
		assert_true(s->help && *s->help && !strchr(s->help, '\n'));
		assert_true(strlen(s->help) < 80);
		assert_int_equal(s->type == SETTING_ENUM, s->names != NULL);
		assert_true(s->min <= s->max);
		if (!strchr(s->path, '*'))
			assert_ptr_equal(setting_find(s->path), s);
		for (const struct setting *t = NULL; (t = settings_next(t));)
			assert_true(s == t || strcmp(s->path, t->path) != 0);
	}
	assert_int_equal(n, settings_n);
}

/* A group that is left must not come again, or the writer would open it twice. */
static void test_groups_stand_together(void **state)
{
	(void)state;
	for (size_t i = 0; i < settings_n; i++) {
		const char *path = settings_table[i].path;
		for (const char *dot = strchr(path, '.'); dot; dot = strchr(dot + 1, '.')) {
			size_t len = (size_t)(dot - path) + 1;
			bool left = false;
			for (size_t j = i; j < settings_n; j++) {
				bool inside = strncmp(settings_table[j].path, path, len) == 0;
				assert_false(left && inside);
				left = left || !inside;
			}
		}
	}
}

static void test_find(void **state)
{
	(void)state;
	assert_string_equal(setting_find("phases.0.lr")->path, "phases.*.lr");
	assert_string_equal(setting_find("phases.63.name")->path, "phases.*.name");
	static const char *const none[] = {"",
					   ".",
					   "train",
					   "train.",
					   ".train",
					   "train.batch.",
					   "train.batch.x",
					   "phases",
					   "phases.0",
					   "phases.*.lr",
					   "phases.x.lr",
					   "phases..lr",
					   "phases.0.",
					   "Train.batch"};
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_null(setting_find(none[i]));
	assert_int_equal(setting_place(""), PLACE_GROUP);
	assert_int_equal(setting_place("data.augment"), PLACE_GROUP);
	assert_int_equal(setting_place("phases"), PLACE_LIST);
	assert_int_equal(setting_place("phases.3"), PLACE_GROUP);
	assert_int_equal(setting_place("phases.3.lr"), PLACE_SETTING);
	assert_int_equal(setting_place("phases.three"), PLACE_UNKNOWN);
	assert_int_equal(setting_place("dat"), PLACE_UNKNOWN);
}

static void assert_suggests(const char *path, const char *wanted)
{
	struct strbuf sb = STRBUF_INIT;
	setting_suggest(path, &sb);
	assert_string_equal(sb.buf, wanted);
	strbuf_release(&sb);
}

static void test_suggest(void **state)
{
	(void)state;
	assert_suggests("data.augmnet", "did you mean 'data.augment'?");
	assert_suggests("data.augment.satruation", "did you mean 'data.augment.saturation'?");
	assert_suggests("data.augment.seed", "it belongs in 'train' (train.seed)");
	assert_suggests("train.label", "did you mean 'train.label_smoothing'?");
	assert_suggests("head.xyzzy", "known here: init, ridge, dropout");
	assert_suggests("phases.12.epohcs", "did you mean 'phases.12.epochs'?");
	assert_suggests("phasse", "did you mean 'phases'?");
	assert_suggests("", "known here: name, network, head, data, train, stop, plateau, on_end, phases");
	static const char *const words[] = {"cosine", "constant", NULL};
	assert_string_equal(nearest_word("cosin", words), "cosine");
	assert_string_equal(nearest_word("const", words), "constant");
	assert_null(nearest_word("linear", words));
	assert_null(nearest_word("", words));
	assert_null(nearest_word(
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", words));
}

static void assert_wants(const char *path, const char *wanted)
{
	struct strbuf sb = STRBUF_INIT;
	setting_wants(setting_find(path), &sb);
	assert_string_equal(sb.buf, wanted);
	strbuf_release(&sb);
}

static void test_wants(void **state)
{
	(void)state;
	assert_wants("train.batch", "a whole number from 1 to 4096");
	assert_wants("head.ridge", "a number from 0 to 1000000");
	assert_wants("data.resize", "one of letterbox, crop, stretch");
	assert_wants("network.input",
		     "cfg, or a size like 224x224 or 288, each side from 8 to 4096");
	assert_wants("network.cut", "none, or the number of a layer from 0 to 1023");
	assert_wants("train.eval_flip", "true or false");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),  cmocka_unit_test(test_groups_stand_together),
	    cmocka_unit_test(test_find),  cmocka_unit_test(test_suggest),
	    cmocka_unit_test(test_wants),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
