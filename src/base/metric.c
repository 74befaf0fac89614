#include "thaw/base/metric.h"

#include <string.h>

const char *const metric_names[] = {"accuracy", "loss", "f1", "recall:", NULL};

bool metric_parse(const char *text, struct metric *m)
{
	static const char recall[] = "recall:";
	size_t n = strlen(recall);
	*m = (struct metric){METRIC_ACCURACY, NULL};
	if (!text || !*text)
		return true;
	if (strncmp(text, recall, n) == 0 && text[n]) {
		*m = (struct metric){METRIC_RECALL, text + n};
		return true;
	}
	for (int i = 0; i < METRIC_RECALL; i++)
		if (strcmp(text, metric_names[i]) == 0) {
			m->kind = (enum metric_kind)i;
			return true;
		}
	return false;
}

bool metric_gains(const struct metric *m, double now, double before, double least)
{
	return m->kind == METRIC_LOSS ? now < before - least : now > before + least;
}

bool metric_reaches(const struct metric *m, double now, double wanted)
{
	return m->kind == METRIC_LOSS ? now <= wanted : now >= wanted;
}

void metric_words(const struct metric *m, struct strbuf *out)
{
	static const char *const words[METRIC_N] = {"accuracy", "loss", "macro F1", "recall of "};
	strbuf_addstr(out, words[m->kind]);
	if (m->kind == METRIC_RECALL)
		strbuf_addstr(out, m->of);
}
