#include "thaw/tui/action.h"

#define HINT_TUNE (HINT_ON(PAGE_TRAIN) | HINT_ON(PAGE_LAYERS))

#define HINT_LISTS                                                                                 \
	(HINT_ON(PAGE_LAYERS) | HINT_ON(PAGE_CLASSES) | HINT_ON(PAGE_IMAGES) | HINT_ON(PAGE_LOG) | \
	 HINT_ON(PAGE_METRICS))

const struct action action_table[] = {
#define ACTION(group, name, hint, help, modes, arg, handler, ...)                                  \
	{group, name, hint, help, modes, {__VA_ARGS__}},
#include "actions.inc"
#undef ACTION
};

const size_t n_actions = sizeof(action_table) / sizeof(*action_table);
