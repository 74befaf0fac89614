#!/bin/bash
# make kills KILLS=200: a run whose trainer is killed (SIGKILL) at random moments and resumed, again and again, while it is watched
# here, in the browser and through whatever else is asked for. Each time its log must open and say that the run crashed, and in
# the end its weights must be those of a run that nobody killed; then another such run begins.
#
#   KILLS=200     how many
#   LIVES=3       the most seconds that a trainer lives
#   THAW=...      the program (build/thaw); THAW_TRAIN beside it
#   ATTACH=...    one more way to watch it: "build/thaw attach ssh://localhost/$PWD/{}", where {} is the run's directory
set -um # a group of its own for each viewer
cd "$(dirname "$0")/.." || exit 2
KILLS=${KILLS:-200}
LIVES=${LIVES:-3}
THAW=${THAW:-build/thaw}
THAW_TRAIN=${THAW_TRAIN:-$(dirname "$THAW")/thaw-train}
dir=build/kills
runs=$dir/runs
export TERM=xterm-256color LC_ALL=C.UTF-8 XDG_STATE_HOME=$PWD/$dir/state THAW_REMEMBER=0

say() { printf 'kills: %s\n' "$*"; }
fail() { say "FAILED: $*" >&2; failed=$((failed + 1)); }
[ -x "$THAW_TRAIN" ] || { say "$THAW_TRAIN is not built" >&2; exit 2; }
command -v script >/dev/null || { say "needs script, of Debian's bsdutils" >&2; exit 2; }
[ -d data/flowers/train ] || "$(dirname "$THAW")/thaw-flowers" --out data/flowers || exit 2
rm -rf $dir && mkdir -p $runs || exit 2
failed=0 killed=0 crashes=0 finished=0 viewers=() trainer=

cat >$dir/kills.yaml <<EOF
name: kills
network: {cfg: $PWD/tests/recorded/tiny.cfg, weights: none}
data: {images: $PWD/data/flowers/train, valid: $PWD/data/flowers/valid, augment: {flip: true, crop: 1.25}}
train: {batch: 16, seed: 1, keep: 2, threads: 1}
phases:
  - {name: all, epochs: ${EPOCHS:-100}, lr: 0.01, freeze: none, batchnorm: train}
EOF

watch() { script -qefc "exec $1" /dev/null </dev/null >"$2" 2>&1 & viewers+=($!); }
watch_all() { # once it is there to stay
	for _ in $(seq 50); do [ -s "$1/last.state" ] && break; sleep 0.1; done
	[ -s "$1/last.state" ] || return
	watch "$THAW attach $1" $dir/attach.out
	watch "$THAW --runs $runs" $dir/browser.out
	[ -z "${ATTACH:-}" ] || watch "${ATTACH//\{\}/$1}" $dir/other.out
}
leave_all() {
	for v in ${viewers[@]+"${viewers[@]}"}; do kill -KILL -- "-$v" && wait "$v"; done 2>/dev/null
	viewers=()
}
leave() {
	leave_all
	[ -z "$trainer" ] || kill -KILL $trainer 2>/dev/null
}
trap leave EXIT
trap 'exit 130' INT TERM

# Its log opens, and says so; one that had not begun to train may be none yet.
check_crashed() {
	"$THAW" show "$1" --json >$dir/show.json 2>$dir/show.err || fail "kill $killed: thaw show: $(cat $dir/show.err)"
	grep -q '"status":[[:space:]]*"crashed"' $dir/show.json || fail "kill $killed: $(grep -m 1 '"status"' $dir/show.json)"
	crashes=$((crashes + 1))
}

say "a run that nobody kills"
"$THAW_TRAIN" run $dir/kills.yaml --runs $runs --name whole >$dir/whole.out 2>&1 || { cat $dir/whole.out; exit 1; }
whole=$(sha256sum <$runs/whole/last.weights)

while [ $killed -lt "$KILLS" ]; do
	name=killed-$((finished + 1)) status=
	run=$runs/$name
	start=(run $dir/kills.yaml --runs $runs --name "$name")
	while [ -z "$status" ]; do
		"$THAW_TRAIN" "${start[@]}" >$dir/trainer.out 2>&1 &
		trainer=$!
		[ ${#viewers[@]} -gt 0 ] || watch_all "$run"
		sleep "$((RANDOM % LIVES)).$(printf %03d $((RANDOM % 1000)))"
		if [ $killed -lt "$KILLS" ] && kill -KILL $trainer 2>/dev/null; then
			wait $trainer 2>/dev/null
			status=$?
			if [ $status -eq 137 ]; then
				status=
				killed=$((killed + 1))
				[ ! -s "$run/events.jsonl" ] || check_crashed "$run"
			fi
		else
			wait $trainer 2>/dev/null
			status=$?
		fi
		# Killed before there was anything to go on with: it begins anew, as its owner would begin it.
		if [ -s "$run/last.state" ]; then start=(resume "$run"); else rm -rf "$run"; fi
	done
	trainer=
	leave_all
	[ "$status" -eq 0 ] || { cat $dir/trainer.out; fail "$name: the last trainer ended with $status"; exit 1; }
	[ "$(sha256sum <$run/last.weights)" = "$whole" ] || fail "$name: its weights are not those of the run that nobody killed"
	finished=$((finished + 1))
	say "$killed kills, $finished runs finished"
done
say "$killed kills, $crashes of them told as a crash; $finished runs came to the same weights; $failed failed"
[ $failed -eq 0 ] && [ $crashes -gt 0 ]
