#include "thaw/draw/knobs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const struct knob knob_table[KNOB_N] = {
	[KNOB_FOREIGN]   = {"foreign",   0.08, 1,
		"share of pictures whose flowers have the colours of another kind"},
	[KNOB_MIXED]     = {"mixed",     0.08, 1,
		"share of pictures whose flowers differ in colour"},
	[KNOB_CLUTTER]   = {"clutter",   0.10, 1,
		"how much grass and how many leaves surround them"},
	[KNOB_OCCLUSION] = {"occlusion", 0.03, 1,
		"share of pictures with something in front of the flower"},
	[KNOB_CUT]       = {"cut",       0.04, 1,
		"share of pictures whose flower is cut by the border"},
	[KNOB_STRANGER]  = {"stranger",  0.04, 1,
		"share of pictures with another kind further back"},
	[KNOB_HARD]      = {"hard",      0.03, 1,
		"share of hard cases: blurred, tiny, dark, glaring, from behind a leaf"},
	[KNOB_TILT]      = {"tilt",      0.55, 2,
		"how far flowers turn away from the viewer"},
	[KNOB_SMALL]     = {"small",     0.02, 1,
		"share of pictures with many small flowers"},
	[KNOB_NOISE]     = {"noise",     0.70, 4,
		"strength of noise, blur and JPEG artefacts"},
};
/* clang-format on */

struct knobs knobs_default(void)
{
	struct knobs k;
	for (int i = 0; i < KNOB_N; i++)
		k.v[i] = knob_table[i].value;
	return k;
}

enum err knobs_set(struct knobs *k, const char *text, struct errinfo *e)
{
	size_t len = strcspn(text, "=");
	for (int i = 0; i < KNOB_N; i++) {
		const struct knob *row = &knob_table[i];
		if (strlen(row->name) != len || strncmp(row->name, text, len) != 0)
			continue;
		char *end = NULL;
		double v = text[len] ? strtod(text + len + 1, &end) : NAN;
		if (!end || end == text + len + 1 || *end || !(v >= 0 && v <= row->max))
			return err_set(e, ERR_VALUE, "%s wants a number from 0 to %g: %s=%g",
				       row->name, row->max, row->name, row->value);
		k->v[i] = v;
		return ERR_OK;
	}
	return err_set(e, ERR_VALUE, "no knob is called '%.*s'; --help lists them", (int)len, text);
}
