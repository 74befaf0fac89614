/* thaw-train predict: the likeliest classes of single pictures. */
#include "train_cli.h"

#include "thaw/base/alloc.h"
#include "thaw/base/say.h"
#include "thaw/event/json_writer.h"
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

static void put_json(struct json_writer *w, const struct predictor *p, const char *path,
		     const float *probs, const size_t *order, size_t k)
{
	json_begin_object(w, NULL);
	json_put_string(w, "image", path);
	json_begin_array(w, "top");
	for (size_t i = 0; i < k; i++) {
		json_begin_object(w, NULL);
		json_put_string(w, "label", predictor_label(p, order[i]));
		json_put_double(w, "p", (double)probs[order[i]]);
		json_end_object(w);
	}
	json_end_array(w);
	json_begin_array(w, "probs");
	for (size_t i = 0; i < predictor_n_classes(p); i++)
		json_put_double(w, NULL, (double)probs[i]);
	json_end_array(w);
	json_put_string(w, "weights", predictor_weights(p));
	json_end_object(w);
}

static int predict(struct predictor *p, const struct train_args *a)
{
	size_t n = predictor_n_classes(p), k = n < TOP ? n : TOP, order[TOP];
	float *probs = xcalloc(n, sizeof(*probs));
	struct json_writer w = JSON_WRITER_INIT;
	int status = 0;
	json_begin_array(&w, NULL);
	for (size_t i = 1; i < a->n_operands; i++) {
		struct errinfo e = {0};
		if (predictor_image(p, a->operands[i], probs, &e)) {
			status = train_complain(&e, TRAINER_FAILED);
			continue;
		}
		predictor_top(probs, n, order, k);
		if (a->json)
			put_json(&w, p, a->operands[i], probs, order, k);
		else
			print_text(p, a->operands[i], probs, order, k);
	}
	json_end_array(&w);
	if (a->json)
		json_writer_print(&w, stdout);
	strbuf_release(&w.text);
	free(probs);
	return status;
}

static int run(const struct train_args *a)
{
	struct errinfo e = {0};
	struct predictor *p;
	if (predictor_open(&p, a->operands[0], a->weights, a->trainer.threads,
			   a->trainer.device, &e))
		return train_complain(&e, TRAINER_BAD_INPUT);
	train_tell_weights(a, predictor_weights(p));
	int status = predict(p, a);
	predictor_free(p);
	return status;
}

const struct train_command train_cmd_predict = {
    .name = "predict",
    .usage = "RUN IMAGE... [--weights best|last|FILE] [--json] [--threads N] [--device D]",
    .options = "jtdw",
    .min_operands = 2,
    .max_operands = SIZE_MAX,
    .run = run,
};
