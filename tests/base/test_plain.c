/* Text that may hold anything, made fit for a terminal. */
#include "thaw/base/plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void assert_plain(const char *text, bool lines, const char *want)
{
	char copy[64];
	snprintf(copy, sizeof(copy), "%s", text);
	plain_text(copy, lines);
	assert_string_equal(copy, want);
}

static void controls_and_stray_bytes_go(void **state)
{
	(void)state;
	assert_plain("rose \xe2\x86\x92 m\xc3\xb6hre", false, "rose \xe2\x86\x92 m\xc3\xb6hre");
	assert_plain("a\x1b[31mb\x7f\tc", false, "a?[31mb??c");
	assert_plain("a\nb", true, "a\nb");
	assert_plain("a\nb", false, "a?b");
	assert_plain("x\xc2\x9b"
		     "31m",
		     true, "x??31m");                       /* CSI as one character */
	assert_plain("\xc0\x9b \x9b \xff", true, "?? ? ?"); /* overlong, alone, never */
	assert_plain("\xed\xa0\x80|\xf4\x90\x80\x80", true, "???|????"); /* surrogate, too high */
	assert_plain("cut \xe2\x86", true, "cut ??");
	assert_plain("", true, "");
}

/* Whatever comes in, what comes out is UTF-8 without control characters, of the same length. */
static void every_pair_of_bytes(void **state)
{
	(void)state;
	for (int a = 1; a < 256; a++)
		for (int b = 1; b < 256; b++) {
			char text[] = {(char)a, (char)b, 'x', '\0'};
			plain_text(text, false);
			assert_int_equal(strlen(text), 3);
			for (const char *c = text; *c; c += utf8_length(c)) {
				assert_true(utf8_length(c) > 0);
				assert_false(utf8_is_control(c, utf8_length(c)));
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(controls_and_stray_bytes_go),
	    cmocka_unit_test(every_pair_of_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
