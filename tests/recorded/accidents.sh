#!/bin/sh
# Record a run with accidents, with the real trainer on a tiny network: tests/recorded/accidents.sh
#
# At iteration 20 somebody sets the learning rate 100 times too high: taken back. The second phase
# is planned far too high: it halves, pauses, is sent back to the best epoch, comes there again,
# pauses again, and goes on with a lower rate. From the project's root, after `make`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(pwd)
work=$(mktemp -d)
trap "rm -rf $work" EXIT
cd "$work"
cp "$here/tiny.cfg" .
"$top/build/thaw-flowers" --train 30 --valid 24 --size 48 --out flowers >/dev/null
cat >run.yaml <<YAML
name: accidents
network: {cfg: tiny.cfg, weights: none}
data: {images: flowers/train, valid: flowers/valid, probes: 0}
train: {batch: 10, seed: 1, threads: 1, accident_wait: 600}
phases:
  - {name: head, freeze: none, epochs: 12, lr: 0.05}
  - {name: wild, freeze: none, epochs: 6, lr: 10}
YAML

log=runs/accidents-1/events.jsonl
ctl() { # COMMAND...
	"$top/build/thaw" ctl accidents-1 "$@"
}

asked() { # how often the run has asked what to do
	grep -c '"what":"paused".*"why":' "$log" 2>/dev/null || true
}

until_asked() { # TIMES
	while [ "$(asked)" -lt "$1" ]; do
		grep -q '"ev":"end"' "$log" && { cat run.out >&2; exit 1; }
		sleep 0.2
	done
}

"$top/build/thaw" run run.yaml --headless --pause-at 20 </dev/null >run.out 2>&1 &
run=$!
while ! [ -S runs/accidents-1/control.sock ]; do sleep 0.2; done
while ! grep -q '"what":"paused"' "$log"; do sleep 0.2; done
ctl lr x100
ctl unpause
until_asked 1
ctl back best
until_asked 2
ctl lr 0.01
wait $run || { cat run.out >&2; exit 1; }
sed -E "s|$work/||g; s/([0-9]\.0*[0-9]{6})[0-9]+/\1/g" "$log" >"$here/accidents.jsonl"
ls -l "$here/accidents.jsonl"
