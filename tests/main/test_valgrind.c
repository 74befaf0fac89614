/* The viewer under valgrind: a replay with keys on every page touches no memory that is not its
 * own, and leaves none behind. */
#include "program.h"

#include "../pty.h"
#include "../tui/sample.h"

#include <stdio.h>

#define WAIT_MS 120000 /* valgrind is slow, and the machine may be; only what hangs takes so long */

static void make_run(void)
{
	char *path = path_join(dir, "run/events.jsonl"), *folder = path_dir(path);
	assert_int_equal(file_mkdirs(folder, NULL), ERR_OK);
	struct sample sample = {fopen(path, "w"), 0, 0, 1};
	assert_non_null(sample.out);
	sample_whole(&sample);
	fclose(sample.out);
	free(path);
	free(folder);
}

static char *in_dir(const char *option, const char *name)
{
	return xasprintf("%s%s/%s", option, dir, name);
}

static char *report(void)
{
	struct strbuf text = STRBUF_INIT;
	char *path = in_dir("", "valgrind.log");
	file_read(path, &text, NULL);
	free(path);
	return strbuf_detach(&text);
}

static void expect_shown(struct pty *p, const char *text)
{
	if (pty_shows(p, text, WAIT_MS))
		return;
	char *screen = pty_text(p), *said = report();
	fail_msg("\"%s\" is not shown:\n%s\n%s", text, screen, said);
}

static struct pty *replay(void)
{
	char *words[] = {
	    xstrdup("valgrind"),
	    xstrdup("--quiet"),
	    xstrdup("--error-exitcode=99"),
	    xstrdup("--leak-check=full"),
	    xstrdup("--errors-for-leak-kinds=definite,indirect,possible"),
	    xstrdup("--show-leak-kinds=definite,indirect,possible"),
	    in_dir("--log-file=", "valgrind.log"),
	    xstrdup(thaw),
	    xstrdup("replay"),
	    in_dir("", "run"),
	    NULL,
	};
	struct pty *p = pty_exec(120, 40, "xterm-256color", words);
	for (size_t i = 0; words[i]; i++)
		free(words[i]);
	return p;
}

static void test_replay(void **state)
{
	(void)state;
	static const struct {
		const char *keys, *seen;
	} steps[] = {
	    {"\x1b[F", "✓ finished"},
	    {"2jjk", "Under the cursor"},
	    {"3jj:shares\r", "Confusion matrix"},
	    {"4jj:look\r", "Pictures"},
	    {":trace\r", "How a picture becomes a prediction"},
	    {":trace\r5kk", " Log ─"},
	    {"/model\r", "match /model/"},
	    {"6jj", "How it works"},
	    {":quiz\r", " Quiz ─"},
	    {"?", "╭─ Keys ─"},
	    {"?:quiz\r1,,,", "epoch 8/10"},
	    {":goto epoch 3\r", "epoch 3/10"},
	    {"\x1b[F", "✓ finished"},
	};
#ifdef SANITIZED
	print_message("skipped: valgrind does not run what a sanitizer was built into\n");
	skip();
#endif
	if (system("valgrind --version >/dev/null 2>&1") != 0) {
		print_message("skipped: valgrind is not installed\n");
		skip();
	}
	make_run();
	struct pty *p = replay();
	expect_shown(p, "replay ×");
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		pty_send(p, steps[i].keys);
		expect_shown(p, steps[i].seen);
	}
	pty_resize(p, 60, 16);
	expect_shown(p, "✓ finished");
	pty_send(p, "q");
	int status = pty_wait_exit(p, WAIT_MS);
	char *said = report();
	if (status != 0 || *said)
		fail_msg("status %d: %s", status, said);
	free(said);
	pty_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_replay)};
	return run_program_tests(tests, program_setup, program_teardown);
}
