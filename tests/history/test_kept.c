/* A history that was kept and gone back to is the one that a fold of the events so far makes, field
 * by field, and goes on as that does. */
#include "random.h"
#include "same.h"

enum { SEEDS = 12, MOVES = 120, LONG = 4, LONG_MOVES = 700, VISITS = 60, KEPT = 24 };

/* A log, and where its lines begin. */
static const char *lines[16384];
static size_t n_lines;

static void make_log(uint64_t seed)
{
	struct history h;
	struct source s = {rng_key(seed, RNG_PROBE, 0, 0), 0};
	history_init(&h);
	strbuf_reset(&feed_log);
	feed_random(&h, &s, seed % LONG ? MOVES : LONG_MOVES);
	history_release(&h);
	n_lines = 0;
	for (const char *at = feed_log.buf; *at; at += strcspn(at, "\n") + 1) {
		assert_true(n_lines < sizeof(lines) / sizeof(*lines));
		lines[n_lines++] = at;
	}
}

static void fold(struct history *h, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		struct event ev;
		assert_int_equal(event_decode(&ev, lines[i], strcspn(lines[i], "\n"), NULL),
				 ERR_OK);
		history_apply(h, &ev);
		event_release(&ev);
	}
}

static void want_fold_of(const struct history *h, size_t n)
{
	struct history fresh;
	history_init(&fresh);
	fold(&fresh, 0, n);
	same_history(h, &fresh);
	history_release(&fresh);
}

struct kept {
	size_t at;
	struct history_kept *history;
};

/* Fold all, and keep it at some places. */
static void fold_and_keep(struct history *h, struct kept *kept, struct source *s)
{
	size_t at = 0;
	for (size_t i = 0; i < KEPT; i++) {
		size_t to = at + draw(s, 2 * n_lines / KEPT);
		to = to < n_lines ? to : n_lines;
		fold(h, at, to);
		at = to;
		kept[i] = (struct kept){at, history_keep(h, i ? kept[i - 1].history : NULL)};
	}
	fold(h, at, n_lines);
}

/* Wherever it goes back to, also after what was kept before is gone. */
static void visit(struct history *h, struct kept *kept, struct source *s)
{
	for (size_t i = 0; i < VISITS; i++) {
		struct kept *k = &kept[draw(s, KEPT)];
		if (!k->history)
			continue;
		size_t to = k->at + draw(s, 40);
		history_go_back(h, k->history);
		if (draw(s, 2))
			want_fold_of(h, k->at);
		fold(h, k->at, to < n_lines ? to : n_lines);
		want_fold_of(h, to < n_lines ? to : n_lines);
		if (draw(s, 4) == 0) {
			history_kept_free(k->history);
			k->history = NULL;
		}
	}
}

static void goes_back_to_what_was(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct source s = {rng_key(seed, RNG_PROBE, 1, 0), 0};
		struct history newest, other;
		struct kept kept[KEPT];
		make_log(seed);
		history_init(&newest);
		history_init(&other);
		fold_and_keep(&newest, kept, &s);
		visit(&other, kept, &s);
		want_fold_of(&newest, n_lines); /* what others did has not touched it */
		visit(&newest, kept, &s);
		for (size_t i = 0; i < KEPT; i++)
			history_kept_free(kept[i].history);
		history_release(&newest);
		history_release(&other);
	}
}

/* What the logs are to hold, or little is shown by them. */
static void logs_hold_all(void **state)
{
	(void)state;
	bool steps = false, stats = false, rows = false, maps = false, pictures = false,
	     points = false, blocks = false, gone_back = false, range = false;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct history h;
		make_log(seed);
		history_init(&h);
		for (size_t i = 0; i < n_lines; i++) {
			size_t n_steps = h.n_steps;
			fold(&h, i, i + 1);
			gone_back = gone_back || h.n_steps + 200 < n_steps;
			steps = steps || h.n_spells > 150;
			blocks = blocks || h.n_blocks > 64;
			stats = stats || (h.n_layers && h.layers[0].n_stats > 5);
			rows = rows || (h.n_probes > 2 && h.n_probe_epochs > 5);
			maps = maps ||
			       (h.n_probes && h.probes[0].n_traces && h.probes[0].traces[0].n_maps);
			pictures = pictures || (h.n_mistakes && h.mistakes[0].rgb);
			points = points || h.n_points > 3;
			range = range || h.range.words;
		}
		history_release(&h);
	}
	assert_true(steps && blocks && stats && rows && maps && pictures && points && gone_back &&
		    range);
}

static int release_log(void **state)
{
	(void)state;
	strbuf_release(&feed_log);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(goes_back_to_what_was),
	    cmocka_unit_test(logs_hold_all),
	};
	return cmocka_run_group_tests(tests, NULL, release_log);
}
