/* What the trainer takes of the machine, and what its card does, in words. */
#include "thaw/history/history.h"

#include "thaw/base/words.h"

#include <math.h>
#include <string.h>

/* ---- which device ---- */

static bool is_one_of(const char *word, size_t len, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == len && strncmp(*words, word, len) == 0)
			return true;
	return false;
}

/* Of "A100-SXM4-40GB" the first part; a name may have a hyphen, too. */
static size_t without_socket(const char *word, size_t len)
{
	size_t n = strcspn(word, "-");
	return n > 0 && n < len && word[n - 1] >= '0' && word[n - 1] <= '9' ? n : len;
}

/* Of "cuda:0 NVIDIA GeForce RTX 4090, driver …" what people say: without maker and family, memory
 * and socket. */
static void add_model(const char *device, struct strbuf *out)
{
	static const char *const makers[] = {"NVIDIA", "GeForce", "Tesla", "Quadro", NULL};
	static const char *const details[] = {"PCIe", "NVL",   "HBM2", "HBM2e",
					      "HBM3", "HBM3e", NULL};
	size_t start = out->len, n;
	for (const char *at = device + strcspn(device, " ,"); *at == ' '; at += n) {
		at++;
		n = strcspn(at, " ,");
		size_t len = without_socket(at, n);
		bool amount =
		    n > 2 && strncmp(at + n - 2, "GB", 2) == 0 && *at >= '0' && *at <= '9';
		if (amount || is_one_of(at, n, details))
			break;
		if (is_one_of(at, n, makers))
			continue;
		strbuf_addf(out, "%s%.*s", out->len > start ? " " : "", (int)len, at);
	}
}

void history_device_name(const struct history *h, struct strbuf *out)
{
	const char *device = h->run.device ? h->run.device : "";
	size_t before = out->len, n = strcspn(device, " ,");
	if (strncmp(device, "cuda", 4) == 0)
		add_model(device, out);
	if (out->len == before)
		strbuf_add(out, device, n);
}

/* ---- what it does ---- */

const struct history_device *history_device_now(const struct history *h)
{
	return h->n_devices && !h->ended ? history_device(h, h->n_devices - 1) : NULL;
}

struct opt_double history_cpu(const struct history_device *d)
{
	bool known = d->cores > 0 && isfinite(d->cpu) && d->cpu >= 0;
	return (struct opt_double){known ? fmin(d->cpu / (double)d->cores, 1) : 0, known};
}

bool history_device_is_card(const struct history_device *d)
{
	return isfinite(d->busy) || isfinite(d->memory);
}

/* "12.3/85.5 GB": one unit, and room for the name. */
static void add_memory(const struct history_device *d, int brevity, struct strbuf *out)
{
	const char *used = words_bytes(d->memory), *total = words_bytes(d->memory_total);
	const char *unit = strchr(used, ' ');
	if (brevity || !isfinite(d->memory_total))
		strbuf_addf(out, "%s", used);
	else if (strcmp(unit, strchr(total, ' ')) == 0)
		strbuf_addf(out, "%.*s/%s", (int)(unit - used), used, total);
	else
		strbuf_addf(out, "%s/%s", used, total);
}

static void add_card(const struct history *h, const struct history_device *d, int brevity,
		     struct strbuf *out)
{
	history_device_name(h, out);
	if (isfinite(d->busy))
		strbuf_addf(out, " %.0f %%", 100 * d->busy);
	if (!isfinite(d->memory) || (brevity > 1 && isfinite(d->busy)))
		return;
	strbuf_addstr(out, isfinite(d->busy) ? ", " : " ");
	add_memory(d, brevity, out);
}

bool history_host_words(const struct history_device *d, struct strbuf *out)
{
	size_t before = out->len;
	struct opt_double cpu = history_cpu(d);
	if (cpu.valid)
		strbuf_addf(out, "cpu %.0f %%", 100 * cpu.value);
	if (isfinite(d->rss))
		strbuf_addf(out, "%s%s", cpu.valid ? ", " : "memory ", words_bytes(d->rss));
	return out->len > before;
}

bool history_device_words(const struct history *h, const struct history_device *d, int brevity,
			  struct strbuf *out)
{
	if (!history_device_is_card(d))
		return brevity < 2 && history_host_words(d, out);
	add_card(h, d, brevity, out);
	return true;
}

bool history_device_heat(const struct history_device *d, int brevity, struct strbuf *out)
{
	size_t before = out->len;
	if (isfinite(d->celsius))
		strbuf_addf(out, "%.0f°C", d->celsius);
	if (isfinite(d->watts))
		strbuf_addf(out, "%s%.0f W", out->len > before ? ", " : "", d->watts);
	if (isfinite(d->clock_mhz) && !brevity)
		strbuf_addf(out, "%s%.2f GHz", out->len > before ? ", " : "", d->clock_mhz / 1000);
	return out->len > before;
}

/* NaN: not known. */
static double load_of(const struct history_device *d)
{
	struct opt_double cpu = history_cpu(d);
	return history_device_is_card(d) ? d->busy : cpu.valid ? cpu.value : NAN;
}

void history_device_lately(const struct history *h, size_t most, struct strbuf *out)
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	enum { LEVELS = sizeof(blocks) / sizeof(*blocks) };
	for (size_t i = h->n_devices > most ? h->n_devices - most : 0; i < h->n_devices; i++) {
		double load = load_of(history_device(h, i));
		strbuf_addstr(out, isfinite(load) ? blocks[lround(fmin(fmax(load, 0), 1) * (LEVELS - 1))]
						  : "·");
	}
}

struct opt_double history_card_peak(const struct history *h)
{
	struct opt_double most = {0, false};
	for (size_t i = 0; i < h->n_devices; i++)
		if (isfinite(history_device(h, i)->memory))
			most = opt_of(fmax(most.value, history_device(h, i)->memory));
	return most;
}
