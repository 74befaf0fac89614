#include "rig.h"

#include "torch.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/base/rng.h"
#include "thaw/engine/box.h"
#include "thaw/engine/model.h"
#include "thaw/engine/pictures.h"

#include <darknet.h>
#include <math.h>
#include <time.h>

network *parse_network_cfg(char *filename);
void free_network(network *net);

static const struct step step_of_all = {.momentum = .9, .decay = 5e-4};

/* By mode. Batch-norm that trains holds the activations; without that a deep network steps too far
 * at 1e-3, and what is left to compare is how two sides round. */
static const double rates[BATCHNORM_N] = {
    [BATCHNORM_FROZEN] = 1e-4, [BATCHNORM_TRAIN] = 1e-3, [BATCHNORM_FOLDED] = 1e-4};

double rig_rate(const struct rig *r)
{
	return rates[r->batchnorm];
}

/* Losses of the two agree to this share, and so does how far each has moved since the first. They
 * differ by rounding, which steps through batch-norm enlarge, and by Darknet's n - 1 in the
 * variance. */
static const double LOSS_TOLERANCE = .02;

/* Outside of these a loss says nothing of the work: all is learnt, or the network is saturated. */
static const double LEAST_LOSS = .05, MOST_LOSS = 20;

/* How far a step moves the rolling statistics towards those of its pictures. */
static const float ROLLING_SHARE = .01f;

static void check(enum err err, const struct errinfo *e)
{
	if (err)
		die("%s", e->msg);
}

static void write_cfg(struct rig *r, const struct bench *b)
{
	struct strbuf text = STRBUF_INIT;
	struct head_spec spec = {.n_classes = RIG_CLASSES,
				 .cut = -1,
				 .batch = r->batch,
				 .input_w = r->load->side,
				 .input_h = r->load->side};
	struct errinfo e = {0};
	r->cfg = scratch_path(b, "net.cfg");
	check(model_replace_head(&text, NULL, r->load->cfg, &spec, &e), &e);
	check(file_write_atomic(r->cfg, text.buf, text.len, &e), &e);
	strbuf_release(&text);
}

static void make_pictures(struct rig *r)
{
	int c;
	net_input(r->net, &r->w, &r->h, &c);
	size_t n = (size_t)r->batch, floats = n * (size_t)(r->w * r->h * c);
	r->x = xcalloc(floats, sizeof(*r->x));
	r->labels = xcalloc(n, sizeof(*r->labels));
	r->key = xcalloc(n, sizeof(*r->key));
	r->probs = xcalloc(n * RIG_CLASSES, sizeof(*r->probs));
	for (size_t i = 0; i < floats; i++)
		r->x[i] = (float)rng_uniform(1, i);
	for (size_t i = 0; i < n; i++)
		r->labels[i] = (int)i % RIG_CLASSES;
	r->fed = r->x;
}

/* Of these pictures in evaluation mode, as the network is now. */
double rig_our_evaluation(struct rig *r)
{
	double loss = 0;
	net_predict(r->net, &(struct net_images){.x = r->fed, .on_device = r->pictures != NULL, .n = r->batch}, r->probs);
	for (int i = 0; i < r->batch; i++)
		loss -= log((double)r->probs[i * RIG_CLASSES + r->labels[i]]);
	return loss / r->batch;
}

double rig_our_loss(struct rig *r)
{
	struct step s = step_of_all;
	struct step_result result;
	s.x = r->fed, s.x_on_device = r->pictures != NULL, s.labels = r->labels, s.n = r->batch, s.lr = rig_rate(r);
	net_step(r->net, &s, &result);
	if (!result.finite)
		die("%s: thaw's loss is no number", r->load->name);
	return result.loss;
}

static double torch_loss(struct rig *r)
{
	double seconds, loss;
	const char *text = torch_ask(r->torch, "step");
	if (sscanf(text, "%lf %lf", &seconds, &loss) != 2)
		die("PyTorch answers '%s' to 'step'", text);
	return loss;
}

static int64_t count_params(const struct net *net)
{
	int64_t n = 0;
	for (int i = 0; i < net_n_layers(net); i++) {
		struct layer_info l;
		net_layer(net, i, &l);
		n += (int64_t)l.n_params;
	}
	return n;
}

static bool agree(double ours, double theirs)
{
	return fabs(ours - theirs) <= LOSS_TOLERANCE * fabs(ours);
}

/* Shape: theirs[n], n of N_LOSSES */
static void check_losses(const struct rig *r, const char *who, const double *theirs, int n)
{
	for (int i = 0; i < n; i++) {
		const double *ours = r->losses;
		bool same = agree(ours[i], theirs[i]) &&
			    (i == 0 || agree(ours[i] - ours[0], theirs[i] - theirs[0]));
		if (!same)
			die("%s, batch-norm %s, %s: %s's loss is %g (first %g), thaw's %g (%g): "
			    "not the same work",
			    r->load->name, batchnorm_name(r->batchnorm),
			    i < CHECKED_STEPS ? "training" : "evaluation", who, theirs[i],
			    theirs[0], ours[i], ours[0]);
	}
}

/* From the probabilities that the forward pass of a step leaves behind. */
static double stock_loss(struct rig *r)
{
	double loss = 0;
	rig_stock_step(r);
	for (int i = 0; i < r->batch; i++)
		loss -= log((double)r->stock->output[i * RIG_CLASSES + r->labels[i]]);
	return loss / r->batch;
}

/* The second step shows that gradients and update are the same, not only the forward pass. */
static void check_stock(struct rig *r)
{
	double losses[2];
	int n = r->load->darknet_overwrites ? 1 : 2;
	for (int i = 0; i < n; i++)
		losses[i] = stock_loss(r);
	check_losses(r, "Darknet", losses, n);
}

static enum err parse_stock(void *rig, struct errinfo *e)
{
	struct rig *r = rig;
	(void)e;
	r->stock = parse_network_cfg(r->cfg);
	load_weights(r->stock, r->weights);
	*r->stock->seen = 0;
	return ERR_OK;
}

static void open_stock(struct rig *r)
{
	struct errinfo e = {0};
	check(box_run(parse_stock, r, &e), &e);
	memcpy(r->stock->input, r->x, (size_t)r->stock->inputs * (size_t)r->batch * sizeof(*r->x));
	for (int i = 0; i < r->batch; i++)
		r->stock->truth[i * RIG_CLASSES + r->labels[i]] = 1;
	r->stock->policy = CONSTANT;
	r->stock->burn_in = 0;
	r->stock->learning_rate = (float)rates[BATCHNORM_TRAIN];
	r->stock->momentum = (float)step_of_all.momentum;
	r->stock->decay = (float)step_of_all.decay;
	check_stock(r);
}

static void start_torch(struct rig *r)
{
	double losses[N_LOSSES];
	torch_ask(r->torch, "begin %s %g", batchnorm_name(r->batchnorm), rig_rate(r));
	for (int i = 0; i < CHECKED_STEPS; i++)
		losses[i] = torch_loss(r);
	losses[CHECKED_STEPS] = torch_number(r->torch, "loss");
	check_losses(r, "PyTorch", losses, N_LOSSES);
}

void rig_open_torch(struct rig *r, const struct bench *b)
{
	char *pixels = scratch_path(b, "net.f32");
	struct errinfo e = {0};
	size_t floats = (size_t)r->batch * (size_t)(r->w * r->h * 3);
	long long params = 0;
	check(file_write_atomic(pixels, r->x, floats * sizeof(*r->x), &e), &e);
	r->torch = b->torch;
	const char *text =
	    torch_ask(r->torch, "open\t%s\t%s\t%s\t%d\t%g\t%g", r->cfg, r->weights, pixels,
		      r->batch, step_of_all.momentum, step_of_all.decay);
	if (sscanf(text, "%lld", &params) != 1 || params != count_params(r->net))
		die("%s: PyTorch's network has %lld parameters, thaw's %lld", r->load->name, params,
		    (long long)count_params(r->net));
	free(pixels);
}

/* What the peers are held against: the losses of the first steps, and of an evaluation after them.
 */
static void note_losses(struct rig *r)
{
	for (int i = 0; i < CHECKED_STEPS; i++) {
		double loss = r->losses[i] = rig_our_loss(r);
		if (!(loss >= LEAST_LOSS && loss <= MOST_LOSS))
			die("%s, batch-norm %s: a loss of %g is nothing to compare by",
			    r->load->name, batchnorm_name(r->batchnorm), loss);
	}
	r->losses[CHECKED_STEPS] = rig_our_evaluation(r);
}

/* The statistics of a network as it is drawn are not those of anything that went through it, and
 * one whose batch-norm keeps them would be out of all proportion. A step at a rate of 0 changes
 * nothing but them, a share of the way: the file gets the whole of it. */
static void write_weights(struct rig *r)
{
	struct strbuf drawn = STRBUF_INIT, stepped = STRBUF_INIT;
	struct step s = step_of_all;
	struct step_result result;
	struct errinfo e = {0};
	s.x = r->x, s.labels = r->labels, s.n = r->batch, s.lr = 0;
	net_weights_write(r->net, 0, &drawn);
	net_step(r->net, &s, &result);
	net_weights_write(r->net, 0, &stepped);
	for (size_t at = 0; at + sizeof(float) <= drawn.len; at += sizeof(float)) {
		float was, is;
		memcpy(&was, drawn.buf + at, sizeof(was));
		memcpy(&is, stepped.buf + at, sizeof(is));
		if (is == was)
			continue;
		was += (is - was) / ROLLING_SHARE;
		memcpy(drawn.buf + at, &was, sizeof(was));
	}
	check(file_write_atomic(r->weights, drawn.buf, drawn.len, &e), &e);
	strbuf_release(&drawn);
	strbuf_release(&stepped);
}

void rig_restart(struct rig *r, enum batchnorm_mode mode)
{
	struct errinfo e = {0};
	rig_freeze(r, "all"); /* no momentum is left */
	rig_freeze(r, "none");
	check(model_load_all(r->net, r->weights, NULL, &e), &e);
	net_set_batchnorm(r->net, mode);
	r->batchnorm = mode;
}

void rig_start(struct rig *r, enum batchnorm_mode mode)
{
	rig_restart(r, mode);
	note_losses(r);
	if (r->torch)
		start_torch(r);
}

bool rig_has_batchnorm(const struct rig *r)
{
	bool any = false;
	for (int i = 0; i < net_n_layers(r->net); i++) {
		struct layer_info l;
		net_layer(r->net, i, &l);
		any = any || l.batchnorm;
	}
	return any;
}

void rig_open(struct rig *r, const struct bench *b, const struct workload *load, unsigned peers)
{
	struct errinfo e = {0};
	*r = (struct rig){.load = load, .batch = load->batch};
	peers &= b->peers;
	r->weights = scratch_path(b, "net.weights");
	write_cfg(r, b);
	check(net_open(&r->net, r->cfg, b->threads, 1, &e), &e);
	net_set_batchnorm(r->net, BATCHNORM_TRAIN);
	make_pictures(r);
	write_weights(r);
	if (peers & PEER_TORCH && b->torch)
		rig_open_torch(r, b);
	rig_start(r, BATCHNORM_TRAIN);
	if (peers & PEER_DARKNET)
		open_stock(r);
}

void rig_close(struct rig *r)
{
	pictures_free(r->pictures);
	net_free(r->net);
	if (r->stock)
		free_network(r->stock);
	if (r->torch)
		torch_ask(r->torch, "close");
	free(r->x);
	free(r->labels);
	free(r->key);
	free(r->probs);
	free(r->cfg);
	free(r->weights);
}

double rig_our_step(void *rig)
{
	double start = clock_seconds();
	rig_our_loss(rig);
	return clock_seconds() - start;
}

double rig_stock_step(void *rig)
{
	struct rig *r = rig;
	double start = clock_seconds();
	r->stock->train = 1;
	forward_network(r->stock);
	backward_network(r->stock);
	update_network(r->stock);
	return clock_seconds() - start;
}

double rig_torch_step(void *rig)
{
	return torch_number(((struct rig *)rig)->torch, "step");
}

double rig_our_forward(void *rig)
{
	struct rig *r = rig;
	double start = clock_seconds();
	net_predict(r->net, &(struct net_images){.x = r->fed, .on_device = r->pictures != NULL, .n = r->batch}, r->probs);
	return clock_seconds() - start;
}

double rig_stock_forward(void *rig)
{
	struct rig *r = rig;
	double start = clock_seconds();
	r->stock->train = 0;
	forward_network(r->stock);
	return clock_seconds() - start;
}

double rig_torch_forward(void *rig)
{
	return torch_number(((struct rig *)rig)->torch, "forward");
}

void rig_keep_features(struct rig *r)
{
	rig_freeze(r, "base");
	net_set_batchnorm(r->net, BATCHNORM_FROZEN);
	net_set_cache(r->net, (uint64_t)2 << 30, NULL);
}

double rig_our_head(void *rig)
{
	struct rig *r = rig;
	double start = clock_seconds();
	for (int at = 0; at < RIG_HEAD_IMAGES; at += r->batch) {
		int left = RIG_HEAD_IMAGES - at;
		struct step s = step_of_all;
		struct step_result result;
		s.x = r->fed, s.x_on_device = r->pictures != NULL, s.labels = r->labels, s.key = r->key, s.lr = 1e-3;
		s.n = left < r->batch ? left : r->batch;
		for (int i = 0; i < s.n; i++)
			r->key[i] = (uint64_t)(at + i + 1);
		net_step(r->net, &s, &result);
	}
	return clock_seconds() - start;
}

void rig_freeze(struct rig *r, const char *layers)
{
	struct layerset frozen;
	struct errinfo e = {0};
	check(layerset_parse(&frozen, layers, net_n_layers(r->net), net_head(r->net), &e), &e);
	net_set_frozen(r->net, &frozen);
}

static double cpu_seconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int rig_threads(double (*run)(void *rig), struct rig *r)
{
	double all = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID),
	       own = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
	run(r);
	all = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - all;
	own = cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - own;
	return (int)lround(all / own);
}
