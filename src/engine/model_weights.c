/* The audit of weights files: what is in them, to the byte, before Darknet reads one. */
#include "model_shape.h"
#include "net_core.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/engine/box.h"
#include "thaw/engine/model.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* One layer with weights, as it stands in a file. */
struct entry {
	int index;
	const char *kind;
	uint64_t floats;
	uint64_t variance_at, n_variance; /* in floats from its start */
	uint64_t weights_at, n_weights;   /* the same; none: not looked at */
	bool constant;                    /* as far as they were read, all weights are `value` */
	float value;
	int outputs; /* channels, each with floats / outputs of them; 0 = not looked at */
};

struct table {
	struct entry *entries;
	int n;
	int need; /* the first `need` entries are to be loaded */
	int least; /* and of these the file has so many at least */
};

struct file {
	const char *path, *cfg;
	int fd;  /* the file itself, borrowed; -1: `path` leads there */
	FILE *f;
	uint64_t header_bytes;
	struct weights_audit *audit;
	struct errinfo *e;
};

void weights_audit_release(struct weights_audit *a)
{
	free(a->layers);
	memset(a, 0, sizeof(*a));
}

/* Files that people mistake for weights. */
static const struct {
	const char *magic;
	const char *what;
} strangers[] = {
    {"PK\003\004", "a zip archive, as PyTorch writes"},
    {"\211HDF", "an HDF5 file, as Keras writes"},
    {"\037\213", "gzip-compressed; unpack it first"},
    {"[net", "a cfg"},
    {"<!DOCTYPE", "a web page: a download that failed"},
    {"<html", "a web page: a download that failed"},
    {"version https://git-lfs", "a Git LFS pointer: fetch the file itself"},
    {"\377\330\377", "a JPEG picture"},
};

static enum err not_weights(const struct file *w, const char *start, size_t n)
{
	const char *what = n ? "its header makes no sense" : "it is empty";
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
		if (n >= strlen(strangers[i].magic) &&
		    memcmp(start, strangers[i].magic, strlen(strangers[i].magic)) == 0)
			what = strangers[i].what;
	return err_set(w->e, ERR_FORMAT, "%s: not a Darknet weights file (%s)", w->path, what);
}

/* Source: Darknet parser.c load_weights_upto(). */
static enum err read_header(struct file *w)
{
	char start[32] = {0};
	int32_t version[3], seen32;
	size_t n = fread(start, 1, sizeof(start) - 1, w->f);
	memcpy(version, start, sizeof(version));
	int64_t major = version[0], minor = version[1], revision = version[2];
	if (n >= 16 && major >= 0 && minor >= 0 && (major > 1000 || minor > 1000) &&
	    major < 10000 && minor < 10000)
		return err_set(w->e, ERR_FORMAT,
			       "%s: version %d.%d marks transposed weights, an old layout that is "
			       "not supported",
			       w->path, version[0], version[1]);
	if (n < 16 || major < 0 || major > 99 || minor < 0 || minor > 999 || revision < 0 ||
	    revision > 9999)
		return not_weights(w, start, n);
	bool wide = major * 10 + minor >= 2;
	if (wide && n < 20)
		return not_weights(w, start, n);
	w->header_bytes = wide ? 20 : 16;
	w->audit->major = version[0];
	w->audit->minor = version[1];
	w->audit->revision = version[2];
	memcpy(&seen32, start + 12, sizeof(seen32));
	w->audit->seen = (uint64_t)(uint32_t)seen32;
	if (wide)
		memcpy(&w->audit->seen, start + 12, sizeof(w->audit->seen));
	return ERR_OK;
}

static enum err open_file(struct file *w)
{
	struct stat st;
	int fd = w->fd < 0 ? -1 : fcntl(w->fd, F_DUPFD_CLOEXEC, 0);
	enum err r = w->fd < 0 ? file_open(w->path, &fd, w->e) : ERR_OK;
	if (r)
		return r;
	w->f = fd < 0 ? NULL : fdopen(fd, "rb");
	if (!w->f || fstat(fd, &st) != 0 || fseeko(w->f, 0, SEEK_SET) != 0)
		return err_set(w->e, ERR_IO, "%s: %s", w->path, strerror(errno));
	w->audit->bytes_found = (uint64_t)st.st_size;
	return read_header(w);
}

static enum err too_short(const struct file *w, const struct table *t)
{
	uint64_t at = w->header_bytes, found = w->audit->bytes_found;
	int i = 0;
	while (i + 1 < t->n && at + t->entries[i].floats * sizeof(float) <= found)
		at += t->entries[i++].floats * sizeof(float);
	return err_set(w->e, ERR_MISMATCH,
		       "%s: too short for %s: %llu bytes expected, %llu found; it ends %llu of "
		       "%llu bytes into layer %d [%s]",
		       w->path, w->cfg, (unsigned long long)w->audit->bytes_expected,
		       (unsigned long long)found, (unsigned long long)(found > at ? found - at : 0),
		       (unsigned long long)(t->entries[i].floats * sizeof(float)),
		       t->entries[i].index, t->entries[i].kind);
}

/* The last layer is replaced anyway: that of the file may have any number of classes, as when a
 * network that was fine-tuned before is the base of the next. */
static bool other_head(struct file *w, const struct table *t)
{
	const struct entry *head = &t->entries[t->n - 1];
	uint64_t below = w->header_bytes;
	for (int i = 0; i < t->n - 1; i++)
		below += t->entries[i].floats * sizeof(float);
	if (t->need > t->n - 1 || !head->outputs || w->audit->bytes_found <= below)
		return false;
	uint64_t rest = w->audit->bytes_found - below,
		 each = head->floats / (uint64_t)head->outputs * sizeof(float);
	if (rest % each != 0 || rest / each < 2 || rest / each > MODEL_MAX_CLASSES)
		return false;
	w->audit->bytes_expected = w->audit->bytes_found;
	w->audit->other_head = (int)(rest / each);
	return true;
}

/* Sets *n_present to how many layers the file holds. */
static enum err check_size(struct file *w, const struct table *t, int *n_present)
{
	struct weights_audit *a = w->audit;
	uint64_t end = w->header_bytes;
	*n_present = -1;
	for (int i = 0; i <= t->n; i++) {
		if (end == a->bytes_found && i >= t->least)
			*n_present = i;
		if (i < t->n)
			end += t->entries[i].floats * sizeof(float);
	}
	a->bytes_expected = end;
	a->partial = *n_present >= 0 && *n_present < t->n;
	if (*n_present < 0 && other_head(w, t))
		*n_present = t->n - 1;
	if (*n_present >= 0)
		return ERR_OK;
	if (a->bytes_found < end)
		return too_short(w, t);
	return err_set(w->e, ERR_MISMATCH,
		       "%s: too long for %s: %llu bytes expected, %llu found, %llu too many; these "
		       "weights belong to another cfg",
		       w->path, w->cfg, (unsigned long long)end, (unsigned long long)a->bytes_found,
		       (unsigned long long)(a->bytes_found - end));
}

static enum err bad_value(const struct file *w, const struct entry *l, uint64_t at, float v)
{
	enum err r;
	if (isfinite(v))
		r = err_set(w->e, ERR_FORMAT,
			    "%s: layer %d [%s] has a variance of %g at byte %llu; these weights "
			    "belong to another cfg than %s",
			    w->path, l->index, l->kind, v, (unsigned long long)at, w->cfg);
	else
		r = err_set(w->e, ERR_NONFINITE,
			    "%s: layer %d [%s] has a weight that is not a number at byte %llu",
			    w->path, l->index, l->kind, (unsigned long long)at);
	if (w->e)
		w->e->at = at;
	return r;
}

/* chunk[n] are the floats of the layer from `at` on. */
static void look_at_weights(struct entry *l, const float *chunk, uint64_t at, uint64_t n)
{
	for (uint64_t i = l->weights_at > at ? l->weights_at - at : 0;
	     i < n && at + i < l->weights_at + l->n_weights; i++) {
		if (at + i == l->weights_at)
			l->value = chunk[i];
		else if (chunk[i] < l->value || chunk[i] > l->value)
			l->constant = false;
	}
}

static enum err check_entry(const struct file *w, struct entry *l, uint64_t start)
{
	float chunk[4096];
	const uint64_t size = sizeof(chunk) / sizeof(chunk[0]);
	l->constant = l->n_weights > 1;
	for (uint64_t done = 0; done < l->floats;) {
		uint64_t n = l->floats - done < size ? l->floats - done : size;
		if (fread(chunk, sizeof(float), n, w->f) != n)
			return err_set(w->e, ERR_IO, "%s: cannot be read to its end", w->path);
		for (uint64_t i = 0; i < n; i++) {
			uint64_t k = done + i - l->variance_at;
			if (!isfinite(chunk[i]) ||
			    (chunk[i] < 0 && done + i >= l->variance_at && k < l->n_variance))
				return bad_value(w, l, start + (done + i) * sizeof(float),
						 chunk[i]);
		}
		if (l->constant)
			look_at_weights(l, chunk, done, n);
		done += n;
	}
	return ERR_OK;
}

static enum err check_values(const struct file *w, const struct table *t, int n_present)
{
	uint64_t at = w->header_bytes;
	enum err r = ERR_OK;
	if (fseeko(w->f, (off_t)at, SEEK_SET) != 0)
		return err_set(w->e, ERR_IO, "%s: %s", w->path, strerror(errno));
	for (int i = 0; !r && i < n_present; i++) {
		r = check_entry(w, &t->entries[i], at);
		at += t->entries[i].floats * sizeof(float);
	}
	return r;
}

/* All below its head are needed, until a net says otherwise. */
static struct table table_of_shape(const struct shape *s)
{
	struct table t = {.entries = xcalloc((size_t)s->n + 1, sizeof(struct entry))};
	for (int i = 0; i < s->n; i++) {
		const struct shape_layer *l = &s->layers[i];
		int64_t n = l->n_statistics / 3;
		int64_t before = l->n_biases + (l->kind == KIND_CONNECTED ? l->n_weights : 0);
		struct entry x = {
		    .index = i,
		    .kind = kind_name(l->kind),
		    .floats = shape_weight_bytes(l) / sizeof(float),
		    .variance_at = (uint64_t)(before + 2 * n),
		    .n_variance = (uint64_t)n,
		    .weights_at =
			(uint64_t)(l->n_biases + (l->kind == KIND_CONNECTED ? 0 : l->n_statistics)),
		    .n_weights = (uint64_t)l->n_weights,
		    .outputs = i == s->head ? (l->out_c ? l->out_c : l->outputs) : 0,
		};
		if (!x.floats)
			continue;
		t.entries[t.n++] = x;
		t.need += i < s->head;
	}
	t.least = t.need > 0;
	return t;
}

static struct table table_of_graph(const network *g)
{
	struct table t = {.entries = xcalloc((size_t)g->n + 1, sizeof(struct entry))};
	for (int i = 0; i < g->n; i++) {
		struct layer_array arrays[LAYER_ARRAYS_MAX];
		struct layer_info info;
		int n = graph_arrays(g, i, arrays);
		graph_layer_info(g, i, &info);
		struct entry x = {.index = i, .kind = info.kind};
		for (int k = 0; k < n; k++) {
			if (arrays[k].role == ARRAY_VARIANCE) {
				x.variance_at = x.floats;
				x.n_variance = arrays[k].n;
			}
			x.floats += arrays[k].n;
		}
		if (n)
			t.entries[t.n++] = x;
	}
	t.need = t.least = t.n;
	return t;
}

/* The net's layers below its head must be those of the pretrained cfg; they are what is needed. */
static enum err check_net(const struct file *w, struct table *t, const struct table *model)
{
	t->need = model->n - 1;
	bool same = t->need >= 0 && t->need <= t->n;
	for (int i = 0; same && i < t->need; i++)
		same = t->entries[i].index == model->entries[i].index &&
		       t->entries[i].floats == model->entries[i].floats;
	return same ? ERR_OK
		    : err_set(w->e, ERR_MISMATCH,
			      "the network's layers below its head are not those of %s", w->cfg);
}

/* `file` is the table of the file that was read. */
static void fill_audit(struct weights_audit *a, const struct table *model, const struct table *file,
		       int n_loaded, uint64_t header_bytes)
{
	uint64_t at = header_bytes;
	a->layers = xcalloc((size_t)model->n + 1, sizeof(*a->layers));
	a->n_layers = model->n;
	a->n_loaded = n_loaded;
	a->n_initialised = model->n - n_loaded;
	for (int i = 0; i < model->n; i++) {
		const struct entry *m = &model->entries[i];
		bool loaded = i < n_loaded;
		a->layers[i] = (struct weights_layer){
		    .index = m->index,
		    .kind = m->kind,
		    .offset = loaded ? at : 0,
		    .bytes = m->floats * sizeof(float),
		    .loaded = loaded,
		    .constant = loaded && file->entries[i].constant,
		    .value = loaded ? file->entries[i].value : 0,
		};
		at += m->floats * sizeof(float);
	}
}

struct load {
	network *g;
	char *path;
	int cutoff;
};

static enum err load_in_box(void *arg, struct errinfo *e)
{
	struct load *l = arg;
	(void)e;
	load_weights_upto(l->g, l->path, 0, l->cutoff);
	*l->g->seen = 0;
	return ERR_OK;
}

/* An open file is the very one that was looked at. */
static enum err load(struct net *net, const struct file *w, int cutoff, struct errinfo *e)
{
	net_sync(net);
	struct load l = {
	    .g = net_graph(net),
	    .path = w->fd < 0 ? xstrdup(w->path) : folder_fd_path(w->fd, w->path),
	    .cutoff = cutoff,
	};
	enum err r = box_run(load_in_box, &l, e);
	free(l.path);
	if (!r)
		net_weights_changed(net);
	return r;
}

/* Sets *n_present to how many layers the file holds. */
static enum err audit_file(struct file *w, const struct table *t, int *n_present)
{
	enum err r = open_file(w);
	if (!r)
		r = check_size(w, t, n_present);
	if (!r)
		r = check_values(w, t, *n_present);
	return r;
}

enum err model_load_base(struct net *net, const char *cfg, const char *weights,
			 struct weights_audit *audit, struct errinfo *e)
{
	struct weights_audit a = {0};
	struct file w = {.path = weights, .fd = -1, .cfg = cfg, .audit = &a, .e = e};
	struct cfg c = {0};
	struct shape s = {0};
	struct table t = {0}, model = {0};
	int n = 0; /* layers to load */
	enum err r = cfg_read(&c, cfg, e);
	if (!r)
		r = shape_build(&s, &c, e);
	if (r)
		goto out;
	t = table_of_shape(&s);
	if (net)
		model = table_of_graph(net_graph(net));
	r = net ? check_net(&w, &t, &model) : ERR_OK;
	if (!r && *weights)
		r = audit_file(&w, &t, &n);
	bool all = n >= t.need;
	n = all && *weights ? t.need : n;
	if (!r && n && net)
		r = load(net, &w, all ? net_head(net) : t.entries[n].index, e);
	if (!r)
		fill_audit(&a, net ? &model : &t, &t, n, w.header_bytes);
out:
	if (w.f)
		fclose(w.f);
	free(t.entries);
	free(model.entries);
	shape_release(&s);
	cfg_release(&c);
	if (audit)
		*audit = a;
	else
		weights_audit_release(&a);
	return r;
}

enum err model_load_all(struct net *net, const char *weights, struct weights_audit *audit,
			struct errinfo *e)
{
	return model_load_file(net, weights, -1, audit, e);
}

enum err model_load_file(struct net *net, const char *name, int fd, struct weights_audit *audit,
			 struct errinfo *e)
{
	struct weights_audit a = {0};
	struct file w = {
	    .path = name, .fd = fd, .cfg = "this network", .audit = &a, .e = e};
	struct table model = table_of_graph(net_graph(net));
	int n;
	enum err r = audit_file(&w, &model, &n);
	if (!r)
		r = load(net, &w, net_n_layers(net), e);
	if (!r)
		fill_audit(&a, &model, &model, model.n, w.header_bytes);
	if (w.f)
		fclose(w.f);
	free(model.entries);
	if (audit)
		*audit = a;
	else
		weights_audit_release(&a);
	return r;
}
