#!/bin/sh
# Put the figures of build/bench.tsv into README.md, between <!-- bench --> and <!-- /bench -->; those of a graphics card
# between <!-- bench gpu --> and <!-- /bench gpu -->. A table of which there is no figure stays as it is.
# usage: tests/bench/readme.sh TSV README
set -eu
[ -s "$1" ] || { echo "$1: not there; make bench writes it" >&2; exit 2; }
here=$(dirname "$0")
tsv=$1 readme=$2 tables=$(mktemp) page=$(mktemp)
cp "$readme" "$page"
trap 'rm -f "$tables" "$page"' EXIT
awk -F '\t' '
function show(v) { return v == "" ? "" : sprintf(v >= 100 ? "%.0f" : v >= 10 ? "%.1f" : v >= .1 ? "%.2f" : "%.4f", v) }
NR == 1 || $1 ~ /^card: / { next }
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
}' "$tsv" >"$tables"
put() { # MARK: what is in $tables
	[ -s "$tables" ] || return 0
	grep -q "^<!-- $1 -->\$" "$page" && grep -q "^<!-- /$1 -->\$" "$page" ||
		{ echo "no lines <!-- $1 --> and <!-- /$1 -->" >&2; exit 2; }
	awk -v tables="$tables" -v begin="<!-- $1 -->" -v end="<!-- /$1 -->" '
	$0 == end { inside = 0 }
	!inside { print }
	$0 == begin { inside = 1; while ((getline line < tables) > 0) print line }' "$page" >"$page.new"
	mv "$page.new" "$page"
}
put bench
awk -f "$here/card.awk" "$tsv" >"$tables"
put 'bench gpu'
cat "$page" >"$readme"
