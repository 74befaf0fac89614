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
	bool on_device;
};

struct slab {
	void *memory;
	size_t bytes;
	enum cache_place place;
	struct slab *next;
};

struct cache {
	const struct backend *backend;
	uint64_t budget;
	struct folder in; /* not open: no file */
	int fd;           /* the file without a name, -1 until it is needed */
	uint64_t file_size;
	size_t floats;
	pthread_mutex_t lock; /* the owner holds it to write `table` and `cap`, others to read */
	struct entry *table;  /* open addressing; a power of two, at most half full */
	size_t cap;
	struct slab *slabs;
	float *next;         /* free room in the newest slab */
	size_t room;         /* entries that still fit there */
	const float **found; /* [cap_found] scratch: where entries lie on the device */
	size_t cap_found;
	bool full;
	struct cache_usage usage;
};

struct cache *cache_new(uint64_t budget_bytes, const struct folder *in, const struct backend *b)
{
	struct cache *c = xcalloc(1, sizeof(*c));
	c->backend = b;
	c->budget = budget_bytes;
	c->in = (struct folder)FOLDER_INIT;
	if (in)
		folder_copy(&c->in, in, NULL);
	c->fd = -1;
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

static void slab_free(const struct cache *c, struct slab *s)
{
	if (s->place == CACHE_ON_DEVICE)
		c->backend->release(s->memory);
	else if (s->place == CACHE_IN_FILE)
		munmap(s->memory, s->bytes);
	else
		free(s->memory);
	free(s);
}

static void drop(struct cache *c)
{
	while (c->slabs) {
		struct slab *next = c->slabs->next;
		slab_free(c, c->slabs);
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
	free(c->found);
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

/* Bring one that lies on the host; NULL when it lies on the device, where it is then, or nowhere. */
static const float *bring(struct cache *c, const struct entry *e, float *to)
{
	if (e && e->data && !e->on_device)
		c->backend->upload(e->data, c->floats, NULL, to);
	return e && e->on_device ? e->data : NULL;
}

int cache_get(struct cache *c, const uint64_t *key, int n, float *to, int *missing)
{
	int n_missing = 0, n_found = 0;
	ALLOC_GROW(c->found, (size_t)n, c->cap_found);
	for (int i = 0; i < n; i++) {
		const struct entry *e = c->cap ? find(c, key[i]) : NULL;
		c->found[i] = bring(c, e, to + (size_t)i * c->floats);
		n_found += c->found[i] != NULL;
		if (!e || !e->data)
			missing[n_missing++] = i;
	}
	if (n_found)
		c->backend->gather(c->found, n, c->floats, to);
	c->usage.hits += (uint64_t)(n - n_missing);
	c->usage.misses += (uint64_t)n_missing;
	return n_missing;
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

/* Room for `bytes` more; NULL: there is none in such a place. */

/* As much again stays free of what there is beside these slabs. */
static void *take_on_device(struct cache *c, size_t bytes)
{
	uint64_t had = c->usage.bytes[CACHE_ON_DEVICE];
	if (!c->backend->free_bytes || had + bytes > c->budget ||
	    had + 2 * bytes > c->backend->free_bytes())
		return NULL;
	return c->backend->alloc((bytes + sizeof(float) - 1) / sizeof(float));
}

static void *take_in_memory(struct cache *c, size_t bytes)
{
	bool fits = c->usage.bytes[CACHE_IN_MEMORY] + bytes <= c->budget;
	return fits ? aligned_alloc(64, bytes) : NULL;
}

static void *take_in_file(struct cache *c, size_t bytes)
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
	static void *(*const take[CACHE_PLACES])(struct cache *, size_t) = {
	    take_on_device, take_in_memory, take_in_file};
	size_t entry = c->floats * sizeof(float), page = 4096;
	size_t n = entry < SLAB_BYTES ? SLAB_BYTES / entry : 1;
	size_t bytes = (n * entry + page - 1) / page * page;
	void *m = NULL;
	for (int place = 0; place < CACHE_PLACES && !m; place++)
		if ((m = take[place](c, bytes))) {
			struct slab *s = xcalloc(1, sizeof(*s));
			*s = (struct slab){m, bytes, (enum cache_place)place, c->slabs};
			c->slabs = s;
			c->next = m;
			c->room = n;
			c->usage.bytes[place] += bytes;
		}
	c->full = !m;
	return m;
}

/* Copy what is the backend's to free room. Returns whether that is on the device. */
static bool fill(struct cache *c, const float *in)
{
	bool on_device = c->slabs->place == CACHE_ON_DEVICE;
	if (on_device)
		c->backend->copy(in, c->floats, c->next);
	else
		c->backend->download(in, NULL, c->floats, c->next);
	return on_device;
}

void cache_put(struct cache *c, uint64_t key, const float *in)
{
	if (c->full || !c->budget || !c->floats || holds(c, key))
		return;
	if (!c->room && !add_slab(c))
		return;
	bool on_device = fill(c, in);
	pthread_mutex_lock(&c->lock);
	if (2 * (c->usage.entries + 1) > c->cap)
		grow_table(c);
	*find(c, key) = (struct entry){key, c->next, on_device};
	pthread_mutex_unlock(&c->lock);
	c->next += c->floats;
	c->room--;
	c->usage.entries++;
}

void cache_usage(const struct cache *c, struct cache_usage *out)
{
	*out = c->usage;
}
