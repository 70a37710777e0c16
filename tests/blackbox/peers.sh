#!/bin/bash
# scripts/peers/run.sh at a small size: every peer is measured and reaches the same nodes, and one that does not is found.
. tests/blackbox/lib.sh
sanitized && skip_all "a script around the program; once, without sanitizers, is enough"
peers() { scripts/peers/run.sh --build "$build" --folder "$work/files" --rounds 1 "$@"; }

# A stand-in for GAPBS: prints what its bfs prints; PEERS_REACHED nodes.
cat >"$work/bfs" <<'SH'
#!/bin/sh
echo "Read Time:           0.00210"
echo "Trial Time:          0.00300"
echo "Trial Time:          0.00200"
echo "BFS Tree has $PEERS_REACHED nodes and 12 edges"
SH
chmod +x "$work/bfs"
printf '%s\n' '5 1' '1 2' '2 3' '3 5' '7 8' >"$work/square.el"

export PEERS_REACHED=4
run peers --graph "$work/square.el" --gapbs "$work/bfs"
exits "four nodes of a square: exit status" 0
check "the nodes reached are printed" grep -q 'from node 5; 4 nodes reached; 1 rounds$' "$work/stdout"
for row in 'bare loop' 'GAPBS bfs, 1 thread' 'GAPBS bfs, 2 threads' 'csr on mmap, 1 thread ' 'csr on mmap, 2 threads' \
	'csr on memory' 'SQLite tuned' 'LMDB tuned' 'csr on uring, defaults' 'csr on direct, defaults'; do
	check "a row of $row" grep -qE "$row.* [0-9]+\.[0-9] +[0-9.]+–[0-9.]+ +[0-9]+\.[0-9]{2}\$" "$work/stdout"
done
check "the median of the trials" grep -qE 'GAPBS bfs, 1 thread +2\.0 ' "$work/stdout"
check "versions" grep -qE '^iowalk .*; SQLite 3\.[0-9.]+; LMDB [0-9.]+' "$work/stdout"
is "nothing is left" "$(ls "$work/files")" ""

PEERS_REACHED=5
run peers --graph "$work/square.el" --gapbs "$work/bfs"
exits "a peer that reaches other nodes" 1
check "is named by what it reached" grep -q 'do not agree on the nodes reached: 4' "$work/stderr"

expect "a program that is none" 2 "'$work/none': no program" peers --gapbs "$work/none"
expect "no count" 2 "'0': not a count" peers --rounds 0
expect "an option without its value" 2 '^usage: ' peers --rounds
echo 'one two' >"$work/text"
expect "a file without edges" 2 'first line is no edge' peers --graph "$work/text"
finish
