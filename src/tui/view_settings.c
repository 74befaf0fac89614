#include "view_settings.h"

#include "thaw/term/term.h"
#include "thaw/term/theme.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static enum err set_theme(struct tui *t, const char *value, struct errinfo *e)
{
	struct strbuf all = STRBUF_INIT;
	enum err err = ERR_OK;
	if (!theme_by_name(value)) {
		for (int i = 0; theme_name(i); i++)
			strbuf_addf(&all, "%s%s", i ? ", " : "", theme_name(i));
		err = err_set(e, ERR_VALUE, "no theme is named '%.40s'; there are %s", value,
			      all.buf);
	}
	t->redraw = true;
	strbuf_release(&all);
	return err;
}

static void get_theme(const struct tui *t, char out[VIEW_SETTING_MAX])
{
	(void)t;
	snprintf(out, VIEW_SETTING_MAX, "%s", theme_now());
}

static enum err set_page(struct tui *t, const char *value, struct errinfo *e)
{
	struct strbuf all = STRBUF_INIT;
	for (int i = 0; i < PAGE_N; i++) {
		if (strcasecmp(page_names[i], value) == 0) {
			app_page(t, i);
			strbuf_release(&all);
			return ERR_OK;
		}
		strbuf_addf(&all, "%s%s", i ? ", " : "", page_names[i]);
	}
	enum err err =
	    err_set(e, ERR_VALUE, "no page is named '%.40s'; there are %s", value, all.buf);
	strbuf_release(&all);
	return err;
}

static void get_page(const struct tui *t, char out[VIEW_SETTING_MAX])
{
	snprintf(out, VIEW_SETTING_MAX, "%s", page_names[t->view.page]);
}

static enum err set_smooth(struct tui *t, const char *value, struct errinfo *e)
{
	char *end;
	double v = strtod(value, &end);
	if (end == value || *end || !isfinite(v) || v < 0 || v > 0.99)
		return err_set(e, ERR_VALUE,
			       "smooth is a number from 0 (as it is) to 0.99, not '%.40s'", value);
	t->view.smooth = v;
	return ERR_OK;
}

static void get_smooth(const struct tui *t, char out[VIEW_SETTING_MAX])
{
	snprintf(out, VIEW_SETTING_MAX, "%.17g", t->view.smooth);
	if (strtod(out, NULL) == t->view.smooth)
		snprintf(out, VIEW_SETTING_MAX, "%g", t->view.smooth);
}

static enum err read_switch(const char *name, const char *value, bool *on, struct errinfo *e)
{
	bool yes = strcmp(value, "on") == 0;
	if (!yes && strcmp(value, "off") != 0)
		return err_set(e, ERR_VALUE, "%s is on or off, not '%.40s'", name, value);
	*on = yes;
	return ERR_OK;
}

/* A switch that is a member of the view alone. */
#define SWITCH(function, name, member)                                                             \
	static enum err set_##function(struct tui *t, const char *value, struct errinfo *e)        \
	{                                                                                          \
		return read_switch(name, value, &t->view.member, e);                               \
	}                                                                                          \
	static void get_##function(const struct tui *t, char out[VIEW_SETTING_MAX])                \
	{                                                                                          \
		snprintf(out, VIEW_SETTING_MAX, "%s", t->view.member ? "on" : "off");              \
	}

SWITCH(log_loss, "log-loss", log_loss)
SWITCH(shares, "shares", shares)
SWITCH(look, "look", look)
SWITCH(pointer, "mouse", mouse)
SWITCH(title, "title", title)
SWITCH(bell, "bell", bell)

static const char *const notify_names[] = {
    [NOTIFY_OFF] = "off", [NOTIFY_ON] = "on", [NOTIFY_TMUX] = "tmux"};

static enum err set_notify(struct tui *t, const char *value, struct errinfo *e)
{
	for (size_t i = 0; i < sizeof(notify_names) / sizeof(*notify_names); i++)
		if (strcmp(notify_names[i], value) == 0) {
			t->view.notify = (enum notify)i;
			return ERR_OK;
		}
	return err_set(e, ERR_VALUE,
		       "notify is off, on, or tmux (with allow-passthrough set), not '%.40s'",
		       value);
}

static void get_notify(const struct tui *t, char out[VIEW_SETTING_MAX])
{
	snprintf(out, VIEW_SETTING_MAX, "%s", notify_names[t->view.notify]);
}

static enum err set_mouse(struct tui *t, const char *value, struct errinfo *e)
{
	enum err err = set_pointer(t, value, e);
	term_mouse(t->view.mouse);
	return err;
}

static enum err set_pictures(struct tui *t, const char *value, struct errinfo *e)
{
	enum pictures wish;
	if (!pictures_parse(value, &wish))
		return err_set(e, ERR_VALUE,
			       "pictures is auto, kitty, sixel or blocks, not '%.40s'", value);
	term_pictures(wish);
	t->redraw = true;
	return ERR_OK;
}

const struct view_setting view_settings[] = {
    {"theme", false, "THAW_THEME", set_theme, get_theme},
    {"page", false, NULL, set_page, get_page},
    {"smooth", true, NULL, set_smooth, get_smooth},
    {"log-loss", true, NULL, set_log_loss, get_log_loss},
    {"mouse", true, "THAW_MOUSE", set_mouse, get_pointer},
    {"pictures", true, NULL, set_pictures, NULL},
    {"title", true, NULL, set_title, get_title},
    {"bell", true, NULL, set_bell, get_bell},
    {"notify", true, NULL, set_notify, get_notify},
    {"shares", false, NULL, set_shares, get_shares},
    {"look", false, NULL, set_look, get_look},
};
const size_t n_view_settings = sizeof(view_settings) / sizeof(*view_settings);

const struct view_setting *view_setting_find(const char *name)
{
	for (size_t i = 0; i < n_view_settings; i++)
		if (strcmp(view_settings[i].name, name) == 0)
			return &view_settings[i];
	return NULL;
}
