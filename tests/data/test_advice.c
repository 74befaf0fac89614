/* Mistakes in a data set: folders that are no classes, what systems leave behind, and lines of
 * advice about what is taken all the same. */
#include "sets.h"

static char images[] = "set/train", held_out[] = "set/valid", parent[] = "set", above[] = ".",
	    nothing[] = "";

static const char *const trio[] = {"daisy", "rose", "tulip"};

/* DIR with three classes of `n` pictures */
static void make_trio(const char *dir, int n)
{
	for (int i = 0; i < 3; i++)
		make_class(dir, trio[i], n);
}

static struct experiment two_folders(void)
{
	make_trio(images, 4);
	make_trio(held_out, 2);
	struct experiment x = plain_experiment(images);
	x.data.valid_dir = held_out;
	return x;
}

static bool tells(const struct warnings *w, const char *text)
{
	for (size_t i = 0; i < w->n; i++)
		if (strstr(w->lines[i], text))
			return true;
	return false;
}

/* What is told of the set, which is audited: `n` lines, `text` in one of them. */
static void assert_told(const struct experiment *x, size_t n, const char *text)
{
	struct dataset *d = open_ok(x);
	struct warnings w = {NULL, 0, 0};
	struct errinfo e = {.msg = ""};
	if (dataset_audit(d, x, 2, NULL, NULL, &e))
		fail_msg("%s", e.msg);
	dataset_advise(d, x, &w);
	for (size_t i = 0; i < w.n; i++)
		assert_null(strchr(w.lines[i], '\n'));
	if (w.n != n || (n && !tells(&w, text))) {
		for (size_t i = 0; i < w.n; i++)
			print_error("told: %s\n", w.lines[i]);
		fail_msg("%zu lines, wanted %zu with \"%s\"", w.n, n, text);
	}
	dataset_advise(d, x, NULL);
	warnings_release(&w);
	dataset_free(d);
}

static void a_good_set_needs_no_advice(void **state)
{
	(void)state;
	struct experiment x = two_folders();
	assert_told(&x, 0, "");
}

static void the_parent_of_the_parts_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *train, *valid, *third;
	} names[] = {{"train", "valid", "test"},
		     {"Training", "Testing", "papers"},
		     {"train", "val", "raw"},
		     {"train2017", "val2017", "test2017"},
		     {"seg_train", "seg_test", "seg_pred"},
		     {"TRAIN", "Validation", NULL}};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char root[40], path[80], line[300];
		struct experiment x = plain_experiment(root);
		snprintf(root, sizeof(root), "set-%zu", i);
		snprintf(path, sizeof(path), "%s/%s", root, names[i].train);
		make_trio(path, 2);
		snprintf(path, sizeof(path), "%s/%s", root, names[i].valid);
		make_trio(path, 2);
		if (names[i].third)
			make_class(root, names[i].third, 3);
		snprintf(line, sizeof(line),
			 "not one folder a class; write instead \"images: %s/%s\" and "
			 "\"valid: %s/%s\"",
			 root, names[i].train, root, names[i].valid);
		assert_open_fails(&x, ERR_VALUE, line);
		x.data.valid_dir = path;
		assert_open_fails(&x, ERR_VALUE, line);
	}
}

static void a_lone_training_part_is_refused(void **state)
{
	(void)state;
	struct experiment x = plain_experiment(parent);
	make_trio(images, 2);
	x.data.valid = 0.25;
	assert_open_fails(&x, ERR_VALUE, "\"images: set/train\" and \"valid: 0.25\"");
	make_class(parent, "unsorted", 3);
	assert_open_fails(&x, ERR_VALUE, "\"images: set/train\" and \"valid: 0.25\"");
	make_trio("elsewhere", 2);
	static char elsewhere[] = "elsewhere";
	x.data.valid_dir = elsewhere;
	assert_open_fails(&x, ERR_VALUE, "\"images: set/train\" and \"valid: elsewhere\"");
	make_class(parent, "more", 3);
	x.data.valid_dir = nothing;
	assert_told(&x, 1,
		    "the class folder train/ holds folders; if they are the classes, write "
		    "\"images: set/train\"");
}

static void parts_with_pictures_right_in_them(void **state)
{
	(void)state;
	struct experiment x = plain_experiment(parent);
	make_class(parent, "train", 4);
	make_class(parent, "test", 2);
	assert_open_fails(&x, ERR_VALUE,
			  "write instead \"images: set/train\" and \"valid: set/test\"");
}

static void a_class_may_be_called_train(void **state)
{
	(void)state;
	struct experiment x = plain_experiment(parent);
	make_class(parent, "train", 4);
	make_class(parent, "bus", 4);
	x.data.valid = 0.25;
	assert_told(&x, 0, "");
	make_class(parent, "freight train", 4);
	make_class(parent, "test tube", 4);
	make_class("set/train", "night", 1);
	assert_told(&x, 0, "");
}

static void a_folder_too_high(void **state)
{
	(void)state;
	struct experiment x = plain_experiment(above);
	make_trio("flowers", 2);
	make_dir("empty");
	assert_open_fails(&x, ERR_VALUE,
			  "only one class folder, and it holds 3 folders; if those are "
			  "the classes, write instead \"images: ./flowers\"");
	make_trio("flowers/train", 2);
	make_trio("flowers/val", 2);
	for (int i = 0; i < 3; i++) {
		char path[40];
		snprintf(path, sizeof(path), "flowers/%s/%s-00.jpg", trio[i], trio[i]);
		remove(path);
		snprintf(path, sizeof(path), "flowers/%s/%s-01.jpg", trio[i], trio[i]);
		remove(path);
		snprintf(path, sizeof(path), "flowers/%s", trio[i]);
		assert_int_equal(rmdir(path), 0);
	}
	assert_open_fails(&x, ERR_VALUE,
			  "\"images: ./flowers/train\" and \"valid: ./flowers/val\"");
}

static void the_lines_are_yaml(void **state)
{
	(void)state;
	static char odd[] = "it's: mine";
	struct experiment x = plain_experiment(odd);
	make_trio("it's: mine/train", 2);
	make_trio("it's: mine/valid", 2);
	assert_open_fails(&x, ERR_VALUE,
			  "\"images: 'it''s: mine/train'\" and "
			  "\"valid: 'it''s: mine/valid'\"");
}

static void the_parent_as_validation(void **state)
{
	(void)state;
	struct experiment x = two_folders();
	x.data.valid_dir = parent;
	assert_open_fails(&x, ERR_VALUE,
			  "data.valid: that folder holds the parts of a data set "
			  "(train/, valid/), not one folder a class; write instead "
			  "\"valid: set/valid\"");
}

static void an_unused_part_is_told(void **state)
{
	(void)state;
	struct experiment x = two_folders();
	x.data.valid_dir = nothing;
	x.data.valid = VALID_AUTO;
	assert_told(&x, 1,
		    "the folder valid/ beside theirs is not used; to validate on it, write "
		    "\"valid: set/valid\"");
	static char slash[] = "set/train/";
	x.data.images = slash;
	assert_told(&x, 1, "\"valid: set/valid\"");
	x.data.valid = 0.25; /* as wished */
	assert_told(&x, 0, "");
}

/* Pictures where only programs put some. */
static void junk_is_neither_picture_nor_class(void **state)
{
	(void)state;
	static const char *const folders[] = {
	    "__MACOSX", "@eaDir",       ".ipynb_checkpoints",        "lost+found",  ".thumbnails",
	    "#recycle", "$RECYCLE.BIN", "System Volume Information", ".Trash-1000", "@__thumb"};
	static const char *const files[] = {"._a.jpg",     ".DS_Store",
					    "Thumbs.db",   "thumbs.DB:x",
					    "desktop.ini", "SYNOFILE_THUMB_M.jpg",
					    "Icon\r",      "a.jpg.crdownload",
					    "a.jpg.part",  "IMG_1.AAE"};
	struct experiment x = two_folders();
	char path[200];
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		make_class(images, folders[i], 1);
		snprintf(path, sizeof(path), "%s/rose/deep/%s", images, folders[i]);
		make_class(path, "a.jpg", 1);
		make_class(held_out, folders[i], 1);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", images, files[i]);
		write_jpeg(path, 8, 8, i);
		snprintf(path, sizeof(path), "%s/rose/%s", held_out, files[i]);
		write_jpeg(path, 8, 8, i);
	}
	struct dataset *d = open_ok(&x);
	assert_int_equal(d->n_classes, 3);
	assert_int_equal(d->train.n, 12);
	assert_int_equal(d->valid.n, 6);
	dataset_free(d);
	assert_told(&x, 0, "");
	assert_int_equal(chmod("set/train/lost+found", 0), 0); /* as it is on a disk */
	assert_told(&x, 0, "");
	assert_int_equal(chmod("set/train/lost+found", 0700), 0);
}

static void an_empty_class_folder(void **state)
{
	(void)state;
	struct experiment x = two_folders();
	make_dir("set/train/lily");
	assert_open_fails(&x, ERR_VALUE,
			  "class \"lily\" has no picture to train on: its folder is "
			  "set/train/lily; delete it or add pictures");
	write_text("set/train/lily/readme.txt", "none yet");
	assert_open_fails(&x, ERR_VALUE, "set/train/lily; delete it or add pictures");
	static char rest[] = "daisy,rose,tulip";
	x.data.classes = rest;
	assert_told(&x, 0, "");
}

static void classes_without_validation(void **state)
{
	(void)state;
	struct experiment x = two_folders();
	remove("set/valid/rose/rose-00.jpg");
	remove("set/valid/rose/rose-01.jpg");
	assert_told(&x, 1, "1 of 3 classes has no validation picture: \"rose\";");
	remove("set/valid/tulip/tulip-00.jpg");
	write_text("set/valid/tulip/tulip-01.jpg", "torn");
	x.data.max_bad = 0.5;
	assert_told(&x, 1, "2 of 3 classes have no validation picture: \"rose\", \"tulip\";");
	make_class(images, "aster", 1);
	x.data.valid_dir = nothing;
	x.data.valid = 0.25;
	assert_told(&x, 1, "1 of 4 classes has no validation picture: \"aster\";");
}

static void classes_that_differ_in_case(void **state)
{
	(void)state;
	struct experiment x = two_folders();
	assert_int_equal(rename("set/valid/rose", "set/valid/Rose"), 0);
	assert_open_fails(&x, ERR_VALUE, "class \"Rose\" is called \"rose\" in set/train");
	assert_int_equal(rename("set/valid/Rose", "set/valid/rose"), 0);
	make_class(images, "Rose", 2);
	make_class(held_out, "Rose", 2);
	assert_told(&x, 1, "differ only in upper and lower case: \"Rose\" and \"rose\";");
}

static void pictures_beside_the_classes(void **state)
{
	(void)state;
	struct experiment x = two_folders();
	write_jpeg("set/valid/b.PNG", 8, 8, 1);
	write_text("set/train/README", "no picture");
	write_text("set/train/labels.csv", "no picture");
	assert_told(&x, 1,
		    "1 picture beside the class folders of set/valid is not used, e.g. b.PNG;");
	write_jpeg("set/train/c.jpg", 8, 8, 2);
	write_jpeg("set/train/a.webp", 8, 8, 3);
	assert_told(&x, 2,
		    "2 pictures beside the class folders of set/train are not used, e.g. a.webp;");
}

static void uneven_classes(void **state)
{
	(void)state;
	struct experiment x = two_folders();
	make_class(images, "rose", 39);
	assert_told(&x, 0, "");
	make_class(images, "rose", 40);
	assert_told(&x, 1, "\"rose\" has 40 training pictures, \"daisy\" only 4,");
	assert_told(&x, 1, "or set train.class_weights: balanced");
	char balanced[] = "balanced";
	x.train.class_weights = balanced;
	assert_told(&x, 0, "");
}

static void a_picture_in_both_parts(void **state)
{
	(void)state;
	struct experiment x = two_folders();
	copy_file("set/train/rose/rose-02.jpg", "set/valid/rose/other.jpg");
	assert_told(
	    &x, 1,
	    "1 of 7 validation pictures is among the training pictures, too, byte for byte, "
	    "e.g. set/valid/rose/other.jpg = set/train/rose/rose-02.jpg;");
	copy_file("set/train/daisy/daisy-00.jpg", "set/valid/daisy/daisy-00.jpg");
	assert_told(&x, 1,
		    "2 of 7 validation pictures are among the training pictures, too, byte for "
		    "byte, e.g. set/valid/daisy/daisy-00.jpg = set/train/daisy/daisy-00.jpg;");
}

/* A copy and its model may be held apart by the split, too. */
static void a_picture_in_both_parts_of_a_share(void **state)
{
	(void)state;
	make_trio(images, 8);
	for (int i = 0; i < 8; i++) {
		char from[80], to[80];
		snprintf(from, sizeof(from), "set/train/rose/rose-%02d.jpg", i);
		snprintf(to, sizeof(to), "set/train/rose/copy-%02d.jpg", i);
		copy_file(from, to);
	}
	struct experiment x = plain_experiment(images);
	struct warnings w = {NULL, 0, 0};
	x.data.valid = 0.5;
	struct dataset *d = open_ok(&x);
	assert_int_equal(dataset_audit(d, &x, 1, NULL, NULL, NULL), ERR_OK);
	dataset_advise(d, &x, &w);
	assert_true(tells(&w, "of 16 validation pictures"));
	warnings_release(&w);
	dataset_free(d);
}

static void a_picture_in_two_classes(void **state)
{
	(void)state;
	struct experiment x = two_folders();
	copy_file("set/train/rose/rose-02.jpg", "set/train/tulip/also.jpg");
	assert_told(&x, 1,
		    "1 picture is in two classes, byte for byte, e.g. "
		    "set/train/rose/rose-02.jpg (\"rose\") = set/train/tulip/also.jpg "
		    "(\"tulip\");");
	assert_int_equal(symlink("../rose/rose-03.jpg", "set/train/daisy/link.jpg"), 0);
	assert_told(&x, 1,
		    "2 pictures are in two classes, byte for byte, e.g. "
		    "set/train/daisy/link.jpg (\"daisy\") = set/train/rose/rose-03.jpg");
	assert_int_equal(remove("set/train/daisy/link.jpg"), 0);
	assert_int_equal(remove("set/train/tulip/also.jpg"), 0);
	copy_file("set/train/rose/rose-02.jpg", "set/valid/tulip/also.jpg");
	assert_told(&x, 2, "1 picture is in two classes");
}

static void a_picture_twice_in_a_class(void **state)
{
	(void)state;
	struct experiment x = two_folders();
	copy_file("set/train/rose/rose-00.jpg", "set/train/rose/zz.jpg");
	assert_told(&x, 1,
		    "1 picture is a copy of another in the same class, e.g. "
		    "set/train/rose/zz.jpg = set/train/rose/rose-00.jpg;");
	copy_file("set/train/rose/rose-00.jpg", "set/train/rose/zzz.jpg");
	assert_told(&x, 1, "2 pictures are copies of another in the same class");
}

/* Before the audit nothing is known of bytes; broken pictures are of no account. */
static void only_audited_pictures_are_compared(void **state)
{
	(void)state;
	struct experiment x = two_folders();
	struct warnings w = {NULL, 0, 0};
	struct dataset *d = open_ok(&x);
	dataset_advise(d, &x, &w);
	assert_int_equal(w.n, 0);
	dataset_free(d);
	write_text("set/train/rose/a.jpg", "");
	write_text("set/valid/rose/a.jpg", "");
	x.data.max_bad = 0.5;
	assert_told(&x, 0, "");
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_SCRATCH(a_good_set_needs_no_advice),
	    IN_SCRATCH(the_parent_of_the_parts_is_refused),
	    IN_SCRATCH(a_lone_training_part_is_refused),
	    IN_SCRATCH(parts_with_pictures_right_in_them),
	    IN_SCRATCH(a_class_may_be_called_train),
	    IN_SCRATCH(a_folder_too_high),
	    IN_SCRATCH(the_lines_are_yaml),
	    IN_SCRATCH(the_parent_as_validation),
	    IN_SCRATCH(an_unused_part_is_told),
	    IN_SCRATCH(junk_is_neither_picture_nor_class),
	    IN_SCRATCH(an_empty_class_folder),
	    IN_SCRATCH(classes_without_validation),
	    IN_SCRATCH(classes_that_differ_in_case),
	    IN_SCRATCH(pictures_beside_the_classes),
	    IN_SCRATCH(uneven_classes),
	    IN_SCRATCH(a_picture_in_both_parts),
	    IN_SCRATCH(a_picture_in_both_parts_of_a_share),
	    IN_SCRATCH(a_picture_in_two_classes),
	    IN_SCRATCH(a_picture_twice_in_a_class),
	    IN_SCRATCH(only_audited_pictures_are_compared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
