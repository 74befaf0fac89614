/* The built programs on a disk that refuses: the run waits, everybody is told, nothing is lost. */
#include "job.h"

#include <dirent.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define PLAN                                                                                       \
	"--runs", runs, "--set", "phases.head.epochs=9", "--set", "phases.tune.epochs=3", "--set", \
	    "train.threads=1", "--set", "train.batch=32", "--set", "data.limit=32"
#define N_EPOCHS 12

static void until_prints(struct running *r, int which, const char *text)
{
	int64_t end = clock_ms() + DEADLINE_S * 1000;
	while (!strstr(r->text[which].buf, text) && clock_ms() < end && r->fd[which] >= 0)
		run_pump(r, 50);
	if (!strstr(r->text[which].buf, text))
		fail_msg("no '%s' in: %s", text, r->text[which].buf);
}

static void want_output(const char *const *words, const char *text)
{
	struct running r;
	run_expect(&r, 0, words);
	if (!strstr(r.text[0].buf, text))
		fail_msg("no '%s' in: %s", text, r.text[0].buf);
	run_release(&r);
}

#define WANT(text, ...) want_output((const char *const[]){__VA_ARGS__, NULL}, text)

/* The run has trained two epochs and holds. */
static void start_held(struct running *r, const char *name)
{
	run_start(r,
		  (const char *const[]){trainer, "run", shapes, PLAN, "--name", name, "--pause-at",
					"2", NULL},
		  NULL);
	job_until_paused(name);
}

static void limit_files(pid_t pid, rlim_t bytes)
{
	struct rlimit limit = {bytes, RLIM_INFINITY};
	assert_int_equal(prlimit(pid, RLIMIT_FSIZE, &limit, NULL), 0);
}

static void ctl(const char *name, const char *command)
{
	struct running r;
	EXPECT(&r, 0, viewer, "ctl", name, "--runs", runs, command);
	run_release(&r);
}

static void whole_log(const char *name)
{
	struct history h;
	job_history(&h, runs, name);
	assert_true(h.ended);
	assert_int_equal(h.end.status, END_FINISHED);
	assert_int_equal(h.n_epochs, N_EPOCHS);
	assert_int_equal(h.n_broken, 0);
	history_release(&h);
	struct strbuf log;
	char seq[32];
	read_run_file(&log, name, "events.jsonl");
	int n = 0;
	for (char *line = log.buf; *line; line = strchr(line, '\n') + 1) {
		snprintf(seq, sizeof(seq), "{\"seq\":%d,", ++n);
		assert_memory_equal(line, seq, strlen(seq));
	}
	strbuf_release(&log);
}

static void a_full_disk_is_waited_for_and_told(void **state)
{
	(void)state;
	struct running whole, r, follower;
	EXPECT(&whole, 0, trainer, "run", shapes, PLAN, "--name", "whole");
	run_release(&whole);
	start_held(&r, "full");
	run_start(
	    &follower,
	    (const char *const[]){viewer, "attach", "full", "--runs", runs, "--headless", NULL},
	    NULL);
	limit_files(r.pid, 64); /* of the log, which is larger, and of what is saved */
	ctl("full", "resume");
	until_prints(&follower, 0, "not saved, the run waits: events.jsonl: File too large");
	until_prints(&r, 1, "events.jsonl: File too large");
	WANT("unsaved", viewer, "ls", "--runs", runs);
	WANT("waiting: events.jsonl: File too large", viewer, "ls", "--runs", runs);
	WANT("\"status\":\t\"unsaved\"", viewer, "ls", "--runs", runs, "--json");
	WANT("it waits: events.jsonl: File too large", viewer, "show", "full", "--runs", runs);
	ctl("full", "pause"); /* it answers, and goes on waiting */
	ctl("full", "resume");
	limit_files(r.pid, RLIM_INFINITY);
	until_prints(&follower, 0, "saved, the run goes on");
	assert_int_equal(run_wait(&r), 0);
	assert_int_equal(run_wait(&follower), 0);
	run_release(&r);
	run_release(&follower);
	whole_log("full");
	job_same_files("whole", "full");
}

static void a_stop_of_a_run_that_waits_fails_with_the_reason(void **state)
{
	(void)state;
	struct running r;
	start_held(&r, "stopped");
	limit_files(r.pid, 64);
	ctl("stopped", "resume");
	until_prints(&r, 1, "File too large");
	kill(r.pid, SIGTERM);
	assert_int_equal(run_wait(&r), 1);
	assert_non_null(strstr(r.text[1].buf, "could not be saved: "));
	run_release(&r);
}

/* Whoever is connected is told why. */
static void a_removed_directory_ends_the_run(void **state)
{
	(void)state;
	struct running r, follower;
	char *dir = path_join(runs, "removed");
	start_held(&r, "removed");
	run_start(&follower, (const char *const[]){viewer, "attach", dir, "--headless", NULL},
		  NULL);
	until_prints(&follower, 0, "pause");
	nftw(dir, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	assert_int_equal(run_wait(&r), 1);
	assert_non_null(strstr(r.text[1].buf, "was removed"));
	run_wait(&follower);
	assert_non_null(strstr(follower.text[0].buf, "was removed"));
	run_release(&r);
	run_release(&follower);
	free(dir);
}

/* A disk of its own that something else fills. */
static void a_small_disk_that_fills(void **state)
{
	(void)state;
	struct running r;
	char *disk = path_join(job_dir, "disk"), *was = runs, *filler = path_join(disk, "filler");
	assert_int_equal(mkdir(disk, 0700), 0);
	if (mount("tmpfs", disk, "tmpfs", 0, "size=4m") != 0) {
		print_message("skipped: no disk may be mounted here\n");
		free(disk);
		free(filler);
		skip();
	}
	runs = disk;
	start_held(&r, "small");
	int fd = open(filler, O_WRONLY | O_CREAT, 0600);
	char block[4096] = {0};
	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
	ctl("small", "resume");
	until_prints(&r, 1, "No space left on device");
	WANT("No space left on device", viewer, "ls", "--runs", runs);
	unlink(filler);
	assert_int_equal(run_wait(&r), 0);
	run_release(&r);
	whole_log("small");
	runs = was;
	umount2(disk, MNT_DETACH);
	free(disk);
	free(filler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_full_disk_is_waited_for_and_told),
	    cmocka_unit_test(a_stop_of_a_run_that_waits_fails_with_the_reason),
	    cmocka_unit_test(a_removed_directory_ends_the_run),
	    cmocka_unit_test(a_small_disk_that_fills),
	};
	return cmocka_run_group_tests(tests, shapes_open, shapes_close);
}
