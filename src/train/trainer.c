#include "thaw/base/say.h"
#include "thaw/train/trainer.h"
#include "again.h"
#include "branch.h"
#include "commands.h"
#include "detach.h"
#include "emergency.h"
#include "guard.h"
#include "needs.h"
#include "parting.h"
#include "replan.h"
#include "resume.h"
#include "training.h"
#include "sandbox.h"
#include "session.h"
#include "sweep.h"
#include "warden.h"
#include "thaw/base/alloc.h"
#include "thaw/base/run_files.h"
#include "thaw/engine/box.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What ties the run to what is outside of it. */
struct outside {
	struct detach detach;
	struct warden warden;
};

#define LOADER_THREADS_MAX 4

enum err trainer_check(const struct trainer_options *o, FILE *out, struct errinfo *e)
{
	struct preflight p;
	enum err r = preflight_run(&p, o, e);
	if (r)
		return r;
	preflight_report(&p, out);
	preflight_release(&p);
	return ERR_OK;
}

static void open_loaders(struct session *s)
{
	const struct preflight *p = s->p;
	int w, h, c, batch = p->x->train.batch;
	int threads = batches_threads(p->net, LOADER_THREADS_MAX);
	net_input(p->net, &w, &h, &c);
	size_t keep = needs_pictures_max(), n = p->data->train.n + p->data->valid.n;
	size_t keep_train = (size_t)((double)keep * (double)p->data->train.n / (double)n);
	s->views_repeat = sweep_views_repeat(p->x);
	net_set_cache(p->net, p->x->train.cache, &s->dir.folder);
	struct loader *train = loader_new(p->data, p->x, true, w, h, batch, threads, keep_train),
		      *valid =
			  loader_new(p->data, p->x, false, w, h, batch, threads, keep - keep_train);
	batches_open(&s->train, train, p->net, s->views_repeat, false);
	batches_open(&s->valid, valid, p->net, true, p->x->train.eval_flip);
	metrics_init(&s->running, p->data->n_classes);
	metrics_init(&s->valid_metrics, p->data->n_classes);
}

/* What is open while the run trains. The log comes last: going on with one may change it. */
static enum err open_files(struct session *s, struct errinfo *e)
{
	int words;
	enum err r = folder_file(&s->dir.folder, RUN_TRAINER_LOG, FOLDER_LOG, &words, e);
	if (!r) {
		r = box_open(words, e);
		close(words);
	}
	if (!r)
		r = control_server_open(&s->control, &s->dir.folder, RUN_SOCKET, s->dir.name, e);
	if (!r && s->resume)
		r = run_dir_sign(&s->dir, e);
	if (r || (r = emitter_open(&s->emit, &s->dir.folder, s->resume, e)))
		return r;
	commands_open(s);
	return ERR_OK;
}

/* Everything a run needs on disk, before anybody is told of it. */
static enum err fill_rundir(struct session *s, struct errinfo *e)
{
	const struct preflight *p = s->p;
	struct strbuf yaml = STRBUF_INIT;
	experiment_write(p->x, &yaml);
	enum err r = run_dir_write(&s->dir, RUN_EXPERIMENT, &yaml, e);
	strbuf_release(&yaml);
	if (!r)
		r = run_dir_write(&s->dir, RUN_CFG, &p->model_cfg, e);
	if (!r)
		r = run_dir_write_labels(&s->dir, p->data->classes, p->data->n_classes, e);
	if (!r && s->again)
		r = again_keep(s->again, &s->dir.folder, e);
	return r ? r : open_files(s, e);
}

static void session_release(struct session *s)
{
	commands_release(s);
	control_server_close(s->control);
	guard_release(s);
	probe_set_release(s);
	mistakes_release(&s->mistakes);
	layer_stats_release(s);
	metrics_release(&s->running);
	metrics_release(&s->valid_metrics);
	batches_release(&s->train);
	batches_release(&s->valid);
	emitter_close(s->emit, NULL);
	saving_release(s);
	strbuf_release(&s->sandbox);
	ending_release(s);
	free(s->scales);
	again_free(s->again);
	s->again = NULL;
	s->scales = NULL;
	s->emit = NULL;
	s->control = NULL;
}

/* Of no layer a multiplier has been set by hand. */
static double *no_scales(const struct preflight *p)
{
	return xcalloc((size_t)net_n_layers(p->net), sizeof(double));
}

static enum err session_open(struct session *s, struct preflight *p, struct again *again,
			     const struct trainer_options *o, struct errinfo *e)
{
	*s = (struct session){.p = p,
			      .again = again,
			      .factor = 1,
			      .scales = no_scales(p),
			      .dir = RUN_DIR_INIT,
			      .sandbox = STRBUF_INIT};
	session_watch_signals(); /* once there is a directory its log gets an end */
	enum err r = run_dir_create(&s->dir, o->runs, o->name, p->x->name, e);
	if (r) {
		session_release(s);
		return r;
	}
	r = fill_rundir(s, e);
	if (r) {
		session_release(s);
		run_dir_discard(&s->dir);
		return r;
	}
	open_loaders(s);
	return ERR_OK;
}

/* The run that this one trains again, if it does. */
static enum err take_up_again(struct session *s, struct errinfo *e)
{
	struct trained own;
	struct event here = {.type = EV_CONTROL};
	here.control = (struct event_control){.what = CONTROL_CONTINUED, .iter = s->at.iter};
	enum err r = trained_read(&own, s->dir.path, e);
	if (r)
		return r;
	trained_add(&own, &here);
	r = again_take_up(&s->again, &s->dir.folder, &own, e);
	trained_release(&own);
	return r;
}

/* The same in the directory of a run that goes on, which `resume` gives up to it. */
static enum err session_reopen(struct session *s, struct preflight *p, struct resume *resume,
			       struct errinfo *e)
{
	*s = (struct session){
	    .p = p,
	    .resume = resume,
	    .factor = 1,
	    .scales = no_scales(p),
	    .dir = resume->dir,
	    .sandbox = STRBUF_INIT,
	};
	resume->dir = (struct run_dir)RUN_DIR_INIT;
	session_watch_signals();
	open_loaders(s);
	enum err r = resume_apply(resume, s, e);
	if (!r)
		r = take_up_again(s, e);
	if (!r)
		r = open_files(s, e);
	if (!r)
		r = replan_keep(resume, s, e);
	if (r) {
		session_release(s);
		run_dir_release(&s->dir);
	}
	return r;
}

static void tell_run(struct session *s)
{
	const struct dataset *d = s->p->data;
	s->told = (struct told_run){.name = s->dir.name,
				    .sandbox = s->sandbox.len ? s->sandbox.buf : NULL,
				    .again = again_name(s->again)};
	if (s->resume && s->resume->branch) {
		s->told.parent = s->resume->branch->parent;
		s->told.parent_iter = opt_of((double)s->at.iter);
	} else if (s->resume) {
		s->told.parent = s->resume->log.run.parent;
		s->told.parent_iter = s->resume->log.run.parent_iter;
	}
	session_tell_run(s);
	emit_darknet(s->emit);
	if (s->lacks)
		emit_note(s->emit, NOTE_INFO, -1, "the sandbox is not whole here: %s",
			  s->sandbox.buf);
	at_end_tell(&s->p->at_end, s->emit);
	if (s->resume) {
		resume_tell(s->resume, s);
		return;
	}
	for (size_t i = 0; i < d->n_bad; i++)
		emit_note(s->emit, NOTE_WARN, -1, "left out %s: %s", d->bad[i].path, d->bad[i].why);
	for (size_t i = 0; i < s->p->warnings.n; i++)
		emit_note(s->emit, NOTE_WARN, -1, "%s", s->p->warnings.lines[i]);
	parting_begin(s);
}

static void tell_end(struct session *s, enum end_status status, const char *reason)
{
	static const enum run_status statuses[END_STATUS_N] = {[END_FINISHED] = RUN_STATUS_FINISHED,
							       [END_STOPPED] = RUN_STATUS_STOPPED,
							       [END_FAILED] = RUN_STATUS_FAILED};
	struct event_end end = {
	    .status = status,
	    .reason = reason,
	    .epochs = s->at.epochs_done,
	    .iters = s->at.iter,
	    .seconds = opt_of((double)log_writer_elapsed_ms(emitter_log(s->emit)) / 1000),
	    .best_acc = {s->best.acc, s->best.any},
	    .best_epoch = {(double)s->best.epoch, s->best.any},
	    .peak_rss = peak_rss_bytes(),
	    .signal = {session_signalled(), status == END_STOPPED && session_signalled()},
	};
	s->saving.ended = true;
	emit_end(s->emit, &end);
	s->outcome = (struct outcome){.status = statuses[status],
				      .epochs = end.epochs,
				      .iters = end.iters,
				      .best_acc = end.best_acc,
				      .best_epoch = end.best_epoch};
	snprintf(s->outcome.reason, sizeof(s->outcome.reason), "%s", reason);
}

static const char *why_stopped(char *out, size_t size)
{
	if (!session_signalled())
		return "stopped by the user";
	snprintf(out, size, "stopped by a signal: %s", strsignal(session_signalled()));
	return out;
}

/* Write what is owed: a plan that is done waits for that, a run that must end tries once more. */
static enum err settle(struct session *s, bool wait, struct errinfo *e)
{
	enum err r = wait ? commands_apply(s, e) : saving_last(s, e);
	return s->saving.reason ? saving_last(s, e) : r;
}

/* The `end` that is due, and all that the log owes. */
static enum trainer_status end(struct session *s, enum trainer_status status, const char *reason,
			       struct errinfo *e)
{
	static const enum end_status ends[] = {[TRAINER_FINISHED] = END_FINISHED,
					       [TRAINER_FAILED] = END_FAILED,
					       [TRAINER_STOPPED] = END_STOPPED};
	struct errinfo why = {0};
	tell_end(s, ends[status], reason);
	enum err r = settle(s, status == TRAINER_FINISHED, &why);
	if (r) {
		s->outcome.status = RUN_STATUS_FAILED;
		snprintf(s->outcome.reason, sizeof(s->outcome.reason),
			 "the end of the log could not be written: %.500s", why.msg);
	}
	if (r && status != TRAINER_FAILED)
		err_set(e, r, "the end of the log could not be written: %s", why.msg);
	return r ? TRAINER_FAILED : status;
}

static enum trainer_status end_well(struct session *s, struct errinfo *e)
{
	struct strbuf why = STRBUF_INIT;
	const char *early = ending_reason(s, &why);
	enum trainer_status status =
	    end(s, TRAINER_FINISHED, early ? early : "all phases are done", e);
	strbuf_release(&why);
	return status;
}

/* Train, keep what was learnt, and say how it ended. */
static enum trainer_status train(struct session *s, struct errinfo *e)
{
	char why[128];
	struct errinfo lost = {0};
	enum err r = training_run(s, e);
	if (r != ERR_DARKNET && (r || !s->complete || !s->at.epochs_done))
		saving_promise(s, false, false);
	if (settle(s, !r && s->complete, &lost) && !r)
		r = err_set(e, ERR_IO, "what was learnt could not be saved: %s", lost.msg);
	parting_end(s);
	if (r)
		return end(s, TRAINER_FAILED, e->msg, e);
	return s->complete ? end_well(s, e)
			   : end(s, TRAINER_STOPPED, why_stopped(why, sizeof(why)), e);
}

/* From here on the sandbox holds. */
static void close_in(struct session *s, const struct trainer_options *o)
{
	if (o->warden)
		at_end_remember(&s->p->at_end, s->p->x);
	if (o->sandbox)
		s->lacks = !sandbox_enter(s->p, &s->dir.folder, &s->sandbox);
}

/* From the open session to its end. The log must say that the run goes on before anybody looks. */
static enum trainer_status run(struct session *s, const struct trainer_options *o,
			       struct outside *out, struct errinfo *e)
{
	struct detach *d = &out->detach;
	s->pause = o->pause;
	s->pause_at = o->pause_at;
	usage_begin(s);
	const struct at_end *end = &s->p->at_end;
	close_in(s, o);
	tell_run(s); /* before it is watched: an earlier end of the run is not this one */
	warden_watch(&out->warden, &s->dir.folder, (const char *const *)end->commands, end->n);
	enum trainer_status status;
	if (d->report_fd < 0) {
		say(stdout, "run %s", s->dir.path);
		fflush(stdout);
	}
	if (detach_now(d, &s->dir.folder, e)) {
		tell_end(s, END_FAILED, e->msg);
		status = TRAINER_FAILED;
	} else {
		status = train(s, e);
	}
	session_release(s);
	run_dir_release(&s->dir);
	warden_tell(&out->warden, &s->outcome);
	return status;
}

/* Takes `again`. */
static enum trainer_status run_new(const struct trainer_options *o, struct again *again,
				   struct outside *out, struct errinfo *e)
{
	struct preflight p;
	struct session s;
	if (preflight_run(&p, o, e)) {
		again_free(again);
		return TRAINER_BAD_INPUT;
	}
	enum trainer_status status = TRAINER_BAD_INPUT;
	if (!session_open(&s, &p, again, o, e))
		status = run(&s, o, out, e);
	preflight_release(&p);
	return status;
}

/* On the same device, with as many threads, unless other ones are asked for. */
static enum trainer_status run_as_before(const struct trainer_options *o, struct outside *out,
					 struct errinfo *e)
{
	struct strbuf yaml = STRBUF_INIT;
	struct again *again;
	if (again_read(&again, o->again, &yaml, e))
		return TRAINER_BAD_INPUT;
	if (again_until(again, o->until, e)) {
		again_free(again);
		strbuf_release(&yaml);
		return TRAINER_BAD_INPUT;
	}
	struct trainer_options its = *o;
	its.experiment = o->again;
	its.settings = yaml.buf;
	its.threads = o->threads ? o->threads : again_threads(again);
	its.device = o->device ? o->device : again_device(again);
	enum trainer_status status = run_new(&its, again, out, e);
	strbuf_release(&yaml);
	return status;
}

/* The run that `again` has opened. */
static enum trainer_status go_on(struct resume *again, const struct trainer_options *o,
				 struct outside *out, struct errinfo *e)
{
	struct preflight p;
	struct session s;
	struct trainer_options its = {
	    .experiment = again->experiment,
	    .runs = again->dir.path,
	    .sets = o->sets,
	    .n_sets = o->n_sets,
	    .threads = o->threads,
	    .device = o->device,
	    .notify = o->notify,
	    .n_notify = o->n_notify,
	    .force = o->force,
	};
	enum trainer_status status = TRAINER_BAD_INPUT;
	if (!preflight_resume(&p, &its, again, e)) {
		if (!session_reopen(&s, &p, again, e))
			status = run(&s, o, out, e);
		preflight_release(&p);
	}
	resume_release(again);
	return status;
}

static enum trainer_status run_again(const struct trainer_options *o, struct outside *out,
				     struct errinfo *e)
{
	struct resume again;
	return resume_open(&again, o, e) ? TRAINER_BAD_INPUT : go_on(&again, o, out, e);
}

static enum trainer_status run_branch(const struct trainer_options *o, struct outside *out,
				      struct errinfo *e)
{
	struct branch b;
	struct resume again;
	if (branch_make(&b, o, e))
		return TRAINER_BAD_INPUT;
	if (b.nearest)
		say(stderr, "thaw: %s is not kept in %s: from %s", o->at, b.parent, b.from.buf);
	enum trainer_status status =
	    resume_open_made(&again, &b, o, e) ? TRAINER_BAD_INPUT : go_on(&again, o, out, e);
	if (status == TRAINER_BAD_INPUT)
		branch_discard(&b);
	else
		branch_release(&b);
	return status;
}

static enum trainer_status start(const struct trainer_options *o, bool again, struct errinfo *e)
{
	struct errinfo mine = {0};
	struct outside out = {.warden = WARDEN_NONE};
	int status;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file limit is an error to report, as a full disk is */
	if (!detach_prepare(&out.detach, o->report_fd, &status))
		return (enum trainer_status)status;
	if (o->warden)
		warden_start(&out.warden, "");
	e = e ? e : &mine;
	enum trainer_status r = again      ? run_again(o, &out, e)
				: o->again  ? run_as_before(o, &out, e)
				: o->branch ? run_branch(o, &out, e)
					    : run_new(o, NULL, &out, e);
	warden_leave(&out.warden);
	return r;
}

enum trainer_status trainer_run(const struct trainer_options *o, struct errinfo *e)
{
	return start(o, false, e);
}

enum trainer_status trainer_resume(const struct trainer_options *o, struct errinfo *e)
{
	return start(o, true, e);
}
