/* A stand-in for ssh: the test program itself, which THAW_SSH names. It runs the command on this
 * machine and does to the bytes on their way what a plan says.
 */
#ifndef TESTS_FAKE_SSH_H
#define TESTS_FAKE_SSH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* First thing in main(): is this program called as ssh? Then it never returns. */
void fake_ssh_main(int argc, char **argv);

/* Have it called from now on, its files and the home directory of the "host" in `dir`, which exists. */
void fake_ssh_open(const char *dir);

enum fake_ssh {
	FAKE_PASS,    /* the bytes as they are */
	FAKE_CUT,     /* `n` bytes come, then the connection is gone */
	FAKE_STALL,   /* `n` bytes come, then nothing more; it stays */
	FAKE_GARBAGE, /* `n` bytes come, then others */
	FAKE_NOISE,   /* the startup files of the shell there say something first */
	FAKE_ASK,     /* it asks for a password on the terminal; "secret" is right */
	FAKE_REFUSE   /* it exits with the status `n` */
};

/* From the next connection on. It says `words` (NULL: nothing) on its standard error first. */
void fake_ssh_plan(enum fake_ssh what, int64_t n, const char *words);

pid_t fake_ssh_pid(void);        /* of the last connection; 0 = there was none */
int64_t fake_ssh_bytes(void);    /* that came down in the last connection */
int fake_ssh_connections(void);  /* so far */
const char *fake_ssh_home(void); /* where the commands are run */

#endif
