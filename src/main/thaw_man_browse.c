/* The run browser and the comparison in the manual, and `thaw help browser`, `thaw help comparison`: their
 * keys, from their tables. */
#include "thaw_cli.h"
#include "thaw_roff.h"
#include "thaw_topics.h"

#include "thaw/base/say.h"
#include "thaw/base/strbuf.h"
#include "thaw/term/key.h"
#include "thaw/tui/browser.h"
#include "thaw/tui/compare.h"

struct row { /* of either table */
	const char *group, *help;
	const int *keys; /* [4] */
};

static struct row browser_row(size_t i)
{
	const struct browser_action *a = &browser_actions[i];
	return (struct row){a->group, a->help, a->keys};
}

static struct row compare_row(size_t i)
{
	const struct compare_action *a = &compare_actions[i];
	return (struct row){a->group, a->help, a->keys};
}

static void add_keys(const int *keys, const char *before, const char *behind, struct strbuf *out)
{
	for (int i = 0; i < 4 && keys[i]; i++)
		strbuf_addf(out, "%s%s%s%s", i ? " " : "", before, key_name(keys[i]), behind);
}

static int print_keys(struct row (*row)(size_t i), size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct strbuf keys = STRBUF_INIT;
		add_keys(row(i).keys, "`", "`", &keys);
		say(stdout, "| %s | %s |", keys.buf, row(i).help);
		strbuf_release(&keys);
	}
	return STATUS_OK;
}

int browser_keys_print(void)
{
	return print_keys(browser_row, n_browser_actions);
}

int compare_keys_print(void)
{
	return print_keys(compare_row, n_compare_actions);
}

static void man_keys(struct row (*row)(size_t i), size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct strbuf keys = STRBUF_INIT;
		add_keys(row(i).keys, "", " ", &keys);
		if (row(i).group)
			roff_subheading(row(i).group);
		roff_item("%s", keys.buf);
		roff_line(row(i).help);
		strbuf_release(&keys);
	}
}

void man_browser(void)
{
	roff_heading("THE RUN BROWSER");
	roff_line(
	    "'thaw' alone lists all runs under runs/, live ones first; so does 'thaw DIR...' with "
	    "those of other folders, and 'thaw ssh://[user@]host[:port][/DIR]' with those of "
	    "another machine, several side by side. Runs appear, go on and end on the screen by "
	    "themselves. Enter attaches to a live one or plays another; q there comes back to "
	    "the list as it was. Without a terminal it is 'thaw ls'. A folder that is itself a "
	    "run is looked at.");
	roff_paragraph(
	    "'thaw browse --remember DIR' or '+' adds a folder, or a machine, to what 'thaw' "
	    "alone shows; '--forget' or '-' takes it away. A machine that cannot be "
	    "reached is a line that says why, and is tried again by itself; ssh may ask "
	    "for a password only of those on the command line, before the list is drawn.");
	roff_paragraph(
	    "What a log says is kept in an index, and read again as soon as the log's inode, "
	    "size or times are others; the index may be removed. 'd' deletes a run by "
	    "descriptors below its folder and with its lock held: never a live one, never "
	    "through a link, and nothing but a directory with a log in it.");
	man_keys(browser_row, n_browser_actions);
}

void man_compare(void)
{
	roff_heading("SEVERAL RUNS");
	roff_line("'thaw compare RUN...', or 'c' on marked runs in the browser, lays runs over each "
		  "other: by iteration, by epoch, by the time since each run's begin, or by the "
		  "clock. A run keeps its letter and its colour, whatever is hidden, pinned or left "
		  "out; after eight the colours come again, and letters tell them apart, 52 at most. "
		  "Runs that go on keep moving, those of other machines too; a long log is read "
		  "while the screen is used. Without a terminal it is a table; '--json' and '--csv' "
		  "have every point, as it was logged.");
	roff_paragraph("Smoothing goes over every point of a run, from its first, and only then are "
		       "the points of one place drawn together; the band is the least and the most "
		       "of what was logged there. '/' or '--filter' takes a regular expression "
		       "that is looked for in the run's name and in each 'key=value' of its "
		       "settings; what matched is shown. Settings are those of experiment.yaml with "
		       "every default, and of a log alone what that tells; what a run does not tell "
		       "is blank, and no difference. Interventions are what was done besides the "
		       "plan: by hand, by a rule, after an accident.");
	man_keys(compare_row, n_compare_actions);
}
