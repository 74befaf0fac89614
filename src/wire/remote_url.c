#include "thaw/wire/remote_url.h"

#include "thaw/base/alloc.h"
#include "thaw/base/fnv.h"
#include "thaw/base/strbuf.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SCHEME "ssh://"
#define NAME_MOST 200
#define NAME_KEPT 160 /* of a longer one, before its digest */

bool remote_url_is(const char *text)
{
	return strncmp(text, SCHEME, sizeof(SCHEME) - 1) == 0;
}

static int hex(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10
					    : -1;
}

/* n bytes with %XX undone; NULL: they hold what no name may. */
static char *decoded(const char *text, size_t n)
{
	struct strbuf out = STRBUF_INIT;
	for (size_t i = 0; i < n; i++) {
		char c = text[i];
		if (c == '%' && i + 2 < n && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
			c = (char)(hex(text[i + 1]) << 4 | hex(text[i + 2]));
			i += 2;
		}
		if ((unsigned char)c < 0x20 || c == 0x7f) {
			strbuf_release(&out);
			return NULL;
		}
		strbuf_addch(&out, c);
	}
	return strbuf_detach(&out);
}

static enum err bad(struct remote_url *u, const char *text, const char *why, struct errinfo *e)
{
	remote_url_release(u);
	return err_set(e, ERR_VALUE, "%.300s: %s; wanted: ssh://[user@]host[:port]/RUN", text, why);
}

/* What ssh could take for something else than a name. */
static bool is_name(const char *s)
{
	return s && *s && *s != '-' && !strpbrk(s, " \t'\"\\$`@/");
}

static bool is_port(const char *s)
{
	size_t n = strspn(s, "0123456789");
	long port = strtol(s, NULL, 10);
	return n && n <= 5 && !s[n] && port >= 1 && port <= 65535;
}

/* "host", "host:port", "[address]:port" */
static void split_host(struct remote_url *u, const char *at, size_t n)
{
	const char *close = at[0] == '[' ? memchr(at, ']', n) : NULL;
	size_t host = close ? (size_t)(close - at) - 1 : n;
	const char *colon = memchr(close ? close : at, ':', close ? n - (size_t)(close - at) : n);
	if (!close && colon)
		host = (size_t)(colon - at);
	u->host = decoded(close ? at + 1 : at, host);
	if (colon)
		u->port = xstrndup(colon + 1, n - (size_t)(colon - at) - 1);
}

enum err remote_url_parse(struct remote_url *u, const char *text, struct errinfo *e)
{
	*u = (struct remote_url){.text = xstrdup(text)};
	if (!remote_url_is(text))
		return bad(u, text, "not an address of ssh", e);
	const char *where = text + sizeof(SCHEME) - 1;
	size_t n = strcspn(where, "/");
	const char *at = memrchr(where, '@', n), *path = where[n] ? where + n + 1 : "";
	if (at)
		u->user = decoded(where, (size_t)(at - where));
	split_host(u, at ? at + 1 : where, n - (at ? (size_t)(at - where) + 1 : 0));
	if (strncmp(path, "~/", 2) == 0) /* where ssh begins anyway */
		path += 2;
	u->path = decoded(path, strlen(path));
	if (!is_name(u->host))
		return bad(u, text, "no host that ssh could be given", e);
	if (at && !is_name(u->user))
		return bad(u, text, "no user that ssh could be given", e);
	if (u->port && !is_port(u->port))
		return bad(u, text, "a port is a number from 1 to 65535", e);
	if (!u->path || u->path[0] == '-')
		return bad(u, text, "no name that a run could have", e);
	return ERR_OK;
}

void remote_url_release(struct remote_url *u)
{
	free(u->text);
	free(u->user);
	free(u->host);
	free(u->port);
	free(u->path);
	*u = (struct remote_url){0};
}

static bool is_plain_byte(unsigned char c, const char *others)
{
	return (c < 0x80 && isalnum(c)) || strchr(others, c);
}

static void add_encoded(struct strbuf *out, const char *text, const char *others)
{
	for (; *text; text++)
		if (is_plain_byte((unsigned char)*text, others))
			strbuf_addch(out, *text);
		else
			strbuf_addf(out, "%%%02X", (unsigned char)*text);
}

char *remote_url_host(const struct remote_url *u)
{
	bool v6 = strchr(u->host, ':') != NULL;
	return xasprintf("%s%s%s%s%s%s%s", u->user ? u->user : "", u->user ? "@" : "",
			 v6 ? "[" : "", u->host, v6 ? "]" : "", u->port ? ":" : "",
			 u->port ? u->port : "");
}

char *remote_url_of(const struct remote_url *host, const char *path)
{
	struct strbuf out = STRBUF_INIT;
	char *where = remote_url_host(host);
	strbuf_addf(&out, SCHEME "%s/", where);
	add_encoded(&out, path, "_-./~+=,:@");
	free(where);
	return strbuf_detach(&out);
}

char *remote_url_file_name(const char *text)
{
	struct strbuf out = STRBUF_INIT;
	uint64_t digest = fnv(text, strlen(text));
	if (text[0] == '.' || !text[0]) { /* neither hidden nor a way up */
		strbuf_addstr(&out, text[0] ? "%2E" : "%");
		text += text[0] != '\0';
	}
	add_encoded(&out, text, "_-.");
	if (out.len > NAME_MOST) {
		strbuf_remove(&out, NAME_KEPT, out.len - NAME_KEPT);
		strbuf_addf(&out, "%%-%016" PRIx64, digest);
	}
	return strbuf_detach(&out);
}
