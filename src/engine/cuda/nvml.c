#include "nvml.h"
#include "library.h"

#include <math.h>
#include <pthread.h>

enum { NVML_OK, SENSOR_GPU = 0, CLOCK_SM = 1, VERSION_MAX = 80 };

struct nvml_card;

struct nvml_memory {
	unsigned long long total, free, used; /* bytes */
};

struct nvml_shares {
	unsigned card, memory; /* percent of the last moment */
};

/* result, name, arguments */
#define NVML_FUNCTIONS(X)                                                                          \
	X(nvmlInit_v2, (void))                                                                     \
	X(nvmlSystemGetDriverVersion, (char *version, unsigned size))                              \
	X(nvmlDeviceGetHandleByPciBusId_v2, (const char *id, struct nvml_card **card))             \
	X(nvmlDeviceGetUtilizationRates, (struct nvml_card * card, struct nvml_shares *out))       \
	X(nvmlDeviceGetMemoryInfo, (struct nvml_card * card, struct nvml_memory *out))             \
	X(nvmlDeviceGetTemperature, (struct nvml_card * card, int sensor, unsigned *celsius))      \
	X(nvmlDeviceGetPowerUsage, (struct nvml_card * card, unsigned *milliwatts))                \
	X(nvmlDeviceGetClockInfo, (struct nvml_card * card, int clock, unsigned *mhz))

#define MEMBER(name, args) int(*name) args;
static struct {
	NVML_FUNCTIONS(MEMBER)
} nvml;
#define NAME(name, args) #name,
static const char *const names[] = {NVML_FUNCTIONS(NAME)};

static bool there;
static char version[VERSION_MAX];

static void open_once(void)
{
	struct errinfo why;
	void *lib = library_open("libnvidia-ml.so.1", "THAW_CUDA", &why);
	if (!lib || library_functions(lib, names, sizeof(names) / sizeof(*names), &nvml, &why))
		return;
	there = nvml.nvmlInit_v2() == NVML_OK;
	if (there && nvml.nvmlSystemGetDriverVersion(version, sizeof(version)) != NVML_OK)
		version[0] = '\0';
}

static bool open_nvml(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, open_once);
	return there;
}

const char *nvml_driver_version(void)
{
	return open_nvml() ? version : "";
}

/* What a call has put into `value`, times `unit`; NaN when it failed. */
static double told(int code, unsigned value, double unit)
{
	return code == NVML_OK ? value * unit : NAN;
}

bool nvml_measure(const char *pci_bus_id, struct device_use *out)
{
	struct nvml_card *card;
	struct nvml_shares shares = {0};
	struct nvml_memory memory = {0};
	unsigned celsius = 0, milliwatts = 0, mhz = 0;
	if (!open_nvml() || nvml.nvmlDeviceGetHandleByPciBusId_v2(pci_bus_id, &card) != NVML_OK)
		return false;
	int busy = nvml.nvmlDeviceGetUtilizationRates(card, &shares);
	if (nvml.nvmlDeviceGetMemoryInfo(card, &memory) != NVML_OK)
		memory = (struct nvml_memory){0};
	int heat = nvml.nvmlDeviceGetTemperature(card, SENSOR_GPU, &celsius);
	int power = nvml.nvmlDeviceGetPowerUsage(card, &milliwatts);
	int clock = nvml.nvmlDeviceGetClockInfo(card, CLOCK_SM, &mhz);
	*out = (struct device_use){
	    .busy = told(busy, shares.card, 0.01),
	    .memory_bytes = memory.used,
	    .memory_total_bytes = memory.total,
	    .celsius = told(heat, celsius, 1),
	    .watts = told(power, milliwatts, 0.001),
	    .clock_mhz = told(clock, mhz, 1),
	};
	return true;
}
