#!/bin/sh
# Fuzz in turn and add up.
# usage: FUZZ_SECONDS=60 ONLY="log screen" tests/fuzz/run.sh build/fuzz/tests/fuzz/fuzz_NAME...
# A target begins with its seeds and what it has found before, in build/fuzz/corpus/NAME. An input that fails is kept as
# build/fuzz/failed/NAME-…; as a file in tests/fuzz/seeds/NAME it is replayed by every `make test`.
passed=0 failed=0
mkdir -p build/fuzz/failed
export UBSAN_OPTIONS=print_stacktrace=1 OMP_NUM_THREADS=1
for program in "$@"; do
	name=${program##*/fuzz_}
	case " $ONLY " in
	"  " | *" $name "*) ;;
	*) continue ;;
	esac
	corpus=build/fuzz/corpus/$name log=$program.log
	mkdir -p "$corpus"
	"$program" -max_total_time="${FUZZ_SECONDS:-60}" -print_final_stats=1 -timeout=30 -rss_limit_mb=3072 -max_len=65536 \
		-artifact_prefix="build/fuzz/failed/$name-" "$corpus" "tests/fuzz/seeds/$name" >"$log" 2>&1 </dev/null
	status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	printf 'fuzz_%-12s %6s s  %10s inputs  %s\n' "$name" "${FUZZ_SECONDS:-60}" "${runs:-?}" \
		"$([ $status -eq 0 ] && echo passed || echo FAILED)"
	if [ $status -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		grep -a -m 3 -E 'ERROR|runtime error|not so:' "$log"
		sed -n 's/.*Test unit written to /  kept: /p' "$log"
		echo "  more in $log"
	fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
