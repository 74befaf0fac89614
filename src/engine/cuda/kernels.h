/* Our own kernels: the list of them, and the arguments of each; both sides of a launch include this.
 *
 * kernels.cu is their text. A new kernel is a struct NAME_args here, a row of KERNELS, and
 * KERNEL(NAME) there.
 */
#ifndef THAW_ENGINE_CUDA_KERNELS_H
#define THAW_ENGINE_CUDA_KERNELS_H

/* p[i] = value */
struct fill_args {
	float *p;
	long n;
	float value;
};

#define KERNELS(X) X(fill)

#endif
