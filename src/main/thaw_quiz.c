#include "thaw_quiz.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/config/quiz.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define NAME "learn/quiz.yaml"

/* From the program's directory: installed, in build/, and in build/FLAVOUR/. */
static const char *const beside[] = {"../share/thaw/" NAME, "../data/" NAME, "../../data/" NAME};

/* The first that exists; NULL when none does. */
static char *find_beside(void)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0)
		return NULL;
	self[n] = '\0';
	char *dir = path_dir(self), *found = NULL;
	for (size_t i = 0; i < sizeof(beside) / sizeof(*beside) && !found; i++) {
		char *path = path_join(dir, beside[i]);
		if (file_exists(path))
			found = path;
		else
			free(path);
	}
	free(dir);
	return found;
}

enum err quiz_find(struct quiz *out, struct errinfo *e)
{
	const char *data = getenv("THAW_DATA");
	char *path = data && *data ? path_join(data, NAME) : find_beside();
	enum err err = path
			   ? quiz_load(path, out, e)
			   : err_set(e, ERR_NOT_FOUND,
				     "no " NAME " beside the program; THAW_DATA=DIR says where its "
				     "data is");
	free(path);
	return err;
}
