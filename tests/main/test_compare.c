/* `thaw compare` itself: JSON and CSV of several runs, runs that cannot be opened, patterns; on a terminal
 * the screen, from the browser and alone, with runs that go on here and on another machine. */
#include "../fake_ssh.h"
#include "../tui/stage.h"
#include "built.h"

#include "thaw/base/alloc.h"

#include <cjson/cJSON.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>

static char *thaw, dir[64];

/* A path below the test's own folder; lives until the eighth call after it. */
__attribute__((format(printf, 1, 2))) static const char *at(const char *fmt, ...)
{
	static char paths[8][512];
	static int next;
	char *path = paths[next++ % 8];
	int n = snprintf(path, sizeof(*paths), "%s/", dir);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(path + n, sizeof(*paths) - (size_t)n, fmt, ap);
	va_end(ap);
	return path;
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, P_tmpdir "/thaw-compare-XXXXXX");
	if (!mkdtemp(dir) || chdir(dir) != 0 || setenv("THAW_REMOTE", thaw, 1) != 0 ||
	    setenv("XDG_CONFIG_HOME", dir, 1) != 0 ||
	    setenv("XDG_STATE_HOME", at("state"), 1) != 0 || file_mkdirs(at("host"), NULL))
		return -1;
	fake_ssh_open(at("host"));
	fake_ssh_plan(FAKE_PASS, 0, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	char *command = xasprintf("rm -rf '%s'", dir);
	int r = chdir("/") | system(command);
	free(command);
	return r;
}

static struct sample begin_run(const char *runs, const char *name, int epochs)
{
	assert_int_equal(file_mkdirs(at("%s/%s", runs, name), NULL), ERR_OK);
	struct sample s = {fopen(at("%s/%s/events.jsonl", runs, name), "w"), 0, 0, 1};
	assert_non_null(s.out);
	sample_begin(&s);
	sample_epochs(&s, 1, epochs);
	fflush(s.out);
	return s;
}

static void write_run(const char *runs, const char *name, int epochs)
{
	struct sample s = begin_run(runs, name, epochs);
	sample_end(&s, END_FINISHED, "all 10 epochs done");
	fclose(s.out);
}

static void write_experiment(const char *run, const char *text)
{
	assert_int_equal(
	    file_write_atomic(at("runs/%s/experiment.yaml", run), text, strlen(text), NULL),
	    ERR_OK);
}

static int take_lock(const char *runs, const char *name)
{
	int fd = open(at("%s/%s/lock", runs, name), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	return fd;
}

/* What it prints, its complaints where `errors` leads them, and its status. */
static char *run_words(const char *words, const char *errors, int *status)
{
	char *command = xasprintf("%s compare %s %s </dev/null", thaw, words, errors);
	struct strbuf text = STRBUF_INIT;
	FILE *f = popen(command, "r");
	assert_non_null(f);
	file_read_fd(fileno(f), 64 << 20, &text);
	*status = WEXITSTATUS(pclose(f));
	free(command);
	return strbuf_detach(&text);
}

static void expect_words(const char *words, int want, const char *text)
{
	int status;
	char *out = run_words(words, "2>&1", &status);
	if (status != want || !strstr(out, text))
		fail_msg("thaw compare %s: %d, no '%s' in: %.2000s", words, status, text, out);
	free(out);
}

static const cJSON *member(const cJSON *of, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(of, name);
	if (!m)
		fail_msg("no member %s", name);
	return m;
}

static void three_runs(void)
{
	static const char *const rates[] = {"0.01", "1e-2", "0.02"};
	static const char *const names[] = {"alpha", "beta", "gamma"};
	for (int i = 0; i < 3; i++) {
		char text[256];
		write_run("runs", names[i], 3 + i);
		snprintf(
		    text, sizeof(text),
		    "name: x\ntrain: {batch: %d}\nphases:\n  - {name: head, epochs: 5, lr: %s}\n",
		    i == 1 ? 32 : 16, rates[i]);
		write_experiment(names[i], text);
	}
}

static void json_is_whole(void **state)
{
	(void)state;
	int status;
	three_runs();
	char *text = run_words("--json alpha beta runs/gamma alpha", "2>&1", &status);
	cJSON *all = cJSON_Parse(text);
	assert_int_equal(status, 0);
	assert_non_null(all);
	const cJSON *runs = member(all, "runs"), *differ = member(all, "differ");
	assert_int_equal(cJSON_GetArraySize(runs), 3); /* the same again counts once */
	assert_int_equal(cJSON_GetArraySize(differ), 2);
	assert_string_equal(cJSON_GetArrayItem(differ, 0)->valuestring, "train.batch");
	assert_string_equal(cJSON_GetArrayItem(differ, 1)->valuestring, "phases.head.lr");
	const cJSON *gamma = cJSON_GetArrayItem(runs, 2), *figures = member(gamma, "figures");
	assert_string_equal(member(gamma, "name")->valuestring, "gamma");
	assert_string_equal(member(gamma, "status")->valuestring, "finished");
	assert_int_equal(cJSON_GetArraySize(member(member(figures, "valid_acc"), "value")), 5);
	assert_int_equal(cJSON_GetArraySize(member(member(figures, "train_loss"), "value")),
			 5 * SAMPLE_ITERS);
	assert_int_equal(cJSON_GetArraySize(member(gamma, "classes")), SAMPLE_CLASSES);
	assert_string_equal(
	    cJSON_GetObjectItem(member(gamma, "settings"), "phases.head.lr")->valuestring, "0.02");
	cJSON_Delete(all);
	free(text);
}

static void csv_has_a_line_for_every_point(void **state)
{
	(void)state;
	int status, n = 0, acc = 0;
	three_runs();
	char *text = run_words("--csv alpha gamma", "2>&1", &status), *rest = text, *line;
	assert_int_equal(status, 0);
	assert_string_equal(strsep(&rest, "\n"), "run,figure,x_kind,epoch,iteration,seconds,value");
	while ((line = strsep(&rest, "\n")) && *line) {
		int commas = 0;
		for (const char *c = line; *c; c++)
			commas += *c == ',';
		assert_int_equal(commas, 6);
		acc += strncmp(line, "gamma,valid_acc,epoch,", 22) == 0;
		n++;
	}
	assert_int_equal(acc, 5);
	assert_true(n > 2 * (3 + 5) * SAMPLE_ITERS);
	free(text);
}

static void what_cannot_be_opened_is_said_in_a_line(void **state)
{
	(void)state;
	int status;
	three_runs();
	assert_int_equal(file_mkdirs(at("runs/bad"), NULL), ERR_OK);
	assert_int_equal(file_write_atomic(at("runs/bad/events.jsonl"), "GIF89a", 6, NULL), ERR_OK);
	expect_words("none alpha", 2, "thaw compare: no run none: ");
	expect_words("none alpha", 2, "best accuracy");
	expect_words("bad alpha", 2, "bad/events.jsonl");
	char *text = run_words("--json none alpha bad", "2>/dev/null", &status);
	cJSON *all = cJSON_Parse(text);
	assert_int_equal(status, 2);
	assert_int_equal(cJSON_GetArraySize(member(all, "runs")), 1);
	cJSON_Delete(all);
	free(text);
	text = run_words("none never", "2>&1", &status);
	assert_int_equal(status, 2);
	char *first = strchr(text, '\n'), *second = first ? strchr(first + 1, '\n') : NULL;
	assert_true(second && !second[1]); /* a line each, and no more */
	free(text);
	expect_words("--x sideways alpha", 2, "--x needs iteration, epoch, time or clock");
	expect_words("--smooth 2.5 alpha", 2, "--smooth: ");
	expect_words("--filter '(' alpha", 2, "not a pattern");
	expect_words("--json --csv alpha", 2, "exclude each other");
	expect_words("--runs none", 2, "no runs in none");
}

static void a_pattern_chooses_runs_by_name_and_setting(void **state)
{
	(void)state;
	int status;
	three_runs();
	static const struct {
		const char *words, *has, *lacks;
	} cases[] = {{"--filter 'lr=0.02'", "gamma", "alpha"},
		     {"--filter '^train.batch=32$'", "beta", "gamma"},
		     {"--filter '^(al|be)'", "alpha", "gamma"},
		     {"--filter 'lr=0.02' alpha gamma", "gamma", "alpha"},
		     {"", "alpha", "delta"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = run_words(cases[i].words, "2>&1", &status);
		if (status || !strstr(text, cases[i].has) || strstr(text, cases[i].lacks))
			fail_msg("%s: %d, %s", cases[i].words, status, text);
		free(text);
	}
	expect_words("--filter 'no such thing'", 2, "no run matches 'no such thing'");
}

/* ---- on a terminal ---- */

static struct pty *open_screen(const char *words)
{
	char *argv[10] = {thaw}, *copy = xstrdup(words), *rest = copy, *word;
	for (int n = 1; (word = strsep(&rest, " ")) && n < 9; n++)
		argv[n] = word;
	struct pty *p = pty_exec(110, 40, "xterm-256color", argv);
	free(copy);
	return p;
}

static void leave(struct pty *p)
{
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	stage_expect_restored(p);
	pty_free(p);
}

static void keys_do_what_the_help_says(void **state)
{
	(void)state;
	three_runs();
	static const struct move moves[] = {
	    {"", "3 runs", "reading"},
	    {"x", "by epoch", NULL},
	    {"xx", "by clock", NULL},
	    {"x", "by iteration", "by clock"},
	    {"s", "smoothing 0.3", NULL},
	    {"ss", "smoothing 0.8", NULL},
	    {"m", "smoothing mean of 5", NULL},
	    {"mS", "smoothing: none", ", smoothing"},
	    {"y", "training loss, log", NULL},
	    {"z", "validation accuracy %", "training loss, log"},
	    {"ff", "training loss, log", "validation accuracy %"},
	    {"\x1b[C", "iteration 155", NULL},
	    {"\x1b[D", "iteration 15", "iteration 155"},
	    {"\x1b", "BEST", "iteration 15"},
	    {"]", "2×", NULL},
	    {"[", "by iteration", "2×"},
	    {" ", "2 of 3 runs", NULL},
	    {"a", "BEST", "2 of 3 runs"},
	    {"op", "is pinned", NULL},
	    {"oe", "always", NULL},
	    {"/", "a pattern, e.g.", NULL},
	    {"lr=0.02", "phases.head.lr=0.02", "beta"},
	    {"(", "not a pattern", NULL},
	    {"\x7f\r", "1 of 3 /lr=0.02/", "not a pattern"},
	    {"\x1b", "beta", "/lr=0.02/"},
	    {"2", "settings that differ", NULL},
	    {"d", "all settings", NULL},
	    {"3", "Classes: recall %", NULL},
	    {"f", "Classes: F1 %", NULL},
	    {"o", "largest difference first", NULL},
	    {"O", "turned round", NULL},
	    {"b", "the last epoch", NULL},
	    {"?", "Keys of the comparison", NULL},
	    {"q", "the last epoch", "Keys of the comparison"},
	    {"\t", "[1 Curves]", "Classes:"},
	};
	struct pty *p = open_screen("compare alpha beta gamma");
	stage_play(p, moves, sizeof(moves) / sizeof(*moves));
	leave(p);
}

static void live_runs_keep_moving(void **state)
{
	(void)state;
	write_run("runs", "alpha", 4);
	struct sample s = begin_run("runs", "beta", 2);
	int lock = take_lock("runs", "beta");
	struct pty *p = open_screen("compare alpha beta");
	stage_expect(p, "2 runs, 1 live");
	stage_expect(p, "2/10");
	sample_epochs(&s, 3, 5);
	fflush(s.out);
	stage_expect(p, "5/10");
	close(lock);
	assert_true(pty_lacks(p, "1 live", WAIT_MS));
	stage_expect(p, "crashed");
	fclose(s.out);
	leave(p);
}

static void the_browser_opens_it_and_has_its_letters(void **state)
{
	(void)state;
	three_runs();
	struct pty *p = open_screen("browse");
	stage_expect(p, "0 live, 3 runs");
	assert_true(pty_lacks(p, "reading", WAIT_MS));
	static const struct move moves[] = {
	    {"oo", "order: best first", NULL}, /* gamma, beta, alpha by what they reached */
	    {"o", "order: by status", NULL},
	    {"oooo", "order: by name", NULL},
	    {"g   ", "3 marked", NULL},
	    {"gj ", "2 marked", NULL}, /* beta's mark is taken away; others keep their letters */
	    {"c", "[1 Curves]", "2 marked"},
	};
	stage_play(p, moves, sizeof(moves) / sizeof(*moves));
	stage_expect(p, "a  alpha");
	stage_expect(p, "c  gamma");
	pty_send(p, "q");
	stage_expect(p, "2 marked");
	leave(p);
}

static void a_run_of_another_machine_lies_over_one_here(void **state)
{
	(void)state;
	char *place = xasprintf("%s/runs", fake_ssh_home() + strlen(dir) + 1);
	write_run("runs", "alpha", 4);
	struct sample s = begin_run(place, "far", 2);
	int lock = take_lock(place, "far");
	struct pty *p = open_screen("compare alpha ssh://host/far");
	stage_expect(p, "2 runs, 1 live");
	stage_expect(p, "b  ssh://host/far");
	stage_expect(p, "2/10");
	sample_epochs(&s, 3, 5);
	fflush(s.out);
	stage_expect(p, "5/10");
	leave(p);
	expect_words("alpha ssh://host/far", 0, "ssh://host/far");
	fake_ssh_plan(FAKE_REFUSE, 255, "ssh: connect to host: no route");
	expect_words("alpha ssh://nowhere/far", 2, "thaw compare: ");
	close(lock);
	fclose(s.out);
	free(place);
}

int main(int argc, char **argv)
{
	fake_ssh_main(argc, argv);
	thaw = built_program("thaw");
	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TZ", "UTC", 1);
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	    T(json_is_whole),
	    T(csv_has_a_line_for_every_point),
	    T(what_cannot_be_opened_is_said_in_a_line),
	    T(a_pattern_chooses_runs_by_name_and_setting),
	    T(keys_do_what_the_help_says),
	    T(live_runs_keep_moving),
	    T(the_browser_opens_it_and_has_its_letters),
	    T(a_run_of_another_machine_lies_over_one_here),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
