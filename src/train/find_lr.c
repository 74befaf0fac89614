#include "thaw/train/find_lr.h"
#include "emit.h"
#include "head_init.h"
#include "phases.h"
#include "preflight.h"
#include "saved.h"
#include "session.h"
#include "sweep.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/run_files.h"
#include "thaw/event/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct finding {
	const struct find_lr_options *o;
	struct folder run; /* open when o->run_dir is given */
	struct preflight p;
	size_t phase;
	struct strbuf from; /* what it begins with, in words */
	struct range_test test;
};

static enum err check_range(const struct range_test *t, struct errinfo *e)
{
	if (!(t->from > 0) || !(t->to <= COMMAND_LR_MAX) || !(t->from < t->to))
		return err_set(e, ERR_VALUE,
			       "learning rates from %g to %g are no range; 0 < from < to <= %g",
			       t->from, t->to, COMMAND_LR_MAX);
	if (t->iterations < RANGE_ITERATIONS_MIN)
		return err_set(e, ERR_VALUE,
			       "%d iterations are too few for a curve; at least %d are needed",
			       t->iterations, RANGE_ITERATIONS_MIN);
	return ERR_OK;
}

static enum err find_phase(struct finding *f, struct errinfo *e)
{
	const struct experiment *x = f->p.x;
	struct strbuf all = STRBUF_INIT;
	enum err r = ERR_OK;
	for (f->phase = 0; f->o->phase && f->phase < x->n_phases; f->phase++) {
		const char *name = x->phases[f->phase].name;
		if (strcmp(name, f->o->phase) == 0)
			break;
		strbuf_addf(&all, "%s%s", f->phase ? ", " : "", name);
	}
	if (f->phase == x->n_phases)
		r = err_set(e, ERR_VALUE, "%s: no phase is named '%.60s'; there %s %s", x->path,
			    f->o->phase, x->n_phases == 1 ? "is" : "are", all.buf);
	strbuf_release(&all);
	return r;
}

/* ---- the weights that it begins with ---- */

static enum err load_learnt(struct finding *f, struct errinfo *e)
{
	const struct saved_options asked = {.run_dir = f->o->run_dir, .weights = f->o->weights};
	char *name;
	int fd;
	enum err r = saved_open_weights(&asked, &f->run, &name, &fd, e);
	if (!r)
		r = model_load_file(f->p.net, name, fd, NULL, e);
	if (!r)
		strbuf_addf(&f->from, "%s of %s", name, f->o->run_dir);
	if (fd >= 0)
		close(fd);
	free(name);
	return r;
}

/* As a run would begin; there is none that could be told or asked. */
static enum err init_head(struct finding *f, struct errinfo *e)
{
	const char *weights = f->p.x->network.weights;
	struct session s = {.p = &f->p, .factor = 1, .dir = RUN_DIR_INIT};
	emitter_mute(&s.emit);
	strbuf_addf(&f->from, "%s, the new last layer ",
		    *weights ? path_base(weights) : "none: from scratch");
	enum err r = head_init(&s, &f->from, e);
	emitter_close(s.emit, NULL);
	return r;
}

/* ---- the test ---- */

static bool tell_progress(void *arg, const struct range_test *t)
{
	const struct find_lr_options *o = arg;
	double loss = t->n ? t->points[t->n - 1].smooth : 0;
	if (o->progress)
		o->progress(o->arg, (int)t->n, t->iterations, range_test_rate(t), loss);
	return true;
}

/* The network as the phase begins with it. */
static void enter_phase(struct finding *f)
{
	const struct phase_config *phase = &f->p.x->phases[f->phase];
	struct net *net = f->p.net;
	double *none = xcalloc((size_t)net_n_layers(net), sizeof(*none));
	net_set_cache(net, f->p.x->train.cache, NULL);
	net_set_batchnorm(net, phase->batchnorm);
	net_set_frozen(net, &f->p.frozen[f->phase]);
	phases_set_scales(phase, none, net);
	free(none);
}

static int64_t first_epoch(const struct finding *f)
{
	int64_t n = 1;
	for (size_t i = 0; i < f->phase; i++)
		n += f->p.x->phases[i].epochs;
	return n;
}

static enum err run_test(struct finding *f, struct errinfo *e)
{
	const struct sweep w = {.p = &f->p,
				.epoch = first_epoch(f),
				.go_on = tell_progress,
				.arg = (void *)(uintptr_t)f->o};
	enum err r = f->o->run_dir ? load_learnt(f, e) : init_head(f, e);
	if (r)
		return r;
	enter_phase(f);
	r = sweep_run(&w, &f->test, e);
	if (!r && f->o->progress)
		f->o->progress(f->o->arg, f->test.iterations, f->test.iterations, f->test.to, 0);
	return r;
}

/* ---- what it tells ---- */

static char *ranges_text(const struct layerset *set)
{
	struct strbuf text = STRBUF_INIT;
	layerset_format(set, &text);
	return strbuf_detach(&text);
}

/* Those with something to learn. */
static char *learning_text(const struct net *net, const struct layerset *frozen)
{
	struct layerset learns;
	layerset_clear(&learns, net_n_layers(net));
	for (int i = 0; i < net_n_layers(net); i++) {
		struct layer_info info;
		net_layer(net, i, &info);
		layerset_set(&learns, i, info.n_params > 0 && !layerset_has(frozen, i));
	}
	return ranges_text(&learns);
}

static char *place_of(const struct finding *f)
{
	char key[48];
	snprintf(key, sizeof(key), "phases.%zu.lr", f->phase);
	return xstrdup(experiment_where(f->p.x, key));
}

static void fill_range(struct finding *f, struct event_lr_range *out)
{
	struct range_finding found;
	range_test_find(&f->test, &found);
	*out = (struct event_lr_range){
	    .cause = CAUSE_USER,
	    .state = found.state,
	    .done = (int64_t)f->test.n,
	    .iterations = f->test.iterations,
	    .from = f->test.from,
	    .to = f->test.to,
	    .frozen = ranges_text(&f->p.frozen[f->phase]),
	    .lr = opt_of(f->p.x->phases[f->phase].lr),
	    .suggestion = found.suggestion,
	    .steepest = found.steepest,
	    .lowest = found.lowest,
	    .words = strbuf_detach(&found.words),
	    .points = f->test.points,
	    .n_points = f->test.n,
	};
	f->test.points = NULL;
}

static void fill(struct finding *f, struct find_lr *out)
{
	const struct preflight *p = &f->p;
	const struct layerset *frozen = &p->frozen[f->phase];
	*out = (struct find_lr){
	    .experiment = xstrdup(p->x->path),
	    .phase = xstrdup(p->x->phases[f->phase].name),
	    .weights = strbuf_detach(&f->from),
	    .learns = learning_text(p->net, frozen),
	    .lr = p->x->phases[f->phase].lr,
	    .where = place_of(f),
	    .n_learning = phases_trainable(p->net, frozen),
	    .n_parameters = phases_params(p->net),
	    .n_pictures = (int64_t)p->data->train.n,
	    .batch = p->x->train.batch,
	};
	fill_range(f, &out->range);
}

static enum err find(struct finding *f, struct find_lr *out, struct errinfo *e)
{
	const struct find_lr_options *o = f->o;
	range_test_init(&f->test, o->from > 0 ? o->from : RANGE_FROM, o->to > 0 ? o->to : RANGE_TO,
			o->iterations ? o->iterations : RANGE_ITERATIONS,
			(int)f->p.data->n_classes);
	enum err r = check_range(&f->test, e);
	if (!r)
		r = find_phase(f, e);
	if (!r)
		r = run_test(f, e);
	if (!r)
		fill(f, out);
	range_test_release(&f->test);
	strbuf_release(&f->from);
	return r;
}

enum err trainer_find_lr(struct find_lr *out, const struct find_lr_options *o, struct errinfo *e)
{
	struct finding f = {.o = o, .run = FOLDER_INIT, .from = STRBUF_INIT};
	struct trainer_options t = *o->trainer;
	char *own = NULL;
	enum err r = o->run_dir ? folder_open(&f.run, o->run_dir, e) : ERR_OK;
	if (!r && o->run_dir)
		t.experiment = own = folder_path(&f.run, RUN_EXPERIMENT);
	t.runs = NULL;
	if (!r)
		r = preflight_run(&f.p, &t, e);
	if (!r) {
		r = find(&f, out, e);
		preflight_release(&f.p);
	}
	folder_close(&f.run);
	free(own);
	return r;
}

void find_lr_release(struct find_lr *f)
{
	record_release(event_record(EV_LR_RANGE), &f->range);
	free(f->experiment);
	free(f->phase);
	free(f->weights);
	free(f->learns);
	free(f->where);
	*f = (struct find_lr){0};
}
