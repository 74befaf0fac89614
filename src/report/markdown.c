/* A run as a page of Markdown (GitHub's), to be pasted into an issue. */
#include "thaw/report/export.h"

#include "thaw/base/plain.h"
#include "thaw/base/words.h"
#include "thaw/report/facts.h"

#include <ctype.h>
#include <string.h>

enum { MOST_EPOCHS = 60, MOST_LINES = 100 };

/* Text that is nothing but text, in a table, too. */
static void add_text(struct strbuf *out, const char *text)
{
	struct strbuf plain = STRBUF_INIT;
	plain_add(&plain, text, strlen(text));
	for (const char *c = plain.buf; *c; c++) {
		if (strchr("\\`*_[]<#|~&", *c))
			strbuf_addch(out, '\\');
		strbuf_addch(out, *c);
		if (*c == '@') /* calls nobody */
			strbuf_addstr(out, "<!-- -->");
	}
	strbuf_release(&plain);
}

static void add_line(struct strbuf *out, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	strbuf_addf(out, "| %s | ", name);
	add_text(out, text);
	strbuf_addstr(out, " |\n");
}

/* A block of code, behind a fence that is longer than any in it. */
static void add_code(struct strbuf *out, const char *language, const char *text)
{
	size_t fence = 3;
	for (const char *c = strchr(text, '`'); c; c = strchr(c, '`')) {
		size_t n = strspn(c, "`");
		fence = n >= fence ? n + 1 : fence;
		c += n;
	}
	struct strbuf ticks = STRBUF_INIT;
	while (fence--)
		strbuf_addch(&ticks, '`');
	strbuf_addf(out, "%s%s\n", ticks.buf, language);
	for (size_t n; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		plain_add(out, text, n);
		strbuf_addch(out, '\n');
	}
	strbuf_addf(out, "%s\n", ticks.buf);
	strbuf_release(&ticks);
}

static void add_head(struct strbuf *out, const struct export_run *x)
{
	const struct history *h = x->report.history;
	struct strbuf best = STRBUF_INIT;
	strbuf_addstr(out, "## ");
	add_text(out, x->report.name);
	strbuf_addf(out, "\n\n**%s**", x->report.status);
	if (h->ended && h->end.reason && *h->end.reason) {
		strbuf_addstr(out, ": ");
		add_text(out, h->end.reason);
	}
	strbuf_addf(out, ", %s, %s, %s\n", words_n((int64_t)h->n_epochs, "epoch"),
		    words_n(h->iter, "iteration"), words_duration(history_seconds(h)));
	report_best_words(h, &best);
	if (best.len) {
		strbuf_addstr(out, "\nBest: ");
		add_text(out, best.buf);
		strbuf_addstr(out, "\n");
	}
	strbuf_release(&best);
}

static void add_settings(struct strbuf *out, const struct export_run *x)
{
	struct report_facts f;
	report_facts(&f, x->report.history, x->times);
	if (f.n)
		strbuf_addstr(out, "\n| | |\n|---|---|\n");
	for (size_t i = 0; i < f.n; i++)
		add_line(out, f.facts[i].name, f.facts[i].text);
	report_facts_release(&f);
}

static void add_epoch(struct strbuf *out, const struct history_epoch *e, bool best)
{
	struct strbuf words = STRBUF_INIT;
	const char *mark = best ? "**" : "";
	strbuf_addf(out, "| %s%lld%s | ", mark, (long long)e->epoch, mark);
	add_text(out, e->phase);
	strbuf_addf(out, " | %s | %s | %s | %s%s%s | %s | ", words_opt(words_loss, e->train.loss),
		    words_opt(words_percent, e->train.acc), words_opt(words_loss, e->valid.loss),
		    mark, words_opt(words_percent, e->valid.acc), mark,
		    words_opt(words_rate, e->lr));
	add_text(out, epoch_words(e, 1, &words));
	strbuf_addstr(out, " |\n");
	strbuf_release(&words);
}

/* Of many epochs one in so many, the best and the last: an issue takes 65,536 characters. */
static void add_epochs(struct strbuf *out, const struct history *h)
{
	size_t each = 1 + h->n_epochs / MOST_EPOCHS;
	if (!h->n_epochs)
		return;
	strbuf_addstr(out, "\n### Epochs\n\n"
			   "| epoch | phase | training loss | accuracy % | validation loss | "
			   "accuracy % | learning rate | |\n"
			   "|---:|---|---:|---:|---:|---:|---:|---|\n");
	for (size_t i = 0; i < h->n_epochs; i++)
		if ((i + 1) % each == 0 || i + 1 == h->n_epochs || (int)i == h->best_epoch)
			add_epoch(out, &h->epochs[i], (int)i == h->best_epoch);
	if (each > 1)
		strbuf_addf(out, "\nOne epoch in %zu, the best and the last.\n", each);
}

static const char *share(double v, bool valid)
{
	return words_opt(words_percent, (struct opt_double){v, valid});
}

static void add_classes(struct strbuf *out, const struct history *h)
{
	const struct history_epoch *e = report_classes(h);
	if (!e)
		return;
	strbuf_addf(out,
		    "\n### Classes after epoch %lld\n\n"
		    "| class | images | precision %% | recall %% | F1 %% |\n"
		    "|---|---:|---:|---:|---:|\n",
		    (long long)e->epoch);
	for (const struct event_class *c = e->classes; c < e->classes + e->n_classes; c++) {
		bool known[3];
		double precision = class_precision(c, &known[0]),
		       recall = class_recall(c, &known[1]), f1 = class_f1(c, &known[2]);
		strbuf_addstr(out, "| ");
		add_text(out, c->name);
		strbuf_addf(out, " | %lld | %s | %s | %s |\n", (long long)c->n,
			    share(precision, known[0]), share(recall, known[1]),
			    share(f1, known[2]));
	}
}

static void add_confused(struct strbuf *out, const struct history *h)
{
	enum { MOST = 10 };
	const struct history_epoch *e = report_classes(h);
	struct confusion_pair pairs[MOST];
	size_t n = e && e->confusion ? confusion_worst(e->confusion, e->n_classes, pairs, MOST) : 0;
	if (n)
		strbuf_addstr(out, "\n| true class | taken for | images |\n|---|---|---:|\n");
	for (size_t i = 0; i < n; i++) {
		strbuf_addstr(out, "| ");
		add_text(out, e->classes[pairs[i].truth].name);
		strbuf_addstr(out, " | ");
		add_text(out, e->classes[pairs[i].said].name);
		strbuf_addf(out, " | %lld |\n", (long long)pairs[i].count);
	}
}

static void add_interventions(struct strbuf *out, const struct history *h)
{
	if (!h->n_markers)
		return;
	strbuf_addstr(out, "\n### What was changed, and when\n\n"
			   "| iteration | time | |\n|---:|---:|---|\n");
	size_t from = h->n_markers > MOST_LINES ? h->n_markers - MOST_LINES : 0;
	for (const struct history_marker *m = h->markers + from; m < h->markers + h->n_markers;
	     m++) {
		strbuf_addf(out, "| %lld | %s | ", (long long)m->iter,
			    words_duration((double)m->t_ms / 1000));
		add_text(out, m->text);
		strbuf_addstr(out, " |\n");
	}
	if (from)
		strbuf_addf(out, "\nThe last of %zu.\n", h->n_markers);
}

static void add_warnings(struct strbuf *out, const struct history *h)
{
	int lines = 0;
	for (const struct history_note *n = h->notes; n < h->notes + h->n_notes; n++) {
		bool alarm = n->level == NOTE_WARN || n->level == NOTE_ERROR;
		if (!alarm || lines == MOST_LINES)
			continue;
		strbuf_addstr(out, lines++ ? "" : "\n### Warnings\n\n");
		strbuf_addf(out, "- %s, %s: ", note_level_name(n->level),
			    words_duration((double)n->t_ms / 1000));
		add_text(out, n->text);
		strbuf_addch(out, '\n');
	}
}

static void add_again(struct strbuf *out, const struct export_run *x)
{
	if (x->again) {
		strbuf_addstr(out, "\n### Run it again\n\n");
		add_code(out, "sh", x->again);
	}
	if (!x->experiment)
		return;
	strbuf_addstr(out, "\n<details><summary>The experiment, every setting</summary>\n\n");
	add_code(out, "yaml", x->experiment);
	strbuf_addstr(out, "\n</details>\n");
}

void export_markdown(struct strbuf *out, const struct export_run *x)
{
	static void (*const parts[])(struct strbuf *, const struct history *) = {
	    add_epochs, add_classes, add_confused, add_interventions, add_warnings};
	add_head(out, x);
	add_settings(out, x);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		parts[i](out, x->report.history);
	add_again(out, x);
}
