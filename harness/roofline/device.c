/*
 * Measuring how fast a device reads a file: see rates.h.
 *
 * How it works: `depth` reads are always in flight; each completed read is replaced at once. The
 * clock starts when the first `depth` reads have completed, so that filling the queue is not
 * measured. For a burst it runs from the first read to the last. O_DIRECT bypasses the page cache;
 * buffers and file are registered if the kernel allows it. The test file has no name (O_TMPFILE,
 * else unlinked at once), so it disappears however the program ends. Its bytes are random, because
 * a device may compress, and they are written, because a file system does not read blocks that were
 * never written.
 *
 * Source: io_uring(7), open(2) on O_DIRECT and O_TMPFILE
 */
#include "rates.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <liburing.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "../../workloads/support/mix.h"
#include "../base/units.h"
#include "../base/clock.h"
#include "../base/proc.h"

#define SEQUENTIAL_BYTES (UINT64_C(1) << 20)
#define SEQUENTIAL_DEPTH 4 /* overlaps the copying of one read with the waiting for the next */
#define FILL_BYTES       (UINT64_C(4) << 20)  /* of one write to the test file */
#define FILL_SECONDS_MAX 1.5                  /* on a slow device the file stays smaller, */
#define FILL_BYTES_MIN   (UINT64_C(64) << 20) /* but not below this */
#define BUFFER_ALIGN     (UINT64_C(2) << 20)  /* of a huge page */
#define THREADS_RAMP_S   0.005
#define BURST_PAUSE_S    0.05 /* a device needs it to serve the next burst at full speed */
#define BURST_POLL_S     0.0005

static const struct roofline_read patterns[ROOFLINE_READS_COUNT] = {
	{.depth = 1, .block_bytes = ROOFLINE_PAGE_BYTES},
	{.depth = 8, .block_bytes = ROOFLINE_PAGE_BYTES},
	{.depth = 32, .block_bytes = ROOFLINE_PAGE_BYTES},
	{.depth = ROOFLINE_DEPTH_MAX, .block_bytes = ROOFLINE_PAGE_BYTES},
	{.sequential = true, .depth = SEQUENTIAL_DEPTH, .block_bytes = SEQUENTIAL_BYTES},
	{.sequential = true,
	 .depth = SEQUENTIAL_DEPTH,
	 .block_bytes = SEQUENTIAL_BYTES,
	 .span_bytes = ROOFLINE_BURST_BYTES},
};

struct device {
	int fd;
	uint64_t file_bytes;
	char *buffers; /* [depth of the pattern][its block_bytes] */
	uint64_t random;
	_Atomic uint64_t cursor; /* of sequential reads, in blocks */
	uint64_t issued_bytes;
	bool no_uring;
};

static uint64_t next_offset(struct device *device, const struct roofline_read *pattern,
			    uint64_t *random)
{
	uint64_t blocks = device->file_bytes / pattern->block_bytes, block;

	if (pattern->sequential)
		block = atomic_fetch_add(&device->cursor, 1) % blocks;
	else
		block = mix_next(random) % blocks;
	return block * pattern->block_bytes;
}

/* ---- io_uring ---- */

struct queue {
	struct io_uring ring;
	bool fixed_file, fixed_buffers;
};

static int queue_open(struct queue *queue, const struct device *device,
		      const struct roofline_read *pattern)
{
	/*
	 * The same flags as fio, so that the results can be compared. IORING_SETUP_DEFER_TASKRUN
	 * made no difference beyond the noise of a virtual disk.
	 */
	static const unsigned flags[] = {IORING_SETUP_COOP_TASKRUN, 0};
	struct iovec buffers[ROOFLINE_DEPTH_MAX];
	int err = -ENOSYS;

	for (size_t i = 0; err < 0 && i < sizeof(flags) / sizeof(flags[0]); i++)
		err = io_uring_queue_init(pattern->depth, &queue->ring, flags[i]);
	if (err < 0)
		return err;
	for (unsigned i = 0; i < pattern->depth; i++)
		buffers[i] = (struct iovec){device->buffers + i * pattern->block_bytes,
					    pattern->block_bytes};
	queue->fixed_file = io_uring_register_files(&queue->ring, &device->fd, 1) == 0;
	queue->fixed_buffers =
		io_uring_register_buffers(&queue->ring, buffers, pattern->depth) == 0;
	return 0;
}

static void queue_read(struct queue *queue, struct device *device,
		       const struct roofline_read *pattern, unsigned slot)
{
	/* Never NULL: at most `depth` reads are in flight. */
	struct io_uring_sqe *sqe = io_uring_get_sqe(&queue->ring);
	char *buffer = device->buffers + slot * pattern->block_bytes;
	uint64_t offset = next_offset(device, pattern, &device->random);
	int fd = queue->fixed_file ? 0 : device->fd;

	if (queue->fixed_buffers)
		io_uring_prep_read_fixed(sqe, fd, buffer, (unsigned)pattern->block_bytes, offset,
					 (int)slot);
	else
		io_uring_prep_read(sqe, fd, buffer, (unsigned)pattern->block_bytes, offset);
	if (queue->fixed_file)
		io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
	io_uring_sqe_set_data64(sqe, slot);
}

/*
 * Takes all completed reads. `again` replaces each by a new read, submitted one by one: reads
 * submitted together form bursts, between which the device is idle (one by one: 87 k instead of 78
 * k reads/s at depth 32). Returns the number of completed reads or negative errno.
 */
static int reap(struct queue *queue, struct device *device, const struct roofline_read *pattern,
		bool again)
{
	struct io_uring_cqe *cqes[ROOFLINE_DEPTH_MAX];
	unsigned slots[ROOFLINE_DEPTH_MAX];
	unsigned count = io_uring_peek_batch_cqe(&queue->ring, cqes, pattern->depth);
	int err = 0;

	for (unsigned i = 0; i < count; i++) {
		if (cqes[i]->res < 0)
			err = cqes[i]->res;
		else if ((uint64_t)cqes[i]->res != pattern->block_bytes)
			err = -EIO;
		slots[i] = (unsigned)io_uring_cqe_get_data64(cqes[i]);
	}
	io_uring_cq_advance(&queue->ring, count);
	for (unsigned i = 0; again && !err && i < count; i++) {
		queue_read(queue, device, pattern, slots[i]);
		int submitted = io_uring_submit(&queue->ring);
		/* A read that cannot be submitted now is submitted with the next one. */
		if (submitted < 0 && submitted != -EINTR && submitted != -EAGAIN &&
		    submitted != -EBUSY)
			err = submitted;
	}
	return err ? err : (int)count;
}

static int slice_uring(struct device *device, const struct roofline_read *pattern, double seconds,
		       double *reads_per_second)
{
	uint64_t done_count = 0, base_count = 0;
	uint64_t burst_count = pattern->span_bytes / pattern->block_bytes;
	double began_s = 0, now_s = 0;
	struct queue queue;
	int err = queue_open(&queue, device, pattern), count = 0;

	if (err)
		return err;
	if (burst_count)
		began_s = now_s = clock_now_s();
	for (unsigned i = 0; i < pattern->depth; i++)
		queue_read(&queue, device, pattern, i);
	while ((began_s == 0 || now_s < began_s + seconds) &&
	       (!burst_count || done_count < burst_count)) {
		int submitted = io_uring_submit_and_wait(&queue.ring, 1);
		if (submitted == -EINTR)
			continue;
		count = submitted < 0 ? submitted : reap(&queue, device, pattern, true);
		if (count < 0)
			break;
		now_s = clock_now_s();
		done_count += (unsigned)count;
		if (began_s == 0 && done_count >= pattern->depth) {
			began_s = now_s;
			base_count = done_count;
		}
	}
	/* The kernel uses the buffers until the last read has completed. */
	for (unsigned in_flight = pattern->depth; count >= 0 && in_flight > 0;) {
		if (io_uring_submit_and_wait(&queue.ring, 1) < 0)
			break;
		int left = reap(&queue, device, pattern, false);
		if (left < 0)
			break;
		in_flight -= (unsigned)left;
	}
	io_uring_queue_exit(&queue.ring);
	device->issued_bytes += done_count * pattern->block_bytes;
	*reads_per_second = (double)(done_count - base_count) / (now_s - began_s);
	return count < 0 ? count : 0;
}

/* ---- threads ---- */

struct reader {
	struct device *device;
	const struct roofline_read *pattern;
	char *buffer;
	uint64_t random;
	atomic_bool *stop;
	_Atomic uint64_t done_count;
	int err;
	pthread_t thread;
};

static void *reader_main(void *argument)
{
	struct reader *reader = argument;
	size_t len_bytes = reader->pattern->block_bytes;

	while (!atomic_load_explicit(reader->stop, memory_order_relaxed)) {
		uint64_t offset = next_offset(reader->device, reader->pattern, &reader->random);
		ssize_t got = pread(reader->device->fd, reader->buffer, len_bytes, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got != (ssize_t)len_bytes) {
			reader->err = got < 0 ? -errno : -EIO;
			break;
		}
		atomic_fetch_add_explicit(&reader->done_count, 1, memory_order_relaxed);
	}
	return NULL;
}

static uint64_t total_count(struct reader *readers, unsigned count)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < count; i++)
		total += atomic_load(&readers[i].done_count);
	return total;
}

static void sleep_s(double seconds)
{
	struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

static int slice_threads(struct device *device, const struct roofline_read *pattern, double seconds,
			 double *reads_per_second)
{
	struct reader *readers = calloc(pattern->depth, sizeof(*readers));
	atomic_bool stop = false;
	uint64_t burst_count = pattern->span_bytes / pattern->block_bytes;
	double began_s = clock_now_s();
	unsigned running = 0;
	int err = readers ? 0 : -ENOMEM;

	for (; !err && running < pattern->depth; running += !err) {
		readers[running] = (struct reader){
			.device = device,
			.pattern = pattern,
			.buffer = device->buffers + running * pattern->block_bytes,
			.random = mix_next(&device->random),
			.stop = &stop,
		};
		err = -pthread_create(&readers[running].thread, NULL, reader_main,
				      &readers[running]);
	}
	uint64_t base_count = 0, done_count;
	if (!err && !burst_count) {
		sleep_s(THREADS_RAMP_S);
		base_count = total_count(readers, running);
		began_s = clock_now_s();
		sleep_s(seconds);
	}
	while (!err && burst_count && total_count(readers, running) < burst_count &&
	       clock_now_s() < began_s + seconds)
		sleep_s(BURST_POLL_S);
	done_count = total_count(readers, running);
	*reads_per_second = (double)(done_count - base_count) / (clock_now_s() - began_s);
	atomic_store(&stop, true);
	for (unsigned i = 0; i < running; i++) {
		pthread_join(readers[i].thread, NULL);
		err = err ? err : readers[i].err;
	}
	device->issued_bytes += total_count(readers, running) * pattern->block_bytes;
	free(readers);
	return err;
}

/* ---- the file ---- */

static bool in_memory(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

static int open_unnamed(const char *folder, int flags)
{
	char path[4096];
	int fd = open(folder, flags | O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	/* EISDIR: the kernel does not know O_TMPFILE. EINVAL: maybe because of O_DIRECT. Try
	 * without O_TMPFILE. */
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd < 0 ? -errno : fd;
	int len = snprintf(path, sizeof(path), "%s/roofline.%d.tmp", folder, getpid());
	if (len < 0 || (size_t)len >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, flags | O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	int err = fd < 0 ? -errno : 0;
	if (!err || err == -EINVAL) /* O_DIRECT may be refused after the file was created */
		unlink(path);
	return err ? err : fd;
}

/* Writes random bytes up to file_bytes, or until FILL_SECONDS_MAX. */
static int fill(struct device *device, struct why *why)
{
	uint64_t *words = (uint64_t *)(void *)device->buffers, done_bytes = 0;
	double began_s = clock_now_s();

	while (done_bytes < device->file_bytes) {
		if (done_bytes >= FILL_BYTES_MIN && clock_now_s() - began_s > FILL_SECONDS_MAX)
			break;
		for (size_t i = 0; i < FILL_BYTES / sizeof(*words); i++)
			words[i] = mix_next(&device->random);
		ssize_t put = pwrite(device->fd, device->buffers, FILL_BYTES, (off_t)done_bytes);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return why_set(why, put < 0 ? -errno : -EIO,
				       "cannot write the test file: %s",
				       strerror(put < 0 ? errno : EIO));
		done_bytes += (uint64_t)put & ~(uint64_t)(ROOFLINE_PAGE_BYTES - 1);
	}
	device->file_bytes = done_bytes;
	if (ftruncate(device->fd, (off_t)done_bytes) || fdatasync(device->fd))
		return why_set(why, -errno, "cannot write the test file: %s", strerror(errno));
	return 0;
}

static int make_file(struct device *device, const char *folder, struct why *why)
{
	struct statvfs fs;

	device->fd = open_unnamed(folder, O_DIRECT);
	if (device->fd < 0) {
		int err = device->fd;
		return why_set(why, err, "cannot make a test file with O_DIRECT in '%.120s': %s",
			       folder, strerror(-err));
	}
	if (in_memory(device->fd))
		return why_set(why, -EOPNOTSUPP,
			       "'%.120s' is in memory (tmpfs): there is no device; "
			       "give another folder with --cache-dir",
			       folder);
	device->file_bytes = ROOFLINE_FILE_BYTES;
	if (fstatvfs(device->fd, &fs) == 0 &&
	    (uint64_t)fs.f_bavail * fs.f_frsize < device->file_bytes + device->file_bytes / 8)
		return why_set(why, -ENOSPC,
			       "no room for a test file of %" PRIu64 " MiB in '%.120s'",
			       device->file_bytes >> 20, folder);
	if (fallocate(device->fd, 0, 0, (off_t)device->file_bytes) && errno != EOPNOTSUPP)
		return why_set(why, -errno, "cannot make a test file in '%.120s': %s", folder,
			       strerror(errno));
	return fill(device, why);
}

static int open_given(struct device *device, const char *file, struct why *why)
{
	device->fd = open(file, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (device->fd < 0)
		return why_set(why, -errno, "cannot open '%.160s' with O_DIRECT: %s", file,
			       strerror(errno));
	if (in_memory(device->fd))
		return why_set(why, -EOPNOTSUPP,
			       "'%.160s' is in memory (tmpfs): there is no device", file);
	off_t end = lseek(device->fd, 0, SEEK_END);
	device->file_bytes = end > 0 ? (uint64_t)end : 0;
	return 0;
}

/* ---- all patterns ---- */

static int slice(struct roofline *roofline, struct device *device,
		 const struct roofline_read *pattern, double seconds, double *reads_per_second)
{
	if (pattern->span_bytes) {
		sleep_s(BURST_PAUSE_S);
		/* The same bytes each time, as cold walks of one file also read the same bytes. */
		atomic_store(&device->cursor, 0);
	}
	if (!device->no_uring) {
		int err = slice_uring(device, pattern, seconds, reads_per_second);
		if (err != -ENOSYS && err != -EPERM && err != -EACCES && err != -ENOMEM)
			return err;
		device->no_uring = true;
		snprintf(roofline->method, sizeof(roofline->method),
			 "threads of pread (io_uring: %s)", strerror(-err));
	}
	return slice_threads(device, pattern, seconds, reads_per_second);
}

/* Bytes that this process has read from block devices; false if the kernel does not report it. */
static bool device_bytes(uint64_t *bytes)
{
	uint64_t write_bytes;
	int fd = proc_io_open();
	int err = fd < 0 ? fd : proc_io_read(fd, bytes, &write_bytes);

	if (fd >= 0)
		close(fd);
	return err == 0;
}

static int measure(struct roofline *roofline, struct device *device, double seconds)
{
	double rates[ROOFLINE_READS_COUNT][ROOFLINE_REPEATS_COUNT];
	double slice_s = seconds / (ROOFLINE_READS_COUNT * ROOFLINE_REPEATS_COUNT);
	uint64_t before_bytes = 0, read_bytes = 0;
	bool counted = device_bytes(&before_bytes);

	for (size_t repeat = 0; repeat < ROOFLINE_REPEATS_COUNT; repeat++) {
		for (size_t i = 0; i < ROOFLINE_READS_COUNT; i++) {
			int err = slice(roofline, device, &patterns[i], slice_s, &rates[i][repeat]);
			if (err)
				return why_set(&roofline->no_device, err, "reading: %s",
					       strerror(-err));
		}
	}
	counted = counted && device_bytes(&read_bytes);
	read_bytes -= before_bytes;
	/* Network file systems have no block device, and may not count bytes: no check there. */
	if ((read_bytes || roofline->device_major) && counted &&
	    read_bytes < device->issued_bytes / 2)
		return why_set(
			&roofline->no_device, -ENODATA,
			"only %.0f %% of the bytes came from a device: the file has holes, or "
			"blocks that were never written",
			100.0 * (double)read_bytes / (double)device->issued_bytes);
	for (size_t i = 0; i < ROOFLINE_READS_COUNT; i++) {
		roofline->reads[i] = patterns[i];
		roofline->reads[i].reads_per_second = spread_of(rates[i], ROOFLINE_REPEATS_COUNT);
	}
	roofline->reads_count = ROOFLINE_READS_COUNT;
	return 0;
}

int roofline_measure_device(struct roofline *roofline, const char *file, const char *folder,
			    double seconds)
{
	struct device device = {.fd = -1, .random = UINT64_C(0x5F3759DF)};
	int err;

	/* Large enough for the blocks of the sequential pattern, for 128 pages, and for one write
	 * of fill(). */
	device.buffers = aligned_alloc(BUFFER_ALIGN, FILL_BYTES);
	if (!device.buffers)
		return -ENOMEM;
	/* Huge pages, so that a long read is one request to the device, as with the large folios of the
	 * page cache. Without them it is measured anyway. */
	(void)madvise(device.buffers, FILL_BYTES, MADV_HUGEPAGE);
	device.random ^= (uint64_t)time(NULL) << 32 ^ (uint64_t)getpid();
	memset(device.buffers, 0, FILL_BYTES);
	snprintf(roofline->method, sizeof(roofline->method), "io_uring");
	err = file ? open_given(&device, file, &roofline->no_device)
		   : make_file(&device, folder, &roofline->no_device);
	if (!err) {
		roofline->file_bytes = device.file_bytes;
		err = measure(roofline, &device, seconds);
	}
	if (err)
		roofline->method[0] = '\0';
	if (device.fd >= 0)
		close(device.fd);
	free(device.buffers);
	return 0;
}
