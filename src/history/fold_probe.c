/* The fold of the probe images: their pictures once, their probabilities epoch by epoch. */
#include "fold.h"

#include "thaw/base/alloc.h"
#include "thaw/event/base64.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void traces_release(struct history_trace *traces, size_t n)
{
	for (size_t i = 0; i < n; i++)
		shared_drop(traces[i].maps);
	free(traces);
}

static void sight_release(struct history_probe *p)
{
	traces_release(p->traces, p->n_traces);
	shared_drop(p->cam);
	p->traces = NULL;
	p->cam = NULL;
	p->n_traces = 0;
}

void sights_release(struct history *h)
{
	for (size_t i = 0; i < h->n_probes; i++)
		sight_release(&h->probes[i]);
	h->cam_w = h->cam_h = 0;
}

static void cut_rows(struct history *h, size_t n)
{
	while (h->n_probe_epochs > n)
		shared_drop(h->probe_rows[--h->n_probe_epochs].probs);
}

void probes_release(struct history *h)
{
	sights_release(h);
	for (size_t i = 0; i < h->n_probes; i++) {
		shared_drop(h->probes[i].path);
		shared_drop(h->probes[i].rgb);
	}
	free(h->probes);
	h->probes = NULL;
	h->n_probes = h->n_probe_classes = 0;
	cut_rows(h, 0);
}

struct history_probe *probes_copy(const struct history_probe *from, size_t n)
{
	struct history_probe *to = xcalloc(n, sizeof(*to));
	for (size_t i = 0; i < n; i++) {
		to[i] = from[i];
		shared_hold(to[i].path);
		shared_hold(to[i].rgb);
		shared_hold(to[i].cam);
		to[i].traces = xcalloc(from[i].n_traces, sizeof(*to[i].traces));
		for (size_t k = 0; k < from[i].n_traces; k++) {
			to[i].traces[k] = from[i].traces[k];
			shared_hold(to[i].traces[k].maps);
		}
	}
	return to;
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

static struct history_probe *add_probe(struct history *h, int64_t id)
{
	if (!room_for(h, h->n_probes + 1, h->n_probe_epochs))
		return NULL;
	h->probes = xrealloc(h->probes, h->n_probes + 1, sizeof(*h->probes));
	struct history_probe *p = &h->probes[h->n_probes++];
	*p = (struct history_probe){.id = id, .label = -1, .path = shared_text("")};
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
		shared_drop(h->probes[i].rgb);
		h->probes[i].rgb = NULL;
	}
	for (size_t i = 0; i < from->n_images; i++) {
		const struct event_thumb *image = &from->images[i];
		struct history_probe *p = find_probe(h, image->id);
		if (!p && !(p = add_probe(h, image->id)))
			return;
		p->label = image->label;
		text_replace(&p->path, image->path);
		shared_drop(p->rgb);
		p->rgb =
		    sized ? shared_pixels(image->rgb, (size_t)from->w * (size_t)from->h * 3) : NULL;
	}
}

/* The row of `epoch`, added at the end when it is new; false when there is no room for one. */
static bool epoch_row(struct history *h, int64_t epoch, size_t *row)
{
	size_t n = h->n_probe_epochs;
	for (*row = n; *row > 0;)
		if (h->probe_rows[--*row].epoch == epoch)
			return true;
	if (!room_for(h, h->n_probes + 1, n + 1))
		return false;
	ALLOC_GROW(h->probe_rows, n + 1, h->cap_probe_epochs);
	h->probe_rows[h->n_probe_epochs++] = (struct history_probe_row){.epoch = epoch};
	*row = n;
	return true;
}

/* Have a row tell of all the probes, and be written. */
static void widen_row(const struct history *h, struct history_probe_row *row)
{
	size_t width = h->n_probe_classes, before = row->n_probes * width, n = h->n_probes * width;
	double *probs = n > before ? shared_new(n * sizeof(*probs)) : shared_own(row->probs);
	if (n > before) {
		if (before)
			memcpy(probs, row->probs, before * sizeof(*probs));
		for (size_t i = before; i < n; i++)
			probs[i] = NAN;
		shared_drop(row->probs);
	}
	row->probs = probs;
	row->n_probes = h->n_probes;
}

void probes_cut(struct history *h, int64_t epoch)
{
	size_t n = h->n_probe_epochs;
	while (n && h->probe_rows[n - 1].epoch > epoch)
		n--;
	if (n < h->n_probe_epochs)
		sights_release(h);
	cut_rows(h, n);
}

static bool is_map_sized(int64_t w, int64_t h)
{
	return w > 0 && w <= HISTORY_MAP_SIDE && h > 0 && h <= HISTORY_MAP_SIDE;
}

/* In one piece: the maps, then their pixels. */
static void copy_maps(struct history_trace *to, const struct event_trace *from)
{
	size_t n = from->n_maps < MAX_MAPS && is_map_sized(to->w, to->h) ? from->n_maps : 0;
	size_t size = n ? (size_t)to->w * (size_t)to->h : 0;
	to->maps = n ? shared_new(n * (sizeof(*to->maps) + size)) : NULL;
	uint8_t *pixels = (uint8_t *)(to->maps + n);
	for (size_t i = 0; i < n; i++, pixels += size) {
		const struct event_map *m = &from->maps[i];
		if (pixels_decode(m->pixels, pixels, size))
			to->maps[to->n_maps++] =
			    (struct history_map){m->channel, m->mean, pixels};
	}
}

/* Maps that are as they were are not told again. */
static void take_maps(struct history_trace *to, const struct history_trace *before, size_t n)
{
	size_t i = 0;
	while (i < n && before[i].layer != to->layer)
		i++;
	if (i == n || before[i].w != to->w || before[i].h != to->h)
		return;
	to->maps = shared_hold(before[i].maps);
	to->n_maps = before[i].n_maps;
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
		to->cam = shared_pixels(from->cam, (size_t)h->cam_w * (size_t)h->cam_h);
	copy_traces(to, from, h->n_layers);
	to->seen = true;
}

/* What a picture showed before goes, but for what copy_sights() finds there. */
static void begin_sights(struct history *h, const struct event_probe *from)
{
	h->cam_w = is_map_sized(from->cam_w, from->cam_h) ? from->cam_w : 0;
	h->cam_h = h->cam_w ? from->cam_h : 0;
	for (size_t i = 0; i < h->n_probes; i++) {
		shared_drop(h->probes[i].cam);
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
	size_t width = h->n_probe_classes, n = 0;
	for (; n < from->n_images; n++)
		if (from->images[n].n_probs == width && !find_probe(h, from->images[n].id) &&
		    !add_probe(h, from->images[n].id))
			break;
	widen_row(h, &h->probe_rows[row]);
	for (size_t i = 0; i < n; i++) {
		const struct event_probe_image *image = &from->images[i];
		if (image->n_probs != width)
			continue;
		struct history_probe *p = find_probe(h, image->id);
		memcpy(h->probe_rows[row].probs + (size_t)(p - h->probes) * width, image->probs,
		       width * sizeof(double));
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
