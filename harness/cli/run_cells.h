/* What `iowalk run` and `iowalk profile` do: measure cells, keep the record and print the tables. */
#ifndef IOWALK_CLI_RUN_CELLS_H
#define IOWALK_CLI_RUN_CELLS_H

#include "command.h"

/* `passes`: those of the cells if the options name none; NULL: those of the suite, or the default. Returns an
 * exit status. */
int run_cells(const struct command *command, const char *passes, int argc, char **argv);

#endif
