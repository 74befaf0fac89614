/* Several copies of a hot loop, the best for this processor chosen when the program runs.
 *
 *   SIMD(static, mix, (const float *a, int n, float *out), (a, n, out)) { … }
 *
 * defines the function mix() whose loops become vector code. All copies give the same bits: the
 * programs are compiled without contraction of a * b + c. DNNL_MAX_CPU_ISA, which caps oneDNN, caps
 * these too.
 */
#ifndef THAW_BASE_SIMD_H
#define THAW_BASE_SIMD_H

enum simd_level { SIMD_BASE, SIMD_V3, SIMD_V4 }; /* any x86-64; AVX2; AVX-512 */

/* The processor's, or less where DNNL_MAX_CPU_ISA says so; the same all through a program. */
enum simd_level simd_level(void);

/* The instructions of a level by name, for `SIMD_TARGET(SIMD_V3_NAMES) static void f(…)`. */
#define SIMD_V3_NAMES "avx2,fma,bmi,bmi2,lzcnt,f16c"
#define SIMD_V4_NAMES SIMD_V3_NAMES ",avx512f,avx512bw,avx512cd,avx512dq,avx512vl"

#if !defined(__x86_64__)
#define SIMD_TARGET(names)
#define SIMD(linkage, name, params, args) linkage void name params
#else
#define SIMD_TARGET(names) __attribute__((target(names)))
#define SIMD(linkage, name, params, args)                                                          \
	static inline __attribute__((always_inline)) void name##_body params;                      \
	SIMD_TARGET(SIMD_V4_NAMES) static void name##_v4 params                                    \
	{                                                                                          \
		name##_body args;                                                                  \
	}                                                                                          \
	SIMD_TARGET(SIMD_V3_NAMES) static void name##_v3 params                                    \
	{                                                                                          \
		name##_body args;                                                                  \
	}                                                                                          \
	linkage void name params                                                                   \
	{                                                                                          \
		enum simd_level level = simd_level();                                              \
		if (level == SIMD_V4)                                                              \
			name##_v4 args;                                                            \
		else if (level == SIMD_V3)                                                         \
			name##_v3 args;                                                            \
		else                                                                               \
			name##_body args;                                                          \
	}                                                                                          \
	static inline __attribute__((always_inline)) void name##_body params
#endif

#endif
