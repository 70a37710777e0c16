# The time of each engine in each phase, relative to the first phase: a panel for each group of cells, at the
# largest size that all phases have. A ring marks a phase whose change from the one before was decided.
PREFIX = "TREND"
DODGE = 3
Y_FORMAT = "%g×"
MARKED = "decided change"
load PLOTS.'/lines.gp'
