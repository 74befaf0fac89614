/* One line of a log: what is accepted means the same when it is written and read again. */
#include "fuzz.h"

#include "../event/generate.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FUZZ_TRUE(decode_is_stable((const char *)data, size));
	return 0;
}

/* One time in eight start from a fresh valid event, so that the deep fields are reached. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	if (seed % 8 == 0) {
		struct event ev = generate_event(seed, (enum event_type)(seed / 8 % EV_N));
		struct strbuf line = STRBUF_INIT;
		event_encode(&ev, &line);
		event_release(&ev);
		size = line.len < max_size ? line.len : max_size;
		memcpy(data, line.buf, size);
		strbuf_release(&line);
	}
	return LLVMFuzzerMutate(data, size, max_size);
}
