/* What the person looking has chosen, as opposed to what happened in the run: pages, cursors,
 * messages.
 *
 * screen = f(history, size, view). Nothing here is read from the run, except the few facts about
 * following it that no event tells: whether its trainer is alive, and how far a replay has come.
 */
#ifndef THAW_TUI_VIEW_H
#define THAW_TUI_VIEW_H

#include "thaw/history/history.h"
#include "thaw/run/timeline.h"
#include "thaw/term/canvas.h"
#include "thaw/tui/choice.h"
#include "thaw/tui/speed.h"
#include "thaw/term/edit.h"
#include "thaw/learn/scores.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The pages, one row each: X(ID, layout, name, action, key, help). The enum, the tabs, the layouts
 * (layout_LAYOUT in layout.c), the actions and with them the help all come from here. */
/* clang-format off */
#define PAGES(X)                                                                                   \
	X(TRAIN, train, "Train", "page-train", '1', "Train: curves, epochs, layers, predictions")  \
	X(LAYERS, layers, "Layers", "page-layers", '2', "Layers: every layer and its state")       \
	X(CLASSES, classes, "Classes", "page-classes", '3',                                        \
	  "Classes: confusion matrix and figures")                                                 \
	X(IMAGES, images, "Images", "page-images", '4',                                            \
	  "Images: the probe images over the epochs")                                              \
	X(LOG, log, "Log", "page-log", '5', "Log: what happened, and when")                        \
	X(LEARN, learn, "Learn", "page-learn", '6', "Learn: what each stage is for; a quiz")       \
	X(METRICS, metrics, "Metrics", "page-metrics", '7',                                        \
	  "Metrics: each figure that the log has a name for")
/* clang-format on */

enum page {
#define PAGE_ENUM(id, ...) PAGE_##id,
	PAGES(PAGE_ENUM)
#undef PAGE_ENUM
	    PAGE_N
};

extern const char *const page_names[PAGE_N];

/* A live run that has ended becomes a replay that stands at its end: the same screen, the same
 * keys. */
enum view_mode { VIEW_LIVE, VIEW_REPLAY };

enum prompt {
	PROMPT_NONE, PROMPT_LR, PROMPT_NEXT_PHASE, PROMPT_STOP, PROMPT_QUIT,
	PROMPT_BACK,    /* to the point in view.typed */
	PROMPT_BRANCH,  /* off the point in view.typed */
	PROMPT_COMMAND, /* ":" */
	PROMPT_FILTER,  /* "/" */
	PROMPT_HELP     /* "/" in the help */
};

/* What pages list; see list.h. */
enum list_id {
	LIST_CLASSES, LIST_LAYERS, LIST_PROBES, LIST_MISTAKES, LIST_POINTS, LIST_LOG, LIST_SERIES,
	LIST_N /* also: no list */
};

struct list_view {
	int sort;     /* which of its orders, from 1; 0 = the one it begins with */
	bool reverse;
	char filter[EDIT_MAX]; /* an extended regular expression, "" = none */
};

#define PROMPT_ANSWERS "y: yes · n or Esc: no" /* to a question */

/* What a log does not hold, and will not: pages that would show it are not offered, panels have no room.
 * Of one of ours that is known once it has trained; of another program's at once. */
enum lack {
	LACK_STAGES = 1 << 0, /* the five stages, the plan: what only ours have */
	LACK_LAYERS = 1 << 1,
	LACK_CLASSES = 1 << 2,
	LACK_IMAGES = 1 << 3,
	LACK_ACCURACY = 1 << 4,
	LACK_RATE = 1 << 5,
	LACK_SPEED = 1 << 6,
	LACK_METRICS = 1 << 7, /* figures under names of their own */
	LACK_EPOCHS = 1 << 8
};

enum message_kind { MESSAGE_NONE, MESSAGE_INFO, MESSAGE_GOOD, MESSAGE_BAD };

/* A change of a learning rate that is not sent yet: keys may still add to it, or it is large and
 * waits for Enter. */
struct rate_change {
	bool on, asks;
	bool known;            /* it is the rate, and the log tells what that is */
	double was, value;     /* the rate, or a multiplier */
	char layers[EDIT_MAX]; /* whose multipliers; "" = it is the rate of all */
	char typed[EDIT_MAX];  /* as it was typed; "" = it comes from keys */
	int64_t due_ms;        /* when the keys have rested, on the monotonic clock */
};

/* NOTIFY_TMUX: also through tmux, which was told to hand it on. */
enum notify { NOTIFY_OFF, NOTIFY_ON, NOTIFY_TMUX };

struct view {
	enum page page;
	enum view_mode mode;
	const char *run_dir; /* borrowed */

	int focus, whole; /* enum panel_id: with the focus, enlarged to the page; 0 = as the page
			   * has it, none */
	int layer;       /* under the cursor, -1 = the head */
	bool log_loss;   /* the loss on a logarithmic scale */
	double smooth;   /* of the training curve, 0 (as it is) to 0.99 */
	int zoom;        /* the charts show 1/2^zoom of the run so far */
	bool cross;      /* the crosshair is shown */
	int64_t cross_iter;
	int epochs_up;   /* rows the epoch table is scrolled up from its newest */
	int class_index; /* under the cursor; -1 = the first of the list */
	int probe;       /* under the cursor */
	bool shares;     /* the confusion matrix in shares of a row, not in counts */
	bool mistakes;   /* Images: the worst mistakes of the validation, not the probes */
	int mistake;     /* under the cursor */
	bool look;       /* Images: where the network looks, over every picture */
	bool trace;      /* Images: the way of one probe through the network, in the page's place */
	int log_up;      /* rows the log is scrolled up from its newest */
	int lesson_down; /* rows the lesson is scrolled down */
	int series;      /* Metrics: under the cursor */
	bool series_open;  /* Metrics: that one in the page's place */
	bool series_log;   /* Metrics: on a logarithmic scale, where they can be */
	bool series_cross; /* Metrics: the crosshair is shown, */
	int64_t series_iter; /* at this iteration */
	int points_up;   /* Learn: epochs from the newest back to the one under the cursor */

	bool quiz_on;             /* Learn: the quiz in the page's place */
	struct quiz_round *round; /* borrowed; NULL before the first try and without a quiz */
	const char *quiz_why;     /* borrowed; why there is no quiz, NULL = there is one */
	struct scores scores;     /* of earlier tries */

	bool preparing; /* Train: the stages have the room of the curves; view_clamp() tells */
	bool summary; /* Train: how the run ended, over the page */
	int summary_down;

	bool range; /* the newest learning-rate range test, over the page */

	bool help;
	int help_down, help_at;     /* the row at its top; the one that was found */
	char help_sought[EDIT_MAX]; /* "" = nothing */
	enum prompt prompt;
	struct edit input; /* of the prompts that are typed into */
	char aside[512];   /* below a prompt: what completes the text, or what is wrong with it */
	bool aside_bad;

	int mark;            /* where a range of layers began that goes to the cursor; -1 = none */
	enum choice preview; /* a choice that is shown and waits for Enter */
	char typed[EDIT_MAX]; /* layers of CHOICE_FREEZE, CHOICE_UNFREEZE and CHOICE_ONLY */
	struct rate_change rate;
	bool trouble;          /* the run asks what to do after accidents, over the page */
	struct list_view lists[LIST_N]; /* how each list is ordered and filtered */
	bool mouse;          /* the pointer is listened to */
	bool title, bell;    /* of the window; when the run ends or waits for somebody */
	enum notify notify;  /* then, on the desktop */

	enum message_kind message_kind;
	char message[512];

	bool linked;        /* commands can be sent */
	bool watch;         /* and never will be */
	char controls[64];  /* who has the controls of the run; "" = nobody, or it is not known */
	bool controls_ours;
	int viewers;        /* people who watch it, this one among them; 0 = not known */
	char lost[256];     /* why nothing comes from the run's machine: the link; "" = it does */
	char unsaved[256];  /* why the run cannot save, and waits; "" = it can */
	bool lone_log;      /* run_dir is a log without a directory around it */
	bool crashed;       /* no end in the log and no trainer alive */
	bool alive;         /* of a replay: a trainer was at work as it began */
	unsigned lacks;     /* bits of enum lack, of what is shown now (view_clamp()) */
	bool loading;       /* the log is still being read */
	double loaded;      /* share of the log that is read, 0..1 */
	int64_t elapsed_ms; /* of a live run, by the clock; -1 = what the history says */

	bool playing;
	struct speed speed;
	size_t position, n_events; /* events shown, and read */
	int64_t play_ms; /* the moment of the run that a replay has come to */
	const struct timeline *log; /* of a replay, all that its bar shows; borrowed; NULL = no bar */
};

void view_init(struct view *v, enum view_mode mode, const char *run_dir);

#define VIEW_ZOOM_MOST 10

/* What a history does not hold, as bits of enum lack (lacks.c). */
unsigned view_lacks(const struct history *h);
bool page_offered(const struct view *v, int page); /* there is something to show on it */

/* Keep every cursor, and the page, inside what the history has (pages.c). */
void view_clamp(struct view *v, const struct history *h);

/* A cursor within a list of n: 0 in an empty one. */
int view_within(int v, size_t n);

/* The layer under the cursor; -1 when there are none. */
int view_layer(const struct view *v, const struct history *h);

/* The marked layers, both ends included; without a mark the layer under the cursor. False when that
 * is so, or when there are no layers (both are 0 then). */
bool view_marked(const struct view *v, const struct history *h, int *lo, int *hi);

void view_message(struct view *v, enum message_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

void view_ask(struct view *v, enum prompt prompt); /* open an empty prompt */
void view_aside(struct view *v, bool bad, const char *text); /* say something below it */

/* A replay, or a run that ended, of which everything is shown. */
bool view_at_end(const struct view *v);

/* The summary lies over the page that is shown. */
bool view_summary(const struct view *v);

#endif
