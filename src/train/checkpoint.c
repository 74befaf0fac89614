#include "checkpoint.h"
#include "session.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION 4
static const char magic[] = "thaw-state "; /* then the version and a newline */

enum state_type { STATE_INT, STATE_SEED, STATE_DOUBLE, STATE_TEXT, STATE_HEX };
#define STATE_INT_MAX INT64_C(1000000000000000) /* of what is counted; the seed is any 64 bits */

static const struct state_field {
	const char *name;
	enum state_type type;
	size_t offset, size;
	int since; /* the version that has it */
} fields[] = {
#define FIELD_SINCE(name, type, since)                                                             \
	{                                                                                          \
#name, type, offsetof(struct state, name), sizeof(((struct state *)0)->name), since \
	}
#define FIELD(name, type) FIELD_SINCE(name, type, 1)
    FIELD(phase, STATE_INT),         FIELD(epoch, STATE_INT),
    FIELD(epochs_done, STATE_INT),   FIELD(iter, STATE_INT),
    FIELD(iter_in_phase, STATE_INT), FIELD(iter_in_epoch, STATE_INT),
    FIELD(seen, STATE_INT),          FIELD(seed, STATE_SEED),
    FIELD(has_best, STATE_INT),      FIELD(best_epoch, STATE_INT),
    FIELD(running_n, STATE_INT),     FIELD(running_correct, STATE_INT),
    FIELD(running_top5, STATE_INT),  FIELD(factor, STATE_DOUBLE),
    FIELD(last_lr, STATE_DOUBLE),    FIELD(best_acc, STATE_DOUBLE),
    FIELD(best_loss, STATE_DOUBLE),  FIELD(running_loss, STATE_DOUBLE),
    FIELD(frozen, STATE_TEXT),       FIELD(weights_sum, STATE_HEX),
    FIELD_SINCE(next_phase, STATE_INT, 2), FIELD_SINCE(data_sum, STATE_HEX, 2),
    FIELD_SINCE(scales, STATE_TEXT, 3), FIELD_SINCE(resize, STATE_TEXT, 4),
#undef FIELD
#undef FIELD_SINCE
};
#define N_FIELDS (sizeof(fields) / sizeof(*fields))

static uint64_t fnv1a(const char *data, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
	return h;
}

void state_encode(const struct state *st, struct strbuf *out)
{
	size_t start = out->len;
	strbuf_addf(out, "%s%d\n", magic, VERSION);
	for (size_t i = 0; i < N_FIELDS; i++) {
		const void *at = (const char *)st + fields[i].offset;
		strbuf_addf(out, "%s ", fields[i].name);
		switch (fields[i].type) {
		case STATE_INT:
		case STATE_SEED:
			strbuf_addf(out, "%" PRId64 "\n", *(const int64_t *)at);
			break;
		case STATE_DOUBLE:
			strbuf_addf(out, "%a\n", *(const double *)at);
			break;
		case STATE_TEXT:
			strbuf_addf(out, "%s\n", (const char *)at);
			break;
		case STATE_HEX:
			strbuf_addf(out, "%016" PRIx64 "\n", *(const uint64_t *)at);
			break;
		}
	}
	strbuf_addf(out, "bytes %zu\n", st->momentum.len);
	strbuf_add(out, st->momentum.buf, st->momentum.len);
	strbuf_addf(out, "%016" PRIx64 "\n", fnv1a(out->buf + start, out->len - start));
}

/* Read the value of one text line into its field; false when it is not one. */
static bool read_value(struct state *st, const struct state_field *f, const char *text)
{
	void *at = (char *)st + f->offset;
	char *end = NULL;
	int64_t n;
	switch (f->type) {
	case STATE_INT:
	case STATE_SEED:
		n = strtoll(text, &end, 10);
		if (f->type == STATE_INT && (n < -STATE_INT_MAX || n > STATE_INT_MAX))
			return false;
		*(int64_t *)at = n;
		break;
	case STATE_DOUBLE:
		*(double *)at = strtod(text, &end);
		break;
	case STATE_HEX:
		*(uint64_t *)at = strtoull(text, &end, 16);
		break;
	case STATE_TEXT:
		if (strlen(text) >= f->size)
			return false;
		strcpy(at, text);
		return true;
	}
	return end && end != text && !*end;
}

/* Take the line "NAME VALUE\n" at *p; the value is copied to `value`. */
static bool take_line(const char **p, const char *end, const char *name, char *value, size_t size)
{
	const char *nl = memchr(*p, '\n', (size_t)(end - *p));
	size_t n = strlen(name), len = nl ? (size_t)(nl - *p) : 0;
	if (!nl || len < n + 1 || memcmp(*p, name, n) != 0 || (*p)[n] != ' ' || len - n - 1 >= size)
		return false;
	memcpy(value, *p + n + 1, len - n - 1);
	value[len - n - 1] = '\0';
	*p = nl + 1;
	return true;
}

static bool decode(struct state *st, const char *data, size_t len)
{
	char value[sizeof(st->scales)], sum[32];
	const size_t tail = 17, head = sizeof(magic) + 1;
	if (len < head + tail || memcmp(data, magic, head - 2) != 0 || data[head - 1] != '\n')
		return false;
	int version = data[head - 2] - '0';
	if (version < 1 || version > VERSION)
		return false;
	snprintf(sum, sizeof(sum), "%016" PRIx64 "\n", fnv1a(data, len - tail));
	if (memcmp(sum, data + len - tail, tail) != 0)
		return false;
	const char *p = data + head, *end = data + len - tail;
	st->version = version;
	for (size_t i = 0; i < N_FIELDS; i++)
		if (fields[i].since <= version &&
		    (!take_line(&p, end, fields[i].name, value, sizeof(value)) ||
		     !read_value(st, &fields[i], value)))
			return false;
	if (!take_line(&p, end, "bytes", value, sizeof(value)) ||
	    strtoull(value, NULL, 10) != (size_t)(end - p))
		return false;
	strbuf_add(&st->momentum, p, (size_t)(end - p));
	return true;
}

enum err state_decode(struct state *st, const char *data, size_t len, struct errinfo *e)
{
	*st = (struct state){.momentum = STRBUF_INIT};
	if (decode(st, data, len))
		return ERR_OK;
	state_release(st);
	return err_set(e, ERR_FORMAT, "not a thaw .state file, or a damaged one");
}

void state_release(struct state *st)
{
	strbuf_release(&st->momentum);
	*st = (struct state){.momentum = STRBUF_INIT};
}

static void gather_scales(struct state *st, const struct session *s)
{
	struct strbuf text = STRBUF_INIT;
	for (int i = 0; i < net_n_layers(s->p->net); i++)
		if (s->scales[i] > 0)
			strbuf_addf(&text, "%s%d:%a", text.len ? " " : "", i, s->scales[i]);
	snprintf(st->scales, sizeof(st->scales), "%s", text.buf);
	strbuf_release(&text);
}

static void state_gather(struct state *st, struct session *s)
{
	struct strbuf frozen = STRBUF_INIT;
	layerset_format(net_frozen(s->p->net), &frozen);
	*st = (struct state){
	    .phase = (int64_t)s->at.phase,
	    .epoch = s->at.epoch,
	    .epochs_done = s->at.epochs_done,
	    .iter = s->at.iter,
	    .iter_in_phase = s->at.iter_in_phase,
	    .iter_in_epoch = s->at.iter_in_epoch,
	    .seen = (int64_t)s->at.seen,
	    .seed = (int64_t)s->p->x->train.seed,
	    .has_best = s->best.any,
	    .best_epoch = s->best.epoch,
	    .running_n = s->running.n,
	    .running_correct = s->running.n_correct,
	    .running_top5 = s->running.n_top5,
	    .next_phase = s->next_phase,
	    .data_sum = s->p->data_sum,
	    .factor = s->factor,
	    .last_lr = s->last_lr,
	    .best_acc = s->best.acc,
	    .best_loss = s->best.loss,
	    .running_loss = s->running.loss_sum,
	    .momentum = STRBUF_INIT,
	};
	snprintf(st->frozen, sizeof(st->frozen), "%s", frozen.buf);
	snprintf(st->resize, sizeof(st->resize), "%s", resize_name(s->p->x->data.resize));
	strbuf_release(&frozen);
	gather_scales(st, s);
	net_state_write(s->p->net, &st->momentum);
}

static enum err write_state(struct session *s, const char *weights, const char *path,
			    struct errinfo *e)
{
	struct state st;
	struct strbuf file = STRBUF_INIT, out = STRBUF_INIT;
	state_gather(&st, s);
	enum err r = file_read(weights, &file, e);
	if (!r) {
		st.weights_sum = fnv1a(file.buf, file.len);
		state_encode(&st, &out);
		r = file_write_atomic(path, out.buf, out.len, e);
	}
	strbuf_release(&file);
	strbuf_release(&out);
	state_release(&st);
	return r;
}

/* Give a file that is only ever replaced, never written into, a second name; copy where links
 * are not to be had. */
static enum err duplicate(const char *from, const char *to, struct errinfo *e)
{
	char *tmp = xasprintf("%s.tmp", to);
	unlink(tmp);
	enum err r = ERR_OK;
	if (link(from, tmp) != 0 || rename(tmp, to) != 0) {
		struct strbuf all = STRBUF_INIT;
		r = file_read(from, &all, e);
		if (!r)
			r = file_write_atomic(to, all.buf, all.len, e);
		strbuf_release(&all);
	}
	unlink(tmp); /* rename() leaves it when both names are one file already */
	free(tmp);
	return r;
}

static void tell(struct session *s, enum checkpoint_kind kind, const char *name, enum err r,
		 const struct errinfo *e)
{
	char *path = rundir_file(&s->dir, name);
	if (r)
		emit_note(s->emit, NOTE_ERROR, s->at.iter, "checkpoint not written: %s", e->msg);
	else
		emit_checkpoint(s->emit, s->at.epochs_done, s->at.iter, kind, name,
				file_size(path));
	free(path);
}

static void copy_last(struct session *s, enum checkpoint_kind kind, const char *name)
{
	char *last = rundir_file(&s->dir, "last.weights"), *to = rundir_file(&s->dir, name);
	struct errinfo why = {0};
	enum err r = duplicate(last, to, &why);
	tell(s, kind, name, r, &why);
	free(last);
	free(to);
}

static void epoch_file(char *out, size_t size, int64_t epoch, const char *kind)
{
	snprintf(out, size, "checkpoints/epoch-%04lld.%s", (long long)epoch, kind);
}

static void keep_epoch(struct session *s)
{
	static const char *const kinds[] = {"weights", "state"};
	int64_t epoch = s->at.epochs_done, old = epoch - s->p->x->train.keep;
	char name[64];
	epoch_file(name, sizeof(name), epoch, "weights");
	copy_last(s, CHECKPOINT_EPOCH, name);
	char *from = rundir_file(&s->dir, "last.state");
	epoch_file(name, sizeof(name), epoch, "state");
	char *to = rundir_file(&s->dir, name);
	struct errinfo why = {0};
	if (duplicate(from, to, &why))
		emit_note(s->emit, NOTE_ERROR, s->at.iter, "checkpoint not written: %s", why.msg);
	free(from);
	free(to);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds) && old > 0; i++) {
		epoch_file(name, sizeof(name), old, kinds[i]);
		char *path = rundir_file(&s->dir, name);
		unlink(path);
		free(path);
	}
}

static enum err take_name(const struct rundir *d, const char *from, const char *to,
			  struct errinfo *e)
{
	char *old = rundir_file(d, from), *new = rundir_file(d, to);
	enum err r = file_rename(old, new, e);
	free(old);
	free(new);
	return r;
}

static enum err write_pair(struct session *s, struct errinfo *e)
{
	char *weights = rundir_file(&s->dir, "next.weights"),
	     *state = rundir_file(&s->dir, "next.state");
	enum err r = net_save(s->p->net, weights, s->at.seen, e);
	if (!r)
		r = write_state(s, weights, state, e);
	if (r) {
		unlink(weights);
		unlink(state);
	}
	if (!r)
		r = take_name(&s->dir, "next.weights", "last.weights", e);
	if (!r)
		r = take_name(&s->dir, "next.state", "last.state", e);
	free(weights);
	free(state);
	return r;
}

static const char way_out[] =
    "put both back from a pair in checkpoints/ (train.keep) or a backup, or begin anew";

/* Is DIR/NAME the state of the weights with this sum? Errors: of a file that cannot be read. */
static enum err read_state(const char *dir, const char *name, uint64_t sum, struct state *st,
			   struct errinfo *e)
{
	struct strbuf file = STRBUF_INIT;
	struct errinfo why = {0};
	char *path = path_join(dir, name);
	enum err r = file_read(path, &file, e);
	if (!r && state_decode(st, file.buf, file.len, &why))
		r = err_set(e, ERR_FORMAT, "%s: %s; %s", path, why.msg, way_out);
	if (!r && st->weights_sum != sum) {
		state_release(st);
		r = err_set(e, ERR_MISMATCH,
			    "%s: it and last.weights beside it do not belong together; %s", path,
			    way_out);
	}
	strbuf_release(&file);
	free(path);
	return r;
}

enum err checkpoint_read(const char *dir, struct state *st, struct errinfo *e)
{
	struct strbuf weights = STRBUF_INIT;
	struct errinfo why = {0};
	char *path = path_join(dir, "last.weights"), *state = path_join(dir, "last.state");
	*st = (struct state){.momentum = STRBUF_INIT};
	enum err r = ERR_OK;
	if (!file_exists(path) && !file_exists(state))
		r = err_set(e, ERR_NOT_FOUND,
			    "%s holds no checkpoint yet; `thaw run %s/experiment.yaml` begins anew",
			    dir, dir);
	if (!r)
		r = file_read(path, &weights, e);
	if (!r) {
		uint64_t sum = fnv1a(weights.buf, weights.len);
		r = read_state(dir, "last.state", sum, st, &why);
		if (r && read_state(dir, "next.state", sum, st, NULL) == ERR_OK)
			r = ERR_OK; /* killed between the two renames */
		if (r)
			err_set(e, r, "%s", why.msg);
	}
	strbuf_release(&weights);
	free(path);
	free(state);
	return r;
}

enum err checkpoint_write(struct session *s, bool whole, bool best, struct errinfo *e)
{
	struct errinfo why = {0};
	enum err r = write_pair(s, &why);
	tell(s, CHECKPOINT_LAST, "last.weights", r, &why);
	if (!r && best)
		copy_last(s, CHECKPOINT_BEST, "best.weights");
	if (!r && whole && s->p->x->train.keep > 0)
		keep_epoch(s);
	return r ? err_set(e, r, "%s", why.msg) : ERR_OK;
}
