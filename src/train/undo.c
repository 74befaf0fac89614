#include "undo.h"
#include "phases.h"
#include "session.h"
#include "thaw/base/alloc.h"
#include "thaw/base/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t n_layers(const struct session *s)
{
	return (size_t)net_n_layers(s->p->net);
}

/* ---- remembering ---- */

static struct intervention *push(struct session *s, enum command_type type)
{
	struct commands *c = &s->commands;
	ALLOC_GROW(c->done, c->n_done + 1, c->cap_done);
	struct intervention *i = &c->done[c->n_done++];
	*i = (struct intervention){
	    .type = type, .iter = s->at.iter, .phase = (int64_t)s->at.phase};
	return i;
}

static void pop(struct session *s)
{
	free(s->commands.done[--s->commands.n_done].scales);
}

void undo_remember_frozen(struct session *s, const struct layerset *now)
{
	struct intervention *i = push(s, CMD_FREEZE);
	i->frozen = *net_frozen(s->p->net);
	i->now = *now;
	i->held = s->held;
}

void undo_remember_factor(struct session *s, double value, enum cause cause)
{
	struct intervention *i = push(s, CMD_LR);
	i->by_rule = cause == CAUSE_RULE;
	i->factor = s->factor;
	i->value = value;
}

void undo_remember_scales(struct session *s)
{
	struct intervention *i = push(s, CMD_LR_SCALE);
	i->scales = xcalloc(n_layers(s), sizeof(*i->scales));
	memcpy(i->scales, s->scales, n_layers(s) * sizeof(*i->scales));
}

void undo_remember_every(struct session *s)
{
	push(s, CMD_THAW_EVERY)->thaw_every = s->thaw_every;
}

void undo_remember_keep_going(struct session *s)
{
	push(s, CMD_KEEP_GOING);
}

void undo_thawed(struct session *s, const struct layerset *thawed)
{
	for (size_t i = 0; i < s->commands.n_done; i++) {
		layerset_remove(&s->commands.done[i].frozen, thawed);
		layerset_remove(&s->commands.done[i].now, thawed);
	}
}

void undo_clear(struct session *s)
{
	while (s->commands.n_done)
		pop(s);
}

/* ---- in words ---- */

static void words_of(const struct intervention *i, struct strbuf *out)
{
	struct layerset frozen = i->now, thawed = i->frozen;
	if (i->type == CMD_LR) {
		strbuf_addf(out, "learning rate x%.4g%s", i->value / i->factor,
			    i->by_rule ? " by a rule" : "");
	} else if (i->type == CMD_KEEP_GOING) {
		strbuf_addstr(out, "keep-going");
	} else if (i->type == CMD_LR_SCALE) {
		strbuf_addstr(out, "learning-rate multipliers");
	} else if (i->type == CMD_THAW_EVERY) {
		strbuf_addstr(out, "other thaw-every");
	} else if (layerset_equal(&i->frozen, &i->now)) {
		strbuf_addstr(out, "kept layers frozen");
	} else {
		layerset_remove(&frozen, &i->frozen);
		layerset_remove(&thawed, &i->now);
		if (layerset_count(&thawed)) {
			strbuf_addstr(out, "thawed ");
			layerset_format(&thawed, out);
		}
		if (layerset_count(&frozen)) {
			strbuf_addstr(out, layerset_count(&thawed) ? ", frozen " : "frozen ");
			layerset_format(&frozen, out);
		}
	}
	strbuf_addf(out, " at iteration %" PRId64, i->iter);
}

void undo_since(const struct session *s, int64_t iter, size_t n, struct strbuf *out)
{
	for (size_t k = 0; k < s->commands.n_done; k++) {
		const struct intervention *i = &s->commands.done[k];
		if (i->by_rule || i->iter < iter || (i->iter == iter && k < n))
			continue;
		strbuf_addstr(out, out->len ? "; " : "");
		words_of(i, out);
	}
}

/* ---- taking back ---- */

/* The layers frozen now, with those that it changed as they were before it. */
static struct layerset frozen_without(const struct session *s, const struct intervention *i)
{
	struct layerset out = *net_frozen(s->p->net);
	for (int k = 0; k < out.n; k++)
		if (layerset_has(&i->frozen, k) != layerset_has(&i->now, k))
			layerset_set(&out, k, layerset_has(&i->frozen, k));
	return out;
}

static bool holds(const struct session *s, const struct intervention *i)
{
	if (i->type == CMD_LR)
		return i->phase == (int64_t)s->at.phase;
	if (i->type == CMD_KEEP_GOING)
		return i->phase == (int64_t)s->at.phase && s->ending.off;
	if (i->type == CMD_LR_SCALE)
		return memcmp(i->scales, s->scales, n_layers(s) * sizeof(*i->scales)) != 0;
	if (i->type == CMD_THAW_EVERY)
		return i->phase == (int64_t)s->at.phase && i->thaw_every != s->thaw_every;
	if (layerset_equal(&i->frozen, &i->now))
		return i->phase == (int64_t)s->at.phase && !layerset_equal(&i->held, &s->held);
	struct layerset then = frozen_without(s, i);
	return !layerset_equal(&then, net_frozen(s->p->net)) &&
	       phases_trainable(s->p->net, &then) > 0;
}

static void set_frozen(struct session *s, const struct intervention *i, struct layerset then,
		       enum cause cause)
{
	if (!layerset_equal(&then, net_frozen(s->p->net)))
		session_set_frozen(s, &then, cause);
	if (i->phase == (int64_t)s->at.phase)
		s->held = i->held;
}

static void take_back_keep_going(struct session *s, enum cause cause)
{
	struct strbuf did = STRBUF_INIT;
	ending_keep_going(s, false, cause, &did);
	strbuf_release(&did);
}

static void take_back(struct session *s, const struct intervention *i, enum cause cause)
{
	switch ((int)i->type) {
	case CMD_LR:
		session_set_factor(s, i->factor, cause);
		break;
	case CMD_LR_SCALE:
		session_set_scales(s, i->scales, cause);
		break;
	case CMD_THAW_EVERY:
		s->thaw_every = i->thaw_every;
		break;
	case CMD_KEEP_GOING:
		take_back_keep_going(s, cause);
		break;
	default:
		set_frozen(s, i, frozen_without(s, i), cause);
	}
}

static const struct intervention *newest(const struct session *s)
{
	return s->commands.n_done ? &s->commands.done[s->commands.n_done - 1] : NULL;
}

/* The newest that still holds; NULL: none does. */
static const struct intervention *next_undone(const struct session *s)
{
	for (size_t k = s->commands.n_done; k-- > 0;)
		if (holds(s, &s->commands.done[k]))
			return &s->commands.done[k];
	return NULL;
}

enum command_type undo_type(const struct session *s)
{
	const struct intervention *i = next_undone(s);
	return i ? i->type : CMD_N;
}

bool undo_words(const struct session *s, struct strbuf *out)
{
	const struct intervention *i = next_undone(s);
	if (i)
		words_of(i, out);
	return i;
}

static void say_undone(const struct session *s, enum command_type type, struct strbuf *did)
{
	const struct net *net = s->p->net;
	const struct layerset *frozen = net_frozen(net);
	if (type == CMD_LR) {
		strbuf_addf(did, "learning rate back to %.4g", session_lr(s));
	} else if (type == CMD_LR_SCALE) {
		strbuf_addstr(did, "learning-rate multipliers as before");
	} else if (type == CMD_THAW_EVERY) {
		strbuf_addstr(did, "the plan thaws as before");
	} else if (type == CMD_KEEP_GOING) {
		strbuf_addstr(did, "rules may end this phase early again");
	} else {
		strbuf_addstr(did, "frozen layers back to ");
		layerset_format(frozen, did);
		strbuf_addf(did, ": %s of %s parameters learn",
			    words_count(phases_trainable(net, frozen)),
			    words_count(phases_params(net)));
	}
	strbuf_addf(did, " from iteration %" PRId64, s->at.iter + 1);
}

bool undo_last(struct session *s, enum cause cause, struct strbuf *did)
{
	const struct intervention *i;
	bool dropped = false;
	for (; (i = newest(s)) && !holds(s, i); dropped = true)
		pop(s);
	if (!i) {
		strbuf_addstr(did, dropped ? "nothing to undo: what was set by hand ended with its "
					     "phase"
					   : "nothing to undo");
		return false;
	}
	take_back(s, i, cause);
	say_undone(s, i->type, did);
	pop(s);
	return true;
}

/* Did what began with this entry make the steps longer, or more layers learn? */
static bool dares(const struct session *s, const struct intervention *i)
{
	struct layerset thawed = i->frozen;
	bool raised = false;
	if (i->type == CMD_LR)
		return s->factor > i->factor;
	for (size_t k = 0; i->type == CMD_LR_SCALE && k < n_layers(s); k++)
		raised = raised || s->scales[k] > i->scales[k];
	layerset_remove(&thawed, net_frozen(s->p->net));
	return i->type == CMD_FREEZE ? layerset_count(&thawed) > 0 : raised;
}

/* How many entries an accident takes back. */
static size_t n_recent(const struct session *s, int64_t recent)
{
	const struct commands *c = &s->commands;
	size_t n = 0;
	while (n < c->n_done) {
		const struct intervention *i = &c->done[c->n_done - 1 - n];
		if (s->at.iter - i->iter > recent || i->phase != (int64_t)s->at.phase ||
		    i->type != c->done[c->n_done - 1].type || i->by_rule)
			break;
		n++;
	}
	return n && dares(s, &c->done[c->n_done - n]) ? n : 0;
}

bool undo_recent(const struct session *s, int64_t recent, struct strbuf *what)
{
	size_t n = n_recent(s, recent), all = s->commands.n_done;
	for (size_t k = all - n; what && k < all; k++) {
		strbuf_addstr(what, k > all - n ? "; " : "");
		words_of(&s->commands.done[k], what);
	}
	return n > 0;
}

void undo_take_back(struct session *s, int64_t recent)
{
	const struct commands *c = &s->commands;
	size_t n = n_recent(s, recent);
	if (!n)
		return;
	const struct intervention *first = &c->done[c->n_done - n];
	if (first->type == CMD_FREEZE) /* each has layers of its own */
		set_frozen(s, first, first->frozen, CAUSE_ACCIDENT);
	else
		take_back(s, first, CAUSE_ACCIDENT);
	while (n--)
		pop(s);
}

/* ---- in a state: "lr ITER PHASE FACTOR VALUE;freeze ITER PHASE BEFORE AFTER HELD;scale ITER PHASE
 * 12:0x1p-3,13:0x1p-3;every ITER PHASE N;cut ITER PHASE FACTOR VALUE;keep ITER PHASE -" ---- */

static const struct {
	const char *name;
	enum command_type type;
	bool by_rule;
} kinds[] = {{"lr", CMD_LR, false},           {"freeze", CMD_FREEZE, false},
	     {"scale", CMD_LR_SCALE, false},  {"every", CMD_THAW_EVERY, false},
	     {"keep", CMD_KEEP_GOING, false}, {"cut", CMD_LR, true}};
#define N_KINDS (sizeof(kinds) / sizeof(*kinds))

static void encode_scales(const struct session *s, const double *scales, struct strbuf *out)
{
	size_t start = out->len;
	for (size_t i = 0; i < n_layers(s); i++)
		if (scales[i] > 0)
			strbuf_addf(out, "%s%zu:%a", out->len > start ? "," : "", i, scales[i]);
	if (out->len == start)
		strbuf_addch(out, '-');
}

static void encode_one(const struct session *s, const struct intervention *i, struct strbuf *out)
{
	size_t k = 0;
	while (k + 1 < N_KINDS && (kinds[k].type != i->type || kinds[k].by_rule != i->by_rule))
		k++;
	strbuf_addf(out, "%s %" PRId64 " %" PRId64 " ", kinds[k].name, i->iter, i->phase);
	if (i->type == CMD_LR) {
		strbuf_addf(out, "%a %a", i->factor, i->value);
	} else if (i->type == CMD_KEEP_GOING) {
		strbuf_addch(out, '-');
	} else if (i->type == CMD_LR_SCALE) {
		encode_scales(s, i->scales, out);
	} else if (i->type == CMD_THAW_EVERY) {
		strbuf_addf(out, "%d", i->thaw_every);
	} else {
		layerset_format(&i->frozen, out);
		strbuf_addch(out, ' ');
		layerset_format(&i->now, out);
		strbuf_addch(out, ' ');
		layerset_format(&i->held, out);
	}
	strbuf_addch(out, ';');
}

void undo_encode(const struct session *s, size_t most, struct strbuf *out)
{
	const struct commands *c = &s->commands;
	struct strbuf one = STRBUF_INIT;
	size_t first = c->n_done, len = 0;
	while (first) {
		strbuf_reset(&one);
		encode_one(s, &c->done[first - 1], &one);
		if ((len += one.len) > most)
			break;
		first--;
	}
	for (; first < c->n_done; first++)
		encode_one(s, &c->done[first], out);
	strbuf_release(&one);
}

static bool decode_scales(const struct session *s, const char *text, double *scales)
{
	char *end;
	for (const char *p = text; strcmp(text, "-") != 0 && *p; p = *end == ',' ? end + 1 : end) {
		unsigned long layer = strtoul(p, &end, 10);
		if (end == p || *end != ':' || layer >= n_layers(s))
			return false;
		scales[layer] = strtod(p = end + 1, &end);
		if (end == p || (*end && *end != ',') || !(scales[layer] > 0) ||
		    !isfinite(scales[layer]))
			return false;
	}
	return true;
}

static bool decode_set(const struct session *s, const char *text, struct layerset *out)
{
	struct net *net = s->p->net;
	return layerset_parse(out, text, net_n_layers(net), net_head(net), NULL) == ERR_OK;
}

static bool decode_every(struct intervention *i, const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);
	i->thaw_every = (int)n;
	return end != text && !*end && n >= 0 && n <= COMMAND_THAW_EVERY_MAX;
}

/* "BEFORE AFTER HELD" */
static bool decode_sets(const struct session *s, struct intervention *i, char *before, char *after)
{
	char *held = strchr(after, ' ');
	if (!held)
		return false;
	*held++ = '\0';
	return decode_set(s, before, &i->frozen) && decode_set(s, after, &i->now) &&
	       decode_set(s, held, &i->held);
}

/* Fill the entry's own members; `rest` is what follows its phase. */
static bool decode_body(const struct session *s, struct intervention *i, char *rest)
{
	char *second = strchr(rest, ' ');
	if (i->type == CMD_KEEP_GOING)
		return true;
	if (i->type == CMD_THAW_EVERY)
		return decode_every(i, rest);
	if (i->type == CMD_LR_SCALE) {
		i->scales = xcalloc(n_layers(s), sizeof(*i->scales));
		return decode_scales(s, rest, i->scales);
	}
	if (!second)
		return false;
	*second++ = '\0';
	if (i->type == CMD_FREEZE)
		return decode_sets(s, i, rest, second);
	i->factor = strtod(rest, NULL);
	i->value = strtod(second, NULL);
	return i->factor > 0 && isfinite(i->factor) && i->value > 0 && isfinite(i->value);
}

/* What does not fit is no reason not to go on: it cannot be undone, that is all. */
static void decode_one(struct session *s, char *text)
{
	char name[16];
	int64_t iter, phase;
	int at = 0;
	if (sscanf(text, "%15s %" SCNd64 " %" SCNd64 " %n", name, &iter, &phase, &at) < 3 || !at)
		return;
	for (size_t k = 0; k < N_KINDS; k++) {
		if (strcmp(kinds[k].name, name) != 0)
			continue;
		struct intervention *i = push(s, kinds[k].type);
		i->iter = iter;
		i->phase = phase;
		i->by_rule = kinds[k].by_rule;
		if (!decode_body(s, i, text + at))
			pop(s);
	}
}

void undo_decode(struct session *s, const char *text)
{
	char *copy = xstrdup(text), *save = NULL;
	undo_clear(s);
	for (char *one = strtok_r(copy, ";", &save); one; one = strtok_r(NULL, ";", &save))
		decode_one(s, one);
	free(copy);
}
