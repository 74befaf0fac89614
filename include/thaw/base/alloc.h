/* Allocation that cannot fail: out of memory prints one line and aborts the program.
 *
 * Free with free(). A program that must restore a terminal or write an end event first registers
 * alloc_on_failure().
 */
#ifndef THAW_BASE_ALLOC_H
#define THAW_BASE_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size); /* zeroed; n * size is checked for overflow */
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);           /* NULL gives NULL */
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Called once, just before the program aborts for want of memory. */
void alloc_on_failure(void (*hook)(void));
size_t alloc_wanted(void); /* the bytes that could not be had, for the hook; 0: beyond counting */

/* Grow `ptr` (of `cap` elements) so that `need` elements fit; doubles. */
#define ALLOC_GROW(ptr, need, cap)                                                                 \
	do {                                                                                       \
		if ((need) > (cap)) {                                                              \
			(cap) = (need) > (cap) * 2 ? (need) : (cap) * 2;                           \
			(ptr) = xrealloc((ptr), (cap), sizeof(*(ptr)));                            \
		}                                                                                  \
	} while (0)

#endif
