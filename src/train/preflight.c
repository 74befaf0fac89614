#include "preflight.h"
#include "fits.h"
#include "choose_device.h"
#include "estimate.h"
#include "needs.h"
#include "optimizing.h"
#include "pair.h"
#include "phases.h"
#include "replan.h"
#include "resume.h"
#include "rule_plan.h"
#include "sandbox.h"
#include "thawing.h"
#include "thaw/run/run_dir.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/base/fnv.h"
#include "thaw/base/say.h"
#include "thaw/base/run_files.h"
#include "unlearnt.h"
#include "thaw/base/words.h"
#include "thaw/data/loader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

static enum err check_sizes(const struct preflight *p, int n_classes, struct errinfo *e)
{
	const struct experiment *x = p->x;
	int n = net_classes(p->net), w, h, c;
	net_input(p->net, &w, &h, &c);
	if (n != n_classes)
		return err_set(e, ERR_MISMATCH,
			       "%s: the new last layer has %d outputs for %d classes",
			       x->network.cfg, n, n_classes);
	if (c != 3)
		return err_set(e, ERR_VALUE,
			       "%s: the network wants %d colour channels; thaw feeds 3 (RGB)",
			       x->network.cfg, c);
	return ERR_OK;
}

enum err preflight_open_model(struct preflight *p, int n_classes, struct errinfo *e)
{
	const struct experiment *x = p->x;
	struct head_spec spec = {
	    .n_classes = n_classes,
	    .cut = x->network.cut,
	    .input_w = x->network.input_w,
	    .input_h = x->network.input_h,
	    .dropout = x->head.dropout,
	    .batch = x->train.batch,
	};
	enum err r = model_replace_head(&p->model_cfg, &p->head, x->network.cfg, &spec, e);
	if (!r)
		model_warn(x->network.cfg, &p->warnings);
	if (!r && p->resume)
		r = resume_check_network(p->resume, &p->model_cfg, e);
	if (!r)
		r = net_open_text(&p->net, x->network.cfg, &p->model_cfg, x->train.threads,
				  x->train.seed, e);
	if (!r)
		r = check_sizes(p, n_classes, e);
	return r;
}

/* A misspelt key makes another network than the weights are of. */
static void mind_cfg(const struct preflight *p, struct errinfo *e)
{
	const char *cfg = p->x->network.cfg;
	size_t len = strlen(cfg);
	for (size_t i = 0; i < p->warnings.n; i++) {
		const char *line = p->warnings.lines[i];
		if (strncmp(line, cfg, len) == 0 && line[len] == ':') {
			err_set(e, e->code, "%s; mind that %s", e->msg, line);
			return;
		}
	}
}

enum err preflight_load_base(struct preflight *p, const char *weights, struct errinfo *e)
{
	enum err r = model_load_base(p->net, p->x->network.cfg, weights, &p->audit, e);
	if (r == ERR_MISMATCH && e)
		mind_cfg(p, e);
	return r;
}

static enum err load_last(struct preflight *p, struct errinfo *e)
{
	int fd;
	char *path = run_dir_file(&p->resume->dir, p->resume->weights);
	enum err r = pair_open_point(&p->resume->dir.folder, p->resume->weights, &fd, e);
	if (!r)
		r = model_load_file(p->net, path, fd, NULL, e);
	if (fd >= 0)
		close(fd);
	free(path);
	return r;
}

/* What happens before there is a run is told where a person looks: on the terminal, in one row that
 * is wiped. */
static void show_loading(bool on)
{
	if (!isatty(STDERR_FILENO))
		return;
	fputs(on ? "\rloading the network" : "\r\033[K", stderr);
	fflush(stderr);
}

static enum err load_model(struct preflight *p, struct errinfo *e)
{
	const struct experiment *x = p->x;
	show_loading(true);
	enum err r = preflight_open_model(p, (int)p->data->n_classes, e);
	if (!r && p->resume)
		r = load_last(p, e);
	else if (!r)
		r = preflight_load_base(p, x->network.weights, e);
	show_loading(false);
	return r;
}

/* The runs directory itself, or the nearest directory above it that exists; caller frees. */
static char *nearest_dir(const char *path)
{
	char *at = xstrdup(*path ? path : ".");
	while (!file_exists(at)) {
		char *up = path_dir(at);
		bool stuck = strcmp(up, at) == 0;
		free(at);
		at = up;
		if (stuck)
			break;
	}
	return at;
}

static enum err check_disk(struct preflight *p, struct errinfo *e)
{
	char *dir = nearest_dir(p->runs);
	struct statvfs fs;
	enum err r = ERR_OK;
	if (!file_is_dir(dir))
		r = err_set(e, ERR_IO, "%s: not a directory; choose another place with --runs",
			    dir);
	else if (access(dir, W_OK | X_OK) != 0)
		r = err_set(e, ERR_IO, "%s: %s; choose another place with --runs", dir,
			    strerror(errno));
	else if (statvfs(dir, &fs) != 0)
		r = err_set(e, ERR_IO, "%s: %s", dir, strerror(errno));
	else {
		p->disk_free = (uint64_t)fs.f_bavail * fs.f_frsize;
		p->disk_need = estimate_disk(p);
		if (p->disk_need > p->disk_free)
			r = err_set(
			    e, ERR_IO,
			    "%s: the run needs about %s and %s are free; make room, set a lower "
			    "train.keep, or choose another place with --runs",
			    dir, words_bytes((double)p->disk_need),
			    words_bytes((double)p->disk_free));
	}
	free(dir);
	return r;
}

static void show_progress(void *arg, size_t done, size_t total)
{
	const int64_t *since_ms = arg;
	double gone = (double)(clock_ms() - *since_ms) / 1000;
	fprintf(stderr, "\rchecking pictures: %zu of %zu", done, total);
	if (gone > 1 && done)
		fprintf(stderr, ", ~%.0f s left", gone / (double)done * (double)(total - done));
	fputs(done == total ? "\r\033[K" : "\033[K", stderr);
	fflush(stderr);
}

static enum err check_images(struct preflight *p, struct errinfo *e)
{
	bool tty = isatty(STDERR_FILENO);
	int64_t since_ms = clock_ms();
	enum err r = dataset_audit(p->data, p->x, net_threads(p->net), tty ? show_progress : NULL,
				   &since_ms, e);
	if (r && tty)
		fputs("\r\033[K", stderr);
	if (!r && (!p->data->train.n || !p->data->valid.n))
		r = err_set(e, ERR_VALUE, "%s: no readable %s images remain",
			    experiment_where(p->x, experiment_source(p->x, NULL)),
			    p->data->train.n ? "validation" : "training");
	if (!r)
		dataset_advise(p->data, p->x, &p->warnings);
	return r;
}

/* Epochs are judged, and the best kept, by validation. */
static enum err check_validation(const struct preflight *p, struct errinfo *e)
{
	if (p->data->valid.n)
		return ERR_OK;
	return err_set(e, ERR_VALUE,
		       "%s: data.valid: no pictures are left to validate on, and without them no "
		       "epoch can be judged; hold out a share, e.g. 0.2, or name a second folder",
		       experiment_where(p->x, "data.valid"));
}

static enum err open_data(struct preflight *p, struct errinfo *e)
{
	enum err r = dataset_open(&p->data, p->x, e);
	if (r == ERR_NOT_FOUND && p->resume)
		resume_ask_where(p->resume, p->x, e);
	if (!r)
		p->iters_per_epoch = (int64_t)loader_n_batches(p->data->train.n, p->x->train.batch);
	return r;
}

static uint64_t sum_loaded(const struct preflight *p)
{
	uint64_t sum = FNV_OF_NOTHING;
	if (p->resume || !p->audit.n_loaded)
		return 0;
	for (int i = 0; i < p->audit.n_layers; i++) {
		uint64_t one = net_digest(p->net, p->audit.layers[i].index);
		if (p->audit.layers[i].loaded)
			sum = fnv_add(sum, &one, sizeof(one));
	}
	return sum;
}

/* The classes that settings name, and what depends on their pictures. */
static enum err check_named_classes(struct preflight *p, struct errinfo *e)
{
	enum err r = optimizing_weigh(p, e);
	return r ? r : rule_plan_check(p, e);
}

static enum err read_experiment(struct preflight *p, const struct trainer_options *o,
				struct errinfo *e)
{
	if (p->resume)
		return experiment_read_in(&p->x, &p->resume->dir.folder, RUN_EXPERIMENT, o->sets,
					  o->n_sets, e);
	if (o->settings)
		return experiment_parse(&p->x, o->experiment, o->settings, strlen(o->settings),
					o->sets, o->n_sets, e);
	return experiment_read(&p->x, o->experiment, o->sets, o->n_sets, e);
}

static enum err check_all(struct preflight *p, const struct trainer_options *o, struct errinfo *e)
{
	enum err r = read_experiment(p, o, e);
	if (r)
		return r;
	if (o->threads > 0)
		p->x->train.threads = o->threads;
	if (p->resume)
		r = replan(p->resume, p->x, e);
	if (!r)
		r = run_dir_check_name(o->name ? o->name : p->x->name, e);
	if (!r && o->name) {
		char *path = path_join(o->runs, o->name);
		if (file_exists(path))
			r = err_set(e, ERR_STATE, "%s exists already: choose another --name", path);
		free(path);
	}
	if (!r && p->resume)
		r = resume_check_settings(p->resume, p->x, e);
	if (!r)
		r = at_end_prepare(&p->at_end, p->x, o, p->resume != NULL, e);
	if (!r)
		r = open_data(p, e);
	if (!r && p->resume)
		r = resume_check_classes(p->resume, p->data, e);
	if (!r)
		r = check_named_classes(p, e);
	if (!r)
		r = check_validation(p, e);
	if (!r)
		r = choose_device(p->x, o->device, &p->warnings, e);
	if (!r)
		r = load_model(p, e);
	if (r)
		return r;
	p->frozen = xcalloc(p->x->n_phases, sizeof(*p->frozen));
	r = phases_resolve(p->x, p->net, p->frozen, e);
	if (!r)
		r = thawing_resolve(p, e);
	if (!r)
		unlearnt_warn(p);
	if (!r)
		optimizing_warn(p);
	if (!r)
		rule_plan_warn(p);
	if (!r)
		r = phases_check_norm(p->x, p->net, p->thawed, p->data->train.n, e);
	if (!r)
		r = fits_check(p, e);
	if (!r && p->runs)
		r = needs_check(p, o->force, e);
	if (!r && p->runs)
		r = check_disk(p, e);
	if (!r)
		r = check_images(p, e);
	if (!r)
		r = check_named_classes(p, e); /* without the pictures that cannot be read */
	if (!r)
		p->data_sum = dataset_fingerprint(p->data);
	if (!r)
		p->loaded_sum = sum_loaded(p);
	if (!r && p->resume)
		r = resume_check_pictures(p->resume, p, e);
	return r;
}

enum err preflight_resume(struct preflight *p, const struct trainer_options *o,
			  struct resume *resume, struct errinfo *e)
{
	*p = (struct preflight){.resume = resume, .runs = o->runs, .model_cfg = STRBUF_INIT};
	enum err r = check_all(p, o, e);
	if (r)
		preflight_release(p);
	return r;
}

enum err preflight_run(struct preflight *p, const struct trainer_options *o, struct errinfo *e)
{
	return preflight_resume(p, o, NULL, e);
}

void preflight_release(struct preflight *p)
{
	if (p->net)
		net_free(p->net);
	if (p->data)
		dataset_free(p->data);
	if (p->x)
		experiment_free(p->x);
	weights_audit_release(&p->audit);
	at_end_release(&p->at_end);
	strbuf_release(&p->model_cfg);
	free(p->frozen);
	free(p->thawed);
	free(p->class_weights);
	warnings_release(&p->warnings);
	*p = (struct preflight){.model_cfg = STRBUF_INIT};
}

/* When which layers thaw, and what that comes to. */
static void report_thawing(const struct preflight *p, size_t i, FILE *out)
{
	struct strbuf words = STRBUF_INIT, rest = STRBUF_INIT;
	thawing_words(p, i, &words);
	layerset_format(&p->thawed[i], &rest);
	if (words.len)
		say(out, "            thaws %s of the phase; then frozen %s: %s parameters learn",
		    words.buf, rest.buf, words_count(phases_trainable(p->net, &p->thawed[i])));
	strbuf_release(&words);
	strbuf_release(&rest);
}

void preflight_report_phases(const struct preflight *p, FILE *out)
{
	struct strbuf set = STRBUF_INIT;
	int64_t all = phases_params(p->net);
	for (size_t i = 0; i < p->x->n_phases; i++) {
		const struct phase_config *ph = &p->x->phases[i];
		strbuf_reset(&set);
		layerset_format(&p->frozen[i], &set);
		say(out,
		    "phase       %s: %s, lr %g %s, frozen %s: %s of %s parameters learn", ph->name,
		    words_n(ph->epochs, "epoch"), ph->lr, schedule_name(ph->schedule), set.buf,
		    words_count(phases_trainable(p->net, &p->frozen[i])), words_count(all));
		report_thawing(p, i, out);
		rule_plan_report_until(p, i, out);
	}
	strbuf_release(&set);
}

static void report_data(const struct preflight *p, FILE *out)
{
	const struct dataset *d = p->data;
	say(out, "data        %s, %s training and %s validation images, %zu left out",
	    words_n((int64_t)d->n_classes, "class"), words_count((int64_t)d->train.n), words_count((int64_t)d->valid.n),
	    d->n_bad);
	for (size_t i = 0; i < d->n_bad; i++)
		say(out, "left out    %s: %s", d->bad[i].path, d->bad[i].why);
}

void preflight_report_weights(const struct preflight *p, FILE *out)
{
	const struct weights_audit *a = &p->audit;
	if (!*p->x->network.weights) {
		say(out, "weights     none: %s from scratch", words_n(a->n_initialised, "layer"));
		return;
	}
	say(out, "weights     %s: %s expected, %s found; %s loaded, %d initialised",
	    p->x->network.weights, words_n((int64_t)a->bytes_expected, "byte"),
	    words_count((int64_t)a->bytes_found), words_n(a->n_loaded, "layer"), a->n_initialised);
	if (a->other_head)
		say(out, "            (its last layer has %s; it is replaced)",
		    words_n(a->other_head, "output"));
	struct layerset scratch;
	unlearnt_layers(p, &scratch);
	if (layerset_count(&scratch)) {
		struct strbuf set = STRBUF_INIT;
		layerset_format(&scratch, &set);
		say(out, "            (it ends before layers %s, which start from scratch)",
		    set.buf);
		strbuf_release(&set);
	}
}

void preflight_report_network(const struct preflight *p, FILE *out)
{
	const struct experiment *x = p->x;
	const struct head_report *h = &p->head;
	int w, hh, c;
	net_input(p->net, &w, &hh, &c);
	say(out, "experiment  %s, seed %llu", *x->path ? x->path : x->name,
	    (unsigned long long)x->train.seed);
	say(out,
	    "network     %s: %s at layer %d become %d at layer %d (%s); %s, input %dx%d",
	    x->network.cfg, words_n(h->classes_before, "class"), h->head_before,
	    net_classes(p->net), h->head_after, h->head_kind,
	    words_n(h->n_layers_after, "layer"), w, hh);
}

void preflight_report_device(const struct preflight *p, FILE *out)
{
	struct strbuf words = STRBUF_INIT;
	chosen_device_words(net_threads(p->net), &words);
	say(out, "device      %s", words.buf);
	strbuf_release(&words);
}

void preflight_report_warnings(const struct preflight *p, FILE *out)
{
	for (size_t i = 0; i < p->warnings.n; i++)
		say(out, "warning     %s", p->warnings.lines[i]);
}

void preflight_report_verdict(const struct preflight *p, const char *well, FILE *out)
{
	size_t n = p->warnings.n;
	if (!n)
		say(out, "ok          %s", well);
	else if (n == 1)
		fputs("ok          it would run, but see the warning above\n", out);
	else
		say(out, "ok          it would run, but see the %zu warnings above", n);
}

static void report_sandbox(FILE *out)
{
	struct strbuf words = STRBUF_INIT;
	sandbox_words(&words);
	say(out, "sandbox     %s", words.buf);
	strbuf_release(&words);
}

void preflight_report(const struct preflight *p, FILE *out)
{
	preflight_report_network(p, out);
	preflight_report_weights(p, out);
	preflight_report_phases(p, out);
	optimizing_report(p, out);
	rule_plan_report(p, out);
	report_data(p, out);
	say(out, "disk        %s: about %s needed, %s free", p->runs,
	    words_bytes((double)p->disk_need), words_bytes((double)p->disk_free));
	if (p->memory_need)
		say(out, "memory      about %s needed, %s left", words_bytes((double)p->memory_need),
		    words_bytes((double)p->memory_left));
	preflight_report_device(p, out);
	report_sandbox(out);
	at_end_report(&p->at_end, out);
	preflight_report_warnings(p, out);
	preflight_report_verdict(p, "nothing stands in the way", out);
}
