/* Shared by `read` and `bare-read`: the places to read, and the fold over the bytes. */
#ifndef IOWALK_READS_H
#define IOWALK_READS_H

#include "session.h"
#include "walk.h"

#include <string.h>

enum {
	READ_OPTION_BYTES,
	READ_OPTION_READS,
	READ_OPTION_ADVISE,
	READ_OPTION_ORDER,
	READ_OPTIONS_COUNT
};
enum { READ_ORDER_RANDOM, READ_ORDER_SEQUENTIAL };
extern const char *const read_order_choices[];

#define READ_OPTIONS                                                                               \
	{                                                                                          \
		.name = "bytes",                                                                   \
		.type = OPTION_U64,                                                                \
		.default_value = 256,                                                              \
		.min = 8,                                                                          \
		.max = 1 << 20,                                                                    \
		.help = "of one read",                                                             \
	},                                                                                         \
		{                                                                                  \
			.name = "reads",                                                           \
			.type = OPTION_U64,                                                        \
			.default_value = 10000,                                                    \
			.min = 1,                                                                  \
			.max = UINT64_C(1) << 32,                                                  \
			.help = "reads in one iteration",                                          \
		},                                                                                 \
		{                                                                                  \
			.name = "advise",                                                          \
			.type = OPTION_CHOICE,                                                     \
			.default_value = ENGINE_PATTERN_RANDOM,                                    \
			.choices = session_advise_choices,                                         \
			.help = "access pattern that the kernel is advised of",                    \
		},                                                                                 \
	{                                                                                          \
		.name = "order", .type = OPTION_CHOICE, .choices = read_order_choices,             \
		.help = "at random places, or in order",                                           \
	}

/* The offset of read i, a multiple of its length: random, or in order from the beginning of the file and
 * around. The file must hold at least one read. */
static inline uint64_t read_offset(uint64_t seed, uint64_t i, uint64_t file_bytes, uint64_t bytes,
				   bool in_order)
{
	if (in_order)
		return i % (file_bytes / bytes) * bytes;
	return verify_query_node(seed, i, file_bytes / bytes) * bytes;
}

/* Folds the first and the last word of a read into a running value. */
static inline uint64_t read_fold(uint64_t fold, const char *buffer, uint64_t bytes)
{
	uint64_t first, last;

	memcpy(&first, buffer, sizeof(first));
	memcpy(&last, buffer + bytes - sizeof(last), sizeof(last));
	return (fold ^ first ^ last << 1) * UINT64_C(0x9e3779b97f4a7c15);
}

/* The expected fold, from a plain mapping of the file. */
int reads_expect(const struct workload_env *env, struct answer *out, struct why *why);

#endif
