#include "thaw/report/classes.h"

#include "thaw/base/say.h"
#include "thaw/base/shorten.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/words.h"
#include "thaw/history/history.h"

#include <inttypes.h>

static const struct {
	const char *title, *key;
	double (*of)(const struct event_class *c, bool *valid);
} figures[] = {
    {"precision %", "precision", class_precision},
    {"recall %", "recall", class_recall},
    {"F1 %", "f1", class_f1},
};
#define N_FIGURES (sizeof(figures) / sizeof(*figures))

static int widest(const struct event_class *classes, size_t n, int least)
{
	for (size_t i = 0; i < n; i++) {
		int w = columns_of(classes[i].name, true);
		least = w > least ? w : least;
	}
	return least;
}

void classes_print(FILE *out, const struct event_class *classes, size_t n, int least)
{
	struct strbuf line = STRBUF_INIT;
	int width = widest(classes, n, least);
	strbuf_addf(&line, "  %-*s  %6s", width, "class", "images");
	for (size_t k = 0; k < N_FIGURES; k++)
		strbuf_addf(&line, "  %11s", figures[k].title);
	say(out, "%s", line.buf);
	for (const struct event_class *c = classes; c < classes + n; c++) {
		strbuf_reset(&line);
		strbuf_addf(&line, "  %s%*s  %6" PRId64, c->name,
			    width - columns_of(c->name, true), "", c->n);
		for (size_t k = 0; k < N_FIGURES; k++) {
			bool valid;
			double v = figures[k].of(c, &valid);
			strbuf_addf(&line, "  %11s",
				    words_opt(words_percent, (struct opt_double){v, valid}));
		}
		say(out, "%s", line.buf);
	}
	strbuf_release(&line);
}

static void put_figures(struct json_writer *w, const struct event_class *c)
{
	for (size_t k = 0; k < N_FIGURES; k++) {
		bool valid;
		double v = figures[k].of(c, &valid);
		if (valid)
			json_put_double(w, figures[k].key, v);
		else
			json_put_null(w, figures[k].key);
	}
}

void classes_json(struct json_writer *w, const struct event_class *classes, size_t n, bool counts)
{
	json_begin_array(w, "classes");
	for (size_t i = 0; i < n; i++) {
		const struct event_class *c = &classes[i];
		json_begin_object(w, NULL);
		json_put_string(w, "name", c->name);
		json_put_int(w, "n", c->n);
		if (counts) {
			json_put_int(w, "tp", c->tp);
			json_put_int(w, "fp", c->fp);
		}
		put_figures(w, c);
		json_end_object(w);
	}
	json_end_array(w);
}
