/* The figures of a saved network against a straightforward computation, picture by picture, on a
 * stand-in network. */
#include "fake_run.h"

#include "thaw/train/evaluation.h"
#include "thaw/train/predictor.h"

#include <math.h>
#include <sys/resource.h>

#define C N_PICTURE_CLASSES
#define PICTURES_MAX 64

static char *run_dir;

static int train_one(void **state)
{
	static const char *const sets[] = {"phases.0.lr=0.004"}; /* some is learnt, and some not */
	if (make_root(state) || reset_fake(state))
		return -1;
	run_dir = path_join(runs, "one");
	return train("one", sets, 1, NULL) != TRAINER_FINISHED;
}

static int forget(void **state)
{
	free(run_dir);
	return remove_root(state);
}

static void evaluate(struct evaluation *ev, const char *pictures, size_t n_mistakes)
{
	struct errinfo e = {.msg = ""};
	struct evaluation_options o = {
	    .run_dir = run_dir, .pictures = pictures, .n_mistakes = n_mistakes};
	if (evaluation_run(ev, &o, &e))
		fail_msg("%s", e.msg);
}

static void assert_refused(const struct evaluation_options *o, enum err code, const char *why)
{
	struct errinfo e = {.msg = ""};
	struct evaluation ev = {.n = -1};
	assert_int_equal(evaluation_run(&ev, o, &e), code);
	if (!strstr(e.msg, why))
		fail_msg("\"%s\" does not say \"%s\"", e.msg, why);
	assert_null(strchr(e.msg, '\n'));
	assert_int_equal(ev.n, -1);
}

/* What the network says of every picture of DIR/CLASS/NNN.png, one at a time. */
struct naive {
	size_t n;
	char *path[PICTURES_MAX];
	int label[PICTURES_MAX], said[PICTURES_MAX];
	float probs[PICTURES_MAX][C];
};

static void ask(struct naive *a, const char *dir, int per_class)
{
	struct predictor *p;
	*a = (struct naive){0};
	assert_int_equal(predictor_open(&p, run_dir, NULL, 1, NULL, NULL), ERR_OK);
	for (int label = 0; label < C; label++)
		for (int i = 0; i < per_class; i++, a->n++) {
			float *probs = a->probs[a->n];
			a->path[a->n] = xasprintf("%s/%s/%03d.png", dir, picture_classes[label], i);
			a->label[a->n] = label;
			assert_int_equal(predictor_image(p, a->path[a->n], probs, NULL), ERR_OK);
			for (int k = 1; k < C; k++)
				if (probs[k] > probs[a->said[a->n]])
					a->said[a->n] = k;
		}
	predictor_free(p);
}

static void ask_no_more(struct naive *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->path[i]);
}

/* Classes at least as likely as the true one, itself not counted. */
static int rank_of_truth(const struct naive *a, size_t i)
{
	int rank = 0;
	for (int k = 0; k < C; k++)
		rank += k != a->label[i] && a->probs[i][k] >= a->probs[i][a->label[i]];
	return rank;
}

static void assert_scores(const struct evaluation *ev, const struct naive *a)
{
	double loss = 0, top1 = 0, top2 = 0;
	int64_t confusion[C * C] = {0};
	for (size_t i = 0; i < a->n; i++) {
		loss -= log((double)a->probs[i][a->label[i]]);
		top1 += rank_of_truth(a, i) == 0;
		top2 += rank_of_truth(a, i) <= 1;
		confusion[a->label[i] * C + a->said[i]]++;
	}
	double n = (double)a->n;
	assert_int_equal(ev->n, a->n);
	assert_int_equal(ev->n_correct, (int)top1);
	assert_true(ev->score.acc.value == top1 / n && ev->score.top2.value == top2 / n);
	assert_true(ev->score.top5.value == 1);
	assert_true(fabs(ev->score.loss.value - loss / n) < 1e-12);
	for (int i = 0; i < C * C; i++)
		assert_int_equal(ev->confusion[i], confusion[i]);
	for (int i = 0; i < C; i++) {
		const int64_t *row = confusion + i * C;
		assert_string_equal(ev->figures[i].name, picture_classes[i]);
		assert_int_equal(ev->figures[i].n, row[0] + row[1] + row[2]);
		assert_int_equal(ev->figures[i].tp, row[i]);
		assert_int_equal(ev->figures[i].fp,
				 confusion[i] + confusion[C + i] + confusion[2 * C + i] - row[i]);
	}
}

static void assert_mistakes(const struct evaluation *ev, const struct naive *a)
{
	size_t wrong = 0;
	for (size_t i = 0; i < a->n; i++)
		wrong += a->said[i] != a->label[i];
	assert_int_equal(ev->n_mistakes, wrong);
	for (size_t k = 0; k < ev->n_mistakes; k++) {
		const struct evaluation_mistake *m = &ev->mistakes[k];
		size_t i = 0;
		while (i < a->n && strcmp(a->path[i], m->path) != 0)
			i++;
		assert_true(i < a->n);
		assert_int_equal(m->truth, a->label[i]);
		assert_int_equal(m->said, a->said[i]);
		assert_true(m->prob_said == (double)a->probs[i][m->said]);
		assert_true(m->prob_truth == (double)a->probs[i][m->truth]);
		assert_true(k == 0 || m->prob_said <= ev->mistakes[k - 1].prob_said);
	}
}

static void figures_are_what_they_should_be(void **state)
{
	(void)state;
	struct evaluation ev;
	struct naive a;
	char *dir = path_join(root, "more");
	make_pictures(dir, 17, 8, 5); /* 51: the last batch is not full */
	ask(&a, dir, 17);
	evaluate(&ev, dir, PICTURES_MAX);
	assert_scores(&ev, &a);
	assert_mistakes(&ev, &a);
	assert_true(ev.n_mistakes > 3 && ev.n_correct > 3); /* or it would prove little */
	assert_false(ev.own);
	assert_string_equal(ev.weights, "best.weights");
	struct evaluation few;
	evaluate(&few, dir, 2);
	assert_int_equal(few.n_mistakes, 2);
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(few.mistakes[i].path, ev.mistakes[i].path);
	evaluation_release(&few);
	evaluate(&few, dir, 0);
	assert_int_equal(few.n_mistakes, 0);
	evaluation_release(&few);
	evaluation_release(&ev);
	ask_no_more(&a);
	free(dir);
}

static void its_own_pictures_give_its_best_epoch(void **state)
{
	(void)state;
	struct evaluation ev;
	struct log l;
	log_read(&l, "one");
	assert_true(l.h.best_epoch >= 0);
	const struct history_epoch *best = &l.h.epochs[l.h.best_epoch];
	evaluate(&ev, NULL, 0);
	assert_true(ev.own);
	assert_int_equal(ev.n, 4 * C);
	assert_int_equal(ev.warnings.n, 0);
	assert_true(ev.score.acc.value == best->valid.acc.value &&
		    ev.score.loss.value == best->valid.loss.value);
	assert_true(ev.score.top2.value == best->valid.top2.value);
	assert_memory_equal(ev.confusion, best->confusion, C * C * sizeof(*ev.confusion));
	evaluation_release(&ev);
	log_free(&l);
}

static void unreadable_pictures_are_named_and_left_out(void **state)
{
	(void)state;
	struct evaluation ev;
	struct naive a;
	char *dir = path_join(root, "torn"), *bad = path_join(dir, "frame/001a.png"),
	     *gone = path_join(dir, "disc/000a.png");
	make_pictures(dir, 5, 8, 6);
	ask(&a, dir, 5);
	write_text(bad, "\x89PNG\r\n\x1a\nno more");
	assert_int_equal(symlink("nowhere", gone), 0);
	evaluate(&ev, dir, PICTURES_MAX);
	assert_scores(&ev, &a);
	assert_int_equal(ev.n_bad, 2);
	assert_string_equal(ev.bad[0].path, gone);
	assert_string_equal(ev.bad[0].why, "No such file or directory");
	assert_string_equal(ev.bad[1].path, bad);
	assert_null(strstr(ev.bad[1].why, bad));
	evaluation_release(&ev);
	ask_no_more(&a);
	char *list = path_join(root, "list.txt");
	write_text(list, bad);
	assert_refused(&(struct evaluation_options){.run_dir = run_dir, .pictures = list},
		       ERR_VALUE, "none of 1 pictures can be read");
	free(list);
	free(dir);
	free(bad);
	free(gone);
}

static void the_weights_that_are_asked_for(void **state)
{
	(void)state;
	struct evaluation best, other;
	char *file = path_join(run_dir, "best.weights"), *away = path_join(root, "away.weights");
	struct evaluation_options o = {.run_dir = run_dir};
	evaluate(&best, NULL, 0);
	assert_int_equal(rename(file, away), 0);
	assert_refused(&o, ERR_NOT_FOUND, "has no best.weights, though epoch");
	char *state_file = path_join(run_dir, "last.state");
	assert_int_equal(unlink(state_file), 0); /* nobody says any more that there was a best */
	free(state_file);
	evaluate(&other, NULL, 0);
	assert_string_equal(other.weights, "last.weights");
	evaluation_release(&other);
	o.weights = "best";
	assert_refused(&o, ERR_NOT_FOUND, "has no best.weights");
	o.weights = away;
	assert_int_equal(evaluation_run(&other, &o, NULL), ERR_OK);
	assert_string_equal(other.weights, away);
	assert_true(other.score.loss.value == best.score.loss.value);
	evaluation_release(&other);
	char *last = path_join(run_dir, "last.weights"), *kept = path_join(root, "last.weights");
	assert_int_equal(rename(last, kept), 0);
	o.weights = NULL;
	assert_refused(&o, ERR_NOT_FOUND, "has no weights yet");
	evaluation_release(&best);
	free(file);
	free(away);
	free(last);
	free(kept);
}

/* As many pictures again cost no memory but that of their paths. */
static void memory_does_not_grow_with_the_pictures(void **state)
{
	(void)state;
	enum { SIDE = 140, FEW = 100, MANY = 2000 };
#ifdef __SANITIZE_ADDRESS__
	print_message("skipped: a sanitizer keeps what is freed\n");
	skip();
#endif
	char *dir = path_join(root, "large"), *list = path_join(root, "many.txt");
	make_pictures(dir, 1, SIDE, 7);
	long peak[2];
	for (int round = 0; round < 2; round++) {
		struct strbuf text = STRBUF_INIT;
		struct evaluation ev;
		struct rusage use;
		for (int i = 0; i < (round ? MANY : FEW); i++)
			strbuf_addf(&text, "%s/disc/000.png\n", dir);
		write_text(list, text.buf);
		strbuf_release(&text);
		evaluate(&ev, list, 10);
		assert_int_equal(ev.n, round ? MANY : FEW);
		evaluation_release(&ev);
		getrusage(RUSAGE_SELF, &use);
		peak[round] = use.ru_maxrss;
	}
	assert_true((peak[1] - peak[0]) * 1024 < (long)(MANY - FEW) * SIDE * SIDE * 3 / 8);
	free(dir);
	free(list);
}

struct progress {
	size_t calls, done, total;
};

static void note(void *arg, size_t done, size_t total)
{
	struct progress *p = arg;
	assert_true(done > p->done && done <= total);
	p->calls++;
	p->done = done;
	p->total = total;
}

static void progress_is_told_batch_by_batch(void **state)
{
	(void)state;
	struct evaluation ev;
	struct progress p = {0};
	struct evaluation_options o = {.run_dir = run_dir, .progress = note, .arg = &p};
	assert_int_equal(evaluation_run(&ev, &o, NULL), ERR_OK);
	assert_int_equal(p.total, 4 * C);
	assert_int_equal(p.done, p.total);
	assert_int_equal(p.calls, (4 * C + BATCH - 1) / BATCH);
	evaluation_release(&ev);
}

static void a_run_without_an_experiment(void **state)
{
	(void)state;
	struct evaluation ev, plain;
	char *file = path_join(run_dir, "experiment.yaml"), *valid = path_join(root, "valid");
	evaluate(&ev, valid, 0);
	assert_int_equal(unlink(file), 0);
	evaluate(&plain, valid, 0);
	assert_true(plain.score.loss.value == ev.score.loss.value);
	assert_refused(&(struct evaluation_options){.run_dir = run_dir}, ERR_NOT_FOUND,
		       "has no experiment.yaml");
	write_text(file, "name: [\n");
	assert_refused(&(struct evaluation_options){.run_dir = run_dir, .pictures = valid},
		       ERR_FORMAT, file);
	evaluation_release(&ev);
	evaluation_release(&plain);
	free(file);
	free(valid);
}

static void what_has_changed_since_the_run(void **state)
{
	(void)state;
	struct evaluation ev;
	char *one = path_join(root, "valid/disc/000.png"), *labels = run_file("one", "labels.txt"),
	     *train_dir = path_join(root, "train"), *moved = path_join(root, "moved");
	assert_int_equal(unlink(one), 0);
	evaluate(&ev, NULL, 0);
	assert_int_equal(ev.n, 4 * C - 1);
	assert_int_equal(ev.warnings.n, 1);
	assert_non_null(strstr(ev.warnings.lines[0], "was validated on 12 pictures, of which 11 "));
	evaluation_release(&ev);
	write_text(labels, "disc\nframe\nzigzag\n");
	assert_refused(&(struct evaluation_options){.run_dir = run_dir}, ERR_MISMATCH,
		       "labels.txt any more");
	assert_int_equal(rename(train_dir, moved), 0);
	assert_refused(&(struct evaluation_options){.run_dir = run_dir}, ERR_NOT_FOUND,
		       "thaw eval RUN FOLDER");
	free(one);
	free(labels);
	free(train_dir);
	free(moved);
}

#define WITH_RUN(test) cmocka_unit_test_setup_teardown(test, train_one, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_RUN(figures_are_what_they_should_be),
	    WITH_RUN(its_own_pictures_give_its_best_epoch),
	    WITH_RUN(unreadable_pictures_are_named_and_left_out),
	    WITH_RUN(the_weights_that_are_asked_for),
	    WITH_RUN(memory_does_not_grow_with_the_pictures),
	    WITH_RUN(progress_is_told_batch_by_batch),
	    WITH_RUN(a_run_without_an_experiment),
	    WITH_RUN(what_has_changed_since_the_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
