#include "thaw/tui/browser.h"

#include "browser_app.h"
#include "browser_draw.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/run/places.h"

#include <stdlib.h>
#include <string.h>

#define WORK_MS 40    /* of one turn, for reading logs: no key waits longer */
#define LINKS_MS 1000 /* between looks at the lines to trainers, and at ages */

static void add_place(struct browser *b, const char *place, bool given)
{
	struct errinfo e;
	struct browser_host *h = NULL;
	if (!place_is_remote(place)) {
		catalogue_add(b->runs, place);
	} else if (browser_host_new(&h, b->loop, place, &e)) {
		browser_tell(b, MESSAGE_BAD, "%s", e.msg);
	} else {
		b->hosts = xrealloc(b->hosts, b->n_hosts + 1, sizeof(struct browser_host *));
		b->hosts[b->n_hosts++] = h;
		if (!given || remote_greet(h->remote, NULL))
			remote_start(h->remote); /* and says what is wrong, as long as it is */
	}
}

struct browser *browser_new(const struct browser_options *o)
{
	struct browser *b = xcalloc(1, sizeof(*b));
	browser_view_init(&b->view);
	b->runs = catalogue_new(&(struct catalogue_options){.index = o->index});
	b->loop = loop_new();
	b->charset = o->charset;
	for (size_t i = 0; i < o->n_places; i++)
		add_place(b, o->places[i], i < o->n_given);
	return b;
}

void browser_free(struct browser *b)
{
	if (!b)
		return;
	browser_links_release(b);
	for (size_t i = 0; i < b->n_hosts; i++)
		browser_host_free(b->hosts[i]);
	free(b->hosts);
	loop_free(b->loop);
	catalogue_free(b->runs);
	browser_view_release(&b->view);
	browser_choice_release(&b->choice);
	free(b);
}

void browser_say(struct browser *b, bool bad, const char *text)
{
	browser_tell(b, bad ? MESSAGE_BAD : MESSAGE_INFO, "%s", text);
}

/* ---- what happens ---- */

static void on_key(void *arg, int key)
{
	struct browser *b = arg;
	b->gathered_ms = 0; /* a key is about what there is now */
	browser_gather(b);
	browser_key(b, key);
}

static void on_tick(void *arg, int64_t now)
{
	struct browser *b = arg;
	if (now - b->ticked_ms >= LINKS_MS) {
		b->ticked_ms = now;
		browser_gather(b);
		browser_links_tick(b);
		b->show.dirty = true;
	}
	if (b->view.message_kind != MESSAGE_NONE && now >= b->message_until_ms) {
		b->view.message_kind = MESSAGE_NONE;
		b->show.dirty = true;
	}
}

static bool on_work(void *arg)
{
	struct browser *b = arg;
	bool was = b->show.more, more = catalogue_work(b->runs, WORK_MS);
	if (was && !more)
		catalogue_save(b->runs);
	browser_gather(b);
	return more;
}

static void on_draw(void *arg, struct canvas *c)
{
	struct browser *b = arg;
	b->view.now_ms = clock_unix_ms();
	browser_measure(&b->view, c->w, c->h);
	browser_draw(c, &b->view);
}

enum err browser_run(struct browser *b, struct browser_choice *choice, struct errinfo *e)
{
	static const struct show_owner owner = {on_key, on_tick, on_work, on_draw};
	browser_choice_release(&b->choice);
	b->show.owner = &owner;
	b->show.arg = b;
	b->show.loop = b->loop;
	b->ticked_ms = 0;
	catalogue_refresh(b->runs);
	enum err err = show_run(&b->show, b->charset, e);
	browser_links_release(b);
	if (b->show.signo) {
		b->choice.want = BROWSER_SIGNAL;
		b->choice.signo = b->show.signo;
	}
	*choice = b->choice;
	b->choice = (struct browser_choice){.want = BROWSER_LEAVE};
	return err;
}
