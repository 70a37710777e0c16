# Completion for bash, made by `iowalk generate bash`.

_iowalk_list() { # WORD: names, without their summaries and options
	"${COMP_WORDS[0]}" list "$1" 2>/dev/null | sed -n 's/^\([^ ]\{1,\}\) .*/\1/p'
}

_iowalk_words() { # WORDS: the part after the last comma is completed
	local before=""
	[[ $current != *,* ]] || before=${current%,*},
	COMPREPLY=($(compgen -P "$before" -W "$1" -- "${current##*,}"))
}

_iowalk() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]}
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "run exec profile suite tune merge list verify conform doctor roofline compare phase report export gate calibrate worker generate --help --version" -- "$current"))
		return
	fi
	case $command:$previous in
	run:--suite) _iowalk_words "$(_iowalk_list suites)" && return ;;
	run:--workload) _iowalk_words "$(_iowalk_list workloads)" && return ;;
	run:--graph) _iowalk_words "$(_iowalk_list graphs)" && return ;;
	run:--nodes) COMPREPLY=() && return ;;
	run:--degree) COMPREPLY=() && return ;;
	run:--root) COMPREPLY=() && return ;;
	run:--roots) COMPREPLY=() && return ;;
	run:--layout) _iowalk_words "$(_iowalk_list layouts)" && return ;;
	run:--engine) _iowalk_words "$(_iowalk_list engines)" && return ;;
	run:--profile) _iowalk_words "$(_iowalk_list profiles)" && return ;;
	run:--cache) _iowalk_words "cold warm" && return ;;
	run:--opt) COMPREPLY=() && return ;;
	run:--plugin) COMPREPLY=() && return ;;
	run:--filter) COMPREPLY=() && return ;;
	run:--exclude) COMPREPLY=() && return ;;
	run:--claim) COMPREPLY=() && return ;;
	run:--shard) COMPREPLY=() && return ;;
	run:--costs) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	run:--processes) COMPREPLY=() && return ;;
	run:--repetitions) COMPREPLY=() && return ;;
	run:--min-time) COMPREPLY=() && return ;;
	run:--iterations) COMPREPLY=() && return ;;
	run:--passes) _iowalk_words "time latency count" && return ;;
	run:--seed) COMPREPLY=() && return ;;
	run:--memory-limit) COMPREPLY=() && return ;;
	run:--threads) COMPREPLY=() && return ;;
	run:--counters) _iowalk_words "auto none" && return ;;
	run:--prepare) COMPREPLY=() && return ;;
	run:--precision) COMPREPLY=() && return ;;
	run:--budget) COMPREPLY=() && return ;;
	run:--timeout) COMPREPLY=() && return ;;
	run:--out) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	run:--resume) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	run:--cache-dir) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	run:--cache-limit) COMPREPLY=() && return ;;
	run:--build-memory) COMPREPLY=() && return ;;
	run:--color) _iowalk_words "auto always never" && return ;;
	exec:--cache) _iowalk_words "cold warm" && return ;;
	exec:--files) COMPREPLY=() && return ;;
	exec:--name) COMPREPLY=() && return ;;
	exec:--prepare) COMPREPLY=() && return ;;
	exec:--processes) COMPREPLY=() && return ;;
	exec:--repetitions) COMPREPLY=() && return ;;
	exec:--passes) _iowalk_words "time latency count" && return ;;
	exec:--counters) _iowalk_words "auto none" && return ;;
	exec:--precision) COMPREPLY=() && return ;;
	exec:--budget) COMPREPLY=() && return ;;
	exec:--timeout) COMPREPLY=() && return ;;
	exec:--out) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	exec:--resume) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	exec:--cache-dir) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	profile:--suite) _iowalk_words "$(_iowalk_list suites)" && return ;;
	profile:--workload) _iowalk_words "$(_iowalk_list workloads)" && return ;;
	profile:--graph) _iowalk_words "$(_iowalk_list graphs)" && return ;;
	profile:--nodes) COMPREPLY=() && return ;;
	profile:--degree) COMPREPLY=() && return ;;
	profile:--root) COMPREPLY=() && return ;;
	profile:--roots) COMPREPLY=() && return ;;
	profile:--layout) _iowalk_words "$(_iowalk_list layouts)" && return ;;
	profile:--engine) _iowalk_words "$(_iowalk_list engines)" && return ;;
	profile:--profile) _iowalk_words "$(_iowalk_list profiles)" && return ;;
	profile:--cache) _iowalk_words "cold warm" && return ;;
	profile:--opt) COMPREPLY=() && return ;;
	profile:--plugin) COMPREPLY=() && return ;;
	profile:--filter) COMPREPLY=() && return ;;
	profile:--exclude) COMPREPLY=() && return ;;
	profile:--claim) COMPREPLY=() && return ;;
	profile:--shard) COMPREPLY=() && return ;;
	profile:--costs) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	profile:--processes) COMPREPLY=() && return ;;
	profile:--repetitions) COMPREPLY=() && return ;;
	profile:--min-time) COMPREPLY=() && return ;;
	profile:--iterations) COMPREPLY=() && return ;;
	profile:--passes) _iowalk_words "time latency count" && return ;;
	profile:--seed) COMPREPLY=() && return ;;
	profile:--memory-limit) COMPREPLY=() && return ;;
	profile:--threads) COMPREPLY=() && return ;;
	profile:--counters) _iowalk_words "auto none" && return ;;
	profile:--prepare) COMPREPLY=() && return ;;
	profile:--timeout) COMPREPLY=() && return ;;
	profile:--out) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	profile:--resume) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	profile:--cache-dir) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	profile:--cache-limit) COMPREPLY=() && return ;;
	profile:--build-memory) COMPREPLY=() && return ;;
	profile:--color) _iowalk_words "auto always never" && return ;;
	tune:--suite) _iowalk_words "$(_iowalk_list suites)" && return ;;
	tune:--workload) _iowalk_words "$(_iowalk_list workloads)" && return ;;
	tune:--graph) _iowalk_words "$(_iowalk_list graphs)" && return ;;
	tune:--nodes) COMPREPLY=() && return ;;
	tune:--degree) COMPREPLY=() && return ;;
	tune:--root) COMPREPLY=() && return ;;
	tune:--roots) COMPREPLY=() && return ;;
	tune:--layout) _iowalk_words "$(_iowalk_list layouts)" && return ;;
	tune:--engine) _iowalk_words "$(_iowalk_list engines)" && return ;;
	tune:--profile) _iowalk_words "$(_iowalk_list profiles)" && return ;;
	tune:--cache) _iowalk_words "cold warm" && return ;;
	tune:--opt) COMPREPLY=() && return ;;
	tune:--plugin) COMPREPLY=() && return ;;
	tune:--filter) COMPREPLY=() && return ;;
	tune:--exclude) COMPREPLY=() && return ;;
	tune:--processes) COMPREPLY=() && return ;;
	tune:--repetitions) COMPREPLY=() && return ;;
	tune:--min-time) COMPREPLY=() && return ;;
	tune:--iterations) COMPREPLY=() && return ;;
	tune:--passes) _iowalk_words "time latency count" && return ;;
	tune:--seed) COMPREPLY=() && return ;;
	tune:--memory-limit) COMPREPLY=() && return ;;
	tune:--threads) COMPREPLY=() && return ;;
	tune:--prepare) COMPREPLY=() && return ;;
	tune:--timeout) COMPREPLY=() && return ;;
	tune:--cache-dir) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	tune:--cache-limit) COMPREPLY=() && return ;;
	tune:--build-memory) COMPREPLY=() && return ;;
	tune:--budget) COMPREPLY=() && return ;;
	tune:--out) COMPREPLY=() && return ;;
	tune:--color) _iowalk_words "auto always never" && return ;;
	merge:--out) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	merge:--color) _iowalk_words "auto always never" && return ;;
	list:--plugin) COMPREPLY=() && return ;;
	verify:--layout) COMPREPLY=() && return ;;
	verify:--plugin) COMPREPLY=() && return ;;
	conform:--opt) COMPREPLY=() && return ;;
	conform:--seed) COMPREPLY=() && return ;;
	conform:--history) COMPREPLY=() && return ;;
	conform:--fault) COMPREPLY=() && return ;;
	conform:--only) COMPREPLY=() && return ;;
	conform:--layout) COMPREPLY=() && return ;;
	conform:--budget) COMPREPLY=() && return ;;
	conform:--format) COMPREPLY=() && return ;;
	conform:--cache-dir) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	conform:--plugin) COMPREPLY=() && return ;;
	doctor:--cache-dir) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	doctor:--color) _iowalk_words "auto always never" && return ;;
	roofline:--file) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	roofline:--cache-dir) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	roofline:--seconds) COMPREPLY=() && return ;;
	roofline:--color) _iowalk_words "auto always never" && return ;;
	compare:--threshold) COMPREPLY=() && return ;;
	compare:--format) COMPREPLY=() && return ;;
	compare:--color) _iowalk_words "auto always never" && return ;;
	phase:--filter) COMPREPLY=() && return ;;
	phase:--exclude) COMPREPLY=() && return ;;
	phase:--threshold) COMPREPLY=() && return ;;
	phase:--budget) COMPREPLY=() && return ;;
	phase:--timeout) COMPREPLY=() && return ;;
	phase:--prepare) COMPREPLY=() && return ;;
	phase:--order-seed) COMPREPLY=() && return ;;
	phase:--cache-dir) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	phase:--junit) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	phase:--markdown) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	phase:--suite) _iowalk_words "$(_iowalk_list suites)" && return ;;
	phase:--from) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	phase:--note) COMPREPLY=() && return ;;
	report:--phases) COMPREPLY=() && return ;;
	report:--gate) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	report:--out) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	report:--targets) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	report:--threshold) COMPREPLY=() && return ;;
	export:--filter) COMPREPLY=() && return ;;
	export:--against) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	export:--format) COMPREPLY=() && return ;;
	gate:--cache) _iowalk_words "cold warm" && return ;;
	gate:--files) COMPREPLY=() && return ;;
	gate:--name) COMPREPLY=() && return ;;
	gate:--against) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	gate:--command) COMPREPLY=() && return ;;
	gate:--against-command) COMPREPLY=() && return ;;
	gate:--candidate) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	gate:--plugin) COMPREPLY=() && return ;;
	gate:--against-plugin) COMPREPLY=() && return ;;
	gate:--baseline) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	gate:--suite) _iowalk_words "$(_iowalk_list suites)" && return ;;
	gate:--filter) COMPREPLY=() && return ;;
	gate:--exclude) COMPREPLY=() && return ;;
	gate:--threshold) COMPREPLY=() && return ;;
	gate:--budget) COMPREPLY=() && return ;;
	gate:--timeout) COMPREPLY=() && return ;;
	gate:--prepare) COMPREPLY=() && return ;;
	gate:--inject) COMPREPLY=() && return ;;
	gate:--inject-syscall) COMPREPLY=() && return ;;
	gate:--order-seed) COMPREPLY=() && return ;;
	gate:--out) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	gate:--resume) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	gate:--cache-dir) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	gate:--junit) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	gate:--markdown) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	gate:--color) _iowalk_words "auto always never" && return ;;
	calibrate:--suite) _iowalk_words "$(_iowalk_list suites)" && return ;;
	calibrate:--out) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	calibrate:--cache-dir) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	calibrate:--count) COMPREPLY=() && return ;;
	calibrate:--layout) COMPREPLY=($(compgen -f -- "$current")) && return ;;
	calibrate:--hours) COMPREPLY=() && return ;;
	calibrate:--threshold) COMPREPLY=() && return ;;
	calibrate:--budget) COMPREPLY=() && return ;;
	calibrate:--resamples) COMPREPLY=() && return ;;
	calibrate:--plugin) COMPREPLY=() && return ;;
	esac
	if [[ $current != -* ]]; then
		COMPREPLY=($(compgen -f -- "$current"))
		return
	fi
	case $command in
	run) COMPREPLY=($(compgen -W "--help --suite --workload --graph --nodes --degree --undirected --root --roots --layout --engine --profile --cache --opt --plugin --filter --exclude --claim --shard --costs --processes --repetitions --min-time --iterations --passes --interleave --seed --memory-limit --threads --counters --prepare --precision --budget --timeout --out --resume --cache-dir --cache-limit --build-memory --dry-run --no-roofline --no-plots --json --fom --color" -- "$current")) ;;
	exec) COMPREPLY=($(compgen -W "--help --cache --files --name --stdout-hash --prepare --processes --repetitions --passes --counters --precision --budget --timeout --out --resume --cache-dir --dry-run --no-plots --json" -- "$current")) ;;
	profile) COMPREPLY=($(compgen -W "--help --suite --workload --graph --nodes --degree --undirected --root --roots --layout --engine --profile --cache --opt --plugin --filter --exclude --claim --shard --costs --processes --repetitions --min-time --iterations --passes --interleave --seed --memory-limit --threads --counters --prepare --timeout --out --resume --cache-dir --cache-limit --build-memory --dry-run --no-roofline --no-plots --json --color" -- "$current")) ;;
	suite) COMPREPLY=($(compgen -W "--help" -- "$current")) ;;
	tune) COMPREPLY=($(compgen -W "--help --suite --workload --graph --nodes --degree --undirected --root --roots --layout --engine --profile --cache --opt --plugin --filter --exclude --processes --repetitions --min-time --iterations --passes --interleave --seed --memory-limit --threads --prepare --timeout --cache-dir --cache-limit --build-memory --dry-run --budget --out --json --color" -- "$current")) ;;
	merge) COMPREPLY=($(compgen -W "--help --fom --out --partial --no-plots --color" -- "$current")) ;;
	list) COMPREPLY=($(compgen -W "--help --plugin --json" -- "$current")) ;;
	verify) COMPREPLY=($(compgen -W "--help --layout --plugin --json" -- "$current")) ;;
	conform) COMPREPLY=($(compgen -W "--help --opt --seed --history --fault --only --layout --exhaustive --budget --format --cache-dir --plugin" -- "$current")) ;;
	doctor) COMPREPLY=($(compgen -W "--help --fix --no-smt --restore --cache-dir --json --color" -- "$current")) ;;
	roofline) COMPREPLY=($(compgen -W "--help --file --cache-dir --seconds --fresh --json --color" -- "$current")) ;;
	compare) COMPREPLY=($(compgen -W "--help --threshold --counts-only --allow-lost --force --format --json --color" -- "$current")) ;;
	phase) COMPREPLY=($(compgen -W "--help --filter --exclude --threshold --budget --counts-only --allow-lost --keep-going --timeout --prepare --order-seed --cache-dir --junit --markdown --suite --from --note --replace --json" -- "$current")) ;;
	report) COMPREPLY=($(compgen -W "--help --phases --gate --out --targets --threshold --no-plots --json" -- "$current")) ;;
	export) COMPREPLY=($(compgen -W "--help --filter --against --format" -- "$current")) ;;
	gate) COMPREPLY=($(compgen -W "--help --cache --files --name --stdout-hash --against --command --against-command --candidate --plugin --against-plugin --baseline --suite --filter --exclude --threshold --budget --counts-only --allow-lost --keep-going --timeout --prepare --selftest --inject --inject-syscall --order-seed --out --resume --cache-dir --junit --markdown --annotations --json --color" -- "$current")) ;;
	calibrate) COMPREPLY=($(compgen -W "--help --suite --out --cache-dir --count --together --layout --hours --threshold --budget --resamples --report --plugin" -- "$current")) ;;
	worker) COMPREPLY=($(compgen -W "--help" -- "$current")) ;;
	generate) COMPREPLY=($(compgen -W "--help" -- "$current")) ;;
	esac
}

complete -o filenames -F _iowalk iowalk
