# Distribution of the latency of one operation: percentiles on a scale of nines, at the largest size of each
# panel. A line that rises at the right has a long tail.
FIGURE_TITLE = "Latency by percentile"
Y_LABEL = "latency of one operation"
Y_FORMAT = "%.0s %cs"
X = 'column("nines")'
X_LABEL = "percentile"
array X_VALUES = [0.30103, 1, 1.30103, 2, 3, 4]
array X_TEXTS = ["50", "90", "95", "99", "99.9", "99.99"]
Y = 'column("lat_ns") * 1e-9'
load PLOTS.'/common.gp'
