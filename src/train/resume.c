#include "resume.h"
#include "branch.h"
#include "emergency.h"
#include "pair.h"
#include "phases.h"
#include "replan.h"
#include "session.h"
#include "sound.h"
#include "take_up.h"
#include "thawing.h"
#include "thaw/base/words.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/run_files.h"
#include "thaw/base/say.h"
#include "thaw/base/text.h"
#include "thaw/run/run_log.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- may it go on ---- */

static char *find_run(const struct trainer_options *o)
{
	struct folder f;
	bool here = folder_open(&f, o->name, NULL) == ERR_OK && folder_holds(&f, RUN_LOG);
	folder_close(&f);
	return here ? xstrdup(o->name) : path_join(o->runs, o->name);
}

static enum err read_log(struct resume *r, struct errinfo *e)
{
	struct log_reader *reader;
	enum err err = log_reader_open_in(&reader, &r->dir.folder, e);
	if (!err) {
		run_log_fold(reader, &r->log);
		log_reader_close(reader);
	}
	if (!err && !r->log.has_run)
		err = err_set(e, ERR_FORMAT, "%s/" RUN_LOG ": it does not tell how the run began",
			      r->dir.path);
	return err;
}

/* What is trained from and written to is nobody else's. */
static enum err check_owner(const struct folder *run, struct errinfo *e)
{
	static const char *const names[] = {NULL,     RUN_EXPERIMENT, RUN_CFG,   RUN_LOG,
					    RUN_LAST, RUN_STATE,      RUN_BEST,  RUN_LOCK,
					    RUN_TRAINER_LOG,          RUN_CHECKPOINTS,
					    RUN_BEST_STATE, RUN_PREVIOUS,
					    RUN_PREVIOUS_STATE};
	enum err r = ERR_OK;
	for (size_t i = 0; !r && i < sizeof(names) / sizeof(*names); i++)
		r = folder_check_owner(run, names[i], e);
	return r;
}

static enum err read_state(struct resume *r, struct errinfo *e)
{
	const struct folder *f = &r->dir.folder;
	if (r->from)
		return pair_read_point(f, &r->point, &r->state, r->weights, sizeof(r->weights), e);
	enum err err =
	    sound_read(f, &r->log, &r->state, r->weights, sizeof(r->weights), &r->damage, e);
	r->goes_back = r->damage.len > 0;
	if (!err && r->goes_back)
		say(stderr, "thaw: %s", r->damage.buf);
	return err;
}

static enum err check_open(struct resume *r, struct errinfo *e)
{
	const char *dir = r->dir.path;
	enum err err = read_log(r, e);
	if (err)
		return err;
	err = read_state(r, e);
	if (!err && r->from && r->state.iter > r->log.iter)
		err = err_set(e, ERR_STATE,
			      "%s: epoch %" PRId64 " lies ahead: the run went back from there, to "
			      "iteration %" PRId64,
			      dir, r->state.epochs_done, r->log.iter);
	if (!err && r->state.epoch == 0)
		err =
		    err_set(e, ERR_NOT_FOUND,
			    "%s ended before its first iteration; `thaw run %s/" RUN_EXPERIMENT "` "
			    "begins anew",
			    dir, dir);
	return err;
}

static void begin(struct resume *r, const struct trainer_options *o)
{
	*r = (struct resume){
	    .options = o, .dir = RUN_DIR_INIT, .state = {.momentum = STRBUF_INIT}, .damage = STRBUF_INIT};
	history_init(&r->log);
}

/* Its directory is open. */
static enum err look(struct resume *r, struct errinfo *e)
{
	r->experiment = run_dir_file(&r->dir, RUN_EXPERIMENT);
	enum err err = check_owner(&r->dir.folder, e);
	if (!err)
		err = pair_settle(&r->dir.folder, e);
	if (!err)
		err = check_open(r, e);
	if (err)
		resume_release(r);
	return err;
}

enum err resume_open_made(struct resume *r, struct branch *b, const struct trainer_options *o,
			  struct errinfo *e)
{
	begin(r, o);
	r->branch = b;
	r->dir = b->dir;
	b->dir = (struct run_dir)RUN_DIR_INIT;
	return look(r, e);
}

enum err resume_open(struct resume *r, const struct trainer_options *o, struct errinfo *e)
{
	begin(r, o);
	enum err err = o->from ? point_parse(o->from, &r->point, e) : ERR_OK;
	r->from = r->goes_back = o->from && r->point.kind != POINT_LAST;
	char *dir = find_run(o);
	if (!err)
		err = run_dir_open(&r->dir, dir, e);
	free(dir);
	if (!err)
		return look(r, e);
	resume_release(r);
	return err;
}

void resume_release(struct resume *r)
{
	run_dir_release(&r->dir);
	history_release(&r->log);
	state_release(&r->state);
	strbuf_release(&r->damage);
	free(r->experiment);
	r->experiment = NULL;
}

/* ---- is it the same run ---- */

static enum err changed(const struct resume *r, const struct experiment *x, const char *key,
			const char *now, const char *was, struct errinfo *e)
{
	if (r->branch)
		return err_set(e, ERR_MISMATCH,
			       "%s: %s is %s, and %s in %s: a branch goes on with the network, the "
			       "pictures, the batches and the figure of its parent; `thaw run` begins "
			       "anew with others",
			       experiment_where(x, key), key, *now ? now : "none", *was ? was : "none",
			       r->branch->parent);
	return err_set(
	    e, ERR_MISMATCH,
	    "%s: %s is %s, but the run was begun with %s, which cannot change; put it back",
	    experiment_where(x, key), key, *now ? now : "none", *was ? was : "none");
}

/* Files may have been moved; what they hold is looked at later, but for the weights, which are not
 * read again: cfg and weights keep their names. Where the pictures lie matters only when the state
 * does not tell what they were. */
static enum err check_places(const struct resume *r, const struct experiment *x, struct errinfo *e)
{
	const struct event_run *run = &r->log.run;
	const char *data;
	const char *source = experiment_source(x, &data);
	const struct {
		const char *key, *now, *was;
	} files[] = {
	    {"network.cfg", x->network.cfg, run->cfg},
	    {"network.weights", x->network.weights, run->weights},
	};
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (strcmp(path_base(files[i].now), path_base(files[i].was)) != 0)
			return changed(r, x, files[i].key, files[i].now, files[i].was, e);
	if (r->state.version < STATE_KNOWS_DATA && strcmp(data, run->data) != 0)
		return changed(r, x, source, data, run->data, e);
	if (*r->state.resize && strcmp(r->state.resize, resize_name(x->data.resize)) != 0)
		return changed(r, x, "data.resize", resize_name(x->data.resize), r->state.resize, e);
	return ERR_OK;
}

enum err resume_check_settings(const struct resume *r, const struct experiment *x,
			       struct errinfo *e)
{
	const struct event_run *run = &r->log.run;
	enum err err = check_places(r, x, e);
	if (err)
		return err;
	if (strcmp(x->train.best, r->state.best_by) != 0)
		return changed(r, x, "train.best", x->train.best, r->state.best_by, e);
	const struct {
		const char *key;
		int64_t now, was;
	} numbers[] = {
	    {"train.batch", x->train.batch, run->batch},
	    {"train.seed", (int64_t)x->train.seed, r->state.seed},
	};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		char now[24], was[24];
		snprintf(now, sizeof(now), "%" PRIu64, (uint64_t)numbers[i].now);
		snprintf(was, sizeof(was), "%" PRIu64, (uint64_t)numbers[i].was);
		if (numbers[i].now != numbers[i].was)
			return changed(r, x, numbers[i].key, now, was, e);
	}
	return ERR_OK;
}

enum err resume_check_classes(const struct resume *r, const struct dataset *d, struct errinfo *e)
{
	const struct event_run *run = &r->log.run;
	if (r->branch && d->n_classes != run->n_classes)
		return err_set(e, ERR_MISMATCH,
			       "%s here, %zu in %s: a branch goes on with the classes of its parent; "
			       "`thaw run` begins anew with others",
			       words_n((int64_t)d->n_classes, "class"), run->n_classes,
			       r->branch->parent);
	if (d->n_classes != run->n_classes)
		return err_set(
		    e, ERR_MISMATCH,
		    "the data set has changed: %s has %s now, %zu when the run %s began",
		    run->data, words_n((int64_t)d->n_classes, "class"), run->n_classes,
		    r->dir.path);
	for (size_t i = 0; i < d->n_classes; i++)
		if (strcmp(d->classes[i], run->classes[i]) != 0)
			return err_set(
			    e, ERR_MISMATCH,
			    "the data set has changed: class %zu of %s is %s now, %s when the "
			    "run %s began",
			    i, run->data, d->classes[i], run->classes[i], r->dir.path);
	return ERR_OK;
}

enum err resume_check_network(const struct resume *r, const struct strbuf *model_cfg,
			      struct errinfo *e)
{
	struct strbuf was = STRBUF_INIT;
	char *path = run_dir_file(&r->dir, RUN_CFG);
	const struct text_file file = {
	    .path = RUN_CFG, .what = "a Darknet cfg", .max = MODEL_CFG_MAX, .in = &r->dir.folder};
	enum err err = text_read(&file, &was, e);
	bool other = !err && (was.len != model_cfg->len ||
			      memcmp(was.buf, model_cfg->buf, was.len) != 0);
	if (other && r->branch)
		err = err_set(e, ERR_MISMATCH,
			      "the network is another one than in %s: a branch goes on with its weights, so "
			      "the settings of network and head cannot change; `thaw run` begins anew",
			      r->branch->parent);
	else if (other)
		err = err_set(
		    e, ERR_MISMATCH,
		    "%s is not what %s makes of %s now: the settings of network and head, and "
		    "that file, cannot change; put them back",
		    path, r->experiment, r->log.run.cfg);
	strbuf_release(&was);
	free(path);
	return err;
}

enum err resume_check_pictures(const struct resume *r, const struct preflight *p, struct errinfo *e)
{
	const struct event_run *run = &r->log.run;
	const struct dataset *d = p->data;
	if ((int64_t)d->train.n != run->n_train || (int64_t)d->valid.n != run->n_valid)
		return err_set(
		    e, ERR_MISMATCH,
		    "the data set has changed: %zu training and %zu validation images now, "
		    "%" PRId64 " and %" PRId64 " when the run %s began",
		    d->train.n, d->valid.n, run->n_train, run->n_valid, r->dir.path);
	if (r->state.version >= STATE_KNOWS_DATA && r->state.data_sum != p->data_sum)
		return err_set(
		    e, ERR_MISMATCH,
		    "the data set has changed: as many images as when the run %s began, but some "
		    "are changed, under other names, in other classes or split in another way",
		    r->dir.path);
	return ERR_OK;
}

void resume_ask_where(const struct resume *r, const struct experiment *x, struct errinfo *e)
{
	err_set(e, e->code, "%s; if the pictures were moved: `thaw resume %s --set %s=PATH%s`",
		e->msg, r->dir.path, experiment_source(x, NULL),
		*x->data.valid_dir ? " --set data.valid=PATH" : "");
}

/* ---- back to where it was ---- */

/* Do layers learn at other rates than others, now or by what the log tells so far? */
static bool scales_matter(const struct resume *r, const struct session *s)
{
	bool any = false;
	for (int i = 0; i < net_n_layers(s->p->net); i++)
		any = any || net_lr_scale(s->p->net, i) != 1 ||
		      ((size_t)i < r->log.n_layers && r->log.layers[i].lr_scale != 1);
	return any;
}

static struct best best_of(const struct state *st)
{
	return (struct best){st->has_best, st->best_score, st->best_acc, st->best_loss,
			     st->best_epoch};
}

/* The best so far stays when the run goes back beyond it: best.weights does. */
static void apply_best(const struct resume *r, struct session *s)
{
	const struct folder *f = &s->dir.folder;
	struct state best;
	char name[64];
	s->best = best_of(&r->state);
	if (r->goes_back && !pair_read_point(f, &(struct point){.kind = POINT_BEST}, &best, name,
					sizeof(name), NULL)) {
		s->best = best_of(&best);
		state_release(&best);
	}
	s->best.any = s->best.any && folder_has(f, RUN_BEST) && pair_best_is_whole(f);
}

/* What somebody set by hand made the run fail, and is not gone back to unasked. */
static bool lost_by_rate(const struct resume *r)
{
	return r->log.ended && r->log.end.status == END_FAILED && r->state.factor > 1;
}

enum err resume_apply(const struct resume *r, struct session *s, struct errinfo *e)
{
	struct errinfo why = {0};
	enum err err = take_up_check(&r->state, s, e);
	if (err)
		return err;
	take_up_position(&r->state, s);
	if (r->from) /* whoever asks for a point means to go on from it */
		ending_drop(s);
	apply_best(r, s);
	replan_before(r, s);
	if (take_up_network(&r->state, s, &why))
		return err_set(e, ERR_MISMATCH, "%s: " RUN_STATE ": %s", s->dir.path, why.msg);
	if (lost_by_rate(r))
		s->factor = 1;
	replan_after(r, s);
	return ERR_OK;
}

/* The markers of what was done by hand after the point, in words. */
static void dropped_by_hand(const struct resume *r, struct strbuf *out)
{
	const struct history *log = &r->log;
	for (size_t i = history_markers_at(log, r->state.iter); i < log->n_markers; i++) {
		const struct history_marker *m = &log->markers[i];
		if (m->cause != CAUSE_USER && m->cause != CAUSE_UNDO)
			continue;
		strbuf_addf(out, "%s%s at iteration %" PRId64, out->len ? "; " : "", m->text,
			    m->iter);
	}
}

static void tell_from(const struct resume *r, struct session *s)
{
	struct strbuf by_hand = STRBUF_INIT;
	int64_t epochs = (int64_t)r->log.n_epochs - s->at.epochs_done;
	dropped_by_hand(r, &by_hand);
	emit_note(s->emit, NOTE_INFO, s->at.iter,
		  "went back to the end of epoch %" PRId64 ", iteration %" PRId64
		  " (%s); %" PRId64 " epoch%s since dropped%s%s",
		  s->at.epochs_done, s->at.iter, r->weights, epochs > 0 ? epochs : 0,
		  epochs == 1 ? "" : "s",
		  by_hand.len ? "; what was done by hand since is dropped: " : "", by_hand.buf);
	strbuf_release(&by_hand);
	saving_promise(s, false, false);
}

static void tell_damage(const struct resume *r, struct session *s)
{
	int64_t lost = r->log.iter - s->at.iter;
	const char *what = r->damage.buf;
	size_t n = strlen(s->dir.path);
	if (strncmp(what, s->dir.path, n) == 0 && what[n] == '/') /* whoever reads it knows */
		what += n + 1;
	emit_note(s->emit, NOTE_WARN, s->at.iter,
		  "%s: went on from %s, after iteration %" PRId64 ", %" PRId64
		  " iteration%s before where the run stood",
		  what, r->weights, s->at.iter, lost, lost == 1 ? "" : "s");
	saving_promise(s, false, false);
}

static void tell_branch(const struct resume *r, struct session *s)
{
	const struct branch *b = r->branch;
	emit_note(s->emit, NOTE_INFO, s->at.iter, "branched off %s at %s%s%s", b->parent, b->from.buf,
		  b->nearest ? ", the nearest that is kept before " : "", b->nearest ? r->options->at : "");
}

static void tell_factor(const struct resume *r, struct session *s)
{
	if (lost_by_rate(r))
		emit_note(s->emit, NOTE_WARN, s->at.iter,
			  "the run failed at x%.4g of the planned learning rate, set by hand: that "
			  "is dropped, the plan's holds",
			  r->state.factor);
	else if (s->factor < 1 || s->factor > 1)
		emit_note(s->emit, NOTE_INFO, s->at.iter,
			  "the learning rate stays at x%.4g of the planned one, as it was set by "
			  "hand, halved after accidents or cut by a rule",
			  s->factor);
}

static void tell_device(const struct resume *r, struct session *s)
{
	const char *now = net_device(s->p->net), *was = r->log.run.device;
	if (strcmp(now, was) != 0)
		emit_note(s->emit, NOTE_INFO, s->at.iter,
			  "%s instead of %s: the weights will not be those of an uninterrupted "
			  "run to the bit",
			  now, was);
}

void resume_tell(const struct resume *r, struct session *s)
{
	const struct layerset *frozen = net_frozen(s->p->net);
	int64_t threads = net_threads(s->p->net);
	double lr = session_lr(s);
	double was = lost_by_rate(r) ? lr * r->state.factor : replan_rate_before(r, s);
	emergency_progress(s->at.epochs_done, s->at.iter);
	session_tell_place(s, CONTROL_CONTINUED, CAUSE_USER);
	emit_freeze(s->emit, s->at.iter, CAUSE_RESUME, frozen, frozen,
		    phases_trainable(s->p->net, frozen));
	session_tell_lr(s, CAUSE_RESUME, lr, was);
	if (scales_matter(r, s))
		session_tell_scales(s, CAUSE_RESUME);
	if (threads != r->log.run.threads)
		emit_note(s->emit, NOTE_INFO, s->at.iter,
			  "%" PRId64 " threads instead of %" PRId64
			  ": the weights will not be those of an uninterrupted run to the bit",
			  threads, r->log.run.threads);
	tell_device(r, s);
	if (!take_up_moments(&r->state, s))
		emit_note(s->emit, NOTE_WARN, s->at.iter,
			  "train.optimizer is %s, and was %s: its moments start at zero",
			  optimizer_name(s->p->x->train.optimizer), r->state.optimizer);
	if (r->state.has_best && !s->best.any)
		emit_note(s->emit, NOTE_WARN, s->at.iter,
			  RUN_BEST " is missing or damaged, those of epoch %" PRId64
			  ": the best of the epochs from here on is kept",
			  r->state.best_epoch);
	if (r->from)
		tell_from(r, s);
	if (r->damage.len)
		tell_damage(r, s);
	if (r->branch)
		tell_branch(r, s);
	tell_factor(r, s);
	replan_tell(r, s);
	thawing_tell(s, CAUSE_RESUME);
}
