#!/bin/bash
# docs/PLUGINS.md: every command on the page is run, in order, as from the top of a checkout.
. tests/blackbox/lib.sh
unset IOWALK_PLUGINS
command -v cc >/dev/null || skip_all "no C compiler"
top=$PWD
mkdir "$work/checkout" "$work/bin"
ln -s "$top/docs" "$top/include" "$work/checkout/"
case $iowalk in
/*) ln -s "$iowalk" "$work/bin/iowalk" ;;
*) ln -s "$top/$iowalk" "$work/bin/iowalk" ;;
esac
export PATH=$work/bin:$PATH
awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' docs/PLUGINS.md >"$work/commands"
check "the page has commands" test -s "$work/commands"
is "no command is outside of a block" "$(grep -cE '^    (iowalk|cc|c\+\+|rustc) ' docs/PLUGINS.md)" 0
cd "$work/checkout" || exit 1
while IFS= read -r command; do
	[ -z "$command" ] && continue
	run bash -c "$command"
	exits "$command" 0
done <"$work/commands"
finish
