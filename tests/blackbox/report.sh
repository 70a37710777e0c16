# Phases and reports: contents, refused input, and agreement of a report's numbers with the samples.
. tests/blackbox/lib.sh

iowalk=$(realpath "$iowalk")
data=$(realpath tests/data)
scripts=$(realpath tests/blackbox)
export PYTHONDONTWRITEBYTECODE=1
cd "$work" || exit 1

# ---- phases ----

expect "phase record" 0 'results/phases/first' "$iowalk" phase record first --from "$data/small" --note 'a | <b>'
check "phase: the samples are complete" sh -c "zcat results/phases/first/samples.jsonl.gz | cmp - '$data/small/samples.jsonl'"
expect "phase record twice" 2 'already' "$iowalk" phase record first --from "$data/again"
expect "phase record --replace" 0 '' "$iowalk" phase record first --from "$data/small" --replace --note 'a | <b>'
expect "phase record again" 0 '' "$iowalk" phase record second --from "$data/again"
for name in 'a b' a/b .a '' '../a'; do
	expect "phase name '$name'" 2 'no name for a phase' "$iowalk" phase record "$name" --from "$data/small"
done
expect "phase of a missing run" 2 'cannot open' "$iowalk" phase record third --from nothing
is "phase: no incomplete folder" "$(ls -A results/phases | tr '\n' ' ')" 'first second '
expect "phase list" 0 '^first .*a \| <b>' "$iowalk" phase list
expect "a phase is a run" 0 'bfs/chain' "$iowalk" export first --format csv
expect "a phase cannot be resumed" 2 'recorded for good' "$iowalk" run --resume first

# A phase of several runs: all samples, numbered on.
expect "phase record of two runs" 0 'results/phases/both' "$iowalk" phase record both --from "$data/small" "$data/again"
is "both: all samples" "$(zcat results/phases/both/samples.jsonl.gz | wc -l)" "$(cat "$data/small/samples.jsonl" "$data/again/samples.jsonl" | wc -l)"
is "both: run and process" "$(zcat results/phases/both/samples.jsonl.gz | grep -oE '"run":[0-9]+,"process":[0-9]+' | sort -u | tr '\n' ' ')" \
	'"run":0,"process":0 "run":1,"process":1 '
is "both: their names" "$(tr -d ' \n' <results/phases/both/phase.json | grep -o '"runs":[^]]*]')" '"runs":["small","again"]'
expect "phase list says how many" 0 '^both .* 2 runs' "$iowalk" phase list
expect "a phase of several runs is a run" 0 'bfs/chain' "$iowalk" export both --format csv
expect "a phase of several runs can be extended" 0 '' "$iowalk" phase record more --from both --from "$data/small"
is "more: its runs" "$(zcat results/phases/more/samples.jsonl.gz | grep -oE '"run":[0-9]+,"process":[0-9]+' | sort -u | tr '\n' ' ')" \
	'"run":0,"process":0 "run":1,"process":1 "run":2,"process":2 '
cp -r "$data/again" seed && sed -i 's/"seed": *[0-9]*/"seed": 7/' seed/run.json
expect "runs with another seed" 2 "'seed' has another seed" "$iowalk" phase record bad --from "$data/small" seed
cp -r "$data/again" moved && sed -i 's/"cpu_model": "[^"]*"/"cpu_model": "another"/' moved/environment.json
expect "runs of another machine" 2 "'moved' is of another machine" "$iowalk" phase record bad --from "$data/small" moved
cp -r "$data/again" built && sed -i 's/"commit": "[^"]*"/"commit": "another"/' built/environment.json
expect "runs of another build" 0 "'built' is of another build" "$iowalk" phase record bad --from "$data/small" built
rm -r results/phases/both results/phases/more results/phases/bad

# A phase can be published: it contains neither the name of the machine nor those of its folders.
printf '0 1\n1 2\n' >"$work/my edges.txt"
expect "a run with private names" 0 '' "$iowalk" run --graph "file:$work/my edges.txt" --engine memory --processes 1 --repetitions 1 \
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
check "a phase keeps the text of errors" grep -qF "no 'my x': at y, /dev/z" kept
rm -r results/phases/private

# ---- numbers ----

expect "report of a run" 0 'report.html' "$iowalk" report "$data/small" --out one
with_python() { # NAME SCRIPT ARGUMENTS...
	if command -v python3 >/dev/null; then
		check "$1" python3 "$scripts/${@:2}"
	else
		skip "$1" "no python3"
	fi
}
with_python "the numbers agree with the samples" report_check.py "$data/small" one
if command -v tidy >/dev/null; then
	is "HTML: tidy finds no error" "$(tidy -q -e one/report.html 2>&1 | grep -c Error)" 0
else
	skip "HTML: tidy finds no error" "no tidy"
fi

# ---- verdicts ----

compare_report() { # NAME A B OUT: the report has the verdicts of `compare`
	expect "$1: report" 0 '' "$iowalk" report --phases "$2,$3" --out "$4"
	"$iowalk" compare "$2" "$3" --json >"$4.json"
	with_python "$1: the verdicts of compare" report_verdicts.py "$2" "$3" "$4.json" "$4"
}
no_win() { # NAME OUT
	is "$1: neither wins nor losses" "$(grep -cE '\*\*(slower|faster|worse|better|failed|MISSED)' "$2/report.md")" 0
	check "$1: says so in Markdown" grep -q '^# .*no time proven faster or slower; no count changed\|^# .*times are not judged .*; no count changed' "$2/report.md"
	check "$1: says so in HTML" grep -q '<h1 id="s0">.*no count changed</h1>' "$2/report.html"
}

# The same samples twice, and the same program twice: no change, or too noisy (the cold cells).
cp -r "$data/small" same
compare_report "the same samples" "$data/small" same two
no_win "the same samples" two
is "the same samples: nothing warm is undecided" "$(grep -cE '^\| slotted \| warm .*undecided' two/report.md)" 0
is "the same samples: no effect" "$(grep -cE '^\| slotted .*\| .{1,3}0\.0 % \|' two/report.md)" 20
compare_report "the same program" "$data/small" "$data/again" two
no_win "the same program" two
is "the same program: nothing warm is undecided" "$(grep -cE '^\| slotted \| warm .*undecided' two/report.md)" 0
expect "report of recorded phases" 0 '' "$iowalk" report --phases first,second --out three --no-plots
no_win "recorded phases" three

# Improvements, regressions, an increased count, a missing cell and a failed cell in one run, compared with a
# phase of three runs that were begun at different hours and differ by .3 %.
scaled() { # NAME HOUR FACTOR [CELLS]: tests/data/small, begun at HOUR, the times of CELLS multiplied by FACTOR
	mkdir "$1" && cp "$data/small"/*.json "$1"
	sed -i "s/\"started\": \"[^\"]*\"/\"started\": \"2026-01-31T$2:00:00Z\"/" "$1/run.json"
	awk -v factor="$3" '/'"${4-.}"'/ && /"pass":"time"/ && match($0, /"real_time_ns":[0-9.]+/) {
		$0 = substr($0, 1, RSTART - 1) sprintf("\"real_time_ns\":%.3f", factor * substr($0, RSTART + 15, RLENGTH - 15)) \
			substr($0, RSTART + RLENGTH)
	} { print }' "$data/small/samples.jsonl" >"$1/samples.jsonl"
}
scaled base1 10 0.997 && scaled base2 11 1 && scaled base3 12 1.003
expect "a phase of three runs" 0 '' "$iowalk" phase record base --from base1 base2 base3
mkdir changed && cp "$data/again"/*.json changed
sed -E -e '/"bfs\/random\/slotted\/mmap\/cold\/nodes:400"/d' \
	-e '/mmap\/warm/s/("real_time_ns":)([0-9]+)[0-9](\.[0-9]+)?/\1\2/' \
	-e '/chain\/slotted\/pread\/warm.*"time","rep/s/("real_time_ns":[0-9]+)/\10/' \
	-e '/random\/slotted\/pread\/warm\/nodes:400/s/"syscalls":639/"syscalls":646/' \
	-e 's/^(\{"cell":"bfs\/random\/slotted\/pread\/cold\/nodes:100",.*"repetition":[0-9]+,).*/\1"error":"broken"}/' \
	"$data/small/samples.jsonl" >changed/samples.jsonl
expect "changes: report" 0 '' "$iowalk" report --phases base,changed --out four
"$iowalk" compare base changed --json >four.json
with_python "changes: the verdicts of compare" report_verdicts.py results/phases/base changed four.json four
check "changes: times and counts are two verdicts" grep -q '^| time | \*\*4\*\* | \*\*2\*\* | ' four/report.md
check "changes: counts" grep -q '^| counts | 0 | \*\*1\*\* | ' four/report.md
check "changes: the title says both" grep -qE '^# base → changed: pread .*slower \(chain, warm\); mmap .*faster \(warm\); counts: 0 better, 1 worse' four/report.md
check "changes: an increased count" grep -qE '\| \*\*worse\*\* .*\| syscalls 639 → 646 \(\+7\)' four/report.md
check "changes: a cell that failed" grep -q '^- \*\*1 failed' four/report.md
check "changes: a cell without samples" grep -q '^- 1 only in the first' four/report.md
# Runs that differ by more than the change.
scaled wide2 13 1.5 'random.slotted.pread.warm.nodes:400' && scaled wide3 14 2 'random.slotted.pread.warm.nodes:400'
scaled between 15 2.5 'random.slotted.pread.warm.nodes:400'
expect "a change that is not significant" 4 'inconclusive .*random/slotted/pread/warm/nodes:400' \
	"$iowalk" compare base1 wide2 wide3 -- between
check "the report of one run a side says so" grep -q 'Counts only: times are shown, not judged. The baseline has 1 run' two/report.md

# The scripts above detect errors.
wrong_report() { # NAME FILE SED SCRIPT ARGUMENTS...: with SED applied to FILE the script fails
	cp "$2" kept
	sed -E -i "$3" "$2"
	if cmp -s kept "$2"; then
		not_ok "$1" "'$3' changes nothing in $2"
	elif command -v python3 >/dev/null; then
		is "$1" "$(python3 "$scripts/${@:4}" >/dev/null 2>&1; echo $?)" 1
	else
		skip "$1" "no python3"
	fi
	mv kept "$2"
}
for file in report.md report.html; do
	wrong_report "a wrong count in $file is found" one/$file '0,/(639)( |<)/s//638\2/' report_check.py "$data/small" one
	wrong_report "a wrong verdict in $file is found" four/$file '0,/(pread.*)within [^0-9 ]*[0-9.]+ %/s//\1slower/' \
		report_verdicts.py results/phases/base changed four.json four
done
wrong_report "a wrong time in cells.tsv is found" one/plots/cells.tsv 's/7509/7510/' report_check.py "$data/small" one
wrong_report "a wrong multiple in a figure is found" one/plots/scaling.tsv 's/\t100\t68/\t100\t69/' report_check.py "$data/small" one
wrong_report "a wrong effect in a figure is found" four/report.html '0,/, -9([0-9.]*%,)/s//, -8\1/' \
	report_verdicts.py results/phases/base changed four.json four

# The control stands on the first screen, before every figure.
expect "control: report" 0 '' "$iowalk" report --phases "$scripts/../../results/phases/start,$scripts/../../results/phases/now" \
	--out control --no-plots
check "control: in front" sh -c "grep -nE '^- ! The control' control/report.md | head -n 1 | cut -d: -f1 | xargs test 15 -gt"
check "control: in the figure" grep -q 'null (control)' control/plots/changes.svg
check "a short form for pull requests" sh -c "test \$(wc -c <control/pull-request.md) -lt 10000 && test \$(grep -c '^!\[' control/pull-request.md) -eq 1"

# Several processes and layouts: intervals over processes, and the grid of engines by layouts.
if command -v python3 >/dev/null; then
	check "a run of several processes" python3 "$scripts/../browser/make_run.py" made several 60 7 3
	expect "several: report" 0 '' "$iowalk" report several --out several.out
	with_python "several: the numbers agree with the samples" report_check.py several several.out
	wrong_report "several: a wrong interval in a figure is found" several.out/report.html '0,/(95 % interval )([0-9])/s//\11\2/' \
		report_check.py several several.out
	wrong_report "several: a wrong field of the grid is found" several.out/report.html '0,/: ([0-9])([^<]* an edge, [^<]* the best)/s//: 9\1\2/' \
		report_check.py several several.out
else
	skip "several: the numbers agree with the samples" "no python3"
fi

# Workloads without edges, beside others, and a run that was only profiled.
expect "queries: run" 0 '' "$iowalk" run --workload lookup,bfs --graph random --nodes 300,500 --layout slotted,csr \
	--opt lookup.queries=500 --engine pread,mmap --processes 2 --repetitions 2 --iterations 1 --no-plots --no-roofline --out queries.run
expect "queries: report" 0 '' "$iowalk" report queries.run --out queries.page
is "queries: no number is missing in figures" "$(grep -cE '(^|[^a-zA-Z.])nan([^a-z]|$)' queries.page/report.html)" 0
check "queries: a ranking" test -s queries.page/plots/ranking.svg
check "queries: the title names workloads" grep -qE '^# Warm, .*(lookup|bfs|fastest)' queries.page/report.md
mkdir unmeasured && cp "$data/small/environment.json" unmeasured
python3 -c 'import json, sys
info = json.load(open(sys.argv[1] + "/run.json"))
lines = [json.loads(line) for line in open(sys.argv[1] + "/samples.jsonl")]
lines = [line for line in lines if line["pass"] == "count"]
for line in lines:
    line.update({"pass": "profile", "metrics": {"wall_ns": 1e6, "user_ns": 9e5, "blocked_ns": 1e5, "unassigned_ns": 0}})
json.dump(info, open("unmeasured/run.json", "w"))
open("unmeasured/samples.jsonl", "w").write("".join(json.dumps(line) + "\n" for line in lines))' "$data/small"
expect "only profiled: report" 0 '' "$iowalk" report unmeasured --out profiled.page --no-plots
check "only profiled: the title says so" grep -q '^# Where the time of a walk goes: 20 cells' profiled.page/report.md
is "only profiled: it is not called unfinished" "$(grep -c 'have no times' profiled.page/report.md)" 0

# A command to be copied is a command, whatever the folders are called.
expect "quoting: report" 0 '' "$iowalk" report "$data/small" --out "it's; my report" --no-plots
check "quoting: the command" grep -qF -e "--out 'it'\\''s; my report'" "it's; my report/report.md"

# ---- targets ----

cat >targets.ini <<'END'
[target met]
cells = bfs/*/mmap/*
require = syscalls <= 0
[target missed]
cells = bfs/chain/*/pread/*
require = real_time_ns <= 1 ns
[target ratio]
cells = bfs/*/pread/warm/*
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
check "another machine: the report says so" grep -q 'different machines' nine/report.md

# Special characters of HTML, Markdown, gnuplot, TSV and printf in the names of cells.
cat >odd.sed <<'END'
s/chain/c<b>\&amp;\&|*_`~#@^{}\\"$\\\\[x](y)\\t\\n%s'é/g
s/mmap/m|m_a*p@^{}\\"<i>\\t`/g
END
for name in small again; do
	cp -r "$data/$name" odd-$name && sed -i -f odd.sed odd-$name/*.json*
done
expect "odd names" 0 '' "$iowalk" report odd-small --out ten
with_python "odd names: the numbers agree with the samples" report_check.py odd-small ten
is "odd names: none is parsed as a tag" "$(grep -cE '<[bi]>|&amp;amp' ten/report.html)" 0
check "odd names: unchanged in pictures" grep -qF '>c&lt;b>&amp;amp;&amp;|*_`~#@^{}"' ten/plots/scaling.svg
check "odd names: pictures" test -s ten/plots/scaling.svg -a -s ten/plots/ranking.svg -a -s ten/plots/latency.svg
compare_report "odd names" odd-small odd-again ten
check "odd names: pictures of changes" test -s ten/plots/changes.svg -a -s ten/plots/samples.png
if command -v tidy >/dev/null; then
	is "odd names: tidy finds no error" "$(tidy -q -e ten/report.html 2>&1 | grep -c Error)" 0
fi
expect "no run" 2 'no run under' "$iowalk" report
expect "a missing phase" 2 'cannot open' "$iowalk" report --phases first,third --out eleven
mkdir bare && expect "no gnuplot" 0 'apt-get install gnuplot-nox' env PATH="$work/bare" "$iowalk" report "$data/small" --out twelve
check "no gnuplot: the tables are there" test -s twelve/report.html -a -s twelve/plots/cells.tsv
# One gnuplot process draws all figures.
if gnuplot=$(command -v gnuplot); then
	mkdir counted && printf '#!/bin/sh\necho >>"%s"\nexec "%s" "$@"\n' "$work/drawn" "$gnuplot" >counted/gnuplot
	chmod +x counted/gnuplot
	expect "phases with figures" 0 '' env PATH="$work/counted:$PATH" "$iowalk" report --phases first,second --out thirteen
	is "one gnuplot process" "$(wc -l <drawn)" 1
	# Every engine and store has a different colour or point, and so have six unknown names.
	cat >colors.gp <<END
load 'thirteen/plots/run.gp'
FORMAT = 'svg'
load '$scripts/../../plots/style.gp'
TABLE = TABLE.' aa bb cc dd ee ff'
do for [name in TABLE] { print sprintf("%d %d", color_of(name, 1), point_of(name, 1)) }
END
	"$gnuplot" -d colors.gp 2>&1 | grep -x "[0-9]* [0-9]*" >colors
	is "colours differ" "$(sort colors | uniq -d)" ""
	check "colours of all engines" test "$(wc -l <colors)" -ge "$(($("$iowalk" list engines | grep -c '^[a-z]') + 8))"
	is "figures" "$(cd thirteen/plots && ls changes.svg cost.svg latency.svg samples.svg scaling.svg 2>/dev/null | wc -l)" 5
else
	skip "one gnuplot process" "gnuplot is not installed"
fi
# ---- times of queries, and counts of a thousand edges ----

run "$iowalk" run --workload lookup,read,bfs --graph random --nodes 500 --opt lookup.queries=1000 --engine pread --processes 1 --repetitions 2 \
	--iterations 1 --no-plots --no-roofline --out "$work/queries"
for title in 'per query' 'per read' 'per node'; do
	check "a column '$title'" grep -q " $title " "$work/stdout"
done
is "titles of summary.md" "$(grep -oE 'per (query|read|node)' "$work/queries/summary.md" | sort -u | tr '\n' ' ')" "per node per query per read "
"$iowalk" run --resume "$work/queries" --no-plots --json >"$work/queries.json" 2>/dev/null
is "time per query: of 1000 queries" "$(python3 -c '
import json, sys
rows = [r for b in json.load(open(sys.argv[1]))["blocks"] if b["workload"].startswith("lookup") for r in b["rows"]]
print(all(abs(r["time_per_query_ns"] * 1000 / r["real_time_ns"]["median"] - 1) < 1e-9 for r in rows), len(rows))' "$work/queries.json")" "True 1"

finish
