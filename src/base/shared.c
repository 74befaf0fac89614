#include "thaw/base/shared.h"

#include "thaw/base/alloc.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

struct head {
	alignas(max_align_t) size_t holders;
	size_t bytes;
};

static struct head *head_of(void *p)
{
	return (struct head *)p - 1;
}

void *shared_new(size_t bytes)
{
	struct head *h = xmalloc(sizeof(*h) + bytes);
	h->holders = 1;
	h->bytes = bytes;
	return h + 1;
}

void *shared_copy(const void *from, size_t bytes)
{
	return memcpy(shared_new(bytes), from, bytes);
}

char *shared_text(const char *s)
{
	return s ? shared_copy(s, strlen(s) + 1) : shared_copy("", 1);
}

char *shared_take(char *s)
{
	char *text = shared_text(s);
	free(s);
	return text;
}

void *shared_hold(void *p)
{
	if (p)
		head_of(p)->holders++;
	return p;
}

void shared_drop(void *p)
{
	if (p && !--head_of(p)->holders)
		free(head_of(p));
}

size_t shared_bytes(const void *p)
{
	return p ? ((const struct head *)p - 1)->bytes : 0;
}

void *shared_own(void *p)
{
	if (!p || head_of(p)->holders == 1)
		return p;
	head_of(p)->holders--;
	return shared_copy(p, shared_bytes(p));
}
