/* Pages that copies share, against arrays that share nothing. */
#include "thaw/base/alloc.h"
#include "thaw/base/pages.h"
#include "thaw/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct element { /* 16 of them fill a page */
	uint64_t number;
	int *held; /* counted by it; NULL = nothing */
	char padding[PAGE_BYTES / 16 - 16];
};

enum { ARRAYS = 6, MOST = 200, MOVES = 20000 };

static uint64_t counter;

static size_t below(size_t n)
{
	return (size_t)rng_below(rng_key(3, RNG_PROBE, 0, 0), counter++, n);
}

struct pair { /* the same twice */
	struct pages pages;
	uint64_t numbers[MOST];
	size_t n;
};

static void push(struct pair *p)
{
	if (p->n == MOST)
		return;
	uint64_t number = counter;
	PAGES_PUSH(&p->pages, p->n, struct element)->number = number;
	p->numbers[p->n++] = number;
}

static void become_copy(struct pair *to, const struct pair *from)
{
	struct pages old = to->pages;
	*to = *from;
	to->pages = pages_copy(&from->pages, from->n, sizeof(struct element));
	pages_release(&old, NULL, NULL);
}

static void want_same(const struct pair *p)
{
	for (size_t i = 0; i < p->n; i++)
		assert_int_equal(PAGES_AT(&p->pages, i, struct element)->number, p->numbers[i]);
}

static void copies_go_their_own_ways(void **state)
{
	(void)state;
	struct pair all[ARRAYS] = {0};
	assert_int_equal(pages_per(sizeof(struct element)), 16);
	for (int i = 0; i < MOVES; i++) {
		struct pair *p = &all[below(ARRAYS)], *other = &all[below(ARRAYS)];
		switch (below(12)) {
		case 0:
			if (p != other)
				become_copy(p, other);
			break;
		case 1:
			p->n -= below(p->n / 4 + 1);
			break;
		default:
			for (size_t n = below(9); n > 0; n--)
				push(p);
		}
		if (i % 64 == 0)
			for (size_t k = 0; k < ARRAYS; k++)
				want_same(&all[k]);
	}
	for (size_t k = 0; k < ARRAYS; k++)
		pages_release(&all[k].pages, NULL, NULL);
}

/* In one piece as far as the page goes. */
static void several_at_once(void **state)
{
	(void)state;
	struct pages p = {0};
	for (size_t n = 0, room; n < 10000; n += room) {
		double *to = pages_push(&p, n, sizeof(*to), 10000 - n, &room);
		room = room < 10000 - n ? room : 10000 - n;
		for (size_t i = 0; i < room; i++)
			to[i] = (double)(n + i);
	}
	for (size_t i = 0; i < 10000; i++)
		assert_true(*PAGES_AT(&p, i, double) == (double)i);
	pages_release(&p, NULL, NULL);
}

static void hold(void *elements, size_t n, const void *by)
{
	(void)by;
	for (struct element *e = elements; n > 0; n--, e++)
		++*e->held;
}

static void drop(void *elements, size_t n, const void *by)
{
	(void)by;
	for (struct element *e = elements; n > 0; n--, e++)
		--*e->held;
}

/* An array that grows and changes, copied now and then: what is as it was is shared, and all that is
 * held is let go. */
static void arrays_are_copied_once(void **state)
{
	(void)state;
	enum { COPIES = 12 };
	static struct element array[MOST];
	static int held[MOST];
	struct pair copies[COPIES] = {0};
	for (size_t i = 0; i < COPIES; i++) {
		struct pair *c = &copies[i], *before = i ? &copies[i - 1] : NULL;
		size_t n = before ? before->n : 0;
		c->n = i == 7 ? n - 20 : n + below(30);
		for (size_t k = i == 7 ? c->n - 3 : n; k < c->n; k++)
			array[k] = (struct element){.number = counter + k, .held = &held[k]};
		c->pages = pages_of(array, c->n, sizeof(*array), before ? &before->pages : NULL,
				    hold, NULL);
		for (size_t k = 0; k < c->n; k++)
			c->numbers[k] = array[k].number;
		if (i && i != 7 && n >= 16)
			assert_ptr_equal(c->pages.page[0], before->pages.page[0]);
	}
	assert_int_equal(held[0], 1);
	for (size_t i = 0; i < COPIES; i++)
		want_same(&copies[i]);
	for (size_t i = 0; i < COPIES; i++)
		pages_release(&copies[i * 5 % COPIES].pages, drop, NULL);
	for (size_t i = 0; i < MOST; i++)
		assert_int_equal(held[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(copies_go_their_own_ways),
	    cmocka_unit_test(several_at_once),
	    cmocka_unit_test(arrays_are_copied_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
