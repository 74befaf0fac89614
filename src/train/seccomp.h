/* A filter of system calls: what a trainer never does fails from now on, in every thread.
 *
 * No socket is made, no program executed, no other process looked into or signalled, nothing asked of
 * the kernel that only tools of the system ask. A refused call is an error to its caller, never a
 * kill. On x86-64 alone.
 */
#ifndef THAW_TRAIN_SECCOMP_H
#define THAW_TRAIN_SECCOMP_H

#include <stdbool.h>

bool seccomp_there(void); /* would the kernel take it? */

/* False: it did not take it, and nothing has changed. The thread has PR_SET_NO_NEW_PRIVS set. */
bool seccomp_enter(void);

#endif
