/* What the person looking has chosen, as opposed to what happened in the run: pages, cursors,
 * messages.
 *
 * screen = f(history, size, view). Nothing here is read from the run, except the few facts about
 * following it that no event tells: whether its trainer is alive, and how far a replay has come.
 */
#ifndef THAW_TUI_VIEW_H
#define THAW_TUI_VIEW_H

#include "thaw/history/history.h"
#include "thaw/tui/canvas.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum page { PAGE_TRAIN, PAGE_LAYERS, PAGE_CLASSES, PAGE_IMAGES, PAGE_LOG, PAGE_N };

/* A live run that has ended becomes a replay that stands at its end: the same screen, the same
 * keys. */
enum view_mode { VIEW_LIVE, VIEW_REPLAY };

enum prompt { PROMPT_NONE, PROMPT_LR, PROMPT_NEXT_PHASE, PROMPT_STOP, PROMPT_QUIT };

enum message_kind { MESSAGE_NONE, MESSAGE_INFO, MESSAGE_GOOD, MESSAGE_BAD };

struct view {
	enum page page;
	enum view_mode mode;
	const char *run_dir; /* borrowed */

	int layer;       /* under the cursor, -1 = the head */
	bool log_loss;   /* the loss on a logarithmic scale */
	int epochs_up;   /* rows the epoch table is scrolled up from its newest */
	int class_index; /* under the cursor */
	int probe;       /* under the cursor */
	int log_up;      /* rows the log is scrolled up from its newest */

	bool help;
	int help_down;
	enum prompt prompt;
	char input[64]; /* of PROMPT_LR */
	size_t input_len;

	enum message_kind message_kind;
	char message[512];

	bool linked;        /* commands can be sent */
	bool crashed;       /* no end in the log and no trainer alive */
	bool loading;       /* the log is still being read */
	double loaded;      /* share of the log that is read, 0..1 */
	int64_t elapsed_ms; /* of a live run, by the clock; -1 = what the history says */

	bool playing;
	double speed;
	size_t position, n_events; /* events shown, and read */
};

void view_init(struct view *v, enum view_mode mode, const char *run_dir);

/* Keep every cursor inside what the history has. */
void view_clamp(struct view *v, const struct history *h);

/* The layer under the cursor; -1 when there are none. */
int view_layer(const struct view *v, const struct history *h);

void view_message(struct view *v, enum message_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A replay, or a run that ended, of which everything is shown. */
bool view_at_end(const struct view *v);

#endif
