# Functions shared by the black-box tests. Each test is called with the build folder, from the top
# of the checkout, and begins with `. tests/blackbox/lib.sh`. A test prints TAP
# (https://testanything.org) and exits 1 if one of its points failed.
set -u
build=${1:-build}
iowalk=$build/iowalk
points=0
failures=0
work=$(mktemp -d "${TMPDIR:-/tmp}/iowalk.XXXXXX") || exit 1
mounted=

clean_up() {
	[ -z "$mounted" ] || umount "$mounted"
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

# Tests do not share graph files, and the caller's environment does not affect them.
export IOWALK_CACHE_DIR=$work/cache LC_ALL=C
unset IOWALK_DATA_DIR NO_COLOR
# The exit status of a sanitizer must differ from those of the program.
export ASAN_OPTIONS=exitcode=99${ASAN_OPTIONS:+:$ASAN_OPTIONS} LSAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99

# ---- points ----

# With IOWALK_TEST_CPU: the processor time since the point before, of the children that have ended.
cpu_before_ms=0
point_cpu() {
	[ -n "${IOWALK_TEST_CPU-}" ] || return 0
	local user system
	times >"$work/times"
	{ read -r _ && read -r user system; } <"$work/times" # as 0m1.234s
	user=${user//[.s]/} system=${system//[.s]/}
	local now_ms=$(((${user%m*} + ${system%m*}) * 60000 + 10#${user#*m} + 10#${system#*m}))
	echo "# cpu $((now_ms - cpu_before_ms)) ms"
	cpu_before_ms=$now_ms
}

ok() { # NAME
	points=$((points + 1))
	echo "ok $points - $1"
	point_cpu
}

not_ok() { # NAME [WHAT WAS FOUND]
	points=$((points + 1))
	failures=$((failures + 1))
	echo "not ok $points - $1"
	point_cpu
	[ -z "${2-}" ] || printf '%s\n' "$2" | sed 's/^/# /'
}

skip() { # NAME REASON
	points=$((points + 1))
	echo "ok $points - $1 # SKIP $2"
}

skip_all() { # REASON
	echo "1..0 # SKIP $1"
	exit 0
}

# Copies the sources, with their objects, to $tree; make_tree builds there. Skips the
# file under sanitizers.
copy_sources() {
	case $build in
	/*) skip_all "needs a build folder inside the sources" ;;
	*/asan) skip_all "it builds copies of the sources; once, without sanitizers, is enough" ;;
	esac
	tree=$work/tree
	mkdir "$tree"
	cp -a Makefile include engines layouts references workloads harness plots scripts tests "$tree"
	find "$build" \( -name "tests.*" -o -path "$build/asan" -o -path "$build/layout" \) -prune -o \
		\( -name '*.o' -o -name '*.d' -o -path "$build/gen/*" \) -type f -print0 |
		xargs -0 cp -a --parents -t "$tree"
}
# The flags of the caller's make reach this make by MAKEFLAGS.
make_tree() { make -C "$tree" BUILD="$build" "$@"; }

finish() {
	echo "1..$points"
	[ "$failures" -eq 0 ] && [ "$points" -gt 0 ]
	exit
}

is() { # NAME FOUND WANTED
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "found '$2', wanted '$3'"; fi
}

check() { # NAME COMMAND...: passes if the command succeeds
	local name=$1
	shift
	if "$@" >"$work/check" 2>&1; then ok "$name"; else not_ok "$name" "$(tail -n 20 "$work/check")"; fi
}

# ---- the program ----

# Runs a command; sets $status and writes $work/stdout and $work/stderr.
run() {
	status=0
	"$@" >"$work/stdout" 2>"$work/stderr" </dev/null || status=$?
}

said() { # prints the status and the last output of the last command, for not_ok
	printf 'exit status %s\n' "$status"
	tail -n 5 "$work/stderr" "$work/stdout"
}

exits() { # NAME STATUS: the last command exited with STATUS
	if [ "$status" -eq "$2" ]; then ok "$1"; else not_ok "$1" "wanted exit status $2: $(said)"; fi
}

# The command exits with STATUS, and a line of its output matches the extended REGEX ('' is any).
expect() { # NAME STATUS REGEX COMMAND...
	local name=$1 wanted=$2 regex=$3
	shift 3
	run "$@"
	if [ "$status" -ne "$wanted" ]; then
		not_ok "$name" "wanted exit status $wanted: $(said)"
	elif [ -n "$regex" ] && ! grep -qE -e "$regex" "$work/stderr" "$work/stdout"; then
		not_ok "$name" "wanted '$regex': $(said)"
	else
		ok "$name"
	fi
}

sanitized() { grep -qa __asan_init "$iowalk"; } # so no source of the program may name it

# ---- records ----

samples() { # RUN PASS [CELL]: lines of samples.jsonl; the extended regex CELL matches the whole name
	grep -E "^\{\"cell\":\"${3-[^\"]*}\",\"pass\":\"$2\"" "$1/samples.jsonl"
}

measured() { # RUN CELL: the cell has samples, and none of them is an error
	samples "$1" '[a-z]*' "$2" >"$work/measured" && ! grep -v '"metrics"' "$work/measured"
}

numbers() { # KEY: its value in each line of stdin that has a number there
	sed -nE "s/.*\"$1\":(-?[0-9][0-9.eE+-]*)[,}].*/\1/p"
}

texts() { # KEY: its value in each line of stdin that has a string or a list there
	sed -nE "s/.*\"$1\":(\"[^\"]*\"|\[[^]]*\]).*/\1/p"
}

all_verified() { # RUN: the run has samples, and all of them are verified
	[ -s "$1/samples.jsonl" ] && ! grep -v '"verified":true' "$1/samples.jsonl" | cut -c 1-300 | grep .
}

whole_lines() { # RUN: every line of samples.jsonl is complete
	! grep -vE '^\{"cell":.*"time":"[^"]*","cost_s":[0-9.e+-]+\}$' "$1/samples.jsonl" | cut -c 1-300 | grep . &&
		[ -z "$(tail -c 1 "$1/samples.jsonl" | tr -d '\n')" ]
}

is_json() { # FILE: returns 77 if no JSON parser is installed
	if command -v jq; then
		jq -e . "$1"
	elif command -v python3; then
		python3 -m json.tool "$1"
	elif command -v node; then
		node -e 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))' "$1"
	else
		return 77
	fi >/dev/null 2>&1
}

json_point() { # NAME FILE
	is_json "$2"
	case $? in
	0) ok "$1" ;;
	77) skip "$1" "neither jq, python3 nor node is installed" ;;
	*) not_ok "$1" "$(head -c 300 "$2")" ;;
	esac
}

# Finds the engines of a list (a,b,c) that can work on files in FOLDER, and counts them.
engines_here() { # FOLDER LIST: sets $here (a,b) and $here_count
	local engine
	here= here_count=0
	for engine in ${2//,/ }; do
		"$iowalk" run --graph chain --nodes 2 --engine "$engine" --processes 1 --repetitions 1 --iterations 1 --passes time \
			--no-plots --no-roofline --cache-dir "$1" --out "$work/probe-$engine" >"$work/probe" 2>&1
		if grep -q '"verified":true' "$work/probe-$engine/samples.jsonl" 2>/dev/null; then
			here=$here${here:+,}$engine
			here_count=$((here_count + 1))
		else
			skip "engine $engine" "$(grep -m 1 ": no " "$work/probe" || tail -n 1 "$work/probe")"
		fi
		rm -rf "$work/probe-$engine"
	done
}

# Sets $disk to a folder on a file system other than tmpfs; returns 1 if there is none.
find_disk() {
	disk=$work
	[ "$(stat -f -c %T "$disk")" != tmpfs ] && return
	disk=$(mktemp -d "$build/iowalk.XXXXXX") || return 1
	trap 'clean_up; rm -rf "$disk"' EXIT
	[ "$(stat -f -c %T "$disk")" != tmpfs ]
}

# Mounts a tmpfs of SIZE at $work/NAME, unmounted at the end; returns 1 if that is not allowed.
small_disk() { # NAME SIZE
	mkdir "$work/$1"
	mount -t tmpfs -o "size=$2" none "$work/$1" 2>/dev/null || return 1
	mounted=$work/$1
}
