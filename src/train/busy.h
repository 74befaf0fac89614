/* What the trainer does besides iterations and may take long, as a state with its progress:
 * validation, the head's start, saving.
 *
 * The log is told when it begins and when it is done, and between at most four times a second and
 * BUSY_TIMES times in all. A command that comes in meanwhile waits for the next iteration boundary;
 * who gave it is told at once when that will be. Nothing here changes what is computed.
 */
#ifndef THAW_TRAIN_BUSY_H
#define THAW_TRAIN_BUSY_H

#include "thaw/event/event.h"

#include <stdbool.h>
#include <stdint.h>

struct session;
struct command;

#define BUSY_TIMES 20

struct busy {
	bool on;
	enum progress_what what;
	int64_t done, total;       /* pictures; total 0: not known */
	int64_t told;              /* `done` as the log knows it */
	int64_t since_ms, told_ms; /* monotonic */
	int64_t took_ms[PROGRESS_N]; /* the last time; 0: not known */
	const char *waits;         /* the first command that came in; static, NULL: none */
};

/* `total` 0: how much there is to do is not known. */
void busy_begin(struct session *s, enum progress_what what, int64_t total);
void busy_at(struct session *s, int64_t done);
void busy_end(struct session *s); /* also when it was given up */

/* A command has come in: the log, and who gave it, are told that it waits. Nothing to do between
 * iterations. */
void busy_answer(struct session *s, uint64_t client, const struct command *c);

#endif
