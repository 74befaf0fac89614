#include "thaw/base/blocks.h"

bool block_next(const struct block_layer *layers, const struct layerset *frozen, int *lo, int *hi)
{
	int i = frozen->n - 1;
	while (i >= 0 && !(layerset_has(frozen, i) && layers[i].learns))
		i--;
	if (i < 0)
		return false;
	*lo = *hi = i;
	while (*lo > 0 && !layers[*lo].shrinks &&
	       (layers[*lo - 1].learns || !layers[*lo - 1].shrinks))
		--*lo;
	return true;
}
