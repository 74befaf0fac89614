/* Darknet's box: its output is kept, its exits become errors.
 *
 * Darknet prints to stdout and stderr, calls exit(0) on missing files and abort() through
 * assert(0), and falls over on what it did not expect. Whatever fn does inside box_run(), an
 * exit(), abort(), failed assert() or fault on its thread comes back as ERR_DARKNET with the last
 * line that was printed. (After such an error the process must not call Darknet again.) It takes
 * the place of libc's exit() and __assert_fail() in the whole program; outside the box they do what
 * they always did. Descriptors 1 and 2 are those of the process: other threads should not print
 * meanwhile. One visit at a time; a visit inside a visit is a plain call.
 */
#ifndef THAW_ENGINE_BOX_H
#define THAW_ENGINE_BOX_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

/* Append what has been printed inside the box, and what will be, to an open file (e.g. a run's
 * trainer.log), whose descriptor is copied. Errors: ERR_IO. */
enum err box_open(int fd, struct errinfo *e);

/* Append what has been printed inside the box since the program began to `out`: the first 1 MiB. */
void box_output(struct strbuf *out);

/* Run fn(arg) inside the box. Errors: ERR_DARKNET when Darknet exited or aborted; ERR_IO when no
 * descriptor is free for what it prints, and fn was not called; else what fn returns. */
enum err box_run(enum err (*fn)(void *arg, struct errinfo *e), void *arg, struct errinfo *e);

#endif
