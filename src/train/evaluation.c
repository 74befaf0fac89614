#include "thaw/train/evaluation.h"
#include "evaluate.h"
#include "metrics.h"
#include "mistakes.h"
#include "saved.h"
#include "thaw/base/alloc.h"
#include "thaw/base/run_files.h"
#include "thaw/data/loader.h"
#include "thaw/event/log_reader.h"
#include "thaw/run/run_log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One evaluation while it goes on. */
struct work {
	const struct evaluation_options *o;
	struct saved saved;
	struct dataset *data;
	struct metrics metrics;
	struct mistake *worst; /* [o->n_mistakes] */
	size_t n_worst, n_bad, cap_bad;
	struct bad_image *bad;
	struct warnings warnings;
};

static bool flips(const struct work *w)
{
	return w->saved.x && w->saved.x->train.eval_flip;
}

/* ---- which pictures ---- */

static enum err check_classes(const struct work *w, struct errinfo *e)
{
	const struct dataset *d = w->data;
	size_t n = d->n_classes, same = 0;
	while (n == w->saved.n_labels && same < n &&
	       strcmp(d->classes[same], w->saved.labels[same]) == 0)
		same++;
	if (n == w->saved.n_labels && same == n)
		return ERR_OK;
	const char *data;
	experiment_source(w->saved.x, &data);
	return err_set(e, ERR_MISMATCH,
		       "the classes of %s are not those of %s/" RUN_LABELS " any more; name the "
		       "pictures: thaw eval RUN FOLDER",
		       data, w->o->run_dir);
}

static enum err open_own(struct work *w, struct errinfo *e)
{
	struct errinfo why = {0};
	if (!w->saved.x)
		return err_set(e, ERR_NOT_FOUND,
			       "%s has no " RUN_EXPERIMENT " to tell its validation pictures; name "
			       "some: thaw eval RUN FOLDER",
			       w->o->run_dir);
	enum err r = dataset_open(&w->data, w->saved.x, &why);
	if (r)
		return err_set(e, r, "%s; pictures elsewhere: thaw eval RUN FOLDER", why.msg);
	r = check_classes(w, e);
	if (!r && !w->data->valid.n)
		r = err_set(e, ERR_VALUE,
			    "%s has no validation pictures; name some: thaw eval RUN FOLDER",
			    w->o->run_dir);
	return r;
}

static enum err open_pictures(struct work *w, struct errinfo *e)
{
	return w->o->pictures ? dataset_open_labelled(&w->data, w->saved.labels, w->saved.n_labels,
						      w->o->pictures, &w->warnings, e)
			      : open_own(w, e);
}

/* ---- looking at them ---- */

static void leave_out(struct work *w, uint32_t index, const struct errinfo *e)
{
	const struct sample *s = &w->data->valid.samples[index];
	char *why = sample_trouble(s);
	ALLOC_GROW(w->bad, w->n_bad + 1, w->cap_bad);
	w->bad[w->n_bad++] = (struct bad_image){xstrdup(s->path), why ? why : xstrdup(e->msg)};
}

static void look(struct work *w, const struct batches *from, struct batch *b, float *probs)
{
	size_t classes = w->saved.n_labels;
	struct errinfo e;
	for (int i = 0; i < b->n; i++)
		if (b->blank[i] && loader_fill(from->loader, b, i, &e))
			leave_out(w, b->index[i], &e);
	evaluate_batch(from, b, probs);
	for (int i = 0; i < b->n; i++) {
		struct prediction a = {b->index[i], b->labels[i], probs + (size_t)i * classes,
				       classes};
		if (b->blank[i])
			continue;
		metrics_add_probs(&w->metrics, a.probs, a.label);
		w->n_worst = mistakes_keep(w->worst, w->n_worst, w->o->n_mistakes, &a);
	}
}

static enum err look_at_all(struct work *w, const struct batches *from, struct errinfo *e)
{
	size_t n = (size_t)w->saved.batch * w->saved.n_labels, done = 0;
	float *probs = xcalloc(n, sizeof(*probs));
	struct batch b;
	bool more;
	enum err r;
	loader_start(from->loader, 1, 0);
	while (!(r = loader_next(from->loader, &b, &more, e)) && more) {
		look(w, from, &b, probs);
		done += (size_t)b.n;
		if (w->o->progress)
			w->o->progress(w->o->arg, done, w->data->valid.n);
	}
	free(probs);
	return r;
}

static enum err check_seen(const struct work *w, struct errinfo *e)
{
	if (!w->metrics.n)
		return err_set(e, ERR_VALUE,
			       "none of %zu pictures can be read; the first is %s: %s", w->n_bad,
			       w->bad[0].path, w->bad[0].why);
	if (!w->metrics.finite)
		return err_set(e, ERR_NONFINITE,
			       "%s/%s: a probability is not finite: these weights are broken",
			       w->o->run_dir, w->saved.weights);
	return ERR_OK;
}

static enum err evaluate(struct work *w, struct errinfo *e)
{
	static const struct experiment plain = {.data = {.resize = RESIZE_LETTERBOX}};
	int width, height, c;
	enum err r = open_pictures(w, e);
	if (r)
		return r;
	net_input(w->saved.net, &width, &height, &c);
	struct loader *l = loader_new(w->data, w->saved.x ? w->saved.x : &plain, false, width,
				      height, w->saved.batch, net_threads(w->saved.net), 0);
	struct batches from;
	loader_set_lenient(l);
	batches_open(&from, l, w->saved.net, false, flips(w));
	metrics_init(&w->metrics, w->saved.n_labels);
	w->worst = xcalloc(w->o->n_mistakes + 1, sizeof(*w->worst));
	r = look_at_all(w, &from, e);
	batches_release(&from);
	return r ? r : check_seen(w, e);
}

/* ---- what came of it ---- */

/* Validation pictures that the run had, as its log says; 0 when it does not. */
static int64_t validated_on(const char *run_dir)
{
	struct log_reader *reader;
	int64_t n = 0;
	if (log_reader_open(&reader, run_dir, NULL) == ERR_OK) {
		struct event ev;
		while (!n && run_log_next(reader, &ev, NULL, NULL)) {
			n = ev.type == EV_RUN ? ev.run.n_valid : 0;
			event_release(&ev);
		}
		log_reader_close(reader);
	}
	return n;
}

static void tell_mistakes(struct evaluation *out, const struct work *w)
{
	out->n_mistakes = w->n_worst;
	out->mistakes = xcalloc(w->n_worst + 1, sizeof(*out->mistakes));
	for (size_t i = 0; i < w->n_worst; i++) {
		const struct mistake *m = &w->worst[i];
		out->mistakes[i] = (struct evaluation_mistake){
		    .path = xstrdup(w->data->valid.samples[m->index].path),
		    .truth = m->label,
		    .said = m->said,
		    .prob_said = (double)m->prob_said,
		    .prob_truth = (double)m->prob_label,
		};
	}
}

static const char *pictures_of(const struct work *w)
{
	const struct experiment *x = w->saved.x;
	const char *source = w->o->pictures;
	if (source)
		return source;
	experiment_source(x, &source);
	return *x->data.valid_dir ? x->data.valid_dir : source;
}

/* The run's own pictures should be those that it had. */
static void tell_change(struct work *w)
{
	int64_t n = w->o->pictures ? 0 : validated_on(w->o->run_dir);
	if (n && n != w->metrics.n)
		warnings_add(&w->warnings,
			     "%s was validated on %" PRId64 " pictures, of which %" PRId64
			     " can be read now: these are not the figures of its log",
			     w->o->run_dir, n, w->metrics.n);
}

/* Takes what `w` need not keep. */
static void tell(struct evaluation *out, struct work *w)
{
	struct saved *s = &w->saved;
	struct metrics *m = &w->metrics;
	*out = (struct evaluation){
	    .weights = s->weights,
	    .pictures = xstrdup(pictures_of(w)),
	    .own = !w->o->pictures,
	    .resize = saved_resize(s),
	    .flip = flips(w),
	    .classes = s->labels,
	    .n_classes = s->n_labels,
	    .n = m->n,
	    .n_correct = m->n_correct,
	    .score = metrics_score(m),
	    .confusion = m->confusion,
	    .bad = w->bad,
	    .n_bad = w->n_bad,
	    .warnings = w->warnings,
	};
	int c;
	net_input(s->net, &out->input_w, &out->input_h, &c);
	out->figures = xcalloc(out->n_classes, sizeof(*out->figures));
	for (size_t i = 0; i < out->n_classes; i++) {
		out->figures[i] = metrics_class(m, i);
		out->figures[i].name = out->classes[i];
	}
	tell_mistakes(out, w);
	s->weights = NULL;
	s->labels = NULL;
	s->n_labels = w->n_bad = 0;
	m->confusion = NULL;
	w->bad = NULL;
	w->warnings = (struct warnings){0};
}

static void free_bad(struct bad_image *bad, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(bad[i].path);
		free(bad[i].why);
	}
	free(bad);
}

enum err evaluation_run(struct evaluation *out, const struct evaluation_options *o,
			struct errinfo *e)
{
	struct work w = {.o = o};
	struct saved_options which = {o->run_dir, o->weights, 0, o->threads, o->device};
	enum err r = saved_open(&w.saved, &which, e);
	if (!r)
		r = evaluate(&w, e);
	if (!r) {
		tell_change(&w);
		tell(out, &w);
	}
	free(w.worst);
	free_bad(w.bad, w.n_bad);
	warnings_release(&w.warnings);
	metrics_release(&w.metrics);
	dataset_free(w.data);
	saved_release(&w.saved);
	return r;
}

void evaluation_release(struct evaluation *ev)
{
	for (size_t i = 0; i < ev->n_classes; i++)
		free(ev->classes[i]);
	for (size_t i = 0; i < ev->n_mistakes; i++)
		free(ev->mistakes[i].path);
	free_bad(ev->bad, ev->n_bad);
	warnings_release(&ev->warnings);
	free(ev->classes);
	free(ev->figures);
	free(ev->confusion);
	free(ev->mistakes);
	free(ev->pictures);
	free(ev->weights);
	*ev = (struct evaluation){0};
}
