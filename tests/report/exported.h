/* A log folded for an export, and its text in a format. */
#ifndef TESTS_REPORT_EXPORTED_H
#define TESTS_REPORT_EXPORTED_H

#include "../hostile.h"
#include "../tui/sample.h"

#include "thaw/base/alloc.h"
#include "thaw/report/export.h"

#include <stdlib.h>

struct exported {
	struct history h;
	struct times t;
	struct export_run x;
};

static inline void exported_fold(struct exported *e, const char *log)
{
	memset(e, 0, sizeof(*e));
	history_init(&e->h);
	for (const char *end; *log; log = end + 1) {
		struct event ev;
		struct errinfo why;
		end = strchr(log, '\n');
		if (event_decode(&ev, log, (size_t)(end - log), &why))
			fail_msg("%s: %.80s", why.msg, log);
		history_apply(&e->h, &ev);
		times_add(&e->t, &ev);
		event_release(&ev);
	}
	e->x = (struct export_run){.report = {.name = "pets-1",
					      .path = "/runs/pets-1",
					      .status = "finished",
					      .history = &e->h},
				   .times = &e->t};
}

static inline void exported_release(struct exported *e)
{
	history_release(&e->h);
	times_release(&e->t);
}

/* The made-up run of the viewer's tests: everything that a log can hold. The caller frees it. */
static inline char *exported_sample(void (*write)(struct sample *s))
{
	struct sample s = {NULL, 0, 0, 1};
	char *log = NULL;
	size_t len = 0;
	s.out = open_memstream(&log, &len);
	assert_non_null(s.out);
	write(&s);
	fclose(s.out);
	return log;
}

/* The caller frees it. */
static inline char *exported_text(const struct exported *e, export_fn *format)
{
	struct strbuf out = STRBUF_INIT;
	format(&out, &e->x);
	return strbuf_detach(&out);
}

static inline void expect_text(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in: %s", part, text);
}

static inline void expect_none(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' in: %s", part, text);
}

#define RUN_OF(classes)                                                                            \
	"{\"seq\":1,\"t\":0,\"ev\":\"run\",\"version\":1,\"name\":\"pets-1\",\"classes\":" classes \
	",\"started\":1700000000000,\"epochs\":2,\"iterations\":2,\"batch\":8}\n"

#define PETS RUN_OF("[\"cat\",\"dog\"]")

#define STEPS                                                                                      \
	"{\"seq\":2,\"t\":500,\"ev\":\"step\",\"iter\":1,\"epoch\":1,\"loss\":0.7,\"lr\":0.01,"    \
	"\"ips\":40}\n"                                                                            \
	"{\"seq\":3,\"t\":1000,\"ev\":\"step\",\"iter\":2,\"epoch\":1,\"loss\":0.1,\"lr\":0.01,"   \
	"\"ips\":40}\n"                                                                            \
	"{\"seq\":4,\"t\":1100,\"ev\":\"epoch\",\"epoch\":1,\"phase\":\"head\",\"iter\":2,"        \
	"\"lr\":0.01,\"train\":{\"loss\":0.4,\"acc\":0.9},\"valid\":{\"loss\":0."                  \
	"30000000000000004,"                                                                       \
	"\"acc\":0.8},\"classes\":[{\"name\":\"cat\",\"n\":4,\"tp\":4,\"fp\":1},{\"name\":"        \
	"\"dog\","                                                                                 \
	"\"n\":4,\"tp\":3,\"fp\":0}],\"confusion\":[[4,-1],[1,3]]}\n"                              \
	"{\"seq\":5,\"t\":2000,\"ev\":\"steps\",\"iter\":3,\"epoch\":2,\"loss\":[0.3,\"nan\"],"    \
	"\"lr\":[0.001]}\n"                                                                        \
	"{\"seq\":6,\"t\":2100,\"ev\":\"epoch\",\"epoch\":2,\"phase\":\"head\",\"iter\":4,"        \
	"\"lr\":0.001,\"train\":{\"loss\":\"nan\",\"acc\":0.95}}\n"

#endif
