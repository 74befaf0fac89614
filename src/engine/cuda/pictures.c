#include "thaw/engine/pictures.h"

#include "stream.h"

#include "thaw/base/alloc.h"
#include "thaw/engine/device.h"

#include <pthread.h>
#include <stdlib.h>

#define SLAB_BYTES ((size_t)16 << 20) /* the card's memory is taken this much at a time */
#define ALIGNMENT 16
#define BLOCKS_EACH 64 /* of a view, at most */

_Static_assert(sizeof(struct view_recipe) == 128, "it is copied for each view");

struct entry {
	device_address at; /* 0: none */
	int w, h;
};

struct slab {
	device_address at;
	struct slab *next;
};

/* What a batch needs on its way, two of each: the one before may not have arrived. */
struct turn {
	struct card_view *views; /* [most], pinned */
	float *views_there;
	float *uploaded;          /* [most][3][h][w] on the card; NULL until it is needed */
	struct cu_event *arrived; /* `uploaded`, on the card */
	struct cu_event *done;    /* all that reads these */
};

struct pictures {
	uint64_t budget;
	int w, h, most;
	size_t floats;            /* of a view */
	float *out;               /* [most][floats] */
	struct cu_stream *copies; /* what goes to the card while it computes */
	struct turn turn[2];
	unsigned n_turns;

	pthread_mutex_t lock; /* of what follows */
	struct entry *entries;
	size_t n_entries;
	struct slab *slabs;
	device_address next;
	size_t room; /* bytes there */
	uint64_t bytes;
	bool full;
};

static void turn_open(struct turn *t, int most)
{
	size_t bytes = (size_t)most * sizeof(*t->views);
	t->views = cuda_pinned(bytes);
	t->views_there = cuda_alloc(bytes / sizeof(float));
	CU(cuEventCreate, &t->arrived, CU_EVENT_DISABLE_TIMING);
	CU(cuEventCreate, &t->done, CU_EVENT_DISABLE_TIMING);
}

static void turn_close(struct turn *t)
{
	cuda_pinned_free(t->views);
	cuda_release(t->views_there);
	cuda_release(t->uploaded);
	CU(cuEventDestroy_v2, t->arrived);
	CU(cuEventDestroy_v2, t->done);
}

struct pictures *pictures_new(uint64_t budget_bytes, int w, int h, int most)
{
	if (!device_is_card())
		return NULL;
	struct pictures *s = xcalloc(1, sizeof(*s));
	s->budget = budget_bytes ? budget_bytes : UINT64_MAX;
	s->w = w;
	s->h = h;
	s->most = most;
	s->floats = 3 * (size_t)w * (size_t)h;
	s->out = cuda_alloc((size_t)most * s->floats);
	cuda_clear(s->out, (size_t)most * s->floats);
	CU(cuStreamCreate, &s->copies, CU_STREAM_NON_BLOCKING);
	for (int i = 0; i < 2; i++)
		turn_open(&s->turn[i], most);
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

void pictures_free(struct pictures *s)
{
	if (!s)
		return;
	cuda_wait();
	while (s->slabs) {
		struct slab *next = s->slabs->next;
		CU(cuMemFree_v2, s->slabs->at);
		free(s->slabs);
		s->slabs = next;
	}
	for (int i = 0; i < 2; i++)
		turn_close(&s->turn[i]);
	CU(cuStreamDestroy_v2, s->copies);
	cuda_release(s->out);
	pthread_mutex_destroy(&s->lock);
	free(s->entries);
	free(s);
}

/* ---- putting ---- */

/* As much as may be taken: a quarter of the card is left to what computes. */
static size_t takable(const struct pictures *s)
{
	size_t rest = 0, total = 0;
	CU(cuMemGetInfo_v2, &rest, &total);
	uint64_t spare = rest > total / 4 ? rest - total / 4 : 0, budget = s->budget - s->bytes;
	return (size_t)(spare < budget ? spare : budget);
}

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool add_slab(struct pictures *s, size_t least)
{
	device_address at = 0;
	size_t bytes = lesser(takable(s), least > SLAB_BYTES ? least : SLAB_BYTES);
	if (bytes < least || driver.cuMemAlloc_v2(&at, bytes))
		return false;
	struct slab *slab = xcalloc(1, sizeof(*slab));
	*slab = (struct slab){at, s->slabs};
	s->slabs = slab;
	s->next = at;
	s->room = bytes;
	s->bytes += bytes;
	return true;
}

/* Room for a picture; 0: there is none, and none is looked for any more. */
static device_address take_room(struct pictures *s, size_t bytes)
{
	bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (bytes > s->room && (s->full || !add_slab(s, bytes))) {
		s->full = true;
		return 0;
	}
	device_address at = s->next;
	s->next += bytes;
	s->room -= bytes;
	return at;
}

static void note(struct pictures *s, uint32_t id, struct entry e)
{
	size_t before = s->n_entries;
	ALLOC_GROW(s->entries, (size_t)id + 1, s->n_entries);
	for (size_t i = before; i < s->n_entries; i++)
		s->entries[i] = (struct entry){0, 0, 0};
	s->entries[id] = e;
}

bool pictures_put(struct pictures *s, uint32_t id, const uint8_t *rgb, int w, int h)
{
	size_t bytes = (size_t)w * (size_t)h * 3;
	cuda_enter();
	pthread_mutex_lock(&s->lock);
	device_address at = take_room(s, bytes);
	pthread_mutex_unlock(&s->lock);
	if (!at)
		return false;
	CU(cuMemcpyHtoDAsync_v2, at, rgb, bytes, s->copies);
	CU(cuStreamSynchronize, s->copies);
	pthread_mutex_lock(&s->lock);
	note(s, id, (struct entry){at, w, h});
	pthread_mutex_unlock(&s->lock);
	return true;
}

/* ---- rendering ---- */

/* Returns how many. */
static int list_views(struct pictures *s, const struct picture_views *v, struct card_view *out)
{
	int n = 0;
	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < v->n; i++) {
		if (v->blank[i] || !v->stored[i])
			continue;
		const struct entry *e = &s->entries[v->id[i]];
		out[n++] = (struct card_view){.recipe = v->recipe[i],
					      .rgb = (const uint8_t *)(uintptr_t)e->at,
					      .w = e->w,
					      .h = e->h,
					      .at = i};
	}
	pthread_mutex_unlock(&s->lock);
	return n;
}

static void render(struct pictures *s, const struct turn *t, int n)
{
	struct render_views_args args = {(const struct card_view *)(const void *)t->views_there,
					 s->out, s->w, s->h};
	int blocks = (s->w * s->h + BLOCK_THREADS - 1) / BLOCK_THREADS;
	cuda_to_card(t->views_there, t->views, (size_t)n * sizeof(*t->views));
	cuda_launch(KERNEL_render_views, (unsigned)(blocks < BLOCKS_EACH ? blocks : BLOCKS_EACH),
		    (unsigned)n, BLOCK_THREADS, &args);
}

static bool is_made_here(const struct picture_views *v, int i)
{
	return !v->blank[i] && !v->stored[i];
}

/* Bring pictures from..end-1 of x to the card, and to their places behind what computes. */
static void upload(struct pictures *s, struct turn *t, const float *x, int from, int end)
{
	size_t at = (size_t)from * s->floats, n = (size_t)(end - from) * s->floats;
	if (!t->uploaded)
		t->uploaded = cuda_alloc((size_t)s->most * s->floats);
	CU(cuMemcpyHtoDAsync_v2, card_address(t->uploaded + at), x + at, n * sizeof(*x), s->copies);
	CU(cuEventRecord, t->arrived, s->copies);
	CU(cuStreamWaitEvent, cuda_stream(), t->arrived, 0);
	cuda_copy(t->uploaded + at, n, s->out + at);
}

/* Neighbours travel together. */
static void upload_others(struct pictures *s, struct turn *t, const struct picture_views *v)
{
	for (int i = 0, end; i < v->n; i = end) {
		for (end = i + 1; end < v->n && is_made_here(v, end) == is_made_here(v, i); end++)
			;
		if (is_made_here(v, i))
			upload(s, t, v->x, i, end);
	}
	CU(cuEventSynchronize, t->arrived);
}

const float *pictures_render(struct pictures *s, const struct picture_views *v)
{
	struct turn *t = &s->turn[s->n_turns++ % 2];
	CU(cuEventSynchronize, t->done);
	int n = list_views(s, v, t->views);
	if (n)
		render(s, t, n);
	upload_others(s, t, v);
	CU(cuEventRecord, t->done, cuda_stream());
	return s->out;
}
