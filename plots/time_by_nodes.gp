# Growth of the time of one walk with the graph: the median of the repetitions, with bars from the first to
# the third quartile. Parallel lines mean a constant factor between engines.
FIGURE_TITLE = "Time of one walk"
Y_LABEL = "time of one walk"
Y_FORMAT = "%.0s %cs"
Y = 'column("median_ns") * 1e-9'
Y_LOW = 'column("low_ns") * 1e-9'
Y_HIGH = 'column("high_ns") * 1e-9'
load PLOTS.'/common.gp'
