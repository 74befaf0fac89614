/* Calling a function in every thread of this process, those of libraries too, by a signal.
 *
 * For what the kernel changes of one thread at a time. The signal is kept for this from then on. A
 * thread that has it blocked is not reached; those that are started by one that was have what it
 * has.
 */
#ifndef THAW_TRAIN_EVERY_THREAD_H
#define THAW_TRAIN_EVERY_THREAD_H

#include <stdbool.h>

/* Call `fn`, which is async-signal-safe and says whether it worked, in every other thread and then in
 * this. Returns how many it did not work in or could not be reached; -1: it did not work here. */
int every_thread(bool (*fn)(void *arg), void *arg);

#endif
