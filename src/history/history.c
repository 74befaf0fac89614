#include "fold.h"

#include "thaw/base/alloc.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void fold_run(struct history *h, const struct event *ev)
{
	const struct event_run *from = &ev->run;
	struct event_run all_but_phases = *from; /* they live in h->phases */
	all_but_phases.phases = NULL;
	all_but_phases.n_phases = 0;
	record_release(event_record(EV_RUN), &h->run);
	record_copy(event_record(EV_RUN), &h->run, &all_but_phases);
	phases_release(h);
	h->n_phases = from->n_phases < MAX_PHASES ? from->n_phases : MAX_PHASES;
	h->phases = xcalloc(h->n_phases, sizeof(*h->phases));
	for (size_t i = 0; i < h->n_phases; i++)
		record_copy(event_record(EV_PHASE), &h->phases[i], &from->phases[i]);
	if (h->phase >= (int64_t)h->n_phases) /* a plan made shorter when the run was resumed */
		h->phase = (int64_t)h->n_phases - 1;
	probes_set_classes(h, from->n_classes);
	h->run_ms = h->t_ms;
	if (h->has_run)
		add_resumed(h);
	add_card_note(h);
	busy_over(h);
	h->has_run = true;
	h->ended = h->stopping = h->killed.on = false;
	trouble_release(h);
	forget_ending(h);
	judge_again(h);
	h->state = RUN_PREPARING;
}

static void fold_stage(struct history *h, const struct event *ev)
{
	const struct event_stage *from = &ev->stage;
	if (from->stage < 0 || from->stage >= STAGE_N || from->state < 0 ||
	    from->state >= STAGE_STATE_N)
		return;
	static const char *const verbs[STAGE_STATE_N] = {"started", "done", "skipped"};
	busy_over(h);
	struct history_stage *s = &h->stages[from->stage];
	if (from->state == STAGE_STARTED || !s->seen)
		s->started_ms = h->t_ms;
	if (from->state != STAGE_STARTED)
		s->done_ms = h->t_ms;
	s->seen = true;
	s->state = from->state;
	for (int64_t i = from->stage + 1; i < STAGE_N && from->state == STAGE_STARTED; i++)
		h->stages[i].seen = false; /* the run went back */
	if (!s->in || (from->in && *from->in))
		text_replace(&s->in, from->in);
	if (!s->out || (from->out && *from->out))
		text_replace(&s->out, from->out);
	const char *what = from->state == STAGE_STARTED ? s->in : s->out;
	add_note(h, NOTE_INFO,
		 xasprintf("%s %s%s%s", stage_title(from->stage), verbs[from->state],
			   *what ? ": " : "", what));
}

static bool parse_frozen(const struct history *h, const char *text, struct layerset *out)
{
	if (!text || !*text) {
		layerset_clear(out, (int)h->n_layers);
		return true;
	}
	int head = h->head < 0 ? (int)h->n_layers : (int)h->head;
	return h->n_layers && layerset_parse(out, text, (int)h->n_layers, head, NULL) == ERR_OK;
}

static void fold_layers(struct history *h, const struct event *ev)
{
	const struct event_layers *from = &ev->layers;
	layers_release(h);
	sights_release(h); /* they are of other layers */
	h->n_layers = from->n_layers < LAYERSET_MAX ? from->n_layers : LAYERSET_MAX;
	h->layers = xcalloc(h->n_layers, sizeof(*h->layers));
	for (size_t i = 0; i < h->n_layers; i++) {
		struct event_layer *info = &h->layers[i].info;
		record_copy(&event_layer_record, info, &from->layers[i]);
		info->index = (int64_t)i;
		h->layers[i].lr_scale = 1;
	}
	h->head = from->head >= 0 && from->head < (int64_t)h->n_layers ? from->head : -1;
	h->epoch_frozen_known = false;
	points_release(h);
	struct layerset frozen;
	if (!parse_frozen(h, h->frozen_text, &frozen))
		layerset_clear(&frozen, (int)h->n_layers);
	set_frozen(h, &frozen);
}

static void fold_phase(struct history *h, const struct event *ev)
{
	const struct event_phase_plan *from = &ev->phase;
	if (from->index < 0 || from->index >= MAX_PHASES)
		return;
	size_t i = (size_t)from->index;
	if (i >= h->n_phases) {
		h->phases = xrealloc(h->phases, i + 1, sizeof(*h->phases));
		for (; h->n_phases <= i; h->n_phases++) {
			struct event_phase_plan gap = {.index = (int64_t)h->n_phases};
			record_copy(event_record(EV_PHASE), &h->phases[h->n_phases], &gap);
		}
	}
	record_release(event_record(EV_PHASE), &h->phases[i]);
	record_copy(event_record(EV_PHASE), &h->phases[i], from);
	h->phase = from->index;
	thaw_forget(h);
	forget_ending(h);
	const struct event_phase_plan *p = &h->phases[i];
	add_marker(h, MARK_PHASE, h->iter, CAUSE_PHASE,
		   xasprintf("phase %s: %s at lr %s, frozen %s", p->name,
			     words_n(p->epochs, "epoch"), words_rate(p->lr),
			     *p->freeze ? p->freeze : "none"))
	    ->value = (double)from->index;
}

/* "0-18 frozen", "14-18 thawed", or both. */
static char *freeze_words(const struct layerset *was, const struct layerset *now, bool *thaws)
{
	struct layerset frozen = *now, thawed = *was;
	layerset_remove(&frozen, was);
	layerset_remove(&thawed, now);
	int n_frozen = layerset_count(&frozen), n_thawed = layerset_count(&thawed);
	struct strbuf sb = STRBUF_INIT;
	if (n_thawed)
		layerset_format(&thawed, &sb);
	strbuf_addstr(&sb, n_thawed ? " thawed" : "");
	strbuf_addstr(&sb, n_thawed && n_frozen ? ", " : "");
	if (n_frozen)
		layerset_format(&frozen, &sb);
	strbuf_addstr(&sb, n_frozen ? " frozen" : "");
	*thaws = n_thawed > 0;
	return sb.len ? strbuf_detach(&sb) : NULL;
}

static void fold_freeze(struct history *h, const struct event *ev)
{
	const struct event_freeze *from = &ev->freeze;
	struct layerset now, was = h->frozen;
	double before = (double)h->trainable;
	text_replace(&h->frozen_text, from->frozen);
	h->trainable = from->trainable;
	if (!parse_frozen(h, from->frozen, &now))
		return;
	bool thaws;
	char *words = freeze_words(&was, &now, &thaws);
	set_frozen(h, &now);
	if (!words)
		return;
	struct history_marker *m =
	    add_marker(h, thaws ? MARK_UNFREEZE : MARK_FREEZE, from->iter, from->cause,
		       xasprintf("%s (%s)", words, cause_name(from->cause)));
	m->was = before;
	m->value = (double)from->trainable;
	free(words);
}

/* The step that failed and the rate lowered for it make one mark; a step that diverged fails by
 * the rate's event alone. */
static void mark_nonfinite(struct history *h, int64_t iter, const struct event_lr *lr)
{
	bool diverged = lr && lr->cause == CAUSE_DIVERGED;
	bool by_hand = lr && lr->cause == CAUSE_ACCIDENT;
	struct history_marker *m = h->n_markers ? &h->markers[h->n_markers - 1] : NULL;
	bool known = m && m->kind == MARK_NONFINITE &&
		     (uint64_t)m->iter - (uint64_t)iter + 1 <= 2; /* at most 1 apart */
	if (!known)
		m = add_marker(h, MARK_NONFINITE, iter, CAUSE_NONFINITE,
			       xstrdup("loss not finite"));
	if (!lr)
		return;
	m->cause = lr->cause;
	m->was = lr->was;
	m->value = lr->value;
	shared_drop(m->text);
	m->text = shared_take(
	    by_hand ? xasprintf("loss lost: restored, learning rate %s taken back to %s",
				words_rate(lr->was), words_rate(lr->value))
		    : xasprintf("loss %s: restored, learning rate %s -> %s",
				diverged ? "diverged" : "not finite", words_rate(lr->was),
				words_rate(lr->value)));
}

/* A schedule moves the rate a little every iteration; only its steps are worth a mark. */
static bool lr_worth_marking(const struct event_lr *lr)
{
	if (lr->value == lr->was)
		return false;
	return lr->cause != CAUSE_SCHEDULE || lr->value >= 2 * lr->was || lr->value <= lr->was / 2;
}

static void fold_lr(struct history *h, const struct event *ev)
{
	const struct event_lr *from = &ev->lr;
	h->lr = opt_of(from->value);
	if (from->cause == CAUSE_NONFINITE || from->cause == CAUSE_DIVERGED ||
	    from->cause == CAUSE_ACCIDENT) {
		mark_nonfinite(h, from->iter, from);
		return;
	}
	if (!lr_worth_marking(from))
		return;
	const char *why = from->why ? from->why : "", *colon = *why ? ": " : "";
	char *text = from->was > 0
			 ? xasprintf("learning rate %s -> %s (%s%s%s)", words_rate(from->was),
				     words_rate(from->value), cause_name(from->cause), colon, why)
			 : xasprintf("learning rate %s (%s%s%s)", words_rate(from->value),
				     cause_name(from->cause), colon, why);
	enum marker_kind kind = from->value > from->was ? MARK_LR_UP : MARK_LR_DOWN;
	struct history_marker *m = add_marker(h, kind, from->iter, from->cause, text);
	m->was = from->was;
	m->value = from->value;
}

/* What goes by between an epoch's end and the next iteration, of n that have just been done. */
static void measure_between(struct history *h, struct opt_double ips, size_t n)
{
	bool timed = h->epoch_end_ms >= 0 && opt_finite(ips) && ips.value > 0;
	double took = timed ? (double)n * (double)h->run.batch / ips.value * 1000 : 0;
	if (timed)
		h->between_ms = opt_of(fmax((double)(h->t_ms - h->epoch_end_ms) - took, 0));
	h->epoch_end_ms = -1;
}

/* n iterations that have in common what the first tells but its loss. */
static void fold_iterations(struct history *h, const struct event_step *first, const double *losses,
			    size_t n)
{
	cut_steps(h, first->iter);
	add_steps(h, first, losses, n);
	h->iter = first->iter + (int64_t)n - 1;
	h->epoch = first->epoch;
	if (first->lr.valid)
		h->lr = first->lr;
	for (size_t i = 0; i < n && first->loss.valid; i++)
		if (!isfinite(losses[i]))
			mark_nonfinite(h, first->iter + (int64_t)i, NULL);
}

static void iterates(struct history *h, struct opt_double ips, size_t n)
{
	busy_over(h);
	forget_ending(h);
	range_ended(h);
	measure_between(h, ips, n);
	if (h->state < RUN_TRAINING)
		h->state = RUN_TRAINING;
}

/* n of them, from the first on; a log may hold any numbers. */
static bool is_iteration(int64_t iter, size_t n)
{
	return iter >= 0 && iter <= RECORD_COUNT_MAX - (int64_t)n + 1;
}

static void fold_step(struct history *h, const struct event *ev)
{
	if (!is_iteration(ev->step.iter, 1))
		return;
	iterates(h, ev->step.ips, 1);
	double loss = opt_or_nan(ev->step.loss);
	fold_iterations(h, &ev->step, &loss, 1);
}

static void fold_steps(struct history *h, const struct event *ev)
{
	const struct event_steps *from = &ev->steps;
	if (!from->n_loss || !is_iteration(from->iter, from->n_loss))
		return;
	iterates(h, from->ips, from->n_loss);
	size_t at_once = from->n_lr <= 1 ? from->n_loss : 1; /* of one rate */
	for (size_t i = 0; i < from->n_loss; i += at_once) {
		struct event_step step = event_steps_at(from, i);
		fold_iterations(h, &step, &from->loss[i], at_once);
	}
}

static void fold_checkpoint(struct history *h, const struct event *ev)
{
	const struct event_checkpoint *from = &ev->checkpoint;
	if (from->kind == CHECKPOINT_LAST) {
		fold_saved(h, from->iter);
		busy_over(h);
	}
	add_saved(h, from);
}

static void fold_note(struct history *h, const struct event *ev)
{
	bool known = ev->note.level >= 0 && ev->note.level < NOTE_LEVEL_N;
	add_note(h, known ? ev->note.level : NOTE_INFO, xstrdup(ev->note.text ? ev->note.text : ""));
	if (ev->note.peak.valid)
		h->killed = (struct history_killed){true, ev->note.peak, ev->note.limit};
}

static bool is_of_rules(const struct event_control *from)
{
	return from->what == CONTROL_ENDING || from->what == CONTROL_KEEP_GOING;
}

/* What a resumed run tells again has its mark. */
static void mark_rule(struct history *h, const struct event_control *from)
{
	const struct history_marker *last = h->n_markers ? &h->markers[h->n_markers - 1] : NULL;
	char *text = xasprintf("%s (%s)", from->why ? from->why : control_name(from->what),
			       cause_name(from->cause));
	if (last && last->kind == MARK_RULE && last->iter == from->iter &&
	    strcmp(last->text, text) == 0)
		free(text);
	else
		add_marker(h, MARK_RULE, from->iter, from->cause, text);
}

static void fold_control(struct history *h, const struct event *ev)
{
	const struct event_control *from = &ev->control;
	static const char *const words[CONTROL_N] = {
	    [CONTROL_PAUSED] = "paused",
	    [CONTROL_UNPAUSED] = "unpaused",
	    [CONTROL_NEXT_PHASE] = "on to the next phase",
	    [CONTROL_STOPPING] = "stopping",
	};
	if (from->what < 0 || from->what >= CONTROL_N)
		return;
	if (from->what == CONTROL_TAKEN || from->what == CONTROL_GIVEN_UP) {
		add_controls_note(h, from);
		return;
	}
	h->epoch_end_ms = -1;
	if (from->what == CONTROL_CONTINUED || from->what == CONTROL_BACK) {
		fold_continued(h, from);
		return;
	}
	if (is_of_rules(from)) {
		fold_ending(h, from);
		mark_rule(h, from);
		return;
	}
	fold_trouble(h, from);
	char *text = xasprintf("%s at iteration %lld (%s)", words[from->what],
			       (long long)from->iter, cause_name(from->cause));
	if (from->what == CONTROL_PAUSED)
		add_marker(h, MARK_PAUSE, from->iter, from->cause, text);
	else
		add_note(h, NOTE_INFO, text);
	if (from->what == CONTROL_STOPPING)
		h->stopping = true;
	if (from->what == CONTROL_PAUSED && h->state < RUN_PAUSED)
		h->state = RUN_PAUSED;
	if (from->what == CONTROL_UNPAUSED && h->state == RUN_PAUSED)
		h->state = RUN_TRAINING;
}

static void fold_cache(struct history *h, const struct event *ev)
{
	const struct event_cache *from = &ev->cache;
	bool other = !h->has_cache || h->cache.layer != from->layer;
	h->cache = *from;
	h->has_cache = from->images > 0 && from->layer >= 0 && from->layer < (int64_t)h->n_layers;
	if (h->has_cache && other)
		add_note(
		    h, NOTE_INFO,
		    xasprintf("activation cache: layers 0-%lld are computed once for %s, %s",
			      (long long)from->layer, words_n(from->images, "image"),
			      words_bytes((double)from->memory_bytes + (double)from->file_bytes)));
}

static void fold_end(struct history *h, const struct event *ev)
{
	record_release(event_record(EV_END), &h->end);
	record_copy(event_record(EV_END), &h->end, &ev->end);
	if (h->end.status < 0 || h->end.status >= END_STATUS_N)
		h->end.status = END_FAILED;
	busy_over(h);
	h->ended = true;
	trouble_release(h);
	forget_ending(h);
	h->stopping = false;
	range_ended(h);
	h->state = RUN_ENDED;
	struct strbuf words = STRBUF_INIT;
	history_end_words(h, &words);
	add_note(h, h->end.status == END_FAILED ? NOTE_ERROR : NOTE_INFO, strbuf_detach(&words));
}

static void (*const folds[EV_N])(struct history *, const struct event *) = {
    [EV_RUN] = fold_run,
    [EV_STAGE] = fold_stage,
    [EV_LAYERS] = fold_layers,
    [EV_PHASE] = fold_phase,
    [EV_FREEZE] = fold_freeze,
    [EV_LR] = fold_lr,
    [EV_STEP] = fold_step,
    [EV_STEPS] = fold_steps,
    [EV_EPOCH] = fold_epoch,
    [EV_THUMBS] = fold_thumbs,
    [EV_PROBE] = fold_probe,
    [EV_CHECKPOINT] = fold_checkpoint,
    [EV_NOTE] = fold_note,
    [EV_CONTROL] = fold_control,
    [EV_CACHE] = fold_cache,
    [EV_END] = fold_end,
    [EV_SCALE] = fold_scale,
    [EV_STATS] = fold_stats,
    [EV_MISTAKES] = fold_mistakes,
    [EV_LR_RANGE] = fold_lr_range,
    [EV_THAW] = fold_thaw,
    [EV_PROGRESS] = fold_progress,
    [EV_DEVICE] = fold_device,
    [EV_METRIC] = fold_metric,
    [EV_PARTED] = fold_parted,
};

void history_apply(struct history *h, const struct event *ev)
{
	if (ev->seq <= h->seq || (int)ev->type < 0 || ev->type >= EV_N)
		return;
	h->seq = ev->seq;
	h->t_ms = ev->t_ms;
	if (h->state == RUN_EMPTY)
		h->state = RUN_PREPARING;
	if (folds[ev->type])
		folds[ev->type](h, ev);
}

void history_broken(struct history *h)
{
	h->n_broken++;
}
