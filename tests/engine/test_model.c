/* Head replacement on Darknet's own cfgs, and the weights audit on real and on broken files. */
#include "../../src/engine/graph.h"
#include "../../src/engine/model_shape.h"
#include "thaw/base/file.h"
#include "thaw/engine/box.h"
#include "thaw/engine/model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CFGS "/usr/share/darknet/cfg/"
#define WEIGHTS "../shared/weights/"

static char tmp[] = P_tmpdir "/thaw-test-model-XXXXXX"; /* directory */
static char tmp_file[64], tmp_cfg[64];

static void write_bytes(const char *path, const void *data, size_t n)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
}

/* Weights of the given size, all zero but for the header; sparse. */
static void write_zeros(uint64_t size)
{
	const int32_t header[5] = {0, 2, 0, 77, 1}; /* seen = 2^32 + 77 */
	write_bytes(tmp_file, header, sizeof(header));
	assert_int_equal(truncate(tmp_file, (off_t)size), 0);
}

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
    "# a net of mine\n[net]\n  batch = 16   # big\nsubdivisions=1\nheight=32\n width "
    "=24\nchannels=3\n\n"
    "learning_rate=0.1\n\n# "
    "features\n[convolutional]\nfilters=8\nsize=3\npad=1\nactivation=leaky\n\n"
    "[avgpool]\n; the last one\n[dropout]\nprobability=0.25\n\n[ convolutional ]\n\tfilters = 7 ; "
    "classes\nsize=1\n"
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

static uint64_t bytes_below(const char *cfg, int layer)
{
	struct cfg c;
	struct shape s;
	uint64_t bytes = 20;
	assert_int_equal(cfg_read(&c, cfg, NULL), ERR_OK);
	assert_int_equal(shape_build(&s, &c, NULL), ERR_OK);
	for (int i = 0; i < layer; i++)
		bytes += shape_weight_bytes(&s.layers[i]);
	shape_release(&s);
	cfg_release(&c);
	return bytes;
}

static void sizes_are_judged(void **state)
{
	(void)state;
	const char *cfg = CFGS "tiny.cfg";
	const uint64_t full = 4185972, below_head = bytes_below(cfg, 19),
		       half = bytes_below(cfg, 12);
	const struct {
		uint64_t size;
		enum err code;
		const char *says;
	} cases[] = {
	    {full, ERR_OK, ""},
	    {below_head, ERR_OK, ""},
	    {full - 1, ERR_MISMATCH, "layer 19"},
	    {full + 1, ERR_MISMATCH, "1 too many"},
	    {full * 2, ERR_MISMATCH, "another cfg"},
	    {below_head - 4, ERR_MISMATCH, "layer 18"},
	    {below_head + 4, ERR_MISMATCH, "ends 4 of"},
	    {half, ERR_MISMATCH, "too short"},
	    {half + 8, ERR_MISMATCH, "8 of"},
	    {21, ERR_MISMATCH, "ends 1 of 1984 bytes into layer 0"},
	    {20, ERR_MISMATCH, "20 found"},
	    {19, ERR_FORMAT, "not a Darknet weights file"},
	    {0, ERR_FORMAT, "not a Darknet weights file"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct weights_audit a;
		struct errinfo e = {0};
		write_zeros(cases[i].size);
		enum err r = model_load_base(NULL, cfg, tmp_file, &a, &e);
		if (r != cases[i].code || !strstr(e.msg, cases[i].says))
			fail_msg("%llu bytes: %s: %s", (unsigned long long)cases[i].size,
				 err_name(r), e.msg);
		assert_int_equal(a.partial, cases[i].size == below_head);
		if (!r) {
			assert_int_equal(a.seen, (UINT64_C(1) << 32) + 77);
			assert_int_equal(a.n_layers, 16);
			assert_int_equal(a.n_loaded, 15);
			assert_int_equal(a.n_initialised, 1);
			assert_int_equal(a.layers[0].offset, 20);
		}
		weights_audit_release(&a);
	}
}

/* The head is replaced: a file with one for another number of classes serves as well. */
static void another_head_is_no_obstacle(void **state)
{
	(void)state;
	const char *cfg = CFGS "tiny.cfg";
	const uint64_t below = bytes_below(cfg, 19), each = (128 + 1) * sizeof(float);
	static const struct {
		int classes, more;
		enum err code;
	} cases[] = {{10, 0, ERR_OK},        {1001, 0, ERR_OK},       {2, 0, ERR_OK},
		     {1, 0, ERR_MISMATCH},   {10, 4, ERR_MISMATCH},   {10, 1, ERR_MISMATCH},
		     {1001, 8, ERR_MISMATCH}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct weights_audit a;
		write_zeros(below + (uint64_t)cases[i].classes * each + (uint64_t)cases[i].more);
		assert_int_equal(model_load_base(NULL, cfg, tmp_file, &a, NULL), cases[i].code);
		if (!cases[i].code) {
			assert_int_equal(a.other_head, cases[i].classes);
			assert_int_equal(a.n_loaded, 15);
			assert_false(a.partial);
		}
		weights_audit_release(&a);
	}
}

static void strangers_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *bytes, *says;
	} cases[] = {
	    {"PK\003\004 and then a long archive of tensors", "zip archive"},
	    {"\211HDF\r\n\032\n and then a long file", "HDF5"},
	    {"<!DOCTYPE html><html>404 not found", "web page"},
	    {"[net]\nbatch=1\nsubdivisions=1\nwidth=3\n", "a cfg"},
	    {"\377\330\377\340 and then a picture, and more", "JPEG"},
	    {"just some text that is not weights at all", "makes no sense"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct errinfo e = {0};
		write_bytes(tmp_file, cases[i].bytes, strlen(cases[i].bytes));
		assert_int_equal(model_load_base(NULL, CFGS "tiny.cfg", tmp_file, NULL, &e),
				 ERR_FORMAT);
		if (!strstr(e.msg, cases[i].says))
			fail_msg("%s", e.msg);
	}
	struct errinfo e = {0};
	const int32_t transposed[8] = {1001, 0, 0};
	write_bytes(tmp_file, transposed, sizeof(transposed));
	assert_int_equal(model_load_base(NULL, CFGS "tiny.cfg", tmp_file, NULL, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "transposed"));
	assert_int_equal(model_load_base(NULL, CFGS "tiny.cfg", tmp, NULL, &e), ERR_FORMAT);
	assert_int_equal(model_load_base(NULL, CFGS "tiny.cfg", "no/such.weights", NULL, &e),
			 ERR_NOT_FOUND);
	assert_int_equal(model_load_base(NULL, "no/such.cfg", tmp_file, NULL, &e), ERR_NOT_FOUND);
}

/* Without a file nothing is loaded, and a net keeps its fresh weights. */
static void no_weights_is_from_scratch(void **state)
{
	(void)state;
	struct weights_audit a;
	assert_int_equal(model_load_base(NULL, CFGS "tiny.cfg", "", &a, NULL), ERR_OK);
	assert_int_equal(a.n_loaded, 0);
	assert_int_equal(a.n_initialised, 16);
	assert_int_equal(a.bytes_found, 0);
	assert_false(a.layers[0].loaded);
	weights_audit_release(&a);
}

static void poke(uint64_t at, float v)
{
	FILE *f = fopen(tmp_file, "r+b");
	assert_non_null(f);
	fseek(f, (long)at, SEEK_SET);
	fwrite(&v, sizeof(v), 1, f);
	fclose(f);
}

static void bad_numbers_are_named(void **state)
{
	(void)state;
	const char *cfg = CFGS "tiny.cfg";
	struct errinfo e = {0};
	const uint64_t at = bytes_below(cfg, 4) + 400;
	write_zeros(4185972);
	poke(at, NAN);
	assert_int_equal(model_load_base(NULL, cfg, tmp_file, NULL, &e), ERR_NONFINITE);
	assert_non_null(strstr(e.msg, "layer 4 [convolutional]"));
	assert_int_equal(e.at, at);
	poke(at, INFINITY);
	assert_int_equal(model_load_base(NULL, cfg, tmp_file, NULL, &e), ERR_NONFINITE);
	poke(at, -1);
	poke(20 + 3 * 16 * 4 + 8,
	     -0.5f); /* layer 0: biases, scales and means of 16 filters, then variances */
	assert_int_equal(model_load_base(NULL, cfg, tmp_file, NULL, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "variance of -0.5"));
	poke(20 + 3 * 16 * 4 + 8, 0.5f);
	assert_int_equal(model_load_base(NULL, cfg, tmp_file, NULL, &e), ERR_OK);
}

/* A net made from `cfg` with `spec`, through the file that net_open() reads. */
static struct net *open_net(const char *cfg, const struct head_spec *spec)
{
	struct strbuf text = STRBUF_INIT;
	struct errinfo e = {0};
	struct net *net = NULL;
	if (model_replace_head(&text, NULL, cfg, spec, &e))
		fail_msg("%s", e.msg);
	write_bytes(tmp_cfg, text.buf, text.len);
	if (net_open(&net, tmp_cfg, spec->batch, 1, 1, &e))
		fail_msg("%s", e.msg);
	strbuf_release(&text);
	return net;
}

/* Every loaded layer holds the file's bytes from the offset that the audit names. */
static void compare_loaded(struct net *net, const struct weights_audit *a, const char *weights)
{
	struct strbuf file = STRBUF_INIT;
	assert_int_equal(file_read(weights, &file, NULL), ERR_OK);
	net_sync(net);
	for (int i = 0; i < a->n_layers; i++) {
		struct layer_array arrays[LAYER_ARRAYS_MAX];
		uint64_t at = a->layers[i].offset;
		int n = graph_arrays(net_graph(net), a->layers[i].index, arrays);
		for (int k = 0; a->layers[i].loaded && k < n; k++) {
			assert_memory_equal(arrays[k].data, file.buf + at,
					    arrays[k].n * sizeof(float));
			at += arrays[k].n * sizeof(float);
		}
		if (a->layers[i].loaded)
			assert_int_equal(at - a->layers[i].offset, a->layers[i].bytes);
	}
	strbuf_release(&file);
}

static const struct {
	const char *cfg, *weights;
	int cut;
	double dropout;
	int n_loaded, input;
} real[] = {
    {CFGS "tiny.cfg", WEIGHTS "tiny.weights", -1, 0, 15, 64},
    {CFGS "tiny.cfg", WEIGHTS "tiny.weights", -1, 0.5, 15, 64},
    {CFGS "tiny.cfg", WEIGHTS "tiny.weights", 17, 0.5, 14, 64},
    {WEIGHTS "squeezenet10.cfg", WEIGHTS "squeezenet10.weights", -1, 0, 25, 0},
};

static void real_weights_load_byte_for_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++) {
		if (!file_exists(real[i].weights)) {
			print_message("skipped: %s is absent\n", real[i].weights);
			skip();
		}
		struct head_spec spec = {.n_classes = 5,
					 .cut = real[i].cut,
					 .dropout = real[i].dropout,
					 .batch = 1,
					 .input_w = real[i].input,
					 .input_h = real[i].input};
		struct net *net = open_net(real[i].cfg, &spec);
		struct weights_audit a;
		struct errinfo e = {0};
		if (model_load_base(net, real[i].cfg, real[i].weights, &a, &e))
			fail_msg("%s", e.msg);
		assert_int_equal(a.bytes_found, a.bytes_expected);
		assert_int_equal(a.bytes_found, file_size(real[i].weights));
		assert_int_equal(a.n_loaded, real[i].n_loaded);
		assert_int_equal(a.n_initialised, 1);
		assert_false(a.layers[a.n_layers - 1].loaded);
		assert_int_equal(a.layers[a.n_layers - 1].index, net_head(net));
		compare_loaded(net, &a, real[i].weights);
		weights_audit_release(&a);
		net_free(net);
	}
}

static void a_checkpoint_comes_back(void **state)
{
	(void)state;
	struct head_spec spec = {
	    .n_classes = 5, .cut = 6, .batch = 1, .input_w = 32, .input_h = 32};
	struct net *net = open_net(CFGS "tiny.cfg", &spec);
	struct errinfo e = {0};
	struct weights_audit a;
	if (net_save(net, tmp_file, 500, &e))
		fail_msg("%s", e.msg);
	uint64_t digest = net_digest(net, net_head(net));
	net_free(net);
	assert_int_equal(net_open(&net, tmp_cfg, 1, 1, 2, &e), ERR_OK);
	assert_true(net_digest(net, net_head(net)) != digest);
	if (model_load_all(net, tmp_file, &a, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(net_digest(net, net_head(net)), digest);
	assert_int_equal(a.n_initialised, 0);
	assert_int_equal(a.seen, 500);
	weights_audit_release(&a);
	assert_int_equal(truncate(tmp_file, file_size(tmp_file) - 4), 0);
	assert_int_equal(model_load_all(net, tmp_file, &a, &e), ERR_MISMATCH);
	assert_int_equal(net_digest(net, net_head(net)), digest);
	weights_audit_release(&a);
	/* a net of another cfg */
	assert_int_equal(model_load_base(net, CFGS "darknet19.cfg", tmp_file, &a, &e),
			 ERR_MISMATCH);
	assert_non_null(strstr(e.msg, "not those of"));
	net_free(net);
}

static void a_partial_serves_a_cut(void **state)
{
	(void)state;
	struct head_spec spec = {
	    .n_classes = 5, .cut = 6, .batch = 1, .input_w = 32, .input_h = 32};
	struct net *net = open_net(CFGS "tiny.cfg", &spec);
	struct weights_audit a;
	struct errinfo e = {0};
	write_zeros(bytes_below(CFGS "tiny.cfg", 9));
	if (model_load_base(net, CFGS "tiny.cfg", tmp_file, &a, &e))
		fail_msg("%s", e.msg);
	assert_true(a.partial);
	assert_int_equal(a.n_initialised, 1);
	weights_audit_release(&a);
	write_zeros(bytes_below(CFGS "tiny.cfg", 5));
	assert_int_equal(model_load_base(net, CFGS "tiny.cfg", tmp_file, &a, &e), ERR_MISMATCH);
	weights_audit_release(&a);
	net_free(net);
}

int main(void)
{
	if (!mkdtemp(tmp))
		return 1;
	snprintf(tmp_file, sizeof(tmp_file), "%s/w", tmp);
	snprintf(tmp_cfg, sizeof(tmp_cfg), "%s/c", tmp);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_head_is_replaced),
	    cmocka_unit_test(every_weights_file_is_accounted_for),
	    cmocka_unit_test(darknet_counts_the_same_bytes),
	    cmocka_unit_test(text_keeps_its_looks),
	    cmocka_unit_test(a_dropout_that_is_there_is_changed),
	    cmocka_unit_test(a_cut_keeps_what_is_below),
	    cmocka_unit_test(refusals_say_why),
	    cmocka_unit_test(a_large_enough_input_is_fine_with_crop),
	    cmocka_unit_test(sizes_are_judged),
	    cmocka_unit_test(another_head_is_no_obstacle),
	    cmocka_unit_test(strangers_are_named),
	    cmocka_unit_test(no_weights_is_from_scratch),
	    cmocka_unit_test(bad_numbers_are_named),
	    cmocka_unit_test(real_weights_load_byte_for_byte),
	    cmocka_unit_test(a_checkpoint_comes_back),
	    cmocka_unit_test(a_partial_serves_a_cut),
	};
	int failed = cmocka_run_group_tests_name("model", tests, NULL, NULL);
	unlink(tmp_file);
	unlink(tmp_cfg);
	rmdir(tmp);
	return failed;
}
