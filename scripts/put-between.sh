#!/bin/sh
# Replaces what is between the marks `<!-- NAME: begin -->` and `<!-- NAME: end -->` of a page: put-between.sh PAGE NAME FILE.
set -eu
page=$1
new=$(mktemp)
trap 'rm -f "$new"' EXIT
awk -v name="$2" -v file="$3" '
$0 == "<!-- " name ": end -->" { inside = 0 }
!inside { print }
$0 == "<!-- " name ": begin -->" {
	inside = 1
	print ""
	while ((getline line < file) > 0)
		print line
	print ""
}' "$page" >"$new"
cat "$new" >"$page"
