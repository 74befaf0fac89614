/* `thaw-train predict` against Debian's `darknet classifier predict`, on the same pictures and
 * the same files. */
#include "job.h"

#include <math.h>

#define N_PICTURES 50
#define TOLERANCE 0.01
#define MAX_CLASSES 8

struct answer {
	double p[MAX_CLASSES]; /* by position in labels.txt; -1 = not told */
	int top;
};

/* Every k-th file of the class folders, so that all classes are there. */
static size_t list_pictures(const char *dir, const char *const *classes, size_t n_classes,
			    char **out)
{
	size_t n = 0;
	for (size_t c = 0; c < n_classes; c++) {
		char *command = xasprintf("ls '%s/%s' | head -%zu", dir, classes[c],
					  (N_PICTURES + n_classes - 1) / n_classes);
		FILE *ls = popen(command, "r");
		char line[512];
		while (n < N_PICTURES && fgets(line, sizeof(line), ls)) {
			line[strcspn(line, "\n")] = '\0';
			out[n++] = xasprintf("%s/%s/%s", dir, classes[c], line);
		}
		pclose(ls);
		free(command);
	}
	return n;
}

static int class_of(const char *label, const char *const *classes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(label, classes[i]) == 0)
			return (int)i;
	return -1;
}

static void take_answer(struct answer *a, const char *label, double p, const char *const *classes,
			size_t n)
{
	int c = class_of(label, classes, n);
	assert_true(c >= 0);
	a->p[c] = p;
	if (a->top < 0)
		a->top = c;
}

static void clear(struct answer *a)
{
	a->top = -1;
	for (int i = 0; i < MAX_CLASSES; i++)
		a->p[i] = -1;
}

/* Asked inside the run directory, as names.data wants it. Lines "12.34%: label"; the first of each
 * picture stands behind the prompt "Enter Image Path: ". */
static void ask_darknet(const char *run, char **pictures, size_t n, const char *const *classes,
			size_t n_classes, struct answer *out)
{
	struct strbuf list = STRBUF_INIT;
	for (size_t i = 0; i < n; i++) {
		char *path = realpath(pictures[i], NULL);
		strbuf_addf(&list, "%s\n", path);
		free(path);
	}
	job_write("pictures.txt", list.buf, list.len);
	strbuf_release(&list);
	char *input = path_join(job_dir, "pictures.txt");
	struct running r;
	run_start(&r,
		  (const char *const[]){"env", "-C", run, "darknet", "classifier", "predict",
					"names.data", "model.cfg", "best.weights", NULL},
		  input);
	assert_int_equal(run_wait(&r), 0);
	static const char prompt[] = "Enter Image Path: ";
	int at = -1;
	char *save = NULL;
	for (char *line = strtok_r(r.text[0].buf, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		double percent;
		char label[64];
		if (strncmp(line, prompt, sizeof(prompt) - 1) == 0) {
			line += sizeof(prompt) - 1;
			if (++at < (int)n)
				clear(&out[at]);
		}
		if (at >= 0 && at < (int)n &&
		    sscanf(line, " %lf%%: %63[^\n]", &percent, label) == 2)
			take_answer(&out[at], label, percent / 100, classes, n_classes);
	}
	assert_int_equal(at, n); /* the last prompt found the end of the list */
	run_release(&r);
	free(input);
}

static void ask_thaw(const char *run, char **pictures, size_t n, const char *const *classes,
		     size_t n_classes, struct answer *out)
{
	const char *words[MAX_WORDS + 1] = {trainer, "predict", run};
	for (size_t i = 0; i < n; i++)
		words[3 + i] = pictures[i];
	struct running r;
	run_expect(&r, 0, words);
	int at = -1;
	char *save = NULL;
	for (char *line = strtok_r(r.text[0].buf, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		double p;
		char label[64];
		if (at + 1 < (int)n && strcmp(line, pictures[at + 1]) == 0)
			clear(&out[++at]);
		else if (at >= 0 && sscanf(line, "%lf %63[^\n]", &p, label) == 2)
			take_answer(&out[at], label, p, classes, n_classes);
	}
	assert_int_equal(at + 1, n);
	run_release(&r);
}

/* Frees the pictures' names. */
static void compare_pictures(const char *run, char **pictures, size_t n,
			     const char *const *classes, size_t n_classes)
{
	struct answer ours[N_PICTURES], theirs[N_PICTURES];
	ask_thaw(run, pictures, n, classes, n_classes, ours);
	ask_darknet(run, pictures, n, classes, n_classes, theirs);
	double worst = 0;
	for (size_t i = 0; i < n; i++) {
		if (ours[i].top != theirs[i].top &&
		    ours[i].p[ours[i].top] - ours[i].p[theirs[i].top] > TOLERANCE)
			fail_msg("%s: %s, Darknet says %s", pictures[i], classes[ours[i].top],
				 classes[theirs[i].top]);
		for (size_t c = 0; c < n_classes; c++)
			worst = fmax(worst, fabs(ours[i].p[c] - theirs[i].p[c]));
		free(pictures[i]);
	}
	print_message("largest difference of a probability from Darknet's: %.4f\n", worst);
	assert_true(worst <= TOLERANCE);
}

static void compare(const char *run, const char *valid, const char *const *classes,
		    size_t n_classes)
{
	char *pictures[N_PICTURES];
	size_t n = list_pictures(valid, classes, n_classes, pictures);
	assert_int_equal(n, N_PICTURES);
	compare_pictures(run, pictures, n, classes, n_classes);
}

static bool have_darknet(void)
{
	if (system("command -v darknet >/dev/null 2>&1") == 0)
		return true;
	print_message("skipped: the program darknet is not installed\n");
	return false;
}

static char *train(const char *yaml, const char *name)
{
	struct running r;
	EXPECT(&r, 0, trainer, "run", yaml, "--runs", runs, "--name", name, "--set",
	       "phases.0.epochs=1", "--set", "phases.1.epochs=1");
	run_release(&r);
	return path_join(runs, name);
}

/* Of a run that was moved after it ended, too: nothing in it tells where it was. */
static void darknet_agrees_on_shapes(void **state)
{
	(void)state;
	if (!have_darknet())
		skip();
	char *yaml = job_shapes(), *run = train(yaml, "shapes"),
	     *home = path_join(job_dir, "copied home"), *pictures = path_join(job_dir, "train");
	assert_int_equal(rename(run, home), 0);
	compare(home, pictures, picture_classes, N_PICTURE_CLASSES);
	free(yaml);
	free(run);
	free(home);
	free(pictures);
}

/* A shape of `label` whose colours are stored all over, but of which only the left half shows. */
static void draw_half_clear(struct strbuf *out, int label, int n)
{
	struct strbuf rows = STRBUF_INIT;
	for (int y = 0; y < n; y++) {
		strbuf_addch(&rows, 0);
		for (int x = 0; x < n; x++) {
			for (int c = 0; c < 3; c++)
				strbuf_addch(&rows, (char)(40 + (in_shape(label, x, y, n, 0) &&
								 c == label) * 160));
			strbuf_addch(&rows, (char)(x < n / 2 ? 255 : 0));
		}
	}
	png_file_of(out, n, n, &rows, PNG_RGBA);
	strbuf_release(&rows);
}

/* Half of each shape is clear: to both it is there all the same. */
static void darknet_agrees_on_alpha(void **state)
{
	(void)state;
	if (!have_darknet())
		skip();
	char *yaml = job_shapes(), *run = train(yaml, "alpha"), *pictures[N_PICTURE_CLASSES];
	for (int label = 0; label < N_PICTURE_CLASSES; label++) {
		struct strbuf png = STRBUF_INIT;
		char name[32];
		snprintf(name, sizeof(name), "clear-%d.png", label);
		draw_half_clear(&png, label, 32);
		job_write(name, png.buf, png.len);
		pictures[label] = path_join(job_dir, name);
		strbuf_release(&png);
	}
	compare_pictures(run, pictures, N_PICTURE_CLASSES, picture_classes, N_PICTURE_CLASSES);
	free(yaml);
	free(run);
}

static void darknet_agrees_on_flowers(void **state)
{
	(void)state;
	static const char *const classes[] = {"daisy", "dandelion", "roses", "sunflowers",
					      "tulips"};
	if (!have_darknet())
		skip();
	if (!have_flowers()) {
		print_message("skipped: ../shared/flower_photos or ../shared/weights/tiny.weights "
			      "is absent\n");
		skip();
	}
	char *yaml = job_flowers(1, 1), *run = train(yaml, "flowers");
	compare(run, "../shared/flower_photos/valid", classes, 5);
	free(yaml);
	free(run);
}

static void json_and_unreadable_pictures(void **state)
{
	(void)state;
	char *yaml = job_shapes(), *run = train(yaml, "json");
	char *good = path_join(job_dir, "valid/frame/000.png"),
	     *bad = path_join(job_dir, "shapes.cfg");
	struct running r;
	EXPECT(&r, 1, trainer, "predict", run, bad, good, "--json");
	assert_memory_equal(r.text[0].buf, "[{\"image\":\"", 11);
	assert_non_null(strstr(r.text[0].buf, "valid/frame/000.png\",\"top\":[{\"label\":\""));
	assert_non_null(strstr(r.text[0].buf, "\"probs\":["));
	assert_non_null(strstr(r.text[1].buf, "shapes.cfg"));
	run_release(&r);
	free(yaml);
	free(run);
	free(good);
	free(bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(darknet_agrees_on_shapes),
	    cmocka_unit_test(darknet_agrees_on_alpha),
	    cmocka_unit_test(darknet_agrees_on_flowers),
	    cmocka_unit_test(json_and_unreadable_pictures),
	};
	return cmocka_run_group_tests(tests, job_open, job_close);
}
