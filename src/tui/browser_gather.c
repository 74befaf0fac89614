/* Where the browser's rows come from: the catalogue of this machine, and the lists of others. */
#include "browser_app.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MS 9000
#define GATHER_MS 100 /* least time between two, where rows have only changed */

void browser_tell(struct browser *b, enum message_kind kind, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	browser_message(&b->view, kind, "%s", text);
	b->message_until_ms = clock_ms() + MESSAGE_MS;
	b->show.dirty = true;
}

/* The folder that a run lies in, of those that the catalogue has. */
static const char *place_of_run(const struct browser *b, const char *path)
{
	for (size_t i = 0; i < catalogue_places(b->runs); i++) {
		const char *place = catalogue_place(b->runs, i);
		size_t n = strlen(place);
		if (strncmp(path, place, n) == 0 && (path[n] == '/' || (n && place[n - 1] == '/')))
			return path_tail(place, 2);
	}
	return "";
}

static void gather_here(struct browser *b)
{
	for (size_t i = 0; i < catalogue_count(b->runs); i++) {
		const struct catalogue_row *row = catalogue_at(b->runs, i);
		if (row)
			browser_rows_add(
			    &b->view, &(struct browser_row){.run = &row->run,
							    .place = place_of_run(b, row->run.path),
							    .known = row->known});
	}
	for (size_t i = 0; i < catalogue_places(b->runs); i++) {
		int error = catalogue_place_error(b->runs, i);
		if (error && (error != ENOENT || b->view.n_places > 1))
			browser_trouble(&b->view, catalogue_place(b->runs, i), strerror(error));
	}
}

static void gather_there(struct browser *b, struct browser_host *h)
{
	char words[256];
	h->changed = false;
	for (size_t i = 0; i < h->n; i++)
		browser_rows_add(&b->view, &(struct browser_row){.run = &h->runs[i].run,
								 .host = h->url.text,
								 .place = h->name,
								 .known = true});
	b->view.waits = b->view.waits || !h->all;
	browser_host_words(h, words, sizeof(words));
	if (*words)
		browser_trouble(&b->view, h->name, words);
}

/* Rows that have only changed can wait: there may be thousands of them. */
static bool is_stale(const struct browser *b)
{
	bool stale = !b->gathered || b->shape != catalogue_shape(b->runs);
	if (b->seen != catalogue_version(b->runs))
		stale = stale || clock_ms() - b->gathered_ms >= GATHER_MS;
	for (size_t i = 0; i < b->n_hosts; i++)
		stale = stale || b->hosts[i]->changed;
	return stale;
}

void browser_gather(struct browser *b)
{
	struct browser_view *v = &b->view;
	size_t unread = catalogue_unknown(b->runs);
	b->show.dirty = b->show.dirty || unread != v->n_unread;
	v->n_unread = unread;
	if (!is_stale(b))
		return;
	v->n_places = catalogue_places(b->runs) + b->n_hosts;
	v->where = v->n_places == 1 && !b->n_hosts ? catalogue_place(b->runs, 0)
		   : v->n_places == 1              ? b->hosts[0]->name
						   : NULL;
	browser_no_troubles(v);
	browser_rows_begin(v);
	v->waits = false;
	gather_here(b);
	for (size_t i = 0; i < b->n_hosts; i++)
		gather_there(b, b->hosts[i]);
	browser_arrange(v);
	b->seen = catalogue_version(b->runs);
	b->shape = catalogue_shape(b->runs);
	b->gathered_ms = clock_ms();
	b->gathered = b->show.dirty = true;
}
