/* What is tested: an engine with values of its options, and a layout with values of its own. */
#ifndef IOWALK_CONFORM_SUBJECT_H
#define IOWALK_CONFORM_SUBJECT_H

#include "../../references/reference.h"

struct conform_subject {
	const struct engine_ops *ops;
	uint64_t options[OPTIONS_MAX];
	char text[256]; /* "key=value key=value": the options that differ from their defaults */
	bool must_map;  /* map() may not decline: the defaults of an ENGINE_ZERO_COPY */
};

struct conform_layout {
	const struct layout_ops *ops;
	uint64_t options[OPTIONS_MAX];
	char text[256]; /* as above */
};

/* engine_ops_open(); under a store with its own I/O *out is NULL, and it only finds out whether a file that is not created is there. */
int conform_open_engine(const struct engine_ops *ops, const char *path, unsigned flags,
			const uint64_t *options, struct engine **out);

/* Can the two be tested together? A store with its own I/O (LAYOUT_REFERENCE) is, on reference_engine. */
bool conform_pairs(const struct layout_ops *layout, const struct engine_ops *engine);

/*
 * Sets options[] from words "key=value" with blanks or commas between them, over the defaults. -EINVAL with the
 * reason in `why`.
 */
int conform_subject_init(struct conform_subject *subject, const struct engine_ops *ops,
			 const char *text, struct why *why);

/*
 * The variants of an engine: its defaults, then each option of its table that is a choice or may be tuned at
 * each of its other values, what is off by default switched on, and the bytes of a cache at their least, alone and with each of the
 * others. Returns their number; writes at most `max`.
 */
size_t conform_subject_variants(const struct engine_ops *ops, struct conform_subject *subjects,
				size_t max);

/* The same of a layout. A variant more: each option at its last value. */
int conform_layout_init(struct conform_layout *layout, const struct layout_ops *ops,
			const char *text, struct why *why);
size_t conform_layout_variants(const struct layout_ops *ops, struct conform_layout *layouts,
			       size_t max);

/* Can this machine run it on files in `folder`? 0, or -EOPNOTSUPP with the reason in `why`. */
int conform_subject_probe(const struct conform_subject *subject, const char *folder,
			  struct why *why);

#endif
