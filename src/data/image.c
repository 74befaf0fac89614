#include "kind.h"
#include "quote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE_BYTES ((size_t)1 << 30)

/* Blocks are counted from the corner of the picture as stored; `im` is upright. */
static void describe(struct shrunk *out, const struct image *im, const struct decoding *d)
{
	const struct turn *t = turn_of(d->orientation);
	int w = t->transpose ? d->h : d->w, h = t->transpose ? d->w : d->h;
	*out = (struct shrunk){.im = *im, .by = d->by, .w = w, .h = h};
	out->left = t->mirror_x ? im->w * d->by - w : 0;
	out->top = t->mirror_y ? im->h * d->by - h : 0;
}

/* A file of which only the length was written; its first byte is NUL too. */
static bool is_blank(const uint8_t *data, size_t len)
{
	return data[0] == 0 && memcmp(data, data + 1, len - 1) == 0;
}

/* The kind, if it is read. */
static enum err find_kind(const struct kind **k, const uint8_t *data, size_t len, struct errinfo *e)
{
	if (len == 0)
		return err_set(e, ERR_FORMAT, "empty file");
	if (is_blank(data, len))
		return err_set(e, ERR_FORMAT, "not a picture: nothing but NUL bytes");
	*k = kind_of(data, len);
	if (!*k)
		return err_set(e, ERR_FORMAT, "not a picture: no kind of file that is known");
	if ((*k)->decode)
		return ERR_OK;
	return err_set(e, ERR_FORMAT, "it is %s, which is not read%s%s", (*k)->name,
		       (*k)->advice ? "; " : "", (*k)->advice ? (*k)->advice : "");
}

enum err image_shrunk_memory(struct shrunk *out, const void *data, size_t len,
			     const struct shrink *s, struct errinfo *e)
{
	const struct kind *k = NULL;
	enum err r = find_kind(&k, data, len, e);
	if (r)
		return r;
	struct image im;
	struct decoding d = {.shrink = s, .kind = k->name, .by = 1, .orientation = 1};
	r = k->decode(&im, data, len, &d, e);
	if (r)
		return r;
	if ((r = image_turn(&im, d.orientation, e)) != ERR_OK) {
		image_release(&im);
		return r;
	}
	describe(out, &im, &d);
	return ERR_OK;
}

enum err image_decode_memory(struct image *out, const void *data, size_t len, struct errinfo *e)
{
	struct shrunk whole;
	enum err r = image_shrunk_memory(&whole, data, len, NULL, e);
	if (!r)
		*out = whole.im;
	return r;
}

static enum err read_all(int fd, uint8_t *data, size_t size, size_t *len)
{
	for (*len = 0; *len < size;) {
		ssize_t n = read(fd, data + *len, size - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		if (n == 0)
			break;
		*len += (size_t)n;
	}
	return ERR_OK;
}

/* Not file_read(): a pipe or device in a picture folder must neither block nor be read forever. */
static enum err open_regular(const char *path, int *fd, size_t *size, struct errinfo *e)
{
	struct stat st;
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return err_set(e, errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO,
			       "%s", strerror(errno));
	if (fstat(*fd, &st) != 0)
		return err_set(e, ERR_IO, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_FORMAT, "not a regular file");
	if ((uint64_t)st.st_size > MAX_FILE_BYTES)
		return err_set(e, ERR_FORMAT, "absurd size: a file of %lld bytes",
			       (long long)st.st_size);
	*size = (size_t)st.st_size;
	return ERR_OK;
}

enum err image_read(uint8_t **out, size_t *len, const char *path, struct errinfo *e)
{
	int fd;
	size_t size = 0;
	uint8_t *data = NULL;
	enum err r = open_regular(path, &fd, &size, e);
	if (r)
		goto out;
	data = malloc(size + 1);
	if (!data)
		r = err_set(e, ERR_IO, "no memory for %zu bytes", size);
	else if (read_all(fd, data, size, len))
		r = err_set(e, ERR_IO, "%s", strerror(errno));
out:
	if (fd >= 0)
		close(fd);
	if (r)
		free(data);
	else
		*out = data;
	return r;
}

enum err image_load_shrunk(struct shrunk *out, const char *path, const struct shrink *s,
			   struct errinfo *e)
{
	uint8_t *data;
	size_t len;
	enum err r = image_read(&data, &len, path, e);
	if (r)
		return r;
	r = image_shrunk_memory(out, data, len, s, e);
	free(data);
	return r;
}

enum err image_decode_shrunk(struct shrunk *out, const char *path, const struct shrink *s,
			     struct errinfo *e)
{
	struct errinfo why;
	enum err r = image_load_shrunk(out, path, s, &why);
	if (!r)
		return ERR_OK;
	char name[QUOTE_MAX];
	return err_set(e, r, "%s: %s", quote_path(name, path), why.msg);
}

enum err image_decode(struct image *out, const char *path, struct errinfo *e)
{
	struct shrunk whole;
	enum err r = image_decode_shrunk(&whole, path, NULL, e);
	if (!r)
		*out = whole.im;
	return r;
}
