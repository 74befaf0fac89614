#include "browser_host.h"

#include "thaw/base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNS_MAX 100000 /* of one host; it may mean ill */

static struct host_run *find(const struct browser_host *h, const char *path)
{
	for (size_t i = 0; i < h->n; i++)
		if (strcmp(h->runs[i].run.path, path) == 0)
			return &h->runs[i];
	return NULL;
}

static void take_run(struct browser_host *h, const char *text, size_t len)
{
	struct run_summary run;
	if (run_summary_decode(&run, text, len, NULL))
		return;
	struct host_run *old = find(h, run.path);
	if (!old && h->n == RUNS_MAX) {
		run_summary_release(&run);
		return;
	}
	if (old) {
		run_summary_release(&old->run);
	} else {
		ALLOC_GROW(h->runs, h->n + 1, h->cap);
		old = &h->runs[h->n++];
	}
	*old = (struct host_run){run, true};
}

static void forget(struct browser_host *h, size_t i)
{
	run_summary_release(&h->runs[i].run);
	memmove(h->runs + i, h->runs + i + 1, (--h->n - i) * sizeof(*h->runs));
}

static void on_record(void *arg, enum remote_record kind, const char *text, size_t len)
{
	struct browser_host *h = arg;
	struct host_run *gone = kind == REMOTE_GONE ? find(h, text) : NULL;
	h->changed = true;
	if (kind == REMOTE_RUN)
		take_run(h, text, len);
	if (gone)
		forget(h, (size_t)(gone - h->runs));
	if (kind == REMOTE_BEGIN)
		for (size_t i = 0; i < h->n; i++)
			h->runs[i].told = false;
	if (kind != REMOTE_ALL)
		return;
	h->all = true;
	for (size_t i = h->n; i-- > 0;)
		if (!h->runs[i].told)
			forget(h, i);
}

static void on_change(void *arg)
{
	struct browser_host *h = arg;
	h->changed = true;
}

enum err browser_host_new(struct browser_host **out, struct loop *loop, const char *text,
			  struct errinfo *e)
{
	struct browser_host *h = xcalloc(1, sizeof(*h));
	enum err err = remote_url_parse(&h->url, text, e);
	if (!err) {
		const struct remote_options o = {.list = true,
						 .runs = *h->url.path ? h->url.path : NULL,
						 .on_change = on_change,
						 .on_record = on_record,
						 .arg = h};
		h->name = remote_url_host(&h->url);
		err = remote_new(&h->remote, loop, &h->url, &o, e);
	}
	if (err)
		browser_host_free(h);
	else
		*out = h;
	return err;
}

void browser_host_free(struct browser_host *h)
{
	if (!h)
		return;
	remote_free(h->remote);
	while (h->n)
		forget(h, h->n - 1);
	free(h->runs);
	free(h->name);
	remote_url_release(&h->url);
	free(h);
}

void browser_host_words(const struct browser_host *h, char *out, size_t size)
{
	remote_words(h->remote, out, size);
	if (!*out && !h->all)
		snprintf(out, size, "reading its runs …");
}
