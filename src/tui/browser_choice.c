#include "thaw/tui/browser.h"

#include <stdlib.h>

void browser_choice_release(struct browser_choice *c)
{
	for (size_t i = 0; i < c->n_runs; i++)
		free(c->runs[i]);
	free(c->runs);
	free(c->slots);
	free(c->run);
	*c = (struct browser_choice){.want = BROWSER_LEAVE};
}
