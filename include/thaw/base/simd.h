/* Several copies of a hot loop, the best for this processor chosen when the program starts.
 *
 * Put SIMD before the definition of a function whose loops should become vector code. All copies
 * give the same bits: the programs are compiled without contraction of a * b + c.
 */
#ifndef THAW_BASE_SIMD_H
#define THAW_BASE_SIMD_H

/* Sanitizers and ifuncs do not go together; clang 14 lacks the named levels. */
#if defined(__SANITIZE_ADDRESS__) || !defined(__x86_64__) || defined(__clang__)
#define SIMD
#else
#define SIMD __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif

#endif
