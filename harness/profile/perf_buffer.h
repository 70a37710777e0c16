/* Buffers in memory shared with the kernel, into which perf events write records. Source: perf_event_open(2). */
#ifndef IOWALK_PROFILE_PERF_BUFFER_H
#define IOWALK_PROFILE_PERF_BUFFER_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BUFFER_EVENTS_MAX 2

/* A buffer and the events that write to it. */
struct perf_buffer {
	int fds[BUFFER_EVENTS_MAX]; /* the first owns the buffer; -1: not open */
	uint64_t ids[BUFFER_EVENTS_MAX];
	struct perf_event_mmap_page *page; /* NULL: not mapped */
	size_t data_bytes;
	bool is_small; /* set before the first event is added: it is drained often, and its records are few */
	bool overflowed; /* records may have been lost; perf_buffer_take() forgets an earlier one */
	unsigned char *drained; /* [drained_bytes] records that perf_buffer_drain() has taken out */
	size_t drained_bytes, drained_capacity;
	unsigned char *record; /* [UINT16_MAX + 1] one that is in two parts in the buffer */
};

void perf_buffer_init(struct perf_buffer *buffer);
void perf_buffer_close(struct perf_buffer *buffer);

/* An event, disabled, that writes samples of `sample_type`, an identifier among them, with the time of
 * CLOCK_MONOTONIC. */
struct perf_event_attr perf_buffer_attr(uint32_t type, uint64_t config, uint64_t sample_type);

/*
 * Adds an event of a thread (cpu -1) or a processor (thread_id -1). The first gets a buffer for about
 * records_count records of record_bytes; less if this user may not lock so much memory. Errors of
 * perf_event_open(2), mmap(2) and ioctl(2).
 */
int perf_buffer_add(struct perf_buffer *buffer, struct perf_event_attr *attr, pid_t thread_id,
		    int cpu, size_t records_count, size_t record_bytes);

/* ioctl(2) on all events: PERF_EVENT_IOC_ENABLE, PERF_EVENT_IOC_DISABLE. 0 or negative errno. */
int perf_buffer_control(const struct perf_buffer *buffer, unsigned long request);

/* Makes room in the buffer while events write to it: moves what is there into memory of this process. -ENOMEM. */
int perf_buffer_drain(struct perf_buffer *buffer);

/*
 * Calls take() with each record of len_bytes, its header included, and forgets them. Returns its first
 * error; -EBADMSG. Sets `overflowed` if the buffer was full: the kernel writes no record of a loss then.
 */
int perf_buffer_take(struct perf_buffer *buffer,
		     int (*take)(void *context, const unsigned char *record, size_t len_bytes),
		     void *context);

/* The sample type of tracepoints. */
#define PERF_BUFFER_RAW_TYPE                                                                       \
	(PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW)

/* A sample of a tracepoint. */
struct perf_raw {
	uint64_t id, time_ns;
	const unsigned char *fields; /* [fields_bytes] borrowed */
	size_t fields_bytes;
};

/* Reads a record with PERF_BUFFER_RAW_TYPE. false: it is no sample; *lost_count grows if it tells a loss. */
bool perf_raw_read(const unsigned char *record, size_t len_bytes, struct perf_raw *out,
		   uint64_t *lost_count);

/* Copies len_bytes of the fields at `offset`. -EBADMSG if the sample is too short. */
int perf_raw_field(const struct perf_raw *raw, unsigned offset, void *value, size_t len_bytes);

#endif
