#include "thaw/base/cgroup.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 65536

static const struct hierarchy {
	const char *controller; /* in /proc/PID/cgroup, between the colons; "" = version 2 */
	const char *mount;
	struct cgroup_files files;
} hierarchies[] = {
    {"",
     "/sys/fs/cgroup",
     {"memory.max", "memory.current", "memory.stat", "inactive_file ", "memory.events",
      "oom_kill "}},
    {"",
     "/sys/fs/cgroup/unified",
     {"memory.max", "memory.current", "memory.stat", "inactive_file ", "memory.events",
      "oom_kill "}},
    {"memory",
     "/sys/fs/cgroup/memory",
     {"memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat", "total_inactive_file ",
      "memory.oom_control", "oom_kill "}},
};
#define N_HIERARCHIES (sizeof(hierarchies) / sizeof(*hierarchies))

struct visit {
	const char *root;
	void (*each)(void *arg, const char *dir, const struct cgroup_files *files);
	void *arg;
};

static void visit_upwards(const struct visit *v, const struct hierarchy *h, const char *group)
{
	char *dir = xasprintf("%s%s%s", v->root, h->mount, strcmp(group, "/") == 0 ? "" : group);
	size_t top = strlen(v->root) + strlen(h->mount);
	while (strlen(dir) >= top) {
		v->each(v->arg, dir, &h->files);
		char *slash = strrchr(dir + top, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
	free(dir);
}

/* "4:cpu,memory:/user": is it one of them? */
static bool names_controller(const char *list, size_t len, const char *name)
{
	size_t n = strlen(name);
	for (const char *at = list; at <= list + len; at += strcspn(at, ",:") + 1) {
		size_t word = strcspn(at, ",:");
		if (word == n && memcmp(at, name, n) == 0)
			return true;
	}
	return false;
}

static void visit_line(const struct visit *v, const char *line)
{
	const char *list = strchr(line, ':'), *group = list ? strchr(list + 1, ':') : NULL;
	for (size_t i = 0; group && i < N_HIERARCHIES; i++)
		if (names_controller(list + 1, (size_t)(group - list) - 1,
				     hierarchies[i].controller))
			visit_upwards(v, &hierarchies[i], group + 1);
}

void cgroup_each(const char *root, pid_t pid,
		 void (*visit)(void *arg, const char *dir, const struct cgroup_files *files),
		 void *arg)
{
	const struct visit v = {root, visit, arg};
	struct strbuf text = STRBUF_INIT;
	char *rest = NULL, *path = pid ? xasprintf("%s/proc/%d/cgroup", root, (int)pid)
				       : xasprintf("%s/proc/self/cgroup", root);
	file_read_max(path, FILE_MAX, &text, NULL);
	for (char *line = text.buf ? strtok_r(text.buf, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		visit_line(&v, line);
	strbuf_release(&text);
	free(path);
}

bool cgroup_number(const char *dir, const char *name, const char *key, uint64_t *out)
{
	char *path = path_join(dir, name);
	bool ok = file_number(path, key, out);
	free(path);
	return ok;
}
