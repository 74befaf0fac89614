#include "tb_file.h"

#include "tb_event.h"
#include "tfrecord.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>

#define RECORD_MOST                                                                                \
	(16 << 20)     /* bytes; a longer one holds pictures or a graph and is passed over */
#define NAME_MOST 1024 /* bytes; a longer tag is none */

enum err tb_file_open(struct tb_file *f, const char *path, const char *prefix, size_t source,
		      struct errinfo *e)
{
	*f = (struct tb_file){.source = source};
	enum err r = window_open(&f->w, path, e);
	if (!r)
		f->prefix = xstrdup(prefix);
	return r;
}

void tb_file_close(struct tb_file *f)
{
	window_close(&f->w);
	free(f->prefix);
}

static void add_value(struct tb_file *f, struct gather *g, const struct tb_event *ev,
		      const struct tb_value *v)
{
	if (!v->number.valid || protobuf_left(&v->tag.sub) > NAME_MOST)
		return;
	if (ev->step < 0 || ev->step > RECORD_COUNT_MAX) {
		f->n_left_out++;
		return;
	}
	char *tag = protobuf_text(&v->tag), *name = xasprintf("%s%s", f->prefix, tag);
	double wall = ev->wall_time > 0 ? ev->wall_time * 1000 : (double)NAN;
	gather_add(g, f->source, name, ev->step, wall, v->number.value);
	f->n_figures++;
	free(name);
	free(tag);
}

static void take_record(struct tb_file *f, struct gather *g, const struct tfrecord *r)
{
	struct tb_event ev;
	struct tb_value v;
	f->n_records++;
	if (!tb_event_decode(&ev, r->data, r->len)) {
		f->broken = "a record that is no event";
		return;
	}
	double wall = ev.wall_time > 0 ? ev.wall_time * 1000 : (double)NAN;
	if (ev.start && ev.step >= 0)
		gather_restart(g, f->source, ev.step, wall);
	while (tb_value_next(&ev, &v))
		add_value(f, g, &ev, &v);
}

/* A record of which a part is there: have the rest, or go past it. *more: there is something to go on
 * with. */
static enum err complete(struct tb_file *f, uint64_t size, bool *more, struct errinfo *e)
{
	uint64_t left;
	size_t held;
	enum err r = window_left(&f->w, &left, e);
	*more = !r && size <= left;
	f->torn = !r && size > left && left > 0;
	if (r || !*more)
		return r;
	if (size <= RECORD_MOST) {
		r = window_fill(&f->w, (size_t)size, e);
		window_bytes(&f->w, &held);
		*more = held >= size; /* it may have been cut since */
	} else {
		f->n_records++;
		window_take(&f->w, size);
	}
	return r;
}

enum err tb_file_read(struct tb_file *f, struct gather *g, struct errinfo *e)
{
	static const char *const faults[] = {
	    [TFRECORD_BAD_LENGTH] = "the checksum of a record's length does not agree",
	    [TFRECORD_BAD_DATA] = "the checksum of a record does not agree",
	};
	enum err r = ERR_OK;
	for (bool more = true; more && !r && !f->broken;) {
		struct tfrecord record;
		size_t n;
		r = window_fill(&f->w, TFRECORD_HEADER, e);
		const uint8_t *bytes = window_bytes(&f->w, &n);
		enum tfrecord_next next = tfrecord_next(bytes, r ? 0 : n, &record);
		if (r)
			break;
		if (next == TFRECORD_PART) {
			r = complete(f, record.size, &more, e);
		} else if (next == TFRECORD_WHOLE) {
			take_record(f, g, &record);
			if (!f->broken)
				window_take(&f->w, record.size);
		} else {
			f->broken = faults[next];
		}
	}
	return r;
}
