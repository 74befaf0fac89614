#include "sandbox.h"
#include "every_thread.h"
#include "landlock.h"
#include "seccomp.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/words.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FOLDERS_MAX 4096 /* more than these of pictures: they lie everywhere */

/* ---- what is allowed ---- */

struct paths { /* absolute, without links */
	char **items;
	size_t n, cap;
};

static void paths_add(struct paths *p, char *path)
{
	ALLOC_GROW(p->items, p->n + 1, p->cap);
	p->items[p->n++] = path;
}

static bool paths_has(const struct paths *p, const char *path)
{
	for (size_t i = p->n; i-- > 0;) /* pictures of one folder come together */
		if (strcmp(p->items[i], path) == 0)
			return true;
	return false;
}

static void paths_release(struct paths *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->items[i]);
	free(p->items);
	*p = (struct paths){0};
}

/* The folder of a file, without links in its path. */
static void add_folder_of(struct paths *p, const char *file)
{
	char *dir = path_dir(file), *real = realpath(dir, NULL);
	if (real && !paths_has(p, real))
		paths_add(p, xstrdup(real));
	free(real);
	free(dir);
}

/* Where the pictures really lie. False: in too many folders. */
static bool add_split(struct paths *p, const struct split *s)
{
	const char *before = ""; /* one whose folder was added */
	for (size_t i = 0; i < s->n && p->n <= FOLDERS_MAX; i++) {
		const char *file = s->samples[i].path;
		size_t dir_len = (size_t)(path_base(file) - file);
		if (s->samples[i].idx)
			continue;
		char *real = file_is_link(file) ? realpath(file, NULL) : NULL;
		if (real)
			add_folder_of(p, real);
		else if (strncmp(file, before, dir_len) != 0 ||
			 path_base(before) != before + dir_len)
			add_folder_of(p, before = file);
		free(real);
	}
	return p->n <= FOLDERS_MAX;
}

/* The folders of all that this process has mapped: libraries load others from beside them. */
static void allow_mapped(int ruleset)
{
	struct strbuf maps = STRBUF_INIT;
	struct paths seen = {0};
	char *at, *line;
	file_read("/proc/self/maps", &maps, NULL);
	for (char *rest = maps.buf; (line = strtok_r(rest, "\n", &at)); rest = NULL) {
		char *path = strchr(line, '/');
		char *dir = path ? path_dir(path) : NULL;
		if (dir && !paths_has(&seen, dir)) {
			landlock_allow(ruleset, dir, LANDLOCK_READ);
			paths_add(&seen, xstrdup(dir));
		}
		free(dir);
	}
	paths_release(&seen);
	strbuf_release(&maps);
}

/* Where the driver keeps what it has compiled. */
static void allow_driver_cache(int ruleset)
{
	const char *named = getenv("CUDA_CACHE_PATH"), *home = getenv("HOME");
	char *path = named && *named ? xstrdup(named) : home ? path_join(home, ".nv") : NULL;
	if (path)
		landlock_allow(ruleset, path, LANDLOCK_WRITE);
	free(path);
}

/* What libraries read, and what drivers write to. */
static const struct {
	const char *pattern;
	enum landlock_use use;
} of_system[] = {
    {"/usr", LANDLOCK_READ},           {"/lib*", LANDLOCK_READ},
    {"/opt", LANDLOCK_READ},           {"/proc", LANDLOCK_READ},
    {"/sys", LANDLOCK_READ},           {"/etc/ld.so.*", LANDLOCK_READ},
    {"/etc/localtime", LANDLOCK_READ}, {"/etc/nvidia*", LANDLOCK_READ},
    {"/dev/*random", LANDLOCK_READ},   {"/dev/zero", LANDLOCK_READ},
    {"/dev/null", LANDLOCK_WRITE},     {"/dev/shm", LANDLOCK_WRITE},
    {"/dev/nvidia*", LANDLOCK_WRITE},
};

static void allow_system(int ruleset)
{
	for (size_t i = 0; i < sizeof(of_system) / sizeof(*of_system); i++) {
		glob_t found;
		if (glob(of_system[i].pattern, 0, NULL, &found) != 0)
			continue;
		for (size_t j = 0; j < found.gl_pathc; j++)
			landlock_allow(ruleset, found.gl_pathv[j], of_system[i].use);
		globfree(&found);
	}
	allow_mapped(ruleset);
	allow_driver_cache(ruleset);
}

/* ---- entering ---- */

static bool enter_landlock(void *arg)
{
	const int *ruleset = arg;
	return landlock_enter(*ruleset);
}

static void add_part(struct strbuf *words, const char *part)
{
	strbuf_addf(words, "%s%s", words->len ? ", " : "", part);
}

/* Hold all threads to the rules. */
static bool hold(int ruleset, struct strbuf *words)
{
	static int held; /* a late thread may look at it */
	held = ruleset;
	int outside = ruleset < 0 ? -1 : every_thread(enter_landlock, &held);
	char part[64];
	snprintf(part, sizeof(part), "landlock %d", landlock_abi());
	if (outside >= 0)
		add_part(words, part);
	if (outside > 0)
		strbuf_addf(words, " but for %s of libraries", words_n(outside, "thread"));
	return outside == 0;
}

static bool has_landlock(void)
{
	return landlock_abi() >= LANDLOCK_ABI_MIN;
}

static bool enter(int ruleset, struct strbuf *words)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	bool whole = hold(ruleset, words);
	if (seccomp_enter())
		add_part(words, "seccomp");
	else
		whole = false;
	if (!words->len)
		strbuf_addstr(words, "no_new_privs alone");
	return whole;
}

bool sandbox_enter_for(const char *const *read, const struct folder *run, struct strbuf *words)
{
	int ruleset = has_landlock() ? landlock_new() : -1;
	if (ruleset >= 0) {
		allow_system(ruleset);
		for (; *read; read++)
			landlock_allow(ruleset, *read, LANDLOCK_READ);
		landlock_allow_fd(ruleset, run->fd, LANDLOCK_WRITE);
	}
	bool whole = enter(ruleset, words);
	if (ruleset >= 0)
		close(ruleset);
	return whole;
}

bool sandbox_enter(const struct preflight *p, const struct folder *run, struct strbuf *words)
{
	struct paths read = {0};
	const struct experiment *x = p->x;
	bool all = add_split(&read, &p->data->train) && add_split(&read, &p->data->valid);
	if (!all)
		paths_add(&read, xstrdup("/"));
	paths_add(&read, xstrdup(x->network.cfg));
	paths_add(&read, xstrdup(x->network.weights));
	paths_add(&read, xstrdup(x->data.idx));
	paths_add(&read, NULL);
	bool whole = sandbox_enter_for((const char *const *)read.items, run, words);
	if (!all)
		strbuf_addstr(words,
			      " (it may read everything: the pictures lie in too many folders)");
	paths_release(&read);
	return whole && all;
}

bool sandbox_words(struct strbuf *words)
{
	char part[64];
	snprintf(part, sizeof(part), "landlock %d", landlock_abi());
	if (has_landlock())
		add_part(words, part);
	if (seccomp_there())
		add_part(words, "seccomp");
	if (!words->len)
		strbuf_addstr(words,
			      "no_new_privs alone: this kernel has neither Landlock nor seccomp");
	return has_landlock() && seccomp_there();
}
