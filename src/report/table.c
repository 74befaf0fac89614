#include "thaw/report/table.h"

#include "thaw/base/say.h"
#include "thaw/base/words.h"

#include <stdio.h>

void report_table_head(FILE *out)
{
	say(out, "%-24s %-8s %11s %6s %6s %9s  %s", "RUN", "STATUS", "EPOCHS", "BEST %", "LAST %",
	    "TIME", "IMAGES");
}

void report_table_row(FILE *out, const struct report_run *r)
{
	const struct history *h = r->history;
	const struct history_epoch *e = report_best(h);
	char best[16] = "-", last[16] = "-";
	if (e) {
		struct opt_double acc = h->epochs[h->n_epochs - 1].valid.acc;
		snprintf(best, sizeof(best), "%s", words_percent(e->valid.acc.value));
		snprintf(last, sizeof(last), "%s", words_opt(words_percent, acc));
	}
	say(out, "%-24s %-8s %5zu/%-5lld %6s %6s %9s  %s%s", r->name, r->status, h->n_epochs,
	    (long long)h->run.epochs, best, last, words_duration(history_seconds(h)),
	    r->unsaved ? "waiting: " : "",
	    r->unsaved    ? r->unsaved
	    : h->run.data ? h->run.data
			  : "");
}
