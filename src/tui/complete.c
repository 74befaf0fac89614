/* What completes a command line: names first, then what each argument may be. */
#include "thaw/term/theme.h"
#include "thaw/base/alloc.h"
#include "thaw/event/command.h"
#include "thaw/run/go_to.h"
#include "thaw/tui/action.h"
#include "thaw/tui/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct scan {
	struct completion *out;
	const struct history *h;
	const struct view *v;
	const char *line; /* up to the cursor */
	size_t len;
};

/* Offer a word; it counts when it goes on from what is typed, and only once. */
static void offer(struct scan *s, const char *word)
{
	struct completion *c = s->out;
	size_t typed = s->len - c->from;
	if (!word || !*word || strncasecmp(word, s->line + c->from, typed) != 0)
		return;
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->words[i], word) == 0)
			return;
	ALLOC_GROW(c->words, c->n + 1, c->cap);
	c->words[c->n++] = xstrdup(word);
}

static void offer_all(struct scan *s, const char *const *words)
{
	for (; *words; words++)
		offer(s, *words);
}

/* The word begins behind the last of these characters. */
static void word_begins(struct scan *s, const char *behind)
{
	s->out->from = s->len;
	while (s->out->from > 0 && !strchr(behind, s->line[s->out->from - 1]))
		s->out->from--;
}

static void no_words(struct scan *s, size_t from)
{
	(void)s;
	(void)from;
}

static void layer_words(struct scan *s, size_t from)
{
	static const char *const words[] = {"all",    "base",   "head", "last ",
					    "above ", "below ", NULL};
	(void)from;
	word_begins(s, " ,");
	offer_all(s, words);
}

static void page_words(struct scan *s, size_t from)
{
	s->out->from = from;
	for (int i = 0; i < PAGE_N; i++)
		offer(s, page_names[i]);
}

static void theme_words(struct scan *s, size_t from)
{
	s->out->from = from;
	for (int i = 0; theme_name(i); i++)
		offer(s, theme_name(i));
}

static void rate_words(struct scan *s, size_t from)
{
	static const char *const words[] = {"x0.5", "x2", "x0.1", "1e-4", NULL};
	s->out->from = from;
	offer_all(s, words);
}

static void point_words(struct scan *s, size_t from)
{
	static const char *const words[] = {"best", "last", "epoch ", NULL};
	s->out->from = from;
	offer_all(s, words);
}

/* Whether `first`, which ends in a space, stands at `from`; where the next word begins then. */
static bool follows(const struct scan *s, size_t from, const char *first, size_t *next)
{
	size_t n = strlen(first) - 1;
	if (s->len <= from + n || strncmp(s->line + from, first, n + 1) != 0)
		return false;
	*next = from + n + strspn(s->line + from + n, " ");
	return true;
}

static const char *const amounts[] = {"0", "0.5", "0.9", "0.99", NULL},
			 *const switches[] = {"on", "off", NULL},
			 *const ways[] = {"auto", "kitty", "sixel", "blocks", NULL},
			 *const notices[] = {"on", "off", "tmux", NULL};

static const struct {
	const char *name;
	const char *const *values;
} settings[] = {
    {"smooth ", amounts}, {"log-loss ", switches}, {"mouse ", switches},  {"pictures ", ways},
    {"title ", switches}, {"bell ", switches},     {"notify ", notices},
};

static void setting_words(struct scan *s, size_t from)
{
	s->out->from = from;
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		if (follows(s, from, settings[i].name, &s->out->from)) {
			offer_all(s, settings[i].values);
			return;
		}
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		offer(s, settings[i].name);
}

static void place_words(struct scan *s, size_t from)
{
	static const char *const names[] = {"layer ", "class ", "image ", NULL};
	size_t next;
	s->out->from = from;
	if (follows(s, from, "class ", &next)) {
		s->out->from = next; /* a name may have spaces in it */
		for (size_t i = 0; s->h->has_run && i < s->h->run.n_classes; i++)
			offer(s, s->h->run.classes[i]);
	} else {
		offer_all(s, go_to_names);
		offer_all(s, names);
	}
}

static void speed_words_of(struct scan *s, size_t from)
{
	static const char *const speeds[] = {"recorded", "0.25", "0.5", "1",  "2",   "5",  "10",
					     "20",       "50",   "100", "200", "500", "1000", NULL};
	s->out->from = from;
	offer_all(s, speeds);
}

static void (*const arguments[])(struct scan *s, size_t from) = {
    [LINE_NOTHING] = no_words,   [LINE_LAYERS] = layer_words,     [LINE_PAGES] = page_words,
    [LINE_THEMES] = theme_words, [LINE_SETTINGS] = setting_words, [LINE_PLACES] = place_words,
    [LINE_RATES] = rate_words,   [LINE_POINTS] = point_words,
    [LINE_SPEEDS] = speed_words_of,
};

static enum line_arg argument_of(const char *name, size_t len)
{
	for (size_t i = 0; i < n_line_commands; i++)
		if (strlen(line_commands[i].name) == len &&
		    memcmp(line_commands[i].name, name, len) == 0)
			return line_commands[i].completes;
	return LINE_NOTHING;
}

static void names(struct scan *s)
{
	int mode = s->v->mode == VIEW_LIVE ? IN_LIVE : IN_REPLAY;
	for (size_t i = 0; i < n_line_commands; i++)
		offer(s, line_commands[i].name);
	for (int i = 0; i < CMD_N && s->v->mode == VIEW_LIVE; i++)
		offer(s, command_table[i].name);
	for (size_t i = 0; i < n_actions; i++)
		if (action_table[i].modes & mode)
			offer(s, action_table[i].name);
}

void complete_line(struct completion *c, const struct history *h, const struct view *v,
		   const char *line, size_t at)
{
	struct scan s = {c, h, v, line, at};
	size_t start = strspn(line, " ");
	start = start < at ? start : at;
	size_t end = start + strcspn(line + start, " ");
	memset(c, 0, sizeof(*c));
	c->from = start;
	if (end >= at)
		names(&s);
	else {
		size_t from = end + strspn(line + end, " ");
		arguments[argument_of(line + start, end - start)](&s, from < at ? from : at);
	}
}

void completion_release(struct completion *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->words[i]);
	free(c->words);
	memset(c, 0, sizeof(*c));
}

/* Bytes that all words share, whole characters only. */
static size_t shared(const struct completion *c)
{
	size_t n = strlen(c->words[0]);
	for (size_t i = 1; i < c->n; i++)
		for (size_t k = 0; k < n; k++)
			if (c->words[i][k] != c->words[0][k])
				n = k;
	while (n > 0 && ((unsigned char)c->words[0][n] & 0xC0) == 0x80)
		n--;
	return n;
}

bool completion_apply(const struct completion *c, struct edit *e)
{
	char text[EDIT_MAX];
	if (c->n == 0)
		return false;
	size_t n = shared(c), typed = e->at - c->from;
	bool whole = c->n == 1, spaced = n > 0 && c->words[0][n - 1] == ' ';
	if (n >= sizeof(text) - 1 || (n <= typed && !whole))
		return false;
	bool space = whole && !spaced && e->text[e->at] != ' ';
	snprintf(text, sizeof(text), "%.*s%s", (int)n, c->words[0], space ? " " : "");
	return edit_replace(e, c->from, text);
}
