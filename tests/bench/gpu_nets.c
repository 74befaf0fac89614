/* Whole training steps and evaluation on the card.
 *
 * From the same first weights thaw and each of PyTorch's ways train CHECKED steps and evaluate; the
 * losses, and how far they have moved, are compared within what the coarser of the two precisions
 * allows (the table of tolerances). A way that is off, or cannot run, is told of and takes no part; the fastest of the others
 * is measured in turn with thaw and the plain way.
 *
 * Pictures lie on the card for PyTorch; thaw's come from place_pictures().
 */
#include "gpu.h"

#include "rig.h"
#include "torch.h"

#include "thaw/base/alloc.h"
#include "thaw/engine/pictures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct workload nets[] = {
    {"tiny", "/usr/share/darknet/cfg/tiny.cfg", 16, 0, false},
    {"tiny", "/usr/share/darknet/cfg/tiny.cfg", 64, 0, false},
    {"tiny", "/usr/share/darknet/cfg/tiny.cfg", 256, 0, false},
    {"darknet19", "/usr/share/darknet/cfg/darknet19.cfg", 16, 0, false},
    {"darknet19", "/usr/share/darknet/cfg/darknet19.cfg", 128, 0, false},
    {"resnet18", "/usr/share/darknet/cfg/resnet18.cfg", 64, 0, false},
};

const struct gpu_way gpu_ways[GPU_WAYS] = {
    [GPU_EAGER] = {"eager", PRECISION_FP32}, {"tf32", PRECISION_TF32},
    {"tf32-graph", PRECISION_TF32},          {"bf16", PRECISION_BF16},
    {"bf16-graph", PRECISION_BF16},
};

enum { CHECKED = 20, PROBED = 10, MOST_CALLS = 2000 };
enum { THAW, EAGER, FASTEST, SIDES };

static const double REPETITION_S = .3;

/* Shares by which may differ: the first loss and the mean one; how far that has moved from the
 * first; the loss evaluated after them, of the first; evaluated scores, of the largest. Rounding
 * grows from step to step through batch-norm: between fp32 and bf16 Darknet19's evaluated loss
 * differs by .024, its scores by .07. */
static const struct tolerance {
	double loss, moved, evaluated, scores;
} tolerances[PRECISION_N] = {
    [PRECISION_FP32] = {.01, .02, .02, .001},
    [PRECISION_TF32] = {.01, .03, .03, .02},
    [PRECISION_BF16] = {.02, .06, .06, .1},
};

struct course {
	double first, mean, evaluated; /* losses */
};

struct match {
	struct bench *b;
	struct rig r;
	struct course ours;
	bool evaluate;    /* what is measured; else it trains */
	int fastest;      /* of gpu_ways; -1: none */
	int calls[SIDES]; /* of one repetition */
};

/* On the card, as PyTorch's are. */
static void place_pictures(struct rig *r)
{
	struct pictures *store = pictures_new(1, r->w, r->h, r->batch);
	bool *none = xcalloc((size_t)r->batch, sizeof(*none));
	struct picture_views v = {.n = r->batch, .blank = none, .stored = none, .x = r->x};
	r->pictures = store;
	r->fed = store ? pictures_render(store, &v) : r->x;
	free(none);
}

static struct course our_course(struct rig *r)
{
	struct course c = {0};
	rig_restart(r, BATCHNORM_TRAIN);
	for (int i = 0; i < CHECKED; i++) {
		double loss = rig_our_loss(r);
		c.first = i ? c.first : loss;
		c.mean += loss / CHECKED;
	}
	c.evaluated = rig_our_evaluation(r);
	return c;
}

/* False: *why says what PyTorch said. */
static bool torch_course(struct rig *r, const char *way, struct course *c, const char **why)
{
	double seconds, loss;
	*c = (struct course){0};
	if (!torch_try(r->torch, why, "begin train %g %s", rig_rate(r), way))
		return false;
	for (int i = 0; i < CHECKED; i++) {
		if (!torch_try(r->torch, why, "step") ||
		    sscanf(*why, "%lf %lf", &seconds, &loss) != 2)
			return false;
		c->first = i ? c->first : loss;
		c->mean += loss / CHECKED;
	}
	if (!torch_try(r->torch, why, "loss"))
		return false;
	c->evaluated = atof(*why);
	return true;
}

static bool near(double a, double b, double share)
{
	return fabs(a - b) <= share * fabs(a);
}

static bool same_course(const struct course *a, const struct course *b, struct tolerance t)
{
	return near(a->first, b->first, t.loss) && near(a->mean, b->mean, t.loss) &&
	       near(a->mean - a->first, b->mean - b->first, t.moved) &&
	       fabs(a->evaluated - b->evaluated) <= t.evaluated * a->first;
}

static struct tolerance tolerance_of(const struct match *m, int way)
{
	int coarser = gpu_ways[way].precision;
	return tolerances[coarser > m->b->precision ? coarser : m->b->precision];
}

/* Whether this way can train and does what thaw does. */
static bool trains_alike(struct match *m, int way)
{
	const char *name = gpu_ways[way].name, *why;
	struct course theirs;
	if (!torch_course(&m->r, name, &theirs, &why)) {
		printf("  (PyTorch, %s: %s)\n", name, why);
		return false;
	}
	if (same_course(&m->ours, &theirs, tolerance_of(m, way)))
		return true;
	fail(m->b,
	     "%s, batch %d: PyTorch's first loss (%s) is %g, its mean over %d steps %g, evaluated "
	     "%g; thaw's %g, %g, %g: not the same work",
	     m->r.load->name, m->r.batch, name, theirs.first, CHECKED, theirs.mean,
	     theirs.evaluated, m->ours.first, m->ours.mean, m->ours.evaluated);
	return false;
}

/* Whether this way can evaluate and comes to what the plain one does. */
static bool evaluates_alike(struct match *m, int way)
{
	const char *name = gpu_ways[way].name, *text;
	if (!torch_try(m->r.torch, &text, "forward %s", name)) {
		printf("  (PyTorch, %s: %s)\n", name, text);
		return false;
	}
	double off = atof(text), most = tolerances[gpu_ways[way].precision].scores;
	if (off <= most)
		return true;
	fail(m->b, "%s, batch %d: PyTorch's scores (%s) are off by %g: more than %g",
	     m->r.load->name, m->r.batch, name, off, most);
	return false;
}

/* ---- what is measured ---- */

static double our_calls(struct match *m, int n)
{
	double seconds = 0;
	for (int i = 0; i < n; i++)
		seconds += m->evaluate ? rig_our_forward(&m->r) : rig_our_step(&m->r);
	return seconds;
}

static double torch_calls(struct match *m, int way, int n)
{
	torch_ask(m->r.torch, "use %s", gpu_ways[way].name);
	return atof(torch_ask(m->r.torch, m->evaluate ? "forwards %d" : "steps %d", n));
}

static double our_turn(void *match)
{
	struct match *m = match;
	return our_calls(m, m->calls[THAW]) / m->calls[THAW];
}

static double eager_turn(void *match)
{
	struct match *m = match;
	return torch_calls(m, GPU_EAGER, m->calls[EAGER]) / m->calls[EAGER];
}

static double fastest_turn(void *match)
{
	struct match *m = match;
	return torch_calls(m, m->fastest, m->calls[FASTEST]) / m->calls[FASTEST];
}

/* So many calls of these seconds that a repetition is long enough. */
static int calls_of(double seconds)
{
	double n = ceil(REPETITION_S / seconds);
	return n < 1 ? 1 : n > MOST_CALLS ? MOST_CALLS : (int)n;
}

/* Seconds of a call once it runs smoothly, from as few as will do. */
static double probe(struct match *m, int way)
{
	double one = way < 0 ? our_calls(m, 1) : torch_calls(m, way, 1);
	int n = one * PROBED > REPETITION_S ? 1 : PROBED;
	return (way < 0 ? our_calls(m, n) : torch_calls(m, way, n)) / n;
}

/* Which ways do the work, and how fast: sets calls of EAGER and FASTEST (0: not there). */
static void look_at_ways(struct match *m)
{
	double best = INFINITY;
	m->fastest = -1;
	m->calls[EAGER] = m->calls[FASTEST] = 0;
	for (int way = 0; way < GPU_WAYS && m->r.torch; way++) {
		if (!(m->evaluate ? evaluates_alike(m, way) : trains_alike(m, way)))
			continue;
		double seconds = probe(m, way);
		if (way == GPU_EAGER)
			m->calls[EAGER] = calls_of(seconds);
		if (seconds < best)
			best = seconds, m->fastest = way, m->calls[FASTEST] = calls_of(seconds);
	}
}

static void compare(struct match *m, bool evaluate)
{
	static const struct turn all[SIDES] = {{"thaw", our_turn, false},
					       {"eager", eager_turn, true},
					       {"fastest", fastest_turn, true}};
	struct turn turns[SIDES];
	double seconds[SIDES], values[SIDES] = {0};
	int side[SIDES], n = 0;
	m->evaluate = evaluate;
	look_at_ways(m);
	rig_freeze(&m->r, evaluate ? "all" : "none");
	m->calls[THAW] = calls_of(probe(m, -1));
	for (int k = 0; k < SIDES; k++)
		if (m->calls[k])
			turns[n] = all[k], side[n++] = k;
	take_turns(turns, n, m->b->runs, m, seconds);
	for (int k = 0; k < n; k++)
		values[side[k]] = m->r.batch / seconds[k];
	char *name = xasprintf("%s %dx%d, batch %d: %s", m->r.load->name, m->r.w, m->r.h,
			       m->r.batch, evaluate ? "evaluation" : "training step");
	gpu_report(name, "images/s", false, m->b->runs, values,
		   m->fastest < 0 ? "" : gpu_ways[m->fastest].name);
	free(name);
}

void gpu_nets(struct bench *b)
{
	for (size_t i = 0; i < sizeof(nets) / sizeof(*nets); i++) {
		struct match m = {.b = b};
		if (nets[i].batch > b->most_batch)
			continue;
		rig_open(&m.r, b, &nets[i], PEER_NONE);
		place_pictures(&m.r);
		m.ours = our_course(&m.r);
		if (b->torch)
			rig_open_torch(&m.r, b);
		compare(&m, false);
		compare(&m, true);
		rig_close(&m.r);
	}
}
