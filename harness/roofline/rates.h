/*
 * The roofline: the measured limits of the device and of memory. A run compares its times with
 * them. docs/METHOD.md gives the bound and the reasons for it.
 *
 * Device: random reads of 4 KiB at queue depths 1, 8, 32 and 128; sequential reads of 1 MiB,
 * continuously and in bursts of 64 MiB after a pause (many devices are faster for short bursts).
 * All use O_DIRECT and io_uring, or threads of pread if there is no io_uring. Memory: copy
 * bandwidth, and the latency of dependent loads. Each value is the median of repeats; a repeat
 * measures all patterns in turn.
 *
 * Source: Williams, Waterman, Patterson, Roofline (2009), doi:10.1145/1498765.1498785
 */
#ifndef IOWALK_ROOFLINE_RATES_H
#define IOWALK_ROOFLINE_RATES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../../workloads/verify.h"
#include "../../engines/why.h"
#include "../base/spread.h"

#define ROOFLINE_PAGE_BYTES    4096
#define ROOFLINE_READS_COUNT   6 /* increasing depths, sequential, sequential bursts */
#define ROOFLINE_READS_MIN     5 /* records of earlier versions have no bursts */
#define ROOFLINE_DEPTH_MAX     128
#define ROOFLINE_FILE_BYTES    (UINT64_C(512) << 20) /* of the test file */
#define ROOFLINE_FILE_MIN      (UINT64_C(16) << 20) /* a smaller file is no good sample of a device */
#define ROOFLINE_EXPIRY_S      3600 /* devices drift: one was 8 times slower an hour later */
#define ROOFLINE_SECONDS_RUN   2.5  /* for `iowalk run`, without writing the test file */
#define ROOFLINE_REPEATS_COUNT 5
#define ROOFLINE_BURST_BYTES   (UINT64_C(64) << 20)
#define ROOFLINE_STEADY_SHARE                                                                      \
	0.25 /* of the median: the largest interquartile range of a steady rate */

struct roofline_read {
	bool sequential;
	unsigned depth;
	uint64_t block_bytes;
	uint64_t span_bytes; /* of a burst, read after a pause; 0: read continuously */
	struct spread reads_per_second;
};

/* Absent texts are empty; absent spreads have count 0. */
struct roofline {
	char date[32];         /* UTC, ISO */
	int64_t measured_at_s; /* the same in seconds since 1970 */
	char kernel[72], boot[40], device[256], file_system[64];
	unsigned device_major, device_minor; /* of the file: stat's st_dev */
	bool is_test_file;                   /* measured with a test file, not a given file */
	uint64_t file_bytes;                 /* of the test file or the given file */
	double seconds;                      /* requested duration */
	char method[160]; /* "io_uring", or "threads of pread (io_uring: REASON)" */
	struct roofline_read reads[ROOFLINE_READS_COUNT];
	size_t reads_count;   /* 0 if the device was not measured */
	struct why no_device; /* why the device was not measured */
	struct spread copy_bytes_per_second;
	struct spread latency_ns, latency_huge_ns; /* of one load, with 4 KiB and with huge pages */
	struct why no_huge;                        /* why there is no latency_huge_ns */
};

struct roofline_request {
	const char *file;   /* file to read; NULL: a test file in `folder` */
	const char *folder; /* for cached results; it is made if it is missing */
	double seconds;     /* of measuring device and memory together */
	bool fresh;         /* measure even if there is a cached result */
};

/*
 * Returns the cached result (*cached = true) if it has the same device, file size, kernel and boot
 * and is not older than ROOFLINE_EXPIRY_S. Otherwise measures, and caches the result if it is
 * steady. Parts that cannot be measured are absent, with the reason. Errors: the file or folder
 * cannot be used (named in `why`), -ENOMEM.
 */
int roofline_obtain(const struct roofline_request *request, struct roofline *out, bool *cached,
		    struct why *why);

/* The JSON of run.json and of the cache folder. New reference; -EBADMSG if it is not a roofline. */
json_t *roofline_json(const struct roofline *roofline);
int roofline_parse(const json_t *json, struct roofline *out);

/* Can `cached` be used now? `now` has the current kernel, boot, device and file. */
bool roofline_is_current(const struct roofline *cached, const struct roofline *now, int64_t now_s);

/* ---- using a roofline ---- */

/* Random reads per second at a depth ≥ 1, interpolated on a log-log scale; beyond the largest measured depth
 * its rate. NaN if the device was not measured. */
double roofline_reads_per_second(const struct roofline *roofline, double depth);

/* Bytes per second of continuous sequential reads, or NaN. */
double roofline_sequential_bytes_per_second(const struct roofline *roofline);

/* The shortest time in seconds to read this many bytes sequentially, the first ones at the burst rate. NaN: not
 * measured. */
double roofline_sequential_s(const struct roofline *roofline, double bytes);

/* Do the repeats differ too much, because something else used the device or it changed its speed? Then only
 * the run that measured the rate may use it. */
bool roofline_read_is_unsteady(const struct roofline_read *read);
bool roofline_is_unsteady(const struct roofline *roofline);

/* What a cold iteration has to read. */
struct roofline_work {
	uint64_t working_set_pages_count; /* distinct pages of ROOFLINE_PAGE_BYTES */
	uint64_t file_bytes;
	const struct walk_summary *walk; /* NULL: one read after the other, depth 1 */
};

struct roofline_bound {
	uint64_t working_set_pages_count; /* 0: no bound */
	const char *pattern;              /* static: "random" or "sequential", the cheaper one */
	double depth;                     /* mean depth of the random reads: nodes per level */
	double bound_ns;
};

/* No bound (working_set_pages_count 0) if the device was not measured or nothing is read. */
struct roofline_bound roofline_bound(const struct roofline *roofline,
				     const struct roofline_work *work);

/* Prints a line per value, with its spread. Each line begins with `indent`. */
void roofline_print(FILE *out, const struct roofline *roofline, const char *indent, bool utf8);

/* One line per value: name, value with unit, spread. */
#define ROOFLINE_LINES_MAX 12
struct roofline_line {
	char name[64], value[96], spread[32];
};
size_t roofline_lines(const struct roofline *roofline, bool utf8,
		      struct roofline_line lines[ROOFLINE_LINES_MAX]);

/* ---- measuring: device.c, memory.c ---- */

/* Sets the values of the device, or no_device. `file` NULL: a test file in `folder`. -ENOMEM. */
int roofline_measure_device(struct roofline *roofline, const char *file, const char *folder,
			    double seconds);

/* Sets the values of memory. -ENOMEM. */
int roofline_measure_memory(struct roofline *roofline, double seconds);

#endif
