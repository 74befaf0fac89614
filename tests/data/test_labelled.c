/* Pictures for a network that has its classes already: folders, lists, .data files, and what does
 * not fit it. */
#include "pictures.h"

#include "thaw/data/dataset.h"

static char tulip[] = "tulip", daisy[] = "daisy", rose[] = "rose";
static char *const classes[] = {tulip, daisy, rose}; /* as the network has them */

static void make_class(const char *dir, const char *name, int n)
{
	char path[300];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(file_mkdirs(path, NULL), ERR_OK);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s/%02d.jpg", dir, name, i);
		write_jpeg(path, 12, 10, (uint64_t)i);
	}
}

static int make_all(void **state)
{
	int r = scratch_setup(state);
	make_class("set", "daisy", 3);
	make_class("set", "tulip", 2);
	return r;
}

static struct dataset *open_ok(const char *path)
{
	struct dataset *d = NULL;
	struct errinfo e = {.msg = ""};
	if (dataset_open_labelled(&d, classes, 3, path, NULL, &e))
		print_error("%s\n", e.msg);
	assert_non_null(d);
	return d;
}

static void assert_refused(const char *path, enum err code, const char *why)
{
	struct dataset *d = NULL;
	struct errinfo e = {.msg = ""};
	enum err r = dataset_open_labelled(&d, classes, 3, path, NULL, &e);
	if (r != code || !strstr(e.msg, why))
		print_error("%s, \"%s\" does not say \"%s\"\n", err_name(r), e.msg, why);
	assert_int_equal(r, code);
	assert_non_null(strstr(e.msg, why));
	assert_non_null(strstr(e.msg, path));
	assert_null(strchr(e.msg, '\n'));
	assert_null(d);
	assert_int_equal(dataset_open_labelled(&d, classes, 3, path, NULL, NULL), code);
}

/* Three daisies, class 1 of the network, and two tulips, class 0, by path. */
static void assert_the_set(const char *path)
{
	struct dataset *d = open_ok(path);
	assert_int_equal(d->n_classes, 3);
	assert_string_equal(d->classes[2], "rose");
	assert_int_equal(d->train.n, 0);
	assert_int_equal(d->valid.n, 5);
	for (size_t i = 0; i < 5; i++) {
		const struct sample *s = &d->valid.samples[i];
		assert_int_equal(s->label, i < 3 ? 1 : 0);
		assert_non_null(strstr(s->path, classes[s->label]));
	}
	dataset_free(d);
}

static void a_folder_of_some_of_the_classes(void **state)
{
	(void)state;
	assert_the_set("set");
	assert_int_equal(file_mkdirs("set/empty", NULL), ERR_OK); /* nothing in it to measure */
	assert_the_set("set");
}

static void a_list_of_pictures(void **state)
{
	(void)state;
	write_text("list.txt", "set/tulip/00.jpg\nset/daisy/01.jpg\n\nset/daisy/00.jpg\n"
			       "set/tulip/01.jpg\nset/daisy/02.jpg\n");
	assert_the_set("list.txt");
}

static void the_validation_list_of_a_data_file(void **state)
{
	(void)state;
	write_text("list.txt", "set/tulip/00.jpg\nset/daisy/01.jpg\nset/daisy/00.jpg\n"
			       "set/tulip/01.jpg\nset/daisy/02.jpg\n");
	write_text("names", "daisy\ntulip\nunknown\n"); /* in another order, and more */
	write_text("set.data", "classes = 3\nvalid = list.txt\nnames = names\n");
	assert_the_set("set.data");
	write_text("no.data", "classes = 3\ntrain = list.txt\nnames = names\n");
	assert_refused("no.data", ERR_VALUE, "no \"valid = FILE\"");
}

static void classes_that_the_network_lacks(void **state)
{
	(void)state;
	make_class("set", "lily", 1);
	assert_refused("set", ERR_VALUE,
		       "\"lily\" is not a class of the network; its classes are "
		       "tulip, daisy, rose");
	make_class("case", "Rose", 1);
	assert_refused("case", ERR_VALUE,
		       "\"Rose\" is not a class of the network; the nearest of "
		       "its classes is \"rose\"");
	make_class("parent/valid", "rose", 1);
	assert_refused("parent", ERR_VALUE, "its classes are in parent/valid: name that folder");
	write_text("list.txt", "set/daisy/00.jpg\nset/lily/00.jpg\n");
	assert_refused("list.txt", ERR_VALUE, "list.txt:2");
	write_text("names", "daisy\ntulip\nlily\n");
	write_text("set.data", "valid = list.txt\nnames = names\n");
	assert_refused("set.data", ERR_VALUE, "\"lily\" is not a class of the network");
}

static void what_holds_no_pictures(void **state)
{
	(void)state;
	assert_refused("nowhere", ERR_NOT_FOUND, "no such file or folder");
	assert_refused("set/rose.jpg", ERR_NOT_FOUND, "no such file or folder");
	assert_refused("set/daisy/00.jpg", ERR_FORMAT, "not a text file");
	assert_refused("set/daisy", ERR_VALUE, "holds no class folders but files");
	write_text("list.txt", "\n");
	assert_refused("list.txt", ERR_VALUE, "there are no pictures in it");
	assert_int_equal(file_mkdirs("hollow/rose", NULL), ERR_OK);
	assert_refused("hollow", ERR_VALUE, "there are no pictures in it");
}

static void pictures_of_no_class_are_told(void **state)
{
	(void)state;
	struct warnings w = {0};
	struct dataset *d;
	assert_int_equal(dataset_open_labelled(&d, classes, 3, "set", &w, NULL), ERR_OK);
	assert_int_equal(w.n, 0);
	dataset_free(d);
	write_jpeg("set/stray.jpg", 8, 8, 1);
	write_jpeg("set/other.JPG", 8, 8, 1);
	write_text("set/notes.txt", "no picture");
	assert_int_equal(dataset_open_labelled(&d, classes, 3, "set", &w, NULL), ERR_OK);
	assert_int_equal(d->valid.n, 5);
	assert_int_equal(w.n, 1);
	assert_string_equal(w.lines[0],
			    "set: 2 pictures in no class folder, not looked at: other.JPG");
	dataset_free(d);
	warnings_release(&w);
}

#define WITH_SET(test) cmocka_unit_test_setup_teardown(test, make_all, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_SET(a_folder_of_some_of_the_classes),
	    WITH_SET(a_list_of_pictures),
	    WITH_SET(the_validation_list_of_a_data_file),
	    WITH_SET(classes_that_the_network_lacks),
	    WITH_SET(what_holds_no_pictures),
	    WITH_SET(pictures_of_no_class_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
