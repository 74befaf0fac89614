#include "thaw/run/catalogue.h"

#include "entry.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LIST_MS 1000  /* between two readings of the folders */
#define CYCLE_MS 2000 /* between two looks at the same run */

struct place {
	char *path, *real;
	int error;              /* errno: it cannot be read */
	struct run_index index; /* until every run was looked at */
	int64_t mtime_ns; /* of the folder when it was listed last; 0 = not yet, or too young */
	bool stale;       /* the index on disk lacks what is known here */
};

struct catalogue {
	char *index;
	char *(*unsaved)(const char *path);
	struct place *places;
	size_t n_places, cap_places;
	struct entry **entries; /* by place, then by name */
	size_t n, cap;
	size_t n_sorted; /* those that are in their order; behind them what was just found */
	size_t at;       /* the entry that is looked at next */
	bool looked;     /* at each of them, once */
	int64_t listed_ms, cycle_ms;
	struct entry **queue; /* [n_queue] those whose logs are to be read, the next one last */
	size_t n_queue;
	bool queued; /* it holds them all, in order */
	uint64_t version, shape;
};

struct catalogue *catalogue_new(const struct catalogue_options *o)
{
	struct catalogue *c = xcalloc(1, sizeof(*c));
	c->index = xstrdup(o->index);
	c->unsaved = o->unsaved;
	c->listed_ms = INT64_MIN;
	return c;
}

void catalogue_free(struct catalogue *c)
{
	if (!c)
		return;
	catalogue_save(c);
	for (size_t i = 0; i < c->n; i++)
		entry_free(c->entries[i]);
	for (size_t i = 0; i < c->n_places; i++) {
		run_index_release(&c->places[i].index);
		free(c->places[i].path);
		free(c->places[i].real);
	}
	free(c->entries);
	free(c->queue);
	free(c->places);
	free(c->index);
	free(c);
}

void catalogue_add(struct catalogue *c, const char *place)
{
	char *real = realpath(place, NULL);
	for (size_t i = 0; i < c->n_places; i++) {
		const struct place *p = &c->places[i];
		if (strcmp(p->path, place) == 0 || (real && strcmp(p->real, real) == 0)) {
			free(real);
			return;
		}
	}
	ALLOC_GROW(c->places, c->n_places + 1, c->cap_places);
	struct place *p = &c->places[c->n_places++];
	*p = (struct place){.path = xstrdup(place), .real = real ? real : xstrdup("")};
	run_index_read(&p->index, c->index, place);
	c->listed_ms = INT64_MIN;
	c->looked = false;
}

/* ---- the names ---- */

static int compare(const struct entry *e, size_t place, const char *name)
{
	if (e->place != place)
		return e->place < place ? -1 : 1;
	return strverscmp(path_base(e->path), name);
}

static int by_place_and_name(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;
	return compare(*x, (*y)->place, path_base((*y)->path));
}

/* Among those in order; NULL: it is new. */
static struct entry *find(const struct catalogue *c, size_t place, const char *name)
{
	size_t lo = 0, hi = c->n_sorted;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int cmp = compare(c->entries[mid], place, name);
		if (cmp == 0)
			return c->entries[mid];
		lo = cmp < 0 ? mid + 1 : lo;
		hi = cmp < 0 ? hi : mid;
	}
	return NULL;
}

static void note_name(struct catalogue *c, size_t place, const char *name)
{
	struct entry *e = find(c, place, name);
	if (!e) {
		e = entry_new(c->places[place].path, place, name);
		ALLOC_GROW(c->entries, c->n + 1, c->cap);
		c->entries[c->n++] = e;
	}
	e->listed = true;
}

static void drop_unlisted(struct catalogue *c)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++) {
		struct entry *e = c->entries[i];
		if (e->listed) {
			c->entries[n++] = e;
			continue;
		}
		c->places[e->place].stale |= e->row.known;
		entry_free(e);
		c->version++;
	}
	c->shape += n != c->n;
	c->queued = c->queued && n == c->n;
	c->n = n;
}

/* When nothing has come or gone since, 0 where that cannot be told: two changes may have one time. */
static int64_t settled_mtime(const struct stat *st)
{
	enum { YOUNG_MS = 2000 };
	int64_t ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
	return clock_unix_ms() - ns / 1000000 > YOUNG_MS ? ns : 0;
}

static bool as_before(struct place *p)
{
	struct stat st;
	int64_t was = p->mtime_ns;
	p->mtime_ns = stat(p->path, &st) == 0 ? settled_mtime(&st) : 0;
	return was && was == p->mtime_ns;
}

static void list_place(struct catalogue *c, size_t place)
{
	struct place *p = &c->places[place];
	bool same = as_before(p);
	for (size_t i = 0; i < c->n_sorted; i++)
		if (c->entries[i]->place == place)
			c->entries[i]->listed = same;
	DIR *d = same ? NULL : opendir(p->path);
	if (same)
		return;
	p->error = d ? 0 : errno;
	for (struct dirent *name; d && (name = readdir(d));)
		if (name->d_name[0] != '.' && name->d_type != DT_REG)
			note_name(c, place, name->d_name);
	if (d)
		closedir(d);
}

static void list_all(struct catalogue *c)
{
	size_t before = c->n;
	for (size_t i = 0; i < c->n_places; i++)
		list_place(c, i);
	bool more = c->n > before;
	drop_unlisted(c);
	if (more)
		qsort(c->entries, c->n, sizeof(*c->entries), by_place_and_name);
	c->shape += more;
	if (more || c->n < before)
		c->at = 0;
	c->n_sorted = c->n;
}

/* ---- what they say ---- */

static void changed(struct catalogue *c, struct entry *e)
{
	e->row.version = ++c->version;
}

static bool waits(const struct entry *e)
{
	return e->state == ENTRY_WAITING || e->state == ENTRY_READING;
}

static void look_around(struct catalogue *c, int64_t deadline_ms)
{
	while (c->at < c->n) {
		struct entry *e = c->entries[c->at++];
		if (entry_look(e, c->looked ? NULL : &c->places[e->place].index))
			changed(c, e);
		c->queued = c->queued && !waits(e);
		if (c->at < c->n && clock_ms() >= deadline_ms)
			return;
	}
	for (size_t i = 0; !c->looked && i < c->n_places; i++)
		run_index_release(&c->places[i].index);
	c->looked = true;
}

/* What is begun is read first, then live runs, then the newest; the queue goes from its end. */
static int by_urgency(const void *a, const void *b)
{
	const struct entry *const *pa = a, *const *pb = b, *x = *pa, *y = *pb;
	if (x->state != y->state)
		return x->state == ENTRY_READING ? 1 : -1;
	if (x->live != y->live)
		return x->live ? 1 : -1;
	return (x->stamp.mtime_ns > y->stamp.mtime_ns) - (x->stamp.mtime_ns < y->stamp.mtime_ns);
}

static void fill_queue(struct catalogue *c)
{
	c->queue = xrealloc(c->queue, c->n + 1, sizeof(struct entry *));
	c->n_queue = 0;
	for (size_t i = 0; i < c->n; i++)
		if (waits(c->entries[i]))
			c->queue[c->n_queue++] = c->entries[i];
	qsort(c->queue, c->n_queue, sizeof(struct entry *), by_urgency);
	c->queued = true;
}

static struct entry *next_to_read(struct catalogue *c)
{
	if (!c->queued)
		fill_queue(c);
	return c->n_queue ? c->queue[c->n_queue - 1] : NULL;
}

static bool read_some(struct catalogue *c, int64_t deadline_ms)
{
	for (struct entry *e; (e = next_to_read(c));) {
		if (!entry_read(e, deadline_ms, c->unsaved))
			return true;
		c->n_queue--;
		changed(c, e);
		c->places[e->place].stale |= e->state == ENTRY_DONE;
		if (clock_ms() >= deadline_ms)
			return next_to_read(c) != NULL;
	}
	return false;
}

static void follow_live(struct catalogue *c, int64_t now_ms, int64_t deadline_ms)
{
	for (size_t i = 0; i < c->n; i++) {
		struct entry *e = c->entries[i];
		if (!entry_follow(e, now_ms, deadline_ms))
			continue;
		changed(c, e);
		c->places[e->place].stale |= e->state == ENTRY_DONE;
	}
}

bool catalogue_work(struct catalogue *c, int budget_ms)
{
	int64_t now = clock_ms(), deadline = budget_ms < 0 ? INT64_MAX : now + budget_ms;
	if (c->listed_ms == INT64_MIN || now - c->listed_ms >= LIST_MS) {
		c->listed_ms = now;
		list_all(c);
	}
	if (c->at == c->n && (!c->cycle_ms || now - c->cycle_ms >= CYCLE_MS)) {
		c->cycle_ms = now;
		c->at = 0;
	}
	follow_live(c, now, deadline);
	look_around(c, deadline);
	return c->at < c->n || read_some(c, deadline);
}

void catalogue_refresh(struct catalogue *c)
{
	c->listed_ms = INT64_MIN;
	c->cycle_ms = 0;
	for (size_t i = 0; i < c->n_places; i++)
		c->places[i].mtime_ns = 0;
}

/* ---- what is asked ---- */

size_t catalogue_places(const struct catalogue *c)
{
	return c->n_places;
}

const char *catalogue_place(const struct catalogue *c, size_t i)
{
	return c->places[i].path;
}

int catalogue_place_error(const struct catalogue *c, size_t i)
{
	return c->places[i].error;
}

uint64_t catalogue_version(const struct catalogue *c)
{
	return c->version;
}

uint64_t catalogue_shape(const struct catalogue *c)
{
	return c->shape;
}

size_t catalogue_count(const struct catalogue *c)
{
	return c->n;
}

const struct catalogue_row *catalogue_at(const struct catalogue *c, size_t i)
{
	const struct entry *e = c->entries[i];
	return e->state == ENTRY_NEW || e->state == ENTRY_NONE ? NULL : &e->row;
}

size_t catalogue_unknown(const struct catalogue *c)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++)
		n += c->entries[i]->state == ENTRY_NEW || waits(c->entries[i]);
	return n;
}

void catalogue_unsaved(struct catalogue *c, const char *path, const char *why)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->entries[i]->path, path) == 0 && entry_unsaved(c->entries[i], why))
			changed(c, c->entries[i]);
}

static void save_place(struct catalogue *c, size_t place)
{
	struct strbuf lines = STRBUF_INIT;
	for (size_t i = 0; i < c->n; i++) {
		const struct entry *e = c->entries[i];
		if (e->place == place && e->state == ENTRY_DONE && !e->row.run.error)
			run_index_add(&lines, &e->stamp, &e->row.run);
	}
	run_index_write(&lines, c->index, c->places[place].path);
	strbuf_release(&lines);
	c->places[place].stale = false;
}

void catalogue_save(struct catalogue *c)
{
	for (size_t i = 0; c->index && c->looked && i < c->n_places; i++)
		if (c->places[i].stale)
			save_place(c, i);
}
