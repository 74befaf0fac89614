#include "known.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ALL = KNOWN_ASKED | KNOWN_TITLE | KNOWN_RGB, NO_RGB = KNOWN_ASKED | KNOWN_TITLE };

/* By what TERM begins with; the first that fits. */
static const struct {
	const char *name;
	unsigned is;
} terminals[] = {
    {"xterm-kitty", ALL},
    {"xterm-ghostty", ALL},
    {"xterm", NO_RGB},
    {"kitty", ALL},
    {"wezterm", ALL},
    {"foot", ALL},
    {"ghostty", ALL},
    {"contour", ALL},
    {"alacritty", ALL},
    {"mintty", ALL},
    {"rio", ALL},
    {"iterm", ALL},
    {"mlterm", NO_RGB},
    {"konsole", NO_RGB},
    {"tmux", NO_RGB},
    {"yaft", KNOWN_ASKED},
    {"vte", KNOWN_TITLE},
    {"gnome", KNOWN_TITLE},
    {"st-", KNOWN_TITLE | KNOWN_RGB},
    {"rxvt", KNOWN_TITLE},
};

unsigned known_terminal(const char *term)
{
	for (size_t i = 0; i < sizeof(terminals) / sizeof(*terminals); i++)
		if (strncmp(term, terminals[i].name, strlen(terminals[i].name)) == 0)
			return terminals[i].is;
	/* tmux often goes by this name, GNU screen always: that one takes it for something else */
	return strncmp(term, "screen", 6) == 0 && getenv("TMUX") ? KNOWN_TITLE : 0;
}

bool known_multiplexed(void)
{
	return getenv("TMUX") || getenv("STY");
}

static const struct {
	const char *version; /* begins so */
	enum notify_way way;
} versions[] = {
    {"iTerm2", NOTIFY_9}, {"kitty", NOTIFY_9},  {"WezTerm", NOTIFY_777}, {"ghostty", NOTIFY_777},
    {"foot", NOTIFY_777}, {"VTE(", NOTIFY_777}, {"Konsole", NOTIFY_777}, {"contour", NOTIFY_777},
};

static const struct {
	const char *variable, *value; /* NULL: any */
	enum notify_way way;
} variables[] = {
    {"LC_TERMINAL", "iTerm2", NOTIFY_9}, /* ssh hands on what begins with LC_ */
    {"TERM_PROGRAM", "iTerm.app", NOTIFY_9}, {"TERM_PROGRAM", "WezTerm", NOTIFY_777},
    {"TERM_PROGRAM", "ghostty", NOTIFY_777}, {"KITTY_WINDOW_ID", NULL, NOTIFY_9},
    {"VTE_VERSION", NULL, NOTIFY_777},
};

static enum notify_way by_environment(void)
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		const char *is = getenv(variables[i].variable);
		if (is && (!variables[i].value || strcmp(is, variables[i].value) == 0))
			return variables[i].way;
	}
	return NOTIFY_NONE;
}

enum notify_way known_notify(const char *version)
{
	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
		if (strncasecmp(version, versions[i].version, strlen(versions[i].version)) == 0)
			return versions[i].way;
	return *version ? NOTIFY_NONE : by_environment();
}
