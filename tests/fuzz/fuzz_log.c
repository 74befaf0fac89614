/* A whole log: read at once and while it grows, the same events come; its fold bears them. */
#include "log_mutator.h"

#include "thaw/event/log_check.h"
#include "thaw/event/log_reader.h"
#include "thaw/history/history.h"

#include <fcntl.h>
#include <unistd.h>

struct tally {
	int64_t events, broken, last_seq;
};

static void read_on(struct log_reader *r, struct tally *t, struct history *h)
{
	struct event ev;
	struct errinfo e;
	enum log_next next;
	while ((next = log_reader_next(r, &ev, &e)) != LOG_WAIT) {
		t->broken += next == LOG_BROKEN;
		if (next == LOG_BROKEN && h)
			history_broken(h);
		if (next != LOG_EVENT)
			continue;
		FUZZ_TRUE(ev.seq > t->last_seq);
		t->last_seq = ev.seq;
		t->events++;
		if (h)
			history_apply(h, &ev);
		event_release(&ev);
	}
}

/* Figures that any screen asks for. */
static void look(const struct history *h)
{
	struct strbuf words = STRBUF_INIT;
	double share;
	int64_t ms;
	FUZZ_TRUE(history_progress(h) >= 0 && history_progress(h) <= 1);
	history_eta_ms(h, &ms);
	history_scale_words(h, &words);
	for (int brevity = 0; brevity < 3; brevity++)
		history_cache_words(h, brevity, &words);
	history_cache_saved(h, &share);
	history_data_bound(h, &share);
	FUZZ_TRUE(h->best_epoch < (int)h->n_epochs && h->phase < (int64_t)h->n_phases);
	strbuf_release(&words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally once = {0}, grown = {0};
	struct history h;
	struct log_reader *r = NULL;
	size_t cut = size ? data[size / 2] * size / 256 : 0;
	const char *path = fuzz_file("whole", data, size);
	history_init(&h);
	log_check(path, NULL);
	FUZZ_TRUE(!log_reader_open(&r, path, NULL));
	read_on(r, &once, &h);
	look(&h);
	history_release(&h);
	log_reader_close(r);
	path = fuzz_file("grown", data, cut);
	FUZZ_TRUE(!log_reader_open(&r, path, NULL));
	read_on(r, &grown, NULL);
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	FUZZ_TRUE(fd >= 0 && write(fd, data + cut, size - cut) == (ssize_t)(size - cut));
	close(fd);
	read_on(r, &grown, NULL);
	log_reader_close(r);
	FUZZ_TRUE(memcmp(&once, &grown, sizeof(once)) == 0);
	return 0;
}
