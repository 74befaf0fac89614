/* Runs on a stand-in network that are told something in a given call of net_step(). */
#ifndef THAW_TESTS_TRAIN_SAYING_H
#define THAW_TESTS_TRAIN_SAYING_H

#include "resumed.h"

static const struct said {
	int call; /* of net_step(), those of a range test counted too; 0 = the end of the list */
	const char *cmd, *arg;
} *saying;

static inline void say_then(int call, struct net *net, struct step_result *r)
{
	for (const struct said *s = saying; s->cmd; s++) {
		struct command cmd;
		if (s->call != call)
			continue;
		assert_int_equal(command_parse(&cmd, s->cmd, s->arg, NULL), ERR_OK);
		assert_int_equal(control_client_send(hand, &cmd, NULL), ERR_OK);
		command_release(&cmd);
	}
	live(call, net, r);
}

/* Somebody is there from the first iteration on. */
static inline enum trainer_status train_saying(const char *name, const struct said *what,
					       const char *const *sets, size_t n_sets)
{
	static const char *const nothing[][2] = {{NULL, NULL}};
	saying = what;
	fake.on_step = say_then;
	acts = nothing;
	n_acts = 0;
	act_after = 1;
	return train_steered(name, sets, n_sets);
}

#endif
