#include "layers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct history_stat *layer_stat(const struct history *h, size_t i)
{
	int64_t newest = -1;
	for (size_t k = 0; k < h->n_layers; k++) {
		const struct history_layer *l = &h->layers[k];
		if (l->n_stats && history_stat(l, l->n_stats - 1)->epoch > newest)
			newest = history_stat(l, l->n_stats - 1)->epoch;
	}
	const struct history_layer *l = &h->layers[i];
	if (!l->n_stats || history_stat(l, l->n_stats - 1)->epoch != newest)
		return NULL;
	return history_stat(l, l->n_stats - 1);
}

bool layers_have_stats(const struct history *h)
{
	for (size_t i = 0; i < h->n_layers; i++)
		if (h->layers[i].n_stats)
			return true;
	return false;
}

static double known(double ms)
{
	return isfinite(ms) && ms > 0 ? ms : 0;
}

bool layer_cached(const struct history *h, size_t i)
{
	return h->layers[i].frozen && h->has_cache && (int64_t)i <= h->cache.layer;
}

double stat_ms(const struct history_stat *s)
{
	return s ? known(s->forward_ms) + known(s->backward_ms) : 0;
}

void ratio_text(double v, char *out, size_t size)
{
	if (!isfinite(v))
		snprintf(out, size, isnan(v) ? "-" : "inf");
	else if (v >= 1e-3 && v < 10)
		snprintf(out, size, v < 0.01 ? "%.4f" : "%.3f", v);
	else
		snprintf(out, size, "%.1e", v);
	char *e = strstr(out, "e-0");
	if (e)
		memmove(e + 2, e + 3, strlen(e + 3) + 1);
}

void layer_kind(const struct event_layer *l, char *out, size_t size)
{
	static const struct {
		const char *kind, *name;
	} names[] = {
	    {"convolutional", "conv"}, {"maxpool", "max"},  {"avgpool", "avg"},
	    {"connected", "fc"},       {"dropout", "drop"}, {"local_avgpool", "lavg"},
	    {"shortcut", "add"},       {"batchnorm", "bn"},
	};
	const char *name = l->kind ? l->kind : "?";
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name, names[i].kind) == 0)
			name = names[i].name;
	if (l->size > 1 || strcmp(name, "conv") == 0)
		snprintf(out, size, "%s %lld×%lld", name, (long long)l->size, (long long)l->size);
	else
		snprintf(out, size, "%s", name);
}
