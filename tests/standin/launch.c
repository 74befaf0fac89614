/* Modules, functions and their launches: what runs is the host's own build of the kernels. */
#include "standin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 1024, MAX_GRID_Y = 65535 };

struct cu_module {
	char *text; /* PTX */
};

struct cu_function {
	const struct standin_kernel *kernel;
};

static int load(struct cu_module **m, const char *image)
{
	size_t blank = image ? strspn(image, " \t\r\n") : 0;
	if (!image || (strncmp(image + blank, "//", 2) && strncmp(image + blank, ".version", 8)) ||
	    !strstr(image, ".version") || !strstr(image, ".target"))
		return CU_INVALID_IMAGE;
	*m = standin_new(sizeof(**m));
	(*m)->text = strcpy(standin_new(strlen(image) + 1), image);
	return CU_OK;
}

int cuModuleLoadData(struct cu_module **m, const void *image)
{
	int code = standin_enter(WAITS);
	if (!code)
		code = load(m, image);
	return standin_leave(code);
}

/* The card's build of it, in the module's text, takes as many bytes of arguments. */
static bool entry_fits(const char *text, const struct standin_kernel *k)
{
	char pattern[128];
	snprintf(pattern, sizeof(pattern), ".entry %s(", k->name);
	const char *entry = strstr(text, pattern);
	snprintf(pattern, sizeof(pattern), "%s_param_0[", k->name);
	const char *param = entry ? strstr(entry, pattern) : NULL;
	return param && strtoull(param + strlen(pattern), NULL, 10) == k->bytes;
}

static int find(struct cu_function **f, const struct cu_module *m, const char *name)
{
	const struct standin_kernel *k = standin_kernels;
	while (k->name && strcmp(k->name, name) != 0)
		k++;
	if (!k->name || !entry_fits(m->text, k))
		return CU_NOT_FOUND;
	*f = standin_new(sizeof(**f));
	(*f)->kernel = k;
	return CU_OK;
}

int cuModuleGetFunction(struct cu_function **f, struct cu_module *m, const char *name)
{
	int code = standin_enter(QUEUES);
	if (!code)
		code = f && m && name ? find(f, m, name) : CU_INVALID_VALUE;
	return standin_leave(code);
}

struct launch {
	const struct standin_kernel *kernel;
	unsigned x, y, threads;
	_Alignas(16) unsigned char args[4096]; /* as many as the driver takes */
};

/* A pointer to what the card cannot see. */
static bool args_are_wrong(const struct launch *l)
{
	for (size_t i = 0; i + 8 <= l->kernel->bytes; i += 8) {
		uint64_t word;
		memcpy(&word, l->args + i, sizeof(word));
		if (memory_is_hosts(queue_running(), word)) {
			fprintf(stderr, "stand-in: %s is given the host's %#llx\n", l->kernel->name,
				(unsigned long long)word);
			return true;
		}
	}
	return false;
}

static int run_launch(void *payload)
{
	const struct launch *l = payload;
	struct cu_context *card = queue_running();
	if (++card->kernels_run == standin_setting("THAW_STANDIN_FAIL", 0))
		return CU_LAUNCH_FAILED;
	if (args_are_wrong(l))
		return CU_ILLEGAL_ADDRESS;
	memory_open(card);
	for (unsigned y = 0; y < l->y; y++)
		for (unsigned x = 0; x < l->x; x++) {
			standin_block((int)x, (int)y, (int)l->x, (int)l->threads);
			l->kernel->run(l->args);
		}
	return CU_OK;
}

int cuLaunchKernel(struct cu_function *f, unsigned grid_x, unsigned grid_y, unsigned grid_z,
		   unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
		   struct cu_stream *s, void **args, void **extra)
{
	static const struct work work = {run_launch, NULL};
	int code = standin_enter(QUEUES);
	struct launch l = {.x = grid_x, .y = grid_y, .threads = block_x};
	if (!code && (!f || !s))
		code = CU_INVALID_HANDLE;
	if (!code && (!grid_x || grid_x > INT32_MAX || !grid_y || grid_y > MAX_GRID_Y ||
		      grid_z != 1 || !block_x || block_x > MAX_THREADS || block_y != 1 ||
		      block_z != 1 || shared_bytes || !args || !args[0] || extra))
		code = CU_INVALID_VALUE;
	if (!code) {
		l.kernel = f->kernel;
		memcpy(l.args, args[0], l.kernel->bytes);
		code = queue_add(s, &work, &l, offsetof(struct launch, args) + l.kernel->bytes);
	}
	return standin_leave(code);
}
