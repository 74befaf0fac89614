#include "thaw/config/experiment.h"
#include "class_weights.h"
#include "command_words.h"
#include "entries.h"
#include "names.h"
#include "value.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/text.h"
#include "thaw/config/settings.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What was read, kept for experiment_where(). */
struct positions {
	struct entries entries;
};

struct builder {
	struct experiment *x;
	struct entries *en;
	char folder[PATH_MAX]; /* of the YAML file, absolute and without links */
	struct errinfo *e;
};

static const char each_phase[] = "phases.*.";

static bool in_phases(const struct setting *s)
{
	return strncmp(s->path, each_phase, strlen(each_phase)) == 0;
}

/* What stands behind the phase: "lr", "until.acc". */
static const char *path_in_phase(const struct setting *s)
{
	return s->path + strlen(each_phase);
}

static enum err apply(struct builder *b, const struct setting *s, const char *key, void *base)
{
	const struct entry *at = entries_find(b->en, key);
	struct errinfo why = {.msg = ""};
	if (!at && !s->def)
		return entries_err(b->en, entries_around(b->en, key), 0, b->e, ERR_VALUE,
				   "%s is missing (%s)", key, s->help);
	if (!at && s->type == SETTING_NAME)
		return ERR_OK; /* set from the file's name later */
	struct value_text v = {at ? at->text : s->def, at && at->quoted, b->folder};
	if (value_read(s, base, &v, &why))
		return entries_err(b->en, at, why.col, b->e, ERR_VALUE, "%s: %s", key, why.msg);
	return ERR_OK;
}

static enum err apply_phase(struct builder *b, size_t i)
{
	struct phase_config *p = &b->x->phases[i];
	struct strbuf key = STRBUF_INIT;
	enum err r = ERR_OK;
	strbuf_addf(&key, "phases.%zu", i);
	p->line = entries_find(b->en, key.buf)->line;
	for (const struct setting *s = NULL; !r && (s = settings_next(s));) {
		if (!in_phases(s))
			continue;
		strbuf_reset(&key);
		strbuf_addf(&key, "phases.%zu.%s", i, path_in_phase(s));
		r = apply(b, s, key.buf, p);
	}
	strbuf_release(&key);
	return r;
}

static enum err apply_all(struct builder *b)
{
	struct experiment *x = b->x;
	x->phases = xcalloc(b->en->n_phases, sizeof(*x->phases));
	x->n_phases = b->en->n_phases;
	enum err r = ERR_OK;
	for (const struct setting *s = NULL; !r && (s = settings_next(s));)
		if (!in_phases(s))
			r = apply(b, s, s->path, x);
	for (size_t i = 0; !r && i < x->n_phases; i++)
		r = apply_phase(b, i);
	return r;
}

/* The file's name without its ending, with '-' for what a name must not hold. */
static char *name_of_file(const char *path)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	char *name = xstrndup(path_base(path), 64);
	char *dot = strrchr(name, '.');
	if (dot && dot > name)
		*dot = '\0';
	for (char *p = name; *p; p++)
		if (!strchr(letters, *p))
			*p = '-';
	size_t skip = strspn(name, "-_");
	char *out = xstrdup(name[skip] ? name + skip : "experiment");
	free(name);
	return out;
}

static enum err wrong(struct builder *b, const char *key, const char *what)
{
	return entries_err(b->en, entries_around(b->en, key), 0, b->e, ERR_VALUE, "%s", what);
}

/* Where pictures may come from: exactly one of these is given. */
static const struct {
	const char *key;
	size_t offset;
} sources[] = {
    {"data.images", offsetof(struct experiment, data.images)},
    {"data.darknet", offsetof(struct experiment, data.darknet)},
    {"data.idx", offsetof(struct experiment, data.idx)},
};
#define N_SOURCES (sizeof(sources) / sizeof(*sources))

static const char *source_path(const struct experiment *x, size_t i)
{
	const char *path;
	memcpy(&path, (const char *)x + sources[i].offset, sizeof(path));
	return path ? path : "";
}

const char *experiment_source(const struct experiment *x, const char **path)
{
	size_t i = N_SOURCES - 1;
	while (i && !*source_path(x, i))
		i--;
	if (path)
		*path = source_path(x, i);
	return sources[i].key;
}

static enum err check_sources(struct builder *b)
{
	const char *given = NULL;
	for (size_t i = 0; i < N_SOURCES; i++) {
		char what[128];
		if (!*source_path(b->x, i))
			continue;
		if (given) {
			snprintf(what, sizeof(what), "%s and %s are both given; remove one", given,
				 sources[i].key);
			return wrong(b, sources[i].key, what);
		}
		given = sources[i].key;
	}
	if (given)
		return ERR_OK;
	return wrong(b, "data",
		     "data.images is missing: a folder with one folder of pictures per class "
		     "(or data.darknet: Darknet's .data file; or data.idx: a folder of idx files)");
}

static enum err check_data(struct builder *b)
{
	const struct experiment *x = b->x;
	enum err r = check_sources(b);
	if (r)
		return r;
	if (*x->data.idx && *x->data.valid_dir)
		return wrong(b, "data.valid",
			     "data.valid is a folder, but data.idx has its validation pictures in "
			     "its t10k files; remove it, or give a share like 0.2");
	if (*x->data.names && !*x->data.idx)
		return wrong(b, "data.names",
			     "data.names goes with data.idx alone: elsewhere the folders' names or "
			     "the .data file name the classes; remove it");
	if (*x->data.darknet && *x->data.valid_dir)
		return wrong(b, "data.valid",
			     "data.valid is a folder, but with data.darknet the .data file names "
			     "the validation list; remove it, or give a share like 0.2");
	return ERR_OK;
}

static enum err check_phase(struct builder *b, size_t i)
{
	const struct phase_config *p = &b->x->phases[i];
	struct strbuf key = STRBUF_INIT, what = STRBUF_INIT;
	enum err r = ERR_OK;
	strbuf_addf(&key, "phases.%zu.name", i);
	if (strchr(p->name, '.') || p->name[strspn(p->name, "0123456789")] == '\0')
		strbuf_addf(
		    &what,
		    "%s: '%s' has a point or is a mere number; --set could not tell it apart",
		    key.buf, p->name);
	for (size_t j = 0; j < i && !what.len; j++)
		if (strcmp(b->x->phases[j].name, p->name) == 0)
			strbuf_addf(&what,
				    "%s: '%s' is the name of phase %zu already; choose another",
				    key.buf, p->name, j);
	if (!what.len && p->schedule_epochs && p->schedule_from + p->epochs > p->schedule_epochs) {
		strbuf_reset(&key);
		strbuf_addf(&key, "phases.%zu.schedule_epochs", i);
		strbuf_addf(&what, "%s: %d epochs are fewer than the %d before this phase and its %d",
			    key.buf, p->schedule_epochs, p->schedule_from, p->epochs);
	}
	if (!what.len && p->warmup > phase_schedule_epochs(p)) {
		strbuf_reset(&key);
		strbuf_addf(&key, "phases.%zu.warmup", i);
		strbuf_addf(&what, "%s: %g epochs of warm-up are more than the phase's %d", key.buf,
			    p->warmup, phase_schedule_epochs(p));
	}
	if (what.len)
		r = wrong(b, key.buf, what.buf);
	strbuf_release(&key);
	strbuf_release(&what);
	return r;
}

/* What no single setting shows. */
static enum err check_all(struct builder *b)
{
	enum err r = check_data(b);
	if (!r && !b->x->n_phases)
		r = wrong(b, "phases",
			  "phases is missing: a list of at least one, like "
			  "- {name: head, freeze: base, epochs: 5, lr: 0.01}");
	for (size_t i = 0; !r && i < b->x->n_phases; i++)
		r = check_phase(b, i);
	return r;
}

static void find_folder(struct builder *b, const char *path)
{
	char *folder = path_dir(path);
	if (!realpath(folder, b->folder) && !getcwd(b->folder, sizeof(b->folder)))
		strcpy(b->folder, "/");
	free(folder);
}

enum err experiment_parse(struct experiment **out, const char *path, const char *data, size_t len,
			  const char *const *sets, size_t n_sets, struct errinfo *e)
{
	struct experiment *x = xcalloc(1, sizeof(*x));
	x->positions = xcalloc(1, sizeof(*x->positions));
	x->path = xstrdup(path);
	struct builder b = {.x = x, .en = &x->positions->entries, .e = e};
	entries_init(b.en, path);
	find_folder(&b, path);
	enum err r = len > EXPERIMENT_MAX_BYTES
			 ? entries_err(b.en, NULL, 0, e, ERR_FORMAT,
				       "larger than %d KiB; this is not an experiment file",
				       EXPERIMENT_MAX_BYTES / 1024)
			 : entries_read_yaml(b.en, data, len, e);
	for (size_t i = 0; !r && i < n_sets; i++)
		r = entries_set(b.en, sets[i], e);
	if (!r)
		r = class_weights_settle(b.en, e);
	if (!r)
		r = command_settle(b.en, "on_end", e);
	if (!r)
		r = apply_all(&b);
	if (!r && !x->name)
		x->name = name_of_file(path);
	if (!r)
		r = check_all(&b);
	if (r)
		experiment_free(x);
	else
		*out = x;
	return r;
}

struct sets {
	const char *const *texts;
	size_t n;
};

/* `path` as messages name it. */
static enum err read_file(struct experiment **out, const struct text_file *file, const char *path,
			  struct sets sets, struct errinfo *e)
{
	struct strbuf data = STRBUF_INIT;
	enum err r = text_read(file, &data, e);
	if (!r)
		r = experiment_parse(out, path, data.buf, data.len, sets.texts, sets.n, e);
	strbuf_release(&data);
	return r;
}

#define FILE_KIND "an experiment file", EXPERIMENT_MAX_BYTES

enum err experiment_read(struct experiment **out, const char *path, const char *const *sets,
			 size_t n_sets, struct errinfo *e)
{
	const struct text_file file = {path, NULL, FILE_KIND, true, NULL};
	return read_file(out, &file, path, (struct sets){sets, n_sets}, e);
}

enum err experiment_read_in(struct experiment **out, const struct folder *in, const char *name,
			    const char *const *sets, size_t n_sets, struct errinfo *e)
{
	const struct text_file file = {name, NULL, FILE_KIND, false, in};
	char *path = folder_path(in, name);
	enum err r = read_file(out, &file, path, (struct sets){sets, n_sets}, e);
	free(path);
	return r;
}

void experiment_free(struct experiment *x)
{
	if (!x)
		return;
	for (const struct setting *s = NULL; (s = settings_next(s));) {
		if (!in_phases(s))
			value_release(s, x);
		for (size_t i = 0; in_phases(s) && i < x->n_phases; i++)
			value_release(s, &x->phases[i]);
	}
	if (x->positions)
		entries_release(&x->positions->entries);
	free(x->positions);
	free(x->phases);
	free(x->path);
	free(x);
}

/* Open the groups of `path` that `before` does not share, and indent, beginning at a depth: one line
 * "  key: " without its value. */
static void write_key(struct strbuf *out, const char *path, const char *before, int depth)
{
	size_t start = 0;
	for (size_t i = 0; path[i]; i++) {
		if (path[i] != '.')
			continue;
		if (strncmp(path, before, i + 1) != 0)
			strbuf_addf(out, "%*s%.*s:\n", 2 * depth, "", (int)(i - start),
				    path + start);
		start = i + 1;
		depth++;
	}
	strbuf_addf(out, "%*s%s: ", 2 * depth, "", path + start);
}

static void write_phase(const struct phase_config *p, struct strbuf *out)
{
	const char *before = "";
	size_t start = out->len;
	for (const struct setting *s = NULL; (s = settings_next(s));) {
		struct strbuf value = STRBUF_INIT;
		if (in_phases(s) && value_write(s, p, &value)) {
			write_key(out, path_in_phase(s), before, 2);
			strbuf_addf(out, "%s\n", value.buf);
			before = path_in_phase(s);
		}
		strbuf_release(&value);
	}
	if (out->len > start)
		out->buf[start + 2] = '-';
}

void experiment_write(const struct experiment *x, struct strbuf *out)
{
	const char *before = "";
	strbuf_addstr(out, "# Every setting of this experiment, defaults included.\n");
	for (const struct setting *s = NULL; (s = settings_next(s));) {
		struct strbuf value = STRBUF_INIT;
		if (!in_phases(s) && value_write(s, x, &value)) {
			write_key(out, s->path, before, 0);
			strbuf_addf(out, "%s\n", value.buf);
			before = s->path;
		}
		strbuf_release(&value);
	}
	if (x->n_phases)
		strbuf_addstr(out, "phases:\n");
	for (size_t i = 0; i < x->n_phases; i++)
		write_phase(&x->phases[i], out);
}

const char *experiment_where(const struct experiment *x, const char *key)
{
	static char where[1024];
	const struct entry *at = x->positions ? entries_find(&x->positions->entries, key) : NULL;
	if (!at) {
		snprintf(where, sizeof(where), "%s", x->path ? x->path : "");
		return where;
	}
	struct strbuf text = STRBUF_INIT;
	entries_place(&x->positions->entries, at, 0, &text);
	snprintf(where, sizeof(where), "%s", text.buf);
	strbuf_release(&text);
	return where;
}

int experiment_epochs(const struct experiment *x)
{
	int n = 0;
	for (size_t i = 0; i < x->n_phases; i++)
		n += x->phases[i].epochs;
	return n;
}

const char *schedule_name(enum schedule s)
{
	return s < SCHEDULE_N ? schedule_names[s] : "?";
}

const char *optimizer_name(enum optimizer o)
{
	return o < OPTIMIZER_N ? optimizer_names[o] : "?";
}

const char *batchnorm_name(enum batchnorm_mode m)
{
	return m < BATCHNORM_N ? batchnorm_names[m] : "?";
}

const char *resize_name(enum resize_mode m)
{
	return m < RESIZE_N ? resize_names[m] : "?";
}

const char *precision_name(enum precision p)
{
	return p < PRECISION_N ? precision_names[p] : "?";
}

const char *head_init_name(enum head_init h)
{
	return h < HEAD_N ? head_init_names[h] : "?";
}
