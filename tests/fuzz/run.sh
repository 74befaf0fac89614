#!/bin/sh
# Fuzz, FUZZ_JOBS targets at a time, and add up.
# usage: FUZZ_SECONDS=60 FUZZ_JOBS=1 ONLY="log screen" tests/fuzz/run.sh build/fuzz/tests/fuzz/fuzz_NAME...
# A target begins with its seeds and what it has found before, in build/fuzz/corpus/NAME. An input that fails is kept as
# build/fuzz/failed/NAME-…; as a file in tests/fuzz/seeds/NAME it is replayed by every `make test`.
export FUZZ_SECONDS="${FUZZ_SECONDS:-60}" UBSAN_OPTIONS=print_stacktrace=1 OMP_NUM_THREADS=1
results=build/fuzz/results

# One target: a line of its result, and what it said when it failed.
fuzz() {
	name=${1##*/fuzz_} log=$1.log corpus=build/fuzz/corpus/${1##*/fuzz_}
	mkdir -p "$corpus"
	"$1" -max_total_time="$FUZZ_SECONDS" -print_final_stats=1 -timeout=60 -rss_limit_mb=3072 -max_len=65536 \
		-artifact_prefix="build/fuzz/failed/$name-" "$corpus" "tests/fuzz/seeds/$name" >"$log" 2>&1 </dev/null
	status=$?
	inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	[ $status -eq 0 ] && word=passed || word=FAILED
	printf 'fuzz_%-12s %5s s  %10s inputs  %s\n' "$name" "$FUZZ_SECONDS" "${inputs:-?}" $word | tee -a "$results"
	[ $status -eq 0 ] && return
	grep -a -m 3 -E 'ERROR|runtime error|not so:' "$log"
	sed -n 's/.*Test unit written to /  kept: /p' "$log"
	echo "  more in $log"
}

if [ "$1" = --one ]; then
	fuzz "$2"
	exit 0
fi
mkdir -p build/fuzz/failed
: >"$results"
for program in "$@"; do
	case " $ONLY " in
	"  " | *" ${program##*/fuzz_} "*) echo "$program" ;;
	esac
done | xargs -r -n 1 -P "${FUZZ_JOBS:-1}" "$0" --one
failed=$(grep -c FAILED "$results")
echo "$(grep -c passed "$results") passed, $failed failed"
[ "$failed" -eq 0 ]
