/*
 * Injection: a slowdown that is added to the candidate on purpose, to test whether the gate finds
 * it.
 *
 * The cell is measured through the engine that wraps another one and can slow it down
 * (ENGINE_WRAPS). Both sides use the wrapper, so its own cost is the same on both.
 */
#ifndef IOWALK_GATE_INJECTION_H
#define IOWALK_GATE_INJECTION_H

#include "state.h"

/*
 * Wraps the cells that settings->inject_cell matches; without one it does nothing. -EINVAL if no
 * cell matches, or if the engine of a cell cannot be wrapped, with the reason in gate->why.
 */
int gate_inject(struct gate *gate);

/* Before the counts, for settings->inject_syscall: counts the operations of a walk, and lets the
 * candidate make one system call more per walk. */
int gate_inject_syscalls(struct gate *gate);

#endif
