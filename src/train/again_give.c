#include "again_give.h"
#include "again.h"
#include "again_plan.h"
#include "queue.h"
#include "session.h"

static void give(struct session *s, const struct event_command *c)
{
	struct command cmd;
	struct errinfo why;
	if (command_parse(&cmd, c->command, c->arg, &why)) {
		emit_note(s->emit, NOTE_WARN, s->at.iter, "not done again: %s", why.msg);
		return;
	}
	queue_give(s, 0, &cmd, CAUSE_RERUN);
	command_release(&cmd);
}

void again_give(struct session *s)
{
	while (again_is_due(s)) {
		bool resumes = again_resumes(s);
		if (resumes && s->commands.n_queue) /* those before it come first */
			return;
		size_t i = again_take(s->again);
		if (resumes)
			again_go_on(s, i);
		else
			give(s, &s->again->of.events[i].command);
	}
}
