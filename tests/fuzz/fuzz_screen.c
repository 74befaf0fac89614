/* Log, fold, screen: the log is the part before the first NUL, the keys what follows it. Every page
 * is drawn at several sizes, and after every key the page that it leads to. */
#include "log_mutator.h"

#include "../../src/tui/click.h"
#include "../../src/tui/keys.h"
#include "../../src/tui/replay.h"
#include "thaw/base/alloc.h"
#include "thaw/config/quiz.h"
#include "thaw/event/log_check.h"
#include "thaw/tui/action.h"
#include "thaw/term/key.h"
#include "thaw/learn/quiz_round.h"
#include "thaw/tui/screen.h"

#include <locale.h>
#include <unistd.h>

enum { KEYS_MOST = 40 };

static const struct {
	int w, h;
} sizes[] = {{80, 24}, {120, 40}, {20, 5}, {1, 1}, {200, 60}, {45, 14}};
enum { N_SIZES = sizeof(sizes) / sizeof(*sizes) };

static struct quiz quiz;
static struct canvas canvases[N_SIZES];

static void begin(void)
{
	static bool begun;
	if (begun)
		return;
	begun = true;
	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("XDG_STATE_HOME", "/dev/null/state", 1);
	FUZZ_TRUE(!quiz_load("data/learn/quiz.yaml", &quiz, NULL));
	for (int i = 0; i < N_SIZES; i++)
		canvas_init(&canvases[i], sizes[i].w, sizes[i].h, true, 256);
}

static void show(struct tui *t, int size)
{
	static const int colours[] = {256, 0, 16, COLOURS_TRUE};
	int n = size % N_SIZES;
	t->canvas = canvases[n];
	t->canvas.utf8 = size % 3 != 2;
	t->canvas.colours = colours[size % 4];
	screen_draw(&t->canvas, &t->timeline.history, &t->view);
	canvases[n] = t->canvas;
}

static void draw_pages(struct tui *t, int first)
{
	for (int page = 0; page < PAGE_N; page++)
		for (int size = first; size < N_SIZES; size += 2) {
			t->view.page = (enum page)page;
			show(t, size);
		}
	t->view.page = PAGE_TRAIN;
}

/* A byte is a character, or above it one of the other keys. */
static int key_of(uint8_t byte)
{
	return byte < 0x80 ? byte : K_UP + (byte - 0x80) % (K_F12 - K_UP + 1);
}

static void press(struct tui *t, const uint8_t *keys, size_t n)
{
	for (size_t i = 0; i < n && i < KEYS_MOST; i++) {
		int key = key_of(keys[i]);
		bool writes = key == '\r' || key == '\n' || key == K_ENTER;
		if (writes && strstr(t->view.input.text, "write-screen")) /* it would make files */
			key = K_ESC;
		keys_press(t, key == '\r' ? K_ENTER : key);
		show(t, (int)i);
		t->quit = false;
	}
}

static void click(struct tui *t)
{
	for (int what = POINTER_PRESS; what <= POINTER_OTHER; what++)
		for (int i = 0; i < 2; i++) {
			struct pointer p = {(enum pointer_what)what, t->canvas.w * i / 2,
					    t->canvas.h * (1 - i) / 2};
			click_on(t, &p);
			show(t, i);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_part log = fuzz_part(&data, &size);
	begin();
	struct tui *t = xcalloc(1, sizeof(*t));
	t->room_fd = -1;
	t->quiz = &quiz;
	timeline_init(&t->timeline);
	view_init(&t->view, size % 2 ? VIEW_LIVE : VIEW_REPLAY, "runs/some");
	line_history_init(&t->lines, NULL);
	FUZZ_TRUE(!timeline_open(&t->timeline, fuzz_file("log", log.data, log.size), NULL));
	while (timeline_read(&t->timeline, 1000, false))
		;
	app_seek(t, t->timeline.n);
	if (t->view.mode == VIEW_REPLAY)
		replay_stand_at_end(t);
	draw_pages(t, (int)(log.size % 2));
	press(t, data, size);
	click(t);
	timeline_release(&t->timeline);
	line_history_release(&t->lines);
	quiz_round_free(t->view.round);
	free(t);
	return 0;
}
