/* The Metrics page on a real pseudo-terminal, by key scripts. */
#include "stage.h"

static void metric(struct sample *s, const char *name, int64_t iter, double value)
{
	struct event ev = {.type = EV_METRIC,
			   .metric = {.name = name, .iter = iter, .value = value}};
	sample_put(s, &ev, 1000);
}

static void write_run(struct sample *s)
{
	char name[32];
	sample_begin(s);
	for (int i = 0; i <= 20; i++) {
		metric(s, "alpha", i * 10, i + 0.5);
		metric(s, "beta", i * 10, -i);
	}
	for (int i = 0; i < 14; i++) {
		snprintf(name, sizeof(name), "gamma/%d", i);
		metric(s, name, 1, i);
	}
}

static int replay(void *arg)
{
	struct tui_options o = {.run_dir = ((struct stage_run *)arg)->dir, .replay = true};
	return tui_run(&o, NULL);
}

static void play(void (*write)(struct sample *s), const struct move *moves, size_t n, int w, int h)
{
	struct stage_run r;
	stage_open(&r);
	write(&r.sample);
	fflush(r.sample.out);
	struct pty *p = pty_call(w, h, "xterm-256color", replay, &r);
	stage_expect(p, "flower");
	pty_send(p, "\x1b[F"); /* to its end */
	stage_play(p, moves, n);
	stage_leave(p, &r, 0);
}

#define PLAY(write, moves, w, h) play(write, moves, sizeof(moves) / sizeof(*(moves)), w, h)

static void test_charts(void **state)
{
	(void)state;
	static const struct move moves[] = {
	    {"7", "1-6 of 16", NULL},
	    {"G", "11-16 of 16", "alpha"},
	    {"g", "alpha", "11-16"},
	    {"\r", "20.5 at 200", "1-6 of 16"},
	    {"x\x1b[D", "19.5 at 190", NULL}, /* the crosshair, a point to the left */
	    {"\x1b[D", "18.5 at 180", NULL},
	    {"\x1b[C\x1b[C\x1b[C", "20.5 at 200", NULL},
	    {"y", "Metric log", NULL},
	    {"y", "Metric ─", "Metric log"},
	    {"]", "Metric 2×", NULL},
	    {"[", "Metric ─", "2×"},
	    {"e", "-20 at 200", "20.5"}, /* the next one */
	    {"k", "20.5 at 200", "-20 at"},
	    {"\x1b", "Esc: back", NULL}, /* first the crosshair goes, */
	    {"\x1b", "1-6 of 16", "Esc: back"}, /* then the chart */
	    {"/gamma/1[0-3]\r", "4 of 16 /gamma/1[0-3]/", "alpha"},
	    {"\r", "gamma/10", "gamma/11"},
	    {"z", "4 of 16 /gamma", "Esc: back"},
	    {"\x1b", "11-16 of 16", "/gamma"},
	    {"o", "order: by name", NULL},
	    {"1", "Accuracy", "of 16"},
	};
	PLAY(write_run, moves, 80, 24);
}

/* A log without any has no such page. */
static void test_none(void **state)
{
	(void)state;
	static const struct move moves[] = {
	    {"7", "the log holds nothing for Metrics", NULL},
	    {"5", "Log", NULL},
	};
	PLAY(sample_whole, moves, 120, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_charts), cmocka_unit_test(test_none)};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
