/* Who runs this program, for others to read. */
#ifndef THAW_BASE_PERSON_H
#define THAW_BASE_PERSON_H

/* "ada@laptop": login and machine, the latter without its domain; "user 1000@localhost" where they
 * have no names. The caller frees it. */
char *person_here(void);

#endif
