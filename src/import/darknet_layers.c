#include "darknet_layers.h"

#include "thaw/base/alloc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS_MOST = 12, LEAST = 2 /* rows of a table */ };

/* As it is printed; the name in a cfg. */
static const char *const kinds[][2] = {
    {"conv", "convolutional"}, {"max", "maxpool"},      {"avg", "avgpool"},
    {"res", "shortcut"},       {"Shortcut", "shortcut"}, {"route", "route"},
    {"yolo", "yolo"},          {"upsample", "upsample"}, {"connected", "connected"},
    {"softmax", "softmax"},    {"dropout", "dropout"},   {"detection", "region"},
    {"cost", "cost"},          {"reorg", "reorg"},       {"scale", "scale_channels"},
    {"local", "local"},        {"deconv", "deconvolutional"},
};

static const char *kind_of(const char *word)
{
	size_t n = strcspn(word, " \t\r");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strlen(kinds[i][0]) == n && memcmp(kinds[i][0], word, n) == 0)
			return kinds[i][1];
	return NULL;
}

/* Whole numbers up to `end`. Returns how many. */
static int numbers(const char *p, const char *end, long *out)
{
	int n = 0;
	while (p < end && n < NUMBERS_MOST) {
		if (!isdigit((unsigned char)*p)) {
			p++;
			continue;
		}
		char *behind;
		long v = strtol(p, &behind, 10);
		out[n++] = v > 1000000 ? 1000000 : v;
		p = behind;
	}
	return n;
}

/* "32  3 x 3 / 1   224 x 224 x   3   ->   224 x 224 x  32  0.087 BFLOPs" behind the kind; what is not there
 * stays 0. */
static void read_shapes(struct event_layer *l, const char *text)
{
	const char *arrow = strstr(text, "->");
	long before[NUMBERS_MOST], after[NUMBERS_MOST];
	if (!arrow)
		return;
	int n = numbers(text, arrow, before), m = numbers(arrow, arrow + strlen(arrow), after);
	if (n >= 3) {
		l->in_w = before[n - 3];
		l->in_h = before[n - 2];
		l->in_c = before[n - 1];
	}
	if (m >= 3) {
		l->out_w = after[0];
		l->out_h = after[1];
		l->out_c = after[2];
	}
	bool conv = strcmp(l->kind, "convolutional") == 0, pool = strcmp(l->kind, "maxpool") == 0;
	int at = conv ? 1 : 0; /* behind the filters */
	if ((conv && n >= 7) || (pool && n >= 6)) {
		l->size = before[at];
		l->stride = before[at + 2];
	}
	const char *flops = strstr(arrow, " BF");
	while (flops && flops > arrow && (isdigit((unsigned char)flops[-1]) || flops[-1] == '.'))
		flops--;
	if (flops)
		l->flops = (int64_t)(strtod(flops, NULL) * 1e9);
}

/* Is it row n of a table? */
static bool read_row(struct event_layer *l, size_t n, const char *line)
{
	char *end;
	long index = strtol(line, &end, 10);
	if (end == line || index != (long)n || *end != ' ')
		return false;
	const char *word = end + strspn(end, " ");
	const char *kind = kind_of(word);
	if (!kind)
		return false;
	*l = (struct event_layer){
	    .index = index, .kind = kind, .activation = "", .origin = ORIGIN_NONE};
	read_shapes(l, word);
	return true;
}

void darknet_layers_line(struct darknet_layers *l, const char *line)
{
	struct event_layer row;
	if (l->over || !line[strspn(line, " \t")])
		return;
	if (read_row(&row, l->n, line)) {
		ALLOC_GROW(l->at, l->n + 1, l->cap);
		l->at[l->n++] = row;
		return;
	}
	bool another = l->n && read_row(&row, 0, line);
	if (l->n >= LEAST && isdigit((unsigned char)line[strspn(line, " ")]) && !another)
		l->torn = true; /* a row was lost */
	l->over = l->n >= LEAST;
	if (!l->over)
		l->n = 0;
}

/* What a row does not tell is what its neighbours do. */
static void fill_shapes(struct darknet_layers *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct event_layer *at = &l->at[i];
		const struct event_layer *before = i ? at - 1 : NULL;
		const struct event_layer *next = i + 1 < l->n ? at + 1 : NULL;
		if (!at->in_w && before) {
			at->in_w = before->out_w;
			at->in_h = before->out_h;
			at->in_c = before->out_c;
		}
		bool by_next = !at->out_w && next && next->in_w;
		if (!at->out_w) {
			at->out_w = by_next ? next->in_w : at->in_w;
			at->out_h = by_next ? next->in_h : at->in_h;
			at->out_c = by_next ? next->in_c : at->in_c;
		}
	}
}

bool darknet_layers_whole(struct darknet_layers *l, struct event_layers *out)
{
	if (l->n < LEAST || l->torn)
		return false;
	fill_shapes(l);
	*out = (struct event_layers){.layers = l->at, .n_layers = l->n, .head = -1};
	return true;
}

void darknet_layers_release(struct darknet_layers *l)
{
	free(l->at);
	*l = (struct darknet_layers){0};
}
