#include "thaw_remote.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TELL_MS 1000 /* between words on how much has come */

enum err remote_run_open(struct remote_run *r, const struct cli *c, struct errinfo *e)
{
	struct remote_url url;
	*r = (struct remote_run){.name = c->operands[0]};
	enum err err = remote_url_parse(&url, r->name, e);
	if (err)
		return err;
	r->loop = loop_new();
	err = remote_new(&r->remote, r->loop, &url,
			 &(struct remote_options){.runs = cli_value(c, "--runs", NULL)}, e);
	remote_url_release(&url);
	return err ? err : remote_greet(r->remote, e);
}

void remote_run_release(struct remote_run *r)
{
	remote_free(r->remote);
	loop_free(r->loop);
	*r = (struct remote_run){0};
}

static void tell_progress(const struct remote *r, int64_t *told_ms)
{
	int64_t now = clock_ms();
	if (!isatty(STDERR_FILENO) || now - *told_ms < TELL_MS)
		return;
	if (*told_ms)
		say(stderr, "%.1f of %.1f MB of the log have come",
		    (double)remote_mirror_size(r) / 1e6, (double)remote_log_size(r) / 1e6);
	*told_ms = now;
}

/* Lost links are opened again; ^C ends the program. */
static void await_whole(struct remote_run *r)
{
	int64_t told_ms = clock_ms();
	while (!remote_whole(r->remote)) {
		loop_run_once(r->loop, TELL_MS);
		tell_progress(r->remote, &told_ms);
	}
}

enum err remote_run_fetch(char **dir, bool *alive, const struct cli *c, struct errinfo *e)
{
	struct remote_run r;
	enum err err = remote_run_open(&r, c, e);
	if (!err) {
		await_whole(&r);
	} else if (err == ERR_STATE && remote_mirror_size(r.remote) > 0) {
		say(stderr, "thaw %s: %s; this is what came before", c->cmd->name, e->msg);
		err = ERR_OK;
	}
	if (!err) {
		*dir = xstrdup(remote_dir(r.remote));
		*alive = remote_alive(r.remote);
	}
	remote_run_release(&r);
	return err;
}
