#include "controls.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>

static void hand_over(struct controls *c, uint64_t id, char *who)
{
	char *from = c->who;
	c->holder = id;
	c->who = who;
	if (c->on_change)
		c->on_change(c->arg, who, from);
	free(from);
}

static void forget_lender(struct controls *c)
{
	free(c->lender_who);
	c->lender_who = NULL;
	c->lender = 0;
}

void controls_take(struct controls *c, uint64_t id, const char *who, bool passing)
{
	if (id == c->holder)
		return;
	if (!passing) {
		forget_lender(c);
	} else if (!c->lender && c->holder) {
		c->lender = c->holder;
		c->lender_who = xstrdup(c->who);
	}
	hand_over(c, id, xstrdup(who));
}

void controls_leave(struct controls *c, uint64_t id)
{
	if (id == c->lender)
		forget_lender(c);
	if (id != c->holder || !id)
		return;
	uint64_t back = c->lender;
	char *who = c->lender_who;
	c->lender = 0;
	c->lender_who = NULL;
	hand_over(c, back, who);
}

void controls_release(struct controls *c)
{
	forget_lender(c);
	free(c->who);
	*c = (struct controls){0};
}
