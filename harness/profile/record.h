/* The records that perf events write into their buffers. Source: perf_event_open(2). */
#ifndef IOWALK_PROFILE_RECORD_H
#define IOWALK_PROFILE_RECORD_H

#include "events.h"
#include "perf_buffer.h"

/* The sample type of events with stacks; that of wake-ups is PERF_BUFFER_RAW_TYPE. */
#define RECORD_SAMPLE_TYPE                                                                         \
	(PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CALLCHAIN |     \
	 PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER)

/* Are the registers of this architecture known? */
bool record_can_read_stacks(void);

/* The registers of a sample, as in attr.sample_regs_user. */
uint64_t record_registers_mask(void);

/* What the records of a buffer are. */
struct record_form {
	uint64_t leaves_id;  /* of the event whose samples are PROFILE_LEAVES; 0: none */
	bool is_wake;        /* samples are wake-ups */
	unsigned pid_offset; /* of the woken thread in their raw data */
};

/*
 * Reads a record of len_bytes, its header included, into the zeroed `event`, which then borrows from both
 * arrays. false: a record of no interest.
 */
bool record_read(const struct record_form *form, const unsigned char *record, size_t len_bytes,
		 uint64_t registers[PROFILE_REGISTERS_COUNT], struct profile_event *event);

#endif
