/* The weights audit on real and on broken files. */
#include "model_files.h"

#include "../../src/engine/net_core.h"
#include "../../src/engine/model_shape.h"
#include "thaw/engine/model.h"

#include <math.h>

#define WEIGHTS "../shared/weights/"

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
	    {half, ERR_OK, ""},
	    {half - 4, ERR_MISMATCH, "layer 11"},
	    {half + 8, ERR_MISMATCH, "8 of"},
	    {21, ERR_MISMATCH, "ends 1 of 1984 bytes into layer 0"},
	    {20, ERR_MISMATCH, "20 found"},
	    {19, ERR_FORMAT, "not a Darknet weights file"},
	    {0, ERR_FORMAT, "it is empty"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct weights_audit a;
		struct errinfo e = {0};
		write_zeros(cases[i].size);
		enum err r = model_load_base(NULL, cfg, tmp_file, &a, &e);
		if (r != cases[i].code || !strstr(e.msg, cases[i].says))
			fail_msg("%llu bytes: %s: %s", (unsigned long long)cases[i].size,
				 err_name(r), e.msg);
		int loaded = cases[i].size == half ? 9 : 15; /* layers 0,2,4-7,9-11 */
		assert_int_equal(a.partial, cases[i].size == below_head || cases[i].size == half);
		if (!r) {
			assert_int_equal(a.seen, (UINT64_C(1) << 32) + 77);
			assert_int_equal(a.n_layers, 16);
			assert_int_equal(a.n_loaded, loaded);
			assert_int_equal(a.n_initialised, 16 - loaded);
			assert_int_equal(a.layers[0].offset, 20);
			assert_int_equal(a.layers[loaded - 1].loaded, true);
			assert_int_equal(a.layers[loaded].loaded, false);
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
	if (net_open(&net, tmp_cfg, 1, 1, &e))
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
	assert_int_equal(net_open(&net, tmp_cfg, 1, 2, &e), ERR_OK);
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
	write_zeros(bytes_below(CFGS "tiny.cfg", 5) - 4);
	assert_int_equal(model_load_base(net, CFGS "tiny.cfg", tmp_file, &a, &e), ERR_MISMATCH);
	weights_audit_release(&a);
	net_free(net);
}

/* What the file reaches is the file's, to the byte, and the rest is as it was. */
static void a_partial_leaves_the_rest_fresh(void **state)
{
	(void)state;
	struct head_spec spec = {
	    .n_classes = 5, .cut = -1, .batch = 1, .input_w = 32, .input_h = 32};
	struct net *net = open_net(CFGS "tiny.cfg", &spec);
	struct weights_audit a;
	struct errinfo e = {0};
	if (net_save(net, tmp_file, 7, &e)) /* a file with numbers in it */
		fail_msg("%s", e.msg);
	net_free(net);
	assert_int_equal(truncate(tmp_file, (off_t)bytes_below(CFGS "tiny.cfg", 12)), 0);
	assert_int_equal(net_open(&net, tmp_cfg, 1, 2, &e), ERR_OK);
	uint64_t before[22];
	for (int i = 0; i < 22; i++)
		before[i] = net_digest(net, i);
	if (model_load_base(net, CFGS "tiny.cfg", tmp_file, &a, &e))
		fail_msg("%s", e.msg);
	assert_true(a.partial);
	assert_int_equal(a.n_loaded, 9);
	compare_loaded(net, &a, tmp_file);
	for (int i = 0; i < a.n_layers; i++) {
		int layer = a.layers[i].index;
		assert_int_equal(a.layers[i].loaded, layer < 12);
		assert_int_equal(net_digest(net, layer) == before[layer], layer >= 12);
		assert_false(a.layers[i].constant);
	}
	weights_audit_release(&a);
	/* a checkpoint is whole or none */
	assert_int_equal(model_load_all(net, tmp_file, &a, &e), ERR_MISMATCH);
	weights_audit_release(&a);
	net_free(net);
}

/* Only weights tell: fresh biases are all zero, and fresh scales all one. */
static void constant_layers_are_told(void **state)
{
	(void)state;
	struct head_spec spec = {
	    .n_classes = 5, .cut = -1, .batch = 1, .input_w = 32, .input_h = 32};
	struct net *net = open_net(CFGS "tiny.cfg", &spec);
	const uint64_t of_2 = bytes_below(CFGS "tiny.cfg", 2), n_2 = 32 * 4, w_2 = 32 * 16 * 9;
	struct weights_audit a;
	assert_int_equal(net_save(net, tmp_file, 7, NULL), ERR_OK);
	net_free(net);
	for (uint64_t i = 0; i < w_2; i++)
		poke(of_2 + (n_2 + i) * sizeof(float), 0.25f);
	assert_int_equal(model_load_base(NULL, CFGS "tiny.cfg", tmp_file, &a, NULL), ERR_OK);
	for (int i = 0; i < a.n_layers; i++)
		assert_int_equal(a.layers[i].constant, a.layers[i].index == 2);
	assert_float_equal(a.layers[1].value, 0.25f, 0);
	weights_audit_release(&a);
	poke(of_2 + (n_2 + w_2 - 1) * sizeof(float), 0.5f);
	assert_int_equal(model_load_base(NULL, CFGS "tiny.cfg", tmp_file, &a, NULL), ERR_OK);
	assert_false(a.layers[1].constant);
	weights_audit_release(&a);
	write_zeros(4185972);
	assert_int_equal(model_load_base(NULL, CFGS "tiny.cfg", tmp_file, &a, NULL), ERR_OK);
	for (int i = 0; i < a.n_layers; i++) /* the head's is not loaded */
		assert_int_equal(a.layers[i].constant, a.layers[i].index != 19);
	weights_audit_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sizes_are_judged),
	    cmocka_unit_test(another_head_is_no_obstacle),
	    cmocka_unit_test(strangers_are_named),
	    cmocka_unit_test(no_weights_is_from_scratch),
	    cmocka_unit_test(bad_numbers_are_named),
	    cmocka_unit_test(real_weights_load_byte_for_byte),
	    cmocka_unit_test(a_checkpoint_comes_back),
	    cmocka_unit_test(a_partial_serves_a_cut),
	    cmocka_unit_test(a_partial_leaves_the_rest_fresh),
	    cmocka_unit_test(constant_layers_are_told),
	};
	return cmocka_run_group_tests_name("weights", tests, make_files, remove_files);
}
