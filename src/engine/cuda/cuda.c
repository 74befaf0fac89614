#include "cuda.h"

enum err cuda_open(int ordinal, enum precision precision, struct errinfo *e)
{
	(void)ordinal;
	(void)precision;
	return err_set(e, ERR_NOT_FOUND, "no NVIDIA driver: libcuda.so.1 is not there");
}

bool cuda_seen(void)
{
	return false;
}

bool cuda_measure(struct device_use *out)
{
	(void)out;
	return false;
}

const struct backend cuda_backend = {.name = "cuda"};
