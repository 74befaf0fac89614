/* TensorBoard: the event files of TensorFlow, Keras and PyTorch. Their numbers with names are figures;
 * pictures, histograms, texts and graphs are passed over. */
#include "importer.h"
#include "stamp.h"

#include "tb_event.h"
#include "tb_file.h"
#include "tb_folder.h"
#include "tfrecord.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/words.h"

#include <stdlib.h>
#include <string.h>

struct tensorboard {
	char *path;
	struct tb_file *files; /* [n] */
	size_t n;
	bool cut, told_end;
	struct gather *gather;
};

/* ---- recognising ---- */

static bool begins_file(const struct import_head *h)
{
	struct tfrecord r;
	struct tb_event ev;
	enum tfrecord_next next = tfrecord_next((const uint8_t *)h->bytes, h->n, &r);
	if (h->n < TFRECORD_HEADER || next == TFRECORD_BAD_LENGTH)
		return false;
	if (next == TFRECORD_WHOLE)
		return tb_event_decode(&ev, r.data, r.len) && (ev.version || ev.wall_time > 0);
	return tb_is_event_file(path_base(h->path));
}

static bool sniff(const struct import_head *h)
{
	return h->folder ? tb_folder_has(h->path) : begins_file(h);
}

static const char *refuse(const struct import_head *h)
{
	static const char pointer[] = "version https://git-lfs.github.com/spec/";
	bool named = tb_is_event_file(path_base(h->path));
	if (!h->folder && h->n >= sizeof(pointer) - 1 &&
	    memcmp(h->bytes, pointer, sizeof(pointer) - 1) == 0)
		return "a pointer that Git LFS left in the file's place: `git lfs pull` brings the "
		       "file";
	if (!h->folder && named && h->n == 0)
		return "an empty file, where TensorBoard's events would be";
	if (!h->folder && named)
		return "named like an event file of TensorBoard, but its first record is none";
	return NULL;
}

/* ---- reading ---- */

static void close_all(void *reader)
{
	struct tensorboard *t = reader;
	for (size_t i = 0; i < t->n; i++)
		tb_file_close(&t->files[i]);
	gather_free(t->gather);
	free(t->files);
	free(t->path);
	free(t);
}

static enum err open_all(void **reader, const struct import_source *src, struct errinfo *e)
{
	struct tb_names names;
	enum err r = tb_folder_list(&names, src->path, e);
	if (r)
		return r;
	struct tensorboard *t = xcalloc(1, sizeof(*t));
	t->path = xstrdup(src->path);
	t->files = xcalloc(names.n, sizeof(*t->files));
	t->gather = gather_new();
	t->cut = names.cut;
	for (size_t i = 0; !r && i < names.n; i++) {
		r = tb_file_open(&t->files[i], names.files[i].path, names.files[i].prefix, i, e);
		t->n += !r;
	}
	tb_names_release(&names);
	if (r)
		close_all(t);
	else
		*reader = t;
	return r;
}

/* Another file has come into the folder? */
static bool has_grown(const struct tensorboard *t)
{
	struct tb_names names;
	bool grown = !tb_folder_list(&names, t->path, NULL) && names.n != t->n;
	tb_names_release(&names);
	return grown;
}

static void tell_file(const struct tb_file *f, struct sink *s)
{
	const char *name = path_base(f->w.path);
	if (f->broken)
		sink_note(s, NOTE_WARN, "%s: at byte %llu %s: what follows is left out", name,
			  (unsigned long long)f->w.at, f->broken);
	else if (f->torn)
		sink_note(
		    s, NOTE_INFO,
		    "%s: it ends within a record, at byte %llu: its run goes on, or was cut short",
		    name, (unsigned long long)f->w.at);
	if (f->n_left_out)
		sink_note(s, NOTE_WARN, "%s: %s at steps below 0 or above 2,147,483,647: left out",
			  name, words_n(f->n_left_out, "figure"));
}

static void tell_end(struct tensorboard *t, struct sink *s)
{
	if (t->told_end)
		return;
	t->told_end = true;
	sink_row(s);
	for (size_t i = 0; i < t->n; i++)
		tell_file(&t->files[i], s);
	if (t->cut)
		sink_note(s, NOTE_WARN, "more than %d event files: the others are left out",
			  TB_FILES_MAX);
}

/* Why there is no curve. */
static enum err no_figure(const struct tensorboard *t, struct errinfo *e)
{
	int64_t n = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct tb_file *f = &t->files[i];
		n += f->n_records;
		if (f->broken)
			return err_set(e, ERR_FORMAT,
				       "%s: at byte %llu %s, and no number with a "
				       "name comes before",
				       f->w.path, (unsigned long long)f->w.at, f->broken);
	}
	if (n <= (int64_t)t->n)
		return err_set(e, ERR_FORMAT,
			       "%s: its program began to log and stopped: there is no more than "
			       "the version of the format in it",
			       t->path);
	return err_set(
	    e, ERR_FORMAT,
	    "%s: of its %s none holds a number with a name: graphs, pictures, histograms "
	    "and texts are no curves",
	    t->path, words_n(n, "record"));
}

static enum err read_all(void *reader, struct sink *s, bool all, struct errinfo *e)
{
	static const struct sink_run run = {.framework = "TensorBoard", .timed = true};
	struct tensorboard *t = reader;
	enum err r =
	    has_grown(t) ? err_set(e, ERR_STATE, "%s: it has more files now", t->path) : ERR_OK;
	for (size_t i = 0; !r && i < t->n; i++)
		r = tb_file_read(&t->files[i], t->gather, e);
	if (!r && gather_count(t->gather) == 0 && all)
		r = no_figure(t, e);
	if (!r && !gather_give(t->gather, s, &run))
		r = err_set(e, ERR_STATE, "%s: what came now belongs before what was read",
			    t->path);
	if (!r && all)
		tell_end(t, s);
	return r;
}

static void stamp(const char *path, struct import_stamp *stamp)
{
	struct tb_names names;
	if (tb_folder_list(&names, path, NULL))
		return;
	for (size_t i = 0; i < names.n; i++)
		stamp_add(stamp, names.files[i].path);
	tb_names_release(&names);
}

const struct importer import_tensorboard = {
    .format = {"tensorboard", "a TensorBoard event file, or a folder of them"},
    .sniff = sniff,
    .refuse = refuse,
    .open = open_all,
    .read = read_all,
    .close = close_all,
    .stamp = stamp,
};
