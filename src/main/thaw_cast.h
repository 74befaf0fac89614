/* The options of a cast, which `thaw replay --cast` and `thaw export --to cast` have in common. */
#ifndef THAW_MAIN_THAW_CAST_H
#define THAW_MAIN_THAW_CAST_H

#include "thaw_cli.h"

#include "thaw/base/strbuf.h"

/* Rows of options, and how they stand on a usage line. Also read: --ascii and --speed, where the
 * command has them. */
#define CAST_OPTIONS                                                                               \
	{"--size", "WxH", "of a cast: columns and rows (100x30)"},                                 \
	    {"--page", "PAGE", "of a cast: train, layers, classes, images, log or learn"},         \
	{                                                                                          \
		"--idle", "SECONDS",                                                               \
		    "of a cast: pauses are no longer than this (2); 0: as they are"                \
	}
#define CAST_ARGS "[--size WxH] [--page PAGE] [--idle SECONDS]"

/* Append the cast of a run. Returns STATUS_OK, else another with one line printed. */
int cast_of(struct strbuf *out, const struct cli *c, const char *run, const char *title,
	    bool alive);

#endif
