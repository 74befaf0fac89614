#!/bin/sh
# make accuracy: the README's accuracy table. Both flower experiments over three seeds, one after the other.
# usage: tests/accuracy.sh [SEED...]
set -u
runs=build/accuracy
[ $# -gt 0 ] || set -- 1 2 3
[ -d ../shared/flower_photos ] || { echo "accuracy: needs ../shared/flower_photos and ../shared/weights" >&2; exit 2; }
rm -rf "$runs"
for plan in flower-photos flower-photos-best; do
	for seed in "$@"; do
		build/thaw run "cfg/$plan.yaml" --headless --runs "$runs" --name "$plan-seed$seed" \
			--set "train.seed=$seed" >/dev/null || exit 1
	done
done
exec build/thaw ls --runs "$runs"
