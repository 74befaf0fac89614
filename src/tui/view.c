#include "thaw/tui/view.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const page_names[PAGE_N] = {
#define PAGE_NAME(id, layout, name, ...) [PAGE_##id] = name,
    PAGES(PAGE_NAME)
#undef PAGE_NAME
};

void view_init(struct view *v, enum view_mode mode, const char *run_dir)
{
	memset(v, 0, sizeof(*v));
	v->mode = mode;
	v->run_dir = run_dir;
	v->layer = v->mark = v->class_index = -1;
	v->smooth = 0.9;
	v->title = v->bell = true;
	v->speed.factor = 1;
	v->elapsed_ms = -1;
	v->lacks = LACK_METRICS; /* few have any */
}

int view_within(int v, size_t n)
{
	int count = n > INT_MAX ? INT_MAX : (int)n;
	return v >= count ? (count > 0 ? count - 1 : 0) : v < 0 ? 0 : v;
}

int view_layer(const struct view *v, const struct history *h)
{
	if (h->n_layers == 0)
		return -1;
	return view_within(v->layer < 0 ? (int)h->head : v->layer, h->n_layers);
}

bool view_marked(const struct view *v, const struct history *h, int *lo, int *hi)
{
	int at = view_layer(v, h), mark = v->mark < 0 ? at : view_within(v->mark, h->n_layers);
	*lo = *hi = 0;
	if (at < 0)
		return false;
	*lo = mark < at ? mark : at;
	*hi = mark < at ? at : mark;
	return v->mark >= 0;
}

void view_message(struct view *v, enum message_kind kind, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(v->message, sizeof(v->message), fmt, ap);
	va_end(ap);
	v->message_kind = kind;
}

void view_ask(struct view *v, enum prompt prompt)
{
	v->prompt = prompt;
	edit_set(&v->input, "");
	view_aside(v, false, "");
}

void view_aside(struct view *v, bool bad, const char *text)
{
	snprintf(v->aside, sizeof(v->aside), "%.500s", text);
	v->aside_bad = bad;
}

bool view_summary(const struct view *v)
{
	return v->summary && v->page == PAGE_TRAIN && view_at_end(v);
}

bool view_at_end(const struct view *v)
{
	return v->mode == VIEW_REPLAY && !v->loading && v->position == v->n_events;
}
