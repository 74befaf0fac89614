#include "backend.h"

#include "cuda/cuda.h"

#include <stdlib.h>
#include <string.h>

static const struct backend *current = &cpu_backend;
static struct errinfo reason;

const struct backend *backend_current(void)
{
	return current;
}

/* "cuda" and "cuda:N"; -1 when it is neither. */
static int ordinal_of(const char *name)
{
	if (strncmp(name, "cuda", 4) != 0)
		return -1;
	if (!name[4])
		return 0;
	char *end;
	long n = name[4] == ':' && name[5] >= '0' && name[5] <= '9' ? strtol(name + 5, &end, 10) : -1;
	return n >= 0 && n < 1000 && !*end ? (int)n : -1;
}

enum err device_choose(const char *name, enum precision precision, struct errinfo *e)
{
	bool automatic = !name || strcmp(name, "auto") == 0;
	reason.msg[0] = 0;
	current = &cpu_backend;
	if (!automatic && strcmp(name, "cpu") == 0)
		return ERR_OK;
	int ordinal = automatic ? 0 : ordinal_of(name);
	if (ordinal < 0)
		return err_set(e, ERR_VALUE, "device %s: it is one of auto, cpu, cuda, cuda:N", name);
	enum err r = cuda_open(ordinal, precision, automatic ? &reason : e);
	if (!r)
		current = &cuda_backend;
	return automatic ? ERR_OK : r;
}

const char *device_name(void)
{
	return current->device();
}

const char *device_reason(void)
{
	return reason.msg;
}

bool device_missed(void)
{
	return reason.msg[0] && cuda_seen();
}

bool device_is_card(void)
{
	return current == &cuda_backend;
}

bool device_memory(uint64_t *free_bytes, uint64_t *total_bytes)
{
	return device_is_card() && cuda_memory(free_bytes, total_bytes);
}

bool device_measure(struct device_use *out)
{
	return device_is_card() && cuda_measure(out);
}
