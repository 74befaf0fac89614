/* The running viewer: what the loop, the keys and the replay share. */
#ifndef TUI_APP_H
#define TUI_APP_H

#include "link.h"
#include "thaw/tui/timeline.h"
#include "thaw/tui/tui.h"
#include "thaw/tui/view.h"
#include "thaw/wire/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct tui {
	struct view view;
	struct timeline timeline;
	struct link link;
	struct loop *loop;
	struct canvas canvas;

	char *log_path, *lock_path;
	bool quit, dirty, urgent; /* urgent: the person did something, draw at once */
	int signo;                /* that ended the viewer, 0 = none */
	bool redraw;              /* everything, not the difference alone */
	bool more;                /* the log has more to read at once */

	int64_t opened_ms, drawn_ms, tick_ms, message_until_ms;
	int64_t event_ms;      /* when the newest event came, by our clock */
	int64_t checked_ms;    /* when the trainer was last looked for */
	int times_missing;     /* in a row */
	int64_t ended_ms;      /* when the run ended before our eyes, 0 = it did not */
	double play_ms;        /* moment of the run a replay stands at */
	double asked_speed;
};

/* app.c: what happens to the run. */
void app_tick(struct tui *t, int64_t now);
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
void replay_faster(struct tui *t, int direction);

/* prompt.c: true when a prompt took the key. */
bool prompt_key(struct tui *t, int key);
void prompt_open(struct tui *t, int prompt);

/* action.c */
void app_key(struct tui *t, int key);

#endif
