#include "thaw/term/key.h"

#include "thaw/base/words.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
	int key;
	const char *name, *word; /* as it is shown, and as it may be typed besides */
} names[] = {
    {K_UP, "↑", "up"},
    {K_DOWN, "↓", "down"},
    {K_LEFT, "←", "left"},
    {K_RIGHT, "→", "right"},
    {K_PAGE_UP, "PgUp", "pageup"},
    {K_PAGE_DOWN, "PgDn", "pagedown"},
    {K_HOME, "Home", "home"},
    {K_END, "End", "end"},
    {K_BACKTAB, "S-Tab", "shift-tab"},
    {K_BACKSPACE, "Backspace", "bs"},
    {K_ENTER, "Enter", "return"},
    {K_DELETE, "Del", "delete"},
    {K_INSERT, "Ins", "insert"},
    {' ', "Space", "space"},
    {K_TAB, "Tab", "tab"},
    {K_ESC, "Esc", "escape"},
    {K_F1, "F1", "f1"},
    {K_F2, "F2", "f2"},
    {K_F3, "F3", "f3"},
    {K_F4, "F4", "f4"},
    {K_F5, "F5", "f5"},
    {K_F6, "F6", "f6"},
    {K_F7, "F7", "f7"},
    {K_F8, "F8", "f8"},
    {K_F9, "F9", "f9"},
    {K_F10, "F10", "f10"},
    {K_F11, "F11", "f11"},
    {K_F12, "F12", "f12"},
};
enum { N_NAMES = sizeof(names) / sizeof(*names) };

bool key_utf8(int key, char out[5])
{
	uint32_t c = (uint32_t)key;
	bool surrogate = c >= 0xD800 && c <= 0xDFFF;
	if (key < ' ' || c == 0x7F || (c > 0x7F && c < 0xA0) || c > 0x10FFFF || surrogate)
		return false;
	int n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
	for (int i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3F));
	out[0] = (char)(lead[n] | c);
	out[n] = '\0';
	return true;
}

/* The character that a text is, 0 when it is not exactly one. */
static int one_character(const char *text)
{
	const unsigned char *u = (const unsigned char *)text;
	int n = *u < 0x80 ? 1 : *u >= 0xF0 ? 4 : *u >= 0xE0 ? 3 : 2;
	if ((int)strlen(text) != n)
		return 0;
	uint32_t c = n == 1 ? *u : *u & (0x7Fu >> n);
	for (int i = 1; i < n; i++)
		c = c << 6 | (u[i] & 0x3F);
	char again[5];
	return key_utf8((int)c, again) && strcmp(again, text) == 0 ? (int)c : 0;
}

const char *key_name(int key)
{
	for (int i = 0; i < N_NAMES; i++)
		if (names[i].key == key)
			return names[i].name;
	char *text = words_buffer();
	if (key > 0 && key < ' ')
		snprintf(text, WORDS_SIZE, "^%c", key + '@');
	else if (!key_utf8(key, text))
		snprintf(text, WORDS_SIZE, "?");
	return text;
}

/* Some control characters are keys of their own. */
static int control(char c)
{
	int upper = c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
	if (upper <= '@' || upper > '_')
		return 0;
	int key = K_CTRL(upper);
	return key == K_CTRL('m') || key == K_CTRL('j') ? K_ENTER
	       : key == K_CTRL('h')                     ? K_BACKSPACE
							: key;
}

int key_parse(const char *name)
{
	static const char *const prefixes[] = {"^", "ctrl-", "ctrl+", "c-"};
	for (int i = 0; i < N_NAMES; i++)
		if (strcasecmp(name, names[i].name) == 0 || strcasecmp(name, names[i].word) == 0)
			return names[i].key;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t n = strlen(prefixes[i]);
		if (strncasecmp(name, prefixes[i], n) == 0 && name[n] && !name[n + 1])
			return control(name[n]);
	}
	return one_character(name);
}
