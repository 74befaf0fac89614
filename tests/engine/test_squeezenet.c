/* cfg/squeezenet10.cfg: the published architecture's table, and the weights file that was made for
 * another cfg of it. */
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/rng.h"
#include "thaw/engine/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OURS "cfg/squeezenet10.cfg"
#define SHARED "../shared/weights/"

static struct net *open_net(const char *cfg)
{
	struct net *net = NULL;
	struct errinfo e = {.msg = ""};
	if (net_open(&net, cfg, 2, 1, &e))
		fail_msg("%s", e.msg);
	return net;
}

/* Table 1 of the paper: every module's output, and 1,248,424 parameters in all. The sizes are those
 * of an input of 227x227 and pools that round down. */
static void the_published_table(void **state)
{
	(void)state;
	static const struct {
		int layer, side, channels;
		const char *kind;
	} table[] = {
	    {0, 111, 96, "convolutional"}, {1, 55, 96, "maxpool"},  {6, 55, 128, "route"},
	    {11, 55, 128, "route"},	   {16, 55, 256, "route"},  {17, 27, 256, "maxpool"},
	    {22, 27, 256, "route"},	   {27, 27, 384, "route"},  {32, 27, 384, "route"},
	    {37, 27, 512, "route"},	   {38, 13, 512, "maxpool"}, {43, 13, 512, "route"},
	    {44, 13, 1000, "convolutional"},
	};
	struct net *net = open_net(OURS);
	size_t n_params = 0;
	assert_int_equal(net_n_layers(net), 47);
	assert_int_equal(net_classes(net), 1000);
	for (int i = 0; i < net_n_layers(net); i++) {
		struct layer_info info;
		net_layer(net, i, &info);
		n_params += info.n_params;
	}
	assert_int_equal(n_params, 1248424);
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct layer_info info;
		net_layer(net, table[i].layer, &info);
		assert_string_equal(info.kind, table[i].kind);
		assert_int_equal(info.out_w, table[i].side);
		assert_int_equal(info.out_h, table[i].side);
		assert_int_equal(info.out_c, table[i].channels);
	}
	net_free(net);
}

static void load(struct net *net)
{
	struct errinfo e = {.msg = ""};
	struct weights_audit audit = {0};
	if (model_load_all(net, SHARED "squeezenet10.weights", &audit, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(audit.n_loaded, 26);
	assert_int_equal(audit.bytes_expected, audit.bytes_found);
	weights_audit_release(&audit);
}

static void same_layer(struct net *ours, struct net *theirs, int i)
{
	struct layer_info a, b;
	net_layer(ours, i, &a);
	net_layer(theirs, i, &b);
	assert_string_equal(a.kind, b.kind);
	assert_string_equal(a.activation, b.activation);
	assert_memory_equal(&a.in_w, &b.in_w, 9 * sizeof(int)); /* in, out, size, stride, groups */
	assert_int_equal(a.n_params, b.n_params);
	assert_int_equal(net_digest(ours, i), net_digest(theirs, i));
}

static void layer_by_layer(void **state)
{
	(void)state;
	if (!file_exists(SHARED "squeezenet10.weights") ||
	    !file_exists(SHARED "squeezenet10.cfg")) {
		print_message("skipped: " SHARED "squeezenet10.{cfg,weights} are absent\n");
		skip();
	}
	struct net *ours = open_net(OURS), *theirs = open_net(SHARED "squeezenet10.cfg");
	load(ours);
	load(theirs);
	assert_int_equal(net_n_layers(ours), net_n_layers(theirs));
	for (int i = 0; i < net_n_layers(ours); i++)
		same_layer(ours, theirs, i);
	const size_t n = 3 * 227 * 227;
	float *x = xcalloc(n, sizeof(*x)), probs[2][1000], sum = 0;
	for (size_t i = 0; i < n; i++)
		x[i] = (float)rng_uniform(7, i);
	net_predict(ours, &(struct net_images){.x = x, .n = 1}, probs[0]);
	net_predict(theirs, &(struct net_images){.x = x, .n = 1}, probs[1]);
	assert_memory_equal(probs[0], probs[1], sizeof(probs[0]));
	for (int i = 0; i < 1000; i++)
		sum += probs[0][i];
	assert_float_equal(sum, 1, 1e-4);
	free(x);
	net_free(ours);
	net_free(theirs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_published_table),
	    cmocka_unit_test(layer_by_layer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
