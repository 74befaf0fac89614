/* What a record of Weights & Biases' offline files says, as far as it is of use here.
 *
 * Record {2 history {1 item*, 2 step {1 num}}, 17 run, 18 exit {1 exit_code, 2 runtime}}; an item of a
 * history or a config is {1 key, 2 nested_key*, 16 value_json}; run {1 run_id, 3 project, 4 config
 * {1 update*}, 8 display_name, 13 host, 17 start_time {1 seconds, 2 nanos}}. Pure.
 * Source: wandb's proto/wandb_internal.proto
 */
#ifndef IMPORT_WANDB_RECORD_H
#define IMPORT_WANDB_RECORD_H

#include "protobuf.h"

#include "thaw/base/opt_double.h"
#include "thaw/base/strbuf.h"

enum wandb_kind { WANDB_OTHER, WANDB_HISTORY, WANDB_RUN, WANDB_EXIT };

struct wandb_record {
	enum wandb_kind kind;
	struct protobuf body; /* borrowed of the record */
};

/* False: it is no record. */
bool wandb_record_decode(struct wandb_record *out, const void *data, size_t len);

struct wandb_item {
	struct strbuf key; /* nested keys joined by '.' */
	struct strbuf json;
	struct opt_double number; /* absent: the value is no number alone */
};

void wandb_item_init(struct wandb_item *i);
void wandb_item_release(struct wandb_item *i);

/* The next item of a history or a config; false at the end or where
 * body->bad is set. Items that have no name are passed over. */
bool wandb_item_next(struct protobuf *body, struct wandb_item *out);

struct opt_double wandb_history_step(struct protobuf body); /* HistoryRecord.step */

struct wandb_run {
	struct protobuf_field id, name, project, host; /* of an absent one `number` is 0 */
	struct protobuf config;
	int64_t started_ms; /* since 1970; 0: not told */
};

void wandb_run_decode(struct wandb_run *out, struct protobuf body);

int64_t wandb_exit_code(struct protobuf body);

#endif
