#!/bin/bash
# Figures: colours, titles, places of names, equal zeros, percentiles that the samples carry, trend over phases, and
# the size of a picture of many samples.
. tests/blackbox/lib.sh
command -v python3 >/dev/null || skip_all "no python3"
command -v gnuplot >/dev/null || skip_all "gnuplot is not installed"
iowalk=$(realpath "$iowalk")
data=$(realpath tests/data)
plots=$(realpath plots)
scripts=$(realpath tests/blackbox)
export PYTHONDONTWRITEBYTECODE=1

check "colours: contrast and distances" python3 "$scripts/figure_colors.py" harness/plot/palette.c harness/plot/svg.c plots/style.gp
sed 's/#AC2B03/#7F2873/' harness/plot/palette.c >"$work/palette.c"
is "colours: two that are near are found" \
	"$(python3 "$scripts/figure_colors.py" "$work/palette.c" harness/plot/svg.c plots/style.gp | grep -c 'mmap.* apart, not 15')" 4
cd "$work" || exit 1

expect "report of a run" 0 '' "$iowalk" report "$data/small" --out one
check "its pictures: titles and colours" python3 "$scripts/figure_colors.py" --pictures one/plots/*.svg
sed 's/<title>pread</<title>DATA using (column("x")):1</' one/plots/scaling.svg >bad.svg
is "an expression as a title is found" "$(python3 "$scripts/figure_colors.py" --pictures bad.svg >bad; echo $?)" 1
check "a series is titled by its name" grep -q '<title>mmap</title>' one/plots/scaling.svg
check "dark pages: by the system, and forced" grep -q 'prefers-color-scheme:dark.*data-theme=dark' one/plots/scaling.svg
is "no white is left for dark pages" "$(grep -c -e "'rgb(" -e '"white"' -e '#FFFFFF' one/plots/scaling.svg)" 0

# All zeros have one height.
cat >zeros.gp <<END
load 'one/plots/run.gp'
FORMAT = 'svg'; OUTPUT = 'zeros.svg'; PLOTS = '$plots'; DATA = 'one/plots/syscalls_per_edge.tsv'
load '$plots/syscalls_per_edge.gp'
print y_place(0, 1) == y_place(0, 2) && y_place(0, 1) == y_place(0, 5)
END
if [ -r "$plots/syscalls_per_edge.gp" ]; then
	is "zeros have one height" "$(gnuplot -d zeros.gp 2>&1 | tail -n 1)" 1
fi

# Three phases, with names of series that need room.
for i in 1 2 3; do
	cp -r "$data/small" "run$i"
	[ $i = 1 ] || sed -i "/mmap.warm/s/\"real_time_ns\":/&$i/" "run$i/samples.jsonl"
	"$iowalk" phase record "p$i" --from "run$i" --note "note $i" >/dev/null
done
expect "report of three phases" 0 '' "$iowalk" report --phases p1,p2,p3 --out three
check "its pictures: titles and colours" python3 "$scripts/figure_colors.py" --pictures three/plots/*.svg
check "trend: relative to the first, notes, places of names" python3 "$scripts/figure_lines.py" three/plots trend latency scaling
check "trend: the notes of the phases" grep -q 'p1: note 1; p2: note 2; p3: note 3' three/plots/trend.svg
is "trend: nothing was decided" "$(cut -f 11 three/plots/trend.tsv | grep -c 1)" 0
# Three runs a phase: the third phase takes twice the time, which is decided.
scaled() { # NAME HOUR FACTOR: tests/data/small, begun at HOUR, all times multiplied by FACTOR
	mkdir "$1" && cp "$data/small"/*.json "$1"
	sed -i "s/\"started\": \"[^\"]*\"/\"started\": \"2026-01-31T$2:00:00Z\"/" "$1/run.json"
	awk -v factor="$3" '/"pass":"time"/ && match($0, /"real_time_ns":[0-9.]+/) {
		$0 = substr($0, 1, RSTART - 1) sprintf("\"real_time_ns\":%.3f", factor * substr($0, RSTART + 15, RLENGTH - 15)) \
			substr($0, RSTART + RLENGTH)
	} { print }' "$data/small/samples.jsonl" >"$1/samples.jsonl"
}
for i in 1 2 3; do
	for j in 1 2 3; do scaled "scaled$i$j" "1$((3 * i + j - 3))" "$([ $i = 3 ] && echo 2.00$j || echo 1.00$j)"; done
	"$iowalk" phase record "d$i" --from "scaled$i"? >/dev/null
done
expect "report of phases of three runs" 0 '' "$iowalk" report --phases d1,d2,d3 --out decided
is "trend: the decided step is marked, and no other" \
	"$(awk -F '\t' '$11 == 1 { print $5 }' decided/plots/trend.tsv | sort -u)" 3
check "trend: bars between processes" sh -c "cut -f 7 decided/plots/trend.tsv | grep -q '^[0-9]'"
is "trend: not of two phases" "$("$iowalk" report --phases p1,p2 --out two >/dev/null; ls two/plots | grep -c '^trend.svg')" 0
is "a figure whose script is gone is not shown" \
	"$(cp three/plots/trend.svg three/plots/gone.svg; "$iowalk" report --phases p1,p2 --out three >/dev/null; grep -c gone three/report.md)" 0

# Records of the yardsticks that were there first have nothing for the second axis of the samples' figure.
cp -r "$data/small" first
sed -i '1s/{/{"noise":[{"seconds":9,"jitter_percent":1,"loop_ns":100,"probes":[{"jitter_percent":1,"loop_ns":100,"at_s":0.1},{"jitter_percent":2,"loop_ns":101,"at_s":0.2}]}],/' \
	first/run.json
expect "report of a record with the first yardsticks" 0 '' "$iowalk" report first --out first-report
is "it has its figures, and both yardsticks" "$(cut -f 1 first-report/plots/samples.tsv | grep -cE '^(jitter|loop)$') $(test -s first-report/plots/samples.svg && echo drawn)" "4 drawn"

# README's table and figure are of one run.
cp "$scripts/../../README.md" . && "$scripts/../../scripts/readme-figure.sh" "$iowalk" "$work/README.md" --graph chain --nodes 20,40 \
	--engine pread,memory --processes 1 --repetitions 2 --iterations 1 --no-roofline >"$work/readme.out" 2>&1
is "README: the command and the largest size" "$(sed -n '/^<!-- bench/,/^<!-- .bench/p' README.md | grep -cE '^\$ build/iowalk run --graph chain|^ +40  (pread|memory) ')" 3
is "README: no other size" "$(sed -n '/^<!-- bench/,/^<!-- .bench/p' README.md | grep -cE '^ +20 ')" 0
check "README: the figure" test -s docs/ranking.svg
is "README: the rest is as it was" "$(diff <(sed '/^<!-- bench/,/^!/d' README.md) <(sed '/^<!-- bench/,/^!/d' "$scripts/../../README.md") | wc -l)" 0

# 50 000 samples, and a run that was resumed an hour later.
python3 - "$data/small" many <<'END'
import json, os, random, shutil, sys
random.seed(1)
small, many = sys.argv[1:]
shutil.copytree(small, many)
lines = [json.loads(line) for line in open(small + "/samples.jsonl")]
times = [line for line in lines if line["pass"] == "time"]
with open(many + "/samples.jsonl", "w") as out:
    for i in range(50000):
        line = dict(times[i % len(times)])
        second = i // 100 + (3600 if i > 25000 else 0)
        line.update(process=i // len(times) // 6, repetition=i // len(times) % 6, walk={}, roofline={},
                    time="2026-11-21T%02d:%02d:%02dZ" % (14 + second // 3600, second // 60 % 60, second % 60))
        line["metrics"] = {"real_time_ns": line["metrics"]["real_time_ns"] * random.lognormvariate(0, 0.2)}
        out.write(json.dumps(line, separators=(",", ":")) + "\n")
END
expect "report of many samples" 0 '' "$iowalk" report many --out many-report
check "its pictures: titles, colours and sizes" python3 "$scripts/figure_colors.py" --pictures many-report/plots/*.svg
check "samples: at most 3000 are drawn" test "$(grep -c '^sample' many-report/plots/samples.tsv)" -le 3000
check "samples: the pause is cut out" grep -q 'a pause was cut out' many-report/plots/samples.svg
is "samples: the axis has the rest" "$(awk -F '\t' '$3 > 502' many-report/plots/samples.tsv | grep -c '^sample')" 0
finish
