#include "thaw/run/places.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/plain.h"
#include "thaw/base/xdg.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "places"
#define FILE_MAX (PLACES_MAX * 4096)

static const char scheme[] = "ssh://";

bool place_is_remote(const char *word)
{
	return strncmp(word, scheme, sizeof(scheme) - 1) == 0;
}

static void add(struct places *p, const char *line)
{
	bool ours = name_is_clean(line) && (line[0] == '/' || place_is_remote(line));
	for (size_t i = 0; i < p->n; i++)
		ours = ours && strcmp(p->at[i], line) != 0;
	if (!ours || p->n == PLACES_MAX)
		return;
	p->at = xrealloc(p->at, p->n + 1, sizeof(*p->at));
	p->at[p->n++] = xstrdup(line);
}

void places_read(struct places *p)
{
	char *path = xdg_state_path(FILE_NAME);
	struct strbuf text = STRBUF_INIT;
	int fd = -1;
	*p = (struct places){0};
	if (path && file_open(path, &fd, NULL) == ERR_OK && file_read_fd(fd, FILE_MAX, &text))
		for (char *line = text.buf, *end; (end = strchr(line, '\n')); line = end + 1) {
			*end = '\0';
			add(p, line);
		}
	if (fd >= 0)
		close(fd);
	strbuf_release(&text);
	free(path);
}

void places_release(struct places *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->at[i]);
	free(p->at);
	*p = (struct places){0};
}

char *place_of(const char *word)
{
	return place_is_remote(word) ? xstrdup(word) : realpath(word, NULL);
}

static enum err write_places(const struct places *p, struct errinfo *e)
{
	struct strbuf text = STRBUF_INIT;
	char *path = xdg_state_path(FILE_NAME), *dir = path ? path_dir(path) : NULL;
	for (size_t i = 0; i < p->n; i++)
		strbuf_addf(&text, "%s\n", p->at[i]);
	enum err r = !path ? err_set(e, ERR_STATE, "neither XDG_STATE_HOME nor HOME is set")
			   : file_mkdirs(dir, e);
	if (!r)
		r = file_write_private(path, text.buf, text.len, e);
	strbuf_release(&text);
	free(dir);
	free(path);
	return r;
}

static enum err change(struct places *p, const char *place, bool on, bool *known, struct errinfo *e)
{
	size_t at = 0, before = p->n;
	while (at < p->n && strcmp(p->at[at], place) != 0)
		at++;
	bool was = at < p->n;
	if (known)
		*known = was;
	if (was == on)
		return ERR_OK;
	if (on)
		add(p, place);
	if (on && p->n == before)
		return err_set(e, ERR_STATE, "%s: %s", place,
			       p->n == PLACES_MAX ? "too many places are remembered; forget some"
						  : "a name that cannot be kept on a line");
	if (!on) {
		free(p->at[at]);
		memmove(p->at + at, p->at + at + 1, (--p->n - at) * sizeof(*p->at));
	}
	return write_places(p, e);
}

enum err places_set(const char *word, bool on, bool *known, struct errinfo *e)
{
	struct places p;
	char *place = place_of(word);
	if (!place && on)
		return err_set(e, ERR_NOT_FOUND, "%s: there is no such folder", word);
	places_read(&p);
	enum err r = change(&p, place ? place : word, on, known, e);
	places_release(&p);
	free(place);
	return r;
}
