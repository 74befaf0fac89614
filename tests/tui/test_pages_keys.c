/* The Layers, Classes and Images pages on a real pseudo-terminal, by key scripts. */
#include "stage.h"

#include <unistd.h>

/* Keys to press, and what must be on the screen then. */
static int replay(void *arg)
{
	struct tui_options o = {.run_dir = ((struct stage_run *)arg)->dir, .replay = true};
	return tui_run(&o, NULL);
}

static void play(const struct move *moves, size_t n, int w, int h)
{
	struct stage_run r;
	stage_open(&r);
	sample_whole(&r.sample);
	fflush(r.sample.out);
	struct pty *p = pty_call(w, h, "xterm-256color", replay, &r);
	stage_expect(p, "flower");
	pty_send(p, "\x1b[F"); /* to its end */
	stage_expect(p, "finished");
	stage_play(p, moves, n);
	stage_leave(p, &r, 0);
}

#define PLAY(moves, w, h) play(moves, sizeof(moves) / sizeof(*(moves)), w, h)

static void test_images(void **state)
{
	(void)state;
	static const struct move moves[] = {
	    {"4", "probes, m: mistakes", NULL},
	    {"a", "a: as it is", "a: where it looks"},
	    {"\r", "How a picture becomes a prediction", "Pictures"},
	    {"j", "2 of 8", "1 of 8"},
	    {"\x1b[D\x1b[D", "epoch 9 ",
	     "epoch 10 "}, /* a replay steps back while the trace is open */
	    {"\x1b[F", "epoch 10", NULL},
	    {"\x1b", "Pictures", "becomes a prediction"},
	    {"m", "1 of 5, the surest first", "Enter: layer"},
	    {"j", "2 of 5, the surest first", NULL},
	    {"\r", "traces the probe images only", NULL},
	    {"m", "Enter: layer by layer", "the surest first"},
	    {"\r", "2 of 8", "Pictures"},
	    {"\r", "Pictures", "becomes a prediction"},
	};
	PLAY(moves, 120, 40);
}

/* Keys of a page go there first when they are pressed elsewhere. */
static void test_keys_of_other_pages(void **state)
{
	(void)state;
	static const struct move moves[] = {
	    {"c", "Confusion matrix", NULL},
	    {"c", "% of the row", "counts, c:"},
	    {"c", "counts, c: shares", "% of the row"},
	    {"m", "probes, m: mistakes", "Confusion"},
	    {"2", "Under the cursor", NULL},
	    {"g", "layer 0: convolutional", NULL},
	    {"jjj", "layer 3: maxpool", NULL},
	};
	PLAY(moves, 120, 40);
}

static void test_small(void **state)
{
	(void)state;
	static const struct move moves[] = {
	    {"4", "▸daisy", NULL},    {"\r", "new last", NULL}, {"jj", "3 of 8", NULL},
	    {"3", "Confusion", NULL}, {"2", "update", NULL},
	};
	PLAY(moves, 80, 24);
	PLAY(moves, 60, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_images),
	    cmocka_unit_test(test_keys_of_other_pages),
	    cmocka_unit_test(test_small),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
