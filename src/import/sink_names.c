#include "sink_names.h"

#include <ctype.h>
#include <string.h>

#define NAME_BYTES 128 /* of longer names the end */
#define NAME_WORDS 16

static const struct {
	const char *word;
	enum sink_split split;
} splits[] = {
    {"train", SPLIT_TRAIN},      {"training", SPLIT_TRAIN}, {"trn", SPLIT_TRAIN},
    {"val", SPLIT_VALID},        {"valid", SPLIT_VALID},    {"validation", SPLIT_VALID},
    {"eval", SPLIT_VALID},       {"dev", SPLIT_VALID},      {"evaluation", SPLIT_VALID},
    {"metrics", SPLIT_VALID}, /* ultralytics: of the validation */
    {"test", SPLIT_TEST},        {"testing", SPLIT_TEST},
};

static const struct {
	const char *word;
	enum name_level level;
} levels[] = {
    {"epoch", LEVEL_EPOCH}, {"step", LEVEL_STEP}, {"batch", LEVEL_STEP}, {"iter", LEVEL_STEP},
};

/* What is left of a name, words joined by '_'. A '*' at an end stands for anything. */
static const struct {
	const char *core;
	enum figure figure;
	int rank;
	bool error;
} cores[] = {
    {"loss", FIGURE_LOSS, 0, false},
    {"total_loss", FIGURE_LOSS, 1, false},
    {"cross_entropy", FIGURE_LOSS, 2, false},
    {"crossentropy", FIGURE_LOSS, 2, false},
    {"cross_entropy_loss", FIGURE_LOSS, 2, false},
    {"accuracy", FIGURE_ACC, 0, false},
    {"acc", FIGURE_ACC, 0, false},
    {"top1", FIGURE_ACC, 1, false},
    {"top_1", FIGURE_ACC, 1, false},
    {"acc1", FIGURE_ACC, 1, false},
    {"prec1", FIGURE_ACC, 1, false},
    {"acc_1", FIGURE_ACC, 1, false},
    {"top1_acc", FIGURE_ACC, 1, false},
    {"top1_accuracy", FIGURE_ACC, 1, false},
    {"top_1_accuracy", FIGURE_ACC, 1, false},
    {"accuracy_top1", FIGURE_ACC, 1, false},
    {"acc_top1", FIGURE_ACC, 1, false},
    {"sparse_categorical_accuracy", FIGURE_ACC, 1, false},
    {"categorical_accuracy", FIGURE_ACC, 1, false},
    {"binary_accuracy", FIGURE_ACC, 1, false},
    {"multiclass_accuracy", FIGURE_ACC, 1, false},
    {"overall_accuracy", FIGURE_ACC, 2, false},
    {"error_rate", FIGURE_ACC, 3, true},
    {"top1_error", FIGURE_ACC, 3, true},
    {"top1_err", FIGURE_ACC, 3, true},
    {"top5", FIGURE_TOP5, 1, false},
    {"top_5", FIGURE_TOP5, 1, false},
    {"acc5", FIGURE_TOP5, 1, false},
    {"prec5", FIGURE_TOP5, 1, false},
    {"acc_5", FIGURE_TOP5, 1, false},
    {"top5_acc", FIGURE_TOP5, 1, false},
    {"top5_accuracy", FIGURE_TOP5, 1, false},
    {"top_5_accuracy", FIGURE_TOP5, 1, false},
    {"accuracy_top5", FIGURE_TOP5, 1, false},
    {"acc_top5", FIGURE_TOP5, 1, false},
    {"top_k_categorical_accuracy", FIGURE_TOP5, 2, false},
    {"sparse_top_k_categorical_accuracy", FIGURE_TOP5, 2, false},
    {"top5_error", FIGURE_TOP5, 3, true},
    {"lr", FIGURE_LR, 0, false},
    {"learning_rate", FIGURE_LR, 0, false},
    {"lr_*", FIGURE_LR, 3, false},
    {"x_lr*", FIGURE_LR, 3, false},
    {"learning_rate_*", FIGURE_LR, 3, false},
    {"images_per_second", FIGURE_SPEED, 1, false},
    {"samples_per_second", FIGURE_SPEED, 1, false},
    {"imgs_per_sec", FIGURE_SPEED, 1, false},
    {"seconds", FIGURE_SECONDS, 1, false},
    {"duration", FIGURE_SECONDS, 2, false},
    {"*_accuracy", FIGURE_ACC, RANK_GUESS, false},
    {"*_acc", FIGURE_ACC, RANK_GUESS, false},
    {"*_loss", FIGURE_LOSS, RANK_GUESS + 1, false},
};

struct words { /* of a name, lower case */
	char text[NAME_BYTES];
	const char *at[NAME_WORDS];
	int first, n; /* those that are left: first .. n - 1 */
};

static void split_words(struct words *w, const char *name)
{
	size_t len = strlen(name);
	if (len >= NAME_BYTES)
		name += len - (NAME_BYTES - 1);
	strcpy(w->text, name);
	w->first = w->n = 0;
	bool within = false;
	for (char *c = w->text; *c; c++) {
		bool letter = isalnum((unsigned char)*c) || (unsigned char)*c >= 0x80;
		if (letter && !within && w->n < NAME_WORDS)
			w->at[w->n++] = c;
		within = letter;
		*c = letter ? (char)tolower((unsigned char)*c) : '\0';
	}
}

static bool take_split(const char *word, struct name_meaning *m)
{
	for (size_t i = 0; i < sizeof(splits) / sizeof(*splits); i++)
		if (m->split == SPLIT_NONE && strcmp(word, splits[i].word) == 0) {
			m->split = splits[i].split;
			return true;
		}
	return false;
}

static bool take_level(const char *word, struct name_meaning *m)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if (m->level == LEVEL_NONE && strcmp(word, levels[i].word) == 0) {
			m->level = levels[i].level;
			return true;
		}
	return false;
}

/* Words at both ends that are no part of the figure. At least one word stays. */
static void strip(struct words *w, struct name_meaning *m)
{
	bool more = true;
	while (more && w->n - w->first > 1) {
		const char *first = w->at[w->first], *last = w->at[w->n - 1];
		if (take_split(first, m) || take_level(first, m))
			w->first++;
		else if (take_split(last, m) || take_level(last, m))
			w->n--;
		else
			more = false;
	}
}

static bool matches(const char *rule, const char *core)
{
	size_t n = strlen(rule), len = strlen(core);
	if (rule[0] == '*')
		return len >= n && strcmp(core + len - (n - 1), rule + 1) == 0;
	if (rule[n - 1] == '*')
		return strncmp(core, rule, n - 1) == 0;
	return strcmp(core, rule) == 0;
}

static void look_up(const char *core, struct name_meaning *m)
{
	for (size_t i = 0; i < sizeof(cores) / sizeof(*cores); i++)
		if (matches(cores[i].core, core)) {
			m->figure = cores[i].figure;
			m->rank = cores[i].rank + (m->split == SPLIT_TEST ? RANK_TEST : 0);
			m->error = cores[i].error;
			return;
		}
}

struct name_meaning name_meaning(const char *name)
{
	struct name_meaning m = {.figure = FIGURE_OTHER};
	struct words w;
	char core[NAME_BYTES + NAME_WORDS] = "";
	split_words(&w, name);
	strip(&w, &m);
	for (int i = w.first; i < w.n; i++) {
		strcat(core, i > w.first ? "_" : "");
		strcat(core, w.at[i]);
	}
	look_up(core, &m);
	if (m.figure == FIGURE_OTHER && m.level == LEVEL_EPOCH && strcmp(core, "time") == 0)
		m.figure = FIGURE_SECONDS;
	if (m.figure == FIGURE_SPEED && m.split == SPLIT_VALID)
		m.figure = FIGURE_OTHER;
	return m;
}
