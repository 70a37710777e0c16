# Colours, points, line types and fonts. An engine has the same colour and point in every figure.
# The lists ENGINES, COLORS, POINTS, MORE_COLORS and MORE_POINTS are in run.gp; harness/plot/palette.c has them.

set encoding utf8
set micro
set datafile separator tab
set datafile columnheaders
set datafile missing "NaN"

# ---- one colour and point per engine --------------------------------------------------------------
if (!exists("TABLE")) { TABLE = "" }
place_in(list, name) = int(sum [k=1:words(list)] (word(list, k) eq name ? k : 0))
known(name) = place_in(ENGINES, name)
pick(list, n) = int(word(list, (n - 1) % words(list) + 1))
more_before(n) = int(sum [k=1:n] (known(word(TABLE, k)) == 0 ? 1 : 0))
more(name, number) = place_in(TABLE, name) ? more_before(place_in(TABLE, name)) : number
color_of(name, number) = known(name) ? pick(COLORS, known(name)) : pick(MORE_COLORS, more(name, number))
point_of(name, number) = known(name) ? pick(POINTS, known(name)) : pick(MORE_POINTS, more(name, number))
series_color(i) = color_of(SERIES_ENGINES[i], SERIES_ENGINE_NUMBERS[i])
engine_point(i) = point_of(SERIES_ENGINES[i], SERIES_ENGINE_NUMBERS[i])
# An engine with options keeps its colour, but has another dash pattern and hollow points.
series_point(i) = SERIES_VARIANTS[i] > 0 && engine_point(i) > 4 ? engine_point(i) - 1 : engine_point(i)
line_width(i) = SERIES_ENGINES[i] eq "memory" ? 4.5 : 1.6
do for [i = 1:8] { set linetype i lc rgb "#000000" } # no colour that svg.c does not know
do for [i = 1:|SERIES|] {
	v = SERIES_VARIANTS[i]
	if (v == 0) { set linetype 100 + i dt solid }
	if (v > 0 && v % 4 == 1) { set linetype 100 + i dt (9, 4) }
	if (v > 0 && v % 4 == 2) { set linetype 100 + i dt (2, 3) }
	if (v > 0 && v % 4 == 3) { set linetype 100 + i dt (9, 3, 2, 3) }
	if (v > 0 && v % 4 == 0) { set linetype 100 + i dt (16, 5) }
	set linetype 100 + i lc rgb series_color(i) lw line_width(i) pt series_point(i) ps 0.75
}
# Engine memory is the limit of all others. It is drawn first as a broad line, so that lines near it
# remain visible.
array UNDER[|SERIES|]
array PLAIN[|SERIES|]
array POINT[|SERIES|]
array COLOR[|SERIES|]
DASHED = "0" # no series, but a loop needs an element
do for [i = 1:|SERIES|] {
	UNDER[i] = SERIES_ENGINES[i] eq "memory" && SERIES_VARIANTS[i] == 0
	PLAIN[i] = !UNDER[i] && SERIES_VARIANTS[i] == 0
	POINT[i] = series_point(i)
	COLOR[i] = series_color(i)
	if (SERIES_VARIANTS[i] > 0) { DASHED = DASHED.sprintf(" %d", i) }
}
color_at(i) = i > 0 ? COLOR[int(i)] : 0
point_at(i) = i > 0 ? POINT[int(i)] : 0

# ---- shared by all pictures -----------------------------------------------------------------------
PNG_SCALE = 1.5
CHAR = 7.4 # pixels of the SVG; the PNG has PNG_SCALE times as many
FONT = FORMAT eq "png" ? 9 : 12 # points and pixels of the same size
FAMILY = FORMAT eq "png" ? "DejaVu Sans" : "system-ui" # svg.c adds what follows it
HEADING = sprintf("%s:Bold,%g", FAMILY, 1.25 * FONT) # 15 px
SMALL = sprintf(",%g", FORMAT eq "png" ? 8.25 : 11)  # 11 px, the least
INK = "#1B1F24"
DIM = "#59636E"
AXIS = "#888888"
GRID = "#E4E4E4"
SHADE = "#F0F0F0"
# `set terminal @TERMINAL`, then `set output OUTPUT`; a figure may set another size in pixels before.
PICTURE_WIDTH = 700; PICTURE_HEIGHT = 420
WIDEST = 1120
TERMINAL = FORMAT eq "png" ? 'pngcairo size PICTURE_WIDTH * PNG_SCALE, PICTURE_HEIGHT * PNG_SCALE '. \
	'font sprintf("%s,%g", FAMILY, FONT) fontscale PNG_SCALE linewidth PNG_SCALE pointscale PNG_SCALE '. \
	'background rgb "white" noenhanced' : \
	'svg size PICTURE_WIDTH, PICTURE_HEIGHT font sprintf("%s,%g", FAMILY, FONT) '. \
	'background rgb "white" noenhanced'
# In an SVG, gnuplot writes the titles of plots as <title> only if its terminal interprets markup, and if there is
# a key. Figures with such titles use @TITLED and this key, which is out of the picture, and mark each text as
# noenhanced: names of series may contain any character.
TITLED = FORMAT eq "png" ? TERMINAL : TERMINAL[1:strlen(TERMINAL) - strlen("noenhanced")].'enhanced'
KEY = 'at screen 9, screen 9 samplen 0 noenhanced'
