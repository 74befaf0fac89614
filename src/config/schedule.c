#include "thaw/config/experiment.h"

#include <math.h>

int phase_schedule_epochs(const struct phase_config *p)
{
	return p->schedule_epochs ? p->schedule_epochs : p->schedule_from + p->epochs;
}

/* Each gives the share of the base learning rate at `at` epochs into the schedule. */

static double constant(const struct phase_config *p, double at)
{
	(void)p;
	(void)at;
	return 1;
}

static double cosine(const struct phase_config *p, double at)
{
	double wave = 0.5 * (1 + cos(3.141592653589793 * at / phase_schedule_epochs(p)));
	return p->lr_end + (1 - p->lr_end) * wave;
}

static double step(const struct phase_config *p, double at)
{
	return p->step_epochs > 0 ? pow(p->step_scale, floor(at / p->step_epochs)) : 1;
}

static double poly(const struct phase_config *p, double at)
{
	return pow(1 - at / p->epochs, p->power);
}

static double (*const schedules[SCHEDULE_N])(const struct phase_config *, double) = {
    [SCHEDULE_CONSTANT] = constant,
    [SCHEDULE_COSINE] = cosine,
    [SCHEDULE_STEP] = step,
    [SCHEDULE_POLY] = poly,
};

double phase_lr(const struct phase_config *p, double base_lr, double progress)
{
	double at = fmax(0, fmin(progress, phase_schedule_epochs(p)));
	if (at < p->warmup)
		return base_lr * schedules[p->schedule](p, fmin(p->warmup, phase_schedule_epochs(p))) * at /
		       p->warmup;
	return base_lr * schedules[p->schedule](p, at);
}
