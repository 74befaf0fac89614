/* Spoiled logs: whatever event_decode() lets through, the fold must bear, and what it holds must be
 * whole. */
#include "sample.h"

#include "thaw/base/alloc.h"
#include "thaw/base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 3000 };

static uint64_t counter;

static size_t below(size_t n)
{
	return (size_t)rng_below(rng_key(1, RNG_PROBE, 0, 0), counter++, n);
}

static void replace(struct strbuf *log, size_t at, size_t len, const char *text)
{
	struct strbuf out = STRBUF_INIT;
	strbuf_add(&out, log->buf, at);
	strbuf_addstr(&out, text);
	strbuf_add(&out, log->buf + at + len, log->len - at - len);
	strbuf_release(log);
	*log = out;
}

static size_t line_start(const struct strbuf *log, size_t at)
{
	while (at && log->buf[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_length(const struct strbuf *log, size_t start)
{
	return strcspn(log->buf + start, "\n") + 1;
}

static void spoil_number(struct strbuf *log)
{
	static const char *const odd[] = {"-1",
					  "0",
					  "9223372036854775807",
					  "-9223372036854775808",
					  "4294967296",
					  "1e308",
					  "-1e-308",
					  "\"nan\"",
					  "\"inf\"",
					  "null",
					  "1000000",
					  "20",
					  "\"\"",
					  "[]",
					  "{}"};
	size_t at = below(log->len);
	at += strcspn(log->buf + at, "0123456789");
	size_t len = strspn(log->buf + at, "0123456789.");
	replace(log, at, len, odd[below(sizeof(odd) / sizeof(*odd))]);
}

static void spoil_byte(struct strbuf *log)
{
	log->buf[below(log->len)] = (char)(1 + below(255));
}

static void drop_line(struct strbuf *log)
{
	size_t at = line_start(log, below(log->len));
	strbuf_remove(log, at,
		      line_length(log, at) <= log->len - at ? line_length(log, at) : log->len - at);
}

/* A line once more, somewhere else; the numbers no longer ascend. */
static void repeat_line(struct strbuf *log)
{
	size_t from = line_start(log, below(log->len)), to = line_start(log, below(log->len));
	char *line = xstrndup(log->buf + from, line_length(log, from));
	replace(log, to, 0, line);
	free(line);
}

/* From one comma to the next: a field or an element less. */
static void drop_field(struct strbuf *log)
{
	size_t at = below(log->len);
	at += strcspn(log->buf + at, ",");
	if (at >= log->len)
		return;
	strbuf_remove(log, at, 1 + strcspn(log->buf + at + 1, ",]}\n"));
}

static double walk_trace(const struct history *h, const struct history_trace *t)
{
	double sum = 0;
	assert_true(t->layer >= 0 && t->layer < (int64_t)h->n_layers);
	for (size_t m = 0; m < t->n_maps; m++)
		for (int64_t k = 0; k < t->w * t->h; k++)
			sum += t->maps[m].pixels[k];
	return sum;
}

static double walk_layers(const struct history *h)
{
	double sum = 0;
	for (size_t i = 0; i < h->n_layers; i++) {
		const struct history_layer *l = &h->layers[i];
		assert_true(l->lr_scale >= 0 && isfinite(l->lr_scale));
		sum += l->lr_scale;
		for (size_t k = 0; k < l->n_stats; k++) {
			assert_true(k == 0 || history_stat(l, k)->epoch > history_stat(l, k - 1)->epoch);
			sum += isnan(history_stat(l, k)->update_ratio) ? 1 : history_stat(l, k)->update_ratio;
		}
	}
	return sum;
}

static double walk_mistakes(const struct history *h)
{
	double sum = 0;
	for (size_t i = 0; i < h->n_mistakes; i++) {
		const struct history_mistake *m = &h->mistakes[i];
		assert_true(m->label >= 0 && (uint64_t)m->label < h->run.n_classes);
		assert_true(m->said >= 0 && (uint64_t)m->said < h->run.n_classes);
		sum += (double)strlen(m->path);
		for (int64_t k = 0; m->rgb && k < h->mistake_w * h->mistake_h * 3; k++)
			sum += m->rgb[k];
	}
	return sum;
}

/* Read all there is, so that a sanitizer sees what is not ours. */
static double walk(const struct history *h)
{
	double sum =
	    history_progress(h) + (double)history_digests_changed(h) + (double)h->trainable;
	int64_t ms = 0;
	sum += history_eta_ms(h, &ms) ? (double)ms : 0;
	assert_true(h->n_layers <= LAYERSET_MAX && h->phase < (int64_t)h->n_phases);
	assert_true(h->head < (int64_t)h->n_layers && h->best_epoch < (int)h->n_epochs);
	assert_true(!h->has_run || h->n_probe_classes == h->run.n_classes);
	for (size_t i = 0; i < h->n_steps; i++)
		assert_true(i == 0 || history_step_at(h, i).iter > history_step_at(h, i - 1).iter);
	for (size_t i = 0; i < h->n_epochs; i++) {
		const struct history_epoch *e = &h->epochs[i];
		assert_true(i == 0 || e->epoch > h->epochs[i - 1].epoch);
		sum += (double)strlen(e->words) + (double)strlen(e->phase);
		for (size_t c = 0; c < e->n_classes; c++) {
			bool valid;
			sum +=
			    class_f1(&e->classes[c], &valid) + (double)strlen(e->classes[c].name);
		}
		for (size_t c = 0; e->confusion && c < e->n_classes * e->n_classes; c++)
			sum += (double)e->confusion[c];
	}
	for (size_t i = 0; i < h->n_probes; i++) {
		for (size_t e = 0; e < h->n_probe_epochs; e++) {
			const double *probs = history_probe_probs(h, i, e);
			for (size_t k = 0; probs && k < h->n_probe_classes; k++)
				sum += isnan(probs[k]) ? 1 : probs[k];
		}
		for (int64_t k = 0; h->probes[i].rgb && k < h->thumb_w * h->thumb_h * 3; k++)
			sum += h->probes[i].rgb[k];
		for (int64_t k = 0; h->probes[i].cam && k < h->cam_w * h->cam_h; k++)
			sum += h->probes[i].cam[k];
		for (size_t k = 0; k < h->probes[i].n_traces; k++)
			sum += walk_trace(h, &h->probes[i].traces[k]);
	}
	sum += walk_layers(h) + walk_mistakes(h);
	for (size_t i = 0; i < h->n_notes; i++)
		sum += (double)strlen(h->notes[i].text);
	for (size_t i = 0; i < h->n_markers; i++)
		sum += (double)strlen(h->markers[i].text);
	return sum;
}

/* `renumber` gives every event its own place again, so that spoiled numbers do not end the test
 * early. */
static size_t fold(struct history *h, const struct strbuf *log, bool renumber)
{
	size_t n = 0;
	for (size_t at = 0; at < log->len; at += line_length(log, at)) {
		struct event ev;
		size_t len = line_length(log, at);
		if (at + len > log->len || event_decode(&ev, log->buf + at, len, NULL)) {
			history_broken(h);
			continue;
		}
		if (renumber)
			ev.seq = h->seq + 1;
		history_apply(h, &ev);
		event_release(&ev);
		n++;
	}
	return n;
}

static void test_spoiled(void **state)
{
	(void)state;
	static void (*const spoil[])(struct strbuf *) = {spoil_number, spoil_number, spoil_number,
							 spoil_byte,   drop_line,    repeat_line,
							 drop_field};
	double sum = 0;
	size_t n_folded = 0;
	for (int round = 0; round < ROUNDS; round++) {
		struct strbuf log = STRBUF_INIT;
		struct history h;
		strbuf_add(&log, feed_log.buf, feed_log.len);
		for (size_t n = 1 + below(20); n > 0 && log.len; n--)
			spoil[below(sizeof(spoil) / sizeof(*spoil))](&log);
		history_init(&h);
		n_folded += fold(&h, &log, round % 2);
		sum += walk(&h);
		history_release(&h);
		strbuf_release(&log);
	}
	assert_true(n_folded > ROUNDS * 60);
	assert_true(sum != 0);
}

/* The log read back gives what was fed, line by line and at every cut. */
static void test_every_cut(void **state)
{
	(void)state;
	for (size_t end = 0; end <= feed_log.len; end += 1 + below(40)) {
		struct strbuf log = STRBUF_INIT;
		struct history h;
		strbuf_add(&log, feed_log.buf, end);
		history_init(&h);
		fold(&h, &log, false);
		assert_true(h.n_broken <= 1);
		walk(&h);
		history_release(&h);
		strbuf_release(&log);
	}
}

static int setup(void **state)
{
	static struct history h;
	history_init(&h);
	feed_sample(&h);
	feed_last_checkpoint(&h); /* and the trainer died after it */
	feed_continued(&h, h.iter);
	feed_freeze(&h, "0-13", h.iter, CAUSE_RESUME);
	feed_scale(&h, 16, 18, 0.5, CAUSE_UNDO);
	feed_steps(&h, 25, 0.4);
	feed_full_epoch(&h, 0.92, 14, DIGEST_A);
	feed_continued(&h, 30);
	feed_steps(&h, 5, 0.4);
	*state = &h;
	return 0;
}

static int teardown(void **state)
{
	history_release(*state);
	strbuf_release(&feed_log);
	return 0;
}

static void test_replay_equals_live(void **state)
{
	const struct history *live = *state;
	struct history h;
	history_init(&h);
	assert_int_equal(fold(&h, &feed_log, false), (size_t)live->seq);
	assert_true(isfinite(walk(live)));
	assert_float_equal(walk(&h), walk(live), 0);
	assert_int_equal(h.n_steps, live->n_steps);
	assert_int_equal(h.n_notes, live->n_notes);
	for (size_t i = 0; i < h.n_epochs; i++)
		assert_string_equal(h.epochs[i].words, live->epochs[i].words);
	for (size_t i = 0; i < h.n_layers; i++)
		assert_int_equal(h.layers[i].digest, live->layers[i].digest);
	history_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_replay_equals_live),
	    cmocka_unit_test(test_every_cut),
	    cmocka_unit_test(test_spoiled),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
