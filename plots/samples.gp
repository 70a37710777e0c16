# Each sample of a time: its deviation from the median of its cell, in the order of the run, against wall time. A
# minute of noise shows as a column of samples above zero, in all engines at once. Beneath: what the yardsticks saw.
#
# harness/report/sections/samples.c writes the variables SAMPLES_… of run.gp, and a table whose rows have a kind:
# sample (thinned out), median (of a slice of the time), jitter, loop, core and memory (of the yardsticks).
load PLOTS.'/style.gp'
if (SAMPLES_COUNT > 0) {
	PICTURE_WIDTH = WIDEST; LEFT = 64; ABOVE = 84; HEIGHT = 250; LOWER = 90; GAP = 34; BELOW = 66
	HAS_NOISE = SAMPLES_PROBES > 0; HAS_RIGHT = SAMPLES_RIGHT_HIGH > 0
	RIGHT = HAS_RIGHT ? 56 : 20 # room for the second axis
	PICTURE_HEIGHT = ABOVE + HEIGHT + (HAS_NOISE ? GAP + LOWER : 0) + BELOW
	sx(px) = 1.0 * px / PICTURE_WIDTH
	sy(px) = 1.0 - 1.0 * px / PICTURE_HEIGHT # from the top
	UNIT = SAMPLES_END > 5400 ? 3600.0 : SAMPLES_END > 240 ? 60.0 : 1.0
	UNIT_TEXT = SAMPLES_END > 5400 ? "h" : SAMPLES_END > 240 ? "min" : "s"
	END = SAMPLES_END / UNIT
	DASH = END * 2.0 / (PICTURE_WIDTH - LEFT - RIGHT) # two pixels
	signed(v) = v > 0 ? sprintf("+%g %%%%", v) : v < 0 ? sprintf("−%g %%%%", -v) : "0"
	set terminal @TITLED
	set output OUTPUT
	set multiplot
	set key @KEY
	set border 3 lc rgb AXIS lw 0.8
	set grid xtics ytics lt 1 lc rgb GRID lw 0.7
	set lmargin at screen sx(LEFT)
	set rmargin at screen sx(PICTURE_WIDTH - RIGHT)
	set xrange [0:END > 0 ? END : 1]
	set xtics nomirror out scale 0.6 textcolor rgb DIM noenhanced
	set label 1 SAMPLES_TITLE at screen sx(16), sy(20) font HEADING tc rgb INK noenhanced
	set label 2 SAMPLES_ABOUT at screen sx(16), sy(40) tc rgb DIM noenhanced
	set label 4 SAMPLES_NOTE at screen sx(16), sy(PICTURE_HEIGHT - 24) font SMALL tc rgb DIM noenhanced
	set label 5 MACHINE.'; '.BUILD at screen sx(16), sy(PICTURE_HEIGHT - 8) font SMALL tc rgb DIM noenhanced
	set format x HAS_NOISE ? "" : "%g ".UNIT_TEXT
	x = LEFT
	do for [i = 1:|SAMPLES_ENGINES|] {
		set arrow 100 + i from screen sx(x), sy(61) to screen sx(x + 14), sy(61) nohead lw 4 \
			lc rgb color_of(SAMPLES_ENGINES[i], SAMPLES_ENGINE_NUMBERS[i])
		set label 100 + i SAMPLES_ENGINES[i] at screen sx(x + 20), sy(61) font SMALL tc rgb INK noenhanced
		x = x + 44 + 7 * strlen(SAMPLES_ENGINES[i])
	}
	do for [k = 1:words(SAMPLES_CUTS)] {
		v = real(word(SAMPLES_CUTS, k)) / UNIT
		set arrow 200 + k from v, graph 0 to v, graph 1 nohead dt (4, 4) lc rgb AXIS lw 0.8
	}
	set tmargin at screen sy(ABOVE)
	set bmargin at screen sy(ABOVE + HEIGHT)
	set yrange [-SAMPLES_LOW:SAMPLES_HIGH]
	set ytics () nomirror out scale 0.6 textcolor rgb DIM noenhanced
	do for [k = -20:20] {
		v = k * SAMPLES_STEP
		if (v >= -SAMPLES_LOW && v <= SAMPLES_HIGH) { set ytics add (signed(v) v) }
	}
	plot for [i = 1:|SAMPLES_ENGINES|] DATA using \
			(strcol("kind") eq "sample" && column("engine_number") == i ? column("at_s") / UNIT : NaN) \
			:(column("percent")):(DASH):(0) with vectors nohead lw 2.2 \
			lc rgb color_of(SAMPLES_ENGINES[i], SAMPLES_ENGINE_NUMBERS[i]) title SAMPLES_ENGINES[i], \
		DATA using (strcol("kind") eq "median" ? column("at_s") / UNIT : NaN):(column("percent")) \
			with lines lc rgb INK lw 1.6 title "median of all"
	if (HAS_NOISE) {
		do for [i in "1 2 4 5"] { unset label int(i) }
		set format x "%g ".UNIT_TEXT
		do for [i = 1:|SAMPLES_ENGINES|] { unset label 100 + i; unset arrow 100 + i }
		y = ABOVE + HEIGHT + GAP
		set tmargin at screen sy(y)
		set bmargin at screen sy(y + LOWER)
		set label 7 SAMPLES_NOISE at screen sx(LEFT), sy(y - 10) font SMALL tc rgb INK noenhanced
		set yrange [0:SAMPLES_NOISE_HIGH]
		unset ytics
		set ytics () nomirror out scale 0.6 textcolor rgb DIM noenhanced
		do for [k = 0:2] { v = k * SAMPLES_NOISE_HIGH / 2.0; set ytics add (sprintf("%g %%%%", v) v) }
		set y2range [0:HAS_RIGHT ? SAMPLES_RIGHT_HIGH : 1] # gnuplot finds none for lines that are drawn no times
		if (HAS_RIGHT) {
			set y2tics () nomirror out scale 0.6 textcolor rgb DIM noenhanced
			do for [k = 0:2] { v = k * SAMPLES_RIGHT_HIGH / 2.0; set y2tics add (sprintf("%g %%%%", v) v) }
		}
		plot DATA using (strcol("kind") eq "jitter" ? column("at_s") / UNIT : NaN):(column("percent")) \
				with linespoints pt 7 ps 0.5 lw 1.4 lc rgb INK title "time that a busy loop lost", \
			DATA using (strcol("kind") eq "loop" ? column("at_s") / UNIT : NaN):(column("percent")) \
				with linespoints pt 6 ps 0.7 lw 1.4 dt (6, 3) lc rgb DIM title "arithmetic slower than at its best", \
			for [i = 1:HAS_RIGHT] DATA using (strcol("kind") eq "core" ? column("at_s") / UNIT : NaN) \
				:(column("percent")) axes x1y2 with linespoints pt 8 ps 0.7 lw 1.4 lc rgb DIM \
				title "independent instructions slower than at their best", \
			for [i = 1:HAS_RIGHT] DATA using (strcol("kind") eq "memory" ? column("at_s") / UNIT : NaN) \
				:(column("percent")) axes x1y2 with linespoints pt 4 ps 0.6 lw 1.4 dt (1.5, 3) lc rgb DIM \
				title "loads slower than at their best"
	}
	unset multiplot
	unset output
}
