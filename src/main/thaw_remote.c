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

/* Once that the link is lost, and why. */
static void tell_lost(const struct remote *r, bool *lost)
{
	char words[512];
	bool now = remote_state(r) == REMOTE_LOST;
	remote_words(r, words, sizeof(words));
	if (now && !*lost)
		say(stderr, "%s", words);
	*lost = now || (*lost && remote_state(r) != REMOTE_UP);
}

/* Lost links are opened again; ^C ends the program. Errors: ERR_STATE (it is lost for good) */
static enum err await_whole(struct remote_run *r, struct errinfo *e)
{
	char words[512];
	bool lost = false;
	int64_t told_ms = clock_ms();
	while (!remote_whole(r->remote) && !remote_over(r->remote)) {
		loop_run_once(r->loop, TELL_MS);
		tell_progress(r->remote, &told_ms);
		tell_lost(r->remote, &lost);
	}
	if (remote_whole(r->remote))
		return ERR_OK;
	remote_words(r->remote, words, sizeof(words));
	return err_set(e, ERR_STATE, "%s", words);
}

enum err remote_run_fetch(char **dir, bool *alive, const struct cli *c, struct errinfo *e)
{
	struct remote_run r;
	enum err err = remote_run_open(&r, c, e);
	if (!err)
		err = await_whole(&r, e);
	if (err == ERR_STATE && remote_mirror_size(r.remote) > 0) {
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
