/*
 * Whether the device's side agrees with the cache state of a sample.
 *
 * How it works: the page cache can be full while an engine reads past it, and it can be empty while
 * a file system keeps the file in a cache of its own. /proc/self/io counts the bytes that the
 * process made the block layer read, whatever the engine and the file system. A warm walk reads
 * next to none; a cold one reads at least the pages that it needs, which the preparation counted.
 */
#include "measurement.h"

#include "../base/proc.h"
#include "../base/units.h"
#include "../prepare/memory_need.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of the file in a walk: as much as may be missing from the page cache. A walk of one operation
 * (open) reads a few pages only: none of them may come from the device. */
#define WARM_READ_SHARE 0.01
/* The rest may be holes of the file, which no device delivers, and pages that another process
 * brought in meanwhile. */
#define COLD_READ_SHARE 0.9

static int device_bytes(uint64_t *bytes)
{
	uint64_t written;
	int fd = proc_io_open(), err;

	if (fd < 0)
		return fd;
	err = proc_io_read(fd, bytes, &written);
	close(fd);
	return err;
}

void measure_watch_device(struct measurement *m)
{
	m->walks_count = 0;
	m->has_device_bytes = device_bytes(&m->device_bytes) == 0;
}

void measure_stop_watching(struct measurement *m)
{
	uint64_t now;

	m->has_device_bytes = m->has_device_bytes && device_bytes(&now) == 0;
	m->device_bytes = m->has_device_bytes ? now - m->device_bytes : 0;
}

bool measure_read_past_cache(const struct measurement *m)
{
	double share = m->found.operations_count > 1 ? WARM_READ_SHARE : 0;

	if (m->cell->command)
		return false; /* it may read other files than those that are warm */

	return m->has_device_bytes &&
	       (double)m->device_bytes >
		       share * (double)m->prepared->file_bytes * (double)m->walks_count;
}

/* Of a walk of this pass; 0: not known. */
static uint64_t pages_of_pass(const struct measurement *m, enum sample_pass pass)
{
	const struct workload_ops *ops = measure_ops(m);
	bool else_read = pass == PASS_LATENCY && ops->latency_reads_else &&
			 ops->latency_reads_else(m->state);

	return else_read ? 0 : m->prepared->working_set_pages_count;
}

int measure_check_cold(struct measurement *m, enum sample_pass pass)
{
	uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t pages_count = pages_of_pass(m, pass);
	double wanted = pages_count ? COLD_READ_SHARE * (double)(pages_count * page_bytes) *
					      (double)m->walks_count
				    : 1;
	char got[32], least[32];

	if (!m->has_device_bytes || !m->walks_count || (double)m->device_bytes >= wanted)
		return 0;
	format_bytes(got, sizeof(got), (double)m->device_bytes);
	format_bytes(least, sizeof(least), wanted);
	if (m->cell->command)
		return why_set(&m->why, -EBUSY,
			       "not cold: nothing of the files was in the page cache, but the "
			       "device delivered nothing: the command does not read them, or the "
			       "file system has a cache of its own, or no block device");
	return why_set(&m->why, -EBUSY,
		       "not cold: nothing of the file was in the page cache, but the device "
		       "delivered %s where the walk needs %s (the file system has a cache of its "
		       "own, or no block device)",
		       got, least);
}

int measure_past_cache(struct measurement *m, int err)
{
	const struct engine_ops *engine = m->cell->engine;
	int index = cell_cache_option(m->cell);
	char got[32], remedy[160];

	format_bytes(got, sizeof(got), (double)m->device_bytes);
	if (!(engine->capabilities & ENGINE_DIRECT))
		snprintf(remedy, sizeof(remedy),
			 "it reads past the page cache, or something reclaims pages: iowalk "
			 "doctor");
	else if (index >= 0)
		snprintf(
			remedy, sizeof(remedy),
			"it bypasses the page cache, and its own does not keep the file of %" PRIu64
			" bytes: set %s.%s",
			m->prepared->file_bytes, engine->name, engine->options[index].name);
	else
		snprintf(remedy, sizeof(remedy),
			 "it bypasses the page cache and has none of its own");
	return why_set(&m->why, err,
		       "not warm: engine %s reads %s from the device in %" PRIu64 " walk%s (%s)",
		       engine->name, got, m->walks_count, m->walks_count == 1 ? "" : "s", remedy);
}
