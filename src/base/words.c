#include "thaw/base/words.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

char *words_buffer(void)
{
	static _Thread_local char buffers[WORDS_BUFFERS][WORDS_SIZE];
	static _Thread_local unsigned next;
	return buffers[next++ % WORDS_BUFFERS];
}

const char *words_count(int64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)n);
	char *out = words_buffer(), *p = out;
	for (int i = 0; i < len; i++) {
		int left = len - i;
		if (i > 0 && left % 3 == 0 && digits[i - 1] != '-')
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	return out;
}

const char *words_plural(int64_t n, const char *one)
{
	static const char *const hissing[] = {"s", "x", "ch", "sh"};
	char *out = words_buffer();
	size_t len = strlen(one);
	const char *ending = "s";
	for (size_t i = 0; i < sizeof(hissing) / sizeof(*hissing); i++) {
		size_t tail = strlen(hissing[i]);
		if (len > tail && strcmp(one + len - tail, hissing[i]) == 0)
			ending = "es";
	}
	if (len > 3 && strcmp(one + len - 3, "och") == 0) /* epoch */
		ending = "s";
	bool ies = len > 1 && one[len - 1] == 'y' && !strchr("aeiou", one[len - 2]);
	if (n == 1)
		snprintf(out, WORDS_SIZE, "%s", one);
	else
		snprintf(out, WORDS_SIZE, "%.*s%s", (int)(len - ies), one, ies ? "ies" : ending);
	return out;
}

const char *words_n(int64_t n, const char *one)
{
	char *out = words_buffer();
	snprintf(out, WORDS_SIZE, "%s %s", words_count(n), words_plural(n, one));
	return out;
}

const char *words_bytes(double n)
{
	static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
	size_t u = 0;
	while (n >= 1000 && u + 1 < sizeof(units) / sizeof(*units)) {
		n /= 1000;
		u++;
	}
	char *out = words_buffer();
	snprintf(out, WORDS_SIZE, u ? "%.1f %s" : "%.0f %s", n, units[u]);
	return out;
}

const char *words_duration(double seconds)
{
	char *b = words_buffer();
	if (!isfinite(seconds) || seconds < 0 || seconds > 1e12) {
		snprintf(b, WORDS_SIZE, "-");
		return b;
	}
	long long s = (long long)(seconds + 0.5);
	if (seconds < 9.95)
		snprintf(b, WORDS_SIZE, "%.1fs", seconds);
	else if (s < 60)
		snprintf(b, WORDS_SIZE, "%llds", s);
	else if (s < 3600)
		snprintf(b, WORDS_SIZE, "%lldm %02llds", s / 60, s % 60);
	else
		snprintf(b, WORDS_SIZE, "%lldh %02lldm", s / 3600, s / 60 % 60);
	return b;
}

const char *words_short(double n)
{
	static const struct {
		double unit;
		const char *suffix;
	} units[] = {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
	char *b = words_buffer();
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		/* 999.6k would be written 1000k: the next unit takes over from there */
		if (!(fabs(n) >= units[i].unit * 0.9995) || (i == 3 && fabs(n) < 1000))
			continue;
		double v = n / units[i].unit;
		int decimals = fabs(v) < 9.995 ? 2 : fabs(v) < 99.95 ? 1 : 0;
		snprintf(b, WORDS_SIZE, "%.*f%s", decimals, v, units[i].suffix);
		return b;
	}
	snprintf(b, WORDS_SIZE, "%.4g", n);
	return b;
}

/* 1e-05 and 2.5e+07 read better, and fit, as 1e-5 and 2.5e7. */
static char *short_power(char *text)
{
	char *e = strchr(text, 'e'), *digits = e ? e + 1 : NULL;
	if (!e)
		return text;
	digits += *digits == '-' || *digits == '+';
	digits += strspn(digits, "0");
	char *to = e[1] == '-' ? e + 2 : e + 1;
	memmove(to, digits, strlen(digits) + 1);
	return text;
}

const char *words_loss(double v)
{
	char *out = words_buffer();
	if (!isfinite(v))
		snprintf(out, WORDS_SIZE, "%s", isnan(v) ? "nan" : v > 0 ? "inf" : "-inf");
	else
		snprintf(out, WORDS_SIZE,
			 v >= 999.5               ? "%.1e"
			 : v > 0 && v < 0.0005 ? "%.0e"
			 : v >= 99.95 ? "%.1f"
			 : v >= 9.995 ? "%.2f"
				      : "%.3f",
			 v);
	return short_power(out);
}

const char *words_percent(double v)
{
	char *out = words_buffer();
	if (!isfinite(v))
		snprintf(out, WORDS_SIZE, "-");
	else
		snprintf(out, WORDS_SIZE, v > 0.99949 ? "%.0f" : "%.1f", v * 100);
	return out;
}

const char *words_rate(double v)
{
	char *out = words_buffer();
	snprintf(out, WORDS_SIZE, "%.3g", v);
	return short_power(out);
}

const char *words_rate_column(double v)
{
	char *out = words_buffer();
	double size = fabs(v);
	int decimals = isfinite(v) && size > 0 ? 2 - (int)floor(log10(size) + 1e-9) : 2;
	if (!isfinite(v))
		return words_rate(v);
	if (size > 0 && (size < 1e-4 || size >= 1000))
		snprintf(out, WORDS_SIZE, "%.2e", v);
	else
		snprintf(out, WORDS_SIZE, "%.*f", decimals > 0 ? decimals : 0, v);
	return short_power(out);
}

const char *words_moment(int64_t unix_ms)
{
	char *out = words_buffer();
	time_t seconds = (time_t)(unix_ms / 1000);
	struct tm tm;
	if (unix_ms <= 0 || !localtime_r(&seconds, &tm) ||
	    !strftime(out, WORDS_SIZE, "%Y-%m-%d %H:%M", &tm))
		snprintf(out, WORDS_SIZE, "-");
	return out;
}

const char *words_opt(const char *(*words)(double), struct opt_double v)
{
	return v.valid ? words(v.value) : "-";
}
