#include "app.h"

#include "panel.h"
#include "thaw/base/clock.h"

#include <stdarg.h>
#include <stdio.h>

#define MESSAGE_MS 9000      /* how long a message stays */

void app_say(struct tui *t, enum message_kind kind, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	view_message(&t->view, kind, "%s", text);
	t->message_until_ms = clock_ms() + MESSAGE_MS;
	t->dirty = true;
}

bool app_live(struct tui *t)
{
	if (t->view.mode == VIEW_LIVE && t->view.watch)
		app_say(t, MESSAGE_BAD,
			"watching only; start without --watch to have the controls");
	if (t->view.mode == VIEW_LIVE)
		return !t->view.watch;
	bool ended = t->timeline.history.ended && view_at_end(&t->view);
	if (ended && t->timeline.history.end.status == END_FAILED)
		app_say(t, MESSAGE_BAD,
			"the run has failed; `thaw resume` goes on with it, s tells how");
	else
		app_say(t, MESSAGE_BAD, "%s; there is nothing to control",
			ended ? "the run has ended" : "this is a replay");
	return false;
}

void app_command(struct tui *t, enum command_type type, const char *arg)
{
	struct errinfo e = {.code = ERR_OK};
	if (!app_live(t))
		return;
	if (link_send(&t->link, type, arg, &e))
		app_say(t, MESSAGE_BAD, "%s", e.msg);
	else
		app_say(t, MESSAGE_INFO, "asked: %s%s%s …", command_table[type].name,
			arg ? " " : "", arg ? arg : "");
}

/* The controls are another's, or other people watch. */
static void learn_controls(struct tui *t, const struct reply *r)
{
	struct view *v = &t->view;
	char before[sizeof(v->controls)];
	bool ours = v->controls_ours, asked = t->taking;
	snprintf(before, sizeof(before), "%s", v->controls);
	snprintf(v->controls, sizeof(v->controls), "%s", r->controls);
	v->controls_ours = r->yours;
	v->viewers = (int)r->viewers;
	t->taking = asked && !r->yours;
	t->dirty = true;
	if (r->yours && asked)
		app_say(t, MESSAGE_GOOD, "you have the controls now%s%s",
			*before           ? ", not "
			: v->viewers < 2 ? "; the next theme is on C"
					 : "",
			before);
	else if (r->yours && !ours && *before)
		app_say(t, MESSAGE_INFO, "%s gave you the controls back", before);
	else if (ours && !r->yours)
		app_say(t, MESSAGE_BAD, "%s has taken the controls; t takes them back",
			*v->controls ? v->controls : "somebody");
	else if (!*v->controls && *before && v->viewers > 1)
		app_say(t, MESSAGE_INFO, "%s has left the controls; they are anybody's", before);
}

void app_take(struct tui *t)
{
	struct errinfo e = {.code = ERR_OK};
	if (!app_live(t))
		return;
	if (t->view.controls_ours)
		app_say(t, MESSAGE_INFO, "you have the controls");
	else if (link_take(&t->link, &e))
		app_say(t, MESSAGE_BAD, "%s", e.msg);
	else
		t->taking = true;
}

void app_reply(void *arg, const struct reply *r)
{
	struct tui *t = arg;
	if (r->controls) {
		learn_controls(t, r);
		return;
	}
	if (r->unsaved) {
		bool over = *t->view.unsaved && !*r->unsaved;
		snprintf(t->view.unsaved, sizeof(t->view.unsaved), "%s", r->unsaved);
		t->dirty = true;
		if (over)
			app_say(t, MESSAGE_GOOD, "everything is saved, the run goes on");
		return;
	}
	app_say(t, !r->ok ? MESSAGE_BAD : r->id ? MESSAGE_GOOD : MESSAGE_INFO, "%s%s",
		r->ok ? "" : "refused: ", r->msg ? r->msg : "");
}

/* The log page stays where it has been scrolled to, whatever comes in below. */
static int lines_of_log(const struct tui *t)
{
	const struct view *v = &t->view;
	return v->log_up > 0 ? log_count(&t->timeline.history, v->lists[LIST_LOG].filter) : 0;
}

static void keep_log(struct tui *t, int before)
{
	struct view *v = &t->view;
	v->log_up += lines_of_log(t) - before;
	v->log_up = v->log_up < 0 ? 0 : v->log_up;
}

void app_seek(struct tui *t, size_t n)
{
	int before = lines_of_log(t);
	timeline_seek(&t->timeline, n);
	keep_log(t, before);
}

bool app_read(struct tui *t, int64_t budget_ms)
{
	int before = lines_of_log(t);
	bool live = t->view.mode == VIEW_LIVE, more = timeline_read(&t->timeline, budget_ms, live);
	if (live)
		timeline_seek(&t->timeline, t->timeline.n);
	keep_log(t, before);
	return more;
}

void app_page(struct tui *t, int page)
{
	t->view.lacks = view_lacks(&t->timeline.history);
	if (!page_offered(&t->view, page)) {
		app_say(t, MESSAGE_INFO, "the log holds nothing for %s", page_names[page]);
		return;
	}
	if (view_summary(&t->view))
		t->view.summary = false; /* told once; s brings it back */
	t->view.page = (enum page)page;
	t->view.mark = -1;
}
