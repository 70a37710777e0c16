/*
 * How it works: block:block_rq_issue and block_rq_complete are recorded on all processors, with a filter for the
 * device. A completion belongs to the request in flight that begins at its sector.
 *
 * Sources: the kernel's include/trace/events/block.h, Documentation/ABI/stable/sysfs-block.
 */
#include "device.h"

#include "../base/histogram.h"
#include "../count/tracefs.h"
#include "perf_buffer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define RECORD_BYTES  128
#define REQUESTS_MAX  200000 /* of one walk */
#define IN_FLIGHT_MAX 4096
#define DEPTH_MAX     1024 /* deeper is counted as this deep: queues of devices have at most 1023 */
#define SIZES_MAX     64   /* different sizes that are told apart */
#define SECTOR_BYTES  512
/* Some kernels drop the records of interrupts that find their processor idle (seen with Linux 6.18, on one of two
 * processors). Depths and latencies of the rest would be wrong. */
#define COMPLETED_MIN     0.99
#define KERNEL_MINOR_BITS 20 /* MINORBITS in the kernel's include/linux/kdev_t.h */

/* Offsets of fields in the raw records. */
struct fields {
	unsigned sector, sectors_count, rwbs;
};

struct request {
	uint64_t time_ns, sector;
	uint32_t sectors_count;
	bool is_issue;
};

struct device_trace {
	struct perf_buffer *buffers; /* [buffers_count] one per processor */
	size_t buffers_count;
	struct fields issue, complete;
	const struct perf_buffer *taking;
	struct request *requests; /* [requests_count] in the order in which they were read */
	size_t requests_count, requests_capacity;
	uint64_t lost_count;
	uint64_t began_ns, ended_ns;
};

/* ---- opening ---- */

/* The whole device of the file, as the kernel's tracepoints write it. */
static int device_of(const char *path, uint64_t *device, struct why *why)
{
	char link[128], target[4096], number[4200];
	unsigned major_number, minor_number;
	struct stat info;

	if (stat(path, &info))
		return why_set(why, -errno, "cannot open '%s': %s", path, strerror(errno));
	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(info.st_dev),
		 minor(info.st_dev));
	if (!realpath(link, target))
		return why_set(why, -EOPNOTSUPP, "'%s' is on no block device of its own", path);
	/* Requests are those of the whole device. */
	snprintf(number, sizeof(number), "%s/partition", target);
	snprintf(number, sizeof(number), "%s%s/dev", target,
		 access(number, F_OK) == 0 ? "/.." : "");
	FILE *file = fopen(number, "re");
	int got = file ? fscanf(file, "%u:%u", &major_number, &minor_number) : 0;
	if (file)
		fclose(file);
	if (got != 2)
		return why_set(why, -EOPNOTSUPP, "cannot read '%.200s'", number);
	*device = (uint64_t)major_number << KERNEL_MINOR_BITS | minor_number;
	return 0;
}

static int find_fields(int root_fd, const char *tracepoint, uint64_t *id, struct fields *fields)
{
	int err = tracefs_id(root_fd, tracepoint, id);

	err = err ? err : tracefs_field(root_fd, tracepoint, "sector", &fields->sector);
	err = err ? err : tracefs_field(root_fd, tracepoint, "nr_sector", &fields->sectors_count);
	return err ? err : tracefs_field(root_fd, tracepoint, "rwbs[10]", &fields->rwbs);
}

static int open_processor(struct perf_buffer *buffer, const uint64_t *ids, int cpu,
			  const char *filter)
{
	int err = 0;

	for (size_t i = 0; !err && i < 2; i++) {
		struct perf_event_attr attr =
			perf_buffer_attr(PERF_TYPE_TRACEPOINT, ids[i], PERF_BUFFER_RAW_TYPE);

		attr.sample_period = 1;
		err = perf_buffer_add(buffer, &attr, -1, cpu, 2 * REQUESTS_MAX, RECORD_BYTES);
		if (!err && ioctl(buffer->fds[i], PERF_EVENT_IOC_SET_FILTER, filter))
			err = -errno;
	}
	return err;
}

static int open_all(struct device_trace *trace, uint64_t device, struct why *why)
{
	uint64_t ids[2] = {0};
	char filter[64];
	int root_fd = tracefs_open(why);

	if (root_fd < 0)
		return root_fd;
	int err = find_fields(root_fd, "block/block_rq_issue", &ids[0], &trace->issue);
	err = err ? err
		  : find_fields(root_fd, "block/block_rq_complete", &ids[1], &trace->complete);
	close(root_fd);
	snprintf(filter, sizeof(filter), "dev == %llu", (unsigned long long)device);
	for (int cpu = 0; !err && cpu < get_nprocs_conf(); cpu++) {
		struct perf_buffer *buffer = &trace->buffers[trace->buffers_count];

		err = open_processor(buffer, ids, cpu, filter);
		if (!err) {
			trace->buffers_count++;
			continue;
		}
		perf_buffer_close(buffer);
		err = err == -ENODEV ? 0 : err; /* this processor is offline */
	}
	return err ? why_set(why, err, "cannot record block requests: %s", strerror(-err)) : 0;
}

int device_trace_new(const char *path, struct device_trace **out, struct why *why)
{
	struct device_trace *trace;
	uint64_t device = 0;
	int err = device_of(path, &device, why);

	if (err)
		return err;
	trace = calloc(1, sizeof(*trace));
	if (!trace)
		return -ENOMEM;
	trace->buffers = calloc((size_t)get_nprocs_conf(), sizeof(*trace->buffers));
	for (int i = 0; trace->buffers && i < get_nprocs_conf(); i++)
		perf_buffer_init(&trace->buffers[i]);
	err = trace->buffers ? open_all(trace, device, why) : -ENOMEM;
	if (err) {
		device_trace_free(trace);
		return err;
	}
	*out = trace;
	return 0;
}

void device_trace_free(struct device_trace *trace)
{
	if (!trace)
		return;
	for (size_t i = 0; i < trace->buffers_count; i++)
		perf_buffer_close(&trace->buffers[i]);
	free(trace->buffers);
	free(trace->requests);
	free(trace);
}

/* ---- recording ---- */

static int add_request(struct device_trace *trace, const struct request *request)
{
	if (trace->requests_count == trace->requests_capacity) {
		size_t capacity = trace->requests_capacity ? 2 * trace->requests_capacity : 4096;
		struct request *grown = realloc(trace->requests, capacity * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		trace->requests = grown;
		trace->requests_capacity = capacity;
	}
	trace->requests[trace->requests_count++] = *request;
	return 0;
}

static int take_record(void *context, const unsigned char *record, size_t len_bytes)
{
	struct device_trace *trace = context;
	struct request request = {0};
	struct perf_raw raw;
	char direction;

	if (!perf_raw_read(record, len_bytes, &raw, &trace->lost_count))
		return 0;
	request.is_issue = raw.id == trace->taking->ids[0];
	request.time_ns = raw.time_ns;
	const struct fields *fields = request.is_issue ? &trace->issue : &trace->complete;
	int err = perf_raw_field(&raw, fields->sector, &request.sector, sizeof(request.sector));
	err = err ? err
		  : perf_raw_field(&raw, fields->sectors_count, &request.sectors_count,
				   sizeof(request.sectors_count));
	err = err ? err : perf_raw_field(&raw, fields->rwbs, &direction, sizeof(direction));
	if (err)
		return err;
	/* "R", "RA", "RM": reads, read ahead, of metadata. */
	return direction == 'R' ? add_request(trace, &request) : 0;
}

static int control(const struct device_trace *trace, unsigned long request)
{
	int err = 0;

	for (size_t i = 0; !err && i < trace->buffers_count; i++)
		err = perf_buffer_control(&trace->buffers[i], request);
	return err;
}

int device_trace_begin(struct device_trace *trace)
{
	return control(trace, PERF_EVENT_IOC_ENABLE);
}

void device_trace_walked(struct device_trace *trace, uint64_t began_ns, uint64_t ended_ns)
{
	trace->began_ns = began_ns;
	trace->ended_ns = ended_ns;
}

int device_trace_end(struct device_trace *trace)
{
	int err = control(trace, PERF_EVENT_IOC_DISABLE);

	for (size_t i = 0; !err && i < trace->buffers_count; i++) {
		trace->taking = &trace->buffers[i];
		err = perf_buffer_take(&trace->buffers[i], take_record, trace);
		trace->lost_count += trace->buffers[i].overflowed;
	}
	return err;
}

/* ---- the result ---- */

struct sums {
	struct histogram latencies;
	uint64_t issued_count, reads_count, read_bytes;
	double depth_ns[DEPTH_MAX + 1]; /* time with this many in flight */
	struct {
		uint64_t bytes, count;
	} sizes[SIZES_MAX];
	size_t sizes_count, depth_most;
};

static int by_time(const void *a, const void *b)
{
	const struct request *left = a, *right = b;

	return left->time_ns < right->time_ns ? -1 : left->time_ns > right->time_ns;
}

static void add_size(struct sums *sums, uint64_t bytes)
{
	size_t i = 0;

	while (i < sums->sizes_count && sums->sizes[i].bytes != bytes)
		i++;
	if (i == SIZES_MAX)
		return; /* the total has it */
	if (i == sums->sizes_count)
		sums->sizes[sums->sizes_count++].bytes = bytes;
	sums->sizes[i].count++;
}

/* Time passes with this many reads in flight. */
static void pass(const struct device_trace *trace, struct sums *sums, uint64_t from_ns,
		 uint64_t to_ns, size_t depth)
{
	uint64_t begin = from_ns > trace->began_ns ? from_ns : trace->began_ns;
	uint64_t end = to_ns < trace->ended_ns ? to_ns : trace->ended_ns;

	if (begin >= end)
		return;
	depth = depth < DEPTH_MAX ? depth : DEPTH_MAX;
	sums->depth_ns[depth] += (double)(end - begin);
	sums->depth_most = depth > sums->depth_most ? depth : sums->depth_most;
}

static void sweep(const struct device_trace *trace, struct sums *sums)
{
	static const size_t none = SIZE_MAX;
	struct request in_flight[IN_FLIGHT_MAX];
	size_t depth = 0;
	uint64_t last_ns = trace->began_ns;

	for (size_t i = 0; i < trace->requests_count; i++) {
		const struct request *request = &trace->requests[i];
		size_t found = none;

		pass(trace, sums, last_ns, request->time_ns, depth);
		last_ns = request->time_ns;
		for (size_t k = 0; k < depth && found == none; k++)
			found = in_flight[k].sector == request->sector ? k : none;
		if (request->is_issue) {
			/* A request that the driver could not take is issued again. */
			if (found == none && depth < IN_FLIGHT_MAX) {
				in_flight[depth++] = *request;
				sums->issued_count++;
			}
			continue;
		}
		if (found == none)
			continue; /* it was issued before the walk */
		uint64_t bytes = (uint64_t)in_flight[found].sectors_count * SECTOR_BYTES;
		histogram_record(&sums->latencies, request->time_ns - in_flight[found].time_ns);
		sums->reads_count++;
		sums->read_bytes += bytes;
		add_size(sums, bytes);
		in_flight[found] = in_flight[--depth];
	}
	pass(trace, sums, last_ns, trace->ended_ns, depth);
}

static json_t *depths_json(const struct sums *sums, double wall_ns, double *mean)
{
	json_t *depths = json_array();
	double busy_ns = 0, weighted = 0;

	for (size_t i = 0; i <= DEPTH_MAX; i++) {
		if (!(sums->depth_ns[i] > 0))
			continue;
		if (i > 0) {
			busy_ns += sums->depth_ns[i];
			weighted += (double)i * sums->depth_ns[i];
		}
		json_array_append_new(depths, json_pack("{sI sf}", "depth", (json_int_t)i, "share",
							sums->depth_ns[i] / wall_ns));
	}
	*mean = busy_ns > 0 ? weighted / busy_ns : 0;
	return depths;
}

static json_t *sums_json(const struct sums *sums, double wall_ns)
{
	const struct histogram *latencies = &sums->latencies;
	double mean;
	json_t *depths = depths_json(sums, wall_ns, &mean), *sizes = json_array();

	for (size_t i = 0; i < sums->sizes_count; i++)
		json_array_append_new(sizes, json_pack("{sI sI}", "bytes",
						       (json_int_t)sums->sizes[i].bytes, "count",
						       (json_int_t)sums->sizes[i].count));
	return json_pack("{sI sI sI sI sI sI sf sI so so}", "reads_count",
			 (json_int_t)sums->reads_count, "read_bytes", (json_int_t)sums->read_bytes,
			 "lat_ns_p50", (json_int_t)histogram_quantile(latencies, .5), "lat_ns_p90",
			 (json_int_t)histogram_quantile(latencies, .9), "lat_ns_p99",
			 (json_int_t)histogram_quantile(latencies, .99), "lat_ns_max",
			 (json_int_t)latencies->max_value, "depth_mean", mean, "depth_max",
			 (json_int_t)sums->depth_most, "depths", depths, "sizes", sizes);
}

json_t *device_trace_result(struct device_trace *trace)
{
	struct sums *sums = trace->lost_count ? NULL : calloc(1, sizeof(*sums));
	json_t *result = NULL;

	if (!sums)
		return NULL;
	if (trace->requests_count)
		qsort(trace->requests, trace->requests_count, sizeof(*trace->requests), by_time);
	sweep(trace, sums);
	if ((double)sums->reads_count >= COMPLETED_MIN * (double)sums->issued_count)
		result = sums_json(sums, (double)(trace->ended_ns - trace->began_ns));
	free(sums);
	return result;
}
