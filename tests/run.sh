#!/bin/sh
# Run test programs in turn and add up their results. usage: BUILD=build/cc tests/run.sh PROGRAM...
# Each is a cmocka program; its last lines are kept, its whole output is in $BUILD/tests/NAME.log.
passed=0 failed=0 skipped=0
for program in "$@"; do
	log=$program.log
	start=$(date +%s)
	"$program" >"$log" 2>&1
	status=$?
	ok=$(grep -ac '^\[       OK \]' "$log")
	bad=$(grep -ac '^\[  FAILED  \] [a-z_A-Z0-9]*$' "$log")
	skip=$(grep -ac '^\[  SKIPPED \] [a-z_A-Z0-9]*$' "$log")
	run=$(grep -ac '^\[ RUN      \]' "$log")
	bad=$((run - ok - skip))
	[ "$status" -ne 0 ] && [ "$bad" -le 0 ] && bad=1
	[ "$run" -eq 0 ] && [ "$status" -eq 0 ] && bad=1
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
	printf '%-44s %3d passed  %2d failed  %2d skipped  %4d s\n' "${program#"$BUILD"/}" "$ok" "$bad" "$skip" \
		$(($(date +%s) - start))
	grep -a '^SKIP' "$log"
	[ "$bad" -eq 0 ] || tail -n 40 "$log"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
