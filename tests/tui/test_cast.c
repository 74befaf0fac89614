/* A replay as an asciicast: its lines are what the format asks for, and a terminal that is fed with
 * them shows the screen of the run's end. */
#include "check.h"
#include "glass.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/run/timeline.h"
#include "thaw/term/theme.h"
#include "thaw/tui/cast.h"

#include <cjson/cJSON.h>
#include <unistd.h>

#define RECORDED "tests/recorded/accidents.jsonl"

struct played { /* a cast, read back */
	int w, h, version;
	char title[64];
	double first, last, longest; /* seconds: of outputs, and between two of them */
	size_t n;
	struct strbuf bytes; /* all that it sends */
};

static void play_head(struct played *p, const char *line)
{
	cJSON *o = cJSON_Parse(line);
	assert_non_null(o);
	p->version = cJSON_GetObjectItem(o, "version")->valueint;
	p->w = cJSON_GetObjectItem(o, "width")->valueint;
	p->h = cJSON_GetObjectItem(o, "height")->valueint;
	snprintf(p->title, sizeof(p->title), "%s", cJSON_GetObjectItem(o, "title")->valuestring);
	const cJSON *theme = cJSON_GetObjectItem(o, "theme");
	assert_int_equal(strlen(cJSON_GetObjectItem(theme, "palette")->valuestring), 16 * 8 - 1);
	cJSON_Delete(o);
}

static void play_output(struct played *p, const char *line)
{
	cJSON *a = cJSON_Parse(line);
	assert_int_equal(cJSON_GetArraySize(a), 3);
	assert_string_equal(cJSON_GetArrayItem(a, 1)->valuestring, "o");
	double t = cJSON_GetArrayItem(a, 0)->valuedouble;
	assert_true(t >= p->last);
	if (p->n && t - p->last > p->longest)
		p->longest = t - p->last;
	p->first = p->n++ ? p->first : t;
	p->last = t;
	strbuf_addstr(&p->bytes, cJSON_GetArrayItem(a, 2)->valuestring);
	cJSON_Delete(a);
}

static void play(struct played *p, const struct cast_options *o, const char *log)
{
	struct strbuf text = STRBUF_INIT;
	struct errinfo e;
	*p = (struct played){.bytes = STRBUF_INIT};
	if (cast_write(&text, log, o, &e))
		fail_msg("%s", e.msg);
	for (char *line = text.buf, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		*end = '\0';
		if (line == text.buf)
			play_head(p, line);
		else
			play_output(p, line);
	}
	strbuf_release(&text);
}

static void expect_end(const struct played *p, const struct cast_options *o, const char *log)
{
	struct glass g;
	struct canvas c;
	struct view v;
	struct timeline t;
	timeline_init(&t);
	assert_int_equal(timeline_open(&t, log, NULL), ERR_OK);
	while (timeline_read(&t, 1000, true))
		;
	view_init(&v, VIEW_REPLAY, o->title);
	v.page = o->page;
	v.position = v.n_events = t.n;
	v.speed = o->speed;
	v.log = &t;
	v.play_ms = timeline_ms(&t, t.n);
	canvas_init(&c, o->w, o->h, o->utf8, theme_colours(o->colours));
	screen_draw(&c, &t.history, &v);
	glass_open(&g, o->w, o->h, c.colours);
	vterm_input_write(g.vterm, p->bytes.buf, p->bytes.len);
	expect_canvas(&g, &c);
	glass_close(&g);
	canvas_release(&c);
	timeline_release(&t);
}

static void test_every_page(void **state)
{
	(void)state;
	static const struct {
		int w, h;
		bool utf8;
		int colours;
	} screens[] = {{80, 24, true, 256}, {120, 40, true, COLOURS_TRUE}, {60, 20, false, 0}};
	for (int page = 0; page < PAGE_N; page++)
		for (size_t i = 0; i < sizeof(screens) / sizeof(*screens); i++) {
			struct played p;
			struct cast_options o = {.w = screens[i].w,
						 .h = screens[i].h,
						 .utf8 = screens[i].utf8,
						 .colours = screens[i].colours,
						 .speed = {.factor = 3},
						 .page = (enum page)page,
						 .title = "runs/accidents"};
			play(&p, &o, RECORDED);
			assert_int_equal(p.version, 2);
			assert_int_equal(p.w, o.w);
			assert_int_equal(p.h, o.h);
			assert_string_equal(p.title, "runs/accidents");
			expect_end(&p, &o, RECORDED);
			strbuf_release(&p.bytes);
		}
}

/* As it happened, quicker, by default; pauses cut short. */
static void test_times(void **state)
{
	(void)state;
	char path[] = P_tmpdir "/thaw-cast-XXXXXX";
	int fd = mkstemp(path);
	static const char log[] =
	    "{\"seq\":1,\"t\":0,\"ev\":\"run\",\"version\":1,\"name\":\"x\",\"classes\":[\"a\","
	    "\"b\"]}\n"
	    "{\"seq\":2,\"t\":1000,\"ev\":\"step\",\"iter\":1,\"epoch\":1,\"loss\":1}\n"
	    "{\"seq\":3,\"t\":41000,\"ev\":\"step\",\"iter\":2,\"epoch\":1,\"loss\":2}\n"
	    "{\"seq\":4,\"t\":90000,\"ev\":\"end\",\"status\":\"finished\",\"reason\":\"done\"}\n";
	assert_int_equal(write(fd, log, sizeof(log) - 1), sizeof(log) - 1);
	close(fd);
	static const struct {
		double speed, idle, last, longest;
	} rows[] = {
	    {1, 0, 90, 49}, {10, 0, 9, 4.9}, {0, 0, 30, 16.4}, {1, 2, 5, 2}, {10, 2, 4.1, 2}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct played p;
		struct cast_options o = {.w = 80,
					 .h = 24,
					 .utf8 = true,
					 .colours = 256,
					 .speed = {.factor = rows[i].speed},
					 .idle = rows[i].idle,
					 .title = "x"};
		play(&p, &o, path);
		double hold = 3; /* at the end */
		double longest = rows[i].longest > hold ? rows[i].longest : hold;
		if (fabs(p.last - hold - rows[i].last) > 0.11 || fabs(p.longest - longest) > 0.11)
			fail_msg("row %zu: %g s, pauses of %g s", i, p.last, p.longest);
		assert_true(p.first == 0);
		strbuf_release(&p.bytes);
	}
	unlink(path);
}

static void test_no_log(void **state)
{
	(void)state;
	struct strbuf out = STRBUF_INIT;
	struct errinfo e;
	struct cast_options o = {.w = 80, .h = 24, .title = "x"};
	assert_int_equal(cast_write(&out, "/nonexistent/run", &o, &e), ERR_NOT_FOUND);
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_page),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_no_log),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	theme_by_name("dark");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
