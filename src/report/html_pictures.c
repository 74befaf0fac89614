/* The pictures that a log holds: probes with what they were taken for and where the network looks,
 * and the worst mistakes. Each is stored once, at its logged size. */
#include "html.h"

#include "png.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdlib.h>

enum { LIKELIEST = 3, MAPS_MOST = 4 };

/* Laid over the picture: clear where it does not look, and the brighter the more it does. */
static void add_cam(struct strbuf *out, const struct history *h, const struct history_probe *p)
{
	size_t n = (size_t)h->cam_w * (size_t)h->cam_h;
	uint8_t *rgba = xcalloc(n, 4);
	for (size_t i = 0; i < n; i++) {
		rgba[4 * i] = 255;
		rgba[4 * i + 1] = (uint8_t)(p->cam[i] * 3 / 4);
		rgba[4 * i + 3] = (uint8_t)(p->cam[i] * 3 / 5);
	}
	html_image(out, "cam", "where the network looks", rgba, (int)h->cam_w, (int)h->cam_h,
		   PNG_RGBA);
	free(rgba);
}

static void add_picture(struct strbuf *out, const struct history *h, const struct history_probe *p,
			bool with_cam)
{
	strbuf_addstr(out, "<div class=\"pic\">");
	html_image(out, "shown", history_class_name(h, p->label), p->rgb, (int)h->thumb_w,
		   (int)h->thumb_h, PNG_RGB);
	if (with_cam)
		add_cam(out, h, p);
	strbuf_addstr(out, "</div>");
}

/* The likeliest class that is less likely than the last one, or as likely and behind it; -1: none. */
static int next_likely(const struct history *h, const double *probs, int last)
{
	int best = -1;
	for (int k = 0; k < (int)h->n_probe_classes; k++) {
		bool later =
		    last < 0 || probs[k] < probs[last] || (probs[k] == probs[last] && k > last);
		if (isfinite(probs[k]) && later && (best < 0 || probs[k] > probs[best]))
			best = k;
	}
	return best;
}

static void add_said(struct strbuf *out, const char *class, const char *name, double p)
{
	strbuf_addf(out,
		    "<span class=\"said%s\"><span class=\"track\"><span class=\"bar\" "
		    "style=\"width:%.1f%%\"></span></span>",
		    class, 100 * fmin(fmax(p, 0), 1));
	html_text(out, name);
	strbuf_addf(out, " %s %%</span>\n", words_percent(p));
}

static void add_predictions(struct strbuf *out, const struct history *h, size_t probe)
{
	const double *probs =
	    h->n_probe_epochs ? history_probe_probs(h, probe, h->n_probe_epochs - 1) : NULL;
	for (int i = 0, k = -1; probs && i < LIKELIEST; i++) {
		k = next_likely(h, probs, k);
		if (k < 0)
			return;
		bool right = k == h->probes[probe].label;
		add_said(out,
			 right ? " good"
			 : i   ? ""
			       : " bad",
			 history_class_name(h, k), probs[k]);
	}
}

static void add_label(struct strbuf *out, const struct history *h, const char *path, int64_t label)
{
	strbuf_addstr(out, "<figcaption><b>");
	html_text(out, history_class_name(h, label));
	strbuf_addstr(out, "</b>");
	html_element(out, "span class=\"path\"", path_tail(path, 2));
}

static void add_maps(struct strbuf *out, const struct history *h, const struct history_probe *p)
{
	if (!p->n_traces)
		return;
	strbuf_addstr(out, "<details><summary>through the network</summary>");
	for (const struct history_trace *t = p->traces; t < p->traces + p->n_traces; t++) {
		strbuf_addf(out, "<div class=\"maps\"><span class=\"path\">layer %lld, ",
			    (long long)t->layer);
		html_text(out, h->layers[t->layer].info.kind);
		strbuf_addf(out, "%s</span>", h->layers[t->layer].frozen ? ", frozen" : "");
		for (size_t i = 0; i < t->n_maps && i < MAPS_MOST; i++)
			html_image(out, "map", "what a channel puts out", t->maps[i].pixels,
				   (int)t->w, (int)t->h, PNG_GREY);
		strbuf_addstr(out, "</div>");
	}
	strbuf_addstr(out, "</details>");
}

static void add_probe(struct strbuf *out, const struct history *h, size_t i)
{
	const struct history_probe *p = &h->probes[i];
	if (!p->rgb)
		return;
	strbuf_addstr(out, "<figure><div class=\"pair\">");
	add_picture(out, h, p, false);
	if (p->cam)
		add_picture(out, h, p, true);
	strbuf_addstr(out, "</div>");
	add_label(out, h, p->path, p->label);
	add_predictions(out, h, i);
	strbuf_addstr(out, "</figcaption>");
	add_maps(out, h, p);
	strbuf_addstr(out, "</figure>\n");
}

static int64_t newest_probe_epoch(const struct history *h)
{
	return h->probe_rows[h->n_probe_epochs - 1].epoch;
}

static void add_probes(struct strbuf *out, const struct history *h)
{
	bool any = false;
	for (size_t i = 0; i < h->n_probes; i++)
		any = any || h->probes[i].rgb;
	if (!any)
		return;
	strbuf_addstr(out, "<section id=\"probes\"><h2>Probe pictures</h2>");
	if (h->n_probe_epochs)
		strbuf_addf(
		    out,
		    "<p class=\"muted\">As predicted after epoch %lld; on the right where the "
		    "network looks.</p>\n",
		    (long long)newest_probe_epoch(h));
	strbuf_addstr(out, "<div class=\"pictures\">\n");
	for (size_t i = 0; i < h->n_probes; i++)
		add_probe(out, h, i);
	strbuf_addstr(out, "</div></section>\n");
}

static void add_mistake(struct strbuf *out, const struct history *h,
			const struct history_mistake *m)
{
	strbuf_addstr(out, "<figure>");
	if (m->rgb) {
		strbuf_addstr(out, "<div class=\"pair\"><div class=\"pic\">");
		html_image(out, "shown", history_class_name(h, m->label), m->rgb, (int)h->mistake_w,
			   (int)h->mistake_h, PNG_RGB);
		strbuf_addstr(out, "</div></div>");
	}
	add_label(out, h, m->path, m->label);
	add_said(out, " bad", history_class_name(h, m->said), m->prob_said);
	add_said(out, " good", history_class_name(h, m->label), m->prob_label);
	strbuf_addstr(out, "</figcaption></figure>\n");
}

static void add_mistakes(struct strbuf *out, const struct history *h)
{
	if (!h->n_mistakes)
		return;
	strbuf_addf(
	    out,
	    "<section id=\"mistakes\"><h2>Worst mistakes of the validation of epoch %lld</h2>"
	    "<div class=\"pictures\">\n",
	    (long long)h->mistakes_epoch);
	for (size_t i = 0; i < h->n_mistakes; i++)
		add_mistake(out, h, &h->mistakes[i]);
	strbuf_addstr(out, "</div></section>\n");
}

void html_pictures(struct strbuf *out, const struct export_run *x)
{
	add_probes(out, x->report.history);
	add_mistakes(out, x->report.history);
}
