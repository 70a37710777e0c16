#!/bin/sh
# Installs the Debian packages that iowalk needs, if they are missing.
#   install-deps.sh                     packages for building and running
#   install-deps.sh --tests             also packages without which tests are skipped, and for style checks
#   install-deps.sh [--tests] --check   only reports missing packages: exit status 1 if there are any
# Does nothing, and needs no network, if no package is missing.
set -eu
cd "$(dirname "$0")/.."

tests=0 check=0
axe_version=4.14.1
for argument; do
	case $argument in
	--tests) tests=1 ;;
	--check) check=1 ;;
	*)
		echo "usage: install-deps.sh [--tests] [--check]" >&2
		exit 2
		;;
	esac
done

# A package, and a test for it: a pkg-config module if the package has one, else a header or a command.
missing=
want() { # want PACKAGE TEST...
	package=$1
	shift
	"$@" >/dev/null 2>&1 || missing="$missing $package"
}
# CC and CXX may be several words ("ccache gcc"), so they are not quoted.
has_header() { echo "#include <$1>" | ${CC:-cc} -E -x c - ; }

want gcc ${CC:-cc} --version
want g++ ${CXX:-c++} --version
want make command -v make
want pkg-config command -v pkg-config
want gnuplot-nox command -v gnuplot
want libbenchmark-dev pkg-config --exists benchmark
want libjansson-dev pkg-config --exists jansson
want libinih-dev pkg-config --exists inih
want zlib1g-dev pkg-config --exists zlib
want liburing-dev pkg-config --exists liburing
want libsqlite3-dev pkg-config --exists sqlite3
want liblmdb-dev pkg-config --exists lmdb
want libxxhash-dev pkg-config --exists libxxhash
want libdw-dev pkg-config --exists libdw
want libcmocka-dev pkg-config --exists cmocka
# libpfm4-dev ships no .pc file.
want libpfm4-dev has_header perfmon/pfmlib_perf_event.h

if [ "$tests" -eq 1 ]; then
	want binutils command -v nm
	want debhelper command -v dh
	want lintian command -v lintian
	want strace command -v strace
	want fio command -v fio
	want jq command -v jq
	want tidy command -v tidy
	want libxml2-utils command -v xmllint
	want sqlite3 command -v sqlite3
	want zsh command -v zsh
	want python3-jsonschema /usr/bin/python3 -c 'import jsonschema'
	want python3-yaml /usr/bin/python3 -c 'import yaml'
	want libbenchmark-tools test -e /usr/share/benchmark/gbench/util.py
	want python3-scipy /usr/bin/python3 -c 'import scipy' # for compare.py of libbenchmark-tools
	want clang command -v clang
	# libFuzzer is a package of the compiler's own version.
	clang_major=$( (clang -dumpversion || apt-cache depends clang | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p') 2>/dev/null | head -n 1)
	want "libclang-rt-${clang_major%%.*}-dev" sh -c 'echo "int LLVMFuzzerTestOneInput(const char *data, unsigned long len) { return 0; }" |
		clang -x c -fsanitize=fuzzer,address - -o /dev/null'
	want clang-format command -v clang-format
	want clang-tidy command -v clang-tidy
	want slurm-wlm command -v sbatch
	want munge sh -c 'PATH=$PATH:/usr/sbin command -v munged'
	want chromium command -v chromium
	want chromium-driver command -v chromedriver
fi

# axe-core checks pages for accessibility. It is not in Debian: npm fetches it, if npm is installed.
axe_core() {
	axe=build/axe-core
	[ "$tests" -eq 1 ] && [ ! -e $axe/axe.min.js ] && command -v npm >/dev/null 2>&1 || return 0
	echo "install-deps: installing axe-core $axe_version"
	mkdir -p $axe.part
	if npm install --prefix $axe.part --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
		"axe-core@$axe_version" >/dev/null 2>&1; then
		mkdir -p $axe
		cp $axe.part/node_modules/axe-core/axe.min.js $axe.part/node_modules/axe-core/LICENSE $axe
	else
		echo "install-deps: npm cannot install axe-core: its tests will be skipped" >&2
	fi
	rm -rf $axe.part
}

if [ -z "$missing" ]; then
	[ "$check" -eq 1 ] || axe_core
	exit 0
fi
if [ "$check" -eq 1 ]; then
	echo "install-deps: missing:$missing" >&2
	exit 1
fi
if ! command -v apt-get >/dev/null 2>&1; then
	echo "install-deps: there is no apt-get; install the equivalents of these Debian packages, then run make again:$missing" >&2
	exit 1
fi
as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "install-deps: not root and no sudo; as root run: apt-get install$missing" >&2
		exit 1
	fi
	as_root=sudo
fi
echo "install-deps: installing$missing"
export DEBIAN_FRONTEND=noninteractive
# If the package list is missing or out of date, the first attempt fails: update it and try again.
if ! $as_root apt-get install -y --no-install-recommends $missing >/dev/null 2>&1; then
	$as_root apt-get update -q
	$as_root apt-get install -y -q --no-install-recommends $missing
fi
axe_core
