/* A run whose disk refuses: it waits, tells, tries again, and loses nothing; and it never ends as
 * if all were well. */
#include "../sockets.h"
#include "faults.h"

#include "thaw/base/clock.h"
#include "thaw/wire/control_client.h"

#include <poll.h>
#include <pthread.h>

/* --- one fault at any call --- */

static int n_calls;

static void a_whole_run(void **state)
{
	(void)state;
	struct errinfo e = {0};
	assert_int_equal(train_two("whole", &e), TRAINER_FINISHED);
	n_calls = faults.calls;
	whole_log("whole", END_FINISHED);
}

/* Refused before there is a run, or as good as no fault. */
static void want_whole(const char *name, int status, const struct errinfo *e)
{
	char *dir = path_join(runs, name);
	if (ended_with(status, TRAINER_BAD_INPUT))
		assert_false(file_exists(dir));
	else if (!ended_with(status, TRAINER_FINISHED))
		fail_msg("%s: status %d: %s", name, status, e->msg);
	else
		same_run("whole", name);
	if (ended_with(status, TRAINER_FINISHED))
		whole_log(name, END_FINISHED);
	free(dir);
}

static void one_fault_anywhere_changes_nothing(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int error;
		bool shorten;
	} kinds[] = {{"short", 0, true},
		     {"ENOSPC", ENOSPC, false},
		     {"EIO", EIO, false},
		     {"EINTR", EINTR, false}};
	int n_finished = 0;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
		for (int n = 1; n <= n_calls; n++) {
			struct errinfo e = {0};
			char *name = xasprintf("%s-%d", kinds[k].name, n);
			faults.calls = 0;
			faults.at = n;
			faults.error = kinds[k].error;
			faults.shorten = kinds[k].shorten;
			int status = apart(train_two, name, &e);
			want_whole(name, status, &e);
			n_finished += ended_with(status, TRAINER_FINISHED);
			forget_run(name);
			free(name);
		}
	assert_true(n_finished > n_calls * 3);
}

/* --- a disk that stays full --- */

static int fill_after, refuse; /* calls of net_step(), calls that need room */
static int fill_error = ENOSPC;

static void fill_disk(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	if (call != fill_after)
		return;
	faults.full = fill_error;
	faults.refuse_until = refuse;
}

/* In the middle of an epoch, at its end, at the run's end; with the log, or the checkpoint
 * alone. */
static void a_full_disk_is_waited_for(void **state)
{
	(void)state;
	static const int errors[] = {ENOSPC, EFBIG, EDQUOT, EIO, EROFS, EACCES};
	fake.on_step = fill_disk;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		for (fill_after = 1; fill_after <= 2 * ITERS; fill_after++) {
			struct errinfo e = {0};
			char *name = xasprintf("full-%d-%d", errors[i], fill_after);
			refuse = 4;
			fill_error = errors[i];
			int status = apart(train_two, name, &e);
			assert_true(ended_with(status, TRAINER_FINISHED));
			want_whole(name, status, &e);
			forget_run(name);
			free(name);
		}
}

/* --- what viewers are told, and what they may do --- */

struct watcher {
	char *path;
	const char *after; /* the command once it waits; NULL: there is room again */
	bool told, told_over, answered;
	char unsaved[256], hello[256], answer[256];
};

static void look_at(struct watcher *w, struct control_client *c, const struct reply *r)
{
	if (r->unsaved && !*r->unsaved)
		w->told_over = true;
	if (r->id) {
		w->answered = true;
		snprintf(w->answer, sizeof(w->answer), "%s", r->msg);
	}
	if (!r->unsaved || !*r->unsaved || w->told)
		return;
	w->told = true;
	snprintf(w->unsaved, sizeof(w->unsaved), "%s", r->unsaved);
	struct control_client *late = NULL; /* one that comes now is told at once */
	if (connect_at(&late, w->path, NULL) == ERR_OK) {
		const char *why = control_client_unsaved(late);
		snprintf(w->hello, sizeof(w->hello), "%s", why ? why : "");
	}
	control_client_close(late);
	if (!w->after)
		faults.full = 0;
	struct command cmd;
	assert_int_equal(command_parse(&cmd, w->after ? w->after : "resume", NULL, NULL), ERR_OK);
	control_client_send(c, &cmd, NULL); /* a run that has ended hears nothing: `answered` tells */
	command_release(&cmd);
}

static void *watch(void *arg)
{
	struct watcher *w = arg;
	struct control_client *c = NULL;
	struct command go = {.type = CMD_UNPAUSE};
	struct reply r;
	while (connect_at(&c, w->path, NULL))
		poll(NULL, 0, 1);
	control_client_send(c, &go, NULL); /* the run has waited for us */
	for (;;) {
		enum client_next next = control_client_next(c, &r);
		struct pollfd p = {control_client_fd(c), POLLIN, 0};
		if (next == CLIENT_CLOSED)
			break;
		if (next == CLIENT_WAIT) {
			poll(&p, 1, 1000);
			continue;
		}
		if (r.id != 1)
			look_at(w, c, &r);
		reply_release(&r);
	}
	control_client_close(c);
	return NULL;
}

static enum trainer_status train_watched(const char *name, struct watcher *w, struct errinfo *e)
{
	struct trainer_options o = {.experiment = yaml,
				    .runs = runs,
				    .name = name,
				    .sets = two_epochs,
				    .n_sets = N_TWO_EPOCHS,
				    .pause = true,
				    .report_fd = -1};
	pthread_t thread;
	w->path = run_file(name, "control.sock");
	assert_int_equal(pthread_create(&thread, NULL, watch, w), 0);
	enum trainer_status status = trainer_run(&o, e);
	pthread_join(thread, NULL);
	free(w->path);
	return status;
}

static void viewers_are_told_and_it_goes_on(void **state)
{
	(void)state;
	struct errinfo e = {0};
	struct watcher w = {.after = NULL};
	fake.on_step = fill_disk;
	fill_after = 2;
	fill_error = ENOSPC;
	refuse = 0;
	assert_int_equal(train_watched("told", &w, &e), TRAINER_FINISHED);
	assert_true(w.told && w.told_over && w.answered);
	assert_string_equal(w.unsaved, "events.jsonl: No space left on device");
	assert_string_equal(w.hello, w.unsaved);
	same_run("whole", "told");
	whole_log("told", END_FINISHED);
}

/* In an epoch and at the end of the last one, whose weights are promised. */
static void a_stop_tries_once_more_and_fails(void **state)
{
	(void)state;
	static const int when[] = {2, 2 * ITERS};
	fake.on_step = fill_disk;
	fill_error = ENOSPC;
	refuse = 0;
	for (size_t i = 0; i < sizeof(when) / sizeof(*when); i++) {
		struct errinfo e = {0};
		struct watcher w = {.after = "stop"};
		char name[32];
		fake.steps = 0;
		faults.full = 0;
		fill_after = when[i];
		snprintf(name, sizeof(name), "given-up-%zu", i);
		assert_int_equal(train_watched(name, &w, &e), TRAINER_FAILED);
		assert_true(w.told && w.answered && !w.told_over);
		assert_non_null(strstr(w.answer, "one more try"));
		assert_non_null(strstr(e.msg, "No space left on device"));
		struct log l;
		log_read(&l, name);
		assert_false(l.h.ended);
		log_free(&l);
	}
}

static void remove_run(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	if (call == 2)
		forget_run("removed");
}

/* Nothing can ever be saved again. */
static void a_removed_directory_ends_the_run(void **state)
{
	(void)state;
	struct errinfo e = {0};
	struct watcher w = {.after = "status"};
	fake.on_step = remove_run;
	w.after = "pause";
	assert_int_equal(train_watched("removed", &w, &e), TRAINER_FAILED);
	assert_int_equal(fake.steps, 2);
	assert_non_null(strstr(e.msg, "was removed"));
	assert_true(w.told);
	assert_non_null(strstr(w.unsaved, "was removed"));
}

static void remove_log(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	char *log = run_file("no-log", "events.jsonl");
	if (call == 2)
		unlink(log);
	free(log);
}

static void a_removed_log_ends_the_run_and_keeps_the_weights(void **state)
{
	(void)state;
	struct errinfo e = {0};
	fake.on_step = remove_log;
	assert_int_equal(train_two("no-log", &e), TRAINER_FAILED);
	assert_non_null(strstr(e.msg, "events.jsonl was removed"));
	char *last = run_file("no-log", "last.weights");
	assert_true(file_exists(last));
	free(last);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_whole_run, no_faults),
	    cmocka_unit_test_setup(one_fault_anywhere_changes_nothing, no_faults),
	    cmocka_unit_test_setup(a_full_disk_is_waited_for, no_faults),
	    cmocka_unit_test_setup(viewers_are_told_and_it_goes_on, no_faults),
	    cmocka_unit_test_setup(a_stop_tries_once_more_and_fails, no_faults),
	    cmocka_unit_test_setup(a_removed_directory_ends_the_run, no_faults),
	    cmocka_unit_test_setup(a_removed_log_ends_the_run_and_keeps_the_weights, no_faults),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
