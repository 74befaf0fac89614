/* What a run leaves in its log: few bytes an iteration and an epoch, in the order in which it happened; and that it holds no
 * more memory and descriptors after many epochs than after some. */
#include "fake_run.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>

enum { STEP_BYTES = 200, EPOCH_BYTES = 40000 };

/* --- bytes --- */

struct bytes {
	size_t steps, epochs; /* of lines that tell iterations; of what else comes with an epoch */
	int64_t n_steps, n_epochs;
};

static void add(struct bytes *to, const struct bytes *epoch, bool counts)
{
	if (!counts)
		return;
	to->steps += epoch->steps;
	to->epochs += epoch->epochs;
	to->n_steps += epoch->n_steps;
	to->n_epochs++;
}

/* From the first epoch's own event to that of the last: what a run tells once is not of an epoch. */
static struct bytes count_bytes(const char *name)
{
	struct bytes b = {0};
	struct strbuf text = STRBUF_INIT;
	char *path = run_file(name, "events.jsonl"), *line, *save = NULL;
	int64_t n_epochs = 0;
	struct bytes open = {0}; /* since the last epoch */
	assert_int_equal(file_read(path, &text, NULL), ERR_OK);
	for (line = strtok_r(text.buf, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct event ev;
		size_t n = strlen(line);
		assert_int_equal(event_decode(&ev, line, n, NULL), ERR_OK);
		bool steps = ev.type == EV_STEP || ev.type == EV_STEPS;
		open.n_steps += ev.type == EV_STEP ? 1 : steps ? (int64_t)ev.steps.n_loss : 0;
		*(steps ? &open.steps : &open.epochs) += n + 1;
		if (ev.type == EV_EPOCH) {
			add(&b, &open, n_epochs++ > 0);
			open = (struct bytes){0};
		}
		event_release(&ev);
	}
	strbuf_release(&text);
	free(path);
	return b;
}

static void want_few(const char *name)
{
	struct bytes b = count_bytes(name);
	assert_true(b.n_steps > 0 && b.n_epochs > 0);
	print_message("%s: %zu bytes an iteration, %zu an epoch\n", name,
		      b.steps / (size_t)b.n_steps, b.epochs / (size_t)b.n_epochs);
	assert_in_range(b.steps / (size_t)b.n_steps, 1, STEP_BYTES);
	assert_in_range(b.epochs / (size_t)b.n_epochs, 1, EPOCH_BYTES);
}

static void an_iteration_takes_few(void **state)
{
	(void)state;
	static const char *sets[] = {"train.batch=1", "phases.head.epochs=40",
				     "phases.head.schedule=cosine"};
	assert_int_equal(train("small-batches", sets, 3, NULL), TRAINER_FINISHED);
	want_few("small-batches");
}

/* DIR/NNN/N.png of so many classes. */
static void make_classes(const char *dir, int classes, int per_class)
{
	for (int label = 0; label < classes; label++) {
		char *folder = xasprintf("%s/class-number-%03d", dir, label);
		assert_int_equal(file_mkdirs(folder, NULL), ERR_OK);
		for (int i = 0; i < per_class; i++) {
			struct strbuf png = STRBUF_INIT;
			char *path = xasprintf("%s/%d.png", folder, i);
			draw_picture(&png, label % N_PICTURE_CLASSES,
				     rng_key(3, RNG_PROBE, (uint64_t)label, (uint64_t)i), 8);
			assert_int_equal(file_write_atomic(path, png.buf, png.len, NULL), ERR_OK);
			strbuf_release(&png);
			free(path);
		}
		free(folder);
	}
}

/* A hundred classes, twelve probes with as much to look at in each as there can be. */
static void an_epoch_takes_few(void **state)
{
	(void)state;
	char *images = path_join(root, "hundred/train"), *valid = path_join(root, "hundred/valid");
	make_classes(images, 100, 2);
	make_classes(valid, 100, 10);
	char *set_images = xasprintf("data.images=%s", images);
	char *set_valid = xasprintf("data.valid=%s", valid);
	const char *sets[] = {set_images, set_valid, "data.probes=12", "phases.head.epochs=8"};
	fake.looks_closely = true;
	assert_int_equal(train("hundred", sets, 4, NULL), TRAINER_FINISHED);
	want_few("hundred");
	free(images);
	free(valid);
	free(set_images);
	free(set_valid);
}

/* --- order --- */

/* What is held back is told before anything that comes after it. */
static void iterations_come_before_what_follows_them(void **state)
{
	(void)state;
	static const char *sets[] = {"train.batch=1"};
	struct log l;
	assert_int_equal(train("order", sets, 1, NULL), TRAINER_FINISHED);
	log_read(&l, "order");
	int64_t iter = 0, n_checked = 0;
	for (size_t i = 0; i < l.n; i++) {
		const struct event *ev = &l.events[i];
		if (ev->type == EV_STEP) {
			assert_int_equal(ev->step.iter, iter + 1);
			iter = ev->step.iter;
		}
		int64_t after = ev->type == EV_EPOCH        ? ev->epoch.iter
				: ev->type == EV_CHECKPOINT ? ev->checkpoint.iter
				: ev->type == EV_FREEZE     ? ev->freeze.iter
				: ev->type == EV_LR         ? ev->lr.iter
				: ev->type == EV_END        ? ev->end.iters
							    : -1;
		if (after >= 0) {
			assert_int_equal(after, iter);
			n_checked++;
		}
	}
	assert_true(n_checked >= 4 * 2);
	log_free(&l);
}

/* --- what it holds --- */

enum { EARLY = 30, LATE = 130 }; /* epochs */

static struct held {
	size_t heap, fds;
} early, late;

static size_t count_fds(void)
{
	size_t n = 0;
	DIR *d = opendir("/proc/self/fd");
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static void look(int call, struct net *net, struct step_result *r)
{
	(void)net;
	(void)r;
	struct held *h = call == EARLY * ITERS + 1  ? &early
			 : call == LATE * ITERS + 1 ? &late
						    : NULL;
	if (h)
		*h = (struct held){mallinfo2().uordblks, count_fds()};
}

static void many_epochs_hold_no_more(void **state)
{
	(void)state;
	static const char *sets[] = {"phases.head.epochs=135", "phases.tune.epochs=1"};
	fake.on_step = look;
	fake.looks_closely = true;
	size_t before = count_fds();
	assert_int_equal(train("long", sets, 2, NULL), TRAINER_FINISHED);
	assert_int_equal(count_fds(), before);
	assert_true(late.fds > before);
	assert_int_equal(late.fds, early.fds);
	print_message("%zu bytes held after %d epochs, %zu after %d\n", early.heap, EARLY,
		      late.heap, LATE);
#ifndef SANITIZED /* whose heap tells nothing */
	assert_true(early.heap > 0);
	assert_true(late.heap < early.heap + 16384);
#endif
	want_few("long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(an_iteration_takes_few, reset_fake),
	    cmocka_unit_test_setup(an_epoch_takes_few, reset_fake),
	    cmocka_unit_test_setup(iterations_come_before_what_follows_them, reset_fake),
	    cmocka_unit_test_setup(many_epochs_hold_no_more, reset_fake),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
