#include "index.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/fnv.h"
#include "thaw/base/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INDEX_VERSION THAW_VERSION "/1" /* a number more wherever summaries say something else */
#define INDEX_MAX (256 << 20)           /* bytes; no index of ours is as large */

/* By the folder that it is, whatever it is called; caller frees. NULL: there is no such folder. */
static char *path_of(const char *in, const char *place)
{
	char *real = realpath(place, NULL);
	char *path = real ? xasprintf("%s/%016" PRIx64, in, fnv(real, strlen(real))) : NULL;
	free(real);
	return path;
}

/* The first line of an index with that text behind it; caller frees. */
static char *head_of(const char *place, const char *lines, size_t n)
{
	char *real = realpath(place, NULL);
	char *head = xasprintf("thaw-index " INDEX_VERSION " %016" PRIx64 " %s\n", fnv(lines, n),
			       real ? real : "");
	free(real);
	return head;
}

static bool is_whole(const struct strbuf *text, const char *place, size_t *head_len)
{
	const char *newline = memchr(text->buf, '\n', text->len);
	if (!newline)
		return false;
	*head_len = (size_t)(newline + 1 - text->buf);
	char *head = head_of(place, newline + 1, text->len - *head_len);
	bool whole = strlen(head) == *head_len && memcmp(head, text->buf, *head_len) == 0;
	free(head);
	return whole;
}

static bool read_line(struct run_index_line *l, const char *line, size_t len)
{
	struct folder_stamp *s = &l->stamp;
	int at = 0;
	return sscanf(line, "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %n", &s->inode,
		      &s->size, &s->mtime_ns, &s->ctime_ns, &at) == 4 &&
	       at > 0 && (size_t)at < len &&
	       run_summary_decode(&l->run, line + at, len - (size_t)at, NULL) == ERR_OK;
}

static int by_name(const void *a, const void *b)
{
	const struct run_index_line *x = a, *y = b;
	return strcmp(x->run.name, y->run.name);
}

static void read_lines(struct run_index *x, char *text)
{
	for (char *end; (end = strchr(text, '\n')); text = end + 1) {
		*end = '\0';
		ALLOC_GROW(x->lines, x->n + 1, x->cap);
		x->n += read_line(&x->lines[x->n], text, (size_t)(end - text));
	}
	if (x->n)
		qsort(x->lines, x->n, sizeof(*x->lines), by_name);
}

void run_index_read(struct run_index *x, const char *in, const char *place)
{
	struct strbuf text = STRBUF_INIT;
	char *path = in ? path_of(in, place) : NULL;
	size_t head;
	int fd = -1;
	*x = (struct run_index){0};
	if (path && file_open(path, &fd, NULL) == ERR_OK && file_read_fd(fd, INDEX_MAX, &text) &&
	    is_whole(&text, place, &head))
		read_lines(x, text.buf + head);
	if (fd >= 0)
		close(fd);
	strbuf_release(&text);
	free(path);
}

void run_index_release(struct run_index *x)
{
	for (size_t i = 0; i < x->n; i++)
		run_summary_release(&x->lines[i].run);
	free(x->lines);
	*x = (struct run_index){0};
}

const struct run_summary *run_index_find(const struct run_index *x, const char *name,
					 const struct folder_stamp *stamp)
{
	const struct run_index_line key = {.run = {.name = name}};
	const struct run_index_line *found =
	    x->n ? bsearch(&key, x->lines, x->n, sizeof(key), by_name) : NULL;
	return found && folder_stamp_same(&found->stamp, stamp) ? &found->run : NULL;
}

void run_index_add(struct strbuf *lines, const struct folder_stamp *stamp,
		   const struct run_summary *run)
{
	strbuf_addf(lines, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " ", stamp->inode,
		    stamp->size, stamp->mtime_ns, stamp->ctime_ns);
	run_summary_encode(run, lines);
}

void run_index_write(const struct strbuf *lines, const char *in, const char *place)
{
	char *path = path_of(in, place), *head = head_of(place, lines->buf, lines->len);
	struct strbuf text = STRBUF_INIT;
	strbuf_addstr(&text, head);
	strbuf_add(&text, lines->buf, lines->len);
	if (path && file_mkdirs(in, NULL) == ERR_OK)
		file_write_private(path, text.buf, text.len, NULL);
	strbuf_release(&text);
	free(head);
	free(path);
}
