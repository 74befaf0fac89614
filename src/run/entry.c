#include "entry.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/base/run_files.h"
#include "thaw/run/resumable.h"
#include "thaw/event/log_check.h"
#include "thaw/run/run_log.h"

#include <stdlib.h>
#include <string.h>

#define FOLLOW_MS 250
#define EVENTS_AT_ONCE 64 /* between two looks at the clock */

struct entry *entry_new(const char *place_path, size_t place, const char *name)
{
	struct entry *e = xcalloc(1, sizeof(*e));
	struct history none;
	e->place = place;
	e->path = path_join(place_path, name);
	history_init(&none);
	run_summary_make(&e->row.run, &(struct run_facts){.path = e->path}, &none);
	history_release(&none);
	return e;
}

static void close_log(struct entry *e)
{
	log_reader_close(e->reader);
	e->reader = NULL;
	if (e->history)
		history_release(e->history);
	free(e->history);
	e->history = NULL;
}

void entry_free(struct entry *e)
{
	close_log(e);
	run_summary_release(&e->row.run);
	free(e->unsaved);
	free(e->path);
	free(e);
}

static struct run_facts facts_of(const struct entry *e)
{
	return (struct run_facts){.path = e->path,
				  .status = RUN_STATUS_CRASHED,
				  .resumable = e->resumable,
				  .changed = e->stamp.mtime_ns / 1000000,
				  .log_bytes = e->stamp.size};
}

static void say_broken(struct entry *e, const char *why)
{
	const struct run_facts f = facts_of(e);
	close_log(e);
	run_summary_release(&e->row.run);
	run_summary_broken(&e->row.run, &f, why);
	e->row.known = true;
	e->state = ENTRY_DONE;
}

/* The row, from the history. */
static void say_what_is(struct entry *e)
{
	struct run_facts f = facts_of(e);
	f.status = run_status(e->history, e->live);
	f.resumable =
	    f.resumable && f.status != RUN_STATUS_RUNNING && f.status != RUN_STATUS_FINISHED;
	if (f.status == RUN_STATUS_RUNNING && e->unsaved) {
		f.status = RUN_STATUS_UNSAVED;
		f.unsaved = e->unsaved;
	}
	run_summary_release(&e->row.run);
	run_summary_make(&e->row.run, &f, e->history);
	e->row.known = true;
	e->state = run_summary_live(&e->row.run) ? ENTRY_LIVE : ENTRY_DONE;
	if (e->state == ENTRY_DONE)
		close_log(e);
}

static bool ended(const struct entry *e)
{
	return e->row.known && !e->row.run.error && e->row.run.status != RUN_STATUS_CRASHED;
}

/* The summary as it was, but for what may be otherwise though the log is the same. */
static void say_as_before(struct entry *e, const struct run_summary *was)
{
	struct run_summary now = *was;
	const struct run_facts f = facts_of(e);
	now.name = e->row.run.name;
	now.path = e->row.run.path;
	now.resumable = f.resumable && was->status != RUN_STATUS_FINISHED;
	struct run_summary copy;
	run_summary_copy(&copy, &now);
	run_summary_release(&e->row.run);
	e->row.run = copy;
	e->row.known = true;
	e->state = ENTRY_DONE;
}

static bool is_gone(struct entry *e)
{
	bool was = e->state != ENTRY_NONE && e->state != ENTRY_NEW;
	close_log(e);
	e->state = ENTRY_NONE;
	e->row.known = false;
	return was;
}

/* The log is another than that of the row, or nothing is known of it. */
static bool look_anew(struct entry *e, const struct run_index *index)
{
	const char *name = path_base(e->path);
	const struct run_summary *was = index ? run_index_find(index, name, &e->stamp) : NULL;
	if (was && (was->status != RUN_STATUS_CRASHED || !e->live)) {
		say_as_before(e, was);
		return true;
	}
	bool fresh = e->state == ENTRY_NEW || e->state == ENTRY_NONE;
	e->state = ENTRY_WAITING;
	return fresh;
}

bool entry_look(struct entry *e, const struct run_index *index)
{
	struct folder f;
	struct folder_stamp stamp = {0};
	if (e->state == ENTRY_READING || e->state == ENTRY_WAITING)
		return false;
	if (folder_open(&f, e->path, NULL) || !folder_holds(&f, RUN_LOG)) {
		folder_close(&f);
		return is_gone(e);
	}
	folder_stamp(&f, RUN_LOG, &stamp);
	bool same = e->row.known && folder_stamp_same(&stamp, &e->stamp), changed = false;
	if (e->state != ENTRY_LIVE && !(same && ended(e))) {
		bool live = folder_locked(&f, RUN_LOCK);
		same = same && live == e->live;
		e->live = live;
		e->resumable = !run_keeps_checkpoint(&f, NULL);
		e->stamp = stamp;
		changed = !same && look_anew(e, index);
	}
	folder_close(&f);
	return changed;
}

static bool open_log(struct entry *e)
{
	struct errinfo why = {.code = ERR_OK};
	if (log_reader_open(&e->reader, e->path, &why)) {
		if (why.code == ERR_NOT_FOUND)
			is_gone(e);
		else
			say_broken(e, why.msg);
		return false;
	}
	e->history = xcalloc(1, sizeof(*e->history));
	history_init(e->history);
	e->state = ENTRY_READING;
	return true;
}

static void count_broken(void *arg, const struct errinfo *why)
{
	(void)why;
	history_broken(arg);
}

/* False: that is all for now. */
static bool fold_some(struct entry *e)
{
	struct event ev;
	for (int i = 0; i < EVENTS_AT_ONCE; i++) {
		if (!run_log_next(e->reader, &ev, count_broken, e->history))
			return false;
		history_apply(e->history, &ev);
		event_release(&ev);
	}
	return true;
}

bool entry_read(struct entry *e, int64_t deadline_ms, char *(*unsaved)(const char *path))
{
	struct errinfo why;
	if (e->state == ENTRY_WAITING && !open_log(e))
		return true;
	while (fold_some(e))
		if (clock_ms() >= deadline_ms)
			return false;
	if (e->history->seq == 0 && !e->live && log_explain(e->path, &why)) {
		say_broken(e, why.msg);
		return true;
	}
	if (e->live && unsaved && !e->unsaved && !e->history->ended)
		e->unsaved = unsaved(e->path);
	say_what_is(e);
	return true;
}

bool entry_follow(struct entry *e, int64_t now_ms, int64_t deadline_ms)
{
	struct folder f;
	if (e->state != ENTRY_LIVE || now_ms < e->next_ms)
		return false;
	e->next_ms = now_ms + FOLLOW_MS;
	if (folder_open(&f, e->path, NULL) || !folder_stamp(&f, RUN_LOG, &e->stamp)) {
		folder_close(&f);
		return is_gone(e);
	}
	bool was = e->live;
	int64_t seq = e->history->seq;
	e->live = folder_locked(&f, RUN_LOCK);
	e->resumable = !run_keeps_checkpoint(&f, NULL);
	folder_close(&f);
	while (fold_some(e))
		if (clock_ms() >= deadline_ms) {
			e->next_ms = now_ms;
			break;
		}
	if (e->live == was && e->history->seq == seq)
		return false;
	say_what_is(e);
	return true;
}

bool entry_unsaved(struct entry *e, const char *why)
{
	if (strcmp(e->unsaved ? e->unsaved : "", why ? why : "") == 0)
		return false;
	free(e->unsaved);
	e->unsaved = xstrdup(why);
	if (e->state == ENTRY_LIVE)
		say_what_is(e);
	return e->state == ENTRY_LIVE;
}
