/* Class probabilities for single pictures from a finished (or running) run's best weights.
 *
 * It uses exactly what `darknet classifier predict` would be given: model.cfg, best.weights
 * (last.weights when no epoch was the best yet) and labels.txt. Pictures are resized as the run's
 * experiment.yaml says, letterbox without one, and never mirrored or averaged.
 */
#ifndef THAW_TRAIN_PREDICTOR_H
#define THAW_TRAIN_PREDICTOR_H

#include "thaw/base/err.h"

#include <stddef.h>

struct predictor;

/* `weights` is "best", "last" or a file, from here or in the run's directory; NULL: best, or last
 * where there is no best. `threads` 0: all cores. `device` as
 * train.device; NULL: the run's own, or auto where that is not here.
 * Errors: ERR_NOT_FOUND (not a run directory, no weights yet, or best.weights are missing though
 * last.state tells of them), ERR_MISMATCH (labels, weights and
 * cfg disagree), and those of its experiment.yaml and of the network. */
enum err predictor_open(struct predictor **out, const char *run_dir, const char *weights,
			int threads, const char *device, struct errinfo *e);
void predictor_free(struct predictor *p); /* NULL is allowed */

/* What was taken: "best.weights", "last.weights" or the file that was asked for. */
const char *predictor_weights(const struct predictor *p);

size_t predictor_n_classes(const struct predictor *p);
const char *predictor_label(const struct predictor *p, size_t i);

/* Shape:  probs[predictor_n_classes()]
 * Errors: those of image_decode(). */
enum err predictor_image(struct predictor *p, const char *path, float *probs, struct errinfo *e);

/* Fill order[k] with the k likeliest classes, likeliest first, the lower index first among
 * equals; k <= n. */
void predictor_top(const float *probs, size_t n, size_t *order, size_t k);

#endif
