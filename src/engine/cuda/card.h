/* The kernels of a plan, as units that queue what they do. Private to this folder.
 *
 * A BLOCKED tensor has all its channels innermost: [n][h][w][c].
 */
#ifndef THAW_ENGINE_CUDA_CARD_H
#define THAW_ENGINE_CUDA_CARD_H

#include "plan.h"
#include "stream.h"

/* The rows of the kinds' table. */
void card_convolutional(struct plan *p, int layer);
void card_connected(struct plan *p, int layer);
void card_batchnorm(struct plan *p, int layer);
void card_activation(struct plan *p, int layer);
void card_maxpool(struct plan *p, int layer);
void card_avgpool(struct plan *p, int layer);
void card_route(struct plan *p, int layer);
void card_shortcut(struct plan *p, int layer);
void card_upsample(struct plan *p, int layer);
void card_dropout(struct plan *p, int layer);
void card_crop(struct plan *p, int layer);
void card_softmax(struct plan *p, int layer);

/* Follow-ups of the kinds with weights: batch-norm with activation, or activation alone. */
struct tensor *card_norm(struct plan *p, int layer, struct tensor *x, ACTIVATION act);

/* The tensor in the wanted layout, through a conversion unit when it is not. */
struct tensor *card_layout(struct plan *p, struct tensor *t, enum layout layout, int layer);

/* A tensor in the type of its layout: BLOCKED ones are bf16 where that is the precision. */
struct tensor *card_tensor(struct plan *p, int c, int h, int w, enum layout layout, bool grad);

/* A tensor as rows of channels: how many rows. */
int card_rows(const struct tensor *t);

/* How a kernel over rows is shared out (kernels.h): at most `most` blocks along them, and how many
 * along the channels. */
unsigned rows_blocks(int rows, int c, unsigned most, unsigned *across);
/* Blocks for n numbers, a thread each or several. */
unsigned each_blocks(long n);

/* y = alpha x + beta y, of t's numbers and type. */
void card_blend(const float *x, float *y, const struct tensor *t, float alpha, float beta);

/* Whether it is x above zero and a slope times x below, so that its derivative is told from x. */
bool card_is_slope(ACTIVATION act);

/* Layouts of weights; NULL is Darknet's order. */
const struct weights_layout *card_weights_layout(int out_c, int c, int size, bool half);
size_t card_layout_floats(const struct weights_layout *l);
void card_upload(const float *host, size_t n, const struct weights_layout *l, float *to);
void card_download(const float *from, const struct weights_layout *l, size_t n, float *host);

/* What a step is given and what it finds out, in the card's memory. */
struct step_inputs *card_inputs(void);
struct step_outputs *card_outputs(void);

/* Of struct backend and struct queue. */
void card_gather(const float *const *from, int n, size_t floats, float *to);
double card_update(struct params *all, int n, const struct update *u, struct layer_time *times);
void card_step_inputs(struct plan *p);
void card_score(struct plan *p);
void card_results(struct plan *p, struct step_result *r);

/* The precision that was chosen. */
enum precision card_precision(void);

#endif
