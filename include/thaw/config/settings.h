/* The table of settings: what an experiment file may hold, in the order in which it is written.
 *
 * It drives the reader, `--set`, the writer and the tables of help and README. It holds no values
 * of an experiment. In a path `*` stands for the number of a list item: "phases.*.lr". Paths of one
 * group stand together.
 */
#ifndef THAW_CONFIG_SETTINGS_H
#define THAW_CONFIG_SETTINGS_H

#include "thaw/base/nearest.h"
#include "thaw/base/strbuf.h"

#include <stddef.h>

enum setting_type {
	SETTING_NAME,          /* char *: letters, digits, - _ . */
	SETTING_PATH,          /* char * */
	SETTING_WEIGHTS,       /* char *: a path, or none = "" */
	SETTING_LAYERS,        /* char *: the text of a layerset */
	SETTING_LAYER_SCALES,  /* char *: layer_scales.h */
	SETTING_INT,           /* int */
	SETTING_SEED,          /* uint64_t */
	SETTING_NUMBER,        /* double */
	SETTING_BOOL,          /* bool */
	SETTING_ENUM,          /* an enum that counts from 0 */
	SETTING_BYTES,         /* uint64_t, written 2GiB */
	SETTING_INPUT,         /* int and int: 224x224, 288 or cfg */
	SETTING_CUT,           /* char * and int: none or a layer number */
	SETTING_VALID,         /* char * and double: a folder, a share or auto */
	SETTING_CLASSES,       /* char *: names and positions of classes, or all = "" */
	SETTING_DEVICE,        /* char *: auto, cpu, cuda or cuda:N */
	SETTING_CLASS_WEIGHTS, /* char *: none = "", balanced, or a map's text (class_weights.h) */
	SETTING_COMMAND,       /* char *: "", or the text of a list (command_words.h) */
	SETTING_CLASS_SHARES,  /* char *: none = "", or such a text */
	SETTING_METRIC,        /* char *: as metric.h */
	SETTING_METRIC_OR_BEST, /* char *: the same, or best */
	SETTING_TYPE_N
};

struct setting {
	const char *path;
	enum setting_type type;
	double min, max;          /* of numbers, both allowed */
	const char *def;          /* as it would be written; NULL = required, "" = nothing */
	const char *help;         /* one line */
	const char *const *names; /* of an enum, in its order, NULL-terminated */
	size_t offset,
	    offset2; /* in struct experiment, or in struct phase_config below "phases.*." */
};

extern const struct setting settings_table[];
extern const size_t settings_n;

/* Walk the table: for (s = NULL; (s = settings_next(s)); ) */
const struct setting *settings_next(const struct setting *s);

/* The row of a concrete path such as "train.batch" or "phases.0.lr"; NULL when there is none. */
const struct setting *setting_find(const char *path);

enum setting_place { PLACE_UNKNOWN, PLACE_SETTING, PLACE_GROUP, PLACE_LIST };

/* What a concrete path names; "" is the whole file, a group. */
enum setting_place setting_place(const char *path);

/* Append what values a setting takes, as a phrase: "a whole number from 1 to 4096", "one of
 * constant, cosine". */
void setting_wants(const struct setting *s, struct strbuf *out);

/* Append how to mend an unknown path: "did you mean 'train.batch'?", or the keys that are known in
 * its group. */
void setting_suggest(const char *path, struct strbuf *out);

#endif
