#include "oom.h"
#include "thaw/base/alloc.h"
#include "thaw/base/cgroup.h"
#include "thaw/base/file.h"

#include <stdlib.h>

static struct opt_double number_in(const char *path, const char *key)
{
	uint64_t n;
	return file_number(path, key, &n) ? opt_of((double)n) : (struct opt_double){0, false};
}

static struct opt_double number_below(const struct oom *o, const char *path, const char *key)
{
	char *whole = xasprintf("%s%s", o->root, path);
	struct opt_double n = number_in(whole, key);
	free(whole);
	return n;
}

/* The innermost group that counts is the process's own; what it may take is the least of all. */
static void look_at_group(void *arg, const char *dir, const struct cgroup_files *files)
{
	struct oom *o = arg;
	uint64_t n;
	if (!o->counter && cgroup_number(dir, files->counter, files->kills, &n))
		o->counter = path_join(dir, files->counter);
	if (cgroup_number(dir, files->limit, "", &n) && n > 0 &&
	    (!o->limit.valid || (double)n < o->limit.value))
		o->limit = opt_of((double)n);
}

void oom_begin(struct oom *o, const char *root, pid_t pid)
{
	*o = (struct oom){.root = root, .pid = pid};
	struct opt_double kib = number_below(o, "/proc/meminfo", "MemTotal:");
	if (kib.valid)
		o->limit = opt_of(kib.value * 1024);
	cgroup_each(root, pid, look_at_group, o);
	if (!o->counter)
		o->counter = xasprintf("%s/proc/vmstat", root);
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
	char *path = xasprintf("/proc/%d/status", (int)o->pid);
	struct opt_double kib = number_below(o, path, "VmHWM:");
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
