#include "html.h"

#include "thaw/base/version.h"
#include "thaw/base/words.h"
#include "thaw/report/facts.h"

#include <string.h>

/* Nothing is fetched, nothing runs: what stands in the file is all there is. */
static void add_head(struct strbuf *out, const struct export_run *x)
{
	strbuf_addstr(out,
		      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		      "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action "
		      "'none'\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		      "<meta name=\"referrer\" content=\"no-referrer\">\n"
		      "<meta name=\"generator\" content=\"thaw " THAW_VERSION "\">\n");
	html_element(out, "title", x->report.name);
	strbuf_addf(out, "\n<style>\n%s</style></head>\n<body>\n", html_style);
}

static const char *status_class(const char *status)
{
	static const char *const good[] = {"finished", "running"}, *const bad[] = {"failed",
										   "crashed"};
	for (size_t i = 0; i < 2; i++)
		if (strcmp(status, good[i]) == 0 || strcmp(status, bad[i]) == 0)
			return strcmp(status, good[i]) == 0 ? "good" : "bad";
	return "warn";
}

static void add_title(struct strbuf *out, const struct export_run *x)
{
	const struct history *h = x->report.history;
	struct strbuf why = STRBUF_INIT;
	strbuf_addstr(out, "<header><h1>");
	html_text(out, x->report.name);
	strbuf_addf(out, " <span class=\"status %s\">%s</span></h1>\n",
		    status_class(x->report.status), x->report.status);
	if (h->ended && h->end.reason)
		strbuf_addstr(&why, h->end.reason);
	else if (!h->ended && !history_killed_words(h, &why) && x->report.unsaved)
		strbuf_addstr(&why, x->report.unsaved);
	if (why.len)
		html_element(out, "p class=\"muted\"", why.buf);
	strbuf_addstr(out, "</header>\n");
	strbuf_release(&why);
}

static void add_big(struct strbuf *out, const char *what, const char *value)
{
	strbuf_addf(out, "<div><b>%s</b>%s</div>\n", value, what);
}

static void add_figures(struct strbuf *out, const struct history *h)
{
	const struct history_best best = history_best(h);
	struct strbuf text = STRBUF_INIT;
	strbuf_addstr(out, "<div class=\"big\">\n");
	if (best.acc.valid) {
		strbuf_addf(&text, "%s %%", words_percent(best.acc.value));
		add_big(out, "validation accuracy, at best", text.buf);
	}
	if (best.loss.valid)
		add_big(out, "validation loss there", words_loss(best.loss.value));
	strbuf_reset(&text);
	strbuf_addf(&text, h->run.epochs > 0 ? "%zu of %lld" : "%zu", h->n_epochs,
		    (long long)h->run.epochs);
	add_big(out, "epochs", text.buf);
	add_big(out, "iterations", words_count(h->iter));
	add_big(out, "time", words_duration(history_seconds(h)));
	strbuf_addstr(out, "</div>\n");
	strbuf_release(&text);
}

static void add_facts(struct strbuf *out, const struct export_run *x)
{
	const struct history *h = x->report.history;
	struct report_facts f;
	struct strbuf best = STRBUF_INIT;
	add_figures(out, h);
	report_facts(&f, h, x->times);
	report_best_words(h, &best);
	strbuf_addstr(out, "<dl class=\"facts\">\n");
	if (best.len) {
		strbuf_addstr(out, "<dt>best</dt>");
		html_element(out, "dd", best.buf);
	}
	for (size_t i = 0; i < f.n; i++) {
		html_element(out, "dt", f.facts[i].name);
		html_element(out, "dd", f.facts[i].text);
		strbuf_addch(out, '\n');
	}
	strbuf_addstr(out, "</dl>\n");
	report_facts_release(&f);
	strbuf_release(&best);
}

static void add_lines(struct strbuf *out, const char *text)
{
	strbuf_addstr(out, "<pre>");
	for (size_t n; *text; text += n + (text[n] == '\n')) {
		struct strbuf line = STRBUF_INIT;
		n = strcspn(text, "\n");
		strbuf_add(&line, text, n);
		html_text(out, line.buf);
		strbuf_addch(out, '\n');
		strbuf_release(&line);
	}
	strbuf_addstr(out, "</pre>\n");
}

static void add_again(struct strbuf *out, const struct export_run *x)
{
	if (x->again) {
		strbuf_addstr(out, "<section id=\"again\"><h2>Run it again</h2>");
		add_lines(out, x->again);
		strbuf_addstr(out, "</section>\n");
	}
	if (x->experiment) {
		strbuf_addstr(out, "<section id=\"settings\"><h2>Settings</h2>");
		add_lines(out, x->experiment);
		strbuf_addstr(out, "</section>\n");
	}
}

void export_html(struct strbuf *out, const struct export_run *x)
{
	static export_fn *const parts[] = {
	    add_head,     add_title,     add_facts,   html_curves, html_epochs, html_interventions,
	    html_classes, html_pictures, html_layers, add_again,   html_notes,
	};
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		parts[i](out, x);
	strbuf_addstr(out, "<footer>written by thaw " THAW_VERSION "</footer>\n</body></html>\n");
}
