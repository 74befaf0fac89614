/* Head replacement on Darknet's own cfgs, and the bytes that their weights take. */
#include "model_files.h"

#include "../../src/engine/graph.h"
#include "../../src/engine/model_shape.h"
#include "thaw/engine/box.h"
#include "thaw/engine/model.h"

static struct head_spec spec_of(int n_classes)
{
	return (struct head_spec){.n_classes = n_classes, .cut = -1, .batch = 16};
}

static const struct {
	const char *cfg, *kind;
	int n, head, classes;
	uint64_t bytes; /* of a weights file with a 20-byte header; the parameters of VGG-16 and
			   AlexNet are well known */
	bool parse;     /* small enough to let Darknet parse the result */
} nets[] = {
    {"tiny", "convolutional", 22, 19, 1000, 4185972, true},
    {"darknet19", "convolutional", 26, 23, 1000, 83427124, true},
    {"darknet53", "convolutional", 78, 76, 1000, 166582580, false},
    {"resnet18", "convolutional", 29, 27, 1000, 46094004, true},
    {"resnet50", "convolutional", 69, 67, 1000, 91303604, true},
    {"densenet201", "convolutional", 305, 302, 1000, 68825780, true},
    {"vgg-16", "connected", 25, 23, 1000, 138357544 * UINT64_C(4) + 20, false},
    {"alexnet", "connected", 14, 12, 1000, 62378344 * UINT64_C(4) + 20, false},
    {"extraction", "convolutional", 27, 24, 1000, 93821620, false},
    {"darknet9000", "convolutional", 27, 23, 9418, 117940924, false},
    {"resnext50", "convolutional", 69, 67, 1000, 89251508, false},
    {"darknet", "convolutional", 16, 14, 1000, 29293940, true},
    {"cifar", "convolutional", 17, 14, 10, 30748220, false},
    {"strided", "connected", 26, 24, 1000, 342333620, false},
};
#define N_NETS (sizeof(nets) / sizeof(nets[0]))

static const char *cfg_path(const char *name)
{
	static char path[256];
	snprintf(path, sizeof(path), CFGS "%s.cfg", name);
	return path;
}

/* The new text as it reads again; fails the test on an error. */
static void read_again(struct cfg *c, struct shape *s, const struct strbuf *text)
{
	struct errinfo e = {0};
	if (cfg_parse(c, "model.cfg", text->buf, text->len, &e) || shape_build(s, c, &e))
		fail_msg("%s", e.msg);
}

static enum err parse_as_darknet_does(void *arg, struct errinfo *e)
{
	(void)e;
	network *g = parse_network_cfg(tmp_cfg);
	*(int *)arg = g->outputs;
	graph_close(g);
	return ERR_OK;
}

static void every_head_is_replaced(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_NETS; i++) {
		struct strbuf text = STRBUF_INIT;
		struct head_report rep;
		struct head_spec spec = spec_of(5);
		struct errinfo e = {0};
		struct cfg c;
		struct shape s;
		if (model_replace_head(&text, &rep, cfg_path(nets[i].cfg), &spec, &e))
			fail_msg("%s: %s", nets[i].cfg, e.msg);
		assert_int_equal(rep.n_layers_before, nets[i].n);
		assert_int_equal(rep.n_layers_after, nets[i].n);
		assert_int_equal(rep.head_before, nets[i].head);
		assert_int_equal(rep.head_after, nets[i].head);
		assert_int_equal(rep.classes_before, nets[i].classes);
		assert_string_equal(rep.head_kind, nets[i].kind);
		read_again(&c, &s, &text);
		assert_int_equal(s.outputs, 5);
		assert_int_equal(s.layers[s.head].n_statistics, 0);
		assert_int_equal(s.layers[s.head].n_biases, 5);
		assert_string_equal(cfg_find(&c.sections[s.head + 1], "activation")->value,
				    "linear");
		assert_string_equal(cfg_find(&c.sections[0], "batch")->value, "16");
		assert_string_equal(cfg_find(&c.sections[0], "subdivisions")->value, "1");
		assert_null(cfg_find(&c.sections[s.softmax + 1], "tree"));
		if (nets[i].parse) { /* the text itself, not our canonical copy of it */
			int outputs = 0;
			write_bytes(tmp_cfg, text.buf, text.len);
			assert_int_equal(box_run(parse_as_darknet_does, &outputs, &e), ERR_OK);
			assert_int_equal(outputs, 5);
		}
		shape_release(&s);
		cfg_release(&c);
		strbuf_release(&text);
	}
}

static void every_weights_file_is_accounted_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_NETS; i++) {
		struct weights_audit a;
		struct errinfo e = {0};
		write_zeros(20);
		assert_int_equal(model_load_base(NULL, cfg_path(nets[i].cfg), tmp_file, &a, &e),
				 ERR_MISMATCH);
		assert_int_equal(a.bytes_expected, nets[i].bytes);
		assert_int_equal(a.bytes_found, 20);
		assert_non_null(strstr(e.msg, "too short"));
		weights_audit_release(&a);
	}
}

static void darknet_counts_the_same_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_NETS; i++) {
		if (!nets[i].parse)
			continue;
		network *g;
		assert_int_equal(graph_open(&g, cfg_path(nets[i].cfg), NULL), ERR_OK);
		uint64_t bytes = 20;
		for (int k = 0; k < g->n; k++) {
			struct layer_info l;
			graph_layer_info(g, k, &l);
			bytes += l.weight_bytes;
		}
		assert_int_equal(bytes, nets[i].bytes);
		assert_int_equal(graph_head(g), nets[i].head);
		graph_close(g);
	}
}

/* text in, text out */
static const char odd_before[] =
    "# a net of mine\r\n[net]\n  batch = 128   # big\nsubdivisions=4\nheight=16\n width "
    "=16\nchannels=3\n\n"
    "learning_rate=0.1\n\n# "
    "features\n[convolutional]\nfilters=8\nsize=3\npad=1\nactivation=leaky\n\n"
    "[avgpool]\n; the last one\n[ convolutional ]\n\tfilters = 1000 ; "
    "classes\nbatch_normalize=1\nsize=1\n"
    "activation=leaky\n# top\n[softmax]\ntemperature=3\n[cost]";
static const char odd_after[] =
    "# a net of mine\n[net]\n# big\n  batch = 16\nsubdivisions=1\nheight=32\n width "
    "=24\nchannels=3\n\n"
    "learning_rate=0.1\n\n# "
    "features\n[convolutional]\nfilters=8\nsize=3\npad=1\nactivation=leaky\n\n"
    "[avgpool]\n; the last one\n[dropout]\nprobability=0.25\n\n[ convolutional ]\n; "
    "classes\n\tfilters = 7\n"
    "size=1\n"
    "activation=linear\n# top\n[softmax]\n[cost]\n";

static void text_keeps_its_looks(void **state)
{
	(void)state;
	struct strbuf text = STRBUF_INIT;
	struct head_report rep;
	struct head_spec spec = {
	    .n_classes = 7, .cut = -1, .input_w = 24, .input_h = 32, .dropout = 0.25, .batch = 16};
	struct errinfo e = {0};
	write_bytes(tmp_cfg, odd_before, sizeof(odd_before) - 1);
	if (model_replace_head(&text, &rep, tmp_cfg, &spec, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(text.buf, odd_after);
	assert_int_equal(rep.head_before, 2);
	assert_int_equal(rep.head_after, 3);
	assert_int_equal(rep.n_layers_after, 6);
	strbuf_release(&text);
}

static void a_dropout_that_is_there_is_changed(void **state)
{
	(void)state;
	struct strbuf text = STRBUF_INIT;
	struct head_report rep;
	struct head_spec spec = spec_of(3);
	spec.dropout = 0.125;
	assert_int_equal(model_replace_head(&text, &rep, cfg_path("cifar"), &spec, NULL), ERR_OK);
	assert_int_equal(rep.n_layers_after, rep.n_layers_before);
	assert_non_null(strstr(text.buf, "probability=0.125"));
	strbuf_release(&text);
}

static void a_cut_keeps_what_is_below(void **state)
{
	(void)state;
	static const struct {
		const char *cfg;
		int cut, n_after, channels;
	} cuts[] = {
	    {"tiny", 17, 21, 512},      {"tiny", 0, 4, 16},
	    {"tiny", 19, 23, 1000},     {"densenet201", 140, 144, 1792},
	    {"resnet50", 66, 70, 2048}, {"extraction.conv", 20, 24, 1024},
	};
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		struct strbuf text = STRBUF_INIT;
		struct head_report rep;
		struct head_spec spec = spec_of(5);
		struct errinfo e = {0};
		struct cfg c, old;
		struct shape s, was;
		spec.cut = cuts[i].cut;
		if (model_replace_head(&text, &rep, cfg_path(cuts[i].cfg), &spec, &e))
			fail_msg("%s: %s", cuts[i].cfg, e.msg);
		assert_int_equal(rep.n_layers_after, cuts[i].n_after);
		assert_int_equal(rep.head_after, cuts[i].cut + 1);
		read_again(&c, &s, &text);
		assert_int_equal(cfg_read(&old, cfg_path(cuts[i].cfg), NULL), ERR_OK);
		assert_int_equal(shape_build(&was, &old, NULL), ERR_OK);
		for (int k = 0; k <= cuts[i].cut; k++)
			assert_int_equal(shape_weight_bytes(&s.layers[k]),
					 shape_weight_bytes(&was.layers[k]));
		const struct shape_layer *h = &s.layers[s.head];
		assert_int_equal(s.outputs, 5);
		assert_int_equal(h->n_weights, 5 * h->in_c);
		assert_int_equal(h->in_c, was.layers[cuts[i].cut].out_c);
		shape_release(&s);
		shape_release(&was);
		cfg_release(&c);
		cfg_release(&old);
		strbuf_release(&text);
	}
}

static const struct {
	const char *cfg;
	struct head_spec spec;
	const char *says;
} refusals[] = {
    {"yolov3", {.n_classes = 5, .cut = -1, .batch = 1}, "a detector"},
    {"yolov2-tiny", {.n_classes = 5, .cut = -1, .batch = 1}, "a detector"},
    {"t1.test", {.n_classes = 5, .cut = -1, .batch = 1}, "a detector"},
    {"rnn", {.n_classes = 5, .cut = -1, .batch = 1}, "not an image"},
    {"vgg-conv", {.n_classes = 5, .cut = -1, .batch = 1}, "not a classifier"},
    {"go", {.n_classes = 5, .cut = -1, .batch = 1}, "[reorg] stands above"},
    {"writing", {.n_classes = 5, .cut = -1, .batch = 1}, "not a classifier"},
    {"tiny", {.n_classes = 1, .cut = -1, .batch = 1}, "2 to"},
    {"tiny", {.n_classes = 5, .cut = 22, .batch = 1}, "layers 0-21"},
    {"tiny", {.n_classes = 5, .cut = 21, .batch = 1}, "cut at 20 or lower"},
    {"tiny", {.n_classes = 5, .cut = -1, .batch = 0}, "batches of 0"},
    {"tiny", {.n_classes = 5, .cut = -1, .batch = 1, .dropout = 1}, "probability"},
    {"tiny", {.n_classes = 5, .cut = -1, .batch = 1, .input_w = 99999}, "out of range"},
    {"alexnet",
     {.n_classes = 5, .cut = -1, .batch = 1, .input_w = 160, .input_h = 160},
     "keep that input size"},
    {"vgg-16",
     {.n_classes = 5, .cut = -1, .batch = 1, .input_w = 128, .input_h = 128},
     "cannot cut 224x224"},
    {"darknet53", {.n_classes = 5, .cut = 77, .batch = 1}, "cannot be kept"},
};

static void refusals_say_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct strbuf text = STRBUF_INIT;
		struct errinfo e = {0};
		enum err r = model_replace_head(&text, NULL, cfg_path(refusals[i].cfg),
						&refusals[i].spec, &e);
		if (r != ERR_VALUE || !strstr(e.msg, refusals[i].says))
			fail_msg("case %zu: %s: %s", i, err_name(r), e.msg);
		assert_int_equal(text.len, 0);
	}
}

static void a_large_enough_input_is_fine_with_crop(void **state)
{
	(void)state;
	struct strbuf text = STRBUF_INIT;
	struct head_spec spec = {
	    .n_classes = 5, .cut = -1, .input_w = 300, .input_h = 224, .batch = 1};
	assert_int_equal(model_replace_head(&text, NULL, cfg_path("vgg-16"), &spec, NULL), ERR_OK);
	strbuf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_head_is_replaced),
	    cmocka_unit_test(every_weights_file_is_accounted_for),
	    cmocka_unit_test(darknet_counts_the_same_bytes),
	    cmocka_unit_test(text_keeps_its_looks),
	    cmocka_unit_test(a_dropout_that_is_there_is_changed),
	    cmocka_unit_test(a_cut_keeps_what_is_below),
	    cmocka_unit_test(refusals_say_why),
	    cmocka_unit_test(a_large_enough_input_is_fine_with_crop),
	};
	return cmocka_run_group_tests_name("model", tests, make_files, remove_files);
}
