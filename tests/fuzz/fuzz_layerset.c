/* Ranges of layers: the first byte is the number of layers, the rest the text. */
#include "fuzz.h"

#include "thaw/base/layerset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	int n = 1 + data[0] * 4, head = n - 1 - data[0] % 3;
	char *text = fuzz_text(data + 1, size - 1);
	struct layerset s, again;
	struct strbuf out = STRBUF_INIT;
	struct errinfo e = {.col = 0};
	enum err r = layerset_parse(&s, text, n, head < 0 ? 0 : head, &e);
	if (!r) {
		FUZZ_TRUE(!layerset_check(text, NULL));
		layerset_format(&s, &out);
		FUZZ_TRUE(!layerset_parse(&again, out.buf, n, head < 0 ? 0 : head, &e));
		FUZZ_TRUE(layerset_equal(&s, &again));
	}
	strbuf_release(&out);
	free(text);
	return 0;
}
