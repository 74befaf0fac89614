/* thaw-train eval: the figures of a saved network, as tables or as one JSON object. */
#include "train_cli.h"

#include "thaw/base/alloc.h"
#include "thaw/base/say.h"
#include "thaw/base/words.h"
#include "thaw/base/strbuf.h"
#include "thaw/engine/device.h"
#include "thaw/event/json_writer.h"
#include "thaw/history/history.h"
#include "thaw/report/classes.h"
#include "thaw/train/evaluation.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MATRIX_MAX = 12, PAIRS_MAX = 10, JSON_PAIRS_MAX = 1000, NAME_MIN = 12, NAME_MAX_SHOWN = 40 };

/* ---- tables ---- */

static int name_width(const struct evaluation *ev)
{
	size_t w = NAME_MIN;
	for (size_t i = 0; i < ev->n_classes; i++) {
		size_t n = strlen(ev->classes[i]);
		w = n > w ? n : w;
	}
	return w < NAME_MAX_SHOWN ? (int)w : NAME_MAX_SHOWN;
}

static void print_head(const struct evaluation *ev, const char *run)
{
	say(stdout, "weights     %s: %s", run, ev->weights);
	say(stdout, "pictures    %" PRId64 "%s of %s, %zu left out", ev->n,
	    ev->own ? " validation pictures" : "", ev->pictures, ev->n_bad);
	say(stdout, "input       %dx%d, %s%s", ev->input_w, ev->input_h, resize_name(ev->resize),
	    ev->flip ? ", averaged with the mirror image" : "");
	say(stdout, "device      %s", device_name());
	say(stdout, "accuracy    %s %%: %" PRId64 " of %" PRId64 " right",
	    words_percent(ev->score.acc.value), ev->n_correct, ev->n);
	if (ev->n_classes > 2)
		say(stdout, "top-2       %s %%", words_percent(ev->score.top2.value));
	if (ev->n_classes > 5)
		say(stdout, "top-5       %s %%", words_percent(ev->score.top5.value));
	say(stdout, "loss        %.4f", ev->score.loss.value);
	for (size_t i = 0; i < ev->warnings.n; i++)
		say(stdout, "warning     %s", ev->warnings.lines[i]);
}

/* Columns bear the numbers of the rows: names would not fit. */
static void print_matrix(const struct evaluation *ev)
{
	struct strbuf line = STRBUF_INIT;
	size_t n = ev->n_classes;
	int w = name_width(ev);
	strbuf_addf(&line, "  %-*s", w + 4, "");
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&line, "  %5zu", i + 1);
	say(stdout, "%s", line.buf);
	for (size_t i = 0; i < n; i++) {
		strbuf_reset(&line);
		strbuf_addf(&line, "  %2zu  %-*s", i + 1, w, ev->classes[i]);
		for (size_t k = 0; k < n; k++)
			strbuf_addf(&line, "  %5" PRId64, ev->confusion[i * n + k]);
		say(stdout, "%s", line.buf);
	}
	strbuf_release(&line);
}

static double share_of(const struct evaluation *ev, const struct confusion_pair *p)
{
	return (double)p->count / (double)ev->figures[p->truth].n;
}

static void print_pairs(const struct evaluation *ev)
{
	struct confusion_pair pairs[PAIRS_MAX];
	size_t n = confusion_worst(ev->confusion, ev->n_classes, pairs, PAIRS_MAX);
	int w = name_width(ev);
	if (!n)
		return;
	say(stdout, "  %6s  %5s  %-*s  %s", "images", "share", w, "true", "predicted");
	for (size_t i = 0; i < n; i++)
		say(stdout, "  %6" PRId64 "  %5.3f  %-*s  %s", pairs[i].count,
		    share_of(ev, &pairs[i]), w, ev->classes[pairs[i].truth],
		    ev->classes[pairs[i].said]);
}

static void print_mistakes(const struct evaluation *ev)
{
	int w = name_width(ev);
	say(stdout, "  %-*s  %-*s  %6s  %6s  %s", w, "true", w, "predicted", "p", "p true",
	    "picture");
	for (size_t i = 0; i < ev->n_mistakes; i++) {
		const struct evaluation_mistake *m = &ev->mistakes[i];
		say(stdout, "  %-*s  %-*s  %6.4f  %6.4f  %s", w, ev->classes[m->truth], w,
		    ev->classes[m->said], m->prob_said, m->prob_truth, m->path);
	}
}

static void print_text(const struct evaluation *ev, const char *run)
{
	print_head(ev, run);
	puts("\nclasses");
	classes_print(stdout, ev->figures, ev->n_classes, name_width(ev));
	if (ev->n_classes <= MATRIX_MAX) {
		puts("\nconfusion matrix (rows: true classes, columns: what they were taken for)");
		print_matrix(ev);
	} else if (ev->n_correct < ev->n) {
		puts("\nmost confused");
		print_pairs(ev);
	}
	if (ev->n_mistakes) {
		puts("\nworst mistakes");
		print_mistakes(ev);
	}
	if (ev->n_bad)
		puts("");
	for (size_t i = 0; i < ev->n_bad; i++)
		say(stdout, "left out    %s: %s", ev->bad[i].path, ev->bad[i].why);
}

/* ---- JSON ---- */

static void put_score(struct json_writer *w, const struct evaluation *ev)
{
	json_put_int(w, "n", ev->n);
	json_put_int(w, "n_correct", ev->n_correct);
	json_put_double(w, "acc", ev->score.acc.value);
	json_put_double(w, "top2", ev->score.top2.value);
	json_put_double(w, "top5", ev->score.top5.value);
	json_put_double(w, "loss", ev->score.loss.value);
}

static void put_matrix(struct json_writer *w, const struct evaluation *ev)
{
	size_t n = ev->n_classes;
	json_begin_array(w, "confusion");
	for (size_t i = 0; i < n; i++) {
		json_begin_array(w, NULL);
		for (size_t k = 0; k < n; k++)
			json_put_int(w, NULL, ev->confusion[i * n + k]);
		json_end_array(w);
	}
	json_end_array(w);
}

static void put_pairs(struct json_writer *w, const struct evaluation *ev)
{
	struct confusion_pair *pairs = xcalloc(JSON_PAIRS_MAX, sizeof(*pairs));
	size_t n = confusion_worst(ev->confusion, ev->n_classes, pairs, JSON_PAIRS_MAX);
	json_begin_array(w, "confused");
	for (size_t i = 0; i < n; i++) {
		json_begin_object(w, NULL);
		json_put_string(w, "label", ev->classes[pairs[i].truth]);
		json_put_string(w, "predicted", ev->classes[pairs[i].said]);
		json_put_int(w, "n", pairs[i].count);
		json_put_double(w, "share", share_of(ev, &pairs[i]));
		json_end_object(w);
	}
	json_end_array(w);
	free(pairs);
}

static void put_mistakes(struct json_writer *w, const struct evaluation *ev)
{
	json_begin_array(w, "mistakes");
	for (size_t i = 0; i < ev->n_mistakes; i++) {
		const struct evaluation_mistake *m = &ev->mistakes[i];
		json_begin_object(w, NULL);
		json_put_string(w, "image", m->path);
		json_put_string(w, "label", ev->classes[m->truth]);
		json_put_string(w, "predicted", ev->classes[m->said]);
		json_put_double(w, "p", m->prob_said);
		json_put_double(w, "p_label", m->prob_truth);
		json_end_object(w);
	}
	json_end_array(w);
}

static void put_bad(struct json_writer *w, const struct evaluation *ev)
{
	json_begin_array(w, "left_out");
	for (size_t i = 0; i < ev->n_bad; i++) {
		json_begin_object(w, NULL);
		json_put_string(w, "image", ev->bad[i].path);
		json_put_string(w, "why", ev->bad[i].why);
		json_end_object(w);
	}
	json_end_array(w);
}

static void put_warnings(struct json_writer *w, const struct evaluation *ev)
{
	json_begin_array(w, "warnings");
	for (size_t i = 0; i < ev->warnings.n; i++)
		json_put_string(w, NULL, ev->warnings.lines[i]);
	json_end_array(w);
}

static void print_json(const struct evaluation *ev, const char *run)
{
	struct json_writer w = JSON_WRITER_INIT;
	json_begin_object(&w, NULL);
	json_put_string(&w, "run", run);
	json_put_string(&w, "weights", ev->weights);
	json_put_string(&w, "pictures", ev->pictures);
	json_put_bool(&w, "own", ev->own);
	json_put_int(&w, "input_w", ev->input_w);
	json_put_int(&w, "input_h", ev->input_h);
	json_put_string(&w, "resize", resize_name(ev->resize));
	json_put_bool(&w, "flip", ev->flip);
	json_put_string(&w, "device", device_name());
	put_score(&w, ev);
	classes_json(&w, ev->figures, ev->n_classes, true);
	put_matrix(&w, ev);
	put_pairs(&w, ev);
	put_mistakes(&w, ev);
	put_bad(&w, ev);
	put_warnings(&w, ev);
	json_end_object(&w);
	json_writer_print(&w, stdout);
}

/* ---- the command ---- */

static void show_progress(void *arg, size_t done, size_t total)
{
	(void)arg;
	fprintf(stderr, "\rlooking at picture %zu of %zu", done, total);
	fputs(done == total ? "\r\033[K" : "", stderr);
	fflush(stderr);
}

static int run(const struct train_args *a)
{
	struct errinfo e = {0};
	struct evaluation ev;
	bool tty = isatty(STDERR_FILENO);
	struct evaluation_options o = {
	    .run_dir = a->operands[0],
	    .pictures = a->n_operands > 1 ? a->operands[1] : NULL,
	    .weights = a->weights,
	    .threads = a->trainer.threads,
	    .device = a->trainer.device,
	    .n_mistakes = (size_t)a->mistakes,
	    .progress = tty ? show_progress : NULL,
	};
	if (evaluation_run(&ev, &o, &e))
		return train_complain(&e,
				      e.code == ERR_NONFINITE ? TRAINER_FAILED : TRAINER_BAD_INPUT);
	train_tell_weights(a, ev.weights);
	if (a->json)
		print_json(&ev, a->operands[0]);
	else
		print_text(&ev, a->operands[0]);
	evaluation_release(&ev);
	return 0;
}

const struct train_command train_cmd_eval = {
    .name = "eval",
    .usage = "RUN [FOLDER|LIST] [--weights best|last|FILE] [--mistakes N] [--json] [--threads N] "
	     "[--device D]",
    .options = "jtdwm",
    .min_operands = 1,
    .max_operands = 2,
    .run = run,
};
