#include "ending.h"
#include "emit.h"
#include "on_end.h"
#include "thaw/base/alloc.h"
#include "thaw/base/say.h"
#include "thaw/config/command_words.h"

#include <stdlib.h>
#include <string.h>

static bool given_by_set(const struct trainer_options *o)
{
	for (size_t i = 0; i < o->n_sets; i++)
		if (strncmp(o->sets[i], "on_end", 6) == 0)
			return true;
	return false;
}

static enum err add(struct ending *end, const char *command, const char *where, const char *what,
		    struct errinfo *e)
{
	struct errinfo why = {0};
	enum err r = on_end_check(command, &why);
	if (r)
		return err_set(e, r, "%s%s%s", where, what, why.msg);
	ALLOC_GROW(end->commands, end->n + 1, end->cap);
	end->commands[end->n++] = xstrdup(command);
	return ERR_OK;
}

enum err ending_prepare(struct ending *end, const struct experiment *x,
			const struct trainer_options *o, bool again, struct errinfo *e)
{
	enum err r = ERR_OK;
	*end = (struct ending){.remember = !again || given_by_set(o)};
	if (*x->on_end && !end->remember && !on_end_known(x->on_end))
		end->refused = xstrdup(x->on_end);
	else if (*x->on_end)
		r = add(end, x->on_end, experiment_where(x, "on_end"), ": on_end: ", e);
	for (size_t i = 0; !r && i < o->n_notify; i++) {
		struct strbuf text = STRBUF_INIT;
		command_split(o->notify[i], &text);
		r = add(end, text.buf, "--notify", ": ", e);
		strbuf_release(&text);
	}
	return r;
}

void ending_release(struct ending *end)
{
	for (size_t i = 0; i < end->n; i++)
		free(end->commands[i]);
	free(end->commands);
	free(end->refused);
	*end = (struct ending){0};
}

void ending_report(const struct ending *end, FILE *out)
{
	for (size_t i = 0; i < end->n; i++) {
		struct strbuf shown = STRBUF_INIT;
		command_show(end->commands[i], &shown);
		say(out, "at the end  %s", shown.buf);
		strbuf_release(&shown);
	}
}

void ending_remember(const struct ending *end, const struct experiment *x)
{
	if (end->remember && *x->on_end)
		on_end_remember(x->on_end);
}

void ending_tell(const struct ending *end, struct emitter *em)
{
	struct strbuf shown = STRBUF_INIT;
	for (size_t i = 0; i < end->n; i++) {
		strbuf_reset(&shown);
		command_show(end->commands[i], &shown);
		emit_note(em, NOTE_INFO, -1, "at the end it runs: %s", shown.buf);
	}
	if (end->refused) {
		strbuf_reset(&shown);
		command_show(end->refused, &shown);
		emit_note(
		    em, NOTE_WARN, -1,
		    "on_end is not run: no run of yours was begun with it on this machine: %s; "
		    "give it by --notify if you want it",
		    shown.buf);
	}
	strbuf_release(&shown);
}
