/* A format of foreign logs: one row of the table in import.c, one file of its own.
 *
 * Recognised by content, never by a file's name alone. A reader gives what it reads to a sink
 * (sink.h), in the order of time, and knows no event.
 */
#ifndef IMPORT_IMPORTER_H
#define IMPORT_IMPORTER_H

#include "sink.h"

#include "thaw/base/err.h"
#include "thaw/import/import.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMPORT_HEAD_MAX (64 << 10)

/* What a file, or a folder, is recognised by. */
struct import_head {
	const char *path;
	bool folder;
	const char *bytes; /* of a file: its first ones, at most IMPORT_HEAD_MAX, a NUL behind; else "" */
	size_t n;
	char **names; /* of a folder: what is in it but hidden files, sorted */
	size_t n_names;
};

/* Is something of that name in the folder? */
bool import_head_holds(const struct import_head *h, const char *name);

/* What an importer is to open. All is borrowed for the call. */
struct import_source {
	const char *path; /* the file or folder */
	const char *name; /* of the run, for people: the file's, or the folder's that it is known by */
	const char *columns; /* as in import_options */
	const void *rules;   /* of the importer's row */
};

#define IMPORT_INSIDE_MAX 4

/* What changes whenever there is something new to read; when it last did, in ms since 1970. */
struct import_stamp {
	int64_t bytes, changed_ms;
};

struct importer {
	struct import_format format; /* its name, and in a few words what it is */
	/* Files that stand for the folder in which one of them lies; each must be recognised itself. */
	const char *inside[IMPORT_INSIDE_MAX];

	bool (*sniff)(const struct import_head *h);
	/* Why what looks like this format to a person is not taken, in a sentence; NULL: it is none.
	 * May be NULL. */
	const char *(*refuse)(const struct import_head *h);

	/* Errors: ERR_FORMAT, ERR_VALUE, ERR_NOT_FOUND, ERR_IO: "PATH:line: what"; *reader is untouched */
	enum err (*open)(void **reader, const struct import_source *src, struct errinfo *e);

	/* Give the sink what has come since the last call. `all`: what is not written to its end, too, for
	 * there is no next call. The frame flushes the sink.
	 * Errors: as above; ERR_STATE: it is not what was read before, begin again (close, open, read) */
	enum err (*read)(void *reader, struct sink *s, bool all, struct errinfo *e);
	void (*close)(void *reader);

	/* Of what is not one file: sizes and newest change of all that is read. NULL: of the file. */
	void (*stamp)(const char *path, struct import_stamp *stamp);

	/* A file that is written anew each time, not added to: the frame begins again when it changes,
	 * and `read` is called once. */
	bool whole;
	const void *rules; /* for files that read several formats */
};

/* One a format. */
extern const struct importer import_lightning, import_timm, import_ultralytics, import_yolo_txt,
    import_fastai, import_dvclive, import_keras_csv, import_csv, import_hf_trainer,
    import_keras_history, import_darknet, import_tensorboard, import_wandb, import_mlflow;

#endif
