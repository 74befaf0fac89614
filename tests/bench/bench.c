/* make bench: thaw's engine against Debian's libdarknet, in turn in one process, medians of five.
 *
 * Darknet's own forward, backward and update run on the same network, the same random pictures and
 * the same batch. The table goes to standard output and, tab-separated, to the file named on the
 * command line.
 */
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/base/rng.h"
#include "thaw/engine/box.h"
#include "thaw/engine/model.h"

#include <darknet.h>
#include <sys/resource.h>
#include <unistd.h>

#define RUNS 5

network *parse_network_cfg(char *filename);
void free_network(network *net);

struct bench {
	const char *cfg; /* a name under Debian's cfg folder */
	int batch;
};

static const struct bench benches[] = {{"tiny", 16}, {"darknet19", 8}, {"resnet18", 8}};

static FILE *table;

static void row(const char *what, double ours, double peer, const char *unit)
{
	printf("%-44s %9.1f %9.1f  %5.1fx\n", what, ours, peer, ours / peer);
	fflush(stdout);
	if (table)
		fprintf(table, "%s\t%.3f\t%.3f\t%.3f\t%s\n", what, ours, peer, ours / peer, unit);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static double median(double *v)
{
	qsort(v, RUNS, sizeof(*v), ascending);
	return v[RUNS / 2];
}

struct rig {
	struct net *net;
	network *peer;
	float *x, *probs;
	int *labels, batch;
	char *cfg;
};

static enum err open_peer(void *arg, struct errinfo *e)
{
	struct rig *r = arg;
	(void)e;
	r->peer = parse_network_cfg(r->cfg);
	return ERR_OK;
}

/* The plain cfg with its batch, made by the same surgery a run uses. */
static char *write_cfg(const struct bench *b)
{
	char *path = xasprintf("/usr/share/darknet/cfg/%s.cfg", b->cfg),
	     *out = xstrdup("build/bench.cfg");
	struct strbuf text = STRBUF_INIT;
	struct head_report report;
	struct head_spec spec = {.n_classes = 5, .cut = -1, .batch = b->batch};
	struct errinfo e = {0};
	if (model_replace_head(&text, &report, path, &spec, &e) ||
	    file_write_atomic(out, text.buf, text.len, &e)) {
		fprintf(stderr, "bench: %s\n", e.msg);
		exit(1);
	}
	strbuf_release(&text);
	free(path);
	return out;
}

static void rig_open(struct rig *r, const struct bench *b)
{
	struct errinfo e = {0};
	memset(r, 0, sizeof(*r));
	r->cfg = write_cfg(b);
	r->batch = b->batch;
	if (box_run(open_peer, r, &e) || net_open(&r->net, r->cfg, b->batch, 0, 1, &e)) {
		fprintf(stderr, "bench: %s\n", e.msg);
		exit(1);
	}
	size_t n = (size_t)r->peer->inputs * (size_t)b->batch;
	r->x = xcalloc(n, sizeof(*r->x));
	r->labels = xcalloc((size_t)b->batch, sizeof(*r->labels));
	r->probs = xcalloc((size_t)b->batch * 5, sizeof(*r->probs));
	for (size_t i = 0; i < n; i++)
		r->x[i] = (float)rng_uniform(1, i);
	for (int i = 0; i < b->batch; i++)
		r->labels[i] = i % 5;
	memcpy(r->peer->input, r->x, n * sizeof(*r->x));
	for (int i = 0; i < b->batch; i++)
		r->peer->truth[i * 5 + r->labels[i]] = 1;
	net_set_batchnorm(r->net, BATCHNORM_TRAIN);
}

static void rig_close(struct rig *r)
{
	net_free(r->net);
	free_network(r->peer);
	free(r->x);
	free(r->labels);
	free(r->probs);
	free(r->cfg);
}

static void our_step(struct rig *r)
{
	struct step s = {.x = r->x,
			 .labels = r->labels,
			 .n = r->batch,
			 .lr = 1e-5,
			 .momentum = .9,
			 .decay = 5e-4};
	struct step_result result;
	net_step(r->net, &s, &result);
}

static void peer_step(struct rig *r)
{
	r->peer->train = 1;
	forward_network(r->peer);
	backward_network(r->peer);
	update_network(r->peer);
}

static void our_forward(struct rig *r)
{
	net_predict(r->net, r->x, NULL, r->batch, r->probs);
}

static void peer_forward(struct rig *r)
{
	r->peer->train = 0;
	forward_network(r->peer);
}

/* Images per second of both, in turn. */
static void compare(struct rig *r, const char *what, void (*ours)(struct rig *),
		    void (*peer)(struct rig *))
{
	double a[RUNS], b[RUNS];
	ours(r);
	for (int i = 0; i < RUNS; i++) {
		double t = clock_seconds();
		ours(r);
		a[i] = r->batch / (clock_seconds() - t);
		t = clock_seconds();
		peer(r);
		b[i] = r->batch / (clock_seconds() - t);
	}
	row(what, median(a), median(b), "images/s");
}

int main(int argc, char **argv)
{
	struct errinfo e = {0};
	if (box_open("/dev/null", &e)) {
		fprintf(stderr, "bench: %s\n", e.msg);
		return 1;
	}
	table = argc > 1 ? fopen(argv[1], "w") : NULL;
	printf("%-44s %9s %9s  %s\n", "images per second (medians of 5)", "thaw", "Darknet",
	       "ratio");
	for (size_t i = 0; i < sizeof(benches) / sizeof(*benches); i++) {
		struct rig r;
		char what[96];
		rig_open(&r, &benches[i]);
		snprintf(what, sizeof(what), "%s %dx%d, batch %d: training step", benches[i].cfg,
			 r.peer->w, r.peer->h, r.batch);
		compare(&r, what, our_step, peer_step);
		snprintf(what, sizeof(what), "%s %dx%d, batch %d: evaluation", benches[i].cfg,
			 r.peer->w, r.peer->h, r.batch);
		compare(&r, what, our_forward, peer_forward);
		rig_close(&r);
	}
	unlink("build/bench.cfg");
	if (table)
		fclose(table);
	return 0;
}
