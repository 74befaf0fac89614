#!/bin/sh
# Record the runs that the tests replay: the real trainer, a tiny network, drawn flowers.
#
#   tests/recorded/make.sh long      500 epochs: long.jsonl
#   tests/recorded/make.sh classes   40 classes with a long common beginning: classes.jsonl
#
# From the project's root, after `make`. Pictures and most per-layer figures are left out of the
# logs, numbers are cut to six digits, so that they stay small; sequence numbers keep their gaps.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cp "$here/tiny.cfg" .

draw() { # TRAIN VALID DIR [KNOB=VALUE]
	"$top/build/thaw-flowers" --train "$1" --valid "$2" --size 48 --out "$3" \
		${4:+--set "$4"} >/dev/null
}

# One folder a kind of flower and a kind of difficulty.
draw_classes() {
	for knob in plain=0 foreign=1 mixed=1 clutter=1 occlusion=1 cut=1 hard=1 small=1; do
		name=${knob%=*}
		draw 100 60 "$name" "$([ "$name" = plain ] || echo "$knob")"
		for part in train valid; do
			mkdir -p "drawn/$part"
			for kind in "$name/$part"/*; do
				mv "$kind" "drawn/$part/drawn-flower-$(basename "$kind")-$name"
			done
		done
	done
}

experiment() { # NAME DATA PROBES EPOCHS EPOCHS
	cat <<YAML
name: $1
network: {cfg: tiny.cfg, weights: none}
data: {images: $2/train, valid: $2/valid, probes: $3}
train: {batch: 20, seed: 1, decay: 0}
phases:
  - {name: head, freeze: none, epochs: $4, lr: 0.1, batchnorm: train}
  - {name: tune, freeze: 0, epochs: $5, lr: 0.02, schedule: cosine}
YAML
}

# Leave out pictures, and of what comes each epoch all but the last; cut numbers.
slim() {
	awk -v work="$work/" '
	function what(line) { match(line, /"ev":"[a-z_]*"/); return substr(line, RSTART + 6, RLENGTH - 7) }
	{ gsub(work, ""); line[NR] = $0; kind[NR] = what($0); last[kind[NR]] = NR }
	END {
		for (i = 1; i <= NR; i++) {
			k = kind[i]
			if (k == "mistakes" || k == "progress")
				continue
			if ((k == "stats" || k == "probe" || k == "cache" || k == "checkpoint") && i != last[k])
				continue
			print line[i]
		}
	}' "$1" | sed -E 's/([0-9]\.0*[0-9]{6})[0-9]+/\1/g'
}

case ${1:-} in
long)
	draw 60 60 flowers
	experiment long flowers 0 40 460 >run.yaml ;;
classes)
	draw_classes
	experiment classes drawn 4 12 18 >run.yaml ;;
*) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
"$top/build/thaw" run run.yaml </dev/null >run.out || { cat run.out >&2; exit 1; }
slim runs/"$1"-1/events.jsonl >"$here/$1.jsonl"
ls -l "$here/$1.jsonl"
