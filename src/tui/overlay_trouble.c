/* The run has paused after accidents and asks what to do: what it saw, and the keys that decide.
 * Every one of them is an action as always; here they are told. */
#include "panel.h"
#include "prose.h"
#include "thaw/base/words.h"
#include "thaw/tui/action.h"

#include <stdio.h>

#define WINDOW_W 84

static void undo_words_of(const struct history *h, char *out, size_t size)
{
	if (*h->trouble.undo)
		snprintf(out, size, "take back: %.80s", h->trouble.undo);
}

static void back_words(const struct history *h, char *out, size_t size)
{
	if (h->best_epoch < 0)
		return;
	const struct history_epoch *e = &h->epochs[h->best_epoch];
	snprintf(out, size, "back to the best epoch, %lld (%s %%)", (long long)e->epoch,
		 words_opt(words_percent, e->valid.acc));
}

static void lower_words(const struct history *h, char *out, size_t size)
{
	snprintf(out, size, "halve the learning rate, now %s", words_opt(words_rate, h->lr));
}

static void lr_words(const struct history *h, char *out, size_t size)
{
	(void)h;
	snprintf(out, size, "type a learning rate");
}

static void pause_words(const struct history *h, char *out, size_t size)
{
	(void)h;
	snprintf(out, size, "go on as it is");
}

static void stop_words(const struct history *h, char *out, size_t size)
{
	(void)h;
	snprintf(out, size, "save and stop");
}

/* Nothing is written where it would do nothing. */
static const struct offer {
	const char *action;
	void (*write)(const struct history *h, char *out, size_t size);
} offers[] = {
    {"undo", undo_words_of}, {"back-to-best", back_words}, {"lr-down", lower_words},
    {"lr", lr_words},        {"pause", pause_words},       {"stop", stop_words},
};

static void add_offer(struct prose *p, const struct history *h, const struct offer *o)
{
	const struct action *a = action_named(o->action, VIEW_LIVE);
	char text[128] = "";
	o->write(h, text, sizeof(text));
	if (!*text || !a || !*action_keys(a))
		return;
	prose_beside(p, prose_add(p, 1, STYLE_BOLD(INK_KEY), key_name(*action_keys(a))), 5,
		     STYLE(INK_NONE), text);
}

static void write_trouble(struct prose *p, const struct history *h)
{
	struct strbuf text = STRBUF_INIT;
	prose_add(p, 0, STYLE_BOLD(INK_BAD), h->trouble.why);
	for (size_t i = 0; i < sizeof(offers) / sizeof(*offers); i++)
		add_offer(p, h, &offers[i]);
	strbuf_addf(&text, "or: thaw ctl %.60s undo, back, lr x0.1, unpause, stop",
		    h->run.name && *h->run.name ? h->run.name : "RUN");
	if (h->trouble.wait.valid)
		strbuf_addf(&text, "; unwatched it ends after %s",
			    words_duration(h->trouble.wait.value));
	prose_add(p, 0, STYLE(INK_MUTED), text.buf);
	strbuf_release(&text);
}

void overlay_trouble(const struct scene *s, struct canvas *c)
{
	struct prose p;
	prose_init(&p, c, window_rect(c, WINDOW_W, 0).w - 4);
	write_trouble(&p, s->history);
	struct rect r = window_rect(c, WINDOW_W, (int)p.n + 2),
		    in = window_draw(c, r, INK_BAD, " Paused: what now? ", " Esc hides this ");
	prose_draw(&p, c, in, 0);
	prose_release(&p);
}
