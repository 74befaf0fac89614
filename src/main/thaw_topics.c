/* `thaw help settings`, `thaw help keys` and their kin: the tables behind them, in
 * Markdown. */
#include "thaw_topics.h"

#include "thaw_cli.h"
#include "thaw_keys.h"

#include "thaw/base/say.h"
#include "thaw/base/strbuf.h"
#include "thaw/config/settings.h"
#include "thaw/event/command.h"
#include "thaw/tui/action.h"
#include "thaw/tui/command_line.h"

#include <stdio.h>
#include <string.h>

static int settings_print(void)
{
	for (const struct setting *s = NULL; (s = settings_next(s));) {
		struct strbuf wants = STRBUF_INIT;
		setting_wants(s, &wants);
		say(stdout, "| `%s` | %s | %s: %s |", s->path,
		    !s->def   ? "required"
		    : *s->def ? s->def
			      : "none",
		    s->help, wants.buf);
		strbuf_release(&wants);
	}
	return STATUS_OK;
}

/* The keys in force, a person's own among them. */
static int keys_print(void)
{
	static const char *const modes[] = {
	    [IN_LIVE] = "live", [IN_REPLAY] = "replay", [IN_BOTH] = ""};
	struct keymap own;
	struct errinfo e;
	if (keys_read(&own, &e)) {
		say(stderr, "thaw help keys: %s", e.msg);
		return STATUS_USAGE;
	}
	for (size_t i = 0; i < n_actions; i++) {
		const struct action *a = &action_table[i];
		struct strbuf keys = STRBUF_INIT;
		for (const int *k = action_keys(a); *k; k++)
			strbuf_addf(&keys, "%s`%s`", k > action_keys(a) ? " " : "", key_name(*k));
		say(stdout, "| %s | %s | %s | `%s` |", keys.buf, modes[a->modes & IN_BOTH], a->help,
		    a->name);
		strbuf_release(&keys);
	}
	keymap_release(&own);
	return STATUS_OK;
}

static int commands_print(void)
{
	for (size_t i = 0; i < n_line_commands; i++) {
		const struct line_command *c = &line_commands[i];
		say(stdout, "| `:%s%s%s` | %s |", c->name, c->arg ? " " : "", c->arg ? c->arg : "",
		    c->help);
	}
	for (int i = 0; i < CMD_N; i++) {
		const struct command_info *c = &command_table[i];
		if (i != CMD_FREEZE && i != CMD_UNFREEZE)
			say(stdout, "| `:%s%s%s` | %s |", c->name, c->arg ? " " : "",
			    c->arg ? c->arg : "", c->help);
	}
	return STATUS_OK;
}

#define TOPIC_ROW(name, print) {name, print},
static const struct {
	const char *name;
	int (*print)(void);
} topics[] = {TOPICS(TOPIC_ROW)};

bool topic_print(const char *name, int *status)
{
	for (size_t i = 0; i < sizeof(topics) / sizeof(*topics); i++)
		if (strcmp(topics[i].name, name) == 0) {
			*status = topics[i].print();
			return true;
		}
	return false;
}
