# The cost of each engine against the number of nodes, as a multiple: warm, of engine memory's time for the same
# walk (of the fastest, where memory was not measured); cold, of the fastest of that panel and size.
PREFIX = "SCALING"
DODGE = 3
Y_FORMAT = "%g×"
load PLOTS.'/lines.gp'
