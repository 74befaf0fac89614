# The rows of the graphics card in the bench's table (bench.tsv) as a Markdown table: a work a line.
BEGIN { FS = "\t" }
function show(v) { return v == "" ? "" : sprintf(v >= 100 ? "%.0f" : v >= 10 ? "%.1f" : v >= .1 ? "%.2f" : "%.4f", v) }
NR == 1 || $1 !~ /^card: / { next }
{ name = substr($1, 7) }
!(name in ours) { order[++n] = name }
{ ours[name] = $2; unit[name] = $4 }
$6 == "eager" { eager[name] = $3; by_eager[name] = $5 }
$6 ~ /^fastest/ { fastest[name] = $3; by_fastest[name] = $5; way[name] = substr($6, 10) }
function ratio(v) { return v == "" ? "" : sprintf("%.2f", v) }
END {
	if (!n) exit
	print "| work | unit | thaw | PyTorch eager | ratio | PyTorch's fastest | which | ratio |"
	print "|---|---|---|---|---|---|---|---|"
	for (i = 1; i <= n; i++) {
		w = order[i]
		printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", w, unit[w], show(ours[w]), show(eager[w]), ratio(by_eager[w]),
			show(fastest[w]), way[w], ratio(by_fastest[w])
	}
}
