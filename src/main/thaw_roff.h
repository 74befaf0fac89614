/* A manual page in roff, on standard output. What is given is plain UTF-8 text: nothing in it is a
 * request or an escape, and only ASCII leaves. */
#ifndef THAW_MAIN_THAW_ROFF_H
#define THAW_MAIN_THAW_ROFF_H

/* The head of a page: `topic` of `thaw help` prints it, `section` is the manual's. */
void roff_page(const char *name, int section, const char *topic, const char *about);

void roff_heading(const char *text);
void roff_subheading(const char *text);
void roff_line(const char *text);      /* goes on in the same paragraph */
void roff_paragraph(const char *text); /* begins one */

/* A term in bold; what follows explains it. */
void roff_item(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Pairs of a term and its text, NULL at the end. */
void roff_items(const char *const (*pairs)[2]);

/* Lines kept as they are: an example. NULL at the end. */
void roff_example(const char *const *lines);

/* The same page of the manual names others, "darknet (1)", last; NULL at the end. */
void roff_see_also(const char *const *pages);

#endif
