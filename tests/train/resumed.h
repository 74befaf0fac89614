/* Runs on a stand-in network that are stopped, killed or steered at one of their iterations, and go
 * on from there. */
#ifndef THAW_TESTS_TRAIN_RESUMED_H
#define THAW_TESTS_TRAIN_RESUMED_H

#include "fake_run.h"

#include "../sockets.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>

/* 24 pictures in batches of 7: the last of an epoch's four is smaller. */
static const char *const plan[] = {"train.batch=7",         "data.augment.flip=true",
				   "data.augment.crop=1.2", "phases.tune.schedule=cosine",
				   "train.keep=0",          "phases.tune.batchnorm=train"};
#define N_PLAN (sizeof(plan) / sizeof(*plan))
#define LAST 16 /* iterations in all */

/* --- what happens to a run, at which of its iterations --- */

static int stop_after, kill_after; /* calls of net_step(); 0 = never */
static int act_after;              /* the commands below are sent in this call */
static const char *const (*acts)[2];
static size_t n_acts;
static struct control_client *hand;
static char *hand_path;

/* The run waits, paused before its first iteration, until somebody has come to steer it. */
static inline void *take_in_hand(void *arg)
{
	struct command go_on = {.type = CMD_UNPAUSE};
	(void)arg;
	while (connect_at(&hand, hand_path, NULL))
		poll(NULL, 0, 1);
	control_client_send(hand, &go_on, NULL);
	return NULL;
}

static inline void act(void)
{
	for (size_t i = 0; i < n_acts; i++) {
		struct command cmd;
		assert_int_equal(command_parse(&cmd, acts[i][0], acts[i][1], NULL), ERR_OK);
		assert_int_equal(control_client_send(hand, &cmd, NULL), ERR_OK);
		command_release(&cmd);
	}
}

static inline void live(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	if (call == act_after)
		act();
	if (call == stop_after)
		raise(SIGTERM);
	if (call == kill_after)
		raise(SIGKILL);
}

static inline int no_life(void **state)
{
	reset_fake(state);
	fake.on_step = live;
	stop_after = kill_after = act_after = 0;
	return 0;
}

/* A run that is steered as `act_after` and the rest say. */
static inline enum trainer_status train_steered(const char *name, const char *const *sets,
						size_t n_sets)
{
	struct trainer_options o = {.experiment = yaml,
				    .runs = runs,
				    .name = name,
				    .sets = sets,
				    .n_sets = n_sets,
				    .pause = act_after > 0,
				    .report_fd = -1};
	pthread_t thread;
	bool steered = act_after > 0;
	fake.steps = 0;
	hand = NULL;
	hand_path = run_file(name, "control.sock");
	if (steered)
		assert_int_equal(pthread_create(&thread, NULL, take_in_hand, NULL), 0);
	struct errinfo e = {0};
	enum trainer_status status = trainer_run(&o, &e);
	if (status == TRAINER_BAD_INPUT || status == TRAINER_FAILED)
		fail_msg("%s: %s", name, e.msg);
	if (steered)
		pthread_join(thread, NULL);
	control_client_close(hand);
	free(hand_path);
	act_after = stop_after = kill_after = 0;
	return status;
}

static inline enum trainer_status train_plan(const char *name)
{
	return train_steered(name, plan, N_PLAN);
}

static inline enum trainer_status resume_run(const char *name, struct errinfo *e)
{
	struct trainer_options o = {.runs = runs, .name = name, .report_fd = -1};
	fake.steps = 0;
	return trainer_resume(&o, e);
}

static inline void resume_to_end(const char *name)
{
	struct errinfo e = {0};
	enum trainer_status status = resume_run(name, &e);
	if (status != TRAINER_FINISHED)
		fail_msg("resuming %s: status %d: %s", name, (int)status, e.msg);
}

/* Weights and state of two runs, byte by byte. */
static inline void same_files(const char *a, const char *b)
{
	static const char *const files[] = {"last.weights", "best.weights", "last.state"};
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct strbuf one = STRBUF_INIT, two = STRBUF_INIT;
		char *p = run_file(a, files[i]), *q = run_file(b, files[i]);
		assert_int_equal(file_read(p, &one, NULL), ERR_OK);
		assert_int_equal(file_read(q, &two, NULL), ERR_OK);
		if (one.len != two.len || memcmp(one.buf, two.buf, one.len) != 0)
			fail_msg("%s and %s differ", p, q);
		strbuf_release(&one);
		strbuf_release(&two);
		free(p);
		free(q);
	}
}

#endif
