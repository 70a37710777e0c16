/*
 * The roofline: what the device and the memory can do, measured, so that each figure of a run stands
 * beside its limit. docs/METHOD.md says what bound is taken, and why.
 *
 * Device: reads of 4 KiB at random places at queue depth 1, 8, 32 and 128, and of 1 MiB in order, for
 * long and in bursts of 64 MiB after a pause (many devices are faster for so little), all with
 * O_DIRECT, through io_uring (else threads of pread). Memory: copying, and the latency of a
 * pointer chase. Each figure is the median of repeats that go round all patterns.
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
#define ROOFLINE_READS_COUNT   6 /* depths rising, then sequential for long, then in bursts */
#define ROOFLINE_READS_MIN     5 /* records of earlier versions have no bursts */
#define ROOFLINE_DEPTH_MAX     128
#define ROOFLINE_FILE_BYTES    (UINT64_C(512) << 20) /* of the test file */
#define ROOFLINE_FILE_MIN      (UINT64_C(16) << 20)  /* a smaller file says little of a device */
#define ROOFLINE_EXPIRY_S      3600 /* devices drift: one has been 8 times slower an hour later */
#define ROOFLINE_SECONDS       6.0  /* of `iowalk roofline`; */
#define ROOFLINE_SECONDS_RUN   2.5  /* of `iowalk run`; making the test file comes on top */
#define ROOFLINE_REPEATS_COUNT 5
#define ROOFLINE_BURST_BYTES   (UINT64_C(64) << 20)
#define ROOFLINE_STEADY_SHARE  0.25 /* the quartiles of a steady figure's slices lie as near */

struct roofline_read {
	bool sequential;
	unsigned depth;
	uint64_t block_bytes;
	uint64_t span_bytes; /* a burst: read from a pause on; 0: as long as a slice lasts */
	struct spread reads_per_second;
};

/* Texts are empty, and spreads have count 0, where there is nothing. */
struct roofline {
	char date[32];         /* UTC, ISO */
	int64_t measured_at_s; /* the same, since 1970 */
	char kernel[72], boot[40], device[256], file_system[64];
	unsigned device_major, device_minor; /* of the file: stat's st_dev */
	bool own_file;                       /* a test file was made; */
	uint64_t file_bytes;                 /* how large it was, or the file given */
	double seconds;                      /* asked for */
	char method[160]; /* "io_uring", or "threads of pread (io_uring: why not)" */
	struct roofline_read reads[ROOFLINE_READS_COUNT];
	size_t reads_count;   /* 0 or all: where 0, */
	struct why no_device; /* why the device was not measured */
	struct spread copy_bytes_per_second;
	struct spread latency_ns, latency_huge_ns; /* of one load, pages of 4 KiB and huge ones */
	struct why no_huge;                        /* why there is no latency_huge_ns */
};

struct roofline_request {
	const char *file;   /* to be read, or NULL: a test file in `folder` */
	const char *folder; /* where results are kept; made where it is missing */
	double seconds;     /* of measuring, device and memory together */
	bool fresh;         /* measured, even where a result is kept */
};

/*
 * A kept result of the same device, file size, kernel and boot that is not older than
 * ROOFLINE_EXPIRY_S, else measured, and kept if it is steady; *kept says whether it was not measured. What cannot be measured is absent with
 * its reason. Errors: the file or the folder cannot be used (named in `why`), -ENOMEM.
 */
int roofline_obtain(const struct roofline_request *request, struct roofline *out, bool *kept,
		    struct why *why);

/* As run.json and the cache folder have it. New reference; -EBADMSG where it is no roofline. */
json_t *roofline_json(const struct roofline *roofline);
int roofline_parse(const json_t *json, struct roofline *out);

/* Is `kept` what measuring would give now? `now` has what was found of kernel, boot, device, file. */
bool roofline_is_current(const struct roofline *kept, const struct roofline *now, int64_t now_s);

/* ---- what is made of it ---- */

/* Random reads a second at a depth of ≥ 1: between measured depths a straight line in logarithms,
 * beyond the last one its rate. NaN where the device was not measured. */
double roofline_reads_per_second(const struct roofline *roofline, double depth);

/* Bytes a second in order for long, or NaN. */
double roofline_sequential_bytes_per_second(const struct roofline *roofline);

/* The least seconds in which so many bytes come in order: the first as a burst. NaN: not measured. */
double roofline_sequential_s(const struct roofline *roofline, double bytes);

/* Did something else use the device, or the device change, while it was measured? Then the rate is
 * for the run that measured it only. */
bool roofline_read_is_unsteady(const struct roofline_read *read);
bool roofline_is_unsteady(const struct roofline *roofline);

/* What a cold iteration needs of the device. */
struct roofline_work {
	uint64_t working_set_pages_count; /* distinct pages it reads, of ROOFLINE_PAGE_BYTES */
	uint64_t file_bytes;
	const struct walk_summary *walk; /* NULL: one operation after the other, depth 1 */
};

struct roofline_bound {
	uint64_t working_set_pages_count; /* 0: there is no bound */
	const char *pattern;              /* static: "random" or "sequential", the cheaper one */
	double depth; /* at which random reads were reckoned: nodes over levels */
	double bound_ns;
};

/* No bound (working_set_pages_count 0) where the device was not measured or nothing is touched. */
struct roofline_bound roofline_bound(const struct roofline *roofline,
				     const struct roofline_work *work);

/* Lines of text: each figure with its spread. `indent` goes before each line. */
void roofline_print(FILE *out, const struct roofline *roofline, const char *indent, bool utf8);

/* One line a figure: name, value with unit, spread; how many there are at most. */
#define ROOFLINE_LINES_MAX 12
struct roofline_line {
	char name[64], value[96], spread[32];
};
size_t roofline_lines(const struct roofline *roofline, bool utf8,
		      struct roofline_line lines[ROOFLINE_LINES_MAX]);

/* ---- measuring: device.c, memory.c ---- */

/* Fills in the device's part, or no_device. `file` NULL: a test file in `folder`. -ENOMEM. */
int roofline_measure_device(struct roofline *roofline, const char *file, const char *folder,
			    double seconds);

/* Fills in the memory's part. -ENOMEM. */
int roofline_measure_memory(struct roofline *roofline, double seconds);

#endif
