#include "thaw/report/export.h"

#include "thaw/base/folder.h"
#include "thaw/base/run_files.h"
#include "thaw/event/log_check.h"
#include "thaw/run/run_log.h"

enum { EXPERIMENT_MAX = 1 << 20 };

static void count_broken(void *arg, const struct errinfo *why)
{
	(void)why;
	history_broken(arg);
}

enum err export_read(const char *run, bool live, struct history *h, struct times *t,
		     struct errinfo *e)
{
	struct log_reader *reader = NULL;
	struct event ev;
	bool any = false;
	enum err r = log_reader_open(&reader, run, e);
	for (; !r && run_log_next(reader, &ev, count_broken, h); any = true) {
		history_apply(h, &ev);
		times_add(t, &ev);
		event_release(&ev);
	}
	if (!r && !any && !live)
		r = log_explain(run, e);
	log_reader_close(reader);
	return r;
}

char *export_experiment(const char *run)
{
	struct folder f;
	struct strbuf text = STRBUF_INIT;
	bool read = !folder_open(&f, run, NULL) &&
		    !folder_read(&f, RUN_EXPERIMENT, EXPERIMENT_MAX, &text, NULL);
	folder_close(&f);
	if (read)
		return strbuf_detach(&text);
	strbuf_release(&text);
	return NULL;
}

int64_t export_place(const struct history *h, const struct history_epoch *e)
{
	const struct history_epoch *last = h->n_epochs ? &h->epochs[h->n_epochs - 1] : NULL;
	return last && last->iter > 0 ? e->iter : e->epoch;
}
