#include "thaw_save.h"

#include "thaw/base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is no file is never replaced by one. */
static enum err check_regular(const char *path, struct errinfo *e)
{
	int fd = -1;
	enum err r = file_open(path, &fd, e);
	if (fd >= 0)
		close(fd);
	return r;
}

enum err save_check(const char *path, bool force, struct errinfo *e)
{
	if (file_is_dir(path))
		return err_set(e, ERR_VALUE, "%s is a folder", path);
	if (file_exists(path) && !force)
		return err_set(e, ERR_VALUE, "%s exists; --force replaces it", path);
	if (file_exists(path))
		return check_regular(path, e);
	char *parent = path_dir(path);
	enum err r = file_mkdirs(parent, e);
	free(parent);
	return r;
}

enum err save_file(const char *path, const struct strbuf *data, struct errinfo *e)
{
	return file_write_atomic(path, data->buf, data->len, e);
}

enum err save_stdout(const struct strbuf *data, struct errinfo *e)
{
	if (fwrite(data->buf, 1, data->len, stdout) == data->len && fflush(stdout) == 0)
		return ERR_OK;
	return err_set(e, ERR_IO, "standard output: %s", strerror(errno));
}
