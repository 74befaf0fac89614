/* The far end of a link: `thaw tap`, which a viewer on another machine starts by ssh. It sends the
 * log of one run and relays its control.sock, or tells which runs there are. It only reads: a run
 * whose tap is slow, stopped or killed never notices.
 *
 * PROTOCOL, VERSION 1
 *
 * The tap speaks first, one line of JSON: {"thaw":"tap","version":1,"run":NAME,"log":ID,"from":N}.
 * What stands before it on standard output, from a shell's startup files, say, is skipped by the
 * viewer up to 64 KiB. ID is the FNV-1a digest (64 bits, hexadecimal) of the first line of the log,
 * "" as long as there is none: it tells whether a copy is of this log. N is the offset in bytes in
 * the log from which on it will be sent.
 *
 * Everything behind that line is one zlib stream (RFC 1950), flushed (Z_SYNC_FLUSH) twice a second
 * where there is something, and at once for replies. It holds frames; what comes to the tap's
 * standard input is frames, too, not packed. A frame is a byte that tells its kind, the length of
 * its content in four bytes, the highest first, and the content, TAP_FRAME_MAX bytes at most. Kinds
 * that one side does not know are skipped.
 *
 * From the tap:
 *   L  bytes of the log; pieces follow each other without a gap and end with the end of a line as
 *      soon as nothing more is to be had
 *   S  {"live":B,"listens":B,"whole":B,"size":N}: a trainer runs it; it takes commands; all that was
 *      in the log when that was looked at has been sent; bytes of the log. First, and when it changes
 *   O  a connection to control.sock begins, in answer to O
 *   C  bytes from it
 *   X  it has ended, or could not be made
 *   R  of a list: a run that is new or has changed, one JSON object (run/summary.h)
 *   G  of a list: the path of a run that is no longer there
 *   A  of a list: all runs have been told once
 *   H  nothing: sent every second in which nothing else is
 *   E  the tap ends, and why
 * To the tap:
 *   O  connect to control.sock; a former connection ends
 *   C  bytes to it
 *   X  end it
 *   P  nothing: the viewer is there. A tap that hears nothing for a minute, of a list for an
 *      hour, ends; so it does when its standard input ends.
 *
 * To go on where a link broke, a viewer asks for what is behind event SEQ of the log with the digest
 * ID: behind the line that begins with {"seq":SEQ. If there is no such line, or the log is another
 * one, N is 0.
 */
#ifndef THAW_WIRE_TAP_H
#define THAW_WIRE_TAP_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

#define TAP_VERSION 1
#define TAP_FRAME_MAX (1 << 20)
#define TAP_NOISE_MAX 65536
#define TAP_BEAT_MS 1000
#define TAP_SILENCE_MS 60000 /* of a viewer */
/* Of one that lists runs: while it looks at one of them nobody speaks for it. */
#define TAP_LIST_SILENCE_MS 3600000

/* Of a list, what has changed since the last call; called about once a second, for half a second at
 * most. Append each run that is new or has changed by tap_tell(to, 'R', …), each that has gone by
 * tap_tell(to, 'G', …). Returns whether each run has been told by now. */
struct tap_teller;
typedef bool tap_list_fn(void *arg, struct tap_teller *to);
/* More than TAP_FRAME_MAX bytes are not told. */
void tap_tell(struct tap_teller *to, char kind, const char *text, size_t len);

struct tap_options {
	int in, out;       /* descriptors, borrowed; they are made non-blocking */
	const char *run;   /* a run's directory or a log; NULL: a list */
	const char *name;  /* of the run */
	int64_t from;      /* the last event that the viewer has, 0 = none, */
	const char *log;   /* in the log of this digest; NULL: whatever log it is */
	tap_list_fn *list; /* of a list */
	void *arg;
};

/* Serve one viewer to the end. Errors: ERR_NOT_FOUND, ERR_IO (before the hello: nothing was written
 * to `out` then); when the viewer has gone, none. */
enum err tap_serve(const struct tap_options *o, struct errinfo *e);

#endif
