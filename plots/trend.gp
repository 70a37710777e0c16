# Time of each engine in each phase, relative to the first phase: the geometric mean over the sizes that all
# phases have. Bars reach from the size that gained most to the one that gained least.
FIGURE_TITLE = "Trend over the phases"
Y_LABEL = "time relative to the first phase"
Y_FORMAT = "%g"
X = 'column("phase_number")'
X_LABEL = "phase"
array X_VALUES[|PHASES|]
array X_TEXTS[|PHASES|]
do for [k = 1:|PHASES|] { X_VALUES[k] = 1.0 * k; X_TEXTS[k] = PHASES[k] }
Y = 'column("ratio")'
Y_LOW = 'column("low_ratio")'
Y_HIGH = 'column("high_ratio")'
Y_MARK = 1
load PLOTS.'/common.gp'
