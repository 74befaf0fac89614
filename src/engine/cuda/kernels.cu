/* The kernels of kernels.h, in the dialect of dialect.h: compiled for the card when the program is
 * built, and for the host by the tests. */
#include "dialect.h"
#include "kernels.h"

KERNEL(fill)
{
	EACH(i, a.n) a.p[i] = a.value;
}

#include "pictures.cu"
