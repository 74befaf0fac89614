/* trainer_state.json of Hugging Face's Trainer: "log_history" is a list of objects with a step and a
 * fractional epoch, of training (loss), of evaluations (eval_...), and at the end one that sums up.
 * Source: transformers' TrainerState and Trainer.log(). */
#include "importer.h"
#include "json_file.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct hf {
	char *path;
	bool done;
};

struct state { /* what stands beside the list */
	double max_steps, epochs, global_step, batch, logging_steps;
	size_t list_at; /* where "log_history" stands in the text */
	bool has_list;
};

static void read_state(struct json_file *j, struct state *st)
{
	const struct {
		const char *name;
		double *to;
	} members[] = {
	    {"max_steps", &st->max_steps},           {"num_train_epochs", &st->epochs},
	    {"global_step", &st->global_step},       {"train_batch_size", &st->batch},
	    {"logging_steps", &st->logging_steps},
	};
	struct strbuf key = STRBUF_INIT;
	bool more = false;
	if (!json_file_take(j, '{'))
		j->why = "expected an object";
	while (json_file_member(j, &more, &key)) {
		double *to = NULL;
		for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
			if (strcmp(key.buf, members[i].name) == 0)
				to = members[i].to;
		json_file_peek(j);
		if (strcmp(key.buf, "log_history") == 0) {
			st->list_at = j->at;
			st->has_list = true;
		}
		if (to)
			json_file_number_or_skip(j, to);
		else
			json_file_skip(j);
	}
	strbuf_release(&key);
}

struct entry {
	struct {
		char *name;
		double value;
	} *at;
	size_t n, cap;
	struct opt_double step, epoch;
	bool sums_up;      /* the last one, of the whole training */
	double runtime; /* seconds, of that one */
};

static void entry_clear(struct entry *en)
{
	for (size_t i = 0; i < en->n; i++)
		free(en->at[i].name);
	en->n = 0;
	en->step = en->epoch = (struct opt_double){0};
	en->sums_up = false;
	en->runtime = 0;
}

/* Numbers that tell of the machine, not of the model. */
static bool is_of_machine(const char *name)
{
	static const char *const ends[] = {"_runtime", "_samples_per_second", "_steps_per_second",
					   "total_flos"};
	size_t len = strlen(name);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		size_t n = strlen(ends[i]);
		if (len >= n && strcmp(name + len - n, ends[i]) == 0)
			return true;
	}
	return false;
}

static void read_entry(struct json_file *j, struct entry *en)
{
	struct strbuf key = STRBUF_INIT;
	bool more = false;
	double v;
	entry_clear(en);
	if (!json_file_take(j, '{'))
		json_file_skip(j);
	else
		while (json_file_member(j, &more, &key)) {
			if (!json_file_number_or_skip(j, &v))
				continue;
			if (strcmp(key.buf, "step") == 0)
				en->step = opt_of(v);
			else if (strcmp(key.buf, "epoch") == 0)
				en->epoch = opt_of(v);
			else if (strcmp(key.buf, "train_runtime") == 0)
				en->sums_up = true, en->runtime = v;
			else if (!is_of_machine(key.buf)) {
				ALLOC_GROW(en->at, en->n + 1, en->cap);
				en->at[en->n].name = xstrdup(key.buf);
				en->at[en->n++].value = v;
			}
		}
	strbuf_release(&key);
}

static void tell_run(struct sink *s, const struct state *st)
{
	struct sink_run run = {.framework = "Hugging Face Trainer",
			       .axis = AXIS_STEP,
			       .epochs = EPOCHS_DONE};
	if (st->epochs >= 1 && st->epochs < 1e9)
		run.run.epochs = (int64_t)st->epochs;
	if (run.run.epochs > 0 && st->max_steps >= (double)run.run.epochs && st->max_steps < 1e12)
		run.run.iterations = llround(st->max_steps / (double)run.run.epochs);
	if (st->batch >= 1 && st->batch < 1e9)
		run.run.batch = (int64_t)st->batch;
	sink_run(s, &run);
}

static void tell_entry(struct sink *s, const struct entry *en)
{
	for (size_t i = 0; i < en->n; i++)
		sink_scalar(s, &(struct scalar){.name = en->at[i].name,
						.step = en->step,
						.epoch = en->epoch,
						.value = en->at[i].value});
}

/* Its train_loss is the mean of all of it, no point of the curve. */
static void tell_end(struct sink *s, const struct state *st, const struct entry *en)
{
	bool all = st->max_steps > 0 && st->global_step >= st->max_steps;
	for (size_t i = 0; i < en->n; i++)
		if (strcmp(en->at[i].name, "train_loss") == 0)
			sink_note(s, NOTE_INFO, "mean training loss over all of it: %.6g, in %.0f s",
				  en->at[i].value, en->runtime);
	if (en->epoch.valid && en->epoch.value >= 1 && en->epoch.value < 1e9 &&
	    fabs(en->epoch.value - round(en->epoch.value)) < 1e-6)
		sink_epochs_done(s, llround(en->epoch.value));
	sink_end(s, all ? END_FINISHED : END_STOPPED,
		 all ? "all steps done" : "the trainer stopped before the last step");
}

static enum err nothing_logged(const struct hf *h, const struct state *st, struct errinfo *e)
{
	if (st->logging_steps > st->global_step && st->global_step > 0)
		return err_set(e, ERR_FORMAT,
			       "%s: no loss was logged: logging_steps is %.0f, and the training took "
			       "%.0f steps",
			       h->path, st->logging_steps, st->global_step);
	return err_set(e, ERR_FORMAT, "%s: its log_history tells no step", h->path);
}

static enum err read_list(struct hf *h, struct json_file *j, const struct state *st, struct sink *s,
			  struct errinfo *e)
{
	struct entry en = {0};
	bool more = false;
	j->at = st->list_at;
	tell_run(s, st);
	if (!json_file_take(j, '['))
		j->why = "log_history is no list";
	bool ended = false;
	while (json_file_element(j, &more)) {
		read_entry(j, &en);
		ended = en.sums_up;
		if (!ended)
			tell_entry(s, &en);
	}
	enum err r = j->why		      ? json_file_error(j, e)
		     : sink_n_scalars(s) == 0 ? nothing_logged(h, st, e)
					      : ERR_OK;
	if (!r && ended)
		tell_end(s, st, &en);
	entry_clear(&en);
	free(en.at);
	return r;
}

static enum err read_hf(void *reader, struct sink *s, bool all, struct errinfo *e)
{
	struct hf *h = reader;
	struct json_file j;
	struct state st = {0};
	(void)all;
	if (h->done)
		return ERR_OK;
	enum err r = json_file_open(&j, h->path, e);
	if (!r)
		read_state(&j, &st);
	if (!r && j.why)
		r = json_file_error(&j, e);
	if (!r && !st.has_list)
		r = err_set(e, ERR_FORMAT, "%s: no log_history in it: not a trainer_state.json", h->path);
	if (!r)
		r = read_list(h, &j, &st, s, e);
	h->done = !r;
	json_file_release(&j);
	return r;
}

static enum err open_hf(void **reader, const struct import_source *src, struct errinfo *e)
{
	struct hf *h = xcalloc(1, sizeof(*h));
	(void)e;
	h->path = xstrdup(src->path);
	*reader = h;
	return ERR_OK;
}

static void close_hf(void *reader)
{
	struct hf *h = reader;
	free(h->path);
	free(h);
}

static bool sniff(const struct import_head *h)
{
	const char *p = h->bytes + strspn(h->bytes, " \t\r\n\xef\xbb\xbf");
	return !h->folder && *p == '{' && strstr(p, "\"log_history\"");
}

const struct importer import_hf_trainer = {
    .format = {"hf-trainer", "trainer_state.json of Hugging Face's Trainer, or its checkpoint folder"},
    .inside = {"trainer_state.json"},
    .sniff = sniff,
    .open = open_hf,
    .read = read_hf,
    .close = close_hf,
    .whole = true,
};
