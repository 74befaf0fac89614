/* The control socket: any bytes as what a client sends to the trainer, in two pieces, and as what a
 * trainer answers. */
#include "fuzz.h"

#include "../../src/wire/hello.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/folder.h"
#include "thaw/wire/control_client.h"
#include "thaw/wire/control_server.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void answer(void *arg, uint64_t client, const struct command *c)
{
	struct reply r = {.id = c->id, .ok = true, .iter = 7, .msg = c->arg};
	control_server_reply(arg, client, &r);
}

static int socket_at(const char *path, bool listens)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (listens)
		unlink(path);
	FUZZ_TRUE((listens ? bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 1)
			   : connect(fd, (struct sockaddr *)&a, sizeof(a))) == 0);
	return fd;
}

/* The folder of a path. */
static struct folder here(const char *path)
{
	struct folder in;
	char *dir = path_dir(path);
	FUZZ_TRUE(!folder_open(&in, dir, NULL));
	free(dir);
	return in;
}

static void poll_server(struct control_server *s)
{
	for (int i = 0; i < 3; i++)
		control_server_poll(s, 0, answer, s);
}

static void as_client(const uint8_t *data, size_t size)
{
	struct control_server *s = NULL;
	const char *path = fuzz_path("server");
	struct folder in = here(path);
	unlink(path);
	FUZZ_TRUE(!control_server_open(&s, &in, path_base(path), "run", NULL));
	folder_close(&in);
	int fd = socket_at(path, false);
	poll_server(s);
	if (size / 2)
		send(fd, data, size / 2, MSG_DONTWAIT | MSG_NOSIGNAL);
	poll_server(s);
	send(fd, data + size / 2, size - size / 2, MSG_DONTWAIT | MSG_NOSIGNAL);
	poll_server(s);
	close(fd);
	poll_server(s);
	FUZZ_TRUE(control_server_clients(s) == 0);
	control_server_close(s);
}

struct trainer {
	int fd;
	const uint8_t *data;
	size_t size;
};

static void *trainer_main(void *arg)
{
	struct trainer *t = arg;
	int fd = accept(t->fd, NULL, NULL);
	for (size_t n = 0; n < t->size;) {
		ssize_t sent = send(fd, t->data + n, t->size - n, MSG_NOSIGNAL);
		if (sent <= 0)
			break;
		n += (size_t)sent;
	}
	close(fd);
	return NULL;
}

static void as_trainer(const uint8_t *data, size_t size)
{
	struct strbuf bytes = STRBUF_INIT;
	if (size && data[0] == '\n') /* behind a greeting */
		hello_encode("run", NULL, &bytes);
	strbuf_add(&bytes, data, size);
	struct trainer t = {socket_at(fuzz_path("trainer"), true), (const uint8_t *)bytes.buf,
			    bytes.len};
	pthread_t thread;
	struct control_client *c = NULL;
	struct reply r;
	FUZZ_TRUE(pthread_create(&thread, NULL, trainer_main, &t) == 0);
	struct folder in = here(fuzz_path("trainer"));
	if (!control_client_open(&c, &in, path_base(fuzz_path("trainer")), NULL)) {
		while (!control_client_wait(c, 1, 1000, &r, NULL))
			reply_release(&r);
		control_client_close(c);
	}
	folder_close(&in);
	pthread_join(thread, NULL);
	close(t.fd);
	strbuf_release(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hello h;
	if (!hello_decode(&h, (const char *)data, size, NULL))
		hello_release(&h);
	as_client(data, size);
	as_trainer(data, size);
	return 0;
}
