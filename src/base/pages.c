#include "thaw/base/pages.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>
#include <string.h>

static struct leaf *new_page(size_t size)
{
	struct leaf *page = xmalloc(sizeof(*page) + pages_per(size) * size);
	page->holders = 1;
	page->written = 0;
	return page;
}

static void add_page(struct pages *p, struct leaf *page)
{
	ALLOC_GROW(p->page, p->n + 1, p->cap);
	p->page[p->n++] = page;
}

/* The first n elements of a page that another has gone on with. */
static struct leaf *part_of(struct leaf *page, size_t n, size_t size)
{
	struct leaf *own = new_page(size);
	memcpy(own->elements, page->elements, n * size);
	own->written = n;
	page->holders--;
	return own;
}

void *pages_push(struct pages *p, size_t n, size_t size, size_t most, size_t *room)
{
	size_t at = n >> pages_shift(size), within = n & (pages_per(size) - 1);
	size_t left = pages_per(size) - within;
	if (at == p->n)
		add_page(p, new_page(size));
	struct leaf *page = p->page[at];
	if (page->holders > 1 && page->written > within)
		page = p->page[at] = part_of(page, within, size);
	page->written = within + (most < left ? most : left);
	if (room)
		*room = left;
	return page->elements + within * size;
}

struct pages pages_copy(const struct pages *p, size_t n, size_t size)
{
	size_t n_pages = (n + pages_per(size) - 1) >> pages_shift(size);
	struct pages copy = {xcalloc(n_pages, sizeof(*copy.page)), n_pages, n_pages};
	for (size_t i = 0; i < n_pages; i++) {
		copy.page[i] = p->page[i];
		copy.page[i]->holders++;
	}
	return copy;
}

void pages_release(struct pages *p, pages_each *drop, const void *arg)
{
	for (size_t i = 0; i < p->n; i++) {
		struct leaf *page = p->page[i];
		if (--page->holders)
			continue;
		if (drop)
			drop(page->elements, page->written, arg);
		free(page);
	}
	free(p->page);
	*p = (struct pages){0};
}

/* Of the n elements from `from` on, how many the page has; n + 1: it has others. */
static size_t known(const struct leaf *page, const void *from, size_t n, size_t size)
{
	size_t both = page->written < n ? page->written : n;
	return memcmp(page->elements, from, both * size) == 0 ? both : n + 1;
}

struct pages pages_of(const void *from, size_t n, size_t size, const struct pages *like,
		      pages_each *hold, const void *arg)
{
	struct pages to = {0};
	size_t per = pages_per(size);
	for (size_t first = 0; first < n; first += per) {
		const char *elements = (const char *)from + first * size;
		size_t count = n - first < per ? n - first : per, i = first / per;
		struct leaf *page = like && i < like->n ? like->page[i] : NULL;
		size_t has = page ? known(page, elements, count, size) : count + 1;
		if (has > count) {
			page = new_page(size);
			has = 0;
		} else {
			page->holders++;
		}
		if (has < count) {
			memcpy(page->elements + has * size, elements + has * size,
			       (count - has) * size);
			hold(page->elements + has * size, count - has, arg);
			page->written = count;
		}
		add_page(&to, page);
	}
	return to;
}
