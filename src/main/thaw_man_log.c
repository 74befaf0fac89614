/* `thaw help man-log`: the page thaw-log(5) of the manual. Events and their fields come from the
 * table of the vocabulary. */
#include "thaw_cli.h"
#include "thaw_roff.h"
#include "thaw_topics.h"

#include "thaw/base/strbuf.h"
#include "thaw/event/event.h"

#include <stddef.h>

static const char *const kinds[FIELD_KIND_N] = {
    [FIELD_INT] = "integer",
    [FIELD_COUNT] = "integer",
    [FIELD_AMOUNT] = "integer",
    [FIELD_BOOL] = "true or false",
    [FIELD_DOUBLE] = "number",
    [FIELD_OPT_DOUBLE] = "number, absent when it was not measured",
    [FIELD_STRING] = "text",
    [FIELD_OPT_STRING] = "text, or absent",
};

static void describe_fields(const struct record *r, struct strbuf *out);

/* "integer", "one of phase, user", "list of objects: name (text), …" */
static void describe(const struct field *f, struct strbuf *out)
{
	if (f->kind == FIELD_ARRAY && f->of->bare) {
		strbuf_addstr(out, "list of: ");
		describe(f->of->fields, out);
	} else if (f->kind == FIELD_ARRAY || f->kind == FIELD_OBJECT) {
		strbuf_addstr(out, f->kind == FIELD_ARRAY ? "list of objects: " : "object: ");
		describe_fields(f->of, out);
	} else if (f->kind == FIELD_NAME) {
		strbuf_addstr(out, "one of");
		for (size_t i = 0; i < f->names->n; i++)
			strbuf_addf(out, "%s %s", i ? "," : "", f->names->names[i]);
	} else {
		strbuf_addstr(out, kinds[f->kind]);
	}
}

static void describe_fields(const struct record *r, struct strbuf *out)
{
	for (size_t i = 0; i < r->n_fields; i++) {
		strbuf_addf(out, "%s%s (", i ? ", " : "", r->fields[i].name);
		describe(&r->fields[i], out);
		strbuf_addstr(out, ")");
	}
}

static void events(void)
{
	roff_heading("EVENTS");
	for (int type = 0; type < EV_UNKNOWN; type++) {
		const struct record *r = event_record((enum event_type)type);
		roff_subheading(event_type_name((enum event_type)type));
		roff_line(event_type_help((enum event_type)type));
		for (size_t i = 0; i < r->n_fields; i++) {
			struct strbuf what = STRBUF_INIT;
			describe(&r->fields[i], &what);
			roff_item("%s", r->fields[i].name);
			roff_line(what.buf);
			strbuf_release(&what);
		}
	}
}

static const char *const example[] = {
    "{\"seq\":41,\"t\":15210,\"ev\":\"freeze\",\"iter\":31,\"cause\":\"user\",\"frozen\":\"0-9\",",
    " \"was\":\"0-13\",\"trainable\":632389}   (in the log on one line)",
    NULL,
};

static const char *const rules[][2] = {
    {"Bytes",
     "A line is any bytes but a newline, then one newline, at most 16 MiB. There is no header. "
     "Bytes "
     "after the last newline are being written, or were torn off by a crash: a reader looks again "
     "later, a writer that goes on cuts them off. Everything before only grows."},
    {"Validity",
     "A line is an event when it is one JSON object in UTF-8 with the integers seq and t, a text "
     "ev, "
     "and every field that is known of its type. Any other line is told once and skipped. A "
     "line's validity does not depend on others, but for seq."},
    {"seq", "From 1, each one more than the one before. A jump means that lines were lost."},
    {"t", "Milliseconds since the run began, never less than before; a resumed run goes on from "
	  "its last."},
    {"ev", "The kind of event. Unknown kinds, fields and names in a list of names are skipped, so "
	   "that old viewers read new logs; an absent field is 0, false, empty or not measured."},
    {"Numbers", "In the digits that tell something: 7 of a loss, 6 of a learning rate. Those that "
		"JSON has not are the texts nan, inf and -inf."},
    {"Iterations",
     "Quick ones are told together in a steps, slow ones each in a step; they say the same. A killed "
     "trainer takes along what it had not told yet, about a second at most."},
    {"Pictures",
     "Rows from the top, pixels from the left, red green blue: one digit of base64 a value, 0 to 63; "
     "in earlier logs the base64 of bytes. What is as it was is not told again: the picture of a "
     "mistake whose path was told before, the maps of a trace with since."},
    {"Confusion matrix", "A row of counts for each true class; -n stands for n counts of 0."},
    {"End", "The last event of a run that ended is end; behind it only a note may stand, of a command "
	    "for the end that failed. Without one it is alive, while a trainer "
	    "holds the lock in its directory, or has crashed."},
    {"Resumed runs",
     "They go on in the same log, also behind an end: with another run, and a control that says "
     "continued and after which iteration. What a crashed run had logged after that one is void, "
     "and repeated."},
    {"Branches",
     "A run that began with the state of another has a directory and a log of its own. The log begins "
     "with the other's events until that checkpoint, as they are there, then goes on as a resumed "
     "run's does: a run that names the other in parent and the last iteration of it in parent_iter, "
     "and a continued control. Nothing of the other run is needed to read it."},
    {"Training again",
     "A command event holds a command that changed something, as it was given, and its place: so "
     "many iterations, epochs that had ended, phase and epoch. With the settings of the run event "
     "that is all that training it again takes. The new log names the other run in again, its "
     "commands are of cause rerun, and a parted tells the first difference."},
    {"Old names", "A control that says resumed, in logs of earlier versions, is read as unpaused."},
    {NULL, NULL},
};

int man_log_print(void)
{
	static const char *const others[] = {"thaw (1)", "thaw\\-experiment (5)", NULL};
	roff_page("thaw-log", 5, "man-log", "the event log of a thaw run");
	roff_heading("DESCRIPTION");
	roff_line(
	    "events.jsonl in a run's directory holds everything that happened in the run, one "
	    "JSON object a line. The screen is a function of it, live or replayed. The format "
	    "is specified byte by byte at the top of include/thaw/event/log_reader.h.");
	roff_example(example);
	roff_heading("RULES");
	roff_items(rules);
	events();
	roff_see_also(others);
	return STATUS_OK;
}
