#include "epoch_rows.h"

#include <stdbool.h>

enum { FEWEST_ROWS = 6 }; /* that a table with groups has */

struct choice {
	const struct epoch_table *t;
	int first, end;   /* single rows */
	int above, below; /* rows that groups may take */
	struct epoch_row *out; /* NULL = only count */
	int n;
};

static void add(struct choice *k, int first, int last)
{
	if (k->out)
		k->out[k->n] = (struct epoch_row){first, last};
	k->n++;
}

/* 10, 20, 50, 100, ...: the least size of which at most `most` groups hold [from, end). */
static int group_size(int from, int end, int most)
{
	static const int leads[] = {1, 2, 5};
	for (int power = 10; power < 1000000000; power *= 10)
		for (int i = 0; i < 3; i++) {
			int size = leads[i] * power;
			if ((end - 1) / size - from / size < most)
				return size;
		}
	return 1000000000;
}

/* The best epoch stands below the group that it belongs to. */
static void add_groups(struct choice *k, int from, int end, int most)
{
	int best = k->t->best;
	if (from >= end)
		return;
	if (most < 1) {
		if (best >= from && best < end)
			add(k, best, best);
		return;
	}
	int size = group_size(from, end, most);
	for (int at = from; at < end;) {
		int next = (at / size + 1) * size;
		next = next > end ? end : next;
		add(k, at, next - 1);
		if (best >= at && best < next && next - at > 1)
			add(k, best, best);
		at = next;
	}
}

static int choose(struct choice *k)
{
	int newest = k->t->n - 1;
	k->n = 0;
	add_groups(k, 0, k->first, k->above);
	for (int i = k->first; i < k->end; i++)
		add(k, i, i);
	add_groups(k, k->end, newest, k->below);
	if (k->end <= newest)
		add(k, newest, newest);
	return k->n;
}

int epoch_rows(const struct epoch_table *t, struct epoch_row *out, int *first, int *end)
{
	bool groups = t->n >= EPOCHS_GROUPED && t->rows >= FEWEST_ROWS;
	struct choice k = {.t = t, .above = groups ? t->rows / 3 : 0, .below = groups};
	int rows = t->rows < t->n ? t->rows : t->n;
	k.end = t->end > t->n ? t->n : t->end < rows ? rows : t->end;
	k.first = k.end - rows;
	while (choose(&k) > t->rows && k.first < k.end - 1)
		if (k.first > 0)
			k.first++;
		else
			k.end--;
	*first = k.first;
	*end = k.end;
	k.out = choose(&k) <= t->rows ? out : NULL;
	if (k.out)
		return choose(&k);
	for (int i = 0; i < rows; i++) /* too few for anything but these */
		out[i] = (struct epoch_row){k.end - rows + i, k.end - rows + i};
	*first = k.end - rows;
	return rows;
}
