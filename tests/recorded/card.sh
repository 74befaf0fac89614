#!/bin/sh
# A run that goes on on a card, made of the beginning of long.jsonl: tests/recorded/card.sh
#
# Its first 30 epochs at a three-hundredth of the speed, the device and the pictures a second put in
# place of those recorded, and a `device` event every two seconds with figures that come and go as a
# card's do. From anywhere; the same each time.
set -eu
cd "$(dirname "$0")"
awk '
function number(line, key) { match(line, "\"" key "\":[-0-9.e]+"); return substr(line, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0 }
function put(line) { seq++; sub(/"seq":[0-9]+/, "\"seq\":" seq, line); print line }
function card(t, iter,   busy) {
	busy = 0.86 + 0.12 * sin(t / 5000) - (t / 2000 % 9 < 1 ? 0.6 : 0)
	put(sprintf("{\"seq\":0,\"t\":%d,\"ev\":\"device\",\"iter\":%d,\"cpu\":%.2f,\"cores\":16,\"rss\":2147483648," \
		"\"peak_rss\":2200000000,\"card_busy\":%.2f,\"card_memory\":%.0f,\"card_total\":85520809984," \
		"\"celsius\":%d,\"watts\":%.1f,\"clock_mhz\":%d}", t, iter, 3 + 2 * sin(t / 3000), busy,
		3.2e9 + 1.5e5 * t, 41 + t / 3000, 120 + 400 * busy, 1980 - 15 * (t > 30000)))
}
{
	t = number($0, "t") * 300
	for (; due && due <= t; due += 2000)
		card(due, iter)
	if (/"ev":"run"/) {
		sub(/"device":"[^"]*"/, "\"device\":\"cuda:0 NVIDIA H100 80GB HBM3, driver 580.159.04, cuDNN 9.19 from /usr/lib/x86_64-linux-gnu, tf32\"")
		sub(/"threads":[0-9]+/, "\"threads\":16")
		sub(/"name":"long-1"/, "\"name\":\"card-1\"")
		due = 1000
	}
	if (/"ev":"steps?"/) {
		iter = number($0, "iter")
		sub(/"ips":[0-9.]+/, sprintf("\"ips\":%.1f", number($0, "ips") / 300))
	}
	sub(/"t":[0-9]+/, "\"t\":" t)
	put($0)
	if (/"ev":"epoch"/ && number($0, "epoch") == 30)
		exit
}' long.jsonl >card.jsonl
ls -l card.jsonl
