/* TensorBoard's events: what a record of an event file says, as far as it is a number with a name.
 *
 * Event {1 wall_time double, 2 step int64, 3 file_version text, 5 summary, 7 session_log}; Summary
 * {1 value*}; Value {1 tag, 2 simple_value float, 4 image, 5 histogram, 6 audio, 8 tensor,
 * 9 metadata}; SessionLog {1 status: 1 START}; metadata {1 plugin_data {1 plugin_name}}. A tensor
 * {1 dtype, 2 shape {2 dim* {1 size}}, 4 tensor_content, 5.. the values by type} is a number when
 * it has one element.
 * Pure. Source: event.proto, summary.proto, tensor.proto, types.proto of TensorBoard (compat/proto)
 */
#ifndef IMPORT_TB_EVENT_H
#define IMPORT_TB_EVENT_H

#include "protobuf.h"

#include "thaw/base/opt_double.h"

struct tb_event {
	double wall_time; /* seconds since 1970; 0: not told */
	int64_t step;
	bool version;     /* "brain.Event:": the first record of every file */
	bool start;       /* SessionLog.START: what was told from this step on is void */
	struct protobuf summary; /* its values, for tb_value_next(); borrowed of the record */
};

struct tb_value {
	struct protobuf_field tag;
	struct opt_double number; /* absent: it is a picture, a histogram, text, … */
};

/* False: it is no event. */
bool tb_event_decode(struct tb_event *out, const void *data, size_t len);

/* The next value of a summary; false at the end or where ev->summary.bad is set. */
bool tb_value_next(struct tb_event *ev, struct tb_value *out);

#endif
