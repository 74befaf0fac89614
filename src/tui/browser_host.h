/* The runs of another machine, as far as it has told them: what is kept of its list while the link to it
 * comes and goes. */
#ifndef TUI_BROWSER_HOST_H
#define TUI_BROWSER_HOST_H

#include "thaw/run/summary.h"
#include "thaw/wire/loop.h"
#include "thaw/wire/remote.h"

#include <stdbool.h>

struct browser_host {
	struct remote *remote;
	struct remote_url url;
	char *name; /* "user@host:port" */
	struct host_run {
		struct run_summary run;
		bool told; /* since the link was made last */
	} * runs;
	size_t n, cap;
	bool all;     /* all of them have been told once */
	bool changed; /* something is otherwise; set here, taken back by who has seen it */
};

/* `text`: ssh://[user@]host[:port][/DIR]; the runs are those of DIR there. Errors: as remote_new() */
enum err browser_host_new(struct browser_host **out, struct loop *loop, const char *text,
			  struct errinfo *e);
void browser_host_free(struct browser_host *h);

/* What is to be said of it beside its runs; "" when all is well. */
void browser_host_words(const struct browser_host *h, char *out, size_t size);

#endif
