# Lines in a grid of panels, with their names at their ends. A figure NAME sets PREFIX to its name in capitals
# and loads this file; harness/plot/lines.c writes the variables PREFIX_… of run.gp and the table NAME.tsv:
# places of panels and names are computed there, so that no two names overlap.
#
#   Y_FORMAT   format of the numbers on the y axis, for gprintf
#   DODGE      optional: pixels between the points of neighbouring series at one place, so that bars lie side by side
#   MARKED     optional: what a ring around a point means, for the pictures' titles
#
# To draw a figure by hand:
#   gnuplot -e "load 'RUN/plots/run.gp'; DATA='RUN/plots/scaling.tsv'; PLOTS='plots'; \
#               FORMAT='png'; OUTPUT='x.png'" plots/scaling.gp
load PLOTS.'/style.gp'
if (!exists("MARKED")) { MARKED = "" }
if (!exists("DODGE")) { DODGE = 0 }
get(name) = value(PREFIX.'_'.name)
in_panel = 'column("panel") == p'
of_series = 'column("panel") == p && column("series_number") == int(i)'
PANELS = get("PANELS")

if (PANELS > 0) {
	LEFT = 64; TICKS_WIDTH = 52; ABOVE = 70; BELOW = 58; PANEL_ABOVE = 26; PANEL_BELOW = 26
	WIDTH = get("WIDTH"); HEIGHT = get("HEIGHT"); NAMES_WIDTH = get("NAMES_WIDTH")
	BASE = get("BASE"); X_BASE = get("X_BASE");
	NOTE = get("NOTE")
	PICTURE_WIDTH = LEFT - TICKS_WIDTH + get("COLUMNS") * (WIDTH + NAMES_WIDTH)
	TEXT_WIDTH = 9.6 * strlen(get("TITLE")) + 32
	do for [text in "ABOUT NOTE"] {
		if (6.9 * strlen(get(text)) + 32 > TEXT_WIDTH) { TEXT_WIDTH = 6.9 * strlen(get(text)) + 32 }
	}
	if (TEXT_WIDTH > PICTURE_WIDTH) { PICTURE_WIDTH = TEXT_WIDTH > WIDEST ? WIDEST : TEXT_WIDTH }
	CAPTION_FITS = 6.9 * (strlen(MACHINE) + strlen(BUILD) + 3) < PICTURE_WIDTH - 32
	if (!CAPTION_FITS) { BELOW = BELOW + 15 }
	PICTURE_HEIGHT = ABOVE + get("LINES") * (PANEL_ABOVE + HEIGHT + PANEL_BELOW) + BELOW
	sx(px) = 1.0 * px / PICTURE_WIDTH
	sy(px) = 1.0 - 1.0 * px / PICTURE_HEIGHT # from the top
	x_place(x) = X_BASE > 0 ? log(x) / log(X_BASE) : x
	y_place(y) = y > 0 ? log(y) / log(BASE) : NaN
	LEADER = 20.0 # pixels between the last point and the panel's edge
	set terminal @TITLED
	set output OUTPUT
	set multiplot
	set key @KEY
	set border 3 lc rgb AXIS lw 0.8
	set grid xtics ytics lt 1 lc rgb GRID lw 0.7
	set label 1 get("TITLE") at screen sx(16), sy(20) font HEADING tc rgb INK noenhanced
	set label 2 WORKLOAD.'; '.RUN_TITLE at screen sx(16), sy(40) tc rgb DIM noenhanced
	set label 3 get("ABOUT") at screen sx(16), sy(57) tc rgb DIM noenhanced
	set label 4 NOTE at screen sx(16), sy(PICTURE_HEIGHT - BELOW + 22) font SMALL tc rgb DIM noenhanced
	y = PICTURE_HEIGHT - BELOW + 38
	set label 5 CAPTION_FITS ? MACHINE.'; '.BUILD : MACHINE at screen sx(16), sy(y) font SMALL tc rgb DIM noenhanced
	if (!CAPTION_FITS) { set label 6 BUILD at screen sx(16), sy(y + 15) font SMALL tc rgb DIM noenhanced }

	do for [p = 1:PANELS] {
		PLACE = get("PLACE_".p)
		COLUMN = int(word(PLACE, 1)); LINE = int(word(PLACE, 2))
		LOW = real(word(PLACE, 3)); HIGH = real(word(PLACE, 4))
		x = LEFT + COLUMN * (WIDTH + NAMES_WIDTH)
		y = ABOVE + LINE * (PANEL_ABOVE + HEIGHT + PANEL_BELOW) + PANEL_ABOVE
		set lmargin at screen sx(x)
		set rmargin at screen sx(x + WIDTH)
		set tmargin at screen sy(y)
		set bmargin at screen sy(y + HEIGHT)
		set yrange [LOW:HIGH]
		XS = get("XS_".p); X_TEXTS = get("X_TEXTS_".p)
		X_LOW = x_place(real(word(XS, 1))); X_HIGH = x_place(real(word(XS, words(XS))))
		X_SPAN = X_HIGH > X_LOW ? X_HIGH - X_LOW : 1.0
		X_PAD = X_HIGH > X_LOW ? 0.07 * X_SPAN : 0.5
		EDGE = X_HIGH > X_LOW ? (X_SPAN + X_PAD) / (1 - LEADER / WIDTH) + X_LOW : X_LOW + 0.4
		PIXEL = (EDGE - X_LOW + X_PAD) / WIDTH
		set xrange [X_LOW - X_PAD:EDGE]
		set label 7 get("PANEL_".p) at graph 0, screen sy(y - 10) tc rgb INK noenhanced

		# Powers of the base, or of a power of it; values between them if the range is small.
		unset ytics
		set ytics () nomirror out scale 0.6, 0.3 textcolor rgb DIM noenhanced
		STEP = int(ceil((HIGH - LOW) * 22.0 / HEIGHT))
		if (STEP < 1) { STEP = 1 }
		if (BASE == 2 && HIGH - LOW < 2) {
			last = LOW - 1
			do for [k in "0.3 0.4 0.5 0.6 0.7 0.8 0.9 1 1.1 1.2 1.3 1.5 2 2.5 3"] {
				m = log(k + 0) / log(2)
				# 1 is always there: nothing else is too near below it
				clear = m - last > (HIGH - LOW) * 20.0 / HEIGHT && (m >= 0 || -m > (HIGH - LOW) * 20.0 / HEIGHT)
				if (m > LOW && m < HIGH && (clear || m == 0)) { set ytics add (gprintf(Y_FORMAT, k + 0) m); last = m }
			}
		} else { if (BASE > 2 && HIGH - LOW < 2.5) {
			do for [d = int(floor(LOW)):int(ceil(HIGH))] {
				do for [k in "1 2 5"] {
					m = d + log10(k + 0)
					if (m > LOW && m < HIGH) { set ytics add (gprintf(Y_FORMAT, k * 10.0**d) m) }
				}
			}
		} else {
			do for [d = int(floor(LOW)):int(ceil(HIGH))] {
				if (d > LOW && d < HIGH && d % STEP == 0) { set ytics add (gprintf(Y_FORMAT, (1.0 * BASE)**d) d) }
			}
		} }
		unset xtics
		set xtics () nomirror out scale 0.6 textcolor rgb DIM noenhanced
		last = X_LOW - 2 * X_SPAN
		do for [k = 1:words(XS)] {
			v = x_place(real(word(XS, k)))
			TEXT = word(X_TEXTS, k)
			room = v - last > (7.5 * strlen(TEXT) + 6) * PIXEL
			set xtics add ((room ? TEXT : "") v)
			if (room) { last = v }
		}
		SHADE_Y = y_place(get("SHADE"))
		if (SHADE_Y > LOW) {
			set object 1 rectangle from graph 0, first LOW to graph 1, first (SHADE_Y < HIGH ? SHADE_Y : HIGH) \
				fs solid noborder fc rgb SHADE behind
		}
		if (LOW < 0 && HIGH > 0 && BASE == 2) {
			set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead lc rgb AXIS lw 1.2
		}
		HERE = DATA eq "$CELLS" ? sprintf("$CELLS_%d_0", p) : DATA
		NUMBERS = get("SERIES_".p)
		APART = PIXEL * (DODGE * words(NUMBERS) > 18 ? 18.0 / words(NUMBERS) : DODGE)
		beside(x, i) = x_place(x) + APART * (place_in(NUMBERS, sprintf("%d", i)) - (words(NUMBERS) + 1) / 2.0)
		plot HERE using (@in_panel ? beside(column("x"), column("series_number")) : NaN):(y_place(column("interval_low"))):(0) \
				:(y_place(column("interval_high")) - y_place(column("interval_low"))) \
				:(color_at(column("series_number"))) \
				with vectors nohead lc rgb variable lw 1 title "95 % interval", \
			HERE using (@in_panel ? beside(column("x"), column("series_number")) : NaN):(y_place(column("low"))):(0) \
				:(y_place(column("high")) - y_place(column("low"))):(color_at(column("series_number"))) \
				with vectors nohead lc rgb variable lw 4.5 title "quartiles between processes", \
			HERE using (@in_panel ? beside(column("x"), column("series_number")) : NaN):(y_place(column("y"))) \
				:(EDGE - beside(column("x"), column("series_number"))) \
				:(y_place(column("name_y")) - y_place(column("y"))) \
				with vectors nohead lc rgb AXIS lw 0.5 title "to the name", \
			for [i in NUMBERS] HERE using (@of_series ? beside(column("x"), column("series_number")) : NaN):(y_place(column("y"))) \
				with linespoints lt 100 + int(i) lw 1.6 ps 0.7 title SERIES[int(i)], \
			HERE using (@in_panel && column("marked") > 0 ? beside(column("x"), column("series_number")) : NaN):(y_place(column("y"))) \
				with points pt 6 ps 1.8 lw 1.4 lc rgb INK title MARKED, \
			HERE using (@in_panel ? EDGE : NaN):(y_place(column("name_y"))):(strcol("series")) \
				with labels left offset character 0.5, 0 font SMALL tc rgb INK noenhanced title "names"
		unset label
		unset arrow
		unset object
	}
	unset multiplot
	unset output
}
undefine PREFIX DODGE MARKED
