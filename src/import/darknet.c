/* What Darknet prints while it trains, kept in a file: pjreddie's, AlexeyAB's and hank-ai's, classifiers
 * and detectors. One line an iteration:
 *
 *   33001, 4.299: 0.000084, 0.000084 avg, 0.002400 rate, 4.127 seconds, 3300100 images   (classifier)
 *   3907: 0.115020, 0.120454 avg loss, 0.000261 rate, 1.618 seconds, 250048 images, 0.089 hours left
 *   5989: loss=0.444, avg loss=0.329, rate=0.000026, 64.424 milliseconds, 383296 images, time remaining=7 seconds
 *
 * Anything may stand around it: colours, terminal titles, words of other threads. Of the rest only mAP is
 * taken. The first number is the batch's loss, `avg` a mean of it that Darknet smooths by itself. A
 * classifier's second number is the epochs done.
 * Source: train_classifier() and train_detector() of the three. */
#include "darknet_layers.h"
#include "importer.h"
#include "lines.h"
#include "printed.h"

#include "thaw/base/alloc.h"

#include <ctype.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUM "([^ ,:=]+)"

enum { ITER = 1, EPOCH = 3, LOSS = 4, AVG = 5, RATE = 7, SECONDS = 8, UNIT = 9, IMAGES = 10, GROUPS };

/* hank-ai's names its numbers; what a plain group means is the same in both. */
static const char *const patterns[] = {
    "([0-9]+)(, *([0-9.]+))?: " NUM ", " NUM " avg( loss)?, " NUM " rate, " NUM
    " (seconds), ([0-9]+) images",
    "([0-9]+)(, *([0-9.]+))?: loss=" NUM ", avg( loss)?=" NUM ", rate=" NUM ", " NUM
    " (seconds|milliseconds|microseconds), ([0-9]+) images",
};
enum { N_PATTERNS = sizeof(patterns) / sizeof(*patterns) };

struct darknet {
	struct lines *lines;
	regex_t loss[N_PATTERNS];
	bool told_run, classifier;
	int64_t iter; /* of the last line, -1 before */
	int64_t images;
	double elapsed; /* seconds */
	struct darknet_layers layers;
	double map;     /* the last one that was told, NaN before */
};

struct told { /* by a line */
	int64_t iter, images;
	struct opt_double epoch;
	double loss, avg, rate, seconds;
};

/* Colours and titles go: "ESC [ ... letter", "ESC ] ... BEL". In place. */
static void strip_escapes(char *line)
{
	char *to = line;
	for (const char *from = line; *from;) {
		if (*from != '\033') {
			*to++ = *from++;
			continue;
		}
		char kind = from[1];
		from += kind ? 2 : 1;
		if (kind == '[') {
			while (*from && !isalpha((unsigned char)*from))
				from++;
			from += *from != '\0';
		} else if (kind == ']') {
			while (*from && *from != '\a' && *from != '\033')
				from++;
			from += *from == '\a' ? 1 : *from == '\033' && from[1] ? 2 : 0;
		}
	}
	*to = '\0';
}

static bool group(const char *line, const regmatch_t *m, double *v)
{
	char text[64];
	size_t n = m->rm_so < 0 ? 0 : (size_t)(m->rm_eo - m->rm_so);
	if (!n || n >= sizeof(text))
		return false;
	memcpy(text, line + m->rm_so, n);
	text[n] = '\0';
	return printed_number(text, v);
}

static double unit_of(const char *line, const regmatch_t *m)
{
	char first = line[m->rm_so], second = line[m->rm_so + 1];
	return first == 's' ? 1 : second == 'i' && line[m->rm_so + 2] == 'l' ? 1e-3 : 1e-6;
}

static bool parse_with(const regex_t *re, bool named, const char *line, struct told *t)
{
	regmatch_t m[GROUPS + 1];
	double iter, images, epoch;
	if (regexec(re, line, GROUPS + 1, m, 0) != 0)
		return false;
	int avg = named ? 6 : AVG;
	bool all = group(line, &m[ITER], &iter) && group(line, &m[LOSS], &t->loss) &&
		   group(line, &m[avg], &t->avg) && group(line, &m[RATE], &t->rate) &&
		   group(line, &m[SECONDS], &t->seconds) && group(line, &m[IMAGES], &images);
	if (!all || iter > 2e9 || images > 1e15)
		return false;
	t->iter = (int64_t)iter;
	t->images = (int64_t)images;
	t->seconds *= unit_of(line, &m[UNIT]);
	t->epoch = (struct opt_double){0};
	if (group(line, &m[EPOCH], &epoch))
		t->epoch = opt_of(epoch);
	return true;
}

static bool parse(const struct darknet *d, const char *line, struct told *t)
{
	if (!strstr(line, " images"))
		return false;
	for (int i = 0; i < N_PATTERNS; i++)
		if (parse_with(&d->loss[i], i == 1, line, t))
			return true;
	return false;
}

/* ---- what a head is ---- */

static void compile(struct darknet *d)
{
	for (int i = 0; i < N_PATTERNS; i++)
		if (regcomp(&d->loss[i], patterns[i], REG_EXTENDED) != 0)
			abort();
}

static void release(struct darknet *d)
{
	for (int i = 0; i < N_PATTERNS; i++)
		regfree(&d->loss[i]);
}

/* Does any line of the head do? */
static bool any_line(const struct import_head *h, bool (*is)(const struct darknet *, char *))
{
	struct darknet d = {0};
	char *copy = xstrndup(h->bytes, h->n), *rest = copy, *line;
	bool any = false;
	compile(&d);
	while (!any && (line = strsep(&rest, "\r\n"))) {
		strip_escapes(line);
		any = is(&d, line);
	}
	release(&d);
	free(copy);
	return any;
}

/* Words that Darknet alone prints. */
static bool is_its_word(const char *line)
{
	static const char *const words[] = {
	    "layer     filters",      "layer   filters",     "Region 82 Avg IOU", "Region 94 Avg IOU",
	    "v3 (mse loss",           "v3 (iou loss",        "v3 (giou loss",     "v3 (ciou loss",
	    "rewritten_bbox = ",      "mini_batch = ",       "net.optimized_memory",
	    "Saving weights to ",     "next mAP calculation", "nms_kind: ",
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strstr(line, words[i]))
			return true;
	return strstr(line, "Learning Rate: ") && strstr(line, "Momentum: ");
}

static bool is_its_line(const struct darknet *d, char *line)
{
	struct told t;
	return is_its_word(line) || parse(d, line, &t);
}

static bool sniff(const struct import_head *h)
{
	return !h->folder && any_line(h, is_its_line);
}

/* "33001 4.299 0.000084 0.000084 avg 0.002400 rate 4.127247 seconds 3300100 images" */
static bool is_stripped(const struct darknet *d, char *line)
{
	(void)d;
	return strstr(line, " avg ") && strstr(line, " rate ") && strstr(line, " seconds ") &&
	       strstr(line, " images") && isdigit((unsigned char)*line);
}

static const char *refuse(const struct import_head *h)
{
	return !h->folder && any_line(h, is_stripped)
		   ? "it looks like Darknet's output from which a script has taken colons and commas; "
		     "give the output itself"
		   : NULL;
}

/* ---- reading ---- */

static enum err open_darknet(void **reader, const struct import_source *src, struct errinfo *e)
{
	struct lines *lines = NULL;
	enum err r = lines_open(&lines, src->path, e);
	if (r)
		return r;
	struct darknet *d = xcalloc(1, sizeof(*d));
	d->lines = lines;
	d->iter = -1;
	d->map = NAN;
	compile(d);
	*reader = d;
	return ERR_OK;
}

static void close_darknet(void *reader)
{
	struct darknet *d = reader;
	release(d);
	darknet_layers_release(&d->layers);
	lines_close(d->lines);
	free(d);
}

static void tell_run(struct darknet *d, struct sink *s, const struct told *t)
{
	struct sink_run run = {.framework = "Darknet",
			       .axis = AXIS_STEP,
			       .epochs = EPOCHS_DONE,
			       .timed = true};
	if (d->told_run)
		return;
	d->told_run = true;
	d->classifier = t && t->epoch.valid;
	if (t && t->iter > 0 && t->images % t->iter == 0)
		run.run.batch = t->images / t->iter;
	if (d->classifier)
		run.framework = "Darknet classifier";
	else if (t)
		run.framework = "Darknet detector";
	sink_run(s, &run);
	struct event_layers layers;
	if (darknet_layers_whole(&d->layers, &layers))
		sink_layers(s, &layers);
}

/* Of an iteration that follows the last one. */
static double speed(const struct darknet *d, const struct told *t)
{
	bool next = d->iter >= 0 && t->iter == d->iter + 1 && t->images > d->images;
	return next && t->seconds > 0 ? (double)(t->images - d->images) / t->seconds : 0;
}

static void put(struct darknet *d, struct sink *s, const struct told *t, const char *name, double v)
{
	sink_scalar(s, &(struct scalar){.name = name,
					.step = opt_of((double)t->iter),
					.epoch = t->epoch,
					.wall_ms = opt_of(d->elapsed * 1000),
					.value = v});
}

static void take_loss(struct darknet *d, struct sink *s, const struct told *t)
{
	double ips = speed(d, t);
	tell_run(d, s, t);
	if (isfinite(t->seconds) && t->seconds > 0)
		d->elapsed += t->seconds;
	put(d, s, t, "loss", t->loss);
	put(d, s, t, "lr", t->rate);
	put(d, s, t, "avg loss", t->avg);
	if (ips > 0)
		put(d, s, t, "images_per_second", ips);
	d->iter = t->iter;
	d->images = t->images;
}

/* "mean_average_precision (mAP@0.50) = 0.991541", "last accuracy mAP@0.50=42.67%, best=78.32%". Told
 * again before every iteration; once is enough. */
static void take_map(struct darknet *d, struct sink *s, const char *line)
{
	const char *at = strstr(line, "mAP@");
	bool mean = at && strstr(line, "ean_average_precision");
	bool last = at && !mean && strstr(line, "ast accuracy");
	const char *equals = at ? strchr(at, '=') : NULL;
	char name[32] = "", number[32] = "";
	double v;
	if ((!mean && !last) || !equals || d->iter < 0)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, " =)"), at);
	equals += 1 + strspn(equals + 1, " ");
	snprintf(number, sizeof(number), "%.*s", (int)strspn(equals, "0123456789."), equals);
	if (!printed_number(number, &v))
		return;
	v /= strstr(equals, "%") ? 100 : 1;
	if (fabs(v - d->map) < 1e-4)
		return;
	d->map = v;
	put(d, s, &(struct told){.iter = d->iter}, name, v);
}

static void take_line(struct darknet *d, struct sink *s, char *line)
{
	struct told t;
	strip_escapes(line);
	if (parse(d, line, &t))
		take_loss(d, s, &t);
	else if (d->told_run)
		take_map(d, s, line);
	else
		darknet_layers_line(&d->layers, line);
}

static enum err read_darknet(void *reader, struct sink *s, bool all, struct errinfo *e)
{
	struct darknet *d = reader;
	char *line;
	for (enum lines_next next; (next = lines_next(d->lines, all, &line, e)) != LINES_WAIT;) {
		if (next == LINES_OTHER)
			return err_set(e, ERR_STATE, "%s: another file now", lines_path(d->lines));
		if (next == LINES_FAILED)
			return ERR_IO;
		if (next == LINES_LINE)
			take_line(d, s, line);
	}
	return ERR_OK;
}

const struct importer import_darknet = {
    .format = {"darknet", "what Darknet prints while it trains: pjreddie's, AlexeyAB's, hank-ai's"},
    .sniff = sniff,
    .refuse = refuse,
    .open = open_darknet,
    .read = read_darknet,
    .close = close_darknet,
};
