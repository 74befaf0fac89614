/* A checkpoint's .state file, as it is and with a checksum that fits. */
#include "fuzz.h"

#include "../../src/train/state.h"

#include <inttypes.h>

static void decode(const char *data, size_t size)
{
	struct state *st = calloc(1, sizeof(*st));
	struct strbuf text = STRBUF_INIT;
	struct errinfo e;
	FUZZ_TRUE(st);
	if (!state_decode(st, data, size, &e)) {
		struct state *again = calloc(1, sizeof(*again));
		FUZZ_TRUE(again);
		state_encode(st, &text);
		FUZZ_TRUE(!state_decode(again, text.buf, text.len, &e));
		FUZZ_TRUE(again->iter == st->iter && again->momentum.len == st->momentum.len);
		state_release(again);
		free(again);
	}
	state_release(st);
	strbuf_release(&text);
	free(st);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf sealed = STRBUF_INIT;
	uint64_t sum = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
	decode((const char *)data, size);
	strbuf_add(&sealed, data, size);
	for (size_t i = 0; i < size; i++)
		sum = (sum ^ data[i]) * UINT64_C(0x100000001b3);
	strbuf_addf(&sealed, "%016" PRIx64 "\n", sum);
	decode(sealed.buf, sealed.len);
	strbuf_release(&sealed);
	return 0;
}
