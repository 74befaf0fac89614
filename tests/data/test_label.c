/* Classes taken from the names of files in Darknet's lists. */
#include "sets.h"

static char nothing[] = "", data_file[] = "set.data";

static struct experiment list_experiment(void)
{
	struct experiment x = plain_experiment(nothing);
	x.data.darknet = data_file;
	x.data.valid = 0;
	write_text(data_file, "train=train.list\nlabels=labels.txt\n");
	return x;
}

/* The label of one path, after two that make the classes not empty. */
static void assert_label(const struct experiment *x, const char *const labels[2], const char *path,
			 int label)
{
	char text[600];
	snprintf(text, sizeof(text), "%s\n%s\n", labels[0], labels[1]);
	write_text("labels.txt", text);
	snprintf(text, sizeof(text), "%s/1.png\n%s/2.png\n%s\n", labels[0], labels[1], path);
	write_text("train.list", text);
	struct dataset *d = open_ok(x);
	assert_int_equal(d->train.n, 3);
	for (size_t i = 0; i < 3; i++)
		if (strcmp(d->train.samples[i].path, path) == 0 &&
		    d->train.samples[i].label != label)
			fail_msg("%s: label %d, wanted %d", path, d->train.samples[i].label, label);
	dataset_free(d);
}

static void assert_refused(const struct experiment *x, const char *labels, const char *path,
			   const char *why)
{
	char text[300];
	write_text("labels.txt", labels);
	snprintf(text, sizeof(text), "%s\n", path);
	write_text("train.list", text);
	snprintf(text, sizeof(text), "train.list:1: %s", why);
	assert_open_fails(x, ERR_VALUE, text);
}

static void a_word_of_the_name(void **state)
{
	(void)state;
	static const char *const pets[2] = {"cat", "dog"}, *const nets[2] = {"n017", "n01751748"},
				       *const digits[2] = {"3", "5"},
				       *const spaced[2] = {"sea lion", "zebra"},
				       *const umlauts[2] = {"Löwe", "Zebra"};
	struct experiment x = list_experiment();
	assert_label(&x, pets, "/data/cifar/train/12_dog.png", 1);
	assert_label(&x, pets, "12_cat.png", 0);
	assert_label(&x, pets, "cat.0.jpg", 0);
	assert_label(&x, pets, "all/big-dog (2).JPEG", 1);
	assert_label(&x, pets, "all/dog", 1);
	assert_label(&x, pets, "all/7.dog", 1);
	assert_label(&x, nets, "val/ILSVRC2012_val_00000001_n01751748.JPEG", 1);
	assert_label(&x, digits, "test/5_5.png", 1);
	assert_label(&x, digits, "test/00035_3.png", 0);
	assert_label(&x, spaced, "7 sea lion.jpg", 0);
	assert_label(&x, umlauts, "1_Löwe.jpg", 0);
}

/* Darknet would take both of the two. */
static void the_longest_label_counts(void **state)
{
	(void)state;
	static const char *const lions[2] = {"lion", "sea_lion"}, *const cats[2] = {"tiger-cat", "cat"},
				       *const tongues[2] = {"c", "c++"};
	struct experiment x = list_experiment();
	assert_label(&x, lions, "3_sea_lion.png", 1);
	assert_label(&x, lions, "3_lion.png", 0);
	assert_label(&x, lions, "dandelion_lion.png", 0);
	assert_label(&x, cats, "tiger-cat_1.jpg", 0);
	assert_label(&x, tongues, "1_c++.png", 1);
}

static void folders_come_first(void **state)
{
	(void)state;
	static const char *const pets[2] = {"cat", "dog"}, *const kinds[2] = {"jpg", "png"};
	struct experiment x = list_experiment();
	assert_label(&x, pets, "cat/12_dog.png", 0);
	assert_label(&x, pets, "dog/old/12.png", 1);
	assert_label(&x, pets, "dog/old/12_dog.png", 1);
	assert_label(&x, kinds, "jpg/1_a.png", 0);
	assert_refused(&x, "cat\ndog\n", "dog/old/12_cat.png",
		       "\"dog/old/12_cat.png\" fits the classes \"dog\" and \"cat\"");
}

static void two_that_fit_are_refused(void **state)
{
	(void)state;
	struct experiment x = list_experiment();
	assert_refused(&x, "cat\ndog\n", "all/cat_and_dog.png",
		       "\"all/cat_and_dog.png\" fits the classes \"cat\" and \"dog\"");
	assert_refused(&x, "lion\nsea_lion\n", "lion_sea_lion.png", "\"lion_sea_lion.png\" fits the");
	assert_refused(&x, "sea_lion\nlion_cub\n", "sea_lion_cub.png", "\"sea_lion_cub.png\" fits");
	assert_refused(&x, "0\n1\n2\n3\n4\n5\n", "5_3.png",
		       "\"5_3.png\" fits the classes \"3\" and \"5\"");
}

static void parts_of_words_do_not_fit(void **state)
{
	(void)state;
	static const char *const names[] = {"wildcat.jpg", "cats_1.jpg", "cat1.jpg", "1cat.jpg",
					    "Cat.jpg",	   "äcat.jpg",	 "cats/1.png", "a_cat/1.png"};
	struct experiment x = list_experiment();
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_refused(&x, "cat\ndog\n", names[i], "no folder in ");
	assert_refused(&x, "cat\ndog\n", "1.png",
		       "no folder in \"1.png\" is named as a class, and no word in its file's name is "
		       "a class; put each class into a folder with exactly its name, or that into the "
		       "file's name, as in 12_cat.png");
	assert_refused(&x, "png\ndog\n", "1.png", "no folder in ");
}

/* A list made by `find` names what a file manager left. */
static void junk_in_a_list(void **state)
{
	(void)state;
	struct experiment x = list_experiment();
	write_text("labels.txt", "cat\ndog\n");
	write_text("train.list", "cat/1.png\n__MACOSX/cat/._1.png\ndog/1.png\ndog/._1.png\n"
				 "dog/@eaDir/1.png/SYNOFILE_THUMB_M.jpg\n"
				 "dog/.ipynb_checkpoints/1-checkpoint.png\n"
				 "/home/me/.cache/dog/2.png\n");
	struct dataset *d = open_ok(&x);
	assert_int_equal(d->train.n, 3);
	assert_int_equal(count_label(&d->train, 1), 2);
	dataset_free(d);
}

/* Darknet's own lay-out from list to picture. */
static void a_flat_folder_in_both_parts(void **state)
{
	(void)state;
	static const char *const parts[2] = {"train", "valid"};
	struct experiment x = list_experiment();
	struct strbuf lists[2] = {STRBUF_INIT, STRBUF_INIT};
	make_dir("cifar/train");
	make_dir("cifar/valid");
	for (int i = 0; i < 12; i++) {
		char path[60];
		snprintf(path, sizeof(path), "cifar/%s/%d_%s.jpg", parts[i % 2], i,
			 i % 3 ? "cat" : "dog");
		write_jpeg(path, 8, 8, (uint64_t)i);
		strbuf_addf(&lists[i % 2], "%s\n", path);
	}
	write_text("labels.txt", "cat\ndog\n");
	write_text("train.list", lists[0].buf);
	write_text("valid.list", lists[1].buf);
	write_text(data_file, "classes=2\ntrain=train.list\nvalid=valid.list\nlabels=labels.txt\n");
	struct dataset *d = open_ok(&x);
	assert_int_equal(dataset_audit(d, &x, 1, NULL, NULL, NULL), ERR_OK);
	assert_int_equal(count_label(&d->train, 0), 4);
	assert_int_equal(count_label(&d->train, 1), 2);
	assert_int_equal(count_label(&d->valid, 1), 2);
	dataset_free(d);
	strbuf_release(&lists[0]);
	strbuf_release(&lists[1]);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_SCRATCH(a_word_of_the_name),
	    IN_SCRATCH(the_longest_label_counts),
	    IN_SCRATCH(folders_come_first),
	    IN_SCRATCH(two_that_fit_are_refused),
	    IN_SCRATCH(parts_of_words_do_not_fit),
	    IN_SCRATCH(junk_in_a_list),
	    IN_SCRATCH(a_flat_folder_in_both_parts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
