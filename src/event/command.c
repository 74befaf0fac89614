#include "thaw/event/command.h"
#include "thaw/base/alloc.h"
#include "thaw/base/layerset.h"
#include "thaw/event/record.h"
#include "json.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct command_info command_table[CMD_N] = {
    [CMD_FREEZE] = {"freeze", "LAYERS", "stop these layers from learning, e.g. 0-12,15", NULL},
    [CMD_UNFREEZE] = {"unfreeze", "LAYERS", "let these layers learn again", NULL},
    [CMD_FREEZE_ONLY] = {"freeze-only", "LAYERS", "freeze these layers and let all others learn",
			 NULL},
    [CMD_LR] = {"lr", "RATE", "set the learning rate: 1e-4, or a factor such as x0.5", NULL},
    [CMD_PAUSE] = {"pause", NULL, "halt after this iteration", NULL},
    [CMD_UNPAUSE] = {"unpause", NULL, "go on after a pause", "resume"},
    [CMD_NEXT_PHASE] = {"next-phase", NULL, "end this phase now and begin the next one", NULL},
    [CMD_STOP] = {"stop", NULL, "save and end the run after this iteration", NULL},
    [CMD_UNDO] = {"undo", NULL, "take back the last change of frozen layers or rates, or a rule's end", NULL},
    [CMD_LR_SCALE] = {"lr-scale", "LAYERS FACTOR",
		      "multiply the rate of some layers: 12-15 0.1, or x0.5 of what it is", NULL},
    [CMD_FIND_LR] = {"find-lr", "[cancel]",
		     "look for a learning rate beside the run: a range test of what learns now", NULL},
    [CMD_THAW_EVERY] = {"thaw-every", "N|off",
			"thaw the next frozen block after every N epochs of this phase", NULL},
    [CMD_KEEP_GOING] = {"keep-going", NULL, "let no rule end this phase early, nor the run in it",
			NULL},
    [CMD_BACK] = {"back", "[POINT]", "go back to a kept point: best, last or epoch 7", NULL},
};

struct wire_command {
	int64_t id;
	const char *cmd;
	const char *arg;
};

static const struct field wire_command_fields[] = {
    FIELD_INT_ROW(struct wire_command, id),
    FIELD_STRING_ROW(struct wire_command, cmd),
    FIELD_OPT_STRING_ROW(struct wire_command, arg),
};
static const struct record wire_command_record =
    RECORD_OF(struct wire_command, wire_command_fields);

/* What a command owns. */
static const struct field command_fields[] = {FIELD_OPT_STRING_ROW(struct command, arg)};
static const struct record command_record = RECORD_OF(struct command, command_fields);

static const struct field reply_fields[] = {
    FIELD_INT_ROW(struct reply, id),
    FIELD_BOOL_ROW(struct reply, ok),
    FIELD_INT_ROW(struct reply, iter),
    FIELD_STRING_ROW(struct reply, msg),
    FIELD_OPT_STRING_ROW(struct reply, unsaved),
};
static const struct field notice_fields[] = {
    FIELD_INT_ROW(struct reply, id),
    FIELD_BOOL_ROW(struct reply, ok),
    FIELD_INT_ROW(struct reply, iter),
    FIELD_STRING_ROW(struct reply, msg),
    FIELD_OPT_STRING_ROW(struct reply, unsaved),
    FIELD_OPT_STRING_ROW(struct reply, controls),
    FIELD_BOOL_ROW(struct reply, yours),
    FIELD_COUNT_ROW(struct reply, viewers),
};
static const struct record reply_record = RECORD_OF(struct reply, reply_fields);
static const struct record notice_record = RECORD_OF(struct reply, notice_fields);

static enum err unknown_command(const char *name, struct errinfo *e)
{
	struct strbuf all = STRBUF_INIT;
	for (int i = 0; i < CMD_N; i++)
		strbuf_addf(&all, "%s%s", i ? ", " : "", command_table[i].name);
	enum err r =
	    err_set(e, ERR_VALUE, "'%.60s' is not a command; the commands are %s", name, all.buf);
	strbuf_release(&all);
	return r;
}

static enum err check_rate(const char *arg, struct errinfo *e)
{
	double lr, small = 1e-6; /* what a factor makes of it is told where it takes effect */
	return command_lr(arg, *arg == 'x' ? small : 1, &lr, e);
}

static enum err check_scale(const char *arg, struct errinfo *e)
{
	struct lr_scale s;
	return command_lr_scale(arg, &s, e);
}

static enum err check_point(const char *arg, struct errinfo *e)
{
	struct point p;
	return point_parse(arg, &p, e);
}

static enum err check_cancel(const char *arg, struct errinfo *e)
{
	return strcmp(arg, "cancel") == 0
		   ? ERR_OK
		   : err_set(e, ERR_VALUE, "find-lr takes nothing, or cancel, but got '%.60s'", arg);
}

enum err command_thaw_every(const char *arg, int *every, struct errinfo *e)
{
	bool off = strcmp(arg, "off") == 0;
	char *end;
	long n = strtol(arg, &end, 10);
	if (!off && (*end || n < 1 || n > COMMAND_THAW_EVERY_MAX))
		return err_set(e, ERR_VALUE,
			       "'%.60s' is no number of epochs; write one from 1 to %d, or off", arg,
			       COMMAND_THAW_EVERY_MAX);
	*every = off ? 0 : (int)n;
	return ERR_OK;
}

static enum err check_every(const char *arg, struct errinfo *e)
{
	int every;
	return command_thaw_every(arg, &every, e);
}

static enum err check_arg(enum command_type type, const char *arg, struct errinfo *e)
{
	static enum err (*const checks[CMD_N])(const char *arg, struct errinfo *e) = {
	    [CMD_FREEZE] = layerset_check,      [CMD_UNFREEZE] = layerset_check,
	    [CMD_FREEZE_ONLY] = layerset_check, [CMD_LR] = check_rate,
	    [CMD_LR_SCALE] = check_scale,       [CMD_FIND_LR] = check_cancel,
	    [CMD_THAW_EVERY] = check_every,     [CMD_BACK] = check_point,
	};
	const struct command_info *info = &command_table[type];
	if (!info->arg)
		return arg ? err_set(e, ERR_VALUE, "%s takes no argument, but got '%.60s'",
				     info->name, arg)
			   : ERR_OK;
	if (!arg && info->arg[0] == '[')
		return ERR_OK;
	if (!arg)
		return err_set(e, ERR_VALUE, "%s needs an argument: %s %s", info->name, info->name,
			       info->arg);
	return checks[type](arg, e);
}

enum command_type command_find(const char *name)
{
	int i = 0;
	for (; i < CMD_N; i++) {
		const struct command_info *info = &command_table[i];
		if (!strcmp(info->name, name) || (info->old && !strcmp(info->old, name)))
			break;
	}
	return (enum command_type)i;
}

enum err command_parse(struct command *c, const char *name, const char *arg, struct errinfo *e)
{
	enum command_type type = command_find(name);
	*c = (struct command){0};
	if (type == CMD_N)
		return unknown_command(name, e);
	arg = arg && *arg ? arg : NULL;
	enum err r = check_arg(type, arg, e);
	if (r)
		return r;
	c->type = type;
	c->arg = xstrdup(arg);
	return ERR_OK;
}

enum err command_parse_line(struct command *c, const char *line, struct errinfo *e)
{
	static const char space[] = " \t\r\n";
	line += strspn(line, space);
	size_t n = strcspn(line, space);
	const char *rest = line + n + strspn(line + n, space);
	size_t n_rest = strlen(rest);
	while (n_rest && strchr(space, rest[n_rest - 1]))
		n_rest--;
	char *name = xstrndup(line, n), *arg = xstrndup(rest, n_rest);
	enum err r = command_parse(c, name, arg, e);
	free(name);
	free(arg);
	return r;
}

enum err command_lr(const char *arg, double now, double *lr, struct errinfo *e)
{
	bool factor = arg[0] == 'x';
	double v;
	if (!decimal_parse(arg + factor, &v) || !isfinite(v) || v <= 0)
		return err_set(
		    e, ERR_VALUE,
		    "'%.60s' is not a learning rate; write a positive number such as 1e-4, "
		    "or a factor such as x0.5",
		    arg);
	if (factor)
		v *= now;
	if (!isfinite(v) || v <= 0 || v > COMMAND_LR_MAX)
		return err_set(
		    e, ERR_VALUE,
		    "'%.60s' would make the learning rate %g; it must be positive and at most %g",
		    arg, v, COMMAND_LR_MAX);
	*lr = v;
	return ERR_OK;
}

/* The factor is the last word: layers may be several ("last 3"). */
enum err command_lr_scale(const char *arg, struct lr_scale *s, struct errinfo *e)
{
	static const char space[] = " \t";
	size_t end = strlen(arg);
	while (end && strchr(space, arg[end - 1]))
		end--;
	size_t at = end;
	while (at && !strchr(space, arg[at - 1]))
		at--;
	size_t n = at;
	while (n && strchr(space, arg[n - 1]))
		n--;
	if (!n || n >= sizeof(s->layers) || end - at >= 64)
		return err_set(e, ERR_VALUE,
			       "'%.60s' is not layers and a factor; write lr-scale 12-15 0.1", arg);
	memcpy(s->layers, arg, n);
	s->layers[n] = 0;
	char word[64];
	memcpy(word, arg + at, end - at);
	word[end - at] = 0;
	s->relative = word[0] == 'x';
	if (!decimal_parse(word + s->relative, &s->factor) || !isfinite(s->factor) ||
	    s->factor <= 0)
		return err_set(e, ERR_VALUE,
			       "'%.60s' is not a factor; write a positive number such as 0.1, or "
			       "x0.5 of what it is",
			       word);
	double scale;
	enum err r = s->relative ? ERR_OK : lr_scale_apply(s, 1, &scale, e);
	return r ? r : layerset_check(s->layers, e);
}

enum err lr_scale_apply(const struct lr_scale *s, double now, double *scale, struct errinfo *e)
{
	double v = s->relative ? now * s->factor : s->factor;
	if (!(v >= COMMAND_SCALE_MIN && v <= COMMAND_SCALE_MAX))
		return err_set(e, ERR_VALUE,
			       "the rate would be multiplied by %g; from %g to %g is possible "
			       "(freeze stops a layer)",
			       v, COMMAND_SCALE_MIN, COMMAND_SCALE_MAX);
	*scale = v;
	return ERR_OK;
}

enum err point_parse(const char *text, struct point *p, struct errinfo *e)
{
	static const struct {
		const char *name;
		enum point_kind kind;
	} names[] = {{"best", POINT_BEST}, {"last", POINT_LAST}};
	const char *digits = text = text ? text : "best";
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(text, names[i].name) == 0) {
			*p = (struct point){.kind = names[i].kind};
			return ERR_OK;
		}
	if (strncmp(text, "epoch", 5) == 0 && strchr(" -=", text[5]) && text[5])
		digits = text + 6 + strspn(text + 6, " ");
	size_t n = strspn(digits, "0123456789");
	int64_t epoch = n > 0 && n < 10 && !digits[n] ? strtoll(digits, NULL, 10) : 0;
	if (epoch < 1)
		return err_set(e, ERR_VALUE,
			       "'%.60s' is no point to go back to; write best, last or epoch 7",
			       text);
	*p = (struct point){.kind = POINT_EPOCH, .epoch = epoch};
	return ERR_OK;
}

void command_encode(const struct command *c, struct strbuf *out)
{
	assert(c->type < CMD_N);
	const struct wire_command w = {c->id, command_table[c->type].name, c->arg};
	record_encode(&wire_command_record, &w, out);
	strbuf_addch(out, '\n');
}

enum err command_decode(struct command *c, const char *line, size_t len, struct errinfo *e)
{
	struct wire_command w;
	*c = (struct command){0};
	enum err r = record_decode(&wire_command_record, &w, line, len, NULL, e);
	if (r)
		return r;
	r = command_parse(c, w.cmd, w.arg, e);
	c->id = w.id;
	record_release(&wire_command_record, &w);
	return r;
}

void command_copy(struct command *to, const struct command *from)
{
	record_copy(&command_record, to, from);
}

void command_release(struct command *c)
{
	record_release(&command_record, c);
}

void reply_encode(const struct reply *r, struct strbuf *out)
{
	record_encode(r->controls ? &notice_record : &reply_record, r, out);
	strbuf_addch(out, '\n');
}

enum err reply_decode(struct reply *r, const char *line, size_t len, struct errinfo *e)
{
	return record_decode(&notice_record, r, line, len, NULL, e);
}

void reply_release(struct reply *r)
{
	record_release(&notice_record, r);
}
