/* Logs of other programs: any bytes are opened, by their content or as any format, or refused; what
 * comes of them are events, and goes on where the file does. */
#include "fuzz.h"

#include "thaw/event/log_reader.h"
#include "thaw/history/history.h"
#include "thaw/import/import.h"

#include <fcntl.h>
#include <unistd.h>

static void fold(const struct import *im)
{
	struct log_reader *r = NULL;
	struct history h;
	struct event ev;
	history_init(&h);
	FUZZ_TRUE(!log_reader_open(&r, import_log(im), NULL));
	for (enum log_next next; (next = log_reader_next(r, &ev, NULL)) != LOG_WAIT;) {
		FUZZ_TRUE(next == LOG_EVENT);
		history_apply(&h, &ev);
		event_release(&ev);
	}
	FUZZ_TRUE(h.has_run && h.run.format);
	log_reader_close(r);
	history_release(&h);
}

static void add(const char *path, const uint8_t *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	FUZZ_TRUE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

/* All at once, and the last part later. */
static void open_as(const char *format, const char *columns, const uint8_t *data, size_t size)
{
	struct import *im = NULL;
	struct errinfo e = {.msg = ""};
	size_t cut = size ? data[size / 2] * size / 256 : 0;
	struct import_options o = {.format = format, .columns = columns};
	const char *path = fuzz_file("log", data, size);
	if (import_open(&im, path, &o, &e))
		FUZZ_TRUE(e.msg[0]);
	else
		fold(im);
	import_close(im);
	im = NULL;
	path = fuzz_file("grown", data, cut);
	o.follow = true;
	if (!import_open(&im, path, &o, &e)) {
		add(path, data + cut, size - cut);
		import_poll(im, NULL, &e);
	}
	import_close(im);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct import_format *f;
	open_as(NULL, NULL, data, size);
	open_as(NULL, "epoch=1,loss=2,val_acc=3", data, size);
	size_t n = 0;
	while (import_format_at(n))
		n++;
	f = import_format_at(size ? data[0] % n : 0);
	open_as(f->name, NULL, data, size);
	return 0;
}
