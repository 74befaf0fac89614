#include "thaw_cli.h"

#include "thaw/base/alloc.h"
#include "thaw/base/nearest.h"
#include "thaw/base/say.h"
#include "thaw/base/strbuf.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The word behind such a value; NULL: it is no such, or the last. */
static const char *second_word(const struct cli *c, const char *value)
{
	static const char *const firsts[] = {"epoch", "iter"};
	for (size_t k = 0; k < sizeof(firsts) / sizeof(*firsts); k++)
		for (size_t i = 0; strcmp(value, firsts[k]) == 0 && c->argv[i]; i++)
			if (c->argv[i] + strlen(c->argv[i]) == value + strlen(value))
				return c->argv[i + 1];
	return NULL;
}

char *cli_place(struct cli *c, const char *option)
{
	const char *first = cli_value(c, option, NULL), *second = first ? second_word(c, first) : NULL;
	size_t n = 0;
	for (size_t i = 0; i < c->n_operands; i++)
		if (c->operands[i] != second)
			c->operands[n++] = c->operands[i];
	bool taken = n < c->n_operands;
	c->n_operands = n;
	return taken ? xasprintf("%s %s", first, second) : xstrdup(first);
}

int cli_usage(const struct subcommand *cmd, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	say(stderr, "thaw %s: %s; see `thaw help %s`", cmd->name, text.buf, cmd->name);
	strbuf_release(&text);
	return STATUS_USAGE;
}

int cli_fail(const struct subcommand *cmd, const struct errinfo *e)
{
	say(stderr, "thaw %s: %s", cmd->name, e->msg);
	bool input = e->code == ERR_NOT_FOUND || e->code == ERR_VALUE || e->code == ERR_FORMAT;
	return input ? STATUS_USAGE : STATUS_FAILED;
}

int cli_bad_input(const struct subcommand *cmd, const struct errinfo *e)
{
	say(stderr, "thaw %s: %s", cmd->name, e->msg);
	return STATUS_USAGE;
}

static const struct cli_option *find_option(const struct subcommand *cmd, const char *name,
					    size_t len)
{
	for (const struct cli_option *o = cmd->options; o->name; o++)
		if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

bool cli_has_option(const struct subcommand *cmd, const char *word)
{
	return find_option(cmd, word, strcspn(word, "=")) != NULL;
}

/* The option that is meant, or NULL. */
static const char *nearest_option(const struct subcommand *cmd, const char *word)
{
	size_t n = 0;
	while (cmd->options[n].name)
		n++;
	const char **names = xcalloc(n + 1, sizeof(*names));
	for (size_t i = 0; i < n; i++)
		names[i] = cmd->options[i].name;
	const char *nearest = nearest_word(word, names);
	free(names);
	return nearest;
}

static bool unknown_option(const struct subcommand *cmd, const char *name, size_t len)
{
	char *word = xstrndup(name, len);
	const char *nearest = nearest_option(cmd, word);
	if (nearest)
		cli_usage(cmd, "unknown option %s, did you mean %s?", word, nearest);
	else
		cli_usage(cmd, "unknown option %s", word);
	free(word);
	return false;
}

/* One option at argv[*i]; its value may be the next word. */
static bool parse_option(struct cli *c, size_t *i)
{
	const char *word = c->argv[*i], *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);
	const struct cli_option *o = find_option(c->cmd, word, len);
	if (!o)
		return unknown_option(c->cmd, word, len);
	const char *value = equals ? equals + 1 : NULL;
	if (!o->arg && value) {
		cli_usage(c->cmd, "%s takes no value", o->name);
		return false;
	}
	if (o->arg && !value && !(value = c->argv[++*i])) {
		cli_usage(c->cmd, "%s needs %s", o->name, o->arg);
		return false;
	}
	c->given[c->n_given++] = (struct cli_given){.option = o, .value = value};
	return true;
}

static bool check_operands(const struct cli *c)
{
	if (c->n_operands < c->cmd->min_operands)
		cli_usage(c->cmd, "too few arguments, wanted: %s", c->cmd->args);
	else if (c->n_operands > c->cmd->max_operands)
		cli_usage(c->cmd, "unexpected argument '%s'", c->operands[c->cmd->max_operands]);
	else
		return true;
	return false;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] && !isdigit((unsigned char)word[1]) && word[1] != '.';
}

bool cli_parse(struct cli *c, const struct subcommand *cmd, char **argv)
{
	size_t n = 0;
	while (argv[n])
		n++;
	*c = (struct cli){.cmd = cmd, .argv = argv};
	c->operands = xcalloc(n + 1, sizeof(*c->operands));
	c->given = xcalloc(n + 1, sizeof(*c->given));
	bool words_only = false;
	for (size_t i = 0; i < n; i++) {
		if (!words_only && strcmp(argv[i], "--") == 0)
			words_only = true;
		else if (words_only || !is_option(argv[i]))
			c->operands[c->n_operands++] = argv[i];
		else if (!parse_option(c, &i))
			return false;
	}
	return check_operands(c);
}

void cli_release(struct cli *c)
{
	free(c->operands);
	free(c->given);
	*c = (struct cli){0};
}

static const struct cli_given *last_given(const struct cli *c, const char *name)
{
	for (size_t i = c->n_given; i-- > 0;)
		if (strcmp(c->given[i].option->name, name) == 0)
			return &c->given[i];
	return NULL;
}

bool cli_flag(const struct cli *c, const char *name)
{
	return last_given(c, name) != NULL;
}

const char *cli_value(const struct cli *c, const char *name, const char *otherwise)
{
	const struct cli_given *g = last_given(c, name);
	return g ? g->value : otherwise;
}

void cli_help(const struct subcommand *cmd)
{
	say(stdout, "usage: thaw %s %s", cmd->name, cmd->args);
	puts("");
	say(stdout, "%s", cmd->help);
	const struct cli_option *o = cmd->options;
	if (o->name)
		puts("");
	for (; o->name; o++) {
		char *left = xasprintf("%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
		say(stdout, "  %-22s %s", left, o->help);
		free(left);
	}
	if (cmd->more_help)
		cmd->more_help();
}

bool cli_is_count(const char *text)
{
	size_t n = strspn(text, "0123456789");
	return n && n <= 4 && !text[n] && strspn(text, "0") < n;
}

bool cli_on_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}
