/* The CPU backend: oneDNN (onednn.h) where it is best, C and OpenMP elsewhere. Its memory is the
 * host's. Private to this folder.
 */
#ifndef THAW_ENGINE_ONEDNN_CPU_H
#define THAW_ENGINE_ONEDNN_CPU_H

#include "backend.h"
#include "norm.h"
#include "plan.h"

/* The rows of the kinds' table. */
void add_convolutional(struct plan *p, int layer);
void add_connected(struct plan *p, int layer);
void add_batchnorm(struct plan *p, int layer);
void add_activation(struct plan *p, int layer);
void add_maxpool(struct plan *p, int layer);
void add_avgpool(struct plan *p, int layer);
void add_route(struct plan *p, int layer);
void add_shortcut(struct plan *p, int layer);
void add_upsample(struct plan *p, int layer);
void add_dropout(struct plan *p, int layer);
void add_crop(struct plan *p, int layer);
void add_softmax(struct plan *p, int layer);
void add_darknet(struct plan *p, int layer); /* Darknet's own functions, image by image */

/* Follow-ups shared by the kinds with weights: batch-norm with activation, or activation alone. */
struct tensor *add_norm(struct plan *p, int layer, struct tensor *x, ACTIVATION act);
struct tensor *add_act(struct plan *p, int layer, struct tensor *x, ACTIVATION act);

/* The tensor in the wanted layout, through a conversion unit when it is not. */
struct tensor *in_layout(struct plan *p, struct tensor *t, enum layout layout, int layer);

/* Kernels count on zeros in the padded channels; call after anything that maps 0 to something
 * else. */
void clear_padding(const struct tensor *t);

/* What batch-norm with its rolling statistics multiplies a channel by; ps has ARRAY_SCALES. */
float channel_gain(struct params *ps, size_t channel);
/* Its size, as far as BATCHNORM_FOLDED undoes it: not below a limit. */
float folded_gain(struct params *ps, size_t channel);
/* The same of each weight: w->gain, measured when there is none. */
const float *measured_gain(struct params *ps, struct param *w);

/* Of struct backend. */
double cpu_update(struct params *all, int n, const struct update *u, struct layer_time *times);

#endif
