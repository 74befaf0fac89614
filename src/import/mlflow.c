/* MLflow's file store: a run is a folder EXPERIMENT/RUN with meta.yaml, metrics/NAME (a line of
 * "timestamp value step" for each value, the step left out by old versions), params/NAME and tags/NAME.
 * A name with slashes is a file in folders. Times are in ms since 1970.
 * Source: mlflow/store/tracking/file_store.py */
#include "importer.h"

#include "gather.h"
#include "lines.h"
#include "printed.h"
#include "stamp.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MOST 16
#define FILES_MOST 4096  /* metrics of a run; history.h keeps as many names */
#define VALUE_BYTES 4096 /* of a parameter, of meta.yaml 16 times as many */

enum status { STATUS_RUNNING = 1, STATUS_SCHEDULED, STATUS_FINISHED, STATUS_FAILED, STATUS_KILLED };

struct mlflow {
	char *path;
	char **names; /* [n] of the metrics, as paths below metrics/, sorted */
	size_t n, cap;
	bool cut;
	int64_t n_bad; /* lines that are none */
	char *bad;     /* the first of them: "NAME:LINE" */
};

/* ---- recognising ---- */

static bool is_run(const struct import_head *h)
{
	return h->folder && import_head_holds(h, "meta.yaml") && import_head_holds(h, "metrics");
}

static const char *refuse(const struct import_head *h)
{
	if (!h->folder || is_run(h))
		return NULL;
	if (import_head_holds(h, "meta.yaml"))
		return "an experiment of MLflow, whose runs are the folders in it: open one of "
		       "them";
	if (strcmp(path_base(h->path), "mlruns") == 0)
		return "MLflow's folder of experiments: open a run, mlruns/EXPERIMENT/RUN";
	return NULL;
}

/* ---- the files ---- */

static void list_folder(struct mlflow *m, const char *below, int depth)
{
	char *metrics = path_join(m->path, "metrics"), *dir = path_join(metrics, below);
	DIR *d = opendir(dir);
	for (struct dirent *f; d && (f = readdir(d));) {
		if (f->d_name[0] == '.')
			continue;
		char *name = *below ? path_join(below, f->d_name) : xstrdup(f->d_name);
		char *path = path_join(metrics, name);
		bool folder = file_is_dir(path);
		m->cut |= !folder && m->n == FILES_MOST;
		if (folder && depth < DEPTH_MOST) {
			list_folder(m, name, depth + 1);
		} else if (!folder && m->n < FILES_MOST) {
			ALLOC_GROW(m->names, m->n + 1, m->cap);
			m->names[m->n++] = name;
			name = NULL;
		}
		free(path);
		free(name);
	}
	if (d)
		closedir(d);
	free(dir);
	free(metrics);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum err open_run(void **reader, const struct import_source *src, struct errinfo *e)
{
	if (!file_is_dir(src->path))
		return err_set(e, ERR_FORMAT, "%s: a run of MLflow is a folder", src->path);
	struct mlflow *m = xcalloc(1, sizeof(*m));
	m->path = xstrdup(src->path);
	list_folder(m, "", 0);
	if (m->n)
		qsort(m->names, m->n, sizeof(*m->names), by_name);
	*reader = m;
	return ERR_OK;
}

static void close_run(void *reader)
{
	struct mlflow *m = reader;
	for (size_t i = 0; i < m->n; i++)
		free(m->names[i]);
	free(m->names);
	free(m->path);
	free(m->bad);
	free(m);
}

/* ---- metrics ---- */

struct value {
	double wall_ms, value, step;
};

struct values { /* of one metric */
	struct value *at;
	size_t n, cap;
};

/* "1709179689000 0.5 12", and whatever later versions put behind. */
static bool take_line(struct values *v, char *line)
{
	double numbers[3] = {0, 0, 0};
	int n = 0;
	char *rest = line;
	for (char *word; n < 3 && (word = strtok_r(rest, " \t", &rest)); n++)
		if (!printed_number(word, &numbers[n]))
			return false;
	if (n < 2 || !(numbers[2] >= 0 && numbers[2] <= (double)RECORD_COUNT_MAX))
		return false;
	ALLOC_GROW(v->at, v->n + 1, v->cap);
	v->at[v->n++] = (struct value){numbers[0] > 0 ? numbers[0] : (double)NAN, numbers[1],
				       floor(numbers[2])};
	return true;
}

/* Values that were all logged without a step are counted. */
static void give_values(const struct values *v, struct gather *g, size_t source, const char *name)
{
	bool steps = v->n == 1;
	for (size_t i = 0; i < v->n; i++)
		steps |= v->at[i].step > 0;
	for (size_t i = 0; i < v->n; i++)
		gather_add(g, source, name, steps ? (int64_t)v->at[i].step : (int64_t)i,
			   v->at[i].wall_ms, v->at[i].value);
}

static enum err read_lines(struct mlflow *m, struct lines *l, struct values *v, size_t i,
			   struct errinfo *e)
{
	char *line;
	for (enum lines_next next; (next = lines_next(l, true, &line, e)) != LINES_WAIT;) {
		if (next == LINES_FAILED || next == LINES_OTHER)
			return next == LINES_FAILED ? ERR_IO : ERR_STATE;
		bool bad = next == LINES_LONG || (*line && !take_line(v, line));
		if (bad && m->n_bad++ == 0)
			m->bad = xasprintf("%s:%d", m->names[i], lines_number(l));
	}
	return ERR_OK;
}

static enum err read_metric(struct mlflow *m, struct gather *g, size_t i, struct errinfo *e)
{
	struct lines *l;
	struct values v = {0};
	char *metrics = path_join(m->path, "metrics"), *path = path_join(metrics, m->names[i]);
	enum err r = lines_open(&l, path, e);
	free(metrics);
	free(path);
	if (r)
		return r == ERR_NOT_FOUND || r == ERR_FORMAT ? ERR_OK
							     : r; /* it has gone; no file */
	r = read_lines(m, l, &v, i, e);
	if (!r)
		give_values(&v, g, i, m->names[i]);
	lines_close(l);
	free(v.at);
	return r;
}

/* ---- what else the run tells ---- */

/* The value of a key in meta.yaml, whose lines are "key: value"; caller frees, NULL: none. */
static char *meta_value(const char *meta, const char *key)
{
	size_t n = strlen(key);
	for (const char *line = meta; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, n) != 0 || line[n] != ':')
			continue;
		const char *v = line + n + 1 + strspn(line + n + 1, " '\"");
		size_t len = strcspn(v, "\r\n");
		while (len && strchr(" '\"", v[len - 1]))
			len--;
		return strcmp(v, "null") != 0 && len ? xstrndup(v, len) : NULL;
	}
	return NULL;
}

static int64_t meta_number(const char *meta, const char *key, int64_t otherwise)
{
	char *text = meta_value(meta, key);
	double v;
	bool ok = text && printed_number(text, &v) && v >= 0 && v <= (double)RECORD_AMOUNT_MAX;
	free(text);
	return ok ? (int64_t)v : otherwise;
}

/* A whole number of the parameters, under the first of the names that has one. */
static int64_t param(const struct mlflow *m, const char *const *names)
{
	double v = 0;
	bool ok = false;
	for (int i = 0; names[i] && !ok; i++) {
		struct strbuf text = STRBUF_INIT;
		char *dir = path_join(m->path, "params"), *path = path_join(dir, names[i]);
		ok = !file_read_max(path, VALUE_BYTES, &text, NULL) &&
		     printed_number(text.buf, &v) && v >= 0 && v <= 1e9;
		strbuf_release(&text);
		free(path);
		free(dir);
	}
	return ok ? (int64_t)v : 0;
}

static void read_run_facts(const struct mlflow *m, const char *meta, struct event_run *run)
{
	static const char *const epochs[] = {"epochs", "max_epochs", "num_epochs", NULL};
	static const char *const batch[] = {"batch_size", "batch", NULL};
	static const char *const seed[] = {"seed", NULL};
	run->name = meta_value(meta, "run_name");
	run->started = meta_number(meta, "start_time", 0);
	run->epochs = param(m, epochs);
	run->batch = param(m, batch);
	run->seed = param(m, seed);
}

static void tell_end(const struct mlflow *m, const char *meta, struct sink *s)
{
	static const struct {
		enum end_status status;
		const char *reason;
	} ends[] = {[STATUS_FINISHED] = {END_FINISHED, NULL},
		    [STATUS_FAILED] = {END_FAILED, "MLflow has it as failed"},
		    [STATUS_KILLED] = {END_STOPPED, "MLflow has it as killed"}};
	int64_t status = meta_number(meta, "status", 0);
	sink_row(s);
	if (m->n_bad)
		sink_note(s, NOTE_WARN,
			  "%lld lines are no \"timestamp value step\": left out, the "
			  "first of them %s",
			  (long long)m->n_bad, m->bad);
	if (m->cut)
		sink_note(s, NOTE_WARN, "more than %d metrics: the others are left out",
			  FILES_MOST);
	if (status >= STATUS_FINISHED && status <= STATUS_KILLED)
		sink_end(s, ends[status].status, ends[status].reason);
}

static char *read_meta(const struct mlflow *m)
{
	struct strbuf text = STRBUF_INIT;
	char *path = path_join(m->path, "meta.yaml");
	file_read_max(path, 16 * VALUE_BYTES, &text, NULL);
	free(path);
	return strbuf_detach(&text);
}

static enum err read_run(void *reader, struct sink *s, bool all, struct errinfo *e)
{
	struct mlflow *m = reader;
	struct sink_run run = {.framework = "MLflow", .timed = true};
	struct gather *g = gather_new();
	enum err r = ERR_OK;
	for (size_t i = 0; i < m->n && !r; i++)
		r = read_metric(m, g, i, e);
	if (!r && gather_count(g) == 0)
		r = err_set(e, ERR_FORMAT, "%s: a run of MLflow that has logged no metric",
			    m->path);
	if (!r) {
		char *meta = read_meta(m);
		read_run_facts(m, meta, &run.run);
		gather_give(g, s, &run);
		tell_end(m, meta, s);
		free((void *)(uintptr_t)run.run.name);
		free(meta);
	}
	(void)all;
	gather_free(g);
	return r;
}

static void stamp(const char *path, struct import_stamp *stamp)
{
	void *reader;
	if (open_run(&reader, &(struct import_source){.path = path}, NULL))
		return;
	struct mlflow *m = reader;
	char *metrics = path_join(path, "metrics"), *meta = path_join(path, "meta.yaml");
	stamp_add(stamp, meta);
	for (size_t i = 0; i < m->n; i++) {
		char *file = path_join(metrics, m->names[i]);
		stamp_add(stamp, file);
		free(file);
	}
	free(meta);
	free(metrics);
	close_run(m);
}

const struct importer import_mlflow = {
    .format = {"mlflow", "the folder of a run of MLflow"},
    .sniff = is_run,
    .refuse = refuse,
    .open = open_run,
    .read = read_run,
    .close = close_run,
    .stamp = stamp,
    .whole = true,
};
