/* The vocabulary: what each event looks like on the wire, and decode(encode(e)) == e over generated
 * events. */
#include "generate.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define ROUNDS 400 /* generated events of each kind */

static char text[][16] = {"a", "b", "c", "d", "e", "f", "g", "h"};

static void expect_line(struct event ev, const char *line)
{
	struct strbuf out = STRBUF_INIT, again = STRBUF_INIT;
	struct event back;
	struct errinfo why = {.msg = ""};
	ev.seq = 7;
	ev.t_ms = 90;
	event_encode(&ev, &out);
	assert_string_equal(out.buf, line);
	if (event_decode(&back, out.buf, out.len, &why))
		fail_msg("%s in %s", why.msg, out.buf);
	assert_int_equal(back.type, ev.type);
	event_encode(&back, &again);
	assert_string_equal(again.buf, line);
	event_release(&back);
	strbuf_release(&out);
	strbuf_release(&again);
}

static void test_lines_of_plan(void **state)
{
	(void)state;
	const char *classes[] = {text[5], text[6]};
	struct event_phase_plan plan = {
	    .name = text[0],
	    .index = 1,
	    .epochs = 5,
	    .first_epoch = 6,
	    .lr = 0.01,
	    .schedule = text[1],
	    .freeze = text[2],
	    .batchnorm = text[3],
	    .thaw_every = {2, true},
	};
#define PLAN                                                                                       \
	"\"name\":\"a\",\"index\":1,\"epochs\":5,\"first_epoch\":6,\"lr\":0.01,"                   \
	"\"schedule\":\"b\",\"freeze\":\"c\",\"batchnorm\":\"d\",\"thaw_every\":2}"
	expect_line((struct event){.type = EV_PHASE, .phase = plan},
		    "{\"seq\":7,\"t\":90,\"ev\":\"phase\"," PLAN "\n");
	struct event_run run = {.version = 1,
				.program = text[0],
				.name = text[1],
				.started = 2,
				.cfg = text[2],
				.weights = text[3],
				.data = text[4],
				.classes = classes,
				.n_classes = 2,
				.input_w = 3,
				.input_h = 4,
				.input_c = 5,
				.n_train = 6,
				.n_valid = 7,
				.n_bad = 8,
				.epochs = 9,
				.iterations = 10,
				.batch = 11,
				.seed = INT64_MAX,
				.threads = 12,
				.device = text[7],
				.phases = &plan,
				.n_phases = 1,
				.optimizer = text[4],
				.b1 = opt_of(.9),
				.b2 = opt_of(.999),
				.weighting = text[5],
				.class_weights = (double[]){.5, 2},
				.n_class_weights = 2};
	expect_line(
	    (struct event){.type = EV_RUN, .run = run},
	    "{\"seq\":7,\"t\":90,\"ev\":\"run\",\"version\":1,\"program\":\"a\",\"name\":\"b\","
	    "\"started\":2,"
	    "\"cfg\":\"c\",\"weights\":\"d\",\"data\":\"e\",\"classes\":[\"f\",\"g\"],\"input_w\":"
	    "3,"
	    "\"input_h\":4,\"input_c\":5,\"n_train\":6,\"n_valid\":7,\"n_bad\":8,\"epochs\":9,"
	    "\"iterations\":10,\"batch\":11,\"seed\":9223372036854775807,\"threads\":12,\"device\":"
	    "\"h\","
	    "\"phases\":[{" PLAN "],\"optimizer\":\"e\",\"b1\":0.9,\"b2\":0.999,"
	    "\"weighting\":\"f\",\"class_weights\":[0.5,2]}\n");
}

static void test_lines_of_layers(void **state)
{
	(void)state;
	struct event_layer layer = {1,  text[0], text[1],       2, 3, 4, 5, 6, 7, 8, 9, 10,
				    11, true,    ORIGIN_LOADED, 12};
	expect_line(
	    (struct event){.type = EV_LAYERS, .layers = {&layer, 1, 19}},
	    "{\"seq\":7,\"t\":90,\"ev\":\"layers\",\"layers\":[{\"index\":1,\"kind\":\"a\","
	    "\"activation\":\"b\","
	    "\"in_w\":2,\"in_h\":3,\"in_c\":4,\"out_w\":5,\"out_h\":6,\"out_c\":7,\"size\":8,"
	    "\"stride\":9,"
	    "\"groups\":10,\"params\":11,\"batchnorm\":true,\"origin\":\"loaded\",\"flops\":12}],"
	    "\"head\":19}\n");
	expect_line(
	    (struct event){
		.type = EV_STAGE,
		.stage = {STAGE_REPLACE, STAGE_DONE, text[0], text[1], {1, true}, {0, false}}},
	    "{\"seq\":7,\"t\":90,\"ev\":\"stage\",\"stage\":\"replace\",\"state\":\"done\",\"in\":"
	    "\"a\","
	    "\"out\":\"b\",\"bytes_expected\":1}\n");
	expect_line(
	    (struct event){.type = EV_FREEZE, .freeze = {41, CAUSE_USER, text[0], text[1], 5}},
	    "{\"seq\":7,\"t\":90,\"ev\":\"freeze\",\"iter\":41,\"cause\":\"user\",\"frozen\":\"a\","
	    "\"was\":\"b\","
	    "\"trainable\":5}\n");
	expect_line((struct event){.type = EV_LR, .lr = {41, CAUSE_UNDO, 1e-4, 0.1, NULL, {0}}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"lr\",\"iter\":41,\"cause\":\"undo\",\"value\":0."
		    "0001,\"was\":0.1}\n");
}

static void test_lines_of_training(void **state)
{
	(void)state;
	int64_t rows[2][2] = {{9, 1}, {2, 8}};
	struct event_row confusion[] = {{rows[0], 2}, {rows[1], 2}};
	struct event_class class = {text[0], 10, 9, 2};
	struct event_frozen frozen = {3, text[1]};
	struct event_epoch epoch = {
	    .epoch = 2,
	    .phase = text[2],
	    .iter = 64,
	    .lr = {0.5, true},
	    .train = {{0.25, true}, {0.75, true}, {0, false}, {0, false}},
	    .valid = {{1.0 / 3, true}, {0.85, true}, {1, true}, {0.95, true}},
	    .seconds = {{1.5, true}, {2, true}},
	    .best = true,
	    .classes = &class,
	    .n_classes = 1,
	    .confusion = confusion,
	    .n_confusion = 2,
	    .frozen = &frozen,
	    .n_frozen = 1};
	expect_line(
	    (struct event){.type = EV_EPOCH, .epoch = epoch},
	    "{\"seq\":7,\"t\":90,\"ev\":\"epoch\",\"epoch\":2,\"phase\":\"c\",\"iter\":64,\"lr\":0."
	    "5,"
	    "\"train\":{\"loss\":0.25,\"acc\":0.75},"
	    "\"valid\":{\"loss\":0.3333333333333333,\"acc\":0.85,\"top5\":1,\"top2\":0.95},"
	    "\"seconds\":{\"train\":1.5,\"valid\":2},\"best\":true,"
	    "\"classes\":[{\"name\":\"a\",\"n\":10,\"tp\":9,\"fp\":2}],\"confusion\":[[9,1],[2,8]],"
	    "\"frozen\":[{\"layer\":3,\"digest\":\"b\"}]}\n");
	expect_line(
	    (struct event){.type = EV_STEP,
			   .step = {3, 1, {NAN, true}, {0.01, true}, {30.5, true}, {0.125, true}}},
	    "{\"seq\":7,\"t\":90,\"ev\":\"step\",\"iter\":3,\"epoch\":1,\"loss\":\"nan\","
	    "\"lr\":0.01,"
	    "\"ips\":30.5,\"wait\":0.125}\n");
	double losses[] = {0.5, NAN, 0.25}, rate = 0.01;
	expect_line((struct event){.type = EV_STEPS,
				   .steps = {4, 2, losses, 3, &rate, 1, {30.5, true}, {0, true}}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"steps\",\"iter\":4,\"epoch\":2,"
		    "\"loss\":[0.5,\"nan\",0.25],\"lr\":[0.01],\"ips\":30.5,\"wait\":0}\n");
	expect_line(
	    (struct event){.type = EV_CACHE, .cache = {2, 18, 1000, 8, 9, 6, 4, {0.5, true}}},
	    "{\"seq\":7,\"t\":90,\"ev\":\"cache\",\"epoch\":2,\"layer\":18,\"images\":1000,"
	    "\"memory_bytes\":8,\"file_bytes\":9,\"hits\":6,\"misses\":4,\"saved\":0.5}\n");
	double probs[] = {0.5, -INFINITY};
	struct event_map map = {9, 0.25, text[1]};
	struct event_trace trace = {13, 0.5, 2, 0.75, 3, 2, &map, 1, {6, true}};
	struct event_probe_image image = {4, probs, 2, text[0], &trace, 1};
	expect_line((struct event){.type = EV_PROBE, .probe = {0, 7, 5, &image, 1}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"probe\",\"epoch\":0,\"cam_w\":7,\"cam_h\":5,"
		    "\"images\":[{\"id\":4,\"probs\":[0.5,\"-inf\"],\"cam\":\"a\",\"traces\":[{"
		    "\"layer\":13,\"mean\":0.5,\"sd\":2,\"active\":0.75,\"w\":3,\"h\":2,\"maps\":[{"
		    "\"channel\":9,\"mean\":0.25,\"pixels\":\"b\"}],\"since\":6}]}]}\n");
	struct event_thumb thumb = {4, 1, text[0], text[1]};
	expect_line((struct event){.type = EV_THUMBS, .thumbs = {32, 24, &thumb, 1}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"thumbs\",\"w\":32,\"h\":24,"
		    "\"images\":[{\"id\":4,\"label\":1,\"path\":\"a\",\"rgb\":\"b\"}]}\n");
}

static void test_lines_of_looking(void **state)
{
	(void)state;
	double values[] = {1, 0.1}, was[] = {1, 1};
	expect_line((struct event){.type = EV_SCALE, .scale = {41, CAUSE_USER, values, 2, was, 2}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"scale\",\"iter\":41,\"cause\":\"user\","
		    "\"values\":[1,0.1],\"was\":[1,1]}\n");
	struct event_layer_stat stats[] = {
	    {0, {12.5, true}, {0, false}, {0, false}, {0, false}},
	    {3, {2, true}, {0.001, true}, {0.5, true}, {1.5, true}},
	};
	expect_line((struct event){.type = EV_STATS, .stats = {2, stats, 2}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"stats\",\"epoch\":2,\"layers\":[{\"layer\":0,"
		    "\"weight_norm\":12.5},{\"layer\":3,\"weight_norm\":2,\"update_ratio\":0.001,"
		    "\"forward_ms\":0.5,\"backward_ms\":1.5}]}\n");
	struct event_mistake mistake = {text[0], 1, 0, 0.75, 0.25, text[1]};
	expect_line((struct event){.type = EV_MISTAKES, .mistakes = {2, 32, 24, &mistake, 1}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"mistakes\",\"epoch\":2,\"w\":32,\"h\":24,"
		    "\"images\":[{\"path\":\"a\",\"label\":1,\"said\":0,\"prob_said\":0.75,"
		    "\"prob_label\":0.25,\"rgb\":\"b\"}]}\n");
}

static void test_lines_of_what_is_to_come(void **state)
{
	(void)state;
	struct event_thaw_step steps[] = {{6, text[0]}, {8, text[1]}};
	expect_line((struct event){.type = EV_THAW, .thaw = {41, CAUSE_USER, 2, steps, 2}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"thaw\",\"iter\":41,\"cause\":\"user\",\"every\":2,"
		    "\"steps\":[{\"epoch\":6,\"layers\":\"a\"},{\"epoch\":8,\"layers\":\"b\"}]}\n");
	struct event_range_point point = {0.5, INFINITY, 2};
	expect_line((struct event){.type = EV_LR_RANGE,
				   .lr_range = {.iter = 41,
						.cause = CAUSE_USER,
						.state = RANGE_FLAT,
						.done = 1,
						.iterations = 100,
						.from = 0.25,
						.to = 1,
						.frozen = text[0],
						.lr = {0.5, true},
						.words = text[1],
						.points = &point,
						.n_points = 1}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"lr_range\",\"iter\":41,\"cause\":\"user\","
		    "\"state\":\"flat\",\"done\":1,\"iterations\":100,\"from\":0.25,\"to\":1,"
		    "\"frozen\":\"a\",\"lr\":0.5,\"words\":\"b\","
		    "\"points\":[{\"lr\":0.5,\"loss\":\"inf\",\"smooth\":2}]}\n");
}

static void test_lines_of_the_trainer(void **state)
{
	(void)state;
	expect_line((struct event){.type = EV_PROGRESS,
				   .progress = {PROGRESS_VALID, 16, 250, NULL}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"progress\",\"what\":\"valid\",\"done\":16,"
		    "\"total\":250}\n");
	expect_line((struct event){.type = EV_PROGRESS,
				   .progress = {PROGRESS_SAVE, 0, 0, text[0]}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"progress\",\"what\":\"save\",\"done\":0,"
		    "\"total\":0,\"waits\":\"a\"}\n");
	expect_line((struct event){.type = EV_DEVICE,
				   .device = {.iter = 31,
					      .cpu = {1.5, true},
					      .cores = 2,
					      .peak_rss = 4096}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"device\",\"iter\":31,\"cpu\":1.5,"
		    "\"cores\":2,\"peak_rss\":4096}\n");
	expect_line((struct event){.type = EV_METRIC,
				   .metric = {text[0], 31, {0.5, true}, -INFINITY}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"metric\",\"name\":\"a\",\"iter\":31,"
		    "\"epoch\":0.5,\"value\":\"-inf\"}\n");
	expect_line((struct event){.type = EV_METRIC, .metric = {text[0], 31, {0, false}, 2}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"metric\",\"name\":\"a\",\"iter\":31,"
		    "\"value\":2}\n");
}

static void test_lines_of_the_rest(void **state)
{
	(void)state;
	expect_line((struct event){.type = EV_CHECKPOINT,
				   .checkpoint = {2, 64, CHECKPOINT_BEST, text[0], 99, NULL}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"checkpoint\",\"epoch\":2,\"iter\":64,\"kind\":"
		    "\"best\",\"path\":\"a\","
		    "\"bytes\":99}\n");
	expect_line(
	    (struct event){.type = EV_NOTE, .note = {.level = NOTE_WARN, .text = text[0], .iter = {12, true}}},
	    "{\"seq\":7,\"t\":90,\"ev\":\"note\",\"level\":\"warn\",\"text\":\"a\",\"iter\":12}\n");
	expect_line(
	    (struct event){.type = EV_CONTROL, .control = {.what = CONTROL_NEXT_PHASE, .iter = 5, .cause = CAUSE_USER}},
	    "{\"seq\":7,\"t\":90,\"ev\":\"control\",\"what\":\"next-phase\",\"iter\":5,\"cause\":"
	    "\"user\"}\n");
	expect_line(
	    (struct event){
		.type = EV_END,
		.end = {END_STOPPED, text[0], 2, 64, {1.5, true}, {0.85, true}, {0, false}, 12, {0, false}}},
	    "{\"seq\":7,\"t\":90,\"ev\":\"end\",\"status\":\"stopped\",\"reason\":\"a\",\"epochs\":"
	    "2,"
	    "\"iters\":64,\"seconds\":1.5,\"best_acc\":0.85,\"peak_rss\":12}\n");
	expect_line((struct event){.type = EV_UNKNOWN},
		    "{\"seq\":7,\"t\":90,\"ev\":\"unknown\"}\n");
}

static void test_generated(void **state)
{
	(void)state;
	for (int type = 0; type < EV_N; type++)
		for (uint64_t i = 0; i < ROUNDS; i++) {
			struct event ev = generate_event(i, (enum event_type)type), back;
			struct strbuf out = STRBUF_INIT, again = STRBUF_INIT;
			struct errinfo why;
			event_encode(&ev, &out);
			assert_ptr_equal(memchr(out.buf, '\n', out.len), out.buf + out.len - 1);
			if (event_decode(&back, out.buf, out.len - i % 2, &why))
				fail_msg("%s %d: %s in %s", event_type_name(ev.type), (int)i,
					 why.msg, out.buf);
			if (!same_event(&ev, &back))
				fail_msg("%s %d: differs: %s", event_type_name(ev.type), (int)i,
					 out.buf);
			event_encode(&back, &again);
			assert_string_equal(out.buf, again.buf);
			struct event copy = back;
			record_copy(event_record(back.type), &copy.run, &back.run);
			event_release(&back);
			assert_true(same_event(&ev, &copy)); /* it stands alone */
			event_release(&ev);
			event_release(&copy);
			strbuf_release(&out);
			strbuf_release(&again);
		}
}

static void test_absent_and_unknown(void **state)
{
	(void)state;
	struct event ev;
	const char *line = "{\"new\":[{\"x\":[1,2.5e3,null]}],\"ev\":\"note\",\"level\":\"error\","
			   "\"level\":\"info\","
			   "\"iter\":null,\"t\":1.2e1,\"seq\":3}";
	assert_int_equal(event_decode(&ev, line, strlen(line), NULL), ERR_OK);
	assert_int_equal(ev.type, EV_NOTE);
	assert_int_equal(ev.seq, 3);
	assert_int_equal(ev.t_ms, 12);
	assert_int_equal(ev.note.level, NOTE_ERROR);
	assert_string_equal(ev.note.text, "");
	assert_false(ev.note.iter.valid);
	event_release(&ev);
	static const char *const skipped[] = {
	    "{\"seq\":3,\"t\":1,\"ev\":\"hologram\",\"level\":5}",
	    "{\"seq\":3,\"t\":1,\"ev\":\"lr\",\"iter\":4,\"cause\":\"moonlight\",\"value\":1,"
	    "\"was\":2}",
	};
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(event_decode(&ev, skipped[i], strlen(skipped[i]), NULL), ERR_OK);
		assert_int_equal(ev.type, EV_UNKNOWN);
		assert_int_equal(ev.seq, 3);
		event_release(&ev);
	}
}

/* A pause's end was "resumed" once; it reads the same, and is written anew. */
static void test_old_names(void **state)
{
	(void)state;
	static const char old[] = "{\"seq\":7,\"t\":90,\"ev\":\"control\",\"what\":\"resumed\","
				  "\"iter\":5,\"cause\":\"user\"}\n";
	struct event ev;
	assert_int_equal(event_decode(&ev, old, strlen(old), NULL), ERR_OK);
	assert_int_equal(ev.type, EV_CONTROL);
	assert_int_equal(ev.control.what, CONTROL_UNPAUSED);
	expect_line(ev, "{\"seq\":7,\"t\":90,\"ev\":\"control\",\"what\":\"unpaused\",\"iter\":5,"
			"\"cause\":\"user\"}\n");
	event_release(&ev);
}

/* Where a run branched off another; absent from the line of one that did not. */
static void test_parent(void **state)
{
	(void)state;
	struct event ev = {.seq = 7, .t_ms = 90, .type = EV_RUN, .run = {.name = "b"}};
	struct strbuf line = STRBUF_INIT;
	event_encode(&ev, &line);
	assert_null(strstr(line.buf, "parent"));
	strbuf_reset(&line);
	ev.run.parent = "a";
	ev.run.parent_iter = opt_of(412);
	event_encode(&ev, &line);
	assert_non_null(strstr(line.buf, ",\"parent\":\"a\",\"parent_iter\":412}"));
	assert_int_equal(event_decode(&ev, line.buf, line.len, NULL), ERR_OK);
	assert_string_equal(ev.run.parent, "a");
	assert_true(ev.run.parent_iter.valid && ev.run.parent_iter.value == 412);
	event_release(&ev);
	strbuf_release(&line);
}

static void test_refused(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		size_t at;
	} rows[] = {
	    {"", 0},
	    {"[]", 0},
	    {"{\"seq\":1,\"t\":2}", 0},
	    {"{\"seq\":1,\"t\":2,\"ev\":\"note\"", 26},
	    {"{\"seq\":1,\"t\":2,\"ev\":\"note\"} x", 28},
	    {"{\"seq\":1.5,\"t\":2,\"ev\":\"note\"}", 7},
	    {"{\"seq\":9223372036854775808,\"t\":2,\"ev\":\"note\"}", 7},
	    {"{\"seq\":01,\"t\":2,\"ev\":\"note\"}", 7},
	    {"{\"seq\":-1,\"t\":2,\"ev\":\"note\"}", 0},
	    {"{\"seq\":1,\"t\":2,\"ev\":\"note\",\"text\":5}", 34},
	    {"{\"seq\":1,\"t\":2,\"ev\":\"note\",\"text\":\"\\q\"}", 36},
	    {"{\"seq\":1,\"t\":2,\"ev\":\"step\",\"loss\":NaN}", 34},
	    {"{\"seq\":1,\"t\":2,\"ev\":\"step\",\"loss\":\"NaN\"}", 34},
	    {"{\"seq\":1,\"t\":2,\"ev\":\"step\",\"loss\":1,}", 36},
	    {"{\"seq\":1,\"t\":2,\"ev\":\"epoch\",\"confusion\":[1]}", 41},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event ev;
		struct errinfo e = {.at = 999};
		assert_int_equal(event_decode(&ev, rows[i].line, strlen(rows[i].line), &e),
				 ERR_FORMAT);
		assert_true(e.msg[0]);
		if (e.at != rows[i].at)
			fail_msg("%s: at %zu, not %zu: %s", rows[i].line, e.at, rows[i].at, e.msg);
	}
}

/* Counts and amounts beyond their limits are those limits, wherever they stand; seq and t are not
 * taken. */
static void test_limits(void **state)
{
	(void)state;
	static const char run[] =
	    "{\"seq\":1,\"t\":0,\"ev\":\"run\",\"epochs\":9223372036854775807,\"iterations\":"
	    "-9223372036854775808,\"batch\":2147483648,\"seed\":-9223372036854775808,\"started\":"
	    "9000000000000000000,\"phases\":[{\"first_epoch\":9223372036854775807}]}";
	static const char epoch[] =
	    "{\"seq\":1,\"t\":0,\"ev\":\"epoch\",\"confusion\":[[4294967296,7]],"
	    "\"classes\":[{\"n\":-4294967296}]}";
	static const char late[] = "{\"seq\":1,\"t\":1000000000000001,\"ev\":\"note\"}",
			  far[] = "{\"seq\":9223372036854775807,\"t\":1,\"ev\":\"note\"}";
	struct event ev;
	assert_int_equal(event_decode(&ev, run, strlen(run), NULL), ERR_OK);
	assert_int_equal(ev.run.epochs, RECORD_COUNT_MAX);
	assert_int_equal(ev.run.iterations, -RECORD_COUNT_MAX);
	assert_int_equal(ev.run.batch, RECORD_COUNT_MAX);
	assert_int_equal(ev.run.seed, INT64_MIN);
	assert_int_equal(ev.run.started, RECORD_AMOUNT_MAX);
	assert_int_equal(ev.run.phases[0].first_epoch, RECORD_COUNT_MAX);
	event_release(&ev);
	assert_int_equal(event_decode(&ev, epoch, strlen(epoch), NULL), ERR_OK);
	assert_int_equal(ev.epoch.confusion[0].counts[0], RECORD_COUNT_MAX);
	assert_int_equal(ev.epoch.confusion[0].counts[1], 7);
	assert_int_equal(ev.epoch.classes[0].n, -RECORD_COUNT_MAX);
	event_release(&ev);
	assert_int_equal(event_decode(&ev, late, strlen(late), NULL), ERR_FORMAT);
	assert_int_equal(event_decode(&ev, far, strlen(far), NULL), ERR_FORMAT);
}

static void test_strings_leave_as_utf8(void **state)
{
	(void)state;
	char dirty[] = "a\xff\xc3\xed\xa0\x80z"; /* a stray byte, a cut sequence, a surrogate */
	struct event ev = {.type = EV_NOTE, .note = {.text = dirty}}, back;
	struct strbuf out = STRBUF_INIT;
	event_encode(&ev, &out);
	assert_int_equal(event_decode(&back, out.buf, out.len, NULL), ERR_OK);
	assert_string_equal(back.note.text, "a\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDz");
	event_release(&back);
	strbuf_release(&out);
	const char *line = "{\"seq\":1,\"t\":2,\"ev\":\"note\",\"text\":"
			   "\"\\u0000\\ud83c\\udf37\\ud83cx\\u00e9\\/\xff\"}";
	assert_int_equal(event_decode(&back, line, strlen(line), NULL), ERR_OK);
	assert_string_equal(back.note.text, "\uFFFD\U0001F337\uFFFDx\u00e9/\uFFFD");
	event_release(&back);
}

/* Numbers must not follow the locale of the screen. Skipped where no comma locale is installed. */
static void test_locale(void **state)
{
	(void)state;
	static const char *const with_comma[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8",
						 "de_DE"};
	bool found = false;
	for (size_t i = 0; !found && i < 4; i++)
		found = setlocale(LC_ALL, with_comma[i]) != NULL;
	expect_line((struct event){.type = EV_LR, .lr = {1, CAUSE_PHASE, 0.5, 1.5e-7, NULL, {0}}},
		    "{\"seq\":7,\"t\":90,\"ev\":\"lr\",\"iter\":1,\"cause\":\"phase\",\"value\":0."
		    "5,\"was\":1.5e-07}\n");
	setlocale(LC_ALL, "C");
	if (!found) {
		print_message("skipped: no locale with a decimal comma is installed\n");
		skip();
	}
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(cause_name(CAUSE_NONFINITE), "nonfinite");
	assert_string_equal(cause_name(CAUSE_DIVERGED), "diverged");
	assert_string_equal(cause_name(-1), "?");
	assert_string_equal(cause_name(CAUSE_N), "?");
	assert_string_equal(stage_name(STAGE_TUNE), "tune");
	assert_string_equal(stage_title(STAGE_LOAD), "Load pretrained model");
	assert_string_equal(stage_title(STAGE_TUNE), "Unfreeze and fine-tune");
	assert_string_equal(stage_title(INT64_MIN), "?");
	assert_string_equal(end_status_name(END_FAILED), "failed");
	assert_string_equal(control_name(CONTROL_STOPPING), "stopping");
	assert_string_equal(note_level_name(NOTE_ERROR), "error");
	assert_string_equal(origin_name(ORIGIN_INITIALISED), "initialised");
	assert_string_equal(checkpoint_kind_name(CHECKPOINT_LAST), "last");
	assert_string_equal(event_type_name(EV_THUMBS), "thumbs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines_of_plan),
	    cmocka_unit_test(test_lines_of_layers),
	    cmocka_unit_test(test_lines_of_training),
	    cmocka_unit_test(test_lines_of_looking),
	    cmocka_unit_test(test_lines_of_what_is_to_come),
	    cmocka_unit_test(test_lines_of_the_trainer),
	    cmocka_unit_test(test_lines_of_the_rest),
	    cmocka_unit_test(test_generated),
	    cmocka_unit_test(test_absent_and_unknown),
	    cmocka_unit_test(test_old_names),
	    cmocka_unit_test(test_parent),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_strings_leave_as_utf8),
	    cmocka_unit_test(test_locale),
	    cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
