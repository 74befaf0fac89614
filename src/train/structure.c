/* What an experiment says, checked without the weights and pictures that it names: those that are
 * here are looked at from outside, and those that are not are said to be missing. */
#include "choose_device.h"
#include "optimizing.h"
#include "phases.h"
#include "preflight.h"
#include "thawing.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/say.h"
#include "thaw/train/trainer.h"
#include "unlearnt.h"
#include "thaw/base/words.h"

#define CLASSES_UNKNOWN 2 /* stands in for a data set that is not here */

/* The folder or file of pictures that is not here, or NULL. */
static const char *missing_data(const struct experiment *x)
{
	const char *source;
	experiment_source(x, &source);
	if (!file_exists(source))
		return source;
	return *x->data.valid_dir && !file_exists(x->data.valid_dir) ? x->data.valid_dir : NULL;
}

static bool missing_weights(const struct experiment *x)
{
	return *x->network.weights && !file_exists(x->network.weights);
}

static enum err load(struct preflight *p, struct errinfo *e)
{
	const struct experiment *x = p->x;
	int n = p->data ? (int)p->data->n_classes : CLASSES_UNKNOWN;
	enum err r = preflight_open_model(p, n, e);
	if (!r)
		r = preflight_load_base(p, missing_weights(x) ? "" : x->network.weights, e);
	if (r)
		return r;
	p->frozen = xcalloc(x->n_phases, sizeof(*p->frozen));
	r = phases_resolve(x, p->net, p->frozen, e);
	if (!r)
		r = thawing_resolve(p, e);
	if (!r && !missing_weights(x))
		unlearnt_warn(p);
	if (!r)
		optimizing_warn(p);
	if (!r)
		r = phases_check_norm(x, p->net, p->thawed, p->data ? p->data->train.n : 0, e);
	return r;
}

/* A card that is not here, as weights and pictures, is no mistake in an experiment. */
static enum err choose(struct preflight *p, const struct trainer_options *o, struct errinfo *e)
{
	struct errinfo why = {0};
	enum err r = choose_device(p->x, o->device, NULL, &why);
	if (r == ERR_NOT_FOUND) {
		warnings_add(&p->warnings, "%s", why.msg);
		return ERR_OK;
	}
	return r ? err_set(e, r, "%s", why.msg) : ERR_OK;
}

static enum err look(struct preflight *p, const struct trainer_options *o, struct errinfo *e)
{
	enum err r = experiment_read(&p->x, o->experiment, o->sets, o->n_sets, e);
	if (r)
		return r;
	if (o->threads > 0)
		p->x->train.threads = o->threads;
	if (!missing_data(p->x))
		r = dataset_open(&p->data, p->x, e);
	if (p->data)
		dataset_advise(p->data, p->x, &p->warnings);
	if (!r && p->data)
		r = optimizing_weigh(p, e);
	if (!r)
		r = choose(p, o, e);
	return r ? r : load(p, e);
}

static void report(const struct preflight *p, FILE *out)
{
	const struct experiment *x = p->x;
	preflight_report_network(p, out);
	if (missing_weights(x))
		say(out, "weights     %s is not here: not checked; it should have %s",
		    x->network.weights, words_n(p->audit.n_initialised - 1, "layer"));
	else
		preflight_report_weights(p, out);
	preflight_report_phases(p, out);
	optimizing_report(p, out);
	if (!p->data)
		say(out, "data        %s is not here: not checked; %s were assumed",
		    missing_data(x), words_n(CLASSES_UNKNOWN, "class"));
	else
		say(out,
		    "data        %s, %s training and %s validation images, none looked at",
		    words_n((int64_t)p->data->n_classes, "class"), words_count((int64_t)p->data->train.n),
		    words_count((int64_t)p->data->valid.n));
	preflight_report_device(p, out);
	preflight_report_warnings(p, out);
	preflight_report_verdict(p, "the structure is sound", out);
}

enum err trainer_check_structure(const struct trainer_options *o, FILE *out, struct errinfo *e)
{
	struct preflight p = {.runs = o->runs, .model_cfg = STRBUF_INIT};
	enum err r = look(&p, o, e);
	if (!r)
		report(&p, out);
	preflight_release(&p);
	return r;
}
