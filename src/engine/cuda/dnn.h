/* The part of cuDNN 9 that is used: convolutions of NHWC tensors, by the functions that it names
 * legacy and keeps through version 9. Opened at run time.
 *
 * Only algorithms that give the same bits each time are used, chosen by cuDNN's rules for the shape
 * and never by timing, which would choose otherwise on another day.
 * Source: cuDNN API reference, cudnn_cnn library.
 */
#ifndef THAW_ENGINE_CUDA_DNN_H
#define THAW_ENGINE_CUDA_DNN_H

#include "driver.h"

#include "thaw/config/experiment.h"

#include <stdbool.h>

enum {
	DNN_NCHW = 0, /* cudnnTensorFormat_t; of filters: KCRS, */
	DNN_NHWC = 1, /* KRSC */
	DNN_FLOAT = 0, /* cudnnDataType_t */
	DNN_BFLOAT16 = 9,
	DNN_MATH_DEFAULT = 0,  /* cudnnMathType_t; float: TF32 where the card has it */
	DNN_MATH_TENSOR_OP = 1,
	DNN_MATH_FMA = 3,      /* float: no TF32 */
	DNN_CROSS_CORRELATION = 1,
	DNN_DETERMINISTIC = 1, /* cudnnDeterminism_t */
};

/* cudnnConvolution…AlgoPerf_t, the same for all three directions. */
struct dnn_performance {
	int algorithm, status;
	float ms;
	size_t workspace_bytes;
	int determinism, math;
	int reserved[3];
};

struct dnn_handle;
struct dnn_tensor; /* descriptors */
struct dnn_filter;
struct dnn_convolution;

#define DNN_FUNCTIONS(X)                                                                           \
	X(cudnnCreate, (struct dnn_handle * *h))                                                   \
	X(cudnnSetStream, (struct dnn_handle * h, struct cu_stream *s))                            \
	X(cudnnCreateTensorDescriptor, (struct dnn_tensor * *t))                                   \
	X(cudnnDestroyTensorDescriptor, (struct dnn_tensor * t))                                   \
	X(cudnnSetTensor4dDescriptor,                                                              \
	  (struct dnn_tensor * t, int format, int type, int n, int c, int h, int w))               \
	X(cudnnCreateFilterDescriptor, (struct dnn_filter * *f))                                   \
	X(cudnnDestroyFilterDescriptor, (struct dnn_filter * f))                                   \
	X(cudnnSetFilter4dDescriptor,                                                              \
	  (struct dnn_filter * f, int type, int format, int k, int c, int h, int w))               \
	X(cudnnCreateConvolutionDescriptor, (struct dnn_convolution * *c))                         \
	X(cudnnDestroyConvolutionDescriptor, (struct dnn_convolution * c))                         \
	X(cudnnSetConvolution2dDescriptor,                                                         \
	  (struct dnn_convolution * c, int pad_h, int pad_w, int stride_h, int stride_w,           \
	   int dilation_h, int dilation_w, int mode, int compute_type))                            \
	X(cudnnSetConvolutionGroupCount, (struct dnn_convolution * c, int groups))                 \
	X(cudnnSetConvolutionMathType, (struct dnn_convolution * c, int math))                     \
	X(cudnnGetConvolutionForwardAlgorithm_v7,                                                  \
	  (struct dnn_handle * h, struct dnn_tensor *x, struct dnn_filter *w,                      \
	   struct dnn_convolution *c, struct dnn_tensor *y, int wanted, int *returned,             \
	   struct dnn_performance *p))                                                             \
	X(cudnnGetConvolutionBackwardDataAlgorithm_v7,                                             \
	  (struct dnn_handle * h, struct dnn_filter *w, struct dnn_tensor *dy,                     \
	   struct dnn_convolution *c, struct dnn_tensor *dx, int wanted, int *returned,            \
	   struct dnn_performance *p))                                                             \
	X(cudnnGetConvolutionBackwardFilterAlgorithm_v7,                                           \
	  (struct dnn_handle * h, struct dnn_tensor *x, struct dnn_tensor *dy,                     \
	   struct dnn_convolution *c, struct dnn_filter *dw, int wanted, int *returned,            \
	   struct dnn_performance *p))                                                             \
	X(cudnnGetConvolutionForwardWorkspaceSize,                                                 \
	  (struct dnn_handle * h, struct dnn_tensor *x, struct dnn_filter *w,                      \
	   struct dnn_convolution *c, struct dnn_tensor *y, int algorithm, size_t *bytes))         \
	X(cudnnGetConvolutionBackwardDataWorkspaceSize,                                            \
	  (struct dnn_handle * h, struct dnn_filter *w, struct dnn_tensor *dy,                     \
	   struct dnn_convolution *c, struct dnn_tensor *dx, int algorithm, size_t *bytes))        \
	X(cudnnGetConvolutionBackwardFilterWorkspaceSize,                                          \
	  (struct dnn_handle * h, struct dnn_tensor *x, struct dnn_tensor *dy,                     \
	   struct dnn_convolution *c, struct dnn_filter *dw, int algorithm, size_t *bytes))        \
	X(cudnnConvolutionForward,                                                                 \
	  (struct dnn_handle * h, const void *alpha, struct dnn_tensor *tx, const void *x,         \
	   struct dnn_filter *tw, const void *w, struct dnn_convolution *c, int algorithm,         \
	   void *workspace, size_t bytes, const void *beta, struct dnn_tensor *ty, void *y))       \
	X(cudnnConvolutionBackwardData,                                                            \
	  (struct dnn_handle * h, const void *alpha, struct dnn_filter *tw, const void *w,         \
	   struct dnn_tensor *tdy, const void *dy, struct dnn_convolution *c, int algorithm,       \
	   void *workspace, size_t bytes, const void *beta, struct dnn_tensor *tdx, void *dx))     \
	X(cudnnConvolutionBackwardFilter,                                                          \
	  (struct dnn_handle * h, const void *alpha, struct dnn_tensor *tx, const void *x,         \
	   struct dnn_tensor *tdy, const void *dy, struct dnn_convolution *c, int algorithm,       \
	   void *workspace, size_t bytes, const void *beta, struct dnn_filter *tdw, void *dw))

/* Open libcudnn.so.9 and make a handle whose work is queued on `s`; once. Errors: ERR_NOT_FOUND, with
 * where it was looked for and what to install. */
enum err dnn_open(struct cu_stream *s, struct errinfo *e);

/* "cuDNN 9.19 from /usr/lib/x86_64-linux-gnu"; static. */
const char *dnn_words(void);

/* Geometry of a convolution; channels innermost in all tensors, weights [out_c][size][size][c / groups]. */
struct dnn_shape {
	int n, c, h, w; /* input */
	int out_c, out_h, out_w;
	int groups, size, stride, pad;
	bool half; /* activations in bf16, weights too; gradients of weights and sums in fp32 */
	enum precision precision;
};

struct dnn_conv; /* one convolution of one plan, all directions */

/* Errors are a cuDNN that does not know the shape: aborts, as driver_check(). */
struct dnn_conv *dnn_conv_new(const struct dnn_shape *s, bool data_gradient, bool weight_gradient);
void dnn_conv_free(struct dnn_conv *c);
size_t dnn_conv_workspace_bytes(const struct dnn_conv *c);

/* All pointers are the card's. `workspace` is of dnn_conv_workspace_bytes(). */
void dnn_conv_forward(struct dnn_conv *c, const void *x, const void *w, void *y, void *workspace);
/* dx is overwritten, or added to. */
void dnn_conv_backward_data(struct dnn_conv *c, const void *dy, const void *w, void *dx, bool add,
			    void *workspace);
void dnn_conv_backward_weights(struct dnn_conv *c, const void *x, const void *dy, void *dw,
			       void *workspace);

#endif
