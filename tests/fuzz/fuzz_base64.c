/* Base64: what is accepted is the one way to write those bytes. */
#include "fuzz.h"

#include "thaw/event/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf bytes = STRBUF_INIT, text = STRBUF_INIT, again = STRBUF_INIT;
	if (base64_decode((const char *)data, size, &bytes)) {
		base64_encode(bytes.buf, bytes.len, &text);
		FUZZ_TRUE(text.len == size && (!size || memcmp(text.buf, data, size) == 0));
	}
	strbuf_reset(&text);
	base64_encode(data, size, &text);
	FUZZ_TRUE(base64_decode(text.buf, text.len, &again));
	FUZZ_TRUE(again.len == size && (!size || memcmp(again.buf, data, size) == 0));
	strbuf_release(&bytes);
	strbuf_release(&text);
	strbuf_release(&again);
	return 0;
}
