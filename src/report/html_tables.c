/* What happened, as tables: epochs, interventions, layers, notes. */
#include "html.h"

#include "thaw/base/words.h"

#include <string.h>

static void begin(struct strbuf *out, const char *id, const char *title, const char *columns)
{
	strbuf_addf(out,
		    "<section id=\"%s\"><h2>%s</h2><div class=\"scroll\"><table>\n"
		    "<thead><tr>%s</tr></thead><tbody>\n",
		    id, title, columns);
}

static void end(struct strbuf *out)
{
	strbuf_addstr(out, "</tbody></table></div></section>\n");
}

static void add_number(struct strbuf *out, const char *words)
{
	strbuf_addf(out, "<td class=\"n\">%s</td>", words);
}

/* ---- epochs ---- */

static const char *tone_class(enum tone tone)
{
	static const char *const classes[] = {[TONE_PLAIN] = "td",
					      [TONE_GOOD] = "td class=\"good\"",
					      [TONE_WARN] = "td class=\"warn\"",
					      [TONE_BAD] = "td class=\"bad\"",
					      [TONE_NEWS] = "td"};
	return classes[tone];
}

static void add_epoch(struct strbuf *out, const struct history_epoch *e, bool best)
{
	struct strbuf words = STRBUF_INIT;
	strbuf_addf(out, "<tr%s><td class=\"n\">%lld%s</td>", best ? " class=\"top\"" : "",
		    (long long)e->epoch, best ? " ★" : "");
	html_element(out, "td", e->phase);
	add_number(out, words_opt(words_loss, e->train.loss));
	add_number(out, words_opt(words_percent, e->train.acc));
	add_number(out, words_opt(words_loss, e->valid.loss));
	add_number(out, words_opt(words_percent, e->valid.acc));
	add_number(out, words_opt(words_rate_column, e->lr));
	add_number(out, words_opt(words_duration, history_epoch_seconds(e)));
	html_element(out, tone_class(observation_tone(e->observation)), epoch_words(e, 0, &words));
	strbuf_addstr(out, "</tr>\n");
	strbuf_release(&words);
}

void html_epochs(struct strbuf *out, const struct export_run *x)
{
	const struct history *h = x->report.history;
	if (!h->n_epochs)
		return;
	begin(out, "epochs", "Epochs",
	      "<th class=\"n\">epoch</th><th>phase</th><th class=\"n\">training loss</th>"
	      "<th class=\"n\">accuracy %</th><th class=\"n\">validation loss</th>"
	      "<th class=\"n\">accuracy %</th><th class=\"n\">learning rate</th>"
	      "<th class=\"n\">time</th><th class=\"words\">what it shows</th>");
	for (size_t i = 0; i < h->n_epochs; i++)
		add_epoch(out, &h->epochs[i], (int)i == h->best_epoch);
	end(out);
}

/* ---- interventions ---- */

void html_interventions(struct strbuf *out, const struct export_run *x)
{
	const struct history *h = x->report.history;
	if (!h->n_markers)
		return;
	begin(out, "interventions", "Interventions and phases",
	      "<th class=\"n\">iteration</th><th class=\"n\">time</th><th>by</th><th "
	      "class=\"words\">what</th>");
	for (const struct history_marker *m = h->markers; m < h->markers + h->n_markers; m++) {
		strbuf_addf(out, "<tr><td class=\"n\">%lld</td>", (long long)m->iter);
		add_number(out, words_duration((double)m->t_ms / 1000));
		html_element(out, "td", cause_name(m->cause));
		html_element(out, "td", m->text);
		strbuf_addstr(out, "</tr>\n");
	}
	end(out);
}

/* ---- layers ---- */

static void add_shape(struct strbuf *out, int64_t w, int64_t h, int64_t c)
{
	strbuf_addf(out, "<td class=\"n\">%lld×%lld×%lld</td>", (long long)w, (long long)h,
		    (long long)c);
}

static const char *layer_state(const struct history_layer *l)
{
	if (!history_layer_learns(l))
		return "";
	return !l->frozen ? "trains" : l->digest_changed ? "CHANGED while frozen" : "frozen";
}

static void add_layer(struct strbuf *out, const struct history *h, size_t i)
{
	const struct history_layer *l = &h->layers[i];
	bool learns = history_layer_learns(l);
	strbuf_addf(out, "<tr><td class=\"n\">%zu</td>", i);
	html_element(out, "td", l->info.kind);
	html_element(out, "td", l->info.activation);
	add_shape(out, l->info.in_w, l->info.in_h, l->info.in_c);
	add_shape(out, l->info.out_w, l->info.out_h, l->info.out_c);
	add_number(out, learns ? words_count(l->info.params) : "");
	html_element(out, "td", l->info.batchnorm ? "yes" : "");
	html_element(out, "td",
		     (int64_t)i == h->head ? "new last layer"
		     : learns              ? origin_name(l->info.origin)
					   : "");
	html_element(out, l->digest_changed ? "td class=\"bad\"" : "td", layer_state(l));
	strbuf_addf(out, l->lr_scale != 1 && learns ? "<td class=\"n\">×%.4g</td>" : "<td></td>",
		    l->lr_scale);
	if (l->digest_known)
		strbuf_addf(out, "<td><code>%016llx</code></td></tr>\n",
			    (unsigned long long)l->digest);
	else
		strbuf_addstr(out, "<td></td></tr>\n");
}

void html_layers(struct strbuf *out, const struct export_run *x)
{
	const struct history *h = x->report.history;
	if (!h->n_layers)
		return;
	begin(out, "layers", "Layers, as they are at the end",
	      "<th class=\"n\">layer</th><th>kind</th><th>activation</th><th class=\"n\">in</th>"
	      "<th class=\"n\">out</th><th class=\"n\">parameters</th><th>batch-norm</th>"
	      "<th>weights</th><th>state</th><th class=\"n\">rate</th><th>digest</th>");
	for (size_t i = 0; i < h->n_layers; i++)
		add_layer(out, h, i);
	end(out);
}

/* ---- notes ---- */

static const char *note_class(int64_t level)
{
	return level == NOTE_ERROR  ? "td class=\"bad\""
	       : level == NOTE_WARN ? "td class=\"warn\""
				    : "td";
}

static void add_notes(struct strbuf *out, const struct history *h, bool alarms)
{
	for (const struct history_note *n = h->notes; n < h->notes + h->n_notes; n++) {
		bool alarm = n->level == NOTE_WARN || n->level == NOTE_ERROR;
		if (alarm != alarms)
			continue;
		strbuf_addstr(out, "<tr>");
		add_number(out, words_duration((double)n->t_ms / 1000));
		html_element(out, note_class(n->level), note_level_name(n->level));
		html_element(out, note_class(n->level), n->text);
		strbuf_addstr(out, "</tr>\n");
	}
}

/* Warnings first. */
void html_notes(struct strbuf *out, const struct export_run *x)
{
	const struct history *h = x->report.history;
	if (!h->n_notes)
		return;
	begin(out, "notes", "Notes",
	      "<th class=\"n\">time</th><th>level</th><th class=\"words\">what</th>");
	add_notes(out, h, true);
	add_notes(out, h, false);
	end(out);
}
