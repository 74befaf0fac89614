/* What the events of the trainer need of words. */
#ifndef THAW_TRAIN_WORDS_H
#define THAW_TRAIN_WORDS_H

#include "thaw/base/words.h"

/* A borrowed string for an event, whose members are not const because a decoded event owns them. */
char *words_borrow(const char *s);

#endif
