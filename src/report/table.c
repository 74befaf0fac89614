#include "thaw/report/table.h"

#include "thaw/base/say.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/words.h"

#include <langinfo.h>
#include <stdio.h>
#include <string.h>

enum { DEVICE_W = 20 };

void report_table_head(FILE *out)
{
	say(out, "%-24s %-8s %11s %6s %6s %9s  %-*s %s", "RUN", "STATUS", "EPOCHS", "BEST %",
	    "LAST %", "TIME", DEVICE_W, "DEVICE", "IMAGES");
}

/* How busy the device was of late, where the terminal has blocks, and what the run does besides
 * training: "validating 40 %: ". It stands in the last column: its bytes are more than its width. */
static void describe_now(const struct run_summary *r, struct strbuf *out)
{
	if (*r->lately && strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		strbuf_addf(out, "%s ", r->lately);
	if (*r->doing && !r->unsaved)
		strbuf_addf(out, "%s: ", r->doing);
}

/* What stands in the way, else what it is of. */
static const char *last_column(const struct run_summary *r)
{
	bool killed = r->status == RUN_STATUS_CRASHED && *r->why;
	return r->unsaved ? r->unsaved : killed ? r->why : r->data;
}

void report_table_row(FILE *out, const struct run_summary *r)
{
	char best[16] = "-", last[16] = "-";
	if (r->best_acc.valid) {
		snprintf(best, sizeof(best), "%s", words_percent(r->best_acc.value));
		snprintf(last, sizeof(last), "%s", words_opt(words_percent, r->last_acc));
	}
	struct strbuf now = STRBUF_INIT;
	describe_now(r, &now);
	say(out, "%-24s %-8s %5lld/%-5lld %6s %6s %9s  %-*s %s%s%s%s%s", r->name,
	    run_status_name((enum run_status)r->status), (long long)r->n_epochs,
	    (long long)r->epochs, best, last, words_duration(r->seconds), DEVICE_W, r->device,
	    now.buf, r->unsaved ? "waiting: " : "", last_column(r),
	    *r->parent ? ", branched off " : "", r->parent);
	strbuf_release(&now);
}
