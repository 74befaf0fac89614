/* A job whose every name is hostile - folders, pictures, classes, the run, where it is - through
 * what needs the network; and what is said when there are no descriptors left to say it with. */
#include "job.h"

#include "../hostile.h"

#include <cjson/cJSON.h>

static char *experiment, *where, *picture, *class; /* `where`: for runs, any bytes in it */
static struct hostile any = {"any bytes", NULL, false, false},
		      unseen = {"unseen", NULL, true, true};

static void move(const char *from, const char *to)
{
	assert_int_equal(rename(from, to), 0);
}

static int open_job(void **state)
{
	int bad = job_open(state);
	struct strbuf all = STRBUF_INIT, shown = STRBUF_INIT, yaml = STRBUF_INIT;
	for (size_t i = 0; i < N_HOSTILE; i++) {
		strbuf_addstr(&all,
			      hostile_texts[i].class ? "\xe2\x80\xae" : hostile_texts[i].text);
		strbuf_addstr(&shown, hostile_texts[i].class ? hostile_texts[i].text : "");
	}
	any.text = strbuf_detach(&all);
	unseen.text = strbuf_detach(&shown);
	char *plain = job_shapes();
	class = xasprintf("disc%s", unseen.text);
	where = path_join(job_dir, any.text);
	static const char *const parts[] = {"train", "valid"};
	for (size_t i = 0; i < 2; i++) {
		char *from = xasprintf("%s/%s/disc", job_dir, parts[i]);
		char *to = xasprintf("%s/%s/%s", job_dir, parts[i], class);
		char *junk = xasprintf("%s/no%s.png", to, any.text);
		move(from, to);
		assert_int_equal(file_write_atomic(junk, "junk", 4, NULL), ERR_OK);
		free(from);
		free(to);
		free(junk);
	}
	char *one = xasprintf("%s/valid/%s/000.png", job_dir, class);
	picture = xasprintf("%s/valid/%s/%s.png", job_dir, class, any.text);
	move(one, picture);
	strbuf_addf(&yaml,
		    "name: shapes\nnetwork: {cfg: %s/shapes.cfg, weights: %s/shapes.weights}\n"
		    "data: {images: %s/train, valid: %s/valid}\n"
		    "train: {batch: 8, threads: 1}\nphases:\n"
		    "  - {name: head, freeze: base, epochs: 1, lr: 0.0001}\n",
		    job_dir, job_dir, job_dir, job_dir);
	job_write("hostile.yaml", yaml.buf, yaml.len);
	experiment = path_join(job_dir, "hostile.yaml");
	strbuf_release(&yaml);
	free(plain);
	free(one);
	return bad;
}

static int close_job(void **state)
{
	char *texts[] = {experiment, where, picture, class};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		free(texts[i]);
	return job_close(state);
}

static void check(struct running *r, int status, const char *const *words)
{
	run_expect(r, status, words);
	for (int k = 0; k < 2; k++)
		hostile_check(words[1], &any, r->text[k].buf, r->text[k].len);
}

/* Does any string in it equal the text? */
static bool holds(const cJSON *o, const char *text)
{
	bool found = cJSON_IsString(o) && strcmp(o->valuestring, text) == 0;
	for (const cJSON *c = o->child; c && !found; c = c->next)
		found = holds(c, text);
	return found;
}

static void check_json(const struct running *r)
{
	cJSON *o = cJSON_Parse(r->text[0].buf);
	assert_non_null(o);
	assert_true(holds(o, class));
	cJSON_Delete(o);
}

/* The log itself can be printed, and what it tells is what was. */
static void check_log(const char *run)
{
	struct history h;
	struct strbuf log = STRBUF_INIT;
	char *path = path_join(run, "events.jsonl");
	assert_int_equal(file_read(path, &log, NULL), ERR_OK);
	hostile_check("events.jsonl", &any, log.buf, log.len);
	job_history(&h, where, unseen.text);
	assert_string_equal(h.run.name, unseen.text);
	assert_string_equal(h.run.classes[0], class);
	assert_true(h.ended && h.end.status == END_FINISHED);
	history_release(&h);
	strbuf_release(&log);
	free(path);
}

static void hostile_job(void **state)
{
	(void)state;
	char *run = path_join(where, unseen.text), *photo = picture;
	const struct {
		int status;
		const char *words[10];
		const char *says; /* on standard output, or in its JSON where it is NULL */
	} ways[] = {
	    {0, {viewer, "check", experiment}, "left out    "},
	    {0, {viewer, "check", experiment, "--structure"}, "phase       head"},
	    {0,
	     {viewer, "run", experiment, "--headless", "--runs", where, "--name", unseen.text},
	     "finished"},
	    {0, {viewer, "predict", run, photo}, "\\x1b]0;title"},
	    {0, {viewer, "predict", run, photo, "--json"}, NULL},
	    {0, {viewer, "eval", run}, "left out    "},
	    {0, {viewer, "eval", run, "--json"}, NULL},
	    {0, {viewer, "profile", experiment, "--batches", "1"}, "phase head"},
	    {0, {viewer, "replay", run, "--headless"}, "left out"},
	    {0, {viewer, "show", run}, "disc"},
	    {0, {viewer, "show", run, "--json"}, NULL},
	    {0, {viewer, "ls", "--runs", where}, "finished"},
	    {2, {viewer, "resume", run}, ""},
	    {2, {viewer, "attach", run}, ""},
	    {1, {viewer, "ctl", run, "pause"}, ""},
	};
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct running r;
		bool json = !ways[i].says;
		run_start(&r, ways[i].words, NULL);
		int status = run_wait(&r);
		if (status != ways[i].status)
			fail_msg("%s: status %d: %s", ways[i].words[1], status, r.text[1].buf);
		for (char *tab = r.text[0].buf; json && (tab = strchr(tab, '\t')); tab++)
			*tab = ' '; /* as cJSON indents */
		for (int k = 0; k < 2; k++)
			hostile_check(ways[i].words[1], &any, r.text[k].buf, r.text[k].len);
		if (json)
			check_json(&r);
		else if (!strstr(r.text[0].buf, ways[i].says))
			fail_msg("%s: no '%s' in: %s", ways[i].words[1], ways[i].says,
				 r.text[0].buf);
		run_release(&r);
	}
	check_log(run);
	free(run);
}

static void names_of_runs(void **state)
{
	(void)state;
	static const char *const names[] = {"a\nb", "a\x1b[2J", "a\x7f", "a\xc2\x9b", "a\xff", ""};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct running r;
		check(&r, 2,
		      (const char *const[]){viewer, "check", experiment, "--name", names[i], NULL});
		assert_non_null(strstr(r.text[1].buf, "cannot name a run"));
		assert_ptr_equal(strchr(r.text[1].buf, '\n'), r.text[1].buf + r.text[1].len - 1);
		run_release(&r);
	}
}

/* Whatever the limit: done and told so, or one reason and a status that says so. */
static void no_descriptors(void **state)
{
	(void)state;
	static const char *const commands[] = {
	    "check \"$2\"", "run \"$2\" --headless --runs \"$3\"", "profile \"$2\" --batches 1"};
	char *others = path_join(job_dir, "few");
	int n_refused = 0;
	for (int limit = 4; limit < 9; limit++)
		for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
			char *script =
			    xasprintf("ulimit -n %d; exec \"$1\" %s", limit, commands[i]);
			struct running r;
			run_start(&r,
				  (const char *const[]){"sh", "-c", script, "sh", viewer,
							experiment, others, NULL},
				  NULL);
			int status = run_wait(&r);
			if (r.text[status ? 1 : 0].len == 0)
				fail_msg("%s: status %d, and nothing is said", script, status);
			n_refused += status != 0;
			run_release(&r);
			free(script);
		}
	assert_true(n_refused > 0);
	free(others);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hostile_job),
	    cmocka_unit_test(names_of_runs),
	    cmocka_unit_test(no_descriptors),
	};
	return cmocka_run_group_tests(tests, open_job, close_job);
}
