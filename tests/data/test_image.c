/* Decoding: every kind of file a picture folder may hold, and thousands that were damaged on
 * purpose. */
#include "pictures.h"

static struct image decode(const struct strbuf *sb)
{
	struct image im;
	struct errinfo e = {.msg = ""};
	enum err r = image_decode_memory(&im, sb->buf, sb->len, &e);
	if (r)
		print_error("%s\n", e.msg);
	assert_int_equal(r, ERR_OK);
	return im;
}

static void assert_refused(const void *data, size_t len, const char *why)
{
	struct image im = {-1, -1, NULL};
	struct errinfo e = {.msg = ""};
	assert_int_equal(image_decode_memory(&im, data, len, &e), ERR_FORMAT);
	if (!strstr(e.msg, why))
		print_error("\"%s\" does not say \"%s\"\n", e.msg, why);
	assert_non_null(strstr(e.msg, why));
	assert_null(strchr(e.msg, '\n'));
	assert_int_equal(im.w, -1);
}

static double mean_difference(const uint8_t *a, const uint8_t *b, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += abs(a[i] - b[i]);
	return sum / (double)n;
}

static void jpeg_colour(void **state)
{
	(void)state;
	static const int flags[] = {0, TJFLAG_PROGRESSIVE};
	for (int i = 0; i < 2; i++) {
		struct strbuf sb = STRBUF_INIT;
		uint8_t *px = make_pixels(61, 43, 3, 1);
		make_jpeg(&sb, px, 61, 43, TJPF_RGB, flags[i]);
		struct image im = decode(&sb);
		assert_int_equal(im.w, 61);
		assert_int_equal(im.h, 43);
		assert_true(mean_difference(im.rgb, px, 61 * 43 * 3) < 12);
		image_release(&im);
		free(px);
		strbuf_release(&sb);
	}
}

static void jpeg_grey_is_grey(void **state)
{
	(void)state;
	struct strbuf sb = STRBUF_INIT;
	uint8_t *px = make_pixels(40, 30, 1, 2);
	make_jpeg(&sb, px, 40, 30, TJPF_GRAY, 0);
	struct image im = decode(&sb);
	for (int i = 0; i < 40 * 30; i++) {
		assert_int_equal(im.rgb[3 * i], im.rgb[3 * i + 1]);
		assert_int_equal(im.rgb[3 * i], im.rgb[3 * i + 2]);
		assert_true(abs(im.rgb[3 * i] - px[i]) < 12);
	}
	image_release(&im);
	free(px);
	strbuf_release(&sb);
}

static void fill_ink(uint8_t *px, int n, const uint8_t ink[4])
{
	for (int i = 0; i < n; i++)
		memcpy(px + 4 * i, ink, 4);
}

/* Adobe's programs store 255 - ink; that is what all real files of four inks do. */
static void jpeg_inks(void **state)
{
	(void)state;
	static const struct {
		uint8_t stored[4], rgb[3];
	} cases[] = {
	    {{255, 255, 255, 255}, {255, 255, 255}}, /* no ink at all: white */
	    {{255, 255, 255, 0}, {0, 0, 0}},         /* black ink only */
	    {{255, 0, 0, 255}, {255, 0, 0}},         /* magenta and yellow: red */
	    {{0, 255, 0, 255}, {0, 255, 0}},         {{0, 0, 255, 128}, {0, 0, 128}},
	};
	uint8_t px[16 * 16 * 4];
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct strbuf sb = STRBUF_INIT;
		fill_ink(px, 16 * 16, cases[i].stored);
		make_jpeg(&sb, px, 16, 16, TJPF_CMYK, 0);
		struct image im = decode(&sb);
		for (int c = 0; c < 3; c++)
			assert_true(abs(im.rgb[3 * 100 + c] - cases[i].rgb[c]) <= 4);
		image_release(&im);
		strbuf_release(&sb);
	}
}

/* A 2:1 picture whose left half is red, upper right green, lower right blue, seen upright. */
static const uint8_t *expected_at(double x, double y)
{
	static const uint8_t red[3] = {254, 0, 0}, green[3] = {0, 255, 1}, blue[3] = {0, 0, 254};
	return x < 0.5 ? red : y < 0.5 ? green : blue;
}

/* Where the upright point (x, y) is stored, per EXIF: what the first row and column of the file
 * are.
 * Source: EXIF 2.3, orientation: 1 top-left, 2 top-right, 3 bottom-right, 4 bottom-left, 5
 * left-top, … */
static void stored_at(int orientation, double x, double y, double *u, double *v)
{
	double table[9][2] = {{0, 0}, {x, y},     {1 - x, y},     {1 - x, 1 - y}, {x, 1 - y},
			      {y, x}, {y, 1 - x}, {1 - y, 1 - x}, {1 - y, x}};
	*u = table[orientation][0];
	*v = table[orientation][1];
}

static void make_turned(struct strbuf *sb, int orientation, bool big_endian)
{
	int w = orientation >= 5 ? 32 : 64, h = orientation >= 5 ? 64 : 32;
	uint8_t *px = xcalloc(64 * 32, 3);
	for (int y = 0; y < 32; y++)
		for (int x = 0; x < 64; x++) {
			double u, v, ux = (x + 0.5) / 64, uy = (y + 0.5) / 32;
			stored_at(orientation, ux, uy, &u, &v);
			memcpy(px + 3 * ((int)(v * h) * w + (int)(u * w)), expected_at(ux, uy), 3);
		}
	make_jpeg(sb, px, w, h, TJPF_RGB, 0);
	add_exif(sb, orientation, big_endian);
	free(px);
}

static void jpeg_orientation(void **state)
{
	(void)state;
	for (int orientation = 1; orientation <= 8; orientation++)
		for (int big_endian = 0; big_endian < 2; big_endian++) {
			struct strbuf sb = STRBUF_INIT;
			make_turned(&sb, orientation, big_endian);
			struct image im = decode(&sb);
			assert_int_equal(im.w, 64);
			assert_int_equal(im.h, 32);
			for (int y = 4; y < 32; y += 24)
				for (int x = 4; x < 64; x += 55) {
					const uint8_t *want =
					    expected_at((x + 0.5) / 64, (y + 0.5) / 32);
					for (int c = 0; c < 3; c++)
						assert_true(abs(im.rgb[3 * (y * 64 + x) + c] -
								want[c]) < 10);
				}
			image_release(&im);
			strbuf_release(&sb);
		}
}

static void exif_nonsense_is_ignored(void **state)
{
	(void)state;
	static const int values[] = {0, 9, 255};
	for (int i = 0; i < 3; i++) {
		struct strbuf sb = STRBUF_INIT;
		uint8_t *px = make_pixels(20, 10, 3, 3);
		make_jpeg(&sb, px, 20, 10, TJPF_RGB, 0);
		add_exif(&sb, values[i], false);
		struct image im = decode(&sb);
		assert_int_equal(im.w, 20);
		image_release(&im);
		free(px);
		strbuf_release(&sb);
	}
}

static void stray_bytes_do_no_harm(void **state)
{
	(void)state;
	struct strbuf sb = STRBUF_INIT;
	uint8_t *px = make_pixels(30, 30, 3, 5);
	make_jpeg(&sb, px, 30, 30, TJPF_RGB, 0);
	struct image clean = decode(&sb);
	insert_bytes(&sb, 20, "\0\0\0", 3); /* between two segments: JFIF's ends at 20 */
	strbuf_add(&sb, "trailing", 8);
	struct image im = decode(&sb);
	assert_memory_equal(im.rgb, clean.rgb, 30 * 30 * 3);
	image_release(&im);
	image_release(&clean);
	free(px);
	strbuf_release(&sb);
}

static size_t frame_at(const struct strbuf *sb)
{
	for (size_t i = 0; i + 9 < sb->len; i++)
		if ((uint8_t)sb->buf[i] == 0xff && (uint8_t)sb->buf[i + 1] == 0xc0)
			return i;
	fail();
	return 0;
}

static void absurd_sizes(void **state)
{
	(void)state;
	struct strbuf sb = STRBUF_INIT;
	uint8_t *px = make_pixels(30, 30, 3, 6);
	make_jpeg(&sb, px, 30, 30, TJPF_RGB, 0);
	size_t at = frame_at(&sb);
	memcpy(sb.buf + at + 5, "\xff\xff\xff\xff", 4);
	assert_refused(sb.buf, sb.len, "absurd size: it claims 65535x65535");
	memcpy(sb.buf + at + 5, "\0\0\0\x20", 4);
	assert_refused(sb.buf, sb.len, "without pixels");
	free(px);
	strbuf_release(&sb);

	uint8_t grey[1] = {7};
	make_png(&sb, grey, 1, 1, 1, (struct png_kind){PNG_COLOR_TYPE_GRAY, 8, false, false});
	/* width and height in the header chunk */
	memcpy(sb.buf + 16, "\0\x0f\x42\x40\0\x0f\x42\x40", 8);
	png_mend_checksums(&sb);
	assert_refused(sb.buf, sb.len, "absurd size: it claims 1000000x1000000");
	strbuf_release(&sb);
}

static void not_pictures(void **state)
{
	(void)state;
	assert_refused("", 0, "empty file");
	assert_refused("x", 1, "not a picture");
	assert_refused("hello, world", 12, "not a picture");
	assert_refused("\xff\xd8\xff", 3, "truncated");
	assert_refused("\x89PNG\r\n\x1a\n", 8, "truncated");
	assert_refused("\0\0\0\0\0\0\0\0", 8, "nothing but NUL bytes");
}

/* Told by their real kind, with what to do. */
static void kinds_that_are_not_read(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
		const char *why;
	} cases[] = {
	    {"\0\0\0\x18"
	     "ftypheic\0\0\0\0",
	     16, "HEIC, which is not read; convert it to JPEG or PNG"},
	    {"\0\0\0\x18"
	     "ftypmif1\0\0\0\0",
	     16, "HEIF"},
	    {"\0\0\0\x1c"
	     "ftypavif\0\0\0\0",
	     16, "AVIF"},
	    {"\0\0\0\x1c"
	     "ftypisom\0\0\2\0",
	     16, "MP4 video"},
	    {"\0\0\0\x0cjP  \r\n\x87\n", 12, "JPEG 2000"},
	    {"\0\0\0\x0cJXL \r\n\x87\n", 12, "JPEG XL"},
	    {"\xff\x0a\x41\x5f", 4, "JPEG XL"},
	    {"%PDF-1.7\n", 9, "PDF"},
	    {"<?xml version=\"1.0\"?>\n<svg width=\"9\">", 38, "SVG"},
	    {"\n <!DOCTYPE HTML><p>404", 23, "HTML, which is not read; fetch the picture again"},
	    {"version https://git-lfs.github.com/spec/v1", 42, "git lfs pull"},
	    {"II*\0\x10\0\0\0CR\2\0", 12, "Canon raw (CR2), which is not read; develop it"},
	    {"\x1a\x45\xdf\xa3....", 8, "WebM"},
	    {"RIFF....AVI LIST", 16, "AVI video"},
	    {"PK\3\4......", 10, "ZIP, which is not read; unpack it"},
	    {"\x1f\x8b\x08\0", 4, "gzip"},
	    {"8BPS\0\2\0\0\0\0\0\0", 12, "PSB"},
	    {"P7\nWIDTH 1\n", 11, "PAM"},
	    {"\0\0\1\0\1\0\x10\x10", 8, "icon"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_refused(cases[i].bytes, cases[i].len, cases[i].why);
}

/* Nothing is claimed of what only looks a little like a kind without a signature. */
static void unknown_bytes_are_not_named(void **state)
{
	(void)state;
	assert_refused("BMW and other cars, a list", 26, "not a picture");
	assert_refused("P5, a printer", 13, "not a picture");
	assert_refused("\0\0\2\0\0\0\0\0\0\0\0\0\x40\0\x40\0\x18\0..", 20, "not a picture");
}

static void png_kinds(void **state)
{
	(void)state;
	static const struct png_kind kinds[] = {
	    {PNG_COLOR_TYPE_RGB, 8, false, false},    {PNG_COLOR_TYPE_RGB, 8, true, false},
	    {PNG_COLOR_TYPE_RGB, 16, false, false},   {PNG_COLOR_TYPE_RGB, 16, true, false},
	    {PNG_COLOR_TYPE_GRAY, 8, false, false},   {PNG_COLOR_TYPE_GRAY, 16, false, false},
	    {PNG_COLOR_TYPE_GRAY, 8, true, false},    {PNG_COLOR_TYPE_PALETTE, 8, false, false},
	    {PNG_COLOR_TYPE_PALETTE, 8, true, false},
	};
	enum { W = 19, H = 13 };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct png_kind k = kinds[i];
		size_t per = (k.colour == PNG_COLOR_TYPE_RGB ? 3 : 1) * (size_t)k.depth / 8;
		uint8_t *rows = make_pixels(W, H, (int)per, 10 + i);
		struct strbuf sb = STRBUF_INIT;
		make_png(&sb, rows, W * per, W, H, k);
		struct image im = decode(&sb);
		assert_int_equal(im.w, W);
		assert_int_equal(im.h, H);
		for (size_t p = 0; p < W * H; p++)
			for (size_t c = 0; c < 3; c++) {
				/* of 16 bits the upper 8 remain */
				size_t in_pixel =
				    k.colour == PNG_COLOR_TYPE_RGB ? c * (size_t)k.depth / 8 : 0;
				uint8_t v = rows[p * per + in_pixel];
				uint8_t paint[3] = {v, (uint8_t)(255 - v), (uint8_t)(v / 2)};
				assert_int_equal(im.rgb[3 * p + c],
						 k.colour == PNG_COLOR_TYPE_PALETTE ? paint[c] : v);
			}
		image_release(&im);
		free(rows);
		strbuf_release(&sb);
	}
}

/* The colours that are stored, also where nothing of them shows. */
static void png_alpha_is_dropped(void **state)
{
	(void)state;
	static const uint8_t rgba[16] = {200, 100, 50, 255, 200, 100, 50,  0,
					 200, 100, 50, 128, 255, 255, 255, 1};
	static const uint8_t want[12] = {200, 100, 50, 200, 100, 50, 200, 100, 50, 255, 255, 255};
	struct strbuf sb = STRBUF_INIT;
	make_png(&sb, rgba, 16, 4, 1, (struct png_kind){PNG_COLOR_TYPE_RGB_ALPHA, 8, false, false});
	struct image im = decode(&sb);
	assert_memory_equal(im.rgb, want, 12);
	image_release(&im);
	strbuf_reset(&sb);

	static const uint8_t deep[8] = {200, 1, 0, 0, 100, 2, 127, 255};
	static const uint8_t grey[6] = {200, 200, 200, 100, 100, 100};
	make_png(&sb, deep, 8, 2, 1,
		 (struct png_kind){PNG_COLOR_TYPE_GRAY_ALPHA, 16, false, false});
	im = decode(&sb);
	assert_memory_equal(im.rgb, grey, 6);
	image_release(&im);
	strbuf_reset(&sb);

	static const uint8_t indices[4] = {3, 20, 15, 16};
	static const uint8_t painted[12] = {3, 252, 1, 20, 235, 10, 15, 240, 7, 16, 239, 8};
	make_png(&sb, indices, 4, 4, 1, (struct png_kind){PNG_COLOR_TYPE_PALETTE, 8, false, true});
	im = decode(&sb);
	assert_memory_equal(im.rgb, painted, 12);
	image_release(&im);
	strbuf_release(&sb);
}

static void png_one_bit(void **state)
{
	(void)state;
	static const uint8_t rows[2] = {0xa5, 0x0f};
	struct strbuf sb = STRBUF_INIT;
	make_png(&sb, rows, 1, 8, 2, (struct png_kind){PNG_COLOR_TYPE_GRAY, 1, false, false});
	struct image im = decode(&sb);
	for (int i = 0; i < 16; i++)
		assert_int_equal(im.rgb[3 * i], rows[i / 8] >> (7 - i % 8) & 1 ? 255 : 0);
	image_release(&im);
	strbuf_release(&sb);
}

/* Whole as long as every pixel is there, whatever lacks behind them. */
static void png_cut_anywhere(void **state)
{
	(void)state;
	for (int interlaced = 0; interlaced < 2; interlaced++) {
		struct strbuf sb = STRBUF_INIT;
		uint8_t *px = make_pixels(24, 24, 3, 7);
		make_png(&sb, px, 24 * 3, 24, 24,
			 (struct png_kind){PNG_COLOR_TYPE_RGB, 8, interlaced, false});
		size_t pixels_end = sb.len - 12 - 4 - 4; /* IEND, IDAT's checksum, zlib's */
		for (size_t len = 8; len < pixels_end - 1; len++)
			assert_refused(sb.buf, len, "truncated");
		for (size_t len = pixels_end + 8; len < sb.len; len++) {
			struct image im;
			assert_int_equal(image_decode_memory(&im, sb.buf, len, NULL), ERR_OK);
			assert_memory_equal(im.rgb, px, 24 * 24 * 3);
			image_release(&im);
		}
		free(px);
		strbuf_release(&sb);
	}
}

static void png_pixels_are_checked(void **state)
{
	(void)state;
	struct strbuf sb = STRBUF_INIT;
	uint8_t *px = make_pixels(24, 24, 3, 7);
	make_png(&sb, px, 24 * 3, 24, 24, (struct png_kind){PNG_COLOR_TYPE_RGB, 8, false, false});
	size_t end = sb.len - 12; /* of IDAT; IEND follows */
	sb.buf[end - 1] ^= 1;
	assert_refused(sb.buf, sb.len, "damaged");
	sb.buf[end - 1] ^= 1;
	memset(sb.buf + end, 'x', 12);
	struct image im = decode(&sb);
	assert_memory_equal(im.rgb, px, 24 * 24 * 3);
	image_release(&im);
	free(px);
	strbuf_release(&sb);
}

/* Flip, overwrite, delete and repeat bytes. Any outcome is allowed but a crash, a leak or a size
 * that lies. */
static void mutate(struct strbuf *sb, uint64_t key)
{
	size_t edits = 1 + rng_below(key, 0, 6);
	for (size_t i = 0; i < edits && sb->len > 4; i++) {
		uint64_t draw = 10 * (i + 1);
		size_t at = rng_below(key, draw, sb->len), n = 1 + rng_below(key, draw + 1, 8);
		char piece[8];
		switch (rng_below(key, draw + 2, 4)) {
		case 0:
			sb->buf[at] = (char)(sb->buf[at] ^ (1 << rng_below(key, draw + 3, 8)));
			break;
		case 1:
			sb->buf[at] = (char)rng_below(key, draw + 3, 256);
			break;
		case 2:
			n = n < sb->len - at ? n : sb->len - at;
			strbuf_remove(sb, at, n);
			break;
		default:
			n = n < sb->len - at ? n : sb->len - at;
			memcpy(piece, sb->buf + at, n);
			insert_bytes(sb, at, piece, n);
		}
	}
}

static void fuzz_one(const struct strbuf *seed, uint64_t key, size_t *ok, size_t *refused)
{
	struct strbuf sb = STRBUF_INIT;
	struct image im;
	struct errinfo e = {.msg = ""};
	strbuf_add(&sb, seed->buf, seed->len);
	mutate(&sb, key);
	if (sb.buf[0] == '\x89' && key % 4) /* else hardly any would get past the checksums */
		png_mend_checksums(&sb);
	if (image_decode_memory(&im, sb.buf, sb.len, &e) == ERR_OK) {
		assert_true(im.w > 0 && im.h > 0 && (int64_t)im.w * im.h <= IMAGE_MAX_PIXELS);
		volatile uint8_t last = im.rgb[(size_t)im.w * (size_t)im.h * 3 - 1];
		(void)last;
		image_release(&im);
		++*ok;
	} else {
		assert_true(e.msg[0] != '\0');
		++*refused;
	}
	strbuf_release(&sb);
}

static size_t make_seeds(struct strbuf *seeds)
{
	size_t n = 0;
	uint8_t *px = make_pixels(24, 20, 4, 8);
	for (int flags = 0; flags < 2; flags++) {
		make_jpeg(&seeds[n++], px, 24, 20, TJPF_RGB, flags ? TJFLAG_PROGRESSIVE : 0);
		make_jpeg(&seeds[n++], px, 24, 20, TJPF_CMYK, flags ? TJFLAG_PROGRESSIVE : 0);
		make_jpeg(&seeds[n++], px, 24, 20, TJPF_GRAY, flags ? TJFLAG_PROGRESSIVE : 0);
		make_png(&seeds[n++], px, 24 * 3, 24, 20,
			 (struct png_kind){PNG_COLOR_TYPE_RGB, 8, flags, false});
		make_png(&seeds[n++], px, 24 * 4, 24, 20,
			 (struct png_kind){PNG_COLOR_TYPE_RGB_ALPHA, 8, flags, false});
		make_png(&seeds[n++], px, 24, 24, 20,
			 (struct png_kind){PNG_COLOR_TYPE_PALETTE, 8, flags, true});
	}
	add_exif(&seeds[0], 6, true);
	free(px);
	return n;
}

static void fuzz(void **state)
{
	(void)state;
	struct strbuf seeds[12];
	for (size_t i = 0; i < 12; i++)
		strbuf_init(&seeds[i]);
	size_t n = make_seeds(seeds), ok = 0, refused = 0;
	for (uint64_t round = 0; round < 600; round++)
		for (size_t i = 0; i < n; i++)
			fuzz_one(&seeds[i], rng_key(99, RNG_INIT, round, i), &ok, &refused);
	print_message("damaged files: %zu decoded, %zu refused\n", ok, refused);
	assert_true(ok > 100 && refused > 1000);
	for (size_t i = 0; i < n; i++)
		strbuf_release(&seeds[i]);
}

static void assert_path_refused(const char *path, enum err code, const char *why)
{
	struct image im;
	struct errinfo e = {.msg = ""};
	assert_int_equal(image_decode(&im, path, &e), code);
	assert_non_null(strstr(e.msg, why));
	assert_null(strchr(e.msg, '\n'));
	assert_int_equal(image_decode(&im, path, NULL), code);
}

static void odd_paths(void **state)
{
	(void)state;
	assert_path_refused("nothing.jpg", ERR_NOT_FOUND, "nothing.jpg: No such file");
	assert_int_equal(mkdir("folder.jpg", 0777), 0);
	assert_path_refused("folder.jpg", ERR_FORMAT, "not a regular file");
	assert_int_equal(mkfifo("pipe.jpg", 0666), 0);
	assert_path_refused("pipe.jpg", ERR_FORMAT, "not a regular file"); /* and does not block */
	assert_int_equal(symlink("loop.jpg", "loop.jpg"), 0);
	assert_path_refused("loop.jpg", ERR_IO, "symbolic links");
	write_text("empty.png", "");
	assert_path_refused("empty.png", ERR_FORMAT, "empty.png: empty file");
	write_text("bad\xff\n.jpg", "no");
	assert_path_refused("bad\xff\n.jpg", ERR_FORMAT, "bad\\xff\\x0a.jpg: not a picture");
	char path[3000];
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_path_refused(path, ERR_IO, "...aaa");
}

static void decodes_by_bytes_not_by_name(void **state)
{
	(void)state;
	struct image im;
	write_jpeg("really-a-jpeg.png", 33, 21, 9);
	assert_int_equal(image_decode(&im, "really-a-jpeg.png", NULL), ERR_OK);
	assert_int_equal(im.w, 33);
	image_release(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(jpeg_colour),
	    cmocka_unit_test(jpeg_grey_is_grey),
	    cmocka_unit_test(jpeg_inks),
	    cmocka_unit_test(jpeg_orientation),
	    cmocka_unit_test(exif_nonsense_is_ignored),
	    cmocka_unit_test(stray_bytes_do_no_harm),
	    cmocka_unit_test(absurd_sizes),
	    cmocka_unit_test(not_pictures),
	    cmocka_unit_test(kinds_that_are_not_read),
	    cmocka_unit_test(unknown_bytes_are_not_named),
	    cmocka_unit_test(png_kinds),
	    cmocka_unit_test(png_alpha_is_dropped),
	    cmocka_unit_test(png_one_bit),
	    cmocka_unit_test(png_cut_anywhere),
	    cmocka_unit_test(png_pixels_are_checked),
	    cmocka_unit_test(fuzz),
	    cmocka_unit_test_setup_teardown(odd_paths, scratch_setup, scratch_teardown),
	    cmocka_unit_test_setup_teardown(decodes_by_bytes_not_by_name, scratch_setup,
					    scratch_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
