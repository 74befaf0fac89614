#include "sums.h"

double sum_of_squares(const float *v, size_t n)
{
	double total = 0;
	for (size_t from = 0; from < n; from += SUM_CHUNK) {
		size_t to = from + SUM_CHUNK < n ? from + SUM_CHUNK : n;
		float sum = 0;
#pragma omp simd reduction(+ : sum)
		for (size_t i = from; i < to; i++)
			sum += v[i] * v[i];
		total += (double)sum;
	}
	return total;
}
