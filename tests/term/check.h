/* What the tests of the terminal's room share. */
#ifndef TESTS_TERM_CHECK_H
#define TESTS_TERM_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "thaw/base/strbuf.h"
#include "thaw/term/canvas.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#endif
