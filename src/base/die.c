#include "thaw/base/die.h"

#include "thaw/base/say.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void (*_Atomic before)(const char *reason);

void die_hook(void (*hook)(const char *reason))
{
	atomic_store(&before, hook);
}

void die(const char *fmt, ...)
{
	static atomic_flag dying = ATOMIC_FLAG_INIT;
	char reason[1024];
	va_list ap;
	while (atomic_flag_test_and_set(&dying))
		pause(); /* another thread is about to end us */
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	void (*hook)(const char *) = atomic_load(&before);
	if (hook)
		hook(reason);
	say(stderr, "thaw: %s", reason);
	_exit(EXIT_FAILURE);
}
