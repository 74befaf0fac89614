/* The running comparison: what its loop and its keys share. */
#ifndef TUI_COMPARE_APP_H
#define TUI_COMPARE_APP_H

#include "compare_view.h"
#include "show.h"
#include "thaw/tui/compare.h"

struct compare_source { /* where a run of the view comes from */
	char *dir;
	struct remote *remote; /* borrowed; NULL: it is here */
	bool alive;            /* as it was said to be before it was looked at */
	int64_t looked_ms;
};

struct compare {
	struct compare_view view;
	struct compare_source *sources; /* [view.n_runs] owned */
	struct loop *loop;
	bool own_loop;
	struct show show;
	enum charset charset;
	size_t turn;  /* the run that is read next */
	bool changed; /* since the list was put anew */
	int64_t arranged_ms, message_until_ms;
};

void compare_tell(struct compare *c, enum message_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Read on in the logs; true: there is more to read at once. */
bool compare_work(struct compare *c);

void compare_key(struct compare *c, int key);

#endif
