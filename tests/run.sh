#!/bin/bash
# Run test programs, as many at a time as there are cores (JOBS=N), and add up their results.
# usage: BUILD=build/cc tests/run.sh PROGRAM... [--isa ISA PROGRAM...]...
# Those behind --isa see no more than that instruction set of oneDNN's: AVX2, SSE41, …
# Each is a cmocka program; its whole output is in PROGRAM.log, and its end is shown when it fails. A test that cannot
# run here prints "skipped: WHY" and skips.
LIMIT_S=1200 # of one program; only one that hangs takes so long
JOBS=${JOBS:-$(nproc)}
export GOMP_SPINCOUNT=10000 KMP_BLOCKTIME=0 # as the trainer: see src/main/train.c
# A card that this machine has computes nothing here, but where a test asks for it: see tests/gpu/check.sh.
[ -n "${THAW_TEST_CARD:-}" ] || export THAW_CUDA="${THAW_CUDA:-/nonexistent}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Tests are counted by the lines of each, not by the summary that names some of them again.
count() { # LOG: tests begun, passed, skipped
	LC_ALL=C awk '/^\[==========\] [0-9]+ test\(s\) run\./ { exit }
		/^\[ RUN      \]/ { run++ } /^\[       OK \]/ { ok++ } /^\[  SKIPPED \]/ { skip++ }
		END { print run + 0, ok + 0, skip + 0 }' "$1"
}

# NUMBER PROGRAM [ISA]: its lines to see are left in the file NUMBER, its counts in NUMBER.counts.
run() {
	local program=$2 isa=${3:-} log=$2${3:+.$3}.log start=$SECONDS status begun ok skip bad
	# Nor does it meet what somebody has set on a screen here, or leave anything of its own.
	export XDG_STATE_HOME=$scratch/$1.state
	mkdir "$XDG_STATE_HOME"
	[ -z "$isa" ] || export DNNL_MAX_CPU_ISA="$isa"
	timeout --foreground -k 10 "$LIMIT_S" "$program" >"$log" 2>&1
	status=$?
	read -r begun ok skip <<<"$(count "$log")"
	bad=$((begun - ok - skip))
	if [ "$bad" -le 0 ]; then # it died between tests, or tested nothing
		bad=0
		[ "$status" -eq 0 ] && [ "$begun" -gt 0 ] || bad=1
	fi
	printf '%-44s %3d passed  %2d failed  %2d skipped  %4d s\n' "${program#"$BUILD"/}${isa:+ $isa}" "$ok" "$bad" "$skip" \
		$((SECONDS - start))
	[ "$skip" -eq 0 ] || grep -a '^skipped: ' "$log"
	[ "$bad" -eq 0 ] || tail -n 40 "$log"
	echo "$ok $bad $skip" >"$scratch/$1.counts"
	rm -rf "$XDG_STATE_HOME"
}

# In whatever order they end.
n=0 isa=
while [ $# -gt 0 ]; do
	if [ "$1" = --isa ]; then
		isa=$2
		shift 2
		continue
	fi
	[ "$n" -lt "$JOBS" ] || wait -n
	n=$((n + 1))
	run $n "$1" "$isa" >"$scratch/$n" 2>&1 && cat "$scratch/$n" &
	shift
done
wait
read -r passed failed skipped told <<<"$(cat "$scratch"/*.counts |
	awk '{ passed += $1; failed += $2; skipped += $3 } END { print passed + 0, failed + 0, skipped + 0, NR }')"
failed=$((failed + n - told)) # those of which nothing was heard
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$n" -gt 0 ]
