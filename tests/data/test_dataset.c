/* Class folders, Darknet's list files, the split, the audit, and every way they can be wrong. */
#include "sets.h"

#include "thaw/data/dataset.h"

#include <math.h>

static char images[] = "pictures", held_out[] = "held-out", data_file[] = "set.data",
	    nothing[] = "";

static void assert_sorted(const struct split *s)
{
	for (size_t i = 1; i < s->n; i++)
		assert_true(strcmp(s->samples[i - 1].path, s->samples[i].path) < 0);
}

static void folders_with_a_share_held_out(void **state)
{
	(void)state;
	make_class(images, "tulips", 20);
	make_class(images, "daisy", 10);
	make_class(images, "Roses", 5);
	make_dir("pictures/.hidden");
	write_text("pictures/README", "not a class");
	struct experiment x = plain_experiment(images);
	x.data.valid = 0.2;
	struct dataset *d = open_ok(&x);
	assert_int_equal(d->n_classes, 3);
	assert_string_equal(d->classes[0], "Roses");
	assert_string_equal(d->classes[1], "daisy");
	assert_string_equal(d->classes[2], "tulips");
	assert_int_equal(d->n_listed, 35);
	static const size_t want[3] = {1, 2, 4};
	for (int c = 0; c < 3; c++)
		assert_int_equal(count_label(&d->valid, c), want[c]);
	assert_int_equal(d->train.n + d->valid.n, 35);
	for (size_t i = 0; i < d->train.n; i++)
		assert_non_null(
		    strstr(d->train.samples[i].path, d->classes[d->train.samples[i].label]));
	assert_sorted(&d->train);
	assert_sorted(&d->valid);

	struct dataset *again = open_ok(&x);
	int moved = 0;
	for (size_t i = 0; i < d->valid.n; i++)
		assert_string_equal(d->valid.samples[i].path, again->valid.samples[i].path);
	dataset_free(again);
	x.train.seed = 2;
	again = open_ok(&x);
	for (size_t i = 0; i < d->valid.n; i++)
		moved += strcmp(d->valid.samples[i].path, again->valid.samples[i].path) != 0;
	assert_true(moved > 0);
	dataset_free(again);
	dataset_free(d);
}

static void small_classes_keep_one_on_each_side(void **state)
{
	(void)state;
	make_class(images, "one", 1);
	make_class(images, "two", 2);
	make_class(images, "three", 3);
	struct experiment x = plain_experiment(images);
	x.data.valid = 0.9;
	struct dataset *d = open_ok(&x);
	assert_int_equal(count_label(&d->train, 0), 1); /* one: sorted before three and two */
	assert_int_equal(count_label(&d->valid, 0), 0);
	assert_int_equal(count_label(&d->valid, 1), 2);
	assert_int_equal(count_label(&d->valid, 2), 1);
	dataset_free(d);
	x.data.valid = 0;
	d = open_ok(&x);
	assert_int_equal(d->valid.n, 0);
	dataset_free(d);
}

static void a_second_folder(void **state)
{
	(void)state;
	make_class(images, "cat", 3);
	make_class(images, "dog", 3);
	make_class(held_out, "cat", 2);
	struct experiment x = plain_experiment(images);
	x.data.valid_dir = held_out;
	assert_open_fails(&x, ERR_VALUE,
			  "data.valid: there is no folder for class \"dog\" of pictures");
	make_class(held_out, "dog", 1);
	struct dataset *d = open_ok(&x);
	assert_int_equal(d->train.n, 6);
	assert_int_equal(d->valid.n, 3);
	assert_int_equal(count_label(&d->valid, 1), 1);
	dataset_free(d);
	make_class(held_out, "bird", 1);
	assert_open_fails(&x, ERR_VALUE, "class \"bird\" has no folder in pictures");
}

static void wrong_folders(void **state)
{
	(void)state;
	struct experiment x = plain_experiment(images);
	assert_open_fails(&x, ERR_NOT_FOUND,
			  "data.images: cannot read the folder pictures: No such file");
	make_dir(images);
	assert_open_fails(&x, ERR_VALUE, "holds no class folders; put the pictures");
	write_jpeg("pictures/a.jpg", 8, 8, 1);
	assert_open_fails(&x, ERR_VALUE, "holds no class folders but files");
	make_class(images, "cat", 2);
	assert_open_fails(&x, ERR_VALUE, "there is only one class");
	make_dir("pictures/dog");
	write_text("pictures/dog/notes.txt", "x");
	assert_open_fails(&x, ERR_VALUE, "class \"dog\" has no picture to train on");
	make_dir("pictures/\xff\xfe");
	assert_open_fails(&x, ERR_VALUE, "\"\\xff\\xfe\" has a name that is not plain UTF-8");
}

static void unreadable_folder(void **state)
{
	(void)state;
	if (geteuid() == 0) {
		print_message("skipped: root may read everything\n");
		return;
	}
	make_class(images, "cat", 2);
	make_class(images, "dog", 2);
	assert_int_equal(chmod("pictures/dog", 0), 0);
	struct experiment x = plain_experiment(images);
	assert_open_fails(&x, ERR_IO, "cannot read the folder pictures/dog: Permission denied");
	assert_int_equal(chmod("pictures/dog", 0700), 0);
}

static void links_and_deep_folders(void **state)
{
	(void)state;
	make_class(images, "cat", 2);
	make_class(images, "dog", 2);
	make_class("pictures/dog", "puppies", 3);
	assert_int_equal(symlink("..", "pictures/dog/loop"), 0);
	assert_int_equal(symlink("..", "pictures/cat/loop"), 0); /* to the dogs, which come later */
	assert_int_equal(symlink("../dog", "pictures/cat/dogs"), 0);
	assert_int_equal(symlink("puppies", "pictures/dog/zz-again"), 0);
	assert_int_equal(symlink("nowhere.jpg", "pictures/dog/broken.jpg"), 0);
	struct experiment x = plain_experiment(images);
	struct dataset *d;
	struct errinfo e = {.msg = ""};
	if (dataset_open(&d, &x, &e) == ERR_OK) {
		assert_int_equal(count_label(&d->train, 0), 2);
		assert_int_equal(count_label(&d->train, 1), 2 + 3 + 1);
		dataset_free(d);
	} else {
		fail_msg("%s", e.msg);
	}
	assert_int_equal(symlink("cat", "pictures/kitten"), 0);
	assert_open_fails(&x, ERR_VALUE, "\"kitten\" is a link to another class folder");
}

static void odd_files(void **state)
{
	(void)state;
	make_class(images, "cat", 2);
	make_class(images, "dog", 10);
	static const char *const silent[] = {".DS_Store", "Thumbs.db", "labels.TXT", "meta.json",
					     "._a.jpg"};
	static const char *const listed[] = {"anim.gif", "noext", "photo.webp", "CAPS.JPG",
					     "odd\xff.png"};
	char path[100];
	for (int i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), "pictures/cat/%s", silent[i]);
		write_text(path, "x");
		snprintf(path, sizeof(path), "pictures/cat/%s", listed[i]);
		write_jpeg(path, 8, 8, 1);
	}
	write_text("pictures/cat/anim.gif", "GIF89a");
	struct experiment x = plain_experiment(images);
	struct dataset *d = open_ok(&x);
	assert_int_equal(count_label(&d->train, 0), 7);
	assert_int_equal(dataset_audit(d, &x, 2, NULL, NULL, NULL), ERR_OK);
	assert_int_equal(d->n_bad, 1); /* the others are pictures, whatever they are called */
	assert_string_equal(d->bad[0].path, "pictures/cat/anim.gif");
	assert_non_null(strstr(d->bad[0].why, "GIF"));
	dataset_free(d);
}

static void same_picture_in_both(void **state)
{
	(void)state;
	make_class(images, "cat", 2);
	make_class(images, "dog", 2);
	struct experiment x = plain_experiment(images);
	x.data.valid_dir = images;
	assert_open_fails(&x, ERR_VALUE,
			  "cat-00.jpg is in both the training and the validation pictures");
	make_class(held_out, "cat", 2);
	make_class(held_out, "dog", 2);
	assert_int_equal(symlink("../../pictures/dog/dog-01.jpg", "held-out/dog/other-name.jpg"),
			 0);
	x.data.valid_dir = held_out;
	assert_open_fails(&x, ERR_VALUE, "dog-01.jpg is in both");
}

static void seen(void *arg, size_t done, size_t total)
{
	size_t *last = arg;
	assert_true(done > *last && done <= total);
	*last = done;
}

static void make_damaged(void)
{
	make_class(images, "cat", 20);
	make_class(images, "dog", 20);
	write_text("pictures/cat/cat-03.jpg", "");
	write_text("pictures/dog/dog-07.jpg", "<html>404</html>");
	struct strbuf sb = STRBUF_INIT;
	assert_int_equal(file_read("pictures/dog/dog-11.jpg", &sb, NULL), ERR_OK);
	write_file("pictures/dog/dog-11.jpg", sb.buf, sb.len - 30);
	strbuf_release(&sb);
}

static void audit_moves_bad_pictures(void **state)
{
	(void)state;
	make_damaged();
	struct experiment x = plain_experiment(images);
	for (int threads = 1; threads <= 4; threads++) {
		struct dataset *d = open_ok(&x);
		size_t done = 0;
		assert_int_equal(dataset_audit(d, &x, threads, seen, &done, NULL), ERR_OK);
		assert_int_equal(done, 40);
		assert_int_equal(d->n_bad, 3);
		assert_string_equal(d->bad[0].path, "pictures/cat/cat-03.jpg");
		assert_string_equal(d->bad[0].why, "empty file");
		assert_non_null(strstr(d->bad[1].why, "HTML, which is not read"));
		assert_non_null(strstr(d->bad[2].why, "truncated"));
		assert_int_equal(d->train.n, 37);
		assert_int_equal(d->n_listed, 40);
		assert_sorted(&d->train);
		dataset_free(d);
	}
}

static void audit_refuses_too_many(void **state)
{
	(void)state;
	make_damaged();
	struct experiment x = plain_experiment(images);
	x.data.max_bad = 0.05;
	struct dataset *d = open_ok(&x);
	struct errinfo e = {.msg = ""};
	assert_int_equal(dataset_audit(d, &x, 2, NULL, NULL, &e), ERR_VALUE);
	assert_non_null(strstr(
	    e.msg, "3 of 40 pictures cannot be read, more than data.max_bad = 0.05 allows: "
		   "pictures/cat/cat-03.jpg (empty file), pictures/dog/dog-07.jpg (it is HTML"));
	assert_int_equal(d->n_bad, 3);
	dataset_free(d);
}

static void audit_of_a_class_that_vanishes(void **state)
{
	(void)state;
	make_class(images, "cat", 20);
	make_class(images, "dog", 1);
	write_text("pictures/dog/dog-00.jpg", "no");
	struct experiment x = plain_experiment(images);
	struct dataset *d = open_ok(&x);
	struct errinfo e = {.msg = ""};
	assert_int_equal(dataset_audit(d, &x, 1, NULL, NULL, &e), ERR_VALUE);
	assert_non_null(strstr(e.msg, "class \"dog\" has no readable picture"));
	dataset_free(d);
}

static struct experiment darknet_experiment(void)
{
	struct experiment x = plain_experiment(nothing);
	x.data.darknet = data_file;
	return x;
}

static void darknet_lists(void **state)
{
	(void)state;
	make_class("all", "rose", 3);
	make_class("all", "rosebud", 2); /* contains the other name */
	write_text("names.txt", "rosebud\nrose\n");
	write_text("train.txt",
		   "all/rose/rose-00.jpg\r\nall/rosebud/rosebud-00.jpg\n\nall/rose/rose-01.jpg\n");
	write_text("valid.txt", "all/rosebud/rosebud-01.jpg\nall/rose/rose-02.jpg");
	write_text(data_file,
		   "# comment\n; another\nclasses = 2\ntrain=train.txt\nvalid = valid.txt\n"
		   "names= names.txt\ntop=5\nbackup = /tmp\n");
	struct experiment x = darknet_experiment();
	struct dataset *d = open_ok(&x);
	assert_int_equal(d->n_classes, 2);
	assert_string_equal(d->classes[0], "rosebud");
	assert_int_equal(d->train.n, 3);
	assert_int_equal(d->valid.n, 2);
	assert_int_equal(count_label(&d->train, 1), 2);
	assert_int_equal(count_label(&d->valid, 0), 1);
	dataset_free(d);

	/* without a validation list the share is held out */
	write_text(data_file, "train=train.txt\nnames=names.txt\n");
	x.data.valid = 0.4;
	d = open_ok(&x);
	assert_int_equal(d->train.n, 2);
	assert_int_equal(d->valid.n, 1);
	dataset_free(d);
}

static void darknet_labels_and_names(void **state)
{
	(void)state;
	make_class("all", "n01", 2);
	make_class("all", "n02", 2);
	write_text("labels.txt", "n01\nn02\n");
	write_text("names.txt", "tench\ngoldfish\n");
	write_text("train.txt", "all/n01/n01-00.jpg\nall/n02/n02-00.jpg\n");
	write_text(data_file, "train=train.txt\nlabels=labels.txt\nnames=names.txt\n");
	struct experiment x = darknet_experiment();
	struct dataset *d = open_ok(&x);
	assert_string_equal(d->classes[1], "goldfish");
	assert_int_equal(count_label(&d->train, 1), 1);
	dataset_free(d);
	write_text("names.txt", "tench\n");
	assert_open_fails(&x, ERR_MISMATCH, "labels has 2 lines but names has 1");
}

static void darknet_label_from_further_up(void **state)
{
	(void)state;
	make_class("cat/2024", "a", 2);
	make_class("dog/2024", "a", 2);
	make_class("cat/dog", "b", 1);
	make_class("dog/cat", ".", 1);
	write_text("names.txt", "cat\ndog\n");
	write_text("train.txt", "cat/2024/a/a-00.jpg\ndog/2024/a/a-00.jpg\ndog/cat/.-00.jpg\n");
	write_text(data_file, "train=train.txt\nnames=names.txt\n");
	struct experiment x = darknet_experiment();
	struct dataset *d = open_ok(&x);
	assert_int_equal(count_label(&d->train, 0),
			 2); /* dog/cat/…: the folder right above counts */
	dataset_free(d);
	write_text("train.txt", "cat/2024/a/a-00.jpg\ncat/dog/b/b-00.jpg\n");
	assert_open_fails(
	    &x, ERR_VALUE,
	    "train.txt:2: \"cat/dog/b/b-00.jpg\" fits the classes \"dog\" and \"cat\"");
	write_text("train.txt", "wildcat.jpg\n");
	assert_open_fails(&x, ERR_VALUE,
			  "train.txt:1: no folder in \"wildcat.jpg\" is named as a class");
	write_text("train.txt", "all/wildcats/1.jpg\n");
	assert_open_fails(&x, ERR_VALUE, "no folder in");
}

static void darknet_wrong_files(void **state)
{
	(void)state;
	struct experiment x = darknet_experiment();
	assert_open_fails(&x, ERR_NOT_FOUND, "data.darknet: cannot read the data file set.data");
	make_dir("set.data");
	assert_open_fails(&x, ERR_FORMAT, "set.data: a folder, not a data file");
	assert_int_equal(rmdir("set.data"), 0);
	write_file(data_file, "a\0b", 3);
	assert_open_fails(&x, ERR_FORMAT, "not a text file");
	write_text(data_file, "train=t.txt\nhello\n");
	assert_open_fails(&x, ERR_FORMAT, "set.data:2: not \"key = value\"");
	write_text(data_file, "train=t.txt\n");
	assert_open_fails(&x, ERR_VALUE, "no \"labels = FILE\"");
	write_text(data_file, "train=t.txt\nnames=n.txt\n");
	assert_open_fails(&x, ERR_NOT_FOUND, "cannot read the file of class names n.txt");
	write_text("n.txt", "a\n\nb\n");
	assert_open_fails(&x, ERR_VALUE, "n.txt:2: an empty class name");
	write_text("n.txt", "a\nb\na\n");
	assert_open_fails(&x, ERR_VALUE, "\"a\" is there twice");
	write_text("n.txt", "a\n\xff\n");
	assert_open_fails(&x, ERR_VALUE, "n.txt:2: a class name that is not plain UTF-8");
	write_text("n.txt", "a\nb\n");
	assert_open_fails(&x, ERR_NOT_FOUND, "list of pictures t.txt");
	write_text("t.txt", "");
	assert_open_fails(&x, ERR_VALUE, "class \"a\" has no picture");
	write_text(data_file, "classes=3\ntrain=t.txt\nnames=n.txt\n");
	assert_open_fails(&x, ERR_MISMATCH, "line 1 says classes = 3 but there are 2");
	write_text(data_file, "names=n.txt\n");
	assert_open_fails(&x, ERR_VALUE, "no \"train = FILE\"");
	write_text("n.txt", "");
	write_text(data_file, "train=t.txt\nnames=n.txt\n");
	assert_open_fails(&x, ERR_VALUE, "there are no classes");
}

/* As Windows' editors and careful people leave them: marks, carriage returns, comments. */
static void darknet_files_as_people_have_them(void **state)
{
	(void)state;
	struct experiment x = darknet_experiment();
	make_class("p", "daisy", 3);
	make_class("p", "rose", 3);
	write_text("t #1.txt", "\xef\xbb\xbfp/daisy/daisy-00.jpg\r\np/rose/rose-00.jpg\r\n");
	write_text("v.txt", "p/daisy/daisy-01.jpg\rp/rose/rose-01.jpg\r");
	write_text("n.txt", "\xef\xbb\xbf"
			    "daisy\r\nrose\r\n");
	write_text(data_file, "\xef\xbb\xbf"
			      "classes = 2 # two\r\ntrain = t #1.txt\r\n"
			      "valid=v.txt ; the rest\r\nnames = n.txt# short\r\n");
	struct dataset *d = open_ok(&x);
	assert_int_equal(d->n_classes, 2);
	assert_string_equal(d->classes[0], "daisy");
	assert_int_equal(d->train.n, 2);
	assert_int_equal(d->valid.n, 2);
	assert_string_equal(d->train.samples[0].path, "p/daisy/daisy-00.jpg");
	dataset_free(d);
	write_file("n.txt",
		   "\xff\xfe"
		   "d\0\n\0r\0",
		   8);
	assert_open_fails(&x, ERR_VALUE, "t #1.txt:1: ");
	write_file("n.txt", "d\0\n\0r\0", 6);
	assert_open_fails(&x, ERR_FORMAT, "n.txt: saved as UTF-16 without");
}

/* "~/" in a .data file and in its lists; Darknet would not find it. */
static void darknet_files_from_home(void **state)
{
	(void)state;
	struct experiment x = darknet_experiment();
	char here[PATH_MAX], *kept = xstrdup(getenv("HOME") ? getenv("HOME") : "");
	assert_non_null(getcwd(here, sizeof(here)));
	setenv("HOME", here, 1);
	make_class("p", "daisy", 2);
	make_class("p", "rose", 2);
	write_text("t.txt", "~/p/daisy/daisy-00.jpg\n~/p/rose/rose-00.jpg\n");
	write_text("n.txt", "daisy\nrose\n");
	write_text(data_file, "train = ~/t.txt\nnames = ~/n.txt\n");
	struct dataset *d = open_ok(&x);
	assert_int_equal(d->n_listed, 2);
	dataset_free(d);
	if (*kept)
		setenv("HOME", kept, 1);
	else
		unsetenv("HOME");
	free(kept);
}

/* Lists of any bytes are refused or read, never followed by a crash. */
static void darknet_noise(void **state)
{
	(void)state;
	static const char words[][12] = {"train", "names", "=",     "\n",   "t.txt", "n.txt",
					 "a/",    "b/",    "1.jpg", "\xff", " ",     "classes",
					 "2",     "/",     "..",    "#"};
	struct experiment x = darknet_experiment();
	for (uint64_t i = 0; i < 300; i++) {
		uint64_t key = rng_key(1, RNG_INIT, i, 0);
		struct strbuf files[3] = {STRBUF_INIT, STRBUF_INIT, STRBUF_INIT};
		strbuf_addstr(&files[0], "train=t.txt\nnames=n.txt\n");
		for (uint64_t j = 0; j < 60; j++)
			strbuf_addstr(&files[rng_below(key, 2 * j, 3)],
				      words[rng_below(key, 2 * j + 1, 16)]);
		write_file(data_file, files[0].buf, files[0].len);
		write_file("t.txt", files[1].buf, files[1].len);
		write_file("n.txt", files[2].buf, files[2].len);
		struct dataset *d = NULL;
		struct errinfo e = {.msg = ""};
		if (dataset_open(&d, &x, &e))
			assert_true(e.msg[0] && !strchr(e.msg, '\n'));
		dataset_free(d);
		for (int j = 0; j < 3; j++)
			strbuf_release(&files[j]);
	}
}

static void probes_are_spread_over_the_classes(void **state)
{
	(void)state;
	make_class(images, "a", 8);
	make_class(images, "b", 8);
	make_class(images, "c", 3);
	make_class(held_out, "a", 8);
	make_class(held_out, "b", 8);
	make_class(held_out, "c", 2);
	struct experiment x = plain_experiment(images);
	x.data.valid_dir = held_out;
	struct dataset *d = open_ok(&x);
	size_t index[64], again[64], per[3] = {0, 0, 0};
	assert_int_equal(dataset_probes(d, 1, 10, index), 10);
	assert_int_equal(dataset_probes(d, 1, 10, again), 10);
	assert_memory_equal(index, again, 10 * sizeof(*index));
	for (int i = 0; i < 10; i++) {
		assert_true(index[i] < d->valid.n && (i == 0 || index[i - 1] < index[i]));
		per[d->valid.samples[index[i]].label]++;
	}
	assert_true(per[0] == 4 && per[1] == 4 && per[2] == 2);
	assert_int_equal(dataset_probes(d, 1, 64, index), 18);
	assert_int_equal(dataset_probes(d, 1, 0, index), 0);
	dataset_probes(d, 1, 6, index);
	dataset_probes(d, 2, 6, again);
	assert_true(memcmp(index, again, 6 * sizeof(*index)) != 0);
	dataset_free(d);
}

static void real_photographs(void **state)
{
	(void)state;
	static char train[] = "../shared/flower_photos/train",
		    valid[] = "../shared/flower_photos/valid";
	if (!file_is_dir(train)) {
		print_message("skipped: no %s\n", train);
		return;
	}
	struct experiment x = plain_experiment(train);
	x.data.valid_dir = valid;
	struct dataset *d = open_ok(&x);
	assert_int_equal(d->n_classes, 5);
	assert_string_equal(d->classes[3], "sunflowers");
	assert_int_equal(d->train.n, 500);
	assert_int_equal(d->valid.n, 500);
	assert_int_equal(dataset_audit(d, &x, 2, NULL, NULL, NULL), ERR_OK);
	assert_int_equal(d->n_bad, 0);
	dataset_free(d);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_SCRATCH(folders_with_a_share_held_out),
	    IN_SCRATCH(small_classes_keep_one_on_each_side),
	    IN_SCRATCH(a_second_folder),
	    IN_SCRATCH(wrong_folders),
	    IN_SCRATCH(unreadable_folder),
	    IN_SCRATCH(links_and_deep_folders),
	    IN_SCRATCH(odd_files),
	    IN_SCRATCH(same_picture_in_both),
	    IN_SCRATCH(audit_moves_bad_pictures),
	    IN_SCRATCH(audit_refuses_too_many),
	    IN_SCRATCH(audit_of_a_class_that_vanishes),
	    IN_SCRATCH(darknet_lists),
	    IN_SCRATCH(darknet_labels_and_names),
	    IN_SCRATCH(darknet_label_from_further_up),
	    IN_SCRATCH(darknet_wrong_files),
	    IN_SCRATCH(darknet_files_as_people_have_them),
	    IN_SCRATCH(darknet_files_from_home),
	    IN_SCRATCH(darknet_noise),
	    IN_SCRATCH(probes_are_spread_over_the_classes),
	    cmocka_unit_test(real_photographs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
