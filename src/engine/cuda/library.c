#include "library.h"

#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Folders beneath an environment variable; NULL: beneath the root. */
static const struct {
	const char *variable, *folders; /* a pattern of glob(7) */
} places[] = {
    {"CUDA_PATH", "/lib64"},
    {"CONDA_PREFIX", "/lib"},
    {"CONDA_PREFIX", "/lib/python*/site-packages/nvidia/*/lib"},
    {"VIRTUAL_ENV", "/lib/python*/site-packages/nvidia/*/lib"},
    {"HOME", "/.local/lib/python*/site-packages/nvidia/*/lib"},
    {NULL, "/usr/local/lib/python*/dist-packages/nvidia/*/lib"},
    {NULL, "/usr/local/cuda/lib64"},
};

/* Keeps the loader's words about a file that is there. */
static void *open_file(const char *path, struct errinfo *why)
{
	void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!lib && !why->msg[0])
		err_set(why, ERR_NOT_FOUND, "%s", dlerror());
	return lib;
}

static void *open_in(const char *root, const char *folders, const char *name, struct errinfo *why)
{
	char pattern[4096];
	glob_t found;
	void *lib = NULL;
	int n = snprintf(pattern, sizeof(pattern), "%s%s/%s", root, folders, name);
	if (n >= (int)sizeof(pattern) || glob(pattern, 0, NULL, &found))
		return NULL;
	for (size_t i = 0; i < found.gl_pathc && !lib; i++)
		lib = open_file(found.gl_pathv[i], why);
	globfree(&found);
	return lib;
}

/* The loader says "cannot open shared object file" of what is nowhere: no news. */
static void *open_by_loader(const char *name, struct errinfo *why)
{
	void *lib = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	const char *words = lib ? NULL : dlerror();
	if (words && strncmp(words, name, strlen(name)) != 0)
		err_set(why, ERR_NOT_FOUND, "%s", words);
	return lib;
}

void *library_open(const char *name, const char *variable, struct errinfo *why)
{
	const char *folder = getenv(variable);
	struct errinfo words = {0};
	void *lib = NULL;
	if (folder && *folder) {
		lib = open_in(folder, "", name, &words);
		if (!lib)
			err_set(why, ERR_NOT_FOUND, "%s is not in %s, which %s names", name, folder,
				variable);
	} else {
		lib = open_by_loader(name, &words);
		for (size_t i = 0; !lib && i < sizeof(places) / sizeof(*places); i++) {
			const char *root = places[i].variable ? getenv(places[i].variable) : "";
			if (root)
				lib = open_in(root, places[i].folders, name, &words);
		}
		if (!lib)
			err_set(why, ERR_NOT_FOUND, "%s is not there", name);
	}
	if (!lib && words.msg[0])
		err_set(why, ERR_NOT_FOUND, "%s does not load: %s", name, words.msg);
	return lib;
}

enum err library_functions(void *lib, const char *const *name, size_t n, void *to,
			   struct errinfo *e)
{
	for (size_t i = 0; i < n; i++) {
		void *f = dlsym(lib, name[i]);
		if (!f)
			return err_set(e, ERR_NOT_FOUND, "it lacks %s", name[i]);
		memcpy((char *)to + i * sizeof(f), &f, sizeof(f));
	}
	return ERR_OK;
}
