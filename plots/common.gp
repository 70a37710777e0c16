# Shared by all figures: colours, axes, and the grid of panels (columns: graphs; rows: layout and cache
# state) with one legend, a title and a caption. A figure sets the variables below and loads this file.
#
#   FIGURE_TITLE  Y_LABEL   texts
#   Y_FORMAT                format of the numbers on the axis, for gprintf
#   Y  Y_LOW  Y_HIGH        expressions over the columns of cells.tsv; LOW and HIGH are the ends of a bar
#   X  X_LABEL              optional, with the arrays X_VALUES and X_TEXTS of its ticks: a linear x axis
#                           instead of nodes
#   Y_MARK                  optional: a value that gets a horizontal line in each panel
#   ONLY                    optional: show only panels whose row's text ends with this
#
# The run defines (run.gp, beside cells.tsv): RUN_TITLE MACHINE BUILD WORKLOAD, and the arrays
# GRAPHS ROWS NODES SERIES SERIES_ENGINES SERIES_ENGINE_NUMBERS SERIES_VARIANTS.
#
load PLOTS.'/style.gp'

# ---- selecting rows -------------------------------------------------------------------------------
if (!exists("Y_LOW")) { Y_LOW = Y }
if (!exists("Y_HIGH")) { Y_HIGH = Y }
if (!exists("Y_MARK")) { Y_MARK = 0 }
if (!exists("ONLY")) { ONLY = "" }
shown(r) = ONLY eq "" || (strlen(ROWS[r]) >= strlen(ONLY) && substr(ROWS[r], strlen(ROWS[r]) - strlen(ONLY) + 1, strlen(ROWS[r])) eq ONLY)
ROWS_SHOWN = int(sum [k=1:|ROWS|] shown(k))
place_of(r) = int(sum [k=1:r] shown(k)) # among the shown rows, from 1
in_figure = '(column("panel_column") > 0)'
in_panel = '(column("panel_column") == c && column("panel_row") == r)'
in_row = '(column("panel_column") > 0 && column("panel_row") == r)'

# ---- the y axis of each row: decades, and a band for 0 below them ----------------------------------
# stats leaves its variables undefined if there is no valid row.
array LOWEST[|ROWS|]
array HIGHEST[|ROWS|]
array HAS_ZERO[|ROWS|]
array HAS_DATA[|GRAPHS| * |ROWS|]
array HAS_SERIES[|SERIES|]
array END_X[|SERIES| * |ROWS|] # the end of a line in the last column
array END_Y[|SERIES| * |ROWS|]
array ONLY_ZERO[|ROWS|]
do for [s = 1:|SERIES|] { HAS_SERIES[s] = 0 }
do for [k = 1:|SERIES| * |ROWS|] { END_X[k] = -1; END_Y[k] = -1 }
do for [r = 1:|ROWS|] {
	LOWEST[r] = 1e9; HIGHEST[r] = -1e9; HAS_ZERO[r] = 0
	do for [c = 1:|GRAPHS|] { HAS_DATA[(r - 1) * |GRAPHS| + c] = 0 }
}
# One pass over the data fills all of them.
note_low(r, v) = v > 0 && log10(v) < LOWEST[r] ? (LOWEST[r] = log10(v)) : 0
note_high(r, v) = v > 0 && log10(v) > HIGHEST[r] ? (HIGHEST[r] = log10(v)) : 0
note_zero(r, v) = v == 0 ? (HAS_ZERO[r] = 1) : 0
note_data(r, c) = (HAS_DATA[(r - 1) * |GRAPHS| + c] = 1)
note_end(k, x, v) = x >= END_X[k] ? (END_X[k] = x, END_Y[k] = v) : 0
note_series(c, r, s, x, v) = (HAS_SERIES[s] = 1, c == |GRAPHS| ? note_end((r - 1) * |SERIES| + s, x, v) : 0)
note(c, r, s, x, v, low, high) = v >= 0 ? (note_low(r, v == v && low == low ? low : v), \
	note_high(r, high == high ? high : v), note_zero(r, v), note_data(r, c), note_series(c, r, s, x, v), 1) : NaN
OTHER_X = exists("X") && strlen(X) > 0
if (!OTHER_X) { X = 'column("nodes")' }
stats DATA using (@in_figure ? note(int(column("panel_column")), int(column("panel_row")), \
	int(column("series_number")), (@X), (@Y), (@Y_LOW), (@Y_HIGH)) : NaN) nooutput
FIGURE_RECORDS = exists("STATS_records") ? STATS_records : 0
do for [r = 1:|ROWS|] {
	ONLY_ZERO[r] = LOWEST[r] > HIGHEST[r] && HAS_ZERO[r]
	if (LOWEST[r] > HIGHEST[r]) { LOWEST[r] = 0; HIGHEST[r] = 0 }
	if (Y_MARK > 0 && log10(Y_MARK) > HIGHEST[r]) { HIGHEST[r] = log10(Y_MARK) }
	if (Y_MARK > 0 && log10(Y_MARK) < LOWEST[r]) { LOWEST[r] = log10(Y_MARK) }
}
# All zeros have one height.
y_place(v, i) = v > 0 ? log10(v) : v == 0 ? ZERO_AT : NaN

# ---- the x axis: the node counts, or the ticks of the figure; labelled if there is room -------------
N_NODES = |NODES|
if (!OTHER_X) {
	X_LABEL = "nodes"
	array X_VALUES[N_NODES]
	array X_TEXTS[N_NODES]
	do for [k = 1:N_NODES] {
		v = NODES[k]
		X_VALUES[k] = log10(v)
		X_TEXTS[k] = gprintf("%.4g", v / 1000.0**(v >= 1e9 ? 3 : v >= 1e6 ? 2 : v >= 1e3 ? 1 : 0)) \
			.(v >= 1e9 ? "G" : v >= 1e6 ? "M" : v >= 1e3 ? "k" : "")
	}
}
N = |X_VALUES|
ONE = N == 1
X_SIDE = OTHER_X ? 0.25 : ONE ? 0.30103 : 0.17609
X_MIN = X_VALUES[1] - X_SIDE
X_MAX = X_VALUES[N] + X_SIDE
# With only one node count the points of the series are placed side by side.
x_scale(v) = OTHER_X ? v : log10(v)
x_place(v, i) = x_scale(v) + (ONE ? (i - (|SERIES| + 1) / 2.0) * 0.52 / |SERIES| : 0)

# ---- sizes in pixels of the SVG -------------------------------------------------------------------
PANEL_WIDTH = |GRAPHS| == 1 ? 620 : |GRAPHS| == 2 ? 400 : 290
PANEL_HEIGHT = ROWS_SHOWN == 1 ? 330 : ROWS_SHOWN == 2 ? 240 : 190
GAP = 16
LEFT = 92; ABOVE = 76
LONGEST = 6
SERIES_SHOWN = 0
do for [i = 1:|SERIES|] {
	if (HAS_SERIES[i] && strlen(SERIES[i]) > LONGEST) { LONGEST = strlen(SERIES[i]) }
	SERIES_SHOWN = SERIES_SHOWN + HAS_SERIES[i]
}
# Names up to this many letters are also written at the ends of lines, if no other line ends nearby.
DIRECT = LONGEST <= 16 && N > 1
SIDE = X_SIDE / (X_MAX - X_MIN) * (|GRAPHS| == 1 ? 620 : |GRAPHS| == 2 ? 400 : 290)
RIGHT = 40 + (DIRECT && 6.4 * LONGEST + 16 > SIDE ? 6.4 * LONGEST + 16 - SIDE : 0)
PICTURE_WIDTH = LEFT + |GRAPHS| * (PANEL_WIDTH + GAP) - GAP + RIGHT
LEGEND_STEP = 58 + CHAR * LONGEST
LEGEND_COLUMNS = int(floor((PICTURE_WIDTH - 40) / LEGEND_STEP))
if (LEGEND_COLUMNS < 1) { LEGEND_COLUMNS = 1 }
if (LEGEND_COLUMNS > SERIES_SHOWN) { LEGEND_COLUMNS = SERIES_SHOWN > 0 ? SERIES_SHOWN : 1 }
LEGEND_ROWS = int(ceil(1.0 * SERIES_SHOWN / LEGEND_COLUMNS))
LEGEND_COLUMNS = LEGEND_ROWS > 0 ? int(ceil(1.0 * SERIES_SHOWN / LEGEND_ROWS)) : 1
LEGEND_HEIGHT = 20 * LEGEND_ROWS
CAPTION_FITS = CHAR * 0.85 * (strlen(MACHINE) + strlen(BUILD) + 3) < PICTURE_WIDTH - 40
CAPTION_HEIGHT = CAPTION_FITS ? 26 : 42
BELOW = 50 + LEGEND_HEIGHT + 12 + CAPTION_HEIGHT
PICTURE_HEIGHT = ABOVE + ROWS_SHOWN * (PANEL_HEIGHT + GAP) - GAP + BELOW
sx(px) = 1.0 * px / PICTURE_WIDTH
sy(px) = 1.0 - 1.0 * px / PICTURE_HEIGHT # from the top

if (FIGURE_RECORDS > 0) {
	set terminal @TERMINAL
	set output OUTPUT
	set multiplot
	unset key
	set border 3 lc rgb "#888888" lw 0.8
	set tics nomirror out scale 0.6, 0.3 textcolor rgb "#333333"
	set grid xtics ytics lt 1 lc rgb "#E4E4E4" lw 0.7
	set bars 0.6
	set xrange [X_MIN:X_MAX]

	# Drawn with the first panel: title, legend, axis titles, captions.
	set label 1 FIGURE_TITLE at screen sx(20), sy(22) font sprintf(",%g", 1.45 * FONT) tc rgb "#000000"
	set label 2 WORKLOAD.'; '.RUN_TITLE at screen sx(20), sy(42) tc rgb "#555555"
	set label 3 Y_LABEL at screen sx(18), sy(ABOVE + (PICTURE_HEIGHT - ABOVE - BELOW) / 2) center rotate
	set label 4 X_LABEL at screen sx(LEFT + (PICTURE_WIDTH - LEFT - RIGHT) / 2), \
		sy(PICTURE_HEIGHT - BELOW + 38) center
	LEGEND_LEFT = (PICTURE_WIDTH - LEGEND_COLUMNS * LEGEND_STEP) / 2.0 + 10
	k = 0
	do for [i = 1:|SERIES|] {
		x = LEGEND_LEFT + LEGEND_STEP * (k % LEGEND_COLUMNS)
		y = PICTURE_HEIGHT - BELOW + 50 + 14 + 20 * (k / LEGEND_COLUMNS)
		if (HAS_SERIES[i]) {
			set arrow i from screen sx(x), sy(y) to screen sx(x + 34), sy(y) nohead lt 100 + i
			set label 100 + i "" at screen sx(x + 17), sy(y) point lt 100 + i ps 0.9
			set label 300 + i SERIES[i] at screen sx(x + 42), sy(y)
			k = k + 1
		}
	}
	y = PICTURE_HEIGHT - CAPTION_HEIGHT + 10
	if (CAPTION_FITS) {
		set label 5 MACHINE.'; '.BUILD at screen sx(20), sy(y) font sprintf(",%g", 0.95 * FONT) tc rgb "#777777"
	} else {
		set label 5 MACHINE at screen sx(20), sy(y) font sprintf(",%g", 0.95 * FONT) tc rgb "#777777"
		set label 6 BUILD at screen sx(20), sy(y + 15) font sprintf(",%g", 0.95 * FONT) tc rgb "#777777"
	}

	do for [r = 1:|ROWS|] {
		# At least 0.8 decades. Up to two decades, 2 and 5 are labelled too.
		SPAN = HIGHEST[r] - LOWEST[r]
		PAD = SPAN < 0.7 ? (0.8 - SPAN) / 2 : 0.07 * SPAN
		BOTTOM = LOWEST[r] - PAD
		TOP = HIGHEST[r] + PAD
		FINE = TOP - BOTTOM < 2
		STEP = TOP - BOTTOM > 14 ? 3 : TOP - BOTTOM > 7 ? 2 : 1
		BAND = HAS_ZERO[r] ? (|SERIES| < 8 ? 0.16 : 0.24) * (TOP - BOTTOM) : 0
		if (ONLY_ZERO[r]) { BOTTOM = 0.0; TOP = 0.0; BAND = 1.0; FINE = 0 }
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
				if (d >= BOTTOM && d <= TOP && !ONLY_ZERO[r]) { set ytics add ((write ? gprintf(Y_FORMAT, 10.0**d) : "") d) }
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
			last = X_MIN - X_MAX
			do for [k = 1:N] {
				wide = (strlen(X_TEXTS[k]) < 5 ? 38.0 : 8.0 * strlen(X_TEXTS[k]))
				room = X_VALUES[k] - last > wide / PANEL_WIDTH * (X_MAX - X_MIN)
				set xtics add ((place_of(r) == ROWS_SHOWN && room ? X_TEXTS[k] : "") X_VALUES[k])
				if (room) { last = X_VALUES[k] }
			}

			if (place_of(r) == 1) { set label 10 GRAPHS[c] at graph 0.5, screen sy(ABOVE - 11) center font sprintf(",%g", 1.1 * FONT) }
			if (c == |GRAPHS|) {
				set label 11 ROWS[r] at screen sx(PICTURE_WIDTH - 24), graph 0.5 center rotate by -90
				do for [i = 1:(DIRECT ? |SERIES| : 0)] {
					k = (r - 1) * |SERIES|
					v = y_place(END_Y[k + i], i)
					fits = END_X[k + i] > 0 && x_scale(END_X[k + i]) == X_VALUES[N]
					do for [j = 1:|SERIES|] {
						near = abs(v - y_place(END_Y[k + j], j)) / (TOP - BOTTOM + BAND) * PANEL_HEIGHT < 12
						if (j != i && END_X[k + j] > 0 && near) { fits = 0 }
					}
					if (Y_MARK > 0 && abs(v - log10(Y_MARK)) / (TOP - BOTTOM + BAND) * PANEL_HEIGHT < 8) { fits = 0 }
					if (fits) {
						set label 500 + i SERIES[i] at first X_VALUES[N], first v offset character 1, 0 \
							font sprintf(",%g", 0.95 * FONT) tc rgb "#333333"
					}
				}
			}
			if (HAS_DATA[(r - 1) * |GRAPHS| + c] == 0) {
				set label 12 "not measured" at graph 0.5, 0.5 center tc rgb "#999999"
			}
			# Below this line the axis is not logarithmic. It has only 0.
			if (HAS_ZERO[r] && !ONLY_ZERO[r]) {
				set arrow 9001 from graph 0, first BOTTOM to graph 1, first BOTTOM \
					nohead dt (3, 4) lc rgb "#888888" lw 0.8
			}
			if (Y_MARK > 0) {
				set arrow 9002 from graph 0, first log10(Y_MARK) to graph 1, first log10(Y_MARK) \
					nohead dt (6, 4) lc rgb "#444444" lw 1.2
			}
			# One pass over the data for each kind of mark instead of each series, because passes take
			# most of the time. Blank lines in the data end the line of a series.
			# The program writes a separate data block for each panel.
			PANEL = DATA eq "$CELLS" && HAS_DATA[(r - 1) * |GRAPHS| + c] > 0 ? sprintf("$CELLS_%d_%d", c, r) : DATA
			plot PANEL using (@in_panel ? x_place(@X, column("series_number")) : NaN) \
				:(y_place((@Y), column("series_number"))):(y_place((@Y_LOW), column("series_number"))) \
				:(y_place((@Y_HIGH), column("series_number"))):(color_at(column("series_number"))) \
				with yerrorbars lc rgb variable lw 0.9 dt solid pt -1, \
				PANEL using (@in_panel && UNDER[int(column("series_number"))] \
				? x_place(@X, column("series_number")) : NaN):(y_place((@Y), column("series_number"))) \
				:(color_at(column("series_number"))) with lines lc rgb variable lw 4.5, \
				PANEL using (@in_panel && PLAIN[int(column("series_number"))] \
				? x_place(@X, column("series_number")) : NaN):(y_place((@Y), column("series_number"))) \
				:(color_at(column("series_number"))) with lines lc rgb variable lw 1.6, \
				for [i in DASHED] PANEL using (@in_panel && column("series_number") == int(i) \
				? x_place(@X, int(i)) : NaN):(y_place((@Y), int(i))) with lines lt 100 + int(i), \
				PANEL using (@in_panel ? x_place(@X, column("series_number")) : NaN) \
				:(y_place((@Y), column("series_number"))):(point_at(column("series_number"))) \
				:(color_at(column("series_number"))) with points pt variable ps 0.75 lc rgb variable
			unset label
			unset arrow
		}
	}
	unset multiplot
	unset output
}
undefine X X_LABEL X_VALUES X_TEXTS Y Y_LOW Y_HIGH Y_MARK ONLY
