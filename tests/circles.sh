#!/bin/sh
# Files of a room that use one another in a circle, told by the symbols of their objects.
#
#   tests/circles.sh ROOM OBJECT...
#
# A file that no other uses, or that uses no other, is in no circle: take such away until none is left. What remains is
# printed, one use a line, and the exit status is 1.
room=$1
shift
[ $# -gt 0 ] || exit 0
nm -A -P "$@" | awk -v room="$room" '
	function file(object) { sub(/:$/, "", object); sub(/.*\/src\//, "", object); sub(/\.o$/, ".c", object); return object }
	$3 ~ /^[TDBRVWCGSui]$/ { home[$2] = file($1) }
	$3 ~ /^[Uwv]$/ { n++; by[n] = file($1); symbol[n] = $2 }
	END {
		for (i = 1; i <= n; i++)
			if (symbol[i] in home && home[symbol[i]] != by[i])
				left[i] = home[symbol[i]]
		do {
			split("", uses); split("", used)
			for (i in left) { uses[by[i]] = 1; used[left[i]] = 1 }
			cut = 0
			for (i in left)
				if (!(by[i] in used) || !(left[i] in uses)) { delete left[i]; cut++ }
		} while (cut)
		for (i = 1; i <= n; i++)
			if (i in left) {
				if (!bad++) print "check-circles: files of room \x27" room "\x27 use each other in a circle:"
				print "  " by[i] " uses " symbol[i] " of " left[i]
			}
		exit bad > 0
	}'
