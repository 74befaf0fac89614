#include "layout.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/strbuf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_DEPTH = 8 };

enum part { PART_NONE, PART_TRAIN, PART_VALID, PART_TEST, PART_N };

static const struct {
	const char *word;
	enum part part;
} words[] = {
    {"train", PART_TRAIN},         {"training", PART_TRAIN},  {"trainset", PART_TRAIN},
    {"trainingset", PART_TRAIN},   {"traindata", PART_TRAIN}, {"trainingdata", PART_TRAIN},
    {"val", PART_VALID},           {"valid", PART_VALID},     {"validation", PART_VALID},
    {"validate", PART_VALID},      {"valset", PART_VALID},    {"validset", PART_VALID},
    {"validationset", PART_VALID}, {"dev", PART_VALID},       {"eval", PART_VALID},
    {"evaluation", PART_VALID},    {"holdout", PART_VALID},   {"test", PART_TEST},
    {"testing", PART_TEST},        {"testset", PART_TEST},    {"testdata", PART_TEST},
};

static enum part part_of_word(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i].word) == len && strncasecmp(words[i].word, word, len) == 0)
			return words[i].part;
	return PART_NONE;
}

/* By a word in it: "train", "val2017", "seg_train". *alone: there is no other word. */
static enum part part_of(const char *name, bool *alone)
{
	enum part found = PART_NONE;
	int n_words = 0;
	for (const char *at = name; *at;) {
		size_t len = 0;
		while (isalpha((unsigned char)at[len]))
			len++;
		n_words += len > 0;
		if (!found)
			found = part_of_word(at, len);
		at += len ? len : 1;
	}
	*alone = n_words == 1;
	return found;
}

/* Does it hold folders rather than pictures? */
static bool is_nested(const char *dir, const char *name, const struct place *root)
{
	struct picture_folder f;
	char *path = path_join(dir, name);
	bool nested = picture_folder_look(&f, path, root, NULL) == ERR_OK && f.dirs.n > 0 &&
		      f.n_pictures <= f.dirs.n;
	picture_folder_release(&f);
	free(path);
	return nested;
}

/* The folders in one that are named as parts of a data set. */
struct parts {
	const char *name[PART_N]; /* the first of each part, or NULL */
	bool nested[PART_N];
	bool alone; /* the training part is called that and nothing else */
	size_t n, n_dirs;
};

static void find_parts(struct parts *p, const char *dir, const struct names *dirs,
		       const struct place *root)
{
	*p = (struct parts){.n_dirs = dirs->n};
	for (size_t i = 0; i < dirs->n; i++) {
		bool alone;
		enum part part = part_of(dirs->names[i], &alone);
		p->n += part != PART_NONE;
		if (!part || p->name[part])
			continue;
		p->name[part] = dirs->names[i];
		p->nested[part] = is_nested(dir, dirs->names[i], root);
		if (part == PART_TRAIN)
			p->alone = alone;
	}
}

/* Is that what the folder is for? Then it holds no classes. */
static bool are_parts(const struct parts *p)
{
	bool second = p->name[PART_VALID] || p->name[PART_TEST];
	bool nested = p->nested[PART_VALID] || p->nested[PART_TEST];
	if (!p->name[PART_TRAIN])
		return false;
	if (second && p->n == p->n_dirs)
		return true;
	return p->nested[PART_TRAIN] && (nested || (p->alone && p->n_dirs <= 2));
}

/* Where the class folders are: further down as long as a folder holds nothing but one folder of
 * folders. Takes `dir`; caller frees. */
static char *go_down(char *dir, const struct place *root)
{
	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		struct picture_folder f;
		bool only = picture_folder_look(&f, dir, root, NULL) == ERR_OK && f.dirs.n == 1 &&
			    !f.n_pictures && is_nested(dir, f.dirs.names[0], root);
		char *next = only ? path_join(dir, f.dirs.names[0]) : NULL;
		picture_folder_release(&f);
		if (!next)
			break;
		free(dir);
		dir = next;
	}
	return dir;
}

/* `key: PATH` as YAML takes it, in quotation marks. */
static void add_setting(struct strbuf *out, const char *key, const char *path)
{
	bool plain = true;
	for (const char *p = path; *p && plain; p++)
		plain = isalnum((unsigned char)*p) || (unsigned char)*p >= 0x80 ||
			strchr("/._-+", *p) != NULL;
	strbuf_addf(out, "\"%s: %s", key, plain ? "" : "'");
	for (const char *p = path; *p; p++) {
		if (*p == '\'' && !plain)
			strbuf_addch(out, '\'');
		strbuf_addch(out, *p);
	}
	strbuf_addf(out, "%s\"", plain ? "" : "'");
}

static void add_folder(struct strbuf *out, const char *key, const char *dir, const char *name,
		       const struct place *root)
{
	char *path = go_down(path_join(dir, name), root);
	add_setting(out, key, path);
	free(path);
}

static bool is_valid(const struct place *root)
{
	return strcmp(root->key, "data.valid") == 0;
}

/* The lines to write instead, where `dir` holds the parts `p`. */
static void add_lines(struct strbuf *out, const struct parts *p, const char *dir,
		      const struct place *root)
{
	const struct experiment *x = root->x;
	const char *held = p->name[PART_VALID] ? p->name[PART_VALID] : p->name[PART_TEST];
	if (!is_valid(root)) {
		add_folder(out, "images", dir, p->name[PART_TRAIN], root);
		strbuf_addstr(out, " and ");
	}
	if (held)
		add_folder(out, "valid", dir, held, root);
	else if (*x->data.valid_dir)
		add_setting(out, "valid", x->data.valid_dir);
	else
		strbuf_addf(out, "\"valid: %g\"",
			    x->data.valid < 0 ? VALID_AUTO_SHARE : x->data.valid);
}

static enum err parts_error(const struct parts *p, const char *dir, const struct place *root,
			    struct errinfo *e)
{
	struct strbuf found = STRBUF_INIT, lines = STRBUF_INIT;
	for (int part = PART_TRAIN; part < PART_N; part++)
		if (p->name[part])
			strbuf_addf(&found, "%s%.60s/", found.len ? ", " : "", p->name[part]);
	add_lines(&lines, p, dir, root);
	enum err r = place_error(root, e, ERR_VALUE,
				 "that folder holds the parts of a data set (%s), not one folder a "
				 "class; write instead %s",
				 found.buf, lines.buf);
	strbuf_release(&found);
	strbuf_release(&lines);
	return r;
}

/* The classes may be in the only folder. */
static enum err single_error(const char *dir, size_t n, const struct place *root, struct errinfo *e)
{
	struct strbuf line = STRBUF_INIT;
	add_setting(&line, is_valid(root) ? "valid" : "images", dir);
	enum err r =
	    place_error(root, e, ERR_VALUE,
			"there is only one class folder, and it holds %zu folders; if those "
			"are the classes, write instead %s",
			n, line.buf);
	strbuf_release(&line);
	return r;
}

static enum err check_single(const char *name, const struct place *root, struct errinfo *e)
{
	struct picture_folder f;
	struct parts p;
	char *dir = go_down(path_join(root->path, name), root);
	enum err r = ERR_OK;
	if (picture_folder_look(&f, dir, root, NULL) == ERR_OK && f.dirs.n && !f.n_pictures) {
		find_parts(&p, dir, &f.dirs, root);
		if (are_parts(&p))
			r = parts_error(&p, dir, root, e);
		else if (f.dirs.n > 1)
			r = single_error(dir, f.dirs.n, root, e);
	}
	picture_folder_release(&f);
	free(dir);
	return r;
}

enum err layout_check(const struct names *dirs, const struct place *root, struct errinfo *e)
{
	struct parts p;
	find_parts(&p, root->path, dirs, root);
	if (are_parts(&p))
		return parts_error(&p, root->path, root, e);
	return dirs->n == 1 ? check_single(dirs->names[0], root, e) : ERR_OK;
}

static void advise_valid(const char *dir, const char *name, const struct place *root,
			 struct warnings *w)
{
	bool alone;
	struct strbuf line = STRBUF_INIT;
	if (part_of(name, &alone) != PART_VALID || !is_nested(dir, name, root))
		return;
	add_folder(&line, "valid", dir, name, root);
	warnings_add(w,
		     "a share of the training pictures is held out, and the folder %.60s/ beside "
		     "theirs is not used; to validate on it, write %s",
		     name, line.buf);
	strbuf_release(&line);
}

/* Folders beside that of the training pictures, when it is called so. */
static void advise_beside(const struct place *root, struct warnings *w)
{
	bool alone;
	struct picture_folder f = {.n_pictures = 0};
	size_t len = strlen(root->path);
	while (len > 1 && root->path[len - 1] == '/')
		len--;
	char *path = xstrndup(root->path, len), *dir = path_dir(path);
	if (part_of(path_base(path), &alone) == PART_TRAIN &&
	    picture_folder_look(&f, dir, root, NULL) == ERR_OK)
		for (size_t i = 0; i < f.dirs.n; i++)
			advise_valid(dir, f.dirs.names[i], root, w);
	picture_folder_release(&f);
	free(path);
	free(dir);
}

void layout_advise(const struct names *dirs, const struct place *root, struct warnings *w)
{
	struct parts p;
	find_parts(&p, root->path, dirs, root);
	if (p.nested[PART_TRAIN] && p.alone) {
		struct strbuf line = STRBUF_INIT;
		add_folder(&line, "images", root->path, p.name[PART_TRAIN], root);
		warnings_add(
		    w, "the class folder %.60s/ holds folders; if they are the classes, write %s",
		    p.name[PART_TRAIN], line.buf);
		strbuf_release(&line);
	}
	if (!*root->x->data.valid_dir && root->x->data.valid < 0)
		advise_beside(root, w);
}
