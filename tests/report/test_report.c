/* What is reported of a run: text in (a log), text out, in every format. */
#include "../hostile.h"

#include "thaw/base/alloc.h"
#include "thaw/base/shorten.h"
#include "thaw/report/classes.h"
#include "thaw/report/json.h"
#include "thaw/report/lines.h"
#include "thaw/report/table.h"
#include "thaw/report/text.h"

#include <cjson/cJSON.h>
#include <locale.h>
#include <stdlib.h>

#define LOG_RUN LOG_RUN_ON("cpu")
#define LOG_RUN_ON(device)                                                                         \
	"{\"seq\":1,\"t\":2,\"ev\":\"run\",\"version\":1,\"name\":\"pets-1\",\"data\":\"pets/\","  \
	"\"classes\":[\"cat\",\"dog\"],\"input_w\":64,\"input_h\":64,\"input_c\":3,"               \
	"\"n_train\":40,\"n_valid\":20,\"n_bad\":1,\"epochs\":2,\"iterations\":5,\"batch\":8,"     \
	"\"seed\":1,\"threads\":2,\"device\":\"" device "\",\"phases\":[{\"name\":\"head\",\"index\":0," \
	"\"epochs\":2,\"first_epoch\":1,\"lr\":0.01,\"schedule\":\"cosine\","                      \
	"\"freeze\":\"0-2\",\"batchnorm\":\"frozen\"}]}\n"                                         \
	"{\"seq\":2,\"t\":3,\"ev\":\"layers\",\"layers\":[{\"index\":0,"                           \
	"\"kind\":\"convolutional\",\"params\":10},{\"index\":1,\"kind\":\"maxpool\"},"            \
	"{\"index\":2,\"kind\":\"convolutional\",\"params\":20},{\"index\":3,"                     \
	"\"kind\":\"softmax\"}],\"head\":2}\n"                                                     \
	"{\"seq\":3,\"t\":4,\"ev\":\"freeze\",\"iter\":0,\"cause\":\"phase\",\"frozen\":\"0-1\","  \
	"\"was\":\"none\",\"trainable\":1500}\n"

#define LOG_EPOCHS                                                                                 \
	"{\"seq\":4,\"t\":5,\"ev\":\"note\",\"level\":\"warn\",\"text\":\"one picture twice\"}\n"  \
	"{\"seq\":5,\"t\":900,\"ev\":\"step\",\"iter\":5,\"epoch\":1,\"loss\":0.5,\"lr\":0.01,"    \
	"\"ips\":40,\"wait\":0.5}\n"                                                               \
	"{\"seq\":6,\"t\":1000,\"ev\":\"cache\",\"epoch\":1,\"layer\":1,\"images\":40,"            \
	"\"memory_bytes\":2500000,\"file_bytes\":0,\"hits\":0,\"misses\":40,\"saved\":0.75}\n"     \
	"{\"seq\":7,\"t\":1100,\"ev\":\"epoch\",\"epoch\":1,\"phase\":\"head\",\"iter\":5,"        \
	"\"lr\":0.01,\"train\":{\"loss\":0.5,\"acc\":0.9},\"valid\":{\"loss\":0.25,\"acc\":0.85,"  \
	"\"top2\":1},\"seconds\":{\"train\":2,\"valid\":1},\"best\":true,"                         \
	"\"classes\":[{\"name\":\"cat\",\"n\":14,\"tp\":14,\"fp\":3},"                             \
	"{\"name\":\"dog\",\"n\":6,\"tp\":3,\"fp\":0}],\"frozen\":[{\"layer\":0,"                  \
	"\"digest\":\"0123456789abcdef\"}]}\n"                                                     \
	"{\"seq\":8,\"t\":1150,\"ev\":\"scale\",\"iter\":5,\"cause\":\"user\","                    \
	"\"values\":[1,1,0.1,1],\"was\":[1,1,1,1]}\n"                                              \
	"{\"seq\":9,\"t\":2100,\"ev\":\"epoch\",\"epoch\":2,\"phase\":\"head\",\"iter\":10,"       \
	"\"lr\":0.005,\"train\":{\"loss\":0.375,\"acc\":0.95},\"valid\":{\"loss\":\"nan\","        \
	"\"acc\":0.7},\"seconds\":{\"train\":2,\"valid\":1},\"best\":false,"                       \
	"\"classes\":[{\"name\":\"cat\",\"n\":20,\"tp\":14,\"fp\":0},"                             \
	"{\"name\":\"dog\",\"n\":0,\"tp\":0,\"fp\":6}],\"frozen\":[{\"layer\":0,"                  \
	"\"digest\":\"0123456789abcdee\"}]}\n"

#define LOG_END                                                                                    \
	"{\"seq\":10,\"t\":2200,\"ev\":\"end\",\"status\":\"finished\","                           \
	"\"reason\":\"all phases are done\",\"epochs\":2,\"iters\":10,\"seconds\":2.25}\n"

/* Fold a log; what is told of it line by line goes to `out`. */
static void fold_log(struct history *h, const char *log, FILE *out)
{
	struct lines told = {0};
	history_init(h);
	for (const char *end; *log; log = end + 1) {
		struct event ev;
		struct errinfo e;
		end = strchr(log, '\n');
		if (event_decode(&ev, log, (size_t)(end - log), &e))
			fail_msg("%s: %.80s", e.msg, log);
		history_apply(h, &ev);
		lines_print(&told, h, &ev, out);
		event_release(&ev);
	}
}

static void print_json(FILE *out, const struct report_run *r)
{
	struct json_writer w = JSON_WRITER_PRETTY;
	report_json(&w, r);
	json_writer_print(&w, out);
}

static void print_row(FILE *out, const struct report_run *r)
{
	struct run_summary s;
	struct run_facts f = {.path = r->path, .unsaved = r->unsaved};
	while (strcmp(run_status_name(f.status), r->status) != 0)
		f.status++;
	run_summary_make(&s, &f, r->history);
	report_table_row(out, &s);
	run_summary_release(&s);
}

enum { LINES, TEXT, TABLE, JSON, N_FORMATS };

/* The texts of a log in every format. */
struct texts {
	char *of[N_FORMATS];
};

static void report(struct texts *t, const char *log, struct report_run r)
{
	static void (*const formats[N_FORMATS])(FILE *, const struct report_run *) = {
	    [TEXT] = report_text, [TABLE] = print_row, [JSON] = print_json};
	struct history h;
	for (int i = 0; i < N_FORMATS; i++) {
		size_t len;
		FILE *out = open_memstream(&t->of[i], &len);
		assert_non_null(out);
		if (i == LINES)
			fold_log(&h, log, out);
		r.history = &h;
		if (formats[i])
			formats[i](out, &r);
		fclose(out);
	}
	history_release(&h);
}

static void release(struct texts *t)
{
	for (int i = 0; i < N_FORMATS; i++)
		free(t->of[i]);
}

static const struct report_run pets = {
    .name = "pets-1", .path = "/runs/pets-1", .status = "finished"};

static void test_lines(void **state)
{
	(void)state;
	struct texts t;
	report(&t, LOG_RUN LOG_EPOCHS LOG_END, pets);
	assert_string_equal(
	    t.of[LINES],
	    "run pets-1: 2 classes, 40 training and 20 validation images (1 left out), "
	    "64x64, batch 8, 2 epochs, seed 1, cpu, 2 threads\n"
	    "iteration 0: 0-1 frozen (phase)\n"
	    "warning: one picture twice\n"
	    "activation cache: layers 0-1 are computed once for 40 images, 2.5 MB\n"
	    "epoch 1/2 head, training loss 0.500 acc 90.0 %, validation loss 0.250 acc "
	    "85.0 %, lr 0.01, 3.0s; first epoch: validation accuracy 85.0 %\n"
	    "iteration 5: 2 at x0.1 of the learning rate (user)\n"
	    "epoch 2/2 head, training loss 0.375 acc 95.0 %, validation loss nan acc "
	    "70.0 %, lr 0.005, 3.0s; diverged: validation loss is not finite; WARNING: 1 "
	    "frozen layer changed\n"
	    "finished: all phases are done: 2 epochs, 10 iterations, 2.2s, best validation "
	    "acc 85.0 % in epoch 1\n");
	release(&t);
}

static void test_text(void **state)
{
	(void)state;
	struct texts t;
	report(&t, LOG_RUN LOG_EPOCHS LOG_END, pets);
	assert_string_equal(
	    t.of[TEXT],
	    "pets-1: finished (all phases are done), 2 of 2 epochs, 5 iterations, 2.2s\n"
	    "device: cpu\n"
	    "best: epoch 1, validation accuracy 85.0 %, loss 0.250\n"
	    "layers: 4, 2 frozen, 1.50k parameters train; frozen layers changed: \n"
	    "  layer 0 CHANGED while frozen\n"
	    "learning rate: layers 2 at x0.1 of it\n"
	    "cache 0-1: 40 images, 2.5 MB, saves 75 % of the forward pass; 38 % over all "
	    "epochs\n"
	    "data: 50 % of the training time went by in waiting for pictures: data-bound\n"
	    "\n"
	    "  epoch  phase     training   acc %    valid.   acc %  observation\n"
	    "      1  head         0.500    90.0     0.250    85.0* first epoch: validation "
	    "accuracy 85.0 %\n"
	    "      2  head         0.375    95.0       nan    70.0  diverged: validation "
	    "loss is not finite\n"
	    "\n"
	    "classes after epoch 1\n"
	    "  class                 images  precision %     recall %         F1 %\n"
	    "  cat                       14         82.4          100         90.3\n"
	    "  dog                        6          100         50.0         66.7\n");
	release(&t);
}

static void test_table(void **state)
{
	(void)state;
	struct texts t;
	char *head = NULL;
	size_t len;
	FILE *out = open_memstream(&head, &len);
	report_table_head(out);
	fclose(out);
	report(&t, LOG_RUN LOG_EPOCHS LOG_END, pets);
	assert_string_equal(
	    head,
	    "RUN                      STATUS        EPOCHS BEST % LAST %      TIME  "
	    "DEVICE               IMAGES\n");
	assert_string_equal(
	    t.of[TABLE],
	    "pets-1                   finished     2/2       85.0   70.0      2.2s  "
	    "cpu                  pets/\n");
	free(head);
	release(&t);
}

static void test_json(void **state)
{
	(void)state;
	struct texts t;
	report(&t, LOG_RUN LOG_EPOCHS LOG_END, pets);
	assert_string_equal(t.of[JSON],
			    "{\n"
			    "\t\"name\":\t\"pets-1\",\n"
			    "\t\"status\":\t\"finished\",\n"
			    "\t\"reason\":\t\"all phases are done\",\n"
			    "\t\"epochs\":\t2,\n"
			    "\t\"epochs_planned\":\t2,\n"
			    "\t\"iterations\":\t5,\n"
			    "\t\"resumed\":\t0,\n"
			    "\t\"device\":\t{\n"
			    "\t\t\"name\":\t\"cpu\"\n"
			    "\t},\n"
			    "\t\"best\":\t{\n"
			    "\t\t\"epoch\":\t1,\n"
			    "\t\t\"acc\":\t0.85,\n"
			    "\t\t\"loss\":\t0.25,\n"
			    "\t\t\"top2\":\t1,\n"
			    "\t\t\"observation\":\t\"first epoch: validation accuracy 85.0 %\"\n"
			    "\t},\n"
			    "\t\"last\":\t{\n"
			    "\t\t\"epoch\":\t2,\n"
			    "\t\t\"acc\":\t0.7,\n"
			    "\t\t\"loss\":\tnull,\n"
			    "\t\t\"observation\":\t\"diverged: validation loss is not finite\"\n"
			    "\t},\n"
			    "\t\"seconds\":\t2.25,\n"
			    "\t\"classes\":\t[{\n"
			    "\t\t\t\"name\":\t\"cat\",\n"
			    "\t\t\t\"n\":\t14,\n"
			    "\t\t\t\"precision\":\t0.823529411764706,\n"
			    "\t\t\t\"recall\":\t1,\n"
			    "\t\t\t\"f1\":\t0.903225806451613\n"
			    "\t\t}, {\n"
			    "\t\t\t\"name\":\t\"dog\",\n"
			    "\t\t\t\"n\":\t6,\n"
			    "\t\t\t\"precision\":\t1,\n"
			    "\t\t\t\"recall\":\t0.5,\n"
			    "\t\t\t\"f1\":\t0.66666666666666663\n"
			    "\t\t}],\n"
			    "\t\"classes_epoch\":\t1,\n"
			    "\t\"digests_changed\":\t[0],\n"
			    "\t\"phases\":\t[{\n"
			    "\t\t\t\"name\":\t\"head\",\n"
			    "\t\t\t\"epochs\":\t2,\n"
			    "\t\t\t\"lr\":\t0.01,\n"
			    "\t\t\t\"schedule\":\t\"cosine\",\n"
			    "\t\t\t\"freeze\":\t\"0-2\"\n"
			    "\t\t}],\n"
			    "\t\"best_by\":\t\"accuracy\",\n"
			    "\t\"best_score\":\t0.85,\n"
			    "\t\"trainable\":\t1500,\n"
			    "\t\"lr_scale\":\t[1, 1, 0.1, 1],\n"
			    "\t\"cache\":\t{\n"
			    "\t\t\"layer\":\t1,\n"
			    "\t\t\"images\":\t40,\n"
			    "\t\t\"memory_bytes\":\t2500000,\n"
			    "\t\t\"file_bytes\":\t0,\n"
			    "\t\t\"saved_last_epoch\":\t0.75,\n"
			    "\t\t\"saved\":\t0.375\n"
			    "\t},\n"
			    "\t\"wait\":\t0.5,\n"
			    "\t\"broken_lines\":\t0,\n"
			    "\t\"path\":\t\"/runs/pets-1\"\n"
			    "}\n");
	cJSON *o = cJSON_Parse(t.of[JSON]);
	assert_non_null(o);
	cJSON_Delete(o);
	release(&t);
}

/* LOG_RUN by a trainer that tells how it learns. */
static char *with_learning(void)
{
	static const char end[] = "\"batchnorm\":\"frozen\"}]";
	const char *at = strstr(LOG_RUN, end) + sizeof(end) - 1;
	return xasprintf("%.*s,\"optimizer\":\"adamw\",\"b1\":0.9,\"b2\":0.999,"
			 "\"weighting\":\"by name\",\"class_weights\":[2,0.5]%s",
			 (int)(at - LOG_RUN), LOG_RUN, at);
}

static void test_learning(void **state)
{
	(void)state;
	struct texts t;
	char *log = with_learning();
	report(&t, log, pets);
	assert_non_null(strstr(t.of[LINES], ", batch 8, 2 epochs, adamw, b1 0.9, b2 0.999, classes "
					    "weighted (by name), seed 1, cpu"));
	assert_non_null(strstr(t.of[TEXT], "optimizer: adamw, b1 0.9, b2 0.999, classes weighted "
					   "(by name)\n"));
	cJSON *o = cJSON_Parse(t.of[JSON]), *optimizer = cJSON_GetObjectItem(o, "optimizer"),
	      *weights = cJSON_GetObjectItem(o, "class_weights");
	assert_string_equal(cJSON_GetObjectItem(optimizer, "name")->valuestring, "adamw");
	assert_true(cJSON_GetObjectItem(optimizer, "b2")->valuedouble == .999);
	assert_null(cJSON_GetObjectItem(optimizer, "momentum"));
	assert_string_equal(cJSON_GetObjectItem(weights, "kind")->valuestring, "by name");
	assert_true(cJSON_GetArrayItem(cJSON_GetObjectItem(weights, "weights"), 1)->valuedouble ==
		    .5);
	cJSON_Delete(o);
	release(&t);
	free(log);
}

/* What a run is busy with: seldom as lines, and where it stands now. */
#define LOG_BUSY                                                                                   \
	"{\"seq\":4,\"t\":100,\"ev\":\"progress\",\"what\":\"valid\",\"done\":0,\"total\":20}\n"   \
	"{\"seq\":5,\"t\":4000,\"ev\":\"progress\",\"what\":\"valid\",\"done\":1,\"total\":20}\n"  \
	"{\"seq\":6,\"t\":8100,\"ev\":\"progress\",\"what\":\"valid\",\"done\":2,\"total\":20}\n"  \
	"{\"seq\":7,\"t\":12100,\"ev\":\"progress\",\"what\":\"valid\",\"done\":3,\"total\":20}\n" \
	"{\"seq\":8,\"t\":12200,\"ev\":\"device\",\"iter\":5,\"cpu\":1.5,\"cores\":2,"            \
	"\"rss\":1000000,\"peak_rss\":2000000}\n"                                                 \
	"{\"seq\":9,\"t\":16100,\"ev\":\"progress\",\"what\":\"valid\",\"done\":4,\"total\":20,"   \
	"\"waits\":\"stop\"}\n"

static void test_busy(void **state)
{
	(void)state;
	struct texts t;
	struct report_run busy = {.name = "pets-1", .path = "/runs/pets-1", .status = "running"};
	report(&t, LOG_RUN LOG_BUSY, busy);
	assert_non_null(strstr(t.of[LINES], "validating: 2 of 20, ~1m 12s left\n"));
	assert_null(strstr(t.of[LINES], "1 of 20")); /* within five seconds, */
	assert_null(strstr(t.of[LINES], "3 of 20")); /* and soon after the last line */
	assert_non_null(strstr(t.of[TEXT], "now: validating, 4 of 20, then stop\n"));
	assert_non_null(strstr(t.of[TEXT], "machine: cpu 75 % of 2 cores, 1.0 MB of memory"));
	assert_non_null(strstr(t.of[TABLE], "validating 20 %: pets/"));
	assert_non_null(strstr(t.of[JSON], "\"state\":\t\"validating\""));
	assert_non_null(strstr(t.of[JSON], "\"done\":\t4,"));
	assert_non_null(strstr(t.of[JSON], "\"waits\":\t\"stop\""));
	assert_non_null(strstr(t.of[JSON], "\"cpu\":\t1.5,"));
	release(&t);
	busy.status = "crashed"; /* nothing goes on there */
	report(&t, LOG_RUN LOG_BUSY, busy);
	assert_null(strstr(t.of[TEXT], "now:"));
	assert_null(strstr(t.of[TABLE], "validating"));
	assert_null(strstr(t.of[JSON], "\"state\""));
	release(&t);
}

/* A card that computes: what it does while the run goes on, and what it is. */
#define H100 "cuda:0 NVIDIA H100 80GB HBM3, driver 1"
#define LOG_CARD                                                                                   \
	"{\"seq\":4,\"t\":100,\"ev\":\"device\",\"iter\":5,\"cpu\":0.5,\"cores\":2,\"rss\":1e9,"           \
	"\"peak_rss\":2000000000,\"card_busy\":0.934,\"card_memory\":12345678901,"                  \
	"\"card_total\":85520809984,\"celsius\":61,\"watts\":412.3,\"clock_mhz\":1980}\n"
#define LOG_CARD_SHORT                                                                             \
	"{\"seq\":5,\"t\":200,\"ev\":\"device\",\"iter\":6,\"cores\":2,\"peak_rss\":2000000000,"       \
	"\"card_busy\":0.5,\"card_memory\":900000000,\"celsius\":55}\n"

static void test_card(void **state)
{
	(void)state;
	struct texts t;
	struct report_run card = {.name = "pets-1", .path = "/runs/pets-1", .status = "running"};
	report(&t, LOG_RUN_ON(H100) LOG_CARD, card);
	assert_non_null(strstr(t.of[TEXT], "device: " H100 "\n"
					   "card: H100 93 %, 12.3/85.5 GB, 61°C, 412 W, 1.98 GHz\n"
					   "machine: cpu 25 % of 2 cores"));
	assert_non_null(strstr(t.of[TABLE], "  H100 93 %, 12.3 GB   preparing: pets/\n"));
	assert_non_null(strstr(t.of[JSON], "\"card_busy\":\t0.934,"));
	assert_non_null(strstr(t.of[JSON], "\"card_peak\":\t12345678901\n"));
	release(&t);
	report(&t, LOG_RUN_ON(H100) LOG_CARD LOG_CARD_SHORT, card); /* what is not told is not said */
	assert_non_null(strstr(t.of[TEXT], "card: H100 50 %, 900.0 MB, 55°C\n"));
	assert_null(strstr(t.of[JSON], "\"watts\""));
	assert_non_null(strstr(t.of[JSON], "\"card_peak\":\t12345678901\n"));
	assert_null(strstr(t.of[TABLE], "▅")); /* the terminal is of the locale C */
	release(&t);
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	report(&t, LOG_RUN_ON(H100) LOG_CARD LOG_CARD_SHORT, card);
	assert_non_null(strstr(t.of[TABLE], "█▅ ")); /* of late: 93 %, then 50 */
	release(&t);
	setlocale(LC_CTYPE, "C");

	card.status = "crashed";
	report(&t, LOG_RUN_ON(H100) LOG_CARD, card);
	assert_non_null(strstr(t.of[TABLE], "  H100                 pets/\n"));
	release(&t);
}

/* Before the first epoch there is no best one, and no class. */
static void test_begun(void **state)
{
	(void)state;
	struct texts t;
	struct report_run begun = {.name = "pets-1", .path = "/runs/pets-1", .status = "running"};
	report(&t, LOG_RUN, begun);
	assert_string_equal(
	    t.of[TEXT],
	    "pets-1: running, 0 of 2 epochs, 0 iterations, 0.0s\n"
	    "now: preparing\n"
			    "device: cpu\n"
	    "layers: 4, 2 frozen, 1.50k parameters train; frozen layers changed: none\n");
	assert_non_null(strstr(t.of[JSON], "\"best\":\tnull,\n\t\"last\":\tnull,"));
	assert_non_null(strstr(t.of[JSON], "\"classes\":\t[],\n\t\"digests_changed\":\t[],"));
	assert_null(strstr(t.of[JSON], "classes_epoch"));
	release(&t);
}

/* Why a run waits stands in every format. */
static void test_unsaved(void **state)
{
	(void)state;
	struct texts t;
	struct report_run waits = {.name = "pets-1",
				   .path = "/runs/pets-1",
				   .status = "unsaved",
				   .unsaved = "no room on the disk"};
	report(&t, LOG_RUN LOG_EPOCHS, waits);
	assert_non_null(
	    strstr(t.of[TEXT], "pets-1: unsaved (it waits: no room on the disk), 2 of"));
	assert_non_null(strstr(t.of[TABLE], "  waiting: no room on the disk\n"));
	assert_non_null(strstr(t.of[JSON], "\"reason\":\t\"no room on the disk\","));
	release(&t);
}

/* Whatever the names in a log are: nothing hidden goes out raw, no line passes for two, and JSON
 * holds what is UTF-8. */
static void test_hostile(void **state)
{
	(void)state;
	struct texts plain;
	report(&plain, LOG_RUN LOG_EPOCHS LOG_END, pets);
	size_t n_lines[N_FORMATS] = {0};
	for (int i = 0; i < N_FORMATS; i++)
		for (const char *c = plain.of[i]; *c; c++)
			n_lines[i] += *c == '\n';
	release(&plain);
	for (size_t k = 0; k < N_HOSTILE; k++) {
		const struct hostile *h = &hostile_texts[k];
		struct report_run r = {.name = h->text, .path = h->text, .status = "finished"};
		struct texts t;
		char *log = hostile_log(LOG_RUN LOG_EPOCHS LOG_END, h);
		report(&t, log, r);
		for (int i = 0; i < N_FORMATS; i++) {
			size_t n = 0;
			for (char *c = t.of[i]; *c; c++) {
				n += *c == '\n';
				*c = *c == '\t' ? ' ' : *c; /* as JSON is indented */
			}
			assert_int_equal(n, n_lines[i]);
			hostile_check("report", h, t.of[i], strlen(t.of[i]));
		}
		cJSON *o = cJSON_Parse(t.of[JSON]);
		assert_non_null(o);
		if (h->utf8)
			assert_string_equal(cJSON_GetObjectItem(o, "path")->valuestring, h->text);
		cJSON_Delete(o);
		release(&t);
		free(log);
	}
}

/* However long a name is, and whatever it is written in, the figures stand below their titles. */
static void test_long_names(void **state)
{
	(void)state;
	static const struct event_class classes[] = {
	    {.name = "a class of a name that is longer than the column", .n = 12, .tp = 3, .fp = 1},
	    {.name = "r\xc3\xb6schen", .n = 7, .tp = 1},
	};
	char *text, *save = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	classes_print(out, classes, 2, 20);
	fclose(out);
	char *titles = strtok_r(text, "\n", &save), *first = strtok_r(NULL, "\n", &save),
	     *second = strtok_r(NULL, "\n", &save);
	int end = columns_of(titles, true);
	assert_non_null(strstr(first, "longer than the column"));
	assert_int_equal(columns_of(first, true), end);
	assert_int_equal(columns_of(second, true), end);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),   cmocka_unit_test(test_text),
	    cmocka_unit_test(test_table),   cmocka_unit_test(test_json),
	    cmocka_unit_test(test_busy),
	    cmocka_unit_test(test_card),
	    cmocka_unit_test(test_begun),   cmocka_unit_test(test_unsaved),
	    cmocka_unit_test(test_learning), cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_long_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
