#include "csv.h"

#include "csv_cells.h"
#include "lines.h"
#include "printed.h"
#include "sink_names.h"

#include "thaw/base/alloc.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum role { ROLE_VALUE, ROLE_STEP, ROLE_EPOCH, ROLE_TIME, ROLE_NONE };

struct column {
	char *name; /* as the header has it */
	const char *as; /* by which the sink knows it: `name`, or what --columns calls it */
	enum role role;
	bool odd; /* it held what is no number, which was noted */
};

struct ask { /* --columns */
	char *what, *column;
};

enum { SUM_TRAIN, SUM_VALID, SUMS };

struct csv {
	struct lines *lines;
	const struct csv_rules *rules;
	char *name;
	struct column *columns;
	size_t n_columns;
	bool summed[SUMS]; /* no total is told: it is a sum */
	struct ask *asks;
	size_t n_asks;
	struct csv_cells cells;
	char delimiter;
	bool told_run, told_longer;
	enum sink_axis axis;
	double elapsed, last_time, time_base; /* seconds */
	bool timed;
};

/* ---- what a head is ---- */

/* The first line that is not blank, its own; caller frees. */
static char *first_line(const struct import_head *h)
{
	const char *text = h->bytes;
	if (h->n >= TEXT_BOM_BYTES && memcmp(text, TEXT_BOM, TEXT_BOM_BYTES) == 0)
		text += TEXT_BOM_BYTES;
	text += strspn(text, " \r\n");
	return xstrndup(text, strcspn(text, "\r\n"));
}

static bool is_name(const char *cell, const char *name)
{
	return strcasecmp(cell, name) == 0;
}

static bool any_cell(const struct csv_cells *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (is_name(c->at[i], name))
			return true;
	return false;
}

static bool any_begins(const struct csv_cells *c, const char *const *begins)
{
	bool none = !begins[0];
	for (size_t b = 0; b < CSV_NEEDS && begins[b]; b++)
		for (size_t i = 0; i < c->n; i++)
			none |= strncasecmp(c->at[i], begins[b], strlen(begins[b])) == 0;
	return none;
}

/* Call `is` with the cells of the first line. */
static bool with_header(const struct import_head *h, const void *arg,
			bool (*is)(const struct csv_cells *c, const void *arg))
{
	if (h->folder)
		return false;
	char *line = first_line(h);
	struct csv_cells c = {0};
	csv_split(&c, line, csv_delimiter(line));
	bool yes = c.n > 1 && is(&c, arg);
	csv_cells_release(&c);
	free(line);
	return yes;
}

static bool follows(const struct csv_cells *c, const void *arg)
{
	const struct csv_rules *rules = arg;
	for (size_t i = 0; i < CSV_NEEDS && rules->needs[i]; i++)
		if (!any_cell(c, rules->needs[i]))
			return false;
	return any_begins(c, rules->begins);
}

bool csv_has(const struct import_head *h, const struct csv_rules *rules)
{
	return with_header(h, rules, follows);
}

static bool names_it(const struct csv_cells *c, const void *arg)
{
	return any_cell(c, arg);
}

bool csv_has_column(const struct import_head *h, const char *name)
{
	return with_header(h, name, names_it);
}

static const char *const places[] = {"epoch", "step", "global_step", "iteration", "iter", "_step"};

static bool is_figure(const char *name)
{
	enum figure f = name_meaning(name).figure;
	return f == FIGURE_LOSS || f == FIGURE_ACC;
}

static bool trains(const struct csv_cells *c, const void *arg)
{
	bool place = false, figure = false;
	(void)arg;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		place |= any_cell(c, places[i]);
	for (size_t i = 0; i < c->n; i++)
		figure |= is_figure(c->at[i]);
	return place && figure;
}

bool csv_is_training(const struct import_head *h)
{
	return with_header(h, NULL, trains);
}

/* ---- opening ---- */

/* What --columns may name, and what the sink calls it. */
static const struct {
	const char *what, *as;
	enum role role;
} asked[] = {
    {"step", NULL, ROLE_STEP},          {"epoch", NULL, ROLE_EPOCH},
    {"time", NULL, ROLE_TIME},          {"loss", "train_loss", ROLE_VALUE},
    {"val_loss", "val_loss", ROLE_VALUE}, {"acc", "train_acc", ROLE_VALUE},
    {"val_acc", "val_acc", ROLE_VALUE}, {"val_top5", "val_top5", ROLE_VALUE},
    {"lr", "lr", ROLE_VALUE},           {"seconds", "seconds", ROLE_VALUE},
};
#define N_ASKED (sizeof(asked) / sizeof(*asked))

static size_t asked_index(const char *what)
{
	size_t i = 0;
	while (i < N_ASKED && strcmp(asked[i].what, what) != 0)
		i++;
	return i;
}

static enum err bad_columns(const char *word, struct errinfo *e)
{
	struct strbuf names = STRBUF_INIT;
	for (size_t i = 0; i < N_ASKED; i++)
		strbuf_addf(&names, "%s%s", i ? ", " : "", asked[i].what);
	enum err r = err_set(e, ERR_VALUE, "--columns needs WHAT=COLUMN,..., not '%s'; WHAT is one of %s",
			     word, names.buf);
	strbuf_release(&names);
	return r;
}

static enum err parse_columns(struct csv *c, const char *text, struct errinfo *e)
{
	char *copy = xstrdup(text ? text : ""), *rest = copy, *word;
	enum err r = ERR_OK;
	while (!r && text && (word = strsep(&rest, ","))) {
		char *equals = strchr(word, '=');
		if (equals)
			*equals = '\0';
		const char *what = printed_trim(word);
		if (!equals || asked_index(what) == N_ASKED || !equals[1]) {
			if (equals)
				*equals = '=';
			r = bad_columns(word, e);
			break;
		}
		c->asks = xrealloc(c->asks, c->n_asks + 1, sizeof(*c->asks));
		c->asks[c->n_asks++] = (struct ask){xstrdup(what), xstrdup(printed_trim(equals + 1))};
	}
	free(copy);
	return r;
}

enum err csv_open(void **reader, const struct import_source *src, struct errinfo *e)
{
	struct lines *lines = NULL;
	enum err r = lines_open(&lines, src->path, e);
	if (r)
		return r;
	struct csv *c = xcalloc(1, sizeof(*c));
	c->lines = lines;
	c->rules = src->rules;
	c->name = xstrdup(src->name);
	r = parse_columns(c, src->columns, e);
	if (r)
		csv_close(c);
	else
		*reader = c;
	return r;
}

static void forget_columns(struct csv *c)
{
	for (size_t i = 0; i < c->n_columns; i++)
		free(c->columns[i].name);
	free(c->columns);
	c->columns = NULL;
	c->n_columns = 0;
}

void csv_close(void *reader)
{
	struct csv *c = reader;
	forget_columns(c);
	for (size_t i = 0; i < c->n_asks; i++) {
		free(c->asks[i].what);
		free(c->asks[i].column);
	}
	free(c->asks);
	csv_cells_release(&c->cells);
	lines_close(c->lines);
	free(c->name);
	free(c);
}

/* ---- the header ---- */

static bool is_column(const char *name, const char *wanted)
{
	return wanted && is_name(name, wanted);
}

/* The rules say which; without any the usual names do, in their order. */
static enum role role_of(const struct csv *c, const char *name, bool first)
{
	const struct csv_rules *r = c->rules;
	if (is_column(name, r->step))
		return ROLE_STEP;
	if (is_column(name, r->epoch))
		return ROLE_EPOCH;
	if (is_column(name, r->time))
		return ROLE_TIME;
	if (!*name)
		return first && r->axis == AXIS_EPOCH ? ROLE_EPOCH : ROLE_NONE;
	if (r->step || r->epoch)
		return ROLE_VALUE;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (is_name(name, places[i]))
			return i ? ROLE_STEP : ROLE_EPOCH;
	return ROLE_VALUE;
}

static size_t column_named(const struct csv *c, const char *name)
{
	size_t i = 0;
	while (i < c->n_columns && !is_name(c->columns[i].name, name))
		i++;
	return i;
}

/* A column is named, or counted from 1. */
static size_t column_asked(const struct csv *c, const char *word)
{
	size_t i = column_named(c, word);
	char *end;
	unsigned long n = strtoul(word, &end, 10);
	return i == c->n_columns && !*end && n >= 1 && n <= c->n_columns ? n - 1 : i;
}

static enum err no_column(const struct csv *c, const char *word, struct errinfo *e)
{
	struct strbuf names = STRBUF_INIT;
	for (size_t i = 0; i < c->n_columns && names.len < 600; i++)
		strbuf_addf(&names, "%s%s", i ? ", " : "", c->columns[i].name);
	enum err r = err_set(e, ERR_VALUE, "%s:%d: no column '%s'; there are: %s",
			     lines_path(c->lines), lines_number(c->lines), word, names.buf);
	strbuf_release(&names);
	return r;
}

static enum err apply_asks(struct csv *c, struct errinfo *e)
{
	for (size_t i = 0; i < c->n_asks; i++) {
		size_t at = column_asked(c, c->asks[i].column), what = asked_index(c->asks[i].what);
		if (at == c->n_columns)
			return no_column(c, c->asks[i].column, e);
		for (size_t j = 0; j < c->n_columns; j++)
			if (asked[what].role != ROLE_VALUE && c->columns[j].role == asked[what].role)
				c->columns[j].role = ROLE_VALUE;
		c->columns[at].role = asked[what].role;
		if (asked[what].as)
			c->columns[at].as = asked[what].as;
	}
	return ERR_OK;
}

static bool has_role(const struct csv *c, enum role role)
{
	for (size_t i = 0; i < c->n_columns; i++)
		if (c->columns[i].role == role)
			return true;
	return false;
}

static const char *const sum_of[SUMS] = {"train/", "val/"};
static const char *const sum_name[SUMS] = {"train/loss", "val/loss"};

static bool is_part(const char *name, int sum)
{
	size_t n = strlen(sum_of[sum]), len = strlen(name);
	return strncasecmp(name, sum_of[sum], n) == 0 && len > n + 5 &&
	       strcasecmp(name + len - 5, "_loss") == 0;
}

static void find_sums(struct csv *c, struct sink *s)
{
	for (int k = 0; k < SUMS; k++) {
		struct strbuf parts = STRBUF_INIT;
		bool was = c->summed[k];
		for (size_t i = 0; i < c->n_columns; i++)
			if (is_part(c->columns[i].name, k))
				strbuf_addf(&parts, "%s%s", parts.len ? " + " : "", c->columns[i].name);
		c->summed[k] = parts.len && column_named(c, sum_name[k]) == c->n_columns;
		if (c->summed[k] && !was)
			sink_note(s, NOTE_INFO, "%s loss: %s, for no total is told",
				  k == SUM_TRAIN ? "training" : "validation", parts.buf);
		strbuf_release(&parts);
	}
}

static void tell_run(struct csv *c, struct sink *s)
{
	const struct csv_rules *r = c->rules;
	bool steps = has_role(c, ROLE_STEP) && (r->axis == AXIS_STEP || c->n_asks);
	c->axis = steps ? AXIS_STEP : AXIS_EPOCH;
	c->timed = has_role(c, ROLE_TIME);
	c->told_run = true;
	struct sink_run run = {.framework = r->framework,
			       .axis = c->axis,
			       .epochs = r->epochs,
			       .bare = r->bare,
			       .percent = r->percent,
			       .share = r->share,
			       .timed = c->timed};
	if (c->axis == AXIS_EPOCH)
		run.run.iterations = 1;
	sink_run(s, &run);
}

static enum err take_header(struct csv *c, struct sink *s, struct errinfo *e)
{
	forget_columns(c);
	c->n_columns = c->cells.n;
	c->columns = xcalloc(c->n_columns, sizeof(*c->columns));
	for (size_t i = 0; i < c->n_columns; i++) {
		struct column *to = &c->columns[i];
		to->as = to->name = xstrdup(c->cells.at[i]);
		to->role = role_of(c, to->name, i == 0 && !any_cell(&c->cells, "epoch"));
	}
	enum err r = apply_asks(c, e);
	if (r)
		return r;
	if (!c->told_run)
		tell_run(c, s);
	if (c->rules->sum_losses)
		find_sums(c, s);
	return ERR_OK;
}

/* Words and no number: a header, be it the first one or another. */
static bool is_header(const struct csv_cells *cells)
{
	size_t words = 0;
	double v;
	for (size_t i = 0; i < cells->n; i++) {
		if (printed_number(cells->at[i], &v))
			return false;
		words += !printed_is_absent(cells->at[i]);
	}
	return words > 0;
}

/* A table of numbers alone: columns are counted. */
static enum err count_columns(struct csv *c, struct sink *s, struct errinfo *e)
{
	if (!c->n_asks)
		return err_set(e, ERR_FORMAT,
			       "%s:%d: a table without names for its columns; say which is which: "
			       "--columns epoch=1,loss=2,...",
			       lines_path(c->lines), lines_number(c->lines));
	struct csv_cells numbered = {0}, data = c->cells;
	char(*names)[24] = xcalloc(data.n, sizeof(*names));
	for (size_t i = 0; i < data.n; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu", i + 1);
		ALLOC_GROW(numbered.at, numbered.n + 1, numbered.cap);
		numbered.at[numbered.n++] = names[i];
	}
	c->cells = numbered;
	enum err r = take_header(c, s, e);
	c->cells = data;
	csv_cells_release(&numbered);
	free(names);
	return r;
}

/* ---- a row ---- */

/* Seconds since 1970, or since the beginning over all parts of a file. */
static struct opt_double wall_of(struct csv *c, double t)
{
	if (c->rules->time_is == TIME_EPOCH) {
		c->elapsed += t;
		return opt_of(c->elapsed * 1000);
	}
	if (t < c->last_time)
		c->time_base += c->last_time;
	c->last_time = t;
	return opt_of((c->time_base + t) * 1000);
}

static void note_odd(struct csv *c, struct sink *s, struct column *col, const char *cell)
{
	if (!col->odd && *col->name)
		sink_note(s, NOTE_INFO, "%s:%d: column \"%s\" holds \"%.40s\", which is no number",
			  lines_path(c->lines), lines_number(c->lines), col->name, cell);
	col->odd = true;
}

static void read_places(struct csv *c, struct scalar *at, double *took)
{
	double v, before = c->last_time;
	for (size_t i = 0; i < c->n_columns && i < c->cells.n; i++) {
		enum role role = c->columns[i].role;
		if (role == ROLE_STEP && printed_number(c->cells.at[i], &v))
			at->step = opt_of(v);
		if (role == ROLE_EPOCH && printed_number(c->cells.at[i], &v))
			at->epoch = opt_of(v);
		if (role == ROLE_TIME && printed_time(c->cells.at[i], &v)) {
			*took = c->rules->time_is == TIME_EPOCH ? v : v - before;
			at->wall_ms = wall_of(c, v);
		}
	}
	if (c->axis == AXIS_EPOCH)
		at->step = (struct opt_double){0};
}

static void add_sums(struct csv *c, struct sink *s, struct scalar *at)
{
	for (int k = 0; k < SUMS; k++) {
		double sum = 0, v;
		bool any = false, all = true;
		for (size_t i = 0; i < c->n_columns && c->summed[k]; i++) {
			if (!is_part(c->columns[i].name, k))
				continue;
			any = true;
			all &= i < c->cells.n && printed_number(c->cells.at[i], &v);
			sum += all ? v : 0;
		}
		at->name = sum_name[k];
		at->value = sum;
		if (any && all)
			sink_scalar(s, at);
	}
}

static void take_row(struct csv *c, struct sink *s)
{
	struct scalar at = {0};
	double took = -1;
	read_places(c, &at, &took);
	for (size_t i = 0; i < c->n_columns && i < c->cells.n; i++) {
		struct column *col = &c->columns[i];
		const char *cell = c->cells.at[i];
		at.name = col->as;
		if (col->role != ROLE_VALUE || printed_is_absent(cell))
			continue;
		if (printed_number(cell, &at.value))
			sink_scalar(s, &at);
		else
			note_odd(c, s, col, cell);
	}
	add_sums(c, s, &at);
	at.name = "seconds";
	at.value = took;
	if (took > 0 && c->axis == AXIS_EPOCH && c->rules->time_is != TIME_NONE)
		sink_scalar(s, &at);
	if (c->axis == AXIS_EPOCH)
		sink_row(s);
	if (c->cells.n > c->n_columns && !c->told_longer) {
		c->told_longer = true;
		sink_note(s, NOTE_WARN, "%s:%d: more cells than the header has names: the rest is left out",
			  lines_path(c->lines), lines_number(c->lines));
	}
}

static enum err take_line(struct csv *c, struct sink *s, char *line, struct errinfo *e)
{
	if (!line[strspn(line, " \t")])
		return ERR_OK;
	if (!c->columns)
		c->delimiter = csv_delimiter(line);
	csv_split(&c->cells, line, c->delimiter);
	if (is_header(&c->cells))
		return take_header(c, s, e);
	enum err r = c->columns ? ERR_OK : count_columns(c, s, e);
	if (!r)
		take_row(c, s);
	return r;
}

enum err csv_read(void *reader, struct sink *s, bool all, struct errinfo *e)
{
	struct csv *c = reader;
	char *line;
	enum err r = ERR_OK;
	for (enum lines_next next; !r && (next = lines_next(c->lines, all, &line, e)) != LINES_WAIT;) {
		if (next == LINES_OTHER)
			return err_set(e, ERR_STATE, "%s: another file now", lines_path(c->lines));
		if (next == LINES_FAILED)
			return ERR_IO;
		if (next == LINES_LONG)
			return err_set(e, ERR_FORMAT, "%s:%d: a line of more than 1 MiB: no table",
				       lines_path(c->lines), lines_number(c->lines));
		r = take_line(c, s, line, e);
	}
	return r;
}
