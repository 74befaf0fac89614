#!/bin/sh
# make gpu-check: everything that wants a graphics card, unattended, in under five minutes.
#
# From the project's root, or from the folder that tests/gpu/pack.sh makes. It ends in a table of jobs, the bench's table,
# and "N passed, N failed"; a job that cannot run here says why and has failed. Jobs are the functions job_NAME below, run
# in the order of `jobs` with a limit in seconds; what each printed is in $LOGS. Test programs count test by test.
#
# DEVICE=cuda      what the jobs compute on; cpu tries this script itself: what only a card can do fails
# THAW, BENCH      the programs (build/thaw, build/cc/tests/bench/bench)
# TESTS            test programs (build/cc/tests/*/test_cuda*)
# LOGS=build/gpu   what was printed, gpu.tsv
# ONLY="twice nan" these jobs alone (tests: the test programs); RUNS=3 of the bench
# SLOW=10: limits are so many times as long, for a machine that is no graphics card's
# PLAN_MORE, BENCH_MORE: more words for the runs and for the bench, e.g. "--set network.input=64", "--batch 16"
set -u
DEVICE=${DEVICE:-cuda} THAW=${THAW:-build/thaw} BENCH=${BENCH:-build/cc/tests/bench/bench}
TESTS=${TESTS-$(find build/cc/tests -name 'test_cuda*' -type f -perm -u+x 2>/dev/null | sort)}
LOGS=${LOGS:-build/gpu} RUNS=${RUNS:-2} PLAN_MORE=${PLAN_MORE:-} SLOW=${SLOW:-1} BENCH_MORE=${BENCH_MORE:-}
PLAN=cfg/flower-photos.yaml
HOLD=200 # an iteration in the second phase
export DEVICE THAW BENCH LOGS RUNS PLAN_MORE BENCH_MORE

jobs='machine:30 train:60 twice:60 cpu:180 accuracy:5 frozen:5 together:90 stop:60 resume:60 to_cpu:180 to_card:240 nan:60
	predict:90 fp32:120 precisions:120 memory:90 hidden:60 profile:60 bench:200'

# ---- what jobs are made of ----

say() { echo "$*"; }
fails() { say "$*"; exit 1; }

plan() { # NAME DEVICE [WORD...]
	name=$1 on=$2
	shift 2
	# shellcheck disable=SC2086
	"$THAW" run "$PLAN" --headless --runs "$runs" --name "$name" --device "$on" $PLAN_MORE "$@" </dev/null
}

resume() { # NAME DEVICE
	"$THAW" resume "$1" --runs "$runs" --headless --device "$2" </dev/null
}

events() { # NAME KIND
	grep "\"ev\":\"$2\"" "$runs/$1/events.jsonl"
}

number() { # FIELD: of each line, its first
	sed -n "s/.*\"$1\":\([-+.0-9e]*\).*/\1/p"
}

same() { # NAME NAME: what two runs saved is the same to the byte
	for f in best.weights last.weights last.state; do
		cmp "$runs/$1/$f" "$runs/$2/$f" || fails "$f of $1 and $2 differ"
	done
	say "$1 and $2 saved the same bytes"
}

near() { # A B MOST WHAT: |A - B| <= MOST
	say "$4: $1 and $2"
	awk -v a="$1" -v b="$2" -v most="$3" 'BEGIN { d = a - b; exit !(a != "" && b != "" && d <= most && -d <= most) }' ||
		fails "$4: they differ by more than $3"
}

best() { # NAME: its best accuracy
	events "$1" end | tail -n 1 | number best_acc
}

# Two runs learnt the same to rounding: accuracies within 0.03 of each other, as seeds are.
alike() {
	near "$(best "$1")" "$(best "$2")" .03 "best accuracy of $1 and $2"
}

hold() { # NAME DEVICE: a run that holds after iteration HOLD, in the background
	plan "$1" "$2" --pause-at $HOLD &
	held=$!
	until grep -q '"what":"paused"' "$runs/$1/events.jsonl" 2>/dev/null; do
		kill -0 $held 2>/dev/null || fails "$1 ended before iteration $HOLD"
		sleep .05
	done
}

ctl() { # NAME COMMAND...
	name=$1
	shift
	"$THAW" ctl "$name" --runs "$runs" "$@"
}

stop() { # NAME DEVICE
	hold "$1" "$2"
	ctl "$1" stop
	wait $held
	[ $? -eq 130 ] || fails "a run that is stopped should end with status 130"
}

needs() { # NAME...: runs of jobs before
	for name in "$@"; do
		[ -s "$runs/$name/last.weights" ] || fails "needs the run $name, which is not there"
	done
}

photographs() {
	find ../shared/flower_photos/valid -name '*.jpg' | sort | awk 'NR % 10 == 1'
}

predict() { # NAME DEVICE
	photographs | xargs "$THAW" predict "$1" --runs "$runs" --json --device "$2" >"$runs/$1-on-$2.json"
}

# A run's predictions on this device and on the CPU: every probability within MOST, the mean difference within a tenth.
predicts_alike() { # NAME MOST
	predict "$1" "$DEVICE" || fails "predict on $DEVICE failed"
	predict "$1" cpu || fails "predict on the CPU failed"
	for on in "$DEVICE" cpu; do
		tr '{' '\n' <"$runs/$1-on-$on.json" | sed -n 's/.*"probs":\[\([^]]*\)\].*/\1/p' | tr ',' '\n' >"$runs/$on.probs"
	done
	paste "$runs/$DEVICE.probs" "$runs/cpu.probs" | awk -v most="$2" '
		NF != 2 { bad = 1 }
		{ d = $1 > $2 ? $1 - $2 : $2 - $1; sum += d; if (d > max) max = d }
		END {
			printf "%d probabilities differ by at most %.2g, by %.2g on average\n", NR, max, sum / (NR ? NR : 1)
			exit bad || NR < 100 || max > most || sum / NR > most / 10
		}' || fails "that is too far, or too few"
}

# ---- the jobs ----

job_machine() {
	uname -sr
	say "$(nproc) cores, $(awk '/MemTotal/ { printf "%d GB", $2 / 1e6 }' /proc/meminfo)"
	"$THAW" check "$PLAN" --device "$DEVICE" || fails "thaw check: status $?"
	command -v nvidia-smi >/dev/null || fails "no nvidia-smi here"
	nvidia-smi --query-gpu=name,driver_version,memory.total,memory.used,utilization.gpu,temperature.gpu,power.draw,clocks.sm \
		--format=csv
}

job_train() {
	plan card "$DEVICE" || fails "status $?"
	events card run | grep -q "\"device\":\"$DEVICE" || fails "the log names another device"
}

job_twice() {
	needs card
	plan again "$DEVICE" || fails "status $?"
	same card again
}

job_cpu() {
	plan cpu cpu || fails "status $?"
}

job_accuracy() {
	needs card cpu
	alike card cpu
}

# Each epoch tells a digest of every frozen layer: one and the same all along, and the CPU's.
job_frozen() {
	needs card cpu
	for name in card cpu; do
		events $name epoch | grep -o '{"layer":[0-9]*,"digest":"[0-9a-f]*"}' | sort -u >"$runs/$name.frozen"
	done
	layers=$(cut -d, -f1 "$runs/card.frozen" | uniq | wc -l)
	say "$layers frozen layers, $(wc -l <"$runs/card.frozen") digests"
	[ "$layers" -gt 10 ] || fails "too few"
	[ "$(wc -l <"$runs/card.frozen")" -eq "$layers" ] || fails "a frozen layer has changed"
	cmp "$runs/card.frozen" "$runs/cpu.frozen" || fails "the CPU's run has other digests"
}

job_together() {
	needs card
	plan one "$DEVICE" &
	first=$!
	plan two "$DEVICE" || fails "the second: status $?"
	wait $first || fails "the first: status $?"
	same card one
	same card two
}

job_stop() {
	stop stopped "$DEVICE"
	cp -r "$runs/stopped" "$runs/moved"
}

job_resume() {
	needs card stopped
	resume stopped "$DEVICE" || fails "status $?"
	same card stopped
}

job_to_cpu() {
	needs moved card
	resume moved cpu || fails "status $?"
	alike moved card
}

job_to_card() {
	needs cpu
	stop begun-on-cpu cpu
	resume begun-on-cpu "$DEVICE" || fails "status $?"
	alike begun-on-cpu cpu
}

valid_acc() { # NAME EPOCH: of that one; "": of the last
	events "$1" epoch | grep "\"epoch\":${2:-[0-9]*}," | tail -n 1 | sed -n 's/.*"valid":{[^}]*"acc":\([.0-9e-]*\).*/\1/p'
}

# Rates that no network bears, by hand: they are taken back, and the run learns on.
job_nan() {
	hold nan "$DEVICE"
	ctl nan lr 10
	ctl nan lr-scale 14-19 100
	ctl nan unpause
	wait $held || fails "status $?"
	events nan note | grep 'not finite' || fails "no loss that is not finite is in the log"
	events nan note | grep -q 'going back to the weights' || fails "it did not go back"
	say "accuracy before and in the end: $(valid_acc nan 6) and $(valid_acc nan '')"
	awk -v was="$(valid_acc nan 6)" -v is="$(valid_acc nan '')" 'BEGIN { exit !(was > 0 && is > was) }' ||
		fails "it has learnt nothing since"
}

job_predict() {
	needs card
	predicts_alike card .05
}

job_fp32() {
	plan fp32 "$DEVICE" --set train.precision=fp32 || fails "status $?"
	predicts_alike fp32 .01
	needs cpu
	alike fp32 cpu
}

job_precisions() {
	needs cpu
	for p in tf32 bf16; do
		plan $p "$DEVICE" --set train.precision=$p || fails "$p: status $?"
		alike $p cpu
	done
}

# One line tells the numbers, and no log of a driver.
job_memory() {
	plan huge "$DEVICE" --set network.input=2048 --set train.batch=4096 --set phases.head.freeze=none >"$runs/huge.out" 2>&1 &&
		fails "it fits, or it is not the card that computes"
	tail -n 3 "$runs/huge.out"
	tail -n 1 "$runs/huge.out" | grep -qi 'memory\|GB\|GiB' || fails "the last line does not tell of memory"
}

job_hidden() {
	CUDA_VISIBLE_DEVICES= "$THAW" check "$PLAN" --device auto >"$runs/auto.out" 2>&1 || fails "auto: status $?"
	grep '^device  *cpu.*:' "$runs/auto.out" || fails "auto gives no reason: $(grep '^device' "$runs/auto.out")"
	CUDA_VISIBLE_DEVICES= "$THAW" check "$PLAN" --device cuda >"$runs/cuda.out" 2>&1 && fails "cuda is there, though hidden"
	cat "$runs/cuda.out"
	[ "$(grep -c . "$runs/cuda.out")" -le 3 ] || fails "that is more than a few lines"
}

job_profile() {
	"$THAW" profile "$PLAN" --batches 5 --device "$DEVICE" || fails "status $?"
}

job_bench() {
	# shellcheck disable=SC2086
	"$BENCH" --thaw "$THAW" --scratch "$runs/bench" --only gpu --card "$DEVICE" --runs "$RUNS" $BENCH_MORE "$LOGS/gpu.tsv"
	status=$?
	[ -s "$LOGS/gpu.tsv" ] && [ "$(grep -c '^card:' "$LOGS/gpu.tsv")" -gt 0 ] || fails "nothing was measured"
	[ $status -eq 0 ] || fails "status $status: see FAILED above"
}

if [ "${1:-}" = --job ]; then
	runs=$GPU_RUNS
	"job_$2"
	exit
fi

# ---- all of them ----

rm -rf "$LOGS"
mkdir -p "$LOGS"
GPU_RUNS=$(mktemp -d) XDG_STATE_HOME=$GPU_RUNS/state
export GPU_RUNS XDG_STATE_HOME THAW_TEST_CARD=1
trap 'rm -rf "$GPU_RUNS"' EXIT
trap 'exit 130' INT TERM
passed=0 failed=0 began=$(date +%s)
: >"$LOGS/table"

row() { # NAME PASSED FAILED SECONDS WHAT
	passed=$((passed + $2)) failed=$((failed + $3))
	printf '%-34s %3d passed %3d failed %4d s  %s\n' "$1" "$2" "$3" "$4" "$5" | cut -c1-160 | tee -a "$LOGS/table"
}

wanted() { # NAME
	[ -z "${ONLY:-}" ] || case " $ONLY " in *" $1 "*) ;; *) return 1 ;; esac
}

last_line() { # LOG
	grep -av '^ *$' "$1" | tail -n 1 | tr '\t' ' '
}

run_job() { # NAME LIMIT
	log=$LOGS/$1.log start=$(date +%s)
	timeout -k 5 $(($2 * SLOW)) sh "$0" --job "$1" >"$log" 2>&1
	status=$? spent=$(($(date +%s) - start))
	case $status in
	0) row "$1" 1 0 $spent "$(last_line "$log")" ;;
	124 | 137) row "$1" 0 1 $spent "not done within $(($2 * SLOW)) s: $(last_line "$log")" ;;
	*) row "$1" 0 1 $spent "$(last_line "$log")" ;;
	esac
	[ $status -eq 0 ] || tail -n 12 "$log" | sed 's/^/    /'
}

# A test that is skipped has not run: failed, unless only the stand-in can run it.
run_test() { # PROGRAM
	program=$1 name=$(basename "$1")
	log=$LOGS/$name.log start=$(date +%s)
	timeout -k 5 $((90 * SLOW)) tests/run.sh "$1" >"$log" 2>&1
	status=$?
	cat "$program.log" >>"$log" 2>/dev/null
	set -- $(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$log") 0 1 0
	bad=$(($2 + $3 - $(grep -ac '^skipped: a real card' "$program.log")))
	if [ $status -eq 124 ]; then
		set -- 0 && bad=1
	fi
	row "$name" "$1" $bad $(($(date +%s) - start)) ""
	[ $bad -eq 0 ] || grep -a 'FAILED\|ERROR\|^skipped\|failed' "$log" | head -n 20 | sed 's/^/    /'
}

run_job machine 30
sed 's/^/    /' "$LOGS/machine.log"
if wanted tests; then
	[ -n "$TESTS" ] || row tests 0 1 0 "no test programs: make gpu-check builds them"
	for program in $TESTS; do
		run_test "$program"
	done
fi
for job in $jobs; do
	[ "${job%:*}" != machine ] && wanted "${job%:*}" && run_job "${job%:*}" "${job#*:}"
done

echo
echo "== $DEVICE, $(($(date +%s) - began)) s: $(grep '^device' "$LOGS/machine.log")"
cat "$LOGS/table"
[ ! -s "$LOGS/gpu.tsv" ] || awk -f tests/bench/card.awk "$LOGS/gpu.tsv"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
