/* A TensorBoard event file as a source of figures. */
#ifndef IMPORT_TB_FILE_H
#define IMPORT_TB_FILE_H

#include "gather.h"
#include "window.h"

struct tb_file {
	struct window w;
	char *prefix;  /* before each name, with its slash; "" = none */
	size_t source; /* its number, for gather.h */
	int64_t n_records, n_figures;
	const char
	    *broken; /* what is wrong at w.at, so that nothing behind it is read; NULL = nothing */
	bool torn;   /* it ends within a record: more may come */
	int64_t n_left_out; /* figures at steps that are none: negative, or too large to count */
};

/* Errors: as window_open() */
enum err tb_file_open(struct tb_file *f, const char *path, const char *prefix, size_t source,
		      struct errinfo *e);
void tb_file_close(struct tb_file *f);

/* Read on to its end. Errors: ERR_IO, ERR_STATE (it is another file now) */
enum err tb_file_read(struct tb_file *f, struct gather *g, struct errinfo *e);

#endif
