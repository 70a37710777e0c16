# The distribution of the latency of one operation: percentiles on a scale of nines, at the largest size of each
# panel, up to the last percentile that ten latencies or more lie above. A line that rises at the right has a long
# tail. Below the time of reading the clock the panel is shaded.
PREFIX = "LATENCY"
Y_FORMAT = "%.0s %cs"
load PLOTS.'/lines.gp'
