#include "command_keys.h"

#include "act.h"
#include "control.h"
#include "line_command.h"
#include "list.h"
#include "range_keys.h"
#include "rate.h"
#include "replay.h"
#include "view_settings.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/nearest.h"
#include "thaw/run/go_to.h"
#include "thaw/tui/action.h"
#include "thaw/tui/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool read_count(const char *text, long most, long *v)
{
	char *end;
	*v = strtol(text, &end, 10);
	return end != text && *end == '\0' && *v >= 0 && *v <= most;
}

static enum err need_live(struct tui *t, struct errinfo *e)
{
	if (app_live(t))
		return ERR_OK;
	t->view.message_kind = MESSAGE_NONE;
	return err_set(e, ERR_STATE, "%s", t->view.message);
}

/* ---- freezing: shown first, as with the keys ---- */

static enum err choose(struct tui *t, enum choice which, const char *layers, struct errinfo *e)
{
	char why[256];
	enum err err = need_live(t, e);
	if (err)
		return err;
	snprintf(t->view.typed, sizeof(t->view.typed), "%s", layers);
	if (!control_preview(t, which, why, sizeof(why)))
		return err_set(e, ERR_VALUE, "%s", why);
	return ERR_OK;
}

static enum err run_freeze(struct tui *t, const char *arg, struct errinfo *e)
{
	return choose(t, arg ? CHOICE_FREEZE : CHOICE_TOGGLE, arg ? arg : "", e);
}

static enum err run_unfreeze(struct tui *t, const char *arg, struct errinfo *e)
{
	return choose(t, CHOICE_UNFREEZE, arg, e);
}

static enum err run_freeze_only(struct tui *t, const char *arg, struct errinfo *e)
{
	return choose(t, CHOICE_ONLY, arg, e);
}

/* ---- rates: large changes are shown first too ---- */

static enum err run_lr(struct tui *t, const char *arg, struct errinfo *e)
{
	enum err err = need_live(t, e);
	return err ? err : rate_typed(t, arg, e);
}

static enum err run_lr_scale(struct tui *t, const char *arg, struct errinfo *e)
{
	enum err err = need_live(t, e);
	return err ? err : rate_typed_scale(t, arg, e);
}

/* In a replay the word alone is a key's. */
static enum err run_back(struct tui *t, const char *arg, struct errinfo *e)
{
	struct point p;
	if (!arg && t->view.mode == VIEW_REPLAY && !view_at_end(&t->view)) {
		act(t, action_named("back", VIEW_REPLAY));
		return ERR_OK;
	}
	enum err err = need_live(t, e);
	if (!err)
		err = point_parse(arg, &p, e);
	if (!err)
		control_ask_back(t, arg ? arg : "best");
	return err;
}

/* ---- moving ---- */

static enum err to_epoch(struct tui *t, const char *arg, struct errinfo *e)
{
	long n;
	size_t at;
	char words[64];
	if (read_count(arg, 1000000000, &n) && replay_goto_epoch(t, n))
		return ERR_OK;
	snprintf(words, sizeof(words), "epoch %.40s", arg);
	return go_to_parse(&t->timeline, words, &at, e); /* says which there are */
}

static enum err to_layer(struct tui *t, const char *arg, struct errinfo *e)
{
	const struct history *h = &t->timeline.history;
	long n;
	if (h->n_layers == 0)
		return err_set(e, ERR_VALUE, "no network yet");
	if (!read_count(arg, (long)h->n_layers - 1, &n))
		return err_set(e, ERR_VALUE, "there is no layer %.20s; this network has 0 to %zu",
			       arg, h->n_layers - 1);
	t->view.layer = (int)n;
	list_reveal(&t->view, LIST_LAYERS, h, (int)n);
	return ERR_OK;
}

static enum err to_class(struct tui *t, const char *arg, struct errinfo *e)
{
	const struct history *h = &t->timeline.history;
	for (size_t i = 0; h->has_run && i < h->run.n_classes; i++)
		if (h->run.classes[i] && strcasecmp(h->run.classes[i], arg) == 0) {
			t->view.class_index = (int)i;
			list_reveal(&t->view, LIST_CLASSES, h, (int)i);
			return ERR_OK;
		}
	return err_set(e, ERR_VALUE, "no class is named '%.60s'; Tab lists them", arg);
}

static enum err to_image(struct tui *t, const char *arg, struct errinfo *e)
{
	const struct history *h = &t->timeline.history;
	long n;
	if (h->n_probes == 0)
		return err_set(e, ERR_VALUE, "no probe images in this log");
	if (!read_count(arg, (long)h->n_probes, &n) || n == 0)
		return err_set(e, ERR_VALUE, "there is no image %.20s; there are 1 to %zu", arg,
			       h->n_probes);
	t->view.probe = (int)n - 1;
	list_reveal(&t->view, LIST_PROBES, h, (int)n - 1);
	return ERR_OK;
}

static const struct place {
	const char *name;
	enum err (*go)(struct tui *t, const char *arg, struct errinfo *e);
} places[] = {{"epoch", to_epoch}, {"layer", to_layer}, {"class", to_class}, {"image", to_image}};

/* A place of the log. */
static enum err to_place(struct tui *t, const char *words, struct errinfo *e)
{
	size_t at = 0;
	enum err err = t->view.loading ? err_set(e, ERR_STATE, "the log is still being read")
				       : go_to_parse(&t->timeline, words, &at, e);
	if (!err && t->view.mode == VIEW_LIVE && t->view.page != PAGE_TRAIN)
		app_page(t, PAGE_TRAIN); /* which has the crosshair */
	if (!err)
		replay_goto(t, at);
	return err;
}

static enum err run_goto(struct tui *t, const char *arg, struct errinfo *e)
{
	struct words w = line_words(arg);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (strcmp(places[i].name, w.name) == 0 && w.rest[0])
			return places[i].go(t, w.rest, e);
	enum err err = to_place(t, arg, e);
	return err != ERR_NOT_FOUND
		   ? err
		   : err_set(e, ERR_VALUE,
			     "goto needs iter N, epoch N, time 1:02:03, event N, 35%%, best, start, end, "
			     "layer N, class NAME or image N, as in 'goto epoch 5'");
}

static enum err run_page(struct tui *t, const char *arg, struct errinfo *e)
{
	return view_setting_find("page")->set(t, arg, e);
}

/* ---- the viewer ---- */

static enum err run_theme(struct tui *t, const char *arg, struct errinfo *e)
{
	return view_setting_find("theme")->set(t, arg, e);
}

static enum err run_set(struct tui *t, const char *arg, struct errinfo *e)
{
	struct words w = line_words(arg);
	const struct view_setting *s = view_setting_find(w.name);
	if (s && s->typed)
		return s->set(t, w.rest, e);
	return err_set(e, ERR_VALUE,
		       "'%.40s' cannot be set; there are smooth, log-loss, mouse, pictures, title, "
		       "bell and notify",
		       w.name);
}

static enum err run_speed(struct tui *t, const char *arg, struct errinfo *e)
{
	if (t->view.mode != VIEW_REPLAY)
		return err_set(e, ERR_STATE, "a live run has its own speed; replays take another");
	enum err err = speed_parse(&t->asked_speed, arg, e);
	if (!err)
		t->view.speed = t->asked_speed;
	return err;
}

/* The screen as it is without the command line. */
static enum err run_write(struct tui *t, const char *arg, struct errinfo *e)
{
	struct view v = t->view;
	struct canvas c;
	struct strbuf text = STRBUF_INIT;
	if (file_exists(arg))
		return err_set(e, ERR_STATE, "%.200s is there already; choose another name", arg);
	v.prompt = PROMPT_NONE;
	canvas_init(&c, t->canvas.w, t->canvas.h, t->canvas.utf8, t->canvas.colours);
	screen_draw(&c, &t->timeline.history, &v);
	canvas_dump(&c, true, &text);
	enum err err = file_write_atomic(arg, text.buf, text.len, e);
	if (!err)
		app_say(t, MESSAGE_GOOD, "the screen is in %.200s", arg);
	canvas_release(&c);
	strbuf_release(&text);
	return err;
}

static enum err run_quit(struct tui *t, const char *arg, struct errinfo *e)
{
	(void)arg;
	(void)e;
	t->quit = true;
	return ERR_OK;
}

/* ---- one line ---- */

static enum err (*const handlers[])(struct tui *t, const char *arg, struct errinfo *e) = {
#define LINE(name, arg, help, completes, handler) handler,
#include "lines.inc"
#undef LINE
};

static enum err unknown(const struct tui *t, const char *name, struct errinfo *e)
{
	const char *names[256];
	size_t n = 0;
	for (size_t i = 0; i < n_line_commands; i++)
		names[n++] = line_commands[i].name;
	for (int i = 0; i < CMD_N; i++)
		names[n++] = command_table[i].name;
	for (size_t i = 0; i < n_actions && n < 255; i++)
		names[n++] = action_table[i].name;
	names[n] = NULL;
	const char *near = nearest_word(name, names);
	const struct action *other =
	    action_named(name, t->view.mode == VIEW_LIVE ? VIEW_REPLAY : VIEW_LIVE);
	if (other)
		return err_set(e, ERR_STATE, "%s is for %s", name,
			       t->view.mode == VIEW_LIVE ? "replays" : "live runs");
	return err_set(e, ERR_VALUE, "no command is named '%.40s'%s%s%s", name,
		       near ? "; did you mean '" : "; Tab lists them, ? shows the keys",
		       near ? near : "", near ? "'?" : "");
}

static enum err run_trainer(struct tui *t, enum command_type type, const char *arg,
			    struct errinfo *e)
{
	struct command c;
	if (type == CMD_FIND_LR && !arg) {
		range_begin(t);
		return ERR_OK;
	}
	enum err err = need_live(t, e);
	if (!err)
		err = command_parse(&c, command_table[type].name, arg, e);
	if (err)
		return err;
	command_release(&c);
	app_command(t, type, arg);
	return ERR_OK;
}

/* A key's action, by its name. */
static enum err run_action(struct tui *t, const struct action *a, struct errinfo *e)
{
	if (!action_allowed(a, t->view.mode, t->view.page)) {
		int page = 0;
		while (page < PAGE_N && !(a->modes & ON_PAGE(page)))
			page++;
		return err_set(e, ERR_STATE, "%s is for the %s page: 'page %s' goes there", a->name,
			       page < PAGE_N ? page_names[page] : "?",
			       page < PAGE_N ? page_names[page] : "?");
	}
	act(t, a);
	return ERR_OK;
}

enum err command_run(struct tui *t, const char *line, struct errinfo *e)
{
	struct words w = line_words(line);
	const struct line_command *c = line_command_find(w.name);
	const struct action *a = action_named(w.name, t->view.mode);
	enum command_type type = command_find(w.name);
	const char *arg = w.rest[0] ? w.rest : NULL;
	if (!w.name[0])
		return ERR_OK;
	if (c && (arg || !c->arg || c->arg[0] == '[')) {
		if (arg && !c->arg)
			return err_set(e, ERR_VALUE, "%s takes no argument", c->name);
		return handlers[c - line_commands](t, arg, e);
	}
	if (!arg && a && (c || type == CMD_N || command_table[type].arg))
		return run_action(t, a, e);
	if (c)
		return err_set(e, ERR_VALUE, "%s needs %s: %s", c->name, c->arg, c->help);
	if (type < CMD_N)
		return run_trainer(t, type, arg, e);
	return arg && a ? err_set(e, ERR_VALUE, "%s takes no argument", a->name)
			: unknown(t, w.name, e);
}

/* ---- typing it ---- */

static void enter(struct tui *t)
{
	struct errinfo e = {.msg = ""};
	struct edit *line = &t->view.input;
	char text[EDIT_MAX];
	size_t len = line->len;
	while (len && line->text[len - 1] == ' ')
		len--;
	snprintf(text, sizeof(text), "%.*s", (int)len, line->text);
	t->view.prompt = PROMPT_NONE;
	if (command_run(t, text, &e)) {
		t->view.prompt = PROMPT_COMMAND; /* the text is there to be mended */
		view_aside(&t->view, true, e.msg);
		return;
	}
	line_history_add(&t->lines, text);
}

static void complete(struct tui *t)
{
	struct view *v = &t->view;
	struct completion c;
	struct strbuf list = STRBUF_INIT;
	complete_line(&c, &t->timeline.history, v, v->input.text, v->input.at);
	bool grown = completion_apply(&c, &v->input);
	if (c.n == 0)
		strbuf_addstr(&list, "nothing completes this");
	for (size_t i = 0; i < c.n && c.n > 1 && list.len < sizeof(v->aside); i++)
		strbuf_addf(&list, "%s%s", i ? "  " : "", c.words[i]);
	if (!grown || c.n > 1)
		view_aside(v, false, list.buf);
	completion_release(&c);
	strbuf_release(&list);
}

void command_changed(struct tui *t)
{
	view_aside(&t->view, false, "");
	line_history_reset(&t->lines);
}

void command_key(struct tui *t, int key)
{
	struct view *v = &t->view;
	if (key == K_ENTER)
		enter(t);
	else if (key == K_TAB)
		complete(t);
	else if (key == K_BACKSPACE && v->input.len == 0)
		v->prompt = PROMPT_NONE;
	else if (line_history_key(&t->lines, key, &v->input))
		view_aside(v, false, "");
}
