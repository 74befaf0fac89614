/* Hostile text through every command of `thaw`, as a word of the command line, as a file's name and
 * in a log, and through the viewer on a terminal: nothing of it goes out raw, no line is forged,
 * and JSON gives it back as it was. */
#include "program.h"

#include "../hostile.h"
#include "../pty.h"
#include "../tui/sample.h"
#include "thaw/base/folder.h"
#include "thaw/base/run_files.h"
#include "thaw/wire/control_server.h"

#include <cjson/cJSON.h>
#include <sys/file.h>

#define WAIT_MS 120000

/* runs/NAME with a whole run of hostile text, in which two lines cannot be read. */
static void make_run(const char *name, const struct hostile *h)
{
	char *clean = NULL, *path = xasprintf("runs/%s/events.jsonl", name);
	size_t len;
	struct sample s = {open_memstream(&clean, &len), 0, 0, 1};
	assert_non_null(s.out);
	sample_whole(&s);
	fclose(s.out);
	char *log = hostile_log(clean, h);
	struct strbuf broken = STRBUF_INIT;
	strbuf_addf(&broken, "%s{\"seq\":1,\"ev\":\"note\",\"text\":%s}\nnot json %s\n", log,
		    h->text, h->text);
	program_write_text(path, broken.buf);
	strbuf_release(&broken);
	free(clean);
	free(log);
	free(path);
}

/* ---- words of the command line ---- */

/* '@' stands for the text. The trainer takes half a second to start: it gets all texts in one. */
static const struct {
	const char *words[6];
	bool trainer;
} ways[] = {
    {.words = {"@"}},
    {.words = {"help", "@"}},
    {.words = {"run", "a.yaml", "@"}},
    {.words = {"run", "a.yaml", "--@"}},
    {.words = {"run", "a.yaml", "--headless=@"}},
    {.words = {"run", "a.yaml", "--set", "@"}},
    {.words = {"run", "a.yaml", "--threads", "@"}},
    {.words = {"resume", "@"}},
    {.words = {"resume", "clean", "--epochs", "@"}},
    {.words = {"attach", "@"}},
    {.words = {"attach", "clean", "--runs", "@"}},
    {.words = {"replay", "@", "--headless"}},
    {.words = {"replay", "clean", "--speed", "@"}},
    {.words = {"replay", "clean", "--@"}},
    {.words = {"ls", "@"}},
    {.words = {"ls", "--runs", "@"}},
    {.words = {"show", "@"}},
    {.words = {"show", "clean", "@"}},
    {.words = {"show", "clean", "--json=@"}},
    {.words = {"ctl", "@", "pause"}},
    {.words = {"ctl", "clean", "@"}},
    {.words = {"ctl", "clean", "freeze", "@"}},
    {.words = {"ctl", "clean", "lr", "@"}},
    {.words = {"ctl", "clean", "pause", "@"}},
    {.words = {"predict", "@", "x.png"}},
    {.words = {"eval", "@"}},
    {.words = {"run", "@"}, .trainer = true},
    {.words = {"run", "a.yaml", "--set", "train.batch=@"}, .trainer = true},
    {.words = {"run", "a.yaml", "--set", "phases.@.lr=1"}, .trainer = true},
    {.words = {"run", "a.yaml", "--pause-at", "@"}, .trainer = true},
    {.words = {"check", "@"}, .trainer = true},
    {.words = {"check", "a.yaml", "--name", "@", "--set", "network.cfg=@"}, .trainer = true},
    {.words = {"profile", "a.yaml", "--batches", "@"}, .trainer = true},
    {.words = {"predict", "clean", "@", "--weights", "@"}, .trainer = true},
};
#define N_WAYS (sizeof(ways) / sizeof(*ways))

static char *with_text(const char *word, const char *text)
{
	const char *at = strchr(word, '@');
	return at ? xasprintf("%.*s%s%s", (int)(at - word), word, text, at + 1) : xstrdup(word);
}

struct outcome {
	int status;
	size_t n_lines;
};

static struct outcome try_way(const char *const *way, const struct hostile *h)
{
	char *words[8] = {0}, name[128] = "";
	for (size_t i = 0; i < 6 && way[i]; i++) {
		words[i] = with_text(way[i], h->text);
		snprintf(name + strlen(name), sizeof(name) - strlen(name), " %s", way[i]);
	}
	struct child c = start((const char *const *)words);
	struct outcome o = {.status = reap(&c)};
	for (int k = 0; k < 2; k++) {
		hostile_check(name, h, c.text[k].buf, c.text[k].len);
		for (const char *b = c.text[k].buf; *b; b++)
			o.n_lines += *b == '\n';
	}
	if (o.status == 0 || o.n_lines == 0)
		fail_msg("thaw%s, %s: status %d, %zu lines", name, h->name, o.status, o.n_lines);
	release(&c);
	for (size_t i = 0; words[i]; i++)
		free(words[i]);
	return o;
}

static void compare(size_t w, const struct hostile *h, struct outcome want)
{
	struct outcome got = try_way(ways[w].words, h);
	if (got.n_lines != want.n_lines)
		fail_msg("thaw %s %s, %s: %zu lines instead of %zu", ways[w].words[0],
			 ways[w].words[1], h->name, got.n_lines, want.n_lines);
}

/* All are refused, in as many lines as plain text is. */
static void words(void **state)
{
	(void)state;
	static const struct hostile plain = {"plain", "azz", true, true};
	struct strbuf all = STRBUF_INIT, shown = STRBUF_INIT;
	for (size_t i = 0; i < N_HOSTILE; i++) {
		strbuf_addstr(&all, hostile_texts[i].text);
		strbuf_addstr(&shown, hostile_texts[i].class ? hostile_texts[i].text : "");
	}
	const struct hostile in_one[] = {{"all", all.buf, false, false},
					 {"all unseen", shown.buf, true, true}};
	make_run("clean", &plain);
	program_write_text("a.yaml", "name: x\n");
	for (size_t w = 0; w < N_WAYS; w++) {
		struct outcome want = try_way(ways[w].words, &plain);
		const struct hostile *texts = ways[w].trainer ? in_one : hostile_texts;
		for (size_t i = 0; i < (ways[w].trainer ? 2 : N_HOSTILE); i++)
			compare(w, &texts[i], want);
	}
	strbuf_release(&all);
	strbuf_release(&shown);
}

/* ---- a run ---- */

/* Does any string in it hold the text? */
static bool holds(const cJSON *o, const char *text)
{
	bool found = cJSON_IsString(o) && strstr(o->valuestring, text);
	for (const cJSON *c = o->child; c && !found; c = c->next)
		found = holds(c, text);
	return found;
}

static void try_run(const char *const *words, const struct hostile *h, bool json)
{
	struct child c = start(words);
	int status = reap(&c);
	if (status != 0)
		fail_msg("thaw %s, %s: status %d: %s", words[0], h->name, status, c.text[1].buf);
	for (int k = 0; k < 2; k++) {
		struct strbuf *text = &c.text[k];
		for (char *tab = text->buf; json && (tab = strchr(tab, '\t')); tab++)
			*tab = ' '; /* between strings, as cJSON indents */
		hostile_check(words[0], h, text->buf, text->len);
	}
	assert_true(c.text[0].len > 0);
	if (json) {
		cJSON *o = cJSON_Parse(c.text[0].buf);
		assert_non_null(o);
		if (h->utf8 && !holds(o, h->text))
			fail_msg("thaw %s --json, %s: lost: %s", words[0], h->name, c.text[0].buf);
		cJSON_Delete(o);
	}
	release(&c);
}

static void runs_of_hostile_logs(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_HOSTILE; i++) {
		const struct hostile *h = &hostile_texts[i];
		make_run(h->text, h);
		try_run((const char *const[]){"show", h->text, NULL}, h, false);
		try_run((const char *const[]){"show", h->text, "--json", NULL}, h, true);
		try_run((const char *const[]){"replay", h->text, NULL}, h, false);
	}
	try_run((const char *const[]){"ls", NULL}, &hostile_texts[0], false);
	try_run((const char *const[]){"ls", "--json", NULL}, &hostile_texts[0], true);
}

/* ---- a trainer's reply ---- */

struct replier {
	struct control_server *server;
	const struct hostile *h;
	bool ok;
};

static void on_command(void *arg, uint64_t client, const struct command *c)
{
	const struct replier *r = arg;
	char *msg = xstrdup(r->h->text);
	control_server_reply(r->server, client,
			     &(struct reply){.id = c->id, .ok = r->ok, .iter = 1, .msg = msg});
	free(msg);
}

static void replies(void **state)
{
	(void)state;
	struct folder run;
	char *path = path_join(dir, "runs/clean");
	assert_int_equal(folder_open(&run, path, NULL), ERR_OK);
	for (size_t i = 0; i < 2 * N_HOSTILE; i++) {
		struct replier r = {.h = &hostile_texts[i / 2], .ok = i % 2};
		assert_int_equal(control_server_open(&r.server, &run, RUN_SOCKET, r.h->text, NULL),
				 ERR_OK);
		struct child c = START("ctl", "clean", "pause");
		for (int64_t end = deadline(); c.fd[0] >= 0 && clock_ms() < end;) {
			control_server_poll(r.server, 10, on_command, &r);
			pump(&c, 0);
		}
		assert_int_equal(reap(&c), r.ok ? 0 : 1);
		const struct strbuf *said = &c.text[r.ok ? 0 : 1];
		hostile_check("ctl", r.h, said->buf, said->len);
		assert_ptr_equal(strchr(said->buf, '\n'), said->buf + said->len - 1);
		release(&c);
		control_server_close(r.server);
	}
	folder_close(&run);
	free(path);
}

/* ---- the environment, and a person's own files ---- */

static void own_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_HOSTILE; i++) {
		const struct hostile *h = &hostile_texts[i];
		struct strbuf keys = STRBUF_INIT;
		strbuf_addf(&keys, "\"%s\": \"%s\"\n", h->text, h->text);
		program_write_text("thaw/keys.yaml", keys.buf);
		setenv("THAW_TRAIN", h->text, 1);
		static const char *const tries[][3] = {{"help", "keys"}, {"check", "a.yaml"}};
		for (size_t t = 0; t < 2; t++) {
			struct child c = start(tries[t]);
			assert_int_not_equal(reap(&c), 0);
			hostile_check(tries[t][1], h, c.text[1].buf, c.text[1].len);
			assert_ptr_equal(strchr(c.text[1].buf, '\n'),
					 c.text[1].buf + c.text[1].len - 1);
			release(&c);
		}
		unsetenv("THAW_TRAIN");
		strbuf_release(&keys);
	}
	program_write_text("thaw/keys.yaml", "");
}

/* ---- the viewer ---- */

/* What the viewer may send besides text: colours, the cursor, modes, its question for colours, and
 * what is around a title; never another string of commands. */
static void drop_sequences(struct strbuf *bytes)
{
	static const char question[] = "\x1bP$qm\x1b\\", title[] = "\x1b]2;";
	size_t to = 0;
	bool in_title = false;
	for (const char *at = bytes->buf; *at;) {
		if (strncmp(at, question, sizeof(question) - 1) == 0) {
			at += sizeof(question) - 1;
		} else if (!in_title && strncmp(at, title, sizeof(title) - 1) == 0) {
			at += sizeof(title) - 1;
			in_title = true;
		} else if (in_title && *at == '\a') {
			at++;
			in_title = false;
		} else if (at[0] == '\x1b' && at[1] == '[') {
			at += 2 + strspn(at + 2, "0123456789;?>");
			at += *at != '\0';
		} else if (at[0] == '\x1b' && at[1] && strchr("()", at[1])) {
			at += at[2] ? 3 : 2;
		} else if (at[0] == '\x1b' && at[1] && strchr("=>78", at[1])) {
			at += 2;
		} else if (*at && strchr("\r\n\b\x0f\x0e\x18", *at)) {
			at++;
		} else {
			bytes->buf[to++] = *at++;
		}
	}
	bytes->len = to;
	bytes->buf[to] = '\0';
}

/* All texts in one, in all that a run has, and what a terminal gets of every page. */
static void pages(void **state)
{
	(void)state;
	static const char *const keys[] = {"\x1bOF", "2", "3", "4", "5", "6", "1", "?", "qqq"};
	struct strbuf all = STRBUF_INIT, bytes = STRBUF_INIT;
	for (size_t i = 0; i < N_HOSTILE; i++)
		strbuf_addstr(&all, hostile_texts[i].text);
	const struct hostile h = {"all", all.buf, false, false};
	make_run(h.text, &h);
	char *run = xasprintf("%s/runs/%s", dir, h.text), replay[] = "replay",
	     pictures[] = "--pictures=blocks"; /* kitty is asked, and told, by strings of our own */
	setenv("LC_ALL", "C.UTF-8", 1);
	struct pty *p =
	    pty_exec(140, 45, "xterm-256color", (char *const[]){thaw, replay, run, pictures, NULL});
	pty_record(p, &bytes);
	assert_true(pty_shows(p, "replay", WAIT_MS));
	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
		pty_send(p, keys[k]);
		pty_settles(p, 50, WAIT_MS);
	}
	assert_true(pty_wait_exit(p, WAIT_MS) >= 0);
	drop_sequences(&bytes);
	assert_non_null(strstr(bytes.buf, "daisya\\x1b]0;"));
	hostile_check("the viewer", &h, bytes.buf, bytes.len);
	pty_free(p);
	strbuf_release(&all);
	strbuf_release(&bytes);
	free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words),   cmocka_unit_test(runs_of_hostile_logs),
	    cmocka_unit_test(replies), cmocka_unit_test(own_files),
	    cmocka_unit_test(pages),
	};
	return run_program_tests(tests, program_setup, program_teardown);
}
