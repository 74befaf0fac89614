#include "thaw/config/settings.h"
#include "thaw/base/layerset.h"
#include "thaw/config/experiment.h"
#include "names.h"
#include "number.h"

#include <stdbool.h>
#include <string.h>

const char *const schedule_names[] = {"constant", "cosine", "step", "poly", NULL};
const char *const optimizer_names[] = {"sgd", "adam", "adamw", NULL};
const char *const batchnorm_names[] = {"frozen", "train", "folded", NULL};
const char *const precision_names[] = {"fp32", "tf32", "bf16", NULL};
const char *const head_init_names[] = {"random", "ridge", NULL};
const char *const on_accident_names[] = {"pause", "stop", NULL};
const char *const stop_ends_names[] = {"run", "phase", NULL};
const char *const resize_names[] = {"letterbox", "crop", "stretch", NULL};

#define X(field) offsetof(struct experiment, field)
#define P(field) offsetof(struct phase_config, field)
#define PLAIN(offset) NULL, offset, 0
#define PAIR(first, second) NULL, first, second

const struct setting settings_table[] = {
    {"name", SETTING_NAME, 0, 0, "", "name of the run's folder; else the name of this file",
     PLAIN(X(name))},

    {"network.cfg", SETTING_PATH, 0, 0, NULL, "Darknet cfg of the pretrained classifier",
     PLAIN(X(network.cfg))},
    {"network.weights", SETTING_WEIGHTS, 0, 0, NULL,
     "its weights; the last layer is replaced, not loaded; none = train from scratch",
     PLAIN(X(network.weights))},
    {"network.input", SETTING_INPUT, 8, 4096, "cfg", "input size; cfg = as the cfg says",
     PAIR(X(network.input_w), X(network.input_h))},
    {"network.cut", SETTING_CUT, 0, LAYERSET_MAX - 1, "none",
     "attach the new last layer after this layer and drop what follows",
     PAIR(X(network.cut_text), X(network.cut))},

    {"head.init", SETTING_ENUM, 0, 0, "random",
     "start of the new last layer; ridge = closed-form fit on the frozen features", head_init_names,
     X(head.init), 0},
    {"head.ridge", SETTING_NUMBER, 0, 1e6, "0",
     "penalty of the ridge fit, in mean feature variances; 0 = by cross-validation",
     PLAIN(X(head.ridge))},
    {"head.dropout", SETTING_NUMBER, 0, 0.95, "0", "probability of dropout before the last layer",
     PLAIN(X(head.dropout))},

    {"data.images", SETTING_PATH, 0, 0, "", "folder with one folder of pictures per class",
     PLAIN(X(data.images))},
    {"data.valid", SETTING_VALID, 0, 0.9, "auto",
     "validation: a share held out, or a second folder; auto = the set's own, or 0.2",
     PAIR(X(data.valid_dir), X(data.valid))},
    {"data.darknet", SETTING_PATH, 0, 0, "", "Darknet's .data file, instead of data.images",
     PLAIN(X(data.darknet))},
    {"data.idx", SETTING_PATH, 0, 0, "",
     "folder of idx files, as MNIST comes in, instead of data.images", PLAIN(X(data.idx))},
    {"data.names", SETTING_PATH, 0, 0, "",
     "of data.idx: file of the class names, one a line; else they are numbers",
     PLAIN(X(data.names))},
    {"data.classes", SETTING_CLASSES, 0, 0, "all", "the classes to tell apart",
     PLAIN(X(data.classes))},
    {"data.limit", SETTING_INT, 0, 1e9, "0",
     "training pictures at most, each class its share, chosen by train.seed; 0 = all",
     PLAIN(X(data.limit))},
    {"data.resize", SETTING_ENUM, 0, 0, "letterbox",
     "how a picture is fitted to the input; letterbox is what Darknet's predict does", resize_names,
     X(data.resize), 0},
    {"data.max_bad", SETTING_NUMBER, 0, 1, "0.1", "share of unreadable pictures that is tolerated",
     PLAIN(X(data.max_bad))},
    {"data.probes", SETTING_INT, 0, 64, "12", "validation pictures followed on screen",
     PLAIN(X(data.probes))},
    {"data.augment.flip", SETTING_BOOL, 0, 0, "false", "mirror at random",
     PLAIN(X(data.augment.flip))},
    {"data.augment.crop", SETTING_NUMBER, 1, 4, "1",
     "enlarge up to this, then cut a random window (resize: crop: anywhere)",
     PLAIN(X(data.augment.crop))},
    {"data.augment.translate", SETTING_NUMBER, 0, 0.5, "0",
     "move by up to this share of the sides; grey comes in", PLAIN(X(data.augment.translate))},
    {"data.augment.aspect", SETTING_NUMBER, 0.1, 1, "1",
     "random aspect ratio between this and 1/this", PLAIN(X(data.augment.aspect))},
    {"data.augment.angle", SETTING_NUMBER, 0, 180, "0", "rotate by up to so many degrees",
     PLAIN(X(data.augment.angle))},
    {"data.augment.hue", SETTING_NUMBER, 0, 0.5, "0",
     "shift the hue by up to this share of the circle", PLAIN(X(data.augment.hue))},
    {"data.augment.saturation", SETTING_NUMBER, 0.05, 1, "1",
     "scale the saturation between this and 1/this", PLAIN(X(data.augment.saturation))},
    {"data.augment.exposure", SETTING_NUMBER, 0.05, 1, "1",
     "scale the brightness between this and 1/this", PLAIN(X(data.augment.exposure))},
    {"data.augment.erase", SETTING_NUMBER, 0, 1, "0",
     "probability of blanking one random rectangle", PLAIN(X(data.augment.erase))},
    {"data.augment.views", SETTING_INT, 0, 1024, "0",
     "views per picture, fixed so that they can be cached; 0 = a new one every epoch",
     PLAIN(X(data.augment.views))},

    {"train.batch", SETTING_INT, 1, 4096, "16",
     "pictures per iteration; one left over joins the batch before it", PLAIN(X(train.batch))},
    {"train.seed", SETTING_SEED, 0, 0, "1", "of everything random", PLAIN(X(train.seed))},
    {"train.optimizer", SETTING_ENUM, 0, 0, "sgd",
     "sgd; adam as Darknet's adam=1; or adamw, which decays apart from the gradient",
     optimizer_names, X(train.optimizer), 0},
    {"train.momentum", SETTING_NUMBER, 0, 0.9999, "0.9", "sgd: momentum of the gradient",
     PLAIN(X(train.momentum))},
    {"train.b1", SETTING_NUMBER, 0, 0.9999, "0.9", "adam, adamw: share of the mean gradient kept",
     PLAIN(X(train.b1))},
    {"train.b2", SETTING_NUMBER, 0, 0.999999, "0.999",
     "adam, adamw: share of the mean squared gradient kept", PLAIN(X(train.b2))},
    {"train.eps", SETTING_NUMBER, 1e-12, 1, "1e-7",
     "adam, adamw: added to the root of the mean squared gradient", PLAIN(X(train.eps))},
    {"train.decay", SETTING_NUMBER, 0, 1, "0.0005", "weight decay", PLAIN(X(train.decay))},
    {"train.label_smoothing", SETTING_NUMBER, 0, 0.9, "0",
     "share of the label spread over all classes", PLAIN(X(train.label_smoothing))},
    {"train.class_weights", SETTING_CLASS_WEIGHTS, 0, 0, "none",
     "weight of a class's pictures: balanced = n / (classes * its pictures), or a map",
     PLAIN(X(train.class_weights))},
    {"train.clip", SETTING_NUMBER, 0, 1e6, "0",
     "largest norm of the gradient (folded: in the folded weights); 0 = no limit",
     PLAIN(X(train.clip))},
    {"train.eval_flip", SETTING_BOOL, 0, 0, "false",
     "validate on the mean of a picture and its mirror image", PLAIN(X(train.eval_flip))},
    {"train.device", SETTING_DEVICE, 0, 0, "auto",
     "what computes; auto = a graphics card that works, else the CPU", PLAIN(X(train.device))},
    {"train.precision", SETTING_ENUM, 0, 0, "tf32",
     "of a card's multiplications; the CPU's are fp32", precision_names,
     X(train.precision), 0},
    {"train.threads", SETTING_INT, 0, 1024, "0", "0 = all cores", PLAIN(X(train.threads))},
    {"train.cache", SETTING_BYTES, 0, 0x1p46, "2GiB", "memory for activations of frozen layers",
     PLAIN(X(train.cache))},
    {"train.keep", SETTING_INT, 0, 10000, "0", "epoch checkpoints kept besides best, last and the one before",
     PLAIN(X(train.keep))},
    {"train.best", SETTING_METRIC, 0, 0, "accuracy",
     "figure by which an epoch is the best, whose weights are best.weights",
     PLAIN(X(train.best))},
    {"train.checkpoint_minutes", SETTING_NUMBER, 0, 1e6, "10",
     "minutes from one checkpoint to the next inside an epoch; 0 = at its end only",
     PLAIN(X(train.checkpoint_minutes))},
    {"train.on_accident", SETTING_ENUM, 0, 0, "pause",
     "when a loss is NaN or absurd again and again: pause and ask, or stop", on_accident_names,
     X(train.on_accident), 0},
    {"train.accident_wait", SETTING_NUMBER, 0, 1e6, "300",
     "seconds that such a pause waits for an answer while nobody watches",
     PLAIN(X(train.accident_wait))},
    {"train.rule_wait", SETTING_NUMBER, 0, 1e6, "10",
     "seconds that a rule waits to end a phase or the run while somebody watches",
     PLAIN(X(train.rule_wait))},

    {"stop.patience", SETTING_INT, 0, 100000, "0",
     "end early after so many epochs of a phase without a gain; 0 = never",
     PLAIN(X(stop.patience))},
    {"stop.min_delta", SETTING_NUMBER, 0, 1000, "0", "what is no gain yet",
     PLAIN(X(stop.min_delta))},
    {"stop.metric", SETTING_METRIC_OR_BEST, 0, 0, "best",
     "figure that must gain; best = that of train.best", PLAIN(X(stop.metric))},
    {"stop.after", SETTING_INT, 0, 100000, "0",
     "epochs at a phase's begin that are not counted", PLAIN(X(stop.after))},
    {"stop.ends", SETTING_ENUM, 0, 0, "run",
     "what ends early: the run, or the phase where another follows", stop_ends_names,
     X(stop.ends), 0},

    {"plateau.patience", SETTING_INT, 0, 100000, "0",
     "cut the learning rate after so many epochs of a phase without a gain; 0 = never",
     PLAIN(X(plateau.patience))},
    {"plateau.factor", SETTING_NUMBER, 0.01, 0.99, "0.5", "what it is multiplied by",
     PLAIN(X(plateau.factor))},
    {"plateau.min_delta", SETTING_NUMBER, 0, 1000, "0", "what is no gain yet",
     PLAIN(X(plateau.min_delta))},
    {"plateau.metric", SETTING_METRIC_OR_BEST, 0, 0, "best",
     "figure that must gain; best = that of train.best", PLAIN(X(plateau.metric))},
    {"plateau.min_lr", SETTING_NUMBER, 0, 10, "0", "never cut below this rate",
     PLAIN(X(plateau.min_lr))},
    {"plateau.cooldown", SETTING_INT, 0, 100000, "0",
     "epochs after a cut that are not counted", PLAIN(X(plateau.cooldown))},

    {"on_end", SETTING_COMMAND, 0, 0, "",
     "what to run, by no shell, when the run has ended or was killed",
     PLAIN(X(on_end))},

    {"phases.*.name", SETTING_NAME, 0, 0, NULL, "name of the phase", PLAIN(P(name))},
    {"phases.*.freeze", SETTING_LAYERS, 0, 0, "none",
     "frozen layers: base, none, all, 0-13,15, last N, above N, below N", PLAIN(P(freeze))},
    {"phases.*.epochs", SETTING_INT, 1, 100000, NULL, "times every picture is seen",
     PLAIN(P(epochs))},
    {"phases.*.lr", SETTING_NUMBER, 1e-9, 10, NULL, "learning rate", PLAIN(P(lr))},
    {"phases.*.schedule", SETTING_ENUM, 0, 0, "constant", "how the learning rate changes",
     schedule_names, P(schedule), 0},
    {"phases.*.lr_end", SETTING_NUMBER, 0, 1, "0", "cosine: final learning rate as a share of lr",
     PLAIN(P(lr_end))},
    {"phases.*.step_scale", SETTING_NUMBER, 1e-6, 1, "0.1", "step: factor at every step",
     PLAIN(P(step_scale))},
    {"phases.*.step_epochs", SETTING_INT, 1, 100000, "2", "step: epochs between steps",
     PLAIN(P(step_epochs))},
    {"phases.*.power", SETTING_NUMBER, 0.01, 100, "4", "poly: lr * (1 - progress)^power",
     PLAIN(P(power))},
    {"phases.*.warmup", SETTING_NUMBER, 0, 100000, "0",
     "epochs of linear warm-up; may be a fraction", PLAIN(P(warmup))},
    {"phases.*.layer_decay", SETTING_NUMBER, 0.01, 1, "1",
     "factor of the learning rate for every weighted layer further from the head",
     PLAIN(P(layer_decay))},
    {"phases.*.lr_scale", SETTING_LAYER_SCALES, 0, 0, "none",
     "factors of layers over that, such as 0-2,5 0.1; last 3 0.5", PLAIN(P(lr_scale))},
    {"phases.*.schedule_from", SETTING_INT, 0, 100000, "0",
     "epochs of the schedule that were in phases before this one",
     PLAIN(P(schedule_from))},
    {"phases.*.schedule_epochs", SETTING_INT, 0, 100000, "0",
     "epochs that the schedule is made for; 0 = those of this phase, and those before",
     PLAIN(P(schedule_epochs))},
    {"phases.*.thaw_every", SETTING_INT, 0, 100000, "0",
     "thaw the next frozen block after every so many epochs; 0 = none",
     PLAIN(P(thaw_every))},
    {"phases.*.batchnorm", SETTING_ENUM, 0, 0, "frozen",
     "trainable batch-norm: statistics kept, learnt anew, or folded into the weights",
     batchnorm_names, P(batchnorm), 0},
    {"phases.*.until.acc", SETTING_NUMBER, 0, 1, "0",
     "end the phase once it reaches this accuracy, and all else here; 0 = not asked",
     PLAIN(P(until.acc))},
    {"phases.*.until.loss", SETTING_NUMBER, 0, 1000, "0", "... this validation loss; 0 = not asked",
     PLAIN(P(until.loss))},
    {"phases.*.until.f1", SETTING_NUMBER, 0, 1, "0", "... this mean F1 of the classes; 0 = not asked",
     PLAIN(P(until.f1))},
    {"phases.*.until.recall", SETTING_CLASS_SHARES, 0, 1, "none",
     "... this recall of classes, such as {rose: 0.8}", PLAIN(P(until.recall))},
};

const size_t settings_n = sizeof(settings_table) / sizeof(*settings_table);

const struct setting *settings_next(const struct setting *s)
{
	s = s ? s + 1 : settings_table;
	return s < settings_table + settings_n ? s : NULL;
}

/* What remains of `pattern` after all of `path`: "" or ".more"; NULL when they part before. */
static const char *after_path(const char *pattern, const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "."), m = strcspn(pattern, ".");
		bool digits = n > 0 && strspn(path, "0123456789") == n;
		bool same = n == m && memcmp(path, pattern, n) == 0;
		if (!same && !(m == 1 && *pattern == '*' && digits))
			return NULL;
		if (m == 1 && *pattern == '*' && !digits)
			return NULL;
		path += n;
		pattern += m;
		if (*path == '.' && (path[1] == '\0' || *pattern != '.'))
			return NULL;
		if (*path == '.') {
			path++;
			pattern++;
		}
	}
	return pattern;
}

const struct setting *setting_find(const char *path)
{
	for (const struct setting *s = NULL; *path && (s = settings_next(s));) {
		const char *rest = after_path(s->path, path);
		if (rest && !*rest)
			return s;
	}
	return NULL;
}

enum setting_place setting_place(const char *path)
{
	if (!*path)
		return PLACE_GROUP;
	for (const struct setting *s = NULL; (s = settings_next(s));) {
		const char *rest = after_path(s->path, path);
		if (rest && *rest == '.')
			return strncmp(rest, ".*.", 3) == 0 ? PLACE_LIST : PLACE_GROUP;
		if (rest && !*rest)
			return PLACE_SETTING;
	}
	return PLACE_UNKNOWN;
}

static void wants_number(const struct setting *s, struct strbuf *out, const char *what)
{
	strbuf_addf(out, "%s from ", what);
	number_format(s->min, out);
	strbuf_addstr(out, " to ");
	number_format(s->max, out);
}

static void wants_one_of(const struct setting *s, struct strbuf *out)
{
	strbuf_addstr(out, "one of ");
	for (size_t i = 0; s->names[i]; i++)
		strbuf_addf(out, "%s%s", i ? ", " : "", s->names[i]);
}

void setting_wants(const struct setting *s, struct strbuf *out)
{
	static const char *const phrases[SETTING_TYPE_N] = {
	    [SETTING_NAME] =
		"a name of letters, digits, - _ . (at most 64, a letter or digit first)",
	    [SETTING_PATH] = "a path",
	    [SETTING_WEIGHTS] = "a path, or none",
	    [SETTING_LAYERS] = "layers: none, all, base, head, 0-13,15, last N, above N or below N",
	    [SETTING_LAYER_SCALES] = "none, or layers and factors such as 0-2,5 0.1; last 3 0.5",
	    [SETTING_INT] = "a whole number",
	    [SETTING_SEED] = "a whole number from 0 to 18446744073709551615",
	    [SETTING_NUMBER] = "a number",
	    [SETTING_BOOL] = "true or false",
	    [SETTING_BYTES] = "a size like 2GiB or 500MB, at most 64TiB",
	    [SETTING_INPUT] = "cfg, or a size like 224x224 or 288, each side",
	    [SETTING_CUT] = "none, or the number of a layer",
	    [SETTING_VALID] = "auto, a folder, or a share",
	    [SETTING_CLASSES] = "all, or names and positions such as daisy,rose or 0-4,7",
	    [SETTING_DEVICE] = "auto, cpu, cuda, or cuda:N, the card with that number",
	    [SETTING_CLASS_WEIGHTS] = "none, balanced, or weights by name such as {rose: 2}",
	    [SETTING_COMMAND] = "a program and its arguments: [program, argument, ...]",
	    [SETTING_CLASS_SHARES] = "none, or shares by name such as {rose: 0.8}",
	    [SETTING_METRIC] = "accuracy, loss, f1, or recall: and the name of a class",
	    [SETTING_METRIC_OR_BEST] = "best, accuracy, loss, f1, or recall: and the name of a class",
	};
	if (s->type == SETTING_ENUM)
		wants_one_of(s, out);
	else if (s->max > 0 && s->type != SETTING_BYTES && s->type != SETTING_CLASS_SHARES)
		wants_number(s, out, phrases[s->type]);
	else
		strbuf_addstr(out, phrases[s->type]);
}
