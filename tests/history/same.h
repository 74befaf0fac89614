/* Whether two histories are equal, field by field.
 *
 * Every struct has a table of its members, which must cover it: a member that is added and not told
 * here fails the test, unless it hides in padding. Members that point somewhere are looked at by
 * hand, where the table says so.
 */
#ifndef TESTS_HISTORY_SAME_H
#define TESTS_HISTORY_SAME_H

#include "thaw/history/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

enum same_kind {
	SAME_BYTES, /* a number, or a struct of numbers without padding */
	SAME_OPT,   /* struct opt_double, or several */
	SAME_TEXT,  /* char *, NULL or not */
	SAME_HAND   /* looked at by hand; or a capacity, which is no part of it */
};

struct same_member {
	const char *name;
	size_t at, size;
	enum same_kind kind;
};

#define SAME_M(T, m, kind)                                                                         \
	{                                                                                          \
#m, offsetof(struct T, m), sizeof(((struct T *)0)->m), SAME_##kind                 \
	}
#define SAME_ALL(T, table, a, b)                                                                   \
	same_members(#T, table, sizeof(table) / sizeof(*(table)), sizeof(struct T), a, b)

/* No member is left out: what is between two is less than a word, and only where the next needs it. */
static inline void same_covers(const char *type, const struct same_member *m, size_t n, size_t size)
{
	size_t end = 0;
	for (size_t i = 0; i < n; i++) {
		if (m[i].at < end || m[i].at - end >= 8 || (m[i].at > end && m[i].size < 4))
			fail_msg("struct %s: something before %s is not compared", type, m[i].name);
		end = m[i].at + m[i].size;
	}
	if (size - end >= 8)
		fail_msg("struct %s: its last member is not compared", type);
}

static inline bool same_opts(const char *a, const char *b, size_t size)
{
	for (size_t at = 0; at < size; at += sizeof(struct opt_double)) {
		struct opt_double x, y;
		memcpy(&x, a + at, sizeof(x));
		memcpy(&y, b + at, sizeof(y));
		if (x.valid != y.valid || memcmp(&x.value, &y.value, sizeof(x.value)) != 0)
			return false;
	}
	return true;
}

static inline bool same_text(const char *a, const char *b)
{
	char *x, *y;
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return !x == !y && (!x || strcmp(x, y) == 0);
}

static inline void same_members(const char *type, const struct same_member *m, size_t n,
				size_t size, const void *a, const void *b)
{
	same_covers(type, m, n, size);
	for (size_t i = 0; i < n; i++) {
		const char *x = (const char *)a + m[i].at, *y = (const char *)b + m[i].at;
		bool same = m[i].kind == SAME_HAND   ? true
			    : m[i].kind == SAME_TEXT ? same_text(x, y)
			    : m[i].kind == SAME_OPT  ? same_opts(x, y, m[i].size)
						     : memcmp(x, y, m[i].size) == 0;
		if (!same)
			fail_msg("struct %s: %s differs", type, m[i].name);
	}
}

static inline void same_blob(const char *what, const void *a, const void *b, size_t bytes)
{
	if (!a != !b || (a && bytes && memcmp(a, b, bytes) != 0))
		fail_msg("%s differ", what);
}

static inline void same_layers_set(const struct layerset *a, const struct layerset *b)
{
	static const struct same_member members[] = {SAME_M(layerset, n, BYTES),
						     SAME_M(layerset, bits, BYTES)};
	SAME_ALL(layerset, members, a, b);
}

static inline void same_told_of(const char *what, const struct record *r, const void *a,
				const void *b)
{
	struct strbuf x = STRBUF_INIT, y = STRBUF_INIT;
	record_encode(r, a, &x);
	record_encode(r, b, &y);
	if (strcmp(x.buf, y.buf) != 0)
		fail_msg("%s: %s\nis not %s", what, x.buf, y.buf);
	strbuf_release(&x);
	strbuf_release(&y);
}

static inline void same_stats(const struct history_layer *a, const struct history_layer *b)
{
	static const struct same_member members[] = {
	    SAME_M(history_stat, epoch, BYTES), SAME_M(history_stat, weight_norm, BYTES),
	    SAME_M(history_stat, update_ratio, BYTES), SAME_M(history_stat, forward_ms, BYTES),
	    SAME_M(history_stat, backward_ms, BYTES)};
	for (size_t i = 0; i < a->n_stats; i++)
		SAME_ALL(history_stat, members, history_stat(a, i), history_stat(b, i));
}

static inline void same_layers(const struct history *a, const struct history *b)
{
	static const struct same_member members[] = {SAME_M(history_layer, info, HAND),
						     SAME_M(history_layer, frozen, BYTES),
						     SAME_M(history_layer, lr_scale, BYTES),
						     SAME_M(history_layer, stats, HAND),
						     SAME_M(history_layer, n_stats, BYTES),
						     SAME_M(history_layer, digest, BYTES),
						     SAME_M(history_layer, digest_known, BYTES),
						     SAME_M(history_layer, digest_changed, BYTES)};
	for (size_t i = 0; i < a->n_layers; i++) {
		const struct history_layer *x = &a->layers[i], *y = &b->layers[i];
		SAME_ALL(history_layer, members, x, y);
		same_told_of("a layer", &event_layer_record, &x->info, &y->info);
		same_stats(x, y);
	}
}

static inline void same_stages(const struct history *a, const struct history *b)
{
	static const struct same_member members[] = {
	    SAME_M(history_stage, seen, BYTES),       SAME_M(history_stage, state, BYTES),
	    SAME_M(history_stage, in, TEXT),          SAME_M(history_stage, out, TEXT),
	    SAME_M(history_stage, started_ms, BYTES), SAME_M(history_stage, done_ms, BYTES)};
	for (int i = 0; i < STAGE_N; i++)
		SAME_ALL(history_stage, members, &a->stages[i], &b->stages[i]);
}

static inline void same_extent(const struct history_extent *a, const struct history_extent *b)
{
	static const struct same_member members[] = {
	    SAME_M(history_extent, lo, BYTES),    SAME_M(history_extent, hi, BYTES),
	    SAME_M(history_extent, sum, BYTES),   SAME_M(history_extent, n, BYTES),
	    SAME_M(history_extent, spike, BYTES), SAME_M(history_extent, gap, BYTES),
	    SAME_M(history_extent, told, BYTES)};
	SAME_ALL(history_extent, members, a, b);
}

static inline void same_extents(const struct history_block *a, const struct history_block *b)
{
	static const struct same_member whole[] = {SAME_M(history_block, of, HAND)};
	SAME_ALL(history_block, whole, a, b);
	for (int i = 0; i < STEP_FIGURES; i++)
		same_extent(&a->of[i], &b->of[i]);
}

static inline void same_steps(const struct history *a, const struct history *b)
{
	static const struct same_member members[] = {
	    SAME_M(history_spell, lr, BYTES),   SAME_M(history_spell, first, BYTES),
	    SAME_M(history_spell, iter, BYTES), SAME_M(history_spell, epoch, BYTES),
	    SAME_M(history_spell, ips, BYTES),  SAME_M(history_spell, wait, BYTES),
	    SAME_M(history_spell, told, BYTES), SAME_M(history_spell, wild, BYTES)};
	for (size_t i = 0; i < a->n_steps; i++)
		same_blob("losses", PAGES_AT(&a->losses, i, double),
			  PAGES_AT(&b->losses, i, double), sizeof(double));
	for (size_t i = 0; i < a->n_spells; i++)
		SAME_ALL(history_spell, members, history_spell(a, i), history_spell(b, i));
	for (size_t i = 0; i < a->n_blocks; i++)
		same_extents(history_block(a, i), history_block(b, i));
}

static inline void same_series(const struct history_series *a, const struct history_series *b)
{
	static const struct same_member members[] = {
	    SAME_M(history_series, name, TEXT), SAME_M(history_series, points, HAND),
	    SAME_M(history_series, n_points, BYTES), SAME_M(history_series, blocks, HAND),
	    SAME_M(history_series, n_blocks, BYTES)};
	static const struct same_member of_point[] = {
	    SAME_M(history_point, value, BYTES), SAME_M(history_point, t_ms, BYTES),
	    SAME_M(history_point, iter, BYTES), SAME_M(history_point, epoch, BYTES)};
	SAME_ALL(history_series, members, a, b);
	for (size_t i = 0; i < a->n_points; i++)
		SAME_ALL(history_point, of_point, history_point(a, i), history_point(b, i));
	for (size_t i = 0; i < a->n_blocks; i++)
		same_extent(history_series_block(a, i), history_series_block(b, i));
}

static inline void same_scores(const struct event_score *a, const struct event_score *b)
{
	static const struct same_member members[] = {
	    SAME_M(event_score, loss, OPT), SAME_M(event_score, acc, OPT),
	    SAME_M(event_score, top5, OPT), SAME_M(event_score, top2, OPT)};
	SAME_ALL(event_score, members, a, b);
}

static inline void same_so_far(const struct history_so_far *a, const struct history_so_far *b)
{
	static const struct same_member members[] = {
	    SAME_M(history_so_far, best, BYTES),         SAME_M(history_so_far, gain, BYTES),
	    SAME_M(history_so_far, low, BYTES),          SAME_M(history_so_far, gain_loss, BYTES),
	    SAME_M(history_so_far, low_loss, BYTES),     SAME_M(history_so_far, peak_lr, BYTES),
	    SAME_M(history_so_far, overfit_since, BYTES)};
	SAME_ALL(history_so_far, members, a, b);
}

static inline void same_epoch(const struct history_epoch *a, const struct history_epoch *b)
{
	static const struct same_member members[] = {
	    SAME_M(history_epoch, epoch, BYTES),    SAME_M(history_epoch, iter, BYTES),
	    SAME_M(history_epoch, phase, TEXT),     SAME_M(history_epoch, lr, OPT),
	    SAME_M(history_epoch, train, HAND),     SAME_M(history_epoch, valid, HAND),
	    SAME_M(history_epoch, seconds, OPT),    SAME_M(history_epoch, saved, OPT),
	    SAME_M(history_epoch, score, OPT),      SAME_M(history_epoch, best, BYTES),
	    SAME_M(history_epoch, classes, HAND),   SAME_M(history_epoch, n_classes, BYTES),
	    SAME_M(history_epoch, confusion, HAND), SAME_M(history_epoch, observation, BYTES),
	    SAME_M(history_epoch, words, TEXT),     SAME_M(history_epoch, words_told, BYTES),
	    SAME_M(history_epoch, brief, TEXT),     SAME_M(history_epoch, so_far, HAND)};
	SAME_ALL(history_epoch, members, a, b);
	same_scores(&a->train, &b->train);
	same_scores(&a->valid, &b->valid);
	same_so_far(&a->so_far, &b->so_far);
	for (size_t i = 0; i < a->n_classes; i++)
		same_told_of("a class", &event_class_record, &a->classes[i], &b->classes[i]);
	same_blob("confusions", a->confusion, b->confusion,
		  a->n_classes * a->n_classes * sizeof(*a->confusion));
}

static inline void same_lines(const struct history *a, const struct history *b)
{
	static const struct same_member markers[] = {
	    SAME_M(history_marker, kind, BYTES),  SAME_M(history_marker, iter, BYTES),
	    SAME_M(history_marker, cause, BYTES), SAME_M(history_marker, t_ms, BYTES),
	    SAME_M(history_marker, was, BYTES),   SAME_M(history_marker, value, BYTES),
	    SAME_M(history_marker, text, TEXT)};
	static const struct same_member notes[] = {
	    SAME_M(history_note, seq, BYTES),     SAME_M(history_note, t_ms, BYTES),
	    SAME_M(history_note, level, BYTES),   SAME_M(history_note, kind, BYTES),
	    SAME_M(history_note, what, BYTES),    SAME_M(history_note, n, BYTES),
	    SAME_M(history_note, unix_ms, BYTES), SAME_M(history_note, text, TEXT)};
	for (size_t i = 0; i < a->n_markers; i++)
		SAME_ALL(history_marker, markers, &a->markers[i], &b->markers[i]);
	for (size_t i = 0; i < a->n_notes; i++)
		SAME_ALL(history_note, notes, &a->notes[i], &b->notes[i]);
}

static inline void same_points(const struct history *a, const struct history *b)
{
	static const struct same_member points[] = {
	    SAME_M(history_checkpoint, iter, BYTES), SAME_M(history_checkpoint, phase, BYTES),
	    SAME_M(history_checkpoint, n_markers, BYTES), SAME_M(history_checkpoint, layers, HAND)};
	static const struct same_member layers[] = {
	    SAME_M(history_layers_then, frozen, HAND),
	    SAME_M(history_layers_then, epoch_frozen, HAND),
	    SAME_M(history_layers_then, epoch_frozen_known, BYTES),
	    SAME_M(history_layers_then, n_layers, BYTES)};
	for (size_t i = 0; i < a->n_points; i++) {
		const struct history_layers_then *x = a->points[i].layers, *y = b->points[i].layers;
		SAME_ALL(history_checkpoint, points, &a->points[i], &b->points[i]);
		SAME_ALL(history_layers_then, layers, x, y);
		same_layers_set(&x->frozen, &y->frozen);
		same_layers_set(&x->epoch_frozen, &y->epoch_frozen);
		same_blob("scales", x->scales, y->scales, x->n_layers * sizeof(*x->scales));
	}
}

static inline void same_traces(const struct history_probe *a, const struct history_probe *b)
{
	static const struct same_member traces[] = {
	    SAME_M(history_trace, layer, BYTES), SAME_M(history_trace, mean, BYTES),
	    SAME_M(history_trace, sd, BYTES),    SAME_M(history_trace, active, BYTES),
	    SAME_M(history_trace, w, BYTES),     SAME_M(history_trace, h, BYTES),
	    SAME_M(history_trace, maps, HAND),   SAME_M(history_trace, n_maps, BYTES)};
	static const struct same_member maps[] = {SAME_M(history_map, channel, BYTES),
						  SAME_M(history_map, mean, BYTES),
						  SAME_M(history_map, pixels, HAND)};
	for (size_t i = 0; i < a->n_traces; i++) {
		const struct history_trace *x = &a->traces[i], *y = &b->traces[i];
		SAME_ALL(history_trace, traces, x, y);
		for (size_t k = 0; k < x->n_maps; k++) {
			SAME_ALL(history_map, maps, &x->maps[k], &y->maps[k]);
			same_blob("maps", x->maps[k].pixels, y->maps[k].pixels,
				  (size_t)(x->w * x->h));
		}
	}
}

static inline void same_probes(const struct history *a, const struct history *b)
{
	static const struct same_member probes[] = {
	    SAME_M(history_probe, id, BYTES),       SAME_M(history_probe, label, BYTES),
	    SAME_M(history_probe, path, TEXT),      SAME_M(history_probe, rgb, HAND),
	    SAME_M(history_probe, cam, HAND),       SAME_M(history_probe, traces, HAND),
	    SAME_M(history_probe, n_traces, BYTES), SAME_M(history_probe, seen, BYTES)};
	static const struct same_member rows[] = {SAME_M(history_probe_row, epoch, BYTES),
						  SAME_M(history_probe_row, probs, HAND),
						  SAME_M(history_probe_row, n_probes, BYTES)};
	for (size_t i = 0; i < a->n_probes; i++) {
		const struct history_probe *x = &a->probes[i], *y = &b->probes[i];
		SAME_ALL(history_probe, probes, x, y);
		same_blob("pictures", x->rgb, y->rgb, (size_t)(a->thumb_w * a->thumb_h * 3));
		same_blob("activation maps", x->cam, y->cam, (size_t)(a->cam_w * a->cam_h));
		same_traces(x, y);
	}
	for (size_t i = 0; i < a->n_probe_epochs; i++) {
		const struct history_probe_row *x = &a->probe_rows[i], *y = &b->probe_rows[i];
		SAME_ALL(history_probe_row, rows, x, y);
		same_blob("probabilities", x->probs, y->probs,
			  x->n_probes * a->n_probe_classes * sizeof(double));
	}
}

static inline void same_mistakes(const struct history *a, const struct history *b)
{
	static const struct same_member members[] = {
	    SAME_M(history_mistake, path, TEXT),        SAME_M(history_mistake, label, BYTES),
	    SAME_M(history_mistake, said, BYTES),       SAME_M(history_mistake, prob_said, BYTES),
	    SAME_M(history_mistake, prob_label, BYTES), SAME_M(history_mistake, rgb, HAND)};
	for (size_t i = 0; i < a->n_mistakes; i++) {
		SAME_ALL(history_mistake, members, &a->mistakes[i], &b->mistakes[i]);
		same_blob("mistakes' pictures", a->mistakes[i].rgb, b->mistakes[i].rgb,
			  (size_t)(a->mistake_w * a->mistake_h * 3));
	}
}

static inline void same_devices(const struct history *a, const struct history *b)
{
	static const struct same_member members[] = {
	    SAME_M(history_device, t_ms, BYTES),     SAME_M(history_device, cpu, BYTES),
	    SAME_M(history_device, rss, BYTES),      SAME_M(history_device, cores, BYTES),
	    SAME_M(history_device, peak_rss, BYTES), SAME_M(history_device, busy, BYTES),
	    SAME_M(history_device, memory, BYTES),   SAME_M(history_device, memory_total, BYTES),
	    SAME_M(history_device, celsius, BYTES),  SAME_M(history_device, watts, BYTES),
	    SAME_M(history_device, clock_mhz, BYTES)};
	for (size_t i = 0; i < a->n_devices; i++)
		SAME_ALL(history_device, members, history_device(a, i), history_device(b, i));
}

/* What the trainer does besides, waits for and has told of its end. */
static inline void same_moments(const struct history *a, const struct history *b)
{
	static const struct same_member busy[] = {
	    SAME_M(history_busy, on, BYTES),       SAME_M(history_busy, what, BYTES),
	    SAME_M(history_busy, done, BYTES),     SAME_M(history_busy, total, BYTES),
	    SAME_M(history_busy, since_ms, BYTES), SAME_M(history_busy, waits, TEXT)};
	static const struct same_member trouble[] = {
	    SAME_M(history_trouble, on, BYTES), SAME_M(history_trouble, seq, BYTES),
	    SAME_M(history_trouble, why, TEXT), SAME_M(history_trouble, undo, TEXT),
	    SAME_M(history_trouble, wait, OPT)};
	static const struct same_member ending[] = {
	    SAME_M(history_ending, on, BYTES), SAME_M(history_ending, seq, BYTES),
	    SAME_M(history_ending, why, TEXT), SAME_M(history_ending, wait, OPT)};
	static const struct same_member killed[] = {SAME_M(history_killed, on, BYTES),
						    SAME_M(history_killed, peak, OPT),
						    SAME_M(history_killed, limit, OPT)};
	static const struct same_member best[] = {
	    SAME_M(history_best, epoch, BYTES), SAME_M(history_best, score, OPT),
	    SAME_M(history_best, acc, OPT), SAME_M(history_best, loss, OPT),
	    SAME_M(history_best, dropped, BYTES)};
	SAME_ALL(history_busy, busy, &a->busy, &b->busy);
	SAME_ALL(history_trouble, trouble, &a->trouble, &b->trouble);
	SAME_ALL(history_ending, ending, &a->ending, &b->ending);
	SAME_ALL(history_killed, killed, &a->killed, &b->killed);
	SAME_ALL(history_best, best, &a->dropped, &b->dropped);
}

static inline void same_records(const struct history *a, const struct history *b)
{
	same_told_of("the run", event_record(EV_RUN), &a->run, &b->run);
	same_told_of("the thaw", event_record(EV_THAW), &a->thaw, &b->thaw);
	same_told_of("the range test", event_record(EV_LR_RANGE), &a->range, &b->range);
	same_told_of("the cache", event_record(EV_CACHE), &a->cache, &b->cache);
	same_told_of("the end", event_record(EV_END), &a->end, &b->end);
	assert_int_equal(!a->range.words, !b->range.words);
	assert_int_equal(!a->end.reason, !b->end.reason);
	assert_int_equal(!a->run.name, !b->run.name);
	for (size_t i = 0; i < a->n_phases; i++)
		same_told_of("a phase", event_record(EV_PHASE), &a->phases[i], &b->phases[i]);
}

/* All but the pictures of mistakes told before, which are the fold's own: what follows shows them. */
static inline void same_history(const struct history *a, const struct history *b)
{
#define B(m) SAME_M(history, m, BYTES)
#define H(m) SAME_M(history, m, HAND)
	static const struct same_member members[] = {B(seq),
						     B(t_ms),
						     B(state),
						     B(stopping),
						     B(has_run),
						     H(run),
						     B(run_ms),
						     H(stages),
						     H(layers),
						     B(n_layers),
						     B(head),
						     H(frozen),
						     SAME_M(history, frozen_text, TEXT),
						     H(epoch_frozen),
						     B(epoch_frozen_known),
						     B(trainable),
						     H(thaw),
						     H(range),
						     B(has_cache),
						     H(cache),
						     B(phase),
						     H(phases),
						     B(n_phases),
						     SAME_M(history, lr, OPT),
						     B(iter),
						     B(epoch),
						     H(losses),
						     B(n_steps),
						     H(spells),
						     B(n_spells),
						     H(blocks),
						     B(n_blocks),
						     H(epochs),
						     B(n_epochs),
						     H(cap_epochs),
						     B(best_epoch),
						     H(dropped),
						     B(best_from),
						     H(markers),
						     B(n_markers),
						     H(cap_markers),
						     H(notes),
						     B(n_notes),
						     H(cap_notes),
						     H(probes),
						     B(n_probes),
						     B(thumb_w),
						     B(thumb_h),
						     H(probe_rows),
						     B(n_probe_epochs),
						     H(cap_probe_epochs),
						     B(n_probe_classes),
						     B(cam_w),
						     B(cam_h),
						     H(pictures),
						     H(mistakes),
						     B(n_mistakes),
						     B(mistakes_epoch),
						     B(mistake_w),
						     B(mistake_h),
						     H(busy),
						     H(devices),
						     B(n_devices),
						     SAME_M(history, look_ms, OPT),
						     B(epoch_end_ms),
						     SAME_M(history, between_ms, OPT),
						     H(series),
						     B(n_series),
						     H(cap_series),
						     H(series_by_name),
						     H(cap_series_by_name),
						     B(series_full),
						     H(points),
						     B(n_points),
						     H(cap_points),
						     B(n_resumed),
						     B(n_back),
						     H(trouble),
						     H(ending),
						     H(killed),
						     B(parted),
						     B(parted_iter),
						     B(ended),
						     H(end),
						     B(n_broken)};
#undef B
#undef H
	SAME_ALL(history, members, a, b);
	same_layers_set(&a->frozen, &b->frozen);
	same_layers_set(&a->epoch_frozen, &b->epoch_frozen);
	same_records(a, b);
	same_stages(a, b);
	same_layers(a, b);
	same_steps(a, b);
	for (size_t i = 0; i < a->n_epochs; i++)
		same_epoch(&a->epochs[i], &b->epochs[i]);
	for (size_t i = 0; i < a->n_series; i++) {
		same_series(&a->series[i], &b->series[i]);
		same_blob("series by name", &a->series_by_name[i], &b->series_by_name[i],
			  sizeof(*a->series_by_name));
	}
	same_lines(a, b);
	same_points(a, b);
	same_probes(a, b);
	same_mistakes(a, b);
	same_devices(a, b);
	same_moments(a, b);
}

#endif
