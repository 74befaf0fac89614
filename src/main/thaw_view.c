#include "thaw_view.h"

#include "thaw_headless.h"
#include "thaw_keys.h"
#include "thaw_quiz.h"
#include "thaw_remote.h"

#include "thaw/base/say.h"
#include "thaw/term/term.h"
#include "thaw/tui/tui.h"

#include <stdio.h>

static int show_lines(const struct cli *c, const struct view_choice *v)
{
	return v->replay ? headless_print(c->cmd, v->dir, v->alive)
			 : headless_follow(c->cmd, v->dir, v->remote, cli_flag(c, "--watch"));
}

static bool draws(const struct cli *c)
{
	return !cli_flag(c, "--headless") && cli_on_terminal();
}

enum charset charset_of(const struct cli *c)
{
	return cli_flag(c, "--ascii")  ? CHARSET_ASCII
	       : cli_flag(c, "--utf8") ? CHARSET_UTF8
				       : CHARSET_AUTO;
}

/* Returns STATUS_OK, or STATUS_USAGE with one line printed. */
static int drawing_check(const struct cli *c)
{
	const char *how = cli_value(c, "--pictures", "auto");
	enum pictures wish;
	if (cli_flag(c, "--ascii") && cli_flag(c, "--utf8"))
		return cli_usage(c->cmd, "--ascii and --utf8 exclude each other");
	return pictures_parse(how, &wish)
		   ? STATUS_OK
		   : cli_usage(c->cmd, "--pictures needs auto, kitty, sixel or blocks, not '%s'",
			       how);
}

int view_check(const struct cli *c)
{
	if (drawing_check(c))
		return STATUS_USAGE;
	struct keymap keys = {0};
	struct errinfo e;
	int status = draws(c) && keys_read(&keys, &e) ? cli_bad_input(c->cmd, &e) : STATUS_OK;
	keymap_release(&keys);
	return status;
}

int show_run_on(const struct cli *c, const struct view_choice *v)
{
	if (drawing_check(c))
		return STATUS_USAGE;
	if (!draws(c))
		return show_lines(c, v);
	struct keymap keys;
	struct errinfo bad_keys;
	if (keys_read(&keys, &bad_keys))
		return cli_bad_input(c->cmd, &bad_keys);
	struct quiz quiz = {0};
	struct errinfo no_quiz = {0};
	enum err err = quiz_find(&quiz, &no_quiz);
	struct tui_options o = {.branch_at = v->branch_at,
				.quiz = err ? NULL : &quiz,
				.quiz_why = no_quiz.msg,
				.run_dir = v->dir,
				.name = v->name,
				.loop = v->remote ? v->remote->loop : NULL,
				.remote = v->remote ? v->remote->remote : NULL,
				.replay = v->replay,
				.foreign = v->foreign,
				.feed = v->feed,
				.follow = v->follow,
				.alive = v->alive,
				.speed = v->speed,
				.keys = &keys,
				.quiet = c->within,
				.pictures = cli_value(c, "--pictures", NULL),
				.watch = cli_flag(c, "--watch"),
				.charset = charset_of(c)};
	struct errinfo e = {0};
	int status = tui_run(&o, &e);
	quiz_release(&quiz);
	keymap_release(&keys);
	if (e.code)
		say(stderr, "thaw %s: %s", c->cmd->name, e.msg);
	if (e.code == ERR_STATE) /* a terminal that cannot be drawn on */
		return show_lines(c, v);
	return status;
}
