#include "saved.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/text.h"
#include "thaw/engine/model.h"

#include <stdlib.h>
#include <string.h>

#define LABELS_MAX (64 << 20) /* bytes of labels.txt */
#define BATCH 16              /* where the run does not say */

static enum err read_labels(struct saved *s, const char *run_dir, struct errinfo *e)
{
	struct strbuf text = STRBUF_INIT;
	char *path = path_join(run_dir, "labels.txt");
	const struct text_file file = {path, NULL, "a file of class names", LABELS_MAX, false, NULL};
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
	free(path);
	return r;
}

static enum err read_experiment(struct saved *s, const char *run_dir, struct errinfo *e)
{
	char *path = path_join(run_dir, "experiment.yaml");
	enum err r = file_exists(path) ? experiment_read(&s->x, path, NULL, 0, e) : ERR_OK;
	free(path);
	return r;
}

/* The path of a weights file of the run; NULL when it is not there. */
static char *in_run(const char *run_dir, const char *name)
{
	char *path = path_join(run_dir, name);
	if (file_exists(path))
		return path;
	free(path);
	return NULL;
}

/* "best", "last", or a file. */
static char *find_asked(struct saved *s, const struct saved_options *o, struct errinfo *e)
{
	bool word = !strcmp(o->weights, "best") || !strcmp(o->weights, "last");
	s->weights = word ? xasprintf("%s.weights", o->weights) : xstrdup(o->weights);
	char *path =
	    !word && file_exists(o->weights) ? xstrdup(o->weights) : in_run(o->run_dir, s->weights);
	if (!path)
		err_set(e, ERR_NOT_FOUND, "%s has no %s", o->run_dir, s->weights);
	return path;
}

static char *find_weights(struct saved *s, const struct saved_options *o, struct errinfo *e)
{
	static const char *const names[] = {"best.weights", "last.weights"};
	if (o->weights)
		return find_asked(s, o, e);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *path = in_run(o->run_dir, names[i]);
		if (path) {
			s->weights = xstrdup(names[i]);
			return path;
		}
	}
	err_set(e, ERR_NOT_FOUND, "%s has no weights yet: wait for its first epoch", o->run_dir);
	return NULL;
}

static enum err open_net(struct saved *s, const struct saved_options *o, const char *cfg,
			 const char *weights, struct errinfo *e)
{
	struct weights_audit audit = {0};
	s->batch = o->batch ? o->batch : s->x ? s->x->train.batch : BATCH;
	enum err r = net_open(&s->net, cfg, o->threads, 0, e);
	if (!r && (size_t)net_classes(s->net) != s->n_labels)
		r = err_set(e, ERR_MISMATCH,
			    "%s: %d classes, but labels.txt beside it has %zu names", cfg,
			    net_classes(s->net), s->n_labels);
	if (!r)
		r = model_load_all(s->net, weights, &audit, e);
	weights_audit_release(&audit);
	return r;
}

enum err saved_open(struct saved *s, const struct saved_options *o, struct errinfo *e)
{
	*s = (struct saved){0};
	char *cfg = in_run(o->run_dir, "model.cfg"), *weights = NULL;
	enum err r = ERR_OK;
	if (!cfg)
		r = err_set(e, ERR_NOT_FOUND, "%s is not a run directory: it has no model.cfg",
			    o->run_dir);
	else if (!(weights = find_weights(s, o, e)))
		r = ERR_NOT_FOUND;
	if (!r)
		r = read_labels(s, o->run_dir, e);
	if (!r)
		r = read_experiment(s, o->run_dir, e);
	if (!r)
		r = open_net(s, o, cfg, weights, e);
	free(cfg);
	free(weights);
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
