#!/bin/sh
# Take pictures of a saved run: a real xterm in a virtual X server shows `thaw replay RUN` at its
# end, keys turn the pages, and each page becomes a PNG. Nothing is drawn on any real display.
#
#   screenshots/take.sh [-s 120x40] [-b dark|light] [-t TERM] [-p "train layers ..."] [-k KEYS]
#                       [-x SUFFIX] [-o DIR] [-a FILE.gif] RUN
#
# THAW names the program (build/thaw). -k sends xdotool key names before the first picture.
# -a films the replay from its start to its end and then turns the pages, in place of the pictures.
# RUN is opened from the directory above its runs directory, so that no picture shows where on
# this machine it lies.
set -eu

die() {
	echo "take.sh: $*" >&2
	exit 2
}

size=120x40 ground=dark term=xterm-256color pages="train layers classes images trace log learn" keys=End suffix= film=
out=$(dirname "$0")
while getopts s:b:t:p:k:x:o:a: opt; do
	case $opt in
	s) size=$OPTARG ;;
	b) ground=$OPTARG ;;
	t) term=$OPTARG ;;
	p) pages=$OPTARG ;;
	k) keys=$OPTARG ;;
	x) suffix=$OPTARG ;;
	o) out=$OPTARG ;;
	a) film=$OPTARG ;;
	*) die "see the top of $0" ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] && [ -f "$1/events.jsonl" ] || die "needs one run directory that holds events.jsonl"

thaw=$(realpath "${THAW:-build/thaw}")
[ -x "$thaw" ] || die "no $thaw: run make first, or set THAW"
run=$(realpath "$1")
out=$(realpath "$out")
[ -z "$film" ] || film=$(realpath "$film")

# The package that brings each program; installed when it is missing.
need=
for row in Xvfb:xvfb xterm:xterm xdotool:xdotool import:imagemagick; do
	command -v "${row%%:*}" >/dev/null || need="$need ${row#*:}"
done
fc-list 2>/dev/null | grep -q DejaVuSansMono || need="$need fonts-dejavu-core fontconfig"
if [ -n "$need" ]; then
	echo "take.sh: installing$need"
	sudo=
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $need >/dev/null
fi

case $ground in
dark) paper='#0f1419' ink='#d5d8dc' ;;
light) paper='#fbfaf7' ink='#1c1f24' ;;
*) die "-b is dark or light" ;;
esac

work=$(mktemp -d)
server= window=
finish() {
	for pid in $window $server; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	rm -rf "$work"
}
trap finish EXIT INT TERM

# The server writes the number of the display it chose when it can be used.
Xvfb -displayfd 3 -screen 0 2400x1600x24 -nolisten tcp 3>"$work/display" 2>"$work/server" &
server=$!

# wait_for WHAT COMMAND...: until it succeeds, ten seconds at most.
wait_for() {
	what=$1
	shift
	tries=100
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || die "$what did not come up"
		sleep 0.1
	done
}
wait_for "the X server" test -s "$work/display"
DISPLAY=:$(cat "$work/display")
export DISPLAY

cd "$(dirname "$(dirname "$run")")"
COLORTERM=truecolor THAW_REMEMBER=0 THAW_THEME=$ground LC_ALL=C.UTF-8 xterm -u8 -tn "$term" -fa "DejaVu Sans Mono" -fs 10.5 -geometry "$size" +sb -b 8 -bw 0 \
	-bg "$paper" -fg "$ink" -title thaw-pictures -xrm 'XTerm*cursorBlink: false' \
	-xrm 'XTerm*allowBoldFonts: true' -e "$thaw" replay "${run#"$PWD"/}" &
window=$!

find_window() {
	id=$(xdotool search --onlyvisible --name '^thaw-pictures$' 2>/dev/null | head -n 1)
	[ -n "$id" ]
}
wait_for "xterm" find_window
xdotool windowfocus "$id" 2>/dev/null || :

# A picture is good when the next one, 0.3 s later, shows the same.
still() {
	import -window "$id" "$work/a.png"
	sleep 0.3
	import -window "$id" "$work/b.png"
	[ "$(identify -format '%#' "$work/a.png")" = "$(identify -format '%#' "$work/b.png")" ] &&
		[ "$(identify -format '%k' "$work/a.png")" -gt 2 ]
}

press() {
	xdotool key --window "$id" --clearmodifiers "$1"
}

# show PAGE: press its number. The trace is opened on the Images page, and left again.
traced=
show() {
	number=$(echo "train layers classes images log learn" | tr ' ' '\n' |
		grep -nx "$(echo "$1" | sed 's/^trace$/images/')" | cut -d: -f1)
	[ -n "$number" ] || die "no page $1"
	if [ -n "$traced" ]; then
		press Escape
		sleep 0.3 # or it would be taken for Alt and the next key
	fi
	traced=
	press "$number"
	if [ "$1" = trace ]; then
		press Return
		traced=1
	fi
}

# take_frames N: one every FRAME seconds.
FRAME=0.3 frame=1000
take_frames() {
	for _ in $(seq "$1"); do
		frame=$((frame + 1))
		import -window "$id" "$work/frame-$frame.png"
		sleep "$FRAME"
	done
}

if [ -n "$film" ]; then
	take_frames 36
	press End
	for page in $pages; do
		show "$page"
		wait_for "$page to stand still" still
		take_frames 5
	done
	convert -delay 30 -loop 0 "$work"/frame-*.png -strip +dither -colors 128 -layers optimize "$film"
	echo "$film"
	exit
fi

sleep 0.5
for key in $keys; do
	press "$key"
	sleep 0.2
done
for page in $pages; do
	show "$page"
	wait_for "a picture of $page that stands still" still
	convert "$work/b.png" -strip +dither -colors 200 "png8:$out/$page$suffix.png"
	echo "$out/$page$suffix.png"
done
