/* The settings that may be tried for one cell: the values of its options that are marked tunable (engines/option.h). */
#ifndef IOWALK_TUNE_SPACE_H
#define IOWALK_TUNE_SPACE_H

#include "../plan/cell.h"

#define TUNE_OPTIONS_MAX (3 * OPTIONS_MAX) /* of workload, layout and engine */
#define TUNE_VALUES_MAX  16

struct tune_option {
	const char *owner; /* name of the workload, layout or engine */
	const struct option_spec *spec;
	enum table table;
	uint32_t index;                   /* in the owner's table */
	uint64_t values[TUNE_VALUES_MAX]; /* the first is that of the cell as it was selected */
	size_t values_count;
};

struct tune_space {
	const struct cell *base;
	struct tune_option options[TUNE_OPTIONS_MAX];
	size_t options_count;
};

/* A setting: for each option the number of its value. All zero is the cell as it was selected. */
struct tune_choice {
	uint8_t values[TUNE_OPTIONS_MAX];
};

/* Options that occur in `given` ("owner.key=value,…" or NULL) keep the value that the user gave. Borrows the cell. */
void tune_space_init(struct tune_space *space, const struct cell *base, const char *given);

/* The cell with this setting, and no name of its own: its pointers are those of the base. */
struct cell tune_space_cell(const struct tune_space *space, const struct tune_choice *choice);

/* "bfs.order=sorted,pread.fadvise=0": what a profile needs for this setting. Of the workload only the tunable options,
 * because the others say what is measured. "" if all have their default. */
void tune_space_text(const struct tune_space *space, const struct tune_choice *choice, char *text,
		     size_t size);

/* "bfs.order", and the text of its value number i. */
void tune_option_key(const struct tune_option *option, char *text, size_t size);
void tune_option_value(const struct tune_option *option, size_t i, char *text, size_t size);

#endif
