# Time per edge: the time of the walk divided by the edges walked. A rising line means that a larger graph
# costs more per edge, because it no longer fits a cache.
FIGURE_TITLE = "Time per edge"
Y_LABEL = "time per edge"
Y_FORMAT = "%.0s %cs"
Y = 'column("ns_per_edge") * 1e-9'
Y_LOW = 'column("ns_per_edge") * column("low_ns") / column("median_ns") * 1e-9'
Y_HIGH = 'column("ns_per_edge") * column("high_ns") / column("median_ns") * 1e-9'
load PLOTS.'/common.gp'
