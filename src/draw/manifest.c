#include "manifest.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MANIFEST_MAX = 65536 };

static void compose(const struct album *a, bool complete, struct strbuf *out)
{
	strbuf_addf(out, "%s\nseed %" PRIu64 "\nsize %d\ntrain %d\nvalid %d\n", MANIFEST_TITLE,
		    a->seed, a->size, a->n_train, a->n_valid);
	for (int i = 0; i < KNOB_N; i++)
		strbuf_addf(out, "%s %.9g\n", knob_table[i].name, a->knobs.v[i]);
	strbuf_addstr(out, complete ? "complete\n" : "");
}

static int number_after(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	long v = at ? strtol(at + strlen(name), NULL, 10) : 0;
	return v < 0 || v > ALBUM_PICTURES_MAX ? 0 : (int)v;
}

static enum err is_empty(const char *path, bool *empty, struct errinfo *e)
{
	*empty = true;
	DIR *dir = opendir(path);
	if (!dir && errno == ENOENT)
		return ERR_OK;
	if (!dir)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	for (struct dirent *entry; *empty && (entry = readdir(dir)) != NULL;)
		*empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
	closedir(dir);
	return ERR_OK;
}

static enum err read_file(const char *path, struct strbuf *out, struct errinfo *e)
{
	int fd;
	enum err r = file_open(path, &fd, e);
	if (r)
		return r;
	if (!file_read_fd(fd, MANIFEST_MAX, out))
		r = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	close(fd);
	return r;
}

enum err manifest_look(const struct album *a, struct folder *f, struct errinfo *e)
{
	char *path = path_join(a->out, ALBUM_MANIFEST);
	struct strbuf have = STRBUF_INIT, want = STRBUF_INIT;
	bool empty;
	*f = (struct folder){.state = FOLDER_FOREIGN};
	enum err r = is_empty(a->out, &empty, e);
	if (r || empty) {
		f->state = FOLDER_EMPTY;
		goto out;
	}
	r = read_file(path, &have, e);
	if (r == ERR_NOT_FOUND)
		r = ERR_OK;
	/* Any version of the program may draw over what another version drew. */
	if (r || strncmp(have.buf, MANIFEST_TITLE, strcspn(MANIFEST_TITLE, " ") + 1) != 0)
		goto out;
	compose(a, true, &want);
	f->state = FOLDER_OURS;
	f->same = strcmp(have.buf, want.buf) == 0;
	f->n_train = number_after(have.buf, "\ntrain ");
	f->n_valid = number_after(have.buf, "\nvalid ");
out:
	strbuf_release(&have);
	strbuf_release(&want);
	free(path);
	return r;
}

enum err manifest_write(const struct album *a, bool complete, struct errinfo *e)
{
	char *path = path_join(a->out, ALBUM_MANIFEST);
	struct strbuf text = STRBUF_INIT;
	compose(a, complete, &text);
	enum err r = file_write_atomic(path, text.buf, text.len, e);
	strbuf_release(&text);
	free(path);
	return r;
}
