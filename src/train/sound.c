#include "sound.h"
#include "pair.h"
#include "thaw/base/run_files.h"

#include <stdio.h>
#include <string.h>

#define PLACE_MAX 64

struct found {
	bool any;
	struct state state;
	char weights[PLACE_MAX];
};

/* Was it saved on the way to where the log stands? */
static bool is_told(const struct history *log, const struct state *st)
{
	bool told = log->n_points == 0;
	for (size_t i = 0; i < log->n_points && !told; i++)
		told = log->points[i].iter == st->iter;
	return told && st->iter <= log->iter && st->epoch > 0;
}

/* Take one that is whole when it is newer than what was found so far; `st` is given up. */
static void offer(struct found *best, const struct history *log, struct state *st,
		  const char *weights)
{
	if (!is_told(log, st) || (best->any && st->iter <= best->state.iter)) {
		state_release(st);
		return;
	}
	if (best->any)
		state_release(&best->state);
	best->any = true;
	best->state = *st;
	snprintf(best->weights, sizeof(best->weights), "%s", weights);
}

/* The newest of the kept epochs that is whole. */
static void offer_epochs(struct found *best, const struct folder *f, const struct history *log)
{
	for (size_t i = log->n_epochs; i-- > 0;) {
		struct point p = {.kind = POINT_EPOCH, .epoch = log->epochs[i].epoch};
		struct state st;
		char weights[PLACE_MAX];
		if (best->any && log->epochs[i].iter <= best->state.iter)
			return;
		if (!pair_read_point(f, &p, &st, weights, sizeof(weights), NULL))
			offer(best, log, &st, weights);
	}
}

static void find_earlier(struct found *best, const struct folder *f, const struct history *log)
{
	struct point p = {.kind = POINT_BEST};
	struct state st;
	char weights[PLACE_MAX];
	if (!pair_read_previous(f, &st, NULL))
		offer(best, log, &st, RUN_PREVIOUS);
	if (!pair_read_point(f, &p, &st, weights, sizeof(weights), NULL))
		offer(best, log, &st, weights);
	offer_epochs(best, f, log);
}

/* Not damage: somebody has put it there, and is told so. */
static bool is_no_file(const struct folder *f, const char *name)
{
	return folder_holds(f, name) && !folder_has(f, name);
}

enum err sound_read(const struct folder *f, const struct history *log, struct state *st,
		    char *weights, size_t size, struct strbuf *wrong, struct errinfo *e)
{
	struct point last = {.kind = POINT_LAST};
	struct found earlier = {.any = false};
	struct errinfo why = {0};
	enum err r = pair_read_point(f, &last, st, weights, size, &why);
	if (!r)
		return r;
	if (is_no_file(f, RUN_LAST) || is_no_file(f, RUN_STATE))
		return err_set(e, r, "%s", why.msg);
	find_earlier(&earlier, f, log);
	if (earlier.any) {
		strbuf_addstr(wrong, why.msg);
		*st = earlier.state;
		snprintf(weights, size, "%s", earlier.weights);
		return ERR_OK;
	}
	bool damaged = r == ERR_MISMATCH || r == ERR_FORMAT;
	return err_set(e, r, "%s%s", why.msg,
		       damaged ? "; no checkpoint before it is whole either: put " RUN_LAST
				 " and " RUN_STATE " back from a backup, or begin anew"
			       : "");
}
