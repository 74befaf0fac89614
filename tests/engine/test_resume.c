/* Weights and moments put back: a network that goes on from them does what the one that was never
 * saved does, to the bit, whichever batch comes first. */
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/rng.h"
#include "thaw/engine/model.h"
#include "thaw/engine/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SIZE 32
#define BATCH 16
#define PIXELS (SIZE * SIZE * 3)

/* Everything that learns, in sizes whose best layout may depend on the size of the batch. */
static const char cfg_text[] =
    "[net]\nbatch=16\nsubdivisions=1\nheight=32\nwidth=32\nchannels=3\nlearning_rate=0.05\n"
    "policy=constant\nmax_batches=100\n\n"
    "[convolutional]\nbatch_normalize=1\nfilters=16\nsize=3\nstride=1\npad=1\nactivation=leaky\n\n"
    "[maxpool]\nsize=2\nstride=2\n\n"
    "[convolutional]\nbatch_normalize=1\nfilters=32\nsize=1\nstride=1\nactivation=leaky\n\n"
    "[convolutional]\nbatch_normalize=1\nfilters=32\ngroups=2\nsize=3\nstride=2\npad=1\n"
    "activation=relu\n\n"
    "[convolutional]\nfilters=24\nsize=5\nstride=1\npad=1\nactivation=logistic\n\n"
    "[dropout]\nprobability=0.3\n\n"
    "[connected]\noutput=48\nactivation=leaky\n\n"
    "[connected]\noutput=7\nactivation=linear\n\n[softmax]\ngroups=1\n";

static const int batches[] = {16, 16, 3, 16, 3};
#define N_BATCHES (sizeof(batches) / sizeof(*batches))

static char *cfg, *weights;
static float *pixels;
static int labels[BATCH];

static char *temp_file(const char *text)
{
	const char *tmp = getenv("TMPDIR");
	char *path = path_join(tmp && *tmp ? tmp : P_tmpdir, "thaw-test-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	return path;
}

static int make(void **state)
{
	(void)state;
	cfg = temp_file(cfg_text);
	weights = temp_file("");
	pixels = xcalloc(BATCH * PIXELS, sizeof(*pixels));
	for (size_t i = 0; i < BATCH * PIXELS; i++)
		pixels[i] = (float)rng_uniform(rng_key(5, RNG_AUGMENT, 0, 0), i);
	for (int i = 0; i < BATCH; i++)
		labels[i] = i % 7;
	return 0;
}

static int drop(void **state)
{
	(void)state;
	unlink(cfg);
	unlink(weights);
	free(cfg);
	free(weights);
	free(pixels);
	return 0;
}

static struct net *open_net(uint64_t seed, enum batchnorm_mode mode, const char *frozen)
{
	struct net *net;
	struct layerset set;
	assert_int_equal(net_open(&net, cfg, 1, seed, NULL), ERR_OK);
	assert_int_equal(layerset_parse(&set, frozen, net_n_layers(net), net_head(net), NULL),
			 ERR_OK);
	net_set_batchnorm(net, mode);
	net_set_frozen(net, &set);
	return net;
}

static enum optimizer optimizer;

static void steps(struct net *net, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		struct step s = {.x = pixels,
				 .labels = labels,
				 .n = batches[i],
				 .lr = optimizer == OPTIMIZER_SGD ? 0.05 : 0.002,
				 .optimizer = optimizer,
				 .momentum = 0.9,
				 .b1 = 0.9,
				 .b2 = 0.999,
				 .eps = 1e-7,
				 .decay = 0.001,
				 .clip = 0.5,
				 .dropout_key = rng_key(1, RNG_DROPOUT, 0, i)};
		struct step_result r;
		net_step(net, &s, &r);
		assert_true(r.finite);
	}
}

/* Weights and momentum as bytes; the weights stay in the file. */
static void saved(struct net *net, struct strbuf *bytes, struct strbuf *momentum)
{
	strbuf_init(bytes);
	strbuf_init(momentum);
	assert_int_equal(net_save(net, weights, 0, NULL), ERR_OK);
	assert_int_equal(file_read(weights, bytes, NULL), ERR_OK);
	net_state_write(net, momentum);
}

static void same(const struct strbuf *a, const struct strbuf *b)
{
	assert_int_equal(a->len, b->len);
	assert_memory_equal(a->buf, b->buf, a->len);
}

static void goes_on_to_the_bit(void **state)
{
	static const struct {
		enum batchnorm_mode mode;
		const char *frozen;
		enum optimizer optimizer;
	} ways[] = {{BATCHNORM_TRAIN, "none", OPTIMIZER_SGD},
		    {BATCHNORM_FROZEN, "0-1", OPTIMIZER_SGD},
		    {BATCHNORM_FOLDED, "0-1,3", OPTIMIZER_SGD},
		    {BATCHNORM_TRAIN, "2,4-5", OPTIMIZER_SGD},
		    {BATCHNORM_TRAIN, "none", OPTIMIZER_ADAM},
		    {BATCHNORM_FOLDED, "0-1,3", OPTIMIZER_ADAM},
		    {BATCHNORM_FROZEN, "2,4-5", OPTIMIZER_ADAMW},
		    {BATCHNORM_FOLDED, "none", OPTIMIZER_ADAMW}};
	(void)state;
	for (size_t w = 0; w < sizeof(ways) / sizeof(*ways); w++) {
		optimizer = ways[w].optimizer;
		struct strbuf end, end_momentum;
		struct net *whole = open_net(7, ways[w].mode, ways[w].frozen);
		steps(whole, 0, N_BATCHES);
		saved(whole, &end, &end_momentum);
		net_free(whole);
		for (size_t cut = 0; cut < 4; cut++) { /* 2: before the small batch */
			struct strbuf bytes, momentum, last, last_momentum;
			struct errinfo e = {0};
			struct net *first = open_net(7, ways[w].mode, ways[w].frozen);
			steps(first, 0, cut);
			saved(first, &bytes, &momentum);
			net_free(first);
			struct net *second = open_net(8, ways[w].mode, ways[w].frozen);
			if (model_load_all(second, weights, NULL, &e) ||
			    net_state_read(second, momentum.buf, momentum.len, &e))
				fail_msg("%s", e.msg);
			steps(second, cut, N_BATCHES);
			saved(second, &last, &last_momentum);
			net_free(second);
			same(&end, &last);
			same(&end_momentum, &last_momentum);
			strbuf_release(&bytes);
			strbuf_release(&momentum);
			strbuf_release(&last);
			strbuf_release(&last_momentum);
		}
		strbuf_release(&end);
		strbuf_release(&end_momentum);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(goes_on_to_the_bit)};
	return cmocka_run_group_tests(tests, make, drop);
}
