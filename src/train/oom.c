#include "oom.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 65536

/* The number behind `key` at the begin of a line; a file of one number has the key "". */
static struct opt_double number_in(const char *path, const char *key)
{
	struct opt_double out = {0, false};
	struct strbuf text = STRBUF_INIT;
	size_t len = strlen(key);
	file_read_max(path, FILE_MAX, &text, NULL);
	for (const char *line = text.buf; line && *line && !out.valid;) {
		char *end;
		if (strncmp(line, key, len) == 0) {
			out.value = strtod(line + len, &end);
			out.valid = end > line + len;
		}
		line = strchr(line, '\n');
		line += line != NULL;
	}
	strbuf_release(&text);
	return out;
}

/* ---- control groups ---- */

/* Sources: cgroups(7); the kernel's cgroup-v2.rst (memory.events, memory.max) and
 * cgroup-v1/memory.rst (memory.oom_control, memory.limit_in_bytes). */
static const struct hierarchy {
	const char *controllers; /* in /proc/PID/cgroup; "" = version 2 */
	const char *mount, *counter, *limit;
} hierarchies[] = {
    {"", "/sys/fs/cgroup", "memory.events", "memory.max"},
    {"", "/sys/fs/cgroup/unified", "memory.events", "memory.max"},
    {"memory", "/sys/fs/cgroup/memory", "memory.oom_control", "memory.limit_in_bytes"},
};
#define N_HIERARCHIES (sizeof(hierarchies) / sizeof(*hierarchies))

static void take_least(struct opt_double *limit, struct opt_double other)
{
	if (other.valid && other.value > 0 && (!limit->valid || other.value < limit->value))
		*limit = other;
}

/* A group's limit holds for those below it, too. */
static void look_at_limits(struct oom *o, const struct hierarchy *h, const char *group)
{
	char *at = xstrdup(group), *slash;
	do {
		char *path = xasprintf("%s%s%s/%s", o->root, h->mount, at, h->limit);
		take_least(&o->limit, number_in(path, ""));
		free(path);
		slash = strrchr(at, '/');
		if (slash)
			*slash = '\0';
	} while (slash);
	free(at);
}

/* Within a container the group may be called as it is outside, and lies at the mount itself. */
static void look_at_group(struct oom *o, const struct hierarchy *h, const char *group)
{
	const char *const places[] = {group, ""};
	for (size_t i = 0; i < 2 && !o->counter; i++) {
		char *path = xasprintf("%s%s%s/%s", o->root, h->mount, places[i], h->counter);
		if (number_in(path, "oom_kill ").valid) {
			o->counter = path;
			look_at_limits(o, h, places[i]);
		} else {
			free(path);
		}
	}
}

/* One line of /proc/PID/cgroup: "4:memory:/user/thaw", "0::/user". */
static void look_at_line(struct oom *o, char *line)
{
	char *controllers = strchr(line, ':'),
	     *group = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!group)
		return;
	*controllers++ = *group++ = '\0';
	if (strcmp(group, "/") == 0)
		group = xstrdup("");
	else
		group = xstrdup(group);
	for (size_t i = 0; i < N_HIERARCHIES && !o->counter; i++) {
		const struct hierarchy *h = &hierarchies[i];
		bool is =
		    *h->controllers ? strstr(controllers, h->controllers) != NULL : !*controllers;
		if (is)
			look_at_group(o, h, group);
	}
	free(group);
}

/* The counter of the process's own control group; else the machine's. */
static void find_counter(struct oom *o)
{
	struct strbuf text = STRBUF_INIT;
	char *path = xasprintf("%s/proc/%d/cgroup", o->root, (int)o->pid), *rest, *line;
	file_read_max(path, FILE_MAX, &text, NULL);
	for (char *at = text.buf; !o->counter && (line = strtok_r(at, "\n", &rest)); at = NULL)
		look_at_line(o, line);
	if (!o->counter)
		o->counter = xasprintf("%s/proc/vmstat", o->root);
	strbuf_release(&text);
	free(path);
}

/* ---- */

void oom_begin(struct oom *o, const char *root, pid_t pid)
{
	*o = (struct oom){.root = root, .pid = pid};
	char *path = xasprintf("%s/proc/meminfo", root);
	struct opt_double kib = number_in(path, "MemTotal:");
	free(path);
	if (kib.valid)
		o->limit = opt_of(kib.value * 1024);
	find_counter(o);
	oom_look(o);
	o->kills[1] = o->kills[0];
}

void oom_release(struct oom *o)
{
	free(o->counter);
	*o = (struct oom){0};
}

/* A process that is being ended has no memory any more: what was counted before that is kept. */
void oom_look(struct oom *o)
{
	char *path = xasprintf("%s/proc/%d/status", o->root, (int)o->pid);
	struct opt_double kib = number_in(path, "VmHWM:");
	free(path);
	if (!kib.valid)
		return;
	o->peak = opt_of(kib.value * 1024);
	o->kills[1] = o->kills[0];
	o->kills[0] = number_in(o->counter, "oom_kill ");
}

bool oom_killed(const struct oom *o)
{
	struct opt_double now = number_in(o->counter, "oom_kill ");
	return now.valid && o->kills[1].valid && now.value > o->kills[1].value;
}
