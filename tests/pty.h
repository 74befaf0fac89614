/* A program on a pseudo-terminal with a terminal emulator (libvterm) looking at it: send keys,
 * wait for what the screen shows with a deadline, read its cells as text. Never sleeps for a
 * fixed time.
 */
#ifndef TESTS_PTY_H
#define TESTS_PTY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pty;

/* Fork; the child runs fn(arg) on the terminal and ends with its result. TERM is `term` there. */
struct pty *pty_call(int w, int h, const char *term, int (*fn)(void *arg), void *arg);
/* The same for a program, found through PATH. */
struct pty *pty_exec(int w, int h, const char *term, char *const argv[]);
void pty_free(struct pty *p); /* kills the child if it still runs */

pid_t pty_pid(const struct pty *p);
void pty_send(struct pty *p, const char *bytes);
/* Paste as a terminal does: between brackets when the program has asked for them. */
void pty_paste(struct pty *p, const char *bytes);
bool pty_brackets_pastes(struct pty *p);
void pty_resize(struct pty *p, int w, int h);

/* From now on a line that carries so many bytes a second; 0 = any number. */
void pty_throttle(struct pty *p, int bytes_per_second);
int64_t pty_bytes(const struct pty *p); /* that came so far */
struct strbuf;
void pty_record(struct pty *p, struct strbuf *out); /* from now on append what comes; borrowed */
/* From now on the terminal answers the questions whether it draws pictures by these bytes, NULL =
 * not at all: kitty's, what it is (DA1), the pixels of a cell. */
void pty_answers(struct pty *p, const char *kitty, const char *attributes, const char *cell);
void pty_mute(struct pty *p); /* from now on the terminal answers no question */
/* From now on the terminal answers by this table alone, which is borrowed: bytes that ask, bytes
 * that answer (they may be anything). The last row has no question. */
struct pty_answer {
	const char *question, *answer;
};
void pty_script(struct pty *p, const struct pty_answer *answers);

/* Feed output to the emulator until the condition holds (true) or the time is up (false). */
bool pty_until(struct pty *p, bool (*holds)(struct pty *p, void *arg), void *arg, int timeout_ms);
bool pty_shows(struct pty *p, const char *text, int timeout_ms); /* somewhere on the screen */
bool pty_lacks(struct pty *p, const char *text, int timeout_ms);
bool pty_settles(struct pty *p, int quiet_ms, int timeout_ms); /* no output for a while */

/* The screen, a line a row, trailing spaces cut; the caller frees it. */
char *pty_text(struct pty *p);
/* Colours and attributes of every cell as text too, for comparing screens; the caller frees it. */
char *pty_cells(struct pty *p);

bool pty_altscreen(const struct pty *p);
bool pty_listens_to_mouse(const struct pty *p);
bool pty_cursor_visible(const struct pty *p);
bool pty_termios_restored(const struct pty *p); /* as it was before the child started */

/* Wait for the child: its exit status, 128 + n when signal n ended it, -1 when the time is up. */
int pty_wait_exit(struct pty *p, int timeout_ms);

#endif
