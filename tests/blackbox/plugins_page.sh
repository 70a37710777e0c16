#!/bin/bash
# docs/PLUGINS.md: every command on the page is run, in order, as from the top of a checkout.
. tests/blackbox/lib.sh
unset IOWALK_PLUGINS
command -v cc >/dev/null && command -v c++ >/dev/null || skip_all "no C and C++ compilers"
top=$PWD
mkdir "$work/checkout" "$work/bin"
ln -s "$top/docs" "$top/include" "$work/checkout/"
case $iowalk in
/*) ln -s "$iowalk" "$work/bin/iowalk" ;;
*) ln -s "$top/$iowalk" "$work/bin/iowalk" ;;
esac
export PATH=$work/bin:$PATH
# A block that begins with ```sh WORD needs what WORD says.
awk '/^```sh/ { inside = 1; needs = $2 == "" ? "-" : $2; next } /^```$/ { inside = 0 } inside && NF { print needs "\t" $0 }' \
	docs/PLUGINS.md >"$work/commands"
check "the page has commands" test "$(wc -l <"$work/commands")" -ge 10
is "no command is outside of a block" "$(grep -cE '^    (iowalk|cc|c\+\+|rustc) ' docs/PLUGINS.md)" 0
cd "$work/checkout" || exit 1
while IFS=$'\t' read -r needs command; do
	if [ "$needs" = rust ] && ! command -v rustc >/dev/null; then
		skip "$command" "no rustc"
		continue
	fi
	run bash -c "$command"
	exits "$command" 0
done <"$work/commands"
check "the walks of all plug-ins were verified" test "$(cat results/runs/*/samples.jsonl | grep -c '"verified":true')" -gt 30
finish
