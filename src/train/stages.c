#include "stages.h"
#include "head_init.h"
#include "phases.h"
#include "resume.h"
#include "session.h"
#include "thaw/base/file.h"
#include "thaw/base/words.h"

/* The words of a stage start with what matters most: a narrow screen shows some 17 characters of
 * them. */

static void tell(struct session *s, enum stage stage, enum stage_state state,
		 const struct strbuf *in, const struct strbuf *out)
{
	emit_stage(s->emit, stage, state, in->buf, out->buf,
		   stage == STAGE_LOAD ? &s->p->audit : NULL);
}

/* What the weights were trained for: their last layer may have another size than the cfg's. */
static int classes_before(const struct preflight *p)
{
	return p->audit.other_head ? p->audit.other_head : p->head.classes_before;
}

static void tell_load(struct session *s)
{
	const struct preflight *p = s->p;
	struct strbuf in = STRBUF_INIT, out = STRBUF_INIT;
	if (*p->x->network.weights)
		strbuf_addf(&in, "%s, %s", path_base(p->x->network.weights),
			    words_bytes((double)p->audit.bytes_found));
	else
		strbuf_addstr(&in, "from scratch: no weights");
	tell(s, STAGE_LOAD, STAGE_STARTED, &in, &out);
	strbuf_addf(&out, "%s, %d of %s with weights loaded",
		    words_n(classes_before(p), "class"), p->audit.n_loaded,
		    words_n(p->audit.n_loaded + p->audit.n_initialised, "layer"));
	if (*p->x->network.weights && p->audit.n_initialised > 1)
		strbuf_addf(&out, ", %d below the head start from scratch",
			    p->audit.n_initialised - 1);
	tell(s, STAGE_LOAD, STAGE_DONE, &in, &out);
	strbuf_release(&in);
	strbuf_release(&out);
}

static enum err tell_replace(struct session *s, struct errinfo *e)
{
	const struct head_report *h = &s->p->head;
	struct strbuf in = STRBUF_INIT, out = STRBUF_INIT;
	struct layer_info info;
	strbuf_addf(&in, "%s, layer %d", words_n(classes_before(s->p), "class"),
		    h->head_before);
	tell(s, STAGE_REPLACE, STAGE_STARTED, &in, &out);
	net_layer(s->p->net, net_head(s->p->net), &info);
	strbuf_addf(&out, "%s, layer %d, %s, ", words_n(net_classes(s->p->net), "class"),
		    info.index, words_n((int64_t)info.n_params, "parameter"));
	enum err r = head_init(s, &out, e);
	if (!r)
		tell(s, STAGE_REPLACE, STAGE_DONE, &in, &out);
	strbuf_release(&in);
	strbuf_release(&out);
	return r;
}

static void tell_freeze(struct session *s)
{
	const struct layerset *frozen = &s->p->frozen[0];
	int64_t all = phases_params(s->p->net), learn = phases_trainable(s->p->net, frozen);
	struct strbuf in = STRBUF_INIT, out = STRBUF_INIT;
	strbuf_addf(&in, "%s", words_n(all, "parameter"));
	if (layerset_count(frozen)) {
		tell(s, STAGE_FREEZE, STAGE_STARTED, &in, &out);
		layerset_format(frozen, &out);
		strbuf_addf(&out, " frozen, %s %s", words_n(learn, "parameter"),
			    learn == 1 ? "learns" : "learn");
		tell(s, STAGE_FREEZE, STAGE_DONE, &in, &out);
	} else {
		strbuf_addstr(&out, "nothing is frozen in the first phase");
		tell(s, STAGE_FREEZE, STAGE_SKIPPED, &in, &out);
	}
	strbuf_release(&in);
	strbuf_release(&out);
}

enum err stages_prepare(struct session *s, struct errinfo *e)
{
	tell_load(s);
	emit_layers(s->emit, s->p);
	enum err r = tell_replace(s, e);
	if (r)
		return r;
	tell_freeze(s);
	r = probe_set_open(s, e);
	if (!r)
		probe_set_emit(s, 0);
	return r;
}

static enum stage stage_of(const struct session *s, size_t phase)
{
	return phases_tunes(s->p->net, &s->p->frozen[phase]) ? STAGE_TUNE : STAGE_HEAD;
}

/* Of a phase in which layers thaw: as they are frozen now. */
static enum stage stage_now(const struct session *s)
{
	bool tunes = phases_tunes(s->p->net, net_frozen(s->p->net));
	return session_phase(s)->thaw_every && tunes ? STAGE_TUNE : stage_of(s, s->at.phase);
}

static void tell_started(struct session *s, enum stage stage, const struct layerset *frozen)
{
	const struct phase_config *p = session_phase(s);
	struct strbuf in = STRBUF_INIT, out = STRBUF_INIT;
	strbuf_addf(&in, "%s, lr %g, %s learn", words_n(p->epochs, "epoch"), p->lr,
		    words_n(phases_trainable(s->p->net, frozen), "parameter"));
	tell(s, stage, STAGE_STARTED, &in, &out);
	strbuf_release(&in);
	strbuf_release(&out);
}

enum err stages_rejoin(struct session *s, enum stage *stage, struct errinfo *e)
{
	const struct history *log = &s->resume->log;
	*stage = stage_now(s);
	bool again = log->ended || s->resume->goes_back; /* it had finished, or goes back */
	if (again && log->stages[*stage].state == STAGE_DONE)
		tell_started(s, *stage, net_frozen(s->p->net));
	return probe_set_open(s, e);
}

void stages_back(struct session *s, enum stage *stage)
{
	enum stage now = stage_now(s);
	if (now != *stage)
		tell_started(s, now, net_frozen(s->p->net));
	*stage = now;
}

static void tell_result(struct session *s, enum stage stage)
{
	struct strbuf in = STRBUF_INIT, out = STRBUF_INIT;
	struct event_score score = metrics_score(&s->valid_metrics);
	if (s->valid_metrics.n)
		strbuf_addf(&out, "%.1f %% valid, loss %.3f", score.acc.value * 100,
			    score.loss.value);
	tell(s, stage, STAGE_DONE, &in, &out);
	strbuf_release(&in);
	strbuf_release(&out);
}

static void tell_skipped(struct session *s, enum stage stage)
{
	emit_stage(s->emit, stage, STAGE_SKIPPED, "", "not in this plan", NULL);
}

void stages_enter(struct session *s, enum stage *stage)
{
	enum stage now = stage_of(s, s->at.phase);
	if (now == *stage)
		return;
	if (*stage != STAGE_FREEZE)
		tell_result(s, *stage);
	else if (now == STAGE_TUNE)
		tell_skipped(s, STAGE_HEAD);
	*stage = now;
	tell_started(s, now, &s->p->frozen[s->at.phase]);
}

void stages_thawed(struct session *s, enum stage *stage)
{
	if (*stage != STAGE_HEAD || stage_now(s) != STAGE_TUNE)
		return;
	tell_result(s, *stage);
	*stage = STAGE_TUNE;
	tell_started(s, *stage, net_frozen(s->p->net));
}

void stages_leave(struct session *s, enum stage stage)
{
	tell_result(s, stage);
	for (size_t i = 0; i < s->p->x->n_phases; i++)
		if (stage == STAGE_TUNE || phases_tunes(s->p->net, &s->p->thawed[i]))
			return;
	tell_skipped(s, STAGE_TUNE);
}
