/* Data sets made by the tests, and opening them. */
#ifndef THAW_TESTS_DATA_SETS_H
#define THAW_TESTS_DATA_SETS_H

#include "pictures.h"

#include "thaw/data/dataset.h"

MAYBE_UNUSED void make_dir(const char *path)
{
	assert_int_equal(file_mkdirs(path, NULL), ERR_OK);
}

/* Another one for another text. */
MAYBE_UNUSED uint64_t seed_of(const char *text)
{
	uint64_t seed = 0;
	while (*text)
		seed = 31 * seed + (uint8_t)*text++;
	return seed;
}

/* `n` pictures DIR/CLASS/CLASS-00.jpg …, no two alike */
MAYBE_UNUSED void make_class(const char *dir, const char *name, int n)
{
	char path[300];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	make_dir(path);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s-%02d.jpg", dir, name, name, i);
		write_jpeg(path, 12, 10, seed_of(path));
	}
}

MAYBE_UNUSED struct dataset *open_ok(const struct experiment *x)
{
	struct dataset *d = NULL;
	struct errinfo e = {.msg = ""};
	if (dataset_open(&d, x, &e))
		print_error("%s\n", e.msg);
	assert_non_null(d);
	return d;
}

MAYBE_UNUSED void assert_open_fails(const struct experiment *x, enum err code, const char *why)
{
	struct dataset *d = NULL;
	struct errinfo e = {.msg = ""};
	enum err r = dataset_open(&d, x, &e);
	if (r != code || !strstr(e.msg, why))
		print_error("%s, \"%s\" does not say \"%s\"\n", err_name(r), e.msg, why);
	assert_int_equal(r, code);
	assert_non_null(strstr(e.msg, why));
	assert_null(strchr(e.msg, '\n'));
	assert_null(d);
	assert_int_equal(dataset_open(&d, x, NULL), code);
}

/* The same bytes in another file. */
MAYBE_UNUSED void copy_file(const char *from, const char *to)
{
	struct strbuf sb = STRBUF_INIT;
	assert_int_equal(file_read(from, &sb, NULL), ERR_OK);
	write_file(to, sb.buf, sb.len);
	strbuf_release(&sb);
}

#endif
