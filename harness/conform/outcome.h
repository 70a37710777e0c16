/* What conform found out about one subject, and how it is written. */
#ifndef IOWALK_CONFORM_OUTCOME_H
#define IOWALK_CONFORM_OUTCOME_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "subject.h"
#include "../../engines/why.h"

enum outcome_state { OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_SKIPPED };

struct outcome {
	const char *group; /* what was tested: "model", "faults", "damage", "power", "claims" */
	char name
		[600]; /* of the subject: the engine, then its options; then the claim, or the layout and its options */
	enum outcome_state state;
	struct why
		why; /* the difference, or why it was skipped; of a claim that holds, what was observed */
	char *reproducer; /* failed: a command line, owned; or NULL */
	uint64_t histories_count, operations_count, faults_count, damages_count;
	uint64_t claims_count; /* 1: it is about a claim */
	/* Of crash images: all, those that were opened because they are not equal to one before, and those of them that an
	 * error refused. */
	uint64_t images_count, opened_count, refused_count;
	double seconds;
};

/*
 * Sets the names; the rest is 0. `group` is borrowed. outcome_of_claim() and outcome_of_layout() add what it is about; outcome_release() frees what it
 * owns.
 */
void outcome_init(struct outcome *outcome, const char *group,
		  const struct conform_subject *subject);
void outcome_of_claim(struct outcome *outcome, const char *claim);
void outcome_of_layout(struct outcome *outcome, const struct conform_layout *layout);
void outcome_release(struct outcome *outcome);

enum outcome_format { OUTCOME_TEXT, OUTCOME_TAP, OUTCOME_JUNIT, OUTCOME_FORMATS_COUNT };

/* The names of the formats, as on the command line. */
extern const char *const outcome_format_names[OUTCOME_FORMATS_COUNT];

/* Writes one outcome, the `number`-th from 1 on; nothing for JUnit, which is written at the end. */
void outcome_write(FILE *out, enum outcome_format format, const struct outcome *outcome,
		   size_t number);

/* Writes what comes after all outcomes: sums, TAP's plan, or the whole of JUnit XML. */
void outcomes_write_end(FILE *out, enum outcome_format format, const struct outcome *outcomes,
			size_t count, uint64_t seed);

#endif
