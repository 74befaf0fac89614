/* What a run computes on: the choice, what is told of it, and a card that fails in the middle. */
#include "faults.h"

#include "thaw/base/die.h"

#include <stdio.h>

#define CARD "cuda:0 NVIDIA Fake 80GB, driver 1.2"

static enum trainer_status train_on(const char *name, const char *device, struct errinfo *e)
{
	struct trainer_options o = {.experiment = yaml,
				    .runs = runs,
				    .name = name,
				    .sets = two_epochs,
				    .n_sets = N_TWO_EPOCHS,
				    .device = device,
				    .report_fd = -1};
	return trainer_run(&o, e);
}

static const char *note_with(const struct log *l, const char *text)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->events[i].type == EV_NOTE && strstr(l->events[i].note.text, text))
			return l->events[i].note.text;
	return NULL;
}

static void the_run_says_what_computes(void **state)
{
	(void)state;
	struct log l;
	fake.has_card = true;
	assert_int_equal(train_on("card", NULL, NULL), TRAINER_FINISHED);
	log_read(&l, "card");
	assert_string_equal(l.h.run.device, CARD);
	assert_null(note_with(&l, "card"));
	log_free(&l);
	assert_int_equal(train_on("asked", "cpu", NULL), TRAINER_FINISHED);
	log_read(&l, "asked");
	assert_string_equal(l.h.run.device, "fake");
	log_free(&l);
	struct strbuf text = STRBUF_INIT;
	char *path = run_file("asked", "experiment.yaml");
	assert_int_equal(file_read(path, &text, NULL), ERR_OK);
	assert_non_null(strstr(text.buf, "  device: cpu\n"));
	assert_non_null(strstr(text.buf, "  precision: tf32\n"));
	strbuf_release(&text);
	free(path);
}

/* A machine without a card is nothing to speak of; one whose card cannot be used is. */
static void a_card_that_is_missed_is_told(void **state)
{
	(void)state;
	struct log l;
	assert_int_equal(train_on("none", NULL, NULL), TRAINER_FINISHED);
	log_read(&l, "none");
	assert_null(note_with(&l, "card"));
	log_free(&l);
	fake.has_driver = true;
	assert_int_equal(train_on("missed", NULL, NULL), TRAINER_FINISHED);
	log_read(&l, "missed");
	assert_string_equal(note_with(&l, "card"), "no graphics card is used: " FAKE_NO_CARD);
	log_free(&l);
	assert_int_equal(train_on("by-hand", "cpu", NULL), TRAINER_FINISHED);
	log_read(&l, "by-hand");
	assert_null(note_with(&l, "card"));
	log_free(&l);
}

static void what_is_not_there_is_refused_with_its_place(void **state)
{
	(void)state;
	static const char *const card[] = {"train.device=cuda:1"};
	struct errinfo e = {0};
	assert_int_equal(train_on("refused", "cuda", &e), TRAINER_BAD_INPUT);
	assert_string_equal(e.msg, "--device: " FAKE_NO_CARD);
	assert_int_equal(train("refused", card, 1, &e), TRAINER_BAD_INPUT);
	assert_string_equal(e.msg, "--set train.device=cuda:1: " FAKE_NO_CARD);
	struct strbuf text = STRBUF_INIT;
	char *other = path_join(root, "card.yaml");
	char *want = xasprintf("%s:3:17: " FAKE_NO_CARD, other);
	assert_int_equal(file_read(yaml, &text, NULL), ERR_OK);
	char *at = strstr(text.buf, "train: {");
	assert_non_null(at);
	char *all = xasprintf("%.*strain: {device: cuda, %s", (int)(at - text.buf), text.buf,
			      at + strlen("train: {"));
	write_text(other, all);
	struct trainer_options o = {.experiment = other, .runs = runs, .report_fd = -1};
	assert_int_equal(trainer_run(&o, &e), TRAINER_BAD_INPUT);
	assert_string_equal(e.msg, want);
	assert_int_equal(trainer_check(&o, stdout, &e), ERR_NOT_FOUND);
	o.device = "cpu";
	assert_int_equal(trainer_check(&o, stdout, &e), ERR_OK);
	strbuf_release(&text);
	free(all);
	free(want);
	free(other);
}

static char *check_line(const char *device, const char *wanted)
{
	struct errinfo e = {0};
	struct trainer_options o = {
	    .experiment = yaml, .runs = runs, .device = device, .report_fd = -1};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	assert_int_equal(trainer_check(&o, out, &e), ERR_OK);
	fclose(out);
	if (!strstr(text, wanted))
		fail_msg("no %s in\n%s", wanted, text);
	return text;
}

static void check_says_which_and_why(void **state)
{
	(void)state;
	free(check_line(NULL, "\ndevice      fake, 1 thread: " FAKE_NO_CARD "\n"));
	free(check_line("cpu", "\ndevice      fake, 1 thread\n"));
	fake.has_card = true;
	free(check_line("cuda", "\ndevice      " CARD "; 1 thread for pictures\n"));
	fake.has_card = false;
	fake.has_driver = true;
	free(check_line(NULL, "\nwarning     no graphics card is used: " FAKE_NO_CARD "\n"));
}

/* --- a card that fails --- */

#define FAILURE "cuLaunchKernel: CUDA_ERROR_LAUNCH_FAILED: \"unspecified\" \\ launch failure\n"

static void fail_in_the_second_epoch(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	if (call == ITERS + 2)
		die("%s", FAILURE);
}

static void a_failure_ends_the_run_with_its_reason(void **state)
{
	(void)state;
	fake.on_step = fail_in_the_second_epoch;
	assert_true(ended_with(apart(train_two, "fails", NULL), TRAINER_FAILED));
	struct log l;
	log_read(&l, "fails");
	const struct event *last = &l.events[l.n - 1];
	assert_int_equal(last->type, EV_END);
	assert_int_equal(last->end.status, END_FAILED);
	assert_string_equal(last->end.reason, "cuLaunchKernel: CUDA_ERROR_LAUNCH_FAILED: "
					      "\"unspecified\" \\ launch failure?");
	assert_int_equal(last->end.epochs, 1);
	assert_int_equal(last->end.iters, ITERS + 1);
	log_free(&l);
	fake.on_step = NULL;
	assert_true(ended_with(apart(train_two, "whole", NULL), TRAINER_FINISHED));
	assert_true(ended_with(apart(go_on, "fails", NULL), TRAINER_FINISHED));
	whole_log("fails", END_FINISHED);
	same_run("fails", "whole");
}

/* Of a reason that is longer than a line may be, and no text, as much as there is room for. */
static void fail_at_length(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	char reason[2000];
	memset(reason, call == 1 ? '"' : '\xff', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	die("%s", reason);
}

static void a_long_reason_is_cut(void **state)
{
	(void)state;
	fake.on_step = fail_at_length;
	assert_true(ended_with(apart(train_two, "long", NULL), TRAINER_FAILED));
	struct log l;
	log_read(&l, "long");
	const struct event *last = &l.events[l.n - 1];
	assert_int_equal(last->type, EV_END);
	assert_true(strlen(last->end.reason) >= 200);
	assert_int_equal(strspn(last->end.reason, "\""), strlen(last->end.reason));
	log_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(the_run_says_what_computes, no_faults),
	    cmocka_unit_test_setup(a_card_that_is_missed_is_told, no_faults),
	    cmocka_unit_test_setup(what_is_not_there_is_refused_with_its_place, no_faults),
	    cmocka_unit_test_setup(check_says_which_and_why, no_faults),
	    cmocka_unit_test_setup(a_failure_ends_the_run_with_its_reason, no_faults),
	    cmocka_unit_test_setup(a_long_reason_is_cut, no_faults),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
