/* What a run tells of what it does besides iterations, whom it tells when a command waits for that,
 * and what it takes of the machine. */
#include "../sockets.h"
#include "fake_run.h"

#include "thaw/base/clock.h"
#include "thaw/wire/control_client.h"

#include <poll.h>
#include <pthread.h>

#define N_VALID (N_PICTURE_CLASSES * 4)
#define MOST_TOLD 22 /* of one validation: its begin, its end, and 20 times between */

static const char *const two_epochs[] = {"phases.0.epochs=1", "phases.1.epochs=1"};
enum { N_TWO_EPOCHS = sizeof(two_epochs) / sizeof(*two_epochs) };

static size_t index_of(const struct log *l, enum event_type type, size_t nth)
{
	return (size_t)(find(l, type, nth) - l->events);
}

static size_t count_told(const struct log *l, enum progress_what what, bool begin, bool whole)
{
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++) {
		const struct event_progress *p = &l->events[i].progress;
		n += l->events[i].type == EV_PROGRESS && p->what == (int64_t)what &&
		     (!begin || p->done == 0) && (!whole || p->done == p->total);
	}
	return n;
}

static void test_told_from_begin_to_end(void **state)
{
	(void)state;
	const char *sets[] = {"phases.0.epochs=1", "phases.1.epochs=1", "head.init=ridge"};
	struct log l;
	assert_int_equal(train("told", sets, 3, NULL), TRAINER_FINISHED);
	log_read(&l, "told");
	assert_int_equal(count_told(&l, PROGRESS_VALID, true, false), 2);
	assert_int_equal(count_told(&l, PROGRESS_VALID, false, true), 2);
	assert_true(count_told(&l, PROGRESS_VALID, false, false) <= 2 * MOST_TOLD);
	assert_int_equal(count_told(&l, PROGRESS_FEATURES, true, false), 1);
	assert_int_equal(count_told(&l, PROGRESS_FEATURES, false, true), 1);
	assert_int_equal(count_told(&l, PROGRESS_RIDGE, false, false), 1);
	assert_int_equal(count_told(&l, PROGRESS_SAVE, false, false), 2);
	for (size_t i = 0; i < l.n; i++) {
		const struct event_progress *p = &l.events[i].progress;
		if (l.events[i].type == EV_PROGRESS && p->what == PROGRESS_VALID)
			assert_int_equal(p->total, N_VALID);
	}
	assert_false(l.h.busy.on);
	assert_true(index_of(&l, EV_PROGRESS, 0) <
		    index_of(&l, EV_PHASE, 0)); /* the head's start */
	log_free(&l);
}

/* ---- a command during validation ---- */

static struct {
	struct control_client *client; /* connected while the run waits to begin */
	const char *command;
	bool asked;
	char notice[128], answer[128];
} asking;

/* The first look after an epoch's iterations is its validation's. */
static void ask_once(void)
{
	struct command cmd;
	if (asking.asked || fake.steps < ITERS)
		return;
	asking.asked = true;
	assert_int_equal(command_parse(&cmd, asking.command, NULL, NULL), ERR_OK);
	assert_int_equal(control_client_send(asking.client, &cmd, NULL), ERR_OK);
	command_release(&cmd);
}

static void *listen_to_run(void *arg)
{
	struct command go = {.type = CMD_UNPAUSE};
	struct reply r;
	enum client_next next;
	while (connect_at(&asking.client, arg, NULL))
		poll(NULL, 0, 1);
	control_client_send(asking.client, &go, NULL);
	while ((next = control_client_next(asking.client, &r)) != CLIENT_CLOSED) {
		struct pollfd p = {control_client_fd(asking.client), POLLIN, 0};
		if (next == CLIENT_WAIT) {
			poll(&p, 1, 1000);
			continue;
		}
		if (r.id != 1)
			snprintf(r.id ? asking.answer : asking.notice, sizeof(asking.answer), "%s",
				 r.msg);
		reply_release(&r);
	}
	control_client_close(asking.client);
	return NULL;
}

static enum trainer_status train_and_ask(const char *name, const char *command)
{
	struct trainer_options o = {.experiment = yaml,
				    .runs = runs,
				    .name = name,
				    .sets = two_epochs,
				    .n_sets = N_TWO_EPOCHS,
				    .pause = true,
				    .report_fd = -1};
	pthread_t thread;
	char *path = run_file(name, "control.sock");
	memset(&asking, 0, sizeof(asking));
	asking.command = command;
	fake.on_predict = ask_once;
	assert_int_equal(pthread_create(&thread, NULL, listen_to_run, path), 0);
	enum trainer_status status = trainer_run(&o, NULL);
	pthread_join(thread, NULL);
	free(path);
	return status;
}

static const struct event *first_waiting(const struct log *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->events[i].type == EV_PROGRESS && l->events[i].progress.waits)
			return &l->events[i];
	return NULL;
}

static void test_stop_waits_for_validation(void **state)
{
	(void)state;
	struct log l;
	assert_int_equal(train_and_ask("waits", "stop"), TRAINER_STOPPED);
	assert_int_equal(strncmp(asking.notice, "stop takes effect after validation",
				 strlen("stop takes effect after validation")),
			 0);
	assert_non_null(strstr(asking.answer, "stopping after iteration"));
	log_read(&l, "waits");
	const struct event *waiting = first_waiting(&l), *epoch = find(&l, EV_EPOCH, 0);
	assert_non_null(waiting);
	assert_string_equal(waiting->progress.waits, "stop");
	assert_non_null(epoch); /* what was validated counts */
	assert_true(waiting < epoch);
	assert_int_equal(count(&l, EV_EPOCH), 1);
	assert_int_equal(l.h.iter, ITERS);
	log_free(&l);
}

static void test_others_wait_too(void **state)
{
	(void)state;
	struct log l;
	assert_int_equal(train_and_ask("next", "next-phase"), TRAINER_FINISHED);
	assert_non_null(strstr(asking.notice, "next-phase takes effect after validation"));
	log_read(&l, "next");
	assert_string_equal(first_waiting(&l)->progress.waits, "next-phase");
	assert_false(l.h.busy.on);
	log_free(&l);
}

/* ---- the machine ---- */

/* Busy until a measurement is due. */
static void take_a_second(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	for (int64_t since = clock_ms(); call == 2 && clock_ms() - since < 1100;)
		;
}

static void test_machine_is_told(void **state)
{
	(void)state;
	struct log l;
	fake.on_step = take_a_second;
	assert_int_equal(train("machine", two_epochs, N_TWO_EPOCHS, NULL), TRAINER_FINISHED);
	log_read(&l, "machine");
	assert_true(count(&l, EV_DEVICE) >= 1);
	const struct event *ev = find(&l, EV_DEVICE, 0);
	const struct event_device *d = &ev->device;
	assert_true(d->cpu.valid && d->cpu.value > 0);
	assert_true(d->cores >= 1 && d->rss.valid && d->rss.value > 0 && d->peak_rss > 0);
	assert_true(ev->t_ms >= 1000);
	for (size_t i = 1; find(&l, EV_DEVICE, i); i++)
		assert_true(find(&l, EV_DEVICE, i)->t_ms - find(&l, EV_DEVICE, i - 1)->t_ms >= 990);
	assert_int_equal(l.h.n_devices, count(&l, EV_DEVICE));
	log_free(&l);
}

/* Nor more often on a card, which tells about itself what it can. */
static void take_four_seconds(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	for (int64_t since = clock_ms(); call > 1 && call < 7 && clock_ms() - since < 750;)
		;
}

static void test_card_is_told(void **state)
{
	(void)state;
	static const struct device_use use = {
	    .busy = 0.9345678, .memory_bytes = 1 << 30, .celsius = 61, .watts = NAN, .clock_mhz = 1980};
	struct log l;
	fake.has_card = true;
	fake.use = &use;
	fake.on_step = take_four_seconds;
	assert_int_equal(train("on-card", two_epochs, N_TWO_EPOCHS, NULL), TRAINER_FINISHED);
	log_read(&l, "on-card");
	assert_true(count(&l, EV_DEVICE) >= 2);
	const struct event_device *d = &find(&l, EV_DEVICE, 0)->device;
	assert_true(d->cpu.valid && d->rss.valid);
	assert_float_equal(d->card_busy.value, 0.9346, 1e-9);
	assert_true(d->card_memory.valid && d->card_memory.value == (double)use.memory_bytes);
	assert_true(d->celsius.value == 61 && d->clock_mhz.value == 1980);
	assert_false(d->card_total.valid || d->watts.valid);
	for (size_t i = 1; find(&l, EV_DEVICE, i); i++)
		assert_true(find(&l, EV_DEVICE, i)->t_ms - find(&l, EV_DEVICE, i - 1)->t_ms >= 1990);
	log_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_told_from_begin_to_end, reset_fake),
	    cmocka_unit_test_setup(test_stop_waits_for_validation, reset_fake),
	    cmocka_unit_test_setup(test_others_wait_too, reset_fake),
	    cmocka_unit_test_setup(test_machine_is_told, reset_fake),
	    cmocka_unit_test_setup(test_card_is_told, reset_fake),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
