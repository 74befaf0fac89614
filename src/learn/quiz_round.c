#include "thaw/learn/quiz_round.h"

#include "thaw/base/alloc.h"
#include "thaw/base/rng.h"
#include "thaw/learn/facts.h"

#include <stdlib.h>
#include <string.h>

static void item_release(struct quiz_item *item)
{
	free(item->text);
	free(item->explain);
	for (int i = 0; i < item->n_choices; i++)
		free(item->choices[i]);
	*item = (struct quiz_item){0};
}

static char *filled(const struct facts *f, const char *text)
{
	struct strbuf out = STRBUF_INIT;
	if (facts_fill(f, text, &out))
		return strbuf_detach(&out);
	strbuf_release(&out);
	return NULL;
}

/* What is said of this run goes behind the explanation. */
static char *explanation(const struct facts *f, const struct quiz_question *q)
{
	struct strbuf out = STRBUF_INIT;
	if (!facts_fill(f, q->explain, &out)) {
		strbuf_release(&out);
		return NULL;
	}
	size_t end = out.len;
	strbuf_addch(&out, ' ');
	if (!q->here || !facts_fill(f, q->here, &out))
		strbuf_remove(&out, end, out.len - end);
	return strbuf_detach(&out);
}

/* The choices in their shuffled order; false when one cannot be told, or two read the same. */
static bool fill_choices(struct quiz_item *item, const struct facts *f,
			 const struct quiz_question *q, uint64_t key)
{
	uint32_t order[QUIZ_MAX_CHOICES];
	rng_permutation(key, order, q->n_choices);
	for (size_t i = 0; i < q->n_choices; i++) {
		char *text = filled(f, q->choices[order[i]]);
		if (!text)
			return false;
		for (int k = 0; k < item->n_choices; k++)
			if (strcmp(item->choices[k], text) == 0) {
				free(text);
				return false;
			}
		if (order[i] == q->answer)
			item->right = (int)i;
		item->choices[item->n_choices++] = text;
	}
	return true;
}

static bool fill(struct quiz_item *item, const struct facts *f, const struct quiz_question *q,
		 uint64_t key)
{
	*item = (struct quiz_item){.given = -1};
	if (f->history->n_epochs < (size_t)q->epochs || !facts_meet(f, q->needs))
		return false;
	item->text = filled(f, q->text);
	item->explain = explanation(f, q);
	if (item->text && item->explain && fill_choices(item, f, q, key))
		return true;
	item_release(item);
	return false;
}

struct quiz_round *quiz_round_new(const struct quiz *q, const struct history *h, int64_t try)
{
	const struct facts f = {h, NULL};
	struct quiz_round *r = xcalloc(1, sizeof(*r));
	r->items = xcalloc(q->n, sizeof(*r->items));
	for (size_t i = 0; i < q->n; i++)
		if (fill(&r->items[r->n], &f, &q->questions[i],
			 rng_key((uint64_t)try, RNG_QUIZ, 0, i)))
			r->n++;
	if (r->n)
		return r;
	quiz_round_free(r);
	return NULL;
}

void quiz_round_free(struct quiz_round *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		item_release(&r->items[i]);
	free(r->items);
	free(r);
}

bool quiz_round_over(const struct quiz_round *r)
{
	return r->at >= r->n;
}

bool quiz_round_answer(struct quiz_round *r, int choice)
{
	if (quiz_round_over(r))
		return false;
	struct quiz_item *item = &r->items[r->at];
	if (item->given >= 0 || choice < 0 || choice >= item->n_choices)
		return false;
	item->given = r->cursor = choice;
	r->n_right += choice == item->right;
	return true;
}

bool quiz_round_next(struct quiz_round *r)
{
	if (quiz_round_over(r) || r->items[r->at].given < 0)
		return false;
	r->at++;
	r->cursor = 0;
	return true;
}
