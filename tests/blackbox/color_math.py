"""Contrast and distance of colours, also as people with a colour deficiency see them.

Sources: WCAG 2.1 (relative luminance, contrast ratio); Sharma, Wu, Dalal, The CIEDE2000 Color-Difference Formula
(2005); Viénot, Brettel, Mollon, Digital Video Colourmaps for Checking the Legibility of Displays by Dichromats (1999)
for protan and deutan sight; Brettel, Viénot, Mollon (1997) for tritan sight, with two half planes.
"""
import math

SIGHTS = ("normal", "protan", "deutan", "tritan")


def linear(color):
    """0xRRGGBB as linear sRGB, each 0 to 1."""
    values = [(color >> shift & 255) / 255 for shift in (16, 8, 0)]
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]


def contrast(one, other):
    light = [sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear(c))) + 0.05 for c in (one, other)]
    return max(light) / min(light)


def multiply(matrix, vector):
    return [sum(m * v for m, v in zip(row, vector)) for row in matrix]


# Linear sRGB to what is seen, as in DaltonLens: two planes for tritan sight, parted by TRITAN_NORMAL.
PROTAN = [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]
DEUTAN = [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]
TRITAN = [[[1.01277, 0.13548, -0.14826], [-0.01243, 0.86812, 0.14431], [0.07589, 0.80500, 0.11911]],
          [[0.93678, 0.18979, -0.12657], [0.06154, 0.81526, 0.12320], [-0.37562, 1.12767, 0.24796]]]
TRITAN_NORMAL = [0.03901, -0.02788, -0.01113]


def seen(color, sight):
    """Linear sRGB as a dichromat sees it, cut to the gamut."""
    rgb = linear(color)
    if sight == "normal":
        return rgb
    far = sum(n * v for n, v in zip(TRITAN_NORMAL, rgb)) < 0
    matrix = {"protan": PROTAN, "deutan": DEUTAN, "tritan": TRITAN[far]}[sight]
    return [min(1.0, max(0.0, v)) for v in multiply(matrix, rgb)]


def lab(rgb):
    xyz = multiply([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                    [0.0193339, 0.1191920, 0.9503041]], rgb)
    x, y, z = [v / w for v, w in zip(xyz, (0.95047, 1.0, 1.08883))]
    f = [v ** (1 / 3) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116 for v in (x, y, z)]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def ciede2000(one, other):
    """Of two colours in Lab."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    g = 0.5 * (1 - math.sqrt(mean ** 7 / (mean ** 7 + 25 ** 7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = [math.degrees(math.atan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2))]
    turn = 0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    dl, dc, dh = l2 - l1, c2 - c1, 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn) / 2)
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = h1 + h2 if c1 * c2 == 0 else ((h1 + h2) / 2 if abs(h1 - h2) <= 180 else
                                       (h1 + h2 + (360 if h1 + h2 < 360 else -360)) / 2)
    t = (1 - 0.17 * math.cos(math.radians(hm - 30)) + 0.24 * math.cos(math.radians(2 * hm)) +
         0.32 * math.cos(math.radians(3 * hm + 6)) - 0.20 * math.cos(math.radians(4 * hm - 63)))
    sl = 1 + 0.015 * (lm - 50) ** 2 / math.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    rt = (-math.sin(math.radians(60 * math.exp(-((hm - 275) / 25) ** 2))) *
          2 * math.sqrt(cm ** 7 / (cm ** 7 + 25 ** 7)))
    return math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * (dc / sc) * (dh / sh))


def distance(one, other, sight):
    return ciede2000(lab(seen(one, sight)), lab(seen(other, sight)))
