/* What the viewer's unit tests share: cmocka's includes and a sample run folded in memory. */
#ifndef TESTS_TUI_CHECK_H
#define TESTS_TUI_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "thaw/base/strbuf.h"
#include "thaw/history/history.h"
#include "thaw/tui/screen.h"

#include <locale.h>
#include <stdlib.h>

/* Fold what `write` puts into a sample log. */
static inline void check_fold(struct history *h, void (*write)(struct sample *s))
{
	struct sample s = {tmpfile(), 0, 0, 1};
	char *line = NULL;
	size_t cap = 0;
	assert_non_null(s.out);
	write(&s);
	rewind(s.out);
	history_init(h);
	for (ssize_t n; (n = getline(&line, &cap, s.out)) > 0;) {
		struct event ev;
		assert_int_equal(event_decode(&ev, line, (size_t)n, NULL), ERR_OK);
		history_apply(h, &ev);
		event_release(&ev);
	}
	free(line);
	fclose(s.out);
}

/* The screen as text; the caller frees it. */
static inline char *check_screen(const struct history *h, const struct view *v, int w, int height,
				 bool utf8)
{
	struct strbuf out = STRBUF_INIT;
	struct canvas c;
	canvas_init(&c, w, height, utf8, 256);
	screen_draw(&c, h, v);
	canvas_dump(&c, true, &out);
	canvas_release(&c);
	return strbuf_detach(&out);
}

/* Fail unless the screen shows every one of `texts`, which NULL ends. */
static inline void check_texts(const struct history *h, const struct view *v, int w, int height,
			       const char *const *texts)
{
	char *screen = check_screen(h, v, w, height, true);
	for (; *texts; texts++)
		if (!strstr(screen, *texts))
			fail_msg("%dx%d lacks \"%s\":\n%s", w, height, *texts, screen);
	free(screen);
}

#endif
