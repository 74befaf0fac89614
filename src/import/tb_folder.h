/* Which files are a TensorBoard run: one alone, or those of a folder, with what stands before the names
 * of their figures.
 *
 * The event files of a folder are one run, be they ten. Those of its folders belong to it when they are
 * its splits (train, validation, … as Keras has them), or when it has event files of its own (the
 * further curves that torch's add_scalars() writes); their names begin with their folder's then.
 * Otherwise each folder is a run, and the one above is none. Files whose names begin differently were
 * put together by hand: each is a run.
 */
#ifndef IMPORT_TB_FOLDER_H
#define IMPORT_TB_FOLDER_H

#include "thaw/base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define TB_FILES_MAX 256

struct tb_names {
	struct tb_name {
		char *path, *prefix;
	} * files; /* [n] in the order of their folders and names */
	size_t n;
	bool cut; /* there are more than TB_FILES_MAX */
};

bool tb_is_event_file(const char *name); /* by its name, as TensorBoard itself goes */

/* Errors: ERR_FORMAT (none, or several runs: which), ERR_IO; *out is empty then */
enum err tb_folder_list(struct tb_names *out, const char *path, struct errinfo *e);
void tb_names_release(struct tb_names *t);

/* Has the folder event files, itself or in a folder below? */
bool tb_folder_has(const char *path);

#endif
