/* What was changed of a run that waits to go on: its files, its plan, its pictures. What cannot go
 * on is refused and left as it was. */
#include "resumed.h"

#include "../../src/train/state.h"

#include <dirent.h>
#include <sys/file.h>

/* Every name and byte below a directory, in no order. */
static uint64_t sum_of(const char *dir)
{
	uint64_t sum = 0;
	DIR *d = opendir(dir);
	for (struct dirent *ent; (ent = readdir(d));) {
		if (ent->d_name[0] == '.')
			continue;
		char *path = path_join(dir, ent->d_name);
		struct strbuf all = STRBUF_INIT;
		strbuf_addstr(&all, ent->d_name);
		if (file_is_dir(path))
			sum += sum_of(path);
		else
			assert_int_equal(file_read(path, &all, NULL), ERR_OK);
		uint64_t h = UINT64_C(0xcbf29ce484222325);
		for (size_t i = 0; i < all.len; i++)
			h = (h ^ (unsigned char)all.buf[i]) * UINT64_C(0x100000001b3);
		sum += h;
		strbuf_release(&all);
		free(path);
	}
	closedir(d);
	return sum;
}

static void refused(const char *name, const char *says)
{
	struct errinfo e = {0};
	char *dir = run_file(name, "");
	uint64_t before = sum_of(dir);
	assert_int_equal(resume_run(name, &e), TRAINER_BAD_INPUT);
	if (!strstr(e.msg, says))
		fail_msg("%s: wanted '%s', got: %s", name, says, e.msg);
	assert_true(sum_of(dir) == before);
	free(dir);
}

static void read_file(const char *name, const char *file, struct strbuf *out)
{
	char *path = run_file(name, file);
	assert_int_equal(file_read(path, out, NULL), ERR_OK);
	free(path);
}

static void write_file(const char *name, const char *file, const char *data, size_t len)
{
	char *path = run_file(name, file);
	assert_int_equal(file_write_atomic(path, data, len, NULL), ERR_OK);
	free(path);
}

static void damaged_checkpoints_are_refused(void **state)
{
	(void)state;
	struct strbuf good = STRBUF_INIT, weights_file = STRBUF_INIT;
	stop_after = 2;
	assert_int_equal(train_plan("damaged"), TRAINER_STOPPED);
	read_file("damaged", "last.state", &good);
	read_file("damaged", "last.weights", &weights_file);
	for (size_t n = 0; n < good.len; n += n < 600 ? 37 : 499) {
		write_file("damaged", "last.state", good.buf, n);
		refused("damaged", "damaged");
	}
	write_file("damaged", "last.state", good.buf, good.len);
	weights_file.buf[100] ^= 1;
	write_file("damaged", "last.weights", weights_file.buf, weights_file.len);
	refused("damaged", "its checksum is not the one in last.state");
	write_file("damaged", "last.weights", weights_file.buf, weights_file.len - 4);
	refused("damaged", " bytes of ");
	char *path = run_file("damaged", "last.weights"),
	     *state_path = run_file("damaged", "last.state");
	unlink(path);
	refused("damaged", "last.weights");
	unlink(state_path);
	refused("damaged", "no checkpoint yet");
	weights_file.buf[100] ^= 1;
	write_file("damaged", "last.weights", weights_file.buf, weights_file.len);
	refused("damaged", "last.state");
	/* Killed between the renames of the two: the state has its other name yet. */
	write_file("damaged", "next.state", good.buf, good.len);
	struct state other;
	assert_int_equal(state_decode(&other, good.buf, good.len, NULL), ERR_OK);
	struct strbuf stale = STRBUF_INIT;
	other.weights_sum++;
	state_encode(&other, &stale);
	write_file("damaged", "last.state", stale.buf, stale.len);
	resume_to_end("damaged");
	same_files("never", "damaged");
	state_release(&other);
	strbuf_release(&stale);
	strbuf_release(&good);
	strbuf_release(&weights_file);
	free(path);
	free(state_path);
}

/* Put `to` in the place of the first `from` of the run's experiment.yaml. */
static void edit(const char *name, const char *from, const char *to)
{
	struct strbuf text = STRBUF_INIT, out = STRBUF_INIT;
	read_file(name, "experiment.yaml", &text);
	char *at = strstr(text.buf, from);
	if (!at)
		fail_msg("no '%s' in: %s", from, text.buf);
	strbuf_add(&out, text.buf, (size_t)(at - text.buf));
	strbuf_addf(&out, "%s%s", to, at + strlen(from));
	write_file(name, "experiment.yaml", out.buf, out.len);
	strbuf_release(&text);
	strbuf_release(&out);
}

static void edits_of_what_cannot_change_are_refused(void **state)
{
	(void)state;
	stop_after = 10;
	assert_int_equal(train_plan("edited"), TRAINER_STOPPED);
	char *images = path_join(root, "train"), *other = path_join(root, "valid"),
	     *longer = xasprintf("images: %s", images), *shorter = xasprintf("images: %s", other);
	const struct {
		const char *from, *to, *says;
	} edits[] = {
	    {"batch: 7", "batch: 8", "train.batch is 8, but the run was begun with 7"},
	    {"seed: 7", "seed: 8", "train.seed is 8, but the run was begun with 7"},
	    {longer, shorter, "in both the training and the validation pictures"},
	    {"base.weights", "shapes.yaml", "network.cfg is"},
	    {"epochs: 2", "epochs: two", "epochs"},
	};
	for (size_t i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
		edit("edited", edits[i].from, edits[i].to);
		refused("edited", edits[i].says);
		edit("edited", edits[i].to, edits[i].from);
	}
	write_file("edited", "model.cfg", "[net]\nbatch=8\n", 14);
	refused("edited", "model.cfg");
	write_file("edited", "model.cfg", "[net]\nbatch=7\n", 14);
	edit("edited", "  - name: head",
	     "  - name: tune\n    epochs: 3\n    lr: 0.1\nrest: 0\nold:\n  - name: head");
	refused("edited", "rest");
	free(images);
	free(other);
	free(longer);
	free(shorter);
}

static void a_plan_may_be_made_longer(void **state)
{
	(void)state;
	struct log l;
	stop_after = 10;
	assert_int_equal(train_plan("longer"), TRAINER_STOPPED);
	struct strbuf text = STRBUF_INIT;
	read_file("longer", "experiment.yaml", &text);
	char *tune = strstr(text.buf, "name: tune"), *epochs = strstr(tune, "epochs: 2");
	epochs[8] = '3';
	write_file("longer", "experiment.yaml", text.buf, text.len);
	strbuf_release(&text);
	resume_to_end("longer");
	log_read(&l, "longer");
	assert_int_equal(l.h.n_epochs, 5);
	assert_int_equal(l.h.run.epochs, 5);
	assert_int_equal(l.h.phases[1].epochs, 3);
	log_free(&l);
}

static void another_data_set_is_refused(void **state)
{
	(void)state;
	stop_after = 6;
	assert_int_equal(train_plan("moved"), TRAINER_STOPPED);
	char *one = path_join(root, "train/disc/003.png"), *there = path_join(root, "003.png"),
	     *renamed = path_join(root, "train/disc/zzz.png");
	char *disc = path_join(root, "train/disc"), *dish = path_join(root, "train/dish"),
	     *disc2 = path_join(root, "valid/disc"), *dish2 = path_join(root, "valid/dish");
	assert_int_equal(rename(one, there), 0);
	refused("moved", "23 training and 12 validation images now, 24 and 12 when");
	assert_int_equal(rename(there, renamed), 0);
	refused("moved", "under other names");
	assert_int_equal(rename(renamed, one), 0);
	assert_int_equal(rename(disc, dish), 0);
	assert_int_equal(rename(disc2, dish2), 0);
	refused("moved", "is dish now, disc when");
	assert_int_equal(rename(dish, disc), 0);
	assert_int_equal(rename(dish2, disc2), 0);
	resume_to_end("moved");
	same_files("never", "moved");
	char *all[] = {one, there, renamed, disc, dish, disc2, dish2};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		free(all[i]);
}

static void what_does_not_wait_is_refused(void **state)
{
	(void)state;
	struct errinfo e = {0};
	refused("never", "finished already, after 4 epochs");
	assert_int_equal(resume_run("nothing-of-that-name", &e), TRAINER_BAD_INPUT);
	assert_non_null(strstr(e.msg, "not a run directory"));
	stop_after = 6;
	assert_int_equal(train_plan("held"), TRAINER_STOPPED);
	char *lock = run_file("held", "lock");
	int fd = open(lock, O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	refused("held", "thaw attach");
	close(fd);
	free(lock);
	/* By the path of its directory, too, with a slash that a shell completes. */
	char *dir = run_file("held", "");
	struct trainer_options o = {.runs = "nowhere", .name = dir, .report_fd = -1};
	assert_int_equal(trainer_resume(&o, &e), TRAINER_FINISHED);
	same_files("never", "held");
	free(dir);
}

/* One run that never stopped, to compare with. */
static int make_never(void **state)
{
	make_root(state);
	no_life(state);
	return train_plan("never") == TRAINER_FINISHED ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(damaged_checkpoints_are_refused, no_life),
	    cmocka_unit_test_setup(edits_of_what_cannot_change_are_refused, no_life),
	    cmocka_unit_test_setup(a_plan_may_be_made_longer, no_life),
	    cmocka_unit_test_setup(another_data_set_is_refused, no_life),
	    cmocka_unit_test_setup(what_does_not_wait_is_refused, no_life),
	};
	return cmocka_run_group_tests(tests, make_never, remove_root);
}
