/* JPEGs with and without all of their bytes: every way that an encoder may lay out the pixels, cut,
 * filled and followed by junk. A picture that is taken has the pixels of the whole one. */
#include "pictures.h"

#include <jpeglib.h>

enum { W = 45, H = 37, N_BYTES = W * H * 3, ALL = 64 };

static const jpeg_scan_info one_by_one[] = {
    {1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};
static const jpeg_scan_info by_band[] = {
    {3, {0, 1, 2}, 0, 0, 0, 0}, {1, {0}, 1, 5, 0, 0},  {1, {1}, 1, 63, 0, 0},
    {1, {2}, 1, 63, 0, 0},      {1, {0}, 6, 63, 0, 0},
};
static const jpeg_scan_info coarse[] = {{3, {0, 1, 2}, 0, 0, 0, 0}, {1, {0}, 1, 5, 0, 0}};

static const struct layout {
	const char *name;
	bool progressive, arithmetic;
	unsigned restart; /* MCUs between restart markers */
	const jpeg_scan_info *scans;
	int n_scans;
} layouts[] = {
    {"baseline", false, false, 0, NULL, 0},
    {"baseline with restarts", false, false, 2, NULL, 0},
    {"one scan a component", false, false, 0, one_by_one, 3},
    {"progressive", true, false, 0, NULL, 0},
    {"progressive with restarts", true, false, 3, NULL, 0},
    {"progressive by band", false, false, 0, by_band, 5},
    {"arithmetic", false, true, 0, NULL, 0},
    {"arithmetic, progressive", true, true, 0, NULL, 0},
};
enum { N_LAYOUTS = sizeof(layouts) / sizeof(*layouts), N_HUFFMAN = 6, BY_BAND = 5 };

static void encode(struct strbuf *out, const struct layout *l)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	unsigned char *data = NULL;
	unsigned long len = 0;
	uint8_t *px = make_pixels(W, H, 3, 11);
	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &data, &len);
	c.image_width = W;
	c.image_height = H;
	c.input_components = 3;
	c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, 92, TRUE);
	if (l->progressive)
		jpeg_simple_progression(&c);
	if (l->scans) {
		c.scan_info = l->scans;
		c.num_scans = l->n_scans;
	}
	c.arith_code = l->arithmetic;
	c.restart_interval = l->restart;
	jpeg_start_compress(&c, TRUE);
	for (int y = 0; y < H; y++) {
		JSAMPROW row = px + (size_t)y * W * 3;
		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	strbuf_add(out, data, len);
	free(data);
	free(px);
}

/* The pixels are those of `whole`, or the file is refused. */
static bool taken(const void *data, size_t len, const struct image *whole)
{
	struct image im;
	struct errinfo e = {.msg = ""};
	enum err r = image_decode_memory(&im, data, len, &e);
	if (r) {
		assert_int_equal(r, ERR_FORMAT);
		assert_true(*e.msg);
		return false;
	}
	assert_int_equal(im.w, whole->w);
	assert_int_equal(im.h, whole->h);
	if (memcmp(im.rgb, whole->rgb, N_BYTES) != 0)
		fail_msg("%zu bytes give another picture", len);
	image_release(&im);
	return true;
}

static void open_whole(struct strbuf *file, struct image *whole, int layout)
{
	strbuf_init(file);
	encode(file, &layouts[layout]);
	assert_int_equal(image_decode_memory(whole, file->buf, file->len, NULL), ERR_OK);
	assert_int_equal(whole->w, W);
	assert_int_equal(whole->h, H);
}

/* Without its end marker, or half of it, a picture is whole; with a byte less it is not. Arithmetic
 * coding leaves out zeros at the end, so that nothing tells: refused. */
static void cut_at_every_byte(void **state)
{
	(void)state;
	for (int i = 0; i < N_LAYOUTS; i++) {
		struct strbuf file;
		struct image whole;
		open_whole(&file, &whole, i);
		for (size_t len = 1; len < file.len; len++) {
			bool all_pixels = i < N_HUFFMAN && len >= file.len - 2;
			if (taken(file.buf, len, &whole) != all_pixels)
				fail_msg("%s: %zu of %zu bytes", layouts[i].name, len, file.len);
		}
		image_release(&whole);
		strbuf_release(&file);
	}
}

static void junk_in_place_of_the_end(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len, times;
	} junk[] = {
	    {"\0", 1, 1},
	    {"\0", 1, 700},
	    {"Samsung\0\1", 9, 9},
	    {"\xff", 1, 40},
	    {"\xff\xd8\xff\xe0", 4, 1},
	    {"\xff\xc4\0\x03\x77", 5, 3},
	    {"\xff\xda\0\x03\x77", 5, 3},
	    {"<html>", 6, 200},
	};
	for (int i = 0; i < N_HUFFMAN; i++) {
		struct strbuf file;
		struct image whole;
		open_whole(&file, &whole, i);
		for (size_t k = 0; k < sizeof(junk) / sizeof(*junk); k++)
			for (size_t keep = 0; keep <= 2; keep++) {
				struct strbuf sb = STRBUF_INIT;
				strbuf_add(&sb, file.buf, file.len - 2 + keep);
				for (size_t n = 0; n < junk[k].times; n++)
					strbuf_add(&sb, junk[k].bytes, junk[k].len);
				if (!taken(sb.buf, sb.len, &whole))
					fail_msg("%s: junk %zu", layouts[i].name, k);
				strbuf_release(&sb);
			}
		image_release(&whole);
		strbuf_release(&file);
	}
}

/* What interrupted copies leave: the right length, but nothing, or another file, in the rest. */
static void filled_up(void **state)
{
	(void)state;
	for (int i = 0; i < N_LAYOUTS; i++) {
		struct strbuf file;
		struct image whole;
		open_whole(&file, &whole, i);
		for (size_t len = file.len / 2; len < file.len - 2; len++) {
			struct strbuf sb = STRBUF_INIT;
			strbuf_add(&sb, file.buf, len);
			for (size_t k = len; k < file.len; k++)
				strbuf_addch(&sb, 0);
			bool zeros_only = true;
			for (size_t k = len; k < file.len - 2; k++)
				zeros_only &= file.buf[k] == 0;
			if (taken(sb.buf, sb.len, &whole))
				assert_true(zeros_only);
			strbuf_release(&sb);
		}
		image_release(&whole);
		strbuf_release(&file);
	}
}

/* The same of the first bytes of a file, and an end marker. */
static bool taken_with_end(const struct strbuf *file, size_t len, const struct image *whole)
{
	struct strbuf sb = STRBUF_INIT;
	strbuf_add(&sb, file->buf, len);
	strbuf_add(&sb, "\xff\xd9", 2);
	bool is = taken(sb.buf, sb.len, whole);
	strbuf_release(&sb);
	return is;
}

/* Offsets of the scans' markers. */
static int find_scans(const struct strbuf *file, size_t at[ALL])
{
	int n = 0;
	for (size_t i = 0; i + 1 < file->len && n < ALL; i++)
		if (!memcmp(file->buf + i, "\xff\xda", 2))
			at[n++] = i;
	return n;
}

/* Cut before any scan and given an end marker: all there is of it is coarse, or lacks a colour. */
static void later_scans_missing(void **state)
{
	(void)state;
	static const int which[] = {2, 3, 4, 7};
	for (size_t i = 0; i < sizeof(which) / sizeof(*which); i++) {
		struct strbuf file;
		struct image whole;
		size_t at[ALL];
		open_whole(&file, &whole, which[i]);
		int n = find_scans(&file, at);
		assert_true(n >= 3);
		for (int k = 1; k < n; k++) {
			if (taken_with_end(&file, at[k], &whole))
				fail_msg("%s: %d of %d scans", layouts[which[i]].name, k, n);
		}
		image_release(&whole);
		strbuf_release(&file);
	}
}

/* An encoder may leave fine detail out for good. Its end marker says so; without it, who knows. */
static void fine_detail_left_out(void **state)
{
	(void)state;
	static const struct layout l = {"coarse", false, false, 0, coarse, 2};
	struct strbuf file = STRBUF_INIT;
	struct image im;
	encode(&file, &l);
	assert_int_equal(image_decode_memory(&im, file.buf, file.len, NULL), ERR_OK);
	image_release(&im);
	assert_int_equal(image_decode_memory(&im, file.buf, file.len - 2, NULL), ERR_FORMAT);
	strbuf_release(&file);
}

/* Cut, then given an end marker by a program that meant well. (Between two bands it would be fine
 * detail left out.) */
static void end_in_the_middle(void **state)
{
	(void)state;
	for (int i = 0; i < BY_BAND; i++) {
		struct strbuf file;
		struct image whole;
		open_whole(&file, &whole, i);
		for (size_t len = file.len / 2; len < file.len - 2; len++) {
			if (taken_with_end(&file, len, &whole))
				fail_msg("%s: %zu of %zu bytes", layouts[i].name, len, file.len);
		}
		image_release(&whole);
		strbuf_release(&file);
	}
}

/* No damage: another kind of coding. */
static void lossless_is_named(void **state)
{
	(void)state;
	struct strbuf file;
	struct image whole;
	struct errinfo e;
	open_whole(&file, &whole, 0);
	char *frame = memmem(file.buf, file.len, "\xff\xc0", 2);
	assert_non_null(frame);
	frame[1] = (char)0xc3;
	assert_int_equal(image_decode_memory(&whole, file.buf, file.len, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "a kind of JPEG that is not read"));
	assert_non_null(strstr(e.msg, "convert it to PNG"));
	image_release(&whole);
	strbuf_release(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cut_at_every_byte),
	    cmocka_unit_test(junk_in_place_of_the_end),
	    cmocka_unit_test(filled_up),
	    cmocka_unit_test(later_scans_missing),
	    cmocka_unit_test(fine_detail_left_out),
	    cmocka_unit_test(end_in_the_middle),
	    cmocka_unit_test(lossless_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
