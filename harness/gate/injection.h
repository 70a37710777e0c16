/*
 * Injection: a slowdown that is added to the candidate on purpose, to test whether the gate finds
 * it.
 *
 * Time is injected exactly: the times that the candidate's workers reply with are multiplied, in all
 * processes or in some. For system calls both sides measure the cell through the engine that wraps
 * another one (ENGINE_WRAPS), and the candidate's makes more calls.
 */
#ifndef IOWALK_GATE_INJECTION_H
#define IOWALK_GATE_INJECTION_H

#include "state.h"

/* Makes the times[] of one of the candidate's processes longer, in place, if its cell is injected.
 * `process_seed`: a number of this process; the same number draws the same. */
void gate_inject_times(const struct gate *gate, size_t cell, uint64_t process_seed, json_t *times);

/*
 * Chooses, and for system calls wraps, the cells that settings->injections match: the first that matches is that of a cell.
 * Without one it does nothing. -EINVAL if no cell matches, or if the engine of a cell cannot be wrapped, with the reason in
 * gate->why.
 */
int gate_inject(struct gate *gate);

/* Before the counts, for cells with one more system call: counts the operations of a walk, and lets the
 * candidate make one system call more per walk. */
int gate_inject_syscalls(struct gate *gate);

#endif
