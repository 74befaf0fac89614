/* Commands and replies: the words, the syntax of arguments, the lines on the socket. */
#include "thaw/event/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void test_good_lines(void **state)
{
	(void)state;
	static const struct {
		const char *line, *arg, *wire;
		enum command_type type;
	} rows[] = {
	    {"freeze 0-12,15", "0-12,15", "{\"id\":9,\"cmd\":\"freeze\",\"arg\":\"0-12,15\"}\n",
	     CMD_FREEZE},
	    {"  unfreeze\tabove 12 \n", "above 12",
	     "{\"id\":9,\"cmd\":\"unfreeze\",\"arg\":\"above 12\"}\n", CMD_UNFREEZE},
	    {"lr 1e-4", "1e-4", "{\"id\":9,\"cmd\":\"lr\",\"arg\":\"1e-4\"}\n", CMD_LR},
	    {"lr x0.5", "x0.5", "{\"id\":9,\"cmd\":\"lr\",\"arg\":\"x0.5\"}\n", CMD_LR},
	    {"lr-scale  12-15   0.1 ", "12-15   0.1",
	     "{\"id\":9,\"cmd\":\"lr-scale\",\"arg\":\"12-15   0.1\"}\n", CMD_LR_SCALE},
	    {"lr-scale last 3 x0.5", "last 3 x0.5",
	     "{\"id\":9,\"cmd\":\"lr-scale\",\"arg\":\"last 3 x0.5\"}\n", CMD_LR_SCALE},
	    {"pause", NULL, "{\"id\":9,\"cmd\":\"pause\"}\n", CMD_PAUSE},
	    {"unpause ", NULL, "{\"id\":9,\"cmd\":\"unpause\"}\n", CMD_UNPAUSE},
	    {"resume", NULL, "{\"id\":9,\"cmd\":\"unpause\"}\n", CMD_UNPAUSE} /* its old name */,
	    {"next-phase", NULL, "{\"id\":9,\"cmd\":\"next-phase\"}\n", CMD_NEXT_PHASE},
	    {"stop", NULL, "{\"id\":9,\"cmd\":\"stop\"}\n", CMD_STOP},
	    {"find-lr", NULL, "{\"id\":9,\"cmd\":\"find-lr\"}\n", CMD_FIND_LR},
	    {"find-lr cancel", "cancel",
	     "{\"id\":9,\"cmd\":\"find-lr\",\"arg\":\"cancel\"}\n", CMD_FIND_LR},
	    {"thaw-every 2", "2", "{\"id\":9,\"cmd\":\"thaw-every\",\"arg\":\"2\"}\n",
	     CMD_THAW_EVERY},
	    {"undo", NULL, "{\"id\":9,\"cmd\":\"undo\"}\n", CMD_UNDO},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct command c, back;
		struct strbuf out = STRBUF_INIT;
		assert_int_equal(command_parse_line(&c, rows[i].line, NULL), ERR_OK);
		assert_int_equal(c.type, rows[i].type);
		c.id = 9;
		command_encode(&c, &out);
		assert_string_equal(out.buf, rows[i].wire);
		assert_int_equal(command_decode(&back, out.buf, out.len, NULL), ERR_OK);
		assert_int_equal(back.type, c.type);
		assert_int_equal(back.id, 9);
		assert_string_equal(back.arg ? back.arg : "-", rows[i].arg ? rows[i].arg : "-");
		command_release(&back);
		command_release(&c);
		strbuf_release(&out);
	}
}

/* "resume" ended a pause in earlier versions: it is taken, and not told of. */
static void test_old_names(void **state)
{
	(void)state;
	static const char line[] = "{\"id\":3,\"cmd\":\"resume\"}";
	struct command c;
	struct errinfo e;
	assert_int_equal(command_decode(&c, line, strlen(line), NULL), ERR_OK);
	assert_int_equal(c.type, CMD_UNPAUSE);
	command_release(&c);
	assert_int_equal(command_find("resume"), CMD_UNPAUSE);
	assert_int_equal(command_find("unpause"), CMD_UNPAUSE);
	assert_int_equal(command_find("res"), CMD_N);
	assert_int_equal(command_parse(&c, "rseume", NULL, &e), ERR_VALUE);
	assert_non_null(strstr(e.msg, "unpause"));
	assert_null(strstr(e.msg, " resume"));
}

static void test_bad_lines(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "",          "frezze 1", "freeze",   "freeze 9-3", "freeze x", "lr",
	    "lr 0",      "lr -1",    "lr nan",   "lr inf",     "lr x",     "lr 0x1p3",
	    "lr-scale",          "lr-scale 3",        "lr-scale 3 fast", "lr-scale 3 0",
	    "lr-scale 3 -1",     "lr-scale 3 nan",    "lr-scale 9-3 1",  "lr-scale last 3",
	    "lr-scale 3 101",    "lr-scale 3 1e-7",   "lr-scale 0.1 3",  "lr-scale 3 x",
	    "find-lr now",       "thaw-every",        "thaw-every 0",    "thaw-every two",
	    "lr 1e-4 2", "lr xx2",   "lr 1e999", "pause now",  "stop 1",   "FREEZE 1"};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct command c;
		struct errinfo e = {.msg = ""};
		if (command_parse_line(&c, lines[i], &e) != ERR_VALUE)
			fail_msg("'%s' was taken", lines[i]);
		assert_true(e.msg[0]);
	}
}

static void test_refused_keeps_id(void **state)
{
	(void)state;
	struct command c;
	const char *line = "{\"id\":12,\"cmd\":\"lr\",\"arg\":\"fast\"}";
	assert_int_equal(command_decode(&c, line, strlen(line), NULL), ERR_VALUE);
	assert_int_equal(c.id, 12);
	assert_null(c.arg);
	assert_int_equal(command_decode(&c, "GET / HTTP/1.1\r", 15, NULL), ERR_FORMAT);
	assert_int_equal(c.id, 0);
}

static void test_lr(void **state)
{
	(void)state;
	double lr = 0;
	assert_int_equal(command_lr("x0.5", 0.01, &lr, NULL), ERR_OK);
	assert_true(lr == 0.005);
	assert_int_equal(command_lr("1e-4", 0.01, &lr, NULL), ERR_OK);
	assert_true(lr == 1e-4);
	assert_int_equal(command_lr("x1e-300", 1e-300, &lr, NULL), ERR_VALUE);
	assert_int_equal(command_lr("x10", 1e308, &lr, NULL), ERR_VALUE);
	assert_int_equal(command_lr("x10", 2, &lr, NULL), ERR_VALUE);
	assert_int_equal(command_lr("1e9", 0.01, &lr, NULL), ERR_VALUE);
	assert_true(lr == 1e-4);
}

static void test_lr_scale(void **state)
{
	(void)state;
	struct lr_scale s;
	double scale = 0;
	assert_int_equal(command_lr_scale(" above 12\t 0.25 ", &s, NULL), ERR_OK);
	assert_string_equal(s.layers, " above 12");
	assert_false(s.relative);
	assert_int_equal(lr_scale_apply(&s, 7, &scale, NULL), ERR_OK);
	assert_true(scale == 0.25);
	assert_int_equal(command_lr_scale("3 x0.5", &s, NULL), ERR_OK);
	assert_int_equal(lr_scale_apply(&s, 0.5, &scale, NULL), ERR_OK);
	assert_true(s.relative && scale == 0.25);
	assert_int_equal(lr_scale_apply(&s, 1e-6, &scale, NULL), ERR_VALUE);
	assert_int_equal(command_lr_scale("3 x1e300", &s, NULL), ERR_OK);
	assert_int_equal(lr_scale_apply(&s, 1e300, &scale, NULL), ERR_VALUE);
	assert_true(scale == 0.25);
	char longer[1000];
	memset(longer, '1', sizeof(longer));
	memcpy(longer + 500, " 0.1", 5);
	assert_int_equal(command_lr_scale(longer, &s, NULL), ERR_VALUE);
	memcpy(longer, "3 ", 2);
	assert_int_equal(command_lr_scale(longer, &s, NULL), ERR_VALUE);
}

static void test_reply(void **state)
{
	(void)state;
	char msg[] = "0-12 frozen; 5,125 numbers learn";
	struct reply r = {.id = 4, .ok = true, .iter = 412, .msg = msg}, back;
	struct strbuf out = STRBUF_INIT;
	reply_encode(&r, &out);
	assert_string_equal(
	    out.buf,
	    "{\"id\":4,\"ok\":true,\"iter\":412,\"msg\":\"0-12 frozen; 5,125 numbers learn\"}\n");
	assert_int_equal(reply_decode(&back, out.buf, out.len, NULL), ERR_OK);
	assert_int_equal(back.id, 4);
	assert_true(back.ok);
	assert_int_equal(back.iter, 412);
	assert_string_equal(back.msg, msg);
	assert_null(back.controls);
	reply_release(&back);
	strbuf_reset(&out);
	r.controls = "ada@laptop";
	r.yours = true;
	r.viewers = 2;
	reply_encode(&r, &out);
	assert_non_null(
	    strstr(out.buf, "\"controls\":\"ada@laptop\",\"yours\":true,\"viewers\":2}"));
	assert_int_equal(reply_decode(&back, out.buf, out.len, NULL), ERR_OK);
	assert_string_equal(back.controls, "ada@laptop");
	assert_true(back.yours);
	assert_int_equal(back.viewers, 2);
	reply_release(&back);
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good_lines), cmocka_unit_test(test_old_names),
	    cmocka_unit_test(test_bad_lines),  cmocka_unit_test(test_refused_keeps_id),
	    cmocka_unit_test(test_lr),         cmocka_unit_test(test_lr_scale),
	    cmocka_unit_test(test_reply),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
