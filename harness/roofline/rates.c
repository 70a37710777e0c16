/*
 * The roofline as a whole: measured, cached in the cache folder, and written as JSON. See rates.h.
 *
 * How it works: a result is cached as roofline-<major>-<minor>-<bytes>.json, by device number and
 * size of the file (0 for a test file). It is used only under the same kernel and boot, because
 * device numbers can change at a boot. A result whose slices differ too much was disturbed by
 * something else and is not cached.
 */
#include "rates.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "../base/storage.h"
#include "../base/proc.h"
#include "../base/clock.h"
#include "../base/files.h"

#define MEMORY_SHARE 0.25 /* of the seconds, for memory */

/* ---- JSON ---- */

static void set_text(json_t *object, const char *key, const char *text)
{
	if (*text)
		json_object_set_new(object, key, json_string(text));
}

static void set_spread(json_t *object, const char *key, const struct spread *spread)
{
	if (spread->count)
		json_object_set_new(object, key,
				    json_pack("{sI sf sf sf sf sf}", "count",
					      (json_int_t)spread->count, "median", spread->median,
					      "low", spread->low, "high", spread->high, "min",
					      spread->min, "max", spread->max));
}

json_t *roofline_json(const struct roofline *roofline)
{
	json_t *json = json_pack("{si sI sf sb s[ii]}", "format", 1, "measured_at_s",
				 (json_int_t)roofline->measured_at_s, "seconds", roofline->seconds,
				 "own_file", roofline->is_test_file, "device_number",
				 (int)roofline->device_major, (int)roofline->device_minor);
	json_t *memory = json_object(), *reads = json_array();

	set_text(json, "date", roofline->date);
	set_text(json, "kernel", roofline->kernel);
	set_text(json, "boot", roofline->boot);
	set_text(json, "device", roofline->device);
	set_text(json, "file_system", roofline->file_system);
	set_text(json, "method", roofline->method);
	set_text(json, "no_device", roofline->no_device.text);
	json_object_set_new(json, "file_bytes", json_integer((json_int_t)roofline->file_bytes));
	json_object_set_new(json, "unsteady", json_boolean(roofline_is_unsteady(roofline)));
	for (size_t i = 0; i < roofline->reads_count; i++) {
		const struct roofline_read *read = &roofline->reads[i];
		json_t *one = json_pack(
			"{ss si sI}", "pattern", read->sequential ? "sequential" : "random",
			"depth", (int)read->depth, "block_bytes", (json_int_t)read->block_bytes);
		if (read->span_bytes)
			json_object_set_new(one, "span_bytes",
					    json_integer((json_int_t)read->span_bytes));
		if (roofline_read_is_unsteady(read))
			json_object_set_new(one, "unsteady", json_true());
		set_spread(one, "reads_per_second", &read->reads_per_second);
		json_array_append_new(reads, one);
	}
	json_object_set_new(json, "reads", reads);
	set_spread(memory, "copy_bytes_per_second", &roofline->copy_bytes_per_second);
	set_spread(memory, "latency_ns", &roofline->latency_ns);
	set_spread(memory, "latency_huge_ns", &roofline->latency_huge_ns);
	set_text(memory, "no_huge", roofline->no_huge.text);
	json_object_set_new(json, "memory", memory);
	return json;
}

static void get_text(const json_t *object, const char *key, char *text, size_t size)
{
	const char *value = json_string_value(json_object_get(object, key));

	snprintf(text, size, "%s", value ? value : "");
}

/* True if it exists and its median is positive. */
static bool get_spread(const json_t *object, const char *key, struct spread *out)
{
	const json_t *spread = json_object_get(object, key);

	*out = (struct spread){
		.count = (size_t)json_integer_value(json_object_get(spread, "count")),
		.median = json_number_value(json_object_get(spread, "median")),
		.low = json_number_value(json_object_get(spread, "low")),
		.high = json_number_value(json_object_get(spread, "high")),
		.min = json_number_value(json_object_get(spread, "min")),
		.max = json_number_value(json_object_get(spread, "max")),
	};
	if (out->count > 0 && out->median > 0)
		return true;
	out->count = 0;
	return false;
}

static int parse_reads(const json_t *reads, struct roofline *out)
{
	size_t count = json_array_size(reads);

	if (count != 0 && (count < ROOFLINE_READS_MIN || count > ROOFLINE_READS_COUNT))
		return -EBADMSG;
	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_array_get(reads, i);
		struct roofline_read *read = &out->reads[i];
		const char *pattern = json_string_value(json_object_get(one, "pattern"));
		json_int_t depth = json_integer_value(json_object_get(one, "depth"));
		json_int_t block_bytes = json_integer_value(json_object_get(one, "block_bytes"));

		json_int_t span_bytes = json_integer_value(json_object_get(one, "span_bytes"));

		if (!pattern || depth < 1 || depth > ROOFLINE_DEPTH_MAX || block_bytes < 1 ||
		    !get_spread(one, "reads_per_second", &read->reads_per_second))
			return -EBADMSG;
		read->sequential = strcmp(pattern, "sequential") == 0;
		read->depth = (unsigned)depth;
		read->block_bytes = (uint64_t)block_bytes;
		read->span_bytes = (uint64_t)span_bytes;
		/* Interpolation needs increasing depths, and the sequential patterns last. */
		if (read->sequential != (i >= ROOFLINE_READS_MIN - 1) ||
		    (span_bytes > 0) != (i >= ROOFLINE_READS_MIN) ||
		    (i > 0 && !read->sequential && read->depth <= out->reads[i - 1].depth))
			return -EBADMSG;
	}
	out->reads_count = count;
	return 0;
}

int roofline_parse(const json_t *json, struct roofline *out)
{
	const json_t *memory = json_object_get(json, "memory");
	const json_t *number = json_object_get(json, "device_number");

	memset(out, 0, sizeof(*out));
	if (json_integer_value(json_object_get(json, "format")) != 1 || !json_is_object(memory) ||
	    json_array_size(number) != 2)
		return -EBADMSG;
	get_text(json, "date", out->date, sizeof(out->date));
	get_text(json, "kernel", out->kernel, sizeof(out->kernel));
	get_text(json, "boot", out->boot, sizeof(out->boot));
	get_text(json, "device", out->device, sizeof(out->device));
	get_text(json, "file_system", out->file_system, sizeof(out->file_system));
	get_text(json, "method", out->method, sizeof(out->method));
	get_text(json, "no_device", out->no_device.text, sizeof(out->no_device.text));
	get_text(memory, "no_huge", out->no_huge.text, sizeof(out->no_huge.text));
	out->measured_at_s = json_integer_value(json_object_get(json, "measured_at_s"));
	out->device_major = (unsigned)json_integer_value(json_array_get(number, 0));
	out->device_minor = (unsigned)json_integer_value(json_array_get(number, 1));
	out->is_test_file = json_is_true(json_object_get(json, "own_file"));
	out->file_bytes = (uint64_t)json_integer_value(json_object_get(json, "file_bytes"));
	out->seconds = json_number_value(json_object_get(json, "seconds"));
	get_spread(memory, "copy_bytes_per_second", &out->copy_bytes_per_second);
	get_spread(memory, "latency_ns", &out->latency_ns);
	get_spread(memory, "latency_huge_ns", &out->latency_huge_ns);
	return parse_reads(json_object_get(json, "reads"), out);
}

/* ---- cached results ---- */

bool roofline_is_current(const struct roofline *cached, const struct roofline *now, int64_t now_s)
{
	return now_s >= cached->measured_at_s &&
	       now_s - cached->measured_at_s <= ROOFLINE_EXPIRY_S &&
	       strcmp(cached->kernel, now->kernel) == 0 && strcmp(cached->boot, now->boot) == 0 &&
	       cached->device_major == now->device_major &&
	       cached->device_minor == now->device_minor &&
	       cached->is_test_file == now->is_test_file &&
	       (now->is_test_file || cached->file_bytes == now->file_bytes);
}

static void cache_path(const struct roofline *roofline, const char *folder, char *path, size_t size)
{
	snprintf(path, size, "%s/roofline-%u-%u-%llu.json", folder, roofline->device_major,
		 roofline->device_minor,
		 (unsigned long long)(roofline->is_test_file ? 0 : roofline->file_bytes));
}

static bool load_cached(const char *path, const struct roofline *now, struct roofline *out)
{
	json_t *json = json_load_file(path, 0, NULL);
	bool usable = json && roofline_parse(json, out) == 0 &&
		      roofline_is_current(out, now, (int64_t)time(NULL));

	json_decref(json);
	return usable;
}

/* Everything that is known without measuring: time, machine, device and file. */
static int describe(const struct roofline_request *request, struct roofline *out, struct why *why)
{
	const char *path = request->file ? request->file : request->folder;
	struct stat status;
	struct utsname names;
	time_t now = time(NULL);

	memset(out, 0, sizeof(*out));
	int err = make_folders(request->folder);
	if (!err && access(request->folder, W_OK | X_OK))
		err = -errno;
	if (err)
		return why_set(why, err, "cannot write to the cache folder '%.160s': %s",
			       request->folder, strerror(-err));
	if (stat(path, &status) || (request->file && access(path, R_OK)))
		return why_set(why, -errno, "cannot open '%.160s': %s", path, strerror(errno));
	if (request->file && S_ISDIR(status.st_mode))
		return why_set(
			why, -EISDIR,
			"cannot read '%.160s': %s; give one of its files, or the folder with "
			"--cache-dir",
			path, strerror(EISDIR));
	if (request->file && !S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
		return why_set(why, -EINVAL,
			       "cannot read '%.160s': neither a file nor a block device", path);
	if (request->file && S_ISREG(status.st_mode) &&
	    (uint64_t)status.st_size < ROOFLINE_FILE_MIN)
		return why_set(
			why, -EINVAL,
			"'%.160s' is too small to measure a device: %llu bytes, at least %llu",
			path, (unsigned long long)status.st_size,
			(unsigned long long)ROOFLINE_FILE_MIN);
	dev_t number = request->file && S_ISBLK(status.st_mode) ? status.st_rdev : status.st_dev;
	out->device_major = major(number);
	out->device_minor = minor(number);
	out->is_test_file = !request->file;
	out->file_bytes = request->file ? (uint64_t)status.st_size : ROOFLINE_FILE_BYTES;
	out->seconds = request->seconds;
	out->measured_at_s = (int64_t)now;
	utc_stamp(out->date);
	if (uname(&names) == 0)
		snprintf(out->kernel, sizeof(out->kernel), "%s", names.release);
	proc_boot_id(out->boot, sizeof(out->boot));
	json_t *storage = storage_probe(path);
	get_text(storage, "device", out->device, sizeof(out->device));
	get_text(storage, "file_system", out->file_system, sizeof(out->file_system));
	json_decref(storage);
	return 0;
}

int roofline_obtain(const struct roofline_request *request, struct roofline *out, bool *cached,
		    struct why *why)
{
	char path[4096];
	struct roofline now;
	int err = describe(request, &now, why);

	*cached = false;
	if (err)
		return err;
	cache_path(&now, request->folder, path, sizeof(path));
	/* A longer measurement is as good; a shorter one is not. */
	if (!request->fresh && load_cached(path, &now, out) &&
	    out->seconds >= request->seconds * 0.999) {
		*cached = true;
		return 0;
	}
	*out = now;
	err = roofline_measure_device(out, request->file, request->folder,
				      request->seconds * (1 - MEMORY_SHARE));
	if (!err)
		err = roofline_measure_memory(out, request->seconds * MEMORY_SHARE);
	if (err)
		return why_set(why, err, "measuring the roofline: %s", strerror(-err));
	if (roofline_is_unsteady(out)) {
		/* Also removes an older result: it would be used next time although it may be
		 * wrong. */
		if (unlink(path) && errno != ENOENT)
			return why_set(why, -errno, "cannot remove '%.160s': %s", path,
				       strerror(errno));
		return 0;
	}
	json_t *json = roofline_json(out);
	err = write_json_file(path, json);
	json_decref(json);
	return err ? why_set(why, err, "cannot write '%.160s': %s", path, strerror(-err)) : 0;
}
