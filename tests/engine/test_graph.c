/* The graph: Darknet's cfgs parse to the figures that are known of them, and no text makes Darknet
 * fall. */
#include "../../src/engine/graph.h"
#include "../../src/engine/model_shape.h"
#include "thaw/base/file.h"
#include "thaw/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CFGS "/usr/share/darknet/cfg/"

static char tmp_cfg[] = P_tmpdir "/thaw-test-cfg-XXXXXX";

static void write_cfg(const char *text)
{
	FILE *f = fopen(tmp_cfg, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void tiny_is_as_published(void **state)
{
	(void)state;
	struct errinfo e = {0};
	network *g = NULL;
	assert_int_equal(graph_open(&g, CFGS "tiny.cfg", &e), ERR_OK);
	assert_int_equal(g->n, 22);
	assert_int_equal(g->batch, 1);
	assert_int_equal(graph_head(g), 19);
	assert_int_equal(graph_classes(g), 1000);
	struct layer_info l;
	size_t bytes = 20;
	for (int i = 0; i < g->n; i++) {
		graph_layer_info(g, i, &l);
		assert_int_equal(l.index, i);
		bytes += l.weight_bytes;
	}
	assert_int_equal(bytes, 4185972); /* tiny.weights, but for its shorter header */
	graph_layer_info(g, 0, &l);
	assert_string_equal(l.kind, "convolutional");
	assert_string_equal(l.activation, "leaky");
	assert_true(l.batchnorm && l.has_weights);
	assert_int_equal(l.in_w, 224);
	assert_int_equal(l.out_c, 16);
	assert_int_equal(l.size, 3);
	assert_int_equal(l.groups, 1);
	assert_int_equal(l.flops, 2LL * 224 * 224 * 16 * 27);
	assert_int_equal(l.n_params, 16 * 27 + 2 * 16);
	assert_int_equal(l.weight_bytes, (16 * 27 + 4 * 16) * 4);
	graph_layer_info(g, 21, &l);
	assert_string_equal(l.kind, "softmax");
	assert_string_equal(l.activation, "");
	assert_int_equal(l.out_c, 1000);
	assert_false(l.has_weights);
	graph_close(g);
}

static const struct {
	const char *cfg;
	enum err code;
	const char *says;
} debian[] = {
    {"darknet19.cfg", ERR_OK, ""},
    {"resnet18.cfg", ERR_OK, ""},
    {"cifar.cfg", ERR_OK, ""},
    {"darknet.cfg", ERR_OK, ""},
    {"yolov3-tiny.cfg", ERR_VALUE, "a detector"},
    {"yolov1-tiny.cfg", ERR_VALUE, "a detector"},
    {"yolo9000.cfg", ERR_VALUE, "a detector"},
    {"rnn.cfg", ERR_VALUE, "not an image"},
    {"no-such.cfg", ERR_NOT_FOUND, "no-such.cfg"},
    {"../cfg", ERR_FORMAT, "a folder"},
    {"coco.data", ERR_FORMAT, "before the first section"},
};

static void debian_cfgs_parse_or_say_why_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(debian) / sizeof(debian[0]); i++) {
		struct errinfo e = {0};
		network *g = NULL;
		char path[256];
		snprintf(path, sizeof(path), "%s%s", CFGS, debian[i].cfg);
		enum err r = graph_open(&g, path, &e);
		if (r != debian[i].code || !strstr(e.msg, debian[i].says))
			fail_msg("%s: %s: %s", path, err_name(r), e.msg);
		graph_close(g);
	}
}

#define NET "[net]\nheight=32\nwidth=32\nchannels=3\n"

static const struct {
	const char *text;
	int line;
	const char *says;
} malformed[] = {
    {"", 0, "no [net]"},
    {"[convolutional]\n", 1, "first section must be [net]"},
    {"[net]\n[softmax]\n", 1, "not an image"},
    {"[net]\nheight=0\nwidth=2\n", 2, "out of range"},
    {NET, 0, "no layers"},
    {NET "[cost]\n", 0, "nothing to compute"},
    {NET "inputs=7\n[softmax]\n", 5, "width x height"},
    {NET "[convolutionl]\n", 5, "not a section"},
    {NET "[convolutional\n", 5, "not a section"},
    {NET "[net]\n", 5, "not a section"},
    {NET "[convolutional]\nfilters\n", 6, "key=value"},
    {NET "[convolutional]\nfilters=\n", 6, "no value"},
    {NET "[convolutional]\nfilters=many\n", 6, "whole number"},
    {NET "[convolutional]\nfilters=1e9\n", 6, "whole number"},
    {NET "[convolutional]\nfilters=99999999999\n", 6, "out of range"},
    {NET "[convolutional]\nfilters=0\n", 6, "out of range"},
    {NET "[convolutional]\nstride=0\n", 6, "out of range"},
    {NET "[convolutional]\nsize=99\n", 5, "does not fit"},
    {NET "[convolutional]\nfilters=4\ngroups=2\n", 5, "must divide"},
    {NET "[convolutional]\nactivation=gelu\n", 6, "quietly take relu"},
    {NET "[convolutional]\nactivation=le#aky\n", 6, "quietly take relu"},
    {NET "[convolutional]\nxnor=1\n", 6, "not supported"},
    {NET "[convolutional]\nfilters=65536\nsize=1023\npadding=512\n", 5, "far too large"},
    {NET "[route]\nlayers=0\n", 6, "no such layer"},
    {NET "[maxpool]\n[route]\n", 6, "missing"},
    {NET "[maxpool]\n[route]\nlayers=-2\n", 7, "no such layer"},
    {NET "[maxpool]\n[route]\nlayers=-1,,0\n", 7, "not a list"},
    {NET "[maxpool]\n[route]\nlayers=-1,\n", 7, "not a list"},
    {NET "[maxpool]\n[shortcut]\nfrom=1\n", 7, "no such layer"},
    {NET "[maxpool]\n[shortcut]\nfrom=-1,-1\n", 7, "too many"},
    {NET "[maxpool]\nsize=2\npadding=40\n", 5, "padding alone"},
    {NET "[softmax]\ngroups=7\n", 5, "does not divide"},
    {NET "[softmax]\n[avgpool]\n", 6, "needs an image"},
    {NET "[dropout]\n", 5, "first layer"},
    {NET "[maxpool]\n[dropout]\nprobability=1\n", 7, "out of range"},
    {NET "[crop]\ncrop_width=64\ncrop_height=8\n", 5, "cannot cut"},
    {NET "[connected]\noutput=16777216\n", 5, "far too large"},
    {NET "[reorg]\nstride=3\n", 5, "does not fit"},
    {NET "[upsample]\nstride=0\n", 5, "does not fit"},
    {NET "[lstm]\noutput=3\n", 5, "recurrent"},
    {NET "[yolo]\n", 5, "a detector"},
    {NET "[deconvolutional]\n", 5, "not supported"},
    {"filters=3\n" NET, 1, "before the first section"},
};

static void malformed_text_is_named_by_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		struct errinfo e = {0};
		network *g = NULL;
		write_cfg(malformed[i].text);
		enum err r = graph_open(&g, tmp_cfg, &e);
		if ((r != ERR_VALUE && r != ERR_FORMAT) || e.line != malformed[i].line ||
		    !strstr(e.msg, malformed[i].says))
			fail_msg("case %zu: %s line %d: %s", i, err_name(r), e.line, e.msg);
		assert_null(g);
	}
}

/* Every kind of layer, so that our arithmetic meets Darknet's: graph_open() compares them. */
static const char every_kind[] =
    NET "[crop]\ncrop_height=30\ncrop_width=28\n"
	"[conv]\nfilters=8\nsize=3\nstride=1\npad=1\nbatch_normalize=1\nactivation=leaky\n"
	"[maxpool]\nsize=3\nstride=2\n"
	"[max]\nstride=1\nsize=2\n"
	"[batchnorm]\n"
	"[lrn]\nsize=5\n"
	"[local]\nfilters=4\nsize=3\npad=1\n"
	"[local]\nfilters=4\nsize=2\nstride=2\n"
	"[upsample]\nstride=2\n"
	"[upsample]\nstride=-2\n"
	"[convolutional]\nfilters=6\nsize=5\npadding=2\ngroups=2\nactivation=relu\n"
	"[shortcut]\nfrom=-3\nactivation=linear\n"
	"[route]\nlayers=-1,-2\n"
	"[upsample]\n"
	"[reorg]\nstride=2\n"
	"[activation]\nactivation=tanh\n"
	"[l2norm]\n"
	"[route]\nlayers=0,-1\n"
	"[conn]\noutput=12\nbatch_normalize=1\n"
	"[dropout]\n"
	"[connected]\noutput=10\nactivation=linear\n"
	"[logistic]\n"
	"[soft]\ngroups=2\n"
	"[cost]\ntype=sse\n";

static void every_kind_of_layer_agrees(void **state)
{
	(void)state;
	struct errinfo e = {0};
	network *g = NULL;
	write_cfg(every_kind);
	if (graph_open(&g, tmp_cfg, &e))
		fail_msg("%s", e.msg);
	for (int i = 0; i < g->n; i++) {
		struct layer_info l;
		graph_layer_info(g, i, &l);
		assert_string_not_equal(l.kind, "unknown");
		assert_true(l.in_w > 0 && l.out_w > 0);
		for (int k = 0; g->layers[i].rolling_variance && k < l.out_c; k++)
			g->layers[i].rolling_variance[k] = 1;
	}
	for (size_t i = 0; i < (size_t)g->inputs; i++)
		g->input[i] = (float)i / (float)g->inputs;
	forward_network(g);
	float sum = 0;
	for (int i = 0; i < g->outputs; i++)
		sum += g->output[i];
	assert_true(sum > 1.99f && sum < 2.01f);
	graph_close(g);
}

/* Break the text at random: an answer or a plain error, and Darknet agrees with every answer. */
static void random_damage_never_reaches_darknet(void **state)
{
	(void)state;
	char text[sizeof(every_kind)];
	for (uint64_t t = 0; t < 400; t++) {
		uint64_t key = rng_key(t, RNG_INIT, 0, 0);
		memcpy(text, every_kind, sizeof(text));
		size_t n = sizeof(text) - 1;
		for (uint64_t k = 0; k < 1 + t % 3; k++) {
			static const char chars[] = "0123456789-,=[]\n# axs";
			text[rng_below(key, 2 * k, n)] =
			    chars[rng_below(key, 2 * k + 1, sizeof(chars) - 1)];
		}
		write_cfg(text);
		struct errinfo e = {0};
		network *g = NULL;
		enum err r = graph_open(&g, tmp_cfg, &e);
		if (r == ERR_DARKNET)
			fail_msg("damage %d: %s", (int)t, e.msg);
		if (r)
			assert_true(e.msg[0]);
		graph_close(g);
	}
}

static void text_survives_unchanged(void **state)
{
	(void)state;
	struct cfg c;
	struct strbuf before = STRBUF_INIT, after = STRBUF_INIT;
	assert_int_equal(file_read(CFGS "densenet201.cfg", &before, NULL), ERR_OK);
	assert_int_equal(cfg_read(&c, CFGS "densenet201.cfg", NULL), ERR_OK);
	cfg_write(&c, &after);
	assert_string_equal(before.buf, after.buf);
	cfg_release(&c);
	strbuf_release(&before);
	strbuf_release(&after);
}

int main(void)
{
	close(mkstemp(tmp_cfg));
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tiny_is_as_published),
	    cmocka_unit_test(debian_cfgs_parse_or_say_why_not),
	    cmocka_unit_test(malformed_text_is_named_by_line),
	    cmocka_unit_test(every_kind_of_layer_agrees),
	    cmocka_unit_test(random_damage_never_reaches_darknet),
	    cmocka_unit_test(text_survives_unchanged),
	};
	int failed = cmocka_run_group_tests_name("graph", tests, NULL, NULL);
	unlink(tmp_cfg);
	return failed;
}
