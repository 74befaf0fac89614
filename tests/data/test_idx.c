/* Idx files: what they may hold, every way they can be wrong, and Fashion-MNIST when it is here;
 * and the choice of classes and of how many pictures. */
#include "pictures.h"

#include "thaw/data/dataset.h"
#include "thaw/data/loader.h"

#include <unistd.h>
#include <zlib.h>

#define FASHION "/usr/share/datasets/fashion-mnist"

static char folder[] = "set", names_file[] = "names.txt", nothing[] = "", images[] = "pictures";

static void add_32(struct strbuf *sb, uint32_t v)
{
	const uint8_t bytes[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
				  (uint8_t)v};
	strbuf_add(sb, bytes, 4);
}

static void add_header(struct strbuf *sb, int n_dims, const uint32_t *dims)
{
	const uint8_t magic[4] = {0, 0, 8, (uint8_t)n_dims};
	strbuf_reset(sb);
	strbuf_add(sb, magic, 4);
	for (int i = 0; i < n_dims; i++)
		add_32(sb, dims[i]);
}

/* Every byte says where it is, modulo a prime. */
static void add_bytes(struct strbuf *sb, size_t n)
{
	for (size_t i = 0; i < n; i++)
		strbuf_addch(sb, (char)(i % 251));
}

static void write_bytes(const char *path, const struct strbuf *sb)
{
	assert_int_equal(file_write_atomic(path, sb->buf, sb->len, NULL), ERR_OK);
}

static void write_zipped(const char *path, const struct strbuf *sb)
{
	gzFile gz = gzopen(path, "wb");
	assert_non_null(gz);
	assert_int_equal(gzwrite(gz, sb->buf, (unsigned)sb->len), (int)sb->len);
	assert_int_equal(gzclose(gz), Z_OK);
}

/* n grey pictures, 5 wide and 4 high, with labels 0 1 2 0 1 2 … */
static void make_set(const char *set, uint32_t n)
{
	struct strbuf sb = STRBUF_INIT;
	char path[64];
	assert_int_equal(file_mkdirs(folder, NULL), ERR_OK);
	add_header(&sb, 3, (const uint32_t[]){n, 4, 5});
	add_bytes(&sb, (size_t)n * 20);
	snprintf(path, sizeof(path), "set/%s-images-idx3-ubyte", set);
	write_bytes(path, &sb);
	add_header(&sb, 1, &n);
	for (uint32_t i = 0; i < n; i++)
		strbuf_addch(&sb, (char)(i % 3));
	snprintf(path, sizeof(path), "set/%s-labels-idx1-ubyte.gz", set);
	write_zipped(path, &sb);
	strbuf_release(&sb);
}

static struct experiment idx_experiment(void)
{
	struct experiment x = plain_experiment(nothing);
	x.data.idx = folder;
	x.data.valid = VALID_AUTO;
	return x;
}

static struct dataset *open_ok(const struct experiment *x)
{
	struct dataset *d = NULL;
	struct errinfo e = {.msg = ""};
	if (dataset_open(&d, x, &e))
		fail_msg("%s", e.msg);
	return d;
}

/* One line, with the offset when there is one. */
static void assert_fails(const struct experiment *x, enum err code, const char *why, size_t at)
{
	struct dataset *d = NULL;
	struct errinfo e = {.msg = ""};
	enum err r = dataset_open(&d, x, &e);
	if (r != code || !strstr(e.msg, why) || e.at != at)
		fail_msg("%s at %zu, \"%s\"; wanted \"%s\" at %zu", err_name(r), e.at, e.msg, why,
			 at);
	assert_null(strchr(e.msg, '\n'));
	assert_null(d);
	assert_int_equal(dataset_open(&d, x, NULL), code);
}

static void grey_pictures(void **state)
{
	(void)state;
	make_set("train", 30);
	make_set("t10k", 12);
	struct experiment x = idx_experiment();
	struct dataset *d = open_ok(&x);
	assert_int_equal(d->n_classes, 3);
	assert_string_equal(d->classes[2], "2");
	assert_int_equal(d->train.n, 30);
	assert_int_equal(d->valid.n, 12);
	assert_string_equal(d->train.samples[7].path, "set/train-images-idx3-ubyte#7");
	assert_int_equal(d->train.samples[7].label, 1);
	struct image im;
	assert_int_equal(sample_decode(&im, &d->train.samples[7], NULL), ERR_OK);
	assert_true(im.w == 5 && im.h == 4);
	for (int i = 0; i < 20; i++)
		for (int c = 0; c < 3; c++)
			assert_int_equal(im.rgb[3 * i + c], (7 * 20 + i) % 251);
	image_release(&im);
	assert_int_equal(dataset_audit(d, &x, 2, NULL, NULL, NULL), ERR_OK);
	assert_int_equal(d->train.n + d->valid.n, 42);
	struct warnings w = {NULL, 0, 0};
	dataset_advise(d, &x, &w);
	assert_int_equal(w.n, 1); /* the twelve are the first of the thirty */
	assert_non_null(strstr(w.lines[0], "12 of 12 validation pictures are among the training "
					   "pictures, too, byte for byte, e.g. "
					   "set/t10k-images-idx3-ubyte#0 = "
					   "set/train-images-idx3-ubyte#0"));
	warnings_release(&w);
	dataset_free(d);
}

/* Colours last, or as planes: the same picture. */
static void coloured_pictures(void **state)
{
	(void)state;
	for (int planar = 0; planar < 2; planar++) {
		make_set("train", 6);
		assert_int_equal(unlink("set/train-images-idx3-ubyte"), 0);
		struct strbuf sb = STRBUF_INIT;
		add_header(&sb, 4, planar ? (const uint32_t[]){6, 3, 4, 5}
					  : (const uint32_t[]){6, 4, 5, 3});
		add_bytes(&sb, 6 * 60);
		write_zipped("set/train-images-idx4-ubyte.gz", &sb);
		struct experiment x = idx_experiment();
		struct dataset *d = open_ok(&x);
		const struct split *s = d->train.n == 6 ? &d->train : &d->valid;
		struct image im;
		assert_int_equal(sample_decode(&im, &s->samples[0], NULL), ERR_OK);
		size_t at = (size_t)s->samples[0].at * 60;
		assert_int_equal(im.rgb[3 * 7 + 1], (at + (planar ? 20 + 7 : 3 * 7 + 1)) % 251);
		assert_int_equal(im.rgb[3 * 19 + 2], (at + 59) % 251);
		image_release(&im);
		dataset_free(d);
		strbuf_release(&sb);
	}
}

static void a_share_is_held_out(void **state)
{
	(void)state;
	make_set("train", 30);
	struct experiment x = idx_experiment();
	struct dataset *d = open_ok(&x); /* no t10k files: a fifth */
	assert_int_equal(d->valid.n, 6);
	dataset_free(d);
	make_set("t10k", 12);
	x.data.valid = 0.5; /* and not those of the t10k files */
	d = open_ok(&x);
	assert_int_equal(d->train.n, 15);
	assert_int_equal(count_label(&d->valid, 2), 5);
	for (size_t i = 0; i < d->valid.n; i++)
		assert_non_null(strstr(d->valid.samples[i].path, "train-images"));
	dataset_free(d);
}

static void names_of_classes(void **state)
{
	(void)state;
	make_set("train", 30);
	write_text(names_file, "T-shirt/top\nTrouser\nBag\n");
	struct experiment x = idx_experiment();
	x.data.names = names_file;
	struct dataset *d = open_ok(&x);
	assert_string_equal(d->classes[0], "T-shirt/top");
	dataset_free(d);
	write_text(names_file, "one\ntwo\n");
	assert_fails(&x, ERR_VALUE, "picture 2 has the label 2, but there are 2 classes", 10);
	write_text(names_file, "one\ntwo\none\n");
	assert_fails(&x, ERR_VALUE, "\"one\" is there twice", 0);
	assert_int_equal(unlink(names_file), 0);
	assert_fails(&x, ERR_NOT_FOUND, "data.names: cannot read the file of class names", 0);
}

/* The files as they are but for a few bytes, and what is said. */
static void broken_files(void **state)
{
	(void)state;
	static const struct {
		const char *file;
		size_t at, len; /* bytes replaced; len 0: the file is cut there */
		const char *bytes, *says;
		size_t where;
	} cases[] = {
	    {"images-idx3-ubyte", 0, 2, "PK", "it begins 50 4b 08 03", 0},
	    {"images-idx3-ubyte", 2, 1, "\x0d", "type 0x0d; only unsigned bytes", 2},
	    {"images-idx3-ubyte", 3, 1, "\1", "1 dimensions; pictures have 3", 3},
	    {"images-idx3-ubyte", 0, 0, "", "byte 0: the file ends here, in its header", 0},
	    {"images-idx3-ubyte", 9, 0, "", "byte 9: the file ends here, in its header", 9},
	    {"images-idx3-ubyte", 615, 0, "", "byte 615: the file ends here; its header promises 1",
	     615},
	    {"images-idx3-ubyte", 4, 4, "\xff\xff\xff\xff", "absurd size", 8},
	    {"images-idx3-ubyte", 4, 4, "\0\0\0\0", "dimension 1 is 0", 4},
	    {"images-idx3-ubyte", 8, 8, "\0\0\0\1\0\0\0\0", "dimension 3 is 0", 12},
	    {"images-idx3-ubyte", 7, 1, "\x1d", "byte 596: bytes behind the last one of 580", 596},
	    {"images-idx3-ubyte", 3, 1, "\4", "the file ends here; its header promises",
	     616},
	    {"labels-idx1-ubyte", 7, 1, "\x1d", "byte 37: bytes behind", 37},
	    {"labels-idx1-ubyte", 37, 0, "", "promises 1 bytes more", 37},
	    {"labels-idx1-ubyte", 3, 1, "\3", "3 dimensions; labels have 1", 3},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		make_set("train", 30);
		struct strbuf sb = STRBUF_INIT;
		char path[64];
		gzFile gz;
		uint8_t raw[1024];
		snprintf(path, sizeof(path), "set/train-%s", cases[i].file);
		bool labels = access(path, F_OK) != 0;
		char *from = xasprintf("%s%s", path, labels ? ".gz" : "");
		gz = gzopen(from, "rb");
		int len = gzread(gz, raw, sizeof(raw));
		gzclose(gz);
		assert_int_equal(unlink(from), 0);
		strbuf_add(&sb, raw, (size_t)len);
		if (cases[i].len)
			memcpy(sb.buf + cases[i].at, cases[i].bytes, cases[i].len);
		else
			sb.len = cases[i].at;
		write_bytes(path, &sb);
		struct experiment x = idx_experiment();
		assert_fails(&x, ERR_FORMAT, cases[i].says, cases[i].where);
		assert_int_equal(unlink(path), 0);
		free(from);
		strbuf_release(&sb);
	}
}

static void files_that_do_not_fit(void **state)
{
	(void)state;
	struct experiment x = idx_experiment();
	assert_fails(&x, ERR_NOT_FOUND, "data.idx: there is no train-images-idx3-ubyte, zipped", 0);
	make_set("train", 30);
	struct strbuf sb = STRBUF_INIT;
	add_header(&sb, 1, (const uint32_t[]){29});
	add_bytes(&sb, 29);
	write_zipped("set/train-labels-idx1-ubyte.gz", &sb);
	assert_fails(&x, ERR_FORMAT,
		     "29 labels, but set/train-images-idx3-ubyte has 30 pictures", 4);
	make_set("train", 30);
	make_set("t10k", 3);
	assert_int_equal(unlink("set/t10k-labels-idx1-ubyte.gz"), 0);
	assert_fails(&x, ERR_NOT_FOUND, "there is no t10k-labels-idx1-ubyte", 0);
	make_set("t10k", 3);
	add_header(&sb, 1, (const uint32_t[]){3});
	strbuf_add(&sb, "\0\3\1", 3); /* no such class in the training set */
	write_zipped("set/t10k-labels-idx1-ubyte.gz", &sb);
	assert_fails(&x, ERR_VALUE, "byte 9: picture 1 has the label 3", 9);
	assert_int_equal(unlink("set/t10k-labels-idx1-ubyte.gz"), 0);
	assert_int_equal(file_mkdirs("set/t10k-labels-idx1-ubyte.gz", NULL), ERR_OK);
	assert_fails(&x, ERR_FORMAT, "t10k-labels-idx1-ubyte.gz: not a regular file", 0);
	strbuf_release(&sb);
}

/* Cut or changed at any byte, a zipped file is refused or read right, in one line. */
static void damaged_gzip(void **state)
{
	(void)state;
	make_set("train", 300);
	struct strbuf plain = STRBUF_INIT, zipped = STRBUF_INIT;
	const char *path = "set/train-images-idx3-ubyte.gz";
	assert_int_equal(file_read("set/train-images-idx3-ubyte", &plain, NULL), ERR_OK);
	write_zipped(path, &plain);
	assert_int_equal(unlink("set/train-images-idx3-ubyte"), 0);
	assert_int_equal(file_read(path, &zipped, NULL), ERR_OK);
	struct experiment x = idx_experiment();
	for (size_t i = 0; i < zipped.len; i++) {
		struct errinfo e = {.msg = ""};
		struct dataset *d = NULL;
		struct strbuf sb = STRBUF_INIT;
		strbuf_add(&sb, zipped.buf, i);
		write_bytes(path, &sb);
		assert_int_equal(dataset_open(&d, &x, &e), ERR_FORMAT);
		assert_non_null(strstr(e.msg, i < 14 ? "byte " : "the gzip data end here"));
		strbuf_add(&sb, zipped.buf + i, zipped.len - i);
		sb.buf[i] = (char)(sb.buf[i] ^ 0x40);
		write_bytes(path, &sb);
		if (dataset_open(&d, &x, &e) == ERR_OK) { /* e.g. the time in the gzip header */
			assert_int_equal(d->train.n + d->valid.n, 300);
			dataset_free(d);
		}
		assert_null(strchr(e.msg, '\n'));
		strbuf_release(&sb);
	}
	strbuf_release(&plain);
	strbuf_release(&zipped);
}

/* The loader shows the very pictures. */
static void the_loader_shows_them(void **state)
{
	(void)state;
	make_set("train", 30);
	make_set("t10k", 12);
	struct experiment x = idx_experiment();
	struct dataset *d = open_ok(&x);
	struct loader *l = loader_new(d, &x, false, 5, 4, 5, 2, 100);
	struct batch b;
	bool more;
	size_t seen = 0;
	loader_start(l, 1, 0);
	while (loader_next(l, &b, &more, NULL) == ERR_OK && more)
		for (int i = 0; i < b.n; i++, seen++) {
			assert_int_equal(b.labels[i], (int)b.index[i] % 3);
			for (size_t k = 0; k < 60; k++) {
				float want = (float)((b.index[i] * 20 + k % 20) % 251) / 255;
				assert_float_equal(b.x[(size_t)i * 60 + k], want, 1e-6);
			}
		}
	assert_int_equal(seen, 12);
	loader_free(l);
	dataset_free(d);
}

static void choosing_classes(void **state)
{
	(void)state;
	make_set("train", 30);
	make_set("t10k", 12);
	write_text(names_file, "ant\n0\n1-2\n"); /* names that look like positions */
	struct experiment x = idx_experiment();
	static const struct {
		const char *text, *classes;
	} good[] = {{"ant,0", "ant 0"},     {"1-2, ant", "ant 1-2"}, {"2,1", "0 1-2"},
		    {"0-2", "ant 0 1-2"}, {"0,2", "0 1-2"}};
	x.data.names = names_file;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		char text[16], got[64] = "";
		snprintf(text, sizeof(text), "%s", good[i].text);
		x.data.classes = text;
		struct dataset *d = open_ok(&x);
		for (size_t c = 0; c < d->n_classes; c++) {
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
				 c ? " " : "", d->classes[c]);
			assert_int_equal(count_label(&d->train, (int)c), 10);
			assert_int_equal(count_label(&d->valid, (int)c), 4);
		}
		assert_string_equal(got, good[i].classes);
		assert_int_equal(d->train.n, 10 * d->n_classes);
		dataset_free(d);
	}
	static const struct {
		const char *text, *says;
	} bad[] = {{"bee,ant", "data.classes: there is no class \"bee\"; choose by name, or by "
			       "position from 0 to 2 (\"ant\" to \"1-2\")"},
		   {"0-3", "no class \"0-3\""},
		   {"ant,", "no class \"\""},
		   {"2-1", "no class \"2-1\""},
		   {"99999999999", "no class \"99999999999\""},
		   {"ant,ant", "class \"ant\" is chosen twice"},
		   {"0-2,ant", "class \"ant\" is chosen twice"},
		   {"ant", "there is only one class"}};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[16];
		snprintf(text, sizeof(text), "%s", bad[i].text);
		x.data.classes = text;
		assert_fails(&x, ERR_VALUE, bad[i].says, 0);
	}
}

/* Of class folders, with classes of different sizes. */
static void a_limit_is_shared_out(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int n;
	} classes[] = {{"ant", 40}, {"bee", 12}, {"cat", 4}};
	for (int c = 0; c < 3; c++)
		for (int i = 0; i < classes[c].n; i++) {
			char path[300];
			snprintf(path, sizeof(path), "%s/%s", images, classes[c].name);
			assert_int_equal(file_mkdirs(path, NULL), ERR_OK);
			snprintf(path, sizeof(path), "%s/%s/%02d.jpg", images, classes[c].name, i);
			write_text(path, "not looked at");
		}
	struct experiment x = plain_experiment(images);
	x.data.valid = VALID_AUTO;
	static const struct {
		int limit;
		size_t want[3];
	} cases[] = {{3, {1, 1, 1}},   {4, {2, 1, 1}},   {9, {6, 2, 1}}, {23, {16, 5, 2}},
		     {45, {32, 10, 3}}, {999, {32, 10, 3}}, {0, {32, 10, 3}}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		x.data.limit = cases[i].limit;
		struct dataset *d = open_ok(&x), *again = open_ok(&x);
		for (int c = 0; c < 3; c++)
			assert_int_equal(count_label(&d->train, c), cases[i].want[c]);
		assert_int_equal(d->valid.n, 8 + 2 + 1); /* all of them */
		for (size_t k = 0; k < d->train.n; k++)
			assert_string_equal(d->train.samples[k].path, again->train.samples[k].path);
		dataset_free(d);
		dataset_free(again);
	}
	x.data.limit = 2;
	assert_fails(&x, ERR_VALUE, "data.limit: 2 pictures cannot show 3 classes", 0);
	x.data.limit = 23;
	struct dataset *d = open_ok(&x);
	x.train.seed = 2;
	x.data.valid = 0; /* so that the split cannot be why */
	struct dataset *one = open_ok(&x);
	x.train.seed = 3;
	struct dataset *other = open_ok(&x);
	int same = 0;
	for (size_t k = 0; k < one->train.n; k++)
		same += strcmp(one->train.samples[k].path, other->train.samples[k].path) == 0;
	assert_true(same < 23);
	dataset_free(d);
	dataset_free(one);
	dataset_free(other);
}

static void fashion_mnist(void **state)
{
	(void)state;
	if (access(FASHION "/t10k-images-idx3-ubyte.gz", R_OK) != 0) {
		print_message("skipped: " FASHION " (dataset-fashion-mnist) is absent\n");
		skip();
	}
	char path[] = FASHION, five[] = "5-9";
	struct experiment x = idx_experiment();
	x.data.idx = path;
	struct dataset *d = open_ok(&x);
	assert_int_equal(d->n_classes, 10);
	assert_int_equal(d->train.n, 60000);
	assert_int_equal(d->valid.n, 10000);
	for (int c = 0; c < 10; c++)
		assert_int_equal(count_label(&d->train, c), 6000);
	dataset_free(d);
	x.data.classes = five;
	x.data.limit = 500;
	d = open_ok(&x);
	assert_string_equal(d->classes[0], "5");
	assert_int_equal(d->train.n, 500);
	assert_int_equal(count_label(&d->train, 4), 100);
	assert_int_equal(d->valid.n, 5000);
	dataset_free(d);
}

#define SCRATCH(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SCRATCH(grey_pictures),       SCRATCH(coloured_pictures),
	    SCRATCH(a_share_is_held_out), SCRATCH(names_of_classes),
	    SCRATCH(broken_files),        SCRATCH(files_that_do_not_fit),
	    SCRATCH(damaged_gzip),        SCRATCH(the_loader_shows_them),
	    SCRATCH(choosing_classes),    SCRATCH(a_limit_is_shared_out),
	    SCRATCH(fashion_mnist),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
