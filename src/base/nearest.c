#include "thaw/base/nearest.h"

#include <stddef.h>
#include <string.h>

#define WORD_MAX 32 /* no known word is as long */
#define FAR 1000

static int min(int a, int b)
{
	return a < b ? a : b;
}

int word_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	if (n > WORD_MAX || m > WORD_MAX)
		return FAR;
	int d[WORD_MAX + 1][WORD_MAX + 1];
	for (size_t i = 0; i <= n; i++)
		d[i][0] = (int)i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = (int)j;
	for (size_t i = 1; i <= n; i++)
		for (size_t j = 1; j <= m; j++) {
			int cost = a[i - 1] != b[j - 1];
			d[i][j] = min(min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[n][m];
}

/* Near enough to be meant: two slips, or one in a short word; or one word begins the other. */
static int nearness(const char *word, const char *known)
{
	size_t n = strlen(word), m = strlen(known), shorter = n < m ? n : m;
	int d = word_distance(word, known);
	if (d <= (shorter <= 3 ? 1 : 2))
		return d;
	return shorter >= 3 && strncmp(word, known, shorter) == 0 ? 3 : FAR;
}

const char *nearest_word(const char *word, const char *const *names)
{
	const char *best = NULL;
	int best_distance = FAR;
	for (; *names; names++) {
		int d = nearness(word, *names);
		if (d < best_distance) {
			best_distance = d;
			best = *names;
		}
	}
	return best;
}
