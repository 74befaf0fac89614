/* Screens held against files in tests/tui/golden/: first the characters, then what each is drawn with.
 * GENERATE=1 writes the files anew; look at what changed before keeping it. */
#ifndef TESTS_TUI_GOLDEN_H
#define TESTS_TUI_GOLDEN_H

#include "check.h"

#include "thaw/base/file.h"
#include "thaw/term/canvas.h"

#include <ctype.h>

#define GOLDEN_FOLDER "tests/tui/golden"

/* One character for a style: the ink of the ground where it has one of its own, else of the text,
 * as a capital when bold; levels of a ramp are digits. */
static inline char golden_sign(const struct cell *cell)
{
	static const char letters[INK_N + 1] = ".mftagwbrcvzhkuynsex"; /* in the order of enum ink */
	const struct style *s = &cell->style;
	uint32_t ink = s->bg != INK_NONE ? s->bg : s->fg;
	bool blank = cell->ch == ' ' && !cell->mark;
	if (blank && s->bg == INK_NONE)
		return ' ';
	if (ink & INK_RGB_BIT)
		return '#';
	if (ink >= INK_RUN_0 && ink < INK_RUN_END)
		return (s->attr & ATTR_BOLD ? "JLOPQWXY" : "jlopqwxy")[(ink - INK_RUN_0) % RUN_INKS];
	if (ink >= INK_RAMP_0)
		return "0123456789@&%$+="[(ink - INK_RAMP_0) % RAMP_LEVELS];
	return (char)(s->attr & ATTR_BOLD ? toupper(letters[ink]) : letters[ink]);
}

static inline void golden_styles(const struct canvas *c, struct strbuf *out)
{
	for (int y = 0; y < c->h; y++) {
		for (int x = 0; x < c->w; x++)
			strbuf_addch(out, golden_sign(canvas_at(c, x, y)));
		while (out->len && out->buf[out->len - 1] == ' ')
			strbuf_remove(out, out->len - 1, 1);
		strbuf_addch(out, '\n');
	}
}

/* Print the lines that differ, the golden one first. */
static inline void golden_difference(const char *want, const char *got)
{
	for (int line = 1, shown = 0; (*want || *got) && shown < 12; line++) {
		size_t a = strcspn(want, "\n"), b = strcspn(got, "\n");
		if (a != b || memcmp(want, got, a) != 0) {
			print_message("line %d\n- %.*s\n+ %.*s\n", line, (int)a, want, (int)b, got);
			shown++;
		}
		want += a + (want[a] == '\n');
		got += b + (got[b] == '\n');
	}
}

static inline bool golden_same(const char *name, const struct canvas *c)
{
	struct strbuf drawn = STRBUF_INIT, *screen = &drawn;
	canvas_dump(c, true, screen);
	golden_styles(c, screen);
	char *path = path_join(GOLDEN_FOLDER, name);
	struct strbuf golden = STRBUF_INIT;
	struct errinfo e = {.code = ERR_OK};
	bool same = true;
	if (getenv("GENERATE")) {
		if (file_mkdirs(GOLDEN_FOLDER, &e) ||
		    file_write_atomic(path, screen->buf, screen->len, &e))
			fail_msg("%s", e.msg);
	} else if (file_read(path, &golden, &e)) {
		print_message("%s\n", e.msg);
		same = false;
	} else if (strcmp(golden.buf, screen->buf) != 0) {
		print_message("%s differs:\n", path);
		golden_difference(golden.buf, screen->buf);
		same = false;
	}
	strbuf_release(&golden);
	strbuf_release(&drawn);
	free(path);
	return same;
}

#endif
