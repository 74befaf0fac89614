#include "thaw/event/event.h"
#include "json.h"
#include "names.h"

#include <assert.h>
#include <string.h>

#define INT(T, m) FIELD_INT_ROW(struct T, m)
#define COUNT(T, m) FIELD_COUNT_ROW(struct T, m)
#define AMOUNT(T, m) FIELD_AMOUNT_ROW(struct T, m)
#define BOOL(T, m) FIELD_BOOL_ROW(struct T, m)
#define DOUBLE(T, m) FIELD_DOUBLE_ROW(struct T, m)
#define OPT(T, m) FIELD_OPT_ROW(struct T, m)
#define STRING(T, m) FIELD_STRING_ROW(struct T, m)
#define NAME(T, m, list) FIELD_NAME_ROW(struct T, m, &list##_names)
#define OBJECT(T, m, of) FIELD_OBJECT_ROW(struct T, m, &of##_record)
#define ARRAY(T, m, of) FIELD_ARRAY_ROW(struct T, m, &of##_record)
#define RECORD(T) static const struct record T##_record = RECORD_OF(struct T, T##_fields)

/* Elements that are plain values. */
static const struct field string_fields[] = {{"", FIELD_STRING, 0, 0, NULL, NULL}};
static const struct field count_fields[] = {{"", FIELD_COUNT, 0, 0, NULL, NULL}};
static const struct field double_fields[] = {{"", FIELD_DOUBLE, 0, 0, NULL, NULL}};
static const struct record string_record = RECORD_BARE(const char *, string_fields);
static const struct record count_record = RECORD_BARE(int64_t, count_fields);
static const struct record double_record = RECORD_BARE(double, double_fields);

static const struct field event_phase_plan_fields[] = {
    STRING(event_phase_plan, name),   COUNT(event_phase_plan, index),
    COUNT(event_phase_plan, epochs),  COUNT(event_phase_plan, first_epoch),
    DOUBLE(event_phase_plan, lr),     STRING(event_phase_plan, schedule),
    STRING(event_phase_plan, freeze), STRING(event_phase_plan, batchnorm),
    OPT(event_phase_plan, thaw_every),
    FIELD_OPT_STRING_ROW(struct event_phase_plan, until),
};
RECORD(event_phase_plan);

static const struct field event_run_fields[] = {
    COUNT(event_run, version),
    STRING(event_run, program),
    STRING(event_run, name),
    AMOUNT(event_run, started),
    STRING(event_run, cfg),
    STRING(event_run, weights),
    STRING(event_run, data),
    ARRAY(event_run, classes, string),
    COUNT(event_run, input_w),
    COUNT(event_run, input_h),
    COUNT(event_run, input_c),
    COUNT(event_run, n_train),
    COUNT(event_run, n_valid),
    COUNT(event_run, n_bad),
    COUNT(event_run, epochs),
    COUNT(event_run, iterations),
    COUNT(event_run, batch),
    INT(event_run, seed),
    COUNT(event_run, threads),
    STRING(event_run, device),
    ARRAY(event_run, phases, event_phase_plan),
    FIELD_OPT_STRING_ROW(struct event_run, optimizer),
    OPT(event_run, momentum),
    OPT(event_run, b1),
    OPT(event_run, b2),
    FIELD_OPT_STRING_ROW(struct event_run, weighting),
    ARRAY(event_run, class_weights, double),
    FIELD_OPT_STRING_ROW(struct event_run, sandbox),
    FIELD_OPT_STRING_ROW(struct event_run, parent),
    OPT(event_run, parent_iter),
    FIELD_OPT_STRING_ROW(struct event_run, best_by),
    FIELD_OPT_STRING_ROW(struct event_run, stop),
    FIELD_OPT_STRING_ROW(struct event_run, plateau),
    FIELD_OPT_STRING_ROW(struct event_run, format),
    FIELD_OPT_STRING_ROW(struct event_run, file),
    FIELD_OPT_STRING_ROW(struct event_run, clock),
    FIELD_OPT_STRING_ROW(struct event_run, unit),
    FIELD_OPT_STRING_ROW(struct event_run, settings),
    FIELD_OPT_STRING_ROW(struct event_run, pictures),
    FIELD_OPT_STRING_ROW(struct event_run, loaded),
    FIELD_OPT_STRING_ROW(struct event_run, again),
};
RECORD(event_run);

static const struct field event_stage_fields[] = {
    NAME(event_stage, stage, stage),  NAME(event_stage, state, stage_state),
    STRING(event_stage, in),          STRING(event_stage, out),
    OPT(event_stage, bytes_expected), OPT(event_stage, bytes_found),
};
RECORD(event_stage);

static const struct field event_layer_fields[] = {
    COUNT(event_layer, index),   STRING(event_layer, kind),    STRING(event_layer, activation),
    COUNT(event_layer, in_w),    COUNT(event_layer, in_h),     COUNT(event_layer, in_c),
    COUNT(event_layer, out_w),   COUNT(event_layer, out_h),    COUNT(event_layer, out_c),
    COUNT(event_layer, size),    COUNT(event_layer, stride),   COUNT(event_layer, groups),
    AMOUNT(event_layer, params), BOOL(event_layer, batchnorm), NAME(event_layer, origin, origin),
    AMOUNT(event_layer, flops),
};
const struct record event_layer_record = RECORD_OF(struct event_layer, event_layer_fields);

static const struct field event_layers_fields[] = {
    ARRAY(event_layers, layers, event_layer),
    COUNT(event_layers, head),
};
RECORD(event_layers);

static const struct field event_freeze_fields[] = {
    COUNT(event_freeze, iter), NAME(event_freeze, cause, cause), STRING(event_freeze, frozen),
    STRING(event_freeze, was), AMOUNT(event_freeze, trainable),
};
RECORD(event_freeze);

static const struct field event_lr_fields[] = {
    COUNT(event_lr, iter),
    NAME(event_lr, cause, cause),
    DOUBLE(event_lr, value),
    DOUBLE(event_lr, was),
    FIELD_OPT_STRING_ROW(struct event_lr, why),
    OPT(event_lr, factor),
};
RECORD(event_lr);

static const struct field event_scale_fields[] = {
    COUNT(event_scale, iter),
    NAME(event_scale, cause, cause),
    ARRAY(event_scale, values, double),
    ARRAY(event_scale, was, double),
};
RECORD(event_scale);

static const struct field event_layer_stat_fields[] = {
    COUNT(event_layer_stat, layer),      OPT(event_layer_stat, weight_norm),
    OPT(event_layer_stat, update_ratio), OPT(event_layer_stat, forward_ms),
    OPT(event_layer_stat, backward_ms),
};
RECORD(event_layer_stat);

static const struct field event_stats_fields[] = {
    COUNT(event_stats, epoch),
    ARRAY(event_stats, layers, event_layer_stat),
};
RECORD(event_stats);

static const struct field event_step_fields[] = {
    COUNT(event_step, iter), COUNT(event_step, epoch), OPT(event_step, loss),
    OPT(event_step, lr),     OPT(event_step, ips),     OPT(event_step, wait),
};
RECORD(event_step);

static const struct field event_steps_fields[] = {
    COUNT(event_steps, iter),         COUNT(event_steps, epoch), ARRAY(event_steps, loss, double),
    ARRAY(event_steps, lr, double), OPT(event_steps, ips),     OPT(event_steps, wait),
};
RECORD(event_steps);

static const struct field event_score_fields[] = {
    OPT(event_score, loss),
    OPT(event_score, acc),
    OPT(event_score, top5),
    OPT(event_score, top2),
};
RECORD(event_score);

static const struct field event_seconds_fields[] = {
    OPT(event_seconds, train),
    OPT(event_seconds, valid),
};
RECORD(event_seconds);

static const struct field event_class_fields[] = {
    FIELD_OPT_STRING_ROW(struct event_class, name),
    COUNT(event_class, n),
    COUNT(event_class, tp),
    COUNT(event_class, fp),
};
const struct record event_class_record = RECORD_OF(struct event_class, event_class_fields);

static const struct field event_row_fields[] = {ARRAY(event_row, counts, count)};
static const struct record event_row_record = RECORD_BARE(struct event_row, event_row_fields);

static const struct field event_frozen_fields[] = {
    COUNT(event_frozen, layer),
    STRING(event_frozen, digest),
};
RECORD(event_frozen);

static const struct field event_epoch_fields[] = {
    COUNT(event_epoch, epoch),
    STRING(event_epoch, phase),
    COUNT(event_epoch, iter),
    OPT(event_epoch, lr),
    OBJECT(event_epoch, train, event_score),
    OBJECT(event_epoch, valid, event_score),
    OBJECT(event_epoch, seconds, event_seconds),
    BOOL(event_epoch, best),
    ARRAY(event_epoch, classes, event_class),
    ARRAY(event_epoch, confusion, event_row),
    ARRAY(event_epoch, frozen, event_frozen),
};
RECORD(event_epoch);

static const struct field event_thumb_fields[] = {
    COUNT(event_thumb, id),
    COUNT(event_thumb, label),
    STRING(event_thumb, path),
    STRING(event_thumb, rgb),
};
RECORD(event_thumb);

static const struct field event_thumbs_fields[] = {
    COUNT(event_thumbs, w),
    COUNT(event_thumbs, h),
    ARRAY(event_thumbs, images, event_thumb),
};
RECORD(event_thumbs);

static const struct field event_mistake_fields[] = {
    STRING(event_mistake, path),      COUNT(event_mistake, label),       COUNT(event_mistake, said),
    DOUBLE(event_mistake, prob_said), DOUBLE(event_mistake, prob_label), STRING(event_mistake, rgb),
};
RECORD(event_mistake);

static const struct field event_mistakes_fields[] = {
    COUNT(event_mistakes, epoch),
    COUNT(event_mistakes, w),
    COUNT(event_mistakes, h),
    ARRAY(event_mistakes, images, event_mistake),
};
RECORD(event_mistakes);

static const struct field event_map_fields[] = {
    COUNT(event_map, channel),
    DOUBLE(event_map, mean),
    STRING(event_map, pixels),
};
RECORD(event_map);

static const struct field event_trace_fields[] = {
    COUNT(event_trace, layer),           DOUBLE(event_trace, mean), DOUBLE(event_trace, sd),
    DOUBLE(event_trace, active),         COUNT(event_trace, w),     COUNT(event_trace, h),
    ARRAY(event_trace, maps, event_map), OPT(event_trace, since),
};
RECORD(event_trace);

static const struct field event_probe_image_fields[] = {
    COUNT(event_probe_image, id),
    ARRAY(event_probe_image, probs, double),
    STRING(event_probe_image, cam),
    ARRAY(event_probe_image, traces, event_trace),
};
RECORD(event_probe_image);

static const struct field event_probe_fields[] = {
    COUNT(event_probe, epoch),
    COUNT(event_probe, cam_w),
    COUNT(event_probe, cam_h),
    ARRAY(event_probe, images, event_probe_image),
};
RECORD(event_probe);

static const struct field event_range_point_fields[] = {
    DOUBLE(event_range_point, lr),
    DOUBLE(event_range_point, loss),
    DOUBLE(event_range_point, smooth),
};
RECORD(event_range_point);

static const struct field event_lr_range_fields[] = {
    COUNT(event_lr_range, iter),
    NAME(event_lr_range, cause, cause),
    NAME(event_lr_range, state, range_state),
    COUNT(event_lr_range, done),
    COUNT(event_lr_range, iterations),
    DOUBLE(event_lr_range, from),
    DOUBLE(event_lr_range, to),
    STRING(event_lr_range, frozen),
    OPT(event_lr_range, lr),
    OPT(event_lr_range, suggestion),
    OPT(event_lr_range, steepest),
    OPT(event_lr_range, lowest),
    STRING(event_lr_range, words),
    ARRAY(event_lr_range, points, event_range_point),
};
RECORD(event_lr_range);

static const struct field event_thaw_step_fields[] = {
    COUNT(event_thaw_step, epoch),
    STRING(event_thaw_step, layers),
};
RECORD(event_thaw_step);

static const struct field event_thaw_fields[] = {
    COUNT(event_thaw, iter),
    NAME(event_thaw, cause, cause),
    COUNT(event_thaw, every),
    ARRAY(event_thaw, steps, event_thaw_step),
};
RECORD(event_thaw);

static const struct field event_checkpoint_fields[] = {
    COUNT(event_checkpoint, epoch),           COUNT(event_checkpoint, iter),
    NAME(event_checkpoint, kind, checkpoint), STRING(event_checkpoint, path),
    AMOUNT(event_checkpoint, bytes),          FIELD_OPT_STRING_ROW(struct event_checkpoint, sum),
};
RECORD(event_checkpoint);

static const struct field event_command_fields[] = {
    COUNT(event_command, iter),
    NAME(event_command, cause, cause),
    COUNT(event_command, phase),
    COUNT(event_command, epochs),
    COUNT(event_command, epoch),
    STRING(event_command, command),
    FIELD_OPT_STRING_ROW(struct event_command, arg),
};
RECORD(event_command);

static const struct field event_parted_fields[] = {
    COUNT(event_parted, iter),  STRING(event_parted, event), STRING(event_parted, what),
    STRING(event_parted, was),  STRING(event_parted, now),   OPT(event_parted, by),
};
RECORD(event_parted);

static const struct field event_note_fields[] = {
    NAME(event_note, level, note_level),
    STRING(event_note, text),
    OPT(event_note, iter),
    OPT(event_note, peak),
    OPT(event_note, limit),
};
RECORD(event_note);

static const struct field event_control_fields[] = {
    NAME(event_control, what, control),
    COUNT(event_control, iter),
    NAME(event_control, cause, cause),
    FIELD_OPT_STRING_ROW(struct event_control, why),
    FIELD_OPT_STRING_ROW(struct event_control, undo),
    OPT(event_control, wait),
    FIELD_OPT_STRING_ROW(struct event_control, who),
    FIELD_OPT_STRING_ROW(struct event_control, from),
    OPT(event_control, best_epoch),
    OPT(event_control, best_score),
    OPT(event_control, best_acc),
    OPT(event_control, best_loss),
};
RECORD(event_control);

static const struct field event_cache_fields[] = {
    COUNT(event_cache, epoch),         COUNT(event_cache, layer),       COUNT(event_cache, images),
    AMOUNT(event_cache, memory_bytes), AMOUNT(event_cache, file_bytes), COUNT(event_cache, hits),
    COUNT(event_cache, misses),        OPT(event_cache, saved),
};
RECORD(event_cache);

static const struct field event_progress_fields[] = {
    NAME(event_progress, what, progress),
    COUNT(event_progress, done),
    COUNT(event_progress, total),
    FIELD_OPT_STRING_ROW(struct event_progress, waits),
};
RECORD(event_progress);

static const struct field event_device_fields[] = {
    COUNT(event_device, iter),      OPT(event_device, cpu),       COUNT(event_device, cores),
    OPT(event_device, rss),         AMOUNT(event_device, peak_rss), OPT(event_device, card_busy),
    OPT(event_device, card_memory), OPT(event_device, card_total), OPT(event_device, celsius),
    OPT(event_device, watts),       OPT(event_device, clock_mhz),
};
RECORD(event_device);

static const struct field event_metric_fields[] = {
    STRING(event_metric, name),
    COUNT(event_metric, iter),
    OPT(event_metric, epoch),
    DOUBLE(event_metric, value),
};
RECORD(event_metric);

static const struct field event_end_fields[] = {
    NAME(event_end, status, end_status),
    STRING(event_end, reason),
    COUNT(event_end, epochs),
    COUNT(event_end, iters),
    OPT(event_end, seconds),
    OPT(event_end, best_acc),
    OPT(event_end, best_epoch),
    AMOUNT(event_end, peak_rss),
    OPT(event_end, signal),
};
RECORD(event_end);

static const struct record nothing_record = {NULL, 0, 0, false};

static const struct {
	const char *name;
	const struct record *record;
	const char *help;
} table[EV_N] = {
    [EV_RUN] = {"run", &event_run_record,
		"classes, image counts, input, device, planned phases, the run it branched off, "
		"optimiser, weights of classes, rules, by which figure an epoch is the best, what "
		"holds the trainer"},
    [EV_STAGE] = {"stage", &event_stage_record,
		"one of the five stages started or done, what went in and what came out"},
    [EV_LAYERS] = {"layers", &event_layers_record,
		"every layer: kind, shapes, parameters, where its weights came from"},
    [EV_PHASE] = {"phase", &event_phase_plan_record,
		"a phase of the plan begins"},
    [EV_FREEZE] = {"freeze", &event_freeze_record,
		"the frozen layers from now on: at which iteration, by whom, and what they were"},
    [EV_LR] = {"lr", &event_lr_record,
		"the learning rate from now on: at which iteration, by whom, and what it was"},
    [EV_STEP] = {"step", &event_step_record,
		"an iteration: loss, learning rate, images per second, share of time spent "
		"waiting for images"},
    [EV_STEPS] = {"steps", &event_steps_record,
		"several quick iterations in a row, the first being iter: the loss of each, their "
		"learning rates (one where they are the same), images per second and share of time "
		"spent waiting over all of them"},
    [EV_EPOCH] = {"epoch", &event_epoch_record,
		"training and validation loss and accuracy, per-class counts, confusion matrix, "
		"digests of frozen layers"},
    [EV_THUMBS] = {"thumbs", &event_thumbs_record,
		"small pictures of the images that are followed"},
    [EV_PROBE] = {"probe", &event_probe_record,
		"what the network makes of a followed image in this epoch: class probabilities, "
		"class activation map, what chosen layers put out"},
    [EV_CHECKPOINT] = {"checkpoint", &event_checkpoint_record,
		"a file was written"},
    [EV_NOTE] = {"note", &event_note_record,
		"a remark or an accident; of level darknet: a line that Darknet printed; with a "
		"peak: the trainer was killed for memory"},
    [EV_CONTROL] = {"control", &event_control_record,
		"the run was paused, unpaused, moved to its next phase, told to stop, taken up "
		"by another trainer, or went back to a kept point; somebody took its controls, or "
		"gave them up; a rule is about to end the phase or the run, or may not"},
    [EV_CACHE] = {"cache", &event_cache_record,
		"what is kept of the frozen layers, its size, how often it was used in this epoch "
		"and the share of the forward pass that it spared"},
    [EV_END] = {"end", &event_end_record,
		"how the run ended"},
    [EV_SCALE] = {"scale", &event_scale_record,
		"what each layer's learning rate is multiplied by from now on, by whom, and what "
		"it was"},
    [EV_STATS] = {"stats", &event_stats_record,
		"of each layer with weights, each epoch: norm of its weights, size of an update "
		"relative to it, time an image takes"},
    [EV_MISTAKES] = {"mistakes", &event_mistakes_record,
		"the worst of each validation: pictures taken for another class, surest first "
		"(not with data.probes: 0)"},
    [EV_LR_RANGE] = {"lr_range", &event_lr_range_record,
		"a learning-rate range test beside the run: how far it is, then its curve and the "
		"rate that it suggests"},
    [EV_THAW] = {"thaw", &event_thaw_record,
		"which layers the plan will thaw in this phase, and when"},
    [EV_PROGRESS] = {"progress", &event_progress_record,
		"how far something is that is no iteration: validation, the head's start by "
		"ridge regression, saving, a learning-rate range test"},
    [EV_DEVICE] = {"device", &event_device_record,
		"processor time and memory that the trainer takes, and what the graphics card does, "
		"every few seconds at most"},
    [EV_METRIC] = {"metric", &event_metric_record,
		"a figure under a name of its own, which most often comes from another program's "
		"log"},
    [EV_COMMAND] = {"command", &event_command_record,
		"a command that changed what is trained, as it was given, behind what it did, and "
		"where in the plan: by these a run is trained again"},
    [EV_PARTED] = {"parted", &event_parted_record,
		"the first difference of a run that trains another again: in which kind of event, "
		"which figure, what it was there and is here"},
    [EV_UNKNOWN] = {"unknown", &nothing_record,
		""},
};

/* What every line begins with. */
struct head {
	int64_t seq, t;
	const char *ev;
};

static const struct field head_fields[] = {INT(head, seq), INT(head, t), STRING(head, ev)};
RECORD(head);

/* The body lies in the union, whose members all start at the same place. */
static void *body_of(struct event *ev)
{
	return &ev->run;
}

void event_encode(const struct event *ev, struct strbuf *out)
{
	assert(ev->type < EV_N);
	struct head head = {ev->seq, ev->t_ms, table[ev->type].name};
	strbuf_addch(out, '{');
	record_encode_fields(&head_record, &head, out);
	record_encode_fields(table[ev->type].record, &ev->run, out);
	strbuf_addstr(out, "}\n");
}

static enum event_type type_of(const char *name, size_t len)
{
	int type = 0;
	while (type < EV_UNKNOWN &&
	       (table[type].name[0] != name[0] || strncmp(table[type].name, name, len) != 0 ||
		table[type].name[len]))
		type++;
	return (enum event_type)type;
}

/* As a writer puts it: {"seq":N,"t":N,"ev":"name" and nothing else; false, and it must be looked at
 * more closely, where it is not so. */
static bool quick_head(struct event *ev, const char *line, size_t len, size_t *end)
{
	struct json j = {line, len, 0, NULL};
	const char *name;
	size_t name_len;
	if (!len || line[0] != '{')
		return false;
	j.at = 1;
	if (!json_name(&j, "seq") || !json_int(&j, &ev->seq) || !json_take(&j, ',') ||
	    !json_name(&j, "t") || !json_int(&j, &ev->t_ms) || !json_take(&j, ',') ||
	    !json_name(&j, "ev") || !json_plain_string(&j, &name, &name_len))
		return false;
	ev->type = type_of(name, name_len);
	*end = j.at;
	return name_len > 0 && ev->seq >= 0 && ev->seq <= EVENT_SEQ_MAX && ev->t_ms >= 0 &&
	       ev->t_ms <= EVENT_T_MAX;
}

static enum err decode_head(struct event *ev, const char *line, size_t len, size_t *end,
			    struct errinfo *e)
{
	struct head head;
	if (quick_head(ev, line, len, end))
		return ERR_OK;
	enum err r = record_decode_head(&head_record, &head, line, len, end, e);
	if (r)
		return r;
	ev->seq = head.seq;
	ev->t_ms = head.t;
	ev->type = type_of(head.ev, strlen(head.ev));
	if (!head.ev[0] || head.seq < 0 || head.t < 0)
		r = err_set(e, ERR_FORMAT, "an event needs \"seq\", \"t\" and \"ev\"");
	else if (head.seq > EVENT_SEQ_MAX || head.t > EVENT_T_MAX)
		r = err_set(e, ERR_FORMAT, "\"%s\" is larger than it can be",
			    head.seq > EVENT_SEQ_MAX ? "seq" : "t");
	record_release(&head_record, &head);
	return r;
}

enum err event_decode(struct event *ev, const char *line, size_t len, struct errinfo *e)
{
	bool unknown_name = false;
	size_t end;
	memset(ev, 0, sizeof(*ev));
	enum err r = decode_head(ev, line, len, &end, e);
	if (!r)
		r = record_decode_rest(table[ev->type].record, body_of(ev), line, len, end,
				       &unknown_name, e);
	if (r) {
		memset(ev, 0, sizeof(*ev));
	} else if (unknown_name) {
		record_release(table[ev->type].record, body_of(ev));
		ev->type = EV_UNKNOWN;
	}
	return r;
}

void event_release(struct event *ev)
{
	record_release(table[ev->type].record, body_of(ev));
	memset(ev, 0, sizeof(*ev));
}

struct event_step event_steps_at(const struct event_steps *s, size_t i)
{
	size_t rate = s->n_lr == 1 ? 0 : i;
	struct event_step out = {.iter = s->iter + (int64_t)i,
				 .epoch = s->epoch,
				 .loss = opt_of(s->loss[i]),
				 .ips = s->ips,
				 .wait = s->wait};
	if (rate < s->n_lr)
		out.lr = opt_of(s->lr[rate]);
	return out;
}

const struct record *event_record(enum event_type type)
{
	return type < EV_N ? table[type].record : &nothing_record;
}

const char *event_type_name(enum event_type type)
{
	return type < EV_N ? table[type].name : "?";
}

const char *event_type_help(enum event_type type)
{
	return type < EV_N ? table[type].help : "";
}
