#!/bin/bash
# scripts/mutants.py builds from a copy of the sources: has it all that the program includes? The mutants themselves take an hour.
. tests/blackbox/lib.sh
command -v python3 >/dev/null || skip_all "no python3"
sanitized && skip_all "it is about a script"
git rev-parse --git-dir >/dev/null 2>&1 || skip_all "no git: the script asks it for the sources"

run timeout 60 python3 -B -c 'import sys; folder = sys.argv.pop(); sys.path.insert(0, "scripts"); import mutants; mutants.copy_sources(folder)' "$work/copy"
exits "the sources are copied" 0
run make -C "$work/copy" build/harness/cli/main.o build/engines/mmap.o
exits "they compile" 0
is "without tests and results" "$(ls "$work/copy" | grep -cE '^(tests|results|docs)$')" 0
finish
