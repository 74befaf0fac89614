/* Events with pictures in them: the probe images and what the network makes of them, the worst
 * mistakes. */
#include "emit.h"
#include "emitter.h"
#include "in_digits.h"
#include "thaw/event/base64.h"

static const char *pixel_text(struct emitter *em, const uint8_t *pixels, size_t n)
{
	struct strbuf text = STRBUF_INIT;
	pixels_encode(pixels, n, &text);
	return emitter_text(em, &text);
}

void emit_thumbs(struct emitter *em, const struct preflight *p, const size_t *index, size_t n,
		 const uint8_t *thumbs, int w, int h)
{
	size_t bytes = (size_t)w * (size_t)h * 3;
	struct event_thumb *images = emitter_array(em, n, sizeof(*images));
	for (size_t i = 0; i < n; i++) {
		const struct sample *s = &p->data->valid.samples[index[i]];
		images[i] = (struct event_thumb){.id = (int64_t)i,
						 .label = s->label,
						 .path = s->path,
						 .rgb = pixel_text(em, thumbs + i * bytes, bytes)};
	}
	struct event ev = {.type = EV_THUMBS};
	ev.thumbs = (struct event_thumbs){.w = w, .h = h, .images = images, .n_images = n};
	emitter_append(em, &ev);
}

/* `since`: the epoch that told the maps, -1: this one does. */
static void fill_trace(struct emitter *em, struct event_trace *out, const struct net_trace *t,
		       int64_t since)
{
	size_t n = since < 0 ? (size_t)t->n_maps : 0;
	struct event_map *maps = emitter_array(em, n, sizeof(*maps));
	*out = (struct event_trace){.layer = t->layer,
				    .mean = in_short(t->mean),
				    .sd = in_short(t->sd),
				    .active = in_short(t->active),
				    .w = t->w,
				    .h = t->h,
				    .maps = maps,
				    .n_maps = n,
				    .since = {since < 0 ? 0 : (double)since, since >= 0}};
	for (size_t i = 0; i < n; i++)
		maps[i] = (struct event_map){
		    .channel = t->maps[i].channel,
		    .mean = in_short(t->maps[i].mean),
		    .pixels = pixel_text(em, t->maps[i].pixels, (size_t)t->w * (size_t)t->h)};
}

static void fill_probe(struct emitter *em, struct event_probe_image *out, const struct probes *pr,
		       size_t i, size_t classes)
{
	size_t cam = (size_t)pr->cam_w * (size_t)pr->cam_h, n = (size_t)pr->n_traces;
	double *probs = emitter_array(em, classes, sizeof(*probs));
	for (size_t k = 0; k < classes; k++)
		probs[k] = in_share(pr->probs[i * classes + k]);
	*out = (struct event_probe_image){.id = (int64_t)i,
					  .probs = probs,
					  .n_probs = classes,
					  .traces = emitter_array(em, n, sizeof(*out->traces)),
					  .n_traces = n};
	if (pr->has_cam[i])
		out->cam = pixel_text(em, pr->cam + i * cam, cam);
	for (size_t k = 0; k < n; k++)
		fill_trace(em, &out->traces[k], &pr->traces[i * NET_TRACES + k],
			   pr->since[i * NET_TRACES + k]);
}

void emit_probe(struct emitter *em, int64_t epoch, const struct probes *pr, size_t classes)
{
	struct event_probe_image *images = emitter_array(em, pr->n, sizeof(*images));
	for (size_t i = 0; i < pr->n; i++)
		fill_probe(em, &images[i], pr, i, classes);
	struct event ev = {.type = EV_PROBE};
	ev.probe = (struct event_probe){.epoch = epoch,
					.cam_w = pr->cam_w,
					.cam_h = pr->cam_h,
					.images = images,
					.n_images = pr->n};
	emitter_append(em, &ev);
}

void emit_mistakes(struct emitter *em, const struct preflight *p, int64_t epoch,
		   const struct mistakes *m, const uint8_t *pictures, const bool *tell)
{
	struct event_mistake images[MISTAKES_MAX];
	for (size_t i = 0; i < m->n; i++) {
		const struct mistake *w = &m->worst[i];
		images[i] = (struct event_mistake){
		    .path = p->data->valid.samples[w->index].path,
		    .label = w->label,
		    .said = w->said,
		    .prob_said = in_short(w->prob_said),
		    .prob_label = in_short(w->prob_label),
		    .rgb = tell[i] ? pixel_text(em, pictures + i * MISTAKE_BYTES, MISTAKE_BYTES)
				   : NULL};
	}
	struct event ev = {.type = EV_MISTAKES};
	ev.mistakes = (struct event_mistakes){.epoch = epoch,
					      .w = MISTAKE_SIDE,
					      .h = MISTAKE_SIDE,
					      .images = images,
					      .n_images = m->n};
	emitter_append(em, &ev);
}
