# Time per edge by engine and layout: one field per pair with the time written in it; light is fast. Shows
# the largest size of each graph and cache state.
load PLOTS.'/style.gp'
in_field = 'column("panel_column") == c && column("cache_number") == r && column("ns_per_edge") > 0'
stats DATA using (column("ns_per_edge") > 0 ? log10(column("ns_per_edge")) : NaN) nooutput
if (exists("STATS_records") && STATS_records > 0) {
	FIELD_WIDTH = 84; FIELD_HEIGHT = 25
	LONGEST = 6
	do for [i = 1:|SERIES|] { if (strlen(SERIES[i]) > LONGEST) { LONGEST = strlen(SERIES[i]) } }
	do for [i = 1:|LAYOUTS|] { w = CHAR * strlen(LAYOUTS[i]) + 12; if (w > FIELD_WIDTH) { FIELD_WIDTH = w } }
	PANEL_WIDTH = FIELD_WIDTH * |LAYOUTS|
	do for [c = 1:|GRAPHS|] { w = CHAR * 1.1 * strlen(GRAPHS[c]) + 8; if (w > PANEL_WIDTH) { PANEL_WIDTH = w } }
	PANEL_HEIGHT = FIELD_HEIGHT * |SERIES|
	GAP = 18; RIGHT = 44; ABOVE = 80
	LEFT = CHAR * LONGEST + 28
	BELOW = 62
	PICTURE_WIDTH = LEFT + |GRAPHS| * (PANEL_WIDTH + GAP) - GAP + RIGHT
	if (PICTURE_WIDTH < 420) { RIGHT = RIGHT + 420 - PICTURE_WIDTH; PICTURE_WIDTH = 420 }
	PICTURE_HEIGHT = ABOVE + |CACHES| * (PANEL_HEIGHT + GAP) - GAP + BELOW
	sx(px) = 1.0 * px / PICTURE_WIDTH
	sy(px) = 1.0 - 1.0 * px / PICTURE_HEIGHT
	set terminal @TERMINAL
	SPAN = STATS_max - STATS_min > 0.3 ? STATS_max - STATS_min : 0.3
	FAST = STATS_min
	share(v) = (log10(v) - FAST) / SPAN
	set palette defined (0 "#EAF3FA", 0.35 "#9ECAE1", 0.65 "#3182BD", 1 "#08306B")
	set cbrange [0:1]
	unset colorbox
	set output OUTPUT
	set multiplot
	unset key
	set border 0
	set tics scale 0 textcolor rgb "#333333"
	set xrange [0.5:|LAYOUTS| + 0.5]
	set yrange [|SERIES| + 0.5:0.5]
	set label 1 "Time per edge: engine by layout" at screen sx(16), sy(22) font sprintf(",%g", 1.45 * FONT) tc rgb "#000000"
	set label 2 WORKLOAD.'; '.RUN_TITLE at screen sx(16), sy(43) tc rgb "#555555"
	set label 3 MACHINE at screen sx(16), sy(PICTURE_HEIGHT - 12) font sprintf(",%g", 0.83 * FONT) tc rgb "#777777"
	do for [r = 1:|CACHES|] {
		do for [c = 1:|GRAPHS|] {
			x = LEFT + (c - 1) * (PANEL_WIDTH + GAP)
			y = ABOVE + (r - 1) * (PANEL_HEIGHT + GAP)
			set lmargin at screen sx(x)
			set rmargin at screen sx(x + PANEL_WIDTH)
			set tmargin at screen sy(y)
			set bmargin at screen sy(y + PANEL_HEIGHT)
			unset xtics
			unset ytics
			if (r == |CACHES|) {
				set xtics () scale 0 nomirror textcolor rgb "#333333"
				do for [i = 1:|LAYOUTS|] { set xtics add (LAYOUTS[i] i) }
			}
			if (c == 1) {
				set ytics () scale 0 nomirror textcolor rgb "#333333"
				do for [i = 1:|SERIES|] { set ytics add (SERIES[i] i) }
			}
			if (r == 1) { set label 10 GRAPHS[c] at graph 0.5, screen sy(ABOVE - 12) center font sprintf(",%g", 1.1 * FONT) }
			if (c == |GRAPHS|) { set label 11 CACHES[r] at screen sx(x + PANEL_WIDTH + 18), graph 0.5 center rotate by -90 }
			plot DATA using (@in_field ? column("layout_number") : NaN):(column("series_number")):(0.485):(0.47) \
					:(share(column("ns_per_edge"))) with boxxyerror fs solid noborder lc palette, \
				DATA using (@in_field && share(column("ns_per_edge")) < 0.58 ? column("layout_number") : NaN) \
					:(column("series_number")):(strcol("text")) with labels tc rgb "#000001", \
				DATA using (@in_field && share(column("ns_per_edge")) >= 0.58 ? column("layout_number") : NaN) \
					:(column("series_number")):(strcol("text")) with labels tc rgb "#FFFFFE"
			unset label
		}
	}
	unset multiplot
	unset output
}
