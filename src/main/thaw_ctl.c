/* thaw ctl: one command to a running trainer, without the screen. */
#include "thaw_cli.h"
#include "thaw_run_dir.h"

#include "thaw/base/alloc.h"
#include "thaw/base/person.h"
#include "thaw/base/run_files.h"
#include "thaw/base/say.h"
#include "thaw/base/strbuf.h"
#include "thaw/event/command.h"
#include "thaw/wire/control_client.h"

#include <stdio.h>
#include <stdlib.h>

enum { HELLO_MS = 60000 }; /* one iteration of a large network may take as long */

/* "above 14" may come as two words. */
static char *join_words(const char *const *words, size_t n)
{
	struct strbuf sb = STRBUF_INIT;
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&sb, "%s%s", i ? " " : "", words[i]);
	return n ? strbuf_detach(&sb) : NULL;
}

/* When it will take effect, say: the answer comes then. */
static void tell_notice(void *arg, const struct reply *r)
{
	(void)arg;
	say(stderr, "%s", r->msg ? r->msg : "");
}

/* Whoever types a command means it: it takes the controls, and who has them is told by whom. */
static enum err introduce(struct control_client *client, struct errinfo *e)
{
	char *here = person_here(), *who = xasprintf("thaw ctl, %s", here);
	enum err r = control_client_introduce(client, who, false, false, e);
	free(here);
	free(who);
	return r;
}

/* Connect, and be told what is no answer. */
static enum err connect_to(struct control_client **client, const struct folder *run,
			   struct errinfo *e)
{
	enum err r = control_client_open_within(client, run, RUN_SOCKET, HELLO_MS, e);
	if (r)
		return r;
	control_client_on_notice(*client, tell_notice, NULL);
	return introduce(*client, e);
}

static int send_command(const struct cli *c, const char *dir, struct command *cmd)
{
	struct folder run;
	struct control_client *client = NULL;
	struct reply reply = {0};
	struct errinfo e;
	int status = STATUS_FAILED;
	if (folder_open(&run, dir, &e) ||
	    connect_to(&client, &run, &e) ||
	    control_client_send(client, cmd, &e) ||
	    control_client_wait(client, cmd->id, -1, &reply, &e)) {
		say(stderr, "thaw %s: %s", c->cmd->name, e.msg);
	} else {
		status = reply.ok ? STATUS_OK : STATUS_FAILED;
		say(reply.ok ? stdout : stderr, "%s", reply.msg ? reply.msg : "");
		reply_release(&reply);
	}
	control_client_close(client);
	folder_close(&run);
	return status;
}

static int ctl_run(const struct cli *c)
{
	struct errinfo e;
	struct command cmd = {0};
	char *dir = NULL;
	char *arg = join_words(c->operands + 2, c->n_operands - 2);
	int status = STATUS_OK;
	if (command_parse(&cmd, c->operands[1], arg, &e))
		status = cli_usage(c->cmd, "%s", e.msg);
	else if (run_dir_asked(&dir, c, &e))
		status = cli_fail(c->cmd, &e);
	else
		status = send_command(c, dir, &cmd);
	command_release(&cmd);
	free(dir);
	free(arg);
	return status;
}

static void list_commands(void)
{
	puts("\ncommands:");
	for (int i = 0; i < CMD_N; i++) {
		const struct command_info *info = &command_table[i];
		char *left = xasprintf("%s%s%s", info->name, info->arg ? " " : "",
				       info->arg ? info->arg : "");
		say(stdout, "  %-22s %s", left, info->help);
		free(left);
	}
}

static const struct cli_option options[] = {RUNS_OPTION, {0}};

const struct subcommand cmd_ctl = {
    .name = "ctl",
    .args = "RUN COMMAND [ARG] [--runs DIR]",
    .help = "Send a command to a running trainer; tells the iteration at which it took effect, or "
	    "why not.",
    .options = options,
    .min_operands = 2,
    .max_operands = 8,
    .run = ctl_run,
    .more_help = list_commands,
};
