# The share of the device's capability that a cold walk used: the least time that the device needs for the
# pages of the walk, at the rates measured in the same run, divided by the time of the walk. At 100 % (the
# line) the device is the limit. Far below it the engine is the limit. Cold panels only.
FIGURE_TITLE = "Cold walks: share of what the device can do"
Y_LABEL = "least device time / time of the walk, percent"
Y_FORMAT = "%g"
Y = 'column("roofline_percent")'
Y_MARK = 100
ONLY = ", cold"
load PLOTS.'/common.gp'
