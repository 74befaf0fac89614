#include "pair.h"
#include "thaw/base/file.h"
#include "thaw/base/run_files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STATE_TEXT_MAX (1 << 20) /* bytes of a state besides the momentum */

/* How far a checkpoint has come. */
enum progress {
	PAIR_NONE,    /* there is none: what lies there is rubbish */
	PAIR_WRITTEN, /* next.weights and next.state */
	PAIR_RENAMED, /* last.weights and next.state: one step is missing */
};

/* ---- looking ---- */

/* A state holds a momentum for each weight at most, and some text: a larger file is none. */
static size_t state_bytes_max(const struct folder *f)
{
	int64_t last = folder_size(f, RUN_LAST), next = folder_size(f, RUN_NEXT);
	int64_t weights = last > next ? last : next;
	return STATE_TEXT_MAX + (weights > 0 ? 2 * (size_t)weights : 0);
}

static enum err read_state(const struct folder *f, const char *name, struct state *st,
			   struct errinfo *e)
{
	struct strbuf file = STRBUF_INIT;
	struct errinfo why = {0};
	*st = (struct state){.momentum = STRBUF_INIT};
	enum err r = folder_read(f, name, state_bytes_max(f), &file, e);
	if (!r && state_decode(st, file.buf, file.len, &why))
		r = err_set(e, ERR_FORMAT, "%s/%s: %s", f->path, name, why.msg);
	strbuf_release(&file);
	return r;
}

/* In pieces: it may be larger than the memory. */
static bool fd_has_sum(int fd, uint64_t sum)
{
	char chunk[65536];
	uint64_t found = STATE_SUM_OF_NOTHING;
	ssize_t n;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			found = state_sum_more(found, chunk, (size_t)n);
	return n == 0 && found == sum;
}

static bool has_sum(const struct folder *f, const char *name, uint64_t sum)
{
	int fd;
	if (folder_file(f, name, FOLDER_READ, &fd, NULL))
		return false;
	bool same = fd_has_sum(fd, sum);
	close(fd);
	return same;
}

/* Of a checkpoint its state is in *st. */
static enum progress find_pair(const struct folder *f, struct state *st)
{
	enum progress at = PAIR_NONE;
	if (!read_state(f, RUN_NEXT_STATE, st, NULL))
		at = has_sum(f, RUN_NEXT, st->weights_sum)   ? PAIR_WRITTEN
		     : has_sum(f, RUN_LAST, st->weights_sum) ? PAIR_RENAMED
							     : PAIR_NONE;
	if (at == PAIR_NONE)
		state_release(st);
	return at;
}

/* ---- publishing ---- */

static enum err keep_one(const struct folder *f, const struct folder *in, const char *from,
			 const char *kind, const struct state *st, struct errinfo *e)
{
	char name[64];
	snprintf(name, sizeof(name), "epoch-%04" PRId64 ".%s", st->epochs_done, kind);
	enum err r = folder_link(f, from, in, name, e);
	snprintf(name, sizeof(name), "epoch-%04" PRId64 ".%s", st->epochs_done - st->keep, kind);
	if (!r && st->epochs_done > st->keep)
		r = folder_remove(in, name, e);
	return r;
}

static enum err keep_epoch(const struct folder *f, const struct state *st, struct errinfo *e)
{
	struct folder in;
	enum err r = folder_sub(&in, f, RUN_CHECKPOINTS, true, e);
	if (!r)
		r = keep_one(f, &in, RUN_NEXT, "weights", st, e);
	if (!r)
		r = keep_one(f, &in, RUN_NEXT_STATE, "state", st, e);
	folder_close(&in);
	return r;
}

/* A pair, as the best. */
static enum err link_best(const struct folder *from, const char *weights, const char *state,
			  const struct folder *f, struct errinfo *e)
{
	enum err r = folder_link(from, weights, f, RUN_BEST, e);
	return r ? r : folder_link(from, state, f, RUN_BEST_STATE, e);
}

static enum err publish(const struct folder *f, const struct state *st, enum progress at,
			struct errinfo *e)
{
	enum err r = ERR_OK;
	if (at == PAIR_WRITTEN && st->is_best)
		r = link_best(f, RUN_NEXT, RUN_NEXT_STATE, f, e);
	if (!r && at == PAIR_WRITTEN && st->whole && st->keep > 0)
		r = keep_epoch(f, st, e);
	if (!r && at == PAIR_WRITTEN)
		r = folder_rename(f, RUN_NEXT, RUN_LAST, e);
	return r ? r : folder_rename(f, RUN_NEXT_STATE, RUN_STATE, e);
}

/* Publish what there is, and leave no next.*. */
static enum err finish(const struct folder *f, struct errinfo *e)
{
	struct state st;
	enum progress at = find_pair(f, &st);
	enum err r = at == PAIR_NONE ? ERR_OK : publish(f, &st, at, e);
	if (at != PAIR_NONE)
		state_release(&st);
	if (!r)
		r = folder_remove(f, RUN_NEXT_STATE, e);
	return r ? r : folder_remove(f, RUN_NEXT, e);
}

enum err pair_write(const struct folder *f, const struct strbuf *weights, struct state *st,
		    struct errinfo *e)
{
	struct strbuf out = STRBUF_INIT;
	st->weights_sum = state_sum(weights->buf, weights->len);
	state_encode(st, &out);
	enum err r = finish(f, e);
	if (!r)
		r = folder_replace(f, RUN_NEXT, weights->buf, weights->len, e);
	if (!r)
		r = folder_replace(f, RUN_NEXT_STATE, out.buf, out.len, e);
	strbuf_release(&out);
	return r ? r : publish(f, st, PAIR_WRITTEN, e);
}

/* ---- after a kill ---- */

/* The best epoch's weights have other names: at its end they are the last ones, later perhaps
 * kept. */
static enum err restore_best(const struct folder *f, const struct state *st, struct errinfo *e)
{
	char weights[64], state[64];
	struct folder in;
	bool now = st->epoch == st->epochs_done && st->best_epoch == st->epochs_done;
	if (now && !has_sum(f, RUN_BEST, st->weights_sum) && has_sum(f, RUN_LAST, st->weights_sum))
		return link_best(f, RUN_LAST, RUN_STATE, f, e);
	if (now || folder_has(f, RUN_BEST) || folder_sub(&in, f, RUN_CHECKPOINTS, false, NULL))
		return ERR_OK;
	snprintf(weights, sizeof(weights), "epoch-%04" PRId64 ".weights", st->best_epoch);
	snprintf(state, sizeof(state), "epoch-%04" PRId64 ".state", st->best_epoch);
	enum err r = ERR_OK;
	if (folder_has(&in, weights) && folder_has(&in, state))
		r = link_best(&in, weights, state, f, e);
	else if (folder_has(&in, weights))
		r = folder_link(&in, weights, f, RUN_BEST, e);
	folder_close(&in);
	return r;
}

enum err pair_settle(const struct folder *f, struct errinfo *e)
{
	struct state st;
	enum err r = finish(f, e);
	if (r || read_state(f, RUN_STATE, &st, NULL))
		return r;
	if (st.has_best)
		r = restore_best(f, &st, e);
	state_release(&st);
	return r;
}

/* ---- reading ---- */

static const char way_out[] =
    "put both back from a pair in checkpoints/ (train.keep) or a backup, or begin anew";

/* ERR_FORMAT: something lies in its place that is no file. */
static enum err check_kind(const struct folder *f, const char *name, struct errinfo *e)
{
	int fd;
	enum err r = folder_file(f, name, FOLDER_READ, &fd, e);
	if (!r)
		close(fd);
	return r == ERR_FORMAT ? r : ERR_OK;
}

static enum err read_last(const struct folder *f, struct state *st, struct errinfo *e)
{
	struct errinfo why = {0};
	enum err r = read_state(f, RUN_STATE, st, &why);
	if (r)
		return err_set(e, r, r == ERR_FORMAT ? "%s; %s" : "%s", why.msg, way_out);
	if (has_sum(f, RUN_LAST, st->weights_sum))
		return ERR_OK;
	state_release(st);
	r = check_kind(f, RUN_LAST, e);
	if (r)
		return r;
	return err_set(e, ERR_MISMATCH,
		       "%s/" RUN_STATE ": it and " RUN_LAST " beside it do not belong together; %s",
		       f->path, way_out);
}

enum err pair_read(const struct folder *f, struct state *st, struct errinfo *e)
{
	if (find_pair(f, st) != PAIR_NONE)
		return ERR_OK;
	if (folder_has(f, RUN_LAST) || folder_has(f, RUN_STATE))
		return read_last(f, st, e);
	return err_set(e, ERR_NOT_FOUND,
		       "%s holds no checkpoint yet; `thaw run %s/" RUN_EXPERIMENT "` begins anew",
		       f->path, f->path);
}

/* A pair that lies under these names. */
static enum err read_named(const struct folder *f, const char *state, const char *weights,
			   struct state *st, struct errinfo *e)
{
	enum err r = read_state(f, state, st, e);
	if (r || has_sum(f, weights, st->weights_sum))
		return r;
	state_release(st);
	return err_set(e, ERR_MISMATCH, "%s/%s: it and %s do not belong together", f->path, state,
		       weights);
}

static enum err read_epoch(const struct folder *f, int64_t epoch, struct state *st, char *weights,
			   size_t size, struct errinfo *e)
{
	char state[64], name[64];
	struct folder in;
	snprintf(state, sizeof(state), "epoch-%04" PRId64 ".state", epoch);
	snprintf(name, sizeof(name), "epoch-%04" PRId64 ".weights", epoch);
	snprintf(weights, size, RUN_CHECKPOINTS "/%s", name);
	enum err r = folder_sub(&in, f, RUN_CHECKPOINTS, false, e);
	if (!r)
		r = read_named(&in, state, name, st, e);
	folder_close(&in);
	return r;
}

static bool ends_epoch(const struct state *st, int64_t epoch)
{
	return st->epoch == epoch && st->epochs_done == epoch;
}

/* Of the two pairs that have names of their own. */
static const struct pair_names {
	const char *state, *weights;
	enum point_kind kind;
} own_names[] = {{RUN_STATE, RUN_LAST, POINT_LAST}, {RUN_BEST_STATE, RUN_BEST, POINT_BEST}};
#define N_OWN (sizeof(own_names) / sizeof(*own_names))

/* Of a run whose best was written without a state: the pair of that epoch, if it is kept. */
static enum err read_best_of_old(const struct folder *f, struct state *st, char *weights,
				 size_t size, struct errinfo *e)
{
	struct state last;
	if (!folder_has(f, RUN_BEST))
		return err_set(e, ERR_NOT_FOUND,
			       "%s has no best epoch yet: none has ended with a figure", f->path);
	enum err r = read_state(f, RUN_STATE, &last, NULL);
	if (!r)
		r = read_epoch(f, last.best_epoch, st, weights, size, NULL);
	state_release(&last);
	return r ? err_set(e, ERR_NOT_FOUND,
			   "%s has " RUN_BEST " without " RUN_BEST_STATE
			   " (an earlier thaw wrote none): it cannot be gone on from",
			   f->path)
		 : ERR_OK;
}

static enum err read_own(const struct folder *f, const struct pair_names *n, struct state *st,
			 char *weights, size_t size, struct errinfo *e)
{
	if (n->kind == POINT_BEST && !folder_has(f, RUN_BEST_STATE))
		return read_best_of_old(f, st, weights, size, e);
	snprintf(weights, size, "%s", n->weights);
	return n->kind == POINT_LAST ? pair_read(f, st, e)
				     : read_named(f, n->state, n->weights, st, e);
}

static void add_own(const struct folder *f, struct strbuf *out, int64_t *done)
{
	static const char *const called[] = {"last", "best"};
	for (size_t i = 0; i < N_OWN; i++) {
		struct state st;
		if (read_state(f, own_names[i].state, &st, NULL))
			continue;
		*done = st.epochs_done > *done ? st.epochs_done : *done;
		if (ends_epoch(&st, st.epochs_done) && st.epochs_done > 0)
			strbuf_addf(out, "%sepoch %" PRId64 " (%s)", out->len ? ", " : "",
				    st.epochs_done, called[i]);
		state_release(&st);
	}
}

/* What could be gone back to instead. */
static enum err not_kept(const struct folder *f, int64_t epoch, struct errinfo *e)
{
	struct strbuf kept = STRBUF_INIT;
	struct folder in;
	int64_t done = 0;
	add_own(f, &kept, &done);
	folder_sub(&in, f, RUN_CHECKPOINTS, false, NULL);
	for (int64_t k = 1; in.fd >= 0 && k <= done && kept.len < 200; k++) {
		char name[64];
		snprintf(name, sizeof(name), "epoch-%04" PRId64 ".state", k);
		if (folder_has(&in, name))
			strbuf_addf(&kept, "%sepoch %" PRId64, kept.len ? ", " : "", k);
	}
	folder_close(&in);
	err_set(e, ERR_NOT_FOUND,
		"epoch %" PRId64 " is not kept; what is: %s (train.keep: N keeps the last N epochs "
		"besides)",
		epoch, kept.len ? kept.buf : "nothing yet");
	strbuf_release(&kept);
	return ERR_NOT_FOUND;
}

enum err pair_read_point(const struct folder *f, const struct point *p, struct state *st,
			 char *weights, size_t size, struct errinfo *e)
{
	struct errinfo why = {0};
	for (size_t i = 0; i < N_OWN; i++) {
		if (p->kind != POINT_EPOCH && p->kind != own_names[i].kind)
			continue;
		enum err r = read_own(f, &own_names[i], st, weights, size, &why);
		if (p->kind != POINT_EPOCH)
			return r ? err_set(e, r, "%s", why.msg) : ERR_OK;
		if (!r && ends_epoch(st, p->epoch))
			return ERR_OK;
		if (!r)
			state_release(st);
	}
	if (!read_epoch(f, p->epoch, st, weights, size, NULL))
		return ERR_OK;
	return not_kept(f, p->epoch, e);
}

enum err pair_open_point(const struct folder *f, const char *weights, int *fd, struct errinfo *e)
{
	static const char within[] = RUN_CHECKPOINTS "/";
	size_t n = strlen(within);
	struct folder in;
	if (strncmp(weights, within, n) != 0)
		return folder_file(f, weights, FOLDER_READ, fd, e);
	*fd = -1;
	enum err r = folder_sub(&in, f, RUN_CHECKPOINTS, false, e);
	if (!r)
		r = folder_file(&in, weights + n, FOLDER_READ, fd, e);
	folder_close(&in);
	return r;
}

/* The weights of a checkpoint that will be published under this name. */
static bool open_next(const struct folder *f, const char *which, int *fd)
{
	struct state st;
	if (folder_file(f, RUN_NEXT, FOLDER_READ, fd, NULL))
		return false;
	bool is = !read_state(f, RUN_NEXT_STATE, &st, NULL) &&
		  (strcmp(which, RUN_BEST) != 0 || st.is_best) && fd_has_sum(*fd, st.weights_sum) &&
		  lseek(*fd, 0, SEEK_SET) == 0;
	state_release(&st);
	if (!is)
		close(*fd);
	return is;
}

static enum err open_named(const struct folder *f, const char *which, int *fd, struct errinfo *e)
{
	return open_next(f, which, fd) ? ERR_OK : folder_file(f, which, FOLDER_READ, fd, e);
}

enum err pair_open_weights(const struct folder *f, const char *which, const char **name, int *fd,
			   struct errinfo *e)
{
	struct state st;
	*name = which ? which : RUN_BEST;
	enum err r = open_named(f, *name, fd, e);
	if (r == ERR_NOT_FOUND && which)
		return err_set(e, r, "%s has no %s", f->path, which);
	if (r != ERR_NOT_FOUND)
		return r;
	bool lost = !read_state(f, RUN_STATE, &st, NULL) && st.has_best;
	int64_t epoch = st.best_epoch;
	state_release(&st);
	if (lost)
		return err_set(e, r,
			       "%s has no " RUN_BEST ", though epoch %" PRId64
			       " was its best; --weights last takes the last epoch's",
			       f->path, epoch);
	*name = RUN_LAST;
	r = open_named(f, RUN_LAST, fd, e);
	if (r == ERR_NOT_FOUND)
		err_set(e, r, "%s has no weights yet: wait for its first epoch", f->path);
	return r;
}
