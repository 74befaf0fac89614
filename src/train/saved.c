#include "saved.h"
#include "choose_device.h"
#include "pair.h"
#include "thaw/base/words.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/run_files.h"
#include "thaw/base/text.h"
#include "thaw/engine/model.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LABELS_MAX (64 << 20) /* bytes of labels.txt */
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

/* A weights file that is asked for: "best", "last", or one from here or else of the run. */
static enum err open_asked(const struct saved_options *o, const struct folder *run, char **to,
			   int *fd, struct errinfo *e)
{
	static const char *const words[][2] = {{"best", RUN_BEST}, {"last", RUN_LAST}};
	const char *name;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(o->weights, words[i][0]) == 0) {
			*to = xstrdup(words[i][1]);
			return pair_open_weights(run, words[i][1], &name, fd, e);
		}
	*to = xstrdup(o->weights);
	if (file_exists(o->weights))
		return file_open(o->weights, fd, e);
	if (!folder_holds(run, o->weights))
		return err_set(e, ERR_NOT_FOUND, "%s has no %s", o->run_dir, o->weights);
	return folder_file(run, o->weights, FOLDER_READ, fd, e);
}

enum err saved_open_weights(const struct saved_options *o, const struct folder *run, char **to,
			    int *fd, struct errinfo *e)
{
	const char *name;
	*fd = -1;
	*to = NULL;
	if (o->weights)
		return open_asked(o, run, to, fd, e);
	enum err r = pair_open_weights(run, NULL, &name, fd, e);
	if (!r)
		*to = xstrdup(name);
	return r;
}

static enum err read_cfg(struct saved *s, const struct saved_options *o, const struct folder *run,
			 const char *path, struct errinfo *e)
{
	struct strbuf text = STRBUF_INIT;
	const struct text_file file = {
	    .path = RUN_CFG, .what = "a Darknet cfg", .max = MODEL_CFG_MAX, .in = run};
	enum err r = text_read(&file, &text, e);
	if (!r)
		r = net_open_empty(&s->net, path, &text, o->threads, e);
	if (!r && (size_t)net_classes(s->net) != s->n_labels)
		r = err_set(e, ERR_MISMATCH,
			    "%s: %s, but " RUN_LABELS " beside it has %s", path,
			    words_n(net_classes(s->net), "class"),
			    words_n((int64_t)s->n_labels, "name"));
	strbuf_release(&text);
	return r;
}

/* As messages name it. */
static char *weights_path(const struct saved *s, const struct saved_options *o,
			  const struct folder *run)
{
	bool of_run =
	    !o->weights || !file_exists(o->weights) || strcmp(o->weights, s->weights) != 0;
	return of_run ? folder_path(run, s->weights) : xstrdup(o->weights);
}

static enum err open_net(struct saved *s, const struct saved_options *o, const struct folder *run,
			 int weights, struct errinfo *e)
{
	struct weights_audit audit = {0};
	char *cfg = folder_path(run, RUN_CFG), *path = weights_path(s, o, run);
	s->batch = o->batch ? o->batch : s->x ? s->x->train.batch : BATCH;
	enum err r = read_cfg(s, o, run, cfg, e);
	if (!r)
		r = model_load_file(s->net, path, weights, &audit, e);
	weights_audit_release(&audit);
	free(cfg);
	free(path);
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
	int weights;
	if (!folder_holds(run, RUN_CFG))
		return not_a_run(o, e);
	enum err r = saved_open_weights(o, run, &s->weights, &weights, e);
	if (!r)
		r = read_labels(s, run, e);
	if (!r)
		r = read_experiment(s, run, e);
	if (!r)
		r = choose_device_again(s->x, o->device, e);
	if (!r)
		r = open_net(s, o, run, weights, e);
	if (weights >= 0)
		close(weights);
	return r;
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
