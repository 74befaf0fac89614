/* The cards' memory, and the host's that they can see. What was given back is never used again, so
 * that using it is a fault. */
#include "standin.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, ALIGNMENT = 256, GARBAGE = 0xff /* NaN, as float and as bfloat16 */ };

struct block {
	char *pages,
	    *at; /* `at` to the end of the pages but for the alignment; a guard page follows */
	size_t n_pages_bytes, bytes;
	struct block *next;
};

static struct block *pinned;

static size_t up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

static struct block *block_new(size_t bytes)
{
	size_t pages = up(up(bytes, ALIGNMENT), PAGE);
	char *at =
	    mmap(NULL, pages + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED || mprotect(at, pages, PROT_READ | PROT_WRITE))
		return NULL;
	memset(at, GARBAGE, pages);
	struct block *b = calloc(1, sizeof(*b));
	*b = (struct block){at, at + pages - up(bytes, ALIGNMENT), pages, bytes, NULL};
	return b;
}

static void block_drop(struct block **link)
{
	struct block *b = *link;
	*link = b->next;
	mmap(b->pages, b->n_pages_bytes, PROT_NONE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
	free(b);
}

static struct block **block_find(struct block **list, const void *at)
{
	while (*list && (*list)->at != at)
		list = &(*list)->next;
	return list;
}

static bool block_has(const struct block *b, uint64_t at, size_t bytes)
{
	while (b && !(at >= (uintptr_t)b->at && at - (uintptr_t)b->at <= b->bytes &&
		      bytes <= b->bytes - (at - (uintptr_t)b->at)))
		b = b->next;
	return b != NULL;
}

int memory_alloc(struct cu_context *card, size_t bytes, device_address *at)
{
	if (!bytes || !at)
		return CU_INVALID_VALUE;
	size_t left = card->memory - card->taken - card->used;
	if (bytes > left || up(bytes, PAGE) > left)
		return CU_OUT_OF_MEMORY;
	struct block *b = block_new(bytes);
	if (!b)
		return CU_OUT_OF_MEMORY;
	b->next = card->blocks;
	card->blocks = b;
	card->used += b->n_pages_bytes;
	mprotect(b->pages, b->n_pages_bytes, PROT_NONE);
	*at = (uintptr_t)b->at;
	return CU_OK;
}

int memory_free(struct cu_context *card, device_address at)
{
	struct block **b = block_find(&card->blocks, (const void *)(uintptr_t)at);
	if (!at || !*b)
		return at ? CU_INVALID_VALUE : CU_OK;
	card->used -= (*b)->n_pages_bytes;
	block_drop(b);
	return CU_OK;
}

static void protect(struct cu_context *card, int protection)
{
	for (struct block *b = card->blocks; b; b = b->next)
		mprotect(b->pages, b->n_pages_bytes, protection);
}

void memory_open(struct cu_context *card)
{
	protect(card, PROT_READ | PROT_WRITE);
}

void memory_close(struct cu_context *card)
{
	protect(card, PROT_NONE);
}

bool memory_is_card(const struct cu_context *card, device_address at, size_t bytes)
{
	return block_has(card->blocks, at, bytes);
}

int pinned_alloc(size_t bytes, void **at)
{
	struct block *b = bytes && at ? block_new(bytes) : NULL;
	if (!b)
		return CU_INVALID_VALUE;
	b->next = pinned;
	pinned = b;
	*at = b->at;
	return CU_OK;
}

int pinned_free(void *at)
{
	struct block **b = block_find(&pinned, at);
	if (!*b)
		return CU_INVALID_VALUE;
	block_drop(b);
	return CU_OK;
}

bool pinned_has(const void *at, size_t bytes)
{
	return block_has(pinned, (uintptr_t)at, bytes);
}

/* Two small numbers side by side, the second of them padding, are no address. */
bool memory_is_hosts(const struct cu_context *card, uint64_t word)
{
	if (word >> 47 || word < (1ull << 32) || (uint32_t)word < (1u << 16) ||
	    block_has(card->blocks, word, 0) || block_has(pinned, word, 0))
		return false;
	void *page = (void *)(uintptr_t)(word / PAGE * PAGE);
	return msync(page, 1, MS_ASYNC) == 0;
}
