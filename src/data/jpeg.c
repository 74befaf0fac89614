#include "decode.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

enum { MAX_SCANS = 500, EXIF_MARKER = JPEG_APP0 + 1, ROWS = 16 };

/* What a progressive picture, which is kept whole as coefficients, may take. */
#define MAX_MEMORY ((long)1 << 30)

/* Everything that must survive a longjmp() out of libjpeg lives here, never in locals. */
struct decoder {
	struct jpeg_decompress_struct cinfo;
	struct jpeg_error_mgr errors;
	jmp_buf out;
	bool ran_out;              /* the bytes ended before the picture's end marker */
	bool missing;              /* pixels were asked for which are not there */
	bool bad_code;             /* a code that no encoder writes */
	bool seen[MAX_COMPONENTS]; /* components of which there was a scan */
	const uint8_t *data;
	size_t len;
	struct image im; /* 4 bytes a pixel where there are four inks */
};

static void on_error(j_common_ptr cinfo)
{
	struct decoder *d = cinfo->client_data;
	longjmp(d->out, 1);
}

/* libjpeg fills in grey where bits are missing, and warns: an error here. Other warnings (stray
 * bytes between segments, as some cameras write) leave the picture whole. */
static void on_message(j_common_ptr cinfo, int level)
{
	struct decoder *d = cinfo->client_data;
	if (level >= 0)
		return;
	switch (cinfo->err->msg_code) {
	case JWRN_HIT_MARKER:
		d->missing = true;
		longjmp(d->out, 1);
	case JWRN_HUFF_BAD_CODE:
	case JWRN_ARITH_BAD_CODE:
		d->bad_code = true;
		break;
	default:
		break;
	}
}

/* libjpeg looks ahead of what it needs, so this alone does not mean that anything is missing.
 * Arithmetic coding leaves out zeros at the end: nothing tells whether there were more. */
static boolean on_end(j_decompress_ptr cinfo)
{
	static const JOCTET end[2] = {0xff, JPEG_EOI};
	struct decoder *d = cinfo->client_data;
	d->ran_out = true;
	if (cinfo->arith_code)
		longjmp(d->out, 1);
	cinfo->src->next_input_byte = end;
	cinfo->src->bytes_in_buffer = sizeof(end);
	return TRUE;
}

/* What a file system leaves where nothing was written must not be taken for pixels. */
static size_t without_trailing_nul(const uint8_t *data, size_t len)
{
	size_t n = len;
	while (n > 0 && data[n - 1] == 0)
		n--;
	return n > 0 && n < len && data[n - 1] == 0xff ? n + 1 : n;
}

static void start(struct decoder *d, const uint8_t *data, size_t len)
{
	d->data = data;
	d->len = without_trailing_nul(data, len);
	jpeg_create_decompress(&d->cinfo);
	d->cinfo.mem->max_memory_to_use = MAX_MEMORY;
	jpeg_mem_src(&d->cinfo, data, d->len);
	d->cinfo.src->fill_input_buffer = on_end;
	jpeg_save_markers(&d->cinfo, EXIF_MARKER, 0xffff);
	jpeg_read_header(&d->cinfo, TRUE);
}

static int orientation_of(const struct decoder *d)
{
	for (jpeg_saved_marker_ptr m = d->cinfo.marker_list; m; m = m->next)
		if (m->marker == EXIF_MARKER && m->data_length > 6 &&
		    memcmp(m->data, "Exif\0\0", 6) == 0)
			return exif_orientation(m->data + 6, m->data_length - 6);
	return 1;
}

static bool has_inks(const struct decoder *d)
{
	return d->cinfo.num_components == 4;
}

/* Inks are mixed after scaling, which is not the same as before. */
static int choose_scale(const struct decoder *d, const struct decoding *to)
{
	int w = (int)d->cinfo.image_width, h = (int)d->cinfo.image_height, by = image_fit(w, h);
	if (!to->shrink || has_inks(d))
		return by;
	bool lies = turn_of(to->orientation)->transpose;
	int least = shrink_choose(to->shrink, lies ? h : w, lies ? w : h);
	return least > by ? least : by;
}

static void see_scan(struct decoder *d)
{
	for (int i = 0; i < d->cinfo.comps_in_scan; i++)
		d->seen[d->cinfo.cur_comp_info[i]->component_index] = true;
}

/* Whether the scans so far hold all of the picture. A progressive one is refined bit by bit; what
 * was begun must be brought to its last bit. An encoder may leave fine detail out for good: then
 * its end marker says so. */
static bool is_complete(const struct decoder *d, bool ended)
{
	for (int c = 0; c < d->cinfo.num_components; c++) {
		if (!d->cinfo.progressive_mode && !d->seen[c])
			return false;
		for (int k = 0; d->cinfo.progressive_mode && k < DCTSIZE2; k++) {
			int bits_left = d->cinfo.coef_bits[c][k]; /* -1: not begun */
			if (bits_left > 0 || (bits_left < 0 && !(ended && k > 0)))
				return false;
		}
	}
	return true;
}

/* Take in scans until the picture is whole, whatever follows. */
static void read_scans(struct decoder *d)
{
	int event = JPEG_REACHED_SOS;
	do {
		if (event == JPEG_REACHED_SOS) {
			see_scan(d);
			if (d->cinfo.input_scan_number > MAX_SCANS)
				ERREXIT(&d->cinfo, JERR_BAD_PROGRESSION);
		}
		event = jpeg_consume_input(&d->cinfo);
	} while (event != JPEG_REACHED_EOI &&
		 !(event == JPEG_SCAN_COMPLETED && is_complete(d, false)));
	d->missing = !is_complete(d, event == JPEG_REACHED_EOI && !d->ran_out);
	if (d->missing)
		longjmp(d->out, 1);
	jpeg_start_output(&d->cinfo, d->cinfo.input_scan_number);
}

static void read_rows(struct decoder *d)
{
	size_t stride = (size_t)d->im.w * (size_t)d->cinfo.output_components;
	while (d->cinfo.output_scanline < d->cinfo.output_height) {
		JSAMPROW rows[ROWS];
		JDIMENSION y = d->cinfo.output_scanline, left = d->cinfo.output_height - y;
		for (JDIMENSION i = 0; i < ROWS && i < left; i++)
			rows[i] = d->im.rgb + (size_t)(y + i) * stride;
		jpeg_read_scanlines(&d->cinfo, rows, left < ROWS ? left : ROWS);
	}
}

static enum err read_pixels(struct decoder *d, const struct decoding *to, struct errinfo *e)
{
	bool scans = jpeg_has_multiple_scans(&d->cinfo);
	d->cinfo.buffered_image = scans;
	d->cinfo.out_color_space = has_inks(d) ? JCS_CMYK : JCS_RGB;
	d->cinfo.scale_num = 1;
	d->cinfo.scale_denom = (unsigned)to->by;
	jpeg_calc_output_dimensions(&d->cinfo);
	d->im.w = (int)d->cinfo.output_width;
	d->im.h = (int)d->cinfo.output_height;
	enum err r = image_alloc(&d->im.rgb, d->im.w, d->im.h, has_inks(d) ? 4 : 3, e);
	if (r)
		return r;
	jpeg_start_decompress(&d->cinfo);
	if (scans)
		read_scans(d);
	read_rows(d);
	return ERR_OK;
}

/* Whether the end marker follows the pixels; libjpeg may have read it already. */
static bool ends(const struct decoder *d)
{
	if (d->ran_out)
		return false;
	size_t left = d->cinfo.src->bytes_in_buffer, at = d->len - left;
	at = at < 16 ? 0 : at - 16;
	return memmem(d->data + at, d->len - at, "\xff\xd9", 2) != NULL;
}

static bool is_unknown(int code)
{
	return code == JERR_SOF_UNSUPPORTED || code == JERR_BAD_PRECISION ||
	       code == JERR_CONVERSION_NOTIMPL || code == JERR_FRACT_SAMPLE_NOTIMPL;
}

static enum err why(struct decoder *d, struct errinfo *e)
{
	static const char cut[] = "truncated JPEG: part of the picture is missing";
	char text[JMSG_LENGTH_MAX];
	int code = d->errors.msg_code;
	unsigned w = d->cinfo.image_width, h = d->cinfo.image_height;
	if (d->missing)
		return err_set(e, ERR_FORMAT, cut);
	if (code == JERR_EMPTY_IMAGE || code == JERR_IMAGE_TOO_BIG) {
		enum err r = image_check_size(w, h, e);
		if (r)
			return r;
	}
	if (d->ran_out)
		return d->cinfo.input_scan_number
			   ? err_set(e, ERR_FORMAT, cut)
			   : err_set(e, ERR_FORMAT,
				     "truncated JPEG: it ends before its first scan");
	if (code == JERR_NO_BACKING_STORE)
		return err_set(e, ERR_FORMAT,
			       "a progressive JPEG of %ux%u pixels takes too much memory: save it "
			       "without progression, or smaller",
			       w, h);
	d->errors.format_message((j_common_ptr)&d->cinfo, text);
	if (is_unknown(code))
		return err_set(e, ERR_FORMAT,
			       "a kind of JPEG that is not read (%.150s); convert it to PNG", text);
	return err_set(e, ERR_FORMAT, "damaged JPEG: %.150s", text);
}

/* The only function that libjpeg may jump back into; it has no locals that change. */
static enum err decode(struct decoder *d, const uint8_t *data, size_t len, struct decoding *to,
		       struct errinfo *e)
{
	if (setjmp(d->out))
		return why(d, e);
	start(d, data, len);
	enum err r = image_check_size(d->cinfo.image_width, d->cinfo.image_height, e);
	if (r)
		return r;
	to->w = (int)d->cinfo.image_width;
	to->h = (int)d->cinfo.image_height;
	to->orientation = orientation_of(d);
	to->by = choose_scale(d, to);
	if ((r = read_pixels(d, to, e)) != ERR_OK)
		return r;
	if ((d->bad_code || d->cinfo.arith_code) && !ends(d))
		return err_set(e, ERR_FORMAT, "damaged JPEG: its pixels run into other bytes");
	return ERR_OK;
}

/* Four inks to RGB, in place: 4 bytes a pixel become 3.
 * Source: the integer rounding of OpenCV's icvCvt_CMYK2BGR, so that both programs see the same
 * picture. */
static void inks_to_rgb(uint8_t *px, size_t n_pixels, bool inverted)
{
	const uint8_t *in = px;
	uint8_t flip = inverted ? 0 : 255;
	for (size_t i = 0; i < n_pixels; i++, in += 4, px += 3) {
		int k = in[3] ^ flip;
		for (int c = 0; c < 3; c++)
			px[c] = (uint8_t)(k - ((255 - (in[c] ^ flip)) * k >> 8));
	}
}

enum err jpeg_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *to,
		     struct errinfo *e)
{
	struct decoder d = {.missing = false};
	d.cinfo.err = jpeg_std_error(&d.errors);
	d.errors.error_exit = on_error;
	d.errors.emit_message = on_message;
	d.cinfo.client_data = &d;
	enum err r = decode(&d, data, len, to, e);
	if (!r && has_inks(&d))
		inks_to_rgb(d.im.rgb, (size_t)d.im.w * (size_t)d.im.h, d.cinfo.saw_Adobe_marker);
	jpeg_destroy_decompress(&d.cinfo);
	if (r)
		free(d.im.rgb);
	else
		*out = d.im;
	return r;
}
