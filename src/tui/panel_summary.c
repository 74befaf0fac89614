/* How the run ended: a window over the Train page. Result, what was done by hand and what came of
 * it, where the files are, and the commands that make sense next. */
#include "panel.h"
#include "prose.h"
#include "thaw/base/words.h"
#include "thaw/base/file.h"
#include "thaw/base/run_files.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WINDOW_W 92
#define INDENT 3

enum outcome { FINISHED, STOPPED, FAILED, CRASHED, OPEN, OUTCOME_N };

static const struct {
	uint32_t mark;
	enum ink ink;
	const char *word;
} outcomes[OUTCOME_N] = {
    [FINISHED] = {0x2713, INK_GOOD, "finished"},
    [STOPPED] = {0x25A0, INK_WARN, "stopped"},
    [FAILED] = {0x2717, INK_BAD, "failed"},
    [CRASHED] = {0x2717, INK_BAD, "crashed: the trainer is gone, and wrote no end into the log"},
    [OPEN] = {0xB7, INK_MUTED, "the log ends here; the run goes on"},
};

static enum outcome outcome_of(const struct scene *s)
{
	static const enum outcome ends[END_STATUS_N] = {
	    [END_FINISHED] = FINISHED, [END_STOPPED] = STOPPED, [END_FAILED] = FAILED};
	if (s->history->ended)
		return ends[s->history->end.status];
	return s->view->crashed ? CRASHED : OPEN;
}

/* ---- the result ---- */

/* What the last epoch shows, where that asks for something. */
static void add_course(struct prose *p, const struct history *h)
{
	const struct history_epoch *e = h->n_epochs ? &h->epochs[h->n_epochs - 1] : NULL;
	enum tone tone = e ? observation_tone(e->observation) : TONE_PLAIN;
	struct strbuf text = STRBUF_INIT;
	if (tone != TONE_WARN && tone != TONE_BAD)
		return;
	strbuf_addf(&text, "at the end: %s", e->words);
	prose_add(p, INDENT, STYLE(observation_ink(e->observation)), text.buf);
	strbuf_release(&text);
}

static void add_best(const struct history *h, struct strbuf *text)
{
	const struct history_best best = history_best(h);
	struct strbuf by = STRBUF_INIT;
	if (!best.epoch) {
		strbuf_addstr(text, "no epoch was completed");
		return;
	}
	if (best.dropped)
		strbuf_addf(text, "best epoch %lld, which the run went back beyond",
			    (long long)best.epoch);
	else
		strbuf_addf(text, "best %s %lld of %zu", history_unit(h), (long long)best.epoch, h->n_epochs);
	if (history_metric(h).kind != METRIC_ACCURACY)
		strbuf_addf(text, " by %s", history_best_words(h, &by));
	strbuf_addf(text, ": %s %% of the validation pictures, loss %s",
		    words_opt(words_percent, best.acc), words_opt(words_loss, best.loss));
	strbuf_release(&by);
}

static void add_result(struct prose *p, const struct scene *s)
{
	const struct history *h = s->history;
	enum outcome o = outcome_of(s);
	struct strbuf text = STRBUF_INIT;
	if (h->ended)
		history_end_words(h, &text);
	else if (o != CRASHED || !history_killed_words(h, &text))
		strbuf_addstr(&text, outcomes[o].word);
	prose_mark(p, prose_add(p, INDENT, STYLE_BOLD(outcomes[o].ink), text.buf), outcomes[o].mark,
		   STYLE(outcomes[o].ink));
	strbuf_reset(&text);
	add_best(h, &text);
	prose_add(p, INDENT, STYLE(INK_NONE), text.buf);
	add_course(p, h);
	strbuf_reset(&text);
	strbuf_addf(&text, "%s in %s", words_n(h->iter, "iteration"),
		    words_duration(history_seconds(h)));
	struct strbuf how = STRBUF_INIT;
	if (history_learning_words(h, 0, &how))
		strbuf_addf(&text, " with %s", how.buf);
	strbuf_release(&how);
	if (h->ended && h->end.peak_rss > 0)
		strbuf_addf(&text, ", at most %s of memory", words_bytes((double)h->end.peak_rss));
	struct opt_double card = history_card_peak(h);
	if (h->ended && card.valid)
		strbuf_addf(&text, ", %s of the card's", words_bytes(card.value));
	if (h->n_resumed > 0)
		strbuf_addf(&text, ", resumed %s", words_n(h->n_resumed, "time"));
	prose_add(p, INDENT, STYLE(INK_NONE), text.buf);
	strbuf_release(&text);
}

/* ---- what was done by hand ---- */

enum { LOSS_STEPS = 8, HANDS_SHOWN = 6 };

/* Mean loss of at most LOSS_STEPS steps with first < iter <= last, from one end; NaN when none is
 * finite. */
static double mean_loss(const struct history *h, int64_t first, int64_t last)
{
	double sum = 0;
	int n = 0;
	size_t i = history_step_after(h, first), end = history_step_after(h, last);
	for (size_t spell = history_spell_of(h, i); i < end; i++) {
		struct opt_double loss = history_step_next(h, i, &spell).loss;
		if (opt_finite(loss)) {
			sum += loss.value;
			n++;
		}
	}
	return n ? sum / n : NAN;
}

static bool by_hand(const struct history_marker *m)
{
	return m->cause == CAUSE_USER || m->cause == CAUSE_UNDO;
}

enum { SOON = 50 }; /* iterations */

/* The accident that followed soon, with nothing else done by hand between; NULL: none did. */
static const struct history_marker *accident_after(const struct history *h,
						   const struct history_marker *m)
{
	for (const struct history_marker *k = m + 1; k < h->markers + h->n_markers; k++) {
		if (by_hand(k) || k->iter - m->iter > SOON)
			return NULL;
		if (k->kind == MARK_NONFINITE)
			return k;
	}
	return NULL;
}

static void add_hand(struct prose *p, const struct history *h, const struct history_marker *m)
{
	struct strbuf text = STRBUF_INIT;
	double before = mean_loss(h, m->iter - LOSS_STEPS, m->iter),
	       after = mean_loss(h, m->iter, m->iter + LOSS_STEPS);
	if (!m->text || !strstr(m->text, "iteration"))
		strbuf_addf(&text, "iteration %lld: ", (long long)m->iter);
	strbuf_addf(&text, "%.200s", m->text ? m->text : "");
	const struct history_marker *lost = accident_after(h, m);
	if (lost)
		strbuf_addf(&text, "; the loss was lost %s later",
			    words_n(lost->iter - m->iter, "iteration"));
	else if (isfinite(before) && isfinite(after))
		strbuf_addf(&text, "; loss %s -> %s", words_loss(before), words_loss(after));
	prose_mark(p, prose_add(p, INDENT, STYLE(INK_NONE), text.buf), marker_looks[m->kind].ch,
		   STYLE(marker_looks[m->kind].ink));
	strbuf_release(&text);
}

/* The newest are told: what ended the run is among them. */
static void add_hands(struct prose *p, const struct history *h)
{
	int n = 0, at = 0;
	char text[96];
	for (size_t i = 0; i < h->n_markers; i++)
		n += by_hand(&h->markers[i]);
	if (n == 0)
		prose_add(p, INDENT, STYLE(INK_NONE), "nothing; the plan ran as it was written");
	snprintf(text, sizeof(text), "%d earlier, on the Log page, and then", n - HANDS_SHOWN);
	if (n > HANDS_SHOWN)
		prose_add(p, INDENT, STYLE(INK_MUTED), text);
	for (size_t i = 0; i < h->n_markers; i++)
		if (by_hand(&h->markers[i]) && at++ >= n - HANDS_SHOWN)
			add_hand(p, h, &h->markers[i]);
}

/* ---- files, and what to do next ---- */

/* The run as a command line names it: by its name where it lies below runs/, else by its path. */
static void add_run(struct strbuf *out, const struct scene *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "-_./+,:@%=";
	const char *dir = s->view->run_dir ? s->view->run_dir : "";
	if (strncmp(dir, "runs/", 5) == 0 && !strchr(dir + 5, '/'))
		dir += 5;
	if (strspn(dir, plain) == strlen(dir)) {
		strbuf_addstr(out, dir);
		return;
	}
	strbuf_addch(out, '\'');
	for (; *dir; dir++) {
		if (*dir == '\'')
			strbuf_addstr(out, "'\\'");
		strbuf_addch(out, *dir);
	}
	strbuf_addch(out, '\'');
}

#define WORDS_X (INDENT + 24)

/* What must be there for a row to make sense. LOST: the run failed for its loss was lost; PLANNED: by
 * its plan, not by hand. */
enum { HAS_EPOCH = 1, HAS_LAST = 2, LOST = 4, PLANNED = 8 };

#define IF(outcome) (1u << (outcome))
#define IF_ANY (IF(OUTCOME_N) - 1)

static const struct {
	const char *name, *what;
	unsigned outcomes;
	int has;
} files[] = {
    {RUN_BEST, "of the best epoch, for thaw and for Darknet", IF_ANY, HAS_EPOCH},
    {RUN_LAST, "of the last epoch", IF(FINISHED), HAS_LAST},
    {RUN_LAST, "as it stands; `thaw resume` goes on from it", IF_ANY & ~IF(FINISHED),
     HAS_LAST},
    {RUN_CFG ", " RUN_LABELS, "the network and the names of its classes", IF_ANY, 0},
    {RUN_LOG, "the log: everything on these pages", IF_ANY, 0},
    {RUN_TRAINER_LOG, "what Darknet itself printed", IF_ANY, 0},
};

static const char lower_plan[] = ""; /* add_lower() writes it */

static const struct {
	const char *command, *operands, *what;
	unsigned outcomes;
	int has;
} commands[] = {
    {"thaw resume", " --from best", "from the best epoch, without what was done by hand since",
     IF(FAILED), HAS_EPOCH | LOST},
    {"thaw resume", lower_plan, "at a tenth of the planned rate", IF(FAILED),
     HAS_LAST | LOST | PLANNED},
    {"thaw resume", "", "go on where it ended", IF(STOPPED) | IF(FAILED) | IF(CRASHED), HAS_LAST},
    {"thaw resume", " --epochs 10", "train it for longer", IF(FINISHED), HAS_LAST},
    {"thaw attach", "", "watch and steer it", IF(OPEN), 0},
    {"thaw predict", " pic.jpg", "ask it about a picture", IF_ANY, HAS_EPOCH},
    {"thaw show", "", "every epoch and class in figures", IF_ANY, 0},
    {"thaw replay", "", "see it again, from the start", IF_ANY, 0},
};

/* What to do about an end that was not planned. */
static const struct {
	const char *says; /* in the reason; "" = any */
	const char *advice;
} advices[] = {
    {"No space", "Make room on the disk, then resume: it goes on from the last checkpoint."},
    {"could not be written", "Look at the disk and its permissions, then resume."},
    {"not finite", "A lower rate helps, and so does going back to the best epoch: as below."},
    {"for memory", "Resume with a smaller train.cache, or begin anew with a smaller train.batch or "
		   "network.input."},
    {"diverged", "A lower rate helps, and so does going back to the best epoch: as below."},
    {"", RUN_TRAINER_LOG
     " says more. Resume goes on from the last checkpoint, at the end of an epoch."},
};

static bool is_lost(const struct history *h)
{
	const char *reason = h->ended && h->end.reason ? h->end.reason : "";
	return strstr(reason, "not finite") || strstr(reason, "diverged");
}

/* Was the rate of the last accidents the plan's own? */
static bool is_planned(const struct history *h)
{
	size_t i = h->n_markers;
	while (i && !by_hand(&h->markers[i - 1]) && h->markers[i - 1].kind != MARK_PHASE)
		i--;
	return i && !by_hand(&h->markers[i - 1]) && h->phase >= 0 &&
	       h->phase < (int64_t)h->n_phases;
}

static int what_is_there(const struct scene *s)
{
	const struct history *h = s->history;
	if (s->view->lone_log)
		return 0;
	return (history_best(h).epoch ? HAS_EPOCH : 0) | (h->n_points ? HAS_LAST : 0) |
	       (is_lost(h) ? LOST : 0) | (is_planned(h) ? PLANNED : 0);
}

/* What a file or a command is for stands in one column behind the longest of them. */
static void add_two(struct prose *p, int x, const char *left, const char *right)
{
	prose_beside(p, prose_add(p, INDENT, STYLE(INK_KEY), left), x, STYLE(INK_MUTED), right);
}

/* Whether a row that is for some outcomes, and wants something to be there, makes sense. */
static bool suits(const struct scene *s, unsigned ifs, int has)
{
	return ifs & IF(outcome_of(s)) && (has & what_is_there(s)) == has;
}

static void add_files(struct prose *p, const struct scene *s)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (suits(s, files[i].outcomes, files[i].has))
			add_two(p, WORDS_X, files[i].name, files[i].what);
}

static void add_lower(const struct history *h, struct strbuf *out)
{
	const struct event_phase_plan *p = &h->phases[h->phase];
	strbuf_addf(out, "%s --set phases.%s.lr=%.3g", h->best_epoch >= 0 ? " --from best" : "",
		    p->name ? p->name : "", p->lr / 10);
}

static void add_commands(struct prose *p, const struct scene *s)
{
	enum { N = sizeof(commands) / sizeof(*commands) };
	struct strbuf lines[N], run = STRBUF_INIT;
	int longest = WORDS_X - INDENT - 2;
	add_run(&run, s);
	for (size_t i = 0; i < N; i++) {
		strbuf_init(&lines[i]);
		if (!suits(s, commands[i].outcomes, commands[i].has))
			continue;
		strbuf_addf(&lines[i], "%s %s%s", commands[i].command, run.buf,
			    commands[i].operands);
		if (commands[i].operands == lower_plan)
			add_lower(s->history, &lines[i]);
		int w = text_width(lines[i].buf, p->utf8);
		longest = w > longest ? w : longest;
	}
	for (size_t i = 0; i < N; i++) {
		if (lines[i].len)
			add_two(p, INDENT + longest + 2, lines[i].buf, commands[i].what);
		strbuf_release(&lines[i]);
	}
	strbuf_release(&run);
}

static void add_advice(struct prose *p, const struct scene *s)
{
	const struct history *h = s->history;
	enum outcome o = outcome_of(s);
	struct strbuf reason = STRBUF_INIT;
	size_t i = 0;
	if (o != FAILED && o != CRASHED)
		return;
	if (!h->ended)
		history_killed_words(h, &reason);
	else if (h->end.reason)
		strbuf_addstr(&reason, h->end.reason);
	while (!strstr(reason.buf, advices[i].says))
		i++;
	prose_add(p, INDENT, STYLE(INK_WARN), advices[i].advice);
	strbuf_release(&reason);
}

static void add_head(struct prose *p, const char *text, bool gaps)
{
	if (gaps)
		prose_gap(p);
	prose_add(p, 1, STYLE_BOLD(INK_TITLE), text);
}

static void write_summary(struct prose *p, const struct scene *s, bool gaps)
{
	struct strbuf where = STRBUF_INIT;
	const char *dir = s->view->run_dir ? s->view->run_dir : "";
	add_result(p, s);
	add_advice(p, s);
	add_head(p, "Done by hand", gaps);
	add_hands(p, s->history);
	strbuf_addf(&where, "Files in %s", *dir == '/' ? path_tail(dir, 2) : dir);
	if (!s->view->lone_log) {
		add_head(p, where.buf, gaps);
		add_files(p, s);
	}
	add_head(p, "Next", gaps);
	add_commands(p, s);
	strbuf_release(&where);
}

/* ---- the window ---- */

/* The text, without gaps where they would not fit; the caller releases it. Returns the window. */
static struct rect compose(const struct scene *s, const struct canvas *c, struct prose *p)
{
	struct rect r = window_rect(c, WINDOW_W, 0);
	*p = (struct prose){0};
	for (int gaps = 1; gaps >= 0; gaps--) {
		prose_release(p);
		prose_init(p, c, r.w - 4);
		write_summary(p, s, gaps);
		r = window_rect(c, WINDOW_W, (int)p->n + 2);
		if ((int)p->n <= r.h - 2)
			break;
	}
	return r;
}

int overlay_summary_most(const struct scene *s, const struct canvas *c)
{
	struct prose p;
	struct rect r = compose(s, c, &p);
	int most = prose_most(&p, r.h - 2);
	prose_release(&p);
	return most;
}

void overlay_summary(const struct scene *s, struct canvas *c)
{
	struct prose p;
	struct rect r = compose(s, c, &p);
	int most = prose_most(&p, r.h - 2),
	    top = s->view->summary_down < most ? s->view->summary_down : most;
	struct rect inner = window_draw(c, r, INK_ACCENT, " How it ended ",
					most ? " ↑ ↓ scroll, Esc closes, s opens "
					     : " Esc closes, s opens ");
	prose_draw(&p, c, inner, top);
	prose_release(&p);
}
