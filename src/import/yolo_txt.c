/* results.txt of YOLOv5 up to 5.0 and YOLOv7: columns without a header, parted by blanks. Of a row: the
 * epoch of how many, memory, losses of training (box, objectness, class, all), boxes, side of the
 * pictures, precision, recall, mAP at 0.5 and over 0.5 to 0.95, losses of validation.
 * Source: the line that YOLOv5's train.py writes after each epoch, and the keys of its plots. */
#include "importer.h"
#include "lines.h"
#include "printed.h"

#include "thaw/base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const columns[] = {
    NULL /* epoch */,
    NULL /* memory */,
    "train/box_loss",
    "train/obj_loss",
    "train/cls_loss",
    "train/loss",
    NULL /* boxes of the last batch */,
    NULL /* side */,
    "metrics/precision",
    "metrics/recall",
    "metrics/mAP_0.5",
    "metrics/mAP_0.5:0.95",
    "val/box_loss",
    "val/obj_loss",
    "val/cls_loss",
};
enum { N_COLUMNS = sizeof(columns) / sizeof(*columns), FIRST_VALID = 12 };

struct yolo_txt {
	struct lines *lines;
	bool told;
};

struct row {
	long epoch, epochs;
	const char *cells[N_COLUMNS];
	int n;
};

/* Takes the line apart in place. */
static bool parse(struct row *r, char *line)
{
	char *rest = line, *word;
	r->n = 0;
	while (r->n < N_COLUMNS && (word = strsep(&rest, " \t")))
		if (*word)
			r->cells[r->n++] = word;
	if (r->n < N_COLUMNS - 3)
		return false;
	char *slash, *end;
	r->epoch = strtol(r->cells[0], &slash, 10);
	if (slash == r->cells[0] || *slash != '/')
		return false;
	r->epochs = strtol(slash + 1, &end, 10);
	size_t memory = strlen(r->cells[1]);
	return !*end && r->epoch >= 0 && r->epochs >= r->epoch && memory > 1 &&
	       r->cells[1][memory - 1] == 'G';
}

static bool sniff(const struct import_head *h)
{
	const char *text = h->bytes + strspn(h->bytes, " \t\r\n");
	char *line = xstrndup(text, strcspn(text, "\r\n"));
	struct row r;
	bool is = !h->folder && parse(&r, line);
	free(line);
	return is;
}

static enum err open_txt(void **reader, const struct import_source *src, struct errinfo *e)
{
	struct lines *lines = NULL;
	enum err r = lines_open(&lines, src->path, e);
	if (r)
		return r;
	struct yolo_txt *y = xcalloc(1, sizeof(*y));
	y->lines = lines;
	*reader = y;
	return ERR_OK;
}

static void close_txt(void *reader)
{
	struct yolo_txt *y = reader;
	lines_close(y->lines);
	free(y);
}

static void tell_run(struct yolo_txt *y, struct sink *s, const struct row *r)
{
	if (y->told)
		return;
	y->told = true;
	sink_run(s, &(struct sink_run){.framework = "YOLOv5",
				       .axis = AXIS_EPOCH,
				       .epochs = EPOCHS_FROM_0,
				       .run = {.epochs = r->epochs + 1, .iterations = 1}});
	sink_note(s, NOTE_INFO,
		  "validation loss: val/box_loss + val/obj_loss + val/cls_loss, for no total is told");
}

static void take(struct sink *s, const struct row *r)
{
	struct scalar v = {.epoch = opt_of((double)r->epoch)};
	double sum = 0;
	int parts = 0;
	for (int i = 0; i < r->n; i++) {
		v.name = columns[i];
		if (!columns[i] || !printed_number(r->cells[i], &v.value))
			continue;
		sink_scalar(s, &v);
		sum += i >= FIRST_VALID ? v.value : 0;
		parts += i >= FIRST_VALID;
	}
	v.name = "val/loss";
	v.value = sum;
	if (parts == N_COLUMNS - FIRST_VALID)
		sink_scalar(s, &v);
	sink_row(s);
}

static enum err read_txt(void *reader, struct sink *s, bool all, struct errinfo *e)
{
	struct yolo_txt *y = reader;
	char *line;
	for (enum lines_next next; (next = lines_next(y->lines, all, &line, e)) != LINES_WAIT;) {
		struct row r;
		if (next == LINES_OTHER)
			return err_set(e, ERR_STATE, "%s: another file now", lines_path(y->lines));
		if (next == LINES_FAILED)
			return ERR_IO;
		if (next == LINES_LINE && parse(&r, line)) {
			tell_run(y, s, &r);
			take(s, &r);
		}
	}
	return ERR_OK;
}

const struct importer import_yolo_txt = {
    .format = {"yolo-txt", "results.txt of YOLOv5 up to 5.0 and YOLOv7"},
    .inside = {"results.txt"},
    .sniff = sniff,
    .open = open_txt,
    .read = read_txt,
    .close = close_txt,
};
