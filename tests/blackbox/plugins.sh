#!/bin/bash
# Plug-ins: the skeleton of docs/plugins, compiled against the public header alone, is listed, measured and recorded, and makes
# the calls of the built-in engine; each fault of a plug-in has its own message, with what was found and wanted.
. tests/blackbox/lib.sh
unset IOWALK_PLUGINS
cc=${CC:-cc}
command -v "${cc%% *}" >/dev/null || skip_all "no C compiler"

build_plugin() { # NAME [FLAG...]: $work/NAME.so of $work/NAME.c, against the header alone
	$cc -shared -fPIC -I include "${@:2}" "$work/$1.c" -o "$work/$1.so"
}

# ---- the skeleton ----

cp docs/plugins/engine.c "$work/my_engine.c"
check "the skeleton compiles without a warning" build_plugin my_engine -O2 -Wall -Wextra -Werror
plugin=$work/my_engine.so
is "it needs nothing but the C library" "$(nm -D --undefined-only "$plugin" | grep -c iowalk)" 0
is "it exports one symbol" "$(nm -D --defined-only "$plugin" | grep -vc ' [wW] ')" 1
if command -v c++ >/dev/null; then
	echo '#include <iowalk/engine.h>' >"$work/header.cc"
	check "the header is C++, too" c++ -std=c++11 -Wall -Wextra -Werror -fsyntax-only -I include "$work/header.cc"
fi
expect "list shows its engine" 0 '^my_engine +one pread' "$iowalk" list engines --plugin "$plugin"
expect "and its option" 0 'my_engine.advise=on .*\[0\|1\]' "$iowalk" list engines --plugin "$plugin"
expect "and the plug-in" 0 '^my_plugin +version 1.0, ABI 1.0: engine my_engine' "$iowalk" list plugins --plugin "$plugin"
expect "twice is once" 0 '' "$iowalk" list plugins --plugin "$plugin" --plugin "$plugin"
is "twice is once: the list" "$(grep -c '^my_plugin' "$work/stdout")" 1
run env IOWALK_PLUGINS="$plugin" "$iowalk" list engines --json
exits "IOWALK_PLUGINS" 0
json_point "the list is JSON" "$work/stdout"
is "IOWALK_PLUGINS: the plug-in of the engine" "$(grep -c '"name": "my_plugin"' "$work/stdout")" 1
expect "without it there is no such engine" 2 "unknown engine 'my_engine'" "$iowalk" run --engine my_engine --dry-run
expect "an unknown engine names those of plug-ins" 2 'valid: .*my_engine' "$iowalk" run --plugin "$plugin" --engine nonesuch \
	--dry-run

# ---- every hook ----

check "a plug-in with every hook compiles" $cc -Wall -Wextra -Werror -shared -fPIC -I include tests/plugins/whole.c -o "$work/whole.so"
expect "conform: every hook is called" 0 '^pass +model +whole +1 histories, 9 operations' "$iowalk" conform --plugin "$work/whole.so" whole \
	--history resize:9000,write:0+9000/1,batch:0+64/5,prefetch:0+9/1,advise/1,compare/1,reopen-read,attach,probe
wrong=0 refused=0
for number in $(seq 28); do
	[ "$number" -ne 19 ] || continue # nothing is wrong with it, it only leaves out what it may
	wrong=$((wrong + 1))
	$cc -DWRONG="$number" -shared -fPIC -I include tests/plugins/whole.c -o "$work/wrong.so"
	"$iowalk" list plugins --plugin "$work/wrong.so" >"$work/wrong" 2>&1 || refused=$((refused + 1))
done
is "conform: each wrong table is refused" "$refused" "$wrong"

# ---- the same work as the built-in engine ----

cells=(--workload bfs,lookup --layout csr --graph random --nodes 300 --cache warm --processes 1 --repetitions 2
	--iterations 2 --no-roofline --no-plots)
run "$iowalk" run --plugin "$plugin" --engine my_engine,pread --opt pread.batch=each --opt pread.announce=0 "${cells[@]}" \
	--out "$work/run"
exits "it is measured" 0
check "its answers are verified" all_verified "$work/run"
calls() { # WORKLOAD ENGINE KEY
	samples "$work/run" count "$1/.*/$2[@/{].*" | numbers "$3" | sort -u
}
for workload in bfs lookup; do
	wanted=$(calls $workload pread syscalls_self)
	check "$workload: pread makes calls" test "${wanted%%.*}" -gt 10
	is "$workload: the plug-in makes the same" "$(calls $workload my_engine syscalls_self)" "$wanted"
	is "$workload: the kernel counts the same" "$(calls $workload my_engine syscalls)" "$(calls $workload pread syscalls)"
done

# ---- conformance ----

sed 's/ssize_t got/if (file->calls[READ] > 5) abort(); ssize_t got/' "$work/my_engine.c" >"$work/crashes.c"
build_plugin crashes -O2
expect "conform: a hook that crashes" 1 'my_engine .*killed by signal 6' \
	"$iowalk" conform --plugin "$work/crashes.so" my_engine --only model --budget 1
expect "conform: all of its histories" 0 '^pass +model +my_engine ' "$iowalk" conform --plugin "$plugin" my_engine --only model --budget 1
expect "conform: what it claims" 0 '^pass +claims +my_engine: open ' "$iowalk" conform --plugin "$plugin" my_engine --only claims
run "$iowalk" conform --plugin "$plugin" my_engine --history resize:5000,write:0+1/0,sync,sync --fault fdatasync:1=ENOSPC
if grep -q 'does not let system calls be intercepted' "$work/stdout"; then
	skip "conform: a sync that fails" "$(grep -m 1 -o 'the kernel does not.*' "$work/stdout")"
	skip "conform: a sync that fails and is forgotten" "the same"
else
	exits "conform: a sync that fails" 0
	sed 's/file->sync_err = fdatasync/return fdatasync/' "$work/my_engine.c" >"$work/forgets.c"
	build_plugin forgets -O2
	expect "conform: a sync that fails and is forgotten, with the command that repeats it" 1 \
		"reproduce: iowalk conform --plugin $work/forgets.so my_engine --history " \
		"$iowalk" conform --plugin "$work/forgets.so" my_engine --only faults --history resize:5000,write:0+1/0,sync --fault fdatasync:1=ENOSPC
fi

# ---- the record ----

field() { tr -d ' \n\t' <"$work/run/run.json" | grep -oE "\"plugins\":\[\{[^]]*\]" | grep -oE "\"$1\":\"[^\"]*\"" | cut -d'"' -f4; }
is "the record has its name" "$(field name)" my_plugin
is "the record has its version" "$(field version)" 1.0
is "the record has its path" "$(field path)" "$plugin"
is "the record has its SHA-256" "$(field sha256)" "$(sha256sum "$plugin" | cut -d' ' -f1)"
is "the record has its ABI" "$(field abi)" 1.0
expect "a report of it needs no plug-in" 0 '' "$iowalk" report "$work/run" --out "$work/report" --no-plots

expect "resuming loads the plug-in itself" 0 '' "$iowalk" run --resume "$work/run" --no-plots
expect "--resume has its own plug-ins" 2 "plugin cannot be given" "$iowalk" run --resume "$work/run" --plugin "$plugin"
cp "$plugin" "$work/kept.so"
build_plugin my_engine -O1 -g
expect "a plug-in that has changed is not measured with" 2 "my_engine.so' has changed: its SHA-256 is .*; wanted: " \
	"$iowalk" run --resume "$work/run" --no-plots
cp "$work/kept.so" "$plugin"

# ---- suites and wrappers ----

mkdir "$work/suite"
cp "$plugin" "$work/suite/"
cat >"$work/suite/mine.ini" <<'SUITE'
[suite]
summary = an engine of a plug-in
plugin = my_engine.so
[cells one]
graph = chain
nodes = 50
engine = my_engine,delay
opt = delay.engine=my_engine
layout = csr
processes = 1
repetitions = 1
iterations = 1
SUITE
expect "a suite loads a plug-in from its own folder" 0 '' "$iowalk" run --suite "$work/suite/mine.ini" --no-roofline --no-plots \
	--out "$work/suite/run"
is "its cells, and one that wraps it" "$(samples "$work/suite/run" time '.*(my_engine|delay).*' | grep -c verified)" 2
sed -i 's/^plugin = .*/plugin = missing.so/' "$work/suite/mine.ini"
expect "a suite with a plug-in that is missing" 2 "mine.ini', line 3: plug-in '.*missing.so': No such file" \
	"$iowalk" run --suite "$work/suite/mine.ini" --dry-run

# ---- ten lines ----

cat >"$work/ten.c" <<'SOURCE'
#include <iowalk/engine.h>
#include <errno.h>
#include <stdio.h>
static int ten_open(const char *path, uint32_t flags, const uint64_t *o, struct iowalk_instance *out) { (void)flags, (void)o; out->handle = fopen(path, "rb"); return out->handle ? 0 : -errno; }
static int ten_close(void *file, iowalk_count *count, void *context) { (void)count, (void)context; return fclose(file) ? -errno : 0; }
static uint64_t ten_size(void *file) { fseek(file, 0, SEEK_END); return (uint64_t)ftell(file); }
static int ten_read(void *file, uint64_t at, void *to, size_t n) { return fseek(file, (long)at, SEEK_SET) || fread(to, 1, n, file) != n ? -EIO : 0; }
static const struct iowalk_engine ten = {.struct_size = sizeof(ten), .name = "ten", .summary = "stdio", .open = ten_open, .close = ten_close, .size = ten_size, .read = ten_read};
static const struct iowalk_engine *const engines[] = {&ten, NULL};
IOWALK_EXPORT const struct iowalk_plugin iowalk_plugin = {IOWALK_PLUGIN_HEAD, "ten", "1", engines, NULL};
SOURCE
is "an engine in ten lines" "$(wc -l <"$work/ten.c")" 10
check "it compiles" build_plugin ten -Wall -Wextra -Werror
expect "list shows it" 0 '^ten +stdio' "$iowalk" list engines --plugin "$work/ten.so"
run "$iowalk" run --plugin "$work/ten.so" --engine ten --workload bfs,create --graph random --nodes 100 --layout csr --processes 1 \
	--repetitions 1 --iterations 1 --no-roofline --no-plots --out "$work/ten"
exits "an engine that only reads is measured" 0
check "its walk is verified" measured "$work/ten" 'bfs/.*'
is "what it does not count is not recorded" "$(samples "$work/ten" count 'bfs/.*' | grep -c syscalls_self)" 0
is "creating a file is skipped" "$(samples "$work/ten" '[a-z]*' 'create/.*' | grep -c metrics)" 0
check "with the reason" grep -q "create/.*: the engine only reads" "$work/stdout"

# ---- faults: the reason, with what was found and wanted ----

fault() { # NAME REGEX [SED...]: the ten lines, edited by sed, are refused
	local name=$1 regex=$2
	shift 2
	sed "$@" "$work/ten.c" >"$work/bad.c"
	cmp -s "$work/ten.c" "$work/bad.c" && not_ok "$name" "the edit changed nothing" && return
	build_plugin bad -Wno-unused-function 2>"$work/cc" || { not_ok "$name" "$(cat "$work/cc")"; return; }
	expect "$name" 2 "^iowalk: plug-in '.*bad.so': $regex" "$iowalk" list plugins --plugin "$work/bad.so"
}
fault "wrong magic" 'the magic number is 0x1; wanted: 0x3167756c70776f69' 's/IOWALK_PLUGIN_HEAD/1, 1, 0, 48/'
fault "another major version" 'it has ABI 2.7; wanted: 1.x' 's/IOWALK_PLUGIN_HEAD/IOWALK_PLUGIN_MAGIC, 2, 7, 48/'
fault "a head that is too short" 'struct iowalk_plugin has 8 bytes in the plug-in; wanted: at least 48' \
	's/IOWALK_PLUGIN_HEAD/IOWALK_PLUGIN_MAGIC, 1, 0, 8/'
echo 'const int iowalk_plugin = 1;' >"$work/other.c"
build_plugin other
expect "another thing of that name" 2 "plug-in '.*other.so': its 'iowalk_plugin' has 4 bytes; wanted: 48" \
	"$iowalk" list plugins --plugin "$work/other.so"
fault "no constant" "exports no constant 'iowalk_plugin'; wanted: " 's/ iowalk_plugin = / not_iowalk_plugin = /'
fault "no name" 'its name is NULL; wanted: 1 to 63' 's/HEAD, "ten"/HEAD, NULL/'
fault "no version" 'its version is empty; wanted: 1 to 63' 's/"1", engines/"", engines/'
fault "no engines" 'it has neither engines nor stores' 's/engines, NULL}/NULL, NULL}/'
fault "an engine of the wrong size" 'struct iowalk_engine has 7 bytes in the plug-in; wanted: at least ' 's/sizeof(ten)/7/'
fault "an engine with an unknown capability" "engine 'ten' has the capabilities 0x80000000; ABI 1.0 has 0xf" \
	's/\.name = /.capabilities = 1u << 31, &/'
for hook in open close size read; do
	fault "no $hook()" "engine 'ten' lacks the required hook '$hook'" "s/\.$hook = ten_$hook/.$hook = NULL/"
done
fault "half of writing" "engine 'ten': write, resize and sync come together" \
	's/\.open = /.sync = (int (*)(void *))ten_size, &/'
fault "a name that is no name" "an engine has the name 'Ten!'; wanted: a small letter" 's/"ten", \.summary/"Ten!", .summary/'
fault "the name of a built-in engine" "its engine 'mmap' has a name that is taken: by a built-in engine" \
	's/"ten", \.summary/"mmap", .summary/'
fault "the name of a layout" "its engine 'csr' has a name that is taken: by a built-in layout" 's/"ten", \.summary/"csr", .summary/'
fault "two engines of one name" "it has two parts called 'ten'" 's/{&ten, NULL}/{\&ten, \&ten, NULL}/'
option='static const struct iowalk_option first = {.name = "first", .type = TYPE, .default_value = 9, .max = 3}; static const struct iowalk_option *const options[] = {\&first, NULL};'
with_option() { # TYPE: the edits that give it an option
	edits=(-e "/^static const struct iowalk_engine ten/s/^/${option/TYPE/$1}\\n/" -e 's/\.open = /.options = options, &/')
}
with_option IOWALK_OPTION_U64
fault "a default out of range" 'option ten.first has the default 9; wanted: 0 to 3' "${edits[@]}"
with_option 77
fault "an option of an unknown type" 'option ten.first has the type 77; ABI 1.0 has the types 0 to 2' "${edits[@]}"
with_option IOWALK_OPTION_CHOICE
fault "a choice without choices" 'option ten.first is a choice without choices' "${edits[@]}"
words='IOWALK_OPTION_CHOICE, .choices = (const char *const[]){'
with_option "$words\"a\", \"b c\", NULL}"
fault "a choice with a blank" "option ten.first has the choice 'b c'; wanted: 1 to 63 characters" "${edits[@]}"
with_option "$words\"a\", \"b\", \"a\", NULL}"
fault "a choice that is there twice" "option ten.first has the choice 'a'; wanted: .* each word once" "${edits[@]}"
with_option 'IOWALK_OPTION_U64, .min = 9, .tunable = (const char *const[]){"4", NULL}'
fault "a word to be tuned that is no value" 'option ten.first, to be tuned: ' "${edits[@]/max = 3/max = 12}"
expect "a name that another plug-in has" 2 "plug-in '.*copy.so': its engine 'ten' has a name that is taken: by .*ten.so" \
	bash -c "cp '$work/ten.so' '$work/copy.so' && '$iowalk' list plugins --plugin '$work/ten.so' --plugin '$work/copy.so'"
echo "no library" >"$work/text.so"
expect "a file that is no library" 2 "plug-in '.*text.so': .*(invalid ELF header|file too short)" \
	"$iowalk" list plugins --plugin "$work/text.so"
expect "a file that is not there" 2 "plug-in '.*none.so': No such file or directory" "$iowalk" list plugins --plugin "$work/none.so"
expect "IOWALK_PLUGINS names itself" 2 "IOWALK_PLUGINS: plug-in '.*none.so': No such file" \
	env IOWALK_PLUGINS="$work/none.so" "$iowalk" run --dry-run
fault "a dependency that is missing" 'undefined symbol: nowhere' \
	-e '/^#include <stdio/s/$/\nint nowhere(void);/' -e 's/(void)flags, (void)o;/(void)nowhere(), (void)flags, (void)o;/'
echo 'int here(void) { return 1; }' >"$work/libhere.c"
$cc -shared -fPIC "$work/libhere.c" -o "$work/libhere.so"
sed -e '/^#include <stdio/s/$/\nint here(void);/' -e 's/(void)flags, (void)o;/(void)here(), (void)flags, (void)o;/' "$work/ten.c" >"$work/bad.c"
$cc -shared -fPIC -I include "$work/bad.c" -o "$work/bad.so" -L "$work" -lhere
rm "$work/libhere.so"
expect "a library that it needs is missing" 2 "plug-in '.*bad.so': libhere.so: cannot open shared object file" \
	"$iowalk" list plugins --plugin "$work/bad.so"
begin='/^static const struct iowalk_engine ten/s/^/__attribute__((constructor)) static void begin(void) { CODE }\n/'
fault "it crashes while it is loaded" 'loading it crashed: ' "${begin/CODE/__builtin_trap();}"
fault "it exits while it is loaded" 'loading it ended the process \(exit status 0\)' \
	-e '/^#include <stdio/s/$/\n#include <stdlib.h>/' -e "${begin/CODE/exit(0);}"

finish
