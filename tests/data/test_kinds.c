/* WebP, TIFF, GIF, BMP, TGA, PSD and PNM: what they hold, and that nothing of it is trusted; and
 * pictures of more pixels than are kept. */
#include "kinds.h"

#include "../../src/data/shrink.h"

enum { W = 23, H = 17, N_BYTES = W * H * 3, MAX_FILES = 32 };

struct file {
	const char *name;
	struct strbuf bytes;
	bool grey, bits; /* what is left of the pixels */
	size_t spare;    /* bytes at the end which hold no pixel */
	size_t digits;   /* of the last number, of which a part is a number too, and what is behind */
};

static struct file *add_file(struct file *files, int *n, const char *name)
{
	assert_true(*n < MAX_FILES);
	files[*n] = (struct file){.name = name, .bytes = STRBUF_INIT};
	return &files[(*n)++];
}

static int add_plain(struct file *files, int n, const uint8_t *px)
{
	static const char *const pnm[] = {"P1", "P2", "P3", "P4", "P5", "P6"};
	make_bmp(&add_file(files, &n, "BMP")->bytes, px, W, H, false);
	files[n - 1].spare = (4 - W * 3 % 4) % 4;
	make_bmp(&add_file(files, &n, "BMP with alpha, top down")->bytes, px, W, H, true);
	make_tga(&add_file(files, &n, "TGA")->bytes, px, W, H, false);
	make_tga(&add_file(files, &n, "TGA, packed")->bytes, px, W, H, true);
	make_psd(&add_file(files, &n, "PSD")->bytes, px, W, H);
	for (int type = 1; type <= 6; type++) {
		struct file *f = add_file(files, &n, pnm[type - 1]);
		make_pnm(&f->bytes, px, W, H, type, 255);
		f->bits = type % 3 == 1;
		f->grey = type % 3 == 2;
		f->digits = type <= 3 ? 4 : 0;
	}
	make_pnm(&add_file(files, &n, "P6 of 16 bits")->bytes, px, W, H, 6, 65535);
	return n;
}

static int add_packed(struct file *files, int n, const uint8_t *px)
{
	make_webp(&add_file(files, &n, "WebP")->bytes, px, W, H, false);
	make_tiff(&add_file(files, &n, "TIFF")->bytes, px, W, H, (struct tiff_kind){3, 8, 1, H});
	make_tiff(&add_file(files, &n, "TIFF in strips")->bytes, px, W, H,
		  (struct tiff_kind){3, 8, 1, 5});
	make_tiff(&add_file(files, &n, "TIFF of 16 bits")->bytes, px, W, H,
		  (struct tiff_kind){3, 16, 1, 4});
	return n;
}

static int make_files(struct file files[MAX_FILES], uint8_t **px)
{
	*px = make_pixels(W, H, 3, 5);
	return add_packed(files, add_plain(files, 0, *px), *px);
}

static void free_files(struct file *files, int n, uint8_t *px)
{
	for (int i = 0; i < n; i++)
		strbuf_release(&files[i].bytes);
	free(px);
}

static uint8_t expected(const struct file *f, const uint8_t *px, int i)
{
	uint8_t red = px[i / 3 * 3];
	return f->bits ? (red < 128 ? 0 : 255) : f->grey ? red : px[i];
}

static void assert_pixels(const struct file *f, const struct image *im, const uint8_t *px)
{
	assert_int_equal(im->w, W);
	assert_int_equal(im->h, H);
	for (int i = 0; i < N_BYTES; i++)
		if (im->rgb[i] != expected(f, px, i))
			fail_msg("%s: byte %d is %d, not %d", f->name, i, im->rgb[i],
				 expected(f, px, i));
}

static void every_kind_is_read(void **state)
{
	(void)state;
	struct file files[MAX_FILES];
	uint8_t *px;
	int n = make_files(files, &px);
	for (int i = 0; i < n; i++) {
		struct image im;
		struct errinfo e = {.msg = ""};
		if (image_decode_memory(&im, files[i].bytes.buf, files[i].bytes.len, &e))
			fail_msg("%s: %s", files[i].name, e.msg);
		assert_pixels(&files[i], &im, px);
		image_release(&im);
	}
	free_files(files, n, px);
}

/* Whatever is taken has every pixel; all but the padding is needed. */
static void every_kind_cut_at_every_byte(void **state)
{
	(void)state;
	struct file files[MAX_FILES];
	uint8_t *px;
	int n = make_files(files, &px);
	for (int i = 0; i < n; i++)
		for (size_t len = 1; len < files[i].bytes.len - files[i].digits; len++) {
			struct image im;
			struct errinfo e = {.msg = ""};
			char *exact = xmalloc(len); /* a read beyond it is seen by the sanitizer */
			memcpy(exact, files[i].bytes.buf, len);
			bool whole = image_decode_memory(&im, exact, len, &e) == ERR_OK;
			if (whole) {
				assert_pixels(&files[i], &im, px);
				image_release(&im);
			} else
				assert_true(*e.msg);
			if (whole && len + files[i].spare < files[i].bytes.len)
				fail_msg("%s: taken with %zu of %zu bytes", files[i].name, len,
					 files[i].bytes.len);
			free(exact);
		}
	free_files(files, n, px);
}

/* Any outcome is allowed but a crash, a leak or a size that lies. */
static void damaged_files_do_no_harm(void **state)
{
	(void)state;
	struct file files[MAX_FILES];
	uint8_t *px;
	int n = make_files(files, &px);
	size_t ok = 0, refused = 0;
	for (uint64_t round = 0; round < 400; round++)
		for (int i = 0; i < n; i++) {
			struct strbuf sb = STRBUF_INIT;
			struct image im;
			uint64_t key = rng_key(7, RNG_INIT, round, (uint64_t)i);
			size_t edits = 1 + rng_below(key, 0, 5),
			       reach = round % 2 ? files[i].bytes.len : 60;
			strbuf_add(&sb, files[i].bytes.buf, files[i].bytes.len);
			for (size_t k = 0; k < edits; k++) {
				size_t at = rng_below(key, 3 * k + 1,
						      reach < sb.len ? reach : sb.len);
				sb.buf[at] = rng_below(key, 3 * k + 2, 2)
						 ? (char)rng_below(key, 3 * k + 3, 256)
						 : (char)(sb.buf[at] ^ 0x80);
			}
			if (image_decode_memory(&im, sb.buf, sb.len, NULL) == ERR_OK) {
				assert_true((int64_t)im.w * im.h <= IMAGE_MAX_PIXELS);
				volatile uint8_t last =
				    im.rgb[(size_t)im.w * (size_t)im.h * 3 - 1];
				(void)last;
				image_release(&im);
				ok++;
			} else
				refused++;
			strbuf_release(&sb);
		}
	print_message("damaged files: %zu decoded, %zu refused\n", ok, refused);
	assert_true(ok > 100 && refused > 100);
	free_files(files, n, px);
}

/* The first frame on its canvas: what it does not cover shows the background colour. */
static void gif_frame(void **state)
{
	(void)state;
	static const struct gif_kind kinds[] = {
	    {0, 0, 0, -1, false}, {0, 0, 0, -1, true},  {3, 2, 0, -1, false},
	    {3, 2, 77, 5, false}, {3, 2, 77, 5, true},
	};
	uint8_t indices[W * H];
	for (int i = 0; i < W * H; i++)
		indices[i] = (uint8_t)(i % W + 2 * (i / W));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct strbuf sb = STRBUF_INIT;
		struct image im;
		struct gif_kind k = kinds[i];
		make_gif(&sb, indices, W, H, k);
		assert_int_equal(image_decode_memory(&im, sb.buf, sb.len, NULL), ERR_OK);
		assert_int_equal(im.w, W + 2 * k.left);
		assert_int_equal(im.h, H + 2 * k.top);
		for (int y = 0; y < im.h; y++)
			for (int x = 0; x < im.w; x++) {
				int u = x - k.left, v = y - k.top;
				bool in = u >= 0 && u < W && v >= 0 && v < H;
				int c = in ? u + 2 * v : -1;
				c = c < 0 || c == k.transparent ? k.background : c;
				const uint8_t *got = im.rgb + 3 * (y * im.w + x);
				assert_int_equal(got[0], c);
				assert_int_equal(got[1], c == 0 && !in ? 0 : 255 - c);
			}
		image_release(&im);
		for (size_t len = 1; len < sb.len; len++)
			if (image_decode_memory(&im, sb.buf, len, NULL) == ERR_OK) {
				assert_true(len + 8 > sb.len); /* end codes and the trailer */
				image_release(&im);
			}
		strbuf_release(&sb);
	}
}

static void bmp_with_run_lengths(void **state)
{
	(void)state;
	uint8_t *px = make_pixels(W, H, 3, 5);
	for (int bits = 4; bits <= 8; bits += 4) {
		struct strbuf sb = STRBUF_INIT;
		struct image im;
		make_packed_bmp(&sb, px, W, H, bits);
		for (size_t len = sb.len; len > 20; len--) {
			char *exact = xmalloc(len);
			memcpy(exact, sb.buf, len);
			enum err r = image_decode_memory(&im, exact, len, NULL);
			free(exact);
			/* the end code and the padding before it hold no pixel */
			assert_int_equal(r, len >= sb.len - 3 ? r : ERR_FORMAT);
			assert_int_equal(r, len >= sb.len - 2 ? ERR_OK : r);
			for (int i = 0; !r && i < W * H; i++)
				assert_int_equal(im.rgb[3 * i], px[3 * i] >> (8 - bits));
			if (!r)
				image_release(&im);
		}
		strbuf_release(&sb);
	}
	free(px);
}

static void tiff_orientation(void **state)
{
	(void)state;
	uint8_t *px = make_pixels(W, H, 3, 5);
	for (int orientation = 1; orientation <= 8; orientation++) {
		struct strbuf sb = STRBUF_INIT;
		struct image im;
		make_tiff(&sb, px, W, H, (struct tiff_kind){3, 8, orientation, 4});
		assert_int_equal(image_decode_memory(&im, sb.buf, sb.len, NULL), ERR_OK);
		assert_int_equal(im.w, orientation >= 5 ? H : W);
		/* the corner which is stored first */
		static const int right[9] = {0, 0, 1, 1, 0, 0, 1, 1, 0},
				 low[9] = {0, 0, 0, 1, 1, 0, 0, 1, 1};
		int x = right[orientation] ? im.w - 1 : 0, y = low[orientation] ? im.h - 1 : 0;
		assert_memory_equal(im.rgb + 3 * (y * im.w + x), px, 3);
		image_release(&im);
		strbuf_release(&sb);
	}
	free(px);
}

static void refused_with_the_way_out(void **state)
{
	(void)state;
	struct strbuf sb = STRBUF_INIT;
	struct image im;
	struct errinfo e;
	uint8_t *px = make_pixels(W, H, 3, 5);
	make_bmp(&sb, px, W, H, false);
	sb.buf[30] = 4; /* a JPEG inside */
	assert_int_equal(image_decode_memory(&im, sb.buf, sb.len, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "BMP"));
	assert_non_null(strstr(e.msg, "convert it to JPEG or PNG"));
	memcpy(sb.buf + 18, "\xff\xff\1\0\xff\xff\0\0", 8);
	sb.buf[30] = 0;
	assert_int_equal(image_decode_memory(&im, sb.buf, sb.len, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "absurd size"));
	memcpy(sb.buf + 18, "\xff\xff\0\0\xff\x07\0\0", 8);
	assert_int_equal(image_decode_memory(&im, sb.buf, sb.len, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "65535x2047 pixels; of BMP at most 100 million are read"));
	assert_non_null(strstr(e.msg, "make it smaller, or save it as JPEG or PNG"));
	strbuf_reset(&sb);

	/* a camera's raw file: its first picture is a preview */
	make_tiff(&sb, px, W, H, (struct tiff_kind){3, 8, 1, H});
	/* in place of its rows per strip */
	memcpy(sb.buf + 10 + 8 * 12, "\0\xfe\0\4\0\0\0\1\0\0\0\1", 12);
	assert_int_equal(image_decode_memory(&im, sb.buf, sb.len, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "raw file"));
	strbuf_release(&sb);
	free(px);
}

/* ---- more pixels than are kept ---- */

enum { WIDE = 12000, HIGH = 9000, BAR = 3000 };

/* Bits, white where the bar of BAR columns is even. */
static uint8_t *wide_rows(int rows)
{
	uint8_t *bits = xcalloc((size_t)rows, WIDE / 8);
	for (int y = 0; y < rows; y++)
		for (int x = 0; x < WIDE / 8; x++)
			bits[y * (WIDE / 8) + x] = x * 8 / BAR % 2 ? 0 : 255;
	return bits;
}

static void assert_made_smaller(const struct strbuf *sb)
{
	struct shrunk s;
	struct errinfo e = {.msg = ""};
	if (image_shrunk_memory(&s, sb->buf, sb->len, NULL, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(s.w, WIDE);
	assert_int_equal(s.h, HIGH);
	assert_int_equal(s.by, 2);
	assert_int_equal(s.im.w, WIDE / 2);
	assert_int_equal(s.im.h, HIGH / 2);
	for (int y = 0; y < s.im.h; y += 499)
		for (int x = 50; x < s.im.w; x += 100)
			assert_in_range(s.im.rgb[3 * ((size_t)y * (size_t)s.im.w + (size_t)x)],
					x * 2 / BAR % 2 ? 0 : 254, x * 2 / BAR % 2 ? 1 : 255);
	image_release(&s.im);
}

static void large_png(void **state)
{
	(void)state;
	struct strbuf sb = STRBUF_INIT;
	uint8_t *bits = wide_rows(HIGH);
	make_png(&sb, bits, WIDE / 8, WIDE, HIGH,
		 (struct png_kind){PNG_COLOR_TYPE_GRAY, 1, false, false});
	assert_made_smaller(&sb);
	sb.buf[28] = 1; /* interlaced: it would be kept whole */
	png_mend_checksums(&sb);
	struct image im;
	struct errinfo e;
	assert_int_equal(image_decode_memory(&im, sb.buf, sb.len, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "of an interlaced PNG at most 100 million are read"));
	free(bits);
	strbuf_release(&sb);
}

static void large_pnm(void **state)
{
	(void)state;
	struct strbuf sb = STRBUF_INIT;
	uint8_t *bits = wide_rows(HIGH);
	for (size_t i = 0; i < (size_t)HIGH * WIDE / 8; i++)
		bits[i] ^= 0xff; /* a 1 is black */
	strbuf_addf(&sb, "P4 %d %d\n", WIDE, HIGH);
	strbuf_add(&sb, bits, (size_t)HIGH * WIDE / 8);
	assert_made_smaller(&sb);
	free(bits);
	strbuf_release(&sb);
}

static void large_jpeg(void **state)
{
	(void)state;
	struct strbuf sb = STRBUF_INIT;
	uint8_t *px = xmalloc((size_t)WIDE * HIGH);
	for (int y = 0; y < HIGH; y++)
		for (int x = 0; x < WIDE; x++)
			px[(size_t)y * WIDE + (size_t)x] = x / BAR % 2 ? 0 : 255;
	make_jpeg(&sb, px, WIDE, HIGH, TJPF_GRAY, 0);
	free(px);
	assert_made_smaller(&sb);
	strbuf_release(&sb);
}

/* A tiny file that claims much ends where its bytes end. */
static void large_claims(void **state)
{
	(void)state;
	struct strbuf sb = STRBUF_INIT;
	struct image im;
	struct errinfo e;
	uint8_t *px = make_pixels(W, H, 3, 6);
	make_jpeg(&sb, px, W, H, TJPF_RGB, 0);
	for (size_t i = 0; i + 9 < sb.len; i++)
		if (!memcmp(sb.buf + i, "\xff\xc0", 2)) {
			memcpy(sb.buf + i + 5, "\x75\x30\x75\x30", 4); /* 30000x30000 */
			break;
		}
	assert_int_equal(image_decode_memory(&im, sb.buf, sb.len, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "truncated"));
	strbuf_reset(&sb);
	make_jpeg(&sb, px, W, H, TJPF_RGB, TJFLAG_PROGRESSIVE);
	for (size_t i = 0; i + 9 < sb.len; i++)
		if (!memcmp(sb.buf + i, "\xff\xc2", 2)) {
			memcpy(sb.buf + i + 5, "\x75\x30\x75\x30", 4);
			break;
		}
	assert_int_equal(image_decode_memory(&im, sb.buf, sb.len, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "a progressive JPEG of 30000x30000 pixels"));
	strbuf_reset(&sb);
	strbuf_addstr(&sb, "P6 30000 30000 255\nxx");
	assert_int_equal(image_decode_memory(&im, sb.buf, sb.len, &e), ERR_FORMAT);
	assert_non_null(strstr(e.msg, "truncated"));
	free(px);
	strbuf_release(&sb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_kind_is_read),
	    cmocka_unit_test(every_kind_cut_at_every_byte),
	    cmocka_unit_test(damaged_files_do_no_harm),
	    cmocka_unit_test(gif_frame),
	    cmocka_unit_test(bmp_with_run_lengths),
	    cmocka_unit_test(tiff_orientation),
	    cmocka_unit_test(refused_with_the_way_out),
	    cmocka_unit_test(large_png),
	    cmocka_unit_test(large_pnm),
	    cmocka_unit_test(large_jpeg),
	    cmocka_unit_test(large_claims),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
