#include "saved.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/run_files.h"
#include "thaw/base/text.h"
#include "thaw/engine/model.h"

#include <stdlib.h>
#include <string.h>

#define LABELS_MAX (64 << 20) /* bytes of labels.txt */
#define CFG_MAX (4 << 20)      /* of model.cfg */
#define BATCH 16              /* where the run does not say */

static enum err read_labels(struct saved *s, const struct folder *run, struct errinfo *e)
{
	struct strbuf text = STRBUF_INIT;
	const struct text_file file = {
	    .path = RUN_LABELS, .what = "a file of class names", .max = LABELS_MAX, .in = run};
	enum err r = text_read(&file, &text, e);
	size_t cap = 0;
	char *at = text.buf, *line;
	while (!r && (line = text_line(&at))) {
		if (!*line)
			continue;
		ALLOC_GROW(s->labels, s->n_labels + 1, cap);
		s->labels[s->n_labels++] = xstrdup(line);
	}
	strbuf_release(&text);
	return r;
}

static enum err read_experiment(struct saved *s, const struct folder *run, struct errinfo *e)
{
	return folder_holds(run, RUN_EXPERIMENT)
		   ? experiment_read_in(&s->x, run, RUN_EXPERIMENT, NULL, 0, e)
		   : ERR_OK;
}

/* A weights file: one of the run, or `path`. */
struct choice {
	const struct folder *in;
	const char *name;
};

/* "best", "last", or a file: from here, or of the run. */
static enum err find_asked(struct saved *s, const struct saved_options *o, const struct folder *run,
			   struct choice *found, struct errinfo *e)
{
	bool word = !strcmp(o->weights, "best") || !strcmp(o->weights, "last");
	s->weights = word ? xasprintf("%s.weights", o->weights) : xstrdup(o->weights);
	bool here = !word && file_exists(o->weights);
	*found = (struct choice){here ? NULL : run, s->weights};
	return here || folder_holds(run, s->weights)
		   ? ERR_OK
		   : err_set(e, ERR_NOT_FOUND, "%s has no %s", o->run_dir, s->weights);
}

static enum err find_weights(struct saved *s, const struct saved_options *o,
			     const struct folder *run, struct choice *found, struct errinfo *e)
{
	static const char *const names[] = {RUN_BEST, RUN_LAST};
	if (o->weights)
		return find_asked(s, o, run, found, e);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!folder_holds(run, names[i]))
			continue;
		s->weights = xstrdup(names[i]);
		*found = (struct choice){run, s->weights};
		return ERR_OK;
	}
	return err_set(e, ERR_NOT_FOUND, "%s has no weights yet: wait for its first epoch",
		       o->run_dir);
}

static enum err read_cfg(struct saved *s, const struct saved_options *o, const struct folder *run,
			 const char *path, struct errinfo *e)
{
	struct strbuf text = STRBUF_INIT;
	const struct text_file file = {
	    .path = RUN_CFG, .what = "a Darknet cfg", .max = CFG_MAX, .in = run};
	enum err r = text_read(&file, &text, e);
	if (!r)
		r = net_open_text(&s->net, path, &text, o->threads, 0, e);
	if (!r && (size_t)net_classes(s->net) != s->n_labels)
		r = err_set(e, ERR_MISMATCH,
			    "%s: %d classes, but " RUN_LABELS " beside it has %zu names", path,
			    net_classes(s->net), s->n_labels);
	strbuf_release(&text);
	return r;
}

static enum err open_net(struct saved *s, const struct saved_options *o, const struct folder *run,
			 const struct choice *weights, struct errinfo *e)
{
	struct weights_audit audit = {0};
	char *cfg = folder_path(run, RUN_CFG);
	s->batch = o->batch ? o->batch : s->x ? s->x->train.batch : BATCH;
	enum err r = read_cfg(s, o, run, cfg, e);
	if (!r)
		r = model_load_all(s->net, weights->in, weights->name, &audit, e);
	weights_audit_release(&audit);
	free(cfg);
	return r;
}

static enum err not_a_run(const struct saved_options *o, struct errinfo *e)
{
	return err_set(e, ERR_NOT_FOUND, "%s is not a run directory: it has no " RUN_CFG,
		       o->run_dir);
}

static enum err open_all(struct saved *s, const struct saved_options *o, const struct folder *run,
			 struct errinfo *e)
{
	struct choice weights = {NULL, NULL};
	if (!folder_holds(run, RUN_CFG))
		return not_a_run(o, e);
	enum err r = find_weights(s, o, run, &weights, e);
	if (!r)
		r = read_labels(s, run, e);
	if (!r)
		r = read_experiment(s, run, e);
	return r ? r : open_net(s, o, run, &weights, e);
}

enum err saved_open(struct saved *s, const struct saved_options *o, struct errinfo *e)
{
	struct folder run;
	*s = (struct saved){0};
	enum err r = folder_open(&run, o->run_dir, e);
	r = r ? not_a_run(o, e) : open_all(s, o, &run, e);
	folder_close(&run);
	if (r)
		saved_release(s);
	return r;
}

void saved_release(struct saved *s)
{
	if (s->net)
		net_free(s->net);
	experiment_free(s->x);
	for (size_t i = 0; i < s->n_labels; i++)
		free(s->labels[i]);
	free(s->labels);
	free(s->weights);
	*s = (struct saved){0};
}

enum resize_mode saved_resize(const struct saved *s)
{
	return s->x ? s->x->data.resize : RESIZE_LETTERBOX;
}
