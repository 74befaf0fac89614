#include "pair.h"
#include "thaw/base/file.h"
#include "thaw/base/fnv.h"
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

/* A state holds two moments for each weight at most, and some text: a larger file is none. */
static size_t state_bytes_max(const struct folder *f, const char *name)
{
	char beside[64];
	snprintf(beside, sizeof(beside), "%.*s.weights", (int)strcspn(name, "."), name);
	const char *const of[] = {beside, RUN_LAST, RUN_NEXT};
	int64_t most = 0;
	for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++) {
		int64_t size = folder_size(f, of[i]);
		most = size > most ? size : most;
	}
	return STATE_TEXT_MAX + 2 * (size_t)most;
}

static enum err read_state(const struct folder *f, const char *name, struct state *st,
			   struct errinfo *e)
{
	struct strbuf file = STRBUF_INIT;
	struct errinfo why = {0};
	*st = (struct state){.momentum = STRBUF_INIT};
	enum err r = folder_read(f, name, state_bytes_max(f, name), &file, e);
	if (!r && state_decode(st, file.buf, file.len, &why))
		r = err_set(e, ERR_FORMAT, "%s/%s: %s", f->path, name, why.msg);
	strbuf_release(&file);
	return r;
}

/* The bytes of a weights file. */
struct looked {
	uint64_t sum;
	int64_t bytes;
	bool zeros; /* none is another */
};

/* In pieces: it may be larger than the memory. False: it cannot be read. */
static bool look_at(int fd, struct looked *out)
{
	char chunk[65536];
	ssize_t n;
	*out = (struct looked){.sum = FNV_OF_NOTHING, .zeros = true};
	while ((n = read(fd, chunk, sizeof(chunk))) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		out->sum = fnv_add(out->sum, chunk, (size_t)n);
		out->bytes += n;
		out->zeros =
		    out->zeros && !chunk[0] && memcmp(chunk, chunk + 1, (size_t)n - 1) == 0;
	}
	return n == 0;
}

static bool fd_has_sum(int fd, uint64_t sum)
{
	struct looked l;
	return look_at(fd, &l) && l.sum == sum;
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

static enum err damaged(const struct folder *f, const char *weights, const char *state,
			const struct state *st, const struct looked *l, struct errinfo *e)
{
	char what[128];
	if (!l->bytes)
		snprintf(what, sizeof(what), "it is empty");
	else if (l->zeros)
		snprintf(what, sizeof(what),
			 "it holds nothing but zeros, as after a loss of power");
	else if (st->weights_length > 0 && l->bytes != st->weights_length)
		snprintf(what, sizeof(what), "%" PRId64 " bytes of %" PRId64, l->bytes,
			 st->weights_length);
	else
		snprintf(what, sizeof(what), "its checksum is not the one in %s", state);
	return err_set(e, ERR_MISMATCH, "%s/%s: damaged: %s", f->path, weights, what);
}

/* Are the weights those that the state beside them tells of? Errors: ERR_MISMATCH, ERR_FORMAT. */
static enum err check_weights(const struct folder *f, const char *weights, const char *state,
			      const struct state *st, struct errinfo *e)
{
	int fd;
	struct looked l;
	enum err r = folder_file(f, weights, FOLDER_READ, &fd, e);
	if (r == ERR_NOT_FOUND)
		return err_set(e, ERR_MISMATCH, "%s/%s is missing, which %s beside it tells of",
			       f->path, weights, state);
	if (r)
		return r;
	bool read = look_at(fd, &l);
	if (!read)
		r = err_set(e, ERR_IO, "%s/%s: %s", f->path, weights, strerror(errno));
	bool whole = read && l.sum == st->weights_sum;
	close(fd);
	return whole || !read ? r : damaged(f, weights, state, st, &l, e);
}

/* A pair that lies under these names. */
static enum err read_named(const struct folder *f, const char *state, const char *weights,
			   struct state *st, struct errinfo *e)
{
	enum err r = read_state(f, state, st, e);
	if (r)
		return r;
	r = check_weights(f, weights, state, st, e);
	if (r)
		state_release(st);
	return r;
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

/* What was the last until now is there to be gone on from, should the new one be damaged. The same
 * again, as when publishing is tried again, is no other. */
static enum err keep_previous(const struct folder *f, const struct state *st, struct errinfo *e)
{
	struct state was;
	if (read_named(f, RUN_STATE, RUN_LAST, &was, NULL))
		return ERR_OK;
	bool same = was.iter == st->iter && was.weights_sum == st->weights_sum;
	state_release(&was);
	if (same)
		return ERR_OK;
	enum err r = folder_link(f, RUN_LAST, f, RUN_PREVIOUS, e);
	return r ? r : folder_link(f, RUN_STATE, f, RUN_PREVIOUS_STATE, e);
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
		r = keep_previous(f, st, e);
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
	st->weights_sum = fnv(weights->buf, weights->len);
	st->weights_length = (int64_t)weights->len;
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
	if (now || (folder_has(f, RUN_BEST) && pair_best_is_whole(f)) ||
	    folder_sub(&in, f, RUN_CHECKPOINTS, false, NULL))
		return ERR_OK;
	snprintf(weights, sizeof(weights), "epoch-%04" PRId64 ".weights", st->best_epoch);
	snprintf(state, sizeof(state), "epoch-%04" PRId64 ".state", st->best_epoch);
	enum err r = ERR_OK;
	struct state kept;
	if (!read_named(&in, state, weights, &kept, NULL))
		r = link_best(&in, weights, state, f, e);
	else if (folder_has(&in, weights) && !folder_has(&in, state) && !folder_has(f, RUN_BEST))
		r = folder_link(&in, weights, f, RUN_BEST, e);
	state_release(&kept);
	folder_close(&in);
	return r;
}

enum err pair_settle(const struct folder *f, struct errinfo *e)
{
	struct state st;
	enum err r = finish(f, e);
	if (r || (read_state(f, RUN_STATE, &st, NULL) &&
		  read_state(f, RUN_PREVIOUS_STATE, &st, NULL)))
		return r;
	if (st.has_best)
		r = restore_best(f, &st, e);
	state_release(&st);
	return r;
}

/* ---- reading ---- */

enum err pair_read(const struct folder *f, struct state *st, struct errinfo *e)
{
	if (find_pair(f, st) != PAIR_NONE)
		return ERR_OK;
	if (folder_has(f, RUN_LAST) || folder_has(f, RUN_STATE))
		return read_named(f, RUN_STATE, RUN_LAST, st, e);
	return err_set(e, ERR_NOT_FOUND,
		       "%s holds no checkpoint yet; `thaw run %s/" RUN_EXPERIMENT "` begins anew",
		       f->path, f->path);
}

enum err pair_read_previous(const struct folder *f, struct state *st, struct errinfo *e)
{
	return read_named(f, RUN_PREVIOUS_STATE, RUN_PREVIOUS, st, e);
}

bool pair_best_is_whole(const struct folder *f)
{
	struct state st;
	if (!folder_has(f, RUN_BEST) || read_state(f, RUN_BEST_STATE, &st, NULL))
		return true;
	bool whole = has_sum(f, RUN_BEST, st.weights_sum);
	state_release(&st);
	return whole;
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

/* Of the pairs that have names of their own; the previous one has none to be asked for by. */
static const struct pair_names {
	const char *state, *weights, *called;
	enum point_kind kind;
} own_names[] = {{RUN_STATE, RUN_LAST, "last", POINT_LAST},
		 {RUN_PREVIOUS_STATE, RUN_PREVIOUS, "previous", POINT_EPOCH},
		 {RUN_BEST_STATE, RUN_BEST, "best", POINT_BEST}};
#define N_OWN (sizeof(own_names) / sizeof(*own_names))

static const struct pair_names *names_of(const char *weights)
{
	size_t i = 0;
	while (i < N_OWN && strcmp(own_names[i].weights, weights) != 0)
		i++;
	return i < N_OWN ? &own_names[i] : NULL;
}

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
	for (size_t i = 0; i < N_OWN; i++) {
		struct state st;
		if (read_state(f, own_names[i].state, &st, NULL))
			continue;
		*done = st.epochs_done > *done ? st.epochs_done : *done;
		if (ends_epoch(&st, st.epochs_done) && st.epochs_done > 0)
			strbuf_addf(out, "%sepoch %" PRId64 " (%s)", out->len ? ", " : "",
				    st.epochs_done, own_names[i].called);
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

/* By its state alone; the weights may be large. */
static bool tells_of_epoch(const struct folder *f, const char *state, int64_t epoch)
{
	struct state st;
	if (read_state(f, state, &st, NULL))
		return false;
	bool is = ends_epoch(&st, epoch);
	state_release(&st);
	return is;
}

enum err pair_read_point(const struct folder *f, const struct point *p, struct state *st,
			 char *weights, size_t size, struct errinfo *e)
{
	struct errinfo why = {0};
	for (size_t i = 0; i < N_OWN; i++) {
		bool meant = p->kind == POINT_EPOCH
				 ? tells_of_epoch(f, own_names[i].state, p->epoch)
				 : p->kind == own_names[i].kind;
		if (!meant)
			continue;
		enum err r = read_own(f, &own_names[i], st, weights, size, &why);
		if (p->kind != POINT_EPOCH)
			return r ? err_set(e, r, "%s", why.msg) : ERR_OK;
		if (!r && ends_epoch(st, p->epoch))
			return ERR_OK;
		if (!r)
			state_release(st);
	}
	enum err r = read_epoch(f, p->epoch, st, weights, size, &why);
	if (r == ERR_MISMATCH || r == ERR_FORMAT)
		return err_set(e, r, "%s", why.msg);
	return r ? not_kept(f, p->epoch, e) : ERR_OK;
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

/* Does a state that may tell of it say that the file is another? */
static enum err check_open(const struct folder *f, const char *which, int fd, struct errinfo *e)
{
	const struct pair_names *names = names_of(which);
	struct state st, next;
	struct looked l;
	if (!names || read_state(f, names->state, &st, NULL))
		return ERR_OK;
	bool coming = !read_state(f, RUN_NEXT_STATE, &next, NULL);
	bool whole = look_at(fd, &l) &&
		     (l.sum == st.weights_sum || (coming && l.sum == next.weights_sum));
	enum err r = whole ? ERR_OK : damaged(f, which, names->state, &st, &l, e);
	state_release(&st);
	state_release(&next);
	return r;
}

#define OPEN_TRIES 3 /* a trainer may replace file and state between two looks */

static enum err open_named(const struct folder *f, const char *which, int *fd, struct errinfo *e)
{
	enum err r = ERR_MISMATCH;
	for (int i = 0; i < OPEN_TRIES && r == ERR_MISMATCH; i++) {
		if (open_next(f, which, fd))
			return ERR_OK;
		r = folder_file(f, which, FOLDER_READ, fd, e);
		if (!r)
			r = check_open(f, which, *fd, e);
		if (!r && lseek(*fd, 0, SEEK_SET) != 0)
			r = ERR_IO;
		if (r && *fd >= 0) {
			close(*fd);
			*fd = -1;
		}
	}
	return r;
}

/* A damaged file is refused with what can be taken instead. */
static enum err open_whole(const struct folder *f, const char *which, int *fd, struct errinfo *e)
{
	struct errinfo why = {0};
	enum err r = open_named(f, which, fd, &why);
	if (r != ERR_MISMATCH)
		return r ? err_set(e, r, "%s", why.msg) : r;
	bool best = strcmp(which, RUN_BEST) == 0;
	return err_set(e, r, "%s; --weights %s takes the %s, or name a file", why.msg,
		       best ? "last" : "best", best ? "last checkpoint's" : "best epoch's");
}

enum err pair_open_weights(const struct folder *f, const char *which, const char **name, int *fd,
			   struct errinfo *e)
{
	struct state st;
	*name = which ? which : RUN_BEST;
	enum err r = open_whole(f, *name, fd, e);
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
	r = open_whole(f, RUN_LAST, fd, e);
	if (r == ERR_NOT_FOUND)
		err_set(e, r, "%s has no weights yet: wait for its first epoch", f->path);
	return r;
}
