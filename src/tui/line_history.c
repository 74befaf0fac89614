#include "line_history.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/term/key.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX (LINE_HISTORY_MAX * EDIT_MAX)

static void forget_lines(struct line_history *h)
{
	for (size_t i = 0; i < h->n; i++)
		free(h->lines[i]);
	h->n = 0;
}

/* Keep the newest; an empty line or a repeated one is none. */
static void push(struct line_history *h, const char *text)
{
	struct edit clean;
	edit_set(&clean, text);
	if (!clean.len || (h->n && strcmp(h->lines[h->n - 1], clean.text) == 0))
		return;
	if (h->n == LINE_HISTORY_MAX) {
		free(h->lines[0]);
		memmove(h->lines, h->lines + 1, (LINE_HISTORY_MAX - 1) * sizeof(*h->lines));
		h->n--;
	}
	h->lines[h->n++] = xstrdup(clean.text);
}

/* A file of another's, or one that is no plain file, is left alone. */
static void read_file(struct line_history *h)
{
	struct strbuf data = STRBUF_INIT;
	struct stat st;
	bool plain = h->path && stat(h->path, &st) == 0 && S_ISREG(st.st_mode);
	if (plain && file_read_max(h->path, FILE_MAX, &data, NULL) == ERR_OK) {
		forget_lines(h);
		char *line = data.buf, *end = data.buf + data.len;
		while (line < end) {
			char *newline = memchr(line, '\n', (size_t)(end - line));
			if (!newline)
				break; /* cut short */
			*newline = '\0';
			push(h, line);
			line = newline + 1;
		}
	}
	strbuf_release(&data);
}

void line_history_init(struct line_history *h, const char *path)
{
	memset(h, 0, sizeof(*h));
	h->path = xstrdup(path);
	read_file(h);
	line_history_reset(h);
}

void line_history_release(struct line_history *h)
{
	forget_lines(h);
	free(h->path);
	memset(h, 0, sizeof(*h));
}

static void write_file(const struct line_history *h)
{
	struct strbuf data = STRBUF_INIT;
	char *dir = path_dir(h->path);
	for (size_t i = 0; i < h->n; i++)
		strbuf_addf(&data, "%s\n", h->lines[i]);
	if (file_mkdirs(dir, NULL) == ERR_OK)
		file_write_private(h->path, data.buf, data.len, NULL);
	free(dir);
	strbuf_release(&data);
}

void line_history_add(struct line_history *h, const char *line)
{
	read_file(h);
	push(h, line);
	line_history_reset(h);
	if (h->path)
		write_file(h);
}

void line_history_reset(struct line_history *h)
{
	h->at = h->n;
	h->draft[0] = '\0';
}

bool line_history_walk(struct line_history *h, int direction, struct edit *e)
{
	if (h->at >= h->n) {
		h->at = h->n;
		memcpy(h->draft, e->text, e->len + 1);
	}
	for (size_t i = h->at; direction < 0 ? i > 0 : i < h->n;) {
		i = direction < 0 ? i - 1 : i + 1;
		const char *line = i < h->n ? h->lines[i] : h->draft;
		if (i < h->n && strncmp(line, h->draft, strlen(h->draft)) != 0)
			continue;
		h->at = i;
		edit_set(e, line);
		return true;
	}
	return false;
}

bool line_history_key(struct line_history *h, int key, struct edit *e)
{
	bool up = key == K_UP || key == K_CTRL('p'), down = key == K_DOWN || key == K_CTRL('n');
	if (up || down) {
		line_history_walk(h, up ? -1 : 1, e);
		return true;
	}
	if (!edit_key(e, key))
		return false;
	line_history_reset(h);
	return true;
}
