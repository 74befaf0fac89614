/* The files that the viewer keeps for a person: scores of the quiz, lines typed before. */
#include "fuzz.h"

#include "../../src/tui/line_history.h"
#include "thaw/tui/scores.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scores s;
	struct line_history lines;
	const char *path = fuzz_file("mine", data, size);
	if (!scores_read(path, &s, NULL))
		FUZZ_TRUE(s.tries >= 0 && s.n_ignored >= 0);
	line_history_init(&lines, path);
	line_history_release(&lines);
	return 0;
}
