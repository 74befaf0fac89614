/* `make install` into a folder of its own: what lies there works, and `make uninstall` takes it
 * away. */
#include "job.h"

static char *dest; /* DESTDIR */

static int make_place(void **state)
{
	int bad = shapes_open(state);
	dest = path_join(job_dir, "root");
	/* What the make above us says is not for the one below. */
	unsetenv("MAKEFLAGS");
	unsetenv("MFLAGS");
	unsetenv("MAKELEVEL");
	return bad;
}

static int remove_place(void **state)
{
	free(dest);
	return shapes_close(state);
}

/* The programs are built already: they are this test's own. */
static void make(const char *target)
{
	struct running r;
	char *bin = path_dir(trainer), *build = xasprintf("BUILD=%s", bin),
	     *to = xasprintf("DESTDIR=%s", dest);
	EXPECT(&r, 0, "make", "-s", "-o", "programs", target, build, to, "PREFIX=/usr");
	assert_string_equal(r.text[1].buf, "");
	run_release(&r);
	free(bin);
	free(build);
	free(to);
}

static void want_text(const char *file, const char *text)
{
	char *path = path_join(dest, file);
	struct strbuf sb = STRBUF_INIT;
	if (file_read(path, &sb, NULL))
		fail_msg("no %s", path);
	if (!strstr(sb.buf, text))
		fail_msg("%s lacks '%s'", file, text);
	strbuf_release(&sb);
	free(path);
}

static void everything_is_in_place(void **state)
{
	(void)state;
	make("install");
	want_text("usr/share/man/man1/thaw.1", ".SH SYNOPSIS");
	want_text("usr/share/man/man5/thaw-experiment.5", ".SH SETTINGS");
	want_text("usr/share/man/man5/thaw-log.5", ".SH EVENTS");
	want_text("usr/share/bash-completion/completions/thaw",
		  "complete -o filenames -F _thaw thaw");
	want_text("usr/share/zsh/site-functions/_thaw", "#compdef thaw");
	want_text("usr/share/thaw/learn/quiz.yaml", "answers");
	want_text("usr/share/thaw/cfg/flowers.yaml", "phases:");
	want_text("usr/share/thaw/cfg/small.cfg", "[net]");
}

/* thaw finds the trainer beside it. */
static void installed_programs_run(void **state)
{
	(void)state;
	struct running r;
	char *thaw = path_join(dest, "usr/bin/thaw"),
	     *draw = path_join(dest, "usr/bin/thaw-flowers");
	char *pictures = path_join(job_dir, "drawn");
	EXPECT(&r, 0, thaw, "check", shapes, "--runs", runs);
	assert_non_null(strstr(r.text[0].buf, "7 classes at layer 4 become 3 at layer 4"));
	run_release(&r);
	EXPECT(&r, 0, draw, "--out", pictures, "--train", "5", "--valid", "5", "--size", "16");
	run_release(&r);
	free(thaw);
	free(draw);
	free(pictures);
}

static void uninstall_takes_all_away(void **state)
{
	(void)state;
	struct running r;
	make("uninstall");
	EXPECT(&r, 0, "find", dest, "-type", "f");
	assert_string_equal(r.text[0].buf, "");
	run_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_is_in_place),
	    cmocka_unit_test(installed_programs_run),
	    cmocka_unit_test(uninstall_takes_all_away),
	};
	return cmocka_run_group_tests_name("install", tests, make_place, remove_place);
}
