#include "curves.h"
#include "thaw/tui/view.h"

static struct opt_double train_acc(const struct history_epoch *e)
{
	return e->train.acc;
}

static struct opt_double valid_acc(const struct history_epoch *e)
{
	return e->valid.acc;
}

static bool lacks_accuracy(const struct history *h)
{
	return !epochs_tell(h, train_acc) && !epochs_tell(h, valid_acc);
}

static bool has_classes(const struct history *h)
{
	return h->run.n_classes || history_newest_classes(h, NULL);
}

/* Our own logs tell layers and classes before the first step, pictures before the first epoch is over;
 * theirs have what they have, and charts are missed once others could be drawn. */
unsigned view_lacks(const struct history *h)
{
	bool foreign = h->run.format != NULL, trained = h->n_steps || h->n_epochs;
	unsigned lacks = foreign ? LACK_STAGES : 0;
	if (!h->n_series)
		lacks |= LACK_METRICS;
	if (!h->has_run)
		return lacks;
	if ((foreign || trained) && !h->n_layers)
		lacks |= LACK_LAYERS;
	if ((foreign || trained) && !has_classes(h))
		lacks |= LACK_CLASSES;
	if ((foreign || h->n_epochs) && !h->n_probes && !h->n_mistakes)
		lacks |= LACK_IMAGES;
	if (!foreign || !trained)
		return lacks;
	if (!h->n_epochs && !h->epoch)
		lacks |= LACK_EPOCHS;
	if (lacks_accuracy(h))
		lacks |= LACK_ACCURACY;
	if (!steps_tell(h, STEP_LR))
		lacks |= LACK_RATE;
	if (!steps_tell(h, STEP_IPS))
		lacks |= LACK_SPEED;
	return lacks;
}

static const unsigned needs[PAGE_N] = {
    [PAGE_LAYERS] = LACK_LAYERS,
    [PAGE_CLASSES] = LACK_CLASSES,
    [PAGE_IMAGES] = LACK_IMAGES,
    [PAGE_LEARN] = LACK_STAGES,
    [PAGE_METRICS] = LACK_METRICS,
};

bool page_offered(const struct view *v, int page)
{
	return !(needs[page] & v->lacks);
}
