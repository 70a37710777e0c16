#!/usr/bin/env python3
"""Checks the colours of figures, and the titles in pictures, without any code of iowalk.

figure_colors.py PALETTE_C SVG_C STYLE_GP: contrast and distances of the colours of engines and of their partners on
dark pages in harness/plot/palette.c, and those of texts in svg.c. figure_colors.py --pictures FILE.svg...: every colour of the pictures has a
partner, and no <title> is an expression. Prints the errors; exit status 1 if there are any.
"""
import itertools
import re
import sys

from color_math import SIGHTS, ciede2000, contrast, distance

PAGES = (("light", 0xFFFFFF, 3.1), ("dark", 0x14171B, 3.6))
APART = 15         # units of CIEDE2000 between the named engines
MORE_APART = 12    # among further engines, and for normal sight from the named ones
wrong = []

# Known differences of the formula: Sharma, Wu, Dalal (2005), table 1.
for one, other, known in (((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425), ((50, 2.5, 0), (73, 25, -18), 27.1492),
                          ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
                          ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195)):
    if abs(ciede2000(one, other) - known) > 1e-4:
        wrong.append("ciede2000 of %s and %s is not %s" % (one, other, known))


def check_palette(palette, source, style):
    entries = re.findall(r'\{("\w+"|NULL), "#([0-9A-F]{6})", "#([0-9A-F]{6})", (\d+)\}', palette)
    lists = {"ENGINES": [name.strip('"') for name, *_ in entries if name != "NULL"],
             "COLORS": [light for name, light, *_ in entries if name != "NULL"],
             "MORE_COLORS": [light for name, light, *_ in entries if name == "NULL"]}
    dark = {int(a, 16): int(b, 16) for a, b in re.findall(r"\{0x([0-9A-F]{6}), 0x([0-9A-F]{6})\}", source)}
    dark.update({int(light, 16): int(other, 16) for _, light, other, _ in entries})
    if len(lists["ENGINES"]) < 8 or len(lists["MORE_COLORS"]) < 6:
        wrong.append("the palette has %d entries" % len(entries))
    looks = [(light, point) for _, light, _, point in entries]
    if len(set(looks)) != len(looks):
        wrong.append("two engines have one colour and one point")
    named = {int(color, 16): name for name, color in reversed(list(zip(lists["ENGINES"], lists["COLORS"])))}
    more = {int(color, 16): "further engine %d" % i for i, color in enumerate(lists["MORE_COLORS"])}
    texts = {int(color[1:], 16): color for color in re.findall(r'^(?:INK|DIM) = "(#[0-9A-F]{6})"', style, re.M)}
    for color in {**named, **more, **texts}:
        if color not in dark:
            wrong.append("%06X has no partner on dark pages" % color)
            dark[color] = color
    least = {}
    for scheme, page, bound in PAGES:
        def shown(color, scheme=scheme):
            return dark[color] if scheme == "dark" else color
        for color, name in {**named, **more}.items():
            value = contrast(shown(color), page)
            least[scheme] = min(least.get(scheme, 99), value)
            if value < bound:
                wrong.append("%s, %s: contrast %.2f, not %.1f" % (name, scheme, value, bound))
        for color, name in texts.items():
            if contrast(shown(color), page) < 4.5:
                wrong.append("text %s, %s: contrast %.2f" % (name, scheme, contrast(shown(color), page)))
        for sight in SIGHTS:
            pairs = [(a, b, APART) for a, b in itertools.combinations(named, 2)]
            pairs += [(a, b, MORE_APART) for a, b in itertools.combinations(more, 2)]
            pairs += [(a, b, MORE_APART) for a in more for b in named if sight == "normal"]
            for a, b, bound in pairs:
                value = distance(shown(a), shown(b), sight)
                key = "%s, %s, %d" % (scheme, sight, bound)
                least[key] = min(least.get(key, 99), value)
                if value < bound:
                    names = {**named, **more}
                    wrong.append("%s and %s, %s, %s: %.1f apart, not %d" % (names[a], names[b], scheme, sight, value,
                                                                            bound))
    print("least: %s" % ", ".join("%s %.2f" % item for item in least.items()))


EXPRESSION = re.compile(r"\bcolumn\(|\busing\b.*:|\$CELLS|\$\d|==|&amp;&amp;|\? ")


def check_picture(path):
    text = open(path, encoding="utf-8").read()
    titles = re.findall(r"<title>(.*?)</title>", text, re.S)
    if not titles or titles[0] in ("", "Gnuplot"):
        wrong.append("%s has no title" % path)
    wrong.extend("%s: the title '%s'" % (path, title[:60]) for title in titles if EXPRESSION.search(title))
    if 'id="gnuplot_canvas"' in text:
        colors = set(re.findall(r"""(?:fill|stroke|color) ?= ?["'](#[0-9a-fA-F]{6}|rgb\([^)]*\)|black|white)["']""",
                                text.split("</style>")[1]))
        known = set(re.findall(r'\[fill="(#[0-9a-f]{6})"\]', text))
        if not path.endswith("/heatmap.svg"):  # its fields have the same colours on all pages
            wrong.extend("%s: %s has no partner on dark pages" % (path, color) for color in sorted(colors - known))
        if "#ffffff" not in colors:
            wrong.append("%s: no background" % path)
    if len(text) > 300 * 1024:
        wrong.append("%s has %d KiB" % (path, len(text) // 1024))
    return len(titles)


if sys.argv[1] == "--pictures":
    print("titles: %d" % sum(check_picture(path) for path in sys.argv[2:]))
else:
    check_palette(*[open(path, encoding="utf-8").read() for path in sys.argv[1:4]])
print("\n".join(wrong[:20]))
sys.exit(1 if wrong else 0)
