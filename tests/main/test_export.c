/* `thaw export` and `thaw replay --cast` as a person calls them: which file comes, when none does, and
 * what a browser makes of the report. */
#include "program.h"

#include "../pty.h"
#include "../report/exported.h"
#include "../report/markup.h"
#include "png_read.h"

#include "thaw/event/base64.h"

#include <cjson/cJSON.h>
#include <sys/stat.h>

#define RUN "runs/pets-1"

/* A run that holds everything, its name in need of quotes and escapes. */
#define ODD "runs/it's <b>odd"

static int setup(void **state)
{
	static const char experiment[] = "name: pets\n# <script>document.title = 1</script>\n";
	if (program_setup(state))
		return -1;
	char *log = exported_sample(sample_whole);
	program_write_text(RUN "/events.jsonl", log);
	program_write_text(RUN "/experiment.yaml", experiment);
	program_write_text(ODD "/events.jsonl", log);
	program_write_text(ODD "/experiment.yaml", experiment);
	program_write_text("alone.jsonl", log);
	free(log);
	return 0;
}

static void read_file(const char *name, struct strbuf *out)
{
	struct errinfo e;
	char *path = path_join(dir, name);
	if (file_read(path, out, &e))
		fail_msg("%s", e.msg);
	free(path);
}

static bool exists(const char *name)
{
	char *path = path_join(dir, name);
	bool is = file_exists(path);
	free(path);
	return is;
}

/* ---- which format, which file ---- */

static void test_formats(void **state)
{
	(void)state;
	static const struct {
		const char *format, *file, *begin; /* in a folder: it is called like the run */
	} rows[] = {
	    {"csv", "pets-1.csv", "epoch,accuracy,learning_rate,loss,val_accuracy"},
	    {"tidy", "pets-1.tidy.csv", "run,split,figure,epoch,iteration,seconds,value\n"},
	    {"markdown", "pets-1.md", "## pets-1\n"},
	    {"html", "pets-1.html", "<!DOCTYPE html>\n"},
	    {"json", "pets-1.json", "{\"name\":\"pets-1\""},
	    {"cast", "pets-1.cast", "{\"version\":2,\"width\":100,\"height\":30,"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *named = xasprintf("named/%s", rows[i].file),
		     *in = xasprintf("in/%s", rows[i].file);
		struct strbuf a = STRBUF_INIT, b = STRBUF_INIT;
		EXPECT(0, rows[i].file, NULL, "export", "pets-1", "--to", rows[i].format,
		       "--out", "in/");
		EXPECT(0, rows[i].format, NULL, "export", RUN, "--out", named); /* by its ending */
		EXPECT(0, rows[i].begin, NULL, "export", "pets-1", "--to", rows[i].format);
		read_file(in, &a);
		read_file(named, &b);
		assert_memory_equal(a.buf, rows[i].begin, strlen(rows[i].begin));
		assert_string_equal(a.buf, b.buf);
		strbuf_release(&a);
		strbuf_release(&b);
		free(named);
		free(in);
	}
	EXPECT(0, "events.out.tfevents.1700000000.thaw", NULL, "export", RUN, "--to",
	       "tensorboard", "--out", "board/");
	assert_true(exists("board/events.out.tfevents.1700000000.thaw"));
	EXPECT(0, "tensorboard", NULL, "export", "alone.jsonl", "--out", "x.tfevents.1");
}

static void test_refusals(void **state)
{
	(void)state;
	EXPECT(2, NULL, "says what to write", "export", RUN);
	EXPECT(2, NULL, "did you mean markdown?", "export", RUN, "--to", "markdwn");
	EXPECT(2, NULL, "--to says what x.xyz is to be", "export", RUN, "--out", "x.xyz");
	EXPECT(2, NULL, "no run nowhere", "export", "nowhere", "--to", "csv");
	EXPECT(2, NULL, "--size needs columns x rows", "export", RUN, "--to", "cast", "--size",
	       "9x");
	EXPECT(2, NULL, "--page needs", "export", RUN, "--to", "cast", "--page", "first");
	EXPECT(2, NULL, "--idle needs seconds", "export", RUN, "--to", "cast", "--idle", "-1");
	EXPECT(2, NULL, "speed is a number from 0.25 to 1000", "export", RUN, "--to", "cast", "--speed",
	       "nan");
	program_write_text("there.csv", "mine");
	EXPECT(2, NULL, "there.csv exists; --force replaces it", "export", RUN, "--out",
	       "there.csv");
	struct strbuf text = STRBUF_INIT;
	read_file("there.csv", &text);
	assert_string_equal(text.buf, "mine");
	EXPECT(0, "there.csv: csv", NULL, "export", RUN, "--out", "there.csv", "--force");
	strbuf_reset(&text);
	read_file("there.csv", &text);
	assert_memory_equal(text.buf, "epoch,", 6);
	strbuf_release(&text);
	char *device = path_join(dir, "device.csv"); /* what is no file stays what it is */
	assert_int_equal(mkfifo(device, 0600), 0);
	EXPECT(2, NULL, "device.csv", "export", RUN, "--out", "device.csv", "--force");
	assert_true(exists("device.csv"));
	free(device);
	EXPECT(2, NULL, "--to says what in/ is to be", "export", RUN, "--out", "in/");
	program_write_text("full/pets-1.csv/x", "");
	EXPECT(2, NULL, "full/pets-1.csv is a folder", "export", RUN, "--to", "csv", "--out",
	       "full", "--force");
}

static void test_no_binary_on_a_terminal(void **state)
{
	(void)state;
	char *run = path_join(dir, RUN),
	     *words[] = {thaw, xstrdup("export"), run, xstrdup("--to"), xstrdup("tensorboard"),
			 NULL};
	struct pty *p = pty_exec(100, 24, "xterm-256color", words);
	assert_int_equal(pty_wait_exit(p, DEADLINE_MS), 2);
	assert_true(pty_shows(p, "is no text for a terminal", DEADLINE_MS));
	pty_free(p);
	for (int i = 1; i < 5; i++)
		free(words[i]);
}

/* ---- the cast of a replay ---- */

static void test_replay_cast(void **state)
{
	(void)state;
	struct strbuf a = STRBUF_INIT, b = STRBUF_INIT;
	EXPECT(0, "", NULL, "replay", "pets-1", "--cast", "a.cast", "--size", "80x24", "--page",
	       "log");
	EXPECT(0, "", NULL, "export", "pets-1", "--out", "b.cast", "--size", "80x24", "--page",
	       "Log");
	read_file("a.cast", &a);
	read_file("b.cast", &b);
	assert_string_equal(a.buf, b.buf);
	for (char *line = a.buf, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		cJSON *o = cJSON_Parse(line);
		assert_non_null(o);
		cJSON_Delete(o);
	}
	EXPECT(2, NULL, "a.cast exists", "replay", "pets-1", "--cast", "a.cast");
	strbuf_release(&a);
	strbuf_release(&b);
}

/* ---- the report ---- */

/* The command that it ends with is one that this program has, its words as a shell reads them. */
static void test_again(void **state)
{
	(void)state;
	struct strbuf html = STRBUF_INIT;
	EXPECT(0, "odd.html", NULL, "export", ODD, "--out", "odd.html");
	read_file("odd.html", &html);
	expect_text(html.buf, "<title>it&#39;s &lt;b&gt;odd</title>");
	expect_text(html.buf, "&#39;runs/it&#39;\\&#39;&#39;s &lt;b&gt;odd");
	const char *at = strstr(html.buf, "<pre>thaw ");
	assert_non_null(at);
	char *command = xstrndup(at + 10, strcspn(at + 10, " ")),
	     *usage = xasprintf("usage: thaw %s", command);
	EXPECT(0, usage, NULL, "help", command);
	free(usage);
	free(command);
	free(markup_check(html.buf));
	strbuf_release(&html);
	EXPECT(0, "", NULL, "export", "alone.jsonl", "--out", "alone.html");
	read_file("alone.html", &html);
	expect_none(html.buf, "<pre>"); /* nothing to run again, no settings */
	strbuf_release(&html);
}

/* Its pictures are those of the log, pixel by pixel, in its order. */
static void test_pictures(void **state)
{
	(void)state;
	struct strbuf html = STRBUF_INIT;
	struct exported e;
	char *log = exported_sample(sample_whole);
	size_t probe = 0, mistake = 0;
	exported_fold(&e, log);
	export_html(&html, &e.x);
	for (const char *c = html.buf; (c = strstr(c, "class=\"shown\"")); c++) {
		struct strbuf bytes = STRBUF_INIT;
		const char *text = strstr(c, "base64,") + 7;
		assert_true(base64_decode(text, strcspn(text, "\""), &bytes));
		struct png_read png = png_read(bytes.buf, bytes.len);
		bool of_probe = probe < 2 * e.h.n_probes; /* each stands there twice */
		const uint8_t *rgb =
		    of_probe ? e.h.probes[probe++ / 2].rgb : e.h.mistakes[mistake++].rgb;
		assert_int_equal(png.w, of_probe ? e.h.thumb_w : e.h.mistake_w);
		assert_int_equal(png.h, of_probe ? e.h.thumb_h : e.h.mistake_h);
		assert_int_equal(png.samples, 3);
		assert_memory_equal(png.pixels, rgb, (size_t)(png.w * png.h * 3));
		free(png.pixels);
		strbuf_release(&bytes);
	}
	assert_true(e.h.n_probes > 0 && probe == 2 * e.h.n_probes);
	assert_true(e.h.n_mistakes > 0 && mistake == e.h.n_mistakes);
	strbuf_release(&html);
	exported_release(&e);
	free(log);
}

/* ---- in a browser ---- */

static const char *browser(void)
{
	static const char *const names[] = {"chromium", "chromium-browser", "google-chrome"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *look = xasprintf("command -v %s >/dev/null 2>&1", names[i]);
		bool there = system(look) == 0;
		free(look);
		if (there)
			return names[i];
	}
	return NULL;
}

/* Have it open a file of the directory; what it made of it is in dom.html and shot.png. */
static void browse(const char *program, const char *file, int w, int h, const char *more)
{
	char *command = xasprintf(
	    "cd '%s' && rm -f shot.png && HOME='%s' timeout %d %s --headless=new --no-sandbox "
	    "--disable-gpu --disable-dev-shm-usage --no-first-run --user-data-dir='%s/browser' "
	    "--force-device-scale-factor=1 --hide-scrollbars --window-size=%d,%d %s "
	    "--screenshot=shot.png --dump-dom 'file://%s/%s' >dom.html 2>browser.log",
	    dir, dir, DEADLINE_MS / 1000, program, dir, w, h, more, dir, file);
	int status = system(command);
	if (status || !exists("shot.png")) {
		struct strbuf log = STRBUF_INIT;
		read_file("browser.log", &log);
		fail_msg("%s: status %d: %s", program, status, log.buf);
	}
	free(command);
}

/* The mean of a picture's light, 0..255; it must show more than a blank page. */
static double light_of(const struct png_read *png)
{
	static uint8_t seen[4096];
	size_t n = (size_t)png->w * (size_t)png->h, colours = 0;
	double sum = 0;
	memset(seen, 0, sizeof(seen));
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = png->pixels + i * (size_t)png->samples;
		sum += (p[0] + p[1] + p[2]) / 3.0;
		seen[p[0] >> 4 << 8 | p[1] >> 4 << 4 | p[2] >> 4] = 1;
	}
	for (size_t i = 0; i < sizeof(seen); i++)
		colours += seen[i];
	if (colours < 40)
		fail_msg("%zu colours: is it blank?", colours);
	return sum / (double)n;
}

static double look(const char *program, int w, int h, const char *more)
{
	struct strbuf shot = STRBUF_INIT;
	browse(program, "seen.html", w, h, more);
	read_file("shot.png", &shot);
	struct png_read png = png_read(shot.buf, shot.len);
	assert_int_equal(png.w, w);
	assert_int_equal(png.h, h);
	double light = light_of(&png);
	free(png.pixels);
	strbuf_release(&shot);
	return light;
}

static void test_in_a_browser(void **state)
{
	(void)state;
	const char *program = browser();
	struct strbuf dom = STRBUF_INIT;
	if (!program) {
		print_message("chromium is not installed: no report is looked at\n");
		skip();
	}
	EXPECT(0, "seen.html", NULL, "export", ODD, "--out", "seen.html");
	double light = look(program, 1200, 2400, "");
	read_file("dom.html", &dom);
	static const char *const texts[] = {
	    "<title>it's &lt;b&gt;odd</title>", /* and no script has changed it */
	    "finished</span>",
	    "<b>Loss</b>",
	    "<path class=\"curve valid\" d=\"M",
	    "daisy",
	    "id=\"probes\"",
	    "all 10 epochs done",
	    "&lt;script&gt;document.title",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		expect_text(dom.buf, texts[i]);
	strbuf_release(&dom);
	double dark =
	    look(program, 420, 1600, "--force-dark-mode --blink-settings=preferredColorScheme=0");
	if (light < 160 || dark > 100)
		fail_msg("light: %.0f, dark: %.0f", light, dark);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_formats),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_no_binary_on_a_terminal),
	    cmocka_unit_test(test_replay_cast),
	    cmocka_unit_test(test_again),
	    cmocka_unit_test(test_pictures),
	    cmocka_unit_test(test_in_a_browser),
	};
	return run_program_tests(tests, setup, program_teardown);
}
