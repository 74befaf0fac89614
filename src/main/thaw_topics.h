/* Help that is not about one command. */
#ifndef THAW_MAIN_THAW_TOPICS_H
#define THAW_MAIN_THAW_TOPICS_H

#include <stdbool.h>

/* What follows `thaw help` besides the commands: the word, and the function that prints it. */
#define TOPICS(row)                                                                                \
	row("settings", settings_print)                                                            \
	row("keys", keys_print)                                                                    \
	row("browser", browser_keys_print)                                                         \
	row("comparison", compare_keys_print)                                                      \
	row("commands", commands_print)                                                            \
	row("formats", formats_print)                                                              \
	row("security", security_print)                                                            \
	row("man", man_print)                                                                      \
	row("man-experiment", man_experiment_print)                                                \
	row("man-log", man_log_print)                                                              \
	row("bash-completion", completion_bash_print)                                              \
	row("zsh-completion", completion_zsh_print)

/* Print a topic: a table in Markdown, the manual page in roff, a shell's completion. *status
 * becomes the exit status. False when there is no such topic. */
bool topic_print(const char *name, int *status);

int man_print(void);             /* thaw_man.c */
int browser_keys_print(void);    /* thaw_man_browse.c */
void man_browser(void);          /* ... its part of the manual */
int compare_keys_print(void);    /* thaw_man_browse.c */
void man_compare(void);
void man_sweeps(void);           /* thaw_man_sweep.c: its part of the manual */
void man_again(void);            /* thaw_man_again.c: a part of the manual, too */
int man_experiment_print(void);  /* thaw_man_experiment.c */
int man_log_print(void);         /* thaw_man_log.c */
int formats_print(void);         /* thaw_man_formats.c */
void man_formats(void);          /* ... its part of the manual */
int security_print(void);        /* thaw_security.c */
int completion_bash_print(void); /* thaw_completion.c */
int completion_zsh_print(void);

#endif
