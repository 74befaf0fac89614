/* The words of the enums in an experiment file, in the enums' order, NULL-terminated. */
#ifndef THAW_CONFIG_NAMES_H
#define THAW_CONFIG_NAMES_H

extern const char *const schedule_names[];
extern const char *const optimizer_names[];
extern const char *const batchnorm_names[];
extern const char *const head_init_names[];
extern const char *const precision_names[];
extern const char *const on_accident_names[];
extern const char *const stop_ends_names[];
extern const char *const resize_names[];

#endif
