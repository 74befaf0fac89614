/* `thaw eval` from outside: the run's own pictures give its best epoch's figures, others in every
 * way they can be named; what is said of weights, of unreadable pictures, on a terminal. */
#include "job.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <pty.h>
#include <unistd.h>

#define C N_PICTURE_CLASSES

static char *run_dir, *valid;

/* A run that learns little in its two phases, whose validation pictures are a share of its folder,
 * averaged with their mirror images; and a second folder of pictures. */
static int open_run(void **state)
{
	struct running r;
	if (shapes_open(state))
		return -1;
	char *none = path_join(job_dir, "train"), *data = xasprintf("data.images=%s", none);
	run_expect(&r, 0,
		   (const char *const[]){trainer, "run", shapes, "--runs", runs, "--name", "own",
					 "--set", "data.valid=0.3", "--set", data, "--set",
					 "train.eval_flip=true", "--set", "phases.0.lr=0.0001",
					 "--set", "phases.1.epochs=1", NULL});
	run_release(&r);
	run_dir = path_join(runs, "own");
	valid = path_join(job_dir, "valid");
	free(none);
	free(data);
	return 0;
}

static int close_run(void **state)
{
	free(run_dir);
	free(valid);
	return shapes_close(state);
}

/* What `thaw eval ... --json` says; the caller deletes it. */
static cJSON *eval_json(const char *run, const char *pictures)
{
	struct running r;
	const char *words[] = {viewer, "eval", run, "--json", pictures, NULL};
	run_expect(&r, 0, words);
	assert_string_equal(r.text[1].buf, "");
	cJSON *o = cJSON_Parse(r.text[0].buf);
	assert_non_null(o);
	run_release(&r);
	return o;
}

static double number(const cJSON *o, const char *key)
{
	const cJSON *v = cJSON_GetObjectItem(o, key);
	assert_true(cJSON_IsNumber(v));
	return v->valuedouble;
}

static const char *text(const cJSON *o, const char *key)
{
	const char *v = cJSON_GetStringValue(cJSON_GetObjectItem(o, key));
	assert_non_null(v);
	return v;
}

static const cJSON *at(const cJSON *o, const char *key, size_t i)
{
	return cJSON_GetArrayItem(cJSON_GetObjectItem(o, key), (int)i);
}

static void assert_figure(const cJSON *o, const char *key, bool known, double v)
{
	if (known)
		assert_true(number(o, key) == v);
	else
		assert_true(cJSON_IsNull(cJSON_GetObjectItem(o, key)));
}

/* The loss to rounding: the run computed its frozen layers by themselves. */
static void own_pictures_give_the_best_epoch(void **state)
{
	(void)state;
	struct history h;
	job_history(&h, runs, "own");
	assert_true(h.best_epoch >= 0);
	const struct history_epoch *best = &h.epochs[h.best_epoch];
	cJSON *o = eval_json(run_dir, NULL);
	assert_true(number(o, "n") == (double)h.run.n_valid);
	assert_true(number(o, "acc") == best->valid.acc.value);
	assert_true(number(o, "top2") == best->valid.top2.value);
	assert_true(number(o, "top5") == best->valid.top5.value);
	assert_true(fabs(number(o, "loss") - best->valid.loss.value) <=
		    1e-5 * best->valid.loss.value);
	for (size_t i = 0; i < C; i++) {
		const cJSON *c = at(o, "classes", i), *row = at(o, "confusion", i);
		const struct event_class *k = &best->classes[i];
		bool valid_figure;
		assert_string_equal(text(c, "name"), k->name);
		assert_true(number(c, "n") == (double)k->n && number(c, "tp") == (double)k->tp);
		double v = class_precision(k, &valid_figure);
		assert_figure(c, "precision", valid_figure, v);
		v = class_recall(k, &valid_figure);
		assert_figure(c, "recall", valid_figure, v);
		v = class_f1(k, &valid_figure);
		assert_figure(c, "f1", valid_figure, v);
		for (size_t j = 0; j < C; j++)
			assert_true(cJSON_GetArrayItem(row, (int)j)->valuedouble ==
				    (double)best->confusion[i * C + j]);
	}
	assert_string_equal(text(o, "weights"), "best.weights");
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(o, "flip")));
	cJSON_Delete(o);
	history_release(&h);
}

/* A list of the pictures below `dir`; caller frees its path. */
static char *write_list(const char *name, const char *dir)
{
	char *list = path_join(job_dir, name),
	     *command = xasprintf("find '%s' -name '*.png' > '%s'", dir, list);
	assert_int_equal(system(command), 0);
	free(command);
	return list;
}

static void folder_list_and_data_file_agree(void **state)
{
	(void)state;
	char *ways[3] = {xstrdup(valid), write_list("list.txt", valid), NULL};
	char *data = xasprintf("valid = %s\nnames = %s/labels.txt\n", ways[1], run_dir);
	job_write("set.data", data, strlen(data));
	ways[2] = path_join(job_dir, "set.data");
	char *first = NULL;
	for (int i = 0; i < 3; i++) {
		cJSON *o = eval_json(run_dir, ways[i]);
		assert_true(number(o, "n") == 16 * C);
		assert_string_equal(text(o, "pictures"), ways[i]);
		cJSON_DeleteItemFromObject(o, "pictures");
		char *rest = cJSON_Print(o);
		if (first)
			assert_string_equal(rest, first);
		else
			first = xstrdup(rest);
		cJSON_free(rest);
		cJSON_Delete(o);
		free(ways[i]);
	}
	free(first);
	free(data);
}

static void a_table_for_a_person(void **state)
{
	(void)state;
	static const char *const want[] = {
	    "best.weights\n", "pictures    48 of ", ", averaged with the mirror image\n",
	    "accuracy    ",   "top-2       ",       "loss        ",
	    "\nclasses\n",    "precision",          "\nconfusion matrix",
	};
	struct running r;
	EXPECT(&r, 0, viewer, "eval", run_dir, valid);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		if (!strstr(r.text[0].buf, want[i]))
			fail_msg("no '%s' in: %s", want[i], r.text[0].buf);
	assert_string_equal(r.text[1].buf, "");
	run_release(&r);
}

static void refused(const char *pictures, const char *why)
{
	struct running r;
	const char *words[] = {viewer, "eval", run_dir, pictures, NULL};
	run_expect(&r, 2, words);
	assert_string_equal(r.text[0].buf, "");
	if (!strstr(r.text[1].buf, why))
		fail_msg("no '%s' in: %s", why, r.text[1].buf);
	assert_ptr_equal(strchr(r.text[1].buf, '\n'), r.text[1].buf + r.text[1].len - 1);
	run_release(&r);
}

static void one_line_for_what_cannot_be_measured(void **state)
{
	(void)state;
	char *other = path_join(job_dir, "other"), *class = path_join(other, "zigzag");
	assert_int_equal(file_mkdirs(class, NULL), ERR_OK);
	char *picture = path_join(valid, "disc/000.png"), *copy = path_join(class, "0.png");
	assert_int_equal(link(picture, copy), 0);
	refused(other,
		"\"zigzag\" is not a class of the network; its classes are disc, frame, stripes");
	refused("--mistakes=-1", "--mistakes wants a number");
	free(other);
	free(class);
	free(picture);
	free(copy);
}

/* A file's name may hold anything; what is printed may not. */
static void unreadable_pictures_and_hostile_names(void **state)
{
	(void)state;
	char *dir = path_join(job_dir, "hostile");
	make_pictures(dir, 2, 32, 9);
	char *bad = xasprintf("%s/disc/\x1b[31mred\xff.png", dir),
	     *wrong = xasprintf("%s/disc/\x1b[32mgreen.png", dir),
	     *stripes = path_join(dir, "stripes/000.png");
	assert_int_equal(file_write_atomic(bad, "no picture", 10, NULL), ERR_OK);
	assert_int_equal(link(stripes, wrong), 0); /* likely a mistake; printed if it is one */
	struct running r;
	EXPECT(&r, 0, viewer, "eval", run_dir, dir);
	assert_non_null(strstr(r.text[0].buf, "pictures    7 of "));
	assert_non_null(strstr(r.text[0].buf, ", 1 left out\n"));
	assert_non_null(strstr(r.text[0].buf, "\\x1b[31mred\\xff.png: not a picture"));
	assert_null(strchr(r.text[0].buf, '\x1b'));
	run_release(&r);
	cJSON *o = eval_json(run_dir, dir);
	const cJSON *left = at(o, "left_out", 0);
	assert_non_null(strstr(text(left, "image"), "\x1b[31mred\xef\xbf\xbd.png"));
	assert_non_null(strstr(text(left, "why"), "not a picture"));
	cJSON_Delete(o);
	EXPECT(&r, 1, viewer, "predict", run_dir, bad, wrong);
	assert_non_null(strstr(r.text[0].buf, "\\x1b[32mgreen.png\n"));
	assert_null(strchr(r.text[0].buf, '\x1b'));
	assert_null(strchr(r.text[1].buf, '\x1b'));
	run_release(&r);
	free(dir);
	free(bad);
	free(wrong);
	free(stripes);
}

static void the_weights_are_named(void **state)
{
	(void)state;
	char *best = path_join(run_dir, "best.weights"), *away = path_join(job_dir, "away.weights");
	char *last = path_join(run_dir, "last.weights"), *off = path_join(job_dir, "off.weights");
	char *says = path_join(run_dir, "last.state"), *said = path_join(job_dir, "said.state");
	char *picture = path_join(valid, "disc/000.png");
	const char *const commands[][2] = {{"predict", picture}, {"eval", valid}};
	struct running r;
	for (int i = 0; i < 2; i++) {
		const char *name = commands[i][0], *what = commands[i][1];
		EXPECT(&r, 0, viewer, name, run_dir, what, "--json");
		assert_non_null(strstr(r.text[0].buf, "\"weights\":\"best.weights\""));
		assert_string_equal(r.text[1].buf, "");
		run_release(&r);
		assert_int_equal(rename(best, away), 0);
		EXPECT(&r, 2, viewer, name, run_dir, what); /* its state tells of a best */
		assert_non_null(strstr(r.text[1].buf, "has no best.weights, though epoch "));
		run_release(&r);
		EXPECT(&r, 0, viewer, name, run_dir, what, "--weights", "last");
		run_release(&r);
		assert_int_equal(rename(says, said), 0);
		EXPECT(&r, 0, viewer, name, run_dir, what, "--json");
		assert_non_null(strstr(r.text[0].buf, "\"weights\":\"last.weights\""));
		assert_non_null(
		    strstr(r.text[1].buf, "has no best.weights; last.weights was taken\n"));
		run_release(&r);
		EXPECT(&r, 0, viewer, name, run_dir, what, "--weights", away, "--json");
		assert_non_null(strstr(r.text[0].buf, "away.weights\""));
		run_release(&r);
		assert_int_equal(rename(last, off), 0);
		EXPECT(&r, 2, viewer, name, run_dir, what);
		assert_non_null(strstr(r.text[1].buf, "has no weights yet"));
		run_release(&r);
		assert_int_equal(rename(off, last) | rename(away, best) | rename(said, says), 0);
	}
	free(best);
	free(away);
	free(last);
	free(off);
	free(says);
	free(said);
	free(picture);
}

/* What a terminal gets on standard error while the command works. */
static void progress_on_a_terminal(void **state)
{
	(void)state;
	struct strbuf seen = STRBUF_INIT;
	char chunk[512];
	int master, slave, status;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		dup2(slave, STDERR_FILENO);
		close(master);
		close(slave);
		execl(trainer, trainer, "eval", run_dir, valid, (char *)NULL);
		_exit(99);
	}
	close(slave);
	for (ssize_t n; (n = read(master, chunk, sizeof(chunk))) > 0;)
		strbuf_add(&seen, chunk, (size_t)n);
	close(master);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_non_null(strstr(seen.buf, "\rlooking at picture 8 of 48"));
	static const char end[] = "\rlooking at picture 48 of 48\r\033[K";
	assert_true(seen.len > sizeof(end));
	assert_string_equal(seen.buf + seen.len - (sizeof(end) - 1), end);
	strbuf_release(&seen);
}

static void pictures_that_went_missing_are_told(void **state)
{
	(void)state;
	struct running r;
	EXPECT(&r, 0, viewer, "eval", run_dir, "--json");
	cJSON *o = cJSON_Parse(r.text[0].buf);
	char *one = xstrdup(text(at(o, "mistakes", 0), "image")),
	     *kept = path_join(job_dir, "kept");
	assert_int_equal(rename(one, kept), 0);
	assert_int_equal(symlink("nowhere", one), 0);
	cJSON_Delete(o);
	run_release(&r);
	EXPECT(&r, 0, viewer, "eval", run_dir);
	assert_non_null(strstr(r.text[0].buf, "\nwarning     "));
	assert_non_null(strstr(r.text[0].buf, "these are not the figures of its log\n"));
	assert_non_null(strstr(r.text[0].buf, ", 1 left out"));
	run_release(&r);
	assert_int_equal(rename(kept, one), 0);
	free(one);
	free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(own_pictures_give_the_best_epoch),
	    cmocka_unit_test(folder_list_and_data_file_agree),
	    cmocka_unit_test(a_table_for_a_person),
	    cmocka_unit_test(one_line_for_what_cannot_be_measured),
	    cmocka_unit_test(unreadable_pictures_and_hostile_names),
	    cmocka_unit_test(the_weights_are_named),
	    cmocka_unit_test(progress_on_a_terminal),
	    cmocka_unit_test(pictures_that_went_missing_are_told),
	};
	return cmocka_run_group_tests(tests, open_run, close_run);
}
