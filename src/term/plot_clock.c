#include "thaw/term/plot_clock.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define DAY 86400.0

static size_t write_seconds(char *out, size_t size, const struct tm *tm)
{
	return strftime(out, size, "%H:%M:%S", tm);
}

static size_t write_minutes(char *out, size_t size, const struct tm *tm)
{
	return strftime(out, size, "%H:%M", tm);
}

static size_t write_hours(char *out, size_t size, const struct tm *tm)
{
	return strftime(out, size, "%d. %H:%M", tm);
}

static size_t write_day(char *out, size_t size, const struct tm *tm)
{
	return strftime(out, size, "%m-%d", tm);
}

static size_t write_date(char *out, size_t size, const struct tm *tm)
{
	return strftime(out, size, "%Y-%m-%d", tm);
}

typedef size_t write_fn(char *out, size_t size, const struct tm *tm);

/* From one round time to the next, how that is written, and in how many columns. */
static const struct {
	double seconds;
	write_fn *write;
	int w;
} steps[] = {
    {1, write_seconds, 8},      {5, write_seconds, 8},        {15, write_seconds, 8},
    {60, write_minutes, 5},     {300, write_minutes, 5},      {900, write_minutes, 5},
    {3600, write_minutes, 5},   {3 * 3600, write_minutes, 5}, {6 * 3600, write_hours, 9},
    {DAY, write_day, 5},        {7 * DAY, write_day, 5},      {30 * DAY, write_date, 10},
    {90 * DAY, write_date, 10}, {365 * DAY, write_date, 10},  {3650 * DAY, write_date, 10},
};
enum { N_STEPS = sizeof(steps) / sizeof(*steps) };

/* What the local clock is ahead of UTC then, in seconds. */
static double ahead(double at)
{
	time_t t = (time_t)at;
	struct tm tm;
	return localtime_r(&t, &tm) ? (double)tm.tm_gmtoff : 0;
}

static int step_for(const struct plot *p)
{
	int i = 0;
	while (i + 1 < N_STEPS && (p->x1 - p->x0) / steps[i].seconds * (steps[i].w + 3) > p->r.w)
		i++;
	return i;
}

static int draw_time(struct plot *p, double at, write_fn *write, int from)
{
	char label[32];
	time_t t = (time_t)llround(at);
	struct tm tm;
	int column = plot_column(p, at);
	if (column < 0 || !localtime_r(&t, &tm) || !write(label, sizeof(label), &tm))
		return from;
	int w = (int)strlen(label), last = p->r.x + p->r.w - w, x = column - w / 2;
	x = x > last ? last : x < p->r.x ? p->r.x : x;
	if (x < from)
		return from;
	canvas_text(p->canvas, x, p->r.y + p->r.h, w, STYLE(INK_MUTED), label);
	return x + w + 1;
}

void plot_clock_axis(struct plot *p, int from)
{
	int i = step_for(p), next = p->r.x, y = p->r.y + p->r.h;
	double step = steps[i].seconds, zone = ahead(p->x0);
	canvas_fill(p->canvas, (struct rect){from, y, p->r.x + p->r.w - from, 1}, STYLE(INK_NONE));
	if (!(fabs(p->x1) < 1e12)) /* no time of ours */
		return;
	for (double k = ceil((p->x0 + zone) / step); k * step - zone <= p->x1; k++)
		next = draw_time(p, k * step - zone, steps[i].write, next);
}
