/* The browser's lines to the trainers of the live runs here: they say what keeps a run from saving, and
 * take the command to stop. */
#include "browser_app.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <stdlib.h>
#include <string.h>

#define LINKS_MAX 32 /* a line costs a descriptor there and here */

static void on_reply(void *arg, const struct reply *r)
{
	struct browser_link *l = arg;
	const char *name = path_base(l->path);
	if (r->unsaved)
		catalogue_unsaved(l->browser->runs, l->path, *r->unsaved ? r->unsaved : NULL);
	else if (l->stopping)
		browser_tell(l->browser, r->ok ? MESSAGE_GOOD : MESSAGE_BAD, "%.120s: %s%s", name,
			     r->ok ? "" : "refused: ", r->msg ? r->msg : "");
}

static void link_close(struct browser_link *l)
{
	link_release(&l->link);
	folder_close(&l->folder);
	free(l->path);
	free(l);
}

static struct browser_link *find(const struct browser *b, const char *path)
{
	for (size_t i = 0; i < b->n_links; i++)
		if (strcmp(b->links[i]->path, path) == 0)
			return b->links[i];
	return NULL;
}

static struct browser_link *link_to(struct browser *b, const char *path)
{
	struct browser_link *l = find(b, path);
	struct folder folder;
	if (l || b->n_links == LINKS_MAX || folder_open(&folder, path, NULL))
		return l;
	l = xcalloc(1, sizeof(*l));
	*l = (struct browser_link){.path = xstrdup(path), .folder = folder, .browser = b};
	link_init(&l->link, b->loop, &l->folder, NULL, on_reply, l);
	ALLOC_GROW(b->links, b->n_links + 1, b->cap_links);
	b->links[b->n_links++] = l;
	return l;
}

void browser_links_tick(struct browser *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->n_links; i++)
		b->links[i]->live = false;
	for (size_t i = 0; i < b->view.n_rows; i++) {
		const struct browser_row *row = &b->view.rows[i];
		struct browser_link *l = NULL;
		if (!row->host && browser_row_live(row))
			l = link_to(b, row->run->path);
		if (l) {
			l->live = true;
			link_tick(&l->link);
		}
	}
	for (size_t i = 0; i < b->n_links; i++)
		if (b->links[i]->live)
			b->links[n++] = b->links[i];
		else
			link_close(b->links[i]);
	b->n_links = n;
}

void browser_links_stop(struct browser *b, const char *path)
{
	struct browser_link *l = link_to(b, path);
	struct errinfo e = {.msg = "too many runs are live to talk to all; `thaw ctl` stops it"};
	if (l) {
		link_tick(&l->link);
		l->stopping = true;
	}
	if (!l || link_send(&l->link, CMD_STOP, NULL, &e))
		browser_tell(b, MESSAGE_BAD, "%.120s: %s", path_base(path), e.msg);
	else
		browser_tell(b, MESSAGE_INFO, "asked %.120s to stop …", path_base(path));
}

void browser_links_release(struct browser *b)
{
	while (b->n_links)
		link_close(b->links[--b->n_links]);
	free(b->links);
	b->links = NULL;
	b->cap_links = 0;
}
