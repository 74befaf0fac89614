#include "branch.h"
#include "pair.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/run_files.h"
#include "thaw/base/sys.h"
#include "thaw/config/experiment.h"
#include "thaw/event/log_reader.h"
#include "thaw/run/kept.h"
#include "thaw/run/run_log.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)16 << 20) /* of a cfg, labels: far more than there is */

/* ---- which point ---- */

struct wanted {
	bool best, last;
	bool epoch; /* `n` counts epochs that have ended, else iterations */
	int64_t n;
};

static enum err parse(const char *at, struct wanted *w, struct errinfo *e)
{
	struct point p;
	*w = (struct wanted){0};
	if (strncmp(at, "iter", 4) == 0 && at[4] && strchr(" -=", at[4])) {
		const char *digits = at + 5 + strspn(at + 5, " ");
		size_t n = strspn(digits, "0123456789");
		w->n = n > 0 && n < 10 && !digits[n] ? strtoll(digits, NULL, 10) : 0;
	} else if (point_parse(at, &p, NULL) == ERR_OK) {
		w->best = p.kind == POINT_BEST;
		w->last = p.kind == POINT_LAST;
		w->epoch = p.kind == POINT_EPOCH;
		w->n = p.epoch;
	}
	if (w->best || w->last || w->n > 0)
		return ERR_OK;
	return err_set(e, ERR_VALUE,
		       "'%.60s' is no point to branch off at; write epoch 5, iter 900, best or last", at);
}

static bool is_before(const struct kept *k, const struct wanted *w)
{
	if (w->best)
		return strcmp(k->weights, RUN_BEST) == 0;
	if (w->last)
		return strcmp(k->weights, RUN_LAST) == 0;
	return w->epoch ? k->whole && k->epochs <= w->n : k->iter <= w->n;
}

static enum err nothing_kept(const struct folder *parent, const char *at, const struct kept *all,
			     size_t n, struct errinfo *e)
{
	struct strbuf words = STRBUF_INIT;
	for (size_t i = 0; i < n; i++) {
		strbuf_addstr(&words, i ? ", " : "");
		kept_words(&all[i], &words);
	}
	err_set(e, ERR_NOT_FOUND,
		"%s keeps nothing at or before %s; what it keeps: %s (train.keep: N keeps the last N "
		"epochs besides)",
		parent->path, at, words.len ? words.buf : "nothing yet");
	strbuf_release(&words);
	return ERR_NOT_FOUND;
}

static enum err choose(struct branch *b, const struct folder *parent, const char *at,
		       struct kept *out, struct errinfo *e)
{
	struct wanted w;
	struct kept *all = NULL;
	enum err r = parse(at, &w, e);
	if (r)
		return r;
	size_t n = kept_list(parent, &all), i = n;
	while (i && !is_before(&all[i - 1], &w))
		i--;
	if (i)
		*out = all[i - 1];
	else
		r = nothing_kept(parent, at, all, n, e);
	free(all);
	if (r)
		return r;
	kept_words(out, &b->from);
	b->epoch = out->epochs;
	b->iter = out->iter;
	b->nearest = w.n && w.n != (w.epoch ? out->epochs : out->iter);
	return ERR_OK;
}

/* ---- the directory ---- */

static enum err copy_text(const struct folder *parent, const struct run_dir *to, const char *name,
			  struct errinfo *e)
{
	struct strbuf text = STRBUF_INIT;
	enum err r = folder_read(parent, name, TEXT_MAX, &text, e);
	if (!r)
		r = run_dir_write(to, name, &text, e);
	strbuf_release(&text);
	return r;
}

static enum err copy_texts(const struct folder *parent, const struct run_dir *to, struct errinfo *e)
{
	static const char *const names[] = {RUN_EXPERIMENT, RUN_CFG, RUN_LABELS, RUN_NAMES_DATA};
	enum err r = ERR_OK;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !r; i++)
		r = copy_text(parent, to, names[i], e);
	return r;
}

static enum err link_pair(const struct folder *parent, const struct kept *k, const struct folder *to,
			  const char *weights, const char *state, struct errinfo *e)
{
	struct folder in = FOLDER_INIT;
	enum err r = k->apart ? folder_sub(&in, parent, RUN_CHECKPOINTS, false, e) : ERR_OK;
	const struct folder *from = k->apart ? &in : parent;
	if (!r)
		r = folder_link(from, k->weights, to, weights, e);
	if (!r)
		r = folder_link(from, k->state, to, state, e);
	folder_close(&in);
	return r;
}

/* The best so far then, where it is kept: else the best from there on will be. */
static enum err link_best(const struct folder *parent, const struct kept *point,
			  const struct folder *to, struct errinfo *e)
{
	struct kept *all = NULL;
	size_t n = kept_list(parent, &all);
	enum err r = ERR_OK;
	for (size_t i = 0; i < n && !r; i++)
		if (all[i].whole && all[i].epochs == point->best_epoch && all[i].iter <= point->iter) {
			r = link_pair(parent, &all[i], to, RUN_BEST, RUN_BEST_STATE, e);
			break;
		}
	free(all);
	return r;
}

/* ---- the log ---- */

static bool is_point(const struct event *ev, const struct kept *k)
{
	const struct event_checkpoint *c = &ev->checkpoint;
	return ev->type == EV_CHECKPOINT && c->iter == k->iter &&
	       (!c->sum || strtoull(c->sum, NULL, 16) == k->sum);
}

/* Where the events end that came before the checkpoint's own; -1: none tells of it. */
static int64_t log_until(const struct folder *parent, const struct kept *k, struct errinfo *e)
{
	struct log_reader *reader;
	struct event ev;
	int64_t end = -1;
	bool within = false;
	if (log_reader_open_in(&reader, parent, e))
		return -1;
	while (run_log_next(reader, &ev, NULL, NULL)) {
		within = is_point(&ev, k) || (within && ev.type == EV_CHECKPOINT);
		if (within)
			end = log_reader_offset(reader);
		event_release(&ev);
	}
	log_reader_close(reader);
	if (end < 0)
		err_set(e, ERR_MISMATCH, "%s/" RUN_LOG ": it does not tell of the checkpoint after "
					 "iteration %" PRId64 ", so there is no history to share",
			parent->path, k->iter);
	return end;
}

/* The first `n` bytes, which share their blocks where the file system can. */
static bool copy_bytes(int from, int to, int64_t n)
{
	char chunk[65536];
	while (n > 0) {
		ssize_t did = copy_file_range(from, NULL, to, NULL, (size_t)n, 0);
		if (did <= 0)
			break;
		n -= did;
	}
	while (n > 0) {
		ssize_t got = read(from, chunk, n < (int64_t)sizeof(chunk) ? (size_t)n : sizeof(chunk));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || sys_write_all(to, chunk, (size_t)got) < (size_t)got)
			return false;
		n -= got;
	}
	return sys.fdatasync(to) == 0 || errno == EINVAL || errno == EROFS;
}

static enum err copy_log(const struct folder *parent, const struct kept *k, const struct folder *to,
			 struct errinfo *e)
{
	int in = -1, out = -1;
	int64_t n = log_until(parent, k, e);
	if (n < 0)
		return ERR_MISMATCH;
	enum err r = folder_file(parent, RUN_LOG, FOLDER_READ, &in, e);
	if (!r)
		r = folder_file(to, RUN_LOG, FOLDER_NEW, &out, e);
	if (!r && !copy_bytes(in, out, n))
		r = err_set(e, ERR_IO, "%s/" RUN_LOG ": %s", to->path, strerror(errno));
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return r;
}

/* ---- all ---- */

static enum err fill(struct branch *b, const struct folder *parent, const struct kept *k,
		     struct errinfo *e)
{
	const struct folder *to = &b->dir.folder;
	struct state st;
	enum err r = copy_texts(parent, &b->dir, e);
	if (!r)
		r = link_pair(parent, k, to, RUN_LAST, RUN_STATE, e);
	if (!r && k->best_epoch)
		r = link_best(parent, k, to, e);
	if (!r)
		r = copy_log(parent, k, to, e);
	if (!r && !(r = pair_read(to, &st, e))) /* whole, whoever writes there meanwhile */
		state_release(&st);
	return r;
}

static enum err make_dir(struct branch *b, const struct folder *parent,
			 const struct trainer_options *o, struct errinfo *e)
{
	struct experiment *x;
	enum err r = experiment_read_in(&x, parent, RUN_EXPERIMENT, o->sets, o->n_sets, e);
	if (r)
		return r;
	r = run_dir_create(&b->dir, o->runs, o->name, x->name, e);
	if (!r)
		b->path = xstrdup(b->dir.path);
	experiment_free(x);
	return r;
}

static char *name_of(const char *path)
{
	char *real = realpath(path, NULL), *name = xstrdup(path_base(real ? real : path));
	free(real);
	return name;
}

enum err branch_make(struct branch *b, const struct trainer_options *o, struct errinfo *e)
{
	struct folder parent;
	struct kept point;
	*b = (struct branch){.dir = RUN_DIR_INIT, .from = STRBUF_INIT};
	enum err r = folder_open(&parent, o->branch, e);
	if (!r)
		r = choose(b, &parent, o->at ? o->at : "last", &point, e);
	if (!r)
		r = make_dir(b, &parent, o, e);
	if (!r)
		r = fill(b, &parent, &point, e);
	b->parent = name_of(o->branch);
	folder_close(&parent);
	if (r)
		branch_discard(b);
	return r;
}

void branch_discard(struct branch *b)
{
	bool made = b->path && (b->dir.lock_fd >= 0 || !run_dir_open(&b->dir, b->path, NULL));
	if (made)
		run_dir_discard(&b->dir);
	branch_release(b);
}

void branch_release(struct branch *b)
{
	run_dir_release(&b->dir);
	strbuf_release(&b->from);
	free(b->path);
	free(b->parent);
	*b = (struct branch){.dir = RUN_DIR_INIT, .from = STRBUF_INIT};
}
