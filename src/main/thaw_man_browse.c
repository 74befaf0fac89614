/* The run browser in the manual, and `thaw help browser`: its keys, from their table. */
#include "thaw_cli.h"
#include "thaw_roff.h"
#include "thaw_topics.h"

#include "thaw/base/say.h"
#include "thaw/base/strbuf.h"
#include "thaw/term/key.h"
#include "thaw/tui/browser.h"

static void add_keys(const struct browser_action *a, const char *before, const char *behind,
		     struct strbuf *out)
{
	for (int i = 0; i < 4 && a->keys[i]; i++)
		strbuf_addf(out, "%s%s%s%s", i ? " " : "", before, key_name(a->keys[i]), behind);
}

int browser_keys_print(void)
{
	for (size_t i = 0; i < n_browser_actions; i++) {
		struct strbuf keys = STRBUF_INIT;
		add_keys(&browser_actions[i], "`", "`", &keys);
		say(stdout, "| %s | %s |", keys.buf, browser_actions[i].help);
		strbuf_release(&keys);
	}
	return STATUS_OK;
}

static void man_keys(void)
{
	for (size_t i = 0; i < n_browser_actions; i++) {
		struct strbuf keys = STRBUF_INIT;
		add_keys(&browser_actions[i], "", " ", &keys);
		if (browser_actions[i].group)
			roff_subheading(browser_actions[i].group);
		roff_item("%s", keys.buf);
		roff_line(browser_actions[i].help);
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
	man_keys();
}
