#include "thaw/term/pointer.h"

#include <string.h>

#define PLACE_MOST 9999 /* no terminal is as large */

static enum pointer_what what_of(int button, bool let_go)
{
	button &= ~(4 | 8 | 16); /* shift, meta, control */
	if (let_go)
		return button == 64 || button == 65 ? POINTER_OTHER : POINTER_LET_GO;
	return button == 0    ? POINTER_PRESS
	       : button == 32 ? POINTER_DRAG /* moved */
	       : button == 64 ? POINTER_WHEEL_UP
	       : button == 65 ? POINTER_WHEEL_DOWN
			      : POINTER_OTHER;
}

/* Digits that end in `stop`; false when there are none or too many. */
static bool number(const char **at, const char *stops, int *value)
{
	size_t n = strspn(*at, "0123456789");
	*value = 0;
	if (n == 0 || n > 4 || !(*at)[n] || !strchr(stops, (*at)[n]))
		return false;
	for (size_t i = 0; i < n; i++)
		*value = *value * 10 + ((*at)[i] - '0');
	*at += n + 1;
	return *value <= PLACE_MOST;
}

bool pointer_parse(const char *sequence, struct pointer *p)
{
	int button, x, y;
	const char *at = sequence + 2;
	if (strncmp(sequence, "[M", 2) == 0 && strlen(at) == 3) {
		button = at[0] - ' ';
		x = (unsigned char)at[1] - '!';
		y = (unsigned char)at[2] - '!';
		if (button < 0 || x < 0 || y < 0)
			return false;
		*p = (struct pointer){what_of(button, (button & 3) == 3 && button < 64), x, y};
		return true;
	}
	if (strncmp(sequence, "[<", 2) != 0 || !number(&at, ";", &button) ||
	    !number(&at, ";", &x) || !number(&at, "Mm", &y) || *at || x < 1 || y < 1)
		return false;
	*p = (struct pointer){what_of(button, at[-1] == 'm'), x - 1, y - 1};
	return true;
}
