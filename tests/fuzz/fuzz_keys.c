/* What a terminal sends, through the key decoder, on a pty. */
#include "fuzz.h"

#include "thaw/term/term.h"
#include "thaw/term/edit.h"
#include "thaw/term/key.h"

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

enum { MOST = 512 }; /* a pty holds no more at a time */

static int far = -1, near, own_out; /* the pty's ends; the process's own standard output */

static void begin(void)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	struct errinfo e = {.msg = ""};
	FUZZ_TRUE(openpty(&far, &near, NULL, NULL, &size) == 0);
	own_out = dup(STDOUT_FILENO);
	FUZZ_TRUE(dup2(near, STDIN_FILENO) == STDIN_FILENO && dup2(near, STDOUT_FILENO) >= 0);
	FUZZ_TRUE(fcntl(far, F_SETFL, O_NONBLOCK) == 0);
	setenv("TERM", "xterm-256color", 1);
	if (term_open(false, &e)) {
		fprintf(stderr, "%s\n", e.msg);
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct edit line = {.len = 0};
	uint8_t bytes[MOST + 4];
	char echoed[4096];
	size_t n = size < MOST ? size : MOST;
	fflush(stdout);
	if (far < 0)
		begin();
	dup2(near, STDOUT_FILENO);
	for (size_t i = 0; i < n;
	     i++) /* these are the terminal driver's: they would end the process */
		bytes[i] = data[i] == 3 || data[i] == 0x1a || data[i] == 0x1c || data[i] == 0x13
			       ? 'c'
			       : data[i];
	memcpy(bytes + n, "zzzz", 4); /* so that no sequence is waited for */
	FUZZ_TRUE(write(far, bytes, n + 4) == (ssize_t)n + 4);
	for (int key; (key = term_key()) != K_NONE;) {
		FUZZ_TRUE(*key_name(key));
		edit_key(&line, key);
		FUZZ_TRUE(line.len < EDIT_MAX && line.at <= line.len && !line.text[line.len]);
	}
	fflush(stdout);
	while (read(far, echoed, sizeof(echoed)) > 0)
		;
	dup2(own_out, STDOUT_FILENO); /* for who drives the target */
	return 0;
}
