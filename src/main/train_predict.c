/* thaw-train predict: the likeliest classes of single pictures. */
#include "train_cli.h"

#include "thaw/base/alloc.h"
#include "thaw/base/say.h"
#include "thaw/train/predictor.h"

#include <stdint.h>
#include <stdlib.h>

#define TOP 5

static void print_text(const struct predictor *p, const char *path, const float *probs,
		       const size_t *order, size_t k)
{
	say(stdout, "%s", path);
	for (size_t i = 0; i < k; i++)
		say(stdout, "%.4f %s", (double)probs[order[i]], predictor_label(p, order[i]));
}

static void add_json(cJSON *all, const struct predictor *p, const char *path, const float *probs,
		     const size_t *order, size_t k)
{
	cJSON *one = cJSON_CreateObject();
	cJSON_AddStringToObject(one, "image", path);
	cJSON *top = cJSON_AddArrayToObject(one, "top");
	for (size_t i = 0; i < k; i++) {
		cJSON *entry = cJSON_CreateObject();
		cJSON_AddStringToObject(entry, "label", predictor_label(p, order[i]));
		cJSON_AddNumberToObject(entry, "p", (double)probs[order[i]]);
		cJSON_AddItemToArray(top, entry);
	}
	cJSON *every = cJSON_AddArrayToObject(one, "probs");
	for (size_t i = 0; i < predictor_n_classes(p); i++)
		cJSON_AddItemToArray(every, cJSON_CreateNumber((double)probs[i]));
	cJSON_AddStringToObject(one, "weights", predictor_weights(p));
	cJSON_AddItemToArray(all, one);
}

static int predict(struct predictor *p, const struct train_args *a)
{
	size_t n = predictor_n_classes(p), k = n < TOP ? n : TOP, order[TOP];
	float *probs = xcalloc(n, sizeof(*probs));
	cJSON *all = a->json ? cJSON_CreateArray() : NULL;
	int status = 0;
	for (size_t i = 1; i < a->n_operands; i++) {
		struct errinfo e = {0};
		if (predictor_image(p, a->operands[i], probs, &e)) {
			status = train_complain(&e, TRAINER_FAILED);
			continue;
		}
		predictor_top(probs, n, order, k);
		if (all)
			add_json(all, p, a->operands[i], probs, order, k);
		else
			print_text(p, a->operands[i], probs, order, k);
	}
	if (all)
		train_print_json(all);
	free(probs);
	return status;
}

static int run(const struct train_args *a)
{
	struct errinfo e = {0};
	struct predictor *p;
	if (predictor_open(&p, a->operands[0], a->weights, a->trainer.threads, &e))
		return train_complain(&e, TRAINER_BAD_INPUT);
	train_tell_weights(a, predictor_weights(p));
	int status = predict(p, a);
	predictor_free(p);
	return status;
}

const struct train_command train_cmd_predict = {
    .name = "predict",
    .usage = "RUN IMAGE... [--weights best|last|FILE] [--json] [--threads N]",
    .options = "jtw",
    .min_operands = 2,
    .max_operands = SIZE_MAX,
    .run = run,
};
