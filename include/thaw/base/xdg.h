/* Where a person's own files are, by the XDG base directories. Nothing is made here. */
#ifndef THAW_BASE_XDG_H
#define THAW_BASE_XDG_H

/* The path of thaw's file `name` below $XDG_CONFIG_HOME (~/.config), or $XDG_STATE_HOME
 * (~/.local/state). A variable that is not an absolute path does not count. The caller frees it;
 * NULL when there is no home directory either. */
char *xdg_config_path(const char *name);
char *xdg_state_path(const char *name);

#endif
