/* The parts of the report in HTML (html.c), a file each. Each appends a section, or nothing where the
 * run has none. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "thaw/report/export.h"

#include <stdint.h>

extern const char html_style[]; /* the style sheet */

/* Append text, by the rule of plain.h and with what means something in HTML escaped: as content and
 * as the value of an attribute in double quotes. */
void html_text(struct strbuf *out, const char *text);

/* Append "<TAG>text</TAG>"; `tag` may have attributes. */
void html_element(struct strbuf *out, const char *tag, const char *text);

/* Append an img; `alt` is text. Shape: as png_write() */
void html_image(struct strbuf *out, const char *class, const char *alt, const uint8_t *pixels,
		int w, int h, int samples);

void html_curves(struct strbuf *out, const struct export_run *x);
void html_epochs(struct strbuf *out, const struct export_run *x);
void html_interventions(struct strbuf *out, const struct export_run *x);
void html_classes(struct strbuf *out, const struct export_run *x);
void html_pictures(struct strbuf *out, const struct export_run *x);
void html_layers(struct strbuf *out, const struct export_run *x);
void html_notes(struct strbuf *out, const struct export_run *x);

#endif
