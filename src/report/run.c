#include "thaw/report/run.h"

#include <string.h>

bool report_goes_on(const struct report_run *r)
{
	return r->unsaved || strcmp(r->status, "running") == 0;
}

const struct history_epoch *report_best(const struct history *h)
{
	return h->best_epoch >= 0 ? &h->epochs[h->best_epoch] : NULL;
}

const struct history_epoch *report_classes(const struct history *h)
{
	const struct history_epoch *best = report_best(h);
	if (best && best->n_classes)
		return best;
	for (size_t i = h->n_epochs; i-- > 0;)
		if (h->epochs[i].n_classes)
			return &h->epochs[i];
	return NULL;
}
