/* Text that tries to hurt a terminal or to deceive whoever reads it, and the check that none of it
 * went out raw. What is looked for is listed here again, not asked of the program's own table. */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include "thaw/base/plain.h"
#include "thaw/base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct hostile {
	const char *name, *text;
	bool utf8;  /* so JSON holds it as it is */
	bool class; /* without control characters: it may name a class or stand in an experiment */
} hostile_texts[] = {
    {"escape", "a\x1b]0;title\x07\x1b[2Jz", true, false},
    {"lines", "a\nok          forged\rz\tb\x0b\x0c", true, false},
    {"backspace", "a\x08\x7f\x01z", true, false},
    {"C1",
     "a\xc2\x9b"
     "31m\xc2\x80\xc2\x9fz",
     true, false},
    {"bytes", "a\x9b\x80\xff\xc0\xafz", false, false},
    {"half", "a\xe2\x80", false, false},
    {"surrogate", "a\xed\xa0\xbdz", false, false},
    {"arabic mark", "a\xd8\x9cz", true, true},
    {"hangul filler", "a\xe1\x85\x9f\xe1\x85\xa0\xe3\x85\xa4\xef\xbe\xa0z", true, true},
    {"khmer", "a\xe1\x9e\xb4\xe1\x9e\xb5z", true, true},
    {"mongolian", "a\xe1\xa0\x8b\xe1\xa0\x8e\xe1\xa0\x8fz", true, true},
    {"zero width", "a\xe2\x80\x8b\xe2\x80\x8c\xe2\x80\x8d\xef\xbb\xbfz", true, true},
    {"marks", "a\xe2\x80\x8e\xe2\x80\x8fz", true, true},
    {"separators", "a\xe2\x80\xa8\xe2\x80\xa9z", true, false},
    {"override", "a\xe2\x80\xae\xe2\x80\xaa\xe2\x80\xacz", true, true},
    {"isolates", "a\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9z", true, true},
    {"operators", "a\xe2\x81\xa0\xe2\x81\xa4\xe2\x81\xaa\xe2\x81\xafz", true, true},
    {"joiner", "a\xcd\x8f\xc2\xadz", true, true},
    {"selectors", "a\xef\xb8\x80\xef\xb8\x8f\xf3\xa0\x84\x80z", true, true},
    {"tags", "a\xf3\xa0\x80\x81\xf3\xa0\x81\x81\xf3\xa0\x81\xbfz", true, true},
    {"annotation", "a\xef\xbf\xb9\xef\xbf\xbbz", true, true},
    {"private", "a\xee\x80\x80\xf4\x80\x80\x80z", true, true},
    {"noncharacters", "a\xef\xb7\x90\xf0\x9f\xbf\xbfz", true, true},
    {"blank Braille", "a\xe2\xa0\x80z", true, true},
};
#define N_HOSTILE (sizeof(hostile_texts) / sizeof(*hostile_texts))

/* Never to be seen, whatever the text. */
static const struct {
	uint32_t from, to;
} hostile_ranges[] = {{0x00, 0x09},       {0x0b, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},
		      {0x34f, 0x34f},     {0x61c, 0x61c},     {0x115f, 0x1160},   {0x17b4, 0x17b5},
		      {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},
		      {0x3164, 0x3164},   {0xe000, 0xf8ff},   {0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},
		      {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff9, 0xfffb},   {0xfffe, 0xffff},
		      {0x1fffe, 0x1ffff}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff}};

/* Fail at the first byte or character of `bytes` that must not go out. */
static inline void hostile_check(const char *way, const struct hostile *h, const char *bytes,
				 size_t len)
{
	for (size_t at = 0, n; at < len; at += n) {
		uint32_t code;
		n = utf8_decode(bytes + at, len - at, &code);
		if (!n)
			fail_msg("%s, %s: byte %02x at %zu", way, h->name, (uint8_t)bytes[at], at);
		for (size_t i = 0; i < sizeof(hostile_ranges) / sizeof(*hostile_ranges); i++)
			if (code >= hostile_ranges[i].from && code <= hostile_ranges[i].to)
				fail_msg("%s, %s: U+%04X at %zu", way, h->name, code, at);
	}
}

/* What of a made-up run's log (tui/sample.h) comes from outside. */
static const char *const hostile_words[] = {
    "daisy",        "dandelion",  "roses",         "sunflowers",         "tulips",
    "\"head",       "\"tune",     "tiny.cfg",      "tiny.weights",       "flower_photos",
    "\"cpu",        "thaw 0.1.0", "convolutional", "all 10 epochs done", "hostile",
    "\"pretrained", "\"constant",
};

/* As raw as JSON allows, and rawer. */
static inline void hostile_json(const char *text, struct strbuf *out)
{
	for (; *text; text++)
		if ((uint8_t)*text < 0x20)
			strbuf_addf(out, "\\u%04x", (uint8_t)*text);
		else
			strbuf_addch(out, *text);
}

/* A log of which every such word ends in hostile text; caller frees. */
static inline char *hostile_log(const char *log, const struct hostile *h)
{
	struct strbuf out = STRBUF_INIT;
	while (*log) {
		size_t n = 0;
		for (size_t i = 0; !n && i < sizeof(hostile_words) / sizeof(*hostile_words); i++)
			if (strncmp(log, hostile_words[i], strlen(hostile_words[i])) == 0)
				n = strlen(hostile_words[i]);
		strbuf_add(&out, log, n ? n : 1);
		if (n)
			hostile_json(h->text, &out);
		log += n ? n : 1;
	}
	return strbuf_detach(&out);
}

#endif
