/* The running browser: what its loop, its keys and its lines to trainers share. */
#ifndef TUI_BROWSER_APP_H
#define TUI_BROWSER_APP_H

#include "browser_host.h"
#include "browser_view.h"
#include "show.h"
#include "thaw/run/catalogue.h"
#include "thaw/term/pointer.h"
#include "thaw/tui/browser.h"
#include "thaw/wire/link.h"
#include "thaw/wire/loop.h"

struct browser_link { /* to the trainer of a live run here */
	char *path;
	struct folder folder;
	struct link link;
	struct browser *browser;
	bool live; /* when rows were looked at last */
	bool stopping;
};

struct browser {
	struct browser_view view;
	struct catalogue *runs;
	struct browser_host **hosts; /* [n_hosts] owned */
	size_t n_hosts;
	struct browser_link **links; /* [n_links] owned */
	size_t n_links, cap_links;
	struct loop *loop;
	struct show show;
	enum charset charset;
	struct browser_choice choice;

	uint64_t seen, shape; /* the catalogue's version and shape that the rows are of */
	int64_t gathered_ms;
	bool gathered; /* once, at least */
	int64_t ticked_ms, message_until_ms;
	struct pointer clicked;
	int64_t clicked_ms;
};

/* Put the rows anew where something has changed: before anybody looks at them. */
void browser_gather(struct browser *b);

/* Look after the lines to the trainers of live runs; say stop to one. */
void browser_links_tick(struct browser *b);
void browser_links_stop(struct browser *b, const char *path);
void browser_links_release(struct browser *b);

void browser_tell(struct browser *b, enum message_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

void browser_key(struct browser *b, int key);

#endif
