#include "choose_device.h"
#include "thaw/base/alloc.h"
#include "thaw/base/words.h"
#include "thaw/engine/device.h"

#include <stdlib.h>

static enum err choose(const char *name, enum precision precision, const char *place,
		       struct errinfo *e)
{
	struct errinfo why = {0};
	enum err r = device_choose(name, precision, &why);
	return r ? err_set(e, r, "%s: %s", place, why.msg) : ERR_OK;
}

enum err choose_device(struct experiment *x, const char *asked, struct warnings *warnings,
		       struct errinfo *e)
{
	if (asked) {
		free(x->train.device);
		x->train.device = xstrdup(asked);
	}
	enum err r = choose(x->train.device, x->train.precision,
			    asked ? "--device" : experiment_where(x, "train.device"), e);
	if (!r && warnings && device_missed())
		warnings_add(warnings, "no graphics card is used: %s", device_reason());
	return r;
}

enum err choose_device_again(const struct experiment *x, const char *asked, struct errinfo *e)
{
	enum precision precision = x ? x->train.precision : PRECISION_TF32;
	if (asked)
		return choose(asked, precision, "--device", e);
	if (x && !device_choose(x->train.device, precision, NULL))
		return ERR_OK;
	return device_choose("auto", precision, e);
}

void chosen_device_words(int threads, struct strbuf *out)
{
	const char *n = words_n(threads, "thread");
	if (device_is_card())
		strbuf_addf(out, "%s; %s for pictures", device_name(), n);
	else
		strbuf_addf(out, "%s, %s", device_name(), n);
	if (*device_reason())
		strbuf_addf(out, ": %s", device_reason());
}
