#include "graphics.h"

#include "known.h"
#include "sixel.h"
#include "thaw/base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUERY_ID 31
#define CHUNK_MOST 4096 /* base64 bytes of a piece, as the protocol has it */
#define CHUNK_LEAST 256
#define STORED_MOST 96    /* pictures that a terminal is left with */
#define QUICK_PIECE 65536 /* bytes that a line must carry at once before it gets sixels, */
#define SLOW_PIECE 32768  /* and below which it gets no more of them */

void graphics_init(struct graphics *g)
{
	*g = (struct graphics){.mode = PICTURES_BLOCKS, .sending = STRBUF_INIT};
}

void graphics_release(struct graphics *g)
{
	canvas_release(&g->want);
	free(g->placed);
	free(g->stored);
	strbuf_release(&g->sending);
	graphics_init(g);
}

/* ---- what the terminal can ---- */

#define ASK_KITTY "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
#define ASK_SIXEL "\x1b[16t\x1b[c"

const char *graphics_question(struct graphics *g, const char *term, bool tmux)
{
	if (g->asked || g->wish == PICTURES_BLOCKS || g->wish == PICTURES_KITTY)
		return NULL;
	g->asked = true;
	g->no_kitty = tmux || strncmp(term, "tmux", 4) == 0 || strncmp(term, "screen", 6) == 0;
	if (!(known_terminal(term) & KNOWN_ASKED))
		return NULL;
	return g->no_kitty || g->wish == PICTURES_SIXEL ? ASK_SIXEL : ASK_KITTY ASK_SIXEL;
}

/* Whether 4 is among the attributes "62;4;22". */
static bool has_sixel(const char *attributes)
{
	while (*attributes) {
		char *end;
		if (strtol(attributes, &end, 10) == 4 && end != attributes)
			return true;
		attributes = *end == ';' ? end + 1 : "";
	}
	return false;
}

bool graphics_answer(struct graphics *g, const char *text)
{
	int w, h, id, at = 0;
	size_t len = strlen(text);
	if (sscanf(text, "_Gi=%d;%n", &id, &at) == 1 && at > 0) {
		if (g->asked && id == QUERY_ID && !g->no_kitty && strcmp(text + at, "OK") == 0)
			g->kitty = true;
		return true;
	}
	if (sscanf(text, "[6;%d;%dt", &h, &w) == 2 && text[len - 1] == 't') {
		if (w > 1 && w < 200 && h > 1 && h < 400) {
			g->cell_w = w;
			g->cell_h = h;
		}
		return true;
	}
	if (strncmp(text, "[?", 2) != 0 || text[len - 1] != 'c')
		return false;
	g->sixel = g->sixel || (g->asked && has_sixel(text + 2));
	return true;
}

enum pictures graphics_best(const struct graphics *g, size_t piece)
{
	bool sixel = g->wish == PICTURES_SIXEL || (g->sixel && g->cell_w > 0),
	     quick = piece >= (g->mode == PICTURES_SIXEL ? SLOW_PIECE : QUICK_PIECE);
	if (g->wish == PICTURES_KITTY || g->wish == PICTURES_BLOCKS)
		return g->wish;
	if (g->wish == PICTURES_AUTO && !g->coloured)
		return PICTURES_BLOCKS;
	if (g->wish == PICTURES_AUTO && g->kitty)
		return PICTURES_KITTY;
	return sixel && quick ? PICTURES_SIXEL : PICTURES_BLOCKS;
}

bool graphics_choose(struct graphics *g, size_t piece, const struct canvas *c)
{
	g->coloured = c->colours >= 256 && c->utf8;
	enum pictures mode = graphics_best(g, piece);
	bool changed = mode != g->mode;
	g->mode = mode;
	return changed;
}

/* ---- what the canvas wants ---- */

/* Nothing was drawn over it, and the edge did not cut it. */
static bool is_whole(const struct canvas *c, size_t i)
{
	const struct canvas_image *image = &c->images[i];
	for (int y = image->r.y; y < image->r.y + image->r.h; y++)
		for (int x = image->r.x; x < image->r.x + image->r.w; x++) {
			const struct cell *cell = canvas_at(c, x, y);
			if (!cell || cell->image != i + 1)
				return false;
		}
	return image->r.w > 0 && image->r.h > 0;
}

static bool same_rect(const struct rect *a, const struct rect *b)
{
	return a->x == b->x && a->y == b->y && a->w == b->w && a->h == b->h;
}

static bool same_place(const struct placed *p, const struct canvas_image *image)
{
	return p->id == image->id && same_rect(&p->r, &image->r);
}

static struct placed *find_placed(const struct graphics *g, const struct canvas_image *image)
{
	for (size_t i = 0; i < g->n_placed; i++)
		if (same_place(&g->placed[i], image))
			return &g->placed[i];
	return NULL;
}

/* The canvas' own cells, but blanks where a picture will stand. */
const struct canvas *graphics_blanks(struct graphics *g, const struct canvas *c)
{
	if (g->mode == PICTURES_BLOCKS || c->n_images == 0)
		return c;
	if (g->want.w != c->w || g->want.h != c->h) {
		canvas_release(&g->want);
		canvas_init(&g->want, c->w, c->h, c->utf8, c->colours);
	}
	size_t n = (size_t)c->w * (size_t)c->h;
	memcpy(g->want.cells, c->cells, n * sizeof(*c->cells));
	for (size_t i = 0; i < n; i++)
		g->want.cells[i].image = 0;
	for (size_t i = 0; i < c->n_images; i++) {
		const struct rect *r = &c->images[i].r;
		for (int y = r->y; y < r->y + r->h && is_whole(c, i); y++)
			for (int x = r->x; x < r->x + r->w; x++)
				g->want.cells[y * c->w + x] = (struct cell){
				    .ch = ' ', .width = 1, .image = (uint16_t)(i + 1)};
	}
	return &g->want;
}

/* ---- kitty ---- */

static void add_base64(struct strbuf *out, const uint8_t *bytes, size_t n)
{
	static const char signs[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)bytes[i] << 16 |
			     (i + 1 < n ? (uint32_t)bytes[i + 1] << 8 : 0) |
			     (i + 2 < n ? bytes[i + 2] : 0);
		strbuf_addch(out, signs[v >> 18]);
		strbuf_addch(out, signs[v >> 12 & 63]);
		strbuf_addch(out, i + 1 < n ? signs[v >> 6 & 63] : '=');
		strbuf_addch(out, i + 2 < n ? signs[v & 63] : '=');
	}
}

/* Go on with the picture that is on its way; its head went with its first piece. True when it is
 * all sent. */
static bool send_on(struct graphics *g, size_t most, struct strbuf *out)
{
	while (g->sent < g->sending.len) {
		size_t left = g->sending.len - g->sent,
		       room = most > out->len ? most - out->len : 0;
		size_t n = room < CHUNK_LEAST ? CHUNK_LEAST : room > CHUNK_MOST ? CHUNK_MOST : room;
		n = n / 4 * 4 < left ? n / 4 * 4 : left;
		if (room == 0)
			return false;
		strbuf_addf(out, "\x1b_Gq=2,m=%d;", n < left);
		strbuf_add(out, g->sending.buf + g->sent, n);
		strbuf_addstr(out, "\x1b\\");
		g->sent += n;
	}
	strbuf_reset(&g->sending);
	g->sent = 0;
	return true;
}

static bool is_stored(const struct graphics *g, uint32_t id)
{
	for (size_t i = 0; i < g->n_stored; i++)
		if (g->stored[i] == id)
			return true;
	return false;
}

static bool is_placed(const struct graphics *g, uint32_t id)
{
	for (size_t i = 0; i < g->n_placed; i++)
		if (g->placed[i].id == id)
			return true;
	return false;
}

/* The oldest that stands nowhere makes room. */
static void store(struct graphics *g, uint32_t id, struct strbuf *out)
{
	for (size_t i = 0; i < g->n_stored && g->n_stored >= STORED_MOST; i++)
		if (!is_placed(g, g->stored[i])) {
			strbuf_addf(out, "\x1b_Ga=d,d=I,i=%u,q=2\x1b\\", g->stored[i]);
			memmove(g->stored + i, g->stored + i + 1,
				(--g->n_stored - i) * sizeof(*g->stored));
			break;
		}
	ALLOC_GROW(g->stored, g->n_stored + 1, g->cap_stored);
	g->stored[g->n_stored++] = id;
}

/* Send a picture by its number, without placing it. */
static bool send_picture(struct graphics *g, const struct canvas_image *image, size_t most,
			 struct strbuf *out)
{
	if (most <= out->len)
		return false;
	store(g, image->id, out);
	add_base64(&g->sending, image->rgb, (size_t)image->w * (size_t)image->h * 3);
	size_t room = most > out->len + CHUNK_LEAST ? most - out->len : CHUNK_LEAST;
	size_t n = (room > CHUNK_MOST ? CHUNK_MOST : room) / 4 * 4;
	n = n < g->sending.len ? n : g->sending.len;
	strbuf_addf(out, "\x1b_Ga=t,t=d,f=24,s=%d,v=%d,i=%u,q=2,m=%d;", image->w, image->h,
		    image->id, n < g->sending.len);
	strbuf_add(out, g->sending.buf, n);
	strbuf_addstr(out, "\x1b\\");
	g->sent = n;
	return send_on(g, most, out);
}

/* Each place of a picture has a number of its own: where it stands. */
static unsigned place_number(const struct canvas *c, const struct rect *r)
{
	return (unsigned)(r->y * c->w + r->x) + 1;
}

static bool place_kitty(struct graphics *g, const struct canvas *c,
			const struct canvas_image *image, size_t most, struct strbuf *out)
{
	if (!is_stored(g, image->id) && !send_picture(g, image, most, out))
		return false;
	strbuf_addf(out, "\x1b[%d;%dH\x1b_Ga=p,i=%u,p=%u,c=%d,r=%d,C=1,q=2\x1b\\", image->r.y + 1,
		    image->r.x + 1, image->id, place_number(c, &image->r), image->r.w, image->r.h);
	return true;
}

/* ---- both ---- */

static void take_away(struct graphics *g, struct painter *p, const struct canvas *c,
		      const struct placed *gone, struct strbuf *out)
{
	if (g->mode == PICTURES_KITTY)
		strbuf_addf(out, "\x1b_Ga=d,d=i,i=%u,p=%u,q=2\x1b\\", gone->id,
			    place_number(c, &gone->r));
	else
		painter_spoil(p, gone->r); /* text takes sixels away */
}

static bool is_wanted(const struct canvas *c, const struct placed *p)
{
	for (size_t i = 0; i < c->n_images; i++)
		if (same_place(p, &c->images[i]) && is_whole(c, i))
			return true;
	return false;
}

void graphics_remove(struct graphics *g, struct painter *p, const struct canvas *c,
		     struct strbuf *out)
{
	size_t kept = 0;
	if (g->mode == PICTURES_BLOCKS || g->sending.len)
		return; /* nothing may come between the pieces of a picture */
	for (size_t i = 0; i < g->n_placed; i++)
		if (is_wanted(c, &g->placed[i]))
			g->placed[kept++] = g->placed[i];
		else
			take_away(g, p, c, &g->placed[i], out);
	g->n_placed = kept;
}

/* The rows of a picture that are still to be sent. */
static bool draw_sixels(const struct graphics *g, const struct canvas_image *image,
			struct placed *at, size_t most, struct strbuf *out)
{
	int cell_w = g->cell_w ? g->cell_w : 10, cell_h = g->cell_h ? g->cell_h : 20;
	for (; at->rows < image->r.h; at->rows++) {
		if (out->len >= most)
			return false;
		strbuf_addf(out, "\x1b[%d;%dH", image->r.y + at->rows + 1, image->r.x + 1);
		sixel_add(out, image, image->r.w * cell_w, image->r.h * cell_h, at->rows * cell_h,
			  cell_h);
	}
	return true;
}

static bool add_one(struct graphics *g, const struct canvas *c, const struct canvas_image *image,
		    size_t most, struct strbuf *out)
{
	struct placed *at = find_placed(g, image);
	bool sixel = g->mode == PICTURES_SIXEL;
	if (at && (!sixel || at->rows == image->r.h))
		return true;
	if (!sixel && !place_kitty(g, c, image, most, out))
		return false;
	if (!at) {
		ALLOC_GROW(g->placed, g->n_placed + 1, g->cap_placed);
		at = &g->placed[g->n_placed++];
		*at = (struct placed){image->id, image->r, 0};
	}
	return !sixel || draw_sixels(g, image, at, most, out);
}

bool graphics_add(struct graphics *g, struct painter *p, const struct canvas *c, size_t most,
		  struct strbuf *out)
{
	size_t before = out->len;
	bool done = true;
	if (g->mode == PICTURES_BLOCKS)
		return true;
	if (g->sending.len && !send_on(g, most, out))
		return false;
	graphics_remove(g, p, c, out);
	for (size_t i = 0; i < c->n_images && done; i++)
		if (is_whole(c, i))
			done = add_one(g, c, &c->images[i], most, out);
	if (out->len > before)
		painter_lost(p);
	return done;
}

void graphics_forget(struct graphics *g, struct strbuf *out)
{
	if (g->n_placed || g->n_stored || g->sending.len)
		strbuf_addstr(out, graphics_end(g));
	g->n_placed = g->n_stored = g->sent = 0;
	strbuf_reset(&g->sending);
}

const char *graphics_end(const struct graphics *g)
{
	bool any = g->n_placed || g->n_stored || g->sending.len;
	return !any ? "" : g->n_stored ? "\x1b\\\x1b_Ga=d,d=A,q=2\x1b\\" : "\x1b\\";
}
