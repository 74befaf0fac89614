#include "term.h"

#include "theme.h"
#include "thaw/base/alloc.h"
#include "thaw/tui/action.h"

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

static struct {
	bool open, utf8;
	int colours;
	SCREEN *screen;
	struct canvas shown; /* what is on the screen now; w == 0 when nothing is */
	struct termios before;
	char leave[256]; /* bytes that put the screen back */
	size_t leave_len;
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
	ssize_t n = write(STDOUT_FILENO, term.leave, term.leave_len);
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

static void choose_look(bool ascii)
{
	const char *no_color = getenv("NO_COLOR");
	term.utf8 = !ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	term.colours = 0;
	if ((no_color && *no_color) || !has_colors())
		return;
	theme_choose(getenv("THAW_THEME"), getenv("COLORFGBG"));
	start_color();
	use_default_colors();
	term.colours = COLORS >= 256 ? 256 : COLORS >= 16 ? 16 : COLORS >= 8 ? 8 : 0;
}

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
	prepare_emergency();
	choose_look(ascii);
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	return ERR_OK;
}

void term_close(void)
{
	if (!term.screen)
		return;
	if (term.open)
		endwin();
	term.open = false;
	for (size_t i = 0; i < N_FATAL; i++)
		sigaction(fatal_signals[i], &term.old[i], NULL);
	alloc_on_failure(NULL);
	delscreen(term.screen);
	term.screen = NULL;
	canvas_release(&term.shown);
}

bool term_utf8(void)
{
	return term.utf8;
}

int term_colours(void)
{
	return term.colours;
}

void term_size(int *w, int *h)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0 &&
	    is_term_resized(size.ws_row, size.ws_col))
		resizeterm(size.ws_row, size.ws_col);
	getmaxyx(stdscr, *h, *w);
}

static void show_cell(const struct cell *cell, int x, int y)
{
	wchar_t text[3] = {(wchar_t)cell->ch, (wchar_t)cell->mark, 0};
	int fg = theme_colour(cell->style.fg, term.colours),
	    bg = theme_colour(cell->style.bg, term.colours);
	int pair = fg < 0 && bg < 0 ? 0 : alloc_pair(fg, bg);
	cchar_t out;
	if (pair < 0)
		pair = 0;
	setcchar(&out, text, theme_attributes(cell->style, term.colours), 0, &pair);
	mvadd_wch(y, x, &out);
}

/* Curses ignores ^Z while it writes; blocked instead, it is kept for afterwards. */
static void refresh_whole(void)
{
	sigset_t stop, before;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	pthread_sigmask(SIG_BLOCK, &stop, &before);
	refresh();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void term_show(const struct canvas *c, bool all)
{
	bool fresh = all || term.shown.w != c->w || term.shown.h != c->h;
	size_t row = (size_t)c->w * sizeof(*c->cells);
	if (fresh) {
		canvas_release(&term.shown);
		canvas_init(&term.shown, c->w, c->h, c->utf8, c->colours);
		erase();
	}
	for (int y = 0; y < c->h; y++) {
		const struct cell *now = canvas_at(c, 0, y);
		struct cell *was = term.shown.cells + (size_t)y * (size_t)c->w;
		if (!fresh && memcmp(now, was, row) == 0)
			continue;
		for (int x = 0; x < c->w; x++)
			if (now[x].width)
				show_cell(&now[x], x, y);
		memcpy(was, now, row);
	}
	if (all)
		clearok(curscr, TRUE);
	move(c->h - 1, c->w - 1); /* where a cursor that cannot be hidden harms least */
	refresh_whole();
}

static const struct {
	int curses, key;
} curses_keys[] = {
    {KEY_UP, K_UP},         {KEY_DOWN, K_DOWN},
    {KEY_LEFT, K_LEFT},     {KEY_RIGHT, K_RIGHT},
    {KEY_PPAGE, K_PAGE_UP}, {KEY_NPAGE, K_PAGE_DOWN},
    {KEY_HOME, K_HOME},     {KEY_END, K_END},
    {KEY_BTAB, K_BACKTAB},  {KEY_BACKSPACE, K_BACKSPACE},
    {KEY_ENTER, K_ENTER},   {KEY_F(1), K_F1},
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
    {"[11~", K_F1}, {"OM", K_ENTER},
};

/* What follows an Esc: nothing (the key itself), or a sequence that is looked up and swallowed
 * whole. */
static int after_escape(void)
{
	char text[16];
	size_t n = 0;
	wint_t ch;
	while (n + 1 < sizeof(text) && get_wch(&ch) == OK) {
		text[n++] = (char)(ch < 0x80 ? ch : '?');
		if (n > 1 && ch >= 0x40 && ch < 0x7F)
			break;
		if (n == 1 && ch != '[' && ch != 'O')
			return K_OTHER;
	}
	text[n] = '\0';
	if (n == 0)
		return K_ESC;
	for (size_t i = 0; i < sizeof(other_sequences) / sizeof(*other_sequences); i++)
		if (strcmp(text, other_sequences[i].bytes) == 0)
			return other_sequences[i].key;
	return K_OTHER;
}

int term_key(void)
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
	for (size_t i = 0; i < sizeof(curses_keys) / sizeof(*curses_keys); i++)
		if ((int)ch == curses_keys[i].curses)
			return curses_keys[i].key;
	return K_OTHER;
}

void term_suspend(void)
{
	endwin();
	kill(getpid(), SIGSTOP);
	term_resume();
}

void term_resume(void)
{
	reset_prog_mode();
	canvas_release(&term.shown);
	refresh();
}
