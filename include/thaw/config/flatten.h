/* A YAML document as flat lines: "phases.tune.lr" -> "0.001". For showing what a file says, whatever it
 * is; nothing is checked but that it is YAML.
 */
#ifndef THAW_CONFIG_FLATTEN_H
#define THAW_CONFIG_FLATTEN_H

#include "thaw/base/err.h"

#include <stddef.h>

typedef void flatten_fn(void *arg, const char *key, const char *value); /* borrowed for the call */

/* Call `take` for every value, in the order of the file. An item of a list that has a `name` is called by
 * it (by name#N where it is the N-th item and has the name of one before), others by their number, from 0;
 * a list of plain values is one value, "a, b".
 * Errors: ERR_FORMAT, ERR_VALUE with "FILE:LINE:COLUMN: " in front */
enum err yaml_flatten(const char *file, const char *data, size_t len, flatten_fn *take, void *arg,
		      struct errinfo *e);

/* The same of an experiment: and then what it does not say, as every setting's default. */
enum err experiment_flatten(const char *file, const char *data, size_t len, flatten_fn *take,
			    void *arg, struct errinfo *e);

#endif
