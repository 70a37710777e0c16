# Phases and reports: what is kept, what is refused, and that a report's numbers are those of its samples.
. tests/blackbox/lib.sh

iowalk=$(realpath "$iowalk")
data=$(realpath tests/data)
check_report=$(realpath tests/blackbox/report_check.py)
cd "$work" || exit 1

# ---- phases ----

expect "phase record" 0 'results/phases/first' "$iowalk" phase record first --from "$data/small" --note 'a | <b>'
check "phase: the samples are whole" sh -c "zcat results/phases/first/samples.jsonl.gz | cmp - '$data/small/samples.jsonl'"
expect "phase record twice" 2 'already' "$iowalk" phase record first --from "$data/again"
expect "phase record --replace" 0 '' "$iowalk" phase record first --from "$data/small" --replace --note 'a | <b>'
expect "phase record again" 0 '' "$iowalk" phase record second --from "$data/again"
for name in 'a b' a/b .a '' '../a'; do
	expect "phase name '$name'" 2 'no name for a phase' "$iowalk" phase record "$name" --from "$data/small"
done
expect "phase of no run" 2 'cannot open' "$iowalk" phase record third --from nothing
is "phase: nothing half" "$(ls -A results/phases | tr '\n' ' ')" 'first second '
expect "phase list" 0 '^first .*a \| <b>' "$iowalk" phase list
expect "a phase is a run" 0 'bfs/chain' "$iowalk" export first --format csv
expect "a phase is not added to" 2 'recorded for good' "$iowalk" run --resume first

# A phase is handed on: nothing in it names the machine or its folders.
printf '0 1\n1 2\n' >"$work/my edges.txt"
expect "a run to keep" 0 '' "$iowalk" run --graph "file:$work/my edges.txt" --engine memory --repetitions 1 \
	--iterations 1 --passes time --no-plots --no-roofline --cache-dir="$work/cache" --out "$work/private"
echo '{"cell":"x","pass":"time","repetition":9,"error":"no '"'$work/my x'"': at '"$work"'/y, /dev/z","time":"t"}' >>private/samples.jsonl
run cat private/run.json private/environment.json
check "a run names its machine" grep -qF "\"$(uname -n)\"" "$work/stdout"
check "a run names its folders" grep -qF "$work" "$work/stdout"
expect "phase record of it" 0 '' "$iowalk" phase record private --from private
for file in results/phases/private/*; do zcat -f "$file"; echo; done >kept
is "a phase does not name its machine" "$(grep -c -e "host.name" -e "\"$(uname -n)\"" kept)" 0
is "a phase does not name its folders" "$(grep -cF -e "$work" -e "$data" kept)" 0
check "a phase names its files" grep -q 'file:my edges.txt' kept
check "a phase keeps the errors' sense" grep -qF "no 'my x': at y, /dev/z" kept
rm -r results/phases/private

# ---- numbers ----

expect "report of a run" 0 'report.html' "$iowalk" report "$data/small" --out one
if command -v python3 >/dev/null; then
	check "the numbers are those of the samples" python3 "$check_report" "$data/small" one
else
	skip "the numbers are those of the samples" "no python3"
fi
if command -v tidy >/dev/null; then
	is "HTML: tidy finds no error" "$(tidy -q -e one/report.html 2>&1 | grep -c Error)" 0
else
	skip "HTML: tidy finds no error" "no tidy"
fi
expect "report of phases" 0 '' "$iowalk" report --phases first,second --out two --no-plots
run "$iowalk" compare first second
verdicts=$(grep -cE '^ *(improvement|regression|failed)' "$work/stdout")
is "the same code: no win" "$(grep -c '\*\*improvement\*\*' two/report.md)" 0
check "the same code: says so" grep -q '^- 0 improved' two/report.md
is "verdicts as those of compare" "$(grep -cE '\*\*(improvement|regression|failed)\*\*' two/report.md)" "$verdicts"

# ---- targets ----

cat >targets.ini <<'END'
[target met]
cells = bfs/*/mmap/*
require = syscalls <= 0
[target missed]
cells = bfs/chain/*/pread/*
require = real_time_ns <= 1 ns
[target ratio]
cells = bfs/*/pread/*
require = <= 1000000 x */*/*/memory/*
[target change]
cells = bfs/*
require = improves 46 % on nowhere
END
expect "targets" 0 '' "$iowalk" report "$data/small" --out three --no-plots --targets targets.ini
check "target met" grep -qE '^\| met .*\*\*met\*\*' three/report.md
check "target missed by how much" grep -qE '^\| missed .*\*\*MISSED by [0-9]+ %' three/report.md
check "target of a ratio" grep -qE '^\| ratio .*\*\*met\*\*' three/report.md
check "target not measured" grep -qE '^\| change .*not measured' three/report.md
bad_target() { # NAME LINE REGEX
	printf '[target t]\ncells = *\n%s\n' "$2" >bad.ini
	expect "$1" 2 "'bad.ini', line 3: .*$3" "$iowalk" report "$data/small" --out four --targets bad.ini
}
bad_target "target: no bound" 'require = fast' 'valid: METRIC'
bad_target "target: unit" 'require = real_time_ns <= 5 KiB' 'valid: ns, us'
bad_target "target: key" 'want = x' 'valid: cells, require, text'

# ---- bad input ----

mkdir empty && cp "$data/small/run.json" "$data/small/environment.json" empty && : >empty/samples.jsonl
expect "an empty run" 2 'no samples' "$iowalk" report empty --out five
cp -r "$data/small" damaged && sed -i '3s/^.\{20\}/xx/' damaged/samples.jsonl
expect "damaged samples" 0 'line 3 ' "$iowalk" report damaged --out six --no-plots
check "damaged samples: the report says so" grep -q 'line 3; 1 left out' six/report.md
cp -r "$data/small" failed
sed -i 's/\("cell":"bfs\/chain\/slotted\/pread[^}]*"repetition":[0-9]*\).*/\1,"error":"a | <b> \&"}/' failed/samples.jsonl
expect "failed cells" 0 '' "$iowalk" report failed --out seven --no-plots
check "failed cells: their reason, escaped" grep -qE 'a [|] (&lt;|&#60;)b(&gt;|&#62;) (&amp;|&#38;)' seven/report.html
expect "phases with different cells" 0 '' "$iowalk" report --phases "$data/small,failed" --out eight --no-plots
cp -r "$data/again" other && sed -i 's/"cpu_model": "[^"]*"/"cpu_model": "another"/' other/environment.json
expect "another machine" 0 '' "$iowalk" report --phases "$data/small,other" --out nine --no-plots
check "another machine: said" grep -q 'different machines' nine/report.md
cp -r "$data/small" odd && sed -i 's/chain/c<b>\&|`_{x}/g' odd/run.json odd/samples.jsonl
expect "odd names" 0 '' "$iowalk" report odd --out ten
is "odd names: none is taken for a tag" "$(grep -c 'c<b>' ten/report.html)" 0
expect "no run" 2 'no run under' "$iowalk" report
expect "a phase that is not there" 2 'cannot open' "$iowalk" report --phases first,third --out eleven
mkdir bare && expect "no gnuplot" 0 'apt-get install gnuplot-nox' env PATH="$work/bare" "$iowalk" report "$data/small" --out twelve
check "no gnuplot: the tables are there" test -s twelve/report.html -a -s twelve/plots/cells.tsv
finish
