#include "thaw/term/term.h"

#include "graphics.h"
#include "outlet.h"
#include "paint.h"
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
	struct pointer pointer;
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
	const char *text = tigetstr("RGB");
	return tigetflag("Tc") > 0 || tigetflag("RGB") > 0 || tigetnum("RGB") > 0 ||
	       (text && text != (const char *)-1);
}

static bool has_string(const char *name)
{
	const char *s = tigetstr(name);
	return s && s != (const char *)-1;
}

static void choose_look(bool ascii)
{
	int n = tigetnum("colors");
	term.utf8 = !ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
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
	outlet_init(&term.outlet, term.out >= 0 ? term.out : STDOUT_FILENO, true, clock_ms());
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

/* The terminal's answer to the outlet's question, as curses and as we call it. */
#define KEY_ANSWER (KEY_MAX - 1)
#define K_ANSWER (K_OTHER + 1)
#define K_TOLD (K_OTHER + 2) /* it said what it is: not a key */

enum err term_open(bool ascii, struct errinfo *e)
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
	choose_look(ascii);
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	define_key("\x1b[0n", KEY_ANSWER);
	define_key(NULL, KEY_MOUSE); /* read here, in one way for all terminals */
	curs_set(0);
	refresh_whole();
	enum pictures wish = term.graphics.wish;
	graphics_init(&term.graphics);
	term.graphics.wish = wish;
	open_outlet();
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

static void leave(void)
{
	int w, h;
	if (term.outlet.piece > 0)
		settle();
	term_size(&w, &h);
	if (is_term_resized(h, w))
		resizeterm(h, w);
	if (term.mouse_on) {
		ssize_t n = write(STDOUT_FILENO, POINTER_OFF, sizeof(POINTER_OFF) - 1);
		(void)n;
		term.mouse_on = false;
	}
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
	const char *name = getenv("TERM"),
		   *question = graphics_question(&term.graphics, name ? name : "",
						 getenv("TMUX") != NULL);
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
	return graphics_best(&term.graphics, term.outlet.piece) != term.graphics.mode;
}

bool term_show(const struct canvas *c, bool all)
{
	struct strbuf *bytes = &term.bytes;
	struct painter *p = &term.painter;
	size_t piece = term.outlet.piece;
	strbuf_reset(bytes);
	ask_for_pictures(bytes);
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

static const struct {
	int curses, key;
} curses_keys[] = {
    {KEY_UP, K_UP},         {KEY_DOWN, K_DOWN},
    {KEY_LEFT, K_LEFT},     {KEY_RIGHT, K_RIGHT},
    {KEY_PPAGE, K_PAGE_UP}, {KEY_NPAGE, K_PAGE_DOWN},
    {KEY_HOME, K_HOME},     {KEY_END, K_END},
    {KEY_BTAB, K_BACKTAB},  {KEY_BACKSPACE, K_BACKSPACE},
    {KEY_ENTER, K_ENTER},   {KEY_DC, K_DELETE},
    {KEY_IC, K_INSERT},     {KEY_F(1), K_F1},
    {KEY_F(2), K_F2},       {KEY_F(3), K_F3},
    {KEY_F(4), K_F4},       {KEY_F(5), K_F5},
    {KEY_F(6), K_F6},       {KEY_F(7), K_F7},
    {KEY_F(8), K_F8},       {KEY_F(9), K_F9},
    {KEY_F(10), K_F10},     {KEY_F(11), K_F11},
    {KEY_F(12), K_F12},
};

/* Sequences that a terminal sends although its terminfo entry says otherwise. */
static const struct {
	const char *bytes;
	int key;
} other_sequences[] = {
    {"[A", K_UP},   {"[B", K_DOWN},     {"[C", K_RIGHT},      {"[D", K_LEFT},    {"OA", K_UP},
    {"OB", K_DOWN}, {"OC", K_RIGHT},    {"OD", K_LEFT},       {"[H", K_HOME},    {"[F", K_END},
    {"OH", K_HOME}, {"OF", K_END},      {"[1~", K_HOME},      {"[4~", K_END},    {"[7~", K_HOME},
    {"[8~", K_END}, {"[5~", K_PAGE_UP}, {"[6~", K_PAGE_DOWN}, {"[Z", K_BACKTAB}, {"OP", K_F1},
    {"[11~", K_F1}, {"OM", K_ENTER},    {"[0n", K_ANSWER},
    {"[2~", K_INSERT}, {"[3~", K_DELETE},
};

#define SEQUENCE_MS 50
#define STRING_MS 250 /* of what a terminal answers, and no key sends */

/* What goes on until "ESC \\" or BEL: DCS, OSC, APC and their like. */
static bool is_string(wint_t ch)
{
	return strchr("P]_^X", (int)ch) != NULL;
}

/* The rest of a string behind its introducer, which is in text[0]: as much as there is room for,
 * the rest is swallowed. Returns its length. */
static size_t read_string(char *text, size_t size)
{
	size_t n = 1;
	wint_t ch, last = 0;
	timeout(STRING_MS);
	while (get_wch(&ch) == OK && ch != 7 && !(last == K_ESC && ch == '\\')) {
		if (ch != K_ESC && n + 1 < size)
			text[n++] = (char)(ch < 0x80 ? ch : '?');
		last = ch;
	}
	return n;
}

/* What follows an Esc: nothing (the key itself), or a sequence that is looked up and swallowed
 * whole. */
static int after_escape(void)
{
	char text[64];
	size_t n = 0;
	wint_t ch = 0;
	int kind = OK;
	while ((kind = get_wch(&ch)) == OK && (n || ch != K_ESC)) {
		timeout(SEQUENCE_MS); /* what began will be finished, however slow the line */
		if (n + 1 < sizeof(text))
			text[n++] = (char)(ch < 0x80 ? ch : '?');
		if (n > 1 && ch >= 0x40 && ch < 0x7F)
			break;
		if (n == 1 && is_string(ch))
			n = read_string(text, sizeof(text));
		if (text[0] != '[' && text[0] != 'O')
			break;
	}
	if (kind == KEY_CODE_YES ||
	    (kind == OK && n == 0)) /* Esc, and then another key or answer */
		ungetch((int)ch);
	while (n > 1 && n < 5 && strncmp(text, "[M", 2) == 0 && get_wch(&ch) == OK)
		text[n++] = (char)(ch < 0x80 ? ch : '?');
	nodelay(stdscr, TRUE);
	text[n] = '\0';
	if (n == 0)
		return K_ESC;
	if (graphics_answer(&term.graphics, text))
		return K_TOLD;
	if (pointer_parse(text, &term.pointer))
		return K_MOUSE;
	for (size_t i = 0; i < sizeof(other_sequences) / sizeof(*other_sequences); i++)
		if (strcmp(text, other_sequences[i].bytes) == 0)
			return other_sequences[i].key;
	return K_OTHER;
}

static int read_key(void)
{
	wint_t ch;
	int kind = get_wch(&ch);
	if (kind == ERR)
		return K_NONE;
	if (kind != KEY_CODE_YES && ch == K_ESC)
		return after_escape();
	if (kind != KEY_CODE_YES)
		return ch == '\r' || ch == '\n'   ? K_ENTER
		       : ch == 0x7F || ch == '\b' ? K_BACKSPACE
						  : (int)ch;
	if (ch == KEY_ANSWER)
		return K_ANSWER;
	for (size_t i = 0; i < sizeof(curses_keys) / sizeof(*curses_keys); i++)
		if ((int)ch == curses_keys[i].curses)
			return curses_keys[i].key;
	return K_OTHER;
}

int term_key(void)
{
	int key;
	while ((key = read_key()) == K_ANSWER || key == K_TOLD)
		if (key == K_ANSWER)
			outlet_answer(&term.outlet, clock_ms());
	return key;
}

void term_mouse(bool on)
{
	term.mouse_wanted = on;
}

struct pointer term_pointer(void)
{
	return term.pointer;
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
}
