/* An array that grows at its end and is cut there, in pages that its copies share.
 *
 * A copy costs a pointer a page. No element that a copy may see is ever written: who pushes where
 * another has written before takes a page of his own, and who pushes behind all others does not. How many
 * elements there are is the caller's to know, as is their size: the same in every call. They are
 * plain, or a `pages_each` looks after what they hold.
 * Invariant: element i lies in a page with the others of its group of pages_per(size), in order.
 */
#ifndef THAW_BASE_PAGES_H
#define THAW_BASE_PAGES_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES 32768 /* of a page, at most */

struct leaf {
	size_t holders, written; /* elements of it */
	alignas(max_align_t) char elements[];
};

struct pages { /* all 0 to begin with */
	struct leaf **page;
	size_t n, cap;
};

static inline unsigned pages_shift(size_t size)
{
	return 63u - (unsigned)__builtin_clzll(PAGE_BYTES / size);
}

/* A power of two. */
static inline size_t pages_per(size_t size)
{
	return (size_t)1 << pages_shift(size);
}

static inline const void *pages_at(const struct pages *p, size_t i, size_t size)
{
	const struct leaf *page = p->page[i >> pages_shift(size)];
	return page->elements + (i & (pages_per(size) - 1)) * size;
}

/* Room for elements n, n + 1, …, *room of them (at least 1; more are not in one piece), of which
 * `most` will be written now. */
void *pages_push(struct pages *p, size_t n, size_t size, size_t most, size_t *room);

#define PAGES_AT(p, i, T) ((const T *)pages_at((p), (i), sizeof(T)))
#define PAGES_PUSH(p, n, T) ((T *)pages_push((p), (n), sizeof(T), 1, NULL))

/* Called of elements one behind the other. */
typedef void pages_each(void *elements, size_t n, const void *arg);

/* The first n elements, to be released. */
struct pages pages_copy(const struct pages *p, size_t n, size_t size);
/* `drop` (may be NULL) is called of those that nobody holds any more. */
void pages_release(struct pages *p, pages_each *drop, const void *arg);

/* Copy elements that lie in one piece. Pages of `like` that begin with the same bytes are shared,
 * and go on with what is new; `hold` is called of elements that were copied.
 * Shape:  from[n] of `size` bytes
 * Owns:   the result is to be released */
struct pages pages_of(const void *from, size_t n, size_t size, const struct pages *like,
		      pages_each *hold, const void *arg);

#endif
