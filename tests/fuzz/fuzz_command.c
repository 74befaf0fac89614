/* A line to the trainer and its reply, on the wire and as a person types it. */
#include "fuzz.h"

#include "thaw/event/command.h"

static void check_command(struct command *c)
{
	struct strbuf line = STRBUF_INIT;
	struct command again;
	double v;
	struct lr_scale scale;
	if (c->type == CMD_LR && !command_lr(c->arg, 0.1, &v, NULL))
		FUZZ_TRUE(v > 0 && v <= COMMAND_LR_MAX);
	if (c->type == CMD_LR_SCALE) {
		FUZZ_TRUE(!command_lr_scale(c->arg, &scale, NULL));
		if (!lr_scale_apply(&scale, 1, &v, NULL))
			FUZZ_TRUE(v >= COMMAND_SCALE_MIN && v <= COMMAND_SCALE_MAX);
	}
	command_encode(c, &line);
	FUZZ_TRUE(!command_decode(&again, line.buf, line.len, NULL));
	FUZZ_TRUE(again.type == c->type && again.id == c->id);
	command_release(&again);
	command_release(c);
	strbuf_release(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct command c;
	struct reply r;
	if (!command_decode(&c, text, size, NULL))
		check_command(&c);
	if (!command_parse_line(&c, text, NULL))
		check_command(&c);
	if (!reply_decode(&r, text, size, NULL)) {
		struct strbuf line = STRBUF_INIT;
		reply_encode(&r, &line);
		reply_release(&r);
		FUZZ_TRUE(!reply_decode(&r, line.buf, line.len, NULL));
		reply_release(&r);
		strbuf_release(&line);
	}
	free(text);
	return 0;
}
