#include "thaw/run/go_to.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const go_to_names[] = {"iter ", "epoch ", "time ", "event ",
				   "best",  "start",  "end",   NULL};

/* Digits alone, at most 15. */
static bool read_count(const char *text, int64_t *n)
{
	size_t len = strspn(text, "0123456789");
	*n = len ? strtoll(text, NULL, 10) : 0;
	return len > 0 && len <= 15 && !text[len];
}

void go_to_clock(int64_t ms, struct strbuf *out)
{
	long long s = ((long long)(ms > 0 ? ms : 0) + 500) / 1000;
	if (s >= 3600)
		strbuf_addf(out, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
	else
		strbuf_addf(out, "%lld:%02lld", s / 60, s % 60);
}

/* h:mm:ss, mm:ss or seconds, with a fraction or without. */
static bool read_clock(const char *text, double *seconds)
{
	*seconds = 0;
	for (int i = 0; i < 3; i++) {
		size_t len = strspn(text, "0123456789");
		if (len == 0 || len > 9)
			return false;
		bool last = text[len] != ':';
		char *end;
		double v = strtod(text, &end);
		if ((!last && end != text + len) || (last && *end) ||
		    (last && strspn(text, "0123456789.") != strlen(text)))
			return false;
		*seconds = *seconds * 60 + v;
		if (last)
			return true;
		text += len + 1;
	}
	return false;
}

static enum err to_iter(const struct timeline *t, const char *arg, size_t *at, struct errinfo *e)
{
	int64_t n;
	const struct track *k = &t->track;
	size_t to = read_count(arg, &n) ? track_find_iter(k, n) : 0;
	if (!k->n_spells)
		return err_set(e, ERR_VALUE, "no iteration is in the log");
	if (!to || n < k->first_iter)
		return err_set(e, ERR_VALUE,
			       "iteration %.20s is not in the log; it has %lld to %lld", arg,
			       (long long)k->first_iter, (long long)k->last_iter);
	*at = to;
	return ERR_OK;
}

static enum err to_epoch(const struct timeline *t, const char *arg, size_t *at, struct errinfo *e)
{
	int64_t n;
	const struct timeline_epoch *to = read_count(arg, &n) ? timeline_find_epoch(t, n) : NULL;
	if (!t->n_epochs)
		return err_set(e, ERR_VALUE, "no epoch has ended yet");
	if (!to)
		return err_set(e, ERR_VALUE, "epoch %.20s is not in the log; it has %lld to %lld",
			       arg, (long long)t->epochs[0].epoch,
			       (long long)t->epochs[t->n_epochs - 1].epoch);
	*at = to->behind;
	return ERR_OK;
}

static enum err to_time(const struct timeline *t, const char *arg, size_t *at, struct errinfo *e)
{
	double seconds;
	int64_t last = timeline_ms(t, t->n);
	if (read_clock(arg, &seconds) && seconds * 1000 < (double)last + 1000) {
		*at = timeline_at_ms(t, 0, seconds * 1000);
		return ERR_OK;
	}
	struct strbuf end = STRBUF_INIT;
	go_to_clock(last, &end);
	err_set(e, ERR_VALUE, "time is h:mm:ss, mm:ss or seconds, from 0 to %s, not '%.20s'",
		end.buf, arg);
	strbuf_release(&end);
	return ERR_VALUE;
}

static enum err to_event(const struct timeline *t, const char *arg, size_t *at, struct errinfo *e)
{
	int64_t n;
	if (!read_count(arg, &n) || (uint64_t)n > t->n)
		return err_set(e, ERR_VALUE, "event %.20s is not in the log; it has 1 to %zu", arg,
			       t->n);
	*at = (size_t)n;
	return ERR_OK;
}

static enum err to_best(const struct timeline *t, const char *arg, size_t *at, struct errinfo *e)
{
	char number[24];
	(void)arg;
	if (!t->track.best_epoch)
		return err_set(e, ERR_VALUE, "the log tells of no best epoch");
	snprintf(number, sizeof(number), "%lld", (long long)t->track.best_epoch);
	return to_epoch(t, number, at, e);
}

static enum err to_start(const struct timeline *t, const char *arg, size_t *at, struct errinfo *e)
{
	(void)t;
	(void)arg;
	(void)e;
	*at = 0;
	return ERR_OK;
}

static enum err to_end(const struct timeline *t, const char *arg, size_t *at, struct errinfo *e)
{
	(void)arg;
	(void)e;
	*at = t->n;
	return ERR_OK;
}

/* Of the events, as the bar shows it. */
static enum err to_share(const struct timeline *t, const char *words, size_t *at, struct errinfo *e)
{
	char *end;
	double v = strtod(words, &end);
	end += strspn(end, " ");
	if (*end != '%' || end[1] || !(v >= 0) || v > 100)
		return err_set(e, ERR_VALUE, "a share is from 0%% to 100%%, not '%.20s'", words);
	*at = (size_t)llround(v / 100 * (double)t->n);
	return ERR_OK;
}

static const struct {
	const char *name;
	bool wants;
	enum err (*go)(const struct timeline *t, const char *arg, size_t *at, struct errinfo *e);
} places[] = {
    {"iter", true, to_iter},    {"iteration", true, to_iter}, {"epoch", true, to_epoch},
    {"time", true, to_time},    {"event", true, to_event},    {"best", false, to_best},
    {"start", false, to_start}, {"end", false, to_end},
};

enum err go_to_parse(const struct timeline *t, const char *words, size_t *at, struct errinfo *e)
{
	size_t n = strcspn(words, " ");
	const char *arg = words + n + strspn(words + n, " ");
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (strlen(places[i].name) == n && strncasecmp(places[i].name, words, n) == 0 &&
		    !*arg == !places[i].wants)
			return places[i].go(t, arg, at, e);
	if (*words && words[strlen(words) - 1] == '%')
		return to_share(t, words, at, e);
	return ERR_NOT_FOUND;
}
