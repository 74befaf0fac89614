#include "thaw/tui/speed.h"

#include "thaw/base/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PLEASANT_MS 40000.0

static const double steps[] = {SPEED_LEAST, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, SPEED_MOST};
enum { N_STEPS = sizeof(steps) / sizeof(*steps) };

enum err speed_parse(struct speed *out, const char *text, struct errinfo *e)
{
	char *end;
	double v = strtod(text, &end);
	bool plain = *text && !text[strspn(text, "0123456789.")];
	bool number = plain && !*end && v >= SPEED_LEAST && v <= SPEED_MOST;
	if (strcasecmp(text, "recorded") == 0)
		*out = (struct speed){1, true};
	else if (number)
		*out = (struct speed){v, false};
	else
		return err_set(e, ERR_VALUE,
			       "speed is a number from %g to %g (1 = as it happened), or recorded "
			       "(its pauses, too), not '%.40s'",
			       SPEED_LEAST, SPEED_MOST, text);
	return ERR_OK;
}

struct speed speed_next(struct speed s, int direction)
{
	int i = direction > 0 ? 0 : N_STEPS - 1;
	while (direction > 0 ? i < N_STEPS - 1 && steps[i] <= s.factor
			     : i > 0 && steps[i] >= s.factor)
		i += direction;
	return (struct speed){steps[i], false};
}

struct speed speed_pleasant(int64_t active_ms)
{
	int i = N_STEPS - 1;
	while (i > 0 && steps[i] * PLEASANT_MS > (double)active_ms)
		i--;
	return (struct speed){steps[i], false};
}

const char *speed_words(struct speed s)
{
	char *b = words_buffer();
	snprintf(b, WORDS_SIZE, s.recorded ? "recorded" : "×%.4g", s.factor);
	return b;
}

bool speed_waits(struct speed s, int64_t wait_ms)
{
	return (double)wait_ms > SPEED_WAIT_MS * s.factor;
}

double speed_rate(struct speed s, int64_t wait_ms)
{
	return speed_waits(s, wait_ms) && !s.recorded ? (double)wait_ms / SPEED_WAIT_MS : s.factor;
}
