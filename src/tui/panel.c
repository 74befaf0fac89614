#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct panel panel_table[PANEL_N] = {
    [PANEL_TITLE] = {NULL, panel_title},
    [PANEL_PIPELINE] = {NULL, panel_pipeline},
    [PANEL_PROGRESS] = {NULL, panel_progress},
    [PANEL_LOSS] = {"Loss", panel_loss},
    [PANEL_ACCURACY] = {"Accuracy %", panel_accuracy},
    [PANEL_RATE] = {"Learning rate", panel_rate},
    [PANEL_SPEED] = {"Speed", panel_speed},
    [PANEL_EPOCHS] = {"Epochs", panel_epochs},
    [PANEL_LAYERS] = {"Layers", panel_layers},
    [PANEL_CLASSES] = {"Predictions by class", panel_classes},
    [PANEL_PROBES] = {"Probe images", panel_probes},
    [PANEL_LAYER_TABLE] = {"Layers", panel_layer_table},
    [PANEL_LAYER_DETAIL] = {"Under the cursor", panel_layer_detail},
    [PANEL_CONFUSION] = {"Confusion matrix", panel_confusion},
    [PANEL_CLASS_TABLE] = {"Classes", panel_class_table},
    [PANEL_CLASS_CURVES] = {"Recall % by epoch", panel_class_curves},
    [PANEL_MISTAKES] = {"Most confused", panel_mistakes},
    [PANEL_IMAGE_LIST] = {"Pictures", panel_image_list},
    [PANEL_IMAGE] = {"Image", panel_image},
    [PANEL_PREDICTION] = {"How a picture becomes a prediction", panel_prediction},
    [PANEL_LOG] = {"Log", panel_log},
    [PANEL_LESSON] = {"How it works", panel_lesson},
    [PANEL_POINTS] = {"What happened, and why", panel_points},
    [PANEL_INSIGHT] = {"The key insight", panel_insight},
    [PANEL_QUIZ] = {"Quiz", panel_quiz},
    [PANEL_MESSAGE] = {NULL, panel_message},
    [PANEL_HINTS] = {NULL, panel_hints},
    [PANEL_TOO_SMALL] = {NULL, panel_too_small},
};

const struct marker_look marker_looks[MARK_N] = {
    [MARK_FREEZE] = {0x2744, INK_FROZEN}, [MARK_UNFREEZE] = {0x2600, INK_HOT},
    [MARK_LR_UP] = {0x25B2, INK_WARN},    [MARK_LR_DOWN] = {0x25BC, INK_WARN},
    [MARK_PHASE] = {0x25C6, INK_ACCENT},  [MARK_PAUSE] = {0x2016, INK_MUTED},
    [MARK_NONFINITE] = {0x2717, INK_BAD}, [MARK_SCALE] = {0x00D7, INK_WARN},
};

bool panel_note_fits(const struct canvas *c, struct rect inner, int used, const char *text)
{
	int w = text_width(text, c->utf8), x = inner.x + inner.w - 1 - used - w;
	for (int i = x - 1; i < x + w; i++) {
		const struct cell *cell = canvas_at(c, i, inner.y - 1);
		if (i <= inner.x || !cell || cell->style.fg != INK_FRAME)
			return false;
	}
	return true;
}

int panel_note(struct canvas *c, struct rect inner, int used, struct style s, const char *text)
{
	int w = text_width(text, c->utf8), y = inner.y - 1;
	int x = inner.x + inner.w - 1 - used - w;
	if (!panel_note_fits(c, inner, used, text))
		return used;
	canvas_text(c, x, y, w, s, text);
	canvas_put(c, x - 1, y, ' ', s);
	const struct cell *after = canvas_at(c, x + w, y);
	if (after && after->style.fg == INK_FRAME)
		canvas_put(c, x + w, y, ' ', s);
	return used + w + 1;
}

void panel_word(struct canvas *c, struct rect inner, const char *text)
{
	int x = inner.x, y = inner.y - 1, end = inner.x + inner.w - text_width(text, c->utf8) - 2;
	for (const struct cell *cell; x < end;
	     x++) /* to where the frame goes on behind the title */
		if ((cell = canvas_at(c, x, y)) && cell->style.fg == INK_FRAME && x > inner.x + 1)
			break;
	if (x < end)
		canvas_textf(c, x, y, end + 2 - x, STYLE(INK_ACCENT), "%s ", text);
}

void panel_empty(struct canvas *c, struct rect r, const char *text)
{
	int w = text_width(text, c->utf8);
	if (r.h < 1 || r.w < 1)
		return;
	canvas_text(c, r.x + (w < r.w ? (r.w - w) / 2 : 0), r.y + (r.h - 1) / 2, r.w,
		    STYLE(INK_MUTED), text);
}

int list_top(int n, int rows, int cursor)
{
	int top = cursor - rows / 2;
	if (top > n - rows)
		top = n - rows;
	return top < 0 ? 0 : top;
}

void row_select(struct canvas *c, struct rect r, int y, bool selected)
{
	if (selected)
		canvas_fill(c, (struct rect){r.x, y, r.w, 1},
			    (struct style){INK_NONE, INK_SELECT_BG, 0});
}

struct style row_style(struct style s, bool selected)
{
	if (selected) {
		s.bg = INK_SELECT_BG; /* its own background needs its own foregrounds */
		if (s.fg == INK_NONE)
			s.fg = INK_BAR;
		if (s.fg == INK_FRAME || s.fg == INK_MUTED)
			s.fg = INK_BAR_MUTED;
	}
	return s;
}

static char *number_buffer(void)
{
	static char buffers[8][32];
	static unsigned next;
	return buffers[next++ % 8];
}

const char *text_loss(double v)
{
	char *out = number_buffer();
	if (!isfinite(v))
		snprintf(out, 32, "%s", isnan(v) ? "nan" : v > 0 ? "inf" : "-inf");
	else
		snprintf(out, 32,
			 v >= 999.5   ? "%.1e"
			 : v >= 99.95 ? "%.1f"
			 : v >= 9.995 ? "%.2f"
				      : "%.3f",
			 v);
	return out;
}

const char *text_percent(double v)
{
	char *out = number_buffer();
	if (!isfinite(v))
		snprintf(out, 32, "-");
	else
		snprintf(out, 32, v > 0.99949 ? "%.0f" : "%.1f", v * 100);
	return out;
}

const char *text_lr(double v)
{
	char *out = number_buffer();
	snprintf(out, 32, "%.3g", v);
	char *e = strstr(out, "e-0"); /* 1e-05 reads better, and fits, as 1e-5 */
	if (e)
		memmove(e + 2, e + 3, strlen(e + 3) + 1);
	return out;
}

const char *path_tail(const char *path, int parts)
{
	const char *tail = path ? path + strlen(path) : "";
	while (path && tail > path && (tail[-1] != '/' || --parts > 0))
		tail--;
	return tail;
}

const char *class_name(const struct history *h, int64_t i)
{
	if (!h->has_run || i < 0 || (size_t)i >= h->run.n_classes || !h->run.classes[i])
		return "?";
	return h->run.classes[i];
}

const struct history_epoch *newest_classes(const struct history *h,
					   const struct history_epoch **before)
{
	const struct history_epoch *newest = NULL;
	if (before)
		*before = NULL;
	for (size_t i = h->n_epochs; i-- > 0;) {
		const struct history_epoch *e = &h->epochs[i];
		if (e->n_classes == 0)
			continue;
		if (newest) {
			if (before && e->n_classes == newest->n_classes)
				*before = e;
			break;
		}
		newest = e;
	}
	return newest;
}

const double *probe_probs(const struct history *h, size_t probe, size_t epoch_index)
{
	if (probe >= h->n_probes || epoch_index >= h->n_probe_epochs || !h->probes[probe].probs ||
	    !h->has_run)
		return NULL;
	return h->probes[probe].probs + epoch_index * h->run.n_classes;
}

int probe_top(const struct history *h, const double *probs)
{
	int top = 0;
	for (size_t i = 1; i < h->run.n_classes; i++)
		if (probs[i] > probs[top])
			top = (int)i;
	return top;
}
