/* Every page of a run whose every text is hostile: nothing of it reaches a cell. */
#include "check.h"

#include "../hostile.h"

static char *sample_log(void)
{
	char *text = NULL;
	size_t len;
	struct sample s = {open_memstream(&text, &len), 0, 0, 1};
	assert_non_null(s.out);
	sample_whole(&s);
	fclose(s.out);
	return text;
}

static void fold(struct history *h, const char *log)
{
	history_init(h);
	for (const char *end; (end = strchr(log, '\n')); log = end + 1) {
		struct event ev;
		assert_int_equal(event_decode(&ev, log, (size_t)(end - log), NULL), ERR_OK);
		history_apply(h, &ev);
		event_release(&ev);
	}
}

/* What lies over or within a page. */
static void look_plain(struct view *v)
{
	(void)v;
}

static void look_help(struct view *v)
{
	v->help = true;
}

static void look_summary(struct view *v)
{
	v->summary = true;
}

static void look_trace(struct view *v)
{
	v->trace = true;
}

static void look_mistakes(struct view *v)
{
	v->mistakes = true;
}

static void look_prompt(struct view *v)
{
	v->prompt = PROMPT_COMMAND;
	v->aside_bad = true;
}

static void (*const looks[])(struct view *v) = {look_plain, look_help,     look_summary,
						look_trace, look_mistakes, look_prompt};

static void check_page(const struct hostile *h, const struct history *run, struct view *v)
{
	static const struct {
		int w, h;
		bool utf8;
	} sizes[] = {{160, 50, true}, {80, 24, true}, {100, 30, false}};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		char *screen = check_screen(run, v, sizes[i].w, sizes[i].h, sizes[i].utf8);
		hostile_check(page_names[v->page], h, screen, strlen(screen));
		free(screen);
	}
}

static void every_page(void **state)
{
	(void)state;
	char *clean = sample_log();
	for (size_t i = 0; i < N_HOSTILE; i++) {
		const struct hostile *h = &hostile_texts[i];
		char *log = hostile_log(clean, h);
		struct history run;
		fold(&run, log);
		assert_true(run.ended && run.run.n_classes == SAMPLE_CLASSES);
		for (size_t k = 0; k < PAGE_N * sizeof(looks) / sizeof(*looks); k++) {
			struct view v;
			view_init(&v, VIEW_REPLAY, h->text);
			v.page = (enum page)(k % PAGE_N);
			v.quiz_why = h->text;
			edit_set(&v.input, h->text); /* takes what may be typed */
			snprintf(v.aside, sizeof(v.aside), "%s", h->text);
			snprintf(v.lists[LIST_LOG].filter, sizeof(v.lists[LIST_LOG].filter), "%s", ".");
			snprintf(v.typed, sizeof(v.typed), "%s", h->text);
			view_message(&v, MESSAGE_BAD, "%s", h->text);
			looks[k / PAGE_N](&v);
			check_page(h, &run, &v);
		}
		history_release(&run);
		free(log);
	}
	free(clean);
}

/* What is typed is drawn too, and the cursor stays behind it. */
static void typed(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_HOSTILE; i++) {
		struct canvas c;
		struct strbuf out = STRBUF_INIT;
		canvas_init(&c, 80, 2, true, 256);
		int used = canvas_text(&c, 0, 0, 80, STYLE(INK_NONE), hostile_texts[i].text);
		assert_int_equal(used, text_width(hostile_texts[i].text, true));
		for (const char *b = hostile_texts[i].text; *b; b++)
			canvas_put(&c, (int)(b - hostile_texts[i].text), 1, (uint8_t)*b,
				   STYLE(INK_NONE));
		canvas_dump(&c, true, &out);
		hostile_check("a cell", &hostile_texts[i], out.buf, out.len);
		strbuf_release(&out);
		canvas_release(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_page), cmocka_unit_test(typed)};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
