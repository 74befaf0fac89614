#include "thaw/tui/choice.h"

#include "panel.h"
#include "thaw/base/blocks.h"

#include <stdio.h>
#include <string.h>

void choice_present(const struct history *h, struct layerset *now)
{
	int n = h->n_layers < LAYERSET_MAX ? (int)h->n_layers : LAYERSET_MAX;
	layerset_clear(now, n);
	for (int i = 0; i < n; i++)
		layerset_set(now, i, h->layers[i].frozen);
}

static void set_range(struct layerset *s, int lo, int hi, bool in)
{
	for (int i = lo < 0 ? 0 : lo; i <= hi && i < s->n; i++)
		layerset_set(s, i, in);
}

bool choice_block(const struct history *h, int *lo, int *hi)
{
	struct layerset frozen;
	struct block_layer layers[LAYERSET_MAX];
	choice_present(h, &frozen);
	for (int i = 0; i < frozen.n; i++) {
		const struct event_layer *l = &h->layers[i].info;
		layers[i] = (struct block_layer){.learns = history_layer_learns(&h->layers[i]),
						 .shrinks = l->out_w * l->out_h < l->in_w * l->in_h};
	}
	return block_next(layers, &frozen, lo, hi);
}

/* One choice worked out: its reach, and the set that it changes. */
struct working {
	const struct history *h;
	const struct view *v;
	struct layerset *now;
	int lo, hi; /* the mark, or the layer under the cursor */
	char *why;
	size_t size;
};

static bool toggle(struct working *w)
{
	int learning = 0, with = 0;
	for (int i = w->lo; i <= w->hi; i++) {
		with += history_layer_learns(&w->h->layers[i]);
		learning += history_layer_learns(&w->h->layers[i]) && !w->h->layers[i].frozen;
	}
	char kind[32];
	layer_kind(&w->h->layers[w->lo].info, kind, sizeof(kind));
	if (!with && w->lo == w->hi)
		snprintf(w->why, w->size, "layer %d (%s) has nothing to freeze", w->lo, kind);
	else if (!with)
		snprintf(w->why, w->size, "layers %d-%d have nothing to freeze", w->lo, w->hi);
	set_range(w->now, w->lo, w->hi, learning > 0);
	return with > 0;
}

static bool below(struct working *w)
{
	set_range(w->now, w->v->mark >= 0 ? w->lo : 0, w->hi, true);
	return true;
}

static bool above(struct working *w)
{
	set_range(w->now, w->lo, w->v->mark >= 0 ? w->hi : w->now->n - 1, false);
	return true;
}

static bool invert(struct working *w)
{
	bool marked = w->v->mark >= 0;
	for (int i = marked ? w->lo : 0; i <= (marked ? w->hi : w->now->n - 1); i++)
		layerset_set(w->now, i, !layerset_has(w->now, i));
	return true;
}

static bool block(struct working *w)
{
	int lo, hi;
	if (!choice_block(w->h, &lo, &hi)) {
		snprintf(w->why, w->size, "every layer learns already; there is no block to thaw");
		return false;
	}
	set_range(w->now, lo, hi, false);
	return true;
}

/* What is typed, put to use on the set. */
static bool typed(struct working *w,
		  void (*use)(struct layerset *now, const struct layerset *which))
{
	struct layerset which;
	struct errinfo e;
	int head = w->h->head >= 0 && w->h->head < w->now->n ? (int)w->h->head : w->now->n - 1;
	if (layerset_parse(&which, w->v->typed, w->now->n, head, &e)) {
		snprintf(w->why, w->size, "%s", e.msg);
		return false;
	}
	use(w->now, &which);
	return true;
}

static bool typed_freeze(struct working *w)
{
	return typed(w, layerset_add);
}

static bool typed_unfreeze(struct working *w)
{
	return typed(w, layerset_remove);
}

static void replace(struct layerset *now, const struct layerset *which)
{
	*now = *which;
}

static bool typed_only(struct working *w)
{
	return typed(w, replace);
}

static bool (*const workings[CHOICE_N])(struct working *w) = {
    [CHOICE_TOGGLE] = toggle,           [CHOICE_BELOW] = below,     [CHOICE_ABOVE] = above,
    [CHOICE_INVERT] = invert,           [CHOICE_BLOCK] = block,     [CHOICE_FREEZE] = typed_freeze,
    [CHOICE_UNFREEZE] = typed_unfreeze, [CHOICE_ONLY] = typed_only,
};

/* Layers with parameters count; the others are frozen or not without any difference. */
static bool check(const struct working *w, const struct layerset *before)
{
	int changed = 0, learning = 0;
	for (int i = 0; i < w->now->n; i++) {
		if (!history_layer_learns(&w->h->layers[i]))
			continue;
		changed += layerset_has(w->now, i) != layerset_has(before, i);
		learning += !layerset_has(w->now, i);
	}
	if (!changed)
		snprintf(w->why, w->size, "nothing to do: these layers are as you want them");
	else if (!learning)
		snprintf(w->why, w->size,
			 "that would leave nothing to learn: thaw a layer first, or pause");
	return changed && learning;
}

bool choice_frozen(const struct history *h, const struct view *v, enum choice which,
		   struct layerset *now, char *why, size_t size)
{
	struct layerset before, after;
	choice_present(h, &before);
	after = before;
	struct working w = {.h = h, .v = v, .now = &after, .why = why, .size = size};
	if (which <= CHOICE_NONE || which >= CHOICE_N || before.n == 0) {
		snprintf(why, size, "no network yet");
		return false;
	}
	view_marked(v, h, &w.lo, &w.hi);
	w.hi = w.hi < before.n ? w.hi : before.n - 1;
	w.lo = w.lo < w.hi ? w.lo : w.hi;
	if (!workings[which](&w) || !check(&w, &before))
		return false;
	if (now)
		*now = after;
	return true;
}

void choice_words(const struct history *h, const struct layerset *now, struct strbuf *out)
{
	struct layerset before, freeze = *now, thaw;
	choice_present(h, &before);
	thaw = before;
	layerset_remove(&thaw, now);
	layerset_remove(&freeze, &before);
	if (layerset_count(&thaw)) {
		strbuf_addstr(out, "thaw ");
		layerset_format(&thaw, out);
	}
	if (layerset_count(&freeze)) {
		strbuf_addf(out, "%sfreeze ", layerset_count(&thaw) ? ", " : "");
		layerset_format(&freeze, out);
	}
}
