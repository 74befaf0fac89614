#include "branch_off.h"

#include "thaw/run/kept.h"
#include "thaw/wire/remote_url.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The newest that is kept, of those at or before an iteration, in words; false: none is. */
static bool find_point(const struct tui *t, int64_t iter, struct strbuf *words)
{
	struct kept *all = NULL;
	size_t n = kept_list(&t->run, &all), i = n;
	while (i && all[i - 1].iter > iter)
		i--;
	if (i)
		kept_words(&all[i - 1], words);
	free(all);
	return i > 0;
}

void branch_off_ask(struct tui *t, int arg)
{
	struct view *v = &t->view;
	struct strbuf words = STRBUF_INIT;
	int64_t iter = t->timeline.history.iter;
	(void)arg;
	snprintf(t->branch_at, sizeof(t->branch_at), "iter %" PRId64, iter);
	if (remote_url_is(v->run_dir))
		app_say(t, MESSAGE_INFO, "the run is elsewhere: there, `thaw branch RUN --at \"%s\"`",
			t->branch_at);
	else if (v->lone_log || !t->can_branch)
		app_say(t, MESSAGE_BAD, "a log alone has no checkpoints to begin from");
	else if (!find_point(t, iter, &words))
		app_say(t, MESSAGE_BAD, "nothing is kept at or before iteration %" PRId64
			" (train.keep: N keeps epochs)", iter);
	else {
		snprintf(v->typed, sizeof(v->typed), "%s? thaw branch %s --at \"%s\"", words.buf,
			 v->run_dir, t->branch_at);
		view_ask(v, PROMPT_BRANCH);
	}
	strbuf_release(&words);
}

void branch_off(struct tui *t)
{
	t->branches = t->quit = true;
}
