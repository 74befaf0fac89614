/* A run in the formats of other programs: text in (a log), text out. */
#include "exported.h"

#include <cjson/cJSON.h>
#include <math.h>

/* As Keras writes it: epochs from 0, columns by the alphabet, NA where a figure is missing. */
static void test_csv(void **state)
{
	(void)state;
	struct exported e;
	exported_fold(&e, PETS STEPS);
	char *text = exported_text(&e, export_csv);
	assert_string_equal(text, "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\r\n"
				  "0,0.9,0.01,0.4,0.8,0.30000000000000004\r\n"
				  "1,0.95,0.001,nan,NA,NA\r\n");
	free(text);
	exported_release(&e);
}

/* What no epoch tells has no column; the best five of five classes tell nothing. */
static void test_csv_absent(void **state)
{
	(void)state;
	static const char epoch[] =
	    "{\"seq\":2,\"t\":5,\"ev\":\"epoch\",\"epoch\":3,\"iter\":4,\"train\":{\"loss\":1},"
	    "\"valid\":{\"top5\":0.5}}\n";
	struct exported e;
	char *log = xasprintf("%s%s", PETS, epoch);
	exported_fold(&e, log);
	char *text = exported_text(&e, export_csv);
	assert_string_equal(text, "epoch,loss\r\n2,1\r\n");
	free(text);
	free(log);
	exported_release(&e);
	exported_fold(&e, epoch); /* a log that does not tell its classes */
	text = exported_text(&e, export_csv);
	assert_string_equal(text, "epoch,loss,val_top_k_categorical_accuracy\r\n2,1,0.5\r\n");
	free(text);
	exported_release(&e);
	exported_fold(&e, PETS);
	text = exported_text(&e, export_csv);
	assert_string_equal(text, "epoch\r\n");
	free(text);
	exported_release(&e);
}

static void test_tidy(void **state)
{
	(void)state;
	struct exported e;
	exported_fold(&e, PETS STEPS);
	char *text = exported_text(&e, export_tidy);
	assert_string_equal(text, "run,split,figure,epoch,iteration,seconds,value\n"
				  "pets-1,train,loss,1,2,1.1,0.4\n"
				  "pets-1,train,accuracy,1,2,1.1,0.9\n"
				  "pets-1,train,learning_rate,1,2,1.1,0.01\n"
				  "pets-1,validation,loss,1,2,1.1,0.30000000000000004\n"
				  "pets-1,validation,accuracy,1,2,1.1,0.8\n"
				  "pets-1,validation,precision:cat,1,2,1.1,0.8\n"
				  "pets-1,validation,recall:cat,1,2,1.1,1\n"
				  "pets-1,validation,f1:cat,1,2,1.1,0.8888888888888888\n"
				  "pets-1,validation,precision:dog,1,2,1.1,1\n"
				  "pets-1,validation,recall:dog,1,2,1.1,0.75\n"
				  "pets-1,validation,f1:dog,1,2,1.1,0.8571428571428571\n"
				  "pets-1,train,loss,2,4,2.1,nan\n"
				  "pets-1,train,accuracy,2,4,2.1,0.95\n"
				  "pets-1,train,learning_rate,2,4,2.1,0.001\n");
	free(text);
	e.x.steps = true;
	text = exported_text(&e, export_tidy);
	expect_text(text, "\npets-1,train,step_loss,1,1,0.5,0.7\n");
	expect_text(text, "\npets-1,train,step_loss,2,3,1.5,0.3\n"); /* told with the next one */
	expect_text(text, "\npets-1,train,step_loss,2,4,2,nan\n");
	expect_text(text, "\npets-1,train,step_images_per_second,1,2,1,40\n");
	free(text);
	exported_release(&e);
}

/* Take a field off a line of CSV as RFC 4180 has it; the caller frees it. */
static char *next_field(const char **line)
{
	struct strbuf out = STRBUF_INIT;
	const char *c = *line;
	if (*c == '"') {
		for (c++; *c != '"' || c[1] == '"'; c++) {
			assert_true(*c && *c != '\n');
			c += *c == '"';
			strbuf_addch(&out, *c);
		}
		c++;
	} else {
		while (*c && *c != ',' && *c != '\n') {
			assert_int_not_equal(*c, '"');
			strbuf_addch(&out, *c++);
		}
	}
	assert_true(*c == ',' || *c == '\n');
	*line = c + 1;
	return strbuf_detach(&out);
}

static void test_quoting(void **state)
{
	(void)state;
	static const char *const names[] = {"a,b", "\"", "say \"x\", twice\"\"", " edge ", "plain"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct exported e;
		exported_fold(&e, PETS STEPS);
		e.x.report.name = names[i];
		char *text = exported_text(&e, export_tidy);
		const char *line = strchr(text, '\n') + 1;
		for (int k = 0; k < 7; k++) {
			char *field = next_field(&line);
			static const char *const rest[] = {NULL, "train", "loss", "1",
							   "2",  "1.1",   "0.4"};
			assert_string_equal(field, k ? rest[k] : names[i]);
			free(field);
		}
		assert_memory_equal(line - 1, "\n", 1);
		free(text);
		exported_release(&e);
	}
}

/* Numbers with all their digits, small and large, read back as the same double. */
static void test_values_read_back(void **state)
{
	(void)state;
	double v = 1.0 / 3;
	for (int i = 0; i < 2000; i++) {
		char *log = xasprintf("%s{\"seq\":2,\"t\":5,\"ev\":\"epoch\",\"epoch\":1,\"iter\":"
				      "1,\"train\":{\"loss\":%.17g"
				      "}}\n",
				      PETS, v);
		struct exported e;
		exported_fold(&e, log);
		double told = e.h.epochs[0].train.loss.value; /* a log keeps what tells something */
		char *text = exported_text(&e, export_csv);
		assert_true(strtod(strstr(text, "\r\n0,") + 4, NULL) == told);
		free(text);
		exported_release(&e);
		free(log);
		v = fmod(v * 1234577.17, 1) * pow(10, i % 37 - 18);
	}
}

static const cJSON *member(const cJSON *o, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);
	if (!m)
		fail_msg("no %s", name);
	return m;
}

static void test_json(void **state)
{
	(void)state;
	struct exported e;
	exported_fold(&e, PETS STEPS);
	e.x.steps = true;
	char *text = exported_text(&e, export_json);
	cJSON *o = cJSON_Parse(text);
	assert_non_null(o);
	assert_string_equal(member(o, "name")->valuestring, "pets-1");
	assert_int_equal(cJSON_GetArraySize(member(o, "epoch_list")), 2);
	const cJSON *first = cJSON_GetArrayItem(member(o, "epoch_list"), 0);
	double loss = member(member(first, "valid"), "loss")->valuedouble;
	assert_true(nextafter(loss, 1) >= 0.30000000000000004); /* or the double beside it */
	assert_int_equal(member(cJSON_GetArrayItem(member(first, "classes"), 1), "tp")->valueint,
			 3);
	assert_int_equal(
	    cJSON_GetArrayItem(cJSON_GetArrayItem(member(o, "confusion"), 1), 0)->valueint, 1);
	assert_int_equal(cJSON_GetArraySize(member(o, "steps")), 4);
	assert_true(cJSON_IsNull(
	    member(cJSON_GetArrayItem(member(o, "steps"), 3), "loss"))); /* JSON has no NaN */
	cJSON_Delete(o);
	free(text);
	exported_release(&e);
}

static void test_markdown(void **state)
{
	(void)state;
	struct exported e;
	exported_fold(&e,
		      RUN_OF("[\"a|b\",\"*d*<b>@me\"]") "{\"seq\":2,\"t\":1100,\"ev\":\"epoch\","
							"\"epoch\":1,\"phase\":\"head\",\"iter\":2,"
							"\"train\":{\"loss\":0.4,\"acc\":0.9},"
							"\"valid\":{\"loss\":0.3,\"acc\":0.8},"
							"\"classes\":[{\"n\":4,\"tp\":4,\"fp\":1},{"
							"\"n\":4,\"tp\":3,\"fp\":0}],"
							"\"confusion\":[[4,-1],[1,3]]}\n");
	e.x.again = "thaw run x.yaml";
	e.x.experiment = "name: x\n# ```\n";
	char *text = exported_text(&e, export_markdown);
	expect_text(text, "## pets-1\n\n**finished**, 1 epoch");
	expect_text(text, "\nBest: epoch 1 of 1, validation accuracy 80.0 %, loss 0.300\n");
	expect_text(text, "| began | 2023-11-14 22:13 UTC |\n");
	expect_text(text, "| **1** | head | 0.400 | 90.0 | 0.300 | **80.0** | - | first epoch");
	expect_text(text, "| a\\|b | 4 | 80.0 | 100 | 88.9 |\n");
	expect_text(text, "| \\*d\\*\\<b>@<!-- -->me | a\\|b | 1 |\n");
	expect_text(text, "```sh\nthaw run x.yaml\n```\n");
	expect_text(text,
		    "\n````yaml\nname: x\n# ```\n````\n"); /* a fence longer than any inside */
	free(text);
	exported_release(&e);
}

/* A log that holds no more than losses: nothing is made up, and no empty part stands there. */
static void test_absent(void **state)
{
	(void)state;
	struct exported e;
	exported_fold(
	    &e, "{\"seq\":1,\"t\":500,\"ev\":\"step\",\"iter\":1,\"epoch\":1,\"loss\":0.7}\n");
	char *markdown = exported_text(&e, export_markdown), *html = exported_text(&e, export_html);
	expect_none(markdown, "###");
	expect_none(markdown, "Best");
	expect_none(markdown, "nan");
	static const char *const sections[] = {"epochs", "interventions", "classes",
					       "probes", "mistakes",      "layers",
					       "again",  "settings",      "notes"};
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		char *id = xasprintf("id=\"%s\"", sections[i]);
		expect_none(html, id);
		free(id);
	}
	expect_text(html, "id=\"curves\"");
	free(markdown);
	free(html);
	exported_release(&e);
}

/* Of a long run an issue gets what it can take: the best epoch and the last are there. */
static void test_long_markdown(void **state)
{
	(void)state;
	struct strbuf log = STRBUF_INIT;
	struct exported e;
	strbuf_addstr(&log, PETS);
	for (int i = 1; i <= 2000; i++)
		strbuf_addf(&log,
			    "{\"seq\":%d,\"t\":%d,\"ev\":\"epoch\",\"epoch\":%d,\"iter\":%d,"
			    "\"valid\":{\"loss\":1,\"acc\":%g}}\n",
			    i + 1, i, i, i, i == 777 ? 0.9 : 0.5);
	exported_fold(&e, log.buf);
	char *text = exported_text(&e, export_markdown);
	assert_true(strlen(text) < 65536 / 2);
	expect_text(text, "| **777** |");
	expect_text(text, "| 2000 |");
	expect_text(text, "\nOne epoch in 34, the best and the last.\n");
	free(text);
	exported_release(&e);
	strbuf_release(&log);
}

/* No text of a log goes out raw, in any format that is text. */
static void test_hostile(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		export_fn *write;
	} formats[] = {{"csv", export_csv},
		       {"tidy", export_tidy},
		       {"markdown", export_markdown},
		       {"html", export_html},
		       {"json", export_json}};
	char *log = exported_sample(sample_whole);
	for (size_t i = 0; i < N_HOSTILE; i++) {
		if (!hostile_texts[i].utf8) /* a log holds UTF-8 alone */
			continue;
		char *bad = hostile_log(log, &hostile_texts[i]);
		struct exported e;
		exported_fold(&e, bad);
		e.x.report.name = e.x.again = e.x.experiment = hostile_texts[i].text;
		for (size_t f = 0; f < sizeof(formats) / sizeof(*formats); f++) {
			char *text = exported_text(&e, formats[f].write);
			for (char *c = text; (c = strchr(c, '\r')) && c[1] == '\n';)
				*c = ' '; /* ends a line as it should */
			hostile_check(formats[f].name, &hostile_texts[i], text, strlen(text));
			free(text);
		}
		exported_release(&e);
		free(bad);
	}
	free(log);
}

/* The same run, the same bytes. */
static void test_same_bytes(void **state)
{
	(void)state;
	static export_fn *const formats[] = {export_csv, export_tidy, export_markdown, export_html,
					     export_json};
	char *log = exported_sample(sample_whole);
	for (size_t f = 0; f < sizeof(formats) / sizeof(*formats); f++) {
		char *texts[2];
		for (int k = 0; k < 2; k++) {
			struct exported e;
			exported_fold(&e, log);
			texts[k] = exported_text(&e, formats[f]);
			exported_release(&e);
		}
		assert_string_equal(texts[0], texts[1]);
		free(texts[0]);
		free(texts[1]);
	}
	free(log);
}

/* A run that went on another day: the wall clock tells of the pause, its own time does not. */
static void test_times(void **state)
{
	(void)state;
	struct exported e;
	exported_fold(
	    &e, PETS STEPS
	    "{\"seq\":7,\"t\":2200,\"ev\":\"run\",\"version\":1,\"started\":1700086400000}\n"
	    "{\"seq\":8,\"t\":2200,\"ev\":\"control\",\"what\":\"continued\",\"iter\":3}\n"
	    "{\"seq\":9,\"t\":3200,\"ev\":\"step\",\"iter\":4,\"epoch\":2,\"loss\":0.7}\n");
	assert_true(times_wall_seconds(&e.t, 2100) == 1700000002.1);
	assert_true(times_wall_seconds(&e.t, 3200) == 1700086401);
	assert_true(times_step_ms(&e.t, 4).value == 3200); /* the first 4th is void */
	assert_true(times_step_ms(&e.t, 1).value == 500);
	assert_false(times_epoch_ms(&e.t, 3).valid);
	exported_release(&e);
	struct times none = {0};
	assert_false(times_step_ms(&none, 1).valid);
	assert_true(times_wall_seconds(&none, 500) == 0.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_csv),
	    cmocka_unit_test(test_csv_absent),
	    cmocka_unit_test(test_tidy),
	    cmocka_unit_test(test_quoting),
	    cmocka_unit_test(test_values_read_back),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_markdown),
	    cmocka_unit_test(test_absent),
	    cmocka_unit_test(test_long_markdown),
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_same_bytes),
	    cmocka_unit_test(test_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
