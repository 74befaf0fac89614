/* What a run did, printed as an experiment. */
#ifndef THAW_MAIN_THAW_RERUN_PLAN_H
#define THAW_MAIN_THAW_RERUN_PLAN_H

struct cli;

/* Phases with epochs, rates, frozen layers and multipliers as they really were, as YAML on standard
 * output; what that cannot say stands in comments. Returns the exit status. */
int rerun_plan_print(const struct cli *c, const char *run);

#endif
