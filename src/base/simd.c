#include "thaw/base/simd.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* oneDNN's names, by how they begin. */
static const struct {
	const char *name;
	enum simd_level most;
} caps[] = {{"AVX512", SIMD_V4}, {"AVX2", SIMD_V3}, {"AVX", SIMD_BASE}, {"SSE", SIMD_BASE}};

static enum simd_level cap(void)
{
	const char *text = getenv("DNNL_MAX_CPU_ISA");
	for (size_t i = 0; text && i < sizeof(caps) / sizeof(*caps); i++)
		if (strncasecmp(text, caps[i].name, strlen(caps[i].name)) == 0)
			return caps[i].most;
	return SIMD_V4;
}

static enum simd_level processor(void)
{
#if defined(__x86_64__)
	bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
		  __builtin_cpu_supports("bmi2");
	if (v3 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
	    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
		return SIMD_V4;
	if (v3)
		return SIMD_V3;
#endif
	return SIMD_BASE;
}

enum simd_level simd_level(void)
{
	static atomic_int known = -1;
	int level = atomic_load_explicit(&known, memory_order_relaxed);
	if (level < 0) {
		enum simd_level mine = processor(), most = cap();
		level = (int)(mine < most ? mine : most);
		atomic_store_explicit(&known, level, memory_order_relaxed);
	}
	return (enum simd_level)level;
}
