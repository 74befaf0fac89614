/* Whole work on a card: many steps beside the CPU's, and what cannot be. */
#include "zoo.h"

#include "thaw/engine/model.h"

#include <stdio.h>
#include <sys/wait.h>

/* ---- beside the CPU ---- */

/* Fifty iterations with a freeze and a thaw on the way, within 1e-3 of what they moved. */
static void many_steps_agree(enum batchnorm_mode mode, enum optimizer optimizer)
{
	static const struct {
		uint64_t to;
		const char *frozen;
	} phases[] = {{15, "0-4"}, {30, "1,3-5"}, {50, "none"}};
	struct pair p;
	size_t n;
	uint64_t from = 0;
	pair_open(&p, ZOO, SIDE, 3, N, mode);
	float *start = all_numbers(p.net[0], &n);
	for (size_t k = 0; k < sizeof(phases) / sizeof(*phases); k++) {
		for (int i = 0; i < 2; i++) {
			freeze(p.net[i], phases[k].frozen);
			train(p.net[i], &p.rig, from, phases[k].to, optimizer, NULL);
		}
		from = phases[k].to;
	}
	pair_weights(&p, start, 1e-3);
	pair_predicts(&p, 1e-3);
	free(start);
	pair_close(&p);
}

static void fifty_iterations_agree(void **state)
{
	(void)state;
	for (int mode = 0; mode < BATCHNORM_N; mode++)
		many_steps_agree((enum batchnorm_mode)mode, OPTIMIZER_SGD);
	many_steps_agree(BATCHNORM_FOLDED, OPTIMIZER_ADAM);
	many_steps_agree(BATCHNORM_TRAIN, OPTIMIZER_ADAMW);
}

/* Features, traces and maps, whatever is frozen. */
static void looks_agree(void **state)
{
	(void)state;
	static const char *const freezes[] = {"none", "0-3", "0-1,4", "base"};
	struct pair p;
	static struct net_trace traces[2][N * NET_TRACES];
	pair_open(&p,
		  CONV(12, 3, 1, BN, "leaky") "[maxpool]\nsize=2\nstride=2\n\n" CONV(
		      16, 3, 1, BN, "relu") CONV(9, 3, 1, "", "leaky") TAIL,
		  SIDE, 3, N, BATCHNORM_TRAIN);
	for (size_t f = 0; f < sizeof(freezes) / sizeof(*freezes); f++) {
		int dim = net_feature_dim(p.net[0]), seen[2], w = 0, h = 0;
		float *features[2], probs[2][N * CLASSES], map[2][64 * 64];
		for (int i = 0; i < 2; i++) {
			freeze(p.net[i], freezes[f]);
			train(p.net[i], &p.rig, 0, 2, OPTIMIZER_SGD, NULL);
			features[i] = xcalloc((size_t)(N * dim), sizeof(float));
			net_features(p.net[i], &(struct net_images){.x = p.rig.x, .n = N},
				     features[i]);
			seen[i] = net_look(p.net[i], p.rig.x, N, probs[i], traces[i]);
			assert_true(net_activation_map(p.net[i], N - 1, 2, map[i], &w, &h));
		}
		assert_int_equal(seen[0], seen[1]);
		near_all(features[1], features[0], (size_t)(N * dim),
			 largest(features[0], (size_t)(N * dim)), 1e-3, "feature");
		near_all(probs[1], probs[0], N * CLASSES, 1, 1e-3, "probability");
		near_all(map[1], map[0], (size_t)(w * h), largest(map[0], (size_t)(w * h)), 1e-3,
			 "map");
		for (int k = 0; k < N * NET_TRACES; k++) {
			assert_int_equal(traces[1][k].layer, traces[0][k].layer);
			near_value(traces[1][k].mean, traces[0][k].mean, 1e-3, "a mean");
			near_value(traces[1][k].sd, traces[0][k].sd, 1e-3, "a deviation");
		}
		free(features[0]);
		free(features[1]);
	}
	pair_close(&p);
}

/* A run goes on elsewhere as it would have where it began: to rounding. */
static void runs_move_between_devices(void **state)
{
	(void)state;
	for (int o = 0; o < OPTIMIZER_N; o++)
		for (int from = 0; from < 2; from++) {
			struct pair p;
			struct errinfo e = {0};
			struct strbuf moments = STRBUF_INIT;
			size_t n;
			pair_open(&p, ZOO, SIDE, 3, N, BATCHNORM_TRAIN);
			train(p.net[from], &p.rig, 0, 8, (enum optimizer)o, NULL);
			float *start = all_numbers(p.net[from], &n);
			net_state_write(p.net[from], &moments);
			assert_int_equal(net_save(p.net[from], p.rig.weights, 0, &e), ERR_OK);
			struct net *to = p.net[1 - from];
			if (model_load_all(to, p.rig.weights, NULL, &e) ||
			    net_state_read(to, moments.buf, moments.len, &e))
				fail_msg("%s", e.msg);
			assert_true(same_nets(p.net[0], p.net[1]));
			for (int i = 0; i < 2; i++)
				train(p.net[i], &p.rig, 8, 16, (enum optimizer)o, NULL);
			pair_weights(&p, start, 1e-3);
			strbuf_release(&moments);
			free(start);
			pair_close(&p);
		}
}

/* How far all gradients of a step are from the CPU's, as a share of these. */
static double gradients_apart(struct pair *p)
{
	double apart = 0, size = 0;
	struct step s = step_of(&p->rig, 0);
	struct step_result r;
	for (int i = 0; i < 2; i++)
		net_forward_backward(p->net[i], &s, &r);
	for (int l = 0; l < net_n_layers(p->net[0]); l++)
		for (int k = 0; k < p->net[0]->params[l].n; k++) {
			float *g[] = {gradient_of(p->net[0], l, k), gradient_of(p->net[1], l, k)};
			for (size_t i = 0; g[0] && i < p->net[0]->params[l].p[k].n_rest; i++) {
				double d = (double)g[1][i] - (double)g[0][i];
				apart += d * d;
				size += (double)g[0][i] * (double)g[0][i];
			}
			free(g[0]);
			free(g[1]);
		}
	return sqrt(apart / size);
}

/* Not as near as fp32, which shows that they are used; and no farther than they round. */
static void precisions_round(void **state)
{
	static const struct {
		enum precision precision;
		double least, most;
	} rows[] = {
	    {PRECISION_FP32, 0, 1e-5}, {PRECISION_TF32, 1e-5, 1e-2}, {PRECISION_BF16, 1e-3, .1}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pair p;
		pair_precision = rows[i].precision;
		pair_open(&p, ZOO, SIDE, 3, N, BATCHNORM_FROZEN);
		double apart = gradients_apart(&p);
		print_message("    %s: %.2g\n", precision_name(rows[i].precision), apart);
		if (!(apart >= rows[i].least && apart <= rows[i].most))
			fail_msg("%s: %g", precision_name(rows[i].precision), apart);
		pair_predicts(&p, rows[i].most);
		pair_close(&p);
	}
	pair_precision = PRECISION_FP32;
}

/* ---- what cannot be ---- */

static void kinds_without_a_kernel_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *kind, *layers;
	} rows[] = {
	    {"[local]", "[local]\nfilters=6\nsize=3\nstride=1\npad=1\nactivation=leaky\n\n"},
	    {"[normalization]", "[normalization]\nsize=5\nalpha=0.1\nbeta=0.75\nkappa=1\n\n"},
	    {"[reorg]", "[reorg]\nstride=2\n\n"},
	};
	const struct backend *card = card_backend();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct errinfo e = {0};
		struct net *net = NULL;
		network *g;
		struct net_options o = {.name = "the.cfg", .threads = 1, .seed = 7};
		char *text = xasprintf("[net]\nbatch=1\nheight=8\nwidth=8\nchannels=4\n\n%s%s%s",
				       CONV(8, 3, 1, BN, "leaky"), rows[i].layers, ENDS);
		char *cfg = temp_file(text);
		assert_int_equal(graph_open(&g, cfg, &e), ERR_OK);
		assert_int_equal(net_open_graph(&net, g, card, &o, &e), ERR_VALUE);
		if (!strstr(e.msg, "layer 1") || !strstr(e.msg, rows[i].kind) ||
		    !strstr(e.msg, "device: cpu"))
			fail_msg("%s", e.msg);
		unlink(cfg);
		free(cfg);
		free(text);
	}
}

/* The words of a card that fails in the middle of it all, in a process of its own. */
static void failing(void)
{
	struct rig r;
	setenv("THAW_STANDIN_FAIL", "200", 1);
	rig_open(&r, ZOO, SIDE, 3, N, BATCHNORM_TRAIN);
	train(net_on_card(&r), &r, 0, 10, OPTIMIZER_SGD, NULL);
}

static void full(void)
{
	struct rig r;
	setenv("THAW_STANDIN_MEMORY", "200000", 1);
	rig_open(&r, ZOO, SIDE, 3, N, BATCHNORM_TRAIN);
	train(net_on_card(&r), &r, 0, 1, OPTIMIZER_SGD, NULL);
}

/* What it says when it ends by die(). */
static void last_words(void (*body)(void), char *text, size_t size)
{
	int ends[2], status;
	size_t n = 0;
	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid_t child = fork();
	if (!child) {
		dup2(ends[1], 2);
		body();
		_exit(0);
	}
	close(ends[1]);
	for (ssize_t got; (got = read(ends[0], text + n, size - 1 - n)) > 0; n += (size_t)got)
		;
	text[n] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static void failures_are_named(void **state)
{
	(void)state;
	char text[4096];
	if (card_is_real()) {
		print_message("skipped: a real card is not made to fail\n");
		skip();
	}
	last_words(failing, text, sizeof(text));
	assert_non_null(strstr(text, "CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure"));
	last_words(full, text, sizeof(text));
	assert_non_null(strstr(text, "out of memory on cuda:0"));
	assert_non_null(strstr(text, "train.batch"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(failures_are_named), /* before the card is opened here */
	    cmocka_unit_test(precisions_round),
	    cmocka_unit_test(fifty_iterations_agree),
	    cmocka_unit_test(looks_agree),
	    cmocka_unit_test(runs_move_between_devices),
	    cmocka_unit_test(kinds_without_a_kernel_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
