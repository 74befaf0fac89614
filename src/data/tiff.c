#include "decode.h"
#include "reduce.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

/* What libtiff may allocate at once. */
#define MAX_MEMORY ((tmsize_t)1 << 30)

struct source {
	const uint8_t *data;
	size_t len;
	toff_t at;
	char why[160]; /* the first thing that went wrong */
	bool short_of; /* it wanted bytes that are not there */
};

static tmsize_t read_bytes(thandle_t source, void *out, tmsize_t n)
{
	struct source *s = source;
	size_t left = s->at < s->len ? s->len - (size_t)s->at : 0,
	       take = left < (size_t)n ? left : (size_t)n;
	s->short_of |= take < (size_t)n;
	if (take)
		memcpy(out, s->data + s->at, take);
	s->at += take;
	return (tmsize_t)take;
}

static tmsize_t write_bytes(thandle_t source, void *data, tmsize_t n)
{
	(void)source;
	(void)data;
	(void)n;
	return -1;
}

static toff_t seek(thandle_t source, toff_t to, int whence)
{
	struct source *s = source;
	s->at = whence == SEEK_SET ? to : whence == SEEK_CUR ? s->at + to : s->len + to;
	return s->at;
}

static int close_nothing(thandle_t source)
{
	(void)source;
	return 0;
}

static toff_t size(thandle_t source)
{
	const struct source *s = source;
	return s->len;
}

__attribute__((format(printf, 4, 0))) static int on_error(TIFF *tif, void *source,
							  const char *module, const char *format,
							  va_list args)
{
	struct source *s = source;
	(void)tif;
	(void)module;
	if (!*s->why)
		vsnprintf(s->why, sizeof(s->why), format, args);
	return 1;
}

__attribute__((format(printf, 4, 0))) static int on_warning(TIFF *tif, void *source,
							    const char *module,
							    const char *format, va_list args)
{
	(void)tif;
	(void)source;
	(void)module;
	(void)format;
	(void)args;
	return 1;
}

static TIFF *open_tiff(struct source *s)
{
	TIFFOpenOptions *o = TIFFOpenOptionsAlloc();
	if (!o)
		return NULL;
	TIFFOpenOptionsSetMaxSingleMemAlloc(o, MAX_MEMORY);
	TIFFOpenOptionsSetErrorHandlerExtR(o, on_error, s);
	TIFFOpenOptionsSetWarningHandlerExtR(o, on_warning, s);
	/* m: no mapping, so that every byte is asked for */
	TIFF *tif = TIFFClientOpenExt("picture", "rm", s, read_bytes, write_bytes, seek,
				      close_nothing, size, NULL, NULL, o);
	TIFFOpenOptionsFree(o);
	return tif;
}

static enum err why(const struct source *s, struct errinfo *e)
{
	return err_set(e, ERR_FORMAT, "%s TIFF: %s", s->short_of ? "truncated" : "damaged",
		       *s->why ? s->why : "part of the picture is missing");
}

/* Rows that are stored together: those of a strip or of a row of tiles. */
static int band_rows(TIFF *tif, int h)
{
	uint32_t rows = (uint32_t)h;
	if (TIFFIsTiled(tif))
		TIFFGetField(tif, TIFFTAG_TILELENGTH, &rows);
	else
		TIFFGetFieldDefaulted(tif, TIFFTAG_ROWSPERSTRIP, &rows);
	return rows > 0 && rows < (uint32_t)h ? (int)rows : h;
}

static void add_rows(struct reducer *r, const uint32_t *raster, int rows, uint8_t *row)
{
	for (int y = 0; y < rows; y++) {
		for (int x = 0; x < r->w; x++) {
			uint32_t px = *raster++;
			row[3 * (size_t)x] = (uint8_t)TIFFGetR(px);
			row[3 * (size_t)x + 1] = (uint8_t)TIFFGetG(px);
			row[3 * (size_t)x + 2] = (uint8_t)TIFFGetB(px);
		}
		reducer_add(r, row);
	}
}

/* Band by band, as stored: not turned. */
static enum err read_bands(struct reducer *r, TIFFRGBAImage *in, int band, struct source *s,
			   struct errinfo *e)
{
	uint32_t *raster = malloc((size_t)band * (size_t)r->w * sizeof(*raster));
	uint8_t *row = malloc((size_t)r->w * 3);
	enum err err = raster && row ? ERR_OK : err_set(e, ERR_FORMAT, "no memory for its pixels");
	for (int y = 0; !err && y < r->h; y += band) {
		int rows = r->h - y < band ? r->h - y : band;
		in->row_offset = y;
		if (TIFFRGBAImageGet(in, raster, (uint32_t)r->w, (uint32_t)rows))
			add_rows(r, raster, rows, row);
		else
			err = why(s, e);
	}
	free(raster);
	free(row);
	return err;
}

static enum err read_picture(struct image *out, TIFF *tif, TIFFRGBAImage *in, struct source *s,
			     struct decoding *to, struct errinfo *e)
{
	int band = band_rows(tif, to->h);
	enum err r = image_check_whole((uint64_t)to->w, (uint64_t)band, "TIFF in one strip", e);
	if (r)
		return r;
	struct reducer rows;
	in->req_orientation = in->orientation;
	to->orientation = in->orientation;
	to->by = image_fit(to->w, to->h);
	r = reducer_init(&rows, to->w, to->h, to->by, e);
	if (!r)
		r = read_bands(&rows, in, band, s, e);
	reducer_release(&rows);
	if (r)
		image_release(&rows.out);
	else
		*out = rows.out;
	return r;
}

/* Cameras' raw files begin with a small preview, which is not the picture. */
static enum err check_kind(TIFF *tif, struct errinfo *e)
{
	uint32_t type = 0;
	if (TIFFGetField(tif, TIFFTAG_SUBFILETYPE, &type) && type & FILETYPE_REDUCEDIMAGE)
		return err_set(e, ERR_FORMAT,
			       "it is a camera's raw file (DNG, NEF, ARW, ...), which is not read; "
			       "develop it to JPEG or PNG");
	return ERR_OK;
}

static enum err decode(struct image *out, TIFF *tif, struct source *s, struct decoding *to,
		       struct errinfo *e)
{
	char text[1024] = "";
	uint32_t w = 0, h = 0;
	TIFFGetField(tif, TIFFTAG_IMAGEWIDTH, &w);
	TIFFGetField(tif, TIFFTAG_IMAGELENGTH, &h);
	enum err r = check_kind(tif, e);
	if (r || (r = image_check_size(w, h, e)) != ERR_OK)
		return r;
	to->w = (int)w;
	to->h = (int)h;
	TIFFRGBAImage in;
	if (!TIFFRGBAImageOK(tif, text) || !TIFFRGBAImageBegin(&in, tif, 1, text))
		return err_set(e, ERR_FORMAT,
			       "a kind of TIFF that is not read (%.100s); convert it to JPEG or PNG",
			       *text ? text : s->why);
	r = read_picture(out, tif, &in, s, to, e);
	TIFFRGBAImageEnd(&in);
	return r;
}

enum err tiff_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *to,
		     struct errinfo *e)
{
	struct source s = {.data = data, .len = len};
	TIFF *tif = open_tiff(&s);
	if (!tif)
		return why(&s, e);
	enum err r = decode(out, tif, &s, to, e);
	TIFFClose(tif);
	return r;
}
