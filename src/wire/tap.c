#include "thaw/wire/tap.h"

#include "address.h"
#include "log_lines.h"
#include "tap_frame.h"
#include "tap_status.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/base/folder.h"
#include "thaw/base/run_files.h"
#include "thaw/wire/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_MS 500             /* between looks at the log, and so between flushes */
#define PIECE 32768             /* bytes of the log or the socket taken at once */
#define OUT_MAX (256 << 10)     /* packed bytes that may wait for the viewer */
#define CONTROL_MAX (256 << 10) /* bytes that may wait for the trainer */

struct tap_teller {
	struct tap_packer packer;
	struct strbuf out; /* packed, not written yet */
};

struct tap {
	const struct tap_options *o;
	struct loop *loop;
	struct tap_teller to;
	struct strbuf in; /* an incomplete frame of the viewer's */
	int64_t heard_ms, said_ms;
	bool ends; /* after what is in `to` */

	struct folder run;      /* not open: a log alone */
	int log;                /* -1: there is none yet */
	struct log_lines lines; /* of it, as far as it was looked at */
	int64_t sent;           /* bytes of it */
	struct tap_status told; /* the last one, */
	bool any_told;          /* if there was one */

	int control;            /* -1: not connected */
	struct strbuf commands; /* for it */

	int64_t listed_ms;
	bool listed; /* all were told once */
};

/* ---- saying ---- */

static void on_writable(void *arg, int fd, short revents);
static void watch_control(struct tap *t);

static void hang_up(struct tap *t)
{
	loop_stop(t->loop);
}

static void write_out(struct tap *t)
{
	struct strbuf *out = &t->to.out;
	size_t done = 0;
	while (done < out->len) {
		ssize_t n = write(t->o->out, out->buf + done, out->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			hang_up(t);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	strbuf_remove(out, 0, done);
	if (out->len)
		loop_fd(t->loop, t->o->out, POLLOUT, on_writable, t);
	else if (t->ends)
		hang_up(t);
	watch_control(t);
}

static void flush(struct tap *t)
{
	tap_packer_flush(&t->to.packer, &t->to.out);
	write_out(t);
}

static void tell(struct tap *t, char kind, const void *data, size_t len)
{
	tap_packer_add(&t->to.packer, kind, data, len, &t->to.out);
	t->said_ms = clock_ms();
}

static void tell_words(struct tap *t, char kind, const char *words)
{
	tell(t, kind, words, strlen(words));
}

/* The viewer is told why, and may come again. */
static void end(struct tap *t, const char *why)
{
	if (t->ends)
		return;
	tell_words(t, 'E', why);
	t->ends = true;
	flush(t);
}

void tap_tell(struct tap_teller *to, char kind, const char *text, size_t len)
{
	if (len <= TAP_FRAME_MAX)
		tap_packer_add(&to->packer, kind, text, len, &to->out);
}

/* ---- the log ---- */

static bool is_alone(const struct tap *t)
{
	return t->run.fd < 0;
}

/* It may come later. */
static enum err open_log(struct tap *t, struct errinfo *e)
{
	enum err r = is_alone(t) ? folder_read_file(NULL, t->o->run, &t->log, e)
				 : folder_read_file(&t->run, RUN_LOG, &t->log, e);
	return r == ERR_NOT_FOUND && !is_alone(t) ? ERR_OK : r;
}

/* Has another file taken its name, or has it lost what was sent of it? */
static bool is_replaced(const struct tap *t)
{
	struct stat open_one, named;
	if (t->log < 0 || fstat(t->log, &open_one) != 0)
		return false;
	if (open_one.st_size < t->lines.whole)
		return true;
	int fd;
	enum err r = is_alone(t) ? folder_read_file(NULL, t->o->run, &fd, NULL)
				 : folder_read_file(&t->run, RUN_LOG, &fd, NULL);
	bool other = !r && fstat(fd, &named) == 0 &&
		     (named.st_dev != open_one.st_dev || named.st_ino != open_one.st_ino);
	if (!r)
		close(fd);
	return other;
}

static bool log_left(const struct tap *t)
{
	return t->log >= 0 && t->sent < t->lines.whole;
}

/* Send of the log's whole lines what the viewer can take now. */
static void send_log(struct tap *t)
{
	char bytes[PIECE];
	while (log_left(t) && t->to.out.len < OUT_MAX) {
		int64_t left = t->lines.whole - t->sent;
		size_t want = left < PIECE ? (size_t)left : PIECE;
		ssize_t n = pread(t->log, bytes, want, t->sent);
		if (n <= 0) {
			end(t, "the log there cannot be read any more");
			return;
		}
		tell(t, 'L', bytes, (size_t)n);
		t->sent += n;
	}
}

static struct tap_status look(const struct tap *t)
{
	bool live = !is_alone(t) && folder_locked(&t->run, RUN_LOCK);
	return (struct tap_status){.live = live,
				   .listens = live && folder_holds(&t->run, RUN_SOCKET)};
}

/* The lock first, then the log: who is dead has written nothing since. */
static void follow(struct tap *t)
{
	struct tap_status now = look(t);
	if (t->log < 0)
		open_log(t, NULL);
	if (is_replaced(t) || (t->log >= 0 && log_lines_read(&t->lines, t->log, -1, NULL))) {
		end(t, "the log there was replaced by another");
		return;
	}
	send_log(t);
	now.whole = !log_left(t);
	now.size = t->lines.whole;
	if (t->any_told && now.live == t->told.live && now.listens == t->told.listens &&
	    now.whole == t->told.whole)
		return;
	struct strbuf text = STRBUF_INIT;
	tap_status_encode(&now, &text);
	tell(t, 'S', text.buf, text.len);
	strbuf_release(&text);
	t->told = now;
	t->any_told = true;
}

static void on_writable(void *arg, int fd, short revents)
{
	struct tap *t = arg;
	(void)revents;
	loop_fd_remove(t->loop, fd);
	write_out(t);
	if (log_left(t)) {
		send_log(t);
		write_out(t);
	}
}

/* ---- commands ---- */

static void drop_control(struct tap *t, const char *why)
{
	if (t->control < 0)
		return;
	loop_fd_remove(t->loop, t->control);
	close(t->control);
	t->control = -1;
	strbuf_reset(&t->commands);
	if (why)
		tell_words(t, 'X', why);
}

static void on_control(void *arg, int fd, short revents)
{
	struct tap *t = arg;
	char bytes[PIECE];
	if (revents & POLLOUT) {
		ssize_t n = send(fd, t->commands.buf, t->commands.len, MSG_NOSIGNAL);
		strbuf_remove(&t->commands, 0, n > 0 ? (size_t)n : 0);
	}
	if (revents & ~POLLOUT) {
		ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
		if (n > 0)
			tell(t, 'C', bytes, (size_t)n);
		else if (n == 0 || (errno != EAGAIN && errno != EINTR))
			drop_control(t, "the trainer has gone");
	}
	flush(t);
}

/* What the viewer cannot take yet stays in the socket. */
static void watch_control(struct tap *t)
{
	int events = (t->to.out.len < OUT_MAX ? POLLIN : 0) | (t->commands.len ? POLLOUT : 0);
	if (t->control >= 0 && events)
		loop_fd(t->loop, t->control, (short)events, on_control, t);
	else if (t->control >= 0)
		loop_fd_remove(t->loop, t->control);
}

static void open_control(struct tap *t)
{
	drop_control(t, NULL);
	tell(t, 'O', "", 0);
	t->control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (is_alone(t) || t->control < 0 || !address_connect(&t->run, RUN_SOCKET, t->control)) {
		if (t->control >= 0)
			close(t->control);
		t->control = -1;
		tell_words(t, 'X', "this run is not running");
	}
}

static void pass_command(struct tap *t, const char *bytes, size_t n)
{
	if (t->control < 0)
		return;
	strbuf_add(&t->commands, bytes, n);
	if (t->commands.len > CONTROL_MAX)
		drop_control(t, "the trainer does not read commands");
}

static bool on_frame(void *arg, char kind, const char *data, size_t len)
{
	struct tap *t = arg;
	if (t->o->run && kind == 'O')
		open_control(t);
	else if (kind == 'C')
		pass_command(t, data, len);
	else if (kind == 'X')
		drop_control(t, NULL);
	return true;
}

static void on_readable(void *arg, int fd, short revents)
{
	struct tap *t = arg;
	char bytes[PIECE];
	(void)revents;
	ssize_t n = read(fd, bytes, sizeof(bytes));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	t->heard_ms = clock_ms();
	if (n <= 0 || tap_frames(&t->in, bytes, (size_t)n, on_frame, t, NULL))
		hang_up(t);
	else
		flush(t);
}

/* ---- serving ---- */

static void list(struct tap *t)
{
	size_t before = t->to.out.len;
	bool due = t->to.packer.due;
	bool all = t->o->list(t->o->arg, &t->to);
	if (t->to.out.len != before || t->to.packer.due != due)
		t->said_ms = clock_ms();
	if (all && !t->listed)
		tell(t, 'A', "", 0);
	t->listed = t->listed || all;
}

static void on_tick(void *arg)
{
	struct tap *t = arg;
	int64_t now = clock_ms();
	if (now - t->heard_ms > (t->o->list ? TAP_LIST_SILENCE_MS : TAP_SILENCE_MS)) {
		hang_up(t);
		return;
	}
	if (t->to.out.len >= OUT_MAX || t->ends)
		return;
	if (t->o->run) {
		follow(t);
	} else if (!t->listed || now - t->listed_ms >= TAP_BEAT_MS) {
		t->listed_ms = now;
		list(t);
	}
	if (now - t->said_ms >= TAP_BEAT_MS)
		tell(t, 'H', "", 0);
	flush(t);
}

/* Where to begin: behind what the viewer has, if it is of this log. */
static enum err find_start(struct tap *t, struct errinfo *e)
{
	struct log_lines upto = {0};
	if (t->log < 0)
		return ERR_OK;
	enum err r = log_lines_read(&upto, t->log, t->o->from, e);
	bool same = !t->o->log || strcmp(t->o->log, upto.id) == 0;
	if (!r && t->o->from > 0 && same && upto.seq == t->o->from)
		t->sent = upto.after;
	return r ? r : log_lines_read(&t->lines, t->log, -1, e);
}

static enum err open_run(struct tap *t, struct errinfo *e)
{
	enum err r = ERR_OK;
	if (!t->o->run)
		return ERR_OK;
	if (file_is_dir(t->o->run))
		r = folder_open(&t->run, t->o->run, e);
	if (!r)
		r = open_log(t, e);
	return r ? r : find_start(t, e);
}

static void greet(struct tap *t)
{
	const struct tap_hello h = {.thaw = "tap",
				    .version = TAP_VERSION,
				    .run = t->o->name,
				    .log = t->lines.id,
				    .from = t->sent};
	tap_hello_encode(&h, &t->to.out);
	t->heard_ms = t->said_ms = clock_ms();
	on_tick(t);
}

static bool prepare(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

enum err tap_serve(const struct tap_options *o, struct errinfo *e)
{
	struct tap t = {.o = o,
			.loop = loop_new(),
			.to = {.out = STRBUF_INIT},
			.in = STRBUF_INIT,
			.commands = STRBUF_INIT,
			.run = FOLDER_INIT,
			.log = -1,
			.control = -1};
	tap_packer_init(&t.to.packer);
	enum err r = open_run(&t, e);
	if (!r && (!prepare(o->in) || !prepare(o->out)))
		r = err_set(e, ERR_IO, "standard input and output: %s", strerror(errno));
	if (!r) {
		signal(SIGPIPE, SIG_IGN);
		loop_fd(t.loop, o->in, POLLIN, on_readable, &t);
		loop_timer(t.loop, LOOK_MS, on_tick, &t);
		greet(&t);
		if (!loop_stopped(t.loop))
			loop_run(t.loop);
	}
	drop_control(&t, NULL);
	if (t.log >= 0)
		close(t.log);
	folder_close(&t.run);
	tap_packer_release(&t.to.packer);
	strbuf_release(&t.to.out);
	strbuf_release(&t.in);
	strbuf_release(&t.commands);
	loop_free(t.loop);
	return r;
}
