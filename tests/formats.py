#!/usr/bin/env python3
"""Validates records against docs/schemas: formats.py SCHEMA FILE... prints what is wrong and exits 1.

SCHEMA is the name of a schema (run, sample, …) or `documented`: then every field of every schema must be named
in docs/FORMATS.md. Files that end in .jsonl or .jsonl.gz are checked line by line.
"""
import gzip
import json
import os
import sys

import jsonschema

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs")
SHOWN_MOST = 5


def load(name):
    with open(os.path.join(DOCS, "schemas", name + ".schema.json"), encoding="utf-8") as file:
        return json.load(file)


def values(path):
    open_file = gzip.open if path.endswith(".gz") else open
    with open_file(path, "rt", encoding="utf-8") as file:
        if ".jsonl" not in path:
            yield path, json.load(file)
            return
        for number, line in enumerate(file, 1):
            yield "%s:%d" % (path, number), json.loads(line)


def validate(name, paths):
    validator = jsonschema.Draft7Validator(load(name))
    for path in paths:
        shown = 0
        for where, value in values(path):
            for error in validator.iter_errors(value):
                shown += 1
                if shown <= SHOWN_MOST:
                    yield "%s: %s: %s" % (where, "/".join(str(p) for p in error.path), error.message[:200])


def fields(schema):
    for name, member in schema.get("properties", {}).items():
        yield name
        yield from fields(member)
    for member in schema.get("definitions", {}).values():
        yield from fields(member)


def undocumented():
    text = open(os.path.join(DOCS, "FORMATS.md"), encoding="utf-8").read()
    for file in sorted(os.listdir(os.path.join(DOCS, "schemas"))):
        for name in fields(load(file.split(".")[0])):
            if "`%s`" % name not in text and ".%s`" % name not in text:
                yield "%s: field '%s' is not in FORMATS.md" % (file, name)


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: formats.py SCHEMA FILE... | documented")
    found = list(undocumented() if sys.argv[1] == "documented" else validate(sys.argv[1], sys.argv[2:]))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


main()
