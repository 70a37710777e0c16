#!/bin/bash
# The Debian packages (scripts/deb.sh) of the given build, unpacked and used by a user without rights, and the source
# archive (scripts/dist.sh).
. tests/blackbox/lib.sh
sanitized && skip_all "it packs the program; once, without sanitizers, is enough"

# The user must reach it, so not under $work.
place=$(mktemp -d /tmp/iowalk.XXXXXX) || exit 1
trap 'clean_up; rm -rf "$place"' EXIT
chmod 755 "$place"
version=$(sed -n 's/^#define IOWALK_VERSION "\(.*\)"/\1/p' harness/machine/environment.h)

user=$(id -u) drop=()
if [ "$user" -eq 0 ]; then
	user=$((61000 + $$ % 4000)) # nobody has it
	drop=(setpriv "--reuid=$user" "--regid=$user" --clear-groups --no-new-privs)
fi

# ---- package ----

if command -v dh >/dev/null; then
	mkdir "$place/pack"
	chown "$user" "$place/pack"
	package=$place/pack/deb/iowalk_${version}_$(dpkg --print-architecture).deb
	cksum "$iowalk" >"$work/program"
	headers=$place/pack/deb/libiowalk-dev_${version}_all.deb
	as_user=("${drop[@]}") # where the user can read what was built
	[ ${#drop[@]} -eq 0 ] || "${drop[@]}" test -r "$iowalk" 2>/dev/null || as_user=()
	check "packages are built" "${as_user[@]}" env TMPDIR="$place/pack" HOME="$place/pack" scripts/deb.sh "$build" "$place/pack/deb"
	is "their files are named by version and architecture" "$(echo "$place"/pack/deb/*)" "$package $headers"
	if command -v lintian >/dev/null; then
		# Without its check of man pages, which takes as long as all others: they are checked below.
		check "lintian has no errors or warnings" lintian --allow-root --fail-on error,warning -X documentation/manual "$package" "$headers"
	else
		skip "lintian" "no lintian"
	fi
	is "the program was not built anew" "$(cksum "$iowalk")" "$(cat "$work/program")"

	is "its version" "$(dpkg-deb -f "$package" Version)" "$version"
	depends=$(dpkg-deb -f "$package" Depends)
	is "it depends on the libraries" "$(grep -oE '\b(libc6|libjansson4|libsqlite3-0|liblmdb0|liburing2|libdw1)\b' <<<"${depends//t64/}" |
		sort | tr '\n' ' ')" "libc6 libdw1 libjansson4 liblmdb0 libsqlite3-0 liburing2 "
	check "it depends on nothing for building" sh -c '! echo "$1" | grep -e -dev' sh "$depends"
	is "no script runs when it is installed" "$(dpkg-deb --ctrl-tarfile "$package" | tar -t | grep -v '/$' | sort | tr '\n' ' ')" \
		"./control ./md5sums "

	dpkg-deb -c "$package" >"$work/list"
	is "all its files are root's" "$(awk '$2 != "root/root"' "$work/list")" ""
	is "only its owner may write them" "$(awk '$1 ~ /^.....w|^........w/' "$work/list")" ""
	is "everything is under /usr" "$(awk '$6 !~ /^\.\/(usr\/.*)?$/' "$work/list")" ""
	dpkg-deb -x "$package" "$place/root"
	packed() { # FOLDER OF THE SOURCES, PATTERN, FOLDER OF THE PACKAGE: the same files
		diff <(cd "$1" && ls $2) <(cd "$place/root/usr/$3" && ls)
	}
	check "all suites are in it" packed workloads/suites '*.ini' share/iowalk/suites
	check "all plots are in it" packed plots '*.gp' share/iowalk/plots
	check "a man page for each command is in it" diff \
		<(cd harness/cli/commands && printf 'iowalk-%s.1.gz\n' *.c | sed 's/\.c\././' | (cat && echo iowalk.1.gz) | sort) \
		<(cd "$place/root/usr/share/man/man1" && printf '%s\n' * | sort)
	if command -v groff >/dev/null; then
		is "the pages are man pages" "$(zcat "$place"/root/usr/share/man/man1/*.gz | groff -man -ww -Tutf8 -k -z 2>&1 | head -n 5)" ""
	else
		skip "the pages are man pages" "no groff"
	fi
	check "what a command's --help says is in its page" sh -c \
		'zcat "$1/usr/share/man/man1/iowalk-run.1.gz" | grep -q "^only cells whose name matches"' sh "$place/root"
	for file in share/man/man1/iowalk.1.gz share/bash-completion/completions/iowalk share/zsh/vendor-completions/_iowalk \
		share/iowalk/profiles.ini share/doc/iowalk/copyright share/doc/iowalk/changelog.gz; do
		check "$file is in it" test -s "$place/root/usr/$file"
	done
	check "its checksums hold" sh -c 'cd "$1" && dpkg-deb -I "$2" md5sums | md5sum --quiet -c -' sh "$place/root" "$package"
	check "names of functions are kept" sh -c 'nm "$1" | grep -q " T main$"' sh "$place/root/usr/bin/iowalk"

	# ---- the headers ----

	dpkg-deb -x "$headers" "$place/dev"
	check "all headers for plug-ins are in the other one" diff <(cd include/iowalk && ls) <(cd "$place/dev/usr/include/iowalk" && ls)
	check "with them alone a plug-in is compiled" "${CC:-cc}" -shared -fPIC -Wall -Wextra -isystem "$place/dev/usr/include" \
		"$place/dev/usr/share/doc/libiowalk-dev/examples/engine.c" -o "$place/engine.so"

	# ---- as a user without rights ----

	mkdir "$place/home" "$place/home/runs"
	chown -R "$user" "$place/home"
	installed() { # ARGUMENT...: from the user's folder
		(cd "$place/home/runs" && exec "${drop[@]}" env -i "HOME=$place/home" PATH=/usr/bin:/bin "$place/root/usr/bin/iowalk" "$@")
	}
	state() { (cd "$place/root" && find . -printf '%p %y %s %T@\n' | sort && find . -type f -exec cksum {} + | sort); }
	state >"$work/before"
	expect "it lists the suites" 0 '^ *quick ' installed list suites
	expect "it finds a suite" 0 '^bfs/' installed run --suite quick --dry-run
	expect "it lists the engines" 0 '^ *pread ' installed list engines
	expect "it loads the plug-in" 0 '^ *my_engine ' installed list engines --plugin "$place/engine.so"
	expect "it runs" 0 'slotted, mmap$' installed run --graph chain --nodes 100 --engine pread,mmap --processes 1 \
		--repetitions 1 --iterations 1 --passes time --no-roofline
	expect "it writes a report" 0 '' installed report
	check "which is in the run's folder" sh -c 'ls "$1"/home/runs/results/runs/*/report/report.html' sh "$place"
	state >"$work/after"
	check "what is installed is unchanged" diff "$work/before" "$work/after"
	is "the user's folder has graph files and runs only" \
		"$(cd "$place/home" && find . -mindepth 1 -maxdepth 3 -type d | sort | grep -v '^./runs/results/runs' | tr '\n' ' ')" \
		"./.cache ./.cache/iowalk ./runs ./runs/results "
	if [ ${#drop[@]} -gt 0 ]; then
		# Where everybody may write; elsewhere this user cannot.
		is "no other file is the user's" \
			"$(find /tmp /var/tmp /dev/shm /run/lock -xdev -path "$place" -prune -o -uid "$user" -print 2>/dev/null)" ""
	else
		skip "no other file is the user's" "other files of this user are there, too: it needs root"
	fi
else
	skip "the package" "no debhelper"
fi

# ---- source archive ----

if commit=$(git rev-parse --verify -q HEAD); then
	check "a source archive is packed" scripts/dist.sh "$work/dist"
	tar -C "$work/dist" -xzf "$work/dist/iowalk-$version.tar.gz"
	sources=$work/dist/iowalk-$version
	is "it has the files of the commit" "$(cd "$sources" && find . -type f -o -type l | sed 's|^\./||' | sort)" \
		"$(git ls-tree -r --name-only HEAD | sort)"
	cksum <"$work/dist/iowalk-$version.tar.gz" >"$work/dist.sum"
	scripts/dist.sh "$work/dist" >/dev/null 2>&1
	is "packed again, the bytes are the same" "$(cksum <"$work/dist/iowalk-$version.tar.gz")" "$(cat "$work/dist.sum")"
	check "make can build it" make -n -C "$sources" BUILD=build build/iowalk
	is "it knows its commit" "$(cd "$sources" && GIT_DIR=/nonexistent scripts/gen-version.sh cc "" | grep -E 'COMMIT|DIRTY' | cut -d ' ' -f 3 | tr '\n' ' ')" \
		"\"${commit:0:12}\" 0 "
	mv "$sources/scripts/commit" "$sources/scripts/commit.away"
	is "a build of neither archive nor checkout says so" \
		"$(cd "$sources" && GIT_DIR=/nonexistent scripts/gen-version.sh cc "" | sed -n 's/.*_COMMIT //p')" '"unknown"'
else
	skip "the source archive" "no git checkout"
fi
finish
