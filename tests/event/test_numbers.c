/* Numbers of a log against strtod(), which rounds rightly and is slow. */
#include "../../src/event/json.h"

#include "thaw/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void want_read(const char *text)
{
	struct json j = {text, strlen(text), 0, NULL};
	double v, right = strtod(text, NULL);
	if (!json_double(&j, &v) || j.at != j.len)
		fail_msg("%s: %s at byte %zu", text, j.why ? j.why : "not all of it", j.at);
	if (memcmp(&v, &right, sizeof(v)) != 0)
		fail_msg("%s is read as %a, not %a", text, v, right);
}

static void want_refused(const char *text)
{
	struct json j = {text, strlen(text), 0, NULL};
	double v;
	if (json_double(&j, &v) && j.at == j.len)
		fail_msg("%s is no number of JSON, but is read as %g", text, v);
}

static void edges_are_read_as_they_are(void **state)
{
	(void)state;
	static const char *const texts[] = {"0",
					    "-0",
					    "0.0",
					    "-0e5",
					    "0e999999999999",
					    "1",
					    "-1",
					    "1e0",
					    "1E+2",
					    "1e-2",
					    "9007199254740993",
					    "9007199254740992.5",
					    "999999999999999",
					    "9999999999999999",
					    "123456789012345e22",
					    "123456789012345e23",
					    "1e22",
					    "1e23",
					    "1e-22",
					    "1e-23",
					    "0.000000000000000000000000000001",
					    "0.1",
					    "0.30000000000000004",
					    "4.9e-324",
					    "5e-324",
					    "2e-324",
					    "2.2250738585072014e-308",
					    "1.7976931348623157e308",
					    "1e309",
					    "-1e400",
					    "1e-400",
					    "0.00000000000000000000000000000000000001e40",
					    "18446744073709551616",
					    "100000000000000000000000000000000000000",
					    "1.000000000000000000000000000000000001"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		want_read(texts[i]);
}

static void what_is_none_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {"",     "-",   "01",  "-01", ".5",   "1.",
					    "1.e5", "1e",  "1e+", "+1",  "0x1",  "1_0",
					    "inf",  "NaN", "1 2", "--1", "1e5.", "\"NaN\""};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		want_refused(texts[i]);
}

/* Digits, point and exponent where chance puts them. */
static void any_number_is_read_as_strtod_reads_it(void **state)
{
	(void)state;
	enum { N = 200000, MOST = 24 };
	uint64_t n = 0;
	for (int i = 0; i < N; i++) {
		char text[64], *p = text;
		int digits = 1 + (int)rng_below(7, n++, MOST), point = (int)rng_below(7, n++, MOST);
		if (rng_below(7, n++, 2))
			*p++ = '-';
		if (point == 0)
			*p++ = '0';
		for (int k = 0; k < digits; k++) {
			uint64_t digit = rng_below(7, n++, k == 0 && point > 0 ? 9 : 10);
			if (k == point)
				*p++ = '.';
			*p++ = (char)('0' + digit + (k == 0 && point > 0));
		}
		*p = '\0';
		if (rng_below(7, n++, 2))
			sprintf(p, "e%d", (int)rng_below(7, n++, 80) - 40);
		want_read(text);
	}
}

/* As they are written: a double in few digits and in all that it has. */
static void what_is_written_is_read(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 20000; i++) {
		uint64_t bits = rng_u64(11, i);
		double v;
		memcpy(&v, &bits, sizeof(v));
		if (v != v || v - v != 0)
			continue;
		char text[64];
		snprintf(text, sizeof(text), "%.*g", 1 + (int)(i % 17), v);
		want_read(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(edges_are_read_as_they_are),
	    cmocka_unit_test(what_is_none_is_refused),
	    cmocka_unit_test(any_number_is_read_as_strtod_reads_it),
	    cmocka_unit_test(what_is_written_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
