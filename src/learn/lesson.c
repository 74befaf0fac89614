#include "thaw/learn/lesson.h"

#include "thaw/learn/moments.h"
#include "thaw/base/run_files.h"

enum look { FIGURE, TEXT };

#define NEEDS(x) (1u << NEED_##x)

/* A piece is told when the run meets what it needs, lacks what it must, and knows its facts. One
 * that is told `instead` needs besides that the piece above it was not. */
struct piece {
	int section;
	enum look look;
	unsigned needs, lacks;
	bool instead;
	const char *text;
};

/* clang-format off */
static const struct piece pieces[] = {
    {STAGE_LOAD, FIGURE, 0, 0, false,
     "a picture of {input} goes in; {layers} layers hold {params} parameters"},
    {STAGE_LOAD, TEXT, NEEDS(PRETRAINED), 0, false,
     "The layers of {weights} know edges, textures and parts of things from other pictures. To "
     "learn that again from {n_train} pictures would take much longer and seldom get as far."},
    {STAGE_LOAD, TEXT, 0, NEEDS(PRETRAINED), true,
     "A pretrained network knows edges, textures and parts of things from other pictures. "
     "Without its weights all of that has to be learnt from the pictures at hand."},

    {STAGE_REPLACE, FIGURE, 0, 0, false, "{head_in} goes into the new layer, {head_out} comes out"},
    {STAGE_REPLACE, TEXT, 0, 0, false,
     "The old last layer answered for other classes. The new one has an output for each of "
     "these {classes}. Guessing would be right {guess_acc} of the time, at a loss of "
     "{guess_loss}."},
    {STAGE_REPLACE, TEXT, 0, 0, true,
     "The old last layer answered for other classes. The new one has an output for each class "
     "at hand, and knows nothing yet."},

    {STAGE_FREEZE, FIGURE, NEEDS(FROZEN), 0, false,
     "layers {frozen} stand still; {share_head} of all parameters learn"},
    {STAGE_FREEZE, TEXT, 0, 0, false,
     "The first errors of a new layer are large and say little about the layers below. Frozen "
     "layers do not listen: not a byte of them changes, and a digest in every epoch shows it."},
    {STAGE_FREEZE, TEXT, NEEDS(CACHED), 0, false,
     "What they put out for a picture stays the same and is kept. Over all epochs that spared "
     "{cache_saved} of the forward pass."},

    {STAGE_HEAD, FIGURE, NEEDS(FROZEN), 0, false,
     "rate {lr_head}; {acc_first} after the first epoch, {acc_head} at best; {head_seconds} an "
     "epoch"},
    {STAGE_HEAD, TEXT, 0, 0, false,
     "The frozen layers turn a picture into features, the new layer learns to weigh them. That "
     "goes fast, even at a high rate, and ends on a plateau: the features are what they are."},

    {STAGE_TUNE, FIGURE, 0, 0, false,
     "layers {thawed} thawed at iteration {thaw_iter}; {trainable_tune} parameters learn, "
     "{share_tune}"},
    {STAGE_TUNE, FIGURE, 0, 0, false,
     "rate {lr_tune}, {lr_ratio} times lower than the head's; {tune_seconds} an epoch"},
    {STAGE_TUNE, FIGURE, 0, 0, true, "rate {lr_tune}; {tune_seconds} an epoch"},
    {STAGE_TUNE, FIGURE, NEEDS(THAWED), 0, false,
     "{acc_before_thaw} before, {acc_after_thaw} after one epoch, {acc_tune} at best"},
    {STAGE_TUNE, TEXT, 0, 0, false,
     "Now the features themselves move towards these classes. The steps are small because the "
     "layers are good already, and the lowest ones mostly stay frozen: edges are edges "
     "everywhere."},

    {LESSON_INSIGHT, TEXT, NEEDS(GAINED), 0, false,
     "The head alone, {share_head} of the parameters at a rate of {lr_head}, came to "
     "{acc_before_thaw}. With {share_tune} of them free at {lr_tune} it became {acc_tune}: "
     "{gain}, from features that were allowed to move."},
    {LESSON_INSIGHT, TEXT, NEEDS(THAWED), NEEDS(GAINED), true,
     "The head alone came to {acc_before_thaw}; since the thaw the best is {acc_tune}, {gain}. "
     "Fine-tuning need not pay at once: the rate may not suit these layers, the epochs since "
     "may be too few, or the old features fit these classes already."},
    {LESSON_INSIGHT, TEXT, NEEDS(FROZEN), NEEDS(THAWED), true,
     "So far {share_head} of the parameters did the learning and came to {acc_head}. Where "
     "that stops rising, the old features have given what they have. What a thaw adds will "
     "stand here."},
    {LESSON_INSIGHT, TEXT, NEEDS(FROZEN), NEEDS(THAWED), true,
     "The first epochs will show how far the old features go when {share_head} of the "
     "parameters learn to weigh them."},
    {LESSON_INSIGHT, TEXT, 0, NEEDS(FROZEN), true,
     "Nothing was frozen when this run began, so all of it moves from the start. To see what a "
     "frozen base is worth, compare a run whose first phase says freeze: base."},
    {LESSON_INSIGHT, TEXT, 0, 0, false,
     "Keep what is known, replace what gives the answers, let the new part learn first, and "
     "then let the old part follow in small steps. That is all of transfer learning."},
};

/* ---- the points of the trace ---- */

enum side { ANY, BEFORE, AFTER }; /* of the first thaw; BEFORE: while a base is frozen */

/* The first that fits wins. */
static const struct {
	enum observation seen;
	enum side side;
	const char *text;
} points[] = {
    {OBS_FIRST, ANY,
     "One pass over {n_train} pictures. Guessing would be right {guess_acc} of the time; what "
     "is above that was found in the features of the layers below."},
    {OBS_CHANCE, ANY,
     "{point_acc} is no better than guessing, {guess_acc}. Either nothing is learnt yet (a "
     "rate too low), or what was learnt is gone (a rate too high)."},
    {OBS_IMPROVING, BEFORE,
     "The head finds better ways to weigh the features, which stand still. Accuracy "
     "{point_acc} on pictures it did not learn from, {point_train_acc} on those it did."},
    {OBS_IMPROVING, AFTER,
     "{point_acc}, where the head alone stood at {acc_before_thaw}. Features and head learn "
     "together now: what the head could not tell apart, the thawed layers learn to see."},
    {OBS_IMPROVING, ANY,
     "More of the validation pictures are recognised than an epoch ago, or the same ones more "
     "surely. Accuracy {point_acc} there, {point_train_acc} on the pictures learnt from."},
    {OBS_BEST, ANY,
     "Higher than ever, though by so little that it may be luck. " RUN_BEST " holds "
     "this epoch."},
    {OBS_PLATEAU, BEFORE,
     "The accuracy stays near {point_acc}: with a frozen base the head can only weigh what is "
     "there. This is the moment to thaw; n ends a phase, U thaws from the layer under the "
     "cursor up."},
    {OBS_PLATEAU, ANY,
     "The accuracy stays near {point_acc}. A lower rate may still polish it; beyond that it "
     "takes more pictures, more augmentation, or more layers that learn."},
    {OBS_OVERFITTING, ANY,
     "The training loss, {point_loss}, goes down while the validation loss, "
     "{point_valid_loss}, goes up: what is learnt now holds for the training pictures alone. "
     RUN_BEST " keeps epoch {best_epoch}."},
    {OBS_FINETUNING_STARTED, AFTER,
     "The thawed layers begin to move, and the head, fitted to them as they were, has to "
     "follow: {point_acc_was} before, {point_acc} now. A small dip here is usual; a deep one "
     "says that the rate is too high."},
    {OBS_FINETUNING_STARTED, ANY,
     "Layers that were frozen may learn now, at a rate of {point_lr}."},
    {OBS_LOSS_SPIKED_LR, ANY,
     "The steps became too long: each one lands beyond where it aimed, and the loss jumps. It "
     "often comes back by itself; if not, - halves the rate and u takes the change back."},
    {OBS_LOSS_SPIKED, ANY,
     "The loss jumped without a change of the rate: a hard batch, or layers that were about to "
     "run away. If it happens again, a lower rate is the cure."},
    {OBS_DIVERGED, ANY,
     "The numbers ran away: steps that are too long make the next gradient larger still. A "
     "lower rate, a warm-up or fewer thawed layers prevent it."},
    {OBS_RECOVERED, ANY,
     "The trouble is over, and the accuracy is {point_acc}. After a loss that is not finite "
     "thaw puts the last good weights back and goes on at half the rate."},
    {OBS_WORSE, BEFORE,
     "{point_acc_was} became {point_acc}. With a rate of {point_lr} the head still swings; one "
     "epoch says little, several on end say that the rate is too high."},
    {OBS_WORSE, AFTER,
     "{point_acc_was} became {point_acc}. Layers that were thawed take some epochs to settle. If "
     "it does not turn, the rate of {lr_tune} is too high for them; - halves it."},
    {OBS_WORSE, ANY,
     "{point_acc_was} became {point_acc}. On {n_valid} pictures a little up and down is noise; "
     "several worse epochs on end are not."},
    {OBS_NONE, ANY, "Too little changed to read anything into it."},
};

static const char *const markers[MARK_N] = {
    [MARK_FREEZE] = "Frozen layers keep their bytes from here on, and their outputs can be kept.",
    [MARK_UNFREEZE] = "Thawed layers learn from here on, and what was kept of them is void.",
    [MARK_LR_UP] = "A higher rate means longer steps: faster, and closer to running away.",
    [MARK_LR_DOWN] =
     "A lower rate means shorter steps: the loss calms down, often on a lower level.",
    [MARK_SCALE] =
     "A layer's own factor makes its steps longer or shorter than those of the others.",
    [MARK_NONFINITE] = "Good weights were put back and the rate was lowered.",
    [MARK_BACK] = "The run went back to an earlier point: what came after it is forgotten.",
    [MARK_RULE] = "Rules of the experiment say when enough has been learnt; u or keep-going overrules.",
};
/* clang-format on */

void lesson_tell(const struct facts *f, int section, lesson_fn *tell, void *arg)
{
	bool told = false;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		const struct piece *p = &pieces[i];
		struct strbuf text = STRBUF_INIT;
		if (p->section != section || (p->instead && told))
			continue;
		told = facts_meet(f, p->needs) && (!p->lacks || !facts_meet(f, p->lacks)) &&
		       facts_fill(f, p->text, &text);
		if (told)
			tell(arg, p->look == FIGURE, text.buf);
		strbuf_release(&text);
	}
}

static bool on_side(const struct facts *f, enum side side)
{
	const struct history_epoch *last = moments_before(f->history);
	bool after = moments_thaw(f->history) && (!last || f->point > last);
	return side == ANY || (side == AFTER ? after : !after && facts_meet(f, NEEDS(FROZEN)));
}

void lesson_point(const struct facts *f, struct strbuf *out)
{
	for (size_t i = 0; f->point && i < sizeof(points) / sizeof(*points); i++)
		if (points[i].seen == f->point->observation && on_side(f, points[i].side) &&
		    facts_fill(f, points[i].text, out))
			return;
}

const char *lesson_marker(enum marker_kind kind)
{
	return markers[kind];
}

bool lesson_near(const struct history_marker *m, const struct history_epoch *before,
		 const struct history_epoch *e)
{
	int64_t from = before ? before->iter : -1;
	if (m->kind ==
	    MARK_NONFINITE) /* met in that iteration; all else acts from the next one on */
		return m->iter > from && m->iter <= e->iter;
	return m->iter >= from && m->iter < e->iter;
}
