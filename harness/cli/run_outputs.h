/* benchmark.json, summary.md, plots/ and flame graphs of a run: what is made from its samples at the end. */
#ifndef IOWALK_CLI_RUN_OUTPUTS_H
#define IOWALK_CLI_RUN_OUTPUTS_H

#include "../record/run.h"

/* Writes them into the run's folder; `drawn`: with figures. Returns how many could not be written, each after a message; that
 * gnuplot is missing is said, and is no failure. */
int run_outputs_write(const struct run *run, bool drawn);

/* Prints the figures of merit of a run (harness/export/fom.c) on stdout. 1 after a message if that fails, else 0. */
int run_print_fom(const struct run *run);

#endif
