#include "thaw/wire/link.h"

#include "thaw/base/alloc.h"
#include "thaw/base/run_files.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REMOTE_MS 20000 /* for a greeting over a slow line */

/* Shared by the loop and the connecting thread; the last of the two to leave frees it. */
struct link_attempt {
	struct folder run;
	int fd;      /* connected already, not greeted; -1: no */
	int wake[2]; /* the thread closes wake[1] when it is done */
	struct control_client *client;
	atomic_int holders;
};

static void attempt_leave(struct link_attempt *a)
{
	if (atomic_fetch_sub(&a->holders, 1) > 1)
		return;
	control_client_close(a->client);
	close(a->wake[0]);
	if (a->fd >= 0)
		close(a->fd);
	folder_close(&a->run);
	free(a);
}

static void *attempt_main(void *arg)
{
	struct link_attempt *a = arg;
	struct control_client *client = NULL;
	int fd = a->fd;
	a->fd = -1;
	if ((fd >= 0 ? control_client_adopt(&client, fd, "the trainer", REMOTE_MS, NULL)
		     : control_client_open(&client, &a->run, RUN_SOCKET, NULL)) == ERR_OK)
		a->client = client;
	close(a->wake[1]);
	attempt_leave(a);
	return NULL;
}

/* ---- the two ways ---- */

struct link_way {
	bool (*alive)(const struct link *l);
	bool (*listens)(const struct link *l);
	enum err (*prepare)(const struct link *l, struct link_attempt *a);
};

static bool alive_here(const struct link *l)
{
	return folder_locked(l->run, RUN_LOCK);
}

static bool listens_here(const struct link *l)
{
	return folder_holds(l->run, RUN_SOCKET);
}

static enum err prepare_here(const struct link *l, struct link_attempt *a)
{
	return folder_copy(&a->run, l->run, NULL);
}

static bool alive_there(const struct link *l)
{
	return remote_alive(l->remote);
}

static bool listens_there(const struct link *l)
{
	return remote_listens(l->remote);
}

static enum err prepare_there(const struct link *l, struct link_attempt *a)
{
	a->fd = remote_control(l->remote);
	return a->fd < 0 ? ERR_STATE : ERR_OK;
}

static const struct link_way here = {alive_here, listens_here, prepare_here},
			     there = {alive_there, listens_there, prepare_there};

bool link_alive(const struct link *l)
{
	return l->client || (l->way && l->way->alive(l));
}

void link_words(const struct link *l, char *out, size_t size)
{
	*out = '\0';
	if (l->remote)
		remote_words(l->remote, out, size);
}

bool link_over(const struct link *l)
{
	return l->remote && remote_over(l->remote);
}

bool link_retry(struct link *l)
{
	bool lost = l->remote && remote_state(l->remote) != REMOTE_UP;
	if (lost)
		remote_retry(l->remote);
	return lost;
}

/* ---- connecting ---- */

void link_init(struct link *l, struct loop *loop, const struct folder *run, struct remote *remote,
	       link_reply_fn *on_reply, void *arg)
{
	*l = (struct link){.loop = loop,
			   .way = remote ? &there : &here,
			   .run = run,
			   .remote = remote,
			   .on_reply = on_reply,
			   .arg = arg};
}

static void link_drop(struct link *l)
{
	if (!l->client)
		return;
	int fd = control_client_fd(l->client);
	if (fd >= 0)
		loop_fd_remove(l->loop, fd);
	control_client_close(l->client);
	l->client = NULL;
}

static void link_drop_attempt(struct link *l)
{
	if (!l->attempt)
		return;
	loop_fd_remove(l->loop, l->attempt->wake[0]);
	attempt_leave(l->attempt);
	l->attempt = NULL;
}

void link_release(struct link *l)
{
	if (!l->loop)
		return;
	link_drop_attempt(l);
	link_drop(l);
	memset(l, 0, sizeof(*l));
}

static void on_readable(void *arg, int fd, short revents)
{
	struct link *l = arg;
	(void)revents;
	while (l->client) { /* who is told may send, find the trainer gone, and drop it */
		struct reply r;
		enum client_next next = control_client_next(l->client, &r);
		if (next == CLIENT_CLOSED) {
			loop_fd_remove(l->loop, fd);
			link_drop(l);
		}
		if (next != CLIENT_REPLY)
			return;
		l->on_reply(l->arg, &r);
		reply_release(&r);
	}
}

static void tell_greeting(struct link *l)
{
	char none[] = "";
	const char *why = control_client_unsaved(l->client);
	char *unsaved = why ? xstrdup(why) : NULL;
	l->on_reply(l->arg,
		    &(struct reply){.ok = true, .msg = none, .unsaved = unsaved ? unsaved : none});
	free(unsaved);
}

static void on_connected(void *arg, int fd, short revents)
{
	struct link *l = arg;
	(void)fd;
	(void)revents;
	l->client = l->attempt->client;
	l->attempt->client = NULL;
	link_drop_attempt(l);
	if (!l->client)
		return;
	loop_fd(l->loop, control_client_fd(l->client), POLLIN, on_readable, l);
	if (l->viewer) /* one that broke is found when it is read */
		control_client_introduce(l->client, l->who, true, l->watch, NULL);
	tell_greeting(l);
	if (l->client) /* what came with the greeting is read already: no poll tells of it */
		on_readable(l, control_client_fd(l->client), 0);
}

void link_tick(struct link *l)
{
	if (!l->loop || l->client || l->attempt || !l->way->listens(l))
		return;
	struct link_attempt *a = xcalloc(1, sizeof(*a));
	a->run = (struct folder)FOLDER_INIT;
	a->fd = -1;
	if (l->way->prepare(l, a) || pipe2(a->wake, O_CLOEXEC) != 0) {
		if (a->fd >= 0)
			close(a->fd);
		folder_close(&a->run);
		free(a);
		return;
	}
	atomic_init(&a->holders, 2);
	pthread_t thread;
	sigset_t all, before;
	sigfillset(&all); /* signals belong to the thread that draws */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(&thread, NULL, attempt_main, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		close(a->wake[1]);
		atomic_store(&a->holders, 1);
		attempt_leave(a);
		return;
	}
	pthread_detach(thread);
	l->attempt = a;
	loop_fd(l->loop, a->wake[0], POLLIN, on_connected, l);
}

static enum err not_connected(struct errinfo *e)
{
	return err_set(e, ERR_STATE, "not connected to the trainer");
}

enum err link_take(struct link *l, struct errinfo *e)
{
	return l->client ? control_client_take(l->client, e) : not_connected(e);
}

enum err link_send(struct link *l, enum command_type type, const char *arg, struct errinfo *e)
{
	if (!l->client && l->remote && remote_state(l->remote) != REMOTE_UP)
		return err_set(e, ERR_STATE, "the link is lost: nothing was sent");
	if (!l->client)
		return not_connected(e);
	struct command cmd;
	enum err err = command_parse(&cmd, command_table[type].name, arg, e);
	if (err)
		return err;
	err = control_client_send(l->client, &cmd, e);
	command_release(&cmd);
	if (err)
		link_drop(l);
	return err;
}
