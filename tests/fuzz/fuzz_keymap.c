/* A person's keys. */
#include "fuzz.h"

#include "thaw/config/keymap.h"
#include "thaw/tui/action.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct keymap m = {0};
	struct errinfo e;
	if (!keymap_parse(&m, "keys.yaml", (const char *)data, size, &e)) {
		if (!action_rebind(&m, &e))
			action_rebind(NULL, NULL);
		keymap_release(&m);
	}
	return 0;
}
