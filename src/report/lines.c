#include "thaw/report/lines.h"

#include "thaw/base/say.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/words.h"

static void print_line(FILE *out, struct strbuf *line)
{
	say(out, "%s", line->buf);
	strbuf_release(line);
}

static void run_line(const struct history *h, struct strbuf *line)
{
	const struct event_run *r = &h->run;
	if (r->format)
		strbuf_addf(line, "run %s: log of %s", r->name, r->program);
	else
		strbuf_addf(line, "run %s: %s", r->name, words_n((int64_t)r->n_classes, "class"));
	if (r->n_train > 0)
		strbuf_addf(line, ", %s training and %s validation images",
			    words_count(r->n_train), words_count(r->n_valid));
	if (r->n_bad)
		strbuf_addf(line, " (%lld left out)", (long long)r->n_bad);
	if (r->input_w > 0)
		strbuf_addf(line, ", %lldx%lld", (long long)r->input_w, (long long)r->input_h);
	if (r->batch > 0)
		strbuf_addf(line, ", batch %lld", (long long)r->batch);
	if (r->epochs > 0)
		strbuf_addf(line, ", %s", words_n(r->epochs, "epoch"));
	size_t before = line->len;
	strbuf_addstr(line, ", ");
	if (!history_learning_words(h, 0, line))
		strbuf_remove(line, before, line->len - before);
	if (r->threads > 0) /* what trains tells where and with which seed */
		strbuf_addf(line, ", seed %lld, %s, %s", (long long)r->seed, r->device,
			    words_n(r->threads, "thread"));
}

static const char *percent(double v)
{
	char *out = words_buffer();
	snprintf(out, WORDS_SIZE, "%s %%", words_percent(v));
	return out;
}

/* Of two classes the top 2 are all. */
static void score(struct strbuf *line, const char *name, const struct event_score *s,
		  size_t n_classes)
{
	struct opt_double top2 = {s->top2.value, s->top2.valid && n_classes > 2};
	const struct {
		const char *name;
		struct opt_double value;
		const char *(*words)(double);
	} figures[] = {{"loss", s->loss, words_loss},
		       {"acc", s->acc, percent},
		       {"top-2", top2, percent}};
	size_t start = line->len;
	for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++)
		if (figures[i].value.valid)
			strbuf_addf(line, "%s %s %s", line->len > start ? "" : name,
				    figures[i].name, figures[i].words(figures[i].value.value));
}

/* What to do about it is said once, not every epoch that it holds. */
static void add_observation(const struct history *h, struct strbuf *line)
{
	const struct history_epoch *e = &h->epochs[h->n_epochs - 1],
				   *before = h->n_epochs > 1 ? e - 1 : NULL;
	struct strbuf words = STRBUF_INIT;
	epoch_words(e, before && before->observation == e->observation, &words);
	if (words.len)
		strbuf_addf(line, "; %s", words.buf);
	strbuf_release(&words);
}

static void epoch_line(const struct history *h, struct strbuf *line)
{
	const struct history_epoch *e = &h->epochs[h->n_epochs - 1];
	strbuf_addf(line, "%s %lld", history_unit(h), (long long)e->epoch);
	if (h->run.epochs > 0)
		strbuf_addf(line, "/%lld", (long long)h->run.epochs);
	if (*e->phase)
		strbuf_addf(line, " %s", e->phase);
	score(line, ", training", &e->train, h->run.n_classes);
	score(line, ", validation", &e->valid, h->run.n_classes);
	if (e->lr.valid)
		strbuf_addf(line, ", lr %s", words_rate(e->lr.value));
	struct opt_double took = history_epoch_seconds(e);
	if (took.valid)
		strbuf_addf(line, ", %s", words_duration(took.value));
	add_observation(h, line);
	size_t changed = history_digests_changed(h);
	if (changed)
		strbuf_addf(line, "; WARNING: %zu frozen %s changed", changed,
			    words_plural((int64_t)changed, "layer"));
}

static void end_line(const struct history *h, struct strbuf *line)
{
	const struct event_end *end = &h->end;
	history_end_words(h, line);
	strbuf_addf(line, ": %s, %s", words_n(end->epochs, "epoch"),
		    words_n(end->iters, "iteration"));
	if (end->seconds.valid)
		strbuf_addf(line, ", %s", words_duration(end->seconds.value));
	const struct history_best best = history_best(h);
	struct strbuf words = STRBUF_INIT;
	bool other = history_metric(h).kind != METRIC_ACCURACY;
	if (best.epoch)
		strbuf_addf(line, ", best validation %s%s in epoch %lld", other ? "" : "acc ",
			    history_best_words(h, &words), (long long)best.epoch);
	strbuf_release(&words);
}

/* Markers tell their iteration, but for phases, which are not an intervention. */
static void marker_line(const struct history_marker *m, struct strbuf *line)
{
	if (m->kind != MARK_PHASE && m->kind != MARK_PAUSE)
		strbuf_addf(line, "iteration %lld: ", (long long)m->iter);
	strbuf_addstr(line, m->text);
}

static bool is_alarm(int64_t level)
{
	return level == NOTE_WARN || level == NOTE_ERROR;
}

static void note_line(const struct history_note *n, struct strbuf *line)
{
	if (is_alarm(n->level))
		strbuf_addf(line, "%s: ", n->level == NOTE_WARN ? "warning" : "error");
	if (n->kind == NOTE_RESUMED)
		strbuf_addf(line, "-- %s, %s --", n->text, words_moment(n->unix_ms));
	else
		strbuf_addstr(line, n->text);
}

/* Every file: where lines go by, none of them can be folded. */
static void saved_line(const struct event_checkpoint *c, struct strbuf *line)
{
	strbuf_addf(line, "best saved: %s, epoch %lld, %s", c->path ? c->path : "",
		    (long long)c->epoch, words_bytes((double)c->bytes));
}

/* What a run asks that has paused after accidents. */
static void control_line(const struct history *h, struct strbuf *line)
{
	const char *run = h->run.name && *h->run.name ? h->run.name : "RUN";
	strbuf_addf(line, "%s; decide: `thaw ctl %s", h->trouble.why, run);
	if (*h->trouble.undo)
		strbuf_addf(line, " undo` (%s), `", h->trouble.undo);
	else
		strbuf_addch(line, ' ');
	strbuf_addstr(line, "back` (to the best epoch), `lr x0.1`, `unpause` or `stop`");
	if (h->trouble.wait.valid)
		strbuf_addf(line, "; unwatched it ends after %s",
			    words_duration(h->trouble.wait.value));
}

/* Events whose notes are worth a line: not what trainers tell themselves, nor what has a line of its
 * own. */
static bool is_told(const struct event *ev)
{
	switch ((int)ev->type) {
	case EV_CHECKPOINT:
	case EV_EPOCH:
	case EV_END:
		return false;
	case EV_NOTE:
		return is_alarm(ev->note.level);
	default:
		return true;
	}
}

/* Index of the first note that came with the last event. */
static size_t first_note(const struct history *h)
{
	size_t i = h->n_notes;
	while (i > 0 && h->notes[i - 1].seq == h->seq)
		i--;
	return i;
}

enum { BUSY_LONG_MS = 5000, BUSY_AGAIN_MS = 15000 };

/* What lasts is told, seldom: "validating: 40 %, ~30s left". */
static void busy_line(struct lines *l, const struct history *h, struct strbuf *line)
{
	const struct history_busy *b = &h->busy;
	int64_t last = l->busy_ms > b->since_ms ? l->busy_ms + BUSY_AGAIN_MS
						: b->since_ms + BUSY_LONG_MS,
		left;
	if (!b->on || !b->done || h->t_ms < last)
		return;
	l->busy_ms = h->t_ms;
	strbuf_addf(line, "%s: %lld of %lld", progress_title(b->what), (long long)b->done,
		    (long long)b->total);
	if (history_busy_left_ms(h, &left))
		strbuf_addf(line, ", ~%s left", words_duration((double)left / 1000));
}

static bool went_back(const struct event *ev)
{
	return ev->type == EV_CONTROL && ev->control.what == CONTROL_BACK;
}

void lines_print(struct lines *l, const struct history *h, const struct event *ev, FILE *out)
{
	struct strbuf line = STRBUF_INIT;
	if (l->n_markers > h->n_markers) /* a resumed run: what was after its checkpoint is void */
		l->n_markers = h->n_markers;
	if (went_back(ev) && l->n_markers == h->n_markers && h->n_markers)
		l->n_markers--; /* that it did is told by the last of those left */
	for (; l->n_markers < h->n_markers; l->n_markers++) {
		marker_line(&h->markers[l->n_markers], &line);
		print_line(out, &line);
	}
	if (ev->seq != h->seq) /* it did not count */
		return;
	for (size_t i = first_note(h); i < h->n_notes && is_told(ev); i++) {
		if (h->notes[i].kind == NOTE_DEVICE) /* the run's line says it */
			continue;
		note_line(&h->notes[i], &line);
		print_line(out, &line);
	}
	if (ev->type == EV_PROGRESS)
		busy_line(l, h, &line);
	if (line.len)
		print_line(out, &line);
	static void (*const others[EV_N])(const struct history *, struct strbuf *) = {
	    [EV_RUN] = run_line,
	    [EV_EPOCH] = epoch_line,
	    [EV_END] = end_line,
	    [EV_CONTROL] = control_line,
	};
	if (ev->type == EV_CHECKPOINT && ev->checkpoint.kind == CHECKPOINT_BEST)
		saved_line(&ev->checkpoint, &line);
	else if (others[ev->type] && (ev->type != EV_EPOCH || h->n_epochs) &&
		 (ev->type != EV_CONTROL || h->trouble.seq == ev->seq))
		others[ev->type](h, &line);
	if (line.len)
		print_line(out, &line);
}
