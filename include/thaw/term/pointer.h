/* The mouse: what terminals send about it.
 *
 * The sequences are those of xterm's SGR mode (1006), "[<B;X;YM" behind the Esc; older terminals
 * send "[M" and three characters.
 */
#ifndef THAW_TERM_POINTER_H
#define THAW_TERM_POINTER_H

#include <stdbool.h>

enum pointer_what {
	POINTER_PRESS, /* these three choose and scroll; those behind them may be left alone */
	POINTER_WHEEL_UP,
	POINTER_WHEEL_DOWN,
	POINTER_DRAG,   /* moved, the button down */
	POINTER_LET_GO,
	POINTER_OTHER   /* another button */
};

struct pointer {
	enum pointer_what what;
	int x, y; /* cells from 0 */
};

#define POINTER_ON "\x1b[?1000h\x1b[?1002h\x1b[?1006h" /* presses; moves with a button down, too */
#define POINTER_OFF "\x1b[?1006l\x1b[?1002l\x1b[?1000l"

/* Read a sequence, without its Esc. False when it is not one of a mouse. */
bool pointer_parse(const char *sequence, struct pointer *p);

#endif
