#include "thaw/wire/remote.h"

#include "mirror.h"
#include "remote_take.h"
#include "ssh.h"
#include "tap_frame.h"
#include "tap_status.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/plain.h"
#include "thaw/wire/tap.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TICK_MS 200
#define DEAF_MS 5000   /* without a byte a link counts as dead: its tap beats every second */
#define GREET_MS 20000 /* for the hello, where nobody is asked anything */
#define GREET_TRIES 3  /* of a host whose log is another one each time */
#define PING_MS 15000
#define STEADY_MS 10000 /* up for so long: the next drop is tried again soon */
#define WAIT_LEAST_MS 1000
#define WAIT_MOST_MS 30000
#define PIECE 16384
#define OUT_MAX (256 << 10) /* bytes that may wait for ssh */
#define WHY_MAX 400

struct remote {
	struct loop *loop;
	int timer;
	struct remote_url url;
	struct remote_options o; /* its `runs` is: */
	char *runs;
	struct mirror mirror; /* not of a list, */
	char *dir;            /* nor this */

	enum remote_state state;
	bool started; /* connect again when lost */
	bool asks;    /* in remote_greet() */
	bool never;   /* lost for good */
	bool again;   /* not to be waited for: the mirror begins anew */
	char why[WHY_MAX];
	int64_t began_ms, up_ms, heard_ms, pinged_ms, retry_ms, told_ms;
	int64_t wait_ms; /* before the next try */

	struct ssh ssh;
	struct tap_reader reader;
	struct strbuf out; /* for the tap */
	struct tap_status status;
	bool status_known;
	int control;     /* our end of who talks to the trainer; -1: nobody does */
	bool controlled; /* what comes now is of this connection */
};

static void changed(struct remote *r)
{
	r->told_ms = clock_ms();
	if (r->o.on_change)
		r->o.on_change(r->o.arg);
}

/* ---- the trainer ---- */

static void drop_control(struct remote *r)
{
	if (r->control < 0)
		return;
	loop_fd_remove(r->loop, r->control);
	close(r->control);
	r->control = -1;
}

static void write_out(struct remote *r);

static void on_control(void *arg, int fd, short revents)
{
	struct remote *r = arg;
	char bytes[PIECE];
	(void)revents;
	if (r->out.len >= OUT_MAX) { /* ssh takes nothing: it is about to be found dead */
		drop_control(r);
		return;
	}
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	tap_frame_add(&r->out, n > 0 ? 'C' : 'X', bytes, n > 0 ? (size_t)n : 0);
	if (n <= 0)
		drop_control(r);
	write_out(r);
}

int remote_control(struct remote *r)
{
	int ends[2];
	drop_control(r);
	if (r->state != REMOTE_UP || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	r->control = ends[0];
	r->controlled = false;
	tap_frame_add(&r->out, 'O', "", 0);
	loop_fd(r->loop, r->control, POLLIN, on_control, r);
	write_out(r);
	return ends[1];
}

/* Who does not read what the trainer says is cut off, as by the trainer itself. */
static void pass_reply(struct remote *r, const char *bytes, size_t n)
{
	if (r->control < 0 || !r->controlled)
		return;
	if (send(r->control, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)n)
		drop_control(r);
}

/* ---- the link ---- */

static void disconnect(struct remote *r, int *status)
{
	drop_control(r);
	loop_fd_remove(r->loop, r->ssh.in);
	loop_fd_remove(r->loop, r->ssh.out);
	loop_fd_remove(r->loop, r->ssh.err);
	*status = ssh_stop(&r->ssh);
	tap_reader_release(&r->reader);
	tap_reader_init(&r->reader);
	strbuf_reset(&r->out);
}

/* `why` may be borrowed from what is dropped; NULL: what ssh says. */
static void lose(struct remote *r, const char *why)
{
	char text[WHY_MAX];
	int status;
	int64_t now = clock_ms();
	bool steady = r->state == REMOTE_UP && now - r->up_ms >= STEADY_MS;
	plain_fit(text, sizeof(text), why ? why : "");
	disconnect(r, &status);
	if (!why)
		ssh_reason(&r->ssh, &r->url, status, text, sizeof(text));
	memcpy(r->why, text, sizeof(text));
	r->wait_ms = steady || !r->wait_ms ? WAIT_LEAST_MS : 2 * r->wait_ms;
	r->wait_ms = r->wait_ms > WAIT_MOST_MS ? WAIT_MOST_MS : r->wait_ms;
	r->retry_ms = r->again ? now : now + r->wait_ms;
	r->state = REMOTE_LOST;
	changed(r);
}

static void on_room(void *arg, int fd, short revents)
{
	(void)revents;
	struct remote *r = arg;
	loop_fd_remove(r->loop, fd);
	write_out(r);
}

/* That ssh has gone is found where it is read. */
static void write_out(struct remote *r)
{
	size_t done = 0;
	while (done < r->out.len && r->ssh.in >= 0) {
		ssize_t n = send(r->ssh.in, r->out.buf + done, r->out.len - done,
				 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	bool waits = done < r->out.len && errno == EAGAIN;
	strbuf_remove(&r->out, 0, done);
	if (waits)
		loop_fd(r->loop, r->ssh.in, POLLOUT, on_room, r);
}

static bool fail(struct remote *r, const struct errinfo *e)
{
	r->never = e->code == ERR_VALUE;
	r->again = e->code == ERR_MISMATCH;
	plain_fit(r->why, sizeof(r->why), e->msg);
	return false;
}

static bool take_hello(struct remote *r)
{
	struct errinfo e;
	if (!r->o.list && mirror_begin(&r->mirror, r->reader.hello.log, r->reader.hello.from, &e))
		return fail(r, &e);
	ssh_take_terminal(&r->ssh);
	r->state = REMOTE_UP;
	r->up_ms = clock_ms();
	r->status_known = false;
	if (r->o.list && r->o.on_record)
		r->o.on_record(r->o.arg, REMOTE_BEGIN, "", 0);
	changed(r);
	return true;
}

static bool take_status(struct remote *r, const char *text, size_t len)
{
	struct errinfo e;
	struct tap_status s;
	if (tap_status_decode(&s, text, len, &e))
		return fail(r, &e);
	r->status = s;
	r->status_known = true;
	changed(r);
	return true;
}

static bool take_log(struct remote *r, const char *bytes, size_t len)
{
	struct errinfo e;
	return !mirror_add(&r->mirror, bytes, len, &e) || fail(r, &e);
}

static void take_record(struct remote *r, char kind, const char *text, size_t len)
{
	static const char kinds[] = {[REMOTE_RUN] = 'R', [REMOTE_GONE] = 'G', [REMOTE_ALL] = 'A'};
	for (int i = REMOTE_RUN; i <= REMOTE_ALL; i++)
		if (kinds[i] == kind && r->o.list && r->o.on_record)
			r->o.on_record(r->o.arg, (enum remote_record)i, text, len);
}

static bool on_frame(void *arg, char kind, const char *data, size_t len)
{
	struct remote *r = arg;
	switch (kind) {
	case 0:
		return take_hello(r);
	case 'L':
		return r->o.list || take_log(r, data, len);
	case 'S':
		return r->o.list || take_status(r, data, len);
	case 'O':
		r->controlled = true;
		return true;
	case 'C':
		pass_reply(r, data, len);
		return true;
	case 'X':
		if (r->controlled)
			drop_control(r);
		return true;
	case 'E':
		plain_fit(r->why, sizeof(r->why), data);
		return false;
	default:
		take_record(r, kind, data, len);
		return true;
	}
}

void remote_take(struct remote *r, const char *bytes, size_t n)
{
	struct errinfo e;
	enum err err = tap_reader_feed(&r->reader, bytes, n, on_frame, r, &e);
	if (err)
		lose(r, err == ERR_STATE ? r->why : e.msg);
}

static void on_output(void *arg, int fd, short revents)
{
	struct remote *r = arg;
	char bytes[PIECE];
	(void)revents;
	ssize_t n = read(fd, bytes, sizeof(bytes));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		r->ssh.hung_up = true;
		lose(r, NULL);
		return;
	}
	r->heard_ms = clock_ms();
	remote_take(r, bytes, (size_t)n);
}

static void on_errors(void *arg, int fd, short revents)
{
	struct remote *r = arg;
	(void)revents;
	ssh_read_errors(&r->ssh, r->asks && r->state == REMOTE_CONNECTING);
	if (r->ssh.err < 0)
		loop_fd_remove(r->loop, fd);
}

/* ---- connecting ---- */

static char *tap_command(const struct remote *r)
{
	const char *words[10] = {"tap"};
	char seq[24];
	size_t n = 1;
	if (!r->o.list) {
		snprintf(seq, sizeof(seq), "%" PRId64, r->mirror.lines.seq);
		words[n++] = r->url.path;
		words[n++] = "--from";
		words[n++] = seq;
	}
	if (!r->o.list && r->mirror.lines.id[0]) {
		words[n++] = "--log";
		words[n++] = r->mirror.lines.id;
	}
	if (r->o.runs) {
		words[n++] = "--runs";
		words[n++] = r->o.runs;
	}
	return ssh_command(words);
}

static void connect_now(struct remote *r)
{
	struct errinfo e;
	r->began_ms = r->heard_ms = r->pinged_ms = clock_ms();
	r->state = REMOTE_CONNECTING;
	r->again = false;
	enum err err = r->o.list ? ERR_OK : mirror_open(&r->mirror, &e);
	char *command = tap_command(r);
	if (!err)
		err = ssh_start(&r->ssh, &r->url, command, r->asks, &e);
	free(command);
	if (err) {
		lose(r, e.msg);
		return;
	}
	loop_fd(r->loop, r->ssh.out, POLLIN, on_output, r);
	loop_fd(r->loop, r->ssh.err, POLLIN, on_errors, r);
	changed(r);
}

static void keep_alive(struct remote *r, int64_t now)
{
	if (now - r->heard_ms > r->o.deaf_ms) {
		char why[64];
		snprintf(why, sizeof(why), "nothing was heard for %d s", r->o.deaf_ms / 1000);
		lose(r, why);
	} else if (now - r->pinged_ms >= PING_MS) {
		r->pinged_ms = now;
		tap_frame_add(&r->out, 'P', "", 0);
		write_out(r);
	}
}

static void on_tick(void *arg)
{
	struct remote *r = arg;
	int64_t now = clock_ms();
	if (r->asks)
		ssh_tell(&r->ssh);
	if (r->state == REMOTE_UP)
		keep_alive(r, now);
	else if (r->state == REMOTE_CONNECTING && !r->asks && r->ssh.pid &&
		 now - r->began_ms > GREET_MS)
		lose(r, "no answer in 20 s");
	else if (r->state == REMOTE_LOST && r->started && !r->never && now >= r->retry_ms)
		connect_now(r);
	else if (r->state == REMOTE_LOST && now - r->told_ms >= 1000)
		changed(r);
}

enum err remote_new(struct remote **out, struct loop *loop, const struct remote_url *url,
		    const struct remote_options *o, struct errinfo *e)
{
	struct remote *r = xcalloc(1, sizeof(*r));
	*r = (struct remote){.loop = loop,
			     .o = *o,
			     .ssh = SSH_INIT,
			     .out = STRBUF_INIT,
			     .control = -1,
			     .mirror = {.folder = FOLDER_INIT, .fd = -1}};
	r->o.runs = r->runs = xstrdup(o->runs);
	r->o.deaf_ms = o->deaf_ms ? o->deaf_ms : DEAF_MS;
	tap_reader_init(&r->reader);
	enum err err = remote_url_parse(&r->url, url->text, e);
	if (!err && !o->list && !*url->path)
		err = err_set(e, ERR_VALUE, "%s names no run; wanted: ssh://[user@]host[:port]/RUN",
			      url->text);
	if (!err && !o->list)
		err = mirror_init(&r->mirror, url, e);
	if (err) {
		remote_free(r);
		return err;
	}
	r->dir = o->list ? NULL : mirror_path(&r->mirror);
	r->timer = loop_timer(loop, TICK_MS, on_tick, r);
	*out = r;
	return ERR_OK;
}

void remote_free(struct remote *r)
{
	int status;
	if (!r)
		return;
	loop_timer_cancel(r->loop, r->timer);
	disconnect(r, &status);
	mirror_release(&r->mirror);
	tap_reader_release(&r->reader);
	strbuf_release(&r->out);
	remote_url_release(&r->url);
	free(r->runs);
	free(r->dir);
	free(r);
}

static bool is_greeted(const struct remote *r)
{
	return r->state == REMOTE_UP && (r->o.list || r->status_known);
}

enum err remote_greet(struct remote *r, struct errinfo *e)
{
	r->asks = true;
	connect_now(r);
	for (int tries = 1; r->state != REMOTE_LOST && !is_greeted(r);) {
		loop_run_once(r->loop, -1);
		if (r->state == REMOTE_LOST && r->again && tries++ < GREET_TRIES)
			connect_now(r);
	}
	r->asks = false;
	if (r->state == REMOTE_LOST)
		return err_set(e, ERR_STATE, "%s", r->why);
	r->started = true;
	return ERR_OK;
}

void remote_start(struct remote *r)
{
	r->started = true;
	if (r->state != REMOTE_UP && !r->ssh.pid)
		connect_now(r);
}

void remote_retry(struct remote *r)
{
	r->wait_ms = 0;
	if (r->state == REMOTE_LOST && r->started && !r->never)
		connect_now(r);
}

/* ---- what is known ---- */

enum remote_state remote_state(const struct remote *r)
{
	return r->state;
}

bool remote_over(const struct remote *r)
{
	return r->never;
}

void remote_words(const struct remote *r, char *out, size_t size)
{
	char text[WHY_MAX + 64] = "";
	int64_t left = r->retry_ms - clock_ms();
	int seconds = left > 0 ? (int)((left + 999) / 1000) : 0;
	if (r->never)
		snprintf(text, sizeof(text), "link closed: %s", r->why);
	else if (r->state == REMOTE_LOST)
		snprintf(text, sizeof(text), "link lost, retrying in %d s: %s", seconds, r->why);
	else if (r->state == REMOTE_CONNECTING && r->up_ms)
		snprintf(text, sizeof(text), "link lost, retrying now: %s", r->why);
	else if (r->state == REMOTE_CONNECTING)
		snprintf(text, sizeof(text), "connecting");
	plain_fit(out, size, text);
}

const char *remote_dir(const struct remote *r)
{
	return r->dir;
}

bool remote_alive(const struct remote *r)
{
	return !r->status_known || r->status.live || !r->status.whole;
}

bool remote_whole(const struct remote *r)
{
	return r->status_known && r->status.whole;
}

bool remote_listens(const struct remote *r)
{
	return r->state == REMOTE_UP && r->status_known && r->status.listens;
}

int64_t remote_log_size(const struct remote *r)
{
	return r->status_known ? r->status.size : -1;
}

int64_t remote_mirror_size(const struct remote *r)
{
	return r->mirror.size;
}
