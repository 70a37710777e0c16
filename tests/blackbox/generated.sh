#!/bin/bash
# What is made from the table of options is what is committed: the man page's options, completion for bash and
# zsh. And the completion works.
. tests/blackbox/lib.sh

files=(docs/iowalk.1 scripts/completion/iowalk.bash scripts/completion/_iowalk)
mkdir -p "$work/fresh/docs"
cp docs/iowalk.1 "$work/fresh/docs/"
scripts/generated.sh "$(realpath "$iowalk")" "$work/fresh"
for file in "${files[@]}"; do
	check "$file is as \`make generated\` writes it" diff "$file" "$work/fresh/$file"
done

# ---- a difference is found ----

for file in "${files[@]}"; do
	sed 's/dry/dri/' "$file" >"$work/changed"
	check "$file: a changed option is found" sh -c '! diff -q "$1" "$2"' sh "$work/changed" "$work/fresh/$file"
done

# ---- bash ----

complete_line() { # WORD...: what bash offers for the last word
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_iowalk
	printf '%s\n' "${COMPREPLY[@]}"
}
check "the bash completion is bash" bash -n scripts/completion/iowalk.bash
. scripts/completion/iowalk.bash
program=$(realpath "$iowalk")
is "a command" "$(complete_line "$program" ro)" roofline
is "an option" "$(complete_line "$program" gate --inject-)" --inject-syscall
is "an option that another command has" "$(complete_line "$program" run --against)" ""
is "an engine" "$(complete_line "$program" run --engine mmap_)" mmap_advised
is "an engine behind a comma" "$(complete_line "$program" run --engine pread,mmap_)" pread,mmap_advised
is "a cache state" "$(complete_line "$program" run --cache cold,w)" cold,warm
is "a suite" "$(complete_line "$program" run --suite qui)" quick
: >"$work/file.ini"
is "a file" "$(complete_line "$program" gate --junit "$work/fil")" "$work/file.ini"

# ---- zsh ----

if command -v zsh >/dev/null; then
	check "the zsh completion is zsh" zsh -n scripts/completion/_iowalk
else
	skip "the zsh completion is zsh" "no zsh"
fi
expect "no such kind" 2 "generate 'frob': valid: man, bash, zsh" "$iowalk" generate frob
finish
