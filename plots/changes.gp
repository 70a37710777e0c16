# Change of each cell between two phases: a forest plot, sorted by effect, with the interval as a bar. Filled
# points are significant. If there are too many cells, those that changed least are left out.
load PLOTS.'/style.gp'
of_engine = '(column("place") > 0 && column("engine_number") == k'
if (CHANGES_SHOWN > 0) {
	ROW = 17
	LEFT = 120; RIGHT = 24; ABOVE = 70; BELOW = 84
	stats DATA using (column("place") > 0 ? strlen(strcol("cell")) : NaN) nooutput
	LEFT = STATS_max * 6.6 + 24
	PICTURE_WIDTH = LEFT + 470 + RIGHT
	PICTURE_HEIGHT = ABOVE + ROW * CHANGES_SHOWN + BELOW
	sx(px) = 1.0 * px / PICTURE_WIDTH
	sy(px) = 1.0 - 1.0 * px / PICTURE_HEIGHT
	set terminal @TERMINAL
	# A logarithmic scale, on which half and double are equally far from 1. The axis contains all effects
	# and those ends of intervals that are not far beyond them.
	stats DATA using (column("place") > 0 ? log(column("ratio")) : NaN) nooutput
	LOW = STATS_min < -0.05 ? STATS_min : -0.05
	HIGH = STATS_max > 0.05 ? STATS_max : 0.05
	stats DATA using (column("place") > 0 ? log(column("low_ratio")) : NaN) nooutput
	if (exists("STATS_lo_quartile") && STATS_lo_quartile < LOW) { LOW = STATS_lo_quartile }
	stats DATA using (column("place") > 0 ? log(column("high_ratio")) : NaN) nooutput
	if (exists("STATS_up_quartile") && STATS_up_quartile > HIGH) { HIGH = STATS_up_quartile }
	PAD = 0.06 * (HIGH - LOW)
	LOW = LOW - PAD; HIGH = HIGH + PAD
	clip(v) = v < LOW ? LOW : v > HIGH ? HIGH : v
	set output OUTPUT
	set lmargin at screen sx(LEFT)
	set rmargin at screen sx(LEFT + 470)
	set tmargin at screen sy(ABOVE)
	set bmargin at screen sy(ABOVE + ROW * CHANGES_SHOWN)
	set xrange [LOW:HIGH]
	set yrange [CHANGES_SHOWN + 0.6:0.4]
	unset key
	SMALL = sprintf(",%g", 0.9 * FONT)
	set ytics () nomirror scale 0 font SMALL textcolor rgb "#333333"
	set border 1 lc rgb "#888888" lw 0.8
	set grid xtics lt 1 lc rgb "#E4E4E4" lw 0.7
	set xtics () nomirror out scale 0.6 textcolor rgb "#333333"
	# Round values first, then others that fit between them.
	PLACED = ""
	do for [p in "0 -50 100 -80 400 -90 900 -20 25 -95 1900 -10 10 -5 5 -33.3 50 -66.7 200 9900"] {
		v = log(1 + p / 100.0)
		near = 0
		do for [q in PLACED] { if (abs(v - log(1 + q / 100.0)) < 52.0 / 470 * (HIGH - LOW)) { near = 1 } }
		if (v > LOW && v < HIGH && !near) {
			set xtics add (sprintf("%s%g%%%%", p > 0 ? "+" : "", p + 0) v)
			PLACED = PLACED." ".p
		}
	}
	set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead lc rgb "#444444" lw 1.2
	set label 1 "Change of time, ".PHASES[1]." to ".PHASES[|PHASES|] at screen sx(16), sy(22) \
		font sprintf(",%g", 1.45 * FONT) tc rgb "#000000"
	set label 2 CHANGES > CHANGES_SHOWN ? sprintf("the %d of %d cells that changed most", CHANGES_SHOWN, CHANGES) \
		: sprintf("%d cells", CHANGES) at screen sx(16), sy(43) tc rgb "#555555"
	set label 3 "faster" at screen sx(LEFT), sy(ABOVE - 8) tc rgb "#555555"
	set label 4 "slower" at screen sx(LEFT + 470), sy(ABOVE - 8) right tc rgb "#555555"
	set label 5 "change of the time of one walk; bars: 95 % interval; filled: significant" \
		at screen sx(LEFT + 235), sy(PICTURE_HEIGHT - BELOW + 40) center
	set label 6 MACHINE at screen sx(16), sy(PICTURE_HEIGHT - 12) font sprintf(",%g", 0.83 * FONT) tc rgb "#777777"
	color(k) = color_of(ENGINE_NAMES[k], ENGINE_NUMBERS[k])
	plot for [k = 1:|ENGINE_NAMES|] DATA using (@of_engine) ? clip(log(column("ratio"))) : NaN):(column("place")) \
			:(clip(log(column("low_ratio")))):(clip(log(column("high_ratio")))) \
			with xerrorbars pt -1 lw 1.3 lc rgb color(k), \
		for [k = 1:|ENGINE_NAMES|] DATA using (@of_engine) ? clip(log(column("ratio"))) : NaN):(column("place")) \
			with points pt 7 ps 0.7 lc rgb "#ffffff", \
		for [k = 1:|ENGINE_NAMES|] DATA using (@of_engine && column("found") == 0) ? clip(log(column("ratio"))) : NaN) \
			:(column("place")) with points pt 6 ps 0.7 lw 1.3 lc rgb color(k), \
		for [k = 1:|ENGINE_NAMES|] DATA using (@of_engine && column("found") == 1) ? clip(log(column("ratio"))) : NaN) \
			:(column("place")) with points pt 7 ps 0.8 lc rgb color(k), \
		DATA using (column("place") > 0 ? LOW : NaN):(column("place")):ytic(strcol("cell")) with points pt -1
	unset output
}
