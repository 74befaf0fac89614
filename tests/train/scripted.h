/* Runs on a stand-in network whose figures are scripted: of each epoch's validation, how many of the
 * four pictures of each class are taken for what they are. */
#ifndef THAW_TESTS_TRAIN_SCRIPTED_H
#define THAW_TESTS_TRAIN_SCRIPTED_H

#include "resumed.h"

#include <sys/wait.h>

#define PER_EPOCH 4 /* iterations */

static const char *const
    *script;             /* "431" of epoch 1: 4 discs, 3 frames, 1 stripes; NULL at its end:
				   * the last one goes on */
static int done_before;  /* iterations done before this process */
static int stop_looking; /* ask for a stop in the validation after so many; 0: never */
static struct {
	int steps, n; /* pictures seen since so many steps */
} seen;

static inline const char *script_line(int epoch)
{
	int i = 0;
	while (i + 1 < epoch && script[i + 1])
		i++;
	return script[i];
}

/* A picture that is missed is taken for the next class. */
static inline void say_as_scripted(const struct net *net, int n, float *probs)
{
	int iter = done_before + fake.steps;
	if (seen.steps != fake.steps)
		seen.n = 0;
	if (!seen.n && iter && iter == stop_looking)
		raise(SIGTERM);
	seen.steps = fake.steps;
	for (int i = 0; i < n && iter && seen.n < 4 * N_PICTURE_CLASSES; i++, seen.n++) {
		int label = seen.n / 4, hits = script_line(iter / PER_EPOCH)[label] - '0';
		int said = seen.n % 4 < hits ? label : (label + 1) % N_PICTURE_CLASSES;
		for (int c = 0; c < net->classes; c++)
			probs[i * net->classes + c] = c == said ? 0.9f : 0.05f;
	}
}

static inline void follow_script(const char *const *lines, int done)
{
	script = lines;
	done_before = done;
	seen.steps = -1;
	fake.on_step = live;
	fake.on_predicted = say_as_scripted;
}

/* In sets of settings: batches of 7 make four iterations an epoch. */
#define SCRIPTED "train.batch=7", "train.keep=0", "data.augment.flip=true"

static inline enum trainer_status train_scripted(const char *name, const char *const *lines,
						 const char *const *sets, size_t n_sets)
{
	struct errinfo e = {0};
	follow_script(lines, 0);
	fake.steps = 0;
	enum trainer_status status = train(name, sets, n_sets, &e);
	stop_after = kill_after = stop_looking = 0;
	if (status == TRAINER_BAD_INPUT || status == TRAINER_FAILED)
		fail_msg("%s: %s", name, e.msg);
	return status;
}

static inline enum trainer_status resume_scripted(const char *name, const char *const *lines,
						  int done, struct trainer_options o,
						  struct errinfo *e)
{
	o.runs = runs;
	o.name = name;
	o.report_fd = -1;
	follow_script(lines, done);
	fake.steps = 0;
	enum trainer_status status = trainer_resume(&o, e);
	stop_after = kill_after = 0;
	return status;
}

static inline void resume_scripted_to_end(const char *name, const char *const *lines, int done,
					  struct trainer_options o)
{
	struct errinfo e = {0};
	enum trainer_status status = resume_scripted(name, lines, done, o, &e);
	if (status != TRAINER_FINISHED)
		fail_msg("resuming %s: status %d: %s", name, (int)status, e.msg);
}

/* In a process of its own, which dies in a call of net_step(). */
static inline void die_scripted(const char *name, const char *const *lines, const char *const *sets,
				size_t n_sets, int after)
{
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		kill_after = after;
		train_scripted(name, lines, sets, n_sets);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static inline const struct event *find_control(const struct log *l, enum control_what what,
					       size_t nth)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->events[i].type == EV_CONTROL && l->events[i].control.what == what &&
		    nth-- == 0)
			return &l->events[i];
	return NULL;
}

static inline void same_bytes(const char *a, const char *b, const char *file)
{
	struct strbuf one = STRBUF_INIT, two = STRBUF_INIT;
	char *p = run_file(a, file), *q = run_file(b, file);
	assert_int_equal(file_read(p, &one, NULL), ERR_OK);
	assert_int_equal(file_read(q, &two, NULL), ERR_OK);
	if (one.len != two.len || memcmp(one.buf, two.buf, one.len) != 0)
		fail_msg("%s and %s differ", p, q);
	strbuf_release(&one);
	strbuf_release(&two);
	free(p);
	free(q);
}

#endif
