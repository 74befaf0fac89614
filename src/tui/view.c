#include "thaw/tui/view.h"

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
	v->layer = v->mark = -1;
	v->smooth = 0.9;
	v->speed = 1;
	v->elapsed_ms = -1;
}

static int clampi(int v, int n)
{
	return v >= n ? (n > 0 ? n - 1 : 0) : v < 0 ? 0 : v;
}

void view_clamp(struct view *v, const struct history *h)
{
	int n_classes = (int)(h->has_run ? h->run.n_classes : 0);
	if (v->layer >= 0)
		v->layer = clampi(v->layer, (int)h->n_layers);
	v->epochs_up = clampi(v->epochs_up, (int)h->n_epochs);
	v->class_index = clampi(v->class_index, n_classes);
	v->zoom = clampi(v->zoom, VIEW_ZOOM_MOST + 1);
	v->cross_iter = v->cross_iter > h->iter ? h->iter : v->cross_iter < 1 ? 1 : v->cross_iter;
	v->probe = clampi(v->probe, (int)h->n_probes);
	v->mistake = clampi(v->mistake, (int)h->n_mistakes);
	v->points_up = clampi(v->points_up, (int)h->n_epochs);
	v->log_up = clampi(v->log_up, (int)(h->n_notes + h->n_markers));
}

int view_layer(const struct view *v, const struct history *h)
{
	if (h->n_layers == 0)
		return -1;
	return clampi(v->layer < 0 ? (int)h->head : v->layer, (int)h->n_layers);
}

bool view_marked(const struct view *v, const struct history *h, int *lo, int *hi)
{
	int at = view_layer(v, h), mark = v->mark < 0 ? at : clampi(v->mark, (int)h->n_layers);
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

bool view_summary(const struct view *v)
{
	return v->summary && v->page == PAGE_TRAIN && view_at_end(v);
}

bool view_at_end(const struct view *v)
{
	return v->mode == VIEW_REPLAY && !v->loading && v->position == v->n_events;
}
