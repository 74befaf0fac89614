/* Folders of pictures: the same bytes from any number of threads, only what is missing is drawn,
 * and nothing of anybody else's is touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../train/scratch.h"
#include "thaw/draw/album.h"
#include "thaw/draw/picture.h"

#include <dirent.h>
#include <string.h>

static char *scratch;

static int set_up(void **state)
{
	(void)state;
	scratch = scratch_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_free(scratch);
	return 0;
}

static struct album album(const char *out)
{
	return (struct album){.out = out,
			      .n_train = 12,
			      .n_valid = 5,
			      .size = 32,
			      .seed = 7,
			      .threads = 1,
			      .knobs = knobs_default()};
}

static int draw(const struct album *a)
{
	struct errinfo e = {0};
	int n = -1;
	if (album_draw(a, &n, &e))
		fail_msg("%s", e.msg);
	return n;
}

static struct strbuf bytes(const char *folder, const char *name)
{
	struct strbuf out = STRBUF_INIT;
	struct errinfo e = {0};
	char *path = path_join(folder, name);
	if (file_read(path, &out, &e))
		fail_msg("%s", e.msg);
	free(path);
	return out;
}

static void put(const char *folder, const char *name, const char *text)
{
	struct errinfo e = {0};
	char *path = path_join(folder, name), *dir = path_dir(path);
	assert_int_equal(file_mkdirs(dir, &e), ERR_OK);
	assert_int_equal(file_write_atomic(path, text, strlen(text), &e), ERR_OK);
	free(dir);
	free(path);
}

static bool there(const char *folder, const char *name)
{
	char *path = path_join(folder, name);
	bool yes = file_exists(path);
	free(path);
	return yes;
}

static int count(const char *folder, const char *set, const char *kind)
{
	char *path = xasprintf("%s/%s/%s", folder, set, kind);
	DIR *dir = opendir(path);
	int n = 0;
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		n += strstr(entry->d_name, ".jpg") != NULL;
	closedir(dir);
	free(path);
	return n;
}

static void test_every_kind_has_its_share(void **state)
{
	(void)state;
	char *out = path_join(scratch, "a/b"); /* made with its parents */
	struct album a = album(out);
	assert_int_equal(draw(&a), 17);
	static const int train[] = {3, 3, 2, 2, 2};
	for (int kind = 0; kind < picture_n_kinds(); kind++) {
		assert_int_equal(count(out, "train", picture_kind_name(kind)), train[kind]);
		assert_int_equal(count(out, "valid", picture_kind_name(kind)), 1);
	}
	free(out);
}

static void test_threads_do_not_matter(void **state)
{
	(void)state;
	static const char *const some[] = {
	    "train/daisy/daisy-0002.jpg",         "train/tulip/tulip-0001.jpg",
	    "train/dandelion/dandelion-0000.jpg", "valid/rose/rose-0000.jpg",
	    "valid/sunflower/sunflower-0000.jpg", ALBUM_MANIFEST};
	char *one = path_join(scratch, "one"), *many = path_join(scratch, "many");
	struct album a = album(one), b = album(many);
	b.threads = 5;
	draw(&a);
	draw(&b);
	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		struct strbuf x = bytes(one, some[i]), y = bytes(many, some[i]);
		assert_int_equal(x.len, y.len);
		assert_memory_equal(x.buf, y.buf, x.len);
		strbuf_release(&x);
		strbuf_release(&y);
	}
	free(one);
	free(many);
}

static void test_pictures_do_not_depend_on_their_count(void **state)
{
	(void)state;
	char *few = path_join(scratch, "few"), *more = path_join(scratch, "more");
	struct album a = album(few), b = album(more);
	b.n_train = 20;
	draw(&a);
	draw(&b);
	struct strbuf x = bytes(few, "valid/tulip/tulip-0000.jpg");
	struct strbuf y = bytes(more, "valid/tulip/tulip-0000.jpg");
	assert_int_equal(x.len, y.len);
	assert_memory_equal(x.buf, y.buf, x.len);
	strbuf_release(&x);
	strbuf_release(&y);
	free(few);
	free(more);
}

static void test_only_what_is_missing_is_drawn(void **state)
{
	(void)state;
	struct album a = album(scratch);
	assert_int_equal(draw(&a), 17);
	a.threads = 3; /* is not part of what was asked for */
	assert_int_equal(draw(&a), 0);
	char *path = path_join(scratch, "train/rose/rose-0001.jpg");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(draw(&a), 17);
	assert_true(file_exists(path));
	free(path);
	a.knobs.v[KNOB_HARD] = 1;
	assert_int_equal(draw(&a), 17);
	a.seed++;
	assert_int_equal(draw(&a), 17);
	assert_int_equal(draw(&a), 0);
}

static void test_other_pictures_of_ours_are_replaced(void **state)
{
	(void)state;
	struct album a = album(scratch);
	a.n_train = 30;
	draw(&a);
	put(scratch, "train/daisy/mine.jpg", "a photograph");
	a.n_train = 10;
	a.n_valid = 0;
	draw(&a);
	assert_int_equal(count(scratch, "train", "daisy"), 2 + 1);
	assert_int_equal(count(scratch, "train", "tulip"), 2);
	assert_int_equal(count(scratch, "valid", "rose"), 0);
	struct strbuf mine = bytes(scratch, "train/daisy/mine.jpg");
	assert_string_equal(mine.buf, "a photograph");
	strbuf_release(&mine);
}

static void test_foreign_folder_is_not_touched(void **state)
{
	(void)state;
	struct album a = album(scratch);
	struct errinfo e;
	int n = -1;
	put(scratch, "train/daisy/daisy-0000.jpg", "a photograph");
	assert_int_equal(album_draw(&a, &n, &e), ERR_STATE);
	assert_int_equal(n, 0);
	assert_non_null(strstr(e.msg, "--out"));
	assert_false(there(scratch, ALBUM_MANIFEST));
	assert_false(there(scratch, "valid"));
	put(scratch, ALBUM_MANIFEST, "something else of that name\n");
	assert_int_equal(album_draw(&a, &n, &e), ERR_STATE);
	struct strbuf kept = bytes(scratch, "train/daisy/daisy-0000.jpg");
	assert_string_equal(kept.buf, "a photograph");
	strbuf_release(&kept);
}

/* As a kill in the middle leaves it. */
static void test_begun_folder_is_finished(void **state)
{
	(void)state;
	struct album a = album(scratch);
	draw(&a);
	struct strbuf text = bytes(scratch, ALBUM_MANIFEST);
	char *last = strstr(text.buf, "complete\n");
	assert_non_null(last);
	*last = '\0';
	put(scratch, ALBUM_MANIFEST, text.buf);
	assert_int_equal(draw(&a), 17);
	assert_int_equal(draw(&a), 0);
	strbuf_release(&text);
}

static void test_manifest_of_any_bytes(void **state)
{
	(void)state;
	static const char *const odd[] = {
	    "thaw-flowers 99\n", "thaw-flowers 3\ntrain -5\nvalid 1e9\n",
	    "thaw-flowers 3\ntrain 99999999999999999999\n", "thaw-flowers \n\n\ntrain \nvalid x\n"};
	struct album a = album(scratch);
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		put(scratch, ALBUM_MANIFEST, odd[i]);
		assert_int_equal(draw(&a), 17);
	}
}

static void test_full_disk_is_told(void **state)
{
	(void)state;
	if (access("/dev/full", W_OK) != 0) {
		print_message("skipped: no /dev/full here\n");
		skip();
	}
	struct album a = album(scratch);
	struct errinfo e;
	int n = -1;
	put(scratch, ALBUM_MANIFEST, "thaw-flowers 3\n");
	put(scratch, "train/rose/x", "");
	char *full = path_join(scratch, "train/rose/rose-0001.jpg");
	assert_int_equal(symlink("/dev/full", full), 0);
	assert_int_equal(album_draw(&a, &n, &e), ERR_IO);
	assert_non_null(strstr(e.msg, "rose-0001.jpg: No space left on device; make room"));
	assert_int_equal(n, 0);
	assert_int_equal(draw(&a), 17); /* half a folder is not taken for a whole one */
	free(full);
}

static void test_unwritable_place_is_told(void **state)
{
	(void)state;
	put(scratch, "file", "not a folder");
	char *out = path_join(scratch, "file/flowers");
	struct album a = album(out);
	struct errinfo e;
	int n = -1;
	assert_int_equal(album_draw(&a, &n, &e), ERR_IO);
	assert_non_null(strstr(e.msg, "file"));
	free(out);
}

static int seen_done, seen_of;

static void see(int done, int of)
{
	assert_int_equal(done, seen_done + 1);
	seen_done = done;
	seen_of = of;
}

static void test_progress_counts_up(void **state)
{
	(void)state;
	struct album a = album(scratch);
	a.threads = 4;
	a.progress = see;
	seen_done = 0;
	draw(&a);
	assert_int_equal(seen_done, 17);
	assert_int_equal(seen_of, 17);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_every_kind_has_its_share),
	    TEST(test_threads_do_not_matter),
	    TEST(test_pictures_do_not_depend_on_their_count),
	    TEST(test_only_what_is_missing_is_drawn),
	    TEST(test_other_pictures_of_ours_are_replaced),
	    TEST(test_foreign_folder_is_not_touched),
	    TEST(test_begun_folder_is_finished),
	    TEST(test_manifest_of_any_bytes),
	    TEST(test_full_disk_is_told),
	    TEST(test_unwritable_place_is_told),
	    TEST(test_progress_counts_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
