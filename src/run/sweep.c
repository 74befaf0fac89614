#include "thaw/run/sweep.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/fnv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEP_MAX_BYTES = 16 << 20, VALUE_NAME_MAX = 32, RUN_NAME_MAX = 200 };
static const char head[] = "thaw-sweep 1";

void sweep_release(struct sweep *s)
{
	for (size_t k = 0; k < s->n_keys; k++) {
		for (size_t i = 0; i < s->keys[k].n; i++)
			free(s->keys[k].values[i]);
		free(s->keys[k].values);
		free(s->keys[k].key);
	}
	free(s->keys);
	free(s->name);
	free(s->experiment);
	*s = (struct sweep){0};
}

static struct sweep_key *find(const struct sweep *s, const char *key)
{
	for (size_t k = 0; k < s->n_keys; k++)
		if (strcmp(s->keys[k].key, key) == 0)
			return &s->keys[k];
	return NULL;
}

const struct sweep_key *sweep_key_find(const struct sweep *s, const char *key)
{
	return find(s, key);
}

void sweep_add(struct sweep *s, const char *key, const char *value)
{
	struct sweep_key *k = find(s, key);
	if (!k) {
		ALLOC_GROW(s->keys, s->n_keys + 1, s->cap_keys);
		k = &s->keys[s->n_keys++];
		*k = (struct sweep_key){.key = xstrdup(key)};
	}
	ALLOC_GROW(k->values, k->n + 1, k->cap);
	k->values[k->n++] = xstrdup(value);
}

/* ---- combinations ---- */

size_t sweep_count(const struct sweep *s)
{
	size_t n = 1;
	for (size_t k = 0; k < s->n_keys; k++)
		if (__builtin_mul_overflow(n, s->keys[k].n, &n))
			return SIZE_MAX;
	return n;
}

size_t sweep_at(const struct sweep *s, size_t i, size_t k)
{
	for (size_t later = s->n_keys; --later > k;)
		i /= s->keys[later].n;
	return i % s->keys[k].n;
}

const char *sweep_value(const struct sweep *s, size_t i, size_t k)
{
	return s->keys[k].values[sweep_at(s, i, k)];
}

char **sweep_sets(const struct sweep *s, size_t i)
{
	char **sets = xcalloc(s->n_keys + 1, sizeof(*sets));
	for (size_t k = 0; k < s->n_keys; k++)
		sets[k] = xasprintf("%s=%s", s->keys[k].key, sweep_value(s, i, k));
	return sets;
}

/* ---- names ---- */

static bool ends_with(const char *key, const char *end)
{
	size_t len = strlen(key), n = strlen(end);
	return len >= n && strcmp(key + len - n, end) == 0 && (len == n || key[len - n - 1] == '.');
}

static bool is_taken(const struct sweep *s, size_t k, const char *end)
{
	for (size_t other = 0; other < s->n_keys; other++)
		if (other != k && s->keys[other].n > 1 && ends_with(s->keys[other].key, end))
			return true;
	return false;
}

const char *sweep_short(const struct sweep *s, size_t k)
{
	const char *key = s->keys[k].key, *end = key + strlen(key);
	while (end > key) {
		do
			end--;
		while (end > key && end[-1] != '.');
		if (!is_taken(s, k, end))
			break;
	}
	return end;
}

/* Letters that mean nothing to a shell or a path stay; a value that loses any is told from others
 * that lose the same by its sum. */
static void add_safe(struct strbuf *out, const char *value)
{
	static const char safe[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,+_-";
	const char *shown = path_base(value);
	size_t n = 0;
	bool same = shown == value;
	for (; shown[n] && n < VALUE_NAME_MAX; n++) {
		bool is = strchr(safe, shown[n]) != NULL;
		strbuf_addch(out, is ? shown[n] : '_');
		same &= is;
	}
	if (!same || shown[n])
		strbuf_addf(out, "~%04x", (unsigned)(fnv(value, strlen(value)) & 0xffff));
}

char *sweep_run_name(const struct sweep *s, size_t i)
{
	struct strbuf name = STRBUF_INIT;
	strbuf_addstr(&name, s->name);
	for (size_t k = 0; k < s->n_keys; k++)
		if (s->keys[k].n > 1) {
			strbuf_addf(&name, "-%s=", sweep_short(s, k));
			add_safe(&name, sweep_value(s, i, k));
		}
	if (name.len > RUN_NAME_MAX) {
		uint64_t sum = fnv(name.buf, name.len);
		strbuf_reset(&name);
		strbuf_addf(&name, "%.100s-%016" PRIx64, s->name, sum);
	}
	return strbuf_detach(&name);
}

char *sweep_path(const char *runs, const char *name)
{
	char *file = xasprintf("%s" SWEEP_ENDING, name), *path = path_join(runs, file);
	free(file);
	return path;
}

/* ---- the file ---- */

static bool take_pair(struct sweep *s, const char *pair)
{
	const char *equals = strchr(pair, '=');
	if (!equals || equals == pair)
		return false;
	char *key = xstrndup(pair, (size_t)(equals - pair));
	sweep_add(s, key, equals + 1);
	free(key);
	return true;
}

static bool take_experiment(struct sweep *s, const char *rest)
{
	free(s->experiment);
	s->experiment = xstrdup(rest);
	return *rest != '\0';
}

static bool take_sum(struct sweep *s, const char *rest)
{
	char *end;
	s->sum = strtoull(rest, &end, 16);
	return *rest && !*end;
}

static const struct {
	const char *word;
	bool (*take)(struct sweep *s, const char *rest);
} words[] = {
    {"experiment ", take_experiment},
    {"sum ", take_sum},
    {"set ", take_pair},
    {"vary ", take_pair},
};

static bool take_line(struct sweep *s, const char *line)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strncmp(line, words[i].word, strlen(words[i].word)) == 0)
			return words[i].take(s, line + strlen(words[i].word));
	return true;
}

static enum err parse(struct sweep *s, const char *path, char *text, struct errinfo *e)
{
	int n = 0;
	for (char *line; (line = strsep(&text, "\n"));) {
		if (++n == 1 && strcmp(line, head) != 0)
			return err_set(e, ERR_FORMAT,
				       "%s:1: no sweep; its first line would be '%s'", path, head);
		if (n > 1 && !take_line(s, line))
			return err_set(e, ERR_FORMAT, "%s:%d: not understood: %s", path, n, line);
	}
	if (!s->experiment)
		return err_set(e, ERR_FORMAT, "%s: it names no experiment", path);
	return ERR_OK;
}

/* What the file is called without its ending. */
static char *name_of(const char *path)
{
	const char *base = path_base(path);
	size_t len = strlen(base), n = strlen(SWEEP_ENDING);
	return xstrndup(base, len > n && strcmp(base + len - n, SWEEP_ENDING) == 0 ? len - n : len);
}

enum err sweep_read(struct sweep *s, const char *path, struct errinfo *e)
{
	struct strbuf text = STRBUF_INIT;
	*s = (struct sweep){0};
	enum err r = file_read_max(path, SWEEP_MAX_BYTES, &text, e);
	if (!r)
		r = parse(s, path, text.buf, e);
	if (r)
		sweep_release(s);
	else
		s->name = name_of(path);
	strbuf_release(&text);
	return r;
}

static bool is_run_of(const struct sweep *s, const char *name)
{
	bool is = false;
	for (size_t i = 0; i < sweep_count(s) && !is; i++) {
		char *one = sweep_run_name(s, i);
		is = strcmp(one, name) == 0;
		free(one);
	}
	return is;
}

/* Its name begins with the sweep's, which may hold hyphens itself. */
bool sweep_of_run(struct sweep *s, const char *run_path)
{
	char *dir = path_dir(run_path), *prefix = xstrdup(path_base(run_path)), *hyphen;
	bool found = false;
	while (!found && (hyphen = strrchr(prefix, '-'))) {
		*hyphen = '\0';
		char *path = sweep_path(dir, prefix);
		if (sweep_read(s, path, NULL) == ERR_OK) {
			found = is_run_of(s, path_base(run_path));
			if (!found)
				sweep_release(s);
		}
		free(path);
	}
	free(prefix);
	free(dir);
	return found;
}

enum err sweep_write(const struct sweep *s, const char *path, struct errinfo *e)
{
	struct strbuf out = STRBUF_INIT;
	strbuf_addf(&out, "%s\nexperiment %s\nsum %016" PRIx64 "\n", head, s->experiment, s->sum);
	for (size_t k = 0; k < s->n_keys; k++)
		for (size_t i = 0; i < s->keys[k].n; i++)
			strbuf_addf(&out, "%s %s=%s\n", s->keys[k].n > 1 ? "vary" : "set",
				    s->keys[k].key, s->keys[k].values[i]);
	enum err r = file_write_atomic(path, out.buf, out.len, e);
	strbuf_release(&out);
	return r;
}
