#include "entries.h"
#include "thaw/base/alloc.h"
#include "thaw/base/plain.h"
#include "thaw/config/settings.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FILE_SHOWN_MAX                                                                             \
	300 /* bytes of a path that a message shows; its end tells more than its beginning */

void entries_init(struct entries *en, const char *file)
{
	*en = (struct entries){.file = xstrdup(file)};
}

void entries_release(struct entries *en)
{
	for (size_t i = 0; i < en->n; i++) {
		free(en->items[i].key);
		free(en->items[i].text);
		free(en->items[i].set);
	}
	free(en->items);
	free(en->file);
	*en = (struct entries){0};
}

struct entry *entries_find(const struct entries *en, const char *key)
{
	for (size_t i = 0; i < en->n; i++)
		if (strcmp(en->items[i].key, key) == 0)
			return &en->items[i];
	return NULL;
}

const struct entry *entries_around(const struct entries *en, const char *key)
{
	char *around = xstrdup(key);
	const struct entry *at;
	while (!(at = entries_find(en, around)) && *around) {
		char *dot = strrchr(around, '.');
		*(dot ? dot : around) = '\0';
	}
	free(around);
	return at;
}

struct entry *entries_add(struct entries *en, const char *key, const char *text, int line, int col)
{
	ALLOC_GROW(en->items, en->n + 1, en->cap);
	struct entry *at = &en->items[en->n++];
	*at = (struct entry){.key = xstrdup(key), .text = xstrdup(text), .line = line, .col = col};
	return at;
}

void entries_place(const struct entries *en, const struct entry *at, int col, struct strbuf *out)
{
	size_t len = strlen(en->file), skip = len > FILE_SHOWN_MAX ? len - FILE_SHOWN_MAX : 0;
	if (at && at->set) {
		strbuf_addf(out, "--set %.*s", FILE_SHOWN_MAX, at->set);
		return;
	}
	strbuf_addf(out, "%s%s", skip ? "…" : "", en->file + skip);
	if (at && at->line)
		strbuf_addf(out, ":%d:%d", at->line, at->col + (col ? col - 1 + at->quoted : 0));
}

enum err entries_err(const struct entries *en, const struct entry *at, int col, struct errinfo *e,
		     enum err code, const char *fmt, ...)
{
	struct strbuf msg = STRBUF_INIT;
	va_list ap;
	entries_place(en, at, col, &msg);
	strbuf_addstr(&msg, ": ");
	va_start(ap, fmt);
	strbuf_vaddf(&msg, fmt, ap);
	va_end(ap);
	err_set(e, code, "%s", msg.buf);
	strbuf_release(&msg);
	if (e && at && !at->set) {
		e->line = at->line;
		e->col = at->line ? at->col + (col ? col - 1 + at->quoted : 0) : 0;
	}
	return code;
}

bool text_is_clean(const char *text, size_t len)
{
	while (len) {
		uint32_t c;
		size_t n = utf8_decode(text, len, &c);
		bool control = n && (c < 0x20 || (c >= 0x7f && c < 0xa0));
		bool line_break = n && (c == 0x2028 || c == 0x2029);
		if (!n || control || line_break || c == 0xfffe || c == 0xffff)
			return false;
		text += n;
		len -= n;
	}
	return true;
}

/* Append the names of the phases there are: "the phases are head, tune". */
static void list_phases(const struct entries *en, struct strbuf *out)
{
	strbuf_addstr(out, en->n_phases ? "the phases are " : "there are no phases");
	for (size_t i = 0; i < en->n_phases; i++) {
		struct strbuf key = STRBUF_INIT;
		strbuf_addf(&key, "phases.%zu.name", i);
		const struct entry *name = entries_find(en, key.buf);
		strbuf_addf(out, "%s%s", i ? ", " : "", name ? name->text : "(no name)");
		strbuf_release(&key);
	}
}

/* The number of the phase called `word` (of `len` bytes), or n_phases. */
static size_t find_phase(const struct entries *en, const char *word, size_t len)
{
	size_t index = 0;
	bool digits = len > 0 && len < 6 && strspn(word, "0123456789") >= len;
	for (size_t i = 0; digits && i < len; i++)
		index = index * 10 + (size_t)(word[i] - '0');
	if (digits)
		return index < en->n_phases ? index : en->n_phases;
	for (size_t i = 0; i < en->n_phases; i++) {
		struct strbuf key = STRBUF_INIT;
		strbuf_addf(&key, "phases.%zu.name", i);
		const struct entry *name = entries_find(en, key.buf);
		strbuf_release(&key);
		if (name && strlen(name->text) == len && memcmp(name->text, word, len) == 0)
			return i;
	}
	return en->n_phases;
}

/* Replace a phase's name in "phases.head.lr" by its number. */
static enum err resolve_phase(const struct entries *en, const struct entry *at, struct strbuf *key,
			      struct errinfo *e)
{
	static const char prefix[] = "phases.";
	size_t before = sizeof(prefix) - 1;
	if (strncmp(key->buf, prefix, before) != 0)
		return ERR_OK;
	char *word = key->buf + before;
	size_t len = strcspn(word, "."), index = find_phase(en, word, len);
	struct strbuf text = STRBUF_INIT;
	enum err r = ERR_OK;
	if (index == en->n_phases) {
		list_phases(en, &text);
		r = entries_err(en, at, 0, e, ERR_VALUE, "there is no phase '%.*s'; %s", (int)len,
				word, text.buf);
	} else {
		strbuf_addf(&text, "%s%zu%s", prefix, index, word + len);
		strbuf_reset(key);
		strbuf_addstr(key, text.buf);
	}
	strbuf_release(&text);
	return r;
}

static enum err check_set_key(const struct entries *en, const struct entry *at, const char *key,
			      struct errinfo *e)
{
	enum setting_place place = setting_place(key);
	if (place == PLACE_SETTING)
		return ERR_OK;
	if (place != PLACE_UNKNOWN)
		return entries_err(en, at, 0, e, ERR_VALUE,
				   "'%s' is a group of settings; set one of them, like %s", key,
				   place == PLACE_LIST ? "phases.0.lr=0.001" : "train.batch=8");
	struct strbuf hint = STRBUF_INIT;
	setting_suggest(key, &hint);
	enum err r = entries_err(en, at, 0, e, ERR_VALUE, "unknown key '%.60s'; %s", key, hint.buf);
	strbuf_release(&hint);
	return r;
}

static void add_trimmed(struct strbuf *out, const char *text, size_t len)
{
	while (len && isspace((unsigned char)*text)) {
		text++;
		len--;
	}
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	strbuf_add(out, text, len);
}

enum err entries_set(struct entries *en, const char *set, struct errinfo *e)
{
	struct strbuf key = STRBUF_INIT, value = STRBUF_INIT, shown = STRBUF_INIT;
	strbuf_addstr(&shown, set);
	struct entry at = {.set = shown.buf};
	const char *equals = strchr(set, '=');
	enum err r = ERR_OK;
	if (!text_is_clean(set, strlen(set)))
		r = entries_err(en, &at, 0, e, ERR_VALUE,
				"a control character or broken UTF-8 in it");
	else if (!equals)
		r = entries_err(en, &at, 0, e, ERR_VALUE,
				"no '=' in it; write key.path=value, like train.batch=8");
	if (r)
		goto out;
	add_trimmed(&key, set, (size_t)(equals - set));
	add_trimmed(&value, equals + 1, strlen(equals + 1));
	if ((r = resolve_phase(en, &at, &key, e)) || (r = check_set_key(en, &at, key.buf, e)))
		goto out;
	struct entry *old = entries_find(en, key.buf);
	if (!old)
		old = entries_add(en, key.buf, NULL, 0, 0);
	free(old->text);
	free(old->set);
	old->text = strbuf_detach(&value);
	old->set = strbuf_detach(&shown);
	old->quoted = false;
out:
	strbuf_release(&key);
	strbuf_release(&value);
	strbuf_release(&shown);
	return r;
}
