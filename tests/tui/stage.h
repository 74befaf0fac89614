/* A run directory for the viewer to look at: a log that can grow, the trainer's lock, and
 * its control socket where a test opens one. A person's own files are kept in it too, away from
 * those of whoever runs this. */
#ifndef TESTS_TUI_STAGE_H
#define TESTS_TUI_STAGE_H

#include "check.h"

#include "../pty.h"
#include "thaw/base/file.h"
#include "thaw/tui/tui.h"
#include "thaw/wire/control_server.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define WAIT_MS 120000 /* only what hangs takes so long */

struct stage_run {
	char dir[256];
	struct sample sample;
	int lock;
	struct control_server *server;
	char last[128]; /* the last command that came, as words */
	bool refuse;
};

static inline char *stage_path(const struct stage_run *r, const char *name)
{
	return path_join(r->dir, name);
}

static inline void stage_open(struct stage_run *r)
{
	const char *tmp = getenv("TMPDIR");
	memset(r, 0, sizeof(*r));
	snprintf(r->dir, sizeof(r->dir), "%.200s/thaw-viewer-XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
	assert_non_null(mkdtemp(r->dir));
	char *log = stage_path(r, "events.jsonl"), *lock = stage_path(r, "lock");
	r->sample = (struct sample){fopen(log, "w"), 0, 0, 1};
	assert_non_null(r->sample.out);
	r->lock = open(lock, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_int_equal(flock(r->lock, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(setenv("XDG_STATE_HOME", r->dir, 1), 0);
	free(log);
	free(lock);
}

static inline void stage_close(struct stage_run *r)
{
	static const char *const parts[] = {"events.jsonl",      "lock",         "control.sock",
					    "thaw/scores.jsonl", "thaw/history",
					    "thaw/patterns",     "thaw/screen",  "thaw"};
	control_server_close(r->server);
	fclose(r->sample.out);
	close(r->lock);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		char *path = stage_path(r, parts[i]);
		remove(path);
		free(path);
	}
	rmdir(r->dir);
}

/* Four epochs and half of the fifth. */
static inline void stage_begin(struct stage_run *r)
{
	stage_open(r);
	sample_begin(&r->sample);
	sample_epochs(&r->sample, 1, 4);
	sample_steps(&r->sample, 5, 0.005, 13);
	fflush(r->sample.out);
}

static inline int stage_view(void *arg)
{
	struct tui_options o = {.run_dir = ((struct stage_run *)arg)->dir};
	return tui_run(&o, NULL);
}

static inline void stage_expect(struct pty *p, const char *text)
{
	if (pty_shows(p, text, WAIT_MS))
		return;
	char *screen = pty_text(p);
	fail_msg("\"%s\" is not shown:\n%s", text, screen);
}

static inline void stage_expect_restored(struct pty *p)
{
	assert_false(pty_altscreen(p));
	assert_true(pty_cursor_visible(p));
	assert_false(pty_listens_to_mouse(p));
	assert_false(pty_brackets_pastes(p));
	assert_true(pty_termios_restored(p));
}

/* Leave the viewer by its key: it puts the terminal back, and its status is this. */
static inline void stage_leave(struct pty *p, struct stage_run *r, int status)
{
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), status);
	stage_expect_restored(p);
	pty_free(p);
	stage_close(r);
}

struct move { /* keys, what they show, what they take away (NULL: nothing) */
	const char *keys, *want, *gone;
};

static inline void stage_play(struct pty *p, const struct move *moves, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		pty_send(p, moves[i].keys);
		stage_expect(p, moves[i].want);
		if (moves[i].gone && !pty_lacks(p, moves[i].gone, WAIT_MS))
			fail_msg("after \"%s\" \"%s\" is still there", moves[i].keys,
				 moves[i].gone);
	}
}

static inline bool stage_mouse_is_on(struct pty *p, void *arg)
{
	(void)arg;
	return pty_listens_to_mouse(p);
}

#endif
