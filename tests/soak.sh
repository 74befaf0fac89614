#!/bin/bash
# make soak MINUTES=10: a long run from scratch on the demo's pictures, while viewers come and go: attached, killed, stopped,
# reading a byte a second, sending commands. Fails when the trainer's memory, descriptors or threads grow, or its log by more
# than 200 bytes an iteration and 40 KB an epoch. What was measured is left in build/soak/samples.tsv.
#
#   MINUTES=10    how long
#   CFG=...       the network; a small one by default, for many epochs
#   THAW=...      the program (build/thaw); THAW_TRAIN beside it
#   ATTACH=...    the words that show the run, when another way is to be tried: "build/thaw attach ssh://localhost$PWD/{}", where {}
#                 is the run's directory
set -um # a group of its own for each viewer, to end it with all that belongs to it
cd "$(dirname "$0")/.." || exit 2
MINUTES=${MINUTES:-10}
THAW=${THAW:-build/thaw}
THAW_TRAIN=${THAW_TRAIN:-$(dirname "$THAW")/thaw-train}
CFG=${CFG:-tests/recorded/tiny.cfg}
dir=build/soak
run=$dir/runs/soak
ATTACH=${ATTACH:-$THAW attach {\}}
ATTACH=${ATTACH//\{\}/$run}
export TERM=xterm-256color LC_ALL=C.UTF-8 XDG_STATE_HOME=$PWD/$dir/state THAW_REMEMBER=0

say() { printf 'soak: %s\n' "$*"; }
[ -x "$THAW_TRAIN" ] || { say "$THAW_TRAIN is not built" >&2; exit 2; }
command -v script >/dev/null || { say "needs script, of Debian's bsdutils" >&2; exit 2; }
[ -d data/flowers/train ] || "$(dirname "$THAW")/thaw-flowers" --out data/flowers || exit 2
rm -rf $dir && mkdir -p $dir/runs || exit 2

cat >$dir/soak.yaml <<EOF
name: soak
network: {cfg: $PWD/$CFG, weights: none}
data: {images: $PWD/data/flowers/train, valid: $PWD/data/flowers/valid, augment: {flip: true, crop: 1.25}}
train: {batch: 16, seed: 1, keep: 3}
phases:
  - {name: pretrain, epochs: 100000, lr: 0.01, freeze: none, batchnorm: train}
EOF
nice -n 19 "$THAW_TRAIN" run $dir/soak.yaml --runs $dir/runs --name soak >$dir/trainer.out 2>&1 &
trainer=$!
viewers=()
gone() { # end a viewer by a signal to its group; in the end nothing of it is left
	kill "-$1" -- "-$2" 2>/dev/null
	kill -CONT -- "-$2" 2>/dev/null
	for _ in $(seq 50); do kill -0 -- "-$2" 2>/dev/null || break; sleep 0.1; done
	kill -KILL -- "-$2" 2>/dev/null
	wait "$2"
} 2>/dev/null
leave() {
	for v in ${viewers[@]+"${viewers[@]}"}; do gone KILL "$v"; done
	kill -KILL $trainer 2>/dev/null
}
trap leave EXIT
trap 'exit 130' INT TERM

for _ in $(seq 600); do
	grep -q '"ev":"epoch"' $run/events.jsonl 2>/dev/null && break
	kill -0 $trainer 2>/dev/null || { cat $dir/trainer.out; say "the trainer has ended" >&2; exit 1; }
	sleep 0.1
done

# ---- viewers ----

# Each in a terminal of its own, whose end is that of the shell's child.
watch() { exec script -qefc "exec $ATTACH" /dev/null </dev/null >/dev/null 2>&1; }
crawl() { exec script -qefc "exec $ATTACH" /dev/null </dev/null 2>&1 | while read -r -N 1 _; do sleep 1; done; }
ask() { "$THAW" ctl soak --runs $dir/runs "$@" >>$dir/ctl.out 2>&1; }
words=(lr\ x0.5 undo pause unpause freeze\ 0-1 undo lr-scale\ 2\ 0.5 undo)

come() {
	if [ $((RANDOM % 4)) -eq 0 ]; then crawl & else watch & fi
	viewers+=($!)
}
go() { # the eldest leaves: asked to, killed, or after it has been stopped for a while
	local v=${viewers[0]}
	viewers=("${viewers[@]:1}")
	case $((RANDOM % 3)) in
	0) gone TERM "$v" ;;
	1) gone KILL "$v" ;;
	2) kill -STOP -- "-$v" 2>/dev/null; sleep 2; gone KILL "$v" ;;
	esac
}

# ---- samples ----

field() { awk -v name="$1:" '$1 == name { print $2 }' /proc/$trainer/status; }
sample() { # seconds, kilobytes, descriptors, threads, bytes of log, viewers
	printf '%d\t%d\t%d\t%d\t%d\t%d\n' "$SECONDS" "$(field VmRSS)" "$(ls /proc/$trainer/fd | wc -l)" "$(field Threads)" \
		"$(stat -c %s $run/events.jsonl)" "${#viewers[@]}"
}
alone() { # without a viewer: what the trainer itself holds, once it has seen them go
	sleep 3
	sample | tee -a $dir/alone.tsv >>$dir/samples.tsv
}

SECONDS=0
end=$((MINUTES * 60))
turn=0
while [ $SECONDS -lt $end ]; do
	kill -0 $trainer 2>/dev/null || { cat $dir/trainer.out; say "the trainer has ended" >&2; exit 1; }
	if [ ${#viewers[@]} -lt 4 ]; then come; fi
	sleep 1
	if [ ${#viewers[@]} -ge 4 ] || [ $((RANDOM % 3)) -eq 0 ]; then go; fi
	# shellcheck disable=SC2086
	ask ${words[$((turn % ${#words[@]}))]}
	sample >>$dir/samples.tsv
	turn=$((turn + 1))
	if [ $((turn % 10)) -eq 0 ]; then
		while [ ${#viewers[@]} -gt 0 ]; do go; done
		alone
	fi
done
while [ ${#viewers[@]} -gt 0 ]; do go; done
alone
ask stop
wait $trainer
status=$?

# ---- what it came to ----

awk -v status=$status '
	function fail(what) { print "soak: FAILED: " what; failed = 1 }
	# Least squares of a column against time, the first fifth left out; the growth over the rest in out, and the mean.
	function growth(v, n,    i, from, sx, sy, sxx, sxy, m) {
		from = int(n / 5) + 1
		for (i = from; i <= n; i++) { sx += t[i]; sy += v[i]; sxx += t[i] * t[i]; sxy += t[i] * v[i]; m++ }
		mean = sy / m
		return m * sxx - sx * sx > 0 ? (m * sxy - sx * sy) / (m * sxx - sx * sx) * (t[n] - t[from]) : 0
	}
	{ n++; t[n] = $1; rss[n] = $2; fds[n] = $3; threads[n] = $4 }
	END {
		if (n < 5) { fail("only " n " samples without a viewer; give it more MINUTES"); exit 1 }
		grown = growth(rss, n)
		printf "soak: %d samples without a viewer; memory %.1f MB, grows by %.2f MB in %d s\n", n, mean / 1024, grown / 1024, t[n]
		if (grown > mean * 0.02 && grown > 2048) fail("memory grows")
		printf "soak: descriptors %d to %d, threads %d to %d\n", fds[1], fds[n], threads[1], threads[n]
		if (fds[n] > fds[1]) fail("descriptors grow")
		if (threads[n] > threads[1]) fail("threads grow")
		if (status != 130 && status != 0) fail("the trainer ended with " status)
		exit failed
	}' $dir/alone.tsv
failed=$?

awk -v FS='"ev":"' '
	{ split($2, name, "\""); bytes[name[1]] += length($0) + 1 }
	name[1] == "step" { iterations++ }
	name[1] == "steps" { match($0, /"loss":\[[^]]*\]/); losses = substr($0, RSTART + 7, RLENGTH - 7); iterations += gsub(",", ",", losses) + 1 }
	name[1] == "epoch" { epochs++ }
	END {
		split("probe mistakes stats epoch checkpoint cache progress", of, " ")
		for (i in of) epoch_bytes += bytes[of[i]]
		iteration = (bytes["step"] + bytes["steps"]) / iterations
		printf "soak: %d iterations, %d epochs; %.1f bytes of log an iteration, %.1f KB an epoch\n", iterations, epochs, \
			iteration, epoch_bytes / epochs / 1000
		if (iteration > 200) { print "soak: FAILED: more than 200 bytes an iteration"; failed = 1 }
		if (epoch_bytes / epochs > 40000) { print "soak: FAILED: more than 40 KB an epoch"; failed = 1 }
		exit failed
	}' $run/events.jsonl || failed=1
exit $failed
