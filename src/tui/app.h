/* The running viewer: its state, which the loop, the keys and the replay share, and what all of
 * them do with it. */
#ifndef TUI_APP_H
#define TUI_APP_H

#include "line_history.h"
#include "thaw/run/timeline.h"
#include "thaw/term/pointer.h"
#include "thaw/tui/tui.h"
#include "thaw/tui/view.h"
#include "thaw/wire/loop.h"
#include "thaw/wire/link.h"

#include <stdbool.h>
#include <stdint.h>

#define VIEW_SETTING_MAX 64 /* bytes of what is set on the screen, as a word (view_settings.h) */

/* What a person should know of at once. */
enum attention {
	ATTENTION_NONE, ATTENTION_TROUBLE, ATTENTION_UNSAVED, ATTENTION_ENDED, ATTENTION_CRASHED
};

struct tui {
	struct view view;
	struct timeline timeline;
	struct link link;
	struct loop *loop;
	struct canvas canvas;

	char *who;    /* who watches, as others are told; owned */
	const struct quiz *quiz; /* NULL = there is none */
	char *scores_path;       /* of the quiz; NULL when this person has no home */

	const char *dir;   /* the run, or its log alone; borrowed */
	struct folder run; /* not open: the log lies alone */
	bool alive;        /* of a replay: a trainer was at work as it began */
	bool foreign;      /* another program's log: nobody can tell whether that crashed */
	void (*feed)(void *arg); /* brings the log up to date; NULL: it is */
	void *feed_arg;
	int64_t fed_ms;
	bool follow;       /* of a replay: it reads on while its log grows */
	bool quit, dirty, urgent; /* urgent: the person did something, draw at once */
	struct pointer clicked;   /* where the pointer was pressed last, */
	int64_t clicked_ms;       /* and when */
	int signo;                /* that ended the viewer, 0 = none */
	bool redraw;              /* everything, not the difference alone */
	bool behind;              /* the terminal does not show all of the canvas yet */
	int room_fd;              /* where room for more bytes is waited for, -1 = nowhere */
	bool more;                /* the log has more to read at once */

	int64_t opened_ms, drawn_ms, tick_ms, message_until_ms;
	int64_t event_ms;      /* when the newest event came, by our clock */
	int64_t checked_ms;    /* when the trainer was last looked for */
	int times_missing;     /* in a row */
	int64_t ended_ms;      /* when the run ended before our eyes, 0 = it did not */
	double play_ms;        /* moment of the run a replay stands at */
	struct speed asked_speed, speed_before; /* before it was as recorded */
	struct { /* the pointer's button is down on the bar of a replay */
		bool on, moved;   /* moved: what `column` stands for is not shown yet */
		int x, w, column; /* of the line; where the pointer is */
	} scrub;
	char (*remembered)[VIEW_SETTING_MAX]; /* view_settings as the viewer began; owned */
	bool remembered_bad;                  /* the file of them is damaged */
	struct line_history lines, patterns; /* typed after ":", after "/" */
	enum attention attention; /* that was called last */
	bool attended;            /* the log was read to its end before */
	bool from_log;            /* a replay from the beginning */
	bool taking;          /* the controls were asked for */
	bool can_branch, branches; /* who has called can begin a run off this one; it is asked to */
	char branch_at[40];        /* ... at this point */
	double rate_from;     /* the learning rate before the first of several changes, 0 = none */
	int64_t rate_sent_ms; /* when the last of them was sent */
	int64_t trouble_seq;  /* of the pause after accidents that was shown last */
	int64_t ending_seq;   /* of the end that a rule wants, shown last */
};

/* Show the first n events. The log counts up from its newest line: who reads further up keeps the
 * lines he reads. */
void app_seek(struct tui *t, size_t n);
/* Read on for about so long, and show it where the log is followed; true: there is more. */
bool app_read(struct tui *t, int64_t budget_ms);
void app_page(struct tui *t, int page);
void app_say(struct tui *t, enum message_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool app_live(struct tui *t); /* otherwise says why nothing can be controlled */
void app_command(struct tui *t, enum command_type type, const char *arg);
void app_take(struct tui *t); /* the controls */
void app_reply(void *arg, const struct reply *r);

#endif
