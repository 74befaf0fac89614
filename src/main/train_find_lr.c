/* thaw-train find-lr: a learning-rate range test as a curve in text, or as one JSON object. */
#include "train_cli.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/say.h"
#include "thaw/base/words.h"
#include "thaw/engine/device.h"
#include "thaw/event/json_writer.h"
#include "thaw/term/plot_rates.h"
#include "thaw/train/find_lr.h"

#include <inttypes.h>
#include <langinfo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { CURVE_H = 16, WIDTH_MIN = 30, WIDTH_MAX = 110, WIDTH = 80 };

/* ---- text ---- */

static int terminal_width(void)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH;
	return size.ws_col < WIDTH_MIN ? WIDTH_MIN : size.ws_col > WIDTH_MAX ? WIDTH_MAX : size.ws_col;
}

static void print_curve(const struct event_lr_range *r, bool ascii)
{
	size_t n = r->n_points;
	double *v = xcalloc(3 * n + 1, sizeof(*v));
	struct canvas c;
	struct strbuf text = STRBUF_INIT;
	for (size_t i = 0; i < n; i++) {
		v[i] = r->points[i].lr;
		v[n + i] = r->points[i].loss;
		v[2 * n + i] = r->points[i].smooth;
	}
	const struct rate_curve k = {v, v + n, v + 2 * n, n, opt_or_nan(r->suggestion),
				     opt_or_nan(r->lowest)};
	bool utf8 = !ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	canvas_init(&c, terminal_width(), CURVE_H, utf8, 0);
	if (plot_rates(&c, (struct rect){0, 0, c.w, c.h}, &k)) {
		canvas_dump(&c, true, &text);
		char *save = NULL;
		for (char *l = strtok_r(text.buf, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
			say(stdout, "%s", l);
		puts("");
	}
	canvas_release(&c);
	strbuf_release(&text);
	free(v);
}

static void print_head(const struct find_lr *f)
{
	const struct event_lr_range *r = &f->range;
	say(stdout, "experiment  %s, phase %s", f->experiment, f->phase);
	say(stdout, "learns      layers %s: %s of %s parameters", f->learns,
	    words_count(f->n_learning), words_count(f->n_parameters));
	say(stdout, "begins with %s", f->weights);
	say(stdout, "device      %s", device_name());
	say(stdout, "test        %" PRId64 " of %" PRId64 " iterations of %" PRId64
	    " pictures, learning rate %s to %s%s",
	    r->done, r->iterations, f->batch, words_rate(r->from), words_rate(r->to),
	    r->done < r->iterations ? "; ended when the loss was lost" : "");
}

/* `run`: whose weights were taken; NULL: none's. */
static void print_text(const struct find_lr *f, const char *run, bool ascii)
{
	const struct event_lr_range *r = &f->range;
	print_head(f);
	puts("");
	print_curve(r, ascii);
	say(stdout, "%s", r->words);
	if (r->state != RANGE_FOUND)
		return;
	puts("");
	say(stdout, "lr: %s", words_rate(r->suggestion.value));
	say(stdout, "            in phase %s, %s, where it is %s; or", f->phase, f->where,
	    words_rate(f->lr));
	say(stdout, "            thaw %s %s --set phases.%s.lr=%s", run ? "resume" : "run",
	    run ? run : f->experiment, f->phase, words_rate(r->suggestion.value));
}

/* ---- JSON ---- */

static void put_opt(struct json_writer *w, const char *key, struct opt_double v)
{
	if (v.valid)
		json_put_double(w, key, v.value);
	else
		json_put_null(w, key);
}

static void put_points(struct json_writer *w, const struct event_lr_range *r)
{
	json_begin_array(w, "points");
	for (size_t i = 0; i < r->n_points; i++) {
		json_begin_object(w, NULL);
		json_put_double(w, "lr", r->points[i].lr);
		json_put_double(w, "loss", r->points[i].loss);
		json_put_double(w, "smooth", r->points[i].smooth);
		json_end_object(w);
	}
	json_end_array(w);
}

static void print_json(const struct find_lr *f)
{
	struct json_writer w = JSON_WRITER_INIT;
	const struct event_lr_range *r = &f->range;
	json_begin_object(&w, NULL);
	json_put_string(&w, "experiment", f->experiment);
	json_put_string(&w, "phase", f->phase);
	json_put_string(&w, "weights", f->weights);
	json_put_string(&w, "device", device_name());
	json_put_string(&w, "learns", f->learns);
	json_put_int(&w, "parameters", f->n_learning);
	json_put_double(&w, "from", r->from);
	json_put_double(&w, "to", r->to);
	json_put_int(&w, "iterations", r->iterations);
	json_put_int(&w, "done", r->done);
	json_put_double(&w, "lr", f->lr);
	json_put_string(&w, "state", range_state_name(r->state));
	put_opt(&w, "suggestion", r->suggestion);
	put_opt(&w, "steepest", r->steepest);
	put_opt(&w, "lowest", r->lowest);
	json_put_string(&w, "where", f->where);
	json_put_string(&w, "words", r->words);
	put_points(&w, r);
	json_end_object(&w);
	json_writer_print(&w, stdout);
}

/* ---- the command ---- */

static void show_progress(void *arg, int done, int total, double rate, double loss)
{
	(void)arg;
	if (done < total)
		fprintf(stderr, "\r\033[Kiteration %d of %d, learning rate %.2g, loss %.3f",
			done + 1, total, rate, loss);
	else
		fputs("\r\033[K", stderr);
	fflush(stderr);
}

static int run(const struct train_args *a)
{
	struct errinfo e = {0};
	struct trainer_options t = a->trainer;
	struct find_lr f;
	bool is_run = file_is_dir(a->operands[0]);
	t.experiment = a->operands[0];
	const struct find_lr_options o = {
	    .trainer = &t,
	    .run_dir = is_run ? a->operands[0] : NULL,
	    .weights = a->weights,
	    .phase = a->phase,
	    .from = a->from,
	    .to = a->to,
	    .iterations = a->iterations,
	    .progress = isatty(STDERR_FILENO) ? show_progress : NULL,
	};
	if (a->weights && !is_run)
		err_set(&e, ERR_VALUE, "--weights are those of a run; %s is an experiment, which "
			"names its own", a->operands[0]);
	if (e.code || trainer_find_lr(&f, &o, &e))
		return train_complain(&e, TRAINER_BAD_INPUT);
	if (a->json)
		print_json(&f);
	else
		print_text(&f, o.run_dir, a->ascii);
	int status = f.range.state == RANGE_FOUND ? 0 : TRAINER_FAILED;
	find_lr_release(&f);
	return status;
}

const struct train_command train_cmd_find_lr = {
    .name = "find-lr",
    .usage = "EXPERIMENT|RUN [--phase NAME] [--from RATE] [--to RATE] [--iterations N] "
	     "[--weights best|last|FILE] [--json] [--ascii] [--set KEY=VALUE]... [--threads N] "
	     "[--device D]",
    .options = "PFTijwastd",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
