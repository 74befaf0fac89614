/* "Did you mean …": the nearest known word by edit distance. */
#ifndef THAW_BASE_NEAREST_H
#define THAW_BASE_NEAREST_H

/* Insertions, deletions, replacements and swaps of neighbours that turn one word into the other;
 * 1000 for words of more than 32 bytes. */
int word_distance(const char *a, const char *b);

/* The word of names[] (NULL-terminated) nearest to `word`, or NULL when none is near: at most two
 * slips, one in a short word, or one word begins the other. */
const char *nearest_word(const char *word, const char *const *names);

#endif
