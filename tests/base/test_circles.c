/* tests/circles.sh, which `make check` asks whether files of a room use one another in a circle. */
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct source {
	const char *name, *text;
};

/* Compile the sources into objects of a room and ask; what is told goes to `out`. */
static int circles(const struct source *sources, struct strbuf *out)
{
	char dir[] = "/tmp/thaw-circles-XXXXXX", chunk[512];
	assert_non_null(mkdtemp(dir));
	struct strbuf sh = STRBUF_INIT;
	strbuf_addf(&sh, "mkdir -p %s/src/room/deep && cd %s/src/room && ", dir, dir);
	for (const struct source *s = sources; s->name; s++)
		strbuf_addf(&sh, "echo '%s' > %s.c && cc -c %s.c -o %s.o && ", s->text, s->name,
			    s->name, s->name);
	strbuf_addf(&sh, "cd $OLDPWD && tests/circles.sh room $(find %s -name '*.o' | sort)", dir);
	FILE *f = popen(sh.buf, "r");
	assert_non_null(f);
	for (size_t n; (n = fread(chunk, 1, sizeof(chunk), f)) > 0;)
		strbuf_add(out, chunk, n);
	int status = pclose(f);
	char *rm = xasprintf("rm -rf %s", dir);
	assert_int_equal(system(rm), 0);
	free(rm);
	strbuf_release(&sh);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void expect(const struct source *sources, int status, const char *told)
{
	struct strbuf out = STRBUF_INIT;
	strbuf_addf(&out, "%s", "");
	assert_int_equal(circles(sources, &out), status);
	assert_string_equal(out.buf, told);
	strbuf_release(&out);
}

static void what_goes_down_is_fine(void **state)
{
	(void)state;
	static const struct source chain[] = {
	    {"a", "int b(void), c(void); int a(void) { return b() + c(); }"},
	    {"deep/b", "int c(void), twice(int); int b(void) { return twice(c()); }"},
	    {"c", "int abs(int); int c(void) { return abs(c() - 1); }"},
	    {"d", "static int a(void) { return 1; } int twice(int n) { return n + a(); }"},
	    {NULL, NULL},
	};
	expect(chain, 0, "");
	expect(&chain[4], 0, "");
}

static void a_circle_is_told_and_nothing_beside_it(void **state)
{
	(void)state;
	static const struct source circle[] = {
	    {"a", "int b(void); int a(void) { return b(); }"},
	    {"above", "int a(void); int above(void) { return a(); }"},
	    {"below", "int below(void) { return 1; }"},
	    {"deep/b",
	     "extern int *table[]; int below(void); int b(void) { return *table[below()]; }"},
	    {"t", "int a(void); int zero; int *table[] = {&zero}; int (*first)(void) = a;"},
	    {NULL, NULL},
	};
	expect(circle, 1,
	       "check-circles: files of room 'room' use each other in a circle:\n"
	       "  room/a.c uses b of room/deep/b.c\n"
	       "  room/deep/b.c uses table of room/t.c\n"
	       "  room/t.c uses a of room/a.c\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_goes_down_is_fine),
	    cmocka_unit_test(a_circle_is_told_and_nothing_beside_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
