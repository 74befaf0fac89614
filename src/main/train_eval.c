/* thaw-train eval: the figures of a saved network, as tables or as one JSON object. */
#include "train_cli.h"

#include "thaw/base/alloc.h"
#include "thaw/base/say.h"
#include "thaw/base/strbuf.h"
#include "thaw/history/history.h"
#include "thaw/train/evaluation.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MATRIX_MAX = 12, PAIRS_MAX = 10, JSON_PAIRS_MAX = 1000, NAME_MIN = 12, NAME_MAX_SHOWN = 40 };

static const struct figure {
	const char *title, *key;
	double (*of)(const struct event_class *c, bool *valid);
} figures[] = {
    {"precision", "precision", class_precision},
    {"recall", "recall", class_recall},
    {"F1", "f1", class_f1},
};
#define N_FIGURES (sizeof(figures) / sizeof(*figures))

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
	say(stdout, "accuracy    %.4f: %" PRId64 " of %" PRId64 " right", ev->score.acc.value,
	    ev->n_correct, ev->n);
	if (ev->n_classes > 2)
		say(stdout, "top-2       %.4f", ev->score.top2.value);
	if (ev->n_classes > 5)
		say(stdout, "top-5       %.4f", ev->score.top5.value);
	say(stdout, "loss        %.4f", ev->score.loss.value);
	for (size_t i = 0; i < ev->warnings.n; i++)
		say(stdout, "warning     %s", ev->warnings.lines[i]);
}

static void print_classes(const struct evaluation *ev)
{
	struct strbuf line = STRBUF_INIT;
	int w = name_width(ev);
	strbuf_addf(&line, "  %-*s  %6s", w, "class", "images");
	for (size_t k = 0; k < N_FIGURES; k++)
		strbuf_addf(&line, "  %9s", figures[k].title);
	say(stdout, "%s", line.buf);
	for (size_t i = 0; i < ev->n_classes; i++) {
		const struct event_class *c = &ev->figures[i];
		strbuf_reset(&line);
		strbuf_addf(&line, "  %-*s  %6" PRId64, w, c->name, c->n);
		for (size_t k = 0; k < N_FIGURES; k++) {
			bool valid;
			double v = figures[k].of(c, &valid);
			if (valid)
				strbuf_addf(&line, "  %9.3f", v);
			else
				strbuf_addf(&line, "  %9s", "-");
		}
		say(stdout, "%s", line.buf);
	}
	strbuf_release(&line);
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
	print_classes(ev);
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

static void add_score(cJSON *o, const struct evaluation *ev)
{
	cJSON_AddNumberToObject(o, "n", (double)ev->n);
	cJSON_AddNumberToObject(o, "n_correct", (double)ev->n_correct);
	cJSON_AddNumberToObject(o, "acc", ev->score.acc.value);
	cJSON_AddNumberToObject(o, "top2", ev->score.top2.value);
	cJSON_AddNumberToObject(o, "top5", ev->score.top5.value);
	cJSON_AddNumberToObject(o, "loss", ev->score.loss.value);
}

static void add_classes(cJSON *to, const struct evaluation *ev)
{
	cJSON *list = cJSON_AddArrayToObject(to, "classes");
	for (size_t i = 0; i < ev->n_classes; i++) {
		const struct event_class *c = &ev->figures[i];
		cJSON *o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "name", c->name);
		cJSON_AddNumberToObject(o, "n", (double)c->n);
		cJSON_AddNumberToObject(o, "tp", (double)c->tp);
		cJSON_AddNumberToObject(o, "fp", (double)c->fp);
		for (size_t k = 0; k < N_FIGURES; k++) {
			bool valid;
			double v = figures[k].of(c, &valid);
			if (valid)
				cJSON_AddNumberToObject(o, figures[k].key, v);
			else
				cJSON_AddNullToObject(o, figures[k].key);
		}
		cJSON_AddItemToArray(list, o);
	}
}

/* As text: a node a number would take fifty bytes. */
static void add_matrix(cJSON *to, const struct evaluation *ev)
{
	struct strbuf text = STRBUF_INIT;
	size_t n = ev->n_classes;
	for (size_t i = 0; i < n * n; i++)
		strbuf_addf(&text, "%s%" PRId64,
			    i == 0  ? "[["
			    : i % n ? ","
				    : "],[",
			    ev->confusion[i]);
	strbuf_addstr(&text, "]]");
	cJSON_AddRawToObject(to, "confusion", text.buf);
	strbuf_release(&text);
}

static void add_pairs(cJSON *to, const struct evaluation *ev)
{
	struct confusion_pair *pairs = xcalloc(JSON_PAIRS_MAX, sizeof(*pairs));
	size_t n = confusion_worst(ev->confusion, ev->n_classes, pairs, JSON_PAIRS_MAX);
	cJSON *list = cJSON_AddArrayToObject(to, "confused");
	for (size_t i = 0; i < n; i++) {
		cJSON *o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "label", ev->classes[pairs[i].truth]);
		cJSON_AddStringToObject(o, "predicted", ev->classes[pairs[i].said]);
		cJSON_AddNumberToObject(o, "n", (double)pairs[i].count);
		cJSON_AddNumberToObject(o, "share", share_of(ev, &pairs[i]));
		cJSON_AddItemToArray(list, o);
	}
	free(pairs);
}

static void add_mistakes(cJSON *to, const struct evaluation *ev)
{
	cJSON *list = cJSON_AddArrayToObject(to, "mistakes");
	for (size_t i = 0; i < ev->n_mistakes; i++) {
		const struct evaluation_mistake *m = &ev->mistakes[i];
		cJSON *o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "image", m->path);
		cJSON_AddStringToObject(o, "label", ev->classes[m->truth]);
		cJSON_AddStringToObject(o, "predicted", ev->classes[m->said]);
		cJSON_AddNumberToObject(o, "p", m->prob_said);
		cJSON_AddNumberToObject(o, "p_label", m->prob_truth);
		cJSON_AddItemToArray(list, o);
	}
}

static void add_bad(cJSON *to, const struct evaluation *ev)
{
	cJSON *list = cJSON_AddArrayToObject(to, "left_out");
	for (size_t i = 0; i < ev->n_bad; i++) {
		cJSON *o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "image", ev->bad[i].path);
		cJSON_AddStringToObject(o, "why", ev->bad[i].why);
		cJSON_AddItemToArray(list, o);
	}
}

static void add_warnings(cJSON *to, const struct evaluation *ev)
{
	cJSON *list = cJSON_AddArrayToObject(to, "warnings");
	for (size_t i = 0; i < ev->warnings.n; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(ev->warnings.lines[i]));
}

static void print_json(const struct evaluation *ev, const char *run)
{
	cJSON *o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "run", run);
	cJSON_AddStringToObject(o, "weights", ev->weights);
	cJSON_AddStringToObject(o, "pictures", ev->pictures);
	cJSON_AddBoolToObject(o, "own", ev->own);
	cJSON_AddNumberToObject(o, "input_w", ev->input_w);
	cJSON_AddNumberToObject(o, "input_h", ev->input_h);
	cJSON_AddStringToObject(o, "resize", resize_name(ev->resize));
	cJSON_AddBoolToObject(o, "flip", ev->flip);
	add_score(o, ev);
	add_classes(o, ev);
	add_matrix(o, ev);
	add_pairs(o, ev);
	add_mistakes(o, ev);
	add_bad(o, ev);
	add_warnings(o, ev);
	train_print_json(o);
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
    .usage = "RUN [FOLDER|LIST] [--weights best|last|FILE] [--mistakes N] [--json] [--threads N]",
    .options = "jtwm",
    .min_operands = 1,
    .max_operands = 2,
    .run = run,
};
