/* The link of a viewer to its trainer: what comes together with the greeting is not left lying. */
#include "thaw/wire/link.h"

#include "../../src/wire/hello.h"
#include "thaw/base/clock.h"
#include "thaw/base/run_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define DEADLINE_MS 120000

struct heard {
	int n;
	char last[64];
	struct link *answers; /* what comes behind the greeting is answered there; NULL: nothing */
	bool refused;         /* ... in vain */
};

static void on_reply(void *arg, const struct reply *r)
{
	struct heard *h = arg;
	h->n++;
	snprintf(h->last, sizeof(h->last), "%s", r->unsaved ? r->unsaved : "-");
	if (h->answers && h->n == 2)
		h->refused = link_send(h->answers, CMD_PAUSE, NULL, NULL) != ERR_OK;
}

static int listener(const char *dir)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", dir, RUN_SOCKET);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* The greeting and the news behind it, in one piece. */
static int greet(int listening)
{
	struct strbuf bytes = STRBUF_INIT;
	int fd = accept(listening, NULL, NULL);
	assert_true(fd >= 0);
	hello_encode("run", NULL, &bytes);
	reply_encode(&(struct reply){.ok = true, .unsaved = "the disk is full"}, &bytes);
	assert_int_equal(send(fd, bytes.buf, bytes.len, MSG_NOSIGNAL), bytes.len);
	strbuf_release(&bytes);
	return fd;
}

static char dir[32];
static struct folder run;

static int begin(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/thaw-link-XXXXXX");
	return mkdtemp(dir) && folder_open(&run, dir, NULL) == ERR_OK ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	char command[64];
	folder_close(&run);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

/* A trainer that greets, tells its news and, if it is to, is gone. */
static void meet(struct heard *heard, struct link *link, bool gone)
{
	int listening = listener(dir);
	struct loop *loop = loop_new();
	link_init(link, loop, &run, NULL, on_reply, heard);
	link_tick(link);
	int fd = greet(listening);
	if (gone)
		close(fd);
	for (int64_t until = clock_ms() + DEADLINE_MS; heard->n < 2 && clock_ms() < until;)
		loop_run_once(loop, 100);
	assert_int_equal(heard->n, 2);
	link_release(link);
	loop_free(loop);
	if (!gone)
		close(fd);
	close(listening);
}

static void test_news_with_the_greeting(void **state)
{
	(void)state;
	struct link link;
	struct heard heard = {0};
	meet(&heard, &link, false);
	assert_string_equal(heard.last, "the disk is full");
}

/* Who catches up late answers what came in time, and finds nobody there. */
static void test_an_answer_to_who_is_gone(void **state)
{
	(void)state;
	struct link link;
	struct heard heard = {.answers = &link};
	meet(&heard, &link, true);
	assert_true(heard.refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_news_with_the_greeting, begin, end),
	    cmocka_unit_test_setup_teardown(test_an_answer_to_who_is_gone, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
