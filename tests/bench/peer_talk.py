"""How make bench's peers talk: a question a line on standard input, an answer a line on standard output.

The answer is "ok …" or "error WHY". A question is the name of a function of the session, and words: between tabs where
there is one in the line, else between spaces. The first line of all says the version.
"""
import sys


def serve(session, version, questions):
    print("ok", version, flush=True)
    for line in sys.stdin:
        name, *words = line.rstrip("\n").split("\t") if "\t" in line else line.split()
        try:
            if name not in questions:
                raise ValueError("no question '%s'" % name)
            answer = getattr(session, name)(*words)
            print("ok", "" if answer is None else answer, flush=True)
        except Exception as why:
            print("error %s: %s: %s" % (name, type(why).__name__, str(why).split("\n")[0]), flush=True)
