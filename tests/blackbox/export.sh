#!/bin/bash
# iowalk export: the requirements of the readers of each format, with a failed cell, a skipped cell
# and a name with special characters of every format.
. tests/blackbox/lib.sh

a=$work/a
run "$iowalk" run --graph chain,star --nodes 100 --engine memory,pread --cache warm,cold --processes 1 --repetitions 3 \
	--min-time 0.001 --no-roofline --out "$a"
exits "a run to export" 0
sed -E -i 's#bfs/star/slotted/pread/warm/nodes:100#<\&\\"]]>, \\u0001\\n;#' "$a/run.json" "$a/samples.jsonl"
sed -E -i '/chain\/slotted\/pread\/warm/s/"verified":true/"verified":false/' "$a/samples.jsonl"

is "the name with special characters is in the record" "$(grep -c '^ *"name": "<&' "$a/run.json")" 1

for format in gbench csv bmf smaller-is-better otava junit; do
	run "$iowalk" export "$a" --format $format
	exits "$format: exit status" 0
	cp "$work/stdout" "$work/$format"
done
for format in gbench bmf smaller-is-better; do
	json_point "$format is JSON" "$work/$format"
done
if command -v xmllint >/dev/null; then
	check "junit is XML" xmllint --noout "$work/junit"
	is "junit: errors" "$(xmllint --xpath 'string(/testsuites/testsuite/@errors)' "$work/junit")" 1
	is "junit: cases with an error" "$(xmllint --xpath 'count(//testcase[error])' "$work/junit")" 1
	is "junit: skipped" "$(xmllint --xpath 'string(/testsuites/testsuite/@skipped)' "$work/junit")" \
		"$(xmllint --xpath 'count(//testcase[skipped])' "$work/junit")"
	is "junit: tests" "$(xmllint --xpath 'string(/testsuites/testsuite/@tests)' "$work/junit")" \
		"$(xmllint --xpath 'count(//testcase)' "$work/junit")"
else
	skip "junit is XML" "xmllint is not installed"
fi
if command -v python3 >/dev/null; then
	check "bmf: measures have numbers between their bounds, the failed cell is left out" python3 - "$work/bmf" <<-'PYTHON'
		import json, sys
		cells = json.load(open(sys.argv[1]))
		assert len(cells) >= 3 and not any("chain/slotted/pread/warm" in name for name in cells), list(cells)
		for measures in cells.values():
		    assert "latency" in measures
		    for measure in measures.values():
		        assert set(measure) <= {"value", "lower_value", "upper_value"}
		        assert all(isinstance(value, (int, float)) for value in measure.values())
		        assert measure.get("lower_value", 0) <= measure["value"] <= measure.get("upper_value", 1e99)
	PYTHON
	check "smaller-is-better: names are unique, values numbers, the rest text" python3 - "$work/smaller-is-better" <<-'PYTHON'
		import json, sys
		rows = json.load(open(sys.argv[1]))
		assert len({row["name"] for row in rows}) == len(rows) >= 3
		for row in rows:
		    assert {"name", "unit", "value"} <= set(row) <= {"name", "unit", "value", "range", "extra"}, row
		    assert isinstance(row["value"], (int, float))
		    assert all(isinstance(row[key], str) for key in row if key != "value")
	PYTHON
	check "otava: header and row are equally long, a time, no empty cell, metrics are numbers" python3 - "$work/otava" <<-'PYTHON'
		import csv, datetime, sys
		header, row = csv.reader(open(sys.argv[1], newline=""))
		assert len(header) == len(row) == len(set(header)) and "" not in row
		assert header[:4] == ["time", "suite", "version", "commit"]
		datetime.datetime.strptime(row[0], "%Y-%m-%dT%H:%M:%SZ")
		assert len(header) > 4
		for value in row[4:]:
		    float(value)
	PYTHON
	cp -r "$a" "$work/other-passes"
	sed -i '/"pass":"\(latency\|count\)"/d' "$work/other-passes/samples.jsonl"
	"$iowalk" export "$work/other-passes" --format otava >"$work/otava-other"
	is "otava: a run with other passes has the same columns" "$(head -n 1 "$work/otava-other")" "$(head -n 1 "$work/otava")"
	check "otava: what it has not measured is nan" grep -q ',nan' "$work/otava-other"
else
	skip "requirements of bmf, smaller-is-better, otava" "python3 is not installed"
fi

# ---- readers of Google Benchmark's JSON ----

# What each reader needs, from its source: github-action-benchmark's src/extract.ts (GoogleCppBenchmarkJson),
# Bencher's lib/bencher_adapter/src/adapters/cpp/google.rs, and compare.py of Google Benchmark itself.
"$iowalk" export "$a" --format gbench >"$work/gbench"
if command -v python3 >/dev/null; then
	check "gbench: the fields of github-action-benchmark and Bencher, with their types" python3 - "$work/gbench" <<-'PYTHON'
		import json, math, sys
		def refuse(word): raise ValueError(word)
		run = json.load(open(sys.argv[1]), parse_constant=refuse)
		number = (int, float)
		context = {"date": str, "host_name": str, "executable": str, "num_cpus": int, "mhz_per_cpu": number,
		           "cpu_scaling_enabled": bool, "caches": list, "load_avg": list, "library_build_type": str}
		for key, kind in context.items():
		    assert isinstance(run["context"][key], kind), key
		assert run["context"]["library_build_type"] in ("release", "debug")
		assert all(isinstance(cache, dict) for cache in run["context"]["caches"])
		assert all(isinstance(load, number) for load in run["context"]["load_avg"])
		row_types = {"name": str, "run_name": str, "run_type": str, "repetitions": int, "repetition_index": int,
		             "threads": int, "iterations": int, "real_time": number, "cpu_time": number, "time_unit": str}
		assert len(run["benchmarks"]) >= 3
		for row in run["benchmarks"]:
		    for key, kind in row_types.items():
		        if key == "repetition_index" and row["run_type"] == "aggregate":
		            continue # as the library writes them
		        assert isinstance(row[key], kind) and not (kind is int and isinstance(row[key], bool)), (key, row)
		    assert row["time_unit"] in ("ns", "us", "ms", "s") and 0 < len(row["name"]) <= 1024, row
		    assert math.isfinite(row["real_time"]) and (row["real_time"] > 0 or row.get("error_occurred")), row
	PYTHON
	reader=/usr/share/benchmark
	if [ -e $reader/gbench/util.py ]; then
		check "gbench: read by compare.py's own reader" python3 - "$work/gbench" $reader <<-'PYTHON'
			import json, sys
			sys.path.insert(0, sys.argv[2])
			from gbench import util
			kind, error = util.classify_input_file(sys.argv[1])
			assert kind == util.IT_JSON and error is None, error
			try:
			    found = util.load_benchmark_results(sys.argv[1], None) # of Google Benchmark 1.8
			except TypeError:
			    found = util.load_benchmark_results(sys.argv[1])
			names = lambda run: [row["name"] for row in run["benchmarks"]]
			assert names(found) == names(json.load(open(sys.argv[1])))
		PYTHON
		if /usr/bin/python3 -c 'import scipy' 2>/dev/null; then
			expect "gbench: compare.py compares it" 0 '^bfs/.*[+]0[.]0000' \
				/usr/bin/python3 $reader/compare.py --no-color benchmarks "$work/gbench" "$work/gbench"
		else
			skip "gbench: compare.py compares it" "python3-scipy is not installed"
		fi
	else
		skip "gbench: read by compare.py's own reader" "libbenchmark-tools is not installed"
	fi
else
	skip "requirements of readers of gbench" "python3 is not installed"
fi
expect "no such format" 2 "'frob'; valid: bmf, claims, csv, flame, folded, fom, gbench, junit, otava, pprof, smaller-is-better, trace" \
	"$iowalk" export "$a" --format frob
finish
