#include "driver.h"
#include "library.h"

#include "thaw/base/die.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct driver driver;

#define NAME(name, args) #name,
static const char *const names[] = {DRIVER_FUNCTIONS(NAME)};

/* CUDA 11.4: graphs are instantiated by these names since. */
enum { OLDEST = 11040 };

enum err driver_open(struct errinfo *e)
{
	static bool open;
	struct errinfo why;
	int version = 0;
	if (open)
		return ERR_OK;
	void *lib = library_open("libcuda.so.1", "THAW_CUDA", &why);
	if (!lib)
		return err_set(e, ERR_NOT_FOUND, "no NVIDIA driver: %s", why.msg);
	if (library_functions(lib, names, sizeof(names) / sizeof(*names), &driver, &why))
		return err_set(e, ERR_NOT_FOUND,
			       "the NVIDIA driver is too old: %s; install one for CUDA 12 or newer",
			       why.msg);
	driver.cuDriverGetVersion(&version);
	if (version < OLDEST)
		return err_set(e, ERR_NOT_FOUND,
			       "the NVIDIA driver is too old: it is for CUDA %d.%d; install one for "
			       "CUDA 12 or newer",
			       version / 1000, version % 1000 / 10);
	int code = driver.cuInit(0);
	if (code)
		return err_set(e, ERR_NOT_FOUND, "the NVIDIA driver does not start: %s",
			       driver_words(code));
	open = true;
	return ERR_OK;
}

const char *driver_words(int code)
{
	static _Thread_local char text[256];
	const char *name = NULL, *words = NULL;
	driver.cuGetErrorName(code, &name);
	driver.cuGetErrorString(code, &words);
	snprintf(text, sizeof(text), "%s: %s", name ? name : "unknown error", words ? words : "");
	return text;
}

void driver_fail(const char *fmt, ...)
{
	char why[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	die("%s", why);
}

void driver_check(int code, const char *call)
{
	if (code == CU_OK)
		return;
	driver_fail("%s: %s", call, driver_words(code));
}
