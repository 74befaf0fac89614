#include "memory.h"

#include "thaw/base/alloc.h"

float *room_for(const struct backend *b, struct room *r, size_t n)
{
	if (n > r->floats) {
		b->release(r->at);
		*r = (struct room){b->alloc(n), n};
	}
	return r->at;
}

void room_release(const struct backend *b, struct room *r)
{
	b->release(r->at);
	*r = (struct room){0};
}

const float *memory_view(const struct backend *b, const float *at, size_t n, struct room *copy)
{
	if (b->shares_memory)
		return at;
	ALLOC_GROW(copy->at, n, copy->floats);
	b->download(at, NULL, n, copy->at);
	return copy->at;
}

const float *memory_lend(const struct backend *b, const float *host, size_t n, struct room *copy)
{
	if (b->shares_memory)
		return host;
	b->upload(host, n, NULL, room_for(b, copy, n));
	return copy->at;
}
