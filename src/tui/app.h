/* The running viewer: what the loop, the keys and the replay share. */
#ifndef TUI_APP_H
#define TUI_APP_H

#include "line_history.h"
#include "thaw/tui/pointer.h"
#include "thaw/tui/timeline.h"
#include "thaw/tui/tui.h"
#include "thaw/tui/view.h"
#include "thaw/wire/loop.h"
#include "thaw/wire/link.h"

#include <stdbool.h>
#include <stdint.h>

struct tui {
	struct view view;
	struct timeline timeline;
	struct link link;
	struct loop *loop;
	struct canvas canvas;

	const struct quiz *quiz; /* NULL = there is none */
	char *scores_path;       /* of the quiz; NULL when this person has no home */

	struct folder run; /* not open: the log lies alone */
	bool quit, dirty, urgent; /* urgent: the person did something, draw at once */
	int signo;                /* that ended the viewer, 0 = none */
	bool redraw;              /* everything, not the difference alone */
	bool behind;              /* the terminal does not show all of the canvas yet */
	int room_fd;              /* where room for more bytes is waited for, -1 = nowhere */
	bool more;                /* the log has more to read at once */

	int64_t opened_ms, drawn_ms, tick_ms, message_until_ms;
	int64_t event_ms;      /* when the newest event came, by our clock */
	int64_t link_ms;       /* when the rate to the terminal was last told */
	int64_t checked_ms;    /* when the trainer was last looked for */
	int times_missing;     /* in a row */
	int64_t ended_ms;      /* when the run ended before our eyes, 0 = it did not */
	double play_ms;        /* moment of the run a replay stands at */
	double asked_speed;
	struct line_history lines; /* typed after ":" */
};

/* app.c: what happens to the run. */
void app_tick(struct tui *t, int64_t now);
void app_seek(struct tui *t, size_t n); /* show the first n events */
void app_read(struct tui *t, int64_t now);
void app_say(struct tui *t, enum message_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool app_live(struct tui *t); /* otherwise says why nothing can be controlled */
void app_command(struct tui *t, enum command_type type, const char *arg);
void app_reply(void *arg, const struct reply *r);

/* replay.c */
void replay_start(struct tui *t, int64_t now); /* the log is read: choose a speed and begin */
void replay_stand_at_end(struct tui *t);
void replay_advance(struct tui *t, double elapsed_ms);
void replay_toggle(struct tui *t, int arg);
void replay_step(struct tui *t, int direction);
void replay_jump(struct tui *t, int to_end);
bool app_goto_epoch(struct tui *t, int64_t epoch); /* false: there is no such one */
void replay_faster(struct tui *t, int direction);

/* control.c: what steers the training */
void control_choose(struct tui *t, int which); /* show what a choice would do; the second time do it */
bool control_preview(struct tui *t, enum choice which, char *why, size_t size); /* false: why not */
void control_apply(struct tui *t);             /* what the preview shows */
void control_mark(struct tui *t, int arg);
void control_lr(struct tui *t, int direction);
void control_pause(struct tui *t, int arg);
void control_undo(struct tui *t, int arg);

/* pointer.c: the mouse did something */
void app_pointer(struct tui *t, const struct pointer *p);

/* learn.c: the quiz, and how the run ended; true when the quiz took the key */
void learn_quiz(struct tui *t, int arg);
bool learn_key(struct tui *t, int key);
void learn_summary(struct tui *t, int arg);
void learn_scroll_lesson(struct tui *t, int rows);
bool learn_scroll_summary(struct tui *t, int rows); /* false when it is not shown */

/* chart_keys.c */
void chart_zoom(struct tui *t, int direction);
void chart_recent(struct tui *t, int arg);
void chart_cross(struct tui *t, int arg);
void chart_left_right(struct tui *t, int direction); /* the crosshair; an epoch of a replay */

/* prompt.c: true when a prompt took the key. */
bool prompt_key(struct tui *t, int key);

/* command_line.c */
void command_line_key(struct tui *t, int key);
void prompt_open(struct tui *t, int prompt);

/* action.c */
struct action;
void app_key(struct tui *t, int key);
void app_page(struct tui *t, int page);
void action_run(struct tui *t, const struct action *a);

#endif
