/* The run directory: its name, its folder, its lock.
 *
 * Invariant: the directory exists and its lock is held from run_dir_create() or
 * run_dir_open() to run_dir_release().
 */
#ifndef THAW_RUN_RUN_DIR_H
#define THAW_RUN_RUN_DIR_H

#include "thaw/base/err.h"
#include "thaw/base/folder.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>

struct run_dir {
	struct folder folder; /* by which its files are opened */
	const char *path;     /* RUNS/NAME, as given: the folder's */
	char *name;
	int lock_fd;
	bool linked; /* its file system counts the names of a folder */
};

#define RUN_DIR_INIT                                                                               \
	{                                                                                          \
		.folder = FOLDER_INIT, .lock_fd = -1                                               \
	}

/* Make RUNS/NAME; without a name RUNS/STEM-N with the first free N.
 * Errors: ERR_STATE (the named run exists), ERR_VALUE (a name that is not a plain file name),
 * ERR_IO. */
enum err run_dir_create(struct run_dir *d, const char *runs, const char *name, const char *stem,
		       struct errinfo *e);
/* Take an existing one, to go on with its run. Nothing in it is changed but that the temporary
 * files of a killed trainer go, by their exact names.
 * Errors: ERR_NOT_FOUND (not a run directory), ERR_STATE (a trainer has it), ERR_IO. */
enum err run_dir_open(struct run_dir *d, const char *path, struct errinfo *e);
enum err run_dir_sign(struct run_dir *d, struct errinfo *e); /* whose the lock is, from now on */
bool run_dir_removed(const struct run_dir *d); /* its folder is gone: nothing can be saved there */
void run_dir_release(struct run_dir *d);       /* drops the lock; the files stay */

/* Remove what run_dir_create() and the writers below made, when a run fails before it is public. */
void run_dir_discard(struct run_dir *d);

char *run_dir_file(const struct run_dir *d, const char *name); /* caller frees */

/* labels.txt, and names.data that points Darknet at it, without a folder: the directory can be
 * moved, and Darknet is started inside it. */
enum err run_dir_write_labels(const struct run_dir *d, char **classes, size_t n, struct errinfo *e);
enum err run_dir_write(const struct run_dir *d, const char *name, const struct strbuf *text,
		      struct errinfo *e);

/* Errors: ERR_VALUE. */
enum err run_dir_check_name(const char *name, struct errinfo *e);

#endif
