/* `thaw help settings` and `thaw help keys`: the tables behind them, as the README shows them. */
#include "thaw_topics.h"

#include "thaw/base/strbuf.h"
#include "thaw/config/settings.h"
#include "thaw/tui/action.h"

#include <stdio.h>
#include <string.h>

static void print_settings(void)
{
	for (const struct setting *s = NULL; (s = settings_next(s));) {
		struct strbuf wants = STRBUF_INIT;
		setting_wants(s, &wants);
		printf("| `%s` | %s | %s: %s |\n", s->path,
		       !s->def   ? "required"
		       : *s->def ? s->def
				 : "none",
		       s->help, wants.buf);
		strbuf_release(&wants);
	}
}

static void print_keys(void)
{
	static const char *const modes[] = {
	    [IN_LIVE] = "live", [IN_REPLAY] = "replay", [IN_BOTH] = ""};
	for (size_t i = 0; i < n_actions; i++) {
		const struct action *a = &action_table[i];
		printf("| ");
		for (int k = 0; k < 4 && a->keys[k]; k++)
			printf("%s`%s`", k ? " " : "",
			       a->keys[k] == ' ' ? "Space" : key_name(a->keys[k]));
		printf(" | %s | %s |\n", modes[a->modes], a->help);
	}
}

static const struct {
	const char *name;
	void (*print)(void);
} topics[] = {
    {"settings", print_settings},
    {"keys", print_keys},
};

bool topic_print(const char *name)
{
	for (size_t i = 0; i < sizeof(topics) / sizeof(*topics); i++)
		if (strcmp(topics[i].name, name) == 0) {
			topics[i].print();
			return true;
		}
	return false;
}
