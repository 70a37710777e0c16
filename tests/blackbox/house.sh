#!/bin/bash
# The structure of the source: no circles, nothing that runs upward, no part's name compared as a string,
# sizes with a reason; and the checks themselves find what is planted (tests/house.py).
. tests/blackbox/lib.sh
command -v python3 >/dev/null || skip_all "no python3"
sanitized && skip_all "it reads sources and symbols; once, without sanitizers, is enough"
command -v nm >/dev/null || skip_all "no nm"

finds_nothing() { # NAME CHECK
	if found=$(python3 tests/house.py "$2" . "$build"); then ok "$1"; else not_ok "$1" "$found"; fi
}
finds_nothing "no two files need each other" circles
finds_nothing "no include and no symbol runs upward" upward
finds_nothing "every file of harness/ has a wing, and none repeats its name" places
finds_nothing "long functions, files and headers have a reason" sizes
finds_nothing "harness/ compares no part's name" names
finds_nothing "identifiers are terms of the field" words

# ---- each check fails where it must ----

plant() { # PATH TEXT: a source in a scratch tree, and its object
	mkdir -p "$work/tree/$(dirname "$1")" "$work/tree/build/$(dirname "$1")"
	printf '%b' "$2" >"$work/tree/$1"
	[[ $1 != *.c ]] || ${CC:-cc} -w -c -o "$work/tree/build/${1%.c}.o" "$work/tree/$1"
}
finds() { # NAME CHECK WORDS
	local found status=0
	found=$(python3 tests/house.py "$2" "$work/tree" "$work/tree/build") || status=$?
	if [ "$status" -ne 1 ] || ! grep -qF -- "$3" <<<"$found"; then
		not_ok "$1" "status $status, found: $found"
	else
		ok "$1"
	fi
}
grep '^WINGS :=' Makefile >"$work/Makefile"
mkdir -p "$work/tree"
cp "$work/Makefile" "$work/tree/Makefile"
for folder in engines layouts references workloads/graphs; do mkdir -p "$work/tree/$folder"; done
plant engines/alpha.c 'int alpha;\n'

plant harness/base/one.c 'int two(void);\nint one(void) { return two(); }\n'
plant harness/base/two.c 'int one(void);\nint two(void) { return one(); }\n'
finds "a planted circle is found" circles "circle: harness/base/one, harness/base/two"
finds "a planted circle: its symbols are named" circles "harness/base/one needs of harness/base/two: two"
plant harness/base/three.c 'int two(void);\nint three(void) { return two(); }\n'
plant harness/base/two.c 'int three(void);\nint one(void);\nint two(void) { return three(); }\n'
plant harness/base/one.c 'int two(void);\nint one(void) { return two(); }\n'
finds "a planted circle of some of three files" circles "circle: harness/base/three, harness/base/two"

plant harness/cli/top.h 'int top(void);\n'
plant harness/base/low.c '#include "../cli/top.h"\n'
finds "a planted upward include is found" upward "harness/base/low.c includes harness/cli/top.h"
plant harness/cli/top.c 'int top(void) { return 0; }\n'
plant harness/base/lower.c 'int top(void);\nint lower(void) { return top(); }\n'
finds "a planted upward symbol is found" upward "harness/base/lower needs of harness/cli/top: top"
plant engines/up.c '#include "../layouts/a.h"\n' 2>/dev/null
plant layouts/a.h '\n'
finds "an upward include below harness/ is found" upward "engines/up.c includes layouts/a.h"
rm -f "$work"/tree/engines/up.c
plant harness/attic/new.c 'int attic;\n'
finds "a wing that the Makefile does not know is found" upward "'harness/attic' is not in the Makefile's WINGS"

plant harness/lone.c 'int lone;\n'
finds "a file without a wing is found" places "harness/lone.c lies directly in harness/"
plant harness/gate/gate.c 'int gate;\n'
finds "a name that repeats its folder is found" places "harness/gate/gate.c repeats"

plant harness/base/long.c "$(printf 'int a;\\n%.0s' {1..501})"
finds "a long file is found" sizes "harness/base/long.c has 501 lines"
plant harness/base/wide.h "$(printf 'int a;\\n%.0s' {1..201})"
finds "a long header is found" sizes "harness/base/wide.h has 201 lines"
body=$(printf '\\tx++;\\n%.0s' {1..70})
plant harness/base/run.c "/* What it does. */\nint run(int x)\n{\n${body}}\n"
finds "a long function is found" sizes "harness/base/run.c:2: run has 73 lines"
mkdir -p "$work/tree/tests"
rm -rf "$work"/tree/harness/base
plant harness/base/run.c "/* Long: one table. */\nint run(int x)\n{\n${body}}\n"
plant harness/base/long.c "/* Long: one list. */\n$(printf 'int a;\\n%.0s' {1..501})"
check "a reason beside it is enough" python3 tests/house.py sizes "$work/tree"

plant harness/base/name.c 'int strcmp();\nint name(char *x) { return strcmp(x,\n"alpha") == 0; }\n'
finds "a part's name in a comparison is found" names 'harness/base/name.c:2: compares with "alpha"'
plant harness/base/word.c 'int worker_told;\n'
finds "a private word is found" words "worker_told: 'told'"
plant harness/base/word.c '/* told */ char *word = "told";\n'
check "words in comments and texts are left alone" python3 tests/house.py words "$work/tree"
finish
