#include "thaw/term/edit.h"

#include "thaw/term/key.h"

#include <stdint.h>
#include <string.h>

/* Bytes of one UTF-8 character at `p`, 0 when it is none or a control character. */
static size_t char_len(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t n = *u < 0x80 ? 1 : *u >= 0xF0 ? 4 : *u >= 0xE0 ? 3 : 2;
	uint32_t c = n == 1 ? *u : *u & (0x7Fu >> n);
	static const uint32_t least[] = {0, 0x20, 0xA0, 0x800, 0x10000};
	if (*u == 0x7F || (*u >= 0x80 && *u < 0xC2) || *u > 0xF4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xC0) != 0x80)
			return 0;
		c = c << 6 | (u[i] & 0x3F);
	}
	bool surrogate = c >= 0xD800 && c <= 0xDFFF;
	return c < least[n] || c > 0x10FFFF || surrogate ? 0 : n;
}

void edit_set(struct edit *e, const char *text)
{
	memset(e, 0, sizeof(*e));
	for (size_t n; *text; text += n ? n : 1) {
		n = char_len(text);
		if (e->len + n >= EDIT_MAX)
			break;
		memcpy(e->text + e->len, text, n);
		e->len += n;
	}
	e->at = e->len;
}

bool edit_insert(struct edit *e, const char *text)
{
	return edit_replace(e, e->at, text);
}

bool edit_replace(struct edit *e, size_t from, const char *text)
{
	size_t add = strlen(text);
	for (size_t i = 0, n; i < add; i += n)
		if (!(n = char_len(text + i)))
			return false;
	if (from > e->at || e->len - (e->at - from) + add >= EDIT_MAX)
		return false;
	memmove(e->text + from + add, e->text + e->at, e->len - e->at + 1);
	memcpy(e->text + from, text, add);
	e->len = e->len - (e->at - from) + add;
	e->at = from + add;
	return true;
}

bool edit_paste(struct edit *e, const char *text)
{
	bool all = true;
	text += strspn(text, " \n");
	for (size_t n; *text && *text != '\n'; text += n ? n : 1) {
		char one[5] = "";
		n = char_len(text);
		memcpy(one, text, n);
		all = edit_insert(e, one) && all;
	}
	return all && text[strspn(text, " \n")] == '\0';
}

static size_t back(const struct edit *e, size_t at)
{
	if (at > 0)
		at--;
	while (at > 0 && ((unsigned char)e->text[at] & 0xC0) == 0x80)
		at--;
	return at;
}

static size_t forward(const struct edit *e, size_t at)
{
	return at < e->len ? at + char_len(e->text + at) : at;
}

static void cut(struct edit *e, size_t from, size_t to)
{
	e->at = to;
	edit_replace(e, from, "");
}

static void left(struct edit *e)
{
	e->at = back(e, e->at);
}

static void right(struct edit *e)
{
	e->at = forward(e, e->at);
}

static void home(struct edit *e)
{
	e->at = 0;
}

static void end(struct edit *e)
{
	e->at = e->len;
}

static void rub_out(struct edit *e)
{
	cut(e, back(e, e->at), e->at);
}

static void delete_here(struct edit *e)
{
	cut(e, e->at, forward(e, e->at));
}

static void cut_before(struct edit *e)
{
	cut(e, 0, e->at);
}

static void cut_behind(struct edit *e)
{
	cut(e, e->at, e->len);
}

static void cut_word(struct edit *e)
{
	size_t from = e->at;
	while (from > 0 && e->text[from - 1] == ' ')
		from--;
	while (from > 0 && e->text[from - 1] != ' ')
		from--;
	cut(e, from, e->at);
}

static const struct {
	int key;
	void (*run)(struct edit *e);
} edit_keys[] = {
    {K_LEFT, left},
    {K_CTRL('b'), left},
    {K_RIGHT, right},
    {K_CTRL('f'), right},
    {K_HOME, home},
    {K_CTRL('a'), home},
    {K_END, end},
    {K_CTRL('e'), end},
    {K_BACKSPACE, rub_out},
    {K_DELETE, delete_here},
    {K_CTRL('d'), delete_here},
    {K_CTRL('u'), cut_before},
    {K_CTRL('k'), cut_behind},
    {K_CTRL('w'), cut_word},
};

bool edit_key(struct edit *e, int key)
{
	for (size_t i = 0; i < sizeof(edit_keys) / sizeof(*edit_keys); i++)
		if (edit_keys[i].key == key) {
			edit_keys[i].run(e);
			return true;
		}
	char text[5];
	return key >= ' ' && key < K_NONE && key_utf8(key, text) && edit_insert(e, text);
}
