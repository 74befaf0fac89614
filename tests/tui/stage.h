/* A run directory for the viewer to look at: a log that can grow, the trainer's lock, and
 * its control socket where a test opens one. */
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

#define WAIT_MS 15000

struct stage_run {
	char dir[256];
	struct sample sample;
	int lock;
	struct control_server *server;
	char last[128]; /* the last command that came, as words */
	bool refuse;
};

static inline void stage_open(struct stage_run *r)
{
	const char *tmp = getenv("TMPDIR");
	memset(r, 0, sizeof(*r));
	snprintf(r->dir, sizeof(r->dir), "%.200s/thaw-viewer-XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
	assert_non_null(mkdtemp(r->dir));
	char *log = path_join(r->dir, "events.jsonl"), *lock = path_join(r->dir, "lock");
	r->sample = (struct sample){fopen(log, "w"), 0, 0, 1};
	assert_non_null(r->sample.out);
	r->lock = open(lock, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_int_equal(flock(r->lock, LOCK_EX | LOCK_NB), 0);
	free(log);
	free(lock);
}

static inline void stage_close(struct stage_run *r)
{
	static const char *const files[] = {"events.jsonl", "lock", "control.sock"};
	control_server_close(r->server);
	fclose(r->sample.out);
	close(r->lock);
	for (size_t i = 0; i < 3; i++) {
		char *path = path_join(r->dir, files[i]);
		unlink(path);
		free(path);
	}
	rmdir(r->dir);
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

#endif
