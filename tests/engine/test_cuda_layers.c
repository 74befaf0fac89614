/* The card's kernels against the CPU's: every kind of layer on shapes drawn by chance, what it
 * predicts, its gradients and a step of its parameters. */
#include "pair.h"

#define DENSE(extra, n, act) "[connected]\n" extra "output=" #n "\nactivation=" act "\n\n"
#define ENDS DENSE("", 5, "linear") "[softmax]\ngroups=1\n"
#define TOLERANCE 1e-4

/* In these, {3-9} is a number drawn from 3..9, {1-4x6} six times one from 1..4, {act} an
 * activation. */
static const struct {
	const char *name, *layers;
	int least; /* of the pictures' side */
} kinds[] = {
    {"convolution",
     "[convolutional]\nfilters={1-20}\nsize={1-5}\nstride={1-3}\npad=1\nactivation={act}\n\n" ENDS,
     5},
    {"convolution without padding",
     "[convolutional]\nfilters={1-20}\nsize={1-4}\nstride={1-2}\nactivation=leaky\n\n" ENDS, 5},
    {"batch-norm",
     "[convolutional]\nbatch_normalize=1\nfilters={2-30}\nsize={1-3}\nstride={1-2}\npad=1\n"
     "activation={act}\n\n" CONV(9, 3, 1, BN, "leaky") ENDS,
     5},
    {"groups",
     "[convolutional]\nfilters={1-3x6}\nsize=3\nstride=1\npad=1\nactivation=relu\n\n"
     "[convolutional]\nbatch_normalize=1\ngroups=3\nfilters={1-4x3}\nsize={1-3}\nstride={1-2}\n"
     "pad=1\nactivation={act}\n\n" ENDS,
     5},
    {"depthwise",
     CONV(12, 3, 1, BN, "leaky") "[convolutional]\nbatch_normalize=1\ngroups=12\nfilters=12\n"
				 "size=3\nstride={1-2}\npad=1\nactivation=leaky\n\n" ENDS,
     5},
    {"connected", "[connected]\noutput={1-40}\nactivation={act}\n\n" ENDS, 2},
    {"connected with batch-norm",
     "[connected]\nbatch_normalize=1\noutput={2-40}\nactivation={act}\n\n" ENDS, 2},
    {"a batch-norm layer",
     CONV(7, 3, 1, "", "linear") "[batchnorm]\n\n[activation]\nactivation={act}\n\n" ENDS, 4},
    {"max pooling",
     "[convolutional]\nbatch_normalize=1\nfilters={2-20}\nsize=3\nstride=1\npad=1\n"
     "activation=leaky\n\n[maxpool]\nsize={2-3}\nstride={1-3}\n\n" ENDS,
     6},
    {"max pooling with padding of its own",
     CONV(6, 3, 1, "", "linear") "[maxpool]\nsize={2-4}\nstride={1-2}\npadding={0-2}\n\n" ENDS, 7},
    {"average pooling",
     "[convolutional]\nfilters={1-20}\nsize=3\nstride=1\npad=1\n"
     "activation=leaky\n\n[avgpool]\n\n" ENDS,
     4},
    {"average pooling behind the head", CONV(9, 3, 1, BN, "relu") TAIL, 4},
    {"route",
     "[convolutional]\nfilters={1-9}\nsize=3\nstride=1\npad=1\nactivation=leaky\n\n"
     "[convolutional]\nfilters={1-9}\nsize=3\nstride=1\npad=1\nactivation=relu\n\n"
     "[route]\nlayers=-1,-2\n\n" CONV(8, 3, 1, BN, "leaky") "[route]\nlayers=-2\n\n" ENDS,
     4},
    {"route of three, one of them twice used",
     CONV(8, 1, 1, "", "relu") CONV(4, 3, 1, "", "tanh")
	 CONV(12, 3, 1, BN, "leaky") "[route]\nlayers=-1,-3,-2\n\n" CONV(5, 3, 1, "", "leaky") ENDS,
     4},
    {"shortcut",
     CONV(12, 3, 1, BN, "leaky") CONV(12, 3, 1, BN, "leaky")
	 CONV(12, 3, 1, BN, "linear") "[shortcut]\nfrom=-3\nactivation={act}\n\n" ENDS,
     4},
    {"shortcut of fewer pixels and channels",
     "[convolutional]\nfilters={1-12}\nsize=3\nstride=1\npad=1\nactivation=leaky\n\n"
     "[convolutional]\nfilters={1-12}\nsize=3\nstride=2\npad=1\nactivation=leaky\n\n"
     "[shortcut]\nfrom=-2\nactivation={act}\n\n" ENDS,
     4},
    {"shortcut of more pixels and channels",
     "[convolutional]\nfilters={1-12}\nsize=3\nstride=2\npad=1\nactivation=leaky\n\n"
     "[upsample]\nstride=2\n\n[convolutional]\nfilters={1-12}\nsize=3\nstride=1\npad=1\n"
     "activation=leaky\n\n[shortcut]\nfrom=-3\nactivation=leaky\n\n" ENDS,
     4},
    {"upsampling",
     "[convolutional]\nfilters={1-12}\nsize=3\nstride=2\npad=1\nactivation=leaky\n\n"
     "[upsample]\nstride={2-3}\n\n" CONV(5, 3, 1, "", "leaky") ENDS,
     4},
    {"dropout",
     CONV(9, 3, 1, "", "leaky") "[dropout]\nprobability=.{1-8}\n\n" CONV(
	 6, 3, 1, BN, "leaky") "[dropout]\nprobability=.5\n\n" ENDS,
     4},
    {"crop",
     "[crop]\ncrop_width={3-5}\ncrop_height={3-5}\nflip=0\nangle=0\nsaturation=1\nexposure="
     "1\n\n" CONV(6, 3, 1, "", "leaky") ENDS,
     6},
    {"softmax of a temperature",
     CONV(6, 3, 1, "", "leaky") DENSE("", 5, "linear") "[softmax]\ngroups=1\ntemperature={2-4}\n",
     4},
    {"cost", CONV(6, 3, 1, BN, "leaky") DENSE("", 5, "linear") "[softmax]\n\n[cost]\ntype=sse\n",
     4},
};

static const char *const activations[] = {"logistic", "relu",    "relie", "linear", "ramp",
					  "tanh",     "plse",    "leaky", "elu",    "loggy",
					  "stair",    "hardtan", "lhtan", "selu"};
enum { ACTIVATIONS = sizeof(activations) / sizeof(*activations) };

static int draw(uint64_t key, uint64_t *count, int low, int high)
{
	return low + (int)rng_below(key, (*count)++, (uint64_t)(high - low + 1));
}

/* The text with its numbers drawn; free(). */
static char *drawn(const char *text, uint64_t key)
{
	uint64_t count = 0;
	struct strbuf out = STRBUF_INIT;
	for (const char *p = text; *p; p++) {
		int low, high, times = 1;
		if (*p != '{') {
			strbuf_add(&out, p, 1);
			continue;
		}
		if (sscanf(p, "{%d-%dx%d}", &low, &high, &times) >= 2)
			strbuf_addf(&out, "%d", times * draw(key, &count, low, high));
		else
			strbuf_addf(&out, "%s", activations[draw(key, &count, 0, ACTIVATIONS - 1)]);
		p = strchr(p, '}');
	}
	return strbuf_detach(&out);
}

static void agree(const char *layers, int side, int channels, int n, enum batchnorm_mode mode)
{
	struct pair p;
	pair_open(&p, layers, side, channels, n, mode);
	struct step s = pair_step(&p);
	pair_predicts(&p, TOLERANCE);
	pair_step_agrees(&p, &s, TOLERANCE);
	pair_predicts(&p, TOLERANCE);
	pair_close(&p);
}

enum { TRIES = 6 };

static void kinds_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		for (uint64_t t = 0; t < TRIES; t++) {
			uint64_t key = rng_key(17, RNG_SPLIT, i, t), count = 100;
			char *text = drawn(kinds[i].layers, key);
			int side = draw(key, &count, kinds[i].least, kinds[i].least + 7);
			int channels = draw(key, &count, 1, 5), n = draw(key, &count, 1, 6);
			print_message("    %s, %d pictures of %dx%dx%d\n", kinds[i].name, n, side,
				      side, channels);
			agree(text, side, channels, n, (enum batchnorm_mode)(t % BATCHNORM_N));
			free(text);
		}
}

/* Behind a convolution, a batch-norm, a shortcut, in a layer of its own. */
static void activations_agree(void **state)
{
	(void)state;
	static const char text[] =
	    "[convolutional]\nfilters=6\nsize=3\nstride=1\npad=1\nactivation=%s\n\n"
	    "[convolutional]\nbatch_normalize=1\nfilters=6\nsize=3\nstride=1\npad=1\nactivation=%"
	    "s\n\n"
	    "[shortcut]\nfrom=-2\nactivation=%s\n\n[activation]\nactivation=%s\n\n"
	    "[connected]\noutput=9\nactivation=%s\n\n" ENDS;
	for (int i = 0; i < ACTIVATIONS; i++) {
		const char *a = activations[i];
		char *layers = xasprintf(text, a, a, a, a, a);
		print_message("    %s\n", a);
		agree(layers, 6, 3, 4, BATCHNORM_TRAIN);
		free(layers);
	}
}

#define NORMED CONV(12, 3, 1, BN, "leaky") CONV(20, 3, 2, BN, "relu") DENSE(BN, 16, "leaky")

/* What a step does with the gradients. */
static const struct rule {
	const char *name;
	enum optimizer optimizer;
	double smoothing, clip, lr;
	bool weighted;
} rules[] = {
    {"sgd", OPTIMIZER_SGD, 0, 0, .05, false},
    {"sgd, clipped", OPTIMIZER_SGD, 0, .1, .05, false},
    {"sgd, clipped at what is never reached", OPTIMIZER_SGD, 0, 1e6, .05, false},
    {"sgd, smoothed", OPTIMIZER_SGD, .2, 0, .05, false},
    {"sgd, weighted", OPTIMIZER_SGD, 0, 0, .05, true},
    {"adam", OPTIMIZER_ADAM, 0, 0, .002, false},
    {"adam, all of it", OPTIMIZER_ADAM, .1, .3, .002, true},
    {"adamw", OPTIMIZER_ADAMW, 0, 0, .002, false},
    {"adamw, all of it", OPTIMIZER_ADAMW, .1, .3, .002, true},
};

static void follow(const struct rule *rule, enum batchnorm_mode mode)
{
	static const float class_weights[] = {1, .5f, 3, 0, 2};
	struct pair p;
	pair_open(&p, NORMED ENDS, 7, 3, 5, mode);
	struct step s = pair_step(&p);
	s.optimizer = rule->optimizer;
	s.label_smoothing = rule->smoothing;
	s.clip = rule->clip;
	s.lr = rule->lr;
	s.class_weights = rule->weighted ? class_weights : NULL;
	net_set_lr_scale(p.net[0], 1, .3);
	net_set_lr_scale(p.net[1], 1, .3);
	for (int i = 0; i < 4; i++)
		pair_step_agrees(&p, &s, TOLERANCE);
	for (int l = 0; l < net_n_layers(p.net[0]); l++)
		near_value(net_update_norm(p.net[1], l), net_update_norm(p.net[0], l), TOLERANCE,
			   "the norm of an update");
	pair_predicts(&p, TOLERANCE);
	pair_close(&p);
}

static void updates_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		for (int mode = 0; mode < BATCHNORM_N; mode++) {
			print_message("    %s, batch-norm %d\n", rules[i].name, mode);
			follow(&rules[i], (enum batchnorm_mode)mode);
		}
}

/* One value a channel has no variance: such a batch is taken with rolling statistics. */
static void a_single_value_is_not_normalised(void **state)
{
	(void)state;
	for (int n = 1; n <= 2; n++) {
		agree(CONV(8, 3, 1, "", "leaky") "[avgpool]\n\n" CONV(8, 1, 1, BN, "leaky") ENDS, 5,
		      3, n, BATCHNORM_TRAIN);
		agree(DENSE(BN, 11, "tanh") ENDS, 4, 3, n, BATCHNORM_TRAIN);
	}
}

/* Frozen layers between those that learn, and below them. */
static void frozen_layers_pass_gradients_on(void **state)
{
	(void)state;
	static const char *const freezes[] = {"0", "1", "0-1", "0,2", "2", "0-2", "head"};
	for (size_t i = 0; i < sizeof(freezes) / sizeof(*freezes); i++)
		for (int mode = 0; mode < BATCHNORM_N; mode++) {
			struct pair p;
			struct layerset frozen;
			pair_open(&p, NORMED ENDS, 7, 3, 5, (enum batchnorm_mode)mode);
			struct step s = pair_step(&p);
			assert_int_equal(layerset_parse(&frozen, freezes[i], net_n_layers(p.net[0]),
							net_head(p.net[0]), NULL),
					 ERR_OK);
			pair_freeze(&p, &frozen);
			for (int k = 0; k < 2; k++)
				pair_step_agrees(&p, &s, TOLERANCE);
			pair_predicts(&p, TOLERANCE);
			pair_close(&p);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kinds_agree),
	    cmocka_unit_test(activations_agree),
	    cmocka_unit_test(updates_agree),
	    cmocka_unit_test(a_single_value_is_not_normalised),
	    cmocka_unit_test(frozen_layers_pass_gradients_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
