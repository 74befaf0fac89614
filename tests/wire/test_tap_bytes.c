/* What goes over the link to another machine: frames in any pieces, how small they are, the names of
 * hosts and runs, the command line for the shell there, a log as lines.
 */
#include "../../src/wire/log_lines.h"
#include "../../src/wire/ssh.h"
#include "../../src/wire/tap_frame.h"
#include "thaw/base/file.h"
#include "thaw/base/rng.h"
#include "thaw/event/event.h"
#include "thaw/wire/remote_url.h"
#include "thaw/wire/tap.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- what goes over the link ---- */

struct seen {
	struct strbuf text;
	int n;
};

static bool see(void *arg, char kind, const char *data, size_t len)
{
	struct seen *s = arg;
	s->n++;
	strbuf_addf(&s->text, "%c%zu:%.8s ", kind ? kind : '0', len, data);
	return true;
}

static struct strbuf some_stream(size_t n_frames)
{
	struct strbuf out = STRBUF_INIT;
	struct tap_packer p;
	char data[300];
	const struct tap_hello h = {
	    .thaw = "tap", .version = TAP_VERSION, .run = "r", .log = "00ff", .from = 7};
	tap_hello_encode(&h, &out);
	tap_packer_init(&p);
	for (size_t i = 0; i < n_frames; i++) {
		memset(data, 'a' + (int)(i % 26), sizeof(data));
		tap_packer_add(&p, "LSC"[i % 3], data, i % sizeof(data), &out);
		if (i % 4 == 0)
			tap_packer_flush(&p, &out);
	}
	tap_packer_flush(&p, &out);
	tap_packer_release(&p);
	return out;
}

static enum err feed(const struct strbuf *bytes, size_t piece, struct seen *s, struct errinfo *e)
{
	struct tap_reader r;
	enum err err = ERR_OK;
	*s = (struct seen){.text = STRBUF_INIT};
	tap_reader_init(&r);
	for (size_t at = 0; at < bytes->len && !err; at += piece)
		err = tap_reader_feed(&r, bytes->buf + at,
				      bytes->len - at < piece ? bytes->len - at : piece, see, s, e);
	tap_reader_release(&r);
	return err;
}

static void test_pieces(void **state)
{
	(void)state;
	struct strbuf bytes = some_stream(400);
	struct seen whole, pieces;
	assert_int_equal(feed(&bytes, bytes.len, &whole, NULL), ERR_OK);
	assert_int_equal(whole.n, 401);
	for (size_t piece = 1; piece < 300; piece += 13) {
		assert_int_equal(feed(&bytes, piece, &pieces, NULL), ERR_OK);
		assert_string_equal(pieces.text.buf, whole.text.buf);
		strbuf_release(&pieces.text);
	}
	strbuf_release(&whole.text);
	strbuf_release(&bytes);
}

static void expect_feed(const char *text, size_t len, enum err want, const char *words)
{
	struct strbuf bytes = STRBUF_INIT;
	struct errinfo e = {0};
	struct seen s;
	strbuf_add(&bytes, text, len);
	assert_int_equal(feed(&bytes, 1000, &s, &e), want);
	if (!strstr(e.msg, words))
		fail_msg("no '%s' in: %s", words, e.msg);
	strbuf_release(&s.text);
	strbuf_release(&bytes);
}

static void test_no_tap(void **state)
{
	(void)state;
	static const char other[] = "{\"thaw\":\"tap\",\"version\":9,\"run\":\"r\",\"log\":\"\"}\n";
	static const char bad[] = "{\"thaw\":\"tap\",\"version\":1,\"from\":-1}\n";
	char noise[2 * TAP_NOISE_MAX];
	struct strbuf damaged = some_stream(40);
	memset(noise, 'x', sizeof(noise));
	expect_feed(noise, sizeof(noise), ERR_FORMAT, "not `thaw tap`");
	for (size_t i = 0; i < sizeof(noise); i += 50)
		noise[i] = '\n';
	expect_feed(noise, sizeof(noise), ERR_FORMAT, "not `thaw tap`");
	expect_feed(other, sizeof(other) - 1, ERR_MISMATCH, "version 9");
	expect_feed(bad, sizeof(bad) - 1, ERR_FORMAT, "before its beginning");
	memset(damaged.buf + damaged.len / 2, 0xff, 20);
	expect_feed(damaged.buf, damaged.len, ERR_FORMAT, "damaged");
	strbuf_release(&damaged);
}

static void test_frame_too_long(void **state)
{
	(void)state;
	struct strbuf in = STRBUF_INIT;
	struct seen s = {.text = STRBUF_INIT};
	assert_int_equal(tap_frames(&in, "L\x00\x10\x00\x01", 5, see, &s, NULL), ERR_FORMAT);
	assert_int_equal(s.n, 0);
	strbuf_release(&in);
}

/* A run of ten minutes: ten iterations a second, an epoch a minute with what tells of its pictures. */
static void test_steady_run_is_small(void **state)
{
	(void)state;
	enum { SECONDS = 600 };
	struct strbuf out = STRBUF_INIT, line = STRBUF_INIT;
	struct tap_packer p;
	uint64_t at = 0;
	int64_t raw = 0, seq = 0;
	tap_packer_init(&p);
	for (int half = 0; half < 2 * SECONDS; half++) {
		strbuf_reset(&line);
		for (int i = 0; i < 5; i++) {
			struct event ev = {
			    .seq = ++seq, .t_ms = 500 * half + 100 * i, .type = EV_STEP};
			ev.step = (struct event_step){.iter = seq,
						      .epoch = 1 + half / 120,
						      .loss = {rng_uniform(1, at), true},
						      .lr = {0.01 * rng_uniform(2, at), true},
						      .ips = {300 * rng_uniform(3, at), true},
						      .wait = {rng_uniform(4, at), true}};
			at++;
			event_encode(&ev, &line);
		}
		for (int i = 0; half % 120 == 119 && i < 20000;
		     i++) /* base64, and as hard to pack */
			strbuf_addch(&line, (char)('0' + rng_below(3, at++, 64)));
		raw += (int64_t)line.len;
		tap_packer_add(&p, 'L', line.buf, line.len, &out);
		tap_packer_flush(&p, &out);
	}
	print_message("%.0f bytes a second of log, %.0f over the link\n", (double)raw / SECONDS,
		      (double)out.len / SECONDS);
	assert_true(out.len < 1000 * SECONDS);
	assert_true(out.len > 0 && raw > (int64_t)out.len);
	tap_packer_release(&p);
	strbuf_release(&out);
	strbuf_release(&line);
}

/* ---- names ---- */

static void test_urls(void **state)
{
	(void)state;
	static const struct {
		const char *text, *user, *host, *port, *path; /* host NULL: refused */
	} rows[] = {
	    {"ssh://mars/flowers-1", NULL, "mars", NULL, "flowers-1"},
	    {"ssh://me@mars:2222/a/b", "me", "mars", "2222", "a/b"},
	    {"ssh://mars//abs/run", NULL, "mars", NULL, "/abs/run"},
	    {"ssh://mars/~/runs/x", NULL, "mars", NULL, "runs/x"},
	    {"ssh://[::1]:22/x", NULL, "::1", "22", "x"},
	    {"ssh://mars", NULL, "mars", NULL, ""},
	    {"ssh://mars/a%20b%2Fc", NULL, "mars", NULL, "a b/c"},
	    {"ssh://mars/50%", NULL, "mars", NULL, "50%"},
	    {.text = "ssh://-oProxyCommand=sh/x"},
	    {.text = "ssh://-l@mars/x"},
	    {.text = "ssh:///x"},
	    {.text = "ssh://@mars/x"},
	    {.text = "ssh://ma'rs/x"},
	    {.text = "ssh://ma%20rs/x"},
	    {.text = "ssh://mars:0/x"},
	    {.text = "ssh://mars:99999/x"},
	    {.text = "ssh://mars:-p/x"},
	    {.text = "ssh://mars:/x"},
	    {.text = "ssh://mars/--runs"},
	    {.text = "ssh://mars/a\nb"},
	    {.text = "ssh://mars/a%0ab"},
	    {.text = "ssh://mars/a%00b"},
	    {.text = "http://mars/x"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct remote_url u;
		struct errinfo e = {0};
		enum err r = remote_url_parse(&u, rows[i].text, &e);
		if ((r != ERR_OK) != !rows[i].host)
			fail_msg("%s: %s", rows[i].text, r ? e.msg : "taken");
		if (r)
			continue;
		assert_string_equal(u.host, rows[i].host);
		assert_string_equal(u.path, rows[i].path);
		assert_string_equal(u.user ? u.user : "-", rows[i].user ? rows[i].user : "-");
		assert_string_equal(u.port ? u.port : "-", rows[i].port ? rows[i].port : "-");
		remote_url_release(&u);
	}
}

static void test_url_of_a_run(void **state)
{
	(void)state;
	struct remote_url host, run;
	assert_int_equal(remote_url_parse(&host, "ssh://me@[::1]:7/runs", NULL), ERR_OK);
	char *text = remote_url_of(&host, "/data/a b/50%/\xc3\xa4");
	assert_string_equal(text, "ssh://me@[::1]:7//data/a%20b/50%25/%C3%A4");
	assert_int_equal(remote_url_parse(&run, text, NULL), ERR_OK);
	assert_string_equal(run.path, "/data/a b/50%/\xc3\xa4");
	assert_string_equal(run.host, "::1");
	remote_url_release(&host);
	remote_url_release(&run);
	free(text);
}

/* No text leads anywhere else, and no two lead to one place. */
static void test_file_names(void **state)
{
	(void)state;
	char longest[3000];
	memset(longest, '/', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	const char *const texts[] = {"",          ".",       "..",   "../../etc", "/etc", "a/b",
				     "a%2Fb",     "\x1b[2J", ".git", "a b",       "\xff", longest,
				     longest + 1, "%2E",     "%",    "lock"};
	enum { N = sizeof(texts) / sizeof(*texts) };
	char *names[N];
	for (size_t i = 0; i < N; i++) {
		names[i] = remote_url_file_name(texts[i]);
		assert_true(*names[i] && *names[i] != '.' && strlen(names[i]) <= 200);
		assert_int_equal(strspn(names[i],
					"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					"0123456789_-.%"),
				 strlen(names[i]));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(names[i], names[k]);
	}
	for (size_t i = 0; i < N; i++)
		free(names[i]);
}

/* The shell there gets each word as it is. */
static void test_command_line(void **state)
{
	(void)state;
	const char *words[] = {"a b", "it's", "$(touch /tmp/no)", "`x`", "\"\\", "", "*;&|", NULL};
	assert_int_equal(setenv("THAW_REMOTE", "printf", 1), 0);
	const char *args[16] = {"%s,"};
	memcpy(args + 1, words, sizeof(words));
	char *command = ssh_command(args), out[256] = "";
	FILE *f = popen(command, "r");
	assert_non_null(f);
	out[fread(out, 1, sizeof(out) - 1, f)] = '\0';
	pclose(f);
	assert_string_equal(out, "a b,it's,$(touch /tmp/no),`x`,\"\\,,*;&|,");
	free(command);
}

static void test_log_lines(void **state)
{
	(void)state;
	static const char text[] =
	    "{\"seq\":1,\"ev\":\"a\"}\nnoise\n{\"seq\":5,\"t\":0}\n{\"seq\":3}\n\n"
	    "{\"seq\":6}\n{\"seq\":7";
	char path[] = P_tmpdir "/thaw-lines-XXXXXX";
	close(mkstemp(path));
	for (size_t cut = 0; cut < sizeof(text); cut++) {
		assert_int_equal(file_write_atomic(path, text, cut, NULL), ERR_OK);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		struct log_lines l = {0}, upto = {0};
		assert_int_equal(log_lines_read(&l, fd, -1, NULL), ERR_OK);
		const char *end = cut ? memrchr(text, '\n', cut) : NULL;
		assert_int_equal(l.whole, end ? end - text + 1 : 0);
		assert_int_equal(l.id[0] != '\0', end != NULL);
		assert_int_equal(log_lines_read(&upto, fd, 5, NULL), ERR_OK);
		assert_true(upto.seq <= 5 && upto.after <= l.after);
		close(fd);
	}
	struct log_lines all = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(log_lines_read(&all, fd, -1, NULL), ERR_OK);
	assert_int_equal(all.seq, 6);
	assert_int_equal(all.after, strstr(text, "{\"seq\":7") - text);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pieces),         cmocka_unit_test(test_no_tap),
	    cmocka_unit_test(test_frame_too_long), cmocka_unit_test(test_steady_run_is_small),
	    cmocka_unit_test(test_urls),           cmocka_unit_test(test_url_of_a_run),
	    cmocka_unit_test(test_file_names),     cmocka_unit_test(test_command_line),
	    cmocka_unit_test(test_log_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
