#include "idx.h"
#include "decode.h"
#include "quote.h"

#include "thaw/base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define MAX_BYTES (UINT64_C(4) << 30) /* of one file, unzipped */
#define PIECE_BYTES ((size_t)1 << 20)

enum { TYPE_BYTES = 8, DIMS_MAX = 4 };

/* One file while it is read. */
struct source {
	const struct place *place;
	char name[QUOTE_MAX]; /* for messages */
	gzFile gz;
	uint64_t at; /* bytes read */
	struct errinfo *e;
};

/* What a header says. */
struct header {
	int n_dims;
	uint32_t dims[DIMS_MAX];
	uint64_t bytes; /* behind it */
};

static enum err wrong(const struct source *s, enum err code, uint64_t at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* "PLACE: KEY: FILE: byte AT: …" */
static enum err wrong(const struct source *s, enum err code, uint64_t at, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	place_error(s->place, s->e, code, "%s: byte %llu: %s", s->name, (unsigned long long)at,
		    text.buf);
	strbuf_release(&text);
	if (s->e)
		s->e->at = (size_t)at;
	return code;
}

/* Not a blocking open(): a pipe in the file's place must not hang. */
static enum err source_open(struct source *s, const struct place *p, const char *file,
			    struct errinfo *e)
{
	struct stat st;
	*s = (struct source){.place = p, .e = e};
	quote_path(s->name, file);
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return place_error(p, e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s",
				   s->name, strerror(errno));
	bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	if (regular)
		s->gz = gzdopen(fd, "rb"); /* takes files that are not zipped as they are */
	if (s->gz)
		return ERR_OK;
	close(fd);
	return place_error(p, e, ERR_FORMAT, "%s: %s", s->name,
			   regular ? "no memory to read it" : "not a regular file");
}

/* Read up to n bytes; *got is less at the end of the file only. */
static enum err source_read(struct source *s, uint8_t *out, size_t n, size_t *got)
{
	int status = Z_OK;
	*got = 0;
	while (*got < n) {
		size_t piece = n - *got < PIECE_BYTES ? n - *got : PIECE_BYTES;
		int r = gzread(s->gz, out + *got, (unsigned)piece);
		if (r <= 0)
			break;
		*got += (size_t)r;
	}
	const char *why = *got < n ? gzerror(s->gz, &status) : "";
	s->at += *got;
	if (status == Z_BUF_ERROR)
		return wrong(s, ERR_FORMAT, s->at, "the gzip data end here, in the middle");
	if (status == Z_ERRNO)
		return wrong(s, ERR_IO, s->at, "%s", strerror(errno));
	if (status != Z_OK && status != Z_STREAM_END)
		return wrong(s, ERR_FORMAT, s->at, "damaged gzip data (%.80s)", why);
	return ERR_OK;
}

static uint32_t big_endian(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static enum err check_magic(struct source *s, const uint8_t magic[4], int least, int most,
			    const char *what)
{
	if (magic[0] || magic[1])
		return wrong(s, ERR_FORMAT, 0,
			     "it begins %02x %02x %02x %02x; an idx file begins with two zeros",
			     magic[0], magic[1], magic[2], magic[3]);
	if (magic[2] != TYPE_BYTES)
		return wrong(s, ERR_FORMAT, 2,
			     "numbers of type 0x%02x; only unsigned bytes (0x08) are read",
			     magic[2]);
	if (magic[3] < least || magic[3] > most)
		return wrong(s, ERR_FORMAT, 3, "%d dimensions; %s have %s", magic[3], what,
			     least == 1 ? "1" : "3, or 4 with colours");
	return ERR_OK;
}

static enum err read_header(struct source *s, struct header *h, int least, int most,
			    const char *what)
{
	uint8_t raw[4 + 4 * DIMS_MAX];
	size_t got;
	enum err r = source_read(s, raw, 4, &got);
	if (!r && got < 4)
		return wrong(s, ERR_FORMAT, s->at, "the file ends here, in its header");
	if (!r)
		r = check_magic(s, raw, least, most, what);
	if (r)
		return r;
	h->n_dims = raw[3];
	h->bytes = 1;
	if ((r = source_read(s, raw + 4, 4 * (size_t)h->n_dims, &got)) != ERR_OK)
		return r;
	if (got < 4 * (size_t)h->n_dims)
		return wrong(s, ERR_FORMAT, s->at, "the file ends here, in its header");
	for (int i = 0; i < h->n_dims; i++) {
		h->dims[i] = big_endian(raw + 4 + 4 * i);
		if (!h->dims[i])
			return wrong(s, ERR_FORMAT, 4 + 4 * (uint64_t)i, "dimension %d is 0",
				     i + 1);
		if (h->bytes > MAX_BYTES / h->dims[i])
			return wrong(s, ERR_FORMAT, 4 + 4 * (uint64_t)i,
				     "absurd size: its dimensions make more than %llu GiB",
				     (unsigned long long)(MAX_BYTES >> 30));
		h->bytes *= h->dims[i];
	}
	return ERR_OK;
}

/* All that the header promises and no more; memory grows with what comes. */
static enum err read_bytes(struct source *s, const struct header *h, uint8_t **out)
{
	uint8_t *bytes = NULL, extra;
	size_t len = 0, cap = 0, got = 0;
	enum err r = ERR_OK;
	while (!r && len < h->bytes) {
		size_t want = cap < PIECE_BYTES ? PIECE_BYTES : 2 * cap;
		cap = want < h->bytes ? want : (size_t)h->bytes;
		uint8_t *more = realloc(bytes, cap); /* not xrealloc: the file says how much */
		if (!more) {
			r = wrong(s, ERR_FORMAT, s->at, "no memory for %zu bytes", cap);
			break;
		}
		bytes = more;
		r = source_read(s, bytes + len, cap - len, &got);
		len += got;
		if (!r && len < cap)
			r = wrong(s, ERR_FORMAT, s->at,
				  "the file ends here; its header promises %llu bytes more",
				  (unsigned long long)(h->bytes - len));
	}
	if (!r)
		r = source_read(s, &extra, 1, &got);
	if (!r && got)
		r = wrong(s, ERR_FORMAT, s->at - 1, "bytes behind the last one of %llu that its "
			  "header promises", (unsigned long long)h->bytes);
	if (r)
		free(bytes);
	else
		*out = bytes;
	return r;
}

static enum err read_idx(struct source *s, struct header *h, uint8_t **bytes, const struct place *p,
			 const char *file, int least, int most, const char *what, struct errinfo *e)
{
	enum err r = source_open(s, p, file, e);
	if (r)
		return r;
	r = read_header(s, h, least, most, what);
	if (!r)
		r = read_bytes(s, h, bytes);
	gzclose(s->gz);
	return r;
}

enum err idx_read_images(struct idx_images **out, const struct place *p, const char *file,
			 struct errinfo *e)
{
	struct source s;
	struct header h;
	uint8_t *bytes = NULL;
	struct errinfo why;
	enum err r = read_idx(&s, &h, &bytes, p, file, 3, 4, "pictures", e);
	if (r)
		return r;
	bool colour = h.n_dims == 4, planar = colour && h.dims[3] != 3;
	uint32_t rows = h.dims[planar ? 2 : 1], columns = h.dims[planar ? 3 : 2];
	if (planar && h.dims[1] != 3)
		r = wrong(&s, ERR_FORMAT, 16,
			  "%u colours; a picture has 3, or none when it is grey", h.dims[3]);
	else if (image_check_size(columns, rows, &why))
		r = wrong(&s, ERR_FORMAT, 8, "%s", why.msg);
	if (r) {
		free(bytes);
		return r;
	}
	*out = xcalloc(1, sizeof(**out));
	**out = (struct idx_images){.file = xstrdup(file),
				    .bytes = bytes,
				    .n = h.dims[0],
				    .w = (int)columns,
				    .h = (int)rows,
				    .channels = colour ? 3 : 1,
				    .planar = planar};
	return ERR_OK;
}

void idx_free(struct idx_images *set)
{
	if (!set)
		return;
	free(set->file);
	free(set->bytes);
	free(set);
}

enum err idx_read_labels(uint8_t **labels, const struct place *p, const char *file,
			 const struct idx_images *images, size_t limit, struct errinfo *e)
{
	struct source s;
	struct header h;
	uint8_t *bytes = NULL;
	char other[QUOTE_MAX];
	enum err r = read_idx(&s, &h, &bytes, p, file, 1, 1, "labels", e);
	if (!r && h.dims[0] != images->n)
		r = wrong(&s, ERR_FORMAT, 4, "%u labels, but %s has %u pictures", h.dims[0],
			  quote_path(other, images->file), images->n);
	for (uint32_t i = 0; !r && i < h.dims[0]; i++)
		if (bytes[i] >= limit)
			r = wrong(&s, ERR_VALUE, 8 + (uint64_t)i,
				  "picture %u has the label %d, but there are %zu classes", i,
				  bytes[i], limit);
	if (r)
		free(bytes);
	else
		*labels = bytes;
	return r;
}

enum err idx_picture(struct image *out, const struct idx_images *set, uint32_t at,
		     struct errinfo *e)
{
	uint8_t *rgb;
	enum err r = image_alloc(&rgb, set->w, set->h, 3, e);
	if (r)
		return r;
	size_t n = (size_t)set->w * (size_t)set->h;
	const uint8_t *in = set->bytes + n * (size_t)set->channels * at;
	bool grey = set->channels == 1;
	size_t step = grey || set->planar ? 1 : 3, next = grey ? 0 : set->planar ? n : 1;
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < 3; c++)
			rgb[3 * i + c] = in[step * i + next * c];
	*out = (struct image){set->w, set->h, rgb};
	return ERR_OK;
}
