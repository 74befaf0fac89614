/* A log as what is printed of it: the lines of a headless run, the text and JSON of `show`, the row
 * of `ls`. */
#include "log_mutator.h"

#include "thaw/event/log_reader.h"
#include "thaw/report/json.h"
#include "thaw/report/lines.h"
#include "thaw/report/table.h"
#include "thaw/report/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_reader *r = NULL;
	struct history h;
	struct lines lines = {0};
	struct event ev;
	enum log_next next;
	char *printed = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&printed, &len);
	FUZZ_TRUE(out && !log_reader_open(&r, fuzz_file("log", data, size), NULL));
	history_init(&h);
	while ((next = log_reader_next(r, &ev, NULL)) != LOG_WAIT)
		if (next == LOG_EVENT) {
			history_apply(&h, &ev);
			lines_print(&lines, &h, &ev, out);
			event_release(&ev);
		}
	struct report_run run = {"some", "runs/some", "crashed", .history = &h};
	struct json_writer json = JSON_WRITER_PRETTY;
	report_text(out, &run);
	struct run_summary row;
	run_summary_make(&row, &(struct run_facts){.path = "runs/some", .status = RUN_STATUS_CRASHED}, &h);
	report_table_row(out, &row);
	run_summary_release(&row);
	fclose(out);
	for (size_t i = 0; i < len; i++) /* no control character comes through */
		FUZZ_TRUE((unsigned char)printed[i] >= ' ' || printed[i] == '\n');
	report_json(&json, &run);
	strbuf_release(&json.text);
	free(printed);
	history_release(&h);
	log_reader_close(r);
	return 0;
}
