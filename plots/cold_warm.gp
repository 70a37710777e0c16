# The cost of a cold cache: the time of a cold walk divided by that of the same walk warm. At 1 (the line)
# the cache makes no difference.
FIGURE_TITLE = "Cold against warm"
Y_LABEL = "cold time / warm time"
Y_FORMAT = "%g"
Y = 'column("median_ns") / column("warm_ns")'
Y_LOW = 'column("low_ns") / column("warm_ns")'
Y_HIGH = 'column("high_ns") / column("warm_ns")'
Y_MARK = 1
ONLY = ", cold"
load PLOTS.'/common.gp'
