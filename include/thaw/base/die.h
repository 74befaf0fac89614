/* The end of a program that cannot go on though nobody gave it bad input: a driver that fails in the
 * middle of a run.
 *
 * From any thread; of several at once the first is heard. Nothing is unwound: what lies on disk must
 * be whole at any moment anyway.
 */
#ifndef THAW_BASE_DIE_H
#define THAW_BASE_DIE_H

/* Call the hook with the reason, print "thaw: REASON", and leave with exit status 1. The reason is
 * one line. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What is to be done before: end a log, restore a terminal. NULL: nothing. */
void die_hook(void (*hook)(const char *reason));

#endif
