#include "thaw/train/predictor.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/text.h"
#include "thaw/config/experiment.h"
#include "thaw/data/image.h"
#include "thaw/engine/model.h"
#include "thaw/engine/net.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LABELS_MAX (64 << 20) /* bytes of labels.txt */

struct predictor {
	struct net *net;
	char **labels;
	size_t n_labels;
	enum resize_mode resize;
	float *x; /* one picture */
};

static enum err read_labels(struct predictor *p, const char *path, struct errinfo *e)
{
	struct strbuf text = STRBUF_INIT;
	const struct text_file file = {path, NULL, "a file of class names", LABELS_MAX, false};
	enum err r = text_read(&file, &text, e);
	size_t cap = 0;
	char *at = text.buf, *line;
	while (!r && (line = text_line(&at))) {
		if (!*line)
			continue;
		ALLOC_GROW(p->labels, p->n_labels + 1, cap);
		p->labels[p->n_labels++] = xstrdup(line);
	}
	strbuf_release(&text);
	return r;
}

static enum resize_mode resize_of(const char *yaml)
{
	struct experiment *x;
	if (experiment_read(&x, yaml, NULL, 0, NULL))
		return RESIZE_LETTERBOX;
	enum resize_mode mode = x->data.resize;
	experiment_free(x);
	return mode;
}

static enum err open_net(struct predictor *p, const char *cfg, const char *weights, int threads,
			 struct errinfo *e)
{
	struct weights_audit audit = {0};
	enum err r = net_open(&p->net, cfg, 1, threads, 0, e);
	if (!r && (size_t)net_classes(p->net) != p->n_labels)
		r = err_set(e, ERR_MISMATCH,
			    "%s: %d classes, but labels.txt beside it has %zu names", cfg,
			    net_classes(p->net), p->n_labels);
	if (!r)
		r = model_load_all(p->net, weights, &audit, e);
	weights_audit_release(&audit);
	if (r)
		return r;
	int w, h, c;
	net_input(p->net, &w, &h, &c);
	p->x = xcalloc((size_t)w * (size_t)h * (size_t)c, sizeof(*p->x));
	return ERR_OK;
}

enum err predictor_open(struct predictor **out, const char *run_dir, int threads, struct errinfo *e)
{
	struct predictor *p = xcalloc(1, sizeof(*p));
	char *cfg = path_join(run_dir, "model.cfg"), *labels = path_join(run_dir, "labels.txt");
	char *yaml = path_join(run_dir, "experiment.yaml"),
	     *best = path_join(run_dir, "best.weights");
	char *last = path_join(run_dir, "last.weights");
	enum err r = ERR_OK;
	if (!file_exists(cfg))
		r = err_set(e, ERR_NOT_FOUND, "%s is not a run directory: it has no model.cfg",
			    run_dir);
	else if (!file_exists(best) && !file_exists(last))
		r = err_set(e, ERR_NOT_FOUND, "%s has no weights yet: wait for its first epoch",
			    run_dir);
	if (!r)
		r = read_labels(p, labels, e);
	if (!r) {
		p->resize = resize_of(yaml);
		r = open_net(p, cfg, file_exists(best) ? best : last, threads, e);
	}
	free(cfg);
	free(labels);
	free(yaml);
	free(best);
	free(last);
	if (r)
		predictor_free(p);
	else
		*out = p;
	return r;
}

void predictor_free(struct predictor *p)
{
	if (!p)
		return;
	if (p->net)
		net_free(p->net);
	for (size_t i = 0; i < p->n_labels; i++)
		free(p->labels[i]);
	free(p->labels);
	free(p->x);
	free(p);
}

size_t predictor_n_classes(const struct predictor *p)
{
	return p->n_labels;
}

const char *predictor_label(const struct predictor *p, size_t i)
{
	return p->labels[i];
}

enum err predictor_image(struct predictor *p, const char *path, float *probs, struct errinfo *e)
{
	int w, h, c;
	struct image im;
	enum err r = image_decode(&im, path, e);
	if (r)
		return r;
	net_input(p->net, &w, &h, &c);
	image_to_input(&im, p->resize, w, h, p->x);
	image_release(&im);
	net_predict(p->net, p->x, NULL, 1, probs);
	return ERR_OK;
}

void predictor_top(const float *probs, size_t n, size_t *order, size_t k)
{
	bool *taken = xcalloc(n, sizeof(*taken));
	for (size_t i = 0; i < k; i++) {
		size_t best = n;
		for (size_t j = 0; j < n; j++)
			if (!taken[j] && (best == n || probs[j] > probs[best]))
				best = j;
		order[i] = best;
		taken[best] = true;
	}
	free(taken);
}
