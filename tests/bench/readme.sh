#!/bin/sh
# Put the figures of build/bench.tsv into README.md, between <!-- bench --> and <!-- /bench -->.
# usage: tests/bench/readme.sh TSV README
set -eu
[ -s "$1" ] || { echo "$1: not there; make bench writes it" >&2; exit 2; }
grep -q '^<!-- bench -->$' "$2" && grep -q '^<!-- /bench -->$' "$2" ||
	{ echo "$2: no lines <!-- bench --> and <!-- /bench -->" >&2; exit 2; }
tables=$(mktemp) page=$(mktemp)
trap 'rm -f "$tables" "$page"' EXIT
awk -F '\t' '
function show(v) { return v == "" ? "" : sprintf(v >= 100 ? "%.0f" : v >= 10 ? "%.1f" : v >= .1 ? "%.2f" : "%.4f", v) }
NR == 1 { next }
$6 == "linear" {
	cost = cost sprintf("| %s | %s | %.2f | %.2f |\n", $1, show($2), $8, $2 / $3)
	next
}
!($1 in ours) { order[++n] = $1 }
{ ours[$1] = $2; unit[$1] = $4; peer[$1, $6] = $3; ratio[$1, $6] = $5 }
function against(name, who) {
	return (name, who) in peer ? sprintf("%s | %.1f", show(peer[name, who]), ratio[name, who]) : "|"
}
END {
	if (n) print "| work | unit | thaw | Darknet | ratio | PyTorch | ratio |\n|---|---|---|---|---|---|---|"
	for (i = 1; i <= n; i++)
		printf "| %s | %s | %s | %s | %s |\n", order[i], unit[order[i]], show(ours[order[i]]),
			against(order[i], "Darknet"), against(order[i], "PyTorch")
	if (cost) printf "\n| cost against work | seconds | times the first | times linear |\n|---|---|---|---|\n%s", cost
}' "$1" >"$tables"
awk -v tables="$tables" '
/^<!-- \/bench -->$/ { inside = 0 }
!inside { print }
/^<!-- bench -->$/ { inside = 1; while ((getline line < tables) > 0) print line }' "$2" >"$page"
cat "$page" >"$2"
