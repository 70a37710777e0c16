#!/bin/bash
# `gate --plugin NEW.so --against-plugin OLD.so`: two builds of one plug-in in this program. Counts decide here, so that the test does
# not depend on times.
. tests/blackbox/lib.sh
unset IOWALK_PLUGINS
cc=${CC:-cc}
command -v "${cc%% *}" >/dev/null || skip_all "no C compiler"

build_plugin() { # NAME [SED...]
	local name=$1
	shift
	sed "${@:-}" docs/plugins/engine.c >"$work/$name.c"
	$cc -O2 -shared -fPIC -I include "$work/$name.c" -o "$work/$name.so"
}
check "the old build" build_plugin old
check "the same again" build_plugin same -e 's/"1.0"/"1.1"/'
check "a build that makes one more call a read" build_plugin more -e 's/^\t\tfile->calls\[READ\]++;/&\n\t\tfile->calls[STAT]++, (void)syscall(SYS_newfstatat, file->fd, "", \&(struct stat){0}, AT_EMPTY_PATH);/'
cat >"$work/mine.ini" <<'SUITE'
[suite]
summary = a plug-in
[cells mine]
graph = random
nodes = 200
layout = csr
engine = my_engine,pread
cache = warm
SUITE
gate=("$iowalk" gate --suite "$work/mine.ini" --counts-only --budget 60)

run "${gate[@]}" --plugin "$work/same.so" --against-plugin "$work/old.so" --out "$work/alike"
exits "two builds that do the same: pass" 0
run "${gate[@]}" --plugin "$work/more.so" --against-plugin "$work/old.so" --out "$work/more"
exits "one more call a read: a regression" 3
check "in the plug-in's cell" grep -qE 'my_engine' "$work/stdout"
is "and in no other" "$(grep -c '"verdict": "regression"' "$work/more/gate.json")" 1
run "${gate[@]}" --plugin "$work/old.so" --against-plugin "$work/more.so" --out "$work/fewer"
exits "one call fewer: no regression" 0

versions() { # KEY: of gate.json
	tr -d ' \n' <"$work/alike/gate.json" | grep -oE "\"$1\":\[\{[^]]*\]" | grep -oE '"version":"[^"]*"'
}
is "the record has the candidate's plug-in" "$(versions plugins)" '"version":"1.1"'
is "and the baseline's" "$(versions baseline_plugins)" '"version":"1.0"'
expect "a report of the gate" 0 '' "$iowalk" report --gate "$work/alike" --out "$work/report" --no-plots

sed -i 's/^summary = .*/&\nplugin = same.so/' "$work/mine.ini"
run "${gate[@]}" --against-plugin "$work/old.so" --out "$work/suite"
exits "the suite names the candidate's" 0
expect "a baseline of another name" 2 "plug-in '.*other.so': no plug-in called 'another' is loaded" \
	bash -c "sed 's/\"my_plugin\"/\"another\"/' docs/plugins/engine.c >'$work/other.c' && $cc -shared -fPIC -I include '$work/other.c' -o '$work/other.so' &&
		${gate[*]} --against-plugin '$work/other.so' --out '$work/other'"
expect "a baseline that is not there" 2 "plug-in '.*none.so': No such file" "${gate[@]}" --against-plugin "$work/none.so" --out "$work/none"
expect "a baseline that crashes while it is loaded" 2 "plug-in '.*crash.so': .*crashed" \
	bash -c "{ cat docs/plugins/engine.c; echo '__attribute__((constructor)) static void begin(void) { __builtin_trap(); }'; } >'$work/crash.c' &&
		$cc -shared -fPIC -I include '$work/crash.c' -o '$work/crash.so' && ${gate[*]} --against-plugin '$work/crash.so' --out '$work/crash'"
expect "it cannot be beside --baseline" 2 'against-plugin' "${gate[@]}" --plugin "$work/same.so" --against-plugin "$work/old.so" --baseline "$work/alike"
expect "--resume has its own" 2 'cannot be given with it' "$iowalk" gate --resume "$work/alike" --plugin "$work/same.so"
expect "a gate needs a baseline" 2 'against-plugin PATH.so' "$iowalk" gate --plugin "$work/old.so"
finish
