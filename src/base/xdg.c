#include "thaw/base/xdg.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>

static char *below(const char *variable, const char *in_home, const char *name)
{
	const char *dir = getenv(variable), *home = getenv("HOME");
	if (dir && dir[0] == '/')
		return xasprintf("%s/thaw/%s", dir, name);
	if (home && home[0] == '/')
		return xasprintf("%s/%s/thaw/%s", home, in_home, name);
	return NULL;
}

char *xdg_config_path(const char *name)
{
	return below("XDG_CONFIG_HOME", ".config", name);
}

char *xdg_state_path(const char *name)
{
	return below("XDG_STATE_HOME", ".local/state", name);
}
