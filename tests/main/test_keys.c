/* A person's own keys in the program; the manual page and the shells' completions it prints. */
#include "program.h"

#include "../pty.h"
#include "../tui/sample.h"
#include "thaw/event/command.h"

#include <stdio.h>

#define WAIT_MS 20000

static void make_run(void)
{
	program_write_text("run/events.jsonl", "");
	char *path = path_join(dir, "run/events.jsonl");
	struct sample sample = {fopen(path, "w"), 0, 0, 1};
	assert_non_null(sample.out);
	sample_whole(&sample);
	fclose(sample.out);
	free(path);
}

static struct pty *replay(void)
{
	char word[] = "replay", *run = path_join(dir, "run");
	char *argv[] = {thaw, word, run, NULL};
	struct pty *p = pty_exec(90, 30, "xterm-256color", argv);
	free(run);
	return p;
}

static void test_own_keys(void **state)
{
	(void)state;
	make_run();
	program_write_text("thaw/keys.yaml", "page-log: [w, ctrl-z]\nquit: none\nhelp: Q\n");
	EXPECT(0, "| `w` `^Z` |  | Log: what happened, and when | `page-log` |", NULL, "help",
	       "keys");
	EXPECT(0, "|  |  | leave the viewer; a live run goes on | `quit` |", NULL, "help", "keys");
	struct pty *p = replay();
	assert_true(pty_shows(p, "replay ×", WAIT_MS));
	pty_send(p, "\x1a"); /* ^Z is a key now and stops nothing */
	assert_true(pty_shows(p, "─ Log ", WAIT_MS));
	pty_send(p, "q1");
	assert_true(pty_shows(p, "─ Loss ", WAIT_MS)); /* and q is none */
	pty_send(p, "Q");
	assert_true(pty_shows(p, "Keys", WAIT_MS));
	pty_send(p, "\x1b");
	assert_true(pty_lacks(p, "Keys", WAIT_MS));
	pty_send(p, ":quit\r");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	assert_true(pty_termios_restored(p));
	pty_free(p);
}

/* A mistake is told in one line, with its place, before the screen is touched. */
static void test_bad_keys(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"undo: u\nfreze: f\n",
	     "keys.yaml:2:1: no action is named 'freze'; did you mean 'freeze'?"},
	    {"undo: [u, nokey]\n", "keys.yaml:1:11: 'nokey' is not a key"},
	    {"undo: f\n", "keys.yaml:1:7: f is the key of 'freeze'"},
	    {"undo: [u\n", "not valid YAML"},
	};
	make_run();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		program_write_text("thaw/keys.yaml", cases[i].text);
		EXPECT(2, NULL, cases[i].says, "help", "keys");
		struct pty *p = replay();
		assert_int_equal(pty_wait_exit(p, WAIT_MS), 2);
		assert_false(pty_altscreen(p));
		assert_true(pty_shows(p, "thaw replay: ", WAIT_MS));
		pty_free(p);
	}
	EXPECT(0, "epoch 10/10", NULL, "replay", "run"); /* lines need no keys */
}

static char *printed(const char *topic)
{
	struct child c = start((const char *const[]){"help", topic, NULL});
	assert_int_equal(reap(&c), 0);
	char *text = xstrdup(c.text[0].buf);
	release(&c);
	return text;
}

/* A request of man(7), or a line of text; nothing but ASCII. */
static void check_roff(const char *line)
{
	static const char *const known[] = {".TH ", ".SH ", ".SS ", ".TP", ".PP", ".RS", ".RE",
					    ".nf",  ".fi",  ".B ",  ".I ", ".RI ", ".BR ", ".\\\""};
	bool ok = line[0] != '.' && line[0] != '\'';
	for (size_t i = 0; i < sizeof(known) / sizeof(*known) && !ok; i++)
		ok = strncmp(line, known[i], strlen(known[i])) == 0;
	if (!ok)
		fail_msg("a request that is not known: %s", line);
	for (const char *c = line; *c; c++)
		assert_true((unsigned char)*c >= ' ' && (unsigned char)*c < 0x7F);
}

/* The committed pages are what the program prints. */
static void test_manual_pages(void **state)
{
	(void)state;
	static const struct {
		const char *topic, *file;
		size_t headings, rows; /* at least */
	} pages[] = {
	    {"man", "man/thaw.1", 10, 300},
	    {"man-experiment", "man/thaw-experiment.5", 9, 150},
	    {"man-log", "man/thaw-log.5", 5, 300},
	};
	for (size_t p = 0; p < sizeof(pages) / sizeof(*pages); p++) {
		struct strbuf page = STRBUF_INIT;
		char *text = printed(pages[p].topic);
		assert_int_equal(file_read(pages[p].file, &page, NULL), ERR_OK);
		if (strcmp(page.buf, text) != 0)
			fail_msg("%s is not what `thaw help %s` prints: run `make man`",
				 pages[p].file, pages[p].topic);
		size_t headings = 0, rows = 0;
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), rows++) {
			check_roff(line);
			headings += strncmp(line, ".SH ", 4) == 0;
		}
		assert_true(headings >= pages[p].headings && rows > pages[p].rows);
		free(text);
		strbuf_release(&page);
	}
}

/* Ask bash what completes words; a line a word, in `out`. */
static void bash_completes(const char *words, int n, struct strbuf *out)
{
	char *command = xasprintf("cd '%s' && bash -c '. ./c.bash; COMP_WORDS=(%s); COMP_CWORD=%d; "
				  "_thaw; printf \"<%%s>\\n\" \"${COMPREPLY[@]}\"'",
				  dir, words, n);
	FILE *f = popen(command, "r");
	char chunk[512];
	assert_non_null(f);
	strbuf_reset(out);
	for (size_t got; (got = fread(chunk, 1, sizeof(chunk), f)) > 0;)
		strbuf_add(out, chunk, got);
	assert_int_equal(pclose(f), 0);
	free(command);
}

static void test_bash_completion(void **state)
{
	(void)state;
	static const struct {
		const char *words;
		int n;
		const char *wanted, *not_wanted;
	} cases[] = {
	    {"thaw re", 1, "<resume>", "<run>"},
	    {"thaw run a.yaml --he", 3, "<--headless>", "<--name>"},
	    {"thaw run exp", 2, "<experiment.yaml>", "<other.txt>"},
	    {"thaw replay one", 2, "<one-1>", NULL},
	    {"thaw ctl one-1 un", 3, "<unfreeze>", "<freeze>"},
	    {"thaw help ke", 2, "<keys>", "<man>"},
	};
	if (access("/bin/bash", X_OK) != 0) {
		printf("skipped: no bash here\n");
		skip();
	}
	char *script = printed("bash-completion");
	program_write_text("c.bash", script);
	program_write_text("experiment.yaml", "");
	program_write_text("exp-other.txt", "");
	program_write_text("runs/one-1/events.jsonl", "");
	program_write_text("runs/one$(touch pwned)`touch pwned`/events.jsonl", "");
	struct strbuf out = STRBUF_INIT;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bash_completes(cases[i].words, cases[i].n, &out);
		if (!strstr(out.buf, cases[i].wanted) ||
		    (cases[i].not_wanted && strstr(out.buf, cases[i].not_wanted)))
			fail_msg("'%s' is completed by: %s", cases[i].words, out.buf);
	}
	char *pwned = path_join(dir, "pwned");
	assert_false(file_exists(pwned)); /* the name of a run is no command */
	free(pwned);
	strbuf_release(&out);
	free(script);
}

/* Every command and option is in it. */
static void test_zsh_completion(void **state)
{
	(void)state;
	char *script = printed("zsh-completion");
	assert_int_equal(strncmp(script, "#compdef thaw\n", 14), 0);
	static const char *const words[] = {"'run:", "'predict:", "--headless[", "--json[",
					    "_thaw_runs"};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		assert_non_null(strstr(script, words[i]));
	for (int i = 0; i < CMD_N; i++)
		assert_non_null(strstr(script, command_table[i].name));
	free(script);
}

#define KEYS(f) cmocka_unit_test_setup_teardown(f, program_setup, program_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    KEYS(test_own_keys),        KEYS(test_bad_keys),       KEYS(test_manual_pages),
	    KEYS(test_bash_completion), KEYS(test_zsh_completion),
	};
	unsetenv("NO_COLOR");
	return run_program_tests(tests, NULL, NULL);
}
