/* What people bring, before the built programs: cfgs with slips and comments, weights that know
 * nothing or end early, files as other editors save them. */
#include "job.h"

#define SOUND "it would run, but see the warning above"

static void says(const struct running *r, const char *text)
{
	if (!strstr(r->text[0].buf, text))
		fail_msg("no '%s' in: %s%s", text, r->text[0].buf, r->text[1].buf);
}

/* network.cfg=DIR/NAME; caller frees. */
static char *set_file(const char *key, const char *name)
{
	return xasprintf("%s=%s/%s", key, job_dir, name);
}

/* shapes_cfg with the first `what` replaced, as DIR/odd.cfg. */
static void write_odd_cfg(const char *what, const char *with)
{
	const char *at = strstr(shapes_cfg, what);
	assert_non_null(at);
	char *text =
	    xasprintf("%.*s%s%s", (int)(at - shapes_cfg), shapes_cfg, with, at + strlen(what));
	job_write("odd.cfg", text, strlen(text));
	free(text);
}

static void a_misspelt_key_is_told(void **state)
{
	(void)state;
	static const char *const modes[] = {NULL, "--structure"};
	struct running r;
	char *cfg = set_file("network.cfg", "odd.cfg");
	write_odd_cfg("stride=1\n", "stride=1\nbatch_normalise=1\nsize=5\n");
	for (int i = 0; i < 2; i++) {
		EXPECT(&r, 0, trainer, "check", shapes, "--set", cfg, modes[i]);
		says(&r,
		     "/odd.cfg:15: batch_normalise is no key of [convolutional] in any Darknet, "
		     "so it does nothing; did you mean 'batch_normalize'?\n");
		says(&r, "/odd.cfg:16: size is given twice");
		says(&r, "ok          it would run, but see the 2 warnings above\n");
		run_release(&r);
	}
	EXPECT(&r, 0, viewer, "run", shapes, "--headless", "--runs", runs, "--name", "odd", "--set",
	       cfg, "--set", "phases.0.epochs=1", "--set", "phases.1.epochs=1");
	says(&r, "did you mean 'batch_normalize'?");
	run_release(&r);
	struct history h;
	job_history(&h, runs, "odd");
	int n = 0;
	for (size_t i = 0; i < h.n_notes; i++)
		n += h.notes[i].level == NOTE_WARN && strstr(h.notes[i].text, "odd.cfg:15: ");
	assert_int_equal(n, 1);
	history_release(&h);
	/* where it makes another network of it */
	write_odd_cfg("filters=16\n", "fitlers=16\n");
	EXPECT(&r, 2, trainer, "check", shapes, "--set", cfg);
	if (!strstr(r.text[1].buf, "mind that") || !strstr(r.text[1].buf, "'filters'"))
		fail_msg("%s", r.text[1].buf);
	run_release(&r);
	free(cfg);
}

/* How a cfg trains is not obeyed; that it asks for another optimiser is told, with the setting. */
static void a_cfg_that_asks_for_adam_is_told(void **state)
{
	(void)state;
	static const char *const sets[] = {"train.optimizer=sgd", "train.optimizer=adamw"};
	struct running r;
	char *cfg = set_file("network.cfg", "odd.cfg");
	write_odd_cfg("[net]\n", "[net]\nadam=1\nB1=0.8\n");
	for (int i = 0; i < 2; i++) {
		EXPECT(&r, 0, trainer, "check", shapes, "--set", cfg, "--set", sets[i], "--set",
		       "phases.0.lr=0.001", "--set", "phases.1.lr=0.001");
		bool told = strstr(r.text[0].buf, "/odd.cfg:2: adam=1 is not obeyed") &&
			    strstr(r.text[0].buf,
				   "set train: {optimizer: adam, b1: 0.8, b2: 0.999, eps: 1e-07}");
		if (told != (i == 0))
			fail_msg("%s", r.text[0].buf);
		run_release(&r);
	}
	free(cfg);
}

static void a_refused_cfg_is_named_with_its_line(void **state)
{
	(void)state;
	static const struct {
		const char *what, *with, *says;
	} cases[] = {
	    {"[maxpool]", "[l2norm]\n\n[maxpool]", "odd.cfg:18: layer 1 [l2norm] is of a kind"},
	    {"[avgpool]", "[logistic]\n\n[avgpool]", "odd.cfg:41: layer 5 [logistic] stands above"},
	    {"stride=1", "stride=1\ndilation=2", "odd.cfg:15: dilation=2 is not supported"},
	};
	struct running r;
	char *cfg = set_file("network.cfg", "odd.cfg");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		write_odd_cfg(cases[i].what, cases[i].with);
		EXPECT(&r, 2, trainer, "check", shapes, "--set", cfg);
		if (!strstr(r.text[1].buf, cases[i].says) || strstr(r.text[1].buf, "thaw-model"))
			fail_msg("%s", r.text[1].buf);
		run_release(&r);
	}
	free(cfg);
}

/* Frozen layers that never learnt. */
static void a_base_that_knows_nothing_is_told(void **state)
{
	(void)state;
	struct running r;
	EXPECT(&r, 0, trainer, "check", shapes, "--set", "network.weights=none");
	says(&r,
	     "shapes.yaml:6:26: phase head freezes layers 0,2, which start at random: they know "
	     "nothing and cannot learn; name pretrained network.weights, or let them learn in a "
	     "phase before\n");
	says(&r, SOUND);
	run_release(&r);
	/* they have learnt by then */
	EXPECT(&r, 0, trainer, "check", shapes, "--set", "network.weights=none", "--set",
	       "phases.0.freeze=none", "--set", "phases.1.freeze=base");
	says(&r, "ok          nothing stands in the way\n");
	run_release(&r);
	EXPECT(&r, 0, trainer, "check", shapes, "--set", "network.weights=none", "--set",
	       "phases.0.freeze=0-1", "--set", "phases.1.freeze=base");
	says(&r, "phase head freezes layers 0, which");
	assert_null(strstr(r.text[0].buf, "phase tune freezes"));
	run_release(&r);
	EXPECT(&r, 0, trainer, "check", shapes);
	says(&r, "ok          nothing stands in the way\n");
	run_release(&r);
	/* weights that are merely not here may know everything */
	EXPECT(&r, 0, trainer, "check", shapes, "--structure", "--set", "network.weights=nowhere");
	says(&r, "ok          the structure is sound\n");
	run_release(&r);
}

static void weights_without_knowledge_are_told(void **state)
{
	(void)state;
	struct running r;
	struct strbuf weights = STRBUF_INIT;
	char *set = set_file("network.weights", "dull.weights");
	const size_t second = 20 + (4 * 8 + 8 * 27) * sizeof(float);
	shapes_weights(&weights);
	memset(weights.buf + second, 0, weights.len - second);
	job_write("dull.weights", weights.buf, weights.len);
	EXPECT(&r, 0, trainer, "check", shapes, "--set", set);
	says(&r, "dull.weights: all weights of layers 2 are 0, so they know nothing");
	says(&r, SOUND);
	run_release(&r);
	const float half = 0.5f;
	for (size_t i = 20 + 4 * 8 * sizeof(float); i < second; i += sizeof(float))
		memcpy(weights.buf + i, &half, sizeof(half));
	job_write("dull.weights", weights.buf, weights.len);
	EXPECT(&r, 0, trainer, "check", shapes, "--set", set);
	says(&r, "dull.weights: all weights of layers 0 are one and the same number");
	says(&r, "see the 2 warnings above");
	run_release(&r);
	strbuf_release(&weights);
	free(set);
}

/* "darknet partial": the first layer alone. */
static void a_partial_file_is_told(void **state)
{
	(void)state;
	struct running r;
	struct strbuf weights = STRBUF_INIT;
	char *set = set_file("network.weights", "shapes.conv.2");
	const size_t first = 20 + (4 * 8 + 8 * 27) * sizeof(float);
	shapes_weights(&weights);
	job_write("shapes.conv.2", weights.buf, first);
	EXPECT(&r, 0, trainer, "check", shapes, "--set", set);
	says(&r, "6,352 bytes expected, 1,012 found; 1 layer loaded, 2 initialised\n");
	says(&r, "(it ends before layers 2, which start from scratch)\n");
	says(&r, "phase head freezes layers 2, which start at random as they are not in ");
	says(&r, SOUND);
	run_release(&r);
	EXPECT(&r, 0, trainer, "check", shapes, "--set", set, "--set", "phases.0.freeze=0-1");
	says(&r, "ok          nothing stands in the way\n");
	run_release(&r);
	EXPECT(&r, 0, viewer, "run", shapes, "--headless", "--runs", runs, "--name", "part",
	       "--set", set, "--set", "phases.0.freeze=0-1", "--set", "phases.0.epochs=1", "--set",
	       "phases.1.epochs=1");
	says(&r,
	     "7 classes, 1 of 3 layers with weights loaded, 1 below the head start from scratch");
	run_release(&r);
	struct history h;
	job_history(&h, runs, "part");
	assert_int_equal(h.layers[0].info.origin, ORIGIN_LOADED);
	assert_int_equal(h.layers[2].info.origin, ORIGIN_INITIALISED);
	history_release(&h);
	job_write("shapes.conv.2", weights.buf, first - 4);
	EXPECT(&r, 2, trainer, "check", shapes, "--set", set);
	assert_non_null(strstr(r.text[1].buf, "it ends 988 of 992 bytes into layer 0"));
	run_release(&r);
	strbuf_release(&weights);
	free(set);
}

/* A run's own texts after an editor has been at them. */
static void edited_texts_of_a_run_are_read(void **state)
{
	(void)state;
	static const char *const names[] = {"labels.txt", "model.cfg", "events.jsonl"};
	struct running r, again;
	char *dir = path_join(runs, "odd"), *picture = path_join(job_dir, "valid/disc/000.png");
	EXPECT(&r, 0, viewer, "predict", dir, picture);
	for (size_t i = 0; i < 3; i++) {
		struct strbuf was;
		read_run_file(&was, "odd", names[i]);
		char *path = path_join(dir, names[i]), *text = xasprintf("\xef\xbb\xbf%s", was.buf);
		assert_int_equal(file_write_atomic(path, text, strlen(text), NULL), ERR_OK);
		free(text);
		free(path);
		strbuf_release(&was);
	}
	EXPECT(&again, 0, viewer, "predict", dir, picture);
	assert_string_equal(r.text[0].buf, again.text[0].buf);
	run_release(&r);
	run_release(&again);
	EXPECT(&r, 0, viewer, "show", dir);
	assert_string_equal(r.text[1].buf, "");
	run_release(&r);
	free(picture);
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_misspelt_key_is_told),
	    cmocka_unit_test(a_cfg_that_asks_for_adam_is_told),
	    cmocka_unit_test(a_refused_cfg_is_named_with_its_line),
	    cmocka_unit_test(a_base_that_knows_nothing_is_told),
	    cmocka_unit_test(weights_without_knowledge_are_told),
	    cmocka_unit_test(a_partial_file_is_told),
	    cmocka_unit_test(edited_texts_of_a_run_are_read),
	};
	return cmocka_run_group_tests(tests, shapes_open, shapes_close);
}
