/* Records of TFRecord (length, its checksum, data, its checksum; all little-endian), each an Event
 * in the wire form of protocol buffers.
 *
 * Event:   1 wall_time double · 2 step int64 · 3 file_version string · 5 summary
 * Summary: 1 value: 1 tag string · 2 simple_value float
 *
 * Source: TensorBoard's event.proto and summary.proto; TensorFlow's description of TFRecord
 */
#include "thaw/report/export.h"

#include "thaw/base/crc32c.h"
#include "thaw/base/plain.h"

#include <string.h>

enum wire { VARINT, FIXED_64, BYTES, FIXED_32 = 5 };

static void add_little(struct strbuf *out, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		strbuf_addch(out, (char)(v >> 8 * i & 0xFF));
}

static void add_varint(struct strbuf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		strbuf_addch(out, (char)(v | 0x80));
	strbuf_addch(out, (char)v);
}

static void add_key(struct strbuf *out, int field, enum wire wire)
{
	add_varint(out, (uint64_t)field << 3 | (uint64_t)wire);
}

static void add_bytes(struct strbuf *out, int field, const char *data, size_t len)
{
	add_key(out, field, BYTES);
	add_varint(out, len);
	strbuf_add(out, data, len);
}

static void add_double(struct strbuf *out, int field, double v)
{
	uint64_t bits;
	memcpy(&bits, &v, sizeof(bits));
	add_key(out, field, FIXED_64);
	add_little(out, bits, 8);
}

static void add_float(struct strbuf *out, int field, float v)
{
	uint32_t bits;
	memcpy(&bits, &v, sizeof(bits));
	add_key(out, field, FIXED_32);
	add_little(out, bits, 4);
}

static void add_record(struct strbuf *out, const struct strbuf *data)
{
	size_t at = out->len;
	add_little(out, data->len, 8);
	add_little(out, crc32c_mask(crc32c(0, out->buf + at, 8)), 4);
	strbuf_add(out, data->buf, data->len);
	add_little(out, crc32c_mask(crc32c(0, data->buf, data->len)), 4);
}

struct board {
	struct strbuf *out;
	const struct export_run *x;
	struct strbuf event, summary, value, tag; /* of one record, to be used again */
	bool rate;                                /* an iteration has told one */
};

static void add_version(struct board *b)
{
	static const char version[] = "brain.Event:2";
	strbuf_reset(&b->event);
	add_double(&b->event, 1, times_wall_seconds(b->x->times, 0));
	add_bytes(&b->event, 3, version, sizeof(version) - 1);
	add_record(b->out, &b->event);
}

/* `class`: of which it is, NULL: of all. */
static void add_scalar(struct board *b, const char *name, const char *class, int64_t step,
		       double ms, struct opt_double v)
{
	if (!v.valid)
		return;
	struct strbuf *all[] = {&b->event, &b->summary, &b->value, &b->tag};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		strbuf_reset(all[i]);
	plain_add(&b->tag, name, strlen(name));
	if (class) {
		strbuf_addch(&b->tag, '/');
		plain_add(&b->tag, class, strlen(class));
	}
	add_bytes(&b->value, 1, b->tag.buf, b->tag.len);
	add_float(&b->value, 2, (float)v.value);
	add_bytes(&b->summary, 1, b->value.buf, b->value.len);
	add_double(&b->event, 1, times_wall_seconds(b->x->times, ms));
	add_key(&b->event, 2, VARINT);
	add_varint(&b->event, (uint64_t)step);
	add_bytes(&b->event, 5, b->summary.buf, b->summary.len);
	add_record(b->out, &b->event);
}

static void add_step(struct board *b, const struct history_step *s)
{
	double ms = times_step_ms(b->x->times, s->iter).value;
	b->rate = b->rate || s->lr.valid;
	add_scalar(b, "train/loss", NULL, s->iter, ms, s->loss);
	add_scalar(b, "learning_rate", NULL, s->iter, ms, s->lr);
	add_scalar(b, "train/images_per_second", NULL, s->iter, ms, s->ips);
	add_scalar(b, "train/wait", NULL, s->iter, ms, s->wait);
}

static void add_classes(struct board *b, const struct history_epoch *e, int64_t step, double ms)
{
	static const struct {
		const char *name;
		double (*of)(const struct event_class *c, bool *valid);
	} figures[] = {{"recall", class_recall}, {"precision", class_precision}, {"f1", class_f1}};
	for (const struct event_class *c = e->classes; c < e->classes + e->n_classes; c++)
		for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++) {
			struct opt_double v;
			v.value = figures[i].of(c, &v.valid);
			add_scalar(b, figures[i].name, c->name, step, ms, v);
		}
}

/* Where no iteration has told a rate, the epochs do. */
static void add_epoch(struct board *b, const struct history_epoch *e)
{
	int64_t step = export_place(b->x->report.history, e);
	struct opt_double ms = times_epoch_ms(b->x->times, e->epoch);
	const struct {
		const char *name;
		struct opt_double value;
	} figures[] = {
	    {"train/epoch_loss", e->train.loss},
	    {"train/accuracy", e->train.acc},
	    {"validation/loss", e->valid.loss},
	    {"validation/accuracy", e->valid.acc},
	    {"validation/top2", e->valid.top2},
	    {"validation/top5", e->valid.top5},
	    {"learning_rate", {e->lr.value, e->lr.valid && !b->rate}},
	};
	for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++)
		add_scalar(b, figures[i].name, NULL, step, ms.value, figures[i].value);
	add_classes(b, e, step, ms.value);
}

/* From the i-th on, up to a place; returns the first behind it. */
static size_t add_steps(struct board *b, size_t i, int64_t last)
{
	const struct history *h = b->x->report.history;
	size_t spell = i < h->n_steps ? history_spell_of(h, i) : 0;
	for (; i < h->n_steps; i++) {
		struct history_step s = history_step_next(h, i, &spell);
		if (s.iter > last)
			break;
		add_step(b, &s);
	}
	return i;
}

static void add_series(struct board *b, const struct history_series *s)
{
	for (size_t i = 0; i < s->n_points; i++)
		add_scalar(b, s->name, NULL, history_point(s, i)->iter, (double)history_point(s, i)->t_ms,
			   opt_of(history_point(s, i)->value));
}

/* Iterations and epochs in the order of their steps, then what has a name of its own. */
void export_tensorboard(struct strbuf *out, const struct export_run *x)
{
	const struct history *h = x->report.history;
	struct board b = {out, x, STRBUF_INIT, STRBUF_INIT, STRBUF_INIT, STRBUF_INIT, false};
	size_t at = 0;
	add_version(&b);
	for (size_t i = 0; i < h->n_epochs; i++) {
		at = add_steps(&b, at, export_place(h, &h->epochs[i]));
		add_epoch(&b, &h->epochs[i]);
	}
	add_steps(&b, at, INT64_MAX);
	for (size_t i = 0; i < h->n_series; i++)
		add_series(&b, &h->series[i]);
	strbuf_release(&b.event);
	strbuf_release(&b.summary);
	strbuf_release(&b.value);
	strbuf_release(&b.tag);
}
