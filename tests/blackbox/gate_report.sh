#!/bin/bash
# The report of a gate: agreement with its record, gates that have not ended, gates of counts, bad input. Pages are made
# from tests/data/gate; only the gates that must be fresh are measured.
. tests/blackbox/lib.sh

iowalk=$(realpath "$iowalk")
data=$(realpath tests/data)
scripts=$(realpath tests/blackbox)
export PYTHONDONTWRITEBYTECODE=1
cd "$work" || exit 1

cat >small.ini <<'END'
[suite]
summary = two cells
[cells a]
workload = bfs
graph = chain
engine = pread,mmap
nodes = 64
repetitions = 2
iterations = 2
END

agrees() { # NAME GATE OUT: page and JSON agree with the record
	if command -v python3 >/dev/null; then
		"$iowalk" report --gate "$2" --json >"$3.json" 2>"$work/stderr"
		check "$1" python3 "$scripts/gate_report_check.py" "$2" "$3" "$3.json"
	else
		skip "$1" "no python3"
	fi
}
page() { # NAME GATE OUT: writes the report, and compares it with the record
	expect "$1: report" 0 'report.html' "$iowalk" report --gate "$2" --out "$3"
	agrees "$1: page and JSON agree with the record" "$2" "$3"
	if command -v tidy >/dev/null; then
		is "$1: tidy finds no error" "$(tidy -q -e "$3/report.html" 2>&1 | grep -v 'svg\|<g>\|title' | grep -c Error)" 0
	fi
}
title() { head -n 1 "$1/report.md"; }

# ---- a recorded gate: a regression, two undecided cells, one skipped ----

page "a recorded gate" "$data/gate" one
check "title: the finding" grep -qE '^# 1 of 3 cells slower: slotted/mmap warm \+8\.9 % \(8\.4 to 9\.7\); 2 undecided; no count changed' one/report.md
check "byline: builds, machine, threshold" grep -qE '^Baseline iowalk .*, candidate iowalk .*suite data .*CPUs.*UTC.*threshold 0.5' one/report.md
check "warning: noise" grep -q '^- While times were measured, ' one/report.md
check "warning: what an undecided cell would have shown, and what would decide it" \
	grep -qE '^- Undecided: slotted/pread warm after 40 blocks. Slowdowns from 1\.7 % .*about 122 more blocks' one/report.md
check "warning: an injection" grep -q "A test of the gate itself" one/report.md
check "time and counts are two rows" grep -qE '^\| \*\*counts\*\* \| 0 \| 0 ' one/report.md
check "a skipped cell, and why" grep -q 'memory/cold/nodes:64 | skipped | skipped: the engine holds' one/report.md
check "how to repeat" grep -q '^    iowalk gate --suite data.ini --against build/iowalk ' one/report.md
is "pictures: one a cell, and the effects, wide and narrow" "$(grep -o '<svg' one/report.html | wc -l)" 5
check "pictures: the screen is hollow, the confirmation filled" sh -c \
	"grep -q 'fill=\"none\".*<title>screen, block 0' one/report.html && grep -q 'fill=\"currentColor\".*<title>confirmation, block 0' one/report.html"
check "nothing is loaded from elsewhere" sh -c "! grep -oE '(src|href)=\"[^#\"][^\"]*' one/report.html | grep -v 'src=\"data:'"
cp -r "$data/gate" default
expect "the default folder" 0 'default/report/report.html' "$iowalk" report --gate default

# The script finds planted errors.
wrong_page() { # NAME FILE SED
	cp "$2" kept
	sed -E -i "$3" "$2"
	if cmp -s kept "$2"; then
		not_ok "$1" "'$3' changes nothing in $2"
	elif command -v python3 >/dev/null; then
		is "$1" "$(python3 "$scripts/gate_report_check.py" "$data/gate" one one.json >/dev/null 2>&1; echo $?)" 1
	else
		skip "$1" "no python3"
	fi
	mv kept "$2"
}
wrong_page "a wrong effect in report.md is found" one/report.md '0,/screen \| 3 \| [^ ]+/s//screen | 3 | +1.5/'
wrong_page "a wrong effect in report.html is found" one/report.html '0,/data-v="(10\.[0-9]+)"/s//data-v="11.5"/'
wrong_page "a wrong dot is found" one/report.html '0,/confirmation, block 2: [^<]+/s//confirmation, block 2: +1.5 %/'
wrong_page "a wrong effect in the JSON is found" one.json '0,/"mean_effect_percent": [0-9.-]+/s//"mean_effect_percent": 1.5/'
wrong_page "a wrong verdict in the JSON is found" one.json '0,/"verdict": "regression"/s//"verdict": "no_change"/'

# ---- a gate without a result ----

# The record as a kill leaves it: blocks up to a number of lines, the last of them cut, and no result.
cut_gate() { # FOLDER LINES
	mkdir "$1"
	zcat "$data/gate/blocks.jsonl.gz" | head -n "$2" >"$1/blocks.jsonl"
	printf '{"stage":"screen","blo' >>"$1/blocks.jsonl"
	python3 - "$data/gate/gate.json" "$1/gate.json" <<'END'
import json, sys
info = json.load(open(sys.argv[1]))
for key in ("result", "exit_status", "elapsed_s"):
    info.pop(key, None)
json.dump(info, open(sys.argv[2], "w"), indent=1)
END
}
if command -v python3 >/dev/null; then
	cut_gate cut 10
	page "an interrupted gate" cut cut.page
	check "an interrupted gate: the title says so" sh -c "head -n 1 cut.page/report.md | grep -q '^# Not finished\\. So far: '"
	check "an interrupted gate: what continues it" grep -q 'iowalk gate --resume cut continues it' cut.page/report.md
	check "an interrupted gate: the JSON says so" grep -q '"state": "interrupted"' cut.page.json
	lines=$(zcat "$data/gate/blocks.jsonl.gz" | wc -l)
	cut_gate late "$lines"
	page "a gate that was killed at its end" late late.page
	check "killed at its end: the regression is decided" sh -c "head -n 1 late.page/report.md | grep -q '1 of 3 cells slower: slotted/mmap warm +8.9 %'"
	is "killed at its end: the steps give the verdicts of the record" \
		"$(grep -E '"(cell|verdict)"' late.page.json)" "$(grep -E '"(cell|verdict)"' one.json)"
	# The candidate of one cell stalls in its first sample: only the mean of all samples shows it.
	cut_gate stalls "$lines"
	python3 - stalls/blocks.jsonl <<'END'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1]) if line.endswith("\n")]
for line in lines:
    if line["stage"] == "screen" and line["block"] >= 8:
        line["cells"].pop("0", None)  # it is suspect after eight blocks
    elif line["stage"] == "screen":
        for side, samples in zip(line["order"], line["cells"]["0"]):
            samples[0] *= 40 if side == "B" else 1
with open(sys.argv[1], "w") as file:
    file.writelines(json.dumps(line) + "\n" for line in lines)
END
	page "stalls" stalls stalls.page
	check "stalls: a section of their own" grep -q '^## Stalls' stalls.page/report.md
	check "stalls: the cell is in it" grep -qE '^\| bfs/chain/slotted/pread/warm/nodes:64 \| [^|]* % \| \+[0-9]+ % \|' stalls.page/report.md
	cut_gate early 1
	expect "a gate that was killed in its counts" 0 '' "$iowalk" report --gate early --out early.page
	is "killed in its counts: the title" "$(title early.page)" '# Not finished. So far: counts equal in 3 cells; times not measured'
	sed -i 's/"suite": "data"/"exit_status": 1, &/' early/gate.json
	expect "a gate that ended by an error" 0 '' "$iowalk" report --gate early --out early.page
	check "ended by an error: the page says so" grep -q 'ended by an error (exit status 1)' early.page/report.md
	cut_gate damaged 10
	sed -i '3s/^.\{20\}/xx/' damaged/blocks.jsonl
	expect "a damaged block" 2 'line 3 is not a JSON object' "$iowalk" report --gate damaged --out bad
else
	skip "gates without a result" "no python3"
fi

# ---- fresh gates ----

gate() { run "$iowalk" gate --suite small.ini --timeout 30 --against "$iowalk" "$@"; }
gate --counts-only --inject-syscall 'pread/warm' --out counted
exits "a gate of counts" 3
page "counts only" counted counted.page
is "counts only: the title" "$(title counted.page)" \
	'# 1 of 2 cells does more: slotted/pread warm, syscalls_lseek 0 → 1 (+1); times not measured'
check "counts only: both sides" grep -qE '^\| bfs/chain/slotted/pread/warm/nodes:64 \| \*\*127 → 128\*\* ' counted.page/report.md
gate --inject-syscall 'pread/warm' --out decided
page "counts that decide" decided decided.page
check "counts that decide: the other cell is not timed" grep -q '1 not timed' decided.page/report.md
check "counts that decide: the note" grep -q 'times were not measured' decided.page/report.md
gate --budget 5 --filter pread --out fresh
page "a fresh gate" fresh fresh.page
check "a fresh gate: its builds are recorded" grep -q '"builds"' fresh/gate.json
check "a fresh gate: noise is recorded" grep -q '"jitter_percent"' fresh/gate.json
check "a fresh gate: what --filter left out" grep -q "match --filter 'pread'" fresh.page/report.md
# Interrupted for real, and then continued.
"$iowalk" gate --suite small.ini --against "$iowalk" --threshold 0.01 --budget 5 --out stopped >stopped.txt 2>&1 &
process=$!
for _ in $(seq 100); do
	grep -q '"screen"' stopped/blocks.jsonl 2>/dev/null && break
	sleep 0.05
done
kill -INT $process
wait $process
page "a gate that is interrupted" stopped stopped.page
check "interrupted: the title says so" sh -c "head -n 1 stopped.page/report.md | grep -q 'Not finished'"
run "$iowalk" gate --resume stopped --json
case $status in 0 | 3 | 4) ok "it is continued" ;; *) not_ok "it is continued" "$(said)" ;; esac
page "a continued gate" stopped stopped.page
check "continued: it is finished" sh -c "! grep -q 'Not finished' stopped.page/report.md"
# A cell that is given up before its first block is undecided, not a pass.
printf '[suite]\nsummary = many\n[cells a]\nworkload = bfs\ngraph = chain\nengine = pread\nnodes = %s\n' \
	"$(seq -s, 1000 1015)" >many.ini
run "$iowalk" gate --suite many.ini --against "$iowalk" --budget 2 --out many
if [ "$status" -eq 4 ] && grep -q 'left out: the budget' many/gate.json; then
	# A verdict is followed by `time`, or else by `counts`.
	is "left out: no cell passes without times" \
		"$(sed -n '/"result"/,$p' many/gate.json | grep -A1 '"verdict": "no_change"' | grep -c '"counts"')" 0
	page "left out" many many.page
	check "left out: the page warns of it" grep -q '^- Left out: the budget of 2 s' many.page/report.md
else
	skip "left out" "the machine is too slow, or too fast, for this budget"
fi

# ---- bad input ----

expect "a missing folder" 2 "cannot open 'nowhere/gate.json'" "$iowalk" report --gate nowhere
mkdir empty
expect "a folder without a gate" 2 "cannot open 'empty/gate.json'" "$iowalk" report --gate empty
expect "a run" 2 "is a run, not a gate: iowalk report" "$iowalk" report --gate "$data/small"
cp -r default other && sed -i 's/"format": 3/"format": 2/' other/gate.json
expect "another format" 2 'not a gate of format 3' "$iowalk" report --gate other
cp -r default other2 && sed -i 's/"settings"/"setting"/' other2/gate.json
expect "no settings" 2 'has no settings' "$iowalk" report --gate other2
cp -r default other3 && rm other3/blocks.jsonl.gz
expect "no blocks" 2 "cannot open 'other3/blocks.jsonl'" "$iowalk" report --gate other3
cp -r default other4 && sed -i 's/"verdict": "skipped"/"verdict": "frob"/' other4/gate.json
expect "an unknown verdict" 2 "result of 'other4/gate.json': cell 3 has no name or no verdict" "$iowalk" report --gate other4
expect "--gate with RUN" 2 'stands alone' "$iowalk" report "$data/small" --gate default
expect "--gate with --phases" 2 'stands alone' "$iowalk" report --gate default --phases a,b
expect "--gate with --threshold" 2 'own threshold' "$iowalk" report --gate default --threshold 5
expect "--gate with --targets" 2 'for runs and phases' "$iowalk" report --gate default --targets x
expect "--json with --out" 2 'writes no files' "$iowalk" report --gate default --json --out x
expect "a folder that cannot be made" 2 'cannot make' "$iowalk" report --gate default --out small.ini/x
is "nothing was written by a refused command" "$(ls -d bad x 2>/dev/null)" ""

# Special characters of HTML, Markdown and SVG in names.
cp -r default odd
zcat odd/blocks.jsonl.gz >odd/blocks.jsonl && rm odd/blocks.jsonl.gz
sed -i 's/chain/c<b>\&amp;|*_`~#é/g; s/"data"/"<i>x"/' odd/gate.json
page "odd names" odd odd.page
is "odd names: none is parsed as a tag" "$(grep -cE '<[bi]>' odd.page/report.html)" 0

# ---- JSON of runs and phases ----

run "$iowalk" report "$data/small" --json
exits "JSON of a run" 0
json_point "JSON of a run is JSON" "$work/stdout"
is "JSON of a run: cells" "$(grep -c '"series"' "$work/stdout")" 20
cp -r "$data/small" same
run "$iowalk" report --phases "$data/small,same" --json
exits "JSON of phases" 0
json_point "JSON of phases is JSON" "$work/stdout"
check "JSON of phases: verdicts apart" grep -q '"not_judged": [0-9]' "$work/stdout"
expect "JSON to a full device" 1 'cannot write' sh -c "'$iowalk' report --gate default --json >/dev/full"
finish
