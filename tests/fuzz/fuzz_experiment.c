/* An experiment file, and behind a NUL a --set: what is accepted is the same when it is written and
 * read again. */
#include "fuzz.h"

#include "thaw/config/experiment.h"

static void read_again(const struct experiment *x)
{
	struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;
	struct experiment *again = NULL;
	struct errinfo e = {.msg = ""};
	experiment_write(x, &first);
	if (experiment_parse(&again, "again.yaml", first.buf, first.len, NULL, 0, &e)) {
		fprintf(stderr, "%s\n%s", e.msg, first.buf);
		abort();
	}
	experiment_write(again, &second);
	FUZZ_TRUE(strcmp(first.buf, second.buf) == 0);
	for (size_t i = 0; i < again->n_phases; i++)
		phase_lr(&again->phases[i], again->phases[i].lr, 0.5);
	experiment_free(again);
	strbuf_release(&first);
	strbuf_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_part yaml = fuzz_part(&data, &size);
	char *set = fuzz_text(data, size);
	const char *sets[] = {set};
	struct experiment *x = NULL;
	struct errinfo e;
	if (!experiment_parse(&x, "x.yaml", (const char *)yaml.data, yaml.size, sets, size > 0,
			      &e)) {
		read_again(x);
		experiment_free(x);
	}
	free(set);
	return 0;
}
