/* Text from outside: what is read holds what text.h promises. */
#include "fuzz.h"

#include "thaw/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text_file f = {
	    .path = fuzz_file("text", data, size), .what = "a text", .max = 1 << 20};
	struct strbuf out = STRBUF_INIT;
	struct errinfo e;
	if (!text_read(&f, &out, &e)) {
		FUZZ_TRUE(strlen(out.buf) == out.len && !strchr(out.buf, '\r'));
		FUZZ_TRUE(strncmp(out.buf, TEXT_BOM, TEXT_BOM_BYTES) != 0);
		char *text = out.buf, *line;
		while ((line = text_line(&text)) != NULL)
			FUZZ_TRUE(text_value_length(line) <= strlen(line));
	}
	strbuf_release(&out);
	return 0;
}
