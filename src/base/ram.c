#include "thaw/base/ram.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define FILE_MAX 65536
#define NO_LIMIT (UINT64_MAX / 4) /* what is above says "none", as version 1 does */

/* What is tighter than what was found so far counts. */
static void offer(struct ram *out, uint64_t total, uint64_t used, const char *of)
{
	uint64_t left = used < total ? total - used : 0;
	if (out->of && left >= out->left)
		return;
	*out = (struct ram){.total = total, .left = left, .of = of};
}

static bool read_below(const char *root, const char *path, struct strbuf *out)
{
	char *whole = xasprintf("%s%s", root, path);
	strbuf_reset(out);
	enum err r = file_read_max(whole, FILE_MAX, out, NULL);
	free(whole);
	return r == ERR_OK;
}

/* The number behind `key` at the start of a line. */
static bool number_of(const struct strbuf *text, const char *key, uint64_t *out)
{
	size_t n = strlen(key);
	for (const char *at = text->buf; at && *at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, key, n) == 0)
			return sscanf(at + n, "%" SCNu64, out) == 1;
	}
	return false;
}

/* ---- the machine ---- */

static void look_at_machine(struct ram *out, const char *root)
{
	struct strbuf text = STRBUF_INIT;
	uint64_t total, available;
	if (read_below(root, "/proc/meminfo", &text) && number_of(&text, "MemTotal:", &total) &&
	    number_of(&text, "MemAvailable:", &available) && available <= total)
		offer(out, total * 1024, (total - available) * 1024, "this machine's memory");
	strbuf_release(&text);
}

/* ---- control groups ---- */

static const struct version {
	const char *controller; /* in /proc/self/cgroup, between the colons */
	const char *mount, *limit, *used;
	const char *cache; /* of memory.stat: given back when it is wanted */
} versions[] = {
    {"", "/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file "},
    {"memory", "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
     "total_inactive_file "},
};

static bool group_number(const char *root, const char *dir, const char *file, uint64_t *out)
{
	struct strbuf text = STRBUF_INIT;
	char *path = xasprintf("%s/%s", dir, file);
	bool ok = read_below(root, path, &text) && sscanf(text.buf, "%" SCNu64, out) == 1;
	strbuf_release(&text);
	free(path);
	return ok;
}

static void look_at_group(struct ram *out, const char *root, const char *dir,
			  const struct version *v)
{
	struct strbuf stat = STRBUF_INIT;
	char *path = xasprintf("%s/memory.stat", dir);
	uint64_t limit, used, cache = 0;
	if (group_number(root, dir, v->limit, &limit) && limit < NO_LIMIT &&
	    group_number(root, dir, v->used, &used)) {
		if (read_below(root, path, &stat))
			number_of(&stat, v->cache, &cache);
		offer(out, limit, cache < used ? used - cache : 0,
		      "the memory of its control group");
	}
	strbuf_release(&stat);
	free(path);
}

/* The group and all above it, up to the mount; of a container's the paths may lead nowhere, and the
 * mount itself is its group. */
static void look_at_groups(struct ram *out, const char *root, const struct version *v,
			   const char *group)
{
	char *dir = xasprintf("%s%s", v->mount, strcmp(group, "/") == 0 ? "" : group);
	size_t top = strlen(v->mount);
	while (strlen(dir) >= top) {
		look_at_group(out, root, dir, v);
		char *slash = strrchr(dir + top, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
	free(dir);
}

/* "0::/user.slice" and "7:memory:/user.slice", or with several controllers "4:cpu,memory:/". */
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

static void look_at_line(struct ram *out, const char *root, const char *line)
{
	const char *list = strchr(line, ':'), *group = list ? strchr(list + 1, ':') : NULL;
	for (size_t i = 0; group && i < sizeof(versions) / sizeof(*versions); i++)
		if (names_controller(list + 1, (size_t)(group - list) - 1, versions[i].controller))
			look_at_groups(out, root, &versions[i], group + 1);
}

static void look_at_cgroups(struct ram *out, const char *root)
{
	struct strbuf text = STRBUF_INIT;
	char *rest = NULL;
	if (read_below(root, "/proc/self/cgroup", &text))
		for (char *line = strtok_r(text.buf, "\n", &rest); line;
		     line = strtok_r(NULL, "\n", &rest))
			look_at_line(out, root, line);
	strbuf_release(&text);
}

/* ---- its own limits ---- */

static void look_at_limits(struct ram *out, const char *root)
{
	struct strbuf text = STRBUF_INIT;
	struct rlimit addresses, data;
	uint64_t size = 0, mapped = 0, page = (uint64_t)sysconf(_SC_PAGESIZE);
	if (read_below(root, "/proc/self/statm", &text))
		sscanf(text.buf, "%" SCNu64 " %*s %*s %*s %*s %" SCNu64, &size, &mapped);
	if (getrlimit(RLIMIT_DATA, &data) == 0 && data.rlim_cur != RLIM_INFINITY)
		offer(out, data.rlim_cur, mapped * page, "the memory it may take (ulimit -d)");
	if (getrlimit(RLIMIT_AS, &addresses) == 0 && addresses.rlim_cur != RLIM_INFINITY) {
		const char *before = out->of;
		offer(out, addresses.rlim_cur, size * page,
		      "the address space it may take (ulimit -v)");
		out->is_address = out->of != before;
	}
	strbuf_release(&text);
}

bool ram_look(struct ram *out, const char *root)
{
	*out = (struct ram){0};
	look_at_machine(out, root);
	look_at_cgroups(out, root);
	look_at_limits(out, root);
	return out->of != NULL;
}
