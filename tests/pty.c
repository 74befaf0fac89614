#include "pty.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/strbuf.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <vterm.h>

/* Only there when the address sanitizer is. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/* For every test program. Curses keeps what it learnt about a terminal; Darknet forgets some memory
 * in every parse. It goes before the engine's own weak one. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libtinfo\nleak:libncurses\nleak:libdarknet.so\nleak:libopencv\n";
}

struct pty {
	pid_t pid;
	int master, slave; /* our copy of the slave keeps the terminal's settings readable */
	bool gone;         /* the child was reaped */
	int status;
	struct termios before;
	VTerm *vterm;
	VTermScreen *screen;
	int w, h;
	bool altscreen, cursor_visible, mouse;
	int64_t output_ms; /* when something came last */
	int64_t n_bytes;
	struct strbuf *record; /* of what came; NULL = none */
	int per_second;    /* of a slow line; 0 = as many as come */
	bool mute;
	const struct pty_answer *script; /* NULL = the emulator's own */
	const char *answers[3]; /* to the questions of that order; of use while `pictures` */
	bool pictures;
	struct strbuf asked; /* what was sent, as far as it may be a question */
	char last, in_apc;   /* of the strings that the emulator would write out */
	int64_t since_ms, since_bytes; /* that it is slow */
};

static int on_property(VTermProp prop, VTermValue *value, void *user)
{
	struct pty *p = user;
	if (prop == VTERM_PROP_ALTSCREEN)
		p->altscreen = value->boolean;
	if (prop == VTERM_PROP_CURSORVISIBLE)
		p->cursor_visible = value->boolean;
	if (prop == VTERM_PROP_MOUSE)
		p->mouse = value->number != VTERM_PROP_MOUSE_NONE;
	return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = on_property};

static struct pty *pty_open(int w, int h)
{
	struct pty *p = xcalloc(1, sizeof(*p));
	struct winsize size = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};
	if (openpty(&p->master, &p->slave, NULL, NULL, &size) != 0)
		abort();
	tcgetattr(p->slave, &p->before);
	p->w = w;
	p->h = h;
	p->cursor_visible = true;
	p->vterm = vterm_new(h, w);
	vterm_set_utf8(p->vterm, 1);
	p->screen = vterm_obtain_screen(p->vterm);
	vterm_screen_enable_altscreen(p->screen, 1);
	vterm_screen_set_callbacks(p->screen, &callbacks, p);
	vterm_screen_reset(p->screen, 1);
	strbuf_init(&p->asked);
	p->output_ms = clock_ms();
	return p;
}

static void become_child(struct pty *p, const char *term)
{
	setsid();
	ioctl(p->slave, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(p->slave, fd);
	close(p->master);
	close(p->slave);
	vterm_free(p->vterm);
	free(p);
	setenv("TERM", term, 1);
	setenv("LC_ALL", "C.UTF-8", 1);
}

struct pty *pty_call(int w, int h, const char *term, int (*fn)(void *arg), void *arg)
{
	struct pty *p = pty_open(w, h);
	p->pid = fork();
	if (p->pid == 0) {
		become_child(p, term);
		int status = fn(arg);
		bool leaked =
		    __lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check();
		_exit(leaked ? 99 : status);
	}
	return p;
}

static int run_program(void *arg)
{
	char *const *argv = arg;
	execvp(argv[0], argv);
	return 127;
}

struct pty *pty_exec(int w, int h, const char *term, char *const argv[])
{
	union {
		char *const *in;
		void *out;
	} arg = {.in = argv};
	return pty_call(w, h, term, run_program, arg.out);
}

void pty_free(struct pty *p)
{
	if (!p->gone) {
		kill(p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	vterm_free(p->vterm);
	close(p->master);
	close(p->slave);
	strbuf_release(&p->asked);
	free(p);
}

pid_t pty_pid(const struct pty *p)
{
	return p->pid;
}

void pty_send(struct pty *p, const char *bytes)
{
	size_t len = strlen(bytes);
	if (write(p->master, bytes, len) != (ssize_t)len)
		abort();
}

/* What the terminal sends before or behind a paste, as vterm says; its length. */
static size_t bracket(struct pty *p, void (*say)(VTerm *vt), char out[16])
{
	say(p->vterm);
	return vterm_output_read(p->vterm, out, 16);
}

void pty_paste(struct pty *p, const char *bytes)
{
	struct strbuf all = STRBUF_INIT;
	char part[16];
	strbuf_add(&all, part, bracket(p, vterm_keyboard_start_paste, part));
	strbuf_addstr(&all, bytes);
	strbuf_add(&all, part, bracket(p, vterm_keyboard_end_paste, part));
	pty_send(p, all.buf);
	strbuf_release(&all);
}

bool pty_brackets_pastes(struct pty *p)
{
	char part[16];
	return bracket(p, vterm_keyboard_start_paste, part) > 0;
}

void pty_resize(struct pty *p, int w, int h)
{
	struct winsize size = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};
	p->w = w;
	p->h = h;
	vterm_set_size(p->vterm, h, w);
	ioctl(p->master, TIOCSWINSZ, &size);
}

void pty_throttle(struct pty *p, int bytes_per_second)
{
	p->per_second = bytes_per_second;
	p->since_ms = clock_ms();
	p->since_bytes = p->n_bytes;
}

void pty_mute(struct pty *p)
{
	p->mute = true;
}

void pty_script(struct pty *p, const struct pty_answer *answers)
{
	p->script = answers;
	p->mute = true;
}

void pty_answers(struct pty *p, const char *kitty, const char *attributes, const char *cell)
{
	p->answers[0] = kitty;
	p->answers[1] = cell;
	p->answers[2] = attributes;
	p->pictures = true;
}

static void say(struct pty *p, const char *bytes)
{
	ssize_t n = bytes ? write(p->master, bytes, strlen(bytes)) : 0;
	(void)n;
}

/* Answer what was asked, in the order of the questions. */
static void answer_pictures(struct pty *p, const char *bytes, size_t n)
{
	static const char *const questions[3] = {"a=q", "\x1b[16t", "\x1b[c"};
	strbuf_add(&p->asked, bytes, n);
	if (!strstr(p->asked.buf, questions[2]))
		return;
	for (int i = 0; i < 3; i++)
		if (strstr(p->asked.buf, questions[i]))
			say(p, p->answers[i]);
	strbuf_reset(&p->asked);
}

/* The row of the question that comes first in `bytes`, NULL = none; *end: of it. */
static const struct pty_answer *first_asked(const struct pty *p, const char *bytes, size_t *end)
{
	const struct pty_answer *first = NULL;
	const char *at = NULL;
	for (const struct pty_answer *a = p->script; a->question; a++) {
		const char *found = strstr(bytes, a->question);
		if (!found || (at && found >= at))
			continue;
		at = found;
		first = a;
		*end = (size_t)(found - bytes) + strlen(a->question);
	}
	return first;
}

/* A question may come in pieces: what is behind the last that was answered is kept. */
static void answer_script(struct pty *p, const char *bytes, size_t n)
{
	size_t end;
	for (size_t i = 0; i < n; i++)
		strbuf_addch(&p->asked, bytes[i] ? bytes[i] : ' ');
	for (const struct pty_answer *a; (a = first_asked(p, p->asked.buf, &end));) {
		say(p, a->answer);
		strbuf_remove(&p->asked, 0, end);
	}
}

/* The emulator's own word of what it is goes, where another one is given. */
static size_t without_attributes(char *bytes, size_t n)
{
	static const char own[] = "\x1b[?1;2c";
	char *at = memmem(bytes, n, own, sizeof(own) - 1);
	if (!at)
		return n;
	memmove(at, at + sizeof(own) - 1, n - (size_t)(at - bytes) - (sizeof(own) - 1));
	return n - (sizeof(own) - 1);
}

void pty_record(struct pty *p, struct strbuf *out)
{
	p->record = out;
}

int64_t pty_bytes(const struct pty *p)
{
	return p->n_bytes;
}

/* How many bytes may be read now. A line does not make up for the time it had nothing to carry. */
static size_t line_carries(struct pty *p, size_t most)
{
	if (p->per_second == 0)
		return most;
	int64_t may = (clock_ms() - p->since_ms) * p->per_second / 1000;
	int64_t left = p->since_bytes + may - p->n_bytes;
	int64_t at_once = p->per_second < 20 ? 1 : p->per_second / 20;
	if (left > at_once) {
		pty_throttle(p, p->per_second);
		left = at_once;
		p->since_bytes -= left;
	}
	return left <= 0 ? 0 : (size_t)left < most ? (size_t)left : most;
}

/* The emulator knows no APC strings: cut them out. Returns the bytes left. */
static size_t without_strings(struct pty *p, const char *bytes, size_t n, char *out)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		bool begins = !p->in_apc && p->last == 0x1b && bytes[i] == '_';
		bool ends = p->in_apc && p->last == 0x1b && bytes[i] == '\\';
		if (begins && kept > 0)
			kept--; /* its Esc; at the head of what was read it is harmless */
		if (begins || ends)
			p->in_apc = begins;
		else if (!p->in_apc)
			out[kept++] = bytes[i];
		p->last = bytes[i];
	}
	return kept;
}

/* Read what is there, waiting at most `ms` for it, and answer what the program asks the terminal.
 */
static void pump(struct pty *p, int ms)
{
	struct pollfd pfd = {.fd = p->master, .events = POLLIN};
	char buf[16384];
	size_t most = line_carries(p, sizeof(buf));
	if (most == 0) {
		poll(NULL, 0, 1);
		return;
	}
	if (poll(&pfd, 1, ms) < 1 || !(pfd.revents & POLLIN))
		return;
	ssize_t n = read(p->master, buf, most);
	if (n <= 0)
		return;
	p->output_ms = clock_ms();
	p->n_bytes += n;
	if (p->record)
		strbuf_add(p->record, buf, (size_t)n);
	char shown[sizeof(buf)];
	vterm_input_write(p->vterm, shown, without_strings(p, buf, (size_t)n, shown));
	if (p->script)
		answer_script(p, buf, (size_t)n);
	else if (p->pictures)
		answer_pictures(p, buf, (size_t)n);
	size_t out = vterm_output_read(p->vterm, buf, sizeof(buf));
	if (p->pictures)
		out = without_attributes(buf, out);
	ssize_t written = out && !p->mute ? write(p->master, buf, out) : 0;
	(void)written;
}

static void reap(struct pty *p)
{
	int status;
	if (p->gone || waitpid(p->pid, &status, WNOHANG) != p->pid)
		return;
	p->gone = true;
	p->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool pty_until(struct pty *p, bool (*holds)(struct pty *p, void *arg), void *arg, int timeout_ms)
{
	int64_t until = clock_ms() + timeout_ms;
	while (!holds(p, arg)) {
		if (clock_ms() >= until)
			return false;
		pump(p, 20);
	}
	return true;
}

static bool has_text(struct pty *p, void *arg)
{
	char *text = pty_text(p);
	bool found = strstr(text, arg) != NULL;
	free(text);
	return found;
}

static bool has_no_text(struct pty *p, void *arg)
{
	return !has_text(p, arg);
}

static bool is_quiet(struct pty *p, void *arg)
{
	return clock_ms() - p->output_ms >= *(int *)arg;
}

static bool is_gone(struct pty *p, void *arg)
{
	(void)arg;
	reap(p);
	return p->gone;
}

bool pty_shows(struct pty *p, const char *text, int timeout_ms)
{
	char *copy = xstrdup(text);
	bool shown = pty_until(p, has_text, copy, timeout_ms);
	free(copy);
	return shown;
}

bool pty_lacks(struct pty *p, const char *text, int timeout_ms)
{
	char *copy = xstrdup(text);
	bool absent = pty_until(p, has_no_text, copy, timeout_ms);
	free(copy);
	return absent;
}

bool pty_settles(struct pty *p, int quiet_ms, int timeout_ms)
{
	p->output_ms = clock_ms();
	return pty_until(p, is_quiet, &quiet_ms, timeout_ms);
}

static void add_utf8(struct strbuf *out, uint32_t ch)
{
	static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
	int n = ch < 0x80 ? 0 : ch < 0x800 ? 1 : ch < 0x10000 ? 2 : 3;
	strbuf_addch(out, (char)(n ? lead[n] | ch >> (6 * n) : ch));
	while (n-- > 0)
		strbuf_addch(out, (char)(0x80 | (ch >> (6 * n) & 0x3F)));
}

static void add_cell(struct pty *p, struct strbuf *out, VTermScreenCell *cell, bool looks)
{
	if (cell->chars[0] == 0)
		strbuf_addch(out, ' ');
	for (int i = 0;
	     i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i] && cell->chars[i] != (uint32_t)-1; i++)
		add_utf8(out, cell->chars[i]);
	if (!looks)
		return;
	vterm_screen_convert_color_to_rgb(p->screen, &cell->fg);
	vterm_screen_convert_color_to_rgb(p->screen, &cell->bg);
	if (cell->chars[0] == 0 || cell->chars[0] == ' ') { /* nobody sees how a blank is written */
		cell->fg = cell->bg;
		cell->attrs.bold = 0;
	}
	strbuf_addf(out, "{%d,%d,%d|%d,%d,%d|%d%d%d}", cell->fg.rgb.red, cell->fg.rgb.green,
		    cell->fg.rgb.blue, cell->bg.rgb.red, cell->bg.rgb.green, cell->bg.rgb.blue,
		    cell->attrs.bold, cell->attrs.reverse, cell->attrs.underline != 0);
}

static char *dump(struct pty *p, bool looks)
{
	struct strbuf out = STRBUF_INIT;
	for (int y = 0; y < p->h; y++) {
		for (int x = 0; x < p->w;) {
			VTermScreenCell cell;
			memset(&cell, 0, sizeof(cell));
			vterm_screen_get_cell(p->screen, (VTermPos){y, x}, &cell);
			add_cell(p, &out, &cell, looks);
			x += cell.width > 1 ? cell.width : 1;
		}
		while (!looks && out.len && out.buf[out.len - 1] == ' ')
			strbuf_remove(&out, out.len - 1, 1);
		strbuf_addch(&out, '\n');
	}
	return strbuf_detach(&out);
}

char *pty_text(struct pty *p)
{
	return dump(p, false);
}

char *pty_cells(struct pty *p)
{
	return dump(p, true);
}

bool pty_altscreen(const struct pty *p)
{
	return p->altscreen;
}

bool pty_listens_to_mouse(const struct pty *p)
{
	return p->mouse;
}

bool pty_cursor_visible(const struct pty *p)
{
	return p->cursor_visible;
}

bool pty_termios_restored(const struct pty *p)
{
	struct termios now;
	if (tcgetattr(p->slave, &now) != 0)
		return false;
	return now.c_iflag == p->before.c_iflag && now.c_oflag == p->before.c_oflag &&
	       now.c_cflag == p->before.c_cflag && now.c_lflag == p->before.c_lflag &&
	       memcmp(now.c_cc, p->before.c_cc, sizeof(now.c_cc)) == 0;
}

int pty_wait_exit(struct pty *p, int timeout_ms)
{
	if (!pty_until(p, is_gone, NULL, timeout_ms))
		return -1;
	p->per_second = 0;
	for (int64_t before = -1; before != p->output_ms;) { /* what it left in the pipe */
		before = p->output_ms;
		pump(p, 0);
	}
	return p->status;
}
