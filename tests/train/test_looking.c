/* What the log tells of single layers, of the followed pictures and of the worst mistakes, on a
 * stand-in network. */
#include "fake_run.h"

#include "../../src/train/mistakes.h"

#include "thaw/event/base64.h"

static size_t index_of(const struct log *l, enum event_type type, size_t nth)
{
	const struct event *ev = find(l, type, nth);
	assert_non_null(ev);
	return (size_t)(ev - l->events);
}

static void stats_and_mistakes_come_before_their_epoch(void **state)
{
	(void)state;
	static const char *sets[] = {"phases.0.lr=1e-9"}; /* there is something to mistake */
	struct log l;
	assert_int_equal(train("order", sets, 1, NULL), TRAINER_FINISHED);
	log_read(&l, "order");
	assert_int_equal(count(&l, EV_STATS), 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(find(&l, EV_STATS, i)->stats.epoch, i + 1);
		assert_true(index_of(&l, EV_STATS, i) < index_of(&l, EV_EPOCH, i));
		assert_true(i == 0 || index_of(&l, EV_STATS, i) > index_of(&l, EV_EPOCH, i - 1));
	}
	assert_int_equal(find(&l, EV_MISTAKES, 0)->mistakes.epoch, 1);
	assert_int_equal(index_of(&l, EV_MISTAKES, 0) + 1, index_of(&l, EV_EPOCH, 0));
	log_free(&l);
}

/* Layer 0 is frozen in the first phase. The stand-in's updates have the norm 0.5 and its times are
 * those of fake_times[], whose sampled images are 4 batches. */
static void stats_tell_what_was_measured(void **state)
{
	(void)state;
	struct log l;
	assert_int_equal(train("stats", NULL, 0, NULL), TRAINER_FINISHED);
	log_read(&l, "stats");
	for (size_t i = 0; i < 4; i++) {
		const struct event_stats *s = &find(&l, EV_STATS, i)->stats;
		assert_int_equal(s->n_layers, 2); /* those with weights */
		const struct event_layer_stat *base = &s->layers[0], *head = &s->layers[1];
		assert_int_equal(head->layer, FAKE_HEAD);
		assert_true(base->weight_norm.valid && head->weight_norm.valid);
		assert_int_equal(base->update_ratio.valid, i >= 2);
		assert_true(head->update_ratio.valid);
		assert_float_equal(head->update_ratio.value * head->weight_norm.value, 0.5, 1e-3);
		assert_float_equal(base->forward_ms.value, 1000 * 0.012 / (4 * BATCH), 1e-9);
		assert_float_equal(head->backward_ms.value, 1000 * 0.027 / (4 * BATCH), 1e-9);
		assert_false(base->backward_ms.valid);
	}
	assert_float_equal(find(&l, EV_STATS, 0)->stats.layers[0].weight_norm.value, sqrt(3),
			   1e-3); /* three ones */
	assert_int_equal(l.h.layers[FAKE_HEAD].n_stats, 4);
	log_free(&l);
}

static double n_wrong(const struct event_epoch *e)
{
	int64_t n = 0;
	for (size_t i = 0; i < e->n_classes; i++)
		n += e->classes[i].n - e->classes[i].tp;
	return (double)n;
}

static void mistakes_are_true_and_sorted(void **state)
{
	(void)state;
	static const char *sets[] = {"phases.0.lr=1e-9", "phases.0.epochs=1", "phases.1.epochs=1"};
	struct log l;
	assert_int_equal(train("wrong", sets, 3, NULL), TRAINER_FINISHED);
	log_read(&l, "wrong");
	const struct event_mistakes *m = &find(&l, EV_MISTAKES, 0)->mistakes;
	const struct event_epoch *e = &find(&l, EV_EPOCH, 0)->epoch;
	assert_true(n_wrong(e) > 0);
	assert_int_equal(m->n_images, fmin(n_wrong(e), MISTAKES_MAX));
	for (size_t i = 0; i < m->n_images; i++) {
		const struct event_mistake *w = &m->images[i];
		assert_true(w->label != w->said && w->prob_said > w->prob_label);
		assert_true(i == 0 || w->prob_said <= m->images[i - 1].prob_said);
		assert_true(e->confusion[w->label].counts[w->said] > 0);
		assert_non_null(strstr(w->path, picture_classes[w->label]));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(w->path, m->images[k].path);
		uint8_t rgb[MISTAKE_BYTES];
		assert_true(pixels_decode(w->rgb, rgb, MISTAKE_BYTES));
	}
	log_free(&l);
}

static void the_surest_are_kept(void **state)
{
	(void)state;
	struct mistakes m = {0};
	for (uint32_t i = 0; i < 20; i++) { /* 0.5, 0.57, 0.64 … in turns */
		float p = .5f + .07f * (float)(i * 3 % 7);
		const float probs[] = {1 - p, p};
		mistakes_add(
		    &m, &(struct prediction){i, i % 5 == 0, probs, 2}); /* every fifth is right */
	}
	const float nan[] = {NAN, 1};
	mistakes_add(&m, &(struct prediction){20, 0, nan, 2});
	assert_int_equal(m.n, MISTAKES_MAX);
	for (size_t i = 0; i < m.n; i++) {
		assert_true(m.worst[i].index % 5 != 0 && m.worst[i].said == 1);
		assert_true(i == 0 || m.worst[i].prob_said < m.worst[i - 1].prob_said ||
			    (m.worst[i].prob_said == m.worst[i - 1].prob_said &&
			     m.worst[i].index > m.worst[i - 1].index));
	}
	assert_int_equal(m.worst[0].index, 2); /* the first of the surest: 2 * 3 % 7 = 6 */
	mistakes_release(&m);
}

/* The stand-in's head looks at pixel number c for class c, and each picture's trace is its
 * number. */
static void probes_tell_where_it_looks_and_what_layers_say(void **state)
{
	(void)state;
	static const char *sets[] = {"data.augment.flip=true", "train.eval_flip=true"};
	for (int flip = 0; flip < 2; flip++) {
		const char *name = flip ? "sights-flip" : "sights";
		struct log l;
		assert_int_equal(train(name, sets, flip ? 2 : 0, NULL), TRAINER_FINISHED);
		log_read(&l, name);
		assert_int_equal(l.h.cam_w, FAKE_SIZE);
		for (size_t i = 0; i < 3; i++) {
			const struct history_probe *p = &l.h.probes[i];
			const double *probs =
			    history_probe_probs(&l.h, i, l.h.n_probe_epochs - 1);
			int said = 0;
			for (int c = 1; c < N_PICTURE_CLASSES; c++)
				said = probs[c] > probs[said] ? c : said;
			for (int k = 0; k < FAKE_SIZE * FAKE_SIZE; k++)
				assert_int_equal(p->cam[k], k == said ? 255 : 0);
			assert_int_equal(p->n_traces, 1);
			assert_int_equal(p->traces[0].layer, FAKE_HEAD);
			assert_int_equal(p->traces[0].maps[0].pixels[0], i * FAKE_LEVEL);
		}
		log_free(&l);
	}
}

static void without_probes_no_pictures_are_told(void **state)
{
	(void)state;
	static const char *sets[] = {"data.probes=0", "phases.0.lr=1e-9"};
	struct log l;
	assert_int_equal(train("blind", sets, 2, NULL), TRAINER_FINISHED);
	log_read(&l, "blind");
	assert_true(n_wrong(&find(&l, EV_EPOCH, 0)->epoch) > 0);
	assert_int_equal(count(&l, EV_PROBE) + count(&l, EV_THUMBS) + count(&l, EV_MISTAKES), 0);
	assert_int_equal(count(&l, EV_STATS), 4);
	log_free(&l);
}

/* layer_decay: 0.5 in the second phase. */
static void a_layer_decay_is_told(void **state)
{
	(void)state;
	struct log l;
	assert_int_equal(train("decay", NULL, 0, NULL), TRAINER_FINISHED);
	log_read(&l, "decay");
	assert_int_equal(count(&l, EV_SCALE), 1);
	const struct event_scale *s = &find(&l, EV_SCALE, 0)->scale;
	assert_int_equal(s->cause, CAUSE_PHASE);
	assert_int_equal(s->iter, 2 * ITERS);
	assert_int_equal(s->n_values, FAKE_LAYERS);
	assert_float_equal(s->values[0], 0.5, 0);
	assert_float_equal(s->was[0], 1, 0);
	assert_float_equal(s->values[FAKE_HEAD], 1, 0);
	log_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(stats_and_mistakes_come_before_their_epoch, reset_fake),
	    cmocka_unit_test_setup(stats_tell_what_was_measured, reset_fake),
	    cmocka_unit_test_setup(mistakes_are_true_and_sorted, reset_fake),
	    cmocka_unit_test(the_surest_are_kept),
	    cmocka_unit_test_setup(probes_tell_where_it_looks_and_what_layers_say, reset_fake),
	    cmocka_unit_test_setup(without_probes_no_pictures_are_told, reset_fake),
	    cmocka_unit_test_setup(a_layer_decay_is_told, reset_fake),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
