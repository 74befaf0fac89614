/* The link to another machine: any bytes as what a host says, raw and as well packed frames behind any
 * greeting, of a run and of a list; and as what a viewer says to a tap. Whatever came, nothing but the
 * mirror's own log is in the state folder.
 */
#include "fuzz.h"

#include "../../src/wire/remote_take.h"
#include "../../src/wire/tap_frame.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/plain.h"
#include "thaw/base/run_files.h"
#include "thaw/wire/tap.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/socket.h>
#include <unistd.h>

static struct strbuf packed(const uint8_t *data, size_t size)
{
	struct fuzz_part hello = fuzz_part(&data, &size);
	struct strbuf out = STRBUF_INIT;
	struct tap_packer p;
	strbuf_add(&out, hello.data, hello.size);
	strbuf_addch(&out, '\n');
	tap_packer_init(&p);
	while (size >= 3) { /* a kind, a length, the content */
		size_t len = (size_t)data[1] << 8 | data[2];
		len = len < size - 3 ? len : size - 3;
		tap_packer_add(&p, (char)data[0], data + 3, len, &out);
		data += 3 + len;
		size -= 3 + len;
	}
	tap_packer_flush(&p, &out);
	tap_packer_release(&p);
	return out;
}

static void on_record(void *arg, enum remote_record kind, const char *text, size_t len)
{
	(void)arg;
	FUZZ_TRUE(kind <= REMOTE_ALL && strlen(text) <= len);
}

static int look_at(const char *path, const struct stat *st, int type, struct FTW *at)
{
	const char *name = path_base(path);
	(void)st;
	if (type == FTW_D)
		FUZZ_TRUE(at->level <= 4);
	else
		FUZZ_TRUE(type == FTW_F && at->level == 5 && strcmp(name, RUN_LOG) == 0);
	return 0;
}

static void as_host(const char *bytes, size_t n, size_t piece, bool list)
{
	struct loop *loop = loop_new();
	struct remote_url url;
	struct remote *r = NULL;
	char words[200];
	FUZZ_TRUE(!remote_url_parse(&url, "ssh://me@host:7/run", NULL));
	FUZZ_TRUE(!remote_new(
	    &r, loop, &url, &(struct remote_options){.list = list, .on_record = on_record}, NULL));
	for (size_t at = 0; at < n && remote_state(r) != REMOTE_LOST; at += piece)
		remote_take(r, bytes + at, n - at < piece ? n - at : piece);
	remote_words(r, words, sizeof(words));
	FUZZ_TRUE(plain_run(words, strlen(words)) == strlen(words));
	FUZZ_TRUE(remote_mirror_size(r) <= (INT64_C(1) << 30));
	remote_free(r);
	remote_url_release(&url);
	loop_free(loop);
	nftw(fuzz_path("state"), look_at, 8, FTW_PHYS);
}

/* A viewer that says this and leaves. */
static void as_viewer(const uint8_t *data, size_t size)
{
	int in[2], out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	FUZZ_TRUE(out >= 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) == 0);
	send(in[1], data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(in[1]);
	FUZZ_TRUE(!tap_serve(
	    &(struct tap_options){
		.in = in[0], .out = out, .run = fuzz_path("run"), .name = "run", .from = size},
	    NULL));
	close(in[0]);
	close(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece = size ? 1 + (size_t)data[size - 1] * 16 : 1;
	FUZZ_TRUE(setenv("XDG_STATE_HOME", fuzz_path("state"), 1) == 0);
	FUZZ_TRUE(!file_mkdirs(fuzz_path("run"), NULL));
	struct strbuf bytes = packed(data, size);
	for (int list = 0; list < 2; list++) {
		as_host((const char *)data, size, piece, list);
		as_host(bytes.buf, bytes.len, piece, list);
	}
	as_viewer(data, size);
	strbuf_release(&bytes);
	return 0;
}
