#!/bin/sh
# Run test programs in turn and add up their results.
# usage: BUILD=build/cc tests/run.sh PROGRAM... [--isa ISA PROGRAM...]...
# Those behind --isa see no more than that instruction set of oneDNN's: AVX2, SSE41, …
# Each is a cmocka program; its whole output is in PROGRAM.log, and its end is shown when it fails. A test that cannot
# run here prints "skipped: WHY" and skips.
LIMIT_S=1200 # of one program; only one that hangs takes so long
export GOMP_SPINCOUNT=10000 KMP_BLOCKTIME=0 # as the trainer: see src/main/train.c
# Nor do they meet what somebody has set on a screen here, or leave anything of theirs.
XDG_STATE_HOME=$(mktemp -d)
export XDG_STATE_HOME
trap 'rm -rf "$XDG_STATE_HOME"' EXIT
# A card that this machine has computes nothing here, but where a test asks for it: see tests/gpu/check.sh.
[ -n "${THAW_TEST_CARD:-}" ] || export THAW_CUDA="${THAW_CUDA:-/nonexistent}"
passed=0 failed=0 skipped=0 isa=
for program in "$@"; do
	case $program in
	--isa) isa=next; continue ;;
	esac
	if [ "$isa" = next ]; then
		isa=$program
		export DNNL_MAX_CPU_ISA="$isa"
		continue
	fi
	rm -rf "${XDG_STATE_HOME:?}/thaw"
	log=$program${isa:+.$isa}.log
	start=$(date +%s)
	timeout --foreground -k 10 "$LIMIT_S" "$program" >"$log" 2>&1
	status=$?
	# Tests are counted by the lines of each, not by the summary that names some of them again.
	set -- $(LC_ALL=C awk '/^\[==========\] [0-9]+ test\(s\) run\./ { exit }
		/^\[ RUN      \]/ { run++ } /^\[       OK \]/ { ok++ } /^\[  SKIPPED \]/ { skip++ }
		END { print run + 0, ok + 0, skip + 0 }' "$log")
	ok=$2 skip=$3 bad=$(($1 - $2 - $3))
	if [ "$bad" -le 0 ]; then # it died between tests, or tested nothing
		bad=0
		[ "$status" -eq 0 ] && [ "$1" -gt 0 ] || bad=1
	fi
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
	printf '%-44s %3d passed  %2d failed  %2d skipped  %4d s\n' "${program#"$BUILD"/}${isa:+ $isa}" "$ok" "$bad" "$skip" \
		$(($(date +%s) - start))
	[ "$skip" -eq 0 ] || grep -a '^skipped: ' "$log"
	[ "$bad" -eq 0 ] || tail -n 40 "$log"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
