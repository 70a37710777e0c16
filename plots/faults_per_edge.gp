# Page faults, minor and major, per edge walked: the cost of mmap instead of system calls.
FIGURE_TITLE = "Page faults per edge (minor and major)"
Y_LABEL = "page faults per edge"
Y_FORMAT = "%g"
Y = 'column("faults_minor_per_edge") + column("faults_major_per_edge")'
load PLOTS.'/common.gp'
