#include "thaw/report/export.h"

#include "number.h"
#include "quote.h"

struct place { /* what all figures of an epoch or an iteration have in common */
	struct strbuf *out;
	const char *run;     /* quoted */
	int64_t epoch, iter; /* 0: none */
	struct opt_double ms;
	bool timed; /* the log tells times */
};

static void add_row(const struct place *p, const char *split, const char *figure, const char *class,
		    struct opt_double v)
{
	struct strbuf name = STRBUF_INIT;
	if (!v.valid)
		return;
	strbuf_addf(&name, "%s%s%s", figure, class ? ":" : "", class ? class : "");
	strbuf_addf(p->out, "%s,%s,", p->run, split);
	quote_add(p->out, name.buf);
	strbuf_release(&name);
	strbuf_addf(p->out, p->epoch ? ",%lld" : ",", (long long)p->epoch);
	strbuf_addf(p->out, p->iter ? ",%lld," : ",,", (long long)p->iter);
	if (p->timed && p->ms.valid)
		number_add(p->out, p->ms.value / 1000);
	strbuf_addch(p->out, ',');
	number_add(p->out, v.value);
	strbuf_addch(p->out, '\n');
}

static void add_score(const struct place *p, const char *split, const struct event_score *s)
{
	add_row(p, split, "loss", NULL, s->loss);
	add_row(p, split, "accuracy", NULL, s->acc);
	add_row(p, split, "top2", NULL, s->top2);
	add_row(p, split, "top5", NULL, s->top5);
}

static void add_classes(const struct place *p, const struct history_epoch *e)
{
	static const struct {
		const char *name;
		double (*of)(const struct event_class *c, bool *valid);
	} figures[] = {{"precision", class_precision}, {"recall", class_recall}, {"f1", class_f1}};
	for (const struct event_class *c = e->classes; c < e->classes + e->n_classes; c++)
		for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++) {
			struct opt_double v;
			v.value = figures[i].of(c, &v.valid);
			add_row(p, "validation", figures[i].name, c->name, v);
		}
}

static void add_epoch(const struct place *p, const struct history_epoch *e)
{
	add_score(p, "train", &e->train);
	add_row(p, "train", "learning_rate", NULL, e->lr);
	add_row(p, "train", "seconds", NULL, e->seconds.train);
	add_score(p, "validation", &e->valid);
	add_row(p, "validation", "seconds", NULL, e->seconds.valid);
	add_classes(p, e);
}

static void add_step(const struct place *p, const struct history_step *s)
{
	add_row(p, "train", "step_loss", NULL, s->loss);
	add_row(p, "train", "step_learning_rate", NULL, s->lr);
	add_row(p, "train", "step_images_per_second", NULL, s->ips);
	add_row(p, "train", "step_wait", NULL, s->wait);
}

static void add_steps(struct place p, const struct export_run *x)
{
	const struct history *h = x->report.history;
	for (size_t i = 0, spell = 0; i < h->n_steps; i++) {
		struct history_step s = history_step_next(h, i, &spell);
		p.epoch = s.epoch;
		p.iter = s.iter;
		p.ms = times_step_ms(x->times, s.iter);
		add_step(&p, &s);
	}
}

/* Figures under names of their own have no split that is known. */
static void add_series(struct place p, const struct history_series *s)
{
	for (size_t i = 0; i < s->n_points; i++) {
		const struct history_point *point = history_point(s, i);
		p.epoch = point->epoch >= 1 ? (int64_t)point->epoch : 0;
		p.iter = point->iter;
		p.ms = opt_of((double)point->t_ms);
		add_row(&p, "", s->name, NULL, opt_of(point->value));
	}
}

void export_tidy(struct strbuf *out, const struct export_run *x)
{
	const struct history *h = x->report.history;
	struct strbuf run = STRBUF_INIT;
	quote_add(&run, x->report.name);
	struct place p = {.out = out, .run = run.buf, .timed = history_timed(h)};
	strbuf_addstr(out, "run,split,figure,epoch,iteration,seconds,value\n");
	for (size_t i = 0; i < h->n_epochs; i++) {
		const struct history_epoch *e = &h->epochs[i];
		p.epoch = e->epoch;
		p.iter = e->iter;
		p.ms = times_epoch_ms(x->times, e->epoch);
		add_epoch(&p, e);
	}
	if (x->steps)
		add_steps(p, x);
	for (size_t i = 0; i < h->n_series; i++)
		add_series(p, &h->series[i]);
	strbuf_release(&run);
}
