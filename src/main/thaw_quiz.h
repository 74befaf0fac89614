/* Where the quiz of the Learn page is. */
#ifndef THAW_MAIN_THAW_QUIZ_H
#define THAW_MAIN_THAW_QUIZ_H

#include "thaw/base/err.h"
#include "thaw/base/quiz.h"

/* Read it: from $THAW_DATA/learn when that is set, else where it is installed (../share/thaw/learn
 * from the program), else from the source tree that the program was built in.
 * Errors: as quiz_load(); ERR_NOT_FOUND says where it was looked for */
enum err quiz_find(struct quiz *out, struct errinfo *e);

#endif
