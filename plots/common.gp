# What all figures share: colours, axes, and the grid of panels (columns: graphs; rows: layout and
# cache state) with one legend, a title and a caption. A figure sets the variables below and loads this.
#
#   FIGURE_TITLE  Y_LABEL   texts
#   Y_FORMAT                of the axis' figures, for gprintf
#   Y  Y_LOW  Y_HIGH        expressions over the columns of cells.tsv; LOW and HIGH are the ends of a bar
#   Y_MARK                  may be set: a value that gets a line across each panel
#   ONLY                    may be set: only panels whose row's text ends in it
#
# The run gives (run.gp, beside cells.tsv): RUN_TITLE MACHINE BUILD WORKLOAD, and the arrays
# GRAPHS ROWS NODES SERIES SERIES_ENGINES SERIES_ENGINE_NUMBERS SERIES_VARIANTS. To draw one by hand:
#   gnuplot -e "load 'RUN/plots/run.gp'; DATA='RUN/plots/cells.tsv'; PLOTS='plots'; \
#               FORMAT='png'; OUTPUT='x.png'" plots/time_by_nodes.gp
#
# Colours: Okabe and Ito, Color Universal Design (2008), without yellow, which is lost on white, and
# with brown, violet and grey added. The same engine has the same colour and point in every figure.

set encoding utf8
set micro
set datafile separator tab
set datafile columnheaders
set datafile missing "NaN"

# ---- one colour and point an engine ---------------------------------------------------------------
ENGINES = "buffered pread   mmap    mmap_advised memory  null    uring   direct  sqlite  lmdb"
COLORS  = "0xE69F00 0x0072B2 0xD55E00 0xCC79A7   0x000000 0x999999 0x009E73 0x56B4E9 0x8C510A 0x6A3D9A"
POINTS  = "5        7        9        11         13       2        15       5        9        11"
# engines that came later, in the order of the run
MORE_COLORS = "0x44AA99 0x882255 0x999933 0x332288 0xAA4466 0x117733"
MORE_POINTS = "7 13 15 11 5 9"

known(name) = int(sum [k=1:words(ENGINES)] (word(ENGINES, k) eq name ? k : 0))
pick(list, n) = int(word(list, (n - 1) % words(list) + 1))
series_color(i) = known(SERIES_ENGINES[i]) ? pick(COLORS, known(SERIES_ENGINES[i])) \
	: pick(MORE_COLORS, SERIES_ENGINE_NUMBERS[i])
engine_point(i) = known(SERIES_ENGINES[i]) ? pick(POINTS, known(SERIES_ENGINES[i])) \
	: pick(MORE_POINTS, SERIES_ENGINE_NUMBERS[i])
# An engine with options keeps its colour: another dash, and the point hollow.
series_point(i) = SERIES_VARIANTS[i] > 0 && engine_point(i) > 4 ? engine_point(i) - 1 : engine_point(i)
line_width(i) = SERIES_ENGINES[i] eq "memory" ? 4.5 : 1.6
do for [i = 1:|SERIES|] {
	v = SERIES_VARIANTS[i]
	if (v == 0) { set linetype 100 + i dt solid }
	if (v > 0 && v % 4 == 1) { set linetype 100 + i dt (9, 4) }
	if (v > 0 && v % 4 == 2) { set linetype 100 + i dt (2, 3) }
	if (v > 0 && v % 4 == 3) { set linetype 100 + i dt (9, 3, 2, 3) }
	if (v > 0 && v % 4 == 0) { set linetype 100 + i dt (16, 5) }
	set linetype 100 + i lc rgb series_color(i) lw line_width(i) pt series_point(i) ps 0.75
}
# The limit lies under what comes near it, as a broad line, so that both are seen.
under(i) = SERIES_ENGINES[i] eq "memory"

# ---- which rows belong where ----------------------------------------------------------------------
if (!exists("Y_LOW")) { Y_LOW = Y }
if (!exists("Y_HIGH")) { Y_HIGH = Y }
if (!exists("Y_MARK")) { Y_MARK = 0 }
if (!exists("ONLY")) { ONLY = "" }
shown(r) = ONLY eq "" || (strlen(ROWS[r]) >= strlen(ONLY) && substr(ROWS[r], strlen(ROWS[r]) - strlen(ONLY) + 1, strlen(ROWS[r])) eq ONLY)
ROWS_SHOWN = int(sum [k=1:|ROWS|] shown(k))
place_of(r) = int(sum [k=1:r] shown(k)) # of the shown rows, from 1
in_figure = '(column("panel_column") > 0)'
in_panel = '(column("panel_column") == c && column("panel_row") == r)'
in_row = '(column("panel_column") > 0 && column("panel_row") == r)'
in_series = '(column("panel_column") == c && column("panel_row") == r && column("series_number") == i)'

# ---- the y axis of each row: decades, and below them a band for 0 ----------------------------------
# Without a valid row, stats leaves its variables undefined.
stats DATA using (@in_figure && (@Y) >= 0 ? (@Y) : NaN) nooutput
FIGURE_RECORDS = exists("STATS_records") ? STATS_records : 0
array LOWEST[|ROWS|]
array HIGHEST[|ROWS|]
array HAS_ZERO[|ROWS|]
array HAS_DATA[|GRAPHS| * |ROWS|]
if (FIGURE_RECORDS > 0) {
	do for [r = 1:|ROWS|] {
		stats DATA using (@in_row && (@Y) == 0 ? 0 : NaN) nooutput
		HAS_ZERO[r] = exists("STATS_records") ? 1 : 0
		stats DATA using (@in_row && (@Y_LOW) > 0 ? log10(@Y_LOW) : NaN) nooutput
		LOWEST[r] = exists("STATS_min") ? STATS_min : 0
		stats DATA using (@in_row && (@Y_HIGH) > 0 ? log10(@Y_HIGH) : NaN) nooutput
		HIGHEST[r] = exists("STATS_max") ? STATS_max : 0
		if (Y_MARK > 0 && log10(Y_MARK) > HIGHEST[r]) { HIGHEST[r] = log10(Y_MARK) }
		if (Y_MARK > 0 && log10(Y_MARK) < LOWEST[r]) { LOWEST[r] = log10(Y_MARK) }
		do for [c = 1:|GRAPHS|] {
			stats DATA using (@in_panel && (@Y) >= 0 ? 1 : NaN) nooutput
			HAS_DATA[(r - 1) * |GRAPHS| + c] = exists("STATS_records") ? STATS_records : 0
		}
	}
}
# In the band for 0 every series has a height of its own, or one would hide the others.
y_place(v, i) = v > 0 ? log10(v) : v == 0 ? ZERO_AT + BAND * 0.7 * ((|SERIES| + 1) / 2.0 - i) / |SERIES| : NaN

# ---- the x axis: the node counts there are, labelled where there is room --------------------------
N = |NODES|
ONE = N == 1
X_MIN = NODES[1] / (ONE ? 2.0 : 1.5)
X_MAX = NODES[N] * (ONE ? 2.0 : 1.5)
# With one node count the points would lie on top of each other: they stand side by side.
x_place(nodes, i) = ONE ? nodes * exp((i - (|SERIES| + 1) / 2.0) * 1.2 / |SERIES|) : nodes

# ---- sizes in pixels of the SVG; the PNG has PNG_SCALE times as many ------------------------------
PNG_SCALE = 1.5
CHAR = 7.4
PANEL_WIDTH = |GRAPHS| == 1 ? 620 : |GRAPHS| == 2 ? 400 : 290
PANEL_HEIGHT = ROWS_SHOWN == 1 ? 330 : ROWS_SHOWN == 2 ? 240 : 190
GAP = 16
LEFT = 92; RIGHT = 40; ABOVE = 76
PICTURE_WIDTH = LEFT + |GRAPHS| * (PANEL_WIDTH + GAP) - GAP + RIGHT
LONGEST = 6
do for [i = 1:|SERIES|] { if (strlen(SERIES[i]) > LONGEST) { LONGEST = strlen(SERIES[i]) } }
LEGEND_STEP = 58 + CHAR * LONGEST
LEGEND_COLUMNS = int(floor((PICTURE_WIDTH - 40) / LEGEND_STEP))
if (LEGEND_COLUMNS < 1) { LEGEND_COLUMNS = 1 }
if (LEGEND_COLUMNS > |SERIES|) { LEGEND_COLUMNS = |SERIES| }
LEGEND_ROWS = int(ceil(1.0 * |SERIES| / LEGEND_COLUMNS))
LEGEND_COLUMNS = int(ceil(1.0 * |SERIES| / LEGEND_ROWS))
LEGEND_HEIGHT = 20 * LEGEND_ROWS
CAPTION_FITS = CHAR * 0.85 * (strlen(MACHINE) + strlen(BUILD) + 3) < PICTURE_WIDTH - 40
CAPTION_HEIGHT = CAPTION_FITS ? 26 : 42
BELOW = 50 + LEGEND_HEIGHT + 12 + CAPTION_HEIGHT
PICTURE_HEIGHT = ABOVE + ROWS_SHOWN * (PANEL_HEIGHT + GAP) - GAP + BELOW
sx(px) = 1.0 * px / PICTURE_WIDTH
sy(px) = 1.0 - 1.0 * px / PICTURE_HEIGHT # from the top

FONT = FORMAT eq "png" ? 9 : 12 # of points there, of pixels here: the same size

if (FIGURE_RECORDS > 0) {
	if (FORMAT eq "png") {
		set terminal pngcairo size PICTURE_WIDTH * PNG_SCALE, PICTURE_HEIGHT * PNG_SCALE \
			font sprintf("Sans,%g", FONT) fontscale PNG_SCALE linewidth PNG_SCALE pointscale PNG_SCALE \
			background rgb "white" noenhanced
	} else {
		set terminal svg size PICTURE_WIDTH, PICTURE_HEIGHT font sprintf("DejaVu Sans,Verdana,sans-serif,%g", FONT) \
			background rgb "white" noenhanced
	}
	set output OUTPUT
	set multiplot
	unset key
	set border 3 lc rgb "#888888" lw 0.8
	set tics nomirror out scale 0.6, 0.3 textcolor rgb "#333333"
	set grid xtics ytics lt 1 lc rgb "#E4E4E4" lw 0.7
	set bars 0.6
	set logscale x
	set xrange [X_MIN:X_MAX]

	# Drawn with the first panel: title, legend, axis titles, captions.
	set label 1 FIGURE_TITLE at screen sx(20), sy(22) font sprintf(",%g", 1.45 * FONT) tc rgb "#000000"
	set label 2 WORKLOAD.'; '.RUN_TITLE at screen sx(20), sy(42) tc rgb "#555555"
	set label 3 Y_LABEL at screen sx(18), sy(ABOVE + (PICTURE_HEIGHT - ABOVE - BELOW) / 2) center rotate
	set label 4 "nodes" at screen sx(LEFT + (PICTURE_WIDTH - LEFT - RIGHT) / 2), \
		sy(PICTURE_HEIGHT - BELOW + 38) center
	LEGEND_LEFT = (PICTURE_WIDTH - LEGEND_COLUMNS * LEGEND_STEP) / 2.0 + 10
	do for [i = 1:|SERIES|] {
		x = LEGEND_LEFT + LEGEND_STEP * ((i - 1) % LEGEND_COLUMNS)
		y = PICTURE_HEIGHT - BELOW + 50 + 14 + 20 * ((i - 1) / LEGEND_COLUMNS)
		set arrow i from screen sx(x), sy(y) to screen sx(x + 34), sy(y) nohead lt 100 + i
		set label 100 + i "" at screen sx(x + 17), sy(y) point lt 100 + i ps 0.9
		set label 300 + i SERIES[i] at screen sx(x + 42), sy(y)
	}
	y = PICTURE_HEIGHT - CAPTION_HEIGHT + 10
	if (CAPTION_FITS) {
		set label 5 MACHINE.'; '.BUILD at screen sx(20), sy(y) font sprintf(",%g", 0.83 * FONT) tc rgb "#777777"
	} else {
		set label 5 MACHINE at screen sx(20), sy(y) font sprintf(",%g", 0.83 * FONT) tc rgb "#777777"
		set label 6 BUILD at screen sx(20), sy(y + 15) font sprintf(",%g", 0.83 * FONT) tc rgb "#777777"
	}

	do for [r = 1:|ROWS|] {
		# At least 0.8 decades; within two 2 and 5 are written as well.
		SPAN = HIGHEST[r] - LOWEST[r]
		PAD = SPAN < 0.7 ? (0.8 - SPAN) / 2 : 0.07 * SPAN
		BOTTOM = LOWEST[r] - PAD
		TOP = HIGHEST[r] + PAD
		FINE = TOP - BOTTOM < 2
		STEP = TOP - BOTTOM > 14 ? 3 : TOP - BOTTOM > 7 ? 2 : 1
		BAND = HAS_ZERO[r] ? (|SERIES| < 8 ? 0.16 : 0.24) * (TOP - BOTTOM) : 0
		ZERO_AT = BOTTOM - BAND / 2
		set yrange [BOTTOM - BAND:TOP]
		do for [c = 1:(shown(r) ? |GRAPHS| : 0)] {
			x = LEFT + (c - 1) * (PANEL_WIDTH + GAP)
			y = ABOVE + (place_of(r) - 1) * (PANEL_HEIGHT + GAP)
			set lmargin at screen sx(x)
			set rmargin at screen sx(x + PANEL_WIDTH)
			set tmargin at screen sy(y)
			set bmargin at screen sy(y + PANEL_HEIGHT)

			unset ytics
			set ytics () nomirror textcolor rgb "#333333"
			do for [d = int(floor(BOTTOM)):int(ceil(TOP))] {
				write = c == 1 && (d % STEP == 0)
				if (d >= BOTTOM && d <= TOP) { set ytics add ((write ? gprintf(Y_FORMAT, 10.0**d) : "") d) }
				do for [k = 2:9] {
					m = d + log10(k)
					write = c == 1 && FINE && (k == 2 || k == 5)
					if (m >= BOTTOM && m <= TOP) {
						if (FINE && (k == 2 || k == 5)) {
							set ytics add ((write ? gprintf(Y_FORMAT, k * 10.0**d) : "") m)
						} else {
							if (STEP == 1) { set ytics add ("" m 1) }
						}
					}
				}
			}
			if (HAS_ZERO[r]) { set ytics add ((c == 1 ? "0" : "") ZERO_AT) }

			unset xtics
			set xtics () nomirror textcolor rgb "#333333"
			last = -1.0
			do for [k = 1:N] {
				room = last < 0 || log10(NODES[k] / last) > 38.0 / PANEL_WIDTH * log10(X_MAX / X_MIN)
				set xtics add ((place_of(r) == ROWS_SHOWN && room ? gprintf("%.4g", NODES[k] \
					/ 1000.0**(NODES[k] >= 1e9 ? 3 : NODES[k] >= 1e6 ? 2 : NODES[k] >= 1e3 ? 1 : 0)) \
					.(NODES[k] >= 1e9 ? "G" : NODES[k] >= 1e6 ? "M" : NODES[k] >= 1e3 ? "k" : "") \
					: "") NODES[k])
				if (room) { last = NODES[k] }
			}

			if (place_of(r) == 1) { set label 10 GRAPHS[c] at graph 0.5, screen sy(ABOVE - 11) center font sprintf(",%g", 1.1 * FONT) }
			if (c == |GRAPHS|) {
				set label 11 ROWS[r] at screen sx(PICTURE_WIDTH - RIGHT + 16), graph 0.5 center rotate by -90
			}
			if (HAS_DATA[(r - 1) * |GRAPHS| + c] == 0) {
				set label 12 "not measured" at graph 0.5, 0.5 center tc rgb "#999999"
			}
			# Below this line the axis is not logarithmic: there is only 0.
			if (HAS_ZERO[r]) {
				set arrow 9001 from graph 0, first BOTTOM to graph 1, first BOTTOM \
					nohead dt (3, 4) lc rgb "#888888" lw 0.8
			}
			if (Y_MARK > 0) {
				set arrow 9002 from graph 0, first log10(Y_MARK) to graph 1, first log10(Y_MARK) \
					nohead dt (6, 4) lc rgb "#444444" lw 1.2
			}
			plot for [i = 1:|SERIES|] DATA using \
				(@in_series ? x_place(column("nodes"), i) : NaN):(y_place((@Y), i)) \
				:(y_place((@Y_LOW), i)):(y_place((@Y_HIGH), i)) \
				with yerrorbars lc rgb series_color(i) lw 0.9 dt solid pt -1, \
				for [i = 1:|SERIES|] DATA using \
				(@in_series && under(i) ? x_place(column("nodes"), i) : NaN):(y_place((@Y), i)) \
				with linespoints lt 100 + i, \
				for [i = 1:|SERIES|] DATA using \
				(@in_series && !under(i) ? x_place(column("nodes"), i) : NaN):(y_place((@Y), i)) \
				with linespoints lt 100 + i
			unset label
			unset arrow
		}
	}
	unset multiplot
	unset output
}
undefine Y Y_LOW Y_HIGH Y_MARK ONLY
