#include "thaw_view.h"

#include "thaw_headless.h"

#include "thaw/tui/tui.h"

#include <stdio.h>

static int show_lines(const struct cli *c, const struct view_choice *v)
{
	return v->replay ? headless_print(c->cmd, v->dir) : headless_follow(c->cmd, v->dir);
}

int show_run_on(const struct cli *c, const struct view_choice *v)
{
	if (cli_flag(c, "--headless") || !cli_on_terminal())
		return show_lines(c, v);
	struct tui_options o = {.run_dir = v->dir,
				.replay = v->replay,
				.speed = v->speed,
				.ascii = cli_flag(c, "--ascii")};
	struct errinfo e = {0};
	int status = tui_run(&o, &e);
	if (e.code)
		fprintf(stderr, "thaw %s: %s\n", c->cmd->name, e.msg);
	if (e.code == ERR_STATE) /* a terminal that cannot be drawn on */
		return show_lines(c, v);
	return status;
}
