/* thaw show: one run in figures. */
#include "thaw_cli.h"
#include "thaw_report.h"
#include "thaw/base/words.h"

#include "thaw/base/say.h"
#include "thaw/base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>

static void add_figure(struct strbuf *line, double (*f)(const struct event_class *, bool *),
		       const struct event_class *c)
{
	bool valid;
	double v = f(c, &valid);
	if (valid)
		strbuf_addf(line, "  %9.3f", v);
	else
		strbuf_addf(line, "  %9s", "-");
}

static void print_classes(const struct history *h)
{
	const struct history_epoch *e = report_classes(h);
	struct strbuf line = STRBUF_INIT;
	if (!e)
		return;
	puts("");
	say(stdout, "classes after epoch %lld", (long long)e->epoch);
	say(stdout, "  %-20s  %6s  %9s  %9s  %9s", "class", "images", "precision", "recall", "F1");
	for (size_t i = 0; i < e->n_classes; i++) {
		const struct event_class *c = &e->classes[i];
		strbuf_reset(&line);
		strbuf_addf(&line, "  %-20s  %6lld", c->name, (long long)c->n);
		add_figure(&line, class_precision, c);
		add_figure(&line, class_recall, c);
		add_figure(&line, class_f1, c);
		say(stdout, "%s", line.buf);
	}
	strbuf_release(&line);
}

static const char *three_digits(double v)
{
	char *out = words_buffer();
	snprintf(out, WORDS_SIZE, "%.3f", v);
	return out;
}

static const char *four_digits(double v)
{
	char *out = words_buffer();
	snprintf(out, WORDS_SIZE, "%.4f", v);
	return out;
}

static void print_epochs(const struct history *h)
{
	if (!h->n_epochs)
		return;
	puts("");
	say(stdout, "  %5s  %-8s  %8s  %6s  %8s  %6s  %s", "epoch", "phase", "training", "acc",
	    "valid.", "acc", "observation");
	for (size_t i = 0; i < h->n_epochs; i++) {
		const struct history_epoch *e = &h->epochs[i];
		say(stdout, "  %5lld  %-8s  %8s  %6s  %8s  %6s%s %s", (long long)e->epoch, e->phase,
		    words_opt(four_digits, e->train.loss), words_opt(three_digits, e->train.acc),
		    words_opt(four_digits, e->valid.loss), words_opt(three_digits, e->valid.acc),
		    (int)i == h->best_epoch ? "*" : " ", e->words);
	}
}

static void print_cache(const struct history *h)
{
	struct strbuf words = STRBUF_INIT;
	double share;
	bool kept = history_cache_words(h, 0, &words);
	if (history_cache_saved(h, &share) && share > 0)
		strbuf_addf(
		    &words,
		    kept ? "; %.0f %% over all epochs"
			 : "cache: dropped; it saved %.0f %% of the forward passes of all epochs",
		    share * 100);
	if (words.len)
		say(stdout, "%s", words.buf);
	strbuf_release(&words);
}

static void print_scales(const struct history *h)
{
	struct strbuf words = STRBUF_INIT;
	if (history_scale_words(h, &words))
		say(stdout, "learning rate: layers %s of it", words.buf);
	strbuf_release(&words);
}

static void print_wait(const struct history *h)
{
	double all, recent;
	if (!history_wait(h, h->n_steps, &all))
		return;
	bool bound = all > HISTORY_DATA_BOUND || history_data_bound(h, &recent);
	say(stdout, "data: %.0f %% of the training time went by in waiting for pictures%s",
	    100 * all, bound ? ": data-bound" : "");
}

static void print_head(const char *dir, const struct history *h, enum run_status status)
{
	struct strbuf line = STRBUF_INIT;
	char *name = run_dir_name(dir);
	strbuf_addf(&line, "%s: %s", name, run_status_name(status));
	if (h->ended && *h->end.reason)
		strbuf_addf(&line, " (%s)", h->end.reason);
	strbuf_addf(&line, ", %zu", h->n_epochs);
	if (h->run.epochs > 0)
		strbuf_addf(&line, " of %lld", (long long)h->run.epochs);
	strbuf_addf(&line, " epochs, %lld iterations, %s", (long long)h->iter,
		    words_duration(history_seconds(h)));
	if (h->n_resumed)
		strbuf_addf(&line, ", resumed %lld %s", (long long)h->n_resumed,
			    h->n_resumed == 1 ? "time" : "times");
	say(stdout, "%s", line.buf);
	strbuf_release(&line);
	free(name);
}

static void print_layers(const struct history *h)
{
	if (h->n_layers)
		say(stdout,
		    "layers: %zu, %d frozen, %s parameters train; frozen layers changed: %s",
		    h->n_layers, layerset_count(&h->frozen), words_short((double)h->trainable),
		    history_digests_changed(h) ? "" : "none");
	for (size_t i = 0; i < h->n_layers; i++)
		if (h->layers[i].digest_changed)
			say(stdout, "  layer %zu CHANGED while frozen", i);
}

static void print_text(const char *dir, const struct history *h, enum run_status status)
{
	print_head(dir, h, status);
	if (h->best_epoch >= 0) {
		const struct history_epoch *e = &h->epochs[h->best_epoch];
		say(stdout, "best: epoch %lld, validation accuracy %s, loss %s",
		    (long long)e->epoch, words_opt(four_digits, e->valid.acc),
		    words_opt(four_digits, e->valid.loss));
	}
	print_layers(h);
	print_scales(h);
	print_cache(h);
	print_wait(h);
	if (h->n_broken)
		say(stdout, "log: %lld lines could not be read", (long long)h->n_broken);
	print_epochs(h);
	print_classes(h);
}

static int show_run(const struct cli *c)
{
	char *dir = NULL;
	struct errinfo e;
	struct history h;
	enum run_status status;
	int r = STATUS_OK;
	history_init(&h);
	if (run_find(&dir, c, &e) || run_load(dir, &h, &status, &e))
		r = cli_fail(c->cmd, &e);
	else if (cli_flag(c, "--json"))
		report_print(report_json(dir, &h, status));
	else
		print_text(dir, &h, status);
	history_release(&h);
	free(dir);
	return r;
}

static const struct cli_option options[] = {
    RUNS_OPTION,
    {"--json", NULL, "one JSON object"},
    {0},
};

const struct subcommand cmd_show = {
    .name = "show",
    .args = "RUN [--runs DIR] [--json]",
    .help = "Show a run, or a log alone, in figures: status, every epoch, the best one, each class.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = show_run,
};
