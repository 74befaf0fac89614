/* The box: exits, aborts and faults of what runs inside come back as errors, and nothing reaches
 * the terminal. */
#include "thaw/base/file.h"
#include "thaw/engine/box.h"

#include <assert.h>
#include <darknet.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char log_name[] = P_tmpdir "/thaw-box-XXXXXX";
static char out_name[] = P_tmpdir "/thaw-out-XXXXXX";

static enum err print_and_return(void *arg, struct errinfo *e)
{
	printf("to stdout\n");
	fprintf(stderr, "to stderr\n");
	return arg ? err_set(e, ERR_VALUE, "mine") : ERR_OK;
}

static enum err missing_cfg(void *arg, struct errinfo *e)
{
	(void)e;
	parse_network_cfg(arg);
	return ERR_OK;
}

__attribute__((no_sanitize("address", "undefined"))) /* the point is to fall */
static enum err
segfault(void *arg, struct errinfo *e)
{
	(void)arg, (void)e;
	fprintf(stderr, "about to fall\n");
	static int *volatile nowhere;
	*nowhere = 1;
	return ERR_OK;
}

static enum err divide(void *arg, struct errinfo *e)
{
	(void)e;
	volatile int zero = arg ? 1 : 0;
	raise(SIGFPE);
	return zero ? ERR_OK : ERR_IO;
}

static enum err call_abort(void *arg, struct errinfo *e)
{
	(void)arg, (void)e;
	abort();
}

static enum err nested(void *arg, struct errinfo *e)
{
	enum err r = box_run(print_and_return, arg, e);
	exit(r ? 3 : 4);
}

static void write_text(char *name, const char *text)
{
	FILE *f = fopen(name, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static char *text_of(const char *name)
{
	struct strbuf sb = STRBUF_INIT;
	assert_int_equal(file_read(name, &sb, NULL), ERR_OK);
	return strbuf_detach(&sb);
}

static enum err log_to(const char *name)
{
	int fd = open(name, O_WRONLY | O_APPEND);
	assert_true(fd >= 0);
	enum err r = box_open(fd, NULL);
	close(fd); /* the box has its own */
	return r;
}

static void returns_what_fn_returns(void **state)
{
	(void)state;
	struct errinfo e = {0};
	assert_int_equal(box_run(print_and_return, NULL, &e), ERR_OK);
	assert_int_equal(e.code, ERR_OK);
	assert_int_equal(box_run(print_and_return, &e, &e), ERR_VALUE);
	assert_string_equal(e.msg, "mine");
	char *text = text_of(log_name);
	assert_non_null(strstr(text, "to stdout\n"));
	assert_non_null(strstr(text, "to stderr\n"));
	free(text);
}

static void nothing_reaches_the_terminal(void **state)
{
	(void)state;
	fflush(stdout);
	int saved = dup(1), fd = open(out_name, O_WRONLY | O_TRUNC);
	dup2(fd, 1);
	printf("before ");
	box_run(print_and_return, NULL, NULL);
	printf("after");
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	close(fd);
	char *text = text_of(out_name);
	assert_string_equal(text, "before after");
	free(text);
}

static void exit_comes_back(void **state)
{
	(void)state;
	struct errinfo e = {0};
	char name[] = "no/such.cfg";
	assert_int_equal(box_run(missing_cfg, name, &e), ERR_DARKNET);
	assert_string_equal(e.msg, "Darknet stopped (exit(0)): Couldn't open file: no/such.cfg");
	assert_int_equal(box_run(nested, NULL, &e), ERR_DARKNET);
	assert_non_null(strstr(e.msg, "exit(4)"));
}

static void assert_comes_back(void **state)
{
	(void)state;
	struct errinfo e = {0};
	write_text(out_name, "[convolutional]\nfilters=1\n");
	assert_int_equal(box_run(missing_cfg, out_name, &e), ERR_DARKNET);
	assert_non_null(strstr(e.msg, "First section must be [net] or [network]"));
	write_text(out_name, "[net]\nheight=8\nwidth=8\nchannels=3\n[softmax]\ngroups=7\n");
	assert_int_equal(box_run(missing_cfg, out_name, &e), ERR_DARKNET);
	assert_non_null(strstr(e.msg, "groups == 0"));
}

static void faults_come_back(void **state)
{
	(void)state;
	struct errinfo e = {0};
	for (int i = 0; i < 3; i++) {
		assert_int_equal(box_run(segfault, NULL, &e), ERR_DARKNET);
		assert_non_null(strstr(e.msg, "about to fall"));
		assert_int_equal(box_run(divide, NULL, &e), ERR_DARKNET);
		assert_int_equal(box_run(call_abort, NULL, &e), ERR_DARKNET);
		assert_non_null(strstr(e.msg, "said nothing"));
	}
	/* An option before the first section makes Darknet follow a null pointer. */
	write_text(out_name, "filters=1\n[net]\n");
	assert_int_equal(box_run(missing_cfg, out_name, &e), ERR_DARKNET);
}

static void handlers_and_descriptors_are_put_back(void **state)
{
	(void)state;
	struct sigaction before, after;
	sigaction(SIGSEGV, NULL, &before);
	int low = dup(0);
	close(low);
	for (int i = 0; i < 50; i++)
		box_run(segfault, NULL, NULL);
	sigaction(SIGSEGV, NULL, &after);
	assert_ptr_equal(before.sa_handler, after.sa_handler);
	int now = dup(0);
	assert_int_equal(now, low);
	close(now);
}

static void *on_thread(void *arg)
{
	*(enum err *)arg = box_run(segfault, NULL, NULL);
	return NULL;
}

static void works_on_another_thread(void **state)
{
	(void)state;
	pthread_t t;
	enum err r = ERR_OK;
	assert_int_equal(pthread_create(&t, NULL, on_thread, &r), 0);
	pthread_join(t, NULL);
	assert_int_equal(r, ERR_DARKNET);
}

/* Outside the box exit() is exit(): hooks run, and the status is kept. */
static void exit_outside_is_exit(void **state)
{
	(void)state;
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		box_run(missing_cfg, (char[]){"no/such.cfg"}, NULL);
		exit(7);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

/* A visit comes before there is a folder for its log: what it printed is not lost. */
static void output_is_kept_until_the_log_opens(void **state)
{
	(void)state;
	char name[] = "/tmp/thaw-box-late-XXXXXX";
	close(mkstemp(name));
	struct strbuf before = STRBUF_INIT, after = STRBUF_INIT;
	box_output(&before);
	box_run(print_and_return, NULL, NULL);
	box_output(&after);
	assert_true(after.len > before.len);
	assert_memory_equal(after.buf, before.buf, before.len);
	assert_non_null(strstr(after.buf + before.len, "to stdout\n"));
	assert_int_equal(log_to(name), ERR_OK);
	char *text = text_of(name);
	assert_string_equal(text, after.buf);
	free(text);
	strbuf_release(&before);
	strbuf_release(&after);
	unlink(name);
	assert_int_equal(log_to(log_name), ERR_OK);
}

static void no_file_is_an_error(void **state)
{
	(void)state;
	struct errinfo e = {0};
	assert_int_equal(box_open(-1, &e), ERR_IO);
	assert_non_null(strstr(e.msg, "descriptor -1"));
	assert_int_equal(log_to(log_name), ERR_OK);
}

static enum err draw(void *arg, struct errinfo *e)
{
	float *drawn = arg;
	(void)e;
	drawn[0] = rand_normal();
	drawn[1] = rand_uniform(2, 3);
	return ERR_OK;
}

/* In the box Darknet's first weights cost nothing; outside its draws are its own. */
static void weights_are_not_drawn_in_the_box(void **state)
{
	float inside[2] = {1, 1}, outside[2] = {0, 0};
	(void)state;
	assert_int_equal(box_run(draw, inside, NULL), ERR_OK);
	assert_true(inside[0] == 0 && inside[1] == 2);
	draw(outside, NULL);
	assert_true(outside[0] != 0 && outside[1] > 2 && outside[1] < 3);
}

int main(void)
{
	close(mkstemp(log_name));
	close(mkstemp(out_name));
	if (log_to(log_name))
		return 1;
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(returns_what_fn_returns),
	    cmocka_unit_test(nothing_reaches_the_terminal),
	    cmocka_unit_test(exit_comes_back),
	    cmocka_unit_test(assert_comes_back),
	    cmocka_unit_test(faults_come_back),
	    cmocka_unit_test(handlers_and_descriptors_are_put_back),
	    cmocka_unit_test(works_on_another_thread),
	    cmocka_unit_test(exit_outside_is_exit),
	    cmocka_unit_test(output_is_kept_until_the_log_opens),
	    cmocka_unit_test(no_file_is_an_error),
	    cmocka_unit_test(weights_are_not_drawn_in_the_box),
	};
	int failed = cmocka_run_group_tests_name("box", tests, NULL, NULL);
	unlink(log_name);
	unlink(out_name);
	return failed;
}
