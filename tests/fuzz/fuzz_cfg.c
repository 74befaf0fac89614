/* A Darknet cfg: read, understood, and given another last layer, which must be a cfg again. */
#include "fuzz.h"

#include "../../src/engine/model_shape.h"
#include "thaw/base/warnings.h"
#include "thaw/engine/model.h"

static void check_text(const char *text, size_t len)
{
	struct cfg cfg = {0};
	struct shape shape = {0};
	struct warnings w = {0};
	struct errinfo e;
	if (cfg_parse(&cfg, "x.cfg", text, len, &e))
		return;
	shape_warn(&cfg, &w);
	if (!shape_build(&shape, &cfg, &e)) {
		struct strbuf canonical = STRBUF_INIT;
		struct cfg again = {0};
		shape_write(&shape, &cfg, &canonical);
		FUZZ_TRUE(!cfg_parse(&again, "again.cfg", canonical.buf, canonical.len, &e));
		cfg_release(&again);
		strbuf_release(&canonical);
		shape_release(&shape);
	}
	warnings_release(&w);
	cfg_release(&cfg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct head_spec spec = {.n_classes = 5, .cut = -1, .batch = 4, .dropout = 0.5};
	struct strbuf out = STRBUF_INIT;
	struct errinfo e;
	check_text((const char *)data, size);
	const char *path = fuzz_file("x.cfg", data, size);
	if (!model_replace_head(&out, NULL, path, &spec, &e)) {
		struct cfg cfg = {0};
		struct shape shape = {0};
		FUZZ_TRUE(!cfg_parse(&cfg, "new.cfg", out.buf, out.len, &e));
		FUZZ_TRUE(!shape_build(&shape, &cfg, &e) && shape.outputs == 5);
		shape_release(&shape);
		cfg_release(&cfg);
	}
	strbuf_release(&out);
	return 0;
}
