#include "thaw_keys.h"

#include "thaw/base/file.h"
#include "thaw/base/xdg.h"
#include "thaw/config/keymap.h"
#include "thaw/tui/action.h"

#include <stdlib.h>

enum err keys_read(struct keymap *m, struct errinfo *e)
{
	char *path = xdg_config_path("keys.yaml");
	enum err err = ERR_OK;
	*m = (struct keymap){0};
	if (path && file_exists(path))
		err = keymap_load(m, path, e);
	if (!err)
		err = action_rebind(m, e);
	if (err)
		keymap_release(m);
	free(path);
	return err;
}
