# System calls per edge walked. 0 is a valid value: mmap makes no calls after it has mapped the file.
FIGURE_TITLE = "System calls per edge"
Y_LABEL = "system calls per edge"
Y_FORMAT = "%g"
Y = 'column("syscalls_per_edge")'
load PLOTS.'/common.gp'
