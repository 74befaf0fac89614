/* The mouse's sequences, and the names of keys. */
#include "fuzz.h"

#include "thaw/tui/key.h"
#include "thaw/tui/pointer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct pointer p = {0};
	if (pointer_parse(text, &p))
		FUZZ_TRUE(p.x >= 0 && p.y >= 0);
	int key = key_parse(text);
	if (key)
		FUZZ_TRUE(key_parse(key_name(key)) == key);
	free(text);
	return 0;
}
