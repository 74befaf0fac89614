#include "names.h"
#include "thaw/event/event.h"

#define NAMES(list)                                                                                \
	{                                                                                          \
		list, sizeof(list) / sizeof((list)[0]), NULL                                       \
	}
#define NAME_LIST(id, ...)                                                                         \
	static const char *const id##_strings[] = {__VA_ARGS__};                                   \
	const struct name_list id##_names = NAMES(id##_strings)

NAME_LIST(cause, "phase", "user", "undo", "nonfinite", "schedule", "rerun", "diverged", "resume",
	  "rule", "accident", "back");
NAME_LIST(stage, "load", "replace", "freeze", "head", "tune");
NAME_LIST(stage_state, "started", "done", "skipped");
NAME_LIST(note_level, "info", "warn", "error", "darknet");
NAME_LIST(end_status, "finished", "stopped", "failed");
/* The end of a pause was "resumed" until that meant going on with a run. */
static const char *const control_strings[] = {"paused",   "unpaused",  "next-phase",
					      "stopping", "continued", "back",
					      "taken",    "given-up",  "ending",
					      "keep-going"};
static const char *const control_old[CONTROL_N] = {[CONTROL_UNPAUSED] = "resumed"};
const struct name_list control_names = {control_strings, CONTROL_N, control_old};
NAME_LIST(origin, "none", "loaded", "initialised");
NAME_LIST(checkpoint, "epoch", "best", "last");
NAME_LIST(range_state, "running", "found", "flat", "diverged", "cancelled");
NAME_LIST(progress, "features", "ridge", "valid", "save", "range");

#define SAME_LENGTH(id, n)                                                                         \
	_Static_assert(sizeof(id##_strings) / sizeof(id##_strings[0]) == (n), #id " names")
SAME_LENGTH(cause, CAUSE_N);
SAME_LENGTH(stage, STAGE_N);
SAME_LENGTH(stage_state, STAGE_STATE_N);
SAME_LENGTH(note_level, NOTE_LEVEL_N);
SAME_LENGTH(end_status, END_STATUS_N);
SAME_LENGTH(control, CONTROL_N);
SAME_LENGTH(origin, ORIGIN_N);
SAME_LENGTH(checkpoint, CHECKPOINT_N);
SAME_LENGTH(range_state, RANGE_STATE_N);
SAME_LENGTH(progress, PROGRESS_N);

const char *cause_name(int64_t cause)
{
	return name_at(&cause_names, cause);
}

const char *stage_name(int64_t stage)
{
	return name_at(&stage_names, stage);
}

const char *stage_title(int64_t stage)
{
	static const char *const titles[STAGE_N] = {
	    [STAGE_LOAD] = "Load pretrained model",  [STAGE_REPLACE] = "Replace last layer",
	    [STAGE_FREEZE] = "Freeze base",          [STAGE_HEAD] = "Train last layer",
	    [STAGE_TUNE] = "Unfreeze and fine-tune",
	};
	static const struct name_list list = NAMES(titles);
	return name_at(&list, stage);
}

const char *end_status_name(int64_t status)
{
	return name_at(&end_status_names, status);
}

const char *control_name(int64_t what)
{
	return name_at(&control_names, what);
}

const char *note_level_name(int64_t level)
{
	return name_at(&note_level_names, level);
}

const char *origin_name(int64_t origin)
{
	return name_at(&origin_names, origin);
}

const char *range_state_name(int64_t state)
{
	return name_at(&range_state_names, state);
}

const char *checkpoint_kind_name(int64_t kind)
{
	return name_at(&checkpoint_names, kind);
}

const char *progress_name(int64_t what)
{
	return name_at(&progress_names, what);
}

const char *progress_title(int64_t what)
{
	static const char *const titles[PROGRESS_N] = {
	    [PROGRESS_FEATURES] = "head: features", [PROGRESS_RIDGE] = "head: ridge",
	    [PROGRESS_VALID] = "validating",        [PROGRESS_SAVE] = "saving",
	    [PROGRESS_RANGE] = "range test",
	};
	static const struct name_list list = NAMES(titles);
	return name_at(&list, what);
}

const char *progress_after(int64_t what)
{
	static const char *const ends[PROGRESS_N] = {
	    [PROGRESS_FEATURES] = "the head's start", [PROGRESS_RIDGE] = "the head's start",
	    [PROGRESS_VALID] = "validation",          [PROGRESS_SAVE] = "saving",
	    [PROGRESS_RANGE] = "the range test",
	};
	static const struct name_list list = NAMES(ends);
	return name_at(&list, what);
}
