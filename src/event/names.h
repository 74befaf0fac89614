/* The names that stand in a log for the values of an enum, in the order of the enum; those that the
 * rest of the program asks for are in event.h. */
#ifndef EVENT_NAMES_H
#define EVENT_NAMES_H

#include "thaw/event/record.h"

extern const struct name_list cause_names, stage_names, stage_state_names, note_level_names,
    end_status_names, control_names, origin_names, checkpoint_names, range_state_names,
    progress_names;

#endif
