/* What a run was set to, flat: "phases.tune.lr" -> "0.001"; and where several runs differ.
 *
 * Keys are those of an experiment file, phases by name. They come from the run's resolved experiment
 * where there is one (whoever can read it puts it in), and from its log, which tells less.
 */
#ifndef THAW_REPORT_SETTINGS_H
#define THAW_REPORT_SETTINGS_H

#include "thaw/base/log_filter.h"
#include "thaw/history/history.h"

#include <stdbool.h>
#include <stddef.h>

struct run_settings {
	struct run_setting {
		char *key, *value; /* owned */
	} * at;                    /* [n] */
	size_t n, cap;
	bool whole; /* from the resolved experiment: what is not here the run has not */
};

/* Copies both. A key that is there already keeps its value. */
void run_settings_add(struct run_settings *s, const char *key, const char *value);
const char *run_settings_get(const struct run_settings *s, const char *key); /* NULL: none */
void run_settings_release(struct run_settings *s);

/* Those that were given (NULL: none), and what the log tells besides. Owns: release *out. */
void run_settings_merge(struct run_settings *out, const struct run_settings *given,
			const struct history *h);

/* Whether a pattern is found in the run's name, or in "key=value" of a setting, which goes to *match then
 * (NULL: not a setting); the caller frees it. */
bool run_settings_match(const struct run_settings *s, const char *name, const struct log_filter *f,
			char **match);

struct setting_row {
	const char *key;
	const char **values; /* [n_runs] NULL: that run has no such setting, or does not tell */
	bool differs;
};

struct setting_rows {           /* texts are borrowed from the runs' settings */
	struct setting_row *at; /* [n] in the order of the first run, then of the next */
	size_t n, cap;
};

/* A setting differs when two runs have other values (numbers by what they are worth: 1e-3 is 0.001),
 * or when one has it and another, whose settings are whole, has not.
 * Shape: runs[n_runs] */
void setting_rows_make(struct setting_rows *out, const struct run_settings *const *runs,
		       size_t n_runs);
void setting_rows_release(struct setting_rows *r);

#endif
