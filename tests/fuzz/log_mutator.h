/* How libFuzzer changes a log: one time in three a line becomes another event at the same place, so
 * that most lines stay lines and their fields go through all there may be. */
#ifndef THAW_TESTS_FUZZ_LOG_MUTATOR_H
#define THAW_TESTS_FUZZ_LOG_MUTATOR_H

#include "fuzz.h"

#include "../event/generate.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

/* The line in place of the one at `start`, an event of the same kind every other time. */
static inline void other_line(const char *start, size_t len, unsigned int seed, struct strbuf *out)
{
	struct event was = {.seq = 1}, ev;
	bool known = !event_decode(&was, start, len, NULL) && was.type < EV_UNKNOWN;
	ev = generate_event(seed, known && seed % 2 ? was.type
						    : (enum event_type)(seed / 2 % EV_UNKNOWN));
	ev.seq = was.seq;
	ev.t_ms = was.t_ms;
	event_encode(&ev, out);
	event_release(&ev);
	event_release(&was);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	if (!size || seed % 3)
		return LLVMFuzzerMutate(data, size, max_size);
	struct strbuf out = STRBUF_INIT;
	size_t at = seed / 3 % size, end;
	while (at && data[at - 1] != '\n')
		at--;
	for (end = at; end < size && data[end] && data[end] != '\n'; end++)
		;
	strbuf_add(&out, data, at);
	other_line((const char *)data + at, end - at, seed / 3, &out);
	end += end < size && data[end] == '\n';
	strbuf_add(&out, data + end, size - end);
	size = out.len < max_size ? out.len : max_size;
	memcpy(data, out.buf, size);
	strbuf_release(&out);
	return size;
}

#endif
