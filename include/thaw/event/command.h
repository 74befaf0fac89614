/* The command vocabulary: what a viewer, `thaw ctl` or a rerun may ask of a running trainer, in one
 * table.
 *
 * A command is one JSON line {"id":N,"cmd":"freeze","arg":"0-12"}; its reply is one JSON line
 * {"id":N,"ok":true,"iter":412,"msg":"…"}, sent when it has taken effect at an iteration boundary
 * (or has been refused: "ok":false and why). The words are the same on the socket, on the command
 * line and on the screen.
 */
#ifndef THAW_EVENT_COMMAND_H
#define THAW_EVENT_COMMAND_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

enum command_type {
	CMD_FREEZE, CMD_UNFREEZE, CMD_FREEZE_ONLY, CMD_LR, CMD_PAUSE, CMD_UNPAUSE, CMD_NEXT_PHASE,
	CMD_STOP, CMD_UNDO, CMD_LR_SCALE, CMD_FIND_LR, CMD_THAW_EVERY, CMD_BACK,
	CMD_KEEP_GOING, CMD_N
};

struct command_info {
	const char *name;
	const char *arg;  /* what the argument is, for usage lines: in brackets when it may be left
			   * out; NULL = takes none */
	const char *help; /* one line */
	const char *old;  /* its name in earlier versions, taken but not told of; NULL = none */
};

extern const struct command_info command_table[CMD_N];

/* By its name, or its old one; CMD_N when there is none. */
enum command_type command_find(const char *name);

struct command {
	int64_t id;
	enum command_type type;
	const char *arg; /* NULL when none */
};

struct reply {
	int64_t id;
	bool ok;
	int64_t iter; /* iterations completed when it took effect */
	const char *msg;     /* one line for a person */
	const char *unsaved; /* why something cannot be saved; "": it is now; NULL: no news of it */
	/* Who has the controls, "": nobody; NULL: no news of it. With it: whether that is the one who
	 * is told, and how many watch. */
	const char *controls;
	bool yours;
	int64_t viewers;
};

/* What was parsed, decoded or copied owns its text until it is released; what was filled by hand
 * borrows it. Every function below that fails leaves *c or *r with nothing to release. */

/* Build a command from words ("freeze", "0-12") or from one line ("freeze 0-12"); syntax of the
 * argument is checked (layer ranges, a positive learning rate or a factor like x0.5). The id is 0.
 * Errors: ERR_VALUE. */
enum err command_parse(struct command *c, const char *name, const char *arg, struct errinfo *e);
enum err command_parse_line(struct command *c, const char *line, struct errinfo *e);

#define COMMAND_LR_MAX 10. /* as in an experiment file */

/* The learning rate a CMD_LR argument means when the present one is `now`: "1e-4" or "x0.5". */
enum err command_lr(const char *arg, double now, double *lr, struct errinfo *e);

#define COMMAND_SCALE_MIN 1e-6 /* what a layer's learning rate may be multiplied by */
#define COMMAND_SCALE_MAX 100.

/* The parts of a CMD_LR_SCALE argument, "LAYERS FACTOR": "12-15 0.1", "last 3 x0.5". */
struct lr_scale {
	char layers[256]; /* as given */
	double factor;
	bool relative; /* x: multiplies what is there */
};

/* Errors: ERR_VALUE. */
enum err command_lr_scale(const char *arg, struct lr_scale *s, struct errinfo *e);

/* The multiplier of a layer whose present one is `now`. Errors: ERR_VALUE, out of range. */
enum err lr_scale_apply(const struct lr_scale *s, double now, double *scale, struct errinfo *e);

/* A point of a run that is kept, to go back to: the argument of CMD_BACK, and of a resume. */
enum point_kind { POINT_LAST, POINT_BEST, POINT_EPOCH };
struct point {
	enum point_kind kind;
	int64_t epoch; /* of POINT_EPOCH: the end of that one, 1-based */
};

/* "best", "last", "epoch 7", "epoch-7" or "7"; NULL: best. Errors: ERR_VALUE. */
enum err point_parse(const char *text, struct point *p, struct errinfo *e);

#define COMMAND_THAW_EVERY_MAX 100000 /* as in an experiment file */

/* The epochs that a CMD_THAW_EVERY argument means: "2", or 0 for "off". Errors: ERR_VALUE. */
enum err command_thaw_every(const char *arg, int *every, struct errinfo *e);

/* Append the command as one line, newline included. */
void command_encode(const struct command *c, struct strbuf *out);

/* Errors:  ERR_FORMAT (not such a line), ERR_VALUE (an unknown command, a bad argument); c->id is
 *          the line's id all the same where it could be read, else 0, so that the refusal can name
 *          it. */
enum err command_decode(struct command *c, const char *line, size_t len, struct errinfo *e);
void command_copy(struct command *to, const struct command *from); /* owns its text */
void command_release(struct command *c);

/* Append the reply as one line, newline included. */
void reply_encode(const struct reply *r, struct strbuf *out);
enum err reply_decode(struct reply *r, const char *line, size_t len, struct errinfo *e);
void reply_release(struct reply *r);

#endif
