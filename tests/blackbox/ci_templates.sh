#!/bin/bash
# The templates for CI (scripts/ci): the shell of each step is run in a clean clone, in order, with the variables that GitHub Actions
# and GitLab set. Put in their place: sudo, which runs the command; apt-get, which installs nothing; make, which puts the tested
# program in the place of what it would build; and the gate counts only, of two cells.
. tests/blackbox/lib.sh
python=
for candidate in python3 /usr/bin/python3; do
	if "$candidate" -c 'import yaml' 2>/dev/null; then python=$candidate && break; fi
done
[ -n "$python" ] || skip_all "no python3 with yaml"
git rev-parse --verify -q HEAD >/dev/null || skip_all "no git checkout"
sanitized && skip_all "it tests scripts; once, without sanitizers, is enough"
program=$(realpath "$iowalk")

# ---- what stands in the place of ----

mkdir "$work/bin"
cat >"$work/bin/sudo" <<'END'
#!/bin/sh
exec "$@"
END
cat >"$work/bin/apt-get" <<END
#!/bin/sh
echo "apt-get \$*" >>"$work/installed"
END
cat >"$work/bin/make" <<END
#!/bin/sh
[ "\$1" = --no-print-directory ] && [ \$# -eq 1 ] || [ "\$2" = -C ] && cd "\$3" || exit 2
mkdir -p build
cp "$program" build/built
cat >build/iowalk <<WRAPPER
#!/bin/sh
# The last options count; what the build of the gated change does wrong is in the file fault.
[ "\\\$1" = gate ] || exec "\$PWD/build/built" "\\\$@"
[ ! -s "$work/status" ] || exit "\\\$(cat "$work/status")"
exec "\$PWD/build/built" "\\\$@" --counts-only \\\$(cat "$work/fault")
WRAPPER
chmod 755 build/iowalk
END
chmod 755 "$work"/bin/*

# ---- a clone, as the services make it ----

identity=(-c user.name=somebody -c user.email=somebody@example.org)
clone=$work/clone
git clone -q --no-tags "$PWD" "$work/seed" 2>/dev/null || skip_all "the sources cannot be cloned"
(
	cd "$work/seed" || exit 1
	git checkout -q -B main
	printf '[suite]\nsummary = s\n[cells a]\ngraph = chain\nnodes = 50\nlayout = csr\nengine = mmap,pread\n' >workloads/suites/gate.ini
	git "${identity[@]}" commit -qam "a small gate"
	git checkout -q -b change
	echo >>README.md
	git "${identity[@]}" commit -qam "a change"
) && git clone -q --bare "$work/seed" "$work/origin.git" || skip_all "git commits nothing here"
git clone -q "$work/origin.git" "$clone"
git -C "$clone" checkout -q --detach origin/change
base=$(git -C "$work/origin.git" rev-parse main)

run_steps() { # SERVICE FILE VARIABLE=VALUE...: each step in a clean clone; sets $status, that of the first that fails, else 0
	local service=$1 file=$2 step steps=$work/steps
	shift 2
	rm -rf "$steps" "$work/summary" "$work/installed" "$work/output"
	mkdir "$steps"
	git -C "$clone" clean -qxffd # as a clone is, in a tenth of the time
	git -C "$clone" worktree prune
	: >"$work/summary"
	"$python" tests/blackbox/ci_templates.py "$service" "$file" "$steps" github.base_ref=main >"$work/output" 2>&1 || {
		status=99
		return
	}
	status=0
	for step in "$steps"/step-*.sh; do
		(cd "$clone" && env "PATH=$work/bin:$PATH" CI=true "CI_PROJECT_DIR=$clone" "$@" bash "$step") >>"$work/output" 2>&1 || {
			status=$?
			return
		}
	done
}
ends() { # NAME STATUS [REGEX]: of the last steps
	if [ "$status" -ne "$2" ]; then
		not_ok "$1" "wanted exit status $2, found $status: $(tail -n 15 "$work/output")"
	elif [ -n "${3-}" ] && ! grep -qE -e "$3" "$work/output"; then
		not_ok "$1" "wanted '$3': $(tail -n 15 "$work/output")"
	else
		ok "$1"
	fi
}
kept() { # the files that the service keeps are there
	local path
	while read -r path; do [ -s "$clone/$path" ] || return 1; done <"$work/steps/kept"
	[ -s "$work/steps/kept" ]
}
: >"$work/fault"

# ---- GitHub Actions ----

github() {
	run_steps github scripts/ci/github-actions.yml GITHUB_ACTIONS=true GITHUB_BASE_REF=main GITHUB_EVENT_NAME=pull_request \
		GITHUB_REF=refs/pull/1/merge "GITHUB_WORKSPACE=$clone" "GITHUB_STEP_SUMMARY=$work/summary"
}
github
ends "GitHub: a change passes" 0
check "its summary is written" grep -q 'iowalk' "$work/summary"
check "what is to be kept is there" kept
check "the baseline is the merge base" grep -q "${base:0:12}" <(ls "$clone/build/revisions")
echo "--inject-syscall pread" >"$work/fault"
github
ends "GitHub: a regression stops the merge, with an annotation" 3 '^::error'
check "its record is kept, too" kept
: >"$work/fault"
echo 4 >"$work/status"
github
ends "GitHub: an inconclusive gate is a warning" 0 '^::warning title=iowalk gate::inconclusive'
rm "$work/status"

# ---- GitLab ----

gitlab() {
	run_steps gitlab scripts/ci/gitlab.yml GITLAB_CI=true CI_PIPELINE_SOURCE=merge_request_event \
		"CI_MERGE_REQUEST_DIFF_BASE_SHA=$base" "CI_COMMIT_SHA=$(git -C "$work/origin.git" rev-parse change)"
}
gitlab
ends "GitLab: a change passes" 0
check "what is to be kept is there" kept
check "the packages that a checkout needs are installed" grep -q '^apt-get install .*git make' "$work/installed"
echo "--inject-syscall pread" >"$work/fault"
gitlab
ends "GitLab: a regression stops the merge" 3
: >"$work/fault"
echo 4 >"$work/status"
gitlab
ends "GitLab: an inconclusive gate has the status that the template allows" \
	"$("$python" -c 'import sys, yaml; print(next(iter(yaml.safe_load(open(sys.argv[1])).values()))["allow_failure"]["exit_codes"])' scripts/ci/gitlab.yml)"
rm "$work/status"

# ---- a template that is wrong is found ----

sed 's/scripts\/install-deps.sh/scripts\/install-dep.sh/' scripts/ci/github-actions.yml >"$work/wrong.yml"
run_steps github "$work/wrong.yml" "GITHUB_STEP_SUMMARY=$work/summary"
ends "a step that calls what is not there fails" 127
sed 's/github.base_ref/github.base/' scripts/ci/github-actions.yml >"$work/wrong.yml"
run_steps github "$work/wrong.yml" "GITHUB_STEP_SUMMARY=$work/summary"
ends "an expression that is not known is refused" 99
finish
