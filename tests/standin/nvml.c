/* NVML: the cards are known by their bus, and busier at each look. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

enum { NVML_OK, UNINITIALIZED, INVALID_ARGUMENT, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7 };
enum { CARDS = 8, FIRST_BUS = 0x1b };
#define MIB (1ull << 20)

struct nvml_device {
	unsigned looks; /* nvmlDeviceGetUtilizationRates() counts them */
};

struct nvml_utilization {
	unsigned gpu, memory; /* percent */
};

struct nvml_memory {
	unsigned long long total, free, used;
};

static bool initialized;
static struct nvml_device devices[CARDS];

EXPORT int nvmlInit_v2(void);
EXPORT int nvmlShutdown(void);
EXPORT int nvmlSystemGetDriverVersion(char *version, unsigned length);
EXPORT int nvmlDeviceGetHandleByPciBusId_v2(const char *id, struct nvml_device **d);
EXPORT int nvmlDeviceGetUtilizationRates(struct nvml_device *d, struct nvml_utilization *u);
EXPORT int nvmlDeviceGetMemoryInfo(struct nvml_device *d, struct nvml_memory *m);
EXPORT int nvmlDeviceGetTemperature(struct nvml_device *d, int sensor, unsigned *celsius);
EXPORT int nvmlDeviceGetPowerUsage(struct nvml_device *d, unsigned *milliwatts);
EXPORT int nvmlDeviceGetClockInfo(struct nvml_device *d, int type, unsigned *mhz);

int nvmlInit_v2(void)
{
	initialized = true;
	return NVML_OK;
}

int nvmlShutdown(void)
{
	initialized = false;
	return NVML_OK;
}

int nvmlSystemGetDriverVersion(char *version, unsigned length)
{
	static const char text[] = "580.159.04";
	if (!initialized)
		return UNINITIALIZED;
	if (length < sizeof(text))
		return INSUFFICIENT_SIZE;
	memcpy(version, text, sizeof(text));
	return NVML_OK;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char *id, struct nvml_device **d)
{
	unsigned domain, bus;
	if (!initialized)
		return UNINITIALIZED;
	if (sscanf(id, "%x:%x:00.0", &domain, &bus) != 2 || domain || bus < FIRST_BUS ||
	    bus >= FIRST_BUS + CARDS)
		return NOT_FOUND;
	*d = &devices[bus - FIRST_BUS];
	return NVML_OK;
}

static int known(const struct nvml_device *d)
{
	return !initialized ? UNINITIALIZED : !d ? INVALID_ARGUMENT : NVML_OK;
}

/* 10 % at the first look, then 11 %, … */
int nvmlDeviceGetUtilizationRates(struct nvml_device *d, struct nvml_utilization *u)
{
	int code = known(d);
	if (!code) {
		*u = (struct nvml_utilization){10 + d->looks % 90, 5 + d->looks % 90};
		d->looks++;
	}
	return code;
}

/* What follows goes up with each of those looks. */
int nvmlDeviceGetMemoryInfo(struct nvml_device *d, struct nvml_memory *m)
{
	int code = known(d);
	if (!code) {
		unsigned long long total = 2048 * MIB, used = (100 + d->looks % 1000) * MIB;
		*m = (struct nvml_memory){total, total - used, used};
	}
	return code;
}

int nvmlDeviceGetTemperature(struct nvml_device *d, int sensor, unsigned *celsius)
{
	int code = known(d);
	if (!code && sensor)
		code = INVALID_ARGUMENT;
	if (!code)
		*celsius = 40 + d->looks % 40;
	return code;
}

int nvmlDeviceGetPowerUsage(struct nvml_device *d, unsigned *milliwatts)
{
	int code = known(d);
	if (!code)
		*milliwatts = 100000 + d->looks % 500 * 1000;
	return code;
}

int nvmlDeviceGetClockInfo(struct nvml_device *d, int type, unsigned *mhz)
{
	int code = known(d);
	if (!code && (type < 0 || type > 3))
		code = INVALID_ARGUMENT;
	if (!code)
		*mhz = 1000 + d->looks % 90 * 10;
	return code;
}
