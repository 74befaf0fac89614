/* The same pixels as Debian's Darknet gets, from files of every kind that both read. */
#include "../data/kinds.h"

/* Of libdarknet; the header is the engine's alone. Shape: data[c][h][w], in [0, 1] */
struct darknet_image {
	int w, h, c;
	float *data;
};
struct darknet_image load_image_color(char *path, int w, int h);

enum { W = 23, H = 17 };

static int files_written;

/* Both programs' pixels of these bytes, which are the same. */
static void assert_same(const char *what, struct strbuf *bytes)
{
	char path[64];
	struct image im;
	struct errinfo e;
	snprintf(path, sizeof(path), "picture-%d", files_written++);
	write_file(path, bytes->buf, bytes->len);
	strbuf_reset(bytes);
	if (image_decode(&im, path, &e))
		fail_msg("%s: %s", what, e.msg);
	struct darknet_image theirs = load_image_color(path, 0, 0);
	if (theirs.w != im.w || theirs.h != im.h)
		fail_msg("%s: %dx%d, to Darknet %dx%d", what, im.w, im.h, theirs.w, theirs.h);
	size_t plane = (size_t)im.w * (size_t)im.h;
	for (size_t i = 0; i < plane * 3; i++) {
		int v = (int)(theirs.data[i % 3 * plane + i / 3] * 255 + 0.5f);
		if (v != im.rgb[i])
			fail_msg("%s: byte %zu is %d, to Darknet %d", what, i, im.rgb[i], v);
	}
	free(theirs.data);
	image_release(&im);
}

static void png(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int per_pixel; /* bytes */
		struct png_kind kind;
	} cases[] = {
	    {"RGB", 3, {PNG_COLOR_TYPE_RGB, 8, false, false}},
	    {"RGB of 16 bits", 6, {PNG_COLOR_TYPE_RGB, 16, false, false}},
	    {"alpha", 4, {PNG_COLOR_TYPE_RGB_ALPHA, 8, false, false}},
	    {"alpha, interlaced", 4, {PNG_COLOR_TYPE_RGB_ALPHA, 8, true, false}},
	    {"alpha of 16 bits", 8, {PNG_COLOR_TYPE_RGB_ALPHA, 16, false, false}},
	    {"grey", 1, {PNG_COLOR_TYPE_GRAY, 8, false, false}},
	    {"grey of 16 bits", 2, {PNG_COLOR_TYPE_GRAY, 16, false, false}},
	    {"grey with alpha", 2, {PNG_COLOR_TYPE_GRAY_ALPHA, 8, false, false}},
	    {"grey with alpha of 16 bits", 4, {PNG_COLOR_TYPE_GRAY_ALPHA, 16, false, false}},
	    {"palette", 1, {PNG_COLOR_TYPE_PALETTE, 8, false, false}},
	    {"palette with transparency", 1, {PNG_COLOR_TYPE_PALETTE, 8, false, true}},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct strbuf sb = STRBUF_INIT;
		uint8_t *px = make_pixels(W, H, cases[i].per_pixel, i);
		make_png(&sb, px, (size_t)W * (size_t)cases[i].per_pixel, W, H, cases[i].kind);
		assert_same(cases[i].name, &sb);
		strbuf_release(&sb);
		free(px);
	}
}

static void jpeg(void **state)
{
	(void)state;
	static const int formats[] = {TJPF_RGB, TJPF_GRAY, TJPF_CMYK}, per_pixel[] = {3, 1, 4};
	for (int i = 0; i < 6; i++)
		for (int end = 0; end <= 2; end++) {
			struct strbuf sb = STRBUF_INIT;
			uint8_t *px = make_pixels(W, H, per_pixel[i % 3], (uint64_t)i);
			make_jpeg(&sb, px, W, H, formats[i % 3], i < 3 ? 0 : TJFLAG_PROGRESSIVE);
			if (end < 2)
				strbuf_remove(&sb, sb.len - 2, 2);
			if (end == 1)
				strbuf_add(&sb, "Samsung\0\0\0\1", 11);
			assert_same("JPEG", &sb);
			strbuf_release(&sb);
			free(px);
		}
}

static void plain(void **state)
{
	(void)state;
	struct strbuf sb = STRBUF_INIT;
	uint8_t *px = make_pixels(W, H, 3, 3);
	for (int alpha = 0; alpha < 2; alpha++) {
		make_bmp(&sb, px, W, H, alpha);
		assert_same("BMP", &sb);
	}
	for (int bits = 4; bits <= 8; bits += 4) {
		make_packed_bmp(&sb, px, W, H, bits);
		assert_same("BMP with run lengths", &sb);
	}
	for (int type = 1; type <= 6; type++) {
		make_pnm(&sb, px, W, H, type, 255);
		assert_same("PNM", &sb);
	}
	make_pnm(&sb, px, W, H, 6, 65535);
	assert_same("PNM of 16 bits", &sb);
	make_pnm(&sb, px, W, H, 5, 240);
	assert_same("PNM whose white is 240", &sb);
	strbuf_release(&sb);
	free(px);
}

static void packed(void **state)
{
	(void)state;
	struct strbuf sb = STRBUF_INIT;
	uint8_t *px = make_pixels(W, H, 4, 4);
	for (int alpha = 0; alpha < 2; alpha++) {
		make_webp(&sb, px, W, H, alpha);
		assert_same("WebP", &sb);
	}
	for (int orientation = 1; orientation <= 8; orientation++)
		for (int rows = 5; rows <= H; rows += 12) {
			make_tiff(&sb, px, W, H, (struct tiff_kind){3, 8, orientation, rows});
			assert_same("TIFF", &sb);
		}
	for (int channels = 3; channels <= 4; channels++)
		for (int depth = 8; depth <= 16; depth += 8) {
			make_tiff(&sb, px, W, H, (struct tiff_kind){channels, depth, 1, H});
			assert_same("TIFF with alpha or 16 bits", &sb);
		}
	strbuf_release(&sb);
	free(px);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(png, scratch_setup, scratch_teardown),
	    cmocka_unit_test_setup_teardown(jpeg, scratch_setup, scratch_teardown),
	    cmocka_unit_test_setup_teardown(plain, scratch_setup, scratch_teardown),
	    cmocka_unit_test_setup_teardown(packed, scratch_setup, scratch_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
