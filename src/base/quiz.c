#include "thaw/base/quiz.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
const char *const quiz_needs[] = {
    [NEED_PRETRAINED] = "pretrained",
    [NEED_FROZEN] = "frozen",
    [NEED_THAWED] = "thawed",
    [NEED_GAINED] = "gained",
    [NEED_DROPPED] = "dropped",
    [NEED_SLOWER] = "slower",
    [NEED_CACHED] = "cached",
    [NEED_OVERFIT] = "overfitting",
    [NEED_NONFINITE] = "nonfinite",
    [NEED_BY_HAND] = "by-hand",
    [NEED_N] = NULL,
};

const char *const quiz_facts[] = {
    "classes", "n_train", "n_valid", "batch", "epochs", "iterations", "seed", "input",
    "layers", "params", "weights", "head_layer", "head_params", "head_in", "head_out",
    "frozen", "trainable_head", "share_head", "lr_head", "guess_acc", "guess_loss",
    "acc_first", "acc_head", "acc_before_thaw", "thawed", "thaw_iter", "thaw_epoch",
    "trainable_tune", "share_tune", "lr_tune", "lr_ratio", "acc_after_thaw", "acc_tune",
    "gain", "best_acc", "best_epoch", "acc_now", "worst_class", "worst_recall",
    "best_class", "best_recall", "confused_pair", "confused_n", "cache_saved",
    "overfit_epoch", "nonfinite_iter", "head_seconds", "tune_seconds", NULL
};
/* clang-format on */

void quiz_release(struct quiz *q)
{
	for (size_t i = 0; i < q->n; i++) {
		struct quiz_question *one = &q->questions[i];
		free(one->id);
		free(one->text);
		free(one->explain);
		free(one->here);
		for (size_t k = 0; k < one->n_choices; k++)
			free(one->choices[k]);
	}
	free(q->questions);
	*q = (struct quiz){0};
}

bool quiz_next_fact(const char *text, size_t *at, const char **name, size_t *len)
{
	const char *open = text + *at + strcspn(text + *at, "{}");
	const char *end = *open ? open + 1 + strcspn(open + 1, "{}") : open;
	*name = NULL;
	if (!*open)
		return false;
	*name = open + 1;
	*len = (size_t)(end - open) - 1;
	if (*open != '{' || *end != '}')
		return false;
	*at = (size_t)(end - text) + 1;
	return true;
}
