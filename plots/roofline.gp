# What share of the device's ability a cold walk used: the least time the device needs for the pages
# the walk touches, at the rates measured in the same run, over the walk's own time. At 100 % (the line)
# the device is the limit; far below it the engine is. Cold panels only.
FIGURE_TITLE = "Cold walks: share of what the device can do"
Y_LABEL = "least device time over time of the walk, percent"
Y_FORMAT = "%g"
Y = 'column("roofline_percent")'
Y_MARK = 100
ONLY = ", cold"
load PLOTS.'/common.gp'
