#!/usr/bin/env python3
"""What holds the house together: house.py CHECK ROOT [BUILD].

Checks, each of which prints what it finds, a line each, and exits 1 where it finds something:
  circles   object files that need each other, from the symbols of BUILD (nm)
  upward    includes and symbols that run from a lower part to a higher one
  places    files directly in harness/, and files that repeat the name of their folder
  sizes     functions over 70 lines, files over 500, headers over 200, without a reason
  names     names of engines, layouts, graphs and workloads that harness/ compares as strings
  words     private words in identifiers

The order of the parts is engines, layouts, references, workloads and then WINGS of the Makefile. A reason
for a size is a comment "Long: REASON": in the comment at the head of a file, or in the one right above a
function.
"""
import os
import re
import subprocess
import sys

LOW = ["engines", "layouts", "references", "workloads"]
FUNCTION_MAX, FILE_MAX, HEADER_MAX = 70, 500, 200
WORDS = {"crew", "told", "settle", "settled"}


def wings(root):
    for line in open(os.path.join(root, "Makefile"), encoding="utf-8"):
        if line.startswith("WINGS :="):
            return line.split(":=")[1].split()
    sys.exit("house: the Makefile has no line WINGS")


def sources(root, folders):
    for folder in folders:
        for at, names, files in os.walk(os.path.join(root, folder)):
            names.sort()
            for name in sorted(files):
                if name.endswith((".c", ".h", ".cc")):
                    yield os.path.relpath(os.path.join(at, name), root)


def ranks(root):
    return {name: i for i, name in enumerate(LOW + ["harness/" + wing for wing in wings(root)])}


def part(path):
    """The part of the house that a path lies in."""
    steps = path.split(os.sep)
    return "/".join(steps[:2]) if steps[0] == "harness" else steps[0]


# ---- symbols ----

def objects(root, build):
    """{name of the object: (symbols it defines, symbols it needs)}, without tests and generated tables."""
    paths = []
    for folder in LOW + ["harness"]:
        for at, _, files in os.walk(os.path.join(build, folder)):
            for name in files:
                path = os.path.join(at, name)
                source = os.path.join(root, os.path.relpath(path, build)[:-2])
                # An object whose source is gone was left by an earlier build.
                if name.endswith(".o") and (os.path.exists(source + ".c") or os.path.exists(source + ".cc")):
                    paths.append(path)
    if not paths:
        sys.exit("house: no objects in '%s'" % build)
    found = {os.path.relpath(path, build)[:-2]: (set(), set()) for path in paths}
    # One call for all: with a process for each it took a minute.
    out = subprocess.run(["nm", "-A"] + paths, stdout=subprocess.PIPE, check=True, universal_newlines=True).stdout
    for line in out.splitlines():
        path, symbol = line.split(":", 1)
        defined, needed = found[os.path.relpath(path, build)[:-2]]
        words = symbol.split()
        if len(words) == 2 and words[0] == "U":
            needed.add(words[1])
        elif len(words) == 3 and words[1] in "TDBRVWC":
            defined.add(words[2])
    return found


def needs(root, build):
    """{object: {object that it needs: symbols}}"""
    all_objects = objects(root, build)
    home = {symbol: name for name, (defined, _) in all_objects.items() for symbol in defined}
    graph = {name: {} for name in all_objects}
    for name, (_, needed) in all_objects.items():
        for symbol in needed:
            if home.get(symbol, name) != name:
                graph[name].setdefault(home[symbol], set()).add(symbol)
    return graph


def components(graph):
    """The strongly connected components of more than one node (Tarjan, without recursion)."""
    index, low, stack, on_stack, found = {}, {}, [], set(), []
    for start in sorted(graph):
        if start in index:
            continue
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        work = [(start, iter(sorted(graph[start])))]
        while work:
            node, rest = work[-1]
            child = next(rest, None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    members = []
                    while not members or members[-1] != node:
                        members.append(stack.pop())
                        on_stack.discard(members[-1])
                    if len(members) > 1:
                        found.append(sorted(members))
            elif child not in index:
                index[child] = low[child] = len(index)
                stack.append(child)
                on_stack.add(child)
                work.append((child, iter(sorted(graph[child]))))
            elif child in on_stack:
                low[node] = min(low[node], index[child])
    return found


def circles(root, build):
    graph = needs(root, build)
    for members in components(graph):
        yield "circle: " + ", ".join(members)
        for a in members:
            for b in sorted(graph[a]):
                if b in members:
                    yield "    %s needs of %s: %s" % (a, b, ", ".join(sorted(graph[a][b])))


def upward(root, build):
    rank = ranks(root)
    for path in sources(root, LOW + ["harness"]):
        text = open(os.path.join(root, path), encoding="utf-8").read()
        if part(path) not in rank:
            yield "%s: '%s' is not in the Makefile's WINGS" % (path, part(path))
            continue
        for include in re.findall(r'^#include "([^"]+)"', text, re.M):
            target = os.path.normpath(os.path.join(os.path.dirname(path), include))
            if rank.get(part(target), -1) > rank[part(path)]:
                yield "%s includes %s" % (path, target)
    graph = needs(root, build)
    for a in sorted(graph):
        for b in sorted(graph[a]):
            if rank.get(part(b), -1) > rank.get(part(a), len(rank)):
                yield "%s needs of %s: %s" % (a, b, ", ".join(sorted(graph[a][b])))


# ---- files ----

def places(root, build):
    for path in sources(root, ["harness"]):
        steps = path.split(os.sep)
        if len(steps) < 3:
            yield "%s lies directly in harness/" % path
        elif os.path.splitext(steps[-1])[0] == steps[-2]:
            yield "%s repeats the name of its folder" % path


def head_comment(lines):
    head = []
    for line in lines:
        if line.strip() and not line.startswith(("/*", " *", "//")):
            break
        head.append(line)
    return "\n".join(head)


def functions(lines):
    """(name, first line, count of lines, comment above) of each function of C, in the kernel's style."""
    for i, line in enumerate(lines):
        if line != "{":
            continue
        first = i
        while first > 0 and lines[first - 1].strip() and not lines[first - 1].rstrip().endswith(("*/", ";", "}")) \
                and not lines[first - 1].startswith("#"):
            first -= 1
        end = next((k for k in range(i, len(lines)) if lines[k].rstrip() == "}"), len(lines) - 1)
        above = first - 1
        while above > 0 and lines[above].startswith((" *", "/*")) and not lines[above].startswith("/*"):
            above -= 1
        name = re.search(r"(\w+)\(", " ".join(lines[first:i]))
        yield name.group(1) if name else "?", first + 1, end - first + 1, "\n".join(lines[max(above, 0):first])


def sizes(root, build):
    for path in sources(root, LOW + ["harness", "tests"]):
        lines = open(os.path.join(root, path), encoding="utf-8").read().split("\n")
        most = HEADER_MAX if path.endswith(".h") else FILE_MAX
        if len(lines) - 1 > most and "Long:" not in head_comment(lines):
            yield "%s has %d lines" % (path, len(lines) - 1)
        for name, line, count, comment in functions(lines):
            if count > FUNCTION_MAX and "Long:" not in comment:
                yield "%s:%d: %s has %d lines" % (path, line, name, count)


def part_names(root):
    names = {"own"}
    for folder in LOW + ["workloads/graphs"]:
        for name in os.listdir(os.path.join(root, folder)):
            if name.endswith(".c"):
                names.add(name[:-2])
    return names


def names(root, build):
    known = part_names(root)
    call = re.compile(r'\b(strcmp|strncmp|strcasecmp|strstr|table_find|option_find)\s*\(')
    for path in sources(root, ["harness"]):
        text = open(os.path.join(root, path), encoding="utf-8").read()
        for match in call.finditer(text):
            # A comparison ends with its statement or at its closing brace.
            statement = text[match.start():match.start() + 200].split(";")[0]
            depth, end = 0, len(statement)
            for i, c in enumerate(statement):
                depth += (c == "(") - (c == ")")
                if depth == 0 and c == ")":
                    end = i
                    break
            # "none" is also no counter, and "memory" also a controller: where that is meant, it is said.
            before = text[:match.start()].rsplit("\n", 5)[1:]
            if "not a part" in "\n".join(before) + statement:
                continue
            for literal in re.findall(r'"([a-z_]+)"', statement[:end]):
                if literal in known | {"cache_bytes"}:
                    yield '%s:%d: compares with "%s"' % (path, text.count("\n", 0, match.start()) + 1, literal)


def words(root, build):
    for path in sources(root, LOW + ["harness"]):
        text = open(os.path.join(root, path), encoding="utf-8").read()
        text = re.sub(r"/\*.*?\*/|//[^\n]*", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
        text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
        for number, line in enumerate(text.split("\n"), 1):
            for name in re.findall(r"[a-z_]+", line):
                for word in WORDS.intersection(name.split("_")):
                    yield "%s:%d: %s: '%s' is no term of the field" % (path, number, name, word)


def main():
    checks = {f.__name__: f for f in (circles, upward, places, sizes, names, words)}
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in checks:
        sys.exit("usage: house.py %s ROOT [BUILD]" % "|".join(checks))
    found = list(checks[sys.argv[1]](sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


main()
