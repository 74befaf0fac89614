/* Summaries of the logs in one folder, kept from one program to the next.
 *
 * The file, INDEX/DIGEST of the folder's path, is text. Its first line is "thaw-index VERSION SUM
 * PLACE": what wrote it, FNV-1a (64 bits, hexadecimal) of all behind that line, the folder. Then a
 * line for each log: "INODE SIZE MTIME CTIME SUMMARY", times in ns, the summary as in summary.h.
 *
 * It holds what can be read anew, so a file that is damaged, of another version or of another folder is
 * none. A line counts for a log alone whose stamp is the same in all four. Invariant: nothing is in it
 * that changes without the log.
 */
#ifndef RUN_INDEX_H
#define RUN_INDEX_H

#include "thaw/base/folder.h"
#include "thaw/run/summary.h"

struct run_index_line {
	struct folder_stamp stamp;
	struct run_summary run; /* owned */
};

struct run_index {
	struct run_index_line *lines; /* [n], ascending by name */
	size_t n, cap;
};

/* `in`: the folder of the indexes; NULL gives an empty one. */
void run_index_read(struct run_index *x, const char *in, const char *place);
void run_index_release(struct run_index *x);

/* NULL: it does not know that log. */
const struct run_summary *run_index_find(const struct run_index *x, const char *name,
					 const struct folder_stamp *stamp);

/* One that is written: begin with an empty STRBUF_INIT, add, and write it in place of the old one. A
 * folder that cannot be written into is no error: there is no index then. */
void run_index_add(struct strbuf *lines, const struct folder_stamp *stamp,
		   const struct run_summary *run);
void run_index_write(const struct strbuf *lines, const char *in, const char *place);

#endif
