/* Source: the class CSVLogger of Keras, and files that it has written */
#include "thaw/report/export.h"

#include "number.h"

typedef struct opt_double figure_fn(const struct history *h, const struct history_epoch *e);

static struct opt_double accuracy(const struct history *h, const struct history_epoch *e)
{
	(void)h;
	return e->train.acc;
}

static struct opt_double rate(const struct history *h, const struct history_epoch *e)
{
	(void)h;
	return e->lr;
}

static struct opt_double loss(const struct history *h, const struct history_epoch *e)
{
	(void)h;
	return e->train.loss;
}

/* Of five classes and fewer the best five are all. */
static struct opt_double top5_of(const struct history *h, struct opt_double v)
{
	bool all = h->run.n_classes > 0 && h->run.n_classes <= 5;
	return (struct opt_double){v.value, v.valid && !all};
}

static struct opt_double top5(const struct history *h, const struct history_epoch *e)
{
	return top5_of(h, e->train.top5);
}

static struct opt_double valid_accuracy(const struct history *h, const struct history_epoch *e)
{
	(void)h;
	return e->valid.acc;
}

static struct opt_double valid_loss(const struct history *h, const struct history_epoch *e)
{
	(void)h;
	return e->valid.loss;
}

static struct opt_double valid_top5(const struct history *h, const struct history_epoch *e)
{
	return top5_of(h, e->valid.top5);
}

/* In the order of the alphabet. */
static const struct column {
	const char *name;
	figure_fn *of;
} columns[] = {
    {"accuracy", accuracy},
    {"learning_rate", rate},
    {"loss", loss},
    {"top_k_categorical_accuracy", top5},
    {"val_accuracy", valid_accuracy},
    {"val_loss", valid_loss},
    {"val_top_k_categorical_accuracy", valid_top5},
};
enum { N_COLUMNS = sizeof(columns) / sizeof(*columns) };

static bool is_told(const struct column *c, const struct history *h)
{
	size_t i = 0;
	while (i < h->n_epochs && !c->of(h, &h->epochs[i]).valid)
		i++;
	return i < h->n_epochs;
}

static void add_row(struct strbuf *out, const struct history *h, const struct history_epoch *e,
		    const bool *told)
{
	strbuf_addf(out, "%lld", (long long)e->epoch - 1);
	for (int i = 0; i < N_COLUMNS; i++) {
		struct opt_double v = columns[i].of(h, e);
		if (!told[i])
			continue;
		strbuf_addch(out, ',');
		if (v.valid)
			number_add(out, v.value);
		else
			strbuf_addstr(out, "NA");
	}
	strbuf_addstr(out, "\r\n");
}

void export_csv(struct strbuf *out, const struct export_run *x)
{
	const struct history *h = x->report.history;
	bool told[N_COLUMNS];
	strbuf_addstr(out, "epoch");
	for (int i = 0; i < N_COLUMNS; i++) {
		told[i] = is_told(&columns[i], h);
		if (told[i])
			strbuf_addf(out, ",%s", columns[i].name);
	}
	strbuf_addstr(out, "\r\n");
	for (size_t i = 0; i < h->n_epochs; i++)
		add_row(out, h, &h->epochs[i], told);
}
