/* What a terminal that draws pictures makes of what it is sent: kitty's protocol and sixels, read
 * by the letter of their descriptions, with nothing of the program's own. */
#ifndef TESTS_GRAPHICS_H
#define TESTS_GRAPHICS_H

#include "thaw/base/alloc.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEN_MOST 256

struct seen_picture { /* that the terminal keeps */
	uint32_t id;
	int w, h;
	struct strbuf base64;
	bool whole;
};

struct seen_place {
	uint32_t id, place;
	int x, y, cols, rows;
};

struct seen {
	struct seen_picture pictures[SEEN_MOST];
	int n_pictures;
	struct seen_place places[SEEN_MOST];
	int n_places;
	int sending; /* index of the picture whose pieces come, -1 = none */
	int x, y;    /* the cursor where it was last put */
	int n_sixels, sixel_x[SEEN_MOST], sixel_y[SEEN_MOST];
	int px_w, px_h;
	uint8_t *pixels; /* [px_h][px_w][3], where sixels were drawn */
	const char *bad; /* something that no terminal would understand; NULL = nothing */
	int n_questions;
};

static inline void seen_init(struct seen *s, int px_w, int px_h)
{
	memset(s, 0, sizeof(*s));
	s->sending = -1;
	s->px_w = px_w;
	s->px_h = px_h;
	s->pixels = xcalloc((size_t)px_w * (size_t)px_h + 1, 3);
}

static inline void seen_release(struct seen *s)
{
	for (int i = 0; i < s->n_pictures; i++)
		strbuf_release(&s->pictures[i].base64);
	free(s->pixels);
}

static inline void seen_expect(struct seen *s, bool good, const char *what)
{
	if (!good && !s->bad)
		s->bad = what;
}

static inline int seen_find(const struct seen *s, uint32_t id)
{
	for (int i = 0; i < s->n_pictures; i++)
		if (s->pictures[i].id == id)
			return i;
	return -1;
}

/* The bytes of a picture; the caller frees them. */
static inline uint8_t *seen_decode(const struct seen_picture *p, size_t *n)
{
	static const char signs[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t *out = xcalloc(p->base64.len + 4, 1);
	uint32_t bits = 0;
	int have = 0;
	*n = 0;
	for (size_t i = 0; i < p->base64.len && p->base64.buf[i] != '='; i++) {
		const char *at = strchr(signs, p->base64.buf[i]);
		if (!at)
			break;
		bits = bits << 6 | (uint32_t)(at - signs);
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[(*n)++] = (uint8_t)(bits >> have);
		}
	}
	return out;
}

static inline long seen_key(const char *keys, char key, long other)
{
	for (const char *p = keys; *p; p += strcspn(p, ","), p += *p == ',')
		if (p[0] == key && p[1] == '=')
			return p[2] >= 'A' ? p[2] : strtol(p + 2, NULL, 10);
	return other;
}

static inline void seen_send(struct seen *s, const char *keys, const char *data)
{
	if (s->sending < 0) {
		int at = seen_find(s, (uint32_t)seen_key(keys, 'i', 0));
		if (at < 0)
			at = s->n_pictures++;
		strbuf_release(&s->pictures[at].base64);
		s->pictures[at] = (struct seen_picture){
		    .id = (uint32_t)strtoul(strstr(keys, "i=") + 2, NULL, 10),
		    .w = (int)seen_key(keys, 's', 0),
		    .h = (int)seen_key(keys, 'v', 0),
		    .base64 = STRBUF_INIT};
		seen_expect(s, seen_key(keys, 'f', 0) == 24, "a picture not in RGB");
		s->sending = at;
	}
	seen_expect(s, strlen(data) <= 4096, "too long a piece");
	strbuf_addstr(&s->pictures[s->sending].base64, data);
	if (seen_key(keys, 'm', 0) == 0) {
		s->pictures[s->sending].whole = true;
		s->sending = -1;
	}
}

static inline void seen_delete(struct seen *s, const char *keys)
{
	uint32_t id = (uint32_t)seen_key(keys, 'i', 0), place = (uint32_t)seen_key(keys, 'p', 0);
	long which = seen_key(keys, 'd', 'a');
	int kept = 0;
	for (int i = 0; i < s->n_places; i++)
		if (which != 'A' && which != 'a' &&
		    (s->places[i].id != id || (place && s->places[i].place != place)))
			s->places[kept++] = s->places[i];
	s->n_places = kept;
	for (int i = 0; i < s->n_pictures; i++)
		if (which == 'A' || (which == 'I' && s->pictures[i].id == id))
			s->pictures[i].id = 0;
	if (which == 'A')
		s->sending = -1;
}

static inline void seen_kitty(struct seen *s, char *keys)
{
	char *data = strchr(keys, ';'), none[] = "";
	if (data)
		*data++ = '\0';
	else
		data = none;
	long action = seen_key(keys, 'a', 't');
	if (action == 'q') {
		s->n_questions++;
		return;
	}
	seen_expect(s, seen_key(keys, 'q', 0) == 2, "it would answer");
	if (action == 'd') {
		seen_delete(s, keys);
	} else if (s->sending >= 0 || action == 't') {
		seen_expect(s, s->sending < 0 || !strstr(keys, "a="), "between two pieces");
		seen_send(s, keys, data);
	} else if (action == 'p') {
		struct seen_place *at = &s->places[s->n_places++];
		*at = (struct seen_place){
		    (uint32_t)seen_key(keys, 'i', 0), (uint32_t)seen_key(keys, 'p', 0), s->x,
		    s->y, (int)seen_key(keys, 'c', 0), (int)seen_key(keys, 'r', 0)};
		int of = seen_find(s, at->id);
		seen_expect(s, of >= 0 && s->pictures[of].whole, "placed before it came");
	} else {
		seen_expect(s, false, "an action");
	}
}

/* "0;1;0q" and what follows; one strip with its top left at the cursor. */
static inline void seen_sixel(struct seen *s, const char *p, int cell_w, int cell_h)
{
	int colour = 0, x = 0, y = 0, palette[256][3] = {{0}};
	p = strchr(p, 'q');
	s->sixel_x[s->n_sixels % SEEN_MOST] = s->x;
	s->sixel_y[s->n_sixels++ % SEEN_MOST] = s->y;
	for (p = p ? p + 1 : ""; *p;) {
		char *end;
		long n = 1;
		if (*p == '"') {
			p += strspn(p, "\"0123456789;");
			continue;
		} else if (*p == '#') {
			int r, g, b, used = 0;
			colour = (int)strtol(p + 1, &end, 10) & 255;
			p = end;
			if (sscanf(p, ";2;%d;%d;%d%n", &r, &g, &b, &used) == 3) {
				palette[colour][0] = r * 255 / 100;
				palette[colour][1] = g * 255 / 100;
				palette[colour][2] = b * 255 / 100;
				p += used;
			}
			continue;
		} else if (*p == '$' || *p == '-') {
			y += *p == '-' ? 6 : 0;
			x = 0;
			p++;
			continue;
		} else if (*p == '!') {
			n = strtol(p + 1, &end, 10);
			p = end;
		}
		seen_expect(s, *p >= '?' && *p <= '~', "a sixel");
		for (; n > 0; n--, x++)
			for (int k = 0; k < 6; k++) {
				int at_x = s->x * cell_w + x, at_y = s->y * cell_h + y + k;
				if ((*p - '?') >> k & 1 && at_x < s->px_w && at_y < s->px_h)
					for (int i = 0; i < 3; i++)
						s->pixels[(at_y * s->px_w + at_x) * 3 + i] =
						    (uint8_t)palette[colour][i];
			}
		p++;
	}
}

/* Read all that was sent. */
static inline void seen_read(struct seen *s, const struct strbuf *sent, int cell_w, int cell_h)
{
	for (size_t i = 0; i + 1 < sent->len; i++) {
		int y, x, used = 0;
		const char *at = sent->buf + i;
		if (*at != 0x1b)
			continue;
		if (at[1] == '[' && sscanf(at, "\x1b[%d;%dH%n", &y, &x, &used) == 2 && used) {
			s->x = x - 1;
			s->y = y - 1;
		}
		if (at[1] != '_' && at[1] != 'P')
			continue;
		const char *end = strstr(at, "\x1b\\");
		if (!end) {
			seen_expect(s, false, "without an end");
			return;
		}
		char *body = xstrndup(at + 2, (size_t)(end - at) - 2);
		if (at[1] == 'P')
			seen_sixel(s, body, cell_w, cell_h);
		else if (*body == 'G')
			seen_kitty(s, body + 1);
		free(body);
		i += (size_t)(end - at) + 1;
	}
}

#endif
