/* Reads events from an events.jsonl, whole or while it grows.
 *
 * THE LOG FORMAT, VERSION 1
 *
 * Bytes. A log is a sequence of lines. A line is any bytes but 0x0a, then one 0x0a. There is no
 * header and no footer. A writer puts no byte-order mark; one that an editor has left before the
 * first line (0xef 0xbb 0xbf at offset 0) is no part of that line. Bytes after the last 0x0a are
 * not a line yet: they are either being written or what a crash tore off. A reader leaves them
 * alone and looks again later; a writer that continues the log cuts them off first. Everything
 * before the last 0x0a never changes: a log only grows. A line is at most 16 MiB (16,777,216
 * bytes), its 0x0a included.
 *
 * Validity. A line is an event when it is one JSON object (RFC 8259) in UTF-8 with a "seq" and a
 * "t" that are integers >= 0, a non-empty string "ev", and every field that this version knows of
 * the type that it has here. A line of white space only is nothing, and no error; a writer in
 * distress may put one before its last words. Any other line is broken: a reader says so once,
 * naming it, and goes on after it. A line's validity does not depend on other lines, but for the
 * rule of seq.
 *
 * seq. Events are numbered from 1, each one more than the one before, in the order of the file. A
 * number that is not larger than an earlier one makes its line broken. A larger jump means that
 * lines were lost (a crash while the disk was full, or broken lines); what follows counts all the
 * same. seq 0 is for events that are in no log.
 *
 * t. Milliseconds since the start of the run, never less than before. A run that is continued goes
 * on from the last t.
 *
 * ev. The kind of event; the kinds and their fields are the tables in event.c, in the names of
 * event.h. An event of a kind that the reader does not know is skipped, but counts for seq. So is
 * one that holds an unknown name where a name from a list belongs (a cause, a stage, …). Unknown
 * fields are skipped, at most 64 levels deep. The order of fields is free (a writer puts seq, t and
 * ev first); of two with the same name the first counts; null is the same as absent; an absent
 * field is 0, false, "", an empty list, or "not measured". So old viewers read new logs, and new
 * viewers old ones.
 *
 * Values. Integers are decimal without fraction or exponent and fit 64 bits with a sign. Those that
 * count things (epochs, iterations, pictures, sides, …) are within 2,147,483,647 on either side of
 * 0, amounts (bytes, parameters, operations, the time of day at the start) within 10^15; what lies
 * beyond is read as that limit. seq and t are at most 10^15. Other numbers are read as the IEEE
 * double next to them; a writer gives those that were measured the digits that tell something (7 of
 * a loss, 6 of a learning rate, 4 of a speed), and nothing that a run needs to go on is read from
 * them. The ones JSON has not are the strings "nan", "inf" and "-inf".
 * A list has at most 65,536 elements, and all fields together take at most 8 bytes of memory for
 * each byte of the line, and 1,024. Strings hold no NUL; bytes of a file name that are not UTF-8
 * become U+FFFD. The confusion matrix is a list of rows, one for each true class, each a list of
 * counts, one for each predicted class; -n among them stands for n counts of 0. It is absent where
 * there are more than 2,048 classes.
 *
 * Pixels. Pictures, activation maps and channels are strings of one digit a value, those of base64
 * (RFC 4648, section 4: A is 0, / is 63) for 0 to 63 in place of 0 to 255: rows from the top, pixels
 * from the left, of pictures red green blue. Earlier logs have the base64 of as many bytes, with
 * padding, which is longer. What is as it was is not told again: a picture in `mistakes` without
 * `rgb` is the one told last for that path (a reader remembers 512), a trace in `probe` with `since`
 * has the maps of that layer in the `probe` before.
 *
 * steps. Iterations that go by quicker than a screen shows them are told together in one `steps`:
 * `iter` and those after it, as many as there are losses. `lr` is a list of as many rates, of one
 * that holds for all, or of none; `ips` and `wait` are over all of them. It comes behind the last of
 * them, about a second after the first at most, and before any event of another kind that happened
 * after them. One iteration by itself is a `step`. To a reader both say the same. A killed trainer takes
 * along what it had not told yet; it has told all that a checkpoint in the log holds.
 *
 * cache. What is kept of the frozen layers is told once an epoch while anything is, right before
 * that epoch's `epoch`, and once with layer -1 when nothing is kept any more. `hits` and `misses`
 * count pictures of that epoch, `saved` is a share from 0 to 1.
 *
 * Ends. The last event of a run that ended is `end`; behind it only a `note` may stand, of a command
 * for the end that failed. A log without one belongs to a run that is
 * alive, or crashed: the lock in the run directory tells which.
 *
 * Resumed runs. A run that was stopped, failed or crashed may go on in its own log, also behind an
 * `end`: with a second `run` (the plan and machine from now on) and right after it a `control` that
 * says "continued" and the iteration whose state was taken up. Of a crashed run that lies before
 * the last step in the log: steps, epochs and interventions after that iteration are void, and
 * those that follow take their place. An intervention at that very iteration counts when it was
 * logged before the `checkpoint` ("last") that was taken up. A `freeze` and an `lr` of cause
 * "resume" then tell what holds.
 *
 * Branches. A run that began with the state of another one has a log of its own. It begins with the
 * other's lines until that checkpoint, byte by byte, and goes on as that of a resumed run; the `run`
 * there names the other in `parent`, and in `parent_iter` the last iteration of it that counts. So
 * it is read without the other.
 *
 * Training again. A `command` tells a command that changed something, behind what it did, as it was
 * given, and its place: `iter` iterations and `epochs` epochs had ended, in phase `phase`, and
 * `epoch` was being trained (or was the last, when it is `epochs`). `settings` of `run` is the
 * experiment. Who takes the events that are not void, and gives these commands at these places, trains
 * the same. Such a run names the other in `again`.
 *
 * Other programs' logs. What one of them comes to is a log of this format whose `run` tells in `format`
 * what was read, and in `file` where. Where that tells no times `clock` is "none", and t only orders.
 * Where it validates several times an epoch, or tells no epochs, `unit` is "evaluation": `epoch` events
 * count validations. Figures that have no place in these events are `metric` events.
 *
 * Old names. The end of a pause, a `control` that says "unpaused", was "resumed" in logs of earlier
 * versions, and is read the same.
 *
 * THE READER
 *
 * It holds one line at most, never a whole log. Together with the event decoded from it that is at
 * most 12 times LOG_LINE_MAX of memory, whatever the file holds. It opens nothing for writing and
 * needs no right but to read. A file that shrinks to a point before what was read, or another file
 * that takes its name, is reported as LOG_BROKEN and read from its beginning. Invariant: the events
 * it gives depend on the bytes of the file alone, not on when or in what pieces they were written.
 */
#ifndef THAW_EVENT_LOG_READER_H
#define THAW_EVENT_LOG_READER_H

#include "thaw/base/folder.h"
#include "thaw/event/event.h"

#define LOG_LINE_MAX (16 << 20) /* bytes of one line, newline included */

struct log_reader;

/* `path` is a run's directory, whose events.jsonl is read below its descriptor (folder.h), or a log
 * that lies alone and may be reached through links.
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (not a regular file); on error *out is untouched */
enum err log_reader_open(struct log_reader **out, const char *path, struct errinfo *e);

/* The log of a run's directory that is open. */
enum err log_reader_open_in(struct log_reader **out, const struct folder *run, struct errinfo *e);

/* Another reader of the file that `r` reads now, from its beginning. It stays with that file, and
 * watches nothing. NULL when the system has no descriptor to give. */
struct log_reader *log_reader_again(const struct log_reader *r);
void log_reader_close(struct log_reader *r); /* NULL is allowed */

enum log_next {
	LOG_EVENT,  /* *ev is filled and owned by the caller */
	LOG_WAIT,   /* no complete line yet: the end of a finished log, or try again later */
	LOG_BROKEN  /* a line that cannot be read, skipped; e says which (e->line, e->at) */
};

/* The next event of the file; EV_UNKNOWN for kinds that this version does not know. e->at counts
 * bytes from the beginning of the file. LOG_BROKEN never comes twice for one cause, so a loop until
 * LOG_WAIT ends. */
enum log_next log_reader_next(struct log_reader *r, struct event *ev, struct errinfo *e);

/* A descriptor that polls readable when the file may have grown (inotify), or -1; the same one until
 * log_reader_unwatch(). After it polls readable call log_reader_next() until LOG_WAIT. Where
 * there is none, or the file is on a network disk that another machine writes, look again every
 * second or so. */
int log_reader_fd(struct log_reader *r);

/* Nothing more is to be read: close that descriptor, which would poll readable for ever. */
void log_reader_unwatch(struct log_reader *r);

/* Bytes consumed so far (always the beginning of a line), and the size of the file now: for
 * progress. */
int64_t log_reader_offset(const struct log_reader *r);
int64_t log_reader_size(const struct log_reader *r);

/* Where a reader stands: before a line of the file that it reads. */
struct log_mark {
	int64_t offset, seq, t_ms;
	int n_lines;
};
struct log_mark log_reader_mark(const struct log_reader *r);
/* Stand where a reader of the same file has stood. */
void log_reader_go(struct log_reader *r, const struct log_mark *to);
/* How many times it has begun again, with another file or one cut short: marks are void then. */
int log_reader_begun(const struct log_reader *r);

/* Of the last event: its seq and t, 0 before the first. Lines met so far. */
int64_t log_reader_seq(const struct log_reader *r);
int64_t log_reader_elapsed_ms(const struct log_reader *r);
int log_reader_lines(const struct log_reader *r);

#endif
