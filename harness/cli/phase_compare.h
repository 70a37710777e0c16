/* iowalk phase compare: builds the commits of two phases and measures them in turns by a gate. */
#ifndef IOWALK_CLI_PHASE_COMPARE_H
#define IOWALK_CLI_PHASE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#define PHASE_COMPARE_WORDS_MAX 64

struct phase_compare {
	const char *a, *b; /* names of phases */
	const char *suite; /* NULL: that of the phases */
	const char *
		from; /* folder of a gate that was measured already, without suite and options; or NULL */
	bool replace;
	char *options[PHASE_COMPARE_WORDS_MAX]; /* for the gate, "--threshold=5" */
	size_t options_count;
};

/* Measures, prints the gate's table and keeps its record (record/phase_pair.h). Returns an exit status: that of
 * the gate, if it was measured. */
int phase_compare(const struct phase_compare *wanted);

#endif
