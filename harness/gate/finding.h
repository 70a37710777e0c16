/* What a gate found, in one sentence: the title of its report. */
#ifndef IOWALK_GATE_FINDING_H
#define IOWALK_GATE_FINDING_H

#include "../judge/comparison.h"

/* Buffer size in bytes that is enough for every text here. */
#define GATE_FINDING_MAX 1024
#define GATE_LABEL_MAX   256

/*
 * The sentence, with a verdict of the times and one of the counts:
 *   "2 of 67 cells slower: csr/mmap warm +5.2 % (4.1 to 6.3), csr/pread warm +3.0 % (2.6 to 3.4); no count changed"
 *   "No regression: 67 cells within 2.0 % (largest upper bound); counts equal in 277 cells"
 *   "Undecided: 3 of 67 cells, where a slowdown below 8.1 % can be missed; no count changed"
 *   "1 of 4 cells does more: slotted/pread warm, syscalls 199 → 200 (+1); times not measured"
 * Cells whose intervals overlap are called a tie. -ENOMEM.
 */
int finding_of_gate(const struct comparison *comparison, char *text, size_t size);

/* "csr/mmap warm"; "random/csr/mmap warm" or the whole name where several cells of the comparison are called so. */
void gate_cell_label(const struct comparison *comparison, const char *name, char *text,
		     size_t size);

/* "+5.2 %", "−0.3 %"; without a sign where `is_signed` is false. An unknown value is "-", an infinite one "no bound". */
void gate_percent(char *text, size_t size, double percent, bool is_signed);

/* "4.1 to 6.3"; empty if there is no interval. */
void gate_interval(char *text, size_t size, double low, double high);

#endif
