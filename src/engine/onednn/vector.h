/* Vectors of 8 and 16 channels, for loops that are written once a width: compilers do not reliably
 * make vectors of loops this short.
 *
 * A file that holds such loops is included twice, with LANES 8 and 16; NAME(x) there is x8 or x16,
 * VEC a vector, MASK what a comparison of two gives. They become the instructions of whatever
 * function they are inlined into; with narrower ones, several.
 */
#ifndef THAW_ENGINE_VECTOR_H
#define THAW_ENGINE_VECTOR_H

#pragma GCC diagnostic ignored "-Wpsabi" /* they pass between inlined functions alone */

#define INLINE static inline __attribute__((always_inline))

#define VECTOR_JOIN2(a, b) a##b
#define VECTOR_JOIN(a, b) VECTOR_JOIN2(a, b)
#define NAME(name) VECTOR_JOIN(name, LANES)
#define VEC NAME(vec)
#define MASK NAME(mask)

/* at, put: not aligned. sloped: x, or `slope` x where z is not above 0. */
#define VECTOR(n)                                                                                  \
	typedef float vec##n __attribute__((vector_size(4 * n), aligned(4), may_alias));           \
	typedef int mask##n __attribute__((vector_size(4 * n), aligned(4), may_alias));            \
	INLINE vec##n at##n(const float *p)                                                        \
	{                                                                                          \
		return *(const vec##n *)p;                                                         \
	}                                                                                          \
	INLINE void put##n(float *p, vec##n v)                                                     \
	{                                                                                          \
		*(vec##n *)p = v;                                                                  \
	}                                                                                          \
	INLINE vec##n sloped##n(vec##n x, vec##n z, float slope)                                   \
	{                                                                                          \
		mask##n above = z > 0;                                                             \
		return (vec##n)(((mask##n)x & above) | ((mask##n)(x * slope) & ~above));           \
	}

VECTOR(8)
VECTOR(16)

#endif
