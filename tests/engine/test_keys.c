/* The keys of a cfg: those that would make another network, those that do nothing here, and those
 * that nobody knows; comments behind values. */
#include "model_files.h"

#include "../../src/engine/graph.h"
#include "../../src/engine/model_shape.h"
#include "thaw/engine/box.h"
#include "thaw/engine/model.h"

#define NET "[net]\nheight=8\nwidth=8\nchannels=3\n"                 /* 4 lines */
#define CONV "[convolutional]\nfilters=4\nsize=3\npad=1\nstride=2\n" /* 5 lines */
#define POOL "[maxpool]\nsize=2\nstride=2\n"                         /* 3 lines */
#define END "[convolutional]\nfilters=3\n[avgpool]\n[softmax]\n"

static const struct head_spec five = {.n_classes = 5, .cut = -1, .batch = 1};

static enum err replace(const char *text, const struct head_spec *spec, struct strbuf *out,
			struct errinfo *e)
{
	write_bytes(tmp_cfg, text, strlen(text));
	return model_replace_head(out, NULL, tmp_cfg, spec, e);
}

/* "CFG:LINE: " and what it says. */
static void expect_refused(const char *text, const struct head_spec *spec, int line,
			   const char *says)
{
	struct strbuf out = STRBUF_INIT;
	struct errinfo e = {0};
	enum err r = replace(text, spec, &out, &e);
	char *where = xasprintf("%s:%d: ", tmp_cfg, line);
	if (!r || e.line != line || strncmp(e.msg, where, strlen(where)) != 0 ||
	    !strstr(e.msg, says))
		fail_msg("'%s' says '%s', wanted line %d: %s", text, e.msg, line, says);
	free(where);
	strbuf_release(&out);
}

static void other_networks_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int line;
		const char *key;
	} cases[] = {
	    {NET CONV "dilation=2\n" END, 10, "dilation=2 is not supported"},
	    {NET CONV "dilation = 2 # wide\n" END, 10, "dilation=2 is"},
	    {NET CONV "dilation=two\n" END, 10, "dilation=two is"},
	    {NET CONV "antialiasing=1\n" END, 10, "antialiasing=1"},
	    {NET CONV "stride_x=1\n" END, 10, "stride_x=1"},
	    {NET CONV "stride_y=1\n" END, 10, "stride_y=1"},
	    {NET "[convolutional]\nstride_x=2\nstride_y=2\n" END, 6, "stride_x=2"},
	    {NET CONV CONV "share_index=0\n" END, 15, "share_index=0"},
	    {NET CONV "coordconv=1\n" END, 10, "coordconv=1"},
	    {NET CONV "assisted_excitation=4000\n" END, 10, "assisted_excitation=4000"},
	    {NET CONV "sway=1\n" END, 10, "sway=1"},
	    {NET CONV "rotate=1\n" END, 10, "rotate=1"},
	    {NET CONV "stretch=1\n" END, 10, "stretch=1"},
	    {NET CONV "stretch_sway=1\n" END, 10, "stretch_sway=1"},
	    {NET CONV "cbn=1\n" END, 10, "cbn=1"},
	    {NET CONV "batch_normalize=2\n" END, 10, "batch_normalize=2"},
	    {NET CONV "xnor=1\n" END, 10, "xnor=1"},
	    {NET CONV "binary=1\n" END, 10, "binary=1"},
	    {NET CONV "flipped=1\n" END, 10, "flipped=1"},
	    {NET CONV "dontload=1\n" END, 10, "dontload=1"},
	    {NET POOL "maxpool_depth=1\nout_channels=1\n" END, 8, "maxpool_depth=1"},
	    {NET POOL "stride_x=1\n" END, 8, "stride_x=1"},
	    {NET POOL "antialiasing=1\n" END, 8, "antialiasing=1"},
	    {NET POOL "maxpool_zero_nonmax=1\n" END, 8, "maxpool_zero_nonmax=1"},
	    {NET CONV "[route]\nlayers=-1\ngroups=2\ngroup_id=1\n" END, 12, "groups=2"},
	    {NET CONV "[route]\nlayers=-1\ngroup_id=1\n" END, 12, "group_id=1"},
	    {NET POOL POOL "[shortcut]\nfrom=-1,-1\n" END, 12, "only AlexeyAB's"},
	    {NET POOL "[shortcut]\nfrom=-1\nweights_type=per_feature\n" END, 10,
	     "weights_type=per_feature"},
	    {NET CONV "[dropout]\ndropblock=1\n" END, 11, "dropblock=1"},
	    {NET CONV "[connected]\noutput=4\n[softmax]\ntree=x\n[connected]\n[softmax]\n", 13,
	     "tree=x"},
	    {NET CONV "activation=mish\n" END, 10, "activation=mish is of AlexeyAB's"},
	    {NET CONV "activation=lekay\n" END, 10, "did you mean 'leaky'?"},
	    {NET CONV "[scale_channels]\nfrom=0\n" END, 10, "[scale_channels]: a layer of Alexey"},
	    {NET CONV "[local_avgpool]\n" END, 10, "AlexeyAB's"},
	    {NET CONV "[Gaussian_yolo]\n" END, 10, "a detector"},
	    {NET CONV "[Convolutional]\n" END, 10, "did you mean 'convolutional'?"},
	    {NET CONV "[l2norm]\n" END, 10, "layer 1 [l2norm] is of a kind that thaw cannot"},
	    {NET CONV "[logistic]\n" END, 10, "layer 1 [logistic] is of a kind"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		expect_refused(cases[i].text, &five, cases[i].line, cases[i].key);
}

static void expect_warnings(const char *text, size_t n, const char *first)
{
	struct strbuf out = STRBUF_INIT;
	struct warnings w = {0};
	struct errinfo e = {0};
	if (replace(text, &five, &out, &e))
		fail_msg("'%s': %s", text, e.msg);
	model_warn(tmp_cfg, &w);
	char *line = xasprintf("%s:%s", tmp_cfg, first);
	if (w.n != n || (n && strcmp(w.lines[0], line) != 0))
		fail_msg("'%s': %zu warnings: %s, wanted %s", text, w.n, w.n ? w.lines[0] : "",
			 line);
	free(line);
	warnings_release(&w);
	strbuf_release(&out);
}

/* The values by which AlexeyAB's Darknet computes what all do, and what is only for training. */
static void what_changes_nothing_is_taken_in_silence(void **state)
{
	(void)state;
	static const char *const cases[] = {
	    NET CONV
	    "dilation=1\nantialiasing=0\nstride_x=2\nstride_y=2\nxnor=0\ncoordconv=0\n" END,
	    NET "[convolutional]\nsize=1\ndilation=2\n" END,
	    NET CONV "stopbackward=1\nonlyforward=1\ndont_update=1\nclip=1\nbin_output=1\n" END,
	    NET POOL "maxpool_depth=0\nout_channels=4\nstride_x=2\n" END,
	    NET CONV "[route]\nlayers=-1\ngroups=1\ngroup_id=0\n" END,
	    NET POOL "[shortcut]\nfrom=-1\nweights_type=none\nweights_normalization=softmax\n" END,
	    NET CONV "[dropout]\nprobability=.2\ndropblock=0\ndropblock_size_abs=7\n" END,
	    NET CONV END "tree=nowhere\ntemperature=2\nnoloss=1\n",
	    NET CONV END "[cost]\ntype=sse\nscale=2\n",
	    NET
	    "mosaic=1\ncutmix=1\npolicy=steps\nsteps=1,2\nscales=.1,.1\nletter_box=1\n"
	    "optimized_memory=1\nadam=1\nB1=.9\nB2=.99\neps=1e-6\nlabel_smooth_eps=.1\n" CONV END,
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		expect_warnings(cases[i], 0, "");
}

static void unknown_and_repeated_keys_are_told(void **state)
{
	(void)state;
	expect_warnings(NET CONV "fitlers=3\n" END, 1,
			"10: fitlers is no key of [convolutional] in any Darknet, so it does "
			"nothing; did you mean 'filters'?");
	expect_warnings(NET "chanels=1\n" CONV END, 1,
			"5: chanels is no key of [net] in any Darknet, so it does nothing; did you "
			"mean 'channels'?");
	expect_warnings(NET POOL "zzzzzzzz=1\n" END, 1,
			"8: zzzzzzzz is no key of [maxpool] in any Darknet, so it does nothing");
	expect_warnings(
	    NET CONV "steps=3\n" END, 1,
	    "10: steps is no key of [convolutional] in any Darknet, so it does nothing; "
	    "it belongs into [net]");
	expect_warnings(NET CONV "size=5 # larger\n" END, 1,
			"10: size is given twice in this [convolutional]; the first counts, 3 on "
			"line 7, as in Darknet");
	expect_warnings(NET "width=9\nwidth=9\n" CONV "sise=1\n" END, 3,
			"5: width is given twice in this [net]; the first counts, 8 on line 3, as "
			"in Darknet");
}

/* With the network and settings that a user names, every one of Debian's classifiers is taken. */
static void debians_classifiers_are_taken_in_silence(void **state)
{
	(void)state;
	static const char *const names[] = {"alexnet",
					    "cifar",
					    "cifar.test",
					    "darknet",
					    "darknet19",
					    "darknet19_448",
					    "darknet53",
					    "darknet53_448",
					    "darknet9000",
					    "densenet201",
					    "extraction",
					    "extraction22k",
					    "resnet18",
					    "resnet34",
					    "resnet50",
					    "resnet101",
					    "resnet152",
					    "resnext50",
					    "resnext101-32x4d",
					    "resnext152-32x4d",
					    "strided",
					    "tiny",
					    "vgg-16"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct strbuf out = STRBUF_INIT;
		struct warnings w = {0};
		struct errinfo e = {0};
		char *path = xasprintf(CFGS "%s.cfg", names[i]);
		if (model_replace_head(&out, NULL, path, &five, &e))
			fail_msg("%s", e.msg);
		model_warn(path, &w);
		if (w.n)
			fail_msg("%s", w.lines[0]);
		free(path);
		strbuf_release(&out);
	}
}

/* What the new input size or head makes impossible is told by the lines of the user's own file. */
static void changed_text_is_told_by_the_users_lines(void **state)
{
	(void)state;
	struct head_spec small = {
	    .n_classes = 5, .cut = -1, .batch = 1, .input_w = 4, .input_h = 4, .dropout = .5};
	expect_refused(NET "# a\n[convolutional] # b\nsize=3\n[convolutional]\nsize=3\n" END,
		       &small, 8, "layer 1 [convolutional]: a 3x3 window does not fit");
	expect_refused("[net]\nwidth=8 # w\nheight=8\nchannels=3\n" CONV
		       "[connected]\noutput=4 # four\n[connected]\noutput=5\n[softmax]\n",
		       &small, 10, "layer 1 [connected] takes 16 inputs with an input of 4x4");
}

static const char commented[] =
    "[net] # the input\nheight=8 ; rows\nwidth = 8\t# columns\nchannels=3#rgb\n"
    "[convolutional] ; first\nfilters=4 # a, b\nactivation=leaky # soft\n"
    "[route]\nlayers=-1 # not -2, -3\n"
    "[convolutional]\nfilters=3\nactivation=linear#none\n[avgpool]\n[softmax] # last\n";

static enum err parse_as_darknet_does(void *arg, struct errinfo *e)
{
	(void)e;
	*(network **)arg = parse_network_cfg(tmp_cfg);
	return ERR_OK;
}

/* Darknet takes a comment behind a word for a part of it, so none is left there. */
static void darknet_reads_what_we_write(void **state)
{
	(void)state;
	struct strbuf out = STRBUF_INIT;
	struct errinfo e = {0};
	network *g = NULL;
	if (replace(commented, &five, &out, &e))
		fail_msg("%s", e.msg);
	assert_non_null(strstr(out.buf, "# soft\nactivation=leaky\n"));
	assert_non_null(strstr(out.buf, "# last\n[softmax]\n"));
	write_bytes(tmp_cfg, out.buf, out.len);
	if (box_run(parse_as_darknet_does, &g, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(g->n, 5);
	assert_int_equal(g->w, 8);
	assert_int_equal(g->layers[0].activation, LEAKY);
	assert_int_equal(g->layers[1].n, 1);
	assert_int_equal(g->layers[2].activation, LINEAR);
	assert_int_equal(g->layers[4].type, SOFTMAX);
	assert_int_equal(g->outputs, 5);
	graph_close(g);
	strbuf_release(&out);
}

/* The text as Windows and old Macs save it. */
static void other_editors_files_are_read(void **state)
{
	(void)state;
	static const char dos[] = "\xef\xbb\xbf[net]\r\nwidth=8\r\nheight=8\r\nchannels=3\r\n"
				  "[convolutional]\r\nfilters=3\r\n[avgpool]\r\n[softmax]\r\n",
			  mac[] = "[net]\rwidth=8\rheight=8\rchannels=3\r"
				  "[convolutional]\rfilters=3\r[avgpool]\r[softmax]";
	struct strbuf out[2] = {STRBUF_INIT, STRBUF_INIT};
	struct errinfo e = {0};
	if (replace(dos, &five, &out[0], &e) || replace(mac, &five, &out[1], &e))
		fail_msg("%s", e.msg);
	assert_string_equal(out[0].buf, out[1].buf);
	assert_null(strchr(out[0].buf, '\r'));
	strbuf_release(&out[0]);
	strbuf_release(&out[1]);
	expect_refused("[net]\rwidth=8\rheight=8\rchannels=3\r[convolutional]\rxnor=1\r", &five, 6,
		       "xnor=1");
}

/* A net made from a text names what the text came from. */
static void a_text_has_the_name_it_is_given(void **state)
{
	(void)state;
	struct strbuf text = STRBUF_INIT;
	struct errinfo e = {0};
	struct net *net = NULL;
	strbuf_addstr(&text, NET CONV "[l2norm]\n" END);
	assert_int_equal(net_open_text(&net, "my.cfg", &text, 1, 1, &e), ERR_VALUE);
	assert_string_equal(e.msg, "my.cfg: layer 1 [l2norm] is of a kind that thaw cannot train");
	strbuf_reset(&text);
	strbuf_addstr(&text, NET CONV END);
	if (net_open_text(&net, "my.cfg", &text, 1, 1, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(net_classes(net), 3);
	net_free(net);
	strbuf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(other_networks_are_refused),
	    cmocka_unit_test(what_changes_nothing_is_taken_in_silence),
	    cmocka_unit_test(unknown_and_repeated_keys_are_told),
	    cmocka_unit_test(debians_classifiers_are_taken_in_silence),
	    cmocka_unit_test(changed_text_is_told_by_the_users_lines),
	    cmocka_unit_test(darknet_reads_what_we_write),
	    cmocka_unit_test(other_editors_files_are_read),
	    cmocka_unit_test(a_text_has_the_name_it_is_given),
	};
	return cmocka_run_group_tests_name("keys", tests, make_files, remove_files);
}
