/* Logs as people bring them to `thaw`: a file alone under any name, and files that are no logs. */
#include "program.h"

#include "thaw/event/log_writer.h"

#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

static char name[] = "pets", reason[] = "all phases done", cat[] = "cat", dog[] = "dog";

static char *in_dir(const char *path)
{
	return path_join(dir, path);
}

/* The bytes of a short log. */
static void make_log(struct strbuf *out)
{
	const char *classes[] = {cat, dog};
	char *path = in_dir("events.jsonl");
	struct event events[] = {
	    {.type = EV_RUN,
	     .run = {.version = 1, .name = name, .classes = classes, .n_classes = 2, .epochs = 2}},
	    {.type = EV_STEP,
	     .step = {.iter = 5, .epoch = 1, .loss = {0.5, true}, .lr = {0.01, true}}},
	    {.type = EV_EPOCH, .epoch = {.epoch = 1, .iter = 5, .valid = {.acc = {0.75, true}}}},
	    {.type = EV_END,
	     .end = {.status = END_FINISHED, .reason = reason, .epochs = 1, .iters = 5}},
	};
	struct log_writer *w = NULL;
	struct folder f;
	assert_int_equal(folder_open(&f, dir, NULL), ERR_OK);
	assert_int_equal(log_writer_open(&w, &f, false, NULL), ERR_OK);
	folder_close(&f);
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		assert_int_equal(log_writer_append(w, &events[i], NULL), ERR_OK);
	assert_int_equal(log_writer_close(w, NULL), ERR_OK);
	assert_int_equal(file_read(path, out, NULL), ERR_OK);
	unlink(path);
	free(path);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;
	for (; (text = strchr(text, '\n')); text++)
		n++;
	return n;
}

/* Status, what stands in its complaints, and how many lines these are. */
static void complains(int status, const char *says, size_t n_lines, const char *const *words)
{
	struct child c = start(words);
	int got = reap(&c);
	if (got != status || !strstr(c.text[1].buf, says) || count_lines(c.text[1].buf) != n_lines)
		fail_msg("thaw %s %s: status %d, wanted %d and '%s' in: %s", words[0], words[1],
			 got, status, says, c.text[1].buf);
	release(&c);
}

#define COMPLAINS(status, says, n, ...)                                                            \
	complains(status, says, n, (const char *const[]){__VA_ARGS__, NULL})

static void a_log_alone_is_enough(void **state)
{
	(void)state;
	struct strbuf log = STRBUF_INIT;
	make_log(&log);
	program_write("runs/pets-1/events.jsonl", log.buf, log.len);
	program_write("renamed-log.jsonl", log.buf, log.len);
	program_write("runs/saved.txt", log.buf, log.len);
	static const char *const names[] = {"pets-1",
					    "runs/pets-1",
					    "runs/pets-1/",
					    "runs/pets-1/events.jsonl",
					    "renamed-log.jsonl",
					    "./renamed-log.jsonl",
					    "saved.txt"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		EXPECT(0, "finished: all phases done: 1 epoch", NULL, "replay", names[i],
		       "--headless");
		EXPECT(0, "finished (all phases done), 1 of 2 epochs", NULL, "show", names[i]);
		EXPECT(0, "\"epochs_planned\":\t2", NULL, "show", names[i], "--json");
	}
	EXPECT(0, "renamed-log.jsonl: finished", NULL, "show", "renamed-log.jsonl");
	EXPECT(0, "pets-1: finished", NULL, "show", "runs/pets-1/events.jsonl");
	/* The directory of a log of that name is the run's. */
	COMPLAINS(2, "runs/pets-1 is not running (finished)", 1, "attach",
		  "runs/pets-1/events.jsonl");
	static const char *const wants_dir[][3] = {{"attach", NULL, NULL},
						   {"resume", NULL, NULL},
						   {"predict", "a.png", NULL},
						   {"ctl", "pause", NULL}};
	for (size_t i = 0; i < sizeof(wants_dir) / sizeof(*wants_dir); i++)
		COMPLAINS(2, "renamed-log.jsonl is a file, and this takes a run's directory", 1,
			  wants_dir[i][0], "renamed-log.jsonl", wants_dir[i][1]);
	EXPECT(0, "pets-1", NULL, "ls"); /* and says nothing of saved.txt */
	strbuf_release(&log);
}

static void what_is_no_log_takes_one_line(void **state)
{
	(void)state;
	static const char gz[] = "\x1f\x8b\x08\0\n\n\n\n",
			  html[] = "<html>\n<body>\n404\n</html>\n";
	struct strbuf log = STRBUF_INIT;
	make_log(&log);
	program_write("old/good-1/events.jsonl", log.buf, log.len);
	program_write("old/good-2/events.jsonl", log.buf, log.len);
	program_write("old/bad-gz/events.jsonl", gz, sizeof(gz) - 1);
	program_write("old/bad-html/events.jsonl", html, sizeof(html) - 1);
	program_write("old/bad-empty/events.jsonl", "", 0);
	program_write("old/readme.txt", html, sizeof(html) - 1);
	program_write("old/no-run/notes.txt", html, sizeof(html) - 1);
	static const char *const bad[][2] = {
	    {"old/bad-gz", "gunzip -c old/bad-gz/events.jsonl >"},
	    {"old/bad-html", "a web page (HTML), not an event log"},
	    {"old/bad-empty", ": empty, not an event log"},
	    {"old/readme.txt", "a web page (HTML)"}};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		COMPLAINS(2, bad[i][1], 1, "show", bad[i][0]);
		COMPLAINS(2, bad[i][1], 1, "show", bad[i][0], "--json");
		COMPLAINS(2, bad[i][1], 1, "replay", bad[i][0]);
		COMPLAINS(2, bad[i][1], 1, "replay", bad[i][0], "--headless");
	}
	/* One line an entry, and the others are listed. */
	COMPLAINS(2, "bad-html/events.jsonl: a web page (HTML)", 3, "ls", "--runs", "old");
	EXPECT(2, "good-1", "bad-gz/events.jsonl: compressed", "ls", "--runs", "old");
	EXPECT(2, "good-2", "bad-empty/events.jsonl: empty", "ls", "--runs", "old", "--json");
	strbuf_release(&log);
}

/* A trainer that has just made its log has written nothing to it yet. */
static void a_log_that_begins_may_be_empty(void **state)
{
	(void)state;
	program_write("new/young/events.jsonl", "", 0);
	program_write("new/young/lock", "", 0);
	char *path = in_dir("new/young/lock");
	int fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	EXPECT(0, "young: running", NULL, "show", "new/young");
	EXPECT(0, "running", NULL, "ls", "--runs", "new");
	COMPLAINS(0, "", 0, "replay", "new/young", "--headless");
	close(fd);
	COMPLAINS(2, ": empty", 1, "show", "new/young");
	free(path);
}

static void many_bad_lines_take_two(void **state)
{
	(void)state;
	struct strbuf log = STRBUF_INIT, twice = STRBUF_INIT;
	make_log(&log);
	strbuf_add(&twice, log.buf, log.len);
	strbuf_add(&twice, log.buf, log.len);
	program_write("twice.jsonl", twice.buf, twice.len);
	COMPLAINS(0, "twice.jsonl:5: event 1 comes after event 4", 2, "replay", "twice.jsonl");
	COMPLAINS(0, "3 more lines of the log could not be read", 2, "replay", "twice.jsonl");
	EXPECT(0, "log: 4 lines could not be read", NULL, "show", "twice.jsonl");
	strbuf_add(&log, "\0\0\0\0", 4); /* the tail that a power cut leaves */
	program_write("tail.jsonl", log.buf, log.len);
	EXPECT(0, "finished: all phases done", NULL, "replay", "tail.jsonl");
	strbuf_release(&log);
	strbuf_release(&twice);
}

static void a_folder_without_a_log_is_looked_into(void **state)
{
	(void)state;
	struct strbuf log = STRBUF_INIT;
	make_log(&log);
	program_write("tb/events.out.tfevents.1700000000.host", "\x18\0\0\0\0\0\0\0", 8);
	program_write("packed/events.jsonl.gz", "\x1f\x8b", 2);
	program_write("lone/mine.jsonl", log.buf, log.len);
	program_write("many/pets-1/events.jsonl", log.buf, log.len);
	program_write("nothing/readme.txt", "x", 1);
	static const char *const guesses[][2] = {
	    {"packed", "it is packed: unpack events.jsonl.gz"},
	    {"lone", "name the log itself: mine.jsonl"},
	    {"many", "it is a folder of runs, like pets-1"},
	    {"nothing", "`thaw ls` lists the runs"}};
	for (size_t i = 0; i < sizeof(guesses) / sizeof(*guesses); i++) {
		COMPLAINS(2, guesses[i][1], 1, "replay", guesses[i][0]);
		COMPLAINS(2, guesses[i][1], 1, "predict", guesses[i][0], "a.png");
	}
	COMPLAINS(2, "tb: its program began to log and stopped", 1, "replay", "tb");
	COMPLAINS(2, "tb is another program's log", 1, "predict", "tb", "a.png");
	strbuf_release(&log);
}

/* A log lacks what another program did not measure: it is left out, never 0. */
static void what_is_not_told_is_left_out(void **state)
{
	(void)state;
	static const char log[] =
	    "{\"seq\":1,\"t\":0,\"ev\":\"run\",\"name\":\"told\",\"classes\":[\"a\",\"b\"],"
	    "\"epochs\":3}\n"
	    "{\"seq\":2,\"t\":100,\"ev\":\"step\",\"iter\":1,\"epoch\":1}\n"
	    "{\"seq\":3,\"t\":500,\"ev\":\"epoch\",\"epoch\":1,\"train\":{\"loss\":0.375}}\n"
	    "{\"seq\":4,\"t\":600,\"ev\":\"epoch\",\"epoch\":2,\"valid\":{\"acc\":0.875},"
	    "\"lr\":0.5}\n"
	    "{\"seq\":5,\"t\":900,\"ev\":\"epoch\",\"epoch\":3,\"valid\":{\"loss\":0.5},"
	    "\"seconds\":{\"train\":4}}\n"
	    "{\"seq\":6,\"t\":2000,\"ev\":\"end\",\"status\":\"finished\"}\n";
	program_write("told/told.jsonl", log, sizeof(log) - 1);
	EXPECT(0, "run told: 2 classes, 3 epochs\nepoch 1/3, training loss 0.375\n", NULL,
	       "replay", "told/told.jsonl", "--headless");
	EXPECT(0, "\nepoch 2/3, validation acc 87.5 %, lr 0.5", NULL, "replay", "told/told.jsonl",
	       "--headless");
	EXPECT(0, "\nepoch 3/3, validation loss 0.500, 4.0s\nfinished: ", NULL, "replay",
	       "told/told.jsonl", "--headless");
	EXPECT(0,
	       "told.jsonl: finished, 3 of 3 epochs, 1 iteration, 2.0s\n"
	       "best: epoch 2, validation accuracy 87.5 %\n",
	       NULL, "show", "told/told.jsonl");
	EXPECT(0, "      1               0.375       -         -       -  \n", NULL, "show",
	       "told/told.jsonl");
	EXPECT(0, "      2                   -       -         -    87.5*", NULL, "show",
	       "told/told.jsonl");
	EXPECT(0, "\"epoch\":\t2,\n\t\t\"acc\":\t0.875,\n\t\t\"observation\"", NULL, "show",
	       "told/told.jsonl", "--json");
	EXPECT(0, "\"epoch\":\t3,\n\t\t\"loss\":\t0.5,\n\t\t\"observation\"", NULL, "show",
	       "told/told.jsonl", "--json");
	static const char bare[] = "{\"seq\":1,\"t\":0,\"ev\":\"run\",\"name\":\"bare\"}\n"
				   "{\"seq\":2,\"t\":0,\"ev\":\"epoch\",\"epoch\":1}\n";
	program_write("told/bare.jsonl", bare, sizeof(bare) - 1);
	EXPECT(0, ", 1 epoch, 0 iterations", NULL, "show", "told/bare.jsonl");
	program_write("told/runs/told-1/events.jsonl", log, sizeof(log) - 1);
	EXPECT(0, "   3/3       87.5      -      2.0s", NULL, "ls", "--runs", "told/runs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_log_alone_is_enough),
	    cmocka_unit_test(what_is_no_log_takes_one_line),
	    cmocka_unit_test(a_log_that_begins_may_be_empty),
	    cmocka_unit_test(many_bad_lines_take_two),
	    cmocka_unit_test(a_folder_without_a_log_is_looked_into),
	    cmocka_unit_test(what_is_not_told_is_left_out),
	};
	return run_program_tests(tests, program_setup, program_teardown);
}
