#include "thaw/report/table.h"

#include "thaw/base/say.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/words.h"

#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DEVICE_W = 20, LATELY = 6 };

void report_table_head(FILE *out)
{
	say(out, "%-24s %-8s %11s %6s %6s %9s  %-*s %s", "RUN", "STATUS", "EPOCHS", "BEST %",
	    "LAST %", "TIME", DEVICE_W, "DEVICE", "IMAGES");
}

/* How busy the device of a run that goes on was of late, where the terminal has blocks. It stands in
 * the last column: its bytes are more than its width. */
static void describe_lately(const struct report_run *r, struct strbuf *out)
{
	if (!report_goes_on(r) || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		return;
	history_device_lately(r->history, LATELY, out);
	if (out->len)
		strbuf_addch(out, ' ');
}

/* "validating 40 %: " of a run that does something else than to train. */
static void describe_now(const struct history *h, struct strbuf *out)
{
	if (!h->busy.on && h->state == RUN_TRAINING && !h->stopping)
		return;
	strbuf_addstr(out, history_state(h));
	if (h->busy.on && h->busy.total)
		strbuf_addf(out, " %.0f %%",
			    floor(100 * (double)h->busy.done / (double)h->busy.total));
	strbuf_addstr(out, ": ");
}

/* What computes, and of a run that goes on how busy that is. */
static void describe_device(const struct report_run *r, struct strbuf *out)
{
	const struct history_device *d = report_goes_on(r) ? history_device_now(r->history) : NULL;
	if (!d || !history_device_words(r->history, d, 1, out))
		history_device_name(r->history, out);
}

void report_table_row(FILE *out, const struct report_run *r)
{
	const struct history *h = r->history;
	const struct history_best b = history_best(h);
	char best[16] = "-", last[16] = "-";
	if (b.epoch)
		snprintf(best, sizeof(best), "%s", words_opt(words_percent, b.acc));
	if (b.epoch && h->n_epochs)
		snprintf(last, sizeof(last), "%s",
			 words_opt(words_percent, h->epochs[h->n_epochs - 1].valid.acc));
	struct strbuf now = STRBUF_INIT, device = STRBUF_INIT;
	describe_device(r, &device);
	describe_lately(r, &now);
	if (report_goes_on(r) && !r->unsaved)
		describe_now(h, &now);
	say(out, "%-24s %-8s %5zu/%-5lld %6s %6s %9s  %-*s %s%s%s", r->name, r->status,
	    h->n_epochs, (long long)h->run.epochs, best, last, words_duration(history_seconds(h)),
	    DEVICE_W, device.buf, now.buf, r->unsaved ? "waiting: " : "",
	    r->unsaved    ? r->unsaved
	    : h->run.data ? h->run.data
			  : "");
	strbuf_release(&now);
	strbuf_release(&device);
}
