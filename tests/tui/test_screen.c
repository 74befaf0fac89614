/* The screens of a sample run as text, without a terminal. */
#include "check.h"
#include "thaw/tui/action.h"
#include "thaw/run/timeline.h"

static struct history whole, part, bound, empty;

static void write_part(struct sample *s)
{
	sample_begin(s);
	sample_epochs(s, 1, 4);
	sample_steps(s, 5, 0.005, 13);
}

/* The pictures come too slowly. */
static void write_bound(struct sample *s)
{
	write_part(s);
	for (int i = 0; i < 10; i++) {
		struct event ev = {.type = EV_STEP};
		ev.step = (struct event_step){.iter = 138 + i,
					      .epoch = 5,
					      .loss = {0.5, true},
					      .ips = {20, true},
					      .wait = {0.6, true}};
		sample_put(s, &ev, 800);
	}
}

static void write_nothing(struct sample *s)
{
	(void)s;
}

static int setup(void **state)
{
	(void)state;
	check_fold(&whole, sample_whole);
	check_fold(&part, write_part);
	check_fold(&bound, write_bound);
	check_fold(&empty, write_nothing);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	history_release(&whole);
	history_release(&part);
	history_release(&bound);
	history_release(&empty);
	return 0;
}

static struct view live_view(void)
{
	struct view v;
	view_init(&v, VIEW_LIVE, "runs/flower-photos-1");
	return v;
}

static struct view ended_view(void)
{
	struct view v;
	view_init(&v, VIEW_REPLAY, "runs/flower-photos-1");
	return v;
}

static void test_train_page(void **state)
{
	(void)state;
	static const char *const both[] = {"flower-photos-1",
					   "▶ training",
					   "epoch 5/10",
					   "✓ Replace head",
					   "▶ Train",
					   "Loss",
					   "Accuracy",
					   "●",
					   "★   4 head",
					   "improving",
					   "▶   5 head",
					   "❄✓",
					   "☀",
					   "Predictions by class",
					   "sunflowers",
					   "▲2",
					   "f freeze",
					   "q quit",
					   " 44 %",
					   "cache 0-17: 1,000 images, 15.7 MB, saves 98 %",
					   NULL};
	static const char *const large[] = {
	    "╭",     "Probe images", "✗ sunflowers  → tulips",  "ETA", "3 Classes",
	    "img/s", "conv 1×1        14×14×5",
	    "saves 98 % of the forward pass   43 img/s   cpu, 2 threads", NULL};
	struct view v = live_view();
	check_texts(&part, &v, 80, 24, both);
	check_texts(&part, &v, 120, 40, both);
	check_texts(&part, &v, 120, 40, large);
	static const char *const end[] = {"✓ finished", "best epoch 8: 86.0 %", "← → epoch", NULL};
	v = ended_view();
	check_texts(&whole, &v, 80, 24, end);
	check_texts(&whole, &v, 120, 40, end);
	check_texts(&whole, &v, 120, 40, (const char *const[]){"runs/flower-photos-1", NULL});
}

static void test_other_pages(void **state)
{
	(void)state;
	static const char *const pages[PAGE_N][9] = {
	    [PAGE_TRAIN] = {NULL},
	    [PAGE_LAYERS] = {"update by epoch", "×0.1", "224×224×16", "❄✓ frozen", "ms/img",
			     "layer 19, the head",
			     "cache 0-14: 1,000 images, 15.7 MB, saves 71 % of the forward pass",
			     NULL},
	    [PAGE_CLASSES] = {"Confusion matrix", "predicted →", "Most confused",
			      "14×  14%  daisy → dandelion", "F1", "Recall % by epoch", "● daisy",
			      NULL},
	    [PAGE_IMAGES] = {"▀▀▀▀", "▸daisy", "probability of each class", "✗ tulips",
			     "roses/102501987_3cdb8e5394_n.jpg", NULL},
	    [PAGE_LOG] = {"iteration 62", "▼", "❄", "漢字", "e\xcc\x81", NULL},
	};
	struct view v = ended_view();
	for (int page = 0; page < PAGE_N; page++) {
		v.page = (enum page)page;
		check_texts(&whole, &v, 120, 40, pages[page]);
	}
}

static void test_waiting_is_told(void **state)
{
	(void)state;
	struct view v = live_view();
	check_texts(&bound, &v, 120, 40,
		     (const char *const[]){"data-bound: waits for pictures 40 % of the time",
					   "saves 98 %", NULL});
	check_texts(&bound, &v, 80, 24,
		     (const char *const[]){"data-bound", "cache 0-17 saves 98 %", NULL});
	check_texts(&bound, &v, 45, 30, (const char *const[]){"data-bound", NULL});
	char *screen = check_screen(&part, &v, 120, 40, true);
	assert_null(strstr(screen, "data-bound"));
	free(screen);
}

/* On the Layers page at 80x24 the table takes all rows: the cache goes to the head line. */
static void test_cache_is_told(void **state)
{
	(void)state;
	struct view v = live_view();
	v.page = PAGE_LAYERS;
	check_texts(&part, &v, 80, 24,
		    (const char *const[]){
			"cache 0-17: 1,000 images, 15.7 MB, saves 98 % ❄ 14 frozen", NULL});
	check_texts(&part, &v, 60, 24, (const char *const[]){"cache 0-17 saves 98 % ❄", NULL});
	v.page = PAGE_TRAIN;
	check_texts(&part, &v, 45, 30, (const char *const[]){"44 %   cache 0-17 saves 98 %", NULL});
	char *screen = check_screen(&empty, &v, 80, 24, true);
	assert_null(strstr(screen, "cache"));
	free(screen);
}

static void test_pages_have_names(void **state)
{
	(void)state;
	struct view v = live_view();
	static const char *const names[] = {"1 Train 2 Layers 3 Classes 4 Images 5 Log", NULL};
	check_texts(&part, &v, 80, 24, names);
	v = ended_view();
	v.run_dir = "/srv/machine/runs/flower-photos-1";
	char *screen = check_screen(&whole, &v, 120, 40, true);
	assert_non_null(strstr(screen, "weights in runs/flower-photos-1"));
	assert_null(strstr(screen, "/srv"));
	free(screen);
}

/* A first loss far above all others is cut off with an arrow; the logarithmic scale shows it. */
static void write_wild(struct sample *s)
{
	sample_begin(s);
	for (int i = 1; i <= 124; i++) {
		struct event ev = {.type = EV_STEP};
		ev.step = (struct event_step){.iter = i,
					      .epoch = 1 + (i - 1) / SAMPLE_ITERS,
					      .lr = {0.01, true},
					      .ips = {40, true},
					      .loss = {i < 3 ? 90 : 0.4, true}};
		sample_put(s, &ev, 100);
	}
}

static void test_wild_loss(void **state)
{
	(void)state;
	struct history h;
	struct view v = live_view();
	check_fold(&h, write_wild);
	char *linear = check_screen(&h, &v, 120, 40, true);
	assert_non_null(strstr(linear, "↑"));
	assert_null(strstr(linear, "50┤"));
	v.log_loss = true;
	char *log = check_screen(&h, &v, 120, 40, true);
	assert_null(strstr(log, "↑"));
	assert_non_null(strstr(log, "Loss log"));
	assert_non_null(strstr(log, "10┤"));
	free(linear);
	free(log);
	history_release(&h);
}

static void test_every_size_draws(void **state)
{
	(void)state;
	const struct history *all[] = {&whole, &part, &empty};
	struct view v = live_view();
	for (int w = 1; w < 210; w += 1 + w / 12)
		for (int h = 1; h < 70; h += 1 + h / 8)
			for (int page = 0; page < PAGE_N; page++)
				for (size_t i = 0; i < 3; i++) {
					v.page = (enum page)page;
					v.mode = (w + h) % 2 ? VIEW_LIVE : VIEW_REPLAY;
					v.help = (w + h) % 5 == 0;
					v.log_loss = w % 2;
					v.layer = v.probe = v.class_index = v.epochs_up = v.log_up =
					    w * h % 40;
					v.prompt = (enum prompt)(h % 5);
					char *screen = check_screen(all[i], &v, w, h, w % 3);
					assert_true(*screen);
					free(screen);
				}
}

static void test_ascii_screen(void **state)
{
	(void)state;
	struct view v = ended_view();
	for (int page = 0; page < PAGE_N; page++) {
		v.page = (enum page)page;
		char *screen = check_screen(&whole, &v, 100, 36, false);
		for (const char *s = screen; *s; s++)
			assert_true(*s == '\n' || (*s >= ' ' && *s < 0x7F));
		free(screen);
	}
}

static void test_no_control_characters(void **state)
{
	(void)state;
	struct view v = ended_view();
	v.page = PAGE_LOG;
	view_message(&v, MESSAGE_BAD, "bad \x1b[2J message \x9b");
	char *screen = check_screen(&whole, &v, 100, 36, true);
	for (const char *s = screen; *s; s++)
		assert_true(*s == '\n' || (unsigned char)*s >= ' ');
	assert_null(strstr(screen, "\x1b"));
	free(screen);
}

static void test_prompts_and_messages(void **state)
{
	(void)state;
	struct view v = live_view();
	v.prompt = PROMPT_NEXT_PHASE;
	check_texts(&part, &v, 80, 24,
		     (const char *const[]){"end phase head now and go on to tune? y/n", NULL});
	v.prompt = PROMPT_STOP;
	check_texts(&part, &v, 80, 24, (const char *const[]){"stop the run? y/n", NULL});
	v.prompt = PROMPT_LR;
	edit_set(&v.input, "3e-4");
	check_texts(&part, &v, 80, 24,
		     (const char *const[]){"learning rate (now 0.005", "3e-4_", NULL});
	v.prompt = PROMPT_NONE;
	v.help = true;
	check_texts(&part, &v, 80, 24,
		     (const char *const[]){"Keys", "freeze it and everything below", NULL});
	v = ended_view();
	v.crashed = true;
	check_texts(&part, &v, 80, 24,
		     (const char *const[]){"✗ crashed", "the trainer is gone", NULL});
	v = live_view();
	check_texts(&part, &v, 30, 5, (const char *const[]){"thaw needs 40x12", NULL});
	check_texts(&empty, &v, 80, 24, (const char *const[]){"waiting", NULL});
}

/* On every page, at every size, from the least to the largest; less than that has room for a
 * sign. */
static void test_unsaved_is_told(void **state)
{
	(void)state;
	static const struct {
		int w, h;
	} sizes[] = {{40, 12}, {60, 20}, {80, 24}, {120, 40}, {200, 60}};
	const struct history *all[] = {&part, &empty};
	struct view v = live_view();
	snprintf(v.unsaved, sizeof(v.unsaved), "events.jsonl: No space left on device");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (int page = 0; page < PAGE_N; page++)
			for (int k = 0; k < 2; k++) {
				v.page = (enum page)page;
				check_texts(all[k], &v, sizes[i].w, sizes[i].h,
					    (const char *const[]){"! not saved",
								  "waiting to save: events", NULL});
				if (sizes[i].w >= 60)
					check_texts(
					    all[k], &v, sizes[i].w, sizes[i].h,
					    (const char *const[]){"No space left on device", NULL});
			}
	check_texts(&part, &v, 20, 5, (const char *const[]){"!", NULL});
	v = ended_view(); /* the trainer gave up */
	v.crashed = true;
	snprintf(v.unsaved, sizeof(v.unsaved), "the run directory was removed");
	check_texts(&part, &v, 80, 24, (const char *const[]){"not saved: the run dir", NULL});
}

static void test_selection(void **state)
{
	(void)state;
	struct view v = live_view();
	assert_int_equal(view_layer(&v, &part), 19);
	v.layer = 3;
	check_texts(&part, &v, 120, 40, (const char *const[]){"▸  3 max 2×2", NULL});
	v.layer = 99;
	view_clamp(&v, &part);
	assert_int_equal(v.layer, 21);
	v.probe = -4;
	view_clamp(&v, &part);
	assert_int_equal(v.probe, 0);
	assert_int_equal(view_layer(&v, &empty), -1);
}

/* Within one mode no key belongs to two rows, and every row can be reached and is explained. */
static void test_actions(void **state)
{
	(void)state;
	static const enum view_mode modes[] = {VIEW_LIVE, VIEW_REPLAY};
	assert_non_null(action_table[0].group);
	for (size_t i = 0; i < n_actions; i++) {
		const struct action *a = &action_table[i];
		assert_true(a->name && a->help && a->keys[0] && a->modes);
		for (int m = 0; m < 2 * PAGE_N; m++) {
			enum view_mode mode = modes[m % 2];
			enum page page = (enum page)(m / 2);
			bool all = ON_ANY_PAGE(a->modes);
			for (int k = 0; k < 4 && a->keys[k] && action_allowed(a, mode, page); k++) {
				const struct action *found = action_find(a->keys[k], mode, page);
				bool page_only = found && !ON_ANY_PAGE(found->modes);
				assert_true(found == a || (all && page_only));
			}
		}
	}
	assert_null(action_find('~', VIEW_LIVE, PAGE_TRAIN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_train_page),
	    cmocka_unit_test(test_other_pages),
	    cmocka_unit_test(test_pages_have_names),
	    cmocka_unit_test(test_cache_is_told),
	    cmocka_unit_test(test_waiting_is_told),
	    cmocka_unit_test(test_wild_loss),
	    cmocka_unit_test(test_every_size_draws),
	    cmocka_unit_test(test_ascii_screen),
	    cmocka_unit_test(test_no_control_characters),
	    cmocka_unit_test(test_prompts_and_messages),
	    cmocka_unit_test(test_unsaved_is_told), cmocka_unit_test(test_selection),
	    cmocka_unit_test(test_actions),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, setup, teardown);
}
