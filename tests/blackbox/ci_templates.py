#!/usr/bin/env python3
"""Takes the shell out of the templates in scripts/ci: ci_templates.py github|gitlab FILE OUT NAME=VALUE...

Writes OUT/step-1.sh, step-2.sh, … in their order, and OUT/kept with the paths that the service keeps at the end, a line each.
NAME=VALUE replaces ${{ NAME }}. What the service would not understand either is an error.
"""
import re
import sys

import yaml


def github(document, values):
    (job,) = document["jobs"].values()
    scripts, kept = [], []
    for step in job["steps"]:
        action = step.get("uses", "").split("@")[0]
        if "run" in step:
            # As of its documentation: without `shell`, bash -e.
            scripts.append("set -e\n" + re.sub(r"\$\{\{ *([\w.]+) *\}\}", lambda found: values[found[1]], step["run"]))
        elif action == "actions/checkout":
            assert step["with"]["fetch-depth"] == 0, "the merge base is not in a shallow clone"
        elif action == "actions/upload-artifact":
            assert step["if"] == "always()", "the record of a failure would not be kept"
            kept += step["with"]["path"].split()
        else:
            sys.exit("a step that is neither: %s" % step)
    return scripts, kept


def gitlab(document, _):
    (job,) = document.values()
    assert job["variables"]["GIT_DEPTH"] == "0", "the merge base is not in a shallow clone"
    artifacts = job["artifacts"]
    assert artifacts["when"] == "always", "the record of a failure would not be kept"
    # As of its documentation, both are run in one shell, and a line that fails ends the job.
    script = "\n".join(["set -eo pipefail"] + job["before_script"] + job["script"])
    return [script], artifacts["paths"] + list(artifacts["reports"].values())


def main():
    service, file, out = sys.argv[1:4]
    values = dict(argument.split("=", 1) for argument in sys.argv[4:])
    with open(file, encoding="utf-8") as stream:
        document = yaml.safe_load(stream)
    scripts, kept = {"github": github, "gitlab": gitlab}[service](document, values)
    for number, script in enumerate(scripts, 1):
        with open("%s/step-%d.sh" % (out, number), "w", encoding="utf-8") as stream:
            stream.write(script + "\n")
    with open(out + "/kept", "w", encoding="utf-8") as stream:
        stream.writelines(path + "\n" for path in kept)


main()
