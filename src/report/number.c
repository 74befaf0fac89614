#include "number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void number_add(struct strbuf *out, double v)
{
	char text[40];
	if (isnan(v)) {
		strbuf_addstr(out, "nan");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	strbuf_addstr(out, text);
}
