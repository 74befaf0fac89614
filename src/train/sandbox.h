/* The trainer's sandbox: once everything is open that a run needs, this process can read its inputs
 * and the system's libraries, write its run directory, and reach nobody.
 *
 * It is made of no_new_privs, a Landlock ruleset and a filter of system calls: whatever of these the
 * kernel has. It cannot be left. `thaw help security` says what it promises.
 */
#ifndef THAW_TRAIN_SANDBOX_H
#define THAW_TRAIN_SANDBOX_H

#include "preflight.h"

/* Enter it with all threads. What is in force is appended to `words`: "landlock 4, seccomp". False:
 * the kernel lacks some of it, and `words` says what. */
bool sandbox_enter(const struct preflight *p, const struct folder *run, struct strbuf *words);

/* Append what would be. */
bool sandbox_words(struct strbuf *words);

/* What sandbox_enter() does, for a program without a preflight: the folders that may be read, NULL at
 * the end, and the one to write. */
bool sandbox_enter_for(const char *const *read, const struct folder *run, struct strbuf *words);

#endif
