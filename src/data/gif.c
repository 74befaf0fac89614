#include "decode.h"

#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>

struct source {
	const uint8_t *data;
	size_t len, at;
};

static int read_bytes(GifFileType *gif, GifByteType *out, int n)
{
	struct source *s = gif->UserData;
	size_t take = s->len - s->at < (size_t)n ? s->len - s->at : (size_t)n;
	memcpy(out, s->data + s->at, take);
	s->at += take;
	return (int)take;
}

static enum err why(int code, struct errinfo *e)
{
	switch (code) {
	case D_GIF_ERR_READ_FAILED:
	case D_GIF_ERR_EOF_TOO_SOON:
	case D_GIF_ERR_NO_IMAG_DSCR:
		return err_set(e, ERR_FORMAT, "truncated GIF: part of the picture is missing");
	default: {
		const char *text = GifErrorString(code);
		return err_set(e, ERR_FORMAT, "damaged GIF: %s", text ? text : "it makes no sense");
	}
	}
}

/* Skip an extension, except for what it says of transparency. */
static bool read_extension(GifFileType *gif, int *transparent)
{
	int code;
	GifByteType *block;
	GraphicsControlBlock control;
	if (DGifGetExtension(gif, &code, &block) == GIF_ERROR)
		return false;
	if (code == GRAPHICS_EXT_FUNC_CODE && block &&
	    DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
		*transparent = control.TransparentColor;
	while (block)
		if (DGifGetExtensionNext(gif, &block) == GIF_ERROR)
			return false;
	return true;
}

/* Go to the first picture. */
static bool find_frame(GifFileType *gif, int *transparent)
{
	GifRecordType type;
	while (DGifGetRecordType(gif, &type) == GIF_OK) {
		if (type == IMAGE_DESC_RECORD_TYPE)
			return DGifGetImageDesc(gif) == GIF_OK;
		if (type == TERMINATE_RECORD_TYPE) {
			gif->Error = D_GIF_ERR_NO_IMAG_DSCR;
			return false;
		}
		if (type == EXTENSION_RECORD_TYPE && !read_extension(gif, transparent))
			return false;
	}
	return false;
}

static void put(uint8_t *px, const ColorMapObject *map, int index)
{
	if (index < 0 || index >= map->ColorCount)
		return;
	const GifColorType *c = &map->Colors[index];
	px[0] = c->Red;
	px[1] = c->Green;
	px[2] = c->Blue;
}

/* What no pixel of the first frame covers is black, or the background colour where that is not the
 * first.
 * Source: stb_image.h, stbi__gif_load_next() */
static void fill_background(struct image *im, const GifFileType *gif)
{
	size_t n = (size_t)im->w * (size_t)im->h;
	memset(im->rgb, 0, n * 3);
	if (gif->SColorMap && gif->SBackGroundColor > 0)
		for (size_t i = 0; i < n; i++)
			put(im->rgb + 3 * i, gif->SColorMap, gif->SBackGroundColor);
}

static void put_line(struct image *im, const GifFileType *gif, const GifPixelType *line, int y,
		     int transparent)
{
	const GifImageDesc *f = &gif->Image;
	const ColorMapObject *map = f->ColorMap ? f->ColorMap : gif->SColorMap;
	if (f->Top + y >= im->h)
		return;
	uint8_t *row = im->rgb + (size_t)(f->Top + y) * (size_t)im->w * 3;
	for (int x = 0; x < f->Width && f->Left + x < im->w; x++)
		if (line[x] != transparent)
			put(row + 3 * (size_t)(f->Left + x), map, line[x]);
}

/* The frame's lines, in four passes where it is interlaced. */
static bool read_frame(struct image *im, GifFileType *gif, int transparent)
{
	static const int first[] = {0, 4, 2, 1, 0}, step[] = {8, 8, 4, 2, 1};
	const GifImageDesc *f = &gif->Image;
	GifPixelType *line = malloc((size_t)f->Width + 1);
	bool ok = line != NULL;
	for (int pass = f->Interlace ? 0 : 4; ok && pass < (f->Interlace ? 4 : 5); pass++)
		for (int y = first[pass]; ok && y < f->Height; y += step[pass]) {
			ok = DGifGetLine(gif, line, f->Width) == GIF_OK;
			if (ok)
				put_line(im, gif, line, y, transparent);
		}
	free(line);
	return ok;
}

static enum err decode(struct image *im, GifFileType *gif, struct errinfo *e)
{
	int transparent = NO_TRANSPARENT_COLOR;
	enum err r = image_check_whole((uint64_t)gif->SWidth, (uint64_t)gif->SHeight, "GIF", e);
	if (r)
		return r;
	if (!find_frame(gif, &transparent))
		return why(gif->Error, e);
	if (!gif->Image.ColorMap && !gif->SColorMap)
		return err_set(e, ERR_FORMAT, "damaged GIF: it has no colours");
	*im = (struct image){gif->SWidth, gif->SHeight, NULL};
	if ((r = image_alloc(&im->rgb, im->w, im->h, 3, e)) != ERR_OK)
		return r;
	fill_background(im, gif);
	return read_frame(im, gif, transparent) ? ERR_OK : why(gif->Error, e);
}

enum err gif_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *to,
		    struct errinfo *e)
{
	struct source s = {data, len, 0};
	int code = 0;
	GifFileType *gif = DGifOpen(&s, read_bytes, &code);
	if (!gif)
		return why(code, e);
	struct image im = {0, 0, NULL};
	enum err r = decode(&im, gif, e);
	DGifCloseFile(gif, NULL);
	if (r) {
		free(im.rgb);
		return r;
	}
	*out = im;
	to->w = im.w;
	to->h = im.h;
	return ERR_OK;
}
