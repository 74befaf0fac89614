/* Fuzz target for event_decode(), command_decode() and reply_decode(), for clang's libFuzzer:
 *
 *   clang -std=c11 -D_GNU_SOURCE -Iinclude -g -O1 -fsanitize=fuzzer,address,undefined \
 *       tests/fuzz/fuzz_event.c src/event/[!l]*.c src/base/[!f]*.c -lm -pthread -o fuzz_event
 *   ./fuzz_event -max_total_time=60
 *
 * Not a test program of `make test`: libFuzzer brings its own main().
 */
#include "../event/generate.h"
#include "thaw/event/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data;
	struct command c;
	struct reply r;
	if (!decode_is_stable(line, size))
		abort();
	if (!command_decode(&c, line, size, NULL))
		command_release(&c);
	if (!reply_decode(&r, line, size, NULL))
		reply_release(&r);
	return 0;
}

/* One time in eight start from a fresh valid event, so that the deep fields are reached without a
 * corpus. */
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
