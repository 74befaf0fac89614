#include "sink_core.h"

#include "thaw/base/alloc.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdio.h>

#define SHARE_MOST 1.001     /* accuracies above are no shares, */
#define PERCENT_MOST 100.001 /* and above this no percent */

static const char *const slot_names[SLOT_N] = {
    [SLOT_LOSS] = "training loss",         [SLOT_EPOCH_LOSS] = "training loss of an epoch",
    [SLOT_ACC] = "training accuracy",      [SLOT_EPOCH_ACC] = "training accuracy of an epoch",
    [SLOT_TOP5] = "training top-5",        [SLOT_VALID_LOSS] = "validation loss",
    [SLOT_VALID_ACC] = "validation accuracy", [SLOT_VALID_TOP5] = "validation top-5",
    [SLOT_LR] = "learning rate",           [SLOT_SPEED] = "speed",
    [SLOT_SECONDS] = "seconds",
};

/* Of what a name without a split is told, by the others of its row. */
static enum sink_split split_of(const struct sink *s, const struct name_meaning *m)
{
	bool has[SPLIT_TEST + 1] = {false};
	if (m->split != SPLIT_NONE)
		return m->split;
	if (m->figure == FIGURE_LOSS || m->level != LEVEL_NONE)
		return SPLIT_TRAIN;
	if (s->run.bare != SPLIT_NONE)
		return s->run.bare;
	for (size_t i = 0; i < s->row.n; i++) {
		const struct name_meaning *other = &s->names[s->row.items[i].name].meaning;
		bool bare_loss = other->figure == FIGURE_LOSS && other->split == SPLIT_NONE;
		has[bare_loss ? SPLIT_TRAIN : other->split] = true;
	}
	return has[SPLIT_TRAIN]   ? SPLIT_TRAIN
	       : has[SPLIT_VALID] ? SPLIT_VALID
	       : has[SPLIT_TEST]  ? SPLIT_TEST
				  : SPLIT_TRAIN;
}

static enum slot slot_of(const struct sink *s, const struct name_meaning *m)
{
	bool valid, whole = m->level == LEVEL_EPOCH;
	bool split = m->figure >= FIGURE_LOSS && m->figure <= FIGURE_TOP5;
	if (split && s->saw_valid_name && split_of(s, m) == SPLIT_TEST)
		return SLOT_N; /* a test is no validation where there is one */
	switch (m->figure) {
	case FIGURE_LR:
		return SLOT_LR;
	case FIGURE_SPEED:
		return SLOT_SPEED;
	case FIGURE_SECONDS:
		return SLOT_SECONDS;
	case FIGURE_LOSS:
		valid = split_of(s, m) >= SPLIT_VALID;
		return valid ? SLOT_VALID_LOSS : whole ? SLOT_EPOCH_LOSS : SLOT_LOSS;
	case FIGURE_ACC:
		valid = split_of(s, m) >= SPLIT_VALID;
		return s->unit == UNIT_NONE ? SLOT_N
		       : valid              ? SLOT_VALID_ACC
		       : whole              ? SLOT_EPOCH_ACC
					    : SLOT_ACC;
	case FIGURE_TOP5:
		valid = split_of(s, m) >= SPLIT_VALID;
		return s->unit == UNIT_NONE ? SLOT_N : valid ? SLOT_VALID_TOP5 : SLOT_TOP5;
	default:
		return SLOT_N;
	}
}

static int rank_of(const struct sink *s, size_t name)
{
	const struct name_meaning *m = &s->names[name].meaning;
	bool bare_test = m->split == SPLIT_NONE && split_of(s, m) == SPLIT_TEST;
	return m->rank + (bare_test ? RANK_TEST : 0);
}

/* The surest name of a figure has it; who had it before is a metric from now on. */
static void own(struct sink *s, enum slot slot, size_t name)
{
	struct owner *o = &s->owners[slot];
	if (o->known && (o->name == name || rank_of(s, o->name) <= rank_of(s, name)))
		return;
	if (o->known)
		sink_note(s, NOTE_INFO, "%s: from here on \"%s\", no longer \"%s\"",
			  slot_names[slot], s->names[name].text, s->names[o->name].text);
	else if (rank_of(s, name) >= RANK_GUESS)
		sink_note(s, NOTE_INFO, "%s: \"%s\" is taken for it", slot_names[slot],
			  s->names[name].text);
	*o = (struct owner){true, name};
}

/* ---- a row ---- */

struct figures { /* of the row */
	struct opt_double of[SLOT_N];
	bool news[SLOT_N]; /* not told yet */
	bool error[SLOT_N];
};

static bool is_acc(enum slot slot)
{
	return slot == SLOT_ACC || slot == SLOT_EPOCH_ACC || slot == SLOT_TOP5 ||
	       slot == SLOT_VALID_ACC || slot == SLOT_VALID_TOP5;
}

/* As a share. A number that no share can be tells the log's unit, which is then read again. */
static double acc_share(struct sink *s, double v, bool error)
{
	double most = s->unit == UNIT_PERCENT ? PERCENT_MOST : SHARE_MOST;
	if (v > most && !s->run.share && !s->run.percent) {
		s->unit = v > PERCENT_MOST ? UNIT_NONE : UNIT_PERCENT;
		s->again = true;
	}
	double share = s->unit == UNIT_PERCENT ? v / 100 : v;
	return error ? 1 - share : share;
}

static void tell_metric(struct sink *s, const struct item *i, int64_t iter)
{
	struct event ev = {.type = EV_METRIC,
			   .metric = {.name = s->names[i->name].text,
				      .iter = iter,
				      .epoch = s->row.epoch,
				      .value = i->value}};
	tell(s, &ev, s->row.t_ms);
}

/* Of the row's names for one figure the surest; among equals the first. */
static void own_all(struct sink *s)
{
	struct owner best[SLOT_N] = {{false, 0}};
	for (size_t i = 0; i < s->row.n; i++) {
		size_t name = s->row.items[i].name;
		enum slot slot = slot_of(s, &s->names[name].meaning);
		if (slot != SLOT_N &&
		    (!best[slot].known || rank_of(s, name) < rank_of(s, best[slot].name)))
			best[slot] = (struct owner){true, name};
	}
	for (int slot = 0; slot < SLOT_N; slot++)
		if (best[slot].known)
			own(s, (enum slot)slot, best[slot].name);
}

/* A training accuracy at a step has no place in a `step`. */
static bool is_metric_too(const struct sink *s, enum slot slot)
{
	return s->run.axis == AXIS_STEP && slot == SLOT_ACC;
}

static void read_figures(struct sink *s, struct figures *f, int64_t iter)
{
	*f = (struct figures){0};
	own_all(s);
	for (size_t i = 0; i < s->row.n; i++) {
		struct item *item = &s->row.items[i];
		const struct name_meaning *m = &s->names[item->name].meaning;
		enum slot slot = slot_of(s, m);
		bool ours = slot != SLOT_N && s->owners[slot].name == item->name;
		if (ours) {
			double v = is_acc(slot) ? acc_share(s, item->value, m->error) : item->value;
			f->of[slot] = opt_of(v);
			f->news[slot] |= !item->told;
		}
		if ((!ours || is_metric_too(s, slot)) && !item->told)
			tell_metric(s, item, iter);
		item->told = true;
	}
	s->saw_acc |= f->of[SLOT_VALID_ACC].valid;
	s->saw_valid_loss |= f->of[SLOT_VALID_LOSS].valid;
	if (f->of[SLOT_LR].valid)
		s->lr = f->of[SLOT_LR];
}

static void mean_add(struct mean *m, struct opt_double v)
{
	if (!opt_finite(v))
		return;
	m->sum += v.value;
	m->n++;
}

static struct opt_double mean_of(const struct mean *m)
{
	return m->n ? opt_of(m->sum / (double)m->n) : (struct opt_double){0};
}

static struct opt_double first_of(struct opt_double a, struct opt_double b)
{
	return a.valid ? a : b;
}

static int64_t as_count(double v)
{
	return v >= (double)RECORD_COUNT_MAX ? RECORD_COUNT_MAX : v > 0 ? llround(v) : 0;
}

static void tell_step(struct sink *s, const struct figures *f, int64_t iter, int64_t epoch,
		      bool loss)
{
	struct event ev = {.type = EV_STEP,
			   .step = {.iter = iter, .epoch = epoch, .lr = f->of[SLOT_LR]}};
	if (loss)
		ev.step.loss = f->of[SLOT_LOSS];
	ev.step.ips = f->of[SLOT_SPEED];
	tell(s, &ev, s->row.t_ms);
	s->last_iter = iter;
}

static void remember_told(struct sink *s, int64_t number, int64_t iter)
{
	while (s->n_told && s->told[s->n_told - 1].number >= number)
		s->n_told--;
	ALLOC_GROW(s->told, s->n_told + 1, s->cap_told);
	s->told[s->n_told++] = (struct told_epoch){number, iter};
	s->loss = s->acc = (struct mean){0};
	s->told_in_current = true;
}

static void tell_epoch(struct sink *s, const struct figures *f, int64_t number, int64_t iter)
{
	struct event ev = {.type = EV_EPOCH, .epoch = {.epoch = number, .iter = iter}};
	struct event_epoch *e = &ev.epoch;
	char phase[48];
	if (s->by_count && s->row.epoch.valid) {
		snprintf(phase, sizeof(phase), "ep %.4g", s->row.epoch.value);
		e->phase = phase;
	}
	e->lr = s->lr;
	e->train.loss = first_of(f->of[SLOT_EPOCH_LOSS], s->row.mean_loss);
	e->train.acc = first_of(f->of[SLOT_EPOCH_ACC], s->row.mean_acc);
	e->train.top5 = f->of[SLOT_TOP5];
	e->valid.loss = f->of[SLOT_VALID_LOSS];
	e->valid.acc = f->of[SLOT_VALID_ACC];
	e->valid.top5 = f->of[SLOT_VALID_TOP5];
	e->seconds.train = f->of[SLOT_SECONDS];
	tell(s, &ev, s->row.t_ms);
	remember_told(s, number, iter);
}

/* ---- a row that is an epoch ---- */

/* The file goes on with another run, or with this one from an earlier epoch. */
static void begins_again(struct sink *s, int64_t raw)
{
	int64_t last = s->n_told ? s->told[s->n_told - 1].number : 0;
	if (raw == s->first_raw || raw == 0 || raw == s->last_raw) {
		s->offset = last + 1 - (raw + s->shift);
		sink_note(s, NOTE_INFO,
			  "the epochs begin again here (at %lld): they are counted on from %lld",
			  (long long)raw, (long long)last + 1);
		return;
	}
	int64_t number = raw + s->shift + s->offset;
	sink_note(s, NOTE_INFO, "the log goes back to epoch %lld: what came after is void",
		  (long long)number);
	sink_back(s, number - 1);
}

static int64_t epoch_number(struct sink *s)
{
	int64_t last = s->n_told ? s->told[s->n_told - 1].number : 0;
	if (!opt_finite(s->row.epoch))
		return last + 1;
	int64_t raw = as_count(s->row.epoch.value);
	if (!s->shift_known) {
		s->shift_known = true;
		s->first_raw = raw;
		s->shift = s->run.epochs == EPOCHS_FROM_0 || (s->run.epochs == EPOCHS_INDEX && raw == 0);
	} else if (raw <= s->last_raw) {
		begins_again(s, raw);
	}
	s->last_raw = raw;
	return as_count((double)(raw + s->shift + s->offset));
}

static void flush_epoch_row(struct sink *s)
{
	struct figures f;
	if (s->row.number < 0)
		s->row.number = epoch_number(s);
	int64_t n = s->row.number;
	read_figures(s, &f, n);
	s->row.mean_loss = f.of[SLOT_LOSS];
	s->row.mean_acc = f.of[SLOT_ACC];
	tell_step(s, &f, n, n, false);
	tell_epoch(s, &f, n, n);
}

/* ---- a row at a step ---- */

/* The epoch that a step belongs to, from 1; 0: before the first; -1 = not told. How many are done is
 * rounded: at 0.00 of them the first is trained. */
static int64_t epoch_logged(struct sink *s)
{
	double e = s->row.epoch.value;
	if (!opt_finite(s->row.epoch) || e < 0)
		return s->current;
	if (s->run.epochs == EPOCHS_DONE && e == 0 && s->row.step.value > 0)
		return 1;
	if (s->run.epochs == EPOCHS_DONE)
		return as_count(ceil(e - 1e-9));
	if (!s->shift_known) {
		s->shift_known = true;
		s->shift = s->run.epochs == EPOCHS_FROM_0 || floor(e) == 0;
	}
	return as_count(floor(e)) + s->shift;
}

static void take_means(struct sink *s)
{
	s->row.mean_loss = mean_of(&s->loss);
	s->row.mean_acc = mean_of(&s->acc);
}

/* Two validations of one epoch, or one of none: from now on they are counted, from the first on. */
static int64_t next_number(struct sink *s, int64_t logged)
{
	int64_t next = s->n_told ? s->told[s->n_told - 1].number + 1 : 1;
	if (!s->by_count && logged < next)
		s->by_count = s->again = true;
	return s->by_count ? next : logged;
}

/* An epoch went by without a word on it. */
void row_close_epoch(struct sink *s)
{
	static const struct figures none;
	if (s->current < 0 || s->told_in_current || !s->loss.n || s->by_count)
		return;
	take_means(s);
	tell_epoch(s, &none, next_number(s, s->current), s->last_iter < 0 ? 0 : s->last_iter);
}

static void enter_epoch(struct sink *s, int64_t logged)
{
	if (logged <= s->current)
		return;
	row_close_epoch(s);
	s->current = logged;
	s->told_in_current = false;
}

static bool tells_epoch(const struct figures *f)
{
	return f->of[SLOT_VALID_LOSS].valid || f->of[SLOT_VALID_ACC].valid ||
	       f->of[SLOT_VALID_TOP5].valid || f->of[SLOT_EPOCH_LOSS].valid ||
	       f->of[SLOT_EPOCH_ACC].valid;
}

/* Of a run that has not begun: metrics alone. */
static void told_before_training(struct sink *s, const struct figures *f)
{
	struct opt_double loss = f->of[SLOT_VALID_LOSS], acc = f->of[SLOT_VALID_ACC];
	static const enum slot slots[] = {SLOT_VALID_LOSS, SLOT_VALID_ACC, SLOT_VALID_TOP5};
	for (size_t i = 0; i < s->row.n; i++)
		for (size_t k = 0; k < sizeof(slots) / sizeof(*slots); k++)
			if (s->owners[slots[k]].known && s->owners[slots[k]].name == s->row.items[i].name)
				tell_metric(s, &s->row.items[i], 0);
	if (!s->told_before)
		sink_note(s, NOTE_INFO, "before training: validation loss %s, accuracy %s",
			  words_opt(words_loss, loss), words_opt(words_percent, acc));
	s->told_before = true;
}

/* Training goes on from before what was told. */
static void mind_order(struct sink *s, const struct figures *f, int64_t iter)
{
	if (!f->of[SLOT_LOSS].valid || !f->news[SLOT_LOSS])
		return;
	if (iter < s->last_loss_step) {
		sink_note(s, NOTE_WARN, "the log goes back from step %lld to %lld: what lies between is void",
			  (long long)s->last_loss_step, (long long)iter);
		sink_back(s, iter - 1);
	}
	s->last_loss_step = iter;
}

/* Metrics of a row that has no step stand at its epoch, as it is logged. */
static void flush_step_row(struct sink *s)
{
	struct figures f;
	int64_t logged = epoch_logged(s);
	int64_t iter = opt_finite(s->row.step) ? as_count(s->row.step.value)
		       : s->last_iter >= 0     ? s->last_iter
					       : 0;
	if (s->row.number < 0)
		enter_epoch(s, logged);
	bool of_epoch = !opt_finite(s->row.step) && opt_finite(s->row.epoch);
	read_figures(s, &f, of_epoch ? as_count(s->row.epoch.value) : iter);
	mind_order(s, &f, iter);
	mean_add(&s->loss, f.news[SLOT_LOSS] ? f.of[SLOT_LOSS] : (struct opt_double){0});
	mean_add(&s->acc, f.news[SLOT_ACC] ? f.of[SLOT_ACC] : (struct opt_double){0});
	int64_t epoch = logged > 0 ? logged : s->n_told ? s->told[s->n_told - 1].number + 1 : 0;
	bool bare = tells_epoch(&f) && !s->owners[SLOT_LOSS].known && iter > s->last_iter;
	if (logged == 0 && tells_epoch(&f)) {
		told_before_training(s, &f);
		return;
	}
	if (f.news[SLOT_LOSS] || f.news[SLOT_LR] || bare)
		tell_step(s, &f, iter, epoch, true);
	if (!tells_epoch(&f))
		return;
	if (s->row.number < 0)
		s->row.number = next_number(s, logged);
	if (s->loss.n || s->acc.n)
		take_means(s);
	tell_epoch(s, &f, s->row.number, iter);
}

static bool has_news(const struct row *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!r->items[i].told)
			return true;
	return false;
}

void row_flush(struct sink *s)
{
	if (!s->row.open || !has_news(&s->row))
		return;
	if (s->run.axis == AXIS_EPOCH)
		flush_epoch_row(s);
	else
		flush_step_row(s);
}

void row_apart(struct sink *s, size_t name, const struct scalar *v)
{
	struct event ev = {.type = EV_METRIC,
			   .metric = {.name = s->names[name].text,
				      .iter = as_count(v->step.value),
				      .epoch = v->epoch,
				      .value = v->value}};
	tell(s, &ev, tell_time(s, v->wall_ms));
}

void row_open(struct sink *s, const struct scalar *v)
{
	s->n_rows++;
	s->row.open = true;
	s->row.n = 0;
	s->row.number = -1;
	s->row.mean_loss = s->row.mean_acc = (struct opt_double){0};
	s->row.step = v->step;
	s->row.epoch = v->epoch;
	s->row.t_ms = tell_time(s, v->wall_ms);
}
