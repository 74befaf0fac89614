/* Weights & Biases: the file of a run that its program writes on its own machine, "run-ID.wandb". */
#include "importer.h"
#include "stamp.h"

#include "wandb_log.h"
#include "wandb_record.h"
#include "window.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/words.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct wandb {
	struct window w;
	struct wandb_log log;
	struct wandb_item item;
	bool broken, told_run, told_end, torn;
	int64_t rows; /* histories so far: the step of one that tells none */
	int64_t n_long, n_figures, n_left_out;
};

/* ---- recognising ---- */

static bool has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);
	return n >= m && strcmp(name + n - m, suffix) == 0;
}

/* The one file of a run's folder, "run-ID.wandb"; NULL: none. */
static const char *file_in(char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (has_suffix(names[i], ".wandb"))
			return names[i];
	return NULL;
}

static bool sniff(const struct import_head *h)
{
	return h->folder ? file_in(h->names, h->n_names) != NULL : wandb_is_header(h->bytes, h->n);
}

static const char *refuse(const struct import_head *h)
{
	if (h->folder || !has_suffix(h->path, ".wandb"))
		return NULL;
	return h->n ? "named like a file of Weights & Biases, but without its header"
		    : "an empty file, where a run of Weights & Biases would be";
}

/* ---- reading ---- */

static char *source_file(const char *path)
{
	char *file = NULL;
	DIR *dir = opendir(path);
	for (struct dirent *d; dir && (d = readdir(dir));)
		if (has_suffix(d->d_name, ".wandb") &&
		    (!file || strcmp(d->d_name, path_base(file)) < 0)) {
			free(file);
			file = path_join(path, d->d_name);
		}
	if (dir)
		closedir(dir);
	return file ? file : xstrdup(path);
}

static enum err open_run(void **reader, const struct import_source *src, struct errinfo *e)
{
	struct window w;
	char *path = source_file(src->path);
	enum err r = window_open(&w, path, e);
	free(path);
	if (r)
		return r;
	struct wandb *b = xcalloc(1, sizeof(*b));
	b->w = w;
	wandb_log_init(&b->log);
	wandb_item_init(&b->item);
	*reader = b;
	return ERR_OK;
}

static void close_run(void *reader)
{
	struct wandb *b = reader;
	window_close(&b->w);
	wandb_log_release(&b->log);
	wandb_item_release(&b->item);
	free(b);
}

static void begin(struct wandb *b, struct sink *s, const struct event_run *run)
{
	if (!b->told_run)
		sink_run(s, &(struct sink_run){
				.framework = "Weights & Biases", .timed = true, .run = *run});
	b->told_run = true;
}

/* A whole number of the config, where it is one that the run has a place for. */
static void take_setting(struct event_run *run, const struct wandb_item *i)
{
	const struct {
		const char *key;
		int64_t *to;
	} settings[] = {{"epochs", &run->epochs},     {"num_epochs", &run->epochs},
			{"max_epochs", &run->epochs}, {"batch_size", &run->batch},
			{"batch", &run->batch},       {"seed", &run->seed}};
	double v = i->number.value;
	if (!i->number.valid || !(v >= 0 && v <= 1e9) || v != floor(v))
		return;
	for (size_t k = 0; k < sizeof(settings) / sizeof(*settings); k++)
		if (strcmp(i->key.buf, settings[k].key) == 0)
			*settings[k].to = (int64_t)v;
}

static void take_run(struct wandb *b, struct sink *s, struct protobuf body)
{
	struct wandb_run r;
	struct event_run run = {0};
	wandb_run_decode(&r, body);
	char *name = r.name.number ? protobuf_text(&r.name)
		     : r.id.number ? protobuf_text(&r.id)
				   : NULL;
	char *project = r.project.number ? protobuf_text(&r.project) : NULL;
	while (wandb_item_next(&r.config, &b->item))
		take_setting(&run, &b->item);
	run.name = name;
	run.data = project;
	run.started = r.started_ms;
	begin(b, s, &run);
	free(name);
	free(project);
}

/* What places the row: taken out of its items. */
struct place {
	struct opt_double step, epoch, wall_ms, runtime_ms;
};

static bool take_place(struct place *p, const struct wandb_item *i)
{
	const struct {
		const char *key;
		struct opt_double *to;
		double by;
	} places[] = {{"_step", &p->step, 1},
		      {"_timestamp", &p->wall_ms, 1000},
		      {"_runtime", &p->runtime_ms, 1000},
		      {"epoch", &p->epoch, 1}};
	for (size_t k = 0; k < sizeof(places) / sizeof(*places); k++)
		if (strcmp(i->key.buf, places[k].key) == 0 && opt_finite(i->number))
			*places[k].to = opt_of(i->number.value * places[k].by);
	return i->key.buf[0] == '_'; /* its own: _step, _runtime, _timestamp, _wandb … */
}

static struct place find_place(struct wandb *b, struct protobuf body)
{
	struct place p = {.step = wandb_history_step(body)};
	while (wandb_item_next(&body, &b->item))
		take_place(&p, &b->item);
	if (!opt_finite(p.step))
		p.step = opt_of((double)b->rows);
	if (!opt_finite(p.wall_ms))
		p.wall_ms = p.runtime_ms;
	return p;
}

static void take_history(struct wandb *b, struct sink *s, struct protobuf body)
{
	struct place p = find_place(b, body), ignored;
	begin(b, s, &(struct event_run){0});
	b->rows++;
	while (wandb_item_next(&body, &b->item)) {
		if (take_place(&ignored, &b->item) || !b->item.number.valid)
			continue;
		if (!(p.step.value >= 0 && p.step.value <= (double)RECORD_COUNT_MAX)) {
			b->n_left_out++;
			continue;
		}
		b->n_figures++;
		sink_scalar(s, &(struct scalar){.name = b->item.key.buf,
						.step = p.step,
						.epoch = p.epoch,
						.wall_ms = p.wall_ms,
						.value = b->item.number.value});
	}
	sink_row(s);
}

static void take_exit(struct sink *s, struct protobuf body)
{
	int64_t code = wandb_exit_code(body);
	char *reason =
	    code ? xasprintf("its program ended with exit code %lld", (long long)code) : NULL;
	sink_end(s, code ? END_FAILED : END_FINISHED, reason);
	free(reason);
}

static void take_record(struct wandb *b, struct sink *s)
{
	struct wandb_record r;
	if (!wandb_record_decode(&r, b->log.record.buf, b->log.record.len)) {
		b->broken = true;
		b->log.why = "a record that is no message";
	} else if (r.kind == WANDB_RUN) {
		take_run(b, s, r.body);
	} else if (r.kind == WANDB_HISTORY) {
		take_history(b, s, r.body);
	} else if (r.kind == WANDB_EXIT) {
		begin(b, s, &(struct event_run){0});
		take_exit(s, r.body);
	}
}

static enum err read_records(struct wandb *b, struct sink *s, struct errinfo *e)
{
	enum err r = ERR_OK;
	for (bool more = true; more && !r && !b->broken;) {
		size_t n, used;
		r = window_fill(&b->w, WANDB_BLOCK, e);
		const uint8_t *bytes = window_bytes(&b->w, &n);
		enum wandb_next next = r ? WANDB_MORE : wandb_log_next(&b->log, bytes, n, &used);
		if (r)
			break;
		window_take(&b->w, used);
		more = next != WANDB_MORE || used > 0;
		b->torn = next == WANDB_MORE && (n > used || b->log.within);
		b->broken = next == WANDB_BAD;
		b->n_long += next == WANDB_LONG;
		if (next == WANDB_RECORD)
			take_record(b, s);
	}
	return r;
}

static void tell_end(struct wandb *b, struct sink *s)
{
	unsigned long long at = b->log.at;
	if (b->told_end)
		return;
	b->told_end = true;
	if (b->broken)
		sink_note(s, NOTE_WARN, "at byte %llu %s: what follows is left out", at,
			  b->log.why);
	else if (b->torn)
		sink_note(
		    s, NOTE_INFO,
		    "it ends within a record, at byte %llu: its run goes on, or was cut short", at);
	if (b->n_long)
		sink_note(s, NOTE_INFO, "%s of more than 16 MB: passed over",
			  words_n(b->n_long, "record"));
	if (b->n_left_out)
		sink_note(s, NOTE_WARN, "%s at steps below 0 or above 2,147,483,647: left out",
			  words_n(b->n_left_out, "figure"));
}

static enum err read_run(void *reader, struct sink *s, bool all, struct errinfo *e)
{
	struct wandb *b = reader;
	enum err r = read_records(b, s, e);
	if (r || !all)
		return r;
	if (b->n_figures == 0 && b->broken)
		return err_set(e, ERR_FORMAT,
			       "%s: at byte %llu %s, and no number with a name comes before",
			       b->w.path, (unsigned long long)b->log.at, b->log.why);
	if (b->n_figures == 0)
		return err_set(e, ERR_FORMAT, "%s: its run has logged no number with a name",
			       b->w.path);
	tell_end(b, s);
	return ERR_OK;
}

static void stamp(const char *path, struct import_stamp *stamp)
{
	char *file = source_file(path);
	stamp_add(stamp, file);
	free(file);
}

const struct importer import_wandb = {
    .format = {"wandb", "a file of Weights & Biases that lies on this machine, or its folder"},
    .sniff = sniff,
    .refuse = refuse,
    .open = open_run,
    .read = read_run,
    .close = close_run,
    .stamp = stamp,
};
