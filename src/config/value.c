#include "value.h"
#include "number.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/layer_scales.h"
#include "thaw/base/layerset.h"
#include "thaw/base/metric.h"
#include "thaw/config/class_weights.h"
#include "thaw/config/command_words.h"
#include "thaw/config/experiment.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define NAME_MAX_BYTES 64
#define SHOWN_MAX 60 /* bytes of a wrong value that a message repeats */

_Static_assert(sizeof(enum schedule) == sizeof(unsigned), "enum fields are written as unsigned");

/* Where a setting's field or fields are. */
struct field {
	const struct setting *s;
	char *first, *second;
};

static void string_set(char *at, const char *text)
{
	char **field = (void *)at;
	free(*field);
	*field = xstrdup(text);
}

static const char *string_get(const char *at)
{
	const char *const *field = (const void *)at;
	return *field ? *field : "";
}

static bool in_range(const struct setting *s, double v)
{
	return v >= s->min && v <= s->max;
}

static bool read_whole(const struct setting *s, const char *text, int *out)
{
	uint64_t v;
	if (!whole_parse(text, &v) || v > INT_MAX || !in_range(s, (double)v))
		return false;
	*out = (int)v;
	return true;
}

static bool read_name(const struct field *f, const struct value_text *v)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t n = strspn(v->text, letters);
	if (!n || v->text[n] || n > NAME_MAX_BYTES || strchr("-_.", v->text[0]))
		return false;
	string_set(f->first, v->text);
	return true;
}

/* `name` below the absolute `dir`; "./" and "../" in front are worked off, which is right as `dir`
 * has no links. */
static char *absolute(const char *dir, const char *name)
{
	char *base = xstrdup(dir);
	for (;;) {
		if (strncmp(name, "./", 2) == 0) {
			name += 2;
		} else if (strncmp(name, "../", 3) == 0) {
			char *up = path_dir(base);
			free(base);
			base = up;
			name += 3;
		} else if (*name == '/') {
			name++;
		} else {
			break;
		}
	}
	char *out = path_join(base, name);
	free(base);
	return out;
}

static bool read_path(const struct field *f, const struct value_text *v)
{
	if (!*v->text && f->s->def)
		return string_set(f->first, ""), true;
	if (!*v->text)
		return false;
	if (v->text[0] == '/')
		return string_set(f->first, v->text), true;
	char cwd[PATH_MAX];
	bool here = file_exists(v->text) && getcwd(cwd, sizeof(cwd));
	char *path = absolute(here ? cwd : v->folder, v->text);
	string_set(f->first, path);
	free(path);
	return true;
}

static bool read_weights(const struct field *f, const struct value_text *v)
{
	if (strcmp(v->text, "none") != 0)
		return read_path(f, v);
	string_set(f->first, "");
	return true;
}

static bool read_text(const struct field *f, const struct value_text *v)
{
	string_set(f->first, v->text);
	return true;
}

static bool read_int(const struct field *f, const struct value_text *v)
{
	return !v->quoted && read_whole(f->s, v->text, (void *)f->first);
}

static bool read_seed(const struct field *f, const struct value_text *v)
{
	uint64_t seed;
	if (v->quoted || !whole_parse(v->text, &seed))
		return false;
	memcpy(f->first, &seed, sizeof(seed));
	return true;
}

static bool read_number(const struct field *f, const struct value_text *v)
{
	double d;
	if (v->quoted || !number_parse(v->text, &d) || !in_range(f->s, d))
		return false;
	memcpy(f->first, &d, sizeof(d));
	return true;
}

static bool read_bool(const struct field *f, const struct value_text *v)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
	for (unsigned i = 0; i < 6 && !v->quoted; i++)
		if (strcasecmp(v->text, words[i]) == 0)
			return *(bool *)(void *)f->first = i & 1, true;
	return false;
}

static bool read_enum(const struct field *f, const struct value_text *v)
{
	for (unsigned i = 0; f->s->names[i]; i++)
		if (strcmp(v->text, f->s->names[i]) == 0)
			return *(unsigned *)(void *)f->first = i, true;
	return false;
}

static const struct {
	const char *name;
	double bytes;
} units[] = {
    {"TiB", 0x1p40}, {"GiB", 0x1p30}, {"MiB", 0x1p20}, {"KiB", 0x1p10}, {"", 1},
    {"B", 1},        {"T", 0x1p40},   {"G", 0x1p30},   {"M", 0x1p20},   {"K", 0x1p10},
    {"TB", 1e12},    {"GB", 1e9},     {"MB", 1e6},     {"KB", 1e3},
};

static bool read_bytes(const struct field *f, const struct value_text *v)
{
	struct strbuf digits = STRBUF_INIT;
	size_t n = number_span(v->text);
	double d;
	strbuf_add(&digits, v->text, n);
	bool ok = number_parse(digits.buf, &d);
	strbuf_release(&digits);
	const char *unit = v->text + n;
	unit += *unit == ' ';
	for (size_t i = 0; ok && i < sizeof(units) / sizeof(*units); i++) {
		if (strcasecmp(unit, units[i].name) != 0)
			continue;
		d *= units[i].bytes;
		if (!in_range(f->s, d))
			return false;
		uint64_t bytes = (uint64_t)d;
		memcpy(f->first, &bytes, sizeof(bytes));
		return true;
	}
	return false;
}

static bool read_input(const struct field *f, const struct value_text *v)
{
	int w = 0, h = 0;
	if (strcmp(v->text, "cfg") != 0) {
		char side[16];
		size_t n = strcspn(v->text, "x");
		if (n >= sizeof(side))
			return false;
		memcpy(side, v->text, n);
		side[n] = '\0';
		if (!read_whole(f->s, side, &w))
			return false;
		h = w;
		if (v->text[n] && !read_whole(f->s, v->text + n + 1, &h))
			return false;
	}
	memcpy(f->first, &w, sizeof(w));
	memcpy(f->second, &h, sizeof(h));
	return true;
}

static bool read_cut(const struct field *f, const struct value_text *v)
{
	int cut = -1;
	bool none = strcmp(v->text, "none") == 0;
	if (!none && !read_whole(f->s, v->text, &cut))
		return false;
	string_set(f->first, none ? "" : v->text);
	memcpy(f->second, &cut, sizeof(cut));
	return true;
}

static bool read_classes(const struct field *f, const struct value_text *v)
{
	if (!*v->text)
		return false;
	string_set(f->first, strcmp(v->text, "all") == 0 && !v->quoted ? "" : v->text);
	return true;
}

static bool read_device(const struct field *f, const struct value_text *v)
{
	static const char *const words[] = {"auto", "cpu", "cuda"};
	enum { N = sizeof(words) / sizeof(*words), DIGITS_MAX = 3 };
	size_t digits = strncmp(v->text, "cuda:", 5) == 0 ? strspn(v->text + 5, "0123456789") : 0;
	bool known = digits && digits <= DIGITS_MAX && !v->text[5 + digits];
	for (size_t i = 0; i < N; i++)
		known = known || strcmp(v->text, words[i]) == 0;
	if (known)
		string_set(f->first, v->text);
	return known;
}

static bool read_class_weights(const struct field *f, const struct value_text *v)
{
	bool none = strcmp(v->text, "none") == 0;
	if (!none && strcmp(v->text, "balanced") != 0 && !class_weights_are_map(v->text))
		return false;
	string_set(f->first, none ? "" : v->text);
	return true;
}

/* A program by its path is looked for as other files are; a bare name in PATH, when it is run. */
static char *absolute_program(const char *name, const char *folder)
{
	char cwd[PATH_MAX];
	if (*name == '~')
		return path_home(name, NULL);
	if (*name == '/' || !strchr(name, '/'))
		return xstrdup(name);
	return absolute(file_exists(name) && getcwd(cwd, sizeof(cwd)) ? cwd : folder, name);
}

static bool read_command(const struct field *f, const struct value_text *v)
{
	struct strbuf text = STRBUF_INIT;
	if (!*v->text)
		return string_set(f->first, ""), true;
	if (v->quoted || *v->text != '[')
		command_split(v->text, &text);
	else
		strbuf_addstr(&text, v->text);
	char **words = command_words(text.buf);
	char *program = words ? absolute_program(words[0], v->folder) : NULL;
	if (program) {
		free(words[0]);
		words[0] = program;
		strbuf_reset(&text);
		command_write((const char *const *)words, &text);
		string_set(f->first, text.buf);
	}
	command_free(words);
	strbuf_release(&text);
	return program != NULL;
}

static bool read_class_shares(const struct field *f, const struct value_text *v)
{
	bool none = strcmp(v->text, "none") == 0;
	if (!none && !class_weights_are_map(v->text))
		return false;
	string_set(f->first, none ? "" : v->text);
	return true;
}

static bool read_metric(const struct field *f, const struct value_text *v)
{
	const char *text = strcmp(v->text, "acc") == 0 ? "accuracy" : v->text;
	struct metric m;
	if (!*text || !metric_parse(text, &m))
		return false;
	string_set(f->first, text);
	return true;
}

static bool read_metric_or_best(const struct field *f, const struct value_text *v)
{
	if (strcmp(v->text, "best") != 0)
		return read_metric(f, v);
	string_set(f->first, v->text);
	return true;
}

/* What looks like a number must be a share: nobody means a folder by 1.5. */
static bool read_valid(const struct field *f, const struct value_text *v)
{
	double share = 0;
	size_t n = number_span(v->text);
	bool number = !v->quoted && n && !v->text[n];
	bool automatic = !v->quoted && strcmp(v->text, "auto") == 0;
	if (automatic)
		share = VALID_AUTO;
	else if (number ? !number_parse(v->text, &share) || !in_range(f->s, share)
			: !read_path(f, v) || !*v->text)
		return false;
	if (number || automatic)
		string_set(f->first, "");
	memcpy(f->second, &share, sizeof(share));
	return true;
}

/* Append text as YAML takes it back unchanged and as a string: plain where that is safe, else in
 * double quotes. */
static void write_string(const char *text, struct strbuf *out)
{
	static const char safe[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";
	size_t n = strspn(text, safe), number = number_span(text);
	if (n && !text[n] && text[0] != '-' && strcmp(text, "null") != 0 &&
	    !(number && !text[number])) {
		strbuf_addstr(out, text);
		return;
	}
	strbuf_addch(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			strbuf_addch(out, '\\');
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			strbuf_addf(out, "\\x%02x", (unsigned char)*text);
		else
			strbuf_addch(out, *text);
	}
	strbuf_addch(out, '"');
}

static bool write_text(const struct field *f, struct strbuf *out)
{
	const char *text = string_get(f->first);
	if (!*text)
		return false;
	write_string(text, out);
	return true;
}

static int int_at(const char *at)
{
	int v;
	memcpy(&v, at, sizeof(v));
	return v;
}

static uint64_t u64_at(const char *at)
{
	uint64_t v;
	memcpy(&v, at, sizeof(v));
	return v;
}

static double double_at(const char *at)
{
	double v;
	memcpy(&v, at, sizeof(v));
	return v;
}

static bool write_weights(const struct field *f, struct strbuf *out)
{
	if (!write_text(f, out))
		strbuf_addstr(out, "none");
	return true;
}

/* A class that is called all stands in quotes. */
static bool write_classes(const struct field *f, struct strbuf *out)
{
	if (strcmp(string_get(f->first), "all") == 0)
		strbuf_addstr(out, "\"all\"");
	else if (!write_text(f, out))
		strbuf_addstr(out, "all");
	return true;
}

static bool write_class_weights(const struct field *f, struct strbuf *out)
{
	const char *text = string_get(f->first);
	strbuf_addstr(out, *text ? text : "none");
	return true;
}

static bool write_command(const struct field *f, struct strbuf *out)
{
	strbuf_addstr(out, string_get(f->first));
	return *string_get(f->first) != '\0';
}

static bool write_int(const struct field *f, struct strbuf *out)
{
	strbuf_addf(out, "%d", int_at(f->first));
	return true;
}

static bool write_seed(const struct field *f, struct strbuf *out)
{
	strbuf_addf(out, "%llu", (unsigned long long)u64_at(f->first));
	return true;
}

static bool write_number(const struct field *f, struct strbuf *out)
{
	number_format(double_at(f->first), out);
	return true;
}

static bool write_bool(const struct field *f, struct strbuf *out)
{
	strbuf_addstr(out, *(bool *)(void *)f->first ? "true" : "false");
	return true;
}

static bool write_enum(const struct field *f, struct strbuf *out)
{
	strbuf_addstr(out, f->s->names[int_at(f->first)]);
	return true;
}

static bool write_bytes(const struct field *f, struct strbuf *out)
{
	uint64_t bytes = u64_at(f->first);
	size_t i = 0;
	while (units[i].bytes > 1 && (!bytes || bytes % (uint64_t)units[i].bytes))
		i++;
	strbuf_addf(out, "%llu%s", (unsigned long long)(bytes / (uint64_t)units[i].bytes),
		    units[i].name);
	return true;
}

static bool write_input(const struct field *f, struct strbuf *out)
{
	int w = int_at(f->first), h = int_at(f->second);
	if (w && h)
		strbuf_addf(out, "%dx%d", w, h);
	else
		strbuf_addstr(out, "cfg");
	return true;
}

static bool write_cut(const struct field *f, struct strbuf *out)
{
	if (int_at(f->second) < 0)
		strbuf_addstr(out, "none");
	else
		strbuf_addf(out, "%d", int_at(f->second));
	return true;
}

static bool write_valid(const struct field *f, struct strbuf *out)
{
	if (write_text(f, out))
		return true;
	if (double_at(f->second) < 0)
		strbuf_addstr(out, "auto");
	else
		number_format(double_at(f->second), out);
	return true;
}

static const struct {
	bool (*read)(const struct field *f, const struct value_text *v);
	bool (*write)(const struct field *f, struct strbuf *out);
	bool string; /* the first field is a char * */
	bool bare;   /* never in quotes */
	bool path;   /* may begin with ~/ */
} types[SETTING_TYPE_N] = {
    [SETTING_NAME] = {read_name, write_text, true, false, false},
    [SETTING_PATH] = {read_path, write_text, true, false, true},
    [SETTING_WEIGHTS] = {read_weights, write_weights, true, false, true},
    [SETTING_LAYERS] = {read_text, write_text, true, false, false},
    [SETTING_LAYER_SCALES] = {read_text, write_text, true, false, false},
    [SETTING_INT] = {read_int, write_int, false, true, false},
    [SETTING_SEED] = {read_seed, write_seed, false, true, false},
    [SETTING_NUMBER] = {read_number, write_number, false, true, false},
    [SETTING_BOOL] = {read_bool, write_bool, false, true, false},
    [SETTING_ENUM] = {read_enum, write_enum, false, false, false},
    [SETTING_BYTES] = {read_bytes, write_bytes, false, false, false},
    [SETTING_INPUT] = {read_input, write_input, false, false, false},
    [SETTING_CUT] = {read_cut, write_cut, true, false, false},
    [SETTING_VALID] = {read_valid, write_valid, true, false, true},
    [SETTING_CLASSES] = {read_classes, write_classes, true, false, false},
    [SETTING_DEVICE] = {read_device, write_text, true, false, false},
    [SETTING_CLASS_WEIGHTS] = {read_class_weights, write_class_weights, true, false, false},
    [SETTING_COMMAND] = {read_command, write_command, true, false, false},
    [SETTING_CLASS_SHARES] = {read_class_shares, write_class_weights, true, false, false},
    [SETTING_METRIC] = {read_metric, write_text, true, false, false},
    [SETTING_METRIC_OR_BEST] = {read_metric_or_best, write_text, true, false, false},
};

static struct field field_of(const struct setting *s, char *base)
{
	return (struct field){s, base + s->offset, base + s->offset2};
}

/* A last word on common slips. */
static void add_hint(const struct setting *s, const struct value_text *v, struct strbuf *out)
{
	static const char *const words[SETTING_TYPE_N][5] = {
	    [SETTING_CLASS_WEIGHTS] = {"none", "balanced"},
	    [SETTING_DEVICE] = {"auto", "cpu", "cuda"},
	    [SETTING_METRIC] = {"accuracy", "loss", "f1"},
	    [SETTING_METRIC_OR_BEST] = {"best", "accuracy", "loss", "f1"},
	};
	size_t n = number_span(v->text);
	const char *near = nearest_word(v->text, s->names ? s->names : words[s->type]);
	if (types[s->type].bare && v->quoted)
		strbuf_addstr(out, "; take the quotes off");
	else if (near)
		strbuf_addf(out, "; did you mean '%s'?", near);
	else if (s->type == SETTING_NUMBER && n && v->text[n] == ',')
		strbuf_addstr(out, "; the decimal mark is a point");
	else if (s->type == SETTING_NUMBER && n && v->text[n] == '%')
		strbuf_addstr(out, "; 20 % is written 0.2");
}

static enum err read_home_path(const struct field *f, const struct value_text *v, struct errinfo *e)
{
	struct errinfo why = {.msg = ""};
	char *path = path_home(v->text, &why);
	if (!path)
		return err_set(e, ERR_VALUE, "'%.*s': %s", SHOWN_MAX, v->text, why.msg);
	struct value_text whole = {path, v->quoted, v->folder};
	types[f->s->type].read(f, &whole);
	free(path);
	return ERR_OK;
}

enum err value_read(const struct setting *s, void *base, const struct value_text *v,
		    struct errinfo *e)
{
	struct field f = field_of(s, base);
	if (s->type == SETTING_LAYERS || s->type == SETTING_LAYER_SCALES) {
		enum err r = s->type == SETTING_LAYERS
				 ? layerset_check(v->text, e)
				 : layer_scales_parse(v->text, 0, 0, NULL, e);
		if (r)
			return r;
	}
	if (types[s->type].path && *v->text == '~')
		return read_home_path(&f, v, e);
	if (types[s->type].read(&f, v))
		return ERR_OK;
	struct strbuf wanted = STRBUF_INIT;
	setting_wants(s, &wanted);
	add_hint(s, v, &wanted);
	bool cut = strlen(v->text) > SHOWN_MAX;
	err_set(e, ERR_VALUE, "'%.*s%s' is not %s", SHOWN_MAX, v->text, cut ? "…" : "", wanted.buf);
	strbuf_release(&wanted);
	return ERR_VALUE;
}

bool value_write(const struct setting *s, const void *base, struct strbuf *out)
{
	struct field f = field_of(s, (char *)(uintptr_t)base);
	return types[s->type].write(&f, out);
}

void value_release(const struct setting *s, void *base)
{
	struct field f = field_of(s, base);
	if (types[s->type].string) {
		char **string = (void *)f.first;
		free(*string);
		*string = NULL;
	}
}
