#include "kind.h"

#include <string.h>

static const char CONVERT[] = "convert it to JPEG or PNG";
static const char DEVELOP[] = "develop it to JPEG or PNG";
static const char VIDEO[] = "save single pictures of it as JPEG or PNG";
static const char UNPACK[] = "unpack it";
static const char AGAIN[] = "fetch the picture again";

/* The first row that fits counts. Without a decoder, `advice` says what to do with it. */
static const struct signature {
	struct kind kind;
	const char *magic;
	size_t len, at;
} signatures[] = {
    {{"JPEG", jpeg_decode, NULL}, "\xff\xd8\xff", 3, 0},
    {{"PNG", png_decode, NULL}, "\x89PNG\r\n\x1a\n", 8, 0},
    {{"GIF", gif_decode, NULL}, "GIF87a", 6, 0},
    {{"GIF", gif_decode, NULL}, "GIF89a", 6, 0},
    {{"WebP", webp_decode, NULL}, "WEBP", 4, 8},
    {{"Canon raw (CR2)", NULL, DEVELOP}, "CR\x02", 3, 8},
    {{"TIFF", tiff_decode, NULL}, "II*\0", 4, 0},
    {{"TIFF", tiff_decode, NULL}, "MM\0*", 4, 0},
    {{"BigTIFF", tiff_decode, NULL}, "II+\0\x08\0\0\0", 8, 0},
    {{"BigTIFF", tiff_decode, NULL}, "MM\0+\0\x08\0\0", 8, 0},
    {{"PSD", stb_decode, NULL}, "8BPS\0\x01", 6, 0},
    {{"PSB", NULL, CONVERT}, "8BPS\0\x02", 6, 0},
    {{"PAM", NULL, CONVERT}, "P7\n", 3, 0},
    {{"PFM", NULL, CONVERT}, "PF\n", 3, 0},
    {{"PFM", NULL, CONVERT}, "Pf\n", 3, 0},
    {{"Canon raw (CR3)", NULL, DEVELOP}, "ftypcrx ", 8, 4},
    {{"Canon raw (CRW)", NULL, DEVELOP}, "HEAPCCDR", 8, 6},
    {{"Fujifilm raw", NULL, DEVELOP}, "FUJIFILMCCD-RAW", 15, 0},
    {{"Olympus raw", NULL, DEVELOP}, "IIRO", 4, 0},
    {{"Olympus raw", NULL, DEVELOP}, "IIRS", 4, 0},
    {{"Olympus raw", NULL, DEVELOP}, "MMOR", 4, 0},
    {{"Panasonic raw", NULL, DEVELOP}, "IIU\0", 4, 0},
    {{"Sigma raw", NULL, DEVELOP}, "FOVb", 4, 0},
    {{"HEIC", NULL, CONVERT}, "ftyphei", 7, 4},
    {{"HEIC", NULL, CONVERT}, "ftyphev", 7, 4},
    {{"HEIF", NULL, CONVERT}, "ftypmif1", 8, 4},
    {{"HEIF", NULL, CONVERT}, "ftypmsf1", 8, 4},
    {{"AVIF", NULL, CONVERT}, "ftypavi", 7, 4},
    {{"QuickTime video", NULL, VIDEO}, "ftypqt  ", 8, 4},
    {{"QuickTime video", NULL, VIDEO}, "moov", 4, 4},
    {{"JPEG 2000", NULL, CONVERT}, "ftypjp2", 7, 4},
    {{"MP4 video", NULL, VIDEO}, "ftyp", 4, 4},
    {{"JPEG 2000", NULL, CONVERT}, "\0\0\0\x0cjP", 6, 0},
    {{"JPEG 2000", NULL, CONVERT}, "\xff\x4f\xff\x51", 4, 0},
    {{"JPEG XL", NULL, CONVERT}, "\0\0\0\x0cJXL ", 8, 0},
    {{"JPEG XL", NULL, CONVERT}, "\xff\x0a", 2, 0},
    {{"JPEG XR", NULL, CONVERT}, "II\xbc", 3, 0},
    {{"AVI video", NULL, VIDEO}, "AVI ", 4, 8},
    {{"WAV sound", NULL, NULL}, "WAVE", 4, 8},
    {{"Matroska or WebM video", NULL, VIDEO}, "\x1a\x45\xdf\xa3", 4, 0},
    {{"MPEG video", NULL, VIDEO}, "\0\0\x01\xba", 4, 0},
    {{"MPEG video", NULL, VIDEO}, "\0\0\x01\xb3", 4, 0},
    {{"Flash video", NULL, VIDEO}, "FLV\x01", 4, 0},
    {{"Ogg", NULL, NULL}, "OggS", 4, 0},
    {{"MNG", NULL, CONVERT}, "\x8aMNG", 4, 0},
    {{"JNG", NULL, CONVERT}, "\x8bJNG", 4, 0},
    {{"an icon (ICO)", NULL, CONVERT}, "\0\0\x01\0", 4, 0},
    {{"a cursor (CUR)", NULL, CONVERT}, "\0\0\x02\0\x01\0", 6, 0},
    {{"an Apple icon (ICNS)", NULL, CONVERT}, "icns", 4, 0},
    {{"GIMP (XCF)", NULL, CONVERT}, "gimp xcf", 8, 0},
    {{"PCX", NULL, CONVERT}, "\x0a\x05\x01", 3, 0},
    {{"DirectDraw (DDS)", NULL, CONVERT}, "DDS ", 4, 0},
    {{"OpenEXR", NULL, CONVERT}, "\x76\x2f\x31\x01", 4, 0},
    {{"Radiance HDR", NULL, CONVERT}, "#?R", 3, 0},
    {{"QOI", NULL, CONVERT}, "qoif", 4, 0},
    {{"BPG", NULL, CONVERT}, "BPG\xfb", 4, 0},
    {{"FLIF", NULL, CONVERT}, "FLIF", 4, 0},
    {{"DjVu", NULL, CONVERT}, "AT&TFORM", 8, 0},
    {{"Sun raster", NULL, CONVERT}, "\x59\xa6\x6a\x95", 4, 0},
    {{"SGI", NULL, CONVERT}, "\x01\xda", 2, 0},
    {{"FITS", NULL, CONVERT}, "SIMPLE  =", 9, 0},
    {{"DICOM", NULL, CONVERT}, "DICM", 4, 128},
    {{"Windows metafile (WMF)", NULL, CONVERT}, "\xd7\xcd\xc6\x9a", 4, 0},
    {{"XPM", NULL, CONVERT}, "/* XPM */", 9, 0},
    {{"PDF", NULL, CONVERT}, "%PDF", 4, 0},
    {{"PostScript", NULL, CONVERT}, "%!PS", 4, 0},
    {{"PostScript", NULL, CONVERT}, "\xc5\xd0\xd3\xc6", 4, 0},
    {{"a NumPy array", NULL, CONVERT}, "\x93NUMPY", 6, 0},
    {{"ZIP", NULL, UNPACK}, "PK\x03\x04", 4, 0},
    {{"gzip", NULL, UNPACK}, "\x1f\x8b", 2, 0},
    {{"bzip2", NULL, UNPACK}, "BZh", 3, 0},
    {{"xz", NULL, UNPACK}, "\xfd" "7zXZ", 5, 0},
    {{"Zstandard", NULL, UNPACK}, "\x28\xb5\x2f\xfd", 4, 0},
    {{"7-Zip", NULL, UNPACK}, "7z\xbc\xaf", 4, 0},
    {{"RAR", NULL, UNPACK}, "Rar!\x1a", 5, 0},
    {{"tar", NULL, UNPACK}, "ustar", 5, 257},
    {{"a Git LFS pointer", NULL, "fetch the picture itself with `git lfs pull`"},
     "version https://git-lfs", 23, 0},
    {{"macOS metadata (AppleDouble)", NULL, "delete it"}, "\0\x05\x16\x07", 4, 0},
};

/* Text that is told by its first words, in any case, behind spaces. */
static const struct signature words[] = {
    {{"HTML", NULL, AGAIN}, "<!doctype html", 14, 0},
    {{"HTML", NULL, AGAIN}, "<html", 5, 0},
    {{"HTML", NULL, AGAIN}, "<head", 5, 0},
    {{"SVG", NULL, CONVERT}, "<svg", 4, 0},
    {{"SVG", NULL, CONVERT}, "<!doctype svg", 13, 0},
};

static const struct kind bmp = {"BMP", bmp_decode, NULL}, tga = {"TGA", stb_decode, NULL},
			 pnm = {"PNM", pnm_decode, NULL}, xml = {"XML", NULL, AGAIN},
			 svg = {"SVG", NULL, CONVERT};

static uint32_t little(const uint8_t *p, int bytes)
{
	uint32_t v = 0;
	for (int i = 0; i < bytes; i++)
		v |= (uint32_t)p[i] << 8 * i;
	return v;
}

/* Two letters begin many a text; the size of the second header is one of a few. */
static bool is_bmp(const uint8_t *data, size_t len)
{
	static const uint32_t sizes[] = {12, 16, 40, 52, 56, 64, 108, 124};
	if (len < 18 || memcmp(data, "BM", 2) != 0)
		return false;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (little(data + 14, 4) == sizes[i])
			return true;
	return false;
}

static bool is_pnm(const uint8_t *data, size_t len)
{
	return len >= 3 && data[0] == 'P' && data[1] >= '1' && data[1] <= '6' &&
	       (data[2] == '#' || strchr(" \t\r\n", data[2])) && data[2];
}

/* A TGA has no signature: every field of its header must make sense, and there must be bytes for
 * its pixels.
 * Source: Truevision TGA File Format Specification 2.0, fields 1 to 5. */
static bool is_tga(const uint8_t *d, size_t len)
{
	if (len < 18 || d[1] > 1 || (d[2] & 0xf7) < 1 || (d[2] & 0xf7) > 3 || d[17] & 0xc0)
		return false;
	bool packed = d[2] & 8, mapped = (d[2] & 7) == 1, grey = (d[2] & 7) == 3;
	size_t depth = d[16], map_bits = d[7];
	bool known = mapped || grey ? depth == 8 || (depth == 16 && !mapped)
				    : depth == 15 || depth == 16 || depth == 24 || depth == 32;
	bool map_known =
	    d[1] ? map_bits == 15 || map_bits == 16 || map_bits == 24 || map_bits == 32
		 : !mapped && little(d + 3, 4) == 0 && (map_bits == 0 || map_bits == 24);
	size_t n = (size_t)little(d + 12, 2) * little(d + 14, 2), per = (depth + 7) / 8;
	if (!known || !map_known || (mapped && !d[1]) || n == 0 || (d[17] & 15) > 8)
		return false;
	size_t head = 18 + d[0] + (d[1] ? little(d + 5, 2) * ((map_bits + 7) / 8) : 0);
	return len >= head + (packed ? (n + 127) / 128 * (1 + per) : n * per);
}

static bool same_word(const uint8_t *data, const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((data[i] >= 'A' && data[i] <= 'Z' ? data[i] + 32 : data[i]) != word[i])
			return false;
	return true;
}

static const struct kind *kind_of_text(const uint8_t *data, size_t len)
{
	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		data += 3;
		len -= 3;
	}
	while (len > 0 && *data && strchr(" \t\r\n", *data)) {
		data++;
		len--;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (len >= words[i].len && same_word(data, words[i].magic, words[i].len))
			return &words[i].kind;
	if (len < 5 || memcmp(data, "<?xml", 5) != 0)
		return NULL;
	return memmem(data, len < 4096 ? len : 4096, "<svg", 4) ? &svg : &xml;
}

const struct kind *kind_of(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < sizeof(signatures) / sizeof(*signatures); i++) {
		const struct signature *s = &signatures[i];
		if (len >= s->at + s->len && memcmp(data + s->at, s->magic, s->len) == 0)
			return &s->kind;
	}
	if (is_bmp(data, len))
		return &bmp;
	if (is_pnm(data, len))
		return &pnm;
	const struct kind *text = kind_of_text(data, len);
	if (text)
		return text;
	return is_tga(data, len) ? &tga : NULL;
}
