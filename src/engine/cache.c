#include "cache.h"

#include "thaw/base/alloc.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLAB_BYTES (16u << 20) /* entries are allocated this much at a time */
#define FILE_FACTOR 8

struct entry {
	uint64_t key;
	float *data; /* NULL: free slot of the table */
};

struct slab {
	void *memory;
	size_t bytes;
	bool mapped;
	struct slab *next;
};

struct cache {
	uint64_t budget;
	struct folder in; /* not open: no file */
	int fd; /* the file without a name, -1 until it is needed */
	uint64_t file_size;
	size_t floats;
	pthread_mutex_t lock; /* the owner holds it to write `table` and `cap`, others to read */
	struct entry *table;  /* open addressing; a power of two, at most half full */
	size_t cap;
	struct slab *slabs;
	float *next; /* free room in the newest slab */
	size_t room; /* entries that still fit there */
	bool full;
	struct cache_usage usage;
};

struct cache *cache_new(uint64_t budget_bytes, const struct folder *in)
{
	struct cache *c = xcalloc(1, sizeof(*c));
	c->budget = budget_bytes;
	c->in = (struct folder)FOLDER_INIT;
	if (in)
		folder_copy(&c->in, in, NULL);
	c->fd = -1;
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

static void drop(struct cache *c)
{
	while (c->slabs) {
		struct slab *next = c->slabs->next;
		if (c->slabs->mapped)
			munmap(c->slabs->memory, c->slabs->bytes);
		else
			free(c->slabs->memory);
		free(c->slabs);
		c->slabs = next;
	}
	if (c->fd >= 0)
		close(c->fd);
	pthread_mutex_lock(&c->lock);
	free(c->table);
	c->table = NULL;
	c->cap = 0;
	pthread_mutex_unlock(&c->lock);
	c->next = NULL;
	c->room = 0;
	c->fd = -1;
	c->file_size = 0;
	c->full = false;
	c->usage = (struct cache_usage){0};
}

void cache_free(struct cache *c)
{
	if (!c)
		return;
	drop(c);
	pthread_mutex_destroy(&c->lock);
	folder_close(&c->in);
	free(c);
}

void cache_reset(struct cache *c, size_t floats)
{
	drop(c);
	c->floats = floats;
}

static struct entry *find(const struct cache *c, uint64_t key)
{
	size_t i = (size_t)(key * 0x9e3779b97f4a7c15u) & (c->cap - 1);
	while (c->table[i].data && c->table[i].key != key)
		i = (i + 1) & (c->cap - 1);
	return &c->table[i];
}

static bool holds(const struct cache *c, uint64_t key)
{
	return c->cap && find(c, key)->data;
}

bool cache_has(struct cache *c, uint64_t key)
{
	pthread_mutex_lock(&c->lock);
	bool has = holds(c, key);
	pthread_mutex_unlock(&c->lock);
	return has;
}

const float *cache_get(struct cache *c, uint64_t key)
{
	const float *data = c->cap ? find(c, key)->data : NULL;
	c->usage.hits += data != NULL;
	c->usage.misses += data == NULL;
	return data;
}

static void grow_table(struct cache *c)
{
	struct entry *old = c->table;
	size_t n = c->cap;
	c->cap = n ? n * 2 : 1024;
	c->table = xcalloc(c->cap, sizeof(*c->table));
	for (size_t i = 0; i < n; i++)
		if (old[i].data)
			*find(c, old[i].key) = old[i];
	free(old);
}

/* Room for `bytes` more in the file; NULL when there is no file, no space or the file is large
 * enough. */
static void *map_more(struct cache *c, size_t bytes)
{
	if (c->in.fd < 0 || c->file_size + bytes > c->budget * FILE_FACTOR)
		return NULL;
	if (c->fd < 0)
		c->fd = folder_scratch(&c->in);
	/* posix_fallocate: a full disk is told here, not by SIGBUS later. */
	if (c->fd < 0 || posix_fallocate(c->fd, (off_t)c->file_size, (off_t)bytes) != 0)
		return NULL;
	void *m = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, (off_t)c->file_size);
	if (m == MAP_FAILED)
		return NULL;
	c->file_size += bytes;
	return m;
}

static bool add_slab(struct cache *c)
{
	size_t entry = c->floats * sizeof(float), page = 4096;
	size_t n = entry < SLAB_BYTES ? SLAB_BYTES / entry : 1;
	size_t bytes = (n * entry + page - 1) / page * page;
	bool in_memory = c->usage.memory_bytes + bytes <= c->budget;
	void *m = in_memory ? aligned_alloc(64, bytes) : map_more(c, bytes);
	if (!m) {
		c->full = true;
		return false;
	}
	struct slab *s = xcalloc(1, sizeof(*s));
	*s = (struct slab){m, bytes, !in_memory, c->slabs};
	c->slabs = s;
	c->next = m;
	c->room = n;
	if (in_memory)
		c->usage.memory_bytes += bytes;
	else
		c->usage.file_bytes += bytes;
	return true;
}

void cache_put(struct cache *c, uint64_t key, const float *in)
{
	if (c->full || !c->budget || !c->floats || holds(c, key))
		return;
	if (!c->room && !add_slab(c))
		return;
	memcpy(c->next, in, c->floats * sizeof(*in));
	pthread_mutex_lock(&c->lock);
	if (2 * (c->usage.entries + 1) > c->cap)
		grow_table(c);
	*find(c, key) = (struct entry){key, c->next};
	pthread_mutex_unlock(&c->lock);
	c->next += c->floats;
	c->room--;
	c->usage.entries++;
}

void cache_usage(const struct cache *c, struct cache_usage *out)
{
	*out = c->usage;
}
