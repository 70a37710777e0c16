#!/bin/sh
# Prints the objects that the fuzz targets reach, without the folder of the build: objects.sh LIBRARY FUZZER.o...
# LIBRARY is the archive that a build for `make test` linked its tests with; prints nothing if there is none. With them
# alone `make fuzz` compiles about half of the files.
set -eu
library=$1
shift
[ -e "$library" ] || exit 0
linked=$(mktemp)
trap 'rm -f "$linked"' EXIT
# Nothing of it runs: symbols may be undefined, and each fuzzer defines the same function.
folder=$(dirname "$library")
${CXX:-c++} -nostartfiles -shared -Wl,-z,muldefs,--trace -o "$linked" "$@" "$library" 2>/dev/null |
	sed -n "s|^\($folder/\)\(.*\.o\)\$|tests/\2|; s|^tests/\.\./||p; t; /^tests/p" | sort -u
