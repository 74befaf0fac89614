/* Help that is not about one command. */
#ifndef THAW_MAIN_THAW_TOPICS_H
#define THAW_MAIN_THAW_TOPICS_H

#include <stdbool.h>

/* Print a topic's table in Markdown; false when there is no such topic. */
bool topic_print(const char *name);

#endif
