/* The trainer does without OpenCV, which Darknet's library names as needed: stand-ins are loaded in
 * its place, and the real one where they are missing. */
#include "job.h"

#include <dlfcn.h>
#include <glob.h>

static char *standin; /* one of them, beside the trainer; NULL: Darknet needs no OpenCV here */

static int find_standin(void **state)
{
	glob_t found;
	int bad = job_open(state);
	if (bad)
		return bad;
	char *bin = path_dir(trainer), *pattern = path_join(bin, "lib/thaw/libopencv_core.so.*");
	if (glob(pattern, 0, NULL, &found) == 0)
		standin = xstrdup(found.gl_pathv[0]);
	globfree(&found);
	free(pattern);
	free(bin);
	return 0;
}

static int forget_standin(void **state)
{
	free(standin);
	return job_close(state);
}

/* What the loader would load for it. */
static void loaded_by(struct running *r, const char *program)
{
	EXPECT(r, 0, "env", "LD_TRACE_LOADED_OBJECTS=1", program);
	assert_non_null(strstr(r->text[0].buf, "libdarknet.so"));
}

static void nothing_of_opencv_is_loaded(void **state)
{
	(void)state;
	struct running r;
	if (!standin)
		skip();
	loaded_by(&r, trainer);
	assert_null(strstr(r.text[0].buf, "libQt5"));
	assert_null(strstr(r.text[0].buf, "libopencv_imgproc"));
	for (const char *at = r.text[0].buf; (at = strstr(at, "libopencv_"));) {
		const char *end = strchr(at, '\n'), *path = strstr(at, "=> ");
		assert_true(path && path < end && strstr(path, "/lib/thaw/") &&
			    strstr(path, "/lib/thaw/") < end);
		at = end;
	}
	run_release(&r);
}

static void without_stand_ins_the_real_ones_serve(void **state)
{
	(void)state;
	struct running r;
	if (!standin)
		skip();
	char *alone = path_join(job_dir, "thaw-train");
	EXPECT(&r, 0, "cp", trainer, alone);
	run_release(&r);
	loaded_by(&r, alone);
	assert_null(strstr(r.text[0].buf, "/lib/thaw/"));
	assert_non_null(strstr(r.text[0].buf, "libopencv_imgproc"));
	run_release(&r);
	free(alone);
}

/* One that is called says which, and aborts. */
static void a_stand_in_names_what_was_called(void **state)
{
	(void)state;
	int fd[2], status;
	if (!standin)
		skip();
	char said[256] = "";
	assert_int_equal(pipe(fd), 0);
	pid_t pid = fork();
	if (pid == 0) {
		void (*imshow)(void) = NULL, *lib = dlopen(standin, RTLD_NOW);
		dup2(fd[1], STDERR_FILENO);
		if (lib)
			*(void **)&imshow = dlsym(
			    lib,
			    "_ZN2cv6imshowERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
			    "RKNS_11_InputArrayE");
		signal(SIGABRT, SIG_DFL);
		if (imshow)
			imshow();
		_exit(0);
	}
	close(fd[1]);
	ssize_t n = read(fd[0], said, sizeof(said) - 1);
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_true(n > 0 && strstr(said, "imshow") && strstr(said, "OpenCV"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_of_opencv_is_loaded),
	    cmocka_unit_test(without_stand_ins_the_real_ones_serve),
	    cmocka_unit_test(a_stand_in_names_what_was_called),
	};
	return cmocka_run_group_tests_name("standins", tests, find_standin, forget_standin);
}
