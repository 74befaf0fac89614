#include "emit.h"
#include "emergency.h"
#include "emitter.h"
#include "in_digits.h"
#include "optimizing.h"
#include "phases.h"
#include "rule_plan.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/say.h"
#include "thaw/base/version.h"
#include "thaw/engine/box.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *emitter_array(struct emitter *em, size_t n, size_t size)
{
	struct scratch *s = &em->scratch;
	ALLOC_GROW(s->blocks, s->n + 1, s->cap);
	return s->blocks[s->n++] = xcalloc(n, size);
}

const char *emitter_text(struct emitter *em, struct strbuf *sb)
{
	struct scratch *s = &em->scratch;
	ALLOC_GROW(s->blocks, s->n + 1, s->cap);
	return s->blocks[s->n++] = strbuf_detach(sb);
}

static void scratch_clear(struct emitter *em)
{
	while (em->scratch.n)
		free(em->scratch.blocks[--em->scratch.n]);
}

enum err emitter_open(struct emitter **out, const struct folder *run, bool append,
		      struct errinfo *e)
{
	struct log_writer *log;
	enum err r = log_writer_open(&log, run, append, e);
	if (r)
		return r;
	*out = xcalloc(1, sizeof(**out));
	(*out)->log = log;
	emergency_arm(log);
	return ERR_OK;
}

void emitter_mute(struct emitter **out)
{
	*out = xcalloc(1, sizeof(**out));
}

enum err emitter_close(struct emitter *em, struct errinfo *e)
{
	if (!em)
		return ERR_OK;
	emit_held(em);
	if (em->log)
		emergency_disarm();
	enum err r = em->log ? log_writer_close(em->log, e) : ERR_OK;
	scratch_clear(em);
	free(em->scratch.blocks);
	free(em);
	return r;
}

struct log_writer *emitter_log(const struct emitter *em)
{
	return em->log;
}

void emit_held(struct emitter *em)
{
	struct event ev = {0};
	if (!em->log || !em->held.n)
		return;
	step_pack_event(&em->held, &ev);
	log_writer_append(em->log, &ev, NULL);
	step_pack_told(&em->held, ev.t_ms);
}

void emitter_append(struct emitter *em, struct event *ev)
{
	emit_held(em);
	if (em->log)
		log_writer_append(em->log, ev, NULL);
	scratch_clear(em);
}

static struct event_phase_plan phase_plan(struct emitter *em, const struct preflight *p, size_t i,
					  int64_t first_epoch)
{
	const struct phase_config *ph = &p->x->phases[i];
	struct strbuf freeze = STRBUF_INIT, until = STRBUF_INIT;
	layerset_format(&p->frozen[i], &freeze);
	bool ends = rule_until_words(ph, &until);
	return (struct event_phase_plan){
	    .name = ph->name,
	    .index = (int64_t)i,
	    .epochs = ph->epochs,
	    .first_epoch = first_epoch,
	    .lr = ph->lr,
	    .schedule = schedule_name(ph->schedule),
	    .freeze = emitter_text(em, &freeze),
	    .batchnorm = batchnorm_name(ph->batchnorm),
	    .thaw_every = {ph->thaw_every, ph->thaw_every > 0},
	    .until = ends ? emitter_text(em, &until) : NULL,
	};
}

static double *class_weights(struct emitter *em, const struct preflight *p)
{
	size_t n = p->class_weights ? p->data->n_classes : 0;
	double *out = emitter_array(em, n, sizeof(*out));
	for (size_t i = 0; i < n; i++)
		out[i] = in_short((double)p->class_weights[i]);
	return out;
}

static const char *rule_text(struct emitter *em, const struct experiment *x,
			     bool (*words)(const struct experiment *x, struct strbuf *out))
{
	struct strbuf text = STRBUF_INIT;
	return words(x, &text) ? emitter_text(em, &text) : NULL;
}

static const char *hex_text(struct emitter *em, uint64_t sum)
{
	struct strbuf text = STRBUF_INIT;
	strbuf_addf(&text, "%016" PRIx64, sum);
	return emitter_text(em, &text);
}

static const char *settings_text(struct emitter *em, const struct experiment *x)
{
	struct strbuf text = STRBUF_INIT;
	experiment_write(x, &text);
	return emitter_text(em, &text);
}

void emit_run(struct emitter *em, const struct preflight *p, const struct told_run *told)
{
	const struct experiment *x = p->x;
	const struct dataset *d = p->data;
	const char *data;
	int w, h, c;
	experiment_source(x, &data);
	net_input(p->net, &w, &h, &c);
	struct event_phase_plan *phases = emitter_array(em, x->n_phases, sizeof(*phases));
	int64_t first = 1;
	for (size_t i = 0; i < x->n_phases; i++) {
		phases[i] = phase_plan(em, p, i, first);
		first += x->phases[i].epochs;
	}
	struct event ev = {.type = EV_RUN};
	bool sgd = x->train.optimizer == OPTIMIZER_SGD;
	ev.run = (struct event_run){
	    .version = EVENT_VERSION,
	    .program = "thaw " THAW_VERSION,
	    .name = told->name,
	    .started = clock_unix_ms(),
	    .cfg = x->network.cfg,
	    .weights = x->network.weights,
	    .data = data,
	    .classes = (const char *const *)d->classes,
	    .n_classes = d->n_classes,
	    .input_w = w,
	    .input_h = h,
	    .input_c = c,
	    .n_train = (int64_t)d->train.n,
	    .n_valid = (int64_t)d->valid.n,
	    .n_bad = (int64_t)d->n_bad,
	    .epochs = experiment_epochs(x),
	    .iterations = p->iters_per_epoch,
	    .batch = x->train.batch,
	    .seed = (int64_t)x->train.seed,
	    .threads = net_threads(p->net),
	    .device = net_device(p->net),
	    .phases = phases,
	    .n_phases = x->n_phases,
	    .optimizer = optimizer_name(x->train.optimizer),
	    .momentum = {x->train.momentum, sgd},
	    .b1 = {x->train.b1, !sgd},
	    .b2 = {x->train.b2, !sgd},
	    .weighting = optimizing_weighting(x),
	    .class_weights = class_weights(em, p),
	    .n_class_weights = p->class_weights ? d->n_classes : 0,
	    .sandbox = told->sandbox,
	    .parent = told->parent,
	    .parent_iter = told->parent_iter,
	    .settings = settings_text(em, x),
	    .pictures = hex_text(em, p->data_sum),
	    .loaded = p->loaded_sum ? hex_text(em, p->loaded_sum) : NULL,
	    .again = told->again,
	    .best_by = strcmp(x->train.best, "accuracy") == 0 ? NULL : x->train.best,
	    .stop = rule_text(em, x, rule_stop_words),
	    .plateau = rule_text(em, x, rule_plateau_words),
	};
	emitter_append(em, &ev);
}

static enum origin layer_origin(const struct weights_audit *a, int layer)
{
	for (int i = 0; i < a->n_layers; i++)
		if (a->layers[i].index == layer)
			return a->layers[i].loaded ? ORIGIN_LOADED : ORIGIN_INITIALISED;
	return ORIGIN_INITIALISED;
}

static struct event_layer layer_event(const struct preflight *p, int i)
{
	struct layer_info l;
	net_layer(p->net, i, &l);
	return (struct event_layer){
	    .index = i,
	    .kind = l.kind,
	    .activation = l.activation,
	    .in_w = l.in_w,
	    .in_h = l.in_h,
	    .in_c = l.in_c,
	    .out_w = l.out_w,
	    .out_h = l.out_h,
	    .out_c = l.out_c,
	    .size = l.size,
	    .stride = l.stride,
	    .groups = l.groups,
	    .params = (int64_t)l.n_params,
	    .batchnorm = l.batchnorm,
	    .origin = l.has_weights ? layer_origin(&p->audit, i) : ORIGIN_NONE,
	    .flops = l.flops,
	};
}

void emit_layers(struct emitter *em, const struct preflight *p)
{
	size_t n = (size_t)net_n_layers(p->net);
	struct event_layer *layers = emitter_array(em, n, sizeof(*layers));
	for (size_t i = 0; i < n; i++)
		layers[i] = layer_event(p, (int)i);
	struct event ev = {.type = EV_LAYERS};
	ev.layers =
	    (struct event_layers){.layers = layers, .n_layers = n, .head = net_head(p->net)};
	emitter_append(em, &ev);
}

void emit_stage(struct emitter *em, enum stage stage, enum stage_state state, const char *in,
		const char *out, const struct weights_audit *audit)
{
	struct event ev = {.type = EV_STAGE};
	ev.stage = (struct event_stage){
	    .stage = stage,
	    .state = state,
	    .in = in,
	    .out = out,
	};
	if (audit) {
		ev.stage.bytes_expected = (struct opt_double){(double)audit->bytes_expected, true};
		ev.stage.bytes_found = (struct opt_double){(double)audit->bytes_found, true};
	}
	emitter_append(em, &ev);
}

void emit_phase(struct emitter *em, const struct preflight *p, size_t i, int64_t first_epoch)
{
	struct event ev = {.type = EV_PHASE};
	ev.phase = phase_plan(em, p, i, first_epoch);
	emitter_append(em, &ev);
}

void emit_freeze(struct emitter *em, int64_t iter, enum cause cause, const struct layerset *now,
		 const struct layerset *was, int64_t trainable)
{
	struct strbuf a = STRBUF_INIT, b = STRBUF_INIT;
	layerset_format(now, &a);
	layerset_format(was, &b);
	struct event ev = {.type = EV_FREEZE};
	ev.freeze = (struct event_freeze){
	    .iter = iter, .cause = cause, .frozen = a.buf, .was = b.buf, .trainable = trainable};
	emitter_append(em, &ev);
	strbuf_release(&a);
	strbuf_release(&b);
}

void emit_lr(struct emitter *em, const struct event_lr *lr)
{
	struct event ev = {.type = EV_LR};
	ev.lr = *lr;
	ev.lr.value = in_rate(lr->value);
	ev.lr.was = in_rate(lr->was);
	emitter_append(em, &ev);
}

void emit_scale(struct emitter *em, int64_t iter, enum cause cause, double *now, double *was,
		size_t n)
{
	struct event ev = {.type = EV_SCALE};
	ev.scale = (struct event_scale){
	    .iter = iter, .cause = cause, .values = now, .n_values = n, .was = was, .n_was = n};
	emitter_append(em, &ev);
}

void emit_step(struct emitter *em, const struct told_step *step)
{
	if (!em->log)
		return;
	int64_t now = log_writer_elapsed_ms(em->log);
	if (!step_pack_takes(&em->held, step, now))
		emit_held(em);
	step_pack_add(&em->held, step);
	if (step_pack_is_due(&em->held, step, now))
		emit_held(em);
}

static struct event_class *class_events(struct emitter *em, const struct metrics *m)
{
	struct event_class *out = emitter_array(em, m->n_classes, sizeof(*out));
	for (size_t i = 0; i < m->n_classes; i++)
		out[i] = metrics_class(m, i);
	return out;
}

/* The zeros of a large matrix by their number. Shape: counts[n]; returns how many are left */
static size_t pack_zeros(int64_t *counts, size_t n)
{
	enum { FEWEST = 3 };
	size_t at = 0, run = 0;
	for (size_t i = 0; i < n; i++) {
		counts[at++] = counts[i];
		run = counts[i] ? 0 : run + 1;
		if (run >= FEWEST && (i + 1 == n || counts[i + 1])) {
			at -= run;
			counts[at++] = -(int64_t)run;
		}
	}
	return at;
}

static struct event_row *confusion_events(struct emitter *em, const struct metrics *m)
{
	enum { SMALL = 10 };
	size_t n = m->n_classes;
	struct event_row *out = emitter_array(em, n, sizeof(*out));
	int64_t *counts = emitter_array(em, n * n, sizeof(*counts));
	memcpy(counts, m->confusion, n * n * sizeof(*counts));
	for (size_t i = 0; i < n; i++)
		out[i] = (struct event_row){counts + i * n,
					    n > SMALL ? pack_zeros(counts + i * n, n) : n};
	return out;
}

static struct event_frozen *digest_events(struct emitter *em, struct net *net, size_t *n_out)
{
	const struct layerset *frozen = net_frozen(net);
	struct event_frozen *out = emitter_array(em, (size_t)net_n_layers(net), sizeof(*out));
	size_t n = 0;
	for (int i = 0; i < net_n_layers(net); i++) {
		struct layer_info info;
		net_layer(net, i, &info);
		if (!layerset_has(frozen, i) || !info.has_weights)
			continue;
		struct strbuf digest = STRBUF_INIT;
		strbuf_addf(&digest, "%016" PRIx64, net_digest(net, i));
		out[n++] = (struct event_frozen){i, emitter_text(em, &digest)};
	}
	*n_out = n;
	return out;
}

void emit_epoch(struct emitter *em, const struct preflight *p, struct event_epoch *base,
		const struct metrics *train, const struct metrics *valid)
{
	struct event ev = {.type = EV_EPOCH};
	ev.epoch = *base;
	ev.epoch.train = metrics_score(train);
	ev.epoch.valid = metrics_score(valid);
	ev.epoch.lr.value = in_rate(base->lr.value);
	ev.epoch.seconds.train.value = in_short(base->seconds.train.value);
	ev.epoch.seconds.valid.value = in_short(base->seconds.valid.value);
	ev.epoch.n_classes = valid->n_classes;
	ev.epoch.n_confusion = valid->n_classes <= EVENT_CONFUSION_MAX ? valid->n_classes : 0;
	ev.epoch.classes = class_events(em, valid);
	ev.epoch.confusion = confusion_events(em, valid);
	ev.epoch.frozen = digest_events(em, p->net, &ev.epoch.n_frozen);
	emitter_append(em, &ev);
}

void emit_stats(struct emitter *em, int64_t epoch, struct event_layer_stat *layers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct event_layer_stat *l = &layers[i];
		struct opt_double *all[] = {&l->weight_norm, &l->update_ratio, &l->forward_ms,
					    &l->backward_ms};
		for (size_t k = 0; k < sizeof(all) / sizeof(*all); k++)
			all[k]->value = in_short(all[k]->value);
	}
	struct event ev = {.type = EV_STATS};
	ev.stats = (struct event_stats){.epoch = epoch, .layers = layers, .n_layers = n};
	emitter_append(em, &ev);
}

void emit_progress(struct emitter *em, const struct event_progress *p)
{
	struct event ev = {.type = EV_PROGRESS};
	ev.progress = *p;
	emitter_append(em, &ev);
}

void emit_device(struct emitter *em, const struct event_device *d)
{
	struct event ev = {.type = EV_DEVICE};
	ev.device = *d;
	ev.device.cpu.value = in_short(d->cpu.value);
	ev.device.card_busy.value = in_short(d->card_busy.value);
	ev.device.watts.value = in_short(d->watts.value);
	emitter_append(em, &ev);
}

void emit_checkpoint(struct emitter *em, const struct event_checkpoint *c)
{
	struct event ev = {.type = EV_CHECKPOINT};
	ev.checkpoint = *c;
	emitter_append(em, &ev);
}

void emit_command(struct emitter *em, const struct event_command *c)
{
	struct event ev = {.type = EV_COMMAND};
	ev.command = *c;
	emitter_append(em, &ev);
}

void emit_parted(struct emitter *em, const struct event_parted *p)
{
	struct event ev = {.type = EV_PARTED};
	ev.parted = *p;
	emitter_append(em, &ev);
}

void emit_control(struct emitter *em, enum control_what what, int64_t iter, enum cause cause)
{
	const struct event_control control = {.what = what, .iter = iter, .cause = cause};
	emit_control_event(em, &control);
}

void emit_control_event(struct emitter *em, const struct event_control *control)
{
	struct event ev = {.type = EV_CONTROL};
	ev.control = *control;
	emitter_append(em, &ev);
}

void emit_note(struct emitter *em, enum note_level level, int64_t iter, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	struct event ev = {.type = EV_NOTE};
	ev.note = (struct event_note){.level = level, .text = text.buf};
	ev.note.iter = (struct opt_double){iter < 0 ? 0 : (double)iter, iter >= 0};
	emitter_append(em, &ev);
	strbuf_release(&text);
}

void emit_darknet(struct emitter *em)
{
	struct strbuf text = STRBUF_INIT;
	char *save = NULL;
	box_output(&text);
	for (char *line = strtok_r(text.buf, "\r\n", &save); line;
	     line = strtok_r(NULL, "\r\n", &save)) {
		size_t len = strlen(line);
		while (len && line[len - 1] == ' ')
			line[--len] = '\0';
		if (len)
			emit_note(em, NOTE_DARKNET, -1, "%s", line);
	}
	strbuf_release(&text);
}

void emit_cache(struct emitter *em, const struct event_cache *cache)
{
	struct event ev = {.type = EV_CACHE};
	ev.cache = *cache;
	emitter_append(em, &ev);
}

void emit_thaw(struct emitter *em, const struct event_thaw *thaw)
{
	struct event ev = {.type = EV_THAW};
	ev.thaw = *thaw;
	emitter_append(em, &ev);
}

/* What a screen can show; a log stays small. */
void emit_lr_range(struct emitter *em, const struct event_lr_range *range)
{
	struct event ev = {.type = EV_LR_RANGE};
	ev.lr_range = *range;
	ev.lr_range.points = emitter_array(em, range->n_points, sizeof(*range->points));
	for (size_t i = 0; i < range->n_points; i++) {
		const struct event_range_point *p = &range->points[i];
		ev.lr_range.points[i] = (struct event_range_point){
		    in_short(p->lr), in_short(p->loss), in_short(p->smooth)};
	}
	emitter_append(em, &ev);
}

void emit_end(struct emitter *em, const struct event_end *end)
{
	emergency_disarm();
	struct event ev = {.type = EV_END};
	ev.end = *end;
	emitter_append(em, &ev);
}
