#include "thaw/term/term.h"

#include "announce.h"
#include "ask.h"
#include "graphics.h"
#include "input.h"
#include "known.h"
#include "outlet.h"
#include "thaw/term/paint.h"
#include "thaw/term/theme.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/term/key.h"

#include <curses.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

static struct {
	bool open, utf8;
	int colours;      /* of the terminal; the theme may use fewer */
	bool shows_cursor; /* it cannot be hidden */
	SCREEN *screen;
	struct painter painter;
	struct graphics graphics;
	struct outlet outlet;
	struct strbuf bytes; /* of the piece being made */
	int out; /* the terminal once more, but this one does not block; -1 = not to be had */
	struct termios before;
	char leave[256]; /* bytes that put the screen back */
	size_t leave_len;
	bool has_mouse, mouse_wanted, mouse_on;
	bool paste_on; /* the terminal brackets what is pasted */
	struct input input;
	struct ask ask;
	bool told;            /* it shows more than was drawn for: an answer came */
	struct strbuf beside; /* bytes that are no part of the screen, and not sent yet */
	char *title;          /* wanted; NULL = the one that was there */
	bool title_on;        /* that one is kept for afterwards */
	struct sigaction old[8];
} term;

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGQUIT};
#define N_FATAL (sizeof(fatal_signals) / sizeof(*fatal_signals))

/* Put the terminal back with nothing but system calls, from a signal handler or just before an
 * abort. */
static void emergency_restore(void)
{
	if (!term.open)
		return;
	term.open = false;
	const char *pictures = graphics_end(&term.graphics);
	ssize_t n = write(STDOUT_FILENO, pictures, strlen(pictures));
	n = write(STDOUT_FILENO, term.leave, term.leave_len);
	if (term.title_on)
		n = write(STDOUT_FILENO, TITLE_BACK, sizeof(TITLE_BACK) - 1);
	(void)n;
	tcsetattr(STDIN_FILENO, TCSANOW, &term.before);
}

static void on_fatal(int signo)
{
	emergency_restore();
	signal(signo, SIG_DFL);
	raise(signo);
}

static int collect(int ch)
{
	if (term.leave_len < sizeof(term.leave))
		term.leave[term.leave_len++] = (char)ch;
	return ch;
}

static void prepare_emergency(void)
{
	static const char *const names[] = {"sgr0", "op", "rmkx", "cnorm", "rmcup"};
	term.leave_len = 0;
	collect(0x18); /* out of a sequence that was cut */
	for (const char *off = POINTER_OFF; term.has_mouse && *off; off++)
		collect(*off);
	for (const char *off = PASTE_OFF; *off; off++)
		collect(*off);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *s = tigetstr(names[i]);
		if (s && s != (const char *)-1) /* as terminfo says "not a string" */
			tputs(s, 1, collect);
	}
	struct sigaction sa = {.sa_handler = on_fatal, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};
	for (size_t i = 0; i < N_FATAL; i++)
		sigaction(fatal_signals[i], &sa, &term.old[i]);
	alloc_on_failure(emergency_restore);
}

/* Colours as RGB: who says so is believed, but GNU screen hands on what another terminal said. */
static bool has_true_colour(void)
{
	const char *says = getenv("COLORTERM"), *name = getenv("TERM");
	bool screen = name && strncmp(name, "screen", 6) == 0 && !getenv("TMUX");
	if (says && (strcmp(says, "truecolor") == 0 || strcmp(says, "24bit") == 0) && !screen)
		return true;
	if (name && known_terminal(name) & KNOWN_RGB)
		return true;
	const char *text = tigetstr("RGB");
	return tigetflag("Tc") > 0 || tigetflag("RGB") > 0 || tigetnum("RGB") > 0 ||
	       (text && text != (const char *)-1);
}

static bool has_string(const char *name)
{
	const char *s = tigetstr(name);
	return s && s != (const char *)-1;
}

static const char *term_name(void)
{
	const char *name = getenv("TERM");
	return name ? name : "";
}

static bool locale_is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Widths and keys are read by the locale: one of UTF-8 where the person's own is none. False where
 * the machine has not even that of C. */
static bool use_utf8(void)
{
	return locale_is_utf8() || setlocale(LC_CTYPE, "C.UTF-8") || setlocale(LC_CTYPE, "C.utf8");
}

/* What the terminal is asked, where nothing else says it. A Linux console has no Braille in its
 * fonts, whatever it decodes. */
static void choose_questions(enum charset want)
{
	bool asked = known_terminal(term_name()) & KNOWN_ASKED;
	term.ask = (struct ask){
	    .utf8 = want == CHARSET_AUTO && !term.utf8 && !known_multiplexed() &&
		    strncmp(term_name(), "linux", 5) != 0,
	    .colour = asked && term.colours >= 8 && term.colours < COLOURS_TRUE,
	    .version = asked && !known_multiplexed(),
	};
}

static void choose_look(enum charset want)
{
	int n = tigetnum("colors");
	term.utf8 = want == CHARSET_UTF8 || (want == CHARSET_AUTO && locale_is_utf8());
	term.colours = has_true_colour() ? COLOURS_TRUE
		       : n >= 256        ? 256
		       : n >= 16         ? 16
		       : n >= 8          ? 8
					 : 0;
	term.shows_cursor = !has_string("civis");
	term.painter = (struct painter){.dim = has_string("dim"),
					.underline = has_string("smul"),
					.corner = tigetflag("am") <= 0 || tigetflag("xenl") > 0,
					.x = -1};
}

/* The terminal opened once more, so that its not blocking is ours alone: the shell shares fd 1. */
static void open_outlet(void)
{
	char path[128];
	term.out = -1;
	if (ttyname_r(STDOUT_FILENO, path, sizeof(path)) == 0)
		term.out = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	strbuf_init(&term.bytes);
	strbuf_init(&term.beside);
	outlet_init(&term.outlet, term.out >= 0 ? term.out : STDOUT_FILENO, true, clock_ms());
}

/* Before anything is drawn: nothing is until the outlet has its own answer, which comes last. */
static void ask(void)
{
	ask_add(&term.ask, &term.bytes);
	outlet_send(&term.outlet, term.bytes.buf, term.bytes.len, clock_ms());
}

/* An answer, which may come late: what was drawn until then is drawn anew. */
static bool take_answer(const char *text)
{
	if (graphics_answer(&term.graphics, text))
		return true;
	if (!ask_answer(&term.ask, text))
		return false;
	if (term.ask.shows_rgb && term.colours < COLOURS_TRUE) {
		term.colours = COLOURS_TRUE;
		term.told = true;
	}
	if (term.ask.shows_utf8 && !term.utf8)
		term.told = term.utf8 = use_utf8();
	return true;
}

/* Of curses' own: it holds no more than the sequences that begin and end a full screen. Curses
 * ignores ^Z while it writes; blocked instead, it is kept for afterwards. */
static void refresh_whole(void)
{
	sigset_t stop, before;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	pthread_sigmask(SIG_BLOCK, &stop, &before);
	refresh();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

enum err term_open(enum charset want, struct errinfo *e)
{
	const char *name = getenv("TERM");
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    tcgetattr(STDIN_FILENO, &term.before) != 0)
		return err_set(e, ERR_STATE,
			       "the viewer needs a terminal for input and output; use --headless");
	if (!name || !*name || strcmp(name, "dumb") == 0)
		return err_set(e, ERR_STATE,
			       "TERM=%s cannot place a cursor; set TERM, or use --headless",
			       name ? name : "");
	setlocale(LC_CTYPE, "");
	if (want == CHARSET_UTF8 && !use_utf8())
		return err_set(e, ERR_VALUE,
			       "--utf8: this machine has no locale of UTF-8, not even C.UTF-8");
	term.screen = newterm(NULL, stdout, stdin);
	if (!term.screen)
		return err_set(
		    e, ERR_STATE,
		    "TERM=%.60s is not known to terminfo; set TERM to what the terminal is", name);
	term.open = true;
	term.has_mouse = has_string("kmous");
	prepare_emergency();
	const char *cup = tigetstr("cup");
	if (!cup || cup == (const char *)-1 || strncmp(cup, "\x1b[", 2) != 0) {
		term_close();
		return err_set(e, ERR_STATE,
			       "TERM=%.60s does not speak ANSI; set TERM to what the terminal is, "
			       "or use --headless",
			       name);
	}
	choose_look(want);
	choose_questions(want);
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	input_open();
	curs_set(0);
	refresh_whole();
	enum pictures wish = term.graphics.wish;
	graphics_init(&term.graphics);
	term.graphics.wish = wish;
	term.input.answer = take_answer;
	open_outlet();
	ask();
	return ERR_OK;
}

#define LEAVE_MS 1000

/* Let what is on its way arrive, and its answer come back: it must not reach the shell. */
static void settle(void)
{
	int64_t until = clock_ms() + LEAVE_MS;
	struct outlet *o = &term.outlet;
	while (!outlet_flush(o) && clock_ms() < until)
		poll(&(struct pollfd){.fd = o->fd, .events = POLLOUT}, 1, 20);
	bool cut = o->pending.len > 0;
	while (o->waiting && o->asks && !o->gone && clock_ms() < until) {
		struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
		if (poll(&in, 1, 20) > 0 && (in.revents & (POLLHUP | POLLERR | POLLNVAL)))
			break;
		while (term_key() != K_NONE)
			;
	}
	if (o->waiting)
		tcflush(STDIN_FILENO, TCIFLUSH);
	const char *pictures = graphics_end(&term.graphics);
	ssize_t n = write(STDOUT_FILENO, pictures, strlen(pictures));
	graphics_forget(&term.graphics, &term.bytes);
	/* out of a sequence that was cut, to where curses believes the cursor */
	static const char home[] = "\x18\x1b[m\x1b[H";
	n = write(STDOUT_FILENO, home + !cut, sizeof(home) - 1 - !cut);
	(void)n;
}

static void write_out(const char *bytes)
{
	ssize_t n = write(STDOUT_FILENO, bytes, strlen(bytes));
	(void)n;
}

static void leave(void)
{
	int w, h;
	if (term.outlet.piece > 0)
		settle();
	term_size(&w, &h);
	if (is_term_resized(h, w))
		resizeterm(h, w);
	if (term.beside.len)
		write_out(term.beside.buf);
	strbuf_reset(&term.beside);
	if (term.mouse_on)
		write_out(POINTER_OFF);
	if (term.paste_on)
		write_out(PASTE_OFF);
	if (term.title_on)
		write_out(TITLE_BACK);
	term.mouse_on = term.paste_on = term.title_on = false;
	endwin();
}

void term_close(void)
{
	if (!term.screen)
		return;
	if (term.open)
		leave();
	term.open = false;
	for (size_t i = 0; i < N_FATAL; i++)
		sigaction(fatal_signals[i], &term.old[i], NULL);
	alloc_on_failure(NULL);
	delscreen(term.screen);
	term.screen = NULL;
	painter_release(&term.painter);
	graphics_release(&term.graphics);
	outlet_release(&term.outlet);
	strbuf_release(&term.bytes);
	strbuf_release(&term.beside);
	paste_release(&term.input.paste);
	free(term.title);
	term.title = NULL;
	if (term.out >= 0)
		close(term.out);
	term.out = -1;
}

bool term_utf8(void)
{
	return term.utf8;
}

int term_colours(void)
{
	return theme_colours(term.colours);
}

void term_size(int *w, int *h)
{
	struct winsize size;
	getmaxyx(stdscr, *h, *w);
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
		*w = size.ws_col;
		*h = size.ws_row;
		if (size.ws_xpixel >= *w && size.ws_ypixel >= *h) {
			term.graphics.cell_w = size.ws_xpixel / *w;
			term.graphics.cell_h = size.ws_ypixel / *h;
		}
	}
}

/* Once, before the screen is cleared, so that nothing of the question stays where it means nothing;
 * what comes back is met by term_key(). */
static void ask_for_pictures(struct strbuf *bytes)
{
	if (!term.utf8 || term.colours < 256)
		return;
	const char *question =
	    graphics_question(&term.graphics, term_name(), getenv("TMUX") != NULL);
	if (question)
		strbuf_addf(bytes, "\x1b[H%s", question);
}

bool pictures_parse(const char *name, enum pictures *p)
{
	static const char *const names[] = {[PICTURES_AUTO] = "auto",
					    [PICTURES_KITTY] = "kitty",
					    [PICTURES_SIXEL] = "sixel",
					    [PICTURES_BLOCKS] = "blocks"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name, names[i]) == 0) {
			*p = (enum pictures)i;
			return true;
		}
	return false;
}

void term_pictures(enum pictures wish)
{
	term.graphics.wish = wish;
}

bool term_wants_images(void)
{
	return graphics_best(&term.graphics, term.outlet.piece) != PICTURES_BLOCKS;
}

bool term_changed(void)
{
	return term.told ||
	       graphics_best(&term.graphics, term.outlet.piece) != term.graphics.mode;
}

bool term_show(const struct canvas *c, bool all)
{
	struct strbuf *bytes = &term.bytes;
	struct painter *p = &term.painter;
	size_t piece = term.outlet.piece;
	strbuf_reset(bytes);
	strbuf_add(bytes, term.beside.buf, term.beside.len);
	strbuf_reset(&term.beside);
	ask_for_pictures(bytes);
	all = all || term.told;
	term.told = false;
	bool other = graphics_choose(&term.graphics, piece, c);
	bool resized = p->shown.w != c->w || p->shown.h != c->h;
	if (all || other || resized || c->colours != p->colours) {
		graphics_forget(&term.graphics, bytes);
		painter_forget(p);
	}
	p->colours = c->colours;
	graphics_remove(&term.graphics, p, c, bytes);
	bool done = paint(p, graphics_blanks(&term.graphics, c), piece, bytes) &&
		    graphics_add(&term.graphics, p, c, piece, bytes);
	if (term.mouse_on != (term.mouse_wanted && term.has_mouse)) {
		term.mouse_on = !term.mouse_on;
		strbuf_addstr(bytes, term.mouse_on ? POINTER_ON : POINTER_OFF);
	}
	if (!term.paste_on) {
		term.paste_on = true;
		strbuf_addstr(bytes, PASTE_ON);
	}
	if (done && bytes->len && term.shows_cursor) /* where it harms least */
		strbuf_addf(bytes, "\x1b[%d;%dH", c->h, c->w);
	if (done && term.shows_cursor)
		term.painter.x = -1;
	outlet_send(&term.outlet, bytes->buf, bytes->len, clock_ms());
	return done;
}

bool term_ready(void)
{
	return outlet_ready(&term.outlet, clock_ms());
}

int term_wait_ms(void)
{
	return outlet_wait_ms(&term.outlet, clock_ms());
}

int term_pending_fd(void)
{
	return term.outlet.pending.len ? term.outlet.fd : -1;
}

double term_rate(void)
{
	return outlet_rate(&term.outlet, clock_ms());
}

int term_key(void)
{
	int key;
	while ((key = input_key(&term.input)) > K_OTHER)
		if (key == K_ANSWER)
			outlet_answer(&term.outlet, clock_ms());
		else if (key == K_PASTE_BEGINS)
			paste_begin(&term.input.paste, clock_ms());
	return key;
}

const char *term_paste(void)
{
	return term.input.paste.text.buf ? term.input.paste.text.buf : "";
}

void term_mouse(bool on)
{
	term.mouse_wanted = on;
}

struct pointer term_pointer(void)
{
	return term.input.pointer;
}

/* ---- beside the screen ---- */

static void add_title(void)
{
	if (!term.title || !(known_terminal(term_name()) & KNOWN_TITLE))
		return;
	if (!term.title_on)
		strbuf_addstr(&term.beside, TITLE_KEEP);
	term.title_on = true;
	announce_title(&term.beside, term.title, term.utf8);
}

bool term_title(const char *text)
{
	bool same = text && term.title ? strcmp(text, term.title) == 0 : text == term.title;
	if (same || !term.open)
		return false;
	free(term.title);
	term.title = text ? xstrdup(text) : NULL;
	if (!text && term.title_on) {
		strbuf_addstr(&term.beside, TITLE_BACK);
		term.title_on = false;
	}
	add_title();
	return true;
}

void term_bell(void)
{
	strbuf_addch(&term.beside, '\a');
}

void term_notify(const char *text, bool through_tmux)
{
	bool inside = known_multiplexed() || strncmp(term_name(), "tmux", 4) == 0 ||
		      strncmp(term_name(), "screen", 6) == 0;
	enum notify_way way = known_notify(inside ? "" : term.ask.name);
	if (inside && through_tmux && getenv("TMUX"))
		way = way ? way : NOTIFY_777;
	else if (inside)
		return;
	announce_notice(&term.beside, way, text, term.utf8, inside);
}

void term_take_key(int key)
{
	struct termios now;
	if (tcgetattr(STDIN_FILENO, &now) != 0)
		return;
	for (int i = 0; i < NCCS; i++)
		if (i != VMIN && i != VTIME && now.c_cc[i] == key)
			now.c_cc[i] = _POSIX_VDISABLE;
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &now) == 0)
		def_prog_mode();
}

void term_suspend(void)
{
	leave();
	kill(getpid(), SIGSTOP);
	term_resume();
}

void term_resume(void)
{
	reset_prog_mode();
	painter_forget(&term.painter);
	term.outlet.waiting = false;
	refresh_whole();
	add_title();
}
