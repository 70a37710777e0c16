/*
 * What happens in the life of the processes that a thread starts, and of those that they start: threads begin and end,
 * programs are run, and code is mapped. Recorded by a perf event that counts nothing and that they inherit; every user
 * who may profile his own programs may have it. Source: perf_event_open(2), PERF_RECORD_FORK, EXIT, COMM and MMAP2.
 */
#ifndef IOWALK_PROFILE_LIVES_H
#define IOWALK_PROFILE_LIVES_H

#include "perf_buffer.h"
#include "symbols.h"

/* In the order in which they count if their times are equal. */
enum life_kind { LIFE_FORK, LIFE_EXIT, LIFE_EXEC, LIFE_MAP };

struct life {
	enum life_kind kind;
	pid_t process_id, thread_id;
	pid_t parent_id; /* FORK: the process */
	uint64_t time_ns;
	uint64_t start, end, offset; /* MAP */
	size_t file;                 /* MAP: index in the code of the symbols */
	uint64_t name;               /* EXEC: of symbols_add_name() */
};

/* All zero: closed. */
struct lives {
	struct symbols *symbols;     /* borrowed */
	struct perf_buffer *buffers; /* [buffers_count] a processor each */
	size_t buffers_count;
	struct life *all; /* [count] of the last recording, in the order of time */
	size_t count, capacity;
	struct life_name *names; /* [names_count] */
	size_t names_count, names_capacity;
	uint64_t lost_count; /* of the last recording */
};

/* Of what `starter`, a thread of this process, starts; disabled. `symbols` gets the names and files. Negative errno of
 * perf_event_open(2); to be closed in each case. */
int lives_open(struct lives *lives, pid_t starter, struct symbols *symbols);
void lives_close(struct lives *lives);

/* ioctl(2): PERF_EVENT_IOC_ENABLE, PERF_EVENT_IOC_DISABLE. */
int lives_control(const struct lives *lives, unsigned long request);

/* Makes room while they are recorded. -ENOMEM. */
int lives_drain(struct lives *lives);

/* Reads the recording, in place of the one before; while it is disabled. -ENOMEM, -EBADMSG. */
int lives_take(struct lives *lives);

/* The address that stands for a program's name. 0: none. */
uint64_t lives_name(struct lives *lives, const char *text);

#endif
