/* A quiz: what is accepted can be played on a run that has shown nothing. */
#include "fuzz.h"

#include "thaw/config/quiz.h"
#include "thaw/tui/quiz_round.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct quiz q = {0};
	struct history h;
	struct errinfo e;
	if (quiz_parse(&q, "quiz.yaml", (const char *)data, size, &e))
		return 0;
	history_init(&h);
	struct quiz_round *r = quiz_round_new(&q, &h, 1);
	while (r && !quiz_round_over(r)) {
		FUZZ_TRUE(quiz_round_answer(r, 0));
		FUZZ_TRUE(quiz_round_next(r));
	}
	quiz_round_free(r);
	history_release(&h);
	quiz_release(&q);
	return 0;
}
