#include "thaw_cast.h"

#include "thaw/term/theme.h"
#include "thaw/tui/cast.h"

#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool parse_number(const char *text, double *out)
{
	char *end;
	*out = strtod(text, &end);
	return end != text && !*end && isfinite(*out) && *out >= 0;
}

static int size_of(const struct cli *c, struct cast_options *o)
{
	const char *text = cli_value(c, "--size", "100x30");
	char end;
	bool ok = sscanf(text, "%4dx%4d%c", &o->w, &o->h, &end) == 2 && o->w >= CAST_LEAST &&
		  o->w <= CAST_MOST && o->h >= CAST_LEAST / 2 && o->h <= CAST_MOST;
	return ok ? STATUS_OK
		  : cli_usage(c->cmd, "--size needs columns x rows, 20x10 to 500x500, not '%s'",
			      text);
}

static int page_of(const struct cli *c, struct cast_options *o)
{
	const char *text = cli_value(c, "--page", "train");
	int page = 0;
	while (page < PAGE_N && strcasecmp(page_names[page], text) != 0)
		page++;
	o->page = (enum page)page;
	return page < PAGE_N
		   ? STATUS_OK
		   : cli_usage(
			 c->cmd,
			 "--page needs train, layers, classes, images, log or learn, not '%s'",
			 text);
}

static int times_of(const struct cli *c, struct cast_options *o)
{
	const char *speed = cli_value(c, "--speed", NULL), *idle = cli_value(c, "--idle", "2");
	struct errinfo e;
	if (speed && speed_parse(&o->speed, speed, &e))
		return cli_usage(c->cmd, "%s", e.msg);
	if (!parse_number(idle, &o->idle))
		return cli_usage(c->cmd, "--idle needs seconds, not '%s'", idle);
	if (o->speed.recorded)
		o->idle = 0;
	return STATUS_OK;
}

/* A cast is not shown here: whatever this terminal can do, it is drawn in UTF-8 where the machine
 * knows the widths of its characters. */
static bool utf8_here(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 || setlocale(LC_CTYPE, "C.UTF-8") ||
	       setlocale(LC_CTYPE, "C.utf8");
}

int cast_of(struct strbuf *out, const struct cli *c, const char *run, const char *title, bool alive)
{
	struct cast_options o = {.title = title, .alive = alive, .colours = 256};
	struct errinfo e;
	int status = size_of(c, &o);
	status = status ? status : page_of(c, &o);
	status = status ? status : times_of(c, &o);
	if (status)
		return status;
	o.utf8 = !cli_flag(c, "--ascii") && utf8_here();
	theme_choose(getenv("THAW_THEME"), NULL, getenv("NO_COLOR"));
	return cast_write(out, run, &o, &e) ? cli_fail(c->cmd, &e) : STATUS_OK;
}
