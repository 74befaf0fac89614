/* Plain sums of a convolution over NHWC floats, in one fixed order. */
#ifndef THAW_TESTS_STANDIN_CONVOLUTION_H
#define THAW_TESTS_STANDIN_CONVOLUTION_H

enum direction { FORWARD, DATA, FILTER };

struct geometry {
	int n, c, h, w;      /* x */
	int k, r, s, groups; /* filters: [k][r][s][c / groups] */
	int out_h, out_w;    /* y: [n][out_h][out_w][k] */
	int pad_h, pad_w, stride_h, stride_w;
};

/* y from x, w; dx from dy, w; dw from x, dy. `out` is overwritten. */
void convolve(const struct geometry *g, enum direction d, const float *a, const float *b,
	      float *out);

#endif
