/* Every page at three sizes, a long run at one more, cell by cell, against tests/tui/golden/: first the characters, then
 * what each is drawn with. GENERATE=1 writes the files anew; look at what changed before keeping
 * it.
 */
#include "check.h"
#include "thaw/base/file.h"
#include "thaw/run/timeline.h"

#include <ctype.h>

#define FOLDER "tests/tui/golden"

static const struct {
	int w, h;
} sizes[] = {{120, 40}, {80, 24}, {60, 20}, {200, 60}};

enum { ALL = sizeof(sizes) / sizeof(*sizes), MOST = 3 }; /* of the sizes */

/* One character for a style: the ink of the ground where it has one of its own, else of the text,
 * as a capital when bold; levels of a ramp are digits. */
static char style_sign(const struct cell *cell)
{
	static const char letters[INK_N + 1] = ".mftagwbrcvzhkuynsex"; /* in the order of enum ink */
	const struct style *s = &cell->style;
	uint32_t ink = s->bg != INK_NONE ? s->bg : s->fg;
	bool blank = cell->ch == ' ' && !cell->mark;
	if (blank && s->bg == INK_NONE)
		return ' ';
	if (ink & INK_RGB_BIT)
		return '#';
	if (ink >= INK_RAMP_0)
		return "0123456789@&%$+="[(ink - INK_RAMP_0) % RAMP_LEVELS];
	return (char)(s->attr & ATTR_BOLD ? toupper(letters[ink]) : letters[ink]);
}

static void add_styles(const struct canvas *c, struct strbuf *out)
{
	for (int y = 0; y < c->h; y++) {
		for (int x = 0; x < c->w; x++)
			strbuf_addch(out, style_sign(canvas_at(c, x, y)));
		while (out->len && out->buf[out->len - 1] == ' ')
			strbuf_remove(out, out->len - 1, 1);
		strbuf_addch(out, '\n');
	}
}

/* Print the lines that differ, the golden one first. */
static void print_difference(const char *want, const char *got)
{
	for (int line = 1, shown = 0; (*want || *got) && shown < 12; line++) {
		size_t a = strcspn(want, "\n"), b = strcspn(got, "\n");
		if (a != b || memcmp(want, got, a) != 0) {
			print_message("line %d\n- %.*s\n+ %.*s\n", line, (int)a, want, (int)b, got);
			shown++;
		}
		want += a + (want[a] == '\n');
		got += b + (got[b] == '\n');
	}
}

static bool same_as_golden(const char *name, const struct strbuf *screen)
{
	char *path = path_join(FOLDER, name);
	struct strbuf golden = STRBUF_INIT;
	struct errinfo e = {.code = ERR_OK};
	bool same = true;
	if (getenv("GENERATE")) {
		if (file_mkdirs(FOLDER, &e) ||
		    file_write_atomic(path, screen->buf, screen->len, &e))
			fail_msg("%s", e.msg);
	} else if (file_read(path, &golden, &e)) {
		print_message("%s\n", e.msg);
		same = false;
	} else if (strcmp(golden.buf, screen->buf) != 0) {
		print_message("%s differs:\n", path);
		print_difference(golden.buf, screen->buf);
		same = false;
	}
	strbuf_release(&golden);
	free(path);
	return same;
}

/* Returns how many of a run's pages differ. */
static int check_pages(const struct history *h, const char *run, const char *pages, size_t n_sizes)
{
	int differ = 0;
	struct view v;
	view_init(&v, VIEW_REPLAY, "runs/sample");
	for (int page = 0; page < PAGE_N; page++)
		for (size_t i = 0; i < n_sizes && strchr(pages, '1' + page); i++) {
			char name[96];
			struct strbuf out = STRBUF_INIT;
			struct canvas c;
			v.page = (enum page)page;
			canvas_init(&c, sizes[i].w, sizes[i].h, true, 256);
			screen_draw(&c, h, &v);
			canvas_dump(&c, true, &out);
			add_styles(&c, &out);
			snprintf(name, sizeof(name), "%s-%s-%dx%d.txt", run, page_names[page],
				 sizes[i].w, sizes[i].h);
			for (char *ch = name; *ch; ch++)
				*ch = (char)tolower((unsigned char)*ch);
			differ += !same_as_golden(name, &out);
			strbuf_release(&out);
			canvas_release(&c);
		}
	return differ;
}

static void test_sample(void **state)
{
	(void)state;
	struct history h;
	check_fold(&h, sample_whole);
	assert_int_equal(check_pages(&h, "sample", "123456789", MOST), 0);
	history_release(&h);
}

/* The pages that a log as it was recorded can fill. */
static void check_log(const char *log, const char *run, const char *pages, size_t n_sizes)
{
	struct timeline t;
	struct errinfo e;
	timeline_init(&t);
	if (timeline_open(&t, log, &e))
		fail_msg("%s", e.msg);
	while (timeline_read(&t, 1000, false))
		;
	timeline_seek(&t, t.n);
	assert_int_equal(check_pages(&t.history, run, pages, n_sizes), 0);
	timeline_release(&t);
}

static void test_recorded(void **state)
{
	(void)state;
	check_log("data/pretrained/pretrain-cifar10/events.jsonl", "recorded", "13", MOST);
}

/* Five hundred epochs. */
static void test_long(void **state)
{
	(void)state;
	check_log("tests/recorded/long.jsonl", "long", "1", ALL);
}

/* On a card, while it trains. */
static void test_card(void **state)
{
	(void)state;
	check_log("tests/recorded/card.jsonl", "card", "15", MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sample),
	    cmocka_unit_test(test_recorded),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_card),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
