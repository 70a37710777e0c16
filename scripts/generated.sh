#!/bin/sh
# Rewrites the files generated from the table of options: generated.sh IOWALK [FOLDER].
# In FOLDER (default: this checkout): the options in docs/iowalk.1, scripts/completion/iowalk.bash and
# scripts/completion/_iowalk.
set -eu
iowalk=$1
folder=${2:-$(dirname "$0")/..}
mkdir -p "$folder/scripts/completion"
"$iowalk" generate bash >"$folder/scripts/completion/iowalk.bash"
"$iowalk" generate zsh >"$folder/scripts/completion/_iowalk"
page=$folder/docs/iowalk.1
"$iowalk" generate man >"$page.options"
awk -v options="$page.options" '
	/^\.\\" options: end/ { inside = 0 }
	!inside { print }
	/^\.\\" options: begin/ {
		inside = 1
		while ((getline line < options) > 0) print line
	}' "$page" >"$page.tmp"
rm "$page.options"
mv "$page.tmp" "$page"
