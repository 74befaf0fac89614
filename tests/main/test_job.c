/* The whole job with the built programs: check, train, stop, refuse; on pictures of our own and
 * on real photographs. */
#include "job.h"

#include <math.h>

static void check_reports_what_it_found(void **state)
{
	(void)state;
	struct running r;
	EXPECT(&r, 0, trainer, "check", shapes, "--runs", runs);
	assert_non_null(strstr(r.text[0].buf, "7 classes at layer 4 become 3 at layer 4"));
	assert_non_null(strstr(
	    r.text[0].buf, "6,352 bytes expected, 6,352 found; 2 layers loaded, 1 initialised"));
	assert_non_null(
	    strstr(r.text[0].buf, "3 classes, 96 training and 48 validation images, 0 left out"));
	assert_non_null(strstr(r.text[0].buf, "frozen 0-3: 51 of "));
	assert_false(file_exists(runs));
	run_release(&r);
}

static void want_good_run(const char *name, double accuracy, int epochs)
{
	struct history h;
	job_history(&h, runs, name);
	assert_true(h.ended);
	assert_int_equal(h.end.status, END_FINISHED);
	assert_int_equal(h.n_epochs, epochs);
	assert_int_equal(history_digests_changed(&h), 0);
	assert_true(h.layers[0].digest_known); /* so there was something to compare */
	for (int i = 0; i < STAGE_N; i++)
		assert_int_equal(h.stages[i].state, STAGE_DONE);
	if (h.epochs[h.best_epoch].valid.acc.value < accuracy)
		fail_msg("best accuracy %g, wanted %g",
			 h.epochs[h.best_epoch].valid.acc.value, accuracy);
	history_release(&h);
}

static void shapes_are_learnt(void **state)
{
	(void)state;
	struct running r;
	EXPECT(&r, 0, trainer, "run", shapes, "--runs", runs, "--name", "one");
	assert_string_equal(r.text[1].buf, "");
	run_release(&r);
	want_good_run("one", 0.9, 7);
}

/* Validations and saving, as they begin and end; nothing of it goes on behind the end. */
static void what_is_no_iteration_is_told(void **state)
{
	(void)state;
	static const char *const told[] = {"\"what\":\"valid\",\"done\":0,\"total\":48}",
					   "\"what\":\"valid\",\"done\":48,\"total\":48}",
					   "\"what\":\"save\",\"done\":0,\"total\":0}"};
	struct strbuf log;
	struct history h;
	read_run_file(&log, "one", "events.jsonl");
	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++) {
		size_t n = 0;
		for (const char *at = log.buf; (at = strstr(at, told[i])); at++)
			n++;
		assert_int_equal(n, 7); /* of each epoch */
	}
	job_history(&h, runs, "one");
	assert_false(h.busy.on);
	assert_true(h.between_ms.valid);
	history_release(&h);
	strbuf_release(&log);
}

/* What Darknet printed when it made and loaded the network: in the run's folder, line by line in
 * the log, and not among what a program without a screen prints. */
static void darknets_own_output_is_kept(void **state)
{
	(void)state;
	struct strbuf printed;
	struct history h;
	read_run_file(&printed, "one", "trainer.log");
	assert_non_null(strstr(printed.buf, "Loading weights from "));
	assert_null(strstr(printed.buf, "Using default"));
	job_history(&h, runs, "one");
	size_t n = 0;
	for (size_t i = 0; i < h.n_notes; i++) {
		n += h.notes[i].level == NOTE_DARKNET;
		assert_true(h.notes[i].level != NOTE_DARKNET ||
			    strstr(printed.buf, h.notes[i].text));
	}
	assert_in_range(n, 7, 10); /* a heading, six layers, the weights */
	history_release(&h);
	struct running r;
	EXPECT(&r, 0, viewer, "replay", "one", "--runs", runs, "--headless");
	assert_null(strstr(r.text[0].buf, "Loading weights from "));
	run_release(&r);
	strbuf_release(&printed);
}

static void the_same_seed_gives_the_same_bits(void **state)
{
	(void)state;
	static const char *const files[] = {"last.weights", "best.weights", "last.state"};
	struct running r;
	EXPECT(&r, 0, trainer, "run", shapes, "--runs", runs, "--name", "two");
	run_release(&r);
	EXPECT(&r, 0, trainer, "run", shapes, "--runs", runs, "--name", "three", "--set",
	       "train.seed=4");
	run_release(&r);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct strbuf a, b, c;
		read_run_file(&a, "one", files[i]);
		read_run_file(&b, "two", files[i]);
		read_run_file(&c, "three", files[i]);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.buf, b.buf, a.len);
		assert_int_not_equal(memcmp(a.buf, c.buf, a.len < c.len ? a.len : c.len), 0);
		strbuf_release(&a);
		strbuf_release(&b);
		strbuf_release(&c);
	}
}

static void a_resolved_experiment_gives_the_same_run(void **state)
{
	(void)state;
	struct running r;
	char *resolved = xasprintf("%s/one/experiment.yaml", runs);
	EXPECT(&r, 0, trainer, "run", resolved, "--runs", runs, "--name", "again");
	run_release(&r);
	struct strbuf a, b;
	read_run_file(&a, "one", "last.weights");
	read_run_file(&b, "again", "last.weights");
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.buf, b.buf, a.len);
	strbuf_release(&a);
	strbuf_release(&b);
	free(resolved);
}

/* The text behind the first `begins`, up to the end of its line. */
static const char *line_of(const struct running *r, const char *begins)
{
	static char line[256];
	const char *at = strstr(r->text[0].buf, begins);
	if (!at)
		fail_msg("no '%s' in: %s", begins, r->text[0].buf);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
	return line;
}

static void profile_tells_every_layer(void **state)
{
	(void)state;
	struct running r;
	double forward, backward, update, share;
	EXPECT(&r, 0, viewer, "profile", shapes, "--batches", "3");
	line_of(&r, "medians of 3 iterations of 8 images");
	line_of(&r, "phase head: training step, frozen: 0-3");
	assert_int_equal(sscanf(line_of(&r, " 0  convolutional 3x3/1"),
				"%*d %*s %*s 32x32x8 frozen %lf - - %lf %%", &forward, &share),
			 2);
	assert_true(forward > 0 && share >= 0 && share <= 100);
	assert_int_equal(sscanf(line_of(&r, " 4  convolutional 1x1/1"),
				"%*d %*s %*s 8x8x3 learns %lf %lf %lf %lf %%", &forward, &backward,
				&update, &share),
			 4);
	line_of(&r, " 1  maxpool 2x2/2");
	line_of(&r, "images/s with layers 0-3 from the activation cache");
	line_of(&r, "phase tune: training step, frozen: 0-1");
	line_of(&r, "images/s with layers 0-1 from the activation cache");
	line_of(&r, "evaluation; milliseconds an image");
	run_release(&r);
	EXPECT(&r, 0, trainer, "profile", shapes, "--batches", "1", "--set", "train.cache=0",
	       "--set", "phases.1.freeze=base", "--set", "phases.1.batchnorm=frozen");
	assert_null(strstr(r.text[0].buf, "cache"));      /* none is kept */
	assert_null(strstr(r.text[0].buf, "phase tune")); /* computes what phase head does */
	run_release(&r);
}

/* What the pages show of single layers and pictures. Layers 0-3 are frozen in the first phase, 0-1
 * in the last; the head is layer 4. */
static void layers_and_pictures_are_told(void **state)
{
	(void)state;
	struct history h;
	job_history(&h, runs, "one");
	const struct history_layer *frozen = &h.layers[0], *head = &h.layers[h.head];
	assert_int_equal(frozen->n_stats, h.n_epochs);
	assert_int_equal(head->n_stats, h.n_epochs);
	for (size_t i = 0; i < h.n_epochs; i++) {
		assert_true(isnan(history_stat(frozen, i)->update_ratio));
		assert_true(isnan(history_stat(frozen, i)->backward_ms));
		assert_float_equal(history_stat(frozen, i)->weight_norm, history_stat(frozen, 0)->weight_norm, 0);
		assert_true(history_stat(head, i)->update_ratio > 0 && history_stat(head, i)->update_ratio < 1);
		assert_true(history_stat(head, i)->forward_ms > 0 && history_stat(head, i)->backward_ms > 0);
	}
	assert_true(h.n_probes > 0 && h.cam_w > 1 && h.cam_h > 1);
	for (size_t i = 0; i < h.n_probes; i++) {
		const struct history_probe *p = &h.probes[i];
		assert_non_null(p->cam);
		assert_int_equal(p->n_traces, 3);
		assert_int_equal(p->traces[0].layer, 1);
		assert_int_equal(p->traces[2].layer, h.head);
		assert_true(p->traces[0].n_maps > 0 && p->traces[0].active <= 1);
	}
	history_release(&h);
}

/* Without augmentation every picture comes again as it was. */
static void the_cache_is_told(void **state)
{
	(void)state;
	struct running r;
	struct history h;
	EXPECT(&r, 0, trainer, "run", shapes, "--runs", runs, "--name", "cached", "--set",
	       "data.augment.flip=false", "--set", "data.augment.crop=1", "--set",
	       "data.augment.hue=0", "--set", "phases.0.epochs=2", "--set", "phases.1.epochs=1");
	run_release(&r);
	job_history(&h, runs, "cached");
	double below = 0, all = 0;
	for (size_t i = 0; i < h.n_layers; i++) {
		all += (double)h.layers[i].info.flops;
		below += i <= 3 ? (double)h.layers[i].info.flops : 0;
	}
	assert_true(h.epochs[0].saved.valid && h.epochs[0].saved.value <= 0);
	assert_float_equal(h.epochs[1].saved.value, below / all, 1e-9);
	assert_true(h.has_cache); /* of the last phase: filled, not used yet */
	assert_int_equal(h.cache.layer, 1);
	assert_int_equal(h.cache.images, 96 + 48);
	assert_int_equal(h.cache.misses, 96 + 48);
	assert_true(h.cache.memory_bytes >= (96 + 48) * 16 * 16 * 8 * (int64_t)sizeof(float));
	history_release(&h);
	char *dir = xasprintf("%s/cached", runs);
	EXPECT(&r, 0, viewer, "show", dir);
	line_of(&r, "cache 0-1: 144 images, ");
	run_release(&r);
	free(dir);
}

static void interrupt_and_terminate_stop_a_run(void **state)
{
	(void)state;
	static const struct {
		int signo;
		const char *name;
	} ways[] = {{SIGINT, "interrupted"}, {SIGTERM, "terminated"}};
	for (int i = 0; i < 2; i++) {
		struct running r;
		run_start(&r,
			  (const char *const[]){trainer, "run", shapes, "--runs", runs, "--name",
						ways[i].name, "--set", "phases.0.epochs=100000",
						NULL},
			  NULL);
		job_until_iter(runs, ways[i].name, 5);
		kill(r.pid, ways[i].signo);
		assert_int_equal(run_wait(&r), 130);
		struct history h;
		job_history(&h, runs, ways[i].name);
		assert_int_equal(h.end.status, END_STOPPED);
		assert_int_equal(h.end.iters, h.iter);
		history_release(&h);
		run_release(&r);
	}
}

static void the_viewer_runs_it_and_ctl_steers_it(void **state)
{
	(void)state;
	struct running r, c;
	char *dir = xasprintf("%s/steered", runs);
	run_start(&r,
		  (const char *const[]){viewer, "run", shapes, "--headless", "--runs", runs,
					"--name", "steered", "--set", "phases.0.epochs=100000",
					NULL},
		  NULL);
	job_until_iter(runs, "steered", 5);
	EXPECT(&c, 0, viewer, "ctl", dir, "lr", "0.05");
	run_release(&c);
	EXPECT(&c, 0, viewer, "ctl", dir, "unfreeze", "2");
	run_release(&c);
	EXPECT(&c, 0, viewer, "ctl", dir, "undo");
	run_release(&c);
	EXPECT(&c, 0, viewer, "ctl", dir, "lr-scale", "last", "3", "0.5");
	line_of(&c, "layer 4: learning rate x0.5 from iteration ");
	run_release(&c);
	EXPECT(&c, 0, viewer, "ctl", dir, "stop");
	run_release(&c);
	assert_int_equal(run_wait(&r), 130);
	line_of(&r, ": 4 at x0.5 of the learning rate (user)");
	struct history h;
	job_history(&h, runs, "steered");
	assert_int_equal(h.end.status, END_STOPPED);
	assert_true(layerset_has(&h.frozen, 2));
	EXPECT(&c, 0, viewer, "show", dir);
	line_of(&c, "learning rate: layers 4 at x0.5 of it");
	run_release(&c);
	assert_int_equal(history_digests_changed(&h), 0);
	history_release(&h);
	run_release(&r);
	free(dir);
}

/* The same status as from `thaw run`, whoever asks. */
static void ctl_stops_the_trainer_alone(void **state)
{
	(void)state;
	struct running r, c;
	char *dir = xasprintf("%s/alone", runs);
	run_start(&r,
		  (const char *const[]){trainer, "run", shapes, "--runs", runs, "--name", "alone",
					"--set", "phases.0.epochs=100000", NULL},
		  NULL);
	job_until_iter(runs, "alone", 5);
	EXPECT(&c, 0, viewer, "ctl", dir, "stop");
	run_release(&c);
	assert_int_equal(run_wait(&r), 130);
	EXPECT(&c, 130, viewer, "replay", dir, "--headless");
	run_release(&c);
	run_release(&r);
	free(dir);
}

/* Status 2, one line on standard error that says `says`, and no run directory. */
static void refused(const char *says, const char *const *words)
{
	struct running r;
	run_expect(&r, 2, words);
	const char *line = r.text[1].buf, *end = strchr(line, '\n');
	if (strncmp(line, "thaw: ", 6) != 0 || !end || end[1] || !strstr(line, says))
		fail_msg("wanted one line with '%s', got: %s", says, line);
	char *dir = path_join(runs, "refused");
	assert_false(file_exists(dir));
	free(dir);
	run_release(&r);
}

static void bad_input_is_one_clear_line(void **state)
{
	(void)state;
	struct strbuf weights = STRBUF_INIT;
	shapes_weights(&weights);
	job_write("short.weights", weights.buf, weights.len - 100);
	strbuf_addstr(&weights, "more");
	job_write("long.weights", weights.buf, weights.len);
	job_write("not.weights", "PK\3\4 hello", 10);
	strbuf_release(&weights);
	static const struct {
		const char *set, *says;
	} cases[] = {
	    {"network.weights=DIR/short.weights", "6252"},
	    {"network.weights=DIR/long.weights", "6356"},
	    {"network.weights=DIR/not.weights", "not.weights"},
	    {"network.weights=DIR/none.weights", "none.weights"},
	    {"network.cfg=DIR/none.cfg", "none.cfg"},
	    {"network.cfg=DIR/shapes.yaml", "shapes.yaml"},
	    {"data.images=DIR/nowhere", "nowhere"},
	    {"phases.0.freeze=0-99", "layers 0-6"},
	    {"phases.0.freeze=all", "leaves nothing to learn"},
	    {"phases.0.lr=fast", "lr"},
	    {"train.momentun=0.5", "momentum"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *at = strstr(cases[i].set, "DIR");
		char *set = at ? xasprintf("%.*s%s%s", (int)(at - cases[i].set), cases[i].set,
					   job_dir, at + 3)
			       : xstrdup(cases[i].set);
		refused(cases[i].says,
			(const char *const[]){trainer, "run", shapes, "--runs", runs, "--name",
					      "refused", "--set", set, NULL});
		free(set);
	}
	refused("nothing.yaml", (const char *const[]){trainer, "run", "nothing.yaml", NULL});
	refused("usage", (const char *const[]){trainer, "run", NULL});
	refused("--faster", (const char *const[]){trainer, "run", shapes, "--faster", NULL});
	refused("--json", (const char *const[]){trainer, "run", shapes, "--json", NULL});
	refused("--runs wants a value",
		(const char *const[]){trainer, "run", shapes, "--runs", NULL});
	refused("--threads",
		(const char *const[]){trainer, "run", shapes, "--threads", "many", NULL});
	refused("not a run", (const char *const[]){trainer, "predict", job_dir, shapes, NULL});
	refused("exists already", (const char *const[]){trainer, "run", shapes, "--runs", runs,
							"--name", "one", NULL});
}

static void bad_pictures_are_left_out_and_too_many_refused(void **state)
{
	(void)state;
	struct running r;
	job_write("train/disc/zzz-empty.png", "", 0);
	job_write("train/disc/zzz-text.jpg", "this is not a picture", 21);
	EXPECT(&r, 0, trainer, "check", shapes, "--runs", runs);
	assert_non_null(strstr(r.text[0].buf, "96 training and 48 validation images, 2 left out"));
	assert_non_null(strstr(r.text[0].buf, "zzz-text.jpg"));
	run_release(&r);
	refused("data.max_bad = 0.001", (const char *const[]){trainer, "check", shapes, "--set",
							      "data.max_bad=0.001", NULL});
}

/* The same picture in both parts: said by a check, by a run without a screen, and in its log, of
 * which the Log page shows the notes. */
static void a_mistake_in_the_pictures_is_told(void **state)
{
	(void)state;
	static const char said[] = "1 of 49 validation pictures is among the training pictures";
	struct running r;
	struct strbuf log, picture = STRBUF_INIT;
	char *from = path_join(job_dir, "train/disc/000.png"),
	     *to = path_join(job_dir, "valid/disc/copy.png");
	assert_int_equal(file_read(from, &picture, NULL), ERR_OK);
	job_write("valid/disc/copy.png", picture.buf, picture.len);
	EXPECT(&r, 0, viewer, "check", shapes, "--runs", runs);
	assert_non_null(strstr(r.text[0].buf, "\nwarning     1 of 49"));
	assert_non_null(strstr(r.text[0].buf, said));
	run_release(&r);
	EXPECT(&r, 0, viewer, "run", shapes, "--runs", runs, "--name", "told", "--headless",
	       "--set", "phases.head.epochs=1", "--set", "phases.tune.epochs=1");
	assert_non_null(strstr(r.text[0].buf, said));
	run_release(&r);
	read_run_file(&log, "told", "events.jsonl");
	assert_non_null(strstr(log.buf, said));
	strbuf_release(&log);
	struct history h;
	size_t warned = 0;
	job_history(&h, runs, "told");
	for (size_t i = 0; i < h.n_notes; i++)
		warned += h.notes[i].level == NOTE_WARN && strstr(h.notes[i].text, said);
	assert_int_equal(warned, 1);
	history_release(&h);
	assert_int_equal(unlink(to), 0);
	strbuf_release(&picture);
	free(from);
	free(to);
}

static void flowers_are_learnt(void **state)
{
	(void)state;
	if (!have_flowers()) {
		print_message("skipped: ../shared/flower_photos or ../shared/weights/tiny.weights "
			      "is absent\n");
		skip();
	}
	struct running r;
	char *yaml = job_flowers(2, 2);
	EXPECT(&r, 0, trainer, "run", yaml, "--runs", runs, "--name", "flowers");
	run_release(&r);
	want_good_run("flowers", 0.4, 4); /* chance is 0.2 */
	free(yaml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(check_reports_what_it_found),
	    cmocka_unit_test(shapes_are_learnt),
	    cmocka_unit_test(what_is_no_iteration_is_told),
	    cmocka_unit_test(darknets_own_output_is_kept),
	    cmocka_unit_test(the_same_seed_gives_the_same_bits),
	    cmocka_unit_test(a_resolved_experiment_gives_the_same_run),
	    cmocka_unit_test(profile_tells_every_layer),
	    cmocka_unit_test(the_cache_is_told),
	    cmocka_unit_test(interrupt_and_terminate_stop_a_run),
	    cmocka_unit_test(layers_and_pictures_are_told),
	    cmocka_unit_test(the_viewer_runs_it_and_ctl_steers_it),
	    cmocka_unit_test(ctl_stops_the_trainer_alone),
	    cmocka_unit_test(bad_input_is_one_clear_line),
	    cmocka_unit_test(bad_pictures_are_left_out_and_too_many_refused),
	    cmocka_unit_test(a_mistake_in_the_pictures_is_told),
	    cmocka_unit_test(flowers_are_learnt),
	};
	return cmocka_run_group_tests(tests, shapes_open, shapes_close);
}
