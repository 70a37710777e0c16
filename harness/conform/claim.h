/* Shared by the files that prove claims: claims.c and claims_*.c. */
#ifndef IOWALK_CONFORM_CLAIM_H
#define IOWALK_CONFORM_CLAIM_H

#include "intercept.h"
#include "recording.h"
#include "subject.h"

#include <inttypes.h>

enum claim_verdict {
	CLAIM_NOT_DONE,  /* the process has ended before it could say */
	CLAIM_SHOWN,     /* `why` says what was observed */
	CLAIM_NOT_SHOWN, /* of a capability: not with these options */
	CLAIM_WRONG,
	CLAIM_CANNOT, /* it cannot be observed here */
};

/* Which of the process's system calls are observed. */
enum claim_means {
	CLAIM_BY_ITSELF,    /* none: they are not intercepted */
	CLAIM_BY_CALLS,     /* those of fault_calls[] */
	CLAIM_BY_ALL_CALLS, /* every call */
	CLAIM_BY_RECORDING, /* what they do to files */
};

/* Calls of the engine's hooks, between intercept_arm() and intercept_unarm(). */
struct claim_calls {
	unsigned all_count;
	unsigned reads_count;     /* read() and its relatives */
	unsigned announced_count; /* ranges that the kernel is to read ahead */
	unsigned readers_count;   /* threads that have read; at most 2 are told apart */
	unsigned ring_count;      /* calls to an io_uring or to the kernel's other queue */
	unsigned submitted_max;   /* most operations that one of these has submitted */
	int reader;               /* the first thread that has read */
	bool has_ring;            /* there is an io_uring, also if it was made before */
};

/* One test of one claim, in memory that the processes share. */
struct claim_test {
	const struct conform_subject *subject;
	const char *folder;
	char path[4096],
		other[4096]; /* files of the test, which do not exist before, and are removed */
	enum claim_verdict verdict;
	struct why why;
	bool done;
	struct claim_calls calls;
	struct intercept intercept;
};

struct claim {
	const char *name;
	uint32_t capabilities; /* that the engine must have: the claim is one of them */
	uint32_t excluded;     /* that it must not have */
	bool is_capability;
	enum claim_means means;
	bool (*is_made)(const struct conform_subject *subject); /* NULL: every engine makes it */
	/* In a process of its own, which may leave open what it has opened. */
	enum claim_verdict (*prove)(struct claim_test *test);
	/* NULL, or afterwards with what was recorded, if prove() has not said that it is wrong. */
	enum claim_verdict (*judge)(struct claim_test *test, const struct recording *recording);
};

/* By what they are about: [count], ended by one without a name. */
extern const struct claim claims_of_reading[], claims_of_caching[], claims_of_writing[],
	claims_of_instances[], claims_of_processes[], claims_of_length[], claims_of_asking[],
	claims_of_batches[], claims_of_devices[];

/* Sets the reason and returns the verdict. */
enum claim_verdict claim_says(struct claim_test *test, enum claim_verdict verdict,
			      const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Ends prove() if something does not hold. */
#define CLAIM_HOLDS(test, condition, ...)                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return claim_says(test, CLAIM_WRONG, __VA_ARGS__);                         \
	} while (0)

/* ---- files: byte `offset` of content `number` is always the same ---- */

void claim_fill(unsigned char *bytes, unsigned number, uint64_t offset, size_t len_bytes);
bool claim_has(const unsigned char *bytes, unsigned number, uint64_t offset, size_t len_bytes);

/* Writes the file without the engine. False if that is not possible, with verdict and reason. */
bool claim_write_file(struct claim_test *test, const char *path, unsigned number,
		      size_t size_bytes);

/* Reads it without the engine: does it have this content, and this size? */
bool claim_file_has(const char *path, unsigned number, size_t size_bytes);

/* Opens it by the engine. NULL with verdict and reason. */
struct engine *claim_open(struct claim_test *test, const char *path, unsigned flags);

/* The same for reading test->path, which is written by claim_write_file() before. */
struct engine *claim_open_written(struct claim_test *test, unsigned number, size_t size_bytes);

/* The same for a new file with this content, written by the engine. */
struct engine *claim_create(struct claim_test *test, const char *path, unsigned number,
			    size_t size_bytes);

/* The whole file by map(). NULL if the engine declines, with verdict and reason. */
const unsigned char *claim_map(struct claim_test *test, struct engine *engine, size_t size_bytes);

/* Does the engine read this content, of this size? */
bool claim_reads(struct engine *engine, unsigned number, size_t size_bytes);

#endif
