/* Keys: their numbers and their names, in one table.
 *
 * A character stands for itself (its code point), the rest is enum key. Invariant: key_parse() of
 * key_name(k) is k, for every key that can be pressed.
 */
#ifndef THAW_TERM_KEY_H
#define THAW_TERM_KEY_H

#include <stdbool.h>

/* Keys beyond characters. */
enum key {
	K_NONE = 0x200000, K_UP, K_DOWN, K_LEFT, K_RIGHT, K_PAGE_UP, K_PAGE_DOWN, K_HOME, K_END,
	K_BACKTAB, K_BACKSPACE, K_ENTER, K_DELETE, K_INSERT,
	K_F1, K_F2, K_F3, K_F4, K_F5, K_F6, K_F7, K_F8, K_F9, K_F10, K_F11, K_F12,
	K_MOUSE, /* the pointer did something: term_pointer() says what */
	K_PASTE, /* text was pasted: term_paste() gives it */
	K_OTHER  /* a key without a meaning here */
};
#define K_CTRL(c) ((c) & 0x1F)
#define K_ESC 27
#define K_TAB 9

/* How a key is written on the help page: "q", "^L", "PgUp", "↑". It lives as briefly
 * as what words.h gives. */
const char *key_name(int key);

/* The key of a name as key_name() gives it or as people write it: "q", "ctrl-l", "^L", "pgup",
 * "up", "space", "f5"; 0 when there is no such key. */
int key_parse(const char *name);

/* The UTF-8 form of a character; false when the key is none. */
bool key_utf8(int key, char out[5]);

#endif
