/* The JSON writer: its two layouts to the byte, and what it wrote as another reader of JSON reads
 * it. */
#include "../hostile.h"

#include "thaw/base/rng.h"
#include "thaw/event/json_writer.h"

#include <cjson/cJSON.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Something of everything, objects and arrays in one another, empty ones too. */
static void write_all(struct json_writer *w)
{
	json_begin_object(w, NULL);
	json_put_string(w, "a", "b\"\\\n");
	json_put_int(w, "n", INT64_MIN);
	json_begin_array(w, "list");
	json_begin_object(w, NULL);
	json_put_bool(w, "yes", true);
	json_put_bool(w, "no", false);
	json_end_object(w);
	json_begin_object(w, NULL);
	json_end_object(w);
	json_begin_array(w, NULL);
	json_put_double(w, NULL, 0.5);
	json_put_null(w, NULL);
	json_end_array(w);
	json_end_array(w);
	json_begin_array(w, "none");
	json_end_array(w);
	json_begin_object(w, "inner");
	json_put_double(w, "nan", NAN);
	json_put_double(w, "inf", -INFINITY);
	json_end_object(w);
	json_put_string(w, "z", "");
	json_end_object(w);
}

static void layouts(void **state)
{
	(void)state;
	struct json_writer line = JSON_WRITER_INIT, pretty = JSON_WRITER_PRETTY;
	write_all(&line);
	write_all(&pretty);
	assert_string_equal(line.text.buf,
			    "{\"a\":\"b\\\"\\\\\\n\",\"n\":-9223372036854775808,"
			    "\"list\":[{\"yes\":true,\"no\":false},{},[0.5,null]],\"none\":[],"
			    "\"inner\":{\"nan\":null,\"inf\":null},\"z\":\"\"}");
	assert_string_equal(pretty.text.buf, "{\n"
					     "\t\"a\":\t\"b\\\"\\\\\\n\",\n"
					     "\t\"n\":\t-9223372036854775808,\n"
					     "\t\"list\":\t[{\n"
					     "\t\t\t\"yes\":\ttrue,\n"
					     "\t\t\t\"no\":\tfalse\n"
					     "\t\t}, {\n"
					     "\t\t}, [0.5, null]],\n"
					     "\t\"none\":\t[],\n"
					     "\t\"inner\":\t{\n"
					     "\t\t\"nan\":\tnull,\n"
					     "\t\t\"inf\":\tnull\n"
					     "\t},\n"
					     "\t\"z\":\t\"\"\n"
					     "}");
	cJSON *one = cJSON_Parse(line.text.buf), *other = cJSON_Parse(pretty.text.buf);
	assert_true(one && cJSON_Compare(one, other, true));
	cJSON_Delete(one);
	cJSON_Delete(other);
	strbuf_release(&line.text);
	strbuf_release(&pretty.text);
}

static cJSON *read_back(struct json_writer *w)
{
	cJSON *o = cJSON_Parse(w->text.buf);
	if (!o)
		fail_msg("not JSON: %s", w->text.buf);
	strbuf_release(&w->text);
	return o;
}

static void check_double(double v)
{
	struct json_writer w = JSON_WRITER_INIT;
	json_put_double(&w, NULL, v);
	assert_true(w.text.len <= 24);
	cJSON *o = read_back(&w);
	if (isfinite(v))
		assert_true(fabs(o->valuedouble - v) <= fabs(v) * DBL_EPSILON);
	else
		assert_true(cJSON_IsNull(o));
	cJSON_Delete(o);
}

static void doubles(void **state)
{
	(void)state;
	static const double edges[] = {
	    0,       -0.0,     1,       0.1,    1.0 / 3, 6.0 / 7,  1e15,     123456789012345680.0,
	    DBL_MAX, -DBL_MAX, DBL_MIN, 5e-324, NAN,     INFINITY, -INFINITY};
	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++)
		check_double(edges[i]);
	for (uint64_t i = 0; i < 20000; i++) {
		uint64_t bits = rng_u64(rng_key(1, 0, 0, i), 0);
		double v;
		memcpy(&v, &bits, sizeof(v));
		check_double(v);
		check_double((double)(bits % 1000) / (double)(bits / 1000 % 1000 + 1));
	}
}

/* Figures look as people would write them. */
static void figures(void **state)
{
	(void)state;
	static const struct {
		double v;
		const char *text;
	} rows[] = {
	    {0.85, "0.85"}, {0.1 + 0.2, "0.3"}, {2, "2"}, {1e-5, "1e-05"}, {100000, "100000"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json_writer w = JSON_WRITER_INIT;
		json_put_double(&w, NULL, rows[i].v);
		assert_string_equal(w.text.buf, rows[i].text);
		strbuf_release(&w.text);
	}
}

/* Keys and strings: nothing hidden goes out raw, and what is UTF-8 comes back as it was. */
static void strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_HOSTILE; i++) {
		const struct hostile *h = &hostile_texts[i];
		struct json_writer w = JSON_WRITER_INIT;
		json_begin_object(&w, NULL);
		json_put_string(&w, h->text, h->text);
		json_end_object(&w);
		hostile_check("JSON", h, w.text.buf, w.text.len);
		cJSON *o = read_back(&w);
		if (h->utf8) {
			assert_string_equal(o->child->string, h->text);
			assert_string_equal(o->child->valuestring, h->text);
		}
		cJSON_Delete(o);
	}
}

static void printing(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct json_writer w = JSON_WRITER_PRETTY;
	json_begin_object(&w, NULL);
	json_put_string(&w, "k", "a\tb");
	json_end_object(&w);
	json_writer_print(&w, out);
	fclose(out);
	assert_string_equal(text, "{\n\t\"k\":\t\"a\\tb\"\n}\n");
	assert_int_equal(w.text.cap, 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(layouts), cmocka_unit_test(doubles),  cmocka_unit_test(figures),
	    cmocka_unit_test(strings), cmocka_unit_test(printing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
