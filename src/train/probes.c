#include "probes.h"
#include "session.h"
#include "thaw/base/alloc.h"
#include "thaw/data/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum err read_probe(struct session *s, size_t i, uint8_t *thumb, struct errinfo *e)
{
	const struct experiment *x = s->p->x;
	int w, h, c;
	net_input(s->p->net, &w, &h, &c);
	struct image im;
	enum err r = sample_decode(&im, &s->p->data->valid.samples[s->probes.index[i]], e);
	if (r)
		return r;
	image_to_input(&im, x->data.resize, w, h, s->probes.x + i * 3 * (size_t)w * (size_t)h);
	image_thumbnail(&im, THUMB_SIZE, THUMB_SIZE, thumb);
	image_release(&im);
	return ERR_OK;
}

static void make_room(struct probes *pr, const struct net *net)
{
	int w, h, c;
	net_input(net, &w, &h, &c);
	pr->x = xcalloc(pr->n * 3 * (size_t)w * (size_t)h, sizeof(*pr->x));
	pr->probs = xcalloc(pr->n * (size_t)net_classes(net), sizeof(*pr->probs));
	pr->traces = xcalloc(pr->n * NET_TRACES, sizeof(*pr->traces));
	pr->told = xcalloc(pr->n * NET_TRACES, sizeof(*pr->told));
	pr->since = xcalloc(pr->n * NET_TRACES, sizeof(*pr->since));
	pr->cam = xcalloc(pr->n, PROBE_CAM_SIDE * PROBE_CAM_SIDE);
	pr->has_cam = xcalloc(pr->n, sizeof(*pr->has_cam));
}

enum err probe_set_open(struct session *s, struct errinfo *e)
{
	struct probes *pr = &s->probes;
	size_t want = s->p->x->data.probes > 0 ? (size_t)s->p->x->data.probes : 0;
	pr->index = xcalloc(want, sizeof(*pr->index));
	pr->n = dataset_probes(s->p->data, s->p->x->train.seed, want, pr->index);
	if (!pr->n)
		return ERR_OK;
	make_room(pr, s->p->net);
	probe_set_forget(s);
	const size_t bytes = (size_t)THUMB_SIZE * THUMB_SIZE * 3;
	uint8_t *thumbs = xcalloc(pr->n, bytes);
	enum err r = ERR_OK;
	for (size_t i = 0; i < pr->n && !r; i++)
		r = read_probe(s, i, thumbs + i * bytes, e);
	if (!r && !s->resume) /* the log has them */
		emit_thumbs(s->emit, s->p, pr->index, pr->n, thumbs, THUMB_SIZE, THUMB_SIZE);
	free(thumbs);
	return r;
}

static int likeliest(const float *probs, int n)
{
	int best = 0;
	for (int i = 1; i < n; i++)
		best = probs[i] > probs[best] ? i : best;
	return best;
}

static int at_most(int n, int most)
{
	return n < most ? n : most;
}

/* The map of the class that picture `at` + i, image i of the last prediction, was taken for: its
 * lowest value 0, its highest 255. */
static void keep_cam(struct probes *pr, struct net *net, size_t at, int i, int said)
{
	float map[64 * 64], small[PROBE_CAM_SIDE * PROBE_CAM_SIDE];
	int w, h;
	if (!net_activation_map(net, i, said, map, &w, &h))
		return;
	pr->cam_w = at_most(w, PROBE_CAM_SIDE);
	pr->cam_h = at_most(h, PROBE_CAM_SIDE);
	int n = pr->cam_w * pr->cam_h;
	net_map_resize(map, w, h, small, pr->cam_w, pr->cam_h);
	float low = small[0], high = small[0];
	for (int k = 0; k < n; k++) {
		low = fminf(low, small[k]);
		high = fmaxf(high, small[k]);
	}
	uint8_t *cam = pr->cam + (at + (size_t)i) * (size_t)n;
	pr->has_cam[at + (size_t)i] = isfinite(high - low) && high > low;
	for (int k = 0; k < n && pr->has_cam[at + (size_t)i]; k++)
		cam[k] = (uint8_t)(255 * (small[k] - low) / (high - low) + .5f);
}

/* Pictures at..at+n-1, and with data.eval_flip their mirror images before them, so that what is
 * left to look at is of the pictures as they are. */
static void look(struct session *s, size_t at, int n)
{
	struct probes *pr = &s->probes;
	struct net *net = s->p->net;
	int w, h, c, classes = net_classes(net);
	net_input(net, &w, &h, &c);
	size_t total = (size_t)n * (size_t)classes;
	float *x = pr->x + at * (size_t)c * (size_t)h * (size_t)w;
	float *probs = pr->probs + at * (size_t)classes;
	bool flip = s->p->x->train.eval_flip;
	float *other = flip ? xcalloc(total, sizeof(*other)) : NULL;
	if (flip) {
		input_mirror(x, (size_t)n * (size_t)(c * h), w);
		net_predict(net, &(struct net_images){.x = x, .n = n}, other);
		input_mirror(x, (size_t)n * (size_t)(c * h), w);
	}
	pr->n_traces = net_look(net, x, n, probs, pr->traces + at * NET_TRACES);
	for (size_t i = 0; flip && i < total; i++)
		probs[i] = (probs[i] + other[i]) / 2;
	for (int i = 0; i < n; i++)
		keep_cam(pr, net, at, i, likeliest(probs + (size_t)i * (size_t)classes, classes));
	free(other);
}

static bool same_maps(const struct net_trace *a, const struct net_trace *b)
{
	size_t bytes = (size_t)a->w * (size_t)a->h;
	bool same = a->layer == b->layer && a->w == b->w && a->h == b->h && a->n_maps == b->n_maps;
	for (int i = 0; same && i < a->n_maps; i++)
		same = a->maps[i].channel == b->maps[i].channel &&
		       memcmp(a->maps[i].pixels, b->maps[i].pixels, bytes) == 0;
	return same;
}

/* What is as it was, as of a frozen layer, is not told again. */
static void find_told(struct probes *pr)
{
	for (size_t i = 0; i < pr->n * NET_TRACES; i++)
		if (pr->since[i] >= 0 && !same_maps(&pr->traces[i], &pr->told[i]))
			pr->since[i] = -1;
}

static void remember_told(struct probes *pr, int64_t epoch)
{
	for (size_t i = 0; i < pr->n * NET_TRACES; i++)
		if (pr->since[i] < 0) {
			pr->told[i] = pr->traces[i];
			pr->since[i] = epoch;
		}
}

void probe_set_forget(struct session *s)
{
	for (size_t i = 0; i < s->probes.n * NET_TRACES; i++)
		s->probes.since[i] = -1;
}

void probe_set_emit(struct session *s, int64_t epoch)
{
	struct probes *pr = &s->probes;
	size_t batch = (size_t)s->p->x->train.batch;
	if (!pr->n)
		return;
	pr->cam_w = pr->cam_h = 0;
	for (size_t i = 0; i < pr->n; i++)
		pr->has_cam[i] = false;
	for (size_t i = 0; i < pr->n; i += batch)
		look(s, i, pr->n - i < batch ? (int)(pr->n - i) : (int)batch);
	find_told(pr);
	emit_probe(s->emit, epoch, pr, (size_t)net_classes(s->p->net));
	remember_told(pr, epoch);
}

void probe_set_release(struct session *s)
{
	struct probes *pr = &s->probes;
	free(pr->index);
	free(pr->x);
	free(pr->probs);
	free(pr->traces);
	free(pr->told);
	free(pr->since);
	free(pr->cam);
	free(pr->has_cam);
	*pr = (struct probes){0};
}
