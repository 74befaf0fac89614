#include "help_keys.h"
#include "page.h"
#include "panel.h"

static bool help_shown(const struct view *v)
{
	return v->help;
}

static void help_close(struct view *v)
{
	v->help = false;
}

static void summary_move(struct tui *t, int rows)
{
	const struct scene s = {&t->timeline.history, &t->view, NULL};
	int most = overlay_summary_most(&s, &t->canvas), down = t->view.summary_down + rows;
	t->view.summary_down = down > most ? most : down < 0 ? 0 : down;
}

static void summary_close(struct view *v)
{
	v->summary = false;
}

static bool range_shown(const struct view *v)
{
	return v->range;
}

static void range_close(struct view *v)
{
	v->range = false;
}

static bool trouble_shown(const struct view *v)
{
	return v->trouble;
}

/* They fit every screen. */
static void stay(struct tui *t, int rows)
{
	(void)t;
	(void)rows;
}

static void trouble_close(struct view *v)
{
	v->trouble = false;
}

static const struct overlay overlays[] = {
    {help_shown, help_move, help_close},
    {trouble_shown, stay, trouble_close},
    {range_shown, stay, range_close},
    {view_summary, summary_move, summary_close},
};

const struct overlay *overlay_shown(const struct view *v)
{
	for (size_t i = 0; i < sizeof(overlays) / sizeof(*overlays); i++)
		if (overlays[i].shown(v))
			return &overlays[i];
	return NULL;
}
