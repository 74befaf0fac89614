/* The report in HTML: well-formed, nothing fetched, nothing that a log says taken for markup. */
#include "exported.h"
#include "markup.h"

static char *html_of(const char *log, const char *name)
{
	struct exported e;
	exported_fold(&e, log);
	e.x.report.name = name;
	e.x.again = "thaw run pets-1/experiment.yaml";
	e.x.experiment = "name: pets\ntrain: {batch: 8}\n";
	char *html = exported_text(&e, export_html);
	exported_release(&e);
	return html;
}

/* A run that holds everything has every part. */
static void test_parts(void **state)
{
	(void)state;
	char *log = exported_sample(sample_whole), *html = html_of(log, "pets-1"),
	     *tags = markup_check(html);
	static const char *const parts[] = {
	    "<title>pets-1</title>",
	    "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
	    "prefers-color-scheme:dark",
	    "@media print",
	    "id=\"curves\"",
	    "<b>Loss</b>",
	    "<b>Accuracy, %</b>",
	    "<b>Learning rate</b>",
	    "class=\"band\"",
	    "class=\"curve valid\"",
	    "class=\"phase",
	    "class=\"mark\"",
	    "id=\"epochs\"",
	    "id=\"interventions\"",
	    "class=\"confusion\"",
	    "id=\"probes\"",
	    "id=\"mistakes\"",
	    "class=\"cam\"",
	    "id=\"layers\"",
	    "thaw run pets-1/experiment.yaml",
	    "train: {batch: 8}",
	    "id=\"notes\"",
	};
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		expect_text(html, parts[i]);
	static const char *const never[] = {
	    "<script", "http:", "https:", "url(", "@import", " nan"};
	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++)
		expect_none(html, never[i]);
	free(tags);
	free(html);
	free(log);
}

/* Names that try to be markup stand there as text, and the tags are those of harmless ones. */
static void test_hostile_markup(void **state)
{
	(void)state;
	static const struct hostile texts[] = {
	    {"script", "</td></table><script>alert(1)</script>", true, true},
	    {"attribute", "\\\" onmouseover=\\\"alert(1)", true, true},
	    {"picture", "'><img src=//x/y.png>", true, true},
	    {"escapes", "&lt;b&gt;&amp;&#60;", true, true},
	    {"ends", "]]></svg></style></title>--><!--", true, true},
	};
	static const struct hostile harmless = {"harmless", "x", true, true};
	char *log = exported_sample(sample_whole), *named = hostile_log(log, &harmless),
	     *plain = html_of(named, "pets-1"), *want = markup_check(plain);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char *bad = hostile_log(log, &texts[i]), *html = html_of(bad, texts[i].text),
		     *tags = markup_check(html);
		size_t same = 0;
		while (tags[same] && tags[same] == want[same])
			same++;
		if (tags[same] || want[same])
			fail_msg("%s: ...%.80s for %.80s", texts[i].name, tags + same, want + same);
		free(tags);
		free(html);
		free(bad);
	}
	free(want);
	free(plain);
	free(named);
	free(log);
}

/* Wherever a log is cut, what it holds so far is a whole document. */
static void test_cut_anywhere(void **state)
{
	(void)state;
	char *log = exported_sample(sample_whole);
	int line = 0;
	for (char *end = log; (end = strchr(end, '\n')); end++)
		if (line++ % 7 == 0) {
			char *part = xstrndup(log, (size_t)(end - log) + 1),
			     *html = html_of(part, "pets-1"), *tags = markup_check(html);
			expect_none(html, " nan");
			expect_none(html, "inf ");
			free(tags);
			free(html);
			free(part);
		}
	assert_true(line > 100);
	free(log);
}

/* Figures that are not numbers, one epoch, one iteration, the same figure throughout. */
static void test_odd_figures(void **state)
{
	(void)state;
	static const char *const logs[] = {
	    "{\"seq\":1,\"t\":5,\"ev\":\"step\",\"iter\":1,\"epoch\":1,\"loss\":\"nan\",\"lr\":0}"
	    "\n",
	    "{\"seq\":1,\"t\":5,\"ev\":\"step\",\"iter\":1,\"epoch\":1,\"loss\":\"inf\",\"lr\":1e-"
	    "300}\n",
	    "{\"seq\":1,\"t\":5,\"ev\":\"step\",\"iter\":7,\"epoch\":1,\"loss\":-3,\"lr\":-1}\n"
	    "{\"seq\":2,\"t\":5,\"ev\":\"step\",\"iter\":8,\"epoch\":1,\"loss\":1e300,\"lr\":1e300}"
	    "\n",
	    "{\"seq\":1,\"t\":5,\"ev\":\"epoch\",\"epoch\":1,\"train\":{\"loss\":0,\"acc\":0},"
	    "\"valid\":{\"loss\":\"-inf\",\"acc\":\"nan\"}}\n",
	    "{\"seq\":1,\"t\":5,\"ev\":\"epoch\",\"epoch\":2147483647,\"iter\":2147483647,"
	    "\"train\":{\"loss\":1e308},\"valid\":{\"loss\":-1e308}}\n",
	    "{\"seq\":1,\"t\":5,\"ev\":\"metric\",\"name\":\"<b>\",\"iter\":-5,\"value\":\"nan\"}\n"
	    "{\"seq\":2,\"t\":5,\"ev\":\"metric\",\"name\":\"<b>\",\"iter\":5,\"value\":3}\n",
	};
	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++) {
		char *html = html_of(logs[i], "odd"), *tags = markup_check(html);
		static const char *const never[] = {"nan ", "nan\"", "-nan", "inf\"", " inf"};
		for (size_t k = 0; k < sizeof(never) / sizeof(*never); k++) {
			const char *svg = strstr(html, "<svg"),
				   *found = svg ? strstr(svg, never[k]) : NULL;
			if (found && found < strstr(html, "</svg>"))
				fail_msg("log %zu: %.60s", i, found - 20);
		}
		free(tags);
		free(html);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parts),
	    cmocka_unit_test(test_hostile_markup),
	    cmocka_unit_test(test_cut_anywhere),
	    cmocka_unit_test(test_odd_figures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
