/* The signal by which a thread is told something on its own (train/every_thread.h). Whoever blocks
 * all signals in a thread of his leaves this one.
 */
#ifndef THAW_BASE_SIGNALS_H
#define THAW_BASE_SIGNALS_H

#include <signal.h>

#define SIGNAL_OF_THREADS SIGRTMAX

#endif
