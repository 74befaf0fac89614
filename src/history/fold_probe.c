/* The fold of the probe images: their pictures once, their probabilities epoch by epoch. */
#include "fold.h"

#include "thaw/base/alloc.h"
#include "thaw/event/base64.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void traces_release(struct history_trace *traces, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < traces[i].n_maps; k++)
			free(traces[i].maps[k].pixels);
		free(traces[i].maps);
	}
	free(traces);
}

void sights_release(struct history *h)
{
	for (size_t i = 0; i < h->n_probes; i++) {
		struct history_probe *p = &h->probes[i];
		traces_release(p->traces, p->n_traces);
		free(p->cam);
		p->traces = NULL;
		p->cam = NULL;
		p->n_traces = 0;
	}
	h->cam_w = h->cam_h = 0;
}

void probes_release(struct history *h)
{
	sights_release(h);
	for (size_t i = 0; i < h->n_probes; i++) {
		free(h->probes[i].path);
		free(h->probes[i].rgb);
		free(h->probes[i].probs);
	}
	free(h->probes);
	free(h->probe_epochs);
	h->probes = NULL;
	h->probe_epochs = NULL;
	h->n_probes = h->n_probe_epochs = h->n_probe_classes = 0;
}

void probes_set_classes(struct history *h, size_t n_classes)
{
	if (h->n_probe_classes != n_classes)
		worst_release(h);
	if (h->n_probe_classes && h->n_probe_classes != n_classes)
		probes_release(h);
	h->n_probe_classes = n_classes;
}

static struct history_probe *find_probe(struct history *h, int64_t id)
{
	for (size_t i = 0; i < h->n_probes; i++)
		if (h->probes[i].id == id)
			return &h->probes[i];
	return NULL;
}

/* All probes and epochs of probabilities that would be kept stay below the limit. */
static bool room_for(const struct history *h, size_t n_probes, size_t n_epochs)
{
	size_t row = h->n_probe_classes ? h->n_probe_classes : 1;
	return n_probes <= MAX_PROBES && n_epochs <= MAX_PROBE_VALUES / row &&
	       n_probes * n_epochs <= MAX_PROBE_VALUES / row;
}

static void fill_nan(double *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = NAN;
}

static struct history_probe *add_probe(struct history *h, int64_t id)
{
	if (!room_for(h, h->n_probes + 1, h->n_probe_epochs))
		return NULL;
	h->probes = xrealloc(h->probes, h->n_probes + 1, sizeof(*h->probes));
	struct history_probe *p = &h->probes[h->n_probes++];
	size_t n = h->n_probe_epochs * h->n_probe_classes;
	*p = (struct history_probe){.id = id, .label = -1, .path = text_copy(NULL)};
	p->probs = n ? xmalloc(n * sizeof(double)) : NULL;
	fill_nan(p->probs, n);
	return p;
}

void fold_thumbs(struct history *h, const struct event *ev)
{
	const struct event_thumbs *from = &ev->thumbs;
	bool sized =
	    from->w > 0 && from->w <= MAX_THUMB_SIDE && from->h > 0 && from->h <= MAX_THUMB_SIDE;
	h->thumb_w = sized ? from->w : 0;
	h->thumb_h = sized ? from->h : 0;
	for (size_t i = 0; i < h->n_probes; i++) {
		free(h->probes[i].rgb);
		h->probes[i].rgb = NULL;
	}
	for (size_t i = 0; i < from->n_images; i++) {
		const struct event_thumb *image = &from->images[i];
		struct history_probe *p = find_probe(h, image->id);
		if (!p && !(p = add_probe(h, image->id)))
			return;
		p->label = image->label;
		free(p->path);
		p->path = text_copy(image->path);
		free(p->rgb);
		p->rgb =
		    sized ? pixels_decode(image->rgb, (size_t)from->w * (size_t)from->h * 3) : NULL;
	}
}

/* The row of `epoch`, added at the end when it is new; false when there is no room for one. */
static bool epoch_row(struct history *h, int64_t epoch, size_t *row)
{
	for (*row = 0; *row < h->n_probe_epochs; ++*row)
		if (h->probe_epochs[*row] == epoch)
			return true;
	size_t n = h->n_probe_epochs + 1, width = h->n_probe_classes;
	if (!room_for(h, h->n_probes + 1, n))
		return false;
	h->probe_epochs = xrealloc(h->probe_epochs, n, sizeof(*h->probe_epochs));
	h->probe_epochs[n - 1] = epoch;
	for (size_t i = 0; i < h->n_probes; i++) {
		h->probes[i].probs = xrealloc(h->probes[i].probs, n * width, sizeof(double));
		fill_nan(h->probes[i].probs + (n - 1) * width, width);
	}
	h->n_probe_epochs = n;
	return true;
}

void probes_cut(struct history *h, int64_t epoch)
{
	size_t before = h->n_probe_epochs;
	while (h->n_probe_epochs && h->probe_epochs[h->n_probe_epochs - 1] > epoch)
		h->n_probe_epochs--;
	if (h->n_probe_epochs < before)
		sights_release(h);
}

static bool is_map_sized(int64_t w, int64_t h)
{
	return w > 0 && w <= HISTORY_MAP_SIDE && h > 0 && h <= HISTORY_MAP_SIDE;
}

static void copy_maps(struct history_trace *to, const struct event_trace *from)
{
	size_t n = from->n_maps < MAX_MAPS && is_map_sized(to->w, to->h) ? from->n_maps : 0;
	to->maps = n ? xcalloc(n, sizeof(*to->maps)) : NULL;
	for (size_t i = 0; i < n; i++) {
		const struct event_map *m = &from->maps[i];
		uint8_t *pixels = pixels_decode(m->pixels, (size_t)to->w * (size_t)to->h);
		if (pixels)
			to->maps[to->n_maps++] =
			    (struct history_map){m->channel, m->mean, pixels};
	}
}

/* Maps that are as they were are not told again. */
static void take_maps(struct history_trace *to, struct history_trace *before, size_t n)
{
	size_t i = 0;
	while (i < n && before[i].layer != to->layer)
		i++;
	if (i == n || before[i].w != to->w || before[i].h != to->h)
		return;
	to->maps = before[i].maps;
	to->n_maps = before[i].n_maps;
	before[i].maps = NULL;
	before[i].n_maps = 0;
}

/* Only layers that there are, each once and ascending. */
static void copy_traces(struct history_probe *to, const struct event_probe_image *from,
			size_t n_layers)
{
	struct history_trace *before = to->traces;
	size_t n = from->n_traces < MAX_TRACES ? from->n_traces : MAX_TRACES, n_before = to->n_traces;
	int64_t last = -1;
	to->n_traces = 0;
	to->traces = n ? xcalloc(n, sizeof(*to->traces)) : NULL;
	for (size_t i = 0; i < n; i++) {
		const struct event_trace *t = &from->traces[i];
		if (t->layer <= last || t->layer >= (int64_t)n_layers)
			continue;
		last = t->layer;
		struct history_trace *copy = &to->traces[to->n_traces++];
		*copy = (struct history_trace){.layer = t->layer,
					       .mean = t->mean,
					       .sd = t->sd,
					       .active = t->active,
					       .w = t->w,
					       .h = t->h};
		if (t->since.valid)
			take_maps(copy, before, n_before);
		else
			copy_maps(copy, t);
	}
	traces_release(before, n_before);
}

/* The newest epoch's alone are kept: they are much to hold. */
static void copy_sights(struct history *h, struct history_probe *to,
			const struct event_probe_image *from)
{
	if (h->cam_w && from->cam && from->cam[0])
		to->cam = pixels_decode(from->cam, (size_t)h->cam_w * (size_t)h->cam_h);
	copy_traces(to, from, h->n_layers);
	to->seen = true;
}

/* What a picture showed before goes, but for what copy_sights() finds there. */
static void begin_sights(struct history *h, const struct event_probe *from)
{
	h->cam_w = is_map_sized(from->cam_w, from->cam_h) ? from->cam_w : 0;
	h->cam_h = h->cam_w ? from->cam_h : 0;
	for (size_t i = 0; i < h->n_probes; i++) {
		free(h->probes[i].cam);
		h->probes[i].cam = NULL;
		h->probes[i].seen = false;
	}
}

static void end_sights(struct history *h)
{
	for (size_t i = 0; i < h->n_probes; i++) {
		struct history_probe *p = &h->probes[i];
		if (p->seen)
			continue;
		traces_release(p->traces, p->n_traces);
		p->traces = NULL;
		p->n_traces = 0;
	}
}

static void fold_images(struct history *h, const struct event_probe *from, size_t row, bool newest)
{
	size_t width = h->n_probe_classes;
	for (size_t i = 0; i < from->n_images; i++) {
		const struct event_probe_image *image = &from->images[i];
		if (image->n_probs != width)
			continue;
		struct history_probe *p = find_probe(h, image->id);
		if (!p && !(p = add_probe(h, image->id)))
			return;
		memcpy(p->probs + row * width, image->probs, width * sizeof(double));
		if (newest && !p->seen) /* twice in one event: the first counts */
			copy_sights(h, p, image);
	}
}

void fold_probe(struct history *h, const struct event *ev)
{
	const struct event_probe *from = &ev->probe;
	if (!h->n_probe_classes && !h->has_run && from->n_images)
		h->n_probe_classes = from->images[0].n_probs;
	size_t row;
	if (!h->n_probe_classes || !epoch_row(h, from->epoch, &row))
		return;
	bool newest = row + 1 == h->n_probe_epochs;
	if (newest)
		begin_sights(h, from);
	fold_images(h, from, row, newest);
	if (newest)
		end_sights(h);
}
