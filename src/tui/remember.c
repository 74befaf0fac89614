#include "remember.h"

#include "view_settings.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/xdg.h"
#include "thaw/term/theme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "screen"
#define FILE_MAX 8192 /* no file of ours is as large */
#define HEAD "# what was set on thaw's screen; without this file it begins afresh\n"

/* NULL when nothing is to be remembered. */
static char *path_of(void)
{
	const char *wish = getenv("THAW_REMEMBER");
	return wish && strcmp(wish, "0") == 0 ? NULL : xdg_state_path(FILE_NAME);
}

/* Append the file. One that is not there or not ours to read is no error that is told. */
static enum err read_text(const char *path, struct strbuf *text, struct errinfo *e)
{
	int fd = -1;
	enum err err = path ? file_open(path, &fd, NULL) : ERR_NOT_FOUND;
	bool read = !err && file_read_fd(fd, FILE_MAX + 1, text);
	if (fd >= 0)
		close(fd);
	if (err == ERR_FORMAT || (read && (text->len > FILE_MAX || strlen(text->buf) != text->len)))
		return err_set(e, ERR_FORMAT, "%.200s is no file of settings", path);
	return read ? ERR_OK : ERR_NOT_FOUND;
}

/* Take the first line off *rest: its two halves, without blanks; false at the end. A line that is
 * empty or begins with # has an empty name, one that is none of ours no value. */
static bool next_line(char **rest, char **name, char **value)
{
	char *line = *rest;
	if (!*line)
		return false;
	size_t n = strcspn(line, "\n");
	*rest = line + n + (line[n] == '\n');
	line[n] = '\0';
	char *equals = strchr(line, '=');
	line += strspn(line, " \t");
	*name = line;
	*value = NULL;
	if (*line == '#' || !*line) {
		*line = '\0';
	} else if (equals) {
		for (char *end = equals; end > line && strchr(" \t", end[-1]); end--)
			end[-1] = '\0';
		*equals = '\0';
		*value = equals + 1 + strspn(equals + 1, " \t");
		for (size_t len = strlen(*value); len && strchr(" \t\r", (*value)[len - 1]);)
			(*value)[--len] = '\0';
	}
	return true;
}

static bool from_environment(const struct view_setting *s)
{
	const char *no_color = getenv("NO_COLOR");
	bool theme = strcmp(s->name, "theme") == 0;
	return (s->unless && getenv(s->unless)) || (theme && no_color && *no_color);
}

/* Names that are not known are a newer version's. */
static enum err apply(struct tui *t, const char *path, char *text, struct errinfo *e)
{
	char *name, *value;
	for (int line = 1; next_line(&text, &name, &value); line++) {
		struct errinfo why = {.msg = "a line is 'name = value'"};
		const struct view_setting *s = value ? view_setting_find(name) : NULL;
		if (!*name || (s && (!s->get || from_environment(s))))
			continue;
		if (!value || (s && s->set(t, value, &why)))
			return err_set(e, ERR_FORMAT, "%.160s:%d: %s", path, line, why.msg);
	}
	return ERR_OK;
}

static void snapshot(const struct tui *t, char (*values)[VIEW_SETTING_MAX])
{
	for (size_t i = 0; i < n_view_settings; i++)
		if (view_settings[i].get)
			view_settings[i].get(t, values[i]);
}

void remember_read(struct tui *t)
{
	struct strbuf text = STRBUF_INIT;
	struct errinfo e = {.code = ERR_OK};
	char *path = path_of();
	t->remembered = xcalloc(n_view_settings, VIEW_SETTING_MAX);
	snapshot(t, t->remembered);
	enum err err = read_text(path, &text, &e);
	if (!err)
		err = apply(t, path, text.buf, &e);
	if (err) /* none of it counts */
		for (size_t i = 0; i < n_view_settings; i++)
			if (view_settings[i].get)
				view_settings[i].set(t, t->remembered[i], NULL);
	t->remembered_bad = err && e.code;
	if (t->remembered_bad)
		app_say(t, MESSAGE_BAD, "%s; what was set on the screen before is not used", e.msg);
	snapshot(t, t->remembered);
	strbuf_release(&text);
	free(path);
}

/* Is the value of a name another than when the viewer began? */
static bool is_changed(const struct tui *t, const char *name, char now[VIEW_SETTING_MAX])
{
	const struct view_setting *s = view_setting_find(name);
	if (!s || !s->get)
		return false;
	s->get(t, now);
	return strcmp(now, t->remembered[s - view_settings]) != 0;
}

void remember_write(struct tui *t)
{
	struct strbuf old = STRBUF_INIT, text = STRBUF_INIT;
	char *path = path_of(), now[VIEW_SETTING_MAX], *name, *value;
	bool changed = false;
	strbuf_addstr(&text, HEAD);
	bool kept = !t->remembered_bad && read_text(path, &old, NULL) == ERR_OK;
	for (char *rest = old.buf; kept && next_line(&rest, &name, &value);)
		if (*name && value && !is_changed(t, name, now))
			strbuf_addf(&text, "%s = %s\n", name, value);
	for (size_t i = 0; i < n_view_settings; i++)
		if (is_changed(t, view_settings[i].name, now)) {
			strbuf_addf(&text, "%s = %s\n", view_settings[i].name, now);
			changed = true;
		}
	char *dir = path ? path_dir(path) : NULL;
	if (changed && dir && file_mkdirs(dir, NULL) == ERR_OK)
		file_write_private(path, text.buf, text.len, NULL);
	free(dir);
	free(path);
	strbuf_release(&old);
	strbuf_release(&text);
}

void remember_theme_read(void)
{
	struct strbuf text = STRBUF_INIT;
	char *path = path_of(), *name, *value;
	const struct view_setting *theme = view_setting_find("theme");
	bool use = theme && !from_environment(theme) && read_text(path, &text, NULL) == ERR_OK;
	for (char *rest = text.buf; use && next_line(&rest, &name, &value);)
		if (value && strcmp(name, "theme") == 0)
			theme_by_name(value);
	strbuf_release(&text);
	free(path);
}

void remember_theme_write(void)
{
	struct strbuf old = STRBUF_INIT, text = STRBUF_INIT;
	char *path = path_of(), *name, *value, *dir = path ? path_dir(path) : NULL;
	bool kept = read_text(path, &old, NULL) == ERR_OK;
	strbuf_addstr(&text, HEAD);
	for (char *rest = old.buf; kept && next_line(&rest, &name, &value);)
		if (*name && value && strcmp(name, "theme") != 0)
			strbuf_addf(&text, "%s = %s\n", name, value);
	strbuf_addf(&text, "theme = %s\n", theme_now());
	if (dir && file_mkdirs(dir, NULL) == ERR_OK)
		file_write_private(path, text.buf, text.len, NULL);
	strbuf_release(&old);
	strbuf_release(&text);
	free(dir);
	free(path);
}
