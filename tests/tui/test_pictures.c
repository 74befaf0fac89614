/* Real pictures on terminals that say they can, on a pseudo-terminal whose terminal answers as a
 * kitty, as one with sixels, as neither, late, or nonsense. */
#include "stage.h"

#include "../graphics.h"

#include <signal.h>

#define CELL_W 10
#define CELL_H 20
#define W 120
#define H 40

#define KITTY "\x1b_Gi=31;OK\x1b\\"
#define NO_KITTY "\x1b_Gi=31;ENOTSUPPORTED:no such thing, not by a long way, and not today\x1b\\"
#define PLAIN "\x1b[?62;22c"
#define SIXEL "\x1b[?62;4;6;9;15;18;21;22;28;29c"
#define CELL "\x1b[6;20;10t"

struct show {
	struct stage_run run;
	struct pty *pty;
	struct strbuf sent;
	struct seen seen;
	const char *pictures; /* --pictures */
};

static int replay(void *arg)
{
	struct show *s = arg;
	struct tui_options o = {.run_dir = s->run.dir, .replay = true, .pictures = s->pictures};
	setenv("COLORTERM", "truecolor", 1);
	return tui_run(&o, NULL);
}

/* On the Train page, at the run's end. */
static void show_open(struct show *s, const char *term, const char *pictures,
		      const char *const answers[3], int late)
{
	memset(s, 0, sizeof(*s));
	strbuf_init(&s->sent);
	s->pictures = pictures;
	stage_open(&s->run);
	sample_whole(&s->run.sample);
	fflush(s->run.sample.out);
	s->pty = pty_call(W, H, term, replay, s);
	pty_record(s->pty, &s->sent);
	pty_answers(s->pty, answers[0], answers[1], answers[2], late);
	stage_expect(s->pty, "flower");
	pty_send(s->pty, "\x1b[F");
	stage_expect(s->pty, "finished");
}

static void show_read(struct show *s)
{
	seen_release(&s->seen);
	seen_init(&s->seen, W * CELL_W, H * CELL_H);
	seen_read(&s->seen, &s->sent, CELL_W, CELL_H);
	if (s->seen.bad)
		fail_msg("no terminal understands: %s", s->seen.bad);
}

static bool are_placed(struct pty *p, void *arg)
{
	(void)p;
	struct show *s = arg;
	const char *end = s->sent.len > 4 ? s->sent.buf + s->sent.len - 4 : "";
	if (strcmp(end, "\x1b[5n") != 0) /* in the middle of something */
		return false;
	show_read(s);
	return s->seen.n_places == SAMPLE_PROBES + 1;
}

static bool fewer_are_placed(struct pty *p, void *arg)
{
	return !are_placed(p, arg) && ((struct show *)arg)->seen.n_places <= SAMPLE_PROBES;
}

static bool none_is_placed(struct pty *p, void *arg)
{
	are_placed(p, arg);
	return ((struct show *)arg)->seen.n_places == 0;
}

static void show_close(struct show *s, int places)
{
	pty_send(s->pty, "q");
	assert_int_equal(pty_wait_exit(s->pty, WAIT_MS), 0);
	stage_expect_restored(s->pty);
	show_read(s);
	assert_int_equal(s->seen.n_places, places);
	pty_free(s->pty);
	seen_release(&s->seen);
	strbuf_release(&s->sent);
	stage_close(&s->run);
}

/* The pictures on the screen are those of the log, byte for byte, and where the page has them. */
static void expect_probes(struct show *s)
{
	struct history h;
	int found = 0;
	check_fold(&h, sample_whole);
	for (size_t i = 0; i < h.n_probes; i++)
		for (int k = 0; k < s->seen.n_places; k++) {
			const struct seen_place *at = &s->seen.places[k];
			const struct seen_picture *p =
			    &s->seen.pictures[seen_find(&s->seen, at->id)];
			size_t n;
			uint8_t *rgb = seen_decode(p, &n);
			size_t want = (size_t)(h.thumb_w * h.thumb_h) * 3;
			bool same = n == want && memcmp(rgb, h.probes[i].rgb, n) == 0;
			found += same;
			free(rgb);
			if (!same)
				continue;
			assert_int_equal(p->w, h.thumb_w);
			assert_int_equal(p->h, h.thumb_h);
			assert_true(at->x > 0 && at->y > 0 && at->x + at->cols < W &&
				    at->y + at->rows < H - 2);
		}
	assert_true(found >= SAMPLE_PROBES + 1); /* the one under the cursor twice */
	history_release(&h);
}

static void test_kitty(void **state)
{
	(void)state;
	static const char *const answers[] = {KITTY, PLAIN, CELL};
	struct show s;
	show_open(&s, "xterm-256color", NULL, answers, 0);
	show_read(&s);
	assert_int_equal(s.seen.n_questions, 1);
	pty_send(s.pty, "4");
	assert_true(pty_until(s.pty, are_placed, &s, WAIT_MS));
	expect_probes(&s);
	char *text = pty_text(s.pty);
	assert_null(strstr(text, "▀")); /* no blocks behind them */
	free(text);
	int sent = s.seen.n_pictures;
	pty_send(s.pty, "5"); /* another page takes them away, */
	assert_true(pty_until(s.pty, none_is_placed, &s, WAIT_MS));
	pty_send(s.pty, "4"); /* and nothing is sent twice */
	assert_true(pty_until(s.pty, are_placed, &s, WAIT_MS));
	assert_int_equal(s.seen.n_pictures, sent);
	pty_send(s.pty, "?"); /* help lies over some of them */
	stage_expect(s.pty, "─ Keys ─");
	assert_true(pty_until(s.pty, fewer_are_placed, &s, WAIT_MS));
	pty_send(s.pty, "\x1b");
	assert_true(pty_until(s.pty, are_placed, &s, WAIT_MS));
	pty_resize(s.pty, 100, 36);
	assert_true(pty_until(s.pty, are_placed, &s, WAIT_MS));
	show_close(&s, 0);
}

/* How far what was drawn is from the picture, in the mean. */
static double sixel_error(const struct show *s, const struct history *h, size_t probe, int x, int y,
			  int w, int rows)
{
	double sum = 0;
	int64_t side = h->thumb_w;
	for (int j = 0; j < rows; j++)
		for (int i = 0; i < w; i++)
			for (int k = 0; k < 3; k++) {
				int64_t from = (j * h->thumb_h / rows * side + i * side / w) * 3;
				int got =
				    s->seen.pixels[((y + j) * s->seen.px_w + x + i) * 3 + k];
				sum += abs(got - h->probes[probe].rgb[from + k]);
			}
	return sum / (w * rows * 3);
}

static bool sixels_came(struct pty *p, void *arg)
{
	(void)p;
	struct show *s = arg;
	const char *end = s->sent.len > 4 ? s->sent.buf + s->sent.len - 4 : "";
	if (strcmp(end, "\x1b[5n") != 0)
		return false;
	show_read(s);
	int rows = 0;
	for (int i = 0; i < s->seen.n_sixels; i++) /* of the picture at the right */
		rows += s->seen.sixel_x[i] > W * 2 / 5;
	return rows >= 15;
}

static void test_sixel(void **state)
{
	(void)state;
	static const char *const answers[] = {NO_KITTY, SIXEL, CELL};
	struct show s;
	struct history h;
	check_fold(&h, sample_whole);
	show_open(&s, "xterm-256color", NULL, answers, 0);
	pty_send(s.pty, "4");
	assert_true(pty_until(s.pty, sixels_came, &s, WAIT_MS));
	pty_settles(s.pty, 300, WAIT_MS);
	show_read(&s);
	int x = W, y = H, rows = 0;
	for (int i = 0; i < s.seen.n_sixels; i++)
		if (s.seen.sixel_x[i] > W * 2 / 5) {
			x = s.seen.sixel_x[i] < x ? s.seen.sixel_x[i] : x;
			y = s.seen.sixel_y[i] < y ? s.seen.sixel_y[i] : y;
			rows++;
		}
	double right = sixel_error(&s, &h, 0, x * CELL_W, y * CELL_H, rows * CELL_H, rows * CELL_H);
	double wrong = sixel_error(&s, &h, 5, x * CELL_W, y * CELL_H, rows * CELL_H, rows * CELL_H);
	if (!(right < 16 && right < wrong / 2))
		fail_msg("it is %.1f from its picture, %.1f from another", right, wrong);
	size_t before = s.sent.len;
	pty_send(s.pty, "5");
	stage_expect(s.pty, "22 layers, 1000 classes");
	pty_settles(s.pty, 300, WAIT_MS);
	assert_null(strstr(s.sent.buf + before, "\x1bP"));
	history_release(&h);
	show_close(&s, 0);
}

/* Neither, or what cannot be made out: blocks, and not one byte of a picture. */
static void test_blocks(void **state)
{
	(void)state;
	static const struct {
		const char *term, *pictures, *answers[3];
	} cases[] = {
	    {"xterm-256color", NULL, {NULL, PLAIN, NULL}},
	    {"xterm-256color", NULL, {NO_KITTY, "\x1b[?64;14;44c", CELL}},
	    {"xterm-256color", NULL, {NULL, NULL, NULL}},
	    {"xterm-256color",
	     NULL,
	     {"\x1b_Gi=77;OK\x1b\\\x1b_nonsense that goes on and on and on and on and on and on and on "
	      "qqqq\x1b\\",
	      "\x1b[?c", "\x1b]11;rgb:0000/0000/0000\x1b\\\x1bP1+r\x1b\\"}},
	    {"xterm-256color", "blocks", {KITTY, SIXEL, CELL}},
	    {"screen-256color", NULL, {KITTY, SIXEL, CELL}},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct show s;
		show_open(&s, cases[i].term, cases[i].pictures, cases[i].answers, 0);
		pty_send(s.pty, "4");
		stage_expect(s.pty, "▀▀▀▀");
		show_read(&s);
		assert_int_equal(s.seen.n_pictures + s.seen.n_places + s.seen.n_sixels, 0);
		stage_expect(s.pty, "probes, m: mistakes"); /* no answer has turned into keys */
		show_close(&s, 0);
	}
}

/* The answer may come when a prompt is open: nothing of it is typed, and pictures come then. */
static void test_late(void **state)
{
	(void)state;
	static const char *const none[] = {NULL, NULL, NULL};
	struct show s;
	show_open(&s, "xterm-256color", NULL, none, 0);
	pty_send(s.pty, "4");
	stage_expect(s.pty, "▀▀▀▀");
	pty_send(s.pty, ":go");
	stage_expect(s.pty, ":go_");
	pty_send(s.pty, KITTY CELL SIXEL);
	pty_send(s.pty, "to");
	stage_expect(s.pty, ":goto_");
	pty_send(s.pty, "\x1b");
	assert_true(pty_until(s.pty, are_placed, &s, WAIT_MS));
	expect_probes(&s);
	show_close(&s, 0);
}

/* Told to, it needs no answer; and told otherwise, it stops. */
static void test_told(void **state)
{
	(void)state;
	static const char *const none[] = {NULL, NULL, NULL};
	struct show s;
	show_open(&s, "xterm-256color", "kitty", none, 0);
	pty_send(s.pty, "4");
	assert_true(pty_until(s.pty, are_placed, &s, WAIT_MS));
	assert_int_equal(s.seen.n_questions, 0);
	pty_send(s.pty, ":set pictures blocks\r");
	stage_expect(s.pty, "▀▀▀▀");
	assert_true(pty_until(s.pty, none_is_placed, &s, WAIT_MS));
	pty_send(s.pty, ":set pictures auto\r:set pictures crayons\r");
	stage_expect(s.pty, "pictures is auto, kitty, sixel or blocks, not 'crayons'");
	pty_send(s.pty, "\x1b");
	assert_true(pty_lacks(s.pty, "crayons", WAIT_MS));
	show_close(&s, 0);
}

/* A crash leaves none behind. */
static void test_crash(void **state)
{
	(void)state;
	static const char *const answers[] = {KITTY, PLAIN, CELL};
	struct show s;
	show_open(&s, "xterm-256color", NULL, answers, 0);
	pty_send(s.pty, "4");
	assert_true(pty_until(s.pty, are_placed, &s, WAIT_MS));
	kill(pty_pid(s.pty), SIGABRT);
	assert_int_equal(pty_wait_exit(s.pty, WAIT_MS), 128 + SIGABRT);
	assert_false(pty_altscreen(s.pty));
	show_read(&s);
	assert_int_equal(s.seen.n_places, 0);
	pty_free(s.pty);
	seen_release(&s.seen);
	strbuf_release(&s.sent);
	stage_close(&s.run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kitty),  cmocka_unit_test(test_sixel),
	    cmocka_unit_test(test_blocks), cmocka_unit_test(test_late),
	    cmocka_unit_test(test_told),   cmocka_unit_test(test_crash),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	unsetenv("TMUX");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
