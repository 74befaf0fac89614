/* How well each class is told from the others: the confusion matrix, coloured, and a row a class. */
#include "html.h"

#include "thaw/base/words.h"

enum { MATRIX_MOST = 64, PAIRS_MOST = 40, SHADES = 4 };

static double share_of_row(const struct history_epoch *e, size_t truth, size_t said)
{
	double all = 0;
	for (size_t k = 0; k < e->n_classes; k++)
		all += (double)e->confusion[truth * e->n_classes + k];
	return all > 0 ? (double)e->confusion[truth * e->n_classes + said] / all : 0;
}

/* d1 .. d4 on the diagonal, e1 .. e4 beside it. */
static void add_cell(struct strbuf *out, const struct history_epoch *e, size_t truth, size_t said)
{
	int64_t count = e->confusion[truth * e->n_classes + said];
	double share = share_of_row(e, truth, said);
	int shade = 1 + (int)(share * (SHADES - 0.001));
	if (!count) {
		strbuf_addstr(out, "<td></td>");
		return;
	}
	strbuf_addf(out, "<td class=\"%c%d\" title=\"", truth == said ? 'd' : 'e', shade);
	html_text(out, e->classes[truth].name);
	strbuf_addstr(out, truth == said ? " told right: " : " taken for ");
	if (truth != said)
		html_text(out, e->classes[said].name);
	strbuf_addf(out, "%s%lld, %s %%\">%lld</td>", truth == said ? "" : ": ", (long long)count,
		    words_percent(share), (long long)count);
}

static void add_matrix(struct strbuf *out, const struct history_epoch *e)
{
	strbuf_addstr(
	    out, "<h3>Confusion: rows are the true classes, columns what they were taken "
		 "for</h3>\n<div class=\"scroll matrix\"><table class=\"confusion\"><thead><tr><th>"
		 "</th>");
	for (size_t k = 0; k < e->n_classes; k++) {
		strbuf_addstr(out, "<th title=\"");
		html_text(out, e->classes[k].name);
		strbuf_addstr(out, "\">");
		html_element(out, "span", e->classes[k].name);
		strbuf_addstr(out, "</th>");
	}
	strbuf_addstr(out, "</tr></thead><tbody>\n");
	for (size_t i = 0; i < e->n_classes; i++) {
		strbuf_addstr(out, "<tr>");
		html_element(out, "th", e->classes[i].name);
		for (size_t k = 0; k < e->n_classes; k++)
			add_cell(out, e, i, k);
		strbuf_addstr(out, "</tr>\n");
	}
	strbuf_addstr(out, "</tbody></table></div>\n");
}

/* Of more classes than a matrix is legible for. */
static void add_pairs(struct strbuf *out, const struct history_epoch *e)
{
	struct confusion_pair pairs[PAIRS_MOST];
	size_t n = confusion_worst(e->confusion, e->n_classes, pairs, PAIRS_MOST);
	strbuf_addf(
	    out,
	    "<h3>Most confused of %zu classes</h3>\n<div class=\"scroll\"><table><thead><tr>"
	    "<th>true class</th><th>taken for</th><th class=\"n\">images</th></tr></thead>"
	    "<tbody>\n",
	    e->n_classes);
	for (size_t i = 0; i < n; i++) {
		strbuf_addstr(out, "<tr>");
		html_element(out, "td", e->classes[pairs[i].truth].name);
		html_element(out, "td", e->classes[pairs[i].said].name);
		strbuf_addf(out, "<td class=\"n\">%lld</td></tr>\n", (long long)pairs[i].count);
	}
	strbuf_addstr(out, "</tbody></table></div>\n");
}

static void add_share(struct strbuf *out, double v, bool valid)
{
	strbuf_addf(out, "<td class=\"n\">%s</td>",
		    words_opt(words_percent, (struct opt_double){v, valid}));
}

static void add_class(struct strbuf *out, const struct event_class *c)
{
	bool known[3];
	double precision = class_precision(c, &known[0]), recall = class_recall(c, &known[1]),
	       f1 = class_f1(c, &known[2]);
	strbuf_addstr(out, "<tr>");
	html_element(out, "td", c->name);
	strbuf_addf(out, "<td class=\"n\">%lld</td>", (long long)c->n);
	add_share(out, precision, known[0]);
	add_share(out, recall, known[1]);
	add_share(out, f1, known[2]);
	strbuf_addf(out,
		    "<td><span class=\"track\"><span class=\"bar\" style=\"width:%.1f%%\"></span>"
		    "</span></td></tr>\n",
		    known[2] ? 100 * f1 : 0);
}

void html_classes(struct strbuf *out, const struct export_run *x)
{
	const struct history_epoch *e = report_classes(x->report.history);
	if (!e)
		return;
	strbuf_addf(out, "<section id=\"classes\"><h2>Classes after epoch %lld</h2>\n",
		    (long long)e->epoch);
	if (e->confusion && e->n_classes <= MATRIX_MOST)
		add_matrix(out, e);
	else if (e->confusion)
		add_pairs(out, e);
	strbuf_addstr(out,
		      "<h3>Each class</h3>\n<div class=\"scroll\"><table><thead><tr><th>class</th>"
		      "<th class=\"n\">images</th><th class=\"n\">precision %</th>"
		      "<th class=\"n\">recall %</th><th class=\"n\">F1 %</th><th></th></tr>"
		      "</thead><tbody>\n");
	for (const struct event_class *c = e->classes; c < e->classes + e->n_classes; c++)
		add_class(out, c);
	strbuf_addstr(out, "</tbody></table></div></section>\n");
}
