/* Which keys an action has: those of the table, or a person's own. */
#include "thaw/base/keymap.h"
#include "thaw/base/nearest.h"
#include "thaw/base/words.h"
#include "thaw/tui/action.h"

#include <stdio.h>
#include <string.h>

#define MOST_ACTIONS 128

typedef int key_row[ACTION_KEYS + 1];

static key_row own_keys[MOST_ACTIONS]; /* in force where own[i]; else the table's */
static bool own[MOST_ACTIONS];

static size_t index_of(const struct action *a)
{
	return (size_t)(a - action_table);
}

const int *action_keys(const struct action *a)
{
	static const key_row none;
	size_t i = index_of(a);
	if (i >= MOST_ACTIONS)
		return none;
	if (!own[i])
		memcpy(own_keys[i], a->keys, sizeof(a->keys));
	return own_keys[i];
}

static int mode_bit(enum view_mode mode)
{
	return mode == VIEW_LIVE ? IN_LIVE : IN_REPLAY;
}

static bool everywhere(const struct action *a)
{
	return ON_ANY_PAGE(a->modes);
}

bool action_allowed(const struct action *a, enum view_mode mode, enum page page)
{
	return a->modes & mode_bit(mode) && (everywhere(a) || a->modes & ON_PAGE(page));
}

static bool has_key(const struct action *a, int key)
{
	for (const int *k = action_keys(a); *k; k++)
		if (*k == key)
			return true;
	return false;
}

const struct action *action_find(int key, enum view_mode mode, enum page page)
{
	const struct action *general = NULL;
	for (size_t i = 0; i < n_actions; i++) {
		const struct action *a = &action_table[i];
		if (!action_allowed(a, mode, page) || !has_key(a, key))
			continue;
		if (!everywhere(a))
			return a;
		general = general ? general : a;
	}
	return general;
}

int action_key(const struct action *a, enum view_mode mode, enum page page)
{
	for (const int *k = action_keys(a); *k; k++)
		if (action_find(*k, mode, page) == a)
			return *k;
	return 0;
}

const char *action_call(const char *name, enum view_mode mode, enum page page)
{
	const struct action *a = action_named(name, mode);
	int key = a ? action_key(a, mode, page) : 0;
	char *typed = words_buffer();
	snprintf(typed, WORDS_SIZE, ":%s", name);
	return key ? key_name(key) : typed;
}

const struct action *action_named(const char *name, enum view_mode mode)
{
	for (size_t i = 0; i < n_actions; i++)
		if (action_table[i].modes & mode_bit(mode) &&
		    strcmp(action_table[i].name, name) == 0)
			return &action_table[i];
	return NULL;
}

/* ---- a person's own ---- */

/* What was asked of each action while it is checked. */
struct plan {
	const struct keymap *m;
	const struct keymap_entry *entry[MOST_ACTIONS]; /* NULL = the table's keys stay */
	key_row keys[MOST_ACTIONS];
	struct errinfo *e;
};

static enum err unknown_action(const struct plan *p, const struct keymap_entry *entry)
{
	const char *names[MOST_ACTIONS + 1];
	size_t n = 0;
	for (; n < n_actions && n < MOST_ACTIONS; n++)
		names[n] = action_table[n].name;
	names[n] = NULL;
	const char *near = nearest_word(entry->action, names);
	return err_set(p->e, ERR_VALUE, "%s:%d:%d: no action is named '%.60s'%s%s%s", p->m->file,
		       entry->line, entry->col, entry->action, near ? "; did you mean '" : "",
		       near ? near : "", near ? "'?" : "; `thaw help keys` names them");
}

/* Keys that have a meaning which nothing else may take. */
static const char *why_taken(int key)
{
	static const struct {
		int key;
		const char *why;
	} taken[] = {
	    {K_ESC, "leaves what is open, always"},
	    {K_CTRL('c'), "asks whether to leave the viewer, always"},
	    {K_CTRL('s'), "stops the terminal's output"},
	    {K_CTRL('q'), "starts the terminal's output again"},
	    {K_CTRL('\\'), "ends the viewer at once"},
	    {K_MOUSE, "is the mouse"},
	    {K_PASTE, "is pasted text"},
	};
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		if (taken[i].key == key)
			return taken[i].why;
	return NULL;
}

static enum err read_key(const struct plan *p, const struct keymap_key *k, int *key)
{
	*key = key_parse(k->name);
	if (!*key)
		return err_set(p->e, ERR_VALUE,
			       "%s:%d:%d: '%.40s' is not a key; write a character, or a name such "
			       "as ctrl-z, up, pgup, space or f5",
			       p->m->file, k->line, k->col, k->name);
	const char *why = why_taken(*key);
	if (why)
		return err_set(p->e, ERR_VALUE, "%s:%d:%d: %s %s; choose another key", p->m->file,
			       k->line, k->col, key_name(*key), why);
	return ERR_OK;
}

/* An action may stand in several rows, one for a live run and one for a replay. */
static enum err read_entry(struct plan *p, const struct keymap_entry *entry)
{
	key_row keys = {0};
	bool known = false;
	for (size_t k = 0; k < entry->n_keys && k < ACTION_KEYS; k++) {
		enum err err = read_key(p, &entry->keys[k], &keys[k]);
		if (err)
			return err;
	}
	for (size_t i = 0; i < n_actions; i++)
		if (strcmp(action_table[i].name, entry->action) == 0) {
			known = true;
			p->entry[i] = entry;
			memcpy(p->keys[i], keys, sizeof(keys));
		}
	return known ? ERR_OK : unknown_action(p, entry);
}

/* Whether both may be meant by one key at one moment. */
static bool meet(const struct action *a, const struct action *b)
{
	int pages = a->modes & b->modes & 0xFF00;
	bool same_place = everywhere(a) == everywhere(b) && (everywhere(a) || pages);
	return same_place && a->modes & b->modes & IN_BOTH && strcmp(a->name, b->name) != 0;
}

static enum err clash(const struct plan *p, const struct keymap_entry *entry, size_t k,
		      size_t other)
{
	const struct keymap_entry *too = p->entry[other];
	const struct keymap_key *key = &entry->keys[k];
	const char *name = action_table[other].name;
	if (too)
		return err_set(p->e, ERR_VALUE,
			       "%s:%d:%d: %s is the key of '%s' too, on line %d; give one of them "
			       "another key",
			       p->m->file, key->line, key->col, key->name, name, too->line);
	return err_set(
	    p->e, ERR_VALUE,
	    "%s:%d:%d: %s is the key of '%s'; give that another one, or write '%s: none'",
	    p->m->file, key->line, key->col, key->name, name, name);
}

/* Key l of an action that is the table's and not its first is given up for a person's own. */
static bool give_up(struct plan *p, size_t action, size_t l)
{
	int *keys = p->keys[action];
	if (p->entry[action] || l == 0)
		return false;
	memmove(keys + l, keys + l + 1, (ACTION_KEYS - l) * sizeof(*keys));
	return true;
}

static enum err check_pair(struct plan *p, size_t own_one, size_t other)
{
	for (size_t k = 0; p->keys[own_one][k]; k++)
		for (size_t l = 0; p->keys[other][l]; l++)
			if (p->keys[own_one][k] == p->keys[other][l] && !give_up(p, other, l))
				return clash(p, p->entry[own_one], k, other);
	return ERR_OK;
}

static enum err check_clashes(struct plan *p)
{
	enum err err = ERR_OK;
	for (size_t i = 0; i < n_actions && !err; i++)
		for (size_t j = 0; j < n_actions && p->entry[i] && !err; j++)
			if (i != j && meet(&action_table[i], &action_table[j]))
				err = check_pair(p, i, j);
	return err;
}

enum err action_rebind(const struct keymap *m, struct errinfo *e)
{
	struct plan p = {.m = m, .e = e};
	for (size_t i = 0; i < n_actions; i++)
		memcpy(p.keys[i], action_table[i].keys, sizeof(action_table[i].keys));
	for (size_t i = 0; m && i < m->n; i++) {
		enum err err = read_entry(&p, &m->items[i]);
		if (err)
			return err;
	}
	enum err err = check_clashes(&p);
	if (err)
		return err;
	memcpy(own_keys, p.keys, sizeof(own_keys));
	for (size_t i = 0; i < n_actions; i++)
		own[i] = p.entry[i] ||
			 memcmp(p.keys[i], action_table[i].keys, sizeof(action_table[i].keys)) != 0;
	return ERR_OK;
}
