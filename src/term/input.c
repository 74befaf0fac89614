#include "input.h"

#include "thaw/base/clock.h"
#include "thaw/term/key.h"

#include <curses.h>
#include <string.h>

/* The terminal's answer to the outlet's question, as curses has it. */
#define KEY_ANSWER (KEY_MAX - 1)

void input_open(void)
{
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	define_key("\x1b[0n", KEY_ANSWER);
	define_key(NULL, KEY_MOUSE); /* read here, in one way for all terminals */
}

static const struct {
	int curses, key;
} curses_keys[] = {
    {KEY_UP, K_UP},         {KEY_DOWN, K_DOWN},
    {KEY_LEFT, K_LEFT},     {KEY_RIGHT, K_RIGHT},
    {KEY_PPAGE, K_PAGE_UP}, {KEY_NPAGE, K_PAGE_DOWN},
    {KEY_HOME, K_HOME},     {KEY_END, K_END},
    {KEY_BTAB, K_BACKTAB},  {KEY_BACKSPACE, K_BACKSPACE},
    {KEY_ENTER, K_ENTER},   {KEY_DC, K_DELETE},
    {KEY_IC, K_INSERT},     {KEY_F(1), K_F1},
    {KEY_F(2), K_F2},       {KEY_F(3), K_F3},
    {KEY_F(4), K_F4},       {KEY_F(5), K_F5},
    {KEY_F(6), K_F6},       {KEY_F(7), K_F7},
    {KEY_F(8), K_F8},       {KEY_F(9), K_F9},
    {KEY_F(10), K_F10},     {KEY_F(11), K_F11},
    {KEY_F(12), K_F12},
};

/* Sequences that a terminal sends although its terminfo entry says otherwise. */
static const struct {
	const char *bytes;
	int key;
} other_sequences[] = {
    {"[A", K_UP},
    {"[B", K_DOWN},
    {"[C", K_RIGHT},
    {"[D", K_LEFT},
    {"OA", K_UP},
    {"OB", K_DOWN},
    {"OC", K_RIGHT},
    {"OD", K_LEFT},
    {"[H", K_HOME},
    {"[F", K_END},
    {"OH", K_HOME},
    {"OF", K_END},
    {"[1~", K_HOME},
    {"[4~", K_END},
    {"[7~", K_HOME},
    {"[8~", K_END},
    {"[5~", K_PAGE_UP},
    {"[6~", K_PAGE_DOWN},
    {"[Z", K_BACKTAB},
    {"OP", K_F1},
    {"[11~", K_F1},
    {"OM", K_ENTER},
    {"[0n", K_ANSWER},
    {"[2~", K_INSERT},
    {"[3~", K_DELETE},
    {"[200~", K_PASTE_BEGINS},
    {"[201~", K_PASTE_ENDS},
};

#define SEQUENCE_MS 50
#define STRING_MS 250 /* of what a terminal answers, and no key sends */

/* What goes on until "ESC \\" or BEL: DCS, OSC, APC and their like. */
static bool is_string(wint_t ch)
{
	return strchr("P]_^X", (int)ch) != NULL;
}

/* The rest of a string behind its introducer, which is in text[0]: as much as there is room for,
 * the rest is swallowed. Returns its length. */
static size_t read_string(char *text, size_t size)
{
	size_t n = 1;
	wint_t ch, last = 0;
	timeout(STRING_MS);
	while (get_wch(&ch) == OK && ch != 7 && !(last == K_ESC && ch == '\\')) {
		if (ch != K_ESC && n + 1 < size)
			text[n++] = (char)(ch < 0x80 ? ch : '?');
		last = ch;
	}
	return n;
}

/* What follows an Esc: nothing (the key itself), or a sequence that is looked up and swallowed
 * whole. */
static int after_escape(struct input *in)
{
	char text[64];
	size_t n = 0;
	wint_t ch = 0;
	int kind = OK;
	while ((kind = get_wch(&ch)) == OK && (n || ch != K_ESC)) {
		/* what began will be finished, however slow the line; nobody types as far */
		timeout(n ? STRING_MS : SEQUENCE_MS);
		if (n + 1 < sizeof(text))
			text[n++] = (char)(ch < 0x80 ? ch : '?');
		if (n > 1 && ch >= 0x40 && ch < 0x7F)
			break;
		if (n == 1 && is_string(ch))
			n = read_string(text, sizeof(text));
		if (text[0] != '[' && text[0] != 'O')
			break;
	}
	if (kind == KEY_CODE_YES ||
	    (kind == OK && n == 0)) /* Esc, and then another key or answer */
		ungetch((int)ch);
	while (n > 1 && n < 5 && strncmp(text, "[M", 2) == 0 && get_wch(&ch) == OK)
		text[n++] = (char)(ch < 0x80 ? ch : '?');
	nodelay(stdscr, TRUE);
	text[n] = '\0';
	if (n == 0)
		return K_ESC;
	if (in->answer(text))
		return K_TOLD;
	if (pointer_parse(text, &in->pointer))
		return K_MOUSE;
	for (size_t i = 0; i < sizeof(other_sequences) / sizeof(*other_sequences); i++)
		if (strcmp(text, other_sequences[i].bytes) == 0)
			return other_sequences[i].key;
	return K_OTHER;
}

/* What is between the brackets: never a key, whatever it looks like. */
static int read_paste(struct input *in)
{
	wint_t ch;
	int kind;
	while ((kind = get_wch(&ch)) != ERR) {
		int key = kind == OK && ch == K_ESC ? after_escape(in)
			  : kind == OK              ? K_NONE
			  : ch == KEY_ANSWER        ? K_ANSWER
						    : K_OTHER;
		if (key == K_PASTE_ENDS)
			break;
		if (key == K_ANSWER)
			return key;
		paste_add(&in->paste, key == K_NONE ? (int)ch : 0, clock_ms());
	}
	if (kind == ERR && !paste_silent(&in->paste, clock_ms()))
		return K_NONE;
	in->paste.open = false;
	return K_PASTE;
}

int input_key(struct input *in)
{
	wint_t ch;
	int kind;
	if (in->paste.open)
		return read_paste(in);
	kind = get_wch(&ch);
	if (kind == ERR)
		return K_NONE;
	if (kind != KEY_CODE_YES && ch == K_ESC)
		return after_escape(in);
	if (kind != KEY_CODE_YES)
		return ch == '\r' || ch == '\n'   ? K_ENTER
		       : ch == 0x7F || ch == '\b' ? K_BACKSPACE
						  : (int)ch;
	if (ch == KEY_ANSWER)
		return K_ANSWER;
	for (size_t i = 0; i < sizeof(curses_keys) / sizeof(*curses_keys); i++)
		if ((int)ch == curses_keys[i].curses)
			return curses_keys[i].key;
	return K_OTHER;
}
