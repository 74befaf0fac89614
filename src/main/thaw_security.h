/* What thaw promises about safety, once in words for `thaw help security` and the manual. */
#ifndef THAW_MAIN_THAW_SECURITY_H
#define THAW_MAIN_THAW_SECURITY_H

/* Rows of a heading and what is said below it; {NULL, NULL} at the end. */
extern const char *const security_rows[][2];

#endif
