#include "thaw/base/ram.h"

#include "thaw/base/alloc.h"
#include "thaw/base/cgroup.h"
#include "thaw/base/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define STATM_MAX 256
#define NO_LIMIT (UINT64_MAX / 4) /* what is above says "none", as version 1 does */

/* What is tighter than what was found so far counts. */
static void offer(struct ram *out, uint64_t total, uint64_t used, const char *of)
{
	uint64_t left = used < total ? total - used : 0;
	if (out->of && left >= out->left)
		return;
	*out = (struct ram){.total = total, .left = left, .of = of};
}

static bool number_below(const char *root, const char *path, const char *key, uint64_t *out)
{
	char *whole = xasprintf("%s%s", root, path);
	bool ok = file_number(whole, key, out);
	free(whole);
	return ok;
}

static void look_at_machine(struct ram *out, const char *root)
{
	static const char meminfo[] = "/proc/meminfo";
	uint64_t total, available;
	if (number_below(root, meminfo, "MemTotal:", &total) &&
	    number_below(root, meminfo, "MemAvailable:", &available) && available <= total)
		offer(out, total * 1024, (total - available) * 1024, "this machine's memory");
}

static void look_at_group(void *arg, const char *dir, const struct cgroup_files *files)
{
	uint64_t limit, used, cache = 0;
	if (!cgroup_number(dir, files->limit, "", &limit) || limit >= NO_LIMIT ||
	    !cgroup_number(dir, files->used, "", &used))
		return;
	cgroup_number(dir, files->stat, files->cache, &cache);
	offer(arg, limit, cache < used ? used - cache : 0, "the memory of its control group");
}

/* ---- its own limits ---- */

static void look_at_limits(struct ram *out, const char *root)
{
	struct strbuf text = STRBUF_INIT;
	struct rlimit addresses, data;
	uint64_t size = 0, mapped = 0, page = (uint64_t)sysconf(_SC_PAGESIZE);
	char *statm = xasprintf("%s/proc/self/statm", root);
	if (file_read_max(statm, STATM_MAX, &text, NULL) == ERR_OK)
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
	free(statm);
}

bool ram_look(struct ram *out, const char *root)
{
	*out = (struct ram){0};
	look_at_machine(out, root);
	cgroup_each(root, 0, look_at_group, out);
	look_at_limits(out, root);
	return out->of != NULL;
}
